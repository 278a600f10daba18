"""Imported keys: from files that other programs wrote, by wrapped transport as AWS KMS has it, with a date."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from signet.audit.entry import Draft, Outcome
from signet.clock import timestamp
from signet.crypto.keyfiles import KeyFileForm
from signet.crypto.keyreading import ImportedKey
from signet.crypto.publickeys import PublicKeyForm, load_public_keys, public_key_text
from signet.errors import (
    ConfirmationMissing,
    ExportForbidden,
    FileSecretIncorrect,
    ImportTokenRefused,
    KeyAlreadyHere,
    KeyMaterialInvalid,
    KeyStateRefused,
    MaterialDiffers,
    NoPrivateKey,
    ProofOfPresenceMissing,
    UsageError,
    WrappedKeyInvalid,
)
from signet.formats.key_import import WrappingAlgorithm, WrappingSpec
from signet.keys.model import Key
from signet.keys.spec import KeySpec, KeyUsage, Origin, Protection
from signet.keys.state import Act, Answer, KeyState, answer
from signet.secret import Secret
from signet.services import exporting, import_expiry, import_transport, importing, keys
from signet.services.audit import list_entries, verify_log
from signet.services.importing import Wanted
from signet.services.master import rotate_master
from signet.services.prompt import SecretKind
from signet.services.rotation import rotate_key
from signet.services.session import PRESENCE_SECONDS, Session
from signet.services.signing import sign_files
from signet.services.small_secrets import decrypt_secret, encrypt_secret
from signet.services.verdicts import Verdict
from signet.services.verification import verify_vault
from signet.services.verifying import verify_file
from support.clock import SettableClock
from support.vaults import VaultInTest, make_vault

AES, HMAC = KeySpec.SYMMETRIC_DEFAULT, KeySpec.HMAC_256
SECRET = bytes(range(7, 39))
PASSPHRASE = "correct horse battery"


@dataclass
class Desk:
    vault: VaultInTest
    session: Session
    clock: SettableClock
    folder: Path

    def file(self, name: str, content: bytes) -> str:
        path = self.folder / name
        path.write_bytes(content)
        return str(path)

    def take(self, path: str, alias: str = "in", spec: KeySpec | None = None, **more: object) -> Key:
        found = importing.read_key_file(self.session.workplace, path)
        with found.key.material:
            return importing.import_key(self.session, found, Wanted(alias, spec=spec, **more))  # type: ignore[arg-type]

    def put(self, name: str, content: bytes) -> Key:
        found = importing.read_key_file(self.session.workplace, self.file("again", content))
        with found.key.material:
            return importing.import_material(self.session, name, found.key)

    def state(self, name: str) -> KeyState:
        return keys.find_key(self.session, name).state

    def operations(self) -> list[tuple[str, Outcome]]:
        return [(entry.operation, entry.outcome) for entry in list_entries(self.session)]

    def reopen(self) -> None:
        self.session.close()
        self.session = self.vault.open()

    def prove(self) -> None:
        self.session.proven()


@pytest.fixture
def desk(tmp_path: Path, clock: SettableClock) -> Iterator[Desk]:
    vault = make_vault(tmp_path, clock)
    made = Desk(vault, vault.open(), clock, tmp_path)
    yield made
    assert verify_log(made.session) == ()
    made.session.close()
    vault.workplace.close()


def run(*words: object, data: bytes | None = None) -> bytes:
    return subprocess.run(
        [str(word) for word in words], input=data, capture_output=True, check=True, timeout=60
    ).stdout


def test_keys_of_ssh_keygen_come_in_and_go_out_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key signs for the holder of its public file; what is exported is read by ssh-keygen and openssl."""
    folder = desk.folder
    monkeypatch.setattr("signet.crypto.keyfiles.BCRYPT_ROUNDS", 4)  # what they cost is no matter here
    monkeypatch.setattr("signet.crypto.pbes2.ROUNDS", 1000)
    run("ssh-keygen", "-q", "-t", "ed25519", "-a", "4", "-N", PASSPHRASE, "-C", "mari", "-f", folder / "id")
    desk.vault.prompt.answers[SecretKind.FILE_PASSPHRASE] = PASSPHRASE
    made = desk.take(str(folder / "id"), "ssh")
    assert (made.spec, made.origin, made.usage) == (
        KeySpec.ECC_NIST_EDWARDS25519,
        Origin.EXTERNAL,
        KeyUsage.SIGN_VERIFY,
    )
    public = keys.public_key(desk.session, "ssh")
    assert (public,) == load_public_keys((folder / "id.pub").read_bytes())
    assert str(folder / "id") in desk.vault.prompt.notes[-1]
    assert "under its passphrase" in desk.vault.prompt.notes[-1]
    text = folder / "text"
    text.write_text("hello")
    (signed,) = sign_files(desk.session, [str(text)], key="ssh")
    assert verify_file(str(text), trust=[str(folder / "id.pub")]).verdict is Verdict.VALID
    assert signed.error is None
    with pytest.raises(KeyAlreadyHere):
        desk.take(str(folder / "id"), "twice")

    desk.vault.prompt.answers[SecretKind.NEW_PASSPHRASE] = "another passphrase"
    out = exporting.export_key(
        desk.session, "ssh", str(folder / "out"), form=KeyFileForm.OPENSSH, reason="for the laptop"
    )
    line = run("ssh-keygen", "-y", "-P", "another passphrase", "-f", out).decode()
    assert line.split()[:2] == (folder / "id.pub").read_text().split()[:2]
    begun = [entry for entry in list_entries(desk.session) if entry.outcome is Outcome.ALLOWED]
    assert (begun[0].operation, begun[0].details.get("reason")) == ("ExportKey", "for the laptop")
    pkcs8 = exporting.export_key(desk.session, "ssh", str(folder / "out.pem"))
    assert (
        run("openssl", "pkey", "-in", pkcs8, "-passin", "pass:another passphrase", "-pubout", "-outform", "DER")
        == public
    )


def test_what_is_no_private_key_is_named(desk: Desk) -> None:
    key = run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    private = desk.file("key.pem", key)
    certificate = run("openssl", "req", "-x509", "-key", private, "-subj", "/CN=a", "-days", "1", "-batch")
    request = run("openssl", "req", "-new", "-key", private, "-subj", "/CN=a", "-batch")
    public = run("openssl", "pkey", "-in", private, "-pubout")
    der = run("openssl", "x509", "-outform", "DER", data=certificate)
    bundle = run("openssl", "pkcs12", "-export", "-nokeys", "-passout", "pass:", data=certificate)
    for content, found in (
        (certificate, "a certificate"),
        (der, "a certificate"),
        (request, "a certificate request"),
        (public, "a public key"),
        (run("openssl", "pkey", "-pubin", "-outform", "DER", data=public), "a public key"),
        (public_key_text(load_public_keys(public)[0], PublicKeyForm.SSH).encode(), "a public key (of SSH)"),
        (public_key_text(load_public_keys(public)[0], PublicKeyForm.JWK).encode(), "the public half"),
        (bundle, "a PKCS#12 file with certificates alone"),
        (b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nxx\n-----END PGP PRIVATE KEY BLOCK-----\n", "an OpenPGP key"),
    ):
        with pytest.raises(NoPrivateKey) as refused:
            importing.read_key_file(desk.session.workplace, desk.file("what", content))
        assert found in refused.value.message
    short = run("openssl", "genrsa", "-traditional", "1024")
    with pytest.raises(KeyMaterialInvalid, match="an RSA key of 1024 bits is too weak"):
        importing.read_key_file(desk.session.workplace, desk.file("short", short))
    with pytest.raises(KeyMaterialInvalid, match="several keys"):
        importing.read_key_file(desk.session.workplace, desk.file("two", key + key))
    p12 = run("openssl", "pkcs12", "-export", "-inkey", private, "-passout", "pass:secret", data=certificate)
    desk.vault.prompt.answers[SecretKind.FILE_PASSPHRASE] = "wrong"
    with pytest.raises(FileSecretIncorrect):
        importing.read_key_file(desk.session.workplace, desk.file("key.p12", p12))
    desk.vault.prompt.answers[SecretKind.FILE_PASSPHRASE] = "secret"
    opened = importing.read_key_file(desk.session.workplace, desk.file("key.p12", p12))
    assert (opened.key.what, len(opened.key.certificates), opened.encrypted) == ("a PKCS#12 file", 1, True)


def test_symmetric_keys_come_in_as_bytes_text_and_jwk_and_never_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = desk.file("raw", SECRET)
    with pytest.raises(UsageError, match="SYMMETRIC_DEFAULT or HMAC_256"):
        desk.take(raw)
    made = desk.take(raw, "files", AES, description="from the old computer", tags=(("year", "2026"),))
    assert (made.usage, made.tags, desk.state("files")) == (
        KeyUsage.ENCRYPT_DECRYPT,
        (("year", "2026"),),
        KeyState.ENABLED,
    )
    sealed = encrypt_secret(desk.session, Secret(b"hello"), key="files").ciphertext
    for name, content in (("hex", SECRET.hex().encode()), ("hex2", SECRET.hex().upper().encode() + b"\n")):
        with pytest.raises(KeyAlreadyHere, match="files"):
            desk.take(desk.file(name, content), "again", AES)
    with pytest.raises(UsageError):
        desk.take(raw, "x", AES, usage=KeyUsage.SIGN_VERIFY)
    # Two Signets take in one file: when the first looked, the second had not done it yet.
    looking, twice = importing.refuse_here, desk.file("twice", bytes(range(100, 132)))

    def meanwhile(session: Session, found: ImportedKey) -> int:
        looked = looking(session, found)
        monkeypatch.setattr(importing, "refuse_here", looking)
        desk.take(twice, "second", AES)
        return looked

    monkeypatch.setattr(importing, "refuse_here", meanwhile)
    with pytest.raises(KeyAlreadyHere, match="second"):
        desk.take(twice, "first", AES)
    # A key that was made here and exported is noticed, too: by what the vault itself can open.
    keys.create_key(desk.session, "own", spec=HMAC)
    exporting.export_key(desk.session, "own", str(desk.folder / "own"), plain=True, form=KeyFileForm.RAW)
    with pytest.raises(KeyAlreadyHere, match="own"):
        desk.take(str(desk.folder / "own"), "again", HMAC)
    assert len((desk.folder / "own").read_bytes()) == 32
    # The digest outlives a new master key, and so does what it is keyed with.
    desk.session.close()
    desk.session = desk.vault.open(administer=True)
    rotate_master(desk.session)
    assert decrypt_secret(desk.session, sealed).plaintext.reveal() == b"hello"
    with pytest.raises(KeyAlreadyHere, match="files"):
        desk.take(raw, "again", AES)
    assert verify_vault(desk.session).problems == ()
    with pytest.raises(UsageError, match="imported"):
        rotate_key(desk.session, "files")
    desk.clock.advance(PRESENCE_SECONDS + 1)
    with pytest.raises(ProofOfPresenceMissing):
        desk.take(raw, "again", AES)


def test_expired_material_is_not_used_stays_and_comes_back_as_the_same_alone(desk: Desk) -> None:
    raw = desk.file("raw", SECRET)
    until = desk.clock.now() + timedelta(days=2)
    desk.take(raw, "files", AES, expires=until)
    sealed = encrypt_secret(desk.session, Secret(b"hello"), key="files").ciphertext
    with pytest.raises(UsageError, match="ten years"):
        desk.take(desk.file("b", SECRET[::-1]), "b", AES, expires=desk.clock.now())
    desk.clock.set_wall(until - timedelta(seconds=1))
    assert desk.state("files") is KeyState.ENABLED
    desk.clock.set_wall(until)
    # From that second on, without any entry and without a new unlock.
    assert desk.state("files") is KeyState.PENDING_IMPORT
    assert [key.state for key in keys.list_keys(desk.session)] == [KeyState.PENDING_IMPORT]
    with pytest.raises(KeyStateRefused):
        decrypt_secret(desk.session, sealed)
    with pytest.raises(KeyStateRefused):
        keys.enable_key(desk.session, "files")
    desk.reopen()
    assert desk.operations().count((import_expiry.EXPIRE, Outcome.DONE)) == 1
    assert any("has expired" in note for note in desk.vault.prompt.notes)
    desk.clock.set_wall(until - timedelta(days=1))  # a clock that goes back brings nothing back
    desk.reopen()
    assert desk.operations().count((import_expiry.EXPIRE, Outcome.DONE)) == 1
    assert desk.state("files") is KeyState.PENDING_IMPORT
    with pytest.raises(MaterialDiffers):
        desk.put("files", SECRET[::-1])
    assert (importing.MATERIAL, Outcome.REFUSED) in desk.operations()
    with pytest.raises(KeyMaterialInvalid):
        desk.put("files", bytes(range(48)))
    assert desk.put("files", SECRET).state is KeyState.ENABLED
    assert decrypt_secret(desk.session, sealed).plaintext.reveal() == b"hello"
    with pytest.raises(KeyStateRefused):
        desk.put("files", SECRET)
    # Extending brings it back as well; deleting wipes it, asks, and waits for the same.
    import_expiry.set_expiry(desk.session, "files", until)
    desk.clock.set_wall(until + timedelta(days=400))
    desk.reopen()
    assert import_expiry.set_expiry(desk.session, "files", None).state is KeyState.ENABLED
    desk.vault.prompt.yes = False
    with pytest.raises(ConfirmationMissing):
        import_expiry.delete_material(desk.session, "files")
    desk.vault.prompt.yes = True
    assert import_expiry.delete_material(desk.session, "files").state is KeyState.PENDING_IMPORT
    assert keys.versions(desk.session, keys.find_key(desk.session, "files"))[0].material is None
    for act in (import_expiry.delete_material, lambda s, n: import_expiry.set_expiry(s, n, None)):
        with pytest.raises(KeyStateRefused):
            act(desk.session, "files")
    assert verify_vault(desk.session).problems == ()
    with pytest.raises(MaterialDiffers):
        desk.put("files", SECRET[::-1])
    desk.put("files", SECRET)
    assert decrypt_secret(desk.session, sealed).plaintext.reveal() == b"hello"


def wrap_with_openssl(folder: Path, material: Path, public: Path, algorithm: WrappingAlgorithm) -> Path:
    """The commands of docs/formats/key-import.md, which are those of the AWS page "Importing key material"."""
    wrapped = folder / "EncryptedKeyMaterial.bin"
    oaep = ("-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256", "-pkeyopt", "rsa_mgf1_md:sha256")
    encrypt = ("openssl", "pkeyutl", "-encrypt", "-inkey", public, "-keyform", "DER", "-pubin", *oaep)
    if algorithm is WrappingAlgorithm.RSAES_OAEP_SHA_256:
        run(*encrypt, "-in", material, "-out", wrapped)
        return wrapped
    aes = folder / "aes-key.bin"
    run("openssl", "rand", "-out", aes, "32")
    kwp = ("-id-aes256-wrap-pad", "-K", aes.read_bytes().hex(), "-iv", "A65959A6")
    run("openssl", "enc", *kwp, "-in", material, "-out", folder / "material-wrapped.bin")
    run(*encrypt, "-in", aes, "-out", folder / "aes-key-wrapped.bin")
    wrapped.write_bytes(
        (folder / "aes-key-wrapped.bin").read_bytes() + (folder / "material-wrapped.bin").read_bytes()
    )
    return wrapped


@pytest.mark.parametrize("algorithm", list(WrappingAlgorithm))
def test_material_wrapped_by_openssl_comes_in_once(desk: Desk, algorithm: WrappingAlgorithm) -> None:
    folder, session = desk.folder, desk.session
    pair = algorithm is WrappingAlgorithm.RSA_AES_KEY_WRAP_SHA_256
    spec = KeySpec.RSA_2048 if pair else HMAC
    made = keys.create_key(session, "outside", spec=spec, origin=Origin.EXTERNAL)
    assert (made.state, made.origin) == (KeyState.PENDING_IMPORT, Origin.EXTERNAL)
    with pytest.raises(KeyStateRefused):
        keys.enable_key(session, "outside")
    with pytest.raises(KeyStateRefused):
        exporting.export_key(session, "outside", str(folder / "out"), plain=True)
    material = folder / "PlaintextKeyMaterial.bin"
    if pair:
        key = run("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-outform", "DER")
        material.write_bytes(
            run("openssl", "pkcs8", "-topk8", "-nocrypt", "-inform", "DER", "-outform", "DER", data=key)
        )
    else:
        material.write_bytes(SECRET)
    public, token = folder / "WrappingPublicKey.bin", folder / "ImportToken.bin"
    given = import_transport.import_parameters(
        session, "outside", str(public), str(token), wrapping_spec=WrappingSpec.RSA_3072
    )
    assert given.algorithm is algorithm
    wrapped = wrap_with_openssl(folder, material, public, algorithm)
    good = wrapped.read_bytes()

    def bring(name: str = "outside", ticket: Path = token) -> Key:
        return import_transport.import_wrapped(session, name, str(wrapped), str(ticket))

    for bad in (good[:-1], good[:-1] + bytes([good[-1] ^ 1]), bytes([good[0] ^ 1]) + good[1:], b"", good[:384]):
        if bad == good:
            continue
        wrapped.write_bytes(bad)
        with pytest.raises(WrappedKeyInvalid):
            bring()
    wrapped.write_bytes(good)
    other = keys.create_key(session, "other", spec=spec, origin=Origin.EXTERNAL)
    with pytest.raises(ImportTokenRefused, match="another key"):
        bring(other.alias)
    changed = folder / "changed"
    for name, value, why in (
        ("vault_id", other.id, "another vault"),
        ("expires", timestamp(desk.clock.now() + timedelta(days=9)), "changed"),
        ("algorithm", "RSAES_OAEP_SHA_512", "changed"),
        ("id", other.id, "used already"),
        ("format", "x", "no import token"),
    ):
        changed.write_bytes(
            json.dumps(
                {**json.loads(token.read_bytes()), name: value}, sort_keys=True, separators=(",", ":")
            ).encode()
        )
        with pytest.raises(ImportTokenRefused, match=why):
            bring(ticket=changed)
    now = desk.clock.now()
    desk.clock.set_wall(now + timedelta(hours=24))
    with pytest.raises(ImportTokenRefused, match="24 hours"):
        bring()
    desk.clock.set_wall(now)
    assert bring().state is KeyState.ENABLED
    with pytest.raises(KeyStateRefused):
        bring()
    if pair:
        expected = run("openssl", "pkey", "-inform", "DER", "-in", material, "-pubout", "-outform", "DER")
        assert keys.public_key(session, "outside") == expected
    import_expiry.delete_material(session, "outside")
    with pytest.raises(ImportTokenRefused, match="used already"):
        bring()
    # A wrapping key that waits survives a new master key, and goes when its day is over.
    import_transport.import_parameters(
        session, "other", str(folder / "w"), str(folder / "t"), wrapping_spec=WrappingSpec.RSA_3072
    )
    desk.clock.set_wall(now + timedelta(hours=25))
    keys.create_key(session, "dated", spec=AES)
    # The log was a day later already: a clock that is set back adds no hour.
    desk.clock.set_wall(now)
    with pytest.raises(ImportTokenRefused, match="24 hours"):
        bring("other", folder / "t")
    desk.reopen()
    assert (import_expiry.EXPIRE_TOKENS, Outcome.DONE) in desk.operations()
    assert verify_vault(desk.session).problems == ()


def test_material_comes_to_keys_that_wait_for_it_alone_and_a_refusal_is_recorded(desk: Desk) -> None:
    """The row ImportKeyMaterial of docs/key-states.md."""
    raw = desk.file("raw", SECRET)
    key = desk.take(raw, "in", AES)
    for state in (KeyState.ENABLED, KeyState.DISABLED, KeyState.ARCHIVED, KeyState.PENDING_DELETION):
        with desk.session.records.change() as change:
            change.keys.set_state(key.id, state)
            change.append(Draft("Test", Outcome.DONE, key=key.id))
        with pytest.raises(KeyStateRefused):
            desk.put("in", SECRET)
        assert desk.operations()[0] == (importing.MATERIAL, Outcome.REFUSED)
        assert answer(state, Act.IMPORT) is Answer.NO
    assert answer(KeyState.PENDING_IMPORT, Act.IMPORT) is Answer.YES
    keys.create_key(desk.session, "own", spec=AES)
    with pytest.raises(UsageError, match="--origin external"):
        desk.put("own", bytes(range(150, 182)))


def test_a_key_that_never_leaves_is_neither_exported_nor_sent(desk: Desk) -> None:
    desk.take(desk.file("raw", SECRET), "kept", AES, never_export=True)
    with pytest.raises(ExportForbidden):
        exporting.export_key(desk.session, "kept", str(desk.folder / "x"), plain=True)
    assert desk.operations()[0] == ("ExportKey", Outcome.REFUSED)
    assert not (desk.folder / "x").exists()
    with pytest.raises(UsageError, match="at most 256"):
        exporting.export_key(desk.session, "kept", str(desk.folder / "x"), reason="y" * 257)
    with pytest.raises(UsageError):
        keys.create_key(desk.session, "c", spec=AES, origin=Origin.EXTERNAL, protection=Protection.TOKEN)
