"""A lost card: taken out, with and without a new identity; what is left to do shows until it is done."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from signet.errors import (
    ConfirmationMissing,
    DiskFull,
    KeyOutOfReach,
    LastGuard,
    SecretIncorrect,
    SignetError,
    TokenLoginLost,
    UnlockMethodNotFound,
    UsageError,
    VaultForeign,
)
from signet.formats.header import MethodKind, UnlockMethod
from signet.keys.spec import KeySpec, Protection
from signet.keys.state import KeyState
from signet.secret import Secret
from signet.services import header_change
from signet.services.attention import Concern, needs_attention
from signet.services.audit import list_entries
from signet.services.backup_archive import read_backup
from signet.services.deletion import schedule_deletion
from signet.services.drill import outlook
from signet.services.enrolment import NewToken
from signet.services.exposed import exposed, renew_keys
from signet.services.files_decrypt import decrypt_files
from signet.services.files_encrypt import encrypt_files
from signet.services.guards import LOSE, add_guard, remove_guard
from signet.services.importing import Wanted, import_key, read_key_file
from signet.services.keys import create_key, disable_key, find_key, list_keys, with_presence_of_tokens
from signet.services.lost import lose_card, lost_keys
from signet.services.master import rotate_master
from signet.services.methods import add_method
from signet.services.new_identity import renew_identity
from signet.services.old_copies import left_behind
from signet.services.opening import open_vault
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind
from signet.services.rotation import can_rotate, rotate_key
from signet.services.session import Session
from signet.services.verification import verify_vault
from signet.store.pins import Pins
from signet.tokens.model import TokenKeyUsage
from signet.tokens.software import softhsm_module
from support.carded import PIN, make_carded_vault
from support.clock import SettableClock
from support.vaults import VaultInTest

LABEL = "card (for trying out)"


@pytest.fixture
def carded(tmp_path: Path, clock: SettableClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[VaultInTest]:
    """A vault that a card, a recovery code and a passphrase open, with two keys and a file."""
    vault = make_carded_vault(tmp_path / "ann", clock)
    with vault.open() as session:
        create_key(session, "my-files", spec=KeySpec.SYMMETRIC_DEFAULT)
        create_key(session, "my-signature", spec=KeySpec.ECC_NIST_EDWARDS25519)
        (vault.path.parent / "letter.txt").write_text("what is to be kept")
        encrypt_files(session, [str(vault.path.parent / "letter.txt")], key="my-files")
    yield vault
    vault.workplace.close()


def way(vault: VaultInTest, kind: MethodKind) -> UnlockMethod:
    return next(method for method in vault.header.methods if method.kind is kind)


def opens(vault: VaultInTest, selection: Selection) -> bool:
    try:
        open_vault(vault.workplace, str(vault.path), selection=selection).close()
    except (SecretIncorrect, UnlockMethodNotFound):
        return False
    return True


def concerns(session: Session) -> set[Concern]:
    return {attention.concern for attention in needs_attention(session)}


def test_a_lost_card_goes_and_its_copies_are_named_until_they_are_deleted(carded: VaultInTest) -> None:
    card, identity = way(carded, MethodKind.TOKEN), carded.header.identity
    carded.prompt.yes = False
    with carded.open(administer=True) as session:
        lost = lose_card(session, card.id, pin_known=False)
        assert lost.rotated.removed == (LABEL,)
        assert lost.fingerprint is None
        assert carded.header.identity == identity
        assert [method.kind for method in carded.header.methods] == [MethodKind.RECOVERY_CODE, MethodKind.PASSPHRASE]
        assert Concern.OLD_COPIES in concerns(session)
        behind = left_behind(session)
        assert behind
        for path in behind:
            assert card.id in {method.id for method in read_backup(path).parsed.methods}
            os.unlink(path)
        assert Concern.OLD_COPIES not in concerns(session)
        assert not exposed(session).work
    assert opens(carded, Selection(recovery=True))


def test_a_pin_that_may_be_known_renews_the_identity_with_a_new_code(carded: VaultInTest, tmp_path: Path) -> None:
    card, passphrase = way(carded, MethodKind.TOKEN), way(carded, MethodKind.PASSPHRASE)
    before, code = carded.header, tmp_path / "new.code"
    with carded.open(administer=True) as session:
        lost = lose_card(session, card.id, pin_known=True, code_file=str(code))
        assert set(lost.rotated.removed) == {LABEL, "Passphrase"}
        assert lost.code_file == str(code)
        assert session.header.identity != before.identity
        assert session.header.generation == before.generation + 1
        assert verify_vault(session).problems == ()
        assert Concern.SAVED_CODE in concerns(session)
        assert Concern.NOT_PROVEN not in concerns(session)
    assert f"“{LABEL}”, “Passphrase”" in carded.prompt.confirmed[-2]
    assert not opens(carded, Selection(method_id=passphrase.id))
    assert opens(carded, Selection(recovery=True))
    carded.prompt.answers[SecretKind.RECOVERY_CODE] = code.read_text()
    assert opens(carded, Selection(recovery=True))
    carded.write_header(before)
    with pytest.raises(VaultForeign):
        carded.open()


def test_a_way_in_that_is_presented_stays_and_attests_the_new_identity(carded: VaultInTest, tmp_path: Path) -> None:
    card, passphrase = way(carded, MethodKind.TOKEN), way(carded, MethodKind.PASSPHRASE)
    with carded.open(administer=True) as session:
        code = str(tmp_path / "new.code")
        with pytest.raises(UsageError, match="is the lost card"):
            lose_card(session, card.id, pin_known=True, keep=[card.id], code_file=code)
        lost = lose_card(session, card.id, pin_known=True, keep=[passphrase.id], code_file=code)
    assert lost.rotated.removed == (LABEL,)
    assert opens(carded, Selection(method_id=passphrase.id))
    attested = way(carded, MethodKind.PASSPHRASE).attestation
    assert attested
    assert attested != passphrase.attestation


@pytest.mark.parametrize(
    ("hinder", "error"),
    [
        ("a wrong secret of what should stay", SecretIncorrect),
        ("no answer", ConfirmationMissing),
        ("a code that is not typed back", SignetError),
        ("a full disk", DiskFull),
    ],
)
def test_what_hinders_it_leaves_everything_as_it_was(
    carded: VaultInTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hinder: str, error: type[SignetError]
) -> None:
    before, code = carded.header, tmp_path / "new.code"
    if hinder == "a wrong secret of what should stay":
        carded.prompt.answers[SecretKind.OTHER_SECRET] = "another one"
    elif hinder == "no answer":
        carded.prompt.yes = False
    elif hinder == "a full disk":

        def full(*_: object) -> None:
            raise DiskFull(path="/")

        monkeypatch.setattr(header_change, "put_header", full)
    else:
        carded.prompt.typed_codes = ["0000"] * 5
    card, passphrase = way(carded, MethodKind.TOKEN), way(carded, MethodKind.PASSPHRASE)
    code_file = None if hinder == "a code that is not typed back" else str(code)
    with carded.open(administer=True) as session, pytest.raises(error):
        lose_card(session, card.id, pin_known=True, keep=[passphrase.id], code_file=code_file)
    assert carded.header == before
    assert not code.exists()
    assert Pins(carded.workplace.places.pins).offered(before.vault_id) is None
    monkeypatch.undo()
    assert opens(carded, Selection(method_id=card.id))


def test_the_card_that_opened_the_vault_is_not_lost_and_a_code_is_no_card(carded: VaultInTest) -> None:
    card = way(carded, MethodKind.TOKEN)
    selection = Selection(method_id=card.id)
    with open_vault(carded.workplace, str(carded.path), selection=selection, administer=True) as session:
        with pytest.raises(UsageError, match="has opened the vault"):
            lose_card(session, card.id, pin_known=False)
        with pytest.raises(UsageError, match="is no card"):
            lose_card(session, way(carded, MethodKind.RECOVERY_CODE).id, pin_known=True)


def test_keys_that_a_finder_may_know_are_rotated_and_their_files_moved(carded: VaultInTest, tmp_path: Path) -> None:
    card, folder = way(carded, MethodKind.TOKEN), carded.path.parent
    message = folder / "letter.txt.esdk"
    with carded.open(administer=True) as session:
        lose_card(session, card.id, pin_known=True, code_file=str(tmp_path / "new.code"))
        create_key(session, "made-since", spec=KeySpec.SYMMETRIC_DEFAULT)
        (tmp_path / "raw").write_bytes(bytes(range(32)))
        file = read_key_file(session.workplace, str(tmp_path / "raw"))
        import_key(session, file, Wanted("imported-since", spec=KeySpec.SYMMETRIC_DEFAULT))
        found = exposed(session)
        assert [key.alias for key in found.keys] == ["my-files"]
        assert [key.alias for key in found.others] == ["my-signature"]
        assert found.files == (str(message),)
        assert Concern.EXPOSED_KEYS in concerns(session)
        stopped = renew_keys(session, cancelled=lambda: True)
        assert [key.version for key in stopped.keys] == [2]
        again = exposed(session)
        assert again.keys == ()
        assert again.files == (str(message),)
        renewed = renew_keys(session)
        assert renewed.keys == ()
        assert [item.error for item in renewed.items] == [None]
        assert not exposed(session).work
        assert Concern.EXPOSED_KEYS not in concerns(session)
        opened = decrypt_files(session, [str(message)], output=str(folder / "opened"))
        assert [item.error for item in opened] == [None]
        assert (folder / "opened" / "letter.txt").read_text() == "what is to be kept"
        assert verify_vault(session).problems == ()


def test_rotation_is_for_symmetric_keys_that_are_enabled(carded: VaultInTest, clock: SettableClock) -> None:
    with carded.open() as session:
        assert rotate_key(session, "my-files").version == 2
        with pytest.raises(UsageError, match="public half"):
            rotate_key(session, "my-signature")
        seal = create_key(session, "my-seal", spec=KeySpec.HMAC_256)
        assert not can_rotate(seal)
        with pytest.raises(UsageError, match="no longer verify"):
            rotate_key(session, "my-seal")
        disable_key(session, "my-files")
        with pytest.raises(SignetError, match="rotated"):
            rotate_key(session, "my-files")
        key = next(key for key in list_keys(session) if key.alias == "my-files")
        assert (key.version, key.state) == (2, KeyState.DISABLED)
        clock.advance(600)
        with pytest.raises(SignetError):
            rotate_key(session, "my-files")


def test_a_card_that_cannot_sign_does_not_carry_a_new_identity(carded: VaultInTest, tmp_path: Path) -> None:
    workplace, card = carded.workplace, way(carded, MethodKind.TOKEN)
    mute = workplace.hub.initialise(
        softhsm_module(()), label="mute", pin=Secret.from_text(PIN), so_pin=Secret.from_text(PIN + PIN)
    )
    with workplace.hub.login(mute, Secret.from_text(PIN)) as login:
        login.generate(spec=KeySpec.ECC_NIST_P256, label="unlock", usage=TokenKeyUsage.AGREE)
    with carded.open(administer=True) as session:
        added = add_method(session, NewToken("mute"))
    assert not added.attestation
    before = carded.header
    with open_vault(workplace, str(carded.path), selection=Selection(method_id=added.id), administer=True) as session:
        with pytest.raises(UsageError, match="“mute” cannot sign"):
            lose_card(session, card.id, pin_known=True, code_file=str(tmp_path / "new.code"))
    assert carded.header == before
    assert not (tmp_path / "new.code").exists()


@pytest.mark.parametrize("pin_known", [False, True])
def test_a_lost_card_takes_its_last_guarded_key_along_once_the_name_is_typed(
    carded: VaultInTest, pin_known: bool
) -> None:
    letter, card = carded.path.parent / "letter.txt", way(carded, MethodKind.TOKEN)
    with carded.open(administer=True) as session:
        code = session.method.id
        for name in ("secret", "other"):
            create_key(session, name, spec=KeySpec.SYMMETRIC_DEFAULT, protection=Protection.GUARDED)
        (item,) = encrypt_files(session, [str(letter)], key="secret", overwrite=True)
        remove_guard(session, "secret", code)
    before = carded.header
    with carded.open(administer=True) as session:
        assert [key.alias for key in lost_keys(session, card.id, pin_known=pin_known)] == ["secret"]
        for typed in ((), ("Secret",), ("other",)):
            with pytest.raises(LastGuard, match="secret"):
                lose_card(session, card.id, pin_known=pin_known, typed=typed)
        assert carded.header == before
        lost = lose_card(session, card.id, pin_known=pin_known, typed=("secret",))
        assert [(key.alias, key.guarded) for key in lost.keys] == [("secret", True)]
        (entry,) = list_entries(session, operation=LOSE)
        assert entry.key == find_key(session, "secret").id
        # It stays, says what it is, and harms nothing.
        shown = with_presence_of_tokens(session, list_keys(session))
        states = {key.alias: key.state for key in shown}
        assert (states["secret"], states["other"]) == (KeyState.UNAVAILABLE, KeyState.ENABLED)
        (refused,) = decrypt_files(session, [str(item.output)], overwrite=True)
        assert isinstance(refused.error, KeyOutOfReach)
        for attempt in (
            lambda: encrypt_files(session, [str(letter)], key="secret", overwrite=True),
            lambda: add_guard(session, "secret", code),
            lambda: rotate_key(session, "secret"),
        ):
            with pytest.raises(KeyOutOfReach):
                attempt()
        assert "secret" not in {key.alias for key in exposed(session).keys}
        verified = verify_vault(session)
        assert verified.problems == ()
        assert any("“secret” has no guard any more" in note for note in verified.notes)
        assert all(key.alias != "secret" for loss in outlook(session) for key in loss.keys)
        assert schedule_deletion(session, "secret").key.alias == "secret"
    with carded.open(administer=True) as session:
        rotate_master(session)  # a key that nothing opens stays as it is, and in no one's way
        assert verify_vault(session).problems == ()


def test_two_ways_in_on_one_card_stay_together_or_nothing_changes(carded: VaultInTest) -> None:
    card = way(carded, MethodKind.TOKEN)
    workplace, pin = carded.workplace, Secret.from_text(PIN)
    token = workplace.hub.find(LABEL)
    with workplace.hub.login(token, pin) as login:
        second = login.generate(spec=KeySpec.ECC_NIST_P256, label="second", usage=TokenKeyUsage.AGREE)
    by_card = Selection(method_id=card.id)
    with open_vault(workplace, str(carded.path), selection=by_card, administer=True) as session:
        # Enrolling logs in anew, so the way in that opened the vault is no longer at hand.
        other = add_method(session, NewToken(LABEL, second.id.hex()))
    before = carded.header
    with open_vault(workplace, str(carded.path), selection=by_card, administer=True) as session:
        assert session.presenter is not None
        session.presenter.close()  # as a reset of the card ends the login that both of them need
        with pytest.raises(TokenLoginLost):
            renew_identity(session, remove=frozenset(), keep=[other], code_file=str(carded.path.parent / "new"))
    assert carded.header == before
    assert not (carded.path.parent / "new").exists()
    carded.prompt.asked.clear()
    with open_vault(workplace, str(carded.path), selection=by_card, administer=True) as session:
        renew_identity(session, remove=frozenset(), keep=[other], code_file=str(carded.path.parent / "new"))
        assert [each.kind for each in carded.prompt.asked] == [SecretKind.PIN]  # one card, one PIN
        assert verify_vault(session).problems == ()
    kinds = [method.kind for method in carded.header.methods]
    assert kinds == [MethodKind.TOKEN, MethodKind.TOKEN, MethodKind.RECOVERY_CODE]
    assert carded.header.identity != before.identity
    for method in carded.header.methods[:2]:
        open_vault(workplace, str(carded.path), selection=Selection(method_id=method.id)).close()
