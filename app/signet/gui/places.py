"""The pages of the window: in which order, with which words, and where each is made.

Imported only when the window has been painted: a page brings services, database and tokens with it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from signet.gui.sidebar import Place
from signet.gui.widgets.empty import EmptyState

if TYPE_CHECKING:
    from signet.gui.desk import Desk
    from signet.gui.tasks import Tasks
    from signet.gui.theme import Theme

PLACES = (
    Place("keys", "Keys", "key"),
    Place("files", "Files", "file"),
    Place("documents", "Documents", "document"),
    Place("cards", "Cards & recovery", "card"),
    Place("activity", "Activity", "activity"),
    Place("settings", "Settings", "settings"),
)
_CLASSES = {
    "keys": "signet.gui.pages.keys:KeysPage",
    "files": "signet.gui.pages.files:FilesPage",
    "documents": "signet.gui.pages.documents:DocumentsPage",
    "cards": "signet.gui.pages.cards:CardsPage",
    "activity": "signet.gui.pages.activity:ActivityPage",
    "settings": "signet.gui.pages.settings:SettingsPage",
    "unlock": "signet.gui.unlock:UnlockScreen",
    "setup": "signet.gui.setup.assistant:SetupAssistant",
}


def make_page(key: str, desk: Desk, tasks: Tasks, theme: Theme) -> QWidget:
    """Make a page, the unlock screen or the assistant; raise KeyError for what there is not."""
    module, name = _CLASSES[key].split(":")
    try:
        made = getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        if not str(error.name).startswith("signet.gui"):
            raise
        return EmptyState(theme, "clock", "This page is being built", f"{error.name} is not there yet.")
    page = made(desk, tasks, theme)
    if not isinstance(page, QWidget):
        raise TypeError(f"{name} is no page")
    return page
