"""In the details of a key that is to be deleted: when, who wanted to use it since, and the button once it is due."""

from __future__ import annotations

from functools import partial

from signet.gui.pages import times
from signet.gui.pages.key_deletion import open_destroy
from signet.gui.pages.key_host import KeyHost
from signet.gui.pages.key_section import KeySection
from signet.gui.pages.keys_model import KeyRow
from signet.gui.widgets.buttons import danger_button
from signet.gui.widgets.text import label, set_role
from signet.keys.model import Key
from signet.keys.state import KeyState
from signet.services.deletion import Pending, pending_deletion
from signet.services.session import Session


class DeletionSection(KeySection):
    """Shown for keys that are to be deleted alone."""

    title = "To be deleted"
    at_top = True

    def __init__(self, host: KeyHost) -> None:
        super().__init__(host)
        self._row: KeyRow | None = None
        self.when = label("", "body", wrap=True)
        self.attempts = label("", "small", wrap=True)
        self.destroy_button = danger_button("Destroy…", name="Destroy this key for good")
        self.destroy_button.clicked.connect(partial(self._destroy))
        for widget in (self.when, self.attempts, self.destroy_button):
            self.add(widget)
        self.hide()

    @staticmethod
    def read(session: Session, key: Key, /) -> Pending | None:
        """Read how its deletion stands."""
        return pending_deletion(session, key.id) if key.state is KeyState.PENDING_DELETION else None

    def show_key(self, row: KeyRow) -> None:
        """Show nothing of a key that stays."""
        known = self._row is not None and self._row.key == row.key
        self._row = row
        self.setVisible(row.key.state is KeyState.PENDING_DELETION)
        if not known:
            self.when.setText("")
            self.attempts.hide()
            self.destroy_button.hide()

    def show_answer(self, row: KeyRow, answer: object) -> None:
        """Show date and attempts."""
        self._row = row
        if not isinstance(answer, Pending):
            return
        self.when.setText(when_said(answer))
        self.attempts.setText(attempts_said(answer))
        set_role(self.attempts, "bad" if answer.attempts else "small")
        self.attempts.show()
        self.destroy_button.setVisible(answer.due)

    def _destroy(self, _: bool = False) -> None:
        if self._row is not None:
            open_destroy(self.host, [self._row])


def when_said(pending: Pending) -> str:
    """Say when it was asked for and what its date means."""
    asked = times.date_of(times.moment(pending.requested))
    date = times.date_of(times.moment(pending.date))
    if pending.due:
        return f"You asked for it on {asked}. Since {date} it can be destroyed; nothing happens until you do that."
    return f"You asked for it on {asked}. From {date} on it can be destroyed, and not before."


def attempts_said(pending: Pending) -> str:
    """Say how often somebody wanted to use it since."""
    if not pending.attempts or pending.last_attempt is None:
        return "Nobody wanted to use it since."
    last = times.full(pending.last_attempt).partition(" (")[0]
    if pending.attempts == 1:
        return f"1 attempt to use it since, on {last}. It was refused."
    return f"{pending.attempts} attempts to use it since, the last on {last}. All were refused."
