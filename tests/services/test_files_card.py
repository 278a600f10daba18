"""Files for a key on a card: encrypted without it, opened by it where the vault's key does not, never its alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from signet.audit.entry import Outcome
from signet.errors import KeyNotHere, KeyTokenNotFound, KeyUsageRefused, PinIncorrect, TokenKeyUnusable, UsageError
from signet.keys.spec import KeySpec, KeyUsage, Protection
from signet.services import adopting, catalogue, files, keys
from signet.services.audit import list_entries, verify_log
from signet.services.prompt import SecretKind
from signet.services.session import Session
from signet.tokens.model import TokenKeyUsage
from support.cards import PIN, Card, make_card
from support.clock import SettableClock
from support.vaults import VaultInTest, make_vault

RSA = (KeySpec.RSA_2048, TokenKeyUsage.DECRYPT)
CURVE = (KeySpec.ECC_NIST_P384, TokenKeyUsage.AGREE)


@pytest.fixture
def card(request: pytest.FixtureRequest, vault: VaultInTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Card:
    """A card with a key that opens files: RSA, unless the test says otherwise."""
    made = make_card(tmp_path, vault.workplace, monkeypatch)
    spec, usage = getattr(request, "param", RSA)
    made.make_key(spec, usage, label="files")
    vault.prompt.answers[SecretKind.TOKEN_PIN] = PIN
    return made


@pytest.fixture
def letter(tmp_path: Path) -> str:
    path = tmp_path / "letter.txt"
    path.write_bytes(b"for the card")
    return str(path)


def adopted(session: Session, card: Card) -> str:
    (found,) = adopting.adoptable_keys(session)
    key = adopting.adopt(session, card.label, found.fingerprint, "card-files")
    assert (key.usage, key.protection, found.usage) == (
        KeyUsage.ENCRYPT_DECRYPT,
        Protection.TOKEN,
        KeyUsage.ENCRYPT_DECRYPT,
    )
    assert adopting.adoptable_keys(session) == ()
    return key.id


@pytest.mark.parametrize(("card", "provider"), [(RSA, "signet-person"), (CURVE, "raw-ecdh")], indirect=["card"])
def test_a_file_for_the_card_opens_with_it_where_the_vaults_key_does_not(
    session: Session, vault: VaultInTest, card: Card, letter: str, tmp_path: Path, clock: SettableClock, provider: str
) -> None:
    key_id = adopted(session, card)
    with pytest.raises(UsageError, match="second key"):
        files.encrypt_files(session, [letter], key="card-files")
    papers = keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
    vault.prompt.asked.clear()
    (item,) = files.encrypt_files(session, [letter], key="card-files", verify=True)
    message = str(item.output)
    assert any("“papers” too" in note for note in vault.prompt.notes)
    assert [entry.key_id for entry in catalogue.list_files(session)] == [papers.id]
    names = [recipient.provider for recipient in files.inspect_file(message).recipients]
    assert names == ["signet", provider]
    # The vault's own key opens it, and nobody is asked for the card.
    assert files.decrypt_files(session, [message], overwrite=True)[0].status == "done"
    assert vault.prompt.asked == []
    keys.disable_key(session, "papers")
    assert files.decrypt_files(session, [message], overwrite=True)[0].status == "done"
    assert [(each.kind, each.purpose) for each in vault.prompt.asked] == [
        (SecretKind.TOKEN_PIN, "To decrypt with “card-files”, which is on this card.")
    ]
    assert Path(letter).read_bytes() == b"for the card"
    assert {entry.key for entry in list_entries(session, operation="Encrypt") if entry.of} == {papers.id, key_id}
    with pytest.raises(UsageError, match="second key goes with"):
        files.re_encrypt_files(session, [message], second="papers")
    assert files.re_encrypt_files(session, [message])[0].status == "failed"  # its own key is off, and it has no other
    keys.enable_key(session, "papers")
    assert files.re_encrypt_files(session, [message], key="card-files", second="papers")[0].status == "done"
    assert [recipient.provider for recipient in files.inspect_file(message).recipients] == names
    keys.disable_key(session, "papers")
    assert verify_log(session) == ()

    # Another vault, as after the first one was lost: the card alone opens the file.
    other = make_vault(tmp_path / "other", clock)
    other.workplace.module = vault.workplace.module
    other.prompt.answers[SecretKind.TOKEN_PIN] = PIN
    with other.open() as second:
        (refused,) = files.decrypt_files(second, [message], overwrite=True)
        assert isinstance(refused.error, KeyNotHere)
        adopted(second, card)
        assert files.decrypt_files(second, [message], overwrite=True)[0].status == "done"
    other.workplace.close()


def test_a_wrong_pin_is_sent_once_and_a_card_that_is_away_is_named(
    session: Session, vault: VaultInTest, card: Card, letter: str
) -> None:
    adopted(session, card)
    keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
    (item,) = files.encrypt_files(session, [letter], key="card-files", second="papers")
    message = str(item.output)
    twin = Path(f"{message}.twin")
    twin.write_bytes(Path(message).read_bytes())
    keys.disable_key(session, "papers")
    vault.prompt.answers[SecretKind.TOKEN_PIN] = "000000"
    vault.prompt.asked.clear()
    done = files.decrypt_files(session, [message, str(twin)], overwrite=True)
    assert [type(each.error) for each in done] == [PinIncorrect, PinIncorrect]
    assert len(vault.prompt.asked) == 1
    failed = [entry for entry in list_entries(session, operation="Decrypt") if entry.outcome is Outcome.FAILED]
    assert [entry.details.get("error") for entry in failed if entry.of] == [PinIncorrect.__name__]
    card.delete_key(vault.workplace.hub.keys(card.token)[0])
    (gone,) = files.decrypt_files(session, [message], overwrite=True)
    assert isinstance(gone.error, KeyTokenNotFound)
    assert "card-files" in gone.error.message


def test_what_cannot_be_a_recipient_is_refused(session: Session, card: Card, letter: str) -> None:
    adopted(session, card)
    keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
    for key, second in (("papers", "card-files"), ("card-files", "card-files")):
        with pytest.raises(UsageError):
            files.encrypt_files(session, [letter], key=key, second=second)
    with pytest.raises(UsageError, match="lives on a card"):
        keys.create_key(session, "curve", spec=KeySpec.ECC_NIST_P256, usage=KeyUsage.ENCRYPT_DECRYPT)
    keys.create_key(session, "rsa", spec=KeySpec.RSA_2048, usage=KeyUsage.ENCRYPT_DECRYPT)
    with pytest.raises(KeyUsageRefused, match="cannot encrypt files"):
        files.encrypt_files(session, [letter], key="card-files", second="rsa")
    made = keys.create_key(
        session,
        "made",
        spec=KeySpec.RSA_2048,
        usage=KeyUsage.ENCRYPT_DECRYPT,
        protection=Protection.TOKEN,
        token=card.label,
    )
    assert (made.usage, made.protection) == (KeyUsage.ENCRYPT_DECRYPT, Protection.TOKEN)
    assert files.encrypt_files(session, [letter], key="made")[0].status == "done"
    card.make_key(KeySpec.RSA_2048, TokenKeyUsage.SIGN, label="sign")
    (found,) = adopting.adoptable_keys(session)
    assert found.usage is KeyUsage.SIGN_VERIFY
    with pytest.raises(TokenKeyUnusable, match="does not open"):
        adopting.adopt(session, card.label, found.fingerprint, "signing", usage=KeyUsage.ENCRYPT_DECRYPT)
