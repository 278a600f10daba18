"""Recovery shares as a way in: made, handed over, given back in every order, mistyped, mixed up, taken out."""

from __future__ import annotations

import itertools
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from signet.crypto import typed
from signet.crypto.shares import MAX_SHARES, combine_shares, split_secret
from signet.errors import (
    DatabaseDamaged,
    FolderNotFound,
    HeaderDamaged,
    OutputExists,
    SecretIncorrect,
    SecretMissing,
    ShareForeign,
    ShareMalformed,
    ShareRepeated,
    SharesTooFew,
    UnlockMethodNotFound,
    UsageError,
)
from signet.formats.header import MethodKind, Scheme, UnlockMethod
from signet.keys.spec import KeySpec
from signet.secret import Secret
from signet.services import audit
from signet.services.creation import create_vault
from signet.services.enrolment import NewRecoveryShares, NewToken
from signet.services.keys import create_key, list_keys
from signet.services.master import rotate_master
from signet.services.methods import add_method, list_methods, prove_method, remove_method
from signet.services.opening import open_vault
from signet.services.presence import prove_presence
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind
from signet.services.recovery_shares import GivenShares
from signet.services.tokens import init_software
from support.clock import SettableClock
from support.prompt import ScriptedPrompt
from support.vaults import VaultInTest, make_vault, make_workplace

SHARE = SecretKind.RECOVERY_SHARE


def added(vault: VaultInTest, threshold: int = 2, shares: int = 3, *, name: str = "shares") -> tuple[str, list[str]]:
    """Add shares; return the way in's id and the sheets, each without its end of line."""
    new = NewRecoveryShares(threshold, shares, str(vault.path.parent / name))
    with vault.open(administer=True) as session:
        method = add_method(session, new)
    return method.id, [Path(file).read_text().rstrip("\n") for file in new.files]


def opened_by(vault: VaultInTest, method_id: str | None, sheets: Sequence[str]) -> UnlockMethod:
    """Open with sheets, given one after the other."""
    vault.prompt.series[SHARE] = list(sheets)
    selection = Selection(recovery=True) if method_id is None else Selection(method_id=method_id)
    with open_vault(vault.workplace, str(vault.path), selection=selection) as session:
        return session.method


def mistyped(sheet: str) -> str:
    words = sheet.split()
    return " ".join([words[1], words[0], *words[2:]])


# Making them


def test_each_share_has_a_private_file_of_its_own(vault: VaultInTest) -> None:
    _, sheets = added(vault)
    folder = vault.path.parent / "shares"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sorted(os.listdir(folder)) == [f"recovery-share-{number}-of-3.txt" for number in (1, 2, 3)]
    for file, sheet in zip(sorted(folder.iterdir()), sheets, strict=True):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert file.read_text() == sheet + "\n"
        assert len(sheet.split()) == 33


def test_what_the_header_and_the_list_say(vault: VaultInTest) -> None:
    method_id, _ = added(vault, 3, 5)
    method = vault.header.method(method_id)
    assert method is not None
    assert (method.kind, method.scheme) == (MethodKind.RECOVERY_SHARES, Scheme.X25519)
    assert dict(method.parameters).keys() == {"identifier", "shares", "threshold"}
    assert (method.parameter("threshold"), method.parameter("shares")) == (3, 5)
    with vault.open() as session:
        view = list_methods(session)[-1]
        last = audit.list_entries(session, operation="AddUnlockMethod")[0]
    assert (view.label, view.attested, view.proven_at is None) == ("Recovery shares (3 of 5)", True, False)
    assert last.details["kind"] == "recovery-shares"


@pytest.mark.parametrize(("threshold", "shares"), [(1, 3), (4, 3), (2, MAX_SHARES + 1), (0, 0)])
def test_no_such_number_of_shares(vault: VaultInTest, threshold: int, shares: int) -> None:
    with vault.open(administer=True) as session:
        with pytest.raises(UsageError):
            add_method(session, NewRecoveryShares(threshold, shares, str(vault.path.parent / "shares")))
    assert not (vault.path.parent / "shares").exists()


def test_nothing_is_written_over_and_nothing_left_behind(vault: VaultInTest) -> None:
    folder = vault.path.parent / "shares"
    folder.mkdir()
    (folder / "recovery-share-3-of-3.txt").write_text("older")
    with vault.open(administer=True) as session, pytest.raises(OutputExists):
        add_method(session, NewRecoveryShares(2, 3, str(folder)))
    assert [file.read_text() for file in folder.iterdir()] == ["older"]
    assert len(vault.header.methods) == 1


@pytest.mark.parametrize(
    ("place", "error"),
    [
        (lambda vault: vault.path / "shares", UsageError),
        (lambda vault: vault.path, UsageError),
        (lambda vault: vault.path.parent / "no" / "shares", FolderNotFound),
        (lambda vault: vault.path / "header.json", UsageError),
        (lambda vault: vault.path.parent / "personal.code", OutputExists),
    ],
)
def test_where_shares_cannot_be_put(
    vault: VaultInTest, place: Callable[[VaultInTest], Path], error: type[Exception]
) -> None:
    with vault.open(administer=True) as session:
        before = sorted(os.listdir(vault.path))
        with pytest.raises(error):
            add_method(session, NewRecoveryShares(2, 3, str(place(vault))))
        assert sorted(os.listdir(vault.path)) == before
    assert len(vault.header.methods) == 1


def test_the_folder_goes_again_if_what_follows_fails(vault: VaultInTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_: object, **__: object) -> None:
        raise OutputExists(path="x")

    monkeypatch.setattr("signet.services.header_change.change_methods", no_room)
    with vault.open(administer=True) as session, pytest.raises(OutputExists):
        add_method(session, NewRecoveryShares(2, 3, str(vault.path.parent / "shares")))
    assert not (vault.path.parent / "shares").exists()


def test_a_folder_that_somebody_else_uses_by_now_stays(vault: VaultInTest, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = vault.path.parent / "shares"

    def meanwhile(*_: object, **__: object) -> None:
        (folder / "letter").write_text("mine")
        raise OutputExists(path="x")

    monkeypatch.setattr("signet.services.header_change.change_methods", meanwhile)
    with vault.open(administer=True) as session, pytest.raises(OutputExists):
        add_method(session, NewRecoveryShares(2, 3, str(folder)))
    assert os.listdir(folder) == ["letter"]


# Opening with them


@pytest.mark.parametrize(("threshold", "shares"), [(2, 3), (3, 5)])
def test_any_k_of_n_open_in_any_order(vault: VaultInTest, threshold: int, shares: int) -> None:
    method_id, sheets = added(vault, threshold, shares)
    for some in itertools.combinations(reversed(sheets), threshold):
        vault.prompt.asked.clear()
        assert opened_by(vault, method_id, some).id == method_id
        assert [request.what for request in vault.prompt.asked] == [
            f"recovery share ({number} of {threshold})" for number in range(1, threshold + 1)
        ]


def test_fewer_than_k_open_nothing_whatever_they_are(vault: VaultInTest) -> None:
    method_id, sheets = added(vault, 3, 5)
    for some in itertools.combinations(sheets, 2):
        with pytest.raises(SharesTooFew) as caught:
            opened_by(vault, method_id, some)
        assert (caught.value.given, caught.value.needed) == (2, 3)
    with pytest.raises(SecretMissing):
        opened_by(vault, method_id, [])


def test_several_in_one_answer_stand_one_a_line(vault: VaultInTest) -> None:
    method_id, sheets = added(vault)
    for answer in ("\n".join(sheets[1:]), "\r\n\r\n".join(sheets), f"\n{sheets[2]}\n\n{sheets[0]}\n"):
        assert opened_by(vault, method_id, [answer]).id == method_id
    with pytest.raises(ShareMalformed, match="checksum"):
        opened_by(vault, method_id, ["\n".join([*sheets[:2], mistyped(sheets[2])])])


def pairs_of_words(share: str) -> list[str]:
    return [f"{one} {other}" for one, other in pairwise(share.split())]


def test_what_is_wrong_is_told_by_its_own_error(vault: VaultInTest) -> None:
    method_id, sheets = added(vault)
    _, others = added(vault, name="others")
    for wrong, error in (
        ([""], ShareMalformed),
        (["\n \n"], ShareMalformed),
        ([mistyped(sheets[0])], ShareMalformed),
        ([sheets[0], mistyped(sheets[1])], ShareMalformed),
        ([sheets[0], sheets[0]], ShareRepeated),
        ([sheets[0], sheets[0].upper()], ShareRepeated),
        ([others[0]], ShareForeign),
        ([sheets[0], others[1]], ShareForeign),
    ):
        with pytest.raises(error) as caught:
            opened_by(vault, method_id, wrong)
        told = f"{caught.value.message} {caught.value.hint}".lower()
        # One word proves nothing: words of shares, such as "already", stand in sentences too.
        assert not [pair for pair in pairs_of_words(sheets[0]) if pair in told]


def test_shares_of_another_vault_are_known_at_once(vault: VaultInTest, tmp_path: Path, clock: SettableClock) -> None:
    method_id, _ = added(vault)
    (tmp_path / "b").mkdir()
    _, others = added(make_vault(tmp_path / "b", clock))
    with pytest.raises(ShareForeign):
        opened_by(vault, method_id, others)
    assert len(vault.prompt.series[SHARE]) == 2


def test_a_set_with_the_same_identifier_opens_nothing(vault: VaultInTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """One set in 32768 has another's identifier; then only the secret itself tells them apart."""
    monkeypatch.setattr("shamir_mnemonic.shamir._random_identifier", lambda: 4711)
    method_id, sheets = added(vault)
    forged = split_secret(Secret(os.urandom(32)), threshold=2, shares=3)
    with pytest.raises(SecretIncorrect):
        opened_by(vault, method_id, [share.words.text() for share in forged[:2]])
    with pytest.raises(SecretIncorrect):
        opened_by(vault, method_id, [sheets[0], forged[1].words.text()])
    with pytest.raises(ShareForeign):
        opened_by(vault, method_id, [sheets[0], forged[0].words.text()])
    second_id, seconds = added(vault, name="second")
    assert opened_by(vault, second_id, seconds).id == second_id
    assert opened_by(vault, method_id, sheets).id == method_id


def test_the_first_share_shows_which_of_several_sets_it_is(vault: VaultInTest) -> None:
    two, two_sheets = added(vault, 2, 3)
    three, three_sheets = added(vault, 3, 5, name="three")
    methods = [method for method in vault.header.methods if method.kind is MethodKind.RECOVERY_SHARES]
    for method_id, sheets, needed in ((two, two_sheets, 2), (three, three_sheets, 3)):
        given = GivenShares(methods)
        assert given.needed == 2
        given.add(Secret.from_text(sheets[-1]))
        assert (given.given, given.needed, given.complete) == (1, needed, False)
        for sheet in sheets[: needed - 1]:
            given.add(Secret.from_text(sheet))
        method, _ = given.open(vault.header)
        assert method.id == method_id
        given.wipe()
        assert given.given == 0


def test_checking_takes_nothing(vault: VaultInTest) -> None:
    method_id, sheets = added(vault)
    method = vault.header.method(method_id)
    assert method is not None
    given, sheet = GivenShares([method]), Secret.from_text(sheets[0])
    given.check(sheet)
    given.check(sheet)
    assert (given.given, sheet.text()) == (0, sheets[0])


def test_recovery_means_the_code_where_there_is_one(vault: VaultInTest) -> None:
    _, sheets = added(vault)
    assert opened_by(vault, None, sheets).kind is MethodKind.RECOVERY_CODE
    vault.prompt.answers.pop(SecretKind.RECOVERY_CODE)
    with pytest.raises(SecretMissing, match="recovery code"):
        opened_by(vault, None, sheets)


def test_without_a_code_recovery_means_the_shares(tmp_path: Path, clock: SettableClock) -> None:
    prompt = ScriptedPrompt()
    workplace, path = make_workplace(tmp_path, clock, prompt), str(tmp_path / "v.signet")
    new = NewRecoveryShares(2, 3, str(tmp_path / "shares"))
    created = create_vault(workplace, path, [new])
    assert created.recovery_code_file == new.files[0]
    for selection in (Selection(recovery=True), Selection()):
        prompt.series[SHARE] = [Path(file).read_text() for file in new.files]
        with open_vault(workplace, path, selection=selection) as session:
            assert session.method.kind is MethodKind.RECOVERY_SHARES


def test_without_shares_none_are_asked_for(vault: VaultInTest) -> None:
    with pytest.raises(UnlockMethodNotFound):
        opened_by(vault, "00000000", ["x"])


def test_a_header_with_an_impossible_set_is_damaged(vault: VaultInTest) -> None:
    method_id, _ = added(vault)
    method = vault.header.method(method_id)
    assert method is not None
    broken = UnlockMethod(
        **{**vars(method), "parameters": (("identifier", 1), ("shares", 99), ("threshold", 2))},
    )
    with pytest.raises(HeaderDamaged):
        GivenShares([broken])


# Living with them


def test_the_vault_opens_by_shares_once_the_card_is_gone(tmp_path: Path, clock: SettableClock) -> None:
    prompt = ScriptedPrompt({SecretKind.NEW_PIN: "123456", SecretKind.PIN: "123456"})
    workplace, path = make_workplace(tmp_path, clock, prompt), str(tmp_path / "v.signet")
    new = NewRecoveryShares(2, 3, str(tmp_path / "shares"))
    with workplace:
        token = init_software(workplace, "card")
        card = create_vault(workplace, path, [NewToken(token.label), new]).methods[0]
        with open_vault(workplace, path) as session:
            assert session.method.id == card.id
            create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
        sheets = [Path(file).read_text() for file in new.files]
        prompt.series[SHARE] = sheets[1:]
        with open_vault(workplace, path, selection=Selection(recovery=True), administer=True) as session:
            remove_method(session, card.id)
        prompt.series[SHARE] = [sheets[2], sheets[0]]
        with open_vault(workplace, path, selection=Selection(recovery=True)) as session:
            assert [key.alias for key in list_keys(session)] == ["papers"]
            assert [method.kind for method in session.header.methods] == [MethodKind.RECOVERY_SHARES]


def test_sheets_stay_valid_over_a_new_master_key(vault: VaultInTest) -> None:
    method_id, sheets = added(vault)
    with vault.open(administer=True) as session:
        rotate_master(session)
    assert opened_by(vault, method_id, sheets).id == method_id


def test_removed_shares_open_nothing(vault: VaultInTest) -> None:
    method_id, sheets = added(vault)
    old = vault.header.encoded()
    with vault.open(administer=True) as session:
        remove_method(session, method_id)
    with pytest.raises(UnlockMethodNotFound):
        opened_by(vault, method_id, sheets)
    vault.forget_pins()
    for name in ("header.json", "header.copy.json"):
        (vault.path / name).write_bytes(old)
    with pytest.raises(DatabaseDamaged):
        opened_by(vault, method_id, sheets)


def test_shares_are_proven_beside_another_way_in(vault: VaultInTest) -> None:
    method_id, sheets = added(vault)
    vault.prompt.answers[SecretKind.OTHER_SECRET] = "\n".join(sheets[:2])
    with vault.open(administer=True) as session:
        assert prove_method(session, method_id).id == method_id
        assert audit.list_entries(session, operation="ProveUnlockMethod")[0].details["method"] == method_id
    vault.prompt.answers[SecretKind.OTHER_SECRET] = sheets[0]
    with vault.open(administer=True) as session, pytest.raises(ShareRepeated):
        prove_method(session, method_id)


def test_shares_administer_and_prove_presence(vault: VaultInTest) -> None:
    method_id, sheets = added(vault)
    vault.prompt.series[SHARE] = [*sheets[:2], *sheets[1:]]
    with open_vault(
        vault.workplace, str(vault.path), selection=Selection(method_id=method_id), administer=True
    ) as session:
        prove_presence(session)
        add_method(session, NewRecoveryShares(2, 2, str(vault.path.parent / "more")))
    assert len(vault.header.methods) == 3


def test_the_reference_program_gives_the_secret_that_opens_the_header(vault: VaultInTest) -> None:
    """`shamir recover` prints a secret; its X25519 key, derived anew, is the header's (docs/formats)."""
    method_id, sheets = added(vault, 3, 5)
    method = vault.header.method(method_id)
    assert method is not None
    program = Path(sys.executable).with_name("shamir")
    for some in itertools.combinations(sheets, 3):
        ran = subprocess.run(
            [program, "recover"], input="\n".join(some) + "\n", capture_output=True, text=True, check=True, timeout=60
        )
        secret = Secret(bytes.fromhex(ran.stdout.split()[-1]))
        assert typed.public_key_of(secret, vault.header.salt) == method.public_key
        assert secret == combine_shares([Secret.from_text(sheet) for sheet in some])
