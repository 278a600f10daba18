"""Guarded keys and files for the card's own key, on a PIV card through OpenSC and through ykcs11."""

from __future__ import annotations

from pathlib import Path

import pytest

from signet.errors import KeyGuardNotFound, PinIncorrect, PinSentBefore
from signet.keys.spec import KeySpec, KeyUsage, Protection
from signet.keys.state import KeyState
from signet.services import adopting, files
from signet.services import keys as key_services
from signet.services.creation import create_vault
from signet.services.enrolment import NewRecoveryCode, NewToken
from signet.services.guards import remove_guard
from signet.services.opening import open_vault
from signet.services.prompt import SecretKind
from signet.services.workplace import Workplace
from support.card.piv import KEY_MANAGEMENT, PIN
from support.prompt import ScriptedPrompt

from .conftest import IDS, Desk, only

AES = KeySpec.SYMMETRIC_DEFAULT


def test_the_card_guards_a_key_and_opens_files_of_its_own(
    desk: Desk, workplace: Workplace, prompt: ScriptedPrompt, tmp_path: Path
) -> None:
    desk.insert(desk.keys.with_rsa)
    path, letter = str(tmp_path / "vault"), tmp_path / "letter.txt"
    create_vault(workplace, path, [NewToken(only(workplace.hub).label), NewRecoveryCode(str(tmp_path / "code"))])
    letter.write_text("dear")
    with open_vault(workplace, path) as session:
        key_services.create_key(session, "secret", spec=AES, protection=Protection.GUARDED)
        remove_guard(session, "secret", session.header.methods[1].id)
        prompt.asked.clear()
        desk.reader.log.clear()
        (item,) = files.encrypt_files(session, [str(letter)], key="secret")
        assert [each.purpose for each in prompt.asked] == ["To encrypt a file with “secret”."]
        assert desk.reader.pins_sent == 1
        prompt.answers[SecretKind.PIN] = "111111"
        twice = files.decrypt_files(session, [str(item.output)] * 2, overwrite=True)
        assert isinstance(twice[0].error, PinIncorrect)
        assert desk.reader.pins_sent == 2  # a wrong one is never sent again
        prompt.answers[SecretKind.PIN] = PIN
        assert files.decrypt_files(session, [str(item.output)], overwrite=True)[0].status == "done"

        # The card's unlocking key as a recipient, besides a key of the vault that is then switched off.
        key_services.create_key(session, "papers", spec=AES)
        adopting.adopt(
            session,
            only(workplace.hub).label,
            IDS[KEY_MANAGEMENT].hex(),
            "card-files",
            usage=KeyUsage.ENCRYPT_DECRYPT,
        )
        (item,) = files.encrypt_files(session, [str(letter)], key="card-files", second="papers", overwrite=True)
        key_services.disable_key(session, "papers")
        letter.unlink()
        assert files.decrypt_files(session, [str(item.output)])[0].status == "done"
        assert letter.read_text() == "dear"

        # One batch in which the card is guard and opens files by turns: it is asked for its PIN once.
        for name in ("one", "two", "three"):
            (tmp_path / name).write_text(name)
        by_turns = []
        for name, key in (("one", "secret"), ("two", "card-files"), ("three", "other")):
            if key == "other":
                key_services.create_key(session, "other", spec=AES, protection=Protection.GUARDED)
                remove_guard(session, "other", session.header.methods[1].id)
            if key == "card-files":
                key_services.enable_key(session, "papers")
            (item,) = files.encrypt_files(session, [str(tmp_path / name)], key=key)
            by_turns.append(str(item.output))
        key_services.disable_key(session, "papers")
        twin = tmp_path / "twin.esdk"
        twin.write_bytes(Path(by_turns[1]).read_bytes())
        desk.reader.log.clear()
        done = files.decrypt_files(session, [*by_turns, str(twin)], overwrite=True)
        assert [each.status for each in done] == ["done"] * 4
        assert desk.reader.pins_sent == 1
        prompt.answers[SecretKind.PIN] = "111111"
        wrong = files.decrypt_files(session, [*by_turns, str(twin)], overwrite=True)
        assert {type(each.error) for each in wrong} == {PinIncorrect}
        assert desk.reader.pins_sent == 2  # guard and file key are one card, and one PIN
        again = files.decrypt_files(session, by_turns[:2], overwrite=True)
        assert {type(each.error) for each in again} == {PinSentBefore}
        assert desk.reader.pins_sent == 2
        prompt.answers[SecretKind.PIN] = PIN

        desk.reader.remove()
        away = key_services.with_presence_of_tokens(session, key_services.list_keys(session))
        assert {key.alias for key in away if key.state is KeyState.UNAVAILABLE} == {"secret", "other", "card-files"}
        key_services.enable_key(session, "papers")
        (item,) = files.encrypt_files(session, [str(letter)], key="card-files", overwrite=True)
        assert item.status == "done"  # the public half is enough
        (refused,) = files.decrypt_files(session, [str(item.output)], overwrite=True)
        assert refused.status == "done"  # by the key of the vault
        with pytest.raises(KeyGuardNotFound, match="secret"):
            files.encrypt_files(session, [str(letter)], key="secret", overwrite=True)
