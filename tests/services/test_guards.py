"""Guarded keys: one guard for each job, copies that a new master key leaves alone, and no key without a guard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from signet.audit.entry import Outcome
from signet.errors import (
    Cancelled,
    ConfirmationMissing,
    GuardsTooFew,
    GuardUnsuitable,
    KeyGuardNotFound,
    KeyNotGuarded,
    LastGuard,
    ProofOfPresenceMissing,
    SecretIncorrect,
    SignetError,
    UnlockMethodNotFound,
    UsageError,
)
from signet.formats.recovery import CODE_BYTES, write_code
from signet.keys.model import GuardCopy, Key
from signet.keys.spec import KeySpec, Protection
from signet.keys.state import KeyState
from signet.secret import Secret
from signet.services import exporting, files, guards, keys, tokens
from signet.services.attention import Concern, needs_attention
from signet.services.audit import list_entries, verify_log
from signet.services.data_keys import generate_data_key, generate_data_key_pair
from signet.services.drill import outlook
from signet.services.enrolment import NewPassphrase, NewRecoveryCode, NewToken
from signet.services.guarding import PRESENT, Guarding
from signet.services.loss_words import dying_keys, what_helps
from signet.services.macs import generate_mac, verify_mac
from signet.services.master import rotate_master
from signet.services.methods import add_method, remove_method
from signet.services.prompt import SecretKind, SecretRequest
from signet.services.rotation import rotate_key
from signet.services.session import PRESENCE_SECONDS, Session
from signet.services.signing import sign_files
from signet.services.small_secrets import decrypt_secret, encrypt_secret
from signet.services.verdicts import Verdict
from signet.services.verification import verify_vault
from signet.services.verifying import verify_file
from support.clock import SettableClock
from support.vaults import VaultInTest, make_vault

PIN = "648219"
AES = KeySpec.SYMMETRIC_DEFAULT


@dataclass
class Desk:
    """An open vault with two recovery codes, and a person who is asked."""

    vault: VaultInTest
    session: Session
    folder: Path

    @property
    def asked(self) -> list[SecretRequest]:
        return self.vault.prompt.asked

    @property
    def opener(self) -> str:
        return self.session.method.id

    @property
    def other(self) -> str:
        return next(method.id for method in self.session.header.methods if method.id != self.opener)

    def make(self, alias: str = "taxes", spec: KeySpec = AES, guards: Sequence[str] = ()) -> Key:
        return keys.create_key(self.session, alias, spec=spec, protection=Protection.GUARDED, guards=guards)

    def copies(self, key: Key) -> list[GuardCopy]:
        with self.session.records.read() as reading:
            return reading.guards.of_key(key.id)

    def guards(self, key: Key) -> set[str]:
        return {method.id for method in guards.guards_of(self.session, key)}

    def file(self, name: str = "letter.txt") -> str:
        path = self.folder / name
        path.write_bytes(b"what only the card opens")
        return str(path)

    def outcomes(self, operation: str) -> list[Outcome]:
        return [entry.outcome for entry in reversed(list_entries(self.session, operation=operation))]


@pytest.fixture
def desk(tmp_path: Path, clock: SettableClock) -> Iterator[Desk]:
    """Opened with the first code, which is not kept; the second is the answer for other ways in."""
    second = tmp_path / "second.code"
    vault = make_vault(tmp_path, clock, more=(NewRecoveryCode(str(second)),))
    vault.prompt.answers[SecretKind.OTHER_SECRET] = second.read_text()
    with vault.open() as session:
        vault.prompt.asked.clear()
        yield Desk(vault, session, tmp_path)
    vault.workplace.close()


def test_making_one_asks_nobody_and_wraps_it_to_every_way_in_that_can_guard(desk: Desk) -> None:
    key = desk.make()
    assert (key.protection, desk.asked) == (Protection.GUARDED, [])
    assert desk.guards(key) == {desk.opener, desk.other}
    (version,) = keys.versions(desk.session, key)
    with desk.session.open_material(key, version) as guarded:
        assert len(guarded) == 12 + 32 + 16
    entry = list_entries(desk.session, operation="CreateKey")[0]
    assert entry.details["guards"] == [method.label for method in desk.session.header.methods]
    assert f"key_guards/{key.id}/1/{desk.opener}" in entry.changes
    assert verify_log(desk.session) == ()


def test_a_job_asks_for_one_guard_once_and_says_what_for(desk: Desk) -> None:
    desk.make()
    paths = [desk.file(name) for name in ("a", "b", "c")]
    done = files.encrypt_files(desk.session, paths, key="taxes")
    assert [item.status for item in done] == ["done"] * 3
    assert [(each.kind, each.purpose) for each in desk.asked] == [
        (SecretKind.RECOVERY_CODE, "To encrypt 3 files with “taxes”.")
    ]
    messages = [str(item.output) for item in done]
    for path in paths:
        Path(path).unlink()
    assert [item.status for item in files.decrypt_files(desk.session, messages)] == ["done"] * 3
    assert Path(paths[2]).read_bytes() == b"what only the card opens"
    assert len(desk.asked) == 2
    (allowed,) = [entry for entry in list_entries(desk.session, operation="Encrypt") if entry.of is None]
    presented = list_entries(desk.session, operation=PRESENT)[-1]
    assert (presented.outcome, presented.of) == (Outcome.DONE, allowed.sequence)
    assert presented.details["method"] == desk.opener


def test_re_encrypting_from_one_guarded_key_to_another_asks_once(desk: Desk) -> None:
    desk.make("old")
    desk.make("new")
    (item,) = files.encrypt_files(desk.session, [desk.file()], key="old")
    desk.asked.clear()
    assert files.re_encrypt_files(desk.session, [str(item.output)], key="new")[0].status == "done"
    assert [each.purpose for each in desk.asked] == ["To re-encrypt a file with “new”."]


def test_signing_and_exporting_ask_too_and_the_signature_is_good(desk: Desk) -> None:
    key = desk.make("contracts", KeySpec.ECC_NIST_P256)
    (item,) = sign_files(desk.session, [desk.file()], key="contracts")
    assert item.status == "done"
    assert verify_file(str(desk.folder / "letter.txt"), session=desk.session).verdict is Verdict.VALID
    exporting.export_key(desk.session, "contracts", str(desk.folder / "key.pem"), plain=True)
    assert b"PRIVATE KEY" in (desk.folder / "key.pem").read_bytes()
    assert [each.purpose for each in desk.asked] == ["To sign a file with “contracts”.", "To export “contracts”."]
    assert keys.public_key(desk.session, key.id)


def test_small_secrets_data_keys_and_codes_ask_too(desk: Desk) -> None:
    desk.make()
    desk.make("seal", KeySpec.HMAC_224)
    secret = encrypt_secret(desk.session, Secret(b"hunter2"), key="taxes").ciphertext
    assert decrypt_secret(desk.session, secret).plaintext == Secret(b"hunter2")
    generate_data_key(desk.session, key="taxes")
    generate_data_key_pair(desk.session, key="taxes", spec=KeySpec.ECC_NIST_P256)
    made = generate_mac(desk.session, desk.file(), key="seal")
    verify_mac(desk.session, desk.file(), made.code, key="seal")
    assert [each.purpose for each in desk.asked] == [
        "To encrypt with “taxes”.",
        "To decrypt with “taxes”.",
        "To make a data key with “taxes”.",
        "To make a data key pair with “taxes”.",
        "To authenticate a file with “seal”.",
        "To check the authentication code of a file with “seal”.",
    ]


def test_giving_up_leaves_no_output_and_says_so_in_the_log(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def give_up(_: SecretRequest) -> Secret:
        raise Cancelled

    desk.make()
    path = desk.file()
    monkeypatch.setattr(desk.vault.prompt, "secret", give_up)
    before = sorted(desk.folder.iterdir())
    with pytest.raises(Cancelled):
        files.encrypt_files(desk.session, [path], key="taxes")
    assert sorted(desk.folder.iterdir()) == before
    assert desk.outcomes(PRESENT) == [Outcome.CANCELLED]
    assert desk.outcomes("Encrypt") == [Outcome.ALLOWED, Outcome.CANCELLED]


def test_a_batch_stops_asking_after_the_first_wrong_secret_and_does_what_needs_none(desk: Desk) -> None:
    keys.create_key(desk.session, "papers", spec=AES)
    messages: list[str] = []
    for alias in ("one", "two"):
        desk.make(alias)
    for alias in ("one", "papers", "one", "two"):
        (item,) = files.encrypt_files(desk.session, [desk.file(f"{len(messages)}")], key=alias)
        messages.append(str(item.output))
    desk.asked.clear()
    code = desk.vault.prompt.answers[SecretKind.RECOVERY_CODE]
    desk.vault.prompt.answers[SecretKind.RECOVERY_CODE] = write_code(Secret(bytes(CODE_BYTES)))
    done = files.decrypt_files(desk.session, messages, overwrite=True)
    assert [item.status for item in done] == ["failed", "done", "failed", "failed"]
    assert {type(item.error) for item in done if item.error} == {SecretIncorrect}
    assert len(desk.asked) == 1
    desk.vault.prompt.answers[SecretKind.RECOVERY_CODE] = code
    assert {item.status for item in files.decrypt_files(desk.session, messages, overwrite=True)} == {"done"}


def test_a_new_master_key_rewraps_the_outer_layer_alone(desk: Desk) -> None:
    key = desk.make()
    (item,) = files.encrypt_files(desk.session, [desk.file()], key="taxes")
    (version,) = keys.versions(desk.session, key)
    with desk.session.open_material(key, version) as guarded:
        inside = bytes(guarded.reveal())
    copies = desk.copies(key)
    desk.session.close()
    with desk.vault.open(administer=True) as session:
        rotate_master(session)
        desk.session = session
        assert desk.copies(key) == copies
        (rewrapped,) = keys.versions(session, key)
        assert rewrapped.material != version.material
        with session.open_material(key, rewrapped) as guarded:
            assert bytes(guarded.reveal()) == inside
        assert verify_log(session) == ()
        assert files.decrypt_files(session, [str(item.output)], overwrite=True)[0].status == "done"
        desk.vault.prompt.asked.clear()


def test_removing_a_way_in_drops_its_copies_and_never_the_last(desk: Desk) -> None:
    key = desk.make()
    desk.session.close()
    with desk.vault.open(administer=True) as session:
        desk.session = session
        remove_method(session, desk.other)
        assert desk.guards(key) == {desk.opener}
        assert [copy.method_id for copy in desk.copies(key)] == [desk.opener]
        (found,) = [each for each in needs_attention(session) if each.concern is Concern.ONE_GUARD]
        assert (found.key, found.guard) == ("taxes", session.method.label)
        only = desk.opener
        add_method(session, NewRecoveryCode(str(desk.folder / "third.code")))
        with pytest.raises(LastGuard):
            guards.refuse_last_of_any(session, frozenset({only}))
        third = desk.other
    desk.vault.prompt.answers[SecretKind.RECOVERY_CODE] = (desk.folder / "third.code").read_text()
    with desk.vault.open(administer=True) as session:
        before = desk.vault.header
        assert session.method.id == third
        with pytest.raises(LastGuard, match="taxes"):
            remove_method(session, only)
        assert desk.vault.header == before
        desk.session = session
        assert len(desk.copies(key)) == 1


def test_another_guard_comes_in_by_one_that_there_is_and_goes_again(desk: Desk) -> None:
    key = desk.make(guards=(desk.opener, desk.other))
    desk.session.close()
    with desk.vault.open(administer=True) as session:
        add_method(session, NewRecoveryCode(str(desk.folder / "third.code")))
        desk.session = session
        third = session.header.methods[-1].id
        desk.asked.clear()
        guards.add_guard(session, "taxes", third)
        assert desk.asked == []  # what opened the vault is at hand
        assert desk.guards(key) == {method.id for method in session.header.methods}
        with pytest.raises(UsageError, match="already"):
            guards.add_guard(session, "taxes", third)
        guards.remove_guard(session, "taxes", third)
        guards.remove_guard(session, "taxes", desk.opener)
        assert "only guard" in desk.vault.prompt.confirmed[-1]
        with pytest.raises(LastGuard):
            guards.remove_guard(session, "taxes", session.header.methods[1].id)
        with pytest.raises(UsageError, match="no guard"):
            guards.remove_guard(session, "taxes", third)
        assert desk.outcomes(guards.ADD) == [Outcome.DONE]
        assert desk.outcomes(guards.REMOVE) == [Outcome.DONE] * 2
        # From now on the other code alone opens the key: it is asked for, though the first one opened the vault.
        desk.asked.clear()
        files.encrypt_files(session, [desk.file()], key="taxes")
        assert [each.kind for each in desk.asked] == [SecretKind.OTHER_SECRET]


def test_several_keys_get_a_guard_by_one_presentation(desk: Desk) -> None:
    made = [desk.make(alias, guards=(desk.opener, desk.other)) for alias in ("a", "b")]
    desk.session.close()
    with desk.vault.open(administer=True) as session:
        add_method(session, NewRecoveryCode(str(desk.folder / "third.code")))
    with desk.vault.open() as session, Guarding(session) as guarding:
        desk.session = session
        desk.asked.clear()
        third = session.header.methods[-1].id
        for key in made:
            guards.add_guard(session, key.id, third, guarding=guarding)
        assert [each.purpose for each in desk.asked] == [f"To let “{session.header.methods[-1].label}” guard “a”."]
        assert all(third in desk.guards(key) for key in made)


def test_who_says_no_or_is_not_there_changes_no_guard(desk: Desk, clock: SettableClock) -> None:
    key = desk.make()
    desk.vault.prompt.yes = False
    with pytest.raises(ConfirmationMissing):
        guards.remove_guard(desk.session, "taxes", desk.other)
    clock.advance(PRESENCE_SECONDS + 1)
    for act in (guards.add_guard, guards.remove_guard):
        with pytest.raises(ProofOfPresenceMissing):
            act(desk.session, "taxes", desk.other)
    assert desk.guards(key) == {desk.opener, desk.other}


@pytest.mark.parametrize(
    ("error", "names"),
    [(UnlockMethodNotFound, ("nowhere",)), (GuardsTooFew, ("OPENER",)), (GuardsTooFew, ("OPENER", "OPENER"))],
)
def test_a_key_is_not_made_with_guards_that_cannot_be(
    desk: Desk, error: type[SignetError], names: tuple[str, ...]
) -> None:
    with pytest.raises(error):
        desk.make(guards=[desk.opener if name == "OPENER" else name for name in names])
    assert keys.list_keys(desk.session) == ()


def test_passphrases_are_no_guards_and_other_keys_have_none(tmp_path: Path, clock: SettableClock) -> None:
    vault = make_vault(tmp_path, clock)
    vault.prompt.answers[SecretKind.NEW_PASSPHRASE] = "correct horse battery"
    with vault.open(administer=True) as session:
        add_method(session, NewPassphrase())
        passphrase = session.header.methods[-1].id
        with pytest.raises(GuardsTooFew) as caught:
            keys.create_key(session, "taxes", spec=AES, protection=Protection.GUARDED)
        assert caught.value.found == 1
        with pytest.raises(GuardUnsuitable):
            keys.create_key(session, "taxes", spec=AES, protection=Protection.GUARDED, guards=(passphrase,))
        with pytest.raises(UsageError):
            keys.create_key(session, "taxes", spec=AES, guards=(passphrase,))
        keys.create_key(session, "papers", spec=AES)
        with pytest.raises(KeyNotGuarded):
            guards.add_guard(session, "papers", session.method.id)


def test_verify_says_what_it_could_not_see_and_finds_what_is_missing(desk: Desk) -> None:
    key = desk.make()
    found = verify_vault(desk.session)
    assert found.problems == ()
    assert any("from outside only" in note and "“taxes”" in note for note in found.notes)
    with desk.session.database.transaction() as cursor:
        cursor.execute("DELETE FROM key_guards WHERE method_id = ?", (desk.other,))
        cursor.execute("UPDATE key_guards SET wrapped = x'00'")
    found = verify_vault(desk.session)
    places = {problem.place for problem in found.problems}
    assert f"key_guards/{key.id}/1/{desk.other}" in places
    assert f"key_guards/{key.id}/1/{desk.opener}" in places


def test_a_card_guards_is_missed_and_would_take_the_key_along(tmp_path: Path, clock: SettableClock) -> None:
    vault = make_vault(tmp_path, clock)
    vault.prompt.answers |= dict.fromkeys((SecretKind.PIN, SecretKind.NEW_PIN, SecretKind.TOKEN_PIN), PIN)
    card = tokens.init_software(vault.workplace)
    with vault.open(administer=True) as session:
        add_method(session, NewToken(card.label))
        keys.create_key(session, "taxes", spec=AES, protection=Protection.GUARDED)
        code = session.method.id
    with vault.open() as session:
        desk = Desk(vault, session, tmp_path)
        guards.remove_guard(session, "taxes", code)
        vault.prompt.asked.clear()
        (item,) = files.encrypt_files(session, [desk.file()], key="taxes")
        assert [(each.kind, each.what) for each in vault.prompt.asked] == [
            (SecretKind.TOKEN_PIN, f"PIN of “{card.label}”")
        ]
        (loss,) = [loss for loss in outlook(session) if loss.keys]
        assert dying_keys(loss).startswith(f"The key “taxes” opens only with “{card.label}” and would be gone")
        assert "another guard" in what_helps(loss)
        tokens.discard_software(vault.workplace, card)
        (away,) = keys.with_presence_of_tokens(session, keys.list_keys(session))
        assert away.state is KeyState.UNAVAILABLE
        (again,) = files.decrypt_files(session, [str(item.output)], overwrite=True)
        assert isinstance(again.error, KeyGuardNotFound)
    vault.workplace.close()


def test_a_version_that_comes_while_a_guard_is_presented_gets_the_new_guard_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = desk.make(guards=(desk.opener, desk.other))
    present = Guarding.present

    def slowly(self: Guarding, key: Key, number: int, *, purpose: str, of: int | None = None) -> None:
        present(self, key, number, purpose=purpose, of=of)
        if number == 1:
            rotate_key(session, key.id)

    monkeypatch.setattr(Guarding, "present", slowly)
    desk.session.close()
    with desk.vault.open(administer=True) as session:
        desk.session = session
        add_method(session, NewRecoveryCode(str(desk.folder / "third.code")))
        third = session.header.methods[-1].id
        guards.add_guard(session, key.id, third)
        assert [method.id for method in guards.guards_of(session, key)][-1] == third
        assert verify_vault(session).problems == ()
