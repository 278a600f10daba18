"""The middle of the unlock screen: the card, the name of the vault, the field, and the other ways in."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from signet.formats.header import MethodKind
from signet.gui.design import SPACE
from signet.gui.theme import Theme
from signet.gui.unlock_card import CardPicture
from signet.gui.unlock_entry import WayEntry
from signet.gui.unlock_look import VaultLook, WayLook
from signet.gui.unlock_words import LAST_TRY, Said, say
from signet.gui.widgets.buttons import link_button, plain_button, primary_button
from signet.gui.widgets.text import label
from signet.tokens.pin_setting import unblocking_word


class UnlockForm(QWidget):
    """Shows one way in at a time; the person's choice stays, else it follows the cards."""

    submitted = Signal()
    way_changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._picked = ""
        self._shown: WayLook | None = None
        self._look: VaultLook | None = None
        self._busy = False
        self._refused = ""
        self._action = "Unlock"
        self._links: dict[str, QPushButton] = {}
        self.picture = CardPicture(theme)
        self.title = label("", "display", wrap=True)
        self.sentence = label("", "muted", wrap=True)
        self.entry = WayEntry(large=True)
        self.unlock = primary_button("Unlock")
        self.unlock.setObjectName("unlock")
        self.unlock.setMinimumHeight(40)
        self.unblock = plain_button("Unblock the card…")
        self.unblock.setObjectName("unblock")
        self._ways = QVBoxLayout()
        self._ways.setSpacing(SPACE.tiny)
        self._ways_title = label("Or open it with", "small")
        self._build()
        self.entry.submitted.connect(self.submitted)
        self.entry.edited.connect(self._edited)
        self.entry.code.state_changed.connect(self._enable)
        self.unlock.clicked.connect(self.submitted)

    @property
    def way(self) -> WayLook | None:
        """The way in that is shown."""
        return self._shown

    @property
    def complete(self) -> bool:
        """Whether Unlock makes sense now."""
        return self.unlock.isEnabled()

    def begin(self, name: str, *, action: str = "Unlock") -> None:
        """Start anew for the vault of that name."""
        self._action = action
        self._picked = ""
        self._shown = None
        self._refused = ""
        self.entry.reset()
        self.title.setText(f"Unlock {name}" if action == "Unlock" else f"Compare {name} with what you know")
        self.set_busy("")

    def show_look(self, look: VaultLook) -> None:
        """Follow what is seen now: the picked way in, else the one that something is typed for, else the first."""
        self._look = look
        way = look.way(self._picked) if self._picked else None
        if way is None and self._shown is not None and self.entry.typed:
            way = look.way(self._shown.id)
        way = way or look.first()
        before, self._shown = self._shown, way
        typing = self.entry.secret.hasFocus()
        self.entry.setVisible(way is not None)
        blocked = way is not None and way.blocked
        self.unlock.setVisible(way is not None and not blocked)
        self.unblock.setVisible(blocked)
        self._list_ways(look)
        self.picture.show_way(way)
        if way is None:
            return
        self.entry.show_way(way)
        said = say(look, way)
        self.sentence.setText(said.sentence)
        if way.token is not None:
            self.unblock.setText(f"Unblock with the {unblocking_word(way.token)}…")
            self.unblock.setAccessibleName(f"Unblock “{way.token.label}” with the {unblocking_word(way.token)}")
        self.entry.secret.setEnabled(said.can_try and not self._busy and not way.on_reader)
        links = (link for link in self._links.values() if not link.isHidden())
        other = self.unblock if way.blocked else next(links, None)
        if typing and not said.can_try and other is not None:
            other.setFocus(Qt.FocusReason.OtherFocusReason)
        self._note(said, fresh=before is None or before.id != way.id)
        self._enable()
        if typing and way.on_reader:
            self.unlock.setFocus(Qt.FocusReason.OtherFocusReason)
        if before is None or before.id != way.id or before.ready != way.ready:
            self.way_changed.emit()
            if said.can_try and self.isVisible():
                (self.unlock if way.on_reader else self.entry).setFocus(Qt.FocusReason.OtherFocusReason)

    def refuse(self, text: str) -> None:
        """Say why what was typed was refused, until something else is typed or another way in is turned to."""
        self._refused = text
        self.entry.refuse(text)

    def set_busy(self, text: str) -> None:
        """While the vault is being opened nothing can be typed; an empty text ends that."""
        self._busy = bool(text)
        shown = text or self._action
        self.unlock.setText(shown)
        self.unlock.setAccessibleName(shown.rstrip("…"))
        self.entry.setEnabled(not self._busy)
        for link in self._links.values():
            link.setEnabled(not self._busy)
        self._enable()

    def pick(self, way_id: str) -> None:
        """Turn to a way in because the person wants it."""
        self._picked = way_id
        if self._look is not None:
            self.show_look(self._look)
        if self._look is None or self._shown is None or say(self._look, self._shown).can_try:
            self.entry.setFocus(Qt.FocusReason.OtherFocusReason)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.medium)
        column.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(SPACE.wide)
        for text in (self.title, self.sentence, self._ways_title):
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.title)
        column.addWidget(self.sentence)
        column.addWidget(self.entry)
        column.addWidget(self.unlock)
        column.addWidget(self.unblock)
        column.addSpacing(SPACE.small)
        column.addWidget(self._ways_title)
        column.addLayout(self._ways)

    def _note(self, said: Said, *, fresh: bool) -> None:
        """Say what the card says of itself, unless a refusal stands there that says as much."""
        if fresh:
            self._refused = ""
        if not said.can_try:
            self.entry.say(said.note, said.tone)
        elif self._refused:
            last = said.note if said.note == LAST_TRY and LAST_TRY not in self._refused else ""
            self.entry.say(f"{self._refused} {last}".strip(), "bad")
        elif said.note or fresh:
            self.entry.say(said.note, said.tone)

    def _edited(self) -> None:
        self._refused = ""
        self._enable()

    def _enable(self) -> None:
        can_try = bool(self._look and self._shown and say(self._look, self._shown).can_try)
        self.unlock.setEnabled(can_try and self.entry.complete and not self._busy)

    def _list_ways(self, look: VaultLook) -> None:
        """A link for each way in but the one that is shown; the same links stay, so that the focus stays too."""
        wanted = {way.id: way for way in look.ways}
        for way_id in [known for known in self._links if known not in wanted]:
            link = self._links.pop(way_id)
            self._ways.removeWidget(link)
            link.deleteLater()
        for way_id, way in wanted.items():
            link = self._links.get(way_id) or self._add_link(way_id)
            link.setText(_link_text(way))
            link.setAccessibleName(f"Open it with {_link_text(way)}")
            link.setVisible(self._shown is None or way_id != self._shown.id)
        self._ways_title.setVisible(len(wanted) > 1)

    def _add_link(self, way_id: str) -> QPushButton:
        link = link_button("way")
        link.setObjectName(f"way-{way_id}")
        link.clicked.connect(self._link_clicked)
        self._links[way_id] = link
        self._ways.addWidget(link, 0, Qt.AlignmentFlag.AlignHCenter)
        return link

    def _link_clicked(self) -> None:
        sender = self.sender()
        self.pick(next((way_id for way_id, link in self._links.items() if link is sender), ""))


def _link_text(way: WayLook) -> str:
    if way.kind is MethodKind.TOKEN:
        return f"Card “{way.label}”" + (" (in the reader)" if way.token else "")
    if way.kind is MethodKind.RECOVERY_SHARES:
        return way.label
    return {MethodKind.PASSPHRASE: "The passphrase", MethodKind.RECOVERY_CODE: "The recovery code"}[way.kind]
