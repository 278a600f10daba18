"""A part of the details of a key: what it shows, and what it reads for that in a task of the panel."""

from __future__ import annotations

from signet.gui.pages.key_host import KeyHost
from signet.gui.pages.keys_model import KeyRow
from signet.gui.widgets.section import Section
from signet.keys.model import Key
from signet.services.session import Session


class KeySection(Section):
    """Subclasses set ``title``; shown only while `show_key` or `show_answer` leave it visible."""

    title = ""
    at_top = False
    """Stands above everything else that the details tell: what the person has to know first."""

    def __init__(self, host: KeyHost) -> None:
        super().__init__(self.title)
        self.host = host

    @staticmethod
    def read(_: Session, __: Key, /) -> object:
        """Read what the list does not know; blocking, in a thread. May raise any SignetError."""
        return None

    def show_key(self, row: KeyRow) -> None:
        """Show another key, or the same one after a change, before anything is read."""

    def show_answer(self, row: KeyRow, answer: object) -> None:
        """Show what `read` returned for this key."""
