"""Keys disabled and enabled, one or many."""

from __future__ import annotations

from signet.gui.pages.key_action import KeyAction, Place, Rows
from signet.gui.pages.key_host import Batch, KeyHost
from signet.gui.pages.keys_model import KeyRow
from signet.keys.model import Key
from signet.keys.state import Act, permits
from signet.services import keys
from signet.services.presence import with_presence
from signet.services.session import Session

DISABLED = "Nothing can be encrypted, decrypted or signed with it until it is enabled again. Nothing is lost."
DISABLED_MANY = "Nothing can be encrypted, decrypted or signed with them until they are enabled again."


def _can_disable(row: KeyRow) -> bool:
    return permits(row.key.state, Act.DISABLE)


def _can_enable(row: KeyRow) -> bool:
    return permits(row.key.state, Act.ENABLE)


def _disable(host: KeyHost, rows: Rows) -> None:
    def work(session: Session, key: Key) -> None:
        keys.disable_key(session, key.id)

    def done(batch: Batch) -> None:
        host.tell(batch, ("“{name}” is disabled", DISABLED), ("{count} keys are disabled", DISABLED_MANY))

    host.run_each("Disabling", [row.key for row in rows], work, done)


def _enable(host: KeyHost, rows: Rows) -> None:
    def work(session: Session, key: Key) -> None:
        with_presence(session, lambda: keys.enable_key(session, key.id))

    def done(batch: Batch) -> None:
        one = ("“{name}” is enabled", "It can be used again.")
        host.tell(batch, one, ("{count} keys are enabled", "They can be used again."))

    host.run_each("Enabling", [row.key for row in rows], work, done)


DISABLE = KeyAction(
    "disable",
    "Disable",
    "Stop every use until it is enabled again; nothing is lost.",
    _disable,
    offered=_can_disable,
    place=Place.BUTTON,
    shortcut="Ctrl+D",
    many=True,
)
ENABLE = KeyAction(
    "enable",
    "Enable",
    "Let it be used again.",
    _enable,
    offered=_can_enable,
    place=Place.BUTTON,
    shortcut="Ctrl+Shift+D",
    many=True,
)
