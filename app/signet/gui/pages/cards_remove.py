"""Panels that make a new master key: taking a way in out, and the new key alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

from signet.gui.pages.cards_change import ChangePanel
from signet.gui.pages.cards_look import CardsLook
from signet.gui.pages.cards_panel import Bench
from signet.gui.unlock_look import WayLook
from signet.gui.widgets.buttons import danger_button, primary_button
from signet.gui.widgets.steady import Choice
from signet.gui.widgets.text import label
from signet.services.master import RotatedMaster, rotate_master
from signet.services.methods import remove_method
from signet.services.session import Session

_REMOVE = (
    "It will not open this vault any more: the vault gets a new master key, and everything in it is wrapped anew. "
    "Files that you encrypted stay readable. Copies of the vault that are out of reach still open with it, and "
    "that cannot be revoked."
)
_MASTER = (
    "Everything in the vault is wrapped anew under a new master key. All ways in stay, printed sheets too. Do this "
    "if a copy of the vault may have got into other hands together with a secret of the time before."
)


class RemovePanel(ChangePanel):
    """Takes one way in out."""

    def __init__(self, bench: Bench, look: CardsLook, way_id: str) -> None:
        go = danger_button("Remove and make a new master key")
        go.setObjectName("cards-remove-go")
        caption = "Prove that it is you, with a way in that stays"
        super().__init__(bench, _REMOVE, go, caption=caption)
        self._look = look
        self.which = Choice()
        self.which.setAccessibleName("Way in that is removed")
        for way in look.ways:
            self.which.addItem(way.label, way.id)
        self.which.setCurrentIndex(max(0, self.which.findData(way_id)))
        self.copies = label("", "muted", wrap=True)
        self.last = label("", "warn", wrap=True)
        for part in (self.which, self.last, self.copies):
            self.body.addWidget(part)
        self.which.hide()
        self.which.currentIndexChanged.connect(self._turn)
        self._turn()

    @property
    def ready(self) -> bool:
        """Whether there is something to remove and something that stays."""
        return self.which.count() > 0 and len(self._look.ways) > 1

    def show_look(self, look: CardsLook) -> None:
        """Follow the cards."""
        self._look = look
        super().show_look(look)

    def ways_for_proof(self, look: CardsLook) -> tuple[WayLook, ...]:
        """Only what stays can prove it."""
        gone = self.which.currentData()
        return tuple(way for way in look.ways if way.id != gone)

    def change(self) -> Callable[[Session], RotatedMaster]:
        """Remove it by a new master key."""
        return partial(_remove, way_id=str(self.which.currentData()))

    def done(self, result: RotatedMaster) -> None:
        """Name what was removed, and the older copies that still open by it."""
        removed = ", ".join(f"“{name}”" for name in result.removed)
        self.finished.emit(f"{removed} does not open this vault any more.", told_copies(result))

    def _turn(self) -> None:
        way = self._look.way_of(str(self.which.currentData() or ""))
        name = f"“{way.label}”" if way else "it"
        stay = [other for other in self._look.ways if way is None or other.id != way.id]
        if not stay:
            self.last.setText("This is the only way in, and cannot be removed. Add another one first.")
        elif len(stay) == 1:
            self.last.setText(f"“{stay[0].label}” will then be the only way in. If it is lost, all is lost.")
        self.last.setVisible(len(stay) < 2)
        count = len(self._look.backups)
        still = "1 automatic backup still opens" if count == 1 else f"{count} automatic backups still open"
        self.copies.setText(
            f"In the vault's folder {still} with {name}. Once a new backup is made, you are asked whether to delete "
            "what is old."
        )
        self.copies.setVisible(count > 0)
        self.proof.show_ways(self.ways_for_proof(self._look), prefer=self._look.opened_by)
        self.enable()


class MasterPanel(ChangePanel):
    """Makes a new master key; every way in stays."""

    def __init__(self, bench: Bench) -> None:
        go = primary_button("Make a new master key")
        go.setObjectName("cards-master-go")
        super().__init__(bench, _MASTER, go)

    def change(self) -> Callable[[Session], RotatedMaster]:
        """Rotate it."""
        return rotate_master

    def done(self, result: RotatedMaster) -> None:
        """Say that it is done."""
        self.finished.emit("The vault has a new master key.", told_copies(result))


def told_copies(result: RotatedMaster) -> str:
    """Name the older copies that are still there and still open under the old master key."""
    there = [path for path in result.old_backups if os.path.lexists(path)]
    if not there:
        return "No older copy in the vault's folder opens as before."
    names = ", ".join(os.path.basename(path) for path in there)
    return f"Older copies still open as before: {names}. So do backups that you keep elsewhere."


def _remove(session: Session, *, way_id: str) -> RotatedMaster:
    return remove_method(session, way_id)
