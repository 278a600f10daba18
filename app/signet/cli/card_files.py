"""Files that only an old card opens, re-encrypted on the way to a new card: asked about, done, said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from signet.cli.call import Call
from signet.cli.running import running
from signet.errors import ConfirmationMissing

if TYPE_CHECKING:
    from signet.services.card_files import CardFiles
    from signet.services.session import Session


@dataclass(frozen=True)
class Moving:
    """What came of it, by path: ``done``, what is ``left`` with the old card alone; ``failed`` if something did."""

    done: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    failed: bool = False


def move(call: Call, session: Session, method_id: str, *, to: str | None, second: str | None) -> Moving:
    """Move the files that only the card ``method_id`` opens, after asking unless ``to`` names the key.

    Raises what `signet.services.card_files.move_files` raises.
    """
    from signet.services.card_files import files_on_card, move_files

    found = files_on_card(session, method_id)
    for path in found.elsewhere:
        call.output.say(f"{path}: opens with the old card alone, and is not where it was seen last.")
    every = (*found.here, *found.elsewhere)
    if not found.here or not _wanted(call, found, to):
        return Moving(left=every)
    with running(call.output, "Re-encrypting") as work:
        moved = move_files(session, method_id, to=to, second=second, progress=work.progress, cancelled=work.cancelled)
    for item in moved.items:
        if item.error is None:
            call.output.say(f"{item.source} is re-encrypted for “{moved.to}”.")
        else:
            call.output.failure(item.source, item.error)
    done = tuple(item.source for item in moved.items if item.error is None)
    return Moving(done, tuple(path for path in every if path not in done), len(done) < len(moved.items))


def _wanted(call: Call, found: CardFiles, to: str | None) -> bool:
    if not found.present:
        call.output.say(
            "The old card is not here, and it alone opens these. Put it in and start again, or move them later, one "
            "by one: signet re-encrypt FILE --key KEY"
        )
        return False
    if to is not None:
        return True
    if not found.targets:
        call.output.say("There is no key in the vault that these could go to. To make one: signet key create KEY")
        return False
    known = "1 known file opens" if len(found.here) == 1 else f"{len(found.here)} known files open"
    try:
        call.prompt.confirm(
            f"{known} with the old card alone. Re-encrypt for “{found.targets[0].alias}” now?", about=found.here
        )
    except ConfirmationMissing:
        return False
    return True
