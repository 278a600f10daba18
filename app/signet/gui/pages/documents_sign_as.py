"""As whom one signs: which of the key's certificates goes into the signature, or what it means that it has none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from signet.documents.wishes import Form
from signet.gui.design import SPACE
from signet.gui.pages import times
from signet.gui.pages.certificate_choice import CertificateChoice
from signet.gui.pages.certificate_words import Offered
from signet.gui.pages.documents_sign_words import NO_CERTIFICATE, UNSUITED
from signet.gui.pages.documents_sign_work import CardSigner
from signet.gui.widgets.forms import column
from signet.gui.widgets.section import Section
from signet.gui.widgets.text import label, set_role
from signet.keys.model import Key
from signet.keys.spec import KeySpec

_UNSUITED = (KeySpec.ECC_NIST_EDWARDS25519, KeySpec.ECC_SECG_P256K1)
"""Kinds of keys that hardly any program checks in documents (`signet.documents.cms_build.usual_digest`)."""


class SignAs(QWidget):
    """`changed` when another certificate is chosen; `certificate_wanted` carries a Key that should have one.

    A key on a card that is used without a vault has what the card has; none can be made for it then.
    """

    changed = Signal()
    certificate_wanted = Signal(object)

    def __init__(self, *, can_make: bool) -> None:
        super().__init__()
        self._key: Key | CardSigner | None = None
        self._none = True
        self.choice = CertificateChoice(can_make=can_make)
        self.said = label("", "small", wrap=True)
        section = Section("As", self.choice, self.said)
        section.body.setSpacing(SPACE.small)
        column(self).addWidget(section)
        self.choice.turned_to.connect(self.changed)
        self.choice.certificate_wanted.connect(self._want_one)

    @property
    def certificate(self) -> Offered | None:
        """The certificate that is chosen; None if there is none to choose."""
        return self.choice.current

    @property
    def fingerprint(self) -> str:
        """Its SHA-256 in hexadecimal, "" without one."""
        return self.choice.fingerprint

    @property
    def usable(self) -> bool:
        """Whether a signature with a certificate can be made now."""
        certificate = self.certificate
        return self._suited and certificate is not None and certificate.can_sign

    @property
    def ends(self) -> datetime | None:
        """Until when the chosen certificate holds."""
        certificate = self.certificate
        return None if certificate is None else times.moment(certificate.facts.not_after)

    @property
    def name(self) -> str:
        """What to call who signs, by the certificate; the key's own name without one."""
        certificate = self.certificate
        if certificate is not None:
            return certificate.facts.common_name
        return self._key.alias if self._key is not None else ""

    def show_key(self, key: Key | CardSigner | None, found: Sequence[Offered], wanted: str = "") -> None:
        """Offer the certificates of another key; ``wanted`` is the fingerprint of the one that was chosen last."""
        self._key, self._none = key, not found
        others = any(each.fingerprint == wanted and not each.for_signatures for each in found)
        self.choice.blockSignals(True)
        self.choice.show_all.setChecked(others)
        self.choice.show_certificates(found)
        place = self.choice.box.findData(wanted)
        if place >= 0:
            self.choice.box.setCurrentIndex(place)
        self.choice.blockSignals(False)

    def show_form(self, form: Form) -> None:
        """Say what concerns a kind of signature: an SSH signature needs no certificate and shows none."""
        self.setVisible(self._key is not None)
        self.choice.setVisible(self._suited)
        said = UNSUITED if not self._suited else NO_CERTIFICATE if self._none else ""
        self.said.setText(said)
        self.said.setVisible(bool(said))
        set_role(self.said, "small" if form is Form.SSH else "warn")

    @property
    def _suited(self) -> bool:
        """Whether other programs can check a signature by such a key with a certificate."""
        return self._key is None or str(self._key.spec) not in _UNSUITED

    def _want_one(self) -> None:
        if isinstance(self._key, Key):
            self.certificate_wanted.emit(self._key)
