"""`signet key`: what keys are called, and what is said about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from signet.cli.call import Call
from signet.cli.options import UNLOCKING, SignetCommand, pairs, pass_call
from signet.cli.views import key_fields

if TYPE_CHECKING:
    from signet.keys.model import Key


@click.command("alias", cls=SignetCommand, secrets=UNLOCKING)
@click.argument("name", metavar="KEY")
@click.argument("new", metavar="NEW")
@click.option("--first", is_flag=True, help="Show the key by this name; NEW may be one that it has.")
@pass_call
def alias(call: Call, name: str, new: str, first: bool) -> None:
    """Give the key KEY another name, NEW.

    A key is shown by the name that it has had for longest, unless --first put another there.

    Example: signet key alias papers taxes
    """
    from signet.services import key_names

    with call.unlocked() as session:
        changed = key_names.add_alias(session, name, new, first=first)
    _told(call, changed, f"“{changed.alias}” is called {_names(changed)}.")


@click.command(
    "move-alias", short_help="Give the name ALIAS of one key to another.", cls=SignetCommand, secrets=UNLOCKING
)
@click.argument("moved", metavar="ALIAS")
@click.argument("name", metavar="KEY")
@pass_call
def move_alias(call: Call, moved: str, name: str) -> None:
    """Take the name ALIAS from the key that has it, and give it to the key KEY.

    Whatever uses a key by that name uses KEY from now on. Both keys have to be for the same purpose.

    Example: signet key move-alias contracts contracts-2027
    """
    from signet.services import key_names, keys

    with call.unlocked() as session:
        before = keys.find_key(session, moved)
        changed = key_names.move_alias(session, moved, name)
        left = keys.find_key(session, before.id)
    if not left.aliases:
        call.output.note(f"The key that had it has no name any more; `signet key alias {left.id[:8]} NEW` gives one.")
    _told(call, changed, f"“{moved}” is {changed.id[:8]} now, which is called {_names(changed)}.")


@click.command(
    "remove-alias", short_help="Take the name ALIAS away from its key.", cls=SignetCommand, secrets=UNLOCKING
)
@click.argument("removed", metavar="ALIAS")
@pass_call
def remove_alias(call: Call, removed: str) -> None:
    """Take the name ALIAS away from its key, which has to have another one.

    Example: signet key remove-alias taxes
    """
    from signet.services import key_names

    with call.unlocked() as session:
        changed = key_names.remove_alias(session, removed)
    _told(call, changed, f"“{changed.alias}” is no longer called “{removed}”.")


@click.command("describe", short_help="Say what KEY is for.", cls=SignetCommand, secrets=UNLOCKING)
@click.argument("name", metavar="KEY")
@click.argument("text", metavar="TEXT")
@pass_call
def describe(call: Call, name: str, text: str) -> None:
    """Say what the key KEY is for, in place of what was said before; an empty TEXT says nothing.

    Example: signet key describe papers "Taxes and contracts"
    """
    from signet.services import key_names

    with call.unlocked() as session:
        changed = key_names.describe_key(session, name, text)
    _told(call, changed, f"“{changed.alias}” is described{' anew' if text else ' by nothing'}.")


@click.command("tag", short_help="Give KEY tags, each TAG as K=V.", cls=SignetCommand, secrets=UNLOCKING)
@click.argument("name", metavar="KEY")
@click.argument("tags", metavar="TAG...", nargs=-1)
@click.option(
    "--remove", "removed", multiple=True, metavar="K", help="Take this tag away; can be given several times."
)
@pass_call
def tag(call: Call, name: str, tags: tuple[str, ...], removed: tuple[str, ...]) -> None:
    """Give the key KEY tags, each TAG as K=V, in place of those that are called the same.

    Example: signet key tag papers year=2026 --remove draft
    """
    _tag(call, name, pairs(tags, option="tag"), removed)


@click.command("untag", cls=SignetCommand, secrets=UNLOCKING)
@click.argument("name", metavar="KEY")
@click.argument("removed", metavar="NAME...", nargs=-1, required=True)
@pass_call
def untag(call: Call, name: str, removed: tuple[str, ...]) -> None:
    """Take the tags NAME away from the key KEY.

    Example: signet key untag papers draft
    """
    _tag(call, name, {}, removed)


def _tag(call: Call, name: str, tags: dict[str, str], removed: tuple[str, ...]) -> None:
    from signet.errors import UsageError
    from signet.services import key_names

    if not tags and not removed:
        raise UsageError(reason="Give tags as K=V, or --remove K.")
    with call.unlocked() as session:
        changed = key_names.tag_key(session, name, tags.items(), remove=set(removed))
    said = ", ".join(f"{key}={value}" for key, value in changed.tags) or "none"
    _told(call, changed, f"The tags of “{changed.alias}”: {said}.")


def _told(call: Call, changed: Key, sentence: str) -> None:
    call.output.result(key_fields(changed))
    call.output.say(sentence)


def _names(key: Key) -> str:
    return ", ".join(f"“{name}”" for name in key.aliases)


COMMANDS = (alias, move_alias, remove_alias, describe, tag, untag)
