"""What is selected in the table of keys: it follows the person, and stays while the list is arranged anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QItemSelectionRange, QObject, Signal

from signet.gui.pages.keys_selection import Selected, places_in_ranges
from signet.gui.pages.keys_snapshot import Column
from signet.gui.pages.keys_table import KeysModel
from signet.gui.pages.table import PageTable


class KeysChoice(QObject):
    """``current`` is the key that is selected, or was the last of several; ``several`` if there is more than one.

    Both are ids. A key stays chosen while filters hide it.
    """

    changed = Signal(bool)
    """The person chose; carries whether anything that is selected is shown."""

    def __init__(self, table: PageTable, model: KeysModel) -> None:
        super().__init__(table)
        self._table, self._model = table, model
        self._arranging = False
        self.current = ""
        self.several: Selected = ()
        table.selectionModel().selectionChanged.connect(self._follow)

    @property
    def is_shown(self) -> bool:
        """Whether the key is in the list as it is filtered now."""
        return self._model.place_of(self.current) >= 0

    def turn_to(self, key_id: str) -> None:
        """Choose one key, by its id; `restore` selects it."""
        self.current, self.several = key_id, ()

    @contextmanager
    def arranging(self) -> Iterator[None]:
        """Within it the list moves, and what becomes selected or not is no choice of the person's."""
        before, self._arranging = self._arranging, True
        try:
            yield
        finally:
            self._arranging = before

    def restore(self) -> bool:
        """Select again what was selected, wherever it stands now; return whether it is shown."""
        place = self._model.place_of(self.current)
        if place < 0:
            return False
        selection, last = QItemSelection(), self._model.columnCount() - 1
        for start, end in places_in_ranges(self._model.shown, self.several) or [(place, place)]:
            selection.append(QItemSelectionRange(self._model.index(start, 0), self._model.index(end, last)))
        index, model = self._model.index(place, Column.NAME), self._table.selectionModel()
        with self.arranging():
            if model.currentIndex().row() != place:
                model.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
                self._table.scrollTo(index)
            model.select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        return True

    def _follow(self) -> None:
        if self._arranging:
            return
        selection = self._table.selectionModel().selection()
        parts = [selection.at(place) for place in range(selection.count())]
        shown = self._model.shown
        chosen = [key_id for part in parts for key_id in shown[part.top() : part.bottom() + 1]]
        index = self._table.currentIndex()
        if index.isValid():
            self.current = shown[index.row()]
        if len(chosen) == 1:
            self.current = chosen[0]
        self.several = tuple(dict.fromkeys(chosen)) if len(chosen) > 1 else ()
        self.changed.emit(bool(chosen))
