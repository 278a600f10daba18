"""The pages of the window, in their order, with words and icons. Values only: the sidebar shows them at once."""

from __future__ import annotations

from signet.gui.sidebar import Place

PLACES = (
    Place("keys", "Keys", "key"),
    Place("files", "Files", "file"),
    Place("documents", "Documents", "document"),
    Place("people", "People", "people"),
    Place("cards", "Cards & recovery", "card"),
    Place("activity", "Activity", "activity"),
    Place("settings", "Settings", "settings"),
)
