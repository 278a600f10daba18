"""`signet key rotation`, `versions` and `re-encrypt`: when a key gets new versions, which it has, files moved on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from signet.cli.batches import item_fields, status_of
from signet.cli.call import Call
from signet.cli.options import UNLOCKING, SignetCommand, pass_call
from signet.cli.running import running
from signet.errors import UsageError
from signet.keys.rotation import FEWEST_DAYS, MOST_DAYS, Schedule

if TYPE_CHECKING:
    from signet.keys.model import Key
    from signet.services.key_files import Moved
    from signet.services.key_uses import Uses
    from signet.services.session import Session

VERSION_COLUMNS = (
    ("Version", "version"),
    ("Created", "created"),
    ("Why", "cause"),
    ("Uses", "uses"),
    ("Wraps", "wraps"),
    ("Last used", "last_used"),
    ("Known files", "files"),
)


@click.command("rotation", cls=SignetCommand, secrets=UNLOCKING)
@click.argument("name", metavar="KEY")
@click.option(
    "--every",
    "days",
    type=click.IntRange(FEWEST_DAYS, MOST_DAYS),
    metavar="DAYS",
    help=f"A new version every so many days, {FEWEST_DAYS} to {MOST_DAYS}.",
)
@click.option("--off", is_flag=True, help="None, unless you ask for it.")
@pass_call
def rotation(call: Call, name: str, days: int | None, off: bool) -> None:
    """Show or change when KEY gets new versions by itself.

    What is due is caught up with when the vault is unlocked. Keys made in the vault start with every 365 days.

    Example: signet key rotation my-files --every 90
    """
    if days is not None and off:
        raise UsageError(reason="Give --every DAYS or --off, not both.")
    from signet.services import rotation as service
    from signet.services.keys import find_key

    with call.unlocked() as session:
        if off:
            service.stop_rotation(session, name)
        elif days is not None:
            service.schedule_rotation(session, name, days)
        key = find_key(session, name)
        planned = service.schedule_of(session, key)
    call.output.result({"id": key.id, "alias": key.alias, "version": key.version, **rotation_fields(planned)})
    call.output.say(f"“{key.alias}” is at version {key.version}. {rotation_said(planned)}")


def rotation_fields(planned: Schedule | None) -> dict[str, object]:
    """Automatic rotation; both null if there is none."""
    return {
        "rotation_days": None if planned is None else planned.days,
        "next_rotation": None if planned is None else planned.next,
    }


def rotation_said(planned: Schedule | None) -> str:
    """Automatic rotation for people."""
    if planned is None:
        return "It gets a new one only when you ask for it."
    days = "day" if planned.days == 1 else f"{planned.days} days"
    return f"It gets a new one every {days}, the next at the first unlocking after {planned.next}."


def uses_fields(uses: Uses) -> dict[str, object]:
    """How often a key was used, and when last; null if never."""
    return {"uses": uses.uses, "last_used": uses.last_used or None}


def uses_said(uses: Uses) -> str:
    """The same for people."""
    times = "once" if uses.uses == 1 else f"{uses.uses} times"
    return f"{times}, last {uses.last_used}" if uses.uses else "never"


@click.command("versions", cls=SignetCommand, secrets=UNLOCKING)
@click.argument("name", metavar="KEY")
@pass_call
def versions(call: Call, name: str) -> None:
    """List the versions of KEY, the newest first.

    Files that are known to hang on older versions move to the newest with `signet key re-encrypt`.

    Example: signet key versions my-files
    """
    from signet.services.key_history import versions_of

    with call.unlocked() as session:
        _, found = versions_of(session, name)
    items = [
        {
            "version": each.number,
            "created": each.created,
            "cause": each.cause.value,
            "current": each.current,
            "uses": each.uses.uses,
            "wraps": each.uses.wraps,
            "last_used": each.uses.last_used or None,
            "files": each.files,
        }
        for each in found
    ]
    call.output.listing(items, VERSION_COLUMNS, empty="")


@click.command(
    "re-encrypt",
    short_help="Bring the known files of KEY to its newest version.",
    cls=SignetCommand,
    secrets=(*UNLOCKING, "token-pin-file"),
)
@click.argument("name", metavar="KEY")
@pass_call
def re_encrypt(call: Call, name: str) -> int:
    """Encrypt the known files of KEY anew, under its newest version.

    Only those that are under older ones, each in its place. Stopped, it goes on when you call it again. Files that
    are not where they were seen last are listed and left alone.

    Example: signet key re-encrypt my-files
    """
    with call.unlocked(one_job=True) as session:
        moved = move_files(call, session, name)
    return moved_said(call, moved)


def move_files(call: Call, session: Session, name: str) -> Moved:
    """Re-encrypt, with progress and Ctrl-C."""
    from signet.services.key_files import re_encrypt_key

    with running(call.output, "Re-encrypting") as work:
        return re_encrypt_key(session, name, progress=work.progress, cancelled=work.cancelled)


def moved_said(call: Call, moved: Moved) -> int:
    """Print what became of the files of a key; return the exit status."""
    key: Key = moved.key
    call.output.result(
        {
            "id": key.id,
            "alias": key.alias,
            "version": key.version,
            "items": [item_fields(item) for item in moved.items],
            "elsewhere": list(moved.elsewhere),
        }
    )
    for item in moved.items:
        if item.error is not None:
            call.output.failure(item.source, item.error)
        else:
            call.output.say(f"{item.source} is under version {key.version} now.")
    if not moved.items:
        call.output.say(f"No known file is left under an older version of “{key.alias}”.")
    for path in moved.elsewhere:
        call.output.note(
            f"{path} is not there any more. If it was moved, `signet re-encrypt PATH` brings it to version "
            f"{key.version}."
        )
    return status_of(moved.items)
