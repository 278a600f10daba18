"""A new card in the place of an old one: what is under way is seen in the vault, and goes on or is given up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from signet.audit.entry import Draft, Outcome
from signet.errors import PinIncorrect, TokenNotFound, UnlockMethodInUse, UsageError
from signet.formats.header import MethodKind, UnlockMethod
from signet.keys.spec import KeySpec, KeyUsage, Protection
from signet.services import files
from signet.services.attention import Concern, needs_attention
from signet.services.audit import list_entries
from signet.services.card_files import files_on_card, move_files
from signet.services.catalogue import list_files
from signet.services.enrolment import NewToken
from signet.services.guards import guards_of_all
from signet.services.keys import create_key, disable_key
from signet.services.methods import add_method
from signet.services.opening import open_vault
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind
from signet.services.renewal import begin_renewal, finish_renewal, give_up_renewal, renewal_under_way
from signet.services.rotation import rotate_key
from signet.services.session import Session
from signet.services.verification import verify_vault
from support.carded import PIN, SPARE, make_carded_vault
from support.clock import SettableClock
from support.vaults import VaultInTest


@pytest.fixture
def carded(tmp_path: Path, clock: SettableClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[VaultInTest]:
    """A vault that a card, a recovery code and a passphrase open, and a second card that is not enrolled."""
    vault = make_carded_vault(tmp_path / "ann", clock)
    yield vault
    vault.workplace.close()


def by_card(vault: VaultInTest, method: UnlockMethod) -> Session:
    return open_vault(vault.workplace, str(vault.path), selection=Selection(method_id=method.id), administer=True)


def old_card(vault: VaultInTest) -> UnlockMethod:
    return next(method for method in vault.header.methods if method.kind is MethodKind.TOKEN)


def reminded(session: Session) -> bool:
    return Concern.RENEWAL in {attention.concern for attention in needs_attention(session)}


def test_a_new_card_takes_the_place_of_the_old_one(carded: VaultInTest) -> None:
    old, guards = old_card(carded), [carded.header.methods[0].id, old_card(carded).id]
    with by_card(carded, old) as session:
        create_key(session, "guarded", spec=KeySpec.SYMMETRIC_DEFAULT, protection=Protection.GUARDED, guards=guards)
        assert renewal_under_way(session) is None
        new = begin_renewal(session, old.id, NewToken(SPARE))
        assert reminded(session)
        assert rotate_key(session, "guarded").version == 2
        with pytest.raises(UsageError, match="Open the vault with “spare"):
            finish_renewal(session)
    with carded.open() as session:  # after a kill, say: the vault knows how far it came
        under_way = renewal_under_way(session)
        assert under_way is not None
        assert (under_way.old.id, under_way.new and under_way.new.id) == (old.id, new.id)
    with by_card(carded, new) as session:
        assert begin_renewal(session, old.id, NewToken(SPARE)).id == new.id
        rotated = finish_renewal(session)
        assert rotated.removed == ("card (for trying out)",)
        assert renewal_under_way(session) is None
        assert not reminded(session)
        (guarding,) = guards_of_all(session).values()
        assert [method.id for method in guarding] == [guards[0], new.id]
        assert verify_vault(session).problems == ()
    assert [method.kind for method in carded.header.methods] == [
        MethodKind.RECOVERY_CODE,
        MethodKind.PASSPHRASE,
        MethodKind.TOKEN,
    ]


def test_a_renewal_that_fails_at_the_new_card_goes_on_or_is_given_up(carded: VaultInTest) -> None:
    old = old_card(carded)
    with by_card(carded, old) as session:
        with pytest.raises(UsageError, match="no card can take its place"):
            begin_renewal(session, carded.header.methods[0].id, NewToken(SPARE))
        carded.prompt.answers[SecretKind.NEW_PIN] = "654321"
        with pytest.raises(PinIncorrect):
            begin_renewal(session, old.id, NewToken(SPARE))
        under_way = renewal_under_way(session)
        assert under_way is not None
        assert under_way.new is None
        with pytest.raises(UsageError, match="No new card"):
            finish_renewal(session)
        assert reminded(session)
        # What becomes a way in meanwhile is not the new card; only the card that is named is.
        carded.prompt.answers[SecretKind.NEW_PIN] = PIN
        spare = add_method(session, NewToken(SPARE))
        with pytest.raises(TokenNotFound):
            begin_renewal(session, old.id, NewToken("a third one"))
        with pytest.raises(UnlockMethodInUse):
            begin_renewal(session, old.id, NewToken(old.label))
        under_way = renewal_under_way(session)
        assert under_way is not None
        assert under_way.new is None
        assert begin_renewal(session, old.id, NewToken(SPARE)).id == spare.id
        give_up_renewal(session)
        assert not reminded(session)
        assert renewal_under_way(session) is None
        give_up_renewal(session)
    assert len(carded.header.methods) == 4


def test_files_that_only_the_old_card_opens_go_to_another_key(carded: VaultInTest, tmp_path: Path) -> None:
    old, letters = old_card(carded), [tmp_path / f"letter {number}" for number in range(3)]
    opens_files = KeyUsage.ENCRYPT_DECRYPT
    with by_card(carded, old) as session:
        create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
        own = create_key(
            session, "card-files", spec=KeySpec.ECC_NIST_P256, usage=opens_files, protection=Protection.TOKEN
        )
        for letter in letters:
            letter.write_text(letter.name)
        items = files.encrypt_files(session, [str(each) for each in letters], key=own.id)
        paths = [str(item.output) for item in items]
        found = files_on_card(session, old.id)
        assert (found.keys, found.here, found.present) == ((own,), (), True)
        with pytest.raises(UsageError, match="is on the card that"):
            move_files(session, old.id, to="card-files")
        disable_key(session, "papers")
        with pytest.raises(UsageError, match="no key that the files"):
            move_files(session, old.id)
        archive = create_key(session, "archive", spec=KeySpec.SYMMETRIC_DEFAULT)
        create_key(
            session,
            "spare-files",
            spec=KeySpec.RSA_2048,
            usage=opens_files,
            protection=Protection.TOKEN,
            token=SPARE,
        )
        begin_renewal(session, old.id, NewToken(SPARE))
        # What came from elsewhere is known once it was opened.
        unknown = list_files(session)[:2]
        with session.records.change() as change:
            for entry in unknown:
                change.catalogue.forget(bytes.fromhex(entry.message_id))
            change.append(Draft("Forget", Outcome.DONE))
        assert files_on_card(session, old.id).here == (paths[0],)
        items = files.decrypt_files(session, paths, output=str(tmp_path / "plain"))
        assert [item.status for item in items] == ["done"] * 3
        (tmp_path / "letter 2.esdk").rename(tmp_path / "away")
        found = files_on_card(session, old.id)
        assert (set(found.here), found.elsewhere) == (set(paths[:2]), (paths[2],))
        assert ([key.alias for key in found.targets], found.movable) == (["archive", "spare-files"], True)
    carded.prompt.asked.clear()
    with carded.open() as session:
        moved = move_files(session, old.id, to="spare-files")
        assert ([item.status for item in moved.items], moved.elsewhere) == (["done"] * 2, (paths[2],))
        # One PIN and one decision for all of them.
        assert [each.kind for each in carded.prompt.asked] == [SecretKind.RECOVERY_CODE, SecretKind.TOKEN_PIN]
        begun = [entry for entry in list_entries(session, operation="ReEncrypt") if entry.of is None]
        assert [entry.details["files"] for entry in begun] == [2, 2]
        # The rest another time, as after an interruption; nothing is done twice.
        assert files_on_card(session, old.id).here == ()
        (tmp_path / "away").rename(paths[2])
        assert [item.status for item in move_files(session, old.id).items] == ["done"]
        assert move_files(session, old.id).items == ()
        names = [[each.provider for each in files.inspect_file(path).recipients] for path in paths]
        assert names == [["signet", "signet-person"]] * 2 + [["signet"]]
        assert {entry.key_id for entry in list_files(session)} == {archive.id}
        assert verify_vault(session).problems == ()
