"""Everything about one person: each key with its fingerprint to compare, whether it was, and its certificate."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.pages import times
from signet.gui.pages.jobs_words import in_lines
from signet.gui.pages.people_model import KINDS, PURPOSES, PeopleSnapshot
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import icon_button, link_button, plain_button, primary_button
from signet.gui.widgets.key_values import KeyValues
from signet.gui.widgets.section import Section
from signet.gui.widgets.text import label
from signet.services.people import KeyView, Person, PersonKey, Validity

HOW = (
    "Call {name} and have them read out the fingerprint that they see. Is it the same as here? Only then is this key "
    "theirs, and not somebody else's."
)
COMPARED = "I compared it: it is the same"
"""What a person ticks below a fingerprint before anything is trusted."""
GROUPS_IN_LINE = 4
VALIDITY = {Validity.CURRENT: "", Validity.EXPIRED: "has expired", Validity.NOT_YET: "is not valid yet"}


def in_groups(fingerprint: str) -> str:
    """A grouped fingerprint in lines of four groups, so that two people can read it to each other."""
    groups = fingerprint.split()
    lines = [groups[at : at + GROUPS_IN_LINE] for at in range(0, len(groups), GROUPS_IN_LINE)]
    return "\n".join(" ".join(line) for line in lines)


def fingerprint_label(fingerprint: str) -> QLabel:
    """A fingerprint, large; read aloud group by group."""
    made = label(in_groups(fingerprint), "code", selectable=True)
    made.setAccessibleName(f"Fingerprint: {fingerprint}")
    return made


class PersonDetails(QWidget):
    """The body of the panel. `same` carries the fingerprint that was found to be the same, `key_gone` one's key."""

    same = Signal(str)
    key_gone = Signal(str)

    def __init__(self, theme: Theme, person: Person, snapshot: PeopleSnapshot, menu: QMenu) -> None:
        super().__init__()
        self._theme = theme
        self.person = person
        self.add_button = plain_button("Add a key…", name=f"Add a key of {person.name}")
        self.more_button = icon_button(theme, "more", f"More about {person.name}")
        self.more_button.setMenu(menu)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.large)
        row = QHBoxLayout()
        row.setSpacing(SPACE.small)
        row.addWidget(self.add_button)
        row.addWidget(self.more_button)
        row.addStretch(1)
        column.addLayout(row)
        if person.note:
            column.addWidget(Section("Note", label(person.note, "body", wrap=True, selectable=True)))
        for key in person.keys:
            column.addWidget(self._section(key, snapshot.views.get(key.fingerprint)))
        column.addStretch(1)

    def _section(self, key: PersonKey, view: KeyView | None) -> Section:
        section = Section(KINDS[key.kind], label(f"{PURPOSES[key.kind]}.", "muted", wrap=True))
        if view is None:
            return section
        section.add(fingerprint_label(view.fingerprint))
        section.add(self._trust(key))
        facts = list(_facts(key, view))
        if facts:
            section.add(KeyValues(facts))
        if view.validity is not None and view.validity is not Validity.CURRENT:
            said = f"The certificate {VALIDITY[view.validity]}. Files can still be encrypted to its key."
            section.add(label(said, "warn", wrap=True))
        if len(self.person.keys) > 1:
            gone = link_button("Remove this key…", name=f"Remove the key {view.fingerprint[:9]}")
            gone.clicked.connect(partial(self._gone, key.fingerprint))
            section.add(gone)
        return section

    def _trust(self, key: PersonKey) -> QWidget:
        """Say when it was compared, or how to, with a button."""
        if key.trusted:
            when = times.date_of(times.moment(key.trusted))
            return label(f"You compared the fingerprint on {when}. Their signatures count as valid.", "ok", wrap=True)
        part = QWidget()
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        column.addWidget(label(HOW.format(name=self.person.name), "small", wrap=True))
        button = primary_button("It is the same", name=f"The fingerprint is the same: {KINDS[key.kind]}")
        button.clicked.connect(partial(self._same, key.fingerprint))
        row = QHBoxLayout()
        row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        return part

    def _same(self, fingerprint: str, _: bool = False) -> None:
        self.same.emit(fingerprint)

    def _gone(self, fingerprint: str, _: bool = False) -> None:
        self.key_gone.emit(fingerprint)


def _facts(key: PersonKey, view: KeyView) -> Iterator[tuple[str, str]]:
    if view.ssh_fingerprint:
        yield "As SSH says it", in_lines(view.ssh_fingerprint, 18)
    if view.recipient.startswith("age1"):
        yield "Recipient", in_lines(view.recipient, 18)
    if key.comment and view.certificate is None:
        yield "Marked as", key.comment
    yield "Added", times.date_of(times.moment(key.added))
    certificate = view.certificate
    if certificate is not None:
        yield "Certificate of", certificate.subject
        yield "Issued by", "itself" if certificate.issuer == certificate.subject else certificate.issuer
        first, last = (times.date_of(times.moment(each)) for each in (certificate.not_before, certificate.not_after))
        yield "Valid", f"{first} to {last}"
