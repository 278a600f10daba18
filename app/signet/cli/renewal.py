"""`signet unlock-method renew`: a new card takes the place of an old one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from signet.cli.call import Call
from signet.cli.lost import also_goes
from signet.cli.options import UNLOCKING, SignetCommand, pass_call
from signet.errors import UsageError
from signet.services.prompt import SecretKind

if TYPE_CHECKING:
    from signet.services.renewal import Renewal

FAILED = 1
_SECRET = "token-pin-file"
_OLD = "old-pin-file"
"""The new card's PIN must never go to the old card: it would cost a try."""


@click.command("renew", cls=SignetCommand, secrets=(*UNLOCKING, "new-pin-file", _SECRET, _OLD))
@click.argument("method_id", metavar="[ID]", required=False)
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--token-key", metavar="ID", help="The key on the new card. Default: the first that works.")
@click.option("--files-to", metavar="KEY", help="Where files go that only the old card opens. Default: asked.")
@click.option("--second-key", metavar="KEY", help="With --files-to a card's key: the key in the vault besides.")
@click.option("--leave-files", is_flag=True, help="Leave the files that only the old card opens as they are.")
@click.option("--give-up", is_flag=True, help="Leave the cards as they are, and end a renewal that was begun.")
@pass_call
def renew(
    call: Call,
    method_id: str | None,
    name: str | None,
    token_key: str | None,
    files_to: str | None,
    second_key: str | None,
    leave_files: bool,
    give_up: bool,
) -> int:
    """Let the card NAME take the place of the card ID.

    The new card is enrolled (--new-pin-file), proven by opening the vault (--token-pin-file, the same PIN once more),
    and then the old one is taken out by a new master key. Before that, known files that only the old card's own key
    opens are re-encrypted for another key, while the old card is there. What was interrupted goes on with the same
    command; the old card need not be there.

    Example: signet unlock-method renew 5d0c3f9a "My new card"
    """
    if give_up:
        _give_up(call)
        return 0
    if method_id is None or name is None:
        raise UsageError(reason="Name the old card's ID and the new card's NAME.")
    if leave_files and files_to is not None:
        raise UsageError(reason="--files-to and --leave-files exclude each other.")
    if second_key is not None and files_to is None:
        raise UsageError(reason="--second-key goes with --files-to.")
    from signet.cli.card_files import Moving, move
    from signet.services.enrolment import NewToken
    from signet.services.opening import open_vault
    from signet.services.presenting import Selection
    from signet.services.renewal import begin_renewal, finish_renewal, renewal_under_way

    call.prompt.options[SecretKind.TOKEN_PIN] = _OLD
    with call.unlocked(administer=True) as session:
        new = begin_renewal(session, method_id, NewToken(name, token_key))
        under_way = renewal_under_way(session)
        moved = Moving()
        if under_way is not None:
            if not leave_files:
                moved = move(call, session, under_way.old.id, to=files_to, second=second_key)
            _confirm(call, under_way, left=moved.left)
        call.output.say(f"“{new.label}” opens the vault now. Its PIN once more, to prove it:")
    # From here on the new card opens the vault; its PIN is another secret than the one that opened it before.
    call.prompt.options[SecretKind.PIN] = _SECRET
    selection = Selection(method_id=new.id)
    with open_vault(call.workplace(), call.vault_path(), selection=selection, administer=True) as session:
        rotated = finish_renewal(session)
    call.output.result(
        {
            "id": new.id,
            "label": new.label,
            "removed": list(rotated.removed),
            "generation": rotated.generation,
            "old_backups": list(rotated.old_backups),
            "files_moved": list(moved.done),
            "files_left": list(moved.left),
        }
    )
    call.output.say(f"“{new.label}” is proven. Removed: {', '.join(rotated.removed)}.")
    if rotated.old_backups:
        call.output.say("Older copies still open with the old card: " + ", ".join(rotated.old_backups))
    return FAILED if moved.failed else 0


def _confirm(call: Call, under_way: Renewal, *, left: tuple[str, ...]) -> None:
    about = [
        f"The key “{key.alias}” is on the old card alone. It is not moved: keep the old card for it."
        for key in under_way.keys
    ]
    about += [f"{path} still opens with the old card alone." for path in left]
    about += [also_goes(method.label) for method in under_way.others]
    call.prompt.confirm(
        f"“{under_way.old.label}” will no longer open the vault, which gets a new master key. Take it out?",
        about=about,
    )


def _give_up(call: Call) -> None:
    from signet.services.renewal import give_up_renewal, renewal_under_way

    with call.unlocked() as session:
        under_way = renewal_under_way(session)
        give_up_renewal(session)
    call.output.result({"given_up": None if under_way is None else under_way.old.id})
    ended = "No renewal is under way." if under_way is None else "The renewal is ended."
    call.output.say(f"{ended} Every way in stays as it is.")
