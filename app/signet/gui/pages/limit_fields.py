"""Fields for the limits of a key, in words; used where a key is made and where its limits are changed."""

from __future__ import annotations

from datetime import datetime, timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from signet.errors import UsageError
from signet.gui.design import SPACE
from signet.gui.widgets.text import label
from signet.keys.dates import read_moment
from signet.keys.decide import allowable
from signet.keys.policy import FREE, MOST_USES, Limits, Policy, said_list
from signet.keys.spec import KeyUsage
from signet.keys.state import BY_PUBLIC_HALF, Operation

EMPTY = "What is left empty limits nothing."
NO_CARD = "No card opens this vault, so none could be asked for."
CARD = "The one that opened the vault, or one whose PIN you type then."
CONTEXT = "Names, or name=value, as files and secrets get them on the command line with --context."
FOR_GOOD = "For good: nothing takes this away again. Backups still hold the key."
_DATA_KEYS = frozenset(operation for operation in Operation if operation.value.startswith("GenerateDataKey"))


def groups_of(usage: KeyUsage) -> tuple[frozenset[Operation], ...]:
    """The operations of a usage as people choose them: all kinds of data keys are one choice."""
    offered = [each for each in Operation if each in allowable(usage) - BY_PUBLIC_HALF]
    single = [frozenset({each}) for each in offered if each not in _DATA_KEYS]
    data_keys = frozenset(offered) & _DATA_KEYS
    return (*single, data_keys) if data_keys else tuple(single)


class LimitFields(QWidget):
    """Shows a policy and reads one back; what was not touched comes back exactly as it was."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._usage = KeyUsage.ENCRYPT_DECRYPT
        self._before = Limits("")
        self._uses_title = label("May be used to", "strong")
        self.operations: list[tuple[frozenset[Operation], QCheckBox]] = []
        self._operations_box = QWidget()
        self.confirm = QCheckBox("Ask me each time")
        self.needs_card = QCheckBox("Only with a card in the reader")
        self._card_hint = label(CARD, "small", wrap=True)
        self.first = _field("From this day on", "2027-01-01")
        self.last = _field("Until the end of this day", "2027-12-31")
        self.most = _field("At most so many times", "for example 10")
        self._used = label("", "small", wrap=True)
        self.context = _field("What the encryption context must say", "purpose=tax, year")
        self._context_title = label("The encryption context must say", "strong")
        self._context_hint = label(CONTEXT, "small", wrap=True)
        self.never_export = QCheckBox("Never export this key")
        self._arrange()
        for box in (self.confirm, self.needs_card, self.never_export):
            box.toggled.connect(self._changed)
        for field in (self.first, self.last, self.most, self.context):
            field.textChanged.connect(self._changed)
        self.show_limits(Limits(""), KeyUsage.ENCRYPT_DECRYPT, has_card=True)

    def _arrange(self) -> None:
        operations = QVBoxLayout(self._operations_box)
        column = QVBoxLayout(self)
        days = QGridLayout()
        for layout in (operations, column, days):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(SPACE.small)
        for place, (caption, field) in enumerate((("From", self.first), ("Until", self.last))):
            days.addWidget(_caption(caption, field, "muted"), place, 0)
            days.addWidget(field, place, 1)
        self._context_title.setBuddy(self.context)
        for widget in (
            self._uses_title,
            self._operations_box,
            label("Each time", "strong"),
            self.confirm,
            self.needs_card,
            self._card_hint,
            label("Days", "strong"),
        ):
            column.addWidget(widget)
        column.addLayout(days)
        for widget in (
            _caption("At most so many times", self.most),
            self.most,
            self._used,
            self._context_title,
            self.context,
            self._context_hint,
            self.never_export,
            label(FOR_GOOD, "small", wrap=True),
        ):
            column.addWidget(widget)
        for title in self.findChildren(QLabel):
            if title.property("role") == "strong" and title is not self._uses_title:
                title.setContentsMargins(0, SPACE.small, 0, 0)

    def show_limits(self, limits: Limits, usage: KeyUsage, *, has_card: bool) -> None:
        """Show the limits of a key of this usage; without a card among the ways in none can be asked for."""
        self._before, self._usage = limits, usage
        policy = limits.policy
        self._show_operations(policy)
        self.confirm.setChecked(policy.confirm)
        self.needs_card.setChecked(policy.needs_card)
        self.needs_card.setEnabled(has_card or policy.needs_card)
        self._card_hint.setText(CARD if has_card else NO_CARD)
        self.first.setText(_written(policy.not_before, last=False))
        self.last.setText(_written(policy.not_after, last=True))
        self.most.setText("" if policy.most_uses is None else str(policy.most_uses))
        self._used.setText(f"{limits.uses} used so far." if policy.most_uses else "Each file counts.")
        self.context.setText(
            ", ".join(name if value is None else f"{name}={value}" for name, value in policy.context)
        )
        for widget in (self._context_title, self.context, self._context_hint):
            widget.setVisible(usage is KeyUsage.ENCRYPT_DECRYPT)
        self.never_export.setChecked(policy.never_export)
        self.never_export.setEnabled(not policy.never_export)

    @property
    def usage(self) -> KeyUsage:
        """What the key is for."""
        return self._usage

    def set_usage(self, usage: KeyUsage) -> None:
        """Show what another usage offers; what was entered stays as far as it has a meaning there."""
        if usage is not self._usage:
            card, last_card = self.needs_card.isEnabled(), self.needs_card.isChecked()
            entered = (self.confirm.isChecked(), self.first.text(), self.last.text(), self.most.text())
            self.show_limits(Limits(""), usage, has_card=card)
            self.needs_card.setChecked(last_card)
            self.confirm.setChecked(entered[0])
            for field, text in zip((self.first, self.last, self.most), entered[1:], strict=True):
                field.setText(text)

    def policy(self) -> Policy:
        """Return what was entered; raise UsageError, saying what cannot be meant."""
        before = self._before.policy
        context = self.context.text() if self._usage is KeyUsage.ENCRYPT_DECRYPT else ""
        return Policy(
            allow=self._allowed(),
            confirm=self.confirm.isChecked(),
            needs_card=self.needs_card.isChecked(),
            context=_read_context(context),
            not_before=_read(self.first, before.not_before, last=False),
            not_after=_read(self.last, before.not_after, last=True),
            most_uses=_read_count(self.most.text()),
            never_export=self.never_export.isChecked(),
        )

    @property
    def is_free(self) -> bool:
        """Whether what was entered limits nothing; also while it cannot be read."""
        try:
            return self.policy() == FREE
        except UsageError:
            return False

    def _show_operations(self, policy: Policy) -> None:
        layout = self._operations_box.layout()
        while layout is not None and (item := layout.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.operations = []
        groups = groups_of(self._usage)
        for group in groups:
            words = "make data keys" if len(group) > 1 else said_list(group)
            box = QCheckBox(words[0].upper() + words[1:])
            box.setChecked(policy.allow is None or bool(group & policy.allow))
            box.toggled.connect(self._changed)
            self.operations.append((group, box))
            if layout is not None:
                layout.addWidget(box)
        for widget in (self._uses_title, self._operations_box):
            widget.setVisible(len(groups) > 1)

    def _allowed(self) -> frozenset[Operation] | None:
        """What is ticked; of a choice that was left as it was, exactly what it stood for."""
        before = self._before.policy.allow
        if all(box.isChecked() == (before is None or bool(group & before)) for group, box in self.operations):
            return before
        chosen = [group if before is None or not group & before else group & before for group, box in self._ticked()]
        if not chosen:
            raise UsageError(reason="Leave at least one thing that the key may be used for; or disable it.")
        found = frozenset[Operation]().union(*chosen) | (allowable(self._usage) & BY_PUBLIC_HALF)
        return None if found == allowable(self._usage) else found

    def _ticked(self) -> list[tuple[frozenset[Operation], QCheckBox]]:
        return [(group, box) for group, box in self.operations if box.isChecked()]

    def _changed(self, _: object = None) -> None:
        self.changed.emit()


def _field(name: str, example: str) -> QLineEdit:
    made = QLineEdit()
    made.setAccessibleName(name)
    made.setPlaceholderText(example)
    return made


def _caption(text: str, field: QLineEdit, role: str = "strong") -> QLabel:
    made = label(text, "muted" if role == "muted" else "strong")
    made.setBuddy(field)
    return made


def _written(moment: datetime | None, *, last: bool) -> str:
    """A whole day as a day, anything else as a moment with its time zone."""
    if moment is None:
        return ""
    here = moment.astimezone()
    edge = (here + timedelta(seconds=1)).time() if last else here.time()
    return here.date().isoformat() if edge == datetime.min.time() else here.isoformat()


def _read(field: QLineEdit, before: datetime | None, *, last: bool) -> datetime | None:
    text = field.text().strip()
    if not text or text == _written(before, last=last):
        return before if text else None
    try:
        return read_moment(text, last=last)
    except ValueError as error:
        raise UsageError(reason=f"“{text}”: {error}.") from error


def _read_count(text: str) -> int | None:
    given = text.strip()
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) <= len(str(MOST_USES)) and int(given) > 0):
        raise UsageError(reason=f"“{given}” is no number of times.")
    return int(given)


def _read_context(text: str) -> tuple[tuple[str, str | None], ...]:
    found: dict[str, str | None] = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        name, is_pair, value = part.partition("=")
        if name.strip() in found:
            raise UsageError(reason=f"“{name.strip()}” stands there twice.")
        found[name.strip()] = value.strip() if is_pair else None
    return tuple(sorted(found.items()))
