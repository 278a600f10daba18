"""The pages themselves: made when first asked for, and joined: what one says, another does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from signet.gui.desk import Desk
from signet.gui.drop import EDIT, Act
from signet.gui.pages.activity import ActivityPage
from signet.gui.pages.cards import CardsPage
from signet.gui.pages.documents import DocumentsPage
from signet.gui.pages.files import FilesPage
from signet.gui.pages.jobs import JobBoard
from signet.gui.pages.keys import KeysPage
from signet.gui.pages.people import PeoplePage
from signet.gui.pages.settings import SettingsPage
from signet.gui.places import PLACES
from signet.gui.tasks import Tasks
from signet.gui.theme import Theme

_TAKES: dict[str, str] = {Act.SIGN: "documents", Act.VERIFY: "documents", Act.ADD_PERSON: "people"}
"""The page that does something with what is dropped; the Files page does the rest."""


class Book(QObject):
    """Keeps the pages by the ids of `PLACES`."""

    made = Signal(str, QWidget)
    """A page was made; whoever shows pages puts it into its place."""
    wanted = Signal(str)
    """One page sends the person to another."""
    counted = Signal(str, int)
    """A page has a number to be shown beside its name."""
    default_key_changed = Signal(str)

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk, self._tasks, self._theme = desk, tasks, theme
        self._pages: dict[str, QWidget] = {}
        self._makers: dict[str, Callable[[], QWidget]] = {
            "keys": self._make_keys,
            "files": self._make_files,
            "documents": self._make_documents,
            "people": self._make_people,
            "cards": self._make_cards,
            "activity": self._make_activity,
            "settings": self._make_settings,
        }

    def page(self, key: str) -> QWidget:
        """The page of that id, made if it was not yet; raise KeyError for one that there is not."""
        if key not in self._pages:
            self._pages[key] = self._makers[key]()
            self.made.emit(key, self._pages[key])
        return self._pages[key]

    def make_next(self) -> bool:
        """Make one page that nobody asked for yet; False if all are there."""
        missing = [place.key for place in PLACES if place.key not in self._pages]
        if missing:
            self.page(missing[0])
        return len(missing) > 1

    @property
    def job_pages(self) -> tuple[tuple[str, FilesPage | DocumentsPage], ...]:
        """The pages with a queue of jobs that were made, and their ids."""
        found = self._pages.items()
        return tuple((key, page) for key, page in found if isinstance(page, FilesPage | DocumentsPage))

    @property
    def boards(self) -> tuple[JobBoard, ...]:
        """Their queues."""
        return tuple(page.board for _, page in self.job_pages)

    def take(self, act: str, paths: Sequence[str]) -> None:
        """Give files to the page that does such things, and show it."""
        if act == EDIT:
            self.edit(paths)
            return
        key = _TAKES.get(act, "files")
        page = self.page(key)
        self.wanted.emit(key)
        if isinstance(page, FilesPage | DocumentsPage):
            page.take(act, paths)
        elif isinstance(page, PeoplePage):
            page.take(paths)

    def look_at(self, paths: Sequence[str]) -> None:
        """Have the page Documents do what fits."""
        page = self.page("documents")
        self.wanted.emit("documents")
        if isinstance(page, DocumentsPage):
            page.take("", paths)

    def step_back(self) -> None:
        """Have the page Documents go from a document back to the list."""
        page = self.page("documents")
        if isinstance(page, DocumentsPage):
            page.step_back()

    def edit(self, paths: Sequence[str]) -> None:
        """Open encrypted files for editing."""
        page = self.page("files")
        self.wanted.emit("files")
        if isinstance(page, FilesPage):
            for path in paths:
                page.edits.begin(path)

    def close(self) -> None:
        """The window closes: nothing plain is left that nobody changed."""
        page = self._pages.get("files")
        if isinstance(page, FilesPage):
            page.edits.close_all()
        documents = self._pages.get("documents")
        if isinstance(documents, DocumentsPage):
            documents.view.close_document(at_once=True)

    def encrypt_with(self, key_id: str) -> None:
        """Have files chosen to be encrypted with a key."""
        page = self.page("files")
        self.wanted.emit("files")
        if isinstance(page, FilesPage):
            page.encrypt_with(key_id)

    def re_encrypt(self, key_id: str) -> None:
        """Bring the known files of a key to its newest version."""
        page = self.page("files")
        self.wanted.emit("files")
        if isinstance(page, FilesPage):
            page.re_encrypt(key_id)

    def sign_with(self, key_id: str) -> None:
        """Have files chosen to be signed with a key."""
        page = self.page("documents")
        self.wanted.emit("documents")
        if isinstance(page, DocumentsPage):
            page.sign_with(key_id)

    def extend(self, path: str) -> None:
        """Have a signed document's proof made to last longer."""
        page = self.page("documents")
        self.wanted.emit("documents")
        if isinstance(page, DocumentsPage):
            page.extend(path)

    def show_key(self, key_id: str) -> None:
        """Show a key among the keys."""
        page = self.page("keys")
        self.wanted.emit("keys")
        if isinstance(page, KeysPage):
            page.select(key_id)

    def _make_keys(self) -> KeysPage:
        page = KeysPage(self._desk, self._tasks, self._theme)
        page.encrypt_with.connect(self.encrypt_with)
        page.sign_with.connect(self.sign_with)
        page.re_encrypt.connect(self.re_encrypt)
        page.counted.connect(self._counted_keys)
        return page

    def _make_files(self) -> FilesPage:
        page = FilesPage(self._desk, self._tasks, self._theme)
        page.counted.connect(self._counted_files)
        page.default_changed.connect(self.default_key_changed)
        return page

    def _make_documents(self) -> DocumentsPage:
        page = DocumentsPage(self._desk, self._tasks, self._theme)
        page.certificate_wanted.connect(self.show_key)
        return page

    def _make_people(self) -> PeoplePage:
        page = PeoplePage(self._desk, self._tasks, self._theme)
        page.counted.connect(self._counted_people)
        return page

    def _make_cards(self) -> CardsPage:
        page = CardsPage(self._desk, self._tasks, self._theme)
        page.key_wanted.connect(self.show_key)
        page.document_wanted.connect(self.extend)
        return page

    def _make_activity(self) -> ActivityPage:
        page = ActivityPage(self._desk, self._tasks, self._theme)
        page.key_wanted.connect(self.show_key)
        return page

    def _make_settings(self) -> SettingsPage:
        page = SettingsPage(self._desk, self._tasks, self._theme)
        page.default_key_changed.connect(self.default_key_changed)
        return page

    def _counted_keys(self, count: int) -> None:
        self.counted.emit("keys", count)

    def _counted_people(self, count: int) -> None:
        self.counted.emit("people", count)

    def _counted_files(self, count: int) -> None:
        self.counted.emit("files", count)
