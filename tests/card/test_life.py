"""Cards come and go in a single reader: a new one in the place of the old, a lost one with its PIN known."""

from __future__ import annotations

from pathlib import Path

import pytest

from signet.errors import SignetError, UnlockMethodNotFound
from signet.formats.header import MethodKind
from signet.formats.header_parser import parse_header
from signet.keys.spec import KeySpec, Protection
from signet.services.creation import create_vault
from signet.services.enrolment import NewRecoveryCode, NewToken
from signet.services.files import encrypt_files
from signet.services.guards import guards_of_all
from signet.services.keys import create_key
from signet.services.lost import lose_card
from signet.services.opening import open_vault
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind
from signet.services.renewal import begin_renewal, finish_renewal
from signet.services.session import Session
from signet.services.verification import verify_vault
from signet.services.workplace import Workplace
from support.prompt import ScriptedPrompt

from .conftest import Desk, only


def test_cards_come_and_go_in_one_reader(
    desk: Desk, workplace: Workplace, prompt: ScriptedPrompt, tmp_path: Path
) -> None:
    path, code, letter = tmp_path / "mine.signet", tmp_path / "code", tmp_path / "letter"
    letter.write_text("Dear Mari")

    def opened(selection: Selection | None = None) -> Session:
        return open_vault(workplace, str(path), selection=selection or Selection(), administer=True)

    def labels() -> list[str]:
        return [method.label for method in parse_header((path / "header.json").read_bytes()).methods]

    desk.insert(desk.keys.elliptic)
    first_token = only(workplace.hub)
    created = create_vault(workplace, str(path), [NewToken(first_token.label), NewRecoveryCode(str(code))])
    first = next(method for method in created.methods if method.kind is MethodKind.TOKEN)
    prompt.answers[SecretKind.RECOVERY_CODE] = code.read_text()
    prompt.answers[SecretKind.OTHER_SECRET] = code.read_text()
    with opened() as session:
        every = [method.id for method in session.header.methods]
        create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT, protection=Protection.GUARDED, guards=every)
        # Renewed: with the only reader there is, the new card goes where the old one was.
        second_card = desk.insert(desk.keys.with_rsa, number=2)
        second = begin_renewal(session, first.id, NewToken(only(workplace.hub).label))
    with opened() as session:
        assert session.method.id == second.id
        assert finish_renewal(session).removed == (first.label,)
        (guards,) = guards_of_all(session).values()
        assert second.id in {guard.id for guard in guards}
        assert [item.status for item in encrypt_files(session, [str(letter)], key="papers")] == ["done"]
    assert first.label not in labels() or first.label == second.label
    assert second_card.pin.left == 3
    # The old card opens nothing any more, and is not asked for its PIN.
    desk.insert(desk.keys.elliptic)
    desk.reader.log.clear()
    prompt.answers[SecretKind.PIN] = "000000"
    with pytest.raises(SignetError):
        opened().close()
    assert desk.reader.pins_sent == 0

    # Lost, and its PIN may be known: a new identity, opened by the code, which is made anew.
    desk.reader.remove()
    new_code = tmp_path / "new code"
    with opened(Selection(recovery=True)) as session:
        identity = session.header.identity
        create_key(session, "later", spec=KeySpec.SYMMETRIC_DEFAULT)
        lost = lose_card(session, second.id, pin_known=True, code_file=str(new_code))
        assert lost.rotated.removed == (second.label,)
        assert session.header.identity != identity
    prompt.answers[SecretKind.RECOVERY_CODE] = new_code.read_text()
    with opened(Selection(recovery=True)) as session:
        assert verify_vault(session).problems == ()
        assert [method.kind for method in session.header.methods] == [MethodKind.RECOVERY_CODE] * 2
    desk.reader.insert(second_card)
    desk.reader.log.clear()
    with pytest.raises(UnlockMethodNotFound):
        opened(Selection(method_id=second.id)).close()
    assert desk.reader.pins_sent == 0
