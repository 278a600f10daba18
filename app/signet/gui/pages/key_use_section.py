"""How much a key was used in the last weeks, as a small picture in its details."""

from __future__ import annotations

from signet.gui.pages.key_host import KeyHost
from signet.gui.pages.key_section import KeySection
from signet.gui.pages.keys_model import KeyRow
from signet.gui.widgets.use_picture import UsePicture
from signet.keys.model import Key
from signet.services.session import Session
from signet.services.use_over_time import UseOverTime, uses_over_time


class UseSection(KeySection):
    """Shown once it is known, and only for keys that were ever used."""

    title = "Use, last weeks"

    def __init__(self, host: KeyHost) -> None:
        super().__init__(host)
        self.picture = UsePicture(host.theme)
        self._key = ""
        self.add(self.picture)
        self.hide()

    @staticmethod
    def read(session: Session, key: Key, /) -> UseOverTime:
        """Read the uses of each day."""
        return uses_over_time(session, key.id)

    def show_key(self, row: KeyRow) -> None:
        """Wait for what is read; of a key that never was used there is no picture."""
        if row.key.id != self._key:
            self._key = row.key.id
            self.hide()

    def show_answer(self, row: KeyRow, answer: object) -> None:
        """Draw it."""
        if isinstance(answer, UseOverTime):
            self.picture.show_uses(answer)
            self.setVisible(row.uses > 0)
