"""Raw signatures, shared secrets, RSA-OAEP: through the one door, in the log, obeying usage and state."""

from __future__ import annotations

import base64
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from signet.audit.entry import Outcome
from signet.crypto.kinds import PublicKey, spki
from signet.crypto.software import check_material
from signet.documents.wishes import Form, Wish
from signet.errors import (
    Cancelled,
    CiphertextInvalid,
    DiskFull,
    KeyNotExportable,
    KeyStateRefused,
    KeyUsageRefused,
    OutputExists,
    PublicKeyInvalid,
    SignetError,
    UsageError,
)
from signet.keys.algorithms import EncryptionAlgorithm, SigningAlgorithm
from signet.keys.model import Key
from signet.keys.spec import KeySpec, KeyUsage, Protection
from signet.keys.state import KeyState
from signet.secret import Secret
from signet.services import exporting, keys
from signet.services.audit import list_entries, verify_log
from signet.services.data_keys import decrypt_data_key, generate_data_key_pair
from signet.services.enrolment import NewRecoveryCode
from signet.services.files_encrypt import encrypt_files
from signet.services.prompt import SecretKind
from signet.services.raw_signing import RawForm
from signet.services.raw_verifying import verify_raw
from signet.services.rsa_secrets import decrypt_rsa, encrypt_rsa
from signet.services.session import Session
from signet.services.shared_secrets import decapsulate, derive_shared_secret, encapsulate, peer_key
from signet.services.signing import Verdict, sign_files
from signet.services.small_secrets import encrypt_secret
from signet.store.output import Output
from support.clock import SettableClock
from support.files import leftovers, set_state
from support.signing import generated
from support.vaults import make_vault

P256, KEM, X25519 = KeySpec.ECC_NIST_P256, KeySpec.ML_KEM_768, KeySpec.X25519


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """One vault for the whole module; each test makes keys of its own in it."""
    made = make_vault(tmp_path_factory.mktemp("operations"), SettableClock(datetime(2026, 11, 22, 12, tzinfo=UTC)))
    with made.open() as opened:
        yield opened
    made.workplace.close()


@pytest.fixture
def key(shared: Session, request: pytest.FixtureRequest) -> Callable[..., Key]:
    """Make a key that is called after the test."""

    def make(spec: KeySpec, usage: KeyUsage | None = None, name: str = "") -> Key:
        alias = f"k-{hashlib.sha256(request.node.name.encode()).hexdigest()[:12]}{name}"
        return keys.create_key(shared, alias, spec=spec, usage=usage)

    return make


@pytest.fixture
def letter(tmp_path: Path) -> str:
    path = tmp_path / "letter"
    path.write_bytes(b"I hereby agree.\n" * 1000)
    return str(path)


def told(session: Session, key: Key | None, operation: str) -> list[tuple[Outcome, dict[str, object]]]:
    """Outcome and details of each entry of one operation, oldest first."""
    found = reversed(list_entries(session, operation=operation, key=key.id if key else None))
    return [(entry.outcome, dict(entry.details)) for entry in found]


def peer(spec: KeySpec) -> PublicKey:
    return peer_key(generated(spec).public_key or b"")


@pytest.mark.parametrize(
    ("spec", "form"),
    [
        (KeySpec.ECC_SECG_P256K1, None),
        (KeySpec.ML_DSA_65, None),
        (KeySpec.ML_DSA_44, RawForm(base64=True)),
        (KeySpec.ECC_NIST_EDWARDS25519, RawForm()),
        (KeySpec.RSA_2048, RawForm(SigningAlgorithm.RSASSA_PSS_SHA_384, base64=True)),
    ],
)
def test_a_raw_signature_is_made_checked_and_recorded(
    shared: Session, key: Callable[..., Key], letter: str, spec: KeySpec, form: RawForm | None
) -> None:
    made, wanted = key(spec), form or RawForm()
    (item,) = sign_files(shared, [letter], key=made.alias, raw=form)
    assert (item.status, item.output) == ("done", letter + ".sig")
    assert leftovers(Path(letter).parent) == []
    found = verify_raw(letter, form=wanted, key=made.alias, session=shared)
    (view,) = found.signatures
    assert (found.verdict, view.key_id, view.alias) == (Verdict.VALID, made.id, made.alias)
    assert view.algorithm == (wanted.algorithm or spec.signing_algorithm)
    data = Path(letter + ".sig").read_bytes()
    if wanted.base64:
        assert base64.encodebytes(base64.b64decode(data)) == data
    (allowed, details), (done, end) = told(shared, made, "Sign")
    assert (allowed, done, details["format"]) == (Outcome.ALLOWED, Outcome.DONE, "raw")
    assert end["signature-sha256"] == hashlib.sha256(data).hexdigest()
    public = Path(letter).with_name("public.der")
    public.write_bytes(keys.public_key(shared, made.id))
    assert verify_raw(letter, form=wanted, trust=[str(public)]).verdict is Verdict.VALID
    Path(letter).write_bytes(b"I hereby disagree.\n")
    for changed in (
        verify_raw(letter, form=wanted, key=made.alias, session=shared),
        verify_raw(letter, form=wanted, trust=[str(public)], session=shared),
    ):
        assert changed.verdict is Verdict.INVALID
    assert [outcome for outcome, _ in told(shared, made, "Verify")] == [
        Outcome.ALLOWED,
        Outcome.DONE,
        Outcome.ALLOWED,
        Outcome.FAILED,
    ]
    assert verify_log(shared) == ()


def test_a_digest_is_signed_in_place_of_its_message(shared: Session, key: Callable[..., Key], letter: str) -> None:
    made = key(P256)
    digest = Path(letter).with_name("digest")
    digest.write_bytes(hashlib.sha256(Path(letter).read_bytes()).digest())
    (item,) = sign_files(shared, [str(digest)], key=made.alias, raw=RawForm(digest=True))
    assert item.status == "done"
    found = verify_raw(letter, str(digest) + ".sig", form=RawForm(), key=made.alias, session=shared)
    assert found.verdict is Verdict.VALID
    (item,) = sign_files(shared, [letter], key=made.alias, raw=RawForm(digest=True))
    assert isinstance(item.error, UsageError)
    assert "the digest has 32 bytes" in item.error.message


def test_what_does_not_fit_is_refused_and_nothing_is_left(
    shared: Session, key: Callable[..., Key], letter: str
) -> None:
    made, ours = key(KeySpec.ML_DSA_44), key(P256, name="-p")
    with pytest.raises(UsageError, match="SSH knows no keys of the kind ML_DSA_44"):
        sign_files(shared, [letter], key=made.alias, wish=Wish(form=Form.SSH))
    (item,) = sign_files(shared, [letter], key=ours.alias, raw=RawForm(SigningAlgorithm.RSASSA_PSS_SHA_256))
    assert isinstance(item.error, UsageError)
    (item,) = sign_files(shared, [letter], key=made.alias, cancelled=lambda: True)
    assert isinstance(item.error, Cancelled)
    assert not os.path.lexists(letter + ".sig")
    Path(letter + ".sig").write_bytes(b"?")
    for trust, name in (((), None), ((letter,), made.alias)):
        with pytest.raises(UsageError, match="does not say whose it is"):
            verify_raw(letter, form=RawForm(), key=name, trust=trust, session=shared)
    public = Path(letter).with_name("x.der")
    public.write_bytes(generated(X25519).public_key or b"")
    with pytest.raises(UsageError, match="None of the keys given"):
        verify_raw(letter, form=RawForm(), trust=[str(public)], session=shared)


@pytest.mark.parametrize(("spec", "usage"), [(P256, KeyUsage.KEY_AGREEMENT), (X25519, None)])
def test_both_sides_agree_on_a_secret_and_the_log_names_the_peer(
    shared: Session, key: Callable[..., Key], tmp_path: Path, spec: KeySpec, usage: KeyUsage | None
) -> None:
    ours, theirs = key(spec, usage), key(spec, usage, name="-theirs")
    publics = [peer_key(keys.public_key(shared, each.id)) for each in (ours, theirs)]
    out = tmp_path / "secret"
    one = derive_shared_secret(shared, key=ours.alias, peer=publics[1], output=str(out))
    other = derive_shared_secret(shared, key=theirs.alias, peer=publics[0])
    assert (one.secret, one.key, one.version) == (other.secret, ours, 1)
    assert out.read_bytes() == one.secret.reveal()
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert one.secret.reveal().hex() not in repr(one)
    print_ = hashlib.sha256(spki(publics[1])).hexdigest()
    assert told(shared, ours, "DeriveSharedSecret") == [
        (Outcome.ALLOWED, {"peer": print_, "version": 1}),
        (Outcome.DONE, {}),
    ]
    with pytest.raises(PublicKeyInvalid, match="and yours is"):
        derive_shared_secret(shared, key=ours.alias, peer=peer(KeySpec.ECC_NIST_P384))
    with pytest.raises(OutputExists):
        derive_shared_secret(shared, key=ours.alias, peer=publics[1], output=str(out))
    failed = {"error": "OutputExists"}
    assert told(shared, ours, "DeriveSharedSecret")[-1] == (Outcome.FAILED, failed)


def test_no_secret_stands_where_its_ciphertext_does_not(
    shared: Session, key: Callable[..., Key], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = Output.publish

    def full(self: Output, *, overwrite: bool = False) -> None:
        if self.path.endswith("ciphertext"):
            raise DiskFull(path=self.path)
        publish(self, overwrite=overwrite)

    monkeypatch.setattr(Output, "publish", full)
    with pytest.raises(DiskFull):
        encapsulate(
            shared,
            key=key(KEM).alias,
            output=str(tmp_path / "secret"),
            ciphertext_output=str(tmp_path / "ciphertext"),
        )
    assert not (tmp_path / "secret").exists()
    assert leftovers(tmp_path) == []


def test_an_encapsulated_secret_is_found_by_the_key_it_is_for(
    shared: Session, key: Callable[..., Key], tmp_path: Path
) -> None:
    made = key(KEM)
    secret, ciphertext = tmp_path / "secret", tmp_path / "ciphertext"
    sent = encapsulate(shared, key=made.alias, output=str(secret), ciphertext_output=str(ciphertext))
    assert (secret.read_bytes(), ciphertext.read_bytes()) == (bytes(sent.secret.reveal()), sent.ciphertext)
    assert decapsulate(shared, ciphertext.read_bytes(), key=made.alias).secret == sent.secret
    abroad = encapsulate(shared, peer=peer_key(keys.public_key(shared, made.id)))
    assert (abroad.key, decapsulate(shared, abroad.ciphertext or b"", key=made.alias).secret) == (None, abroad.secret)
    again = tmp_path / "again"
    with pytest.raises(OutputExists):
        encapsulate(shared, key=made.alias, output=str(secret), ciphertext_output=str(again))
    assert not again.exists()
    assert leftovers(tmp_path) == []
    assert [outcome for outcome, _ in told(shared, made, "Decapsulate")] == [Outcome.ALLOWED, Outcome.DONE] * 2
    with pytest.raises(PublicKeyInvalid):
        encapsulate(shared, peer=peer(P256))
    for bad in ({}, {"key": made.alias, "peer": peer(KEM)}):
        with pytest.raises(UsageError):
            encapsulate(shared, **bad)  # type: ignore[arg-type]
    set_state(shared, made, KeyState.ARCHIVED)
    assert decapsulate(shared, ciphertext.read_bytes(), key=made.alias).secret == sent.secret
    with pytest.raises(KeyStateRefused):
        encapsulate(shared, key=made.alias)


def test_an_rsa_key_of_the_vault_keeps_a_few_bytes_and_no_files(
    shared: Session, key: Callable[..., Key], letter: str
) -> None:
    made = key(KeySpec.RSA_2048, KeyUsage.ENCRYPT_DECRYPT)
    for algorithm in EncryptionAlgorithm:
        sealed = encrypt_rsa(shared, Secret(b"hunter2"), key=made.alias, algorithm=algorithm)
        assert (sealed.key, sealed.version, len(sealed.ciphertext)) == (made, 1, 256)
        with decrypt_rsa(shared, sealed.ciphertext, key=made.alias, algorithm=algorithm).plaintext as plain:
            assert plain.reveal() == b"hunter2"
    with pytest.raises(CiphertextInvalid):
        decrypt_rsa(shared, bytes(256), key=made.alias)
    details = {"content": "secret", "algorithm": "RSAES_OAEP_SHA_1", "version": 1}
    assert (Outcome.ALLOWED, details) in told(shared, made, "Encrypt")
    with pytest.raises(KeyUsageRefused, match="cannot encrypt files"):
        encrypt_files(shared, [letter], key=made.alias)
    assert not os.path.lexists(letter + ".esdk")
    with pytest.raises(KeyUsageRefused, match="RSA-OAEP"):
        encrypt_secret(shared, Secret(b"x"), key=made.alias)
    symmetric = key(KeySpec.SYMMETRIC_DEFAULT, name="-s")
    with pytest.raises(UsageError, match="does not encrypt with"):
        encrypt_rsa(shared, Secret(b"x"), key=symmetric.alias)


def test_data_key_pairs_are_made_of_the_new_kinds_too(shared: Session, key: Callable[..., Key]) -> None:
    wrapping = key(KeySpec.SYMMETRIC_DEFAULT)
    for spec in (KeySpec.ECC_SECG_P256K1, KeySpec.ML_DSA_65, KEM, X25519):
        made = generate_data_key_pair(shared, key=wrapping.alias, spec=spec, with_plaintext=False)
        with decrypt_data_key(shared, made.ciphertext).plaintext as private:
            assert check_material(private, spec) == made.public_key


@pytest.mark.parametrize("spec", [KeySpec.ECC_SECG_P256K1, KeySpec.ML_DSA_87, KeySpec.ML_KEM_1024, X25519])
def test_keys_of_every_new_kind_are_kept_and_come_out_of_an_export_as_they_are(
    shared: Session, key: Callable[..., Key], tmp_path: Path, spec: KeySpec
) -> None:
    from signet.crypto.keyreading import read_key

    made = key(spec)
    path = exporting.export_key(shared, made.alias, str(tmp_path / "out.pem"), plain=True)
    with read_key(Secret(Path(path).read_bytes())).material as material:
        assert check_material(material, spec) == keys.public_key(shared, made.id)


@pytest.mark.parametrize(
    "use",
    [
        lambda session, name, _: derive_shared_secret(session, key=name, peer=peer(X25519)),
        lambda session, name, _: encapsulate(session, key=name),
        lambda session, name, _: decapsulate(session, bytes(1088), key=name),
        lambda session, name, _: encrypt_rsa(session, Secret(b"x"), key=name),
        lambda session, name, path: sign_files(session, [path], key=name, raw=RawForm()),
    ],
)
def test_a_key_for_something_else_is_refused_and_so_is_a_disabled_one(
    shared: Session,
    key: Callable[..., Key],
    letter: str,
    use: Callable[[Session, str, str], object],
) -> None:
    seal = key(KeySpec.HMAC_256)
    with pytest.raises(KeyUsageRefused):
        use(shared, seal.alias, letter)
    for spec, usage in ((X25519, None), (KEM, None), (P256, None), (KeySpec.RSA_2048, KeyUsage.ENCRYPT_DECRYPT)):
        made = key(spec, usage, name=f"-{spec}")
        keys.disable_key(shared, made.alias)
        with pytest.raises((KeyStateRefused, KeyUsageRefused)):
            use(shared, made.alias, letter)


@pytest.mark.parametrize(
    ("spec", "usage"),
    [(KeySpec.ML_DSA_44, None), (X25519, None), (P256, KeyUsage.KEY_AGREEMENT), (KeySpec.ECC_SECG_P256K1, None)],
)
def test_what_no_card_keeps_is_refused_before_any_card_is_looked_for(
    shared: Session, spec: KeySpec, usage: KeyUsage | None
) -> None:
    with pytest.raises(UsageError, match="cannot live on a card"):
        keys.create_key(shared, "never", spec=spec, usage=usage, protection=Protection.TOKEN, token="none")


def test_a_file_of_several_public_keys_is_no_peer(shared: Session) -> None:
    pem = b"".join(
        b"-----BEGIN PUBLIC KEY-----\n"
        + base64.encodebytes(generated(spec).public_key or b"")
        + b"-----END PUBLIC KEY-----\n"
        for spec in (X25519, P256)
    )
    with pytest.raises(UsageError, match="There are 2 public keys"):
        peer_key(pem)
    with pytest.raises(SignetError) as caught:
        peer_key(b"nothing")
    assert not isinstance(caught.value, KeyNotExportable)


def test_a_guard_is_asked_for_where_the_private_half_works_and_nowhere_else(
    tmp_path: Path, clock: SettableClock
) -> None:
    second = tmp_path / "second.code"
    vault = make_vault(tmp_path, clock, more=(NewRecoveryCode(str(second)),))
    wanted = (("talks", X25519, None), ("post", KEM, None), ("box", KeySpec.RSA_2048, KeyUsage.ENCRYPT_DECRYPT))
    with vault.open(administer=True) as session:
        for alias, spec, usage in wanted:
            keys.create_key(session, alias, spec=spec, usage=usage, protection=Protection.GUARDED)
    vault.prompt.answers[SecretKind.OTHER_SECRET] = second.read_text()
    with vault.open() as session:
        vault.prompt.asked.clear()
        ciphertext = encapsulate(session, key="post").ciphertext or b""
        sealed = encrypt_rsa(session, Secret(b"hunter2"), key="box").ciphertext
        assert vault.prompt.asked == []
        derive_shared_secret(session, key="talks", peer=peer(X25519))
        decapsulate(session, ciphertext, key="post")
        assert decrypt_rsa(session, sealed, key="box").plaintext == Secret(b"hunter2")
        assert [request.purpose for request in vault.prompt.asked] == [
            "To agree on a shared secret with “talks”.",
            "To decapsulate a shared secret with “post”.",
            "To decrypt with “box”.",
        ]
    vault.workplace.close()
