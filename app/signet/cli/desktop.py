"""`signet desktop`: Signet in the file manager, its menus and its double-click."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signet.cli.call import Call
from signet.cli.options import SignetGroup, pass_call
from signet.cli.output import Fields

if TYPE_CHECKING:
    from signet.services.desktop import Desktop

NOT_COMPLETE = 1
desktop = SignetGroup("desktop", help="Signet in the file manager.")


@desktop.command("install")
@pass_call
def install(call: Call) -> None:
    """Add Signet to the file manager, for you alone.

    Files of GNOME and Dolphin get menu entries, encrypted files an icon, and a double-click on one opens Signet.
    Doing it again brings everything up to date. Nothing outside your own data folder is changed.

    Example: signet desktop install
    """
    from signet.services.desktop import install as service

    done = service()
    _tell(call, done)
    call.output.say("Signet is in the file manager. If a menu does not show it yet, open its window anew.")


@desktop.command("remove")
@pass_call
def remove(call: Call) -> None:
    """Take everything away again that `signet desktop install` added.

    Example: signet desktop remove
    """
    from signet.services.desktop import remove as service

    done = service()
    _tell(call, done)
    call.output.say("Signet is not in the file manager any more." if done.places else "Nothing was there.")


@desktop.command("status")
@pass_call
def status(call: Call) -> int:
    """Say what of Signet is in the file manager.

    Status 1 unless all of it is, and starts this Signet.

    Example: signet desktop status
    """
    from signet.services.desktop import status as service

    found = service()
    _tell(call, found)
    if found.installed:
        call.output.say("Signet is in the file manager.")
        return 0
    call.output.say("Signet is not in the file manager, or another one is. To add this one: signet desktop install")
    return NOT_COMPLETE


def _tell(call: Call, found: Desktop) -> None:
    call.output.result(
        {
            "items": [_fields(place.path, place.state.value) for place in found.places],
            "launcher": list(found.launcher),
            "updated": list(found.updated),
        }
    )
    for place in found.places:
        call.output.say(f"{place.state.value:8} {place.path}")


def _fields(path: str, state: str) -> Fields:
    return {"path": path, "state": state}
