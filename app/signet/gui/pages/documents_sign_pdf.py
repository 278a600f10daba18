"""What is asked for PDFs alone: where the signature shows, why and where it was made, what others may do then."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from signet.documents.pdf_facts import PdfFacts
from signet.documents.wishes import Certify, PdfWish
from signet.gui.design import SPACE
from signet.gui.pages.documents_sign_level import choose_data
from signet.gui.pages.documents_sign_remembered import Choices
from signet.gui.pages.documents_sign_stamp import StampChoice
from signet.gui.pages.documents_sign_words import ALREADY_SIGNED, CERTIFY, MOST_READERS, MOST_READERS_SAID, OBSTACLE
from signet.gui.widgets.buttons import link_button
from signet.gui.widgets.forms import caption, choice_box, column
from signet.gui.widgets.section import Section
from signet.gui.widgets.text import label
from signet.services.files_inspect import shown

LONGEST = 200
"""Characters of a reason and of a place; longer ones fit no stamp."""


class PdfChoices(QWidget):
    """`changed` when anything that shows on the page is another."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.stamp = StampChoice()
        self.obstacle = label("", "warn", wrap=True)
        self.obstacle.hide()
        self.reason, self.place = QLineEdit(), QLineEdit()
        for field, name, example in (
            (self.reason, "Reason", "I agree to this contract"),
            (self.place, "Place", "Tallinn"),
        ):
            field.setAccessibleName(name)
            field.setPlaceholderText(example)
            field.setMaxLength(LONGEST)
            field.textChanged.connect(self.changed)
        self.certify = choice_box("What others may do after you signed")
        for level, words in CERTIFY.items():
            self.certify.addItem(words, level)
        self.signed_before = label(ALREADY_SIGNED, "small", wrap=True)
        self.most_readers = QCheckBox(MOST_READERS)
        self.more = link_button("More about the PDF…", name="More choices for the PDF")
        self._more = QWidget()
        rows = column(self._more)
        rows.addWidget(caption("Others may then", self.certify))
        rows.addWidget(self.certify)
        rows.addWidget(self.signed_before)
        rows.addSpacing(SPACE.small)
        rows.addWidget(self.most_readers)
        rows.addWidget(label(MOST_READERS_SAID, "small", wrap=True))
        whole = column(self, SPACE.large)
        whole.addWidget(self.obstacle)
        whole.addWidget(Section("Where it shows", self.stamp))
        why = QWidget()
        lines = column(why)
        for name, field in (("Reason (if you like)", self.reason), ("Place (if you like)", self.place)):
            lines.addWidget(caption(name, field))
            lines.addWidget(field)
        whole.addWidget(why)
        whole.addWidget(self.more)
        whole.addWidget(self._more)
        self._more.hide()
        self.signed_before.hide()
        self.more.clicked.connect(self._open_more)
        self.stamp.changed.connect(self.changed)

    @property
    def wish(self) -> PdfWish:
        """What was chosen. Of several PDFs no stamp is in it: where it goes depends on each one's pages."""
        return PdfWish(
            reason=self.reason.text().strip(),
            place=self.place.text().strip(),
            field=self.stamp.field,
            certify=Certify(self.certify.currentData()),
            most_readers=self.most_readers.isChecked(),
            stamp=self.stamp.stamp,
        )

    def remember(self, choices: Choices, reason: str) -> None:
        """Begin with what was chosen last time."""
        self.place.setText(choices.place)
        self.reason.setText(reason)
        self.most_readers.setChecked(choices.most_readers)
        self.stamp.remember(choices.placement, visible=choices.visible)
        if choices.most_readers:
            self._open_more()

    def show_document(self, facts: PdfFacts | None) -> None:
        """Take over what is known of the one PDF that is signed; None for several, or if it could not be read."""
        if facts is None:
            self.stamp.show_document((), (), may_add=True)
            return
        pages = [(page.width, page.height) for page in facts.pages]
        empty = [(each.name, shown(each.name)) for each in facts.fields if not each.filled and not each.obstacle]
        self.stamp.show_document(pages, empty, may_add=not facts.no_new_field, no_stamp=facts.no_new_stamp)
        obstacle = facts.obstacle or ("" if empty else facts.no_new_field)
        self.obstacle.setText(OBSTACLE.format(reason=obstacle))
        self.obstacle.setVisible(bool(obstacle))
        self.certify.setEnabled(facts.may_certify)
        self.signed_before.setVisible(not facts.may_certify)
        if not facts.may_certify:
            choose_data(self.certify, Certify.NO)

    def _open_more(self) -> None:
        self._more.show()
        self.more.hide()
