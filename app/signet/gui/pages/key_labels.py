"""Names, description and tags of a key, in one form; a name that another key has can be taken from it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout

from signet.errors import AliasTaken, SignetError, UsageError
from signet.gui.design import SPACE
from signet.gui.pages.key_action import KeyAction, Rows
from signet.gui.pages.key_archiving import stored_state
from signet.gui.pages.key_host import KeyForm, KeyHost
from signet.gui.pages.keys_model import KeyRow
from signet.gui.pages.new_key import read_tags
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import plain_button, primary_button
from signet.gui.widgets.text import label
from signet.keys.model import Key
from signet.keys.state import Act, permits
from signet.services.key_labels import label_key
from signet.services.key_rules import check_alias, check_description
from signet.services.presence import with_presence
from signet.services.session import Session

SEVERAL = "Several with commas between them. The first is the one that you see; all of them find the key."


TAGS = "Words to find it by, each with a value if you like."
TAGS_ELSEWHERE = "They hold commas or the like, and are changed by the command “signet key tag”."


@dataclass(frozen=True)
class Labels:
    """What was asked for; ``take`` are names that may be taken from other keys."""

    aliases: tuple[str, ...]
    description: str
    tags: tuple[tuple[str, str], ...]
    take: frozenset[str] = frozenset()


class LabelsForm(KeyForm):
    """The body of the panel; `wanted` carries Labels that passed every check that needs no vault."""

    wanted = Signal(object)

    def __init__(self, theme: Theme, key: Key) -> None:
        super().__init__(theme)
        self.key = key
        self.names = _field("Names of the key", ", ".join(key.aliases), "family-archive, photos")
        self.description = _field("Description", key.description, "what it is for, in your words")
        self.tags = _field("Tags", _tags_said(key), "finance, year=2026")
        self.tags.setReadOnly(not _can_be_typed(key))
        self._shown = self.description.text(), self.tags.text()
        self.save = primary_button("Save")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        column.addWidget(self.banner)
        for caption, field, hint in (
            ("Names", self.names, SEVERAL),
            ("Description", self.description, ""),
            ("Tags", self.tags, TAGS_ELSEWHERE if self.tags.isReadOnly() else TAGS),
        ):
            column.addWidget(_caption(caption, field))
            column.addWidget(field)
            if hint:
                column.addWidget(label(hint, "small", wrap=True))
            field.returnPressed.connect(self.save.click)
        column.addStretch(1)
        self.save.clicked.connect(self._save)

    def set_busy(self, busy: bool) -> None:
        """Stop a second click while it is being saved."""
        self.save.setEnabled(not busy)

    def refuse(self, error: SignetError) -> None:
        """Show why it was not saved; a name that another key has can be taken from there."""
        if not isinstance(error, AliasTaken):
            self.banner.show_error(error)
            return
        action = plain_button("Take it", name=f"Take the name {error.alias} from the other key")
        action.clicked.connect(partial(self._take, error.alias))
        sentence = f"Another key is called “{error.alias}”."
        self.banner.show_message("That name is taken", sentence, action, kind="warn")

    def _description(self) -> str:
        """What was typed; as it was if nothing was, since a field of one line shows no line breaks."""
        if self.description.text() == self._shown[0]:
            return self.key.description
        return check_description(self.description.text().strip())

    def _tags(self) -> tuple[tuple[str, str], ...]:
        return self.key.tags if self.tags.text() == self._shown[1] else read_tags(self.tags.text())

    def _take(self, alias: str, _: bool = False) -> None:
        self._ask(frozenset({alias}))

    def _save(self) -> None:
        self._ask()

    def _ask(self, take: Collection[str] = ()) -> None:
        try:
            aliases = tuple(check_alias(part.strip()) for part in self.names.text().split(",") if part.strip())
            if not aliases:
                raise UsageError(reason="A key needs a name.")
            wanted = Labels(aliases, self._description(), self._tags(), frozenset(take))
        except UsageError as error:
            self.banner.show_message("Please check this", error.message, kind="bad")
            return
        self.banner.hide()
        self.wanted.emit(wanted)


def open_labels(host: KeyHost, rows: Rows) -> None:
    """Open the form with what a key is called now."""
    key = rows[0].key
    form = LabelsForm(host.theme, key)

    def done(changed: Key) -> None:
        if host.form is form:
            host.close_form()
        host.told.emit(f"“{changed.alias}” is saved", "Its names, description and tags are as you wrote them.")

    def failed(error: SignetError) -> None:
        if host.form is form:
            form.refuse(error)

    def save(wanted: Labels) -> None:
        host.run(partial(_label, key_id=key.id, wanted=wanted), done, failed=failed)

    form.wanted.connect(save)
    host.open_form(f"Name and tags of “{key.alias}”", form, form.save, focus=form.names)


def _label(session: Session, *, key_id: str, wanted: Labels) -> Key:
    return with_presence(
        session,
        lambda: label_key(
            session,
            key_id,
            aliases=wanted.aliases,
            description=wanted.description,
            tags=wanted.tags,
            take=wanted.take,
        ),
    )


def _tags_said(key: Key) -> str:
    return ", ".join(f"{name}={value}" if value else name for name, value in key.tags)


def _can_be_typed(key: Key) -> bool:
    """Whether the key's tags are the same once they are written in a line and read again."""
    try:
        return read_tags(_tags_said(key)) == key.tags
    except UsageError:
        return False


def _can_label(row: KeyRow) -> bool:
    return permits(stored_state(row), Act.DESCRIBE)


def _field(name: str, text: str, example: str) -> QLineEdit:
    made = QLineEdit(text)
    made.setAccessibleName(name)
    made.setPlaceholderText(example)
    made.setCursorPosition(0)
    return made


def _caption(text: str, field: QLineEdit) -> QLabel:
    made = label(text, "strong")
    made.setBuddy(field)
    return made


LABELS = KeyAction(
    "labels",
    "Name and tags…",
    "What it is called, what it is for, and words to find it by.",
    open_labels,
    offered=_can_label,
    shortcut="F2",
)
