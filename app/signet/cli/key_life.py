"""`signet key`: the states of keys. Switched off and on, archived, deleted in two steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from signet.cli.call import Call
from signet.cli.options import UNLOCKING, SignetCommand, pass_call
from signet.cli.views import key_fields, pending_fields
from signet.errors import NameNotTyped
from signet.keys.deletion import DEFAULT_DAYS, MAX_DAYS, MIN_DAYS
from signet.keys.state import Act, KeyState, deeds
from signet.keys.state_table import STATES, cells, markdown

if TYPE_CHECKING:
    from signet.services.key_states import Moved

MIXED = 1
_SAID = {
    KeyState.ENABLED: "is enabled.",
    KeyState.DISABLED: "is disabled; nothing is lost.",
    KeyState.ARCHIVED: "is archived: it opens what it made, and makes nothing new.",
}
_several = click.argument("names", metavar="KEY...", nargs=-1, required=True)


@click.command("enable", short_help="Switch the keys KEY on again.", cls=SignetCommand, secrets=UNLOCKING)
@_several
@pass_call
def enable(call: Call, names: tuple[str, ...]) -> int:
    """Switch the keys KEY on again, from being disabled or archived.

    Example: signet key enable papers
    """
    return _move(call, names, Act.ENABLE)


@click.command("disable", cls=SignetCommand, secrets=UNLOCKING)
@_several
@pass_call
def disable(call: Call, names: tuple[str, ...]) -> int:
    """Switch the keys KEY off.

    Nothing can be done with them until they are enabled; nothing is lost.

    Example: signet key disable papers letters
    """
    return _move(call, names, Act.DISABLE)


@click.command(
    "archive", short_help="Let the keys KEY open things, and make nothing new.", cls=SignetCommand, secrets=UNLOCKING
)
@_several
@pass_call
def archive(call: Call, names: tuple[str, ...]) -> int:
    """Let the keys KEY open what they made, and make nothing new.

    Example: signet key archive papers-2019
    """
    return _move(call, names, Act.ARCHIVE)


@click.command("unarchive", short_help="Take the keys KEY out of the archive.", cls=SignetCommand, secrets=UNLOCKING)
@_several
@pass_call
def unarchive(call: Call, names: tuple[str, ...]) -> int:
    """Take the keys KEY out of the archive; they are enabled then.

    Example: signet key unarchive papers-2019
    """
    return _move(call, names, Act.UNARCHIVE)


def _move(call: Call, names: Sequence[str], act: Act) -> int:
    """One key is told, and fails, as such; several are a batch."""
    from signet.services.key_states import move_key, move_keys

    with call.unlocked() as session:
        if len(names) == 1:
            changed = move_key(session, names[0], act)
            call.output.result(key_fields(changed))
            call.output.say(f"“{changed.alias}” {_SAID[changed.state]}")
            return 0
        moved = move_keys(session, names, act)
    call.output.result({"items": [_moved_fields(item) for item in moved]})
    statuses: set[int] = set()
    for item in moved:
        if item.error is not None:
            statuses.add(item.error.exit_status)
            call.output.failure(item.name, item.error)
        elif item.key is not None:
            call.output.say(f"“{item.key.alias}” {_SAID[item.key.state]}")
    return 0 if not statuses else statuses.pop() if len(statuses) == 1 else MIXED


def _moved_fields(item: Moved) -> dict[str, object]:
    return {
        "source": item.name,
        "status": "done" if item.error is None else "failed",
        "error": None if item.error is None else type(item.error).__name__,
        "id": None if item.key is None else item.key.id,
        "alias": None if item.key is None else item.key.alias,
        "state": None if item.key is None else item.key.state.value,
    }


@click.command(
    "schedule-deletion",
    short_help="Stop every use of KEY and set a date for its end.",
    cls=SignetCommand,
    secrets=UNLOCKING,
)
@click.argument("name", metavar="KEY")
@click.option(
    "--days",
    type=click.IntRange(MIN_DAYS, MAX_DAYS),
    default=DEFAULT_DAYS,
    show_default=True,
    metavar="N",
    help="So many days must pass first.",
)
@pass_call
def schedule_deletion(call: Call, name: str, days: int) -> None:
    """Stop every use of the key KEY, and let it be destroyed after some days.

    What is known to hang on it is shown first. Until it is destroyed `key cancel-deletion` keeps it; nothing happens
    by itself when the date has come.

    Example: signet key schedule-deletion papers-2019 --days 14
    """
    from signet.services import deletion

    with call.unlocked() as session:
        pending = deletion.schedule_deletion(session, name, days=days)
    call.output.result({**key_fields(pending.key), "deletion": pending_fields(pending)})
    call.output.say(f"“{pending.key.alias}” can be destroyed from {pending.date} on. Nothing is lost until then.")


@click.command("cancel-deletion", cls=SignetCommand, secrets=UNLOCKING)
@click.argument("name", metavar="KEY")
@pass_call
def cancel_deletion(call: Call, name: str) -> None:
    """Keep the key KEY, which was to be deleted.

    It is disabled then; `key enable` switches it on.

    Example: signet key cancel-deletion papers-2019
    """
    from signet.services import deletion

    with call.unlocked() as session:
        kept = deletion.cancel_deletion(session, name)
    call.output.result(key_fields(kept))
    waits = kept.state is KeyState.PENDING_IMPORT
    call.output.say(f"“{kept.alias}” stays; it {'waits for its material' if waits else 'is disabled'}.")


@click.command(
    "destroy", short_help="Destroy KEY for good, once its date has come.", cls=SignetCommand, secrets=UNLOCKING
)
@click.argument("name", metavar="KEY")
@click.option("--typed", metavar="NAME", help="The key's name once more, where nobody is there to type it.")
@pass_call
def destroy(call: Call, name: str, typed: str | None) -> None:
    """Destroy the key KEY for good, once the date of its deletion has come.

    Its name is typed for that; --yes does not answer. The known files that nothing opens any more are named.

    Example: signet key destroy papers-2019
    """
    from signet.services import deletion, keys
    from signet.services.stakes import stake_of, stake_said

    with call.unlocked() as session:
        key = keys.find_key(session, name)
        pending = deletion.pending_deletion(session, name)
        if typed is None and pending is not None and pending.due:
            if not call.prompt.is_terminal:
                raise NameNotTyped(key=key.alias)
            facts = stake_said(stake_of(session, key))
            typed = call.prompt.typed_name((*facts, f"The key “{key.alias}” would be gone for good."))
        gone = deletion.destroy_key(session, name, typed=typed or "")
    lost = [entry.path for entry in gone.files]
    call.output.result({"id": gone.key.id, "alias": gone.key.alias, "destroyed": True, "files": lost})
    call.output.say(f"“{gone.key.alias}” is destroyed.")
    for path in lost:
        call.output.say(f"{path} cannot be opened any more.")


@click.command("states", short_help="Show what can be done in each state of a key.", cls=SignetCommand)
@click.option("--markdown", "as_markdown", is_flag=True, help="Print it as docs/key-states.md has it.")
@pass_call
def states(call: Call, as_markdown: bool) -> None:
    """Show what can be done in each state of a key; needs no vault.

    Example: signet key states
    """
    rows = [
        {"deed": deed.value, **{state.value: cell for state, cell in zip(STATES, cells(deed), strict=True)}}
        for deed in deeds()
    ]
    if as_markdown and not call.json:
        call.output.text(markdown())
        return
    columns = [("", "deed"), *((state.value, state.value) for state in STATES)]
    call.output.listing(rows, columns, empty="")


COMMANDS = (enable, disable, archive, unarchive, schedule_deletion, cancel_deletion, destroy, states)
