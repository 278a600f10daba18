"""One entry of the log, every field of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from signet.audit.canonical import Detail
from signet.gui.design import SPACE
from signet.gui.pages import times
from signet.gui.pages.activity_words import ActivityRow, readable, why
from signet.gui.widgets.buttons import link_button
from signet.gui.widgets.key_values import KeyValues
from signet.gui.widgets.pill import Pill
from signet.gui.widgets.section import Section
from signet.gui.widgets.text import label

_LONG_HEX = re.compile(r"([0-9a-f]{2}){20,}")
_GROUP = 8
"""Hexadecimal digits that stand together, so that a hash can break over lines and be compared by eye."""
_FRONT_ENDS = {"window": "this window", "cli": "the command line"}


class EntryDetails(QWidget):
    """The body of the panel."""

    key_wanted = Signal(str)
    """Carries the id of the key that the person wants to see."""

    def __init__(self, row: ActivityRow, names: Mapping[str, str], ways: Mapping[str, str]) -> None:
        super().__init__()
        self.row = row
        entry = row.entry
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.large)
        column.addWidget(label(row.sentence, "strong", wrap=True, selectable=True))
        head = QHBoxLayout()
        head.addWidget(Pill(row.pill[0], row.pill[1]))
        head.addStretch(1)
        column.addLayout(head)
        if entry.key is not None and entry.key in names:
            show = link_button("Show this key", name=f"Show the key {names[entry.key]}")
            show.clicked.connect(self._show_key)
            head.addWidget(show)
        column.addWidget(Section("What and when", KeyValues(_facts(row, names, ways))))
        if entry.details:
            details = KeyValues((_said(name), _text(value)) for name, value in entry.details.items())
            column.addWidget(Section("Details", details))
        chain = KeyValues([("Entry", str(entry.sequence)), ("Part", str(entry.epoch))])
        for name, value in (("Hash", entry.hash), ("Before it", entry.previous), ("Seal", entry.mac)):
            chain.add(name, grouped(value), role="mono")
        column.addWidget(Section("In the chain", chain))
        if entry.changes:
            rows = "\n".join(readable(change) for change in entry.changes)
            column.addWidget(Section("Rows written with it", label(rows, "mono", wrap=True, selectable=True)))
        column.addStretch(1)

    def _show_key(self) -> None:
        if self.row.entry.key is not None:
            self.key_wanted.emit(self.row.entry.key)


def grouped(value: bytes) -> str:
    """Write bytes in hexadecimal, in groups."""
    text = value.hex()
    return " ".join(text[place : place + _GROUP] for place in range(0, len(text), _GROUP))


def _facts(row: ActivityRow, names: Mapping[str, str], ways: Mapping[str, str]) -> list[tuple[str, str]]:
    entry = row.entry
    facts = [("When", times.full(entry.time)), ("Operation", readable(entry.operation))]
    reason = why(entry.details.get("error"))
    if reason:
        facts.append(("Why", reason))
    if entry.key is not None:
        facts.append(("Key", f"{names.get(entry.key, 'not in the vault any more')}\n{entry.key}"))
    if entry.actor.method:
        facts.append(("Opened by", ways.get(entry.actor.method, f"a way in that is gone ({entry.actor.method[:8]})")))
    facts.append(("Who", readable(entry.actor.user)))
    facts.append(("Where", _FRONT_ENDS.get(entry.actor.front_end, readable(entry.actor.front_end))))
    if entry.of is not None:
        facts.append(("Begun in", f"entry {entry.of}"))
    return facts


def _said(name: str) -> str:
    return readable(name.replace("-", " ").replace("_", " ")).capitalize()


def _text(value: Detail) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and _LONG_HEX.fullmatch(value):
        return grouped(bytes.fromhex(value))
    if isinstance(value, str | int):
        return readable(str(value))
    return readable(json.dumps(value, ensure_ascii=False, sort_keys=True, default=dict))
