"""`signet vault drill`: practise losing the card."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from signet.cli.call import Call
from signet.cli.options import UNLOCKING, SignetCommand, pass_call
from signet.cli.output import Fields
from signet.cli.views import kind_said, method_fields
from signet.errors import UsageError

if TYPE_CHECKING:
    from signet.formats.header import UnlockMethod
    from signet.services.drill import Tried
    from signet.services.loss import Loss
    from signet.services.session import Session

FAILED = 1
_SECRET = "token-pin-file"


@click.command("drill", cls=SignetCommand, secrets=(*UNLOCKING, _SECRET))
@click.option(
    "--way", "ways", metavar="ID", multiple=True, help="Try this way in, unasked, and no other; can be given again."
)
@pass_call
def drill(call: Call, ways: tuple[str, ...]) -> int:
    """Practise losing the card.

    Opens a copy of the vault with one way in after the other, records which of them work, and says whether you would
    still get in if you lost your card today, and what would be gone with it. Asks before each way in but the one that
    opened the vault; --token-pin-file holds the secret of the one other that --way names.

    Example: signet vault drill
    """
    from signet.services.drill import Status, outlook
    from signet.services.drill import drill as service
    from signet.services.loss import Answer
    from signet.services.loss_words import worst_way_out

    with call.unlocked(administer=True) as session:
        _check_secret(call, session, ways)

        def offer(method: UnlockMethod) -> None:
            if not ways and method.id != session.method.id:
                call.prompt.confirm(f"Try “{method.label}” ({kind_said(method.kind)}) now?")

        results = service(session, ways, offer=offer, told=lambda result: _tell(call, result))
        found = outlook(session)
    answer = worst_way_out(found).answer
    call.output.result(
        {
            "answer": answer.value,
            "items": [_fields(result) for result in results],
            "losses": [_loss_fields(loss) for loss in found],
        }
    )
    _say(call, found)
    failed = any(result.status is Status.FAILED for result in results)
    return FAILED if failed or answer is not Answer.YES else 0


def _check_secret(call: Call, session: Session, ways: tuple[str, ...]) -> None:
    """One secret goes to one way in: where a file holds it, it has to be said whose it is."""
    from signet.services.presenting import find_method

    others = {find_method(session.header, name).id for name in ways} - {session.method.id}
    if call.secrets.given(_SECRET) and len(others) != 1:
        raise UsageError(reason=f"Name with --way the one way in whose secret is in --{_SECRET}.")


def _tell(call: Call, result: Tried) -> None:
    from signet.services.drill import Status

    name = f"“{result.method.label}” ({kind_said(result.method.kind)})"
    if result.error is None:
        call.output.say(f"{name} opens the vault.")
    elif result.status is Status.SKIPPED:
        call.output.say(f"{name} was left out: {result.error.title.lower()}.")
    else:
        call.output.failure(name, result.error)


def _say(call: Call, found: tuple[Loss, ...]) -> None:
    from signet.services.loss_words import dying_keys, verdict_sentence, verdict_title, what_helps

    call.output.say(verdict_title(found))
    call.output.say(verdict_sentence(found, lambda time: f"on {time[:10]}"))
    for loss in found:
        for sentence in (dying_keys(loss), *(f"  {path}" for path in loss.files), what_helps(loss)):
            if sentence:
                call.output.say(sentence)


def _fields(result: Tried) -> Fields:
    return {
        **method_fields(result.method),
        "status": result.status.value,
        "error": None if result.error is None else type(result.error).__name__,
    }


def _loss_fields(loss: Loss) -> Fields:
    return {
        "card": None if loss.card is None else {"label": loss.card.label, "serial": loss.card.serial},
        "answer": loss.answer.value,
        "gone": [way.id for way in loss.gone],
        "left": [{"id": way.id, "proof": way.proof.value, "proven": way.proven_at} for way in loss.left],
        "keys": [{"id": key.key_id, "alias": key.alias, "files": list(key.files)} for key in loss.keys],
    }
