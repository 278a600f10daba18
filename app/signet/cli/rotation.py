"""`signet key rotate`: a new version of a key, or of every key that the finder of a card may know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from signet.cli.call import Call
from signet.cli.key_versions import move_files, moved_said
from signet.cli.options import UNLOCKING, SignetCommand, pass_call
from signet.cli.running import running
from signet.errors import UsageError

if TYPE_CHECKING:
    from signet.services.session import Session

FAILED = 1


@click.command("rotate", cls=SignetCommand, secrets=(*UNLOCKING, "token-pin-file"))
@click.argument("name", metavar="[KEY]", required=False)
@click.option(
    "--exposed", is_flag=True, help="Every key that a lost card's finder may know, and its known files with it."
)
@click.option("--re-encrypt", "move", is_flag=True, help="Its known files too, as `signet key re-encrypt` does.")
@pass_call
def rotate(call: Call, name: str | None, exposed: bool, move: bool) -> int:
    """Give the symmetric key KEY a new version.

    What is encrypted from now on is under the new version; the older ones still decrypt what they encrypted. With
    --exposed: finish what `unlock-method lost --pin-known` offered.

    Examples: signet key rotate my-files; signet key rotate my-files --re-encrypt
    """
    if (name is None) != exposed:
        raise UsageError(reason="Name the KEY, or give --exposed.")
    if exposed and move:
        raise UsageError(reason="--exposed re-encrypts anyway.")
    from signet.services.rotation import rotate_key

    with call.unlocked(one_job=move) as session:
        if name is not None:
            key = rotate_key(session, name)
            if move:
                return moved_said(call, move_files(call, session, key.id))
            call.output.result({"id": key.id, "alias": key.alias, "version": key.version})
            call.output.say(f"“{key.alias}” is at version {key.version} now.")
            return 0
        rotated, failed = renew_exposed(call, session)
    call.output.result({"rotated": list(rotated)})
    if not rotated and not failed:
        call.output.say("No key is left that has to be rotated.")
    return FAILED if failed else 0


def renew_exposed(call: Call, session: Session) -> tuple[tuple[str, ...], bool]:
    """Rotate and re-encrypt; return the names of the keys that were rotated, and whether a file failed."""
    from signet.services.exposed import renew_keys

    with running(call.output, "Re-encrypting") as work:
        renewed = renew_keys(session, progress=work.progress, cancelled=work.cancelled)
    for key in renewed.keys:
        call.output.say(f"“{key.alias}” is at version {key.version} now.")
    failed = False
    for item in renewed.items:
        if item.error is None:
            call.output.say(f"{item.source} is re-encrypted.")
        else:
            failed = True
            call.output.failure(item.source, item.error)
    return tuple(key.alias for key in renewed.keys), failed
