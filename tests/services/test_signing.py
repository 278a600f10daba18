"""Signing files and verifying signatures; ssh-keygen reads what is written and writes what is read."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from signet.audit.entry import Outcome
from signet.errors import (
    Cancelled,
    FormatUnrecognised,
    KeyStateRefused,
    KeyTokenNotFound,
    KeyUsageRefused,
    OutputExists,
    PinIncorrect,
    SecretMissing,
    SignetError,
    SourceNotFound,
    SourceUnsupported,
    TokenNotFound,
    TokenRemoved,
    UsageError,
)
from signet.formats import sshkey
from signet.keys.model import Key
from signet.keys.spec import KeySpec, Protection, SigningAlgorithm
from signet.keys.state import KeyState, Operation
from signet.services import keys, tokens
from signet.services.audit import list_entries, verify_log
from signet.services.files_items import Item
from signet.services.prompt import SecretKind
from signet.services.session import Session
from signet.services.signing import Verdict, sign_files, verify_file
from signet.tokens.signing import TokenSigningKey
from support.files import leftovers, set_state, token_key_without_token
from support.signing import SIGNING_SPECS, private_key_file, ssh_line
from support.vaults import VaultInTest

P256 = KeySpec.ECC_NIST_P256
PIN = "648219"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "contracts"
    made.mkdir()
    return made


@pytest.fixture
def document(folder: Path) -> str:
    path = folder / "contract.pdf"
    path.write_bytes(b"we agree")
    return str(path)


@pytest.fixture
def key(session: Session) -> Key:
    return keys.create_key(session, "contracts", spec=P256)


def error_of(item: Item) -> SignetError:
    assert item.status == "failed"
    assert item.error is not None
    return item.error


def ssh_keygen(*words: str, path: str) -> subprocess.CompletedProcess[bytes]:
    with open(path, "rb") as source:
        return subprocess.run(["ssh-keygen", *words], stdin=source, capture_output=True, check=False, timeout=60)


def ssh_public(session: Session, key: Key) -> str:
    """The key's public half as one SSH line."""
    (version,) = keys.versions(session, key)
    assert version.public_key is not None
    return sshkey.public_line(sshkey.from_spki(version.public_key))


@pytest.mark.parametrize("spec", SIGNING_SPECS)
def test_ssh_keygen_accepts_every_kind_of_signature(
    session: Session, folder: Path, document: str, spec: KeySpec
) -> None:
    key = keys.create_key(session, "contracts", spec=spec)
    (item,) = sign_files(session, [document], key="contracts")
    assert item == Item(document, document + ".sig", "done", None)
    signers = folder / "signers"
    signers.write_text(f"mari@example.ee {ssh_public(session, key)}\n")
    words = ("-Y", "verify", "-f", str(signers), "-I", "mari@example.ee", "-n", "file", "-s", document + ".sig")
    accepted = ssh_keygen(*words, path=document)
    assert accepted.returncode == 0, accepted.stderr
    found = verify_file(document, session=session)
    assert found.verdict is Verdict.VALID
    assert found.signatures[0].fingerprint in accepted.stdout.decode()
    assert leftovers(folder) == []


def test_a_signature_is_as_readable_as_its_file(session: Session, key: Key, document: str) -> None:
    for mode, expected in ((0o664, 0o644), (0o600, 0o600), (0o400, 0o600), (0o755, 0o644)):
        os.chmod(document, mode)
        sign_files(session, [document], key="contracts", overwrite=True)
        assert stat.S_IMODE(os.stat(document + ".sig").st_mode) == expected


def test_a_batch_is_one_decision_with_an_end_for_each_file(session: Session, key: Key, folder: Path) -> None:
    paths = []
    for name in ("a", "b"):
        (folder / name).write_bytes(name.encode())
        paths.append(str(folder / name))
    items = sign_files(session, [*paths, paths[0], str(folder / "missing")], key="contracts")
    assert [item.status for item in items] == ["done", "done", "skipped", "failed"]
    allowed, *ends = reversed(list_entries(session, operation=str(Operation.SIGN)))
    assert (allowed.outcome, allowed.key) == (Outcome.ALLOWED, key.id)
    assert [(end.outcome, end.of) for end in ends] == [
        (Outcome.DONE, allowed.sequence),
        (Outcome.DONE, allowed.sequence),
        (Outcome.FAILED, allowed.sequence),
    ]
    assert ends[0].details["output"] == paths[0] + ".sig"
    assert verify_log(session) == ()


def test_output_names_the_one_signature(session: Session, key: Key, folder: Path, document: str) -> None:
    out = str(folder / "elsewhere.sig")
    (item,) = sign_files(session, [document], key="contracts", output=out)
    assert item.output == out
    assert verify_file(document, out, session=session).verdict is Verdict.VALID
    with pytest.raises(UsageError):
        sign_files(session, [document, document], key="contracts", output=out)


def test_nothing_is_overwritten_unasked_and_never_the_document(session: Session, key: Key, document: str) -> None:
    Path(document + ".sig").write_bytes(b"precious")
    (item,) = sign_files(session, [document], key="contracts")
    assert isinstance(error_of(item), OutputExists)
    assert Path(document + ".sig").read_bytes() == b"precious"
    (item,) = sign_files(session, [document], key="contracts", output=document, overwrite=True)
    assert isinstance(error_of(item), OutputExists)
    assert Path(document).read_bytes() == b"we agree"


def test_the_door_says_no(session: Session, key: Key, document: str) -> None:
    keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
    with pytest.raises(KeyUsageRefused):
        sign_files(session, [document], key="papers")
    set_state(session, key, KeyState.ARCHIVED)
    with pytest.raises(KeyStateRefused):
        sign_files(session, [document], key="contracts")
    assert [entry.outcome for entry in list_entries(session, operation="Sign")] == [Outcome.REFUSED] * 2
    assert not Path(document + ".sig").exists()


def test_cancel_leaves_no_signature(session: Session, key: Key, document: str) -> None:
    asked = iter(range(10))
    (item,) = sign_files(session, [document], key="contracts", cancelled=lambda: next(asked) >= 1)
    assert isinstance(error_of(item), Cancelled)
    assert not Path(document + ".sig").exists()
    assert list_entries(session, 1)[0].outcome is Outcome.CANCELLED


def test_links_are_not_signed(session: Session, key: Key, folder: Path, document: str) -> None:
    (folder / "link").symlink_to(document)
    (item,) = sign_files(session, [str(folder / "link")], key="contracts")
    assert isinstance(error_of(item), SourceUnsupported)


@pytest.fixture
def card_key(session: Session, vault: VaultInTest) -> Key:
    """A key on a software token, which is not what opened the vault."""
    vault.prompt.answers[SecretKind.PIN] = PIN
    vault.prompt.answers[SecretKind.TOKEN_PIN] = PIN
    token = tokens.init_software(vault.workplace, "card")
    return keys.create_key(session, "card", spec=P256, protection=Protection.TOKEN, token=token.label)


def test_a_key_on_a_token_signs_with_one_pin_for_the_batch(
    session: Session, vault: VaultInTest, card_key: Key, folder: Path, document: str
) -> None:
    (folder / "second").write_bytes(b"2")
    vault.prompt.asked.clear()
    items = sign_files(session, [document, str(folder / "second")], key="card")
    assert [item.status for item in items] == ["done", "done"]
    assert [request.kind for request in vault.prompt.asked] == [SecretKind.TOKEN_PIN]
    assert verify_file(document, session=session).signatures[0].alias == "card"
    allowed = next(reversed(list_entries(session, operation="Sign")))
    assert (allowed.outcome, allowed.key) == (Outcome.ALLOWED, card_key.id)
    assert str(allowed.details["token"]).startswith("card")


def test_the_pin_is_asked_for_before_anything_is_decided(
    session: Session, vault: VaultInTest, card_key: Key, document: str
) -> None:
    vault.prompt.answers[SecretKind.TOKEN_PIN] = "000000"
    with pytest.raises(PinIncorrect):
        sign_files(session, [document], key="card")
    del vault.prompt.answers[SecretKind.TOKEN_PIN]
    with pytest.raises(SecretMissing):
        sign_files(session, [document], key="card")
    assert list_entries(session, operation="Sign") == ()


def test_a_disabled_key_on_a_token_asks_for_no_pin(
    session: Session, vault: VaultInTest, card_key: Key, document: str
) -> None:
    set_state(session, card_key, KeyState.DISABLED)
    vault.prompt.asked.clear()
    with pytest.raises(KeyStateRefused):
        sign_files(session, [document], key="card")
    assert vault.prompt.asked == []
    assert list_entries(session, 1)[0].outcome is Outcome.REFUSED


def test_after_an_error_of_the_token_no_further_file_is_tried(
    session: Session, card_key: Key, folder: Path, document: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[bytes] = []

    def gone(_key: TokenSigningKey, message: bytes, _algorithm: SigningAlgorithm) -> bytes:
        tried.append(message)
        raise TokenRemoved

    monkeypatch.setattr(TokenSigningKey, "sign", gone)
    (folder / "second").write_bytes(b"2")
    items = sign_files(session, [document, str(folder / "second")], key="card")
    assert [type(item.error) for item in items] == [TokenRemoved, TokenRemoved]
    assert len(tried) == 1


def test_a_token_that_is_not_there_is_named(session: Session, vault: VaultInTest, document: str) -> None:
    vault.prompt.answers[SecretKind.PIN] = PIN
    tokens.init_software(vault.workplace, "another")
    token_key_without_token(session, "card")
    with pytest.raises(TokenNotFound) as caught:
        sign_files(session, [document], key="card")
    assert "card" in caught.value.message
    refused = list_entries(session, operation=str(Operation.SIGN))[0]
    assert (refused.outcome, refused.details["error"]) == (Outcome.REFUSED, "KeyTokenNotFound")


def test_a_key_whose_token_is_away_is_unavailable_and_its_card_is_named(
    session: Session, vault: VaultInTest, document: str
) -> None:
    vault.prompt.answers |= {SecretKind.PIN: PIN, SecretKind.TOKEN_PIN: PIN}
    token = tokens.init_software(vault.workplace, "Nitrokey")
    made = keys.create_key(session, "pen", spec=P256, protection=Protection.TOKEN, token=token.label)
    off = keys.create_key(session, "off", spec=P256, protection=Protection.TOKEN, token=token.label)
    keys.create_key(session, "soft", spec=P256)
    keys.disable_key(session, "off")

    def states() -> dict[str, KeyState]:
        return {key.alias: key.state for key in keys.with_presence_of_tokens(session, keys.list_keys(session))}

    here = {"pen": KeyState.ENABLED, "off": KeyState.DISABLED, "soft": KeyState.ENABLED}
    assert states() == here
    assert keys.token_name(session, off) == token.label
    tokens.discard_software(vault.workplace, token)
    tokens.init_software(vault.workplace, "another")
    assert states() == here | {"pen": KeyState.UNAVAILABLE}
    assert keys.find_key(session, "pen") == made
    with pytest.raises(KeyTokenNotFound) as caught:
        sign_files(session, [document], key="pen")
    assert (caught.value.name, caught.value.key) == ("Nitrokey (for trying out)", "pen")


def test_a_changed_file_is_invalid_and_recorded(session: Session, key: Key, document: str) -> None:
    sign_files(session, [document], key="contracts")
    Path(document).write_bytes(b"we do not agree")
    found = verify_file(document, session=session)
    assert found.verdict is Verdict.INVALID
    (view,) = found.signatures
    assert (view.verdict, view.alias, view.key_id) == (Verdict.INVALID, "contracts", key.id)
    failed, allowed = list_entries(session, operation="Verify")
    assert (allowed.outcome, allowed.key) == (Outcome.ALLOWED, key.id)
    assert (failed.outcome, failed.of) == (Outcome.FAILED, allowed.sequence)
    assert failed.details == {"error": "SignatureInvalid"}


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        (KeyState.ENABLED, Verdict.VALID),
        (KeyState.ARCHIVED, Verdict.VALID),
        (KeyState.DISABLED, Verdict.UNKNOWN),
        (KeyState.PENDING_DELETION, Verdict.UNKNOWN),
    ],
)
def test_the_state_of_an_own_key_counts(
    session: Session, key: Key, folder: Path, document: str, state: KeyState, verdict: Verdict
) -> None:
    sign_files(session, [document], key="contracts")
    set_state(session, key, state)
    found = verify_file(document, session=session)
    assert found.verdict is verdict
    assert found.signatures[0].alias == "contracts"
    trusted = folder / "contracts.pub"
    trusted.write_text(ssh_public(session, key) + "\n")
    assert verify_file(document, trust=[str(trusted)], session=session).verdict is Verdict.VALID
    assert verify_log(session) == ()


def test_without_a_vault_trust_comes_from_the_files_given(
    session: Session, key: Key, folder: Path, document: str
) -> None:
    sign_files(session, [document], key="contracts")
    before = len(list_entries(session))
    found = verify_file(document)
    assert found.verdict is Verdict.VALID_UNTRUSTED
    (view,) = found.signatures
    assert view.signer == view.fingerprint
    assert view.fingerprint in found.sentence
    (folder / "key.ssh").write_text(ssh_public(session, key) + "\n")
    words = ["ssh-keygen", "-e", "-m", "PKCS8", "-f", str(folder / "key.ssh")]
    pem = subprocess.run(words, check=True, capture_output=True, timeout=60).stdout
    (folder / "key.pem").write_bytes(pem)
    for name in ("key.ssh", "key.pem"):
        found = verify_file(document, trust=[str(folder / name)])
        assert found.verdict is Verdict.VALID
        assert (found.signatures[0].signer, found.signatures[0].alias) == (name, None)
    assert len(list_entries(session)) == before


def test_a_signature_by_ssh_keygen_is_checked_and_recorded(session: Session, folder: Path, document: str) -> None:
    private = private_key_file(folder, P256)
    subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-n", "file", "-f", str(private), document],
        check=True,
        capture_output=True,
        timeout=60,
    )
    assert verify_file(document, session=session).verdict is Verdict.VALID_UNTRUSTED
    (entry,) = list_entries(session, operation="Verify")
    assert (entry.outcome, entry.key, entry.details) == (Outcome.DONE, None, {"source": document})
    (folder / "mari.pub").write_text(ssh_line(P256) + "\n")
    found = verify_file(document, trust=[str(folder / "mari.pub")], session=session)
    assert (found.verdict, found.signatures[0].signer) == (Verdict.VALID, "mari.pub")
    Path(document).write_bytes(b"changed")
    assert verify_file(document, session=session).verdict is Verdict.INVALID
    assert list_entries(session, 1)[0].outcome is Outcome.FAILED


def test_another_namespace_is_not_valid(session: Session, folder: Path, document: str) -> None:
    private = private_key_file(folder, P256)
    subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-n", "git", "-f", str(private), document],
        check=True,
        capture_output=True,
        timeout=60,
    )
    assert verify_file(document).verdict is Verdict.INVALID


def test_no_signature_is_unsigned_unless_one_was_named(document: str) -> None:
    found = verify_file(document)
    assert (found.verdict, found.signatures) == (Verdict.UNSIGNED, ())
    assert document + ".sig" in found.sentence
    with pytest.raises(SourceNotFound):
        verify_file(document, document + ".other")
    with pytest.raises(SourceNotFound):
        verify_file(document + ".missing")


@pytest.mark.parametrize("content", [b"", b"no signature", bytes(100_000)])
def test_what_is_no_signature_could_not_be_checked(document: str, content: bytes) -> None:
    Path(document + ".sig").write_bytes(content)
    found = verify_file(document)
    assert found.verdict is Verdict.UNKNOWN
    assert found.sentence.startswith("The signature could not be checked. ")
    assert found.signatures[0].signer == ""


def test_a_file_of_keys_that_holds_none_is_refused(folder: Path, document: str) -> None:
    Path(document + ".sig").write_bytes(b"")
    (folder / "nothing").write_bytes(b"no key")
    with pytest.raises(FormatUnrecognised):
        verify_file(document, trust=[str(folder / "nothing")])


def test_verifying_can_be_cancelled(session: Session, key: Key, document: str) -> None:
    sign_files(session, [document], key="contracts")
    with pytest.raises(Cancelled):
        verify_file(document, session=session, cancelled=lambda: True)
    assert list_entries(session, 1)[0].outcome is Outcome.CANCELLED
