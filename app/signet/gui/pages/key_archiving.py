"""Keys made read only: they open what they made, and make nothing new; one or many. “Enable” undoes it."""

from __future__ import annotations

from signet.gui.pages.key_action import KeyAction, Place, Rows
from signet.gui.pages.key_host import Batch, KeyHost
from signet.gui.pages.keys_model import KeyRow
from signet.keys.model import Key
from signet.keys.state import Act, KeyState, permits
from signet.services.key_states import move_key
from signet.services.session import Session

READ_ONLY = "It opens and checks what it made, and makes nothing new. Nothing is lost."
READ_ONLY_MANY = "They open and check what they made, and make nothing new. Nothing is lost."


def stored_state(row: KeyRow) -> KeyState:
    """The state that the vault has, of a key whose card is not here the likelier one: only those show that."""
    return KeyState.ENABLED if row.key.state is KeyState.UNAVAILABLE else row.key.state


def _can_archive(row: KeyRow) -> bool:
    return permits(stored_state(row), Act.ARCHIVE)


def _archive(host: KeyHost, rows: Rows) -> None:
    def work(session: Session, key: Key) -> None:
        move_key(session, key.id, Act.ARCHIVE)

    def done(batch: Batch) -> None:
        host.tell(batch, ("“{name}” is read only", READ_ONLY), ("{count} keys are read only", READ_ONLY_MANY))

    host.run_each("Making read only", [row.key for row in rows], work, done)


ARCHIVE = KeyAction(
    "archive",
    "Make read only",
    "Let it open what it made and make nothing new; nothing is lost.",
    _archive,
    offered=_can_archive,
    place=Place.END,
    many=True,
)
