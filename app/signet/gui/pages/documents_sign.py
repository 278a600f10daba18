"""Signing, in a panel: with which key, as whom, how, for how long it can be proven, and where the signature goes."""

from __future__ import annotations

import os
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from signet.documents.pdf_facts import PdfFacts
from signet.documents.wishes import Form, Level, Wish
from signet.gui.design import SPACE
from signet.gui.pages.certificate_words import Offered
from signet.gui.pages.documents_sign_as import SignAs
from signet.gui.pages.documents_sign_card import NO_CARD, NO_VAULT, CardChooser
from signet.gui.pages.documents_sign_level import LevelChoice, choose_data
from signet.gui.pages.documents_sign_locked import LockedPdf
from signet.gui.pages.documents_sign_pdf import PdfChoices
from signet.gui.pages.documents_sign_remembered import Choices
from signet.gui.pages.documents_sign_words import FORMS, Mix, becomes
from signet.gui.pages.documents_sign_work import CardSigner, SignLook
from signet.gui.pages.jobs_keys import FIRST_KEYS, KeyChooser
from signet.gui.pages.jobs_words import name_of
from signet.gui.pages.key_host import KeyForm
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import link_button, plain_button, primary_button
from signet.gui.widgets.forms import choice_box, column
from signet.gui.widgets.section import Section
from signet.gui.widgets.text import label
from signet.keys.model import Key
from signet.keys.state import Operation

MEANING = "A signature shows that a file comes from you and was not changed since. It does not hide what is in it."
NO_KEY = "There is no key that signs and is enabled. Make one, it takes a moment; or enable one on the page Keys."
NEEDS_CERTIFICATE = "needs a certificate"


class SignForm(KeyForm):
    """`sign_wanted` when the person has decided; ``output`` is the signature's path, None for beside the file.

    `looks_changed` when the stamp may look different; `password_given` carries the PDF's own password,
    `certificate_wanted` a Key that needs a certificate, `service_wanted` the address of a time-stamp service.
    """

    sign_wanted = Signal()
    stop_wanted = Signal()
    place_wanted = Signal()
    first_wanted = Signal()
    certificate_wanted = Signal(object)
    service_wanted = Signal(str)
    looks_changed = Signal()
    password_given = Signal(object)

    def __init__(self, theme: Theme, look: SignLook, choices: Choices, reason: str = "") -> None:
        super().__init__(theme)
        self.look, self.paths = look, look.paths
        self.output: str | None = None
        self._mix = Mix(len(look.pdfs), len(look.paths) - len(look.pdfs))
        self._busy = False
        self.chooser: KeyChooser | CardChooser = (
            KeyChooser(theme, look.keys, choices.key) if look.vault else CardChooser(look.cards, choices.key)
        )
        self.sign_as = SignAs(can_make=look.vault)
        self.forms = choice_box("Kind of signature")
        self._form_said = label("", "small", wrap=True)
        self._becomes = label("", "small", wrap=True)
        self.levels = LevelChoice()
        self.pdf = PdfChoices()
        self.locked = LockedPdf()
        self._place = label("", "body", wrap=True)
        self.place_button = link_button("another place…", name="Choose another place for the signature")
        self.place_button.setVisible(len(self.paths) == 1)
        self.sign_button = primary_button("Sign", name=f"Sign {name_of(self.paths)}")
        self.stop_button = plain_button("Cancel", name="Stop signing")
        self.first_button = primary_button("Make a key", name=f"Make the key {FIRST_KEYS[Operation.SIGN]}")
        self._whole = QWidget()
        self._arrange()
        self.able = bool(look.keys or look.cards)
        self.button = self.sign_button if self.able or not look.vault else self.first_button
        self.focus_at: QWidget = self.chooser.list if self.able else self.button
        self.stop_button.hide()
        self._fill(choices, reason)
        self._connect()
        self._key_changed()

    def _arrange(self) -> None:
        rows = column(self, SPACE.large)
        rows.addWidget(self.banner)
        rows.addWidget(label(MEANING, "muted", wrap=True))
        if not self.look.vault:
            rows.addWidget(label(NO_VAULT if self.look.cards else NO_CARD, "body", wrap=True))
        elif not self.look.keys:
            rows.addWidget(label(NO_KEY, "body", wrap=True))
        inside = column(self._whole, SPACE.large)
        inside.addWidget(Section("With the key", self.chooser))
        inside.addWidget(self.sign_as)
        inside.addWidget(Section("How", self.forms, self._form_said, self._becomes))
        self._level_section = Section("How long it can be proven", self.levels)
        inside.addWidget(self._level_section)
        inside.addWidget(self.locked)
        inside.addWidget(self.pdf)
        inside.addWidget(Section("Where the signature goes", self._place, self.place_button))
        rows.addWidget(self._whole)
        rows.addStretch(1)
        self._whole.setVisible(bool(self.look.keys or self.look.cards))

    def _fill(self, choices: Choices, reason: str) -> None:
        for form in self._mix.forms:
            self.forms.addItem(FORMS[form][0], form)
        choose_data(self.forms, self._mix.meant(choices.form))
        self.levels.show_services(self.look.services)
        self.levels.choose(choices.level, choices.service)
        self.pdf.remember(choices, reason)
        self.pdf.show_document(self.look.pdf)
        self.locked.setVisible(self.look.locked)
        if self.look.pdf_error is not None:
            self.banner.show_error(self.look.pdf_error)
        self._certificate = choices.certificate

    def _connect(self) -> None:
        self.sign_button.clicked.connect(self._sign)
        self.stop_button.clicked.connect(self.stop_wanted)
        self.first_button.clicked.connect(self.first_wanted)
        self.place_button.clicked.connect(self.place_wanted)
        self.chooser.chosen.connect(self._sign)
        self.chooser.turned_to.connect(self._key_changed)
        self.sign_as.changed.connect(self._certificate_changed)
        self.sign_as.certificate_wanted.connect(self._want_certificate)
        self.forms.activated.connect(self._form_changed)
        self.levels.changed.connect(self._show)
        self.levels.service_wanted.connect(self.service_wanted)
        self.pdf.changed.connect(self.looks_changed)
        self.locked.given.connect(self.password_given)

    @property
    def form(self) -> Form:
        """The kind of signature that is chosen."""
        return Form(self.forms.currentData())

    @property
    def wish(self) -> Wish:
        """Everything that was chosen."""
        form, certified = self.form, self.form is not Form.SSH
        level = self.levels.level if certified else Level.B
        return Wish(
            form=form,
            level=level,
            certificate=self.sign_as.fingerprint if certified else "",
            timestamp=self.levels.service if level is not Level.B else "",
            pdf=self.pdf.wish if self._mix.inside(form) else Wish().pdf,
        )

    @property
    def choices(self) -> Choices:
        """What is remembered for the next time."""
        key = self.chooser.current
        return Choices(
            key=key.id if key is not None else "",
            certificate=self.sign_as.fingerprint,
            form=self.form,
            level=self.levels.level,
            service=self.levels.service,
            place=self.pdf.place.text().strip(),
            most_readers=self.pdf.most_readers.isChecked(),
            visible=self.pdf.stamp.visible,
            placement=self.pdf.stamp.placement,
        )

    @property
    def place(self) -> str:
        """Where the signature goes, as it stands there."""
        return self._place.text()

    def show_place(self, output: str | None) -> None:
        """Take another place for the signature; None for beside the file."""
        self.output = output
        self._place.setText(output if output is not None else self._usual_place())

    def set_busy(self, busy: bool) -> None:
        """Wait while it is signed: nothing can be chosen, only stopped."""
        self._busy = busy
        for part in (self._whole, self.first_button):
            part.setEnabled(not busy)
        self.sign_button.setText("Signing…" if busy else "Sign")
        self.stop_button.setVisible(busy)
        if busy:
            self.banner.hide()
            self.stop_button.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show()
        if not busy:
            self.sign_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_services(self, found: Sequence[tuple[str, str]], chosen: str) -> None:
        """Offer these time-stamp services, one of them chosen."""
        self.levels.show_services(found, chosen)
        self._show()

    def show_pdf(self, facts: PdfFacts | None) -> None:
        """Show a PDF that was opened with its password; None if that was the wrong one."""
        if facts is None:
            self.locked.refuse()
            return
        self.locked.hide()
        self.pdf.show_document(facts)
        self.forms.setFocus(Qt.FocusReason.OtherFocusReason)
        self.looks_changed.emit()

    def _usual_place(self) -> str:
        if len(self.paths) > 1:
            return f"Beside each of the {len(self.paths)} files"
        return f"Beside the file, as {self.usual_name()}"

    def usual_name(self) -> str:
        """What the one file's signature is called beside it."""
        name = os.path.basename(self.paths[0])
        if self._mix.inside(self.form):
            stem, ending = os.path.splitext(name)
            return f"{stem}-signed{ending}"
        return name + (".sig" if self.form is Form.SSH else ".p7s")

    def _key_changed(self) -> None:
        key = self.chooser.current
        found: Sequence[Offered] = ()
        if key is not None:
            found = key.certificates if isinstance(key, CardSigner) else self.look.certificates.get(key.id, ())
        self.sign_as.show_key(key, found, self._certificate)
        self._certificate_changed()

    def _certificate_changed(self) -> None:
        """A key without a certificate makes SSH signatures; with one, what was chosen before is back."""
        has_one = self.sign_as.usable
        for row, form in enumerate(self._mix.forms):
            title = FORMS[form][0]
            able = has_one or form is Form.SSH
            self.forms.setItemText(row, title if able else f"{title} — {NEEDS_CERTIFICATE}")
        if not has_one:
            choose_data(self.forms, Form.SSH)
        self._show()
        self.looks_changed.emit()

    def _form_changed(self) -> None:
        self._show()
        self.looks_changed.emit()

    def _show(self) -> None:
        form, key = self.form, self.chooser.current
        certified = form is not Form.SSH
        self._form_said.setText(FORMS[form][1])
        said = becomes(self._mix, form)
        self._becomes.setText(said)
        self._becomes.setVisible(bool(said))
        self._level_section.setVisible(certified)
        inside = self._mix.inside(form) == len(self.paths)
        self.levels.show_end(form, self.sign_as.ends, self.look.now, inside=inside)
        self.pdf.setVisible(bool(self._mix.inside(form)))
        self.sign_as.show_form(form)
        if self.output is None:
            self._place.setText(self._usual_place())
        able = key is not None and (not certified or self.sign_as.usable)
        self.sign_button.setEnabled(able and not self._busy)

    def _sign(self, _: object = None) -> None:
        if self.sign_button.isEnabled():
            self.sign_wanted.emit()

    def _want_certificate(self, key: Key) -> None:
        self.certificate_wanted.emit(key)
