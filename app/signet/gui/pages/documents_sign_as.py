"""As whom one signs: which of the key's certificates goes into the signature, or what it means that it has none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from signet.documents.wishes import Form
from signet.gui.design import SPACE
from signet.gui.pages import times
from signet.gui.pages.documents_sign_level import choose_data
from signet.gui.pages.documents_sign_words import NO_CERTIFICATE, UNSUITED, date
from signet.gui.pages.documents_sign_work import AsWhom, CardSigner
from signet.gui.widgets.buttons import link_button
from signet.gui.widgets.forms import choice_box, column
from signet.gui.widgets.section import Section
from signet.gui.widgets.text import label, set_role
from signet.keys.model import Key
from signet.keys.spec import KeySpec
from signet.services.certificates import Validity

SHOW_ALL = "Show all certificates of this key"
_UNSUITED = (KeySpec.ECC_NIST_EDWARDS25519, KeySpec.ECC_SECG_P256K1)
"""Kinds of keys that hardly any program checks in documents (`signet.documents.cms_build.usual_digest`)."""
NONE_MEANT = "None of this key's certificates is meant for signing documents. Show all, or get another one."


class SignAs(QWidget):
    """`changed` when another certificate is chosen; `certificate_wanted` carries a Key that should have one.

    A key on a card that is used without a vault has what the card has; none can be made for it then.
    """

    changed = Signal()
    certificate_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._key: Key | CardSigner | None = None
        self._found: tuple[AsWhom, ...] = ()
        self.names = choice_box("Certificate to sign with")
        self.said = label("", "small", wrap=True)
        self.show_all = QCheckBox(SHOW_ALL)
        self.make_link = link_button("Make or import a certificate…")
        self._section = Section("As", self.names, self.said, self.show_all, self.make_link)
        self._section.body.setSpacing(SPACE.small)
        column(self).addWidget(self._section)
        self.names.activated.connect(self._chosen)
        self.show_all.toggled.connect(self._all_wanted)
        self.make_link.clicked.connect(self._want_one)

    @property
    def certificate(self) -> AsWhom | None:
        """The certificate that is chosen; None if there is none to choose."""
        fingerprint = self.fingerprint
        return next((each for each in self._found if each.fingerprint == fingerprint), None)

    @property
    def fingerprint(self) -> str:
        """Its SHA-256 in hexadecimal, "" without one."""
        return str(self.names.currentData() or "")

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

    def show_key(self, key: Key | CardSigner | None, found: Sequence[AsWhom], wanted: str = "") -> None:
        """Offer the certificates of another key; ``wanted`` is the fingerprint of the one that was chosen last."""
        self._key, self._found = key, tuple(found)
        others = [each for each in found if not each.meant]
        all_wanted = any(each.fingerprint == wanted for each in others)
        self.show_all.blockSignals(True)
        self.show_all.setChecked(all_wanted)
        self.show_all.blockSignals(False)
        self.show_all.setVisible(bool(others))
        self._offer(wanted)

    def show_form(self, form: Form) -> None:
        """Say what concerns a kind of signature: an SSH signature needs no certificate and shows none."""
        ssh = form is Form.SSH
        self.setVisible(self._key is not None)
        certificate = self.certificate
        if not self._suited:
            said, well = UNSUITED, ssh
        elif certificate is None:
            said, well = (NONE_MEANT if self._found else NO_CERTIFICATE), ssh
        else:
            said, well = _about(certificate)
        self.said.setText(said)
        set_role(self.said, "small" if well else "warn")
        self.names.setEnabled(not ssh or not self.usable)
        self.make_link.setVisible(isinstance(self._key, Key) and self._suited)

    @property
    def _suited(self) -> bool:
        """Whether other programs can check a signature by such a key with a certificate."""
        return self._key is None or str(self._key.spec) not in _UNSUITED

    def _offer(self, wanted: str) -> None:
        everything = self.show_all.isChecked()
        self.names.clear()
        for each in self._found:
            if everything or each.meant:
                self.names.addItem(f"{each.facts.common_name} · {each.facts.issuer_name}", each.fingerprint)
        self.names.setVisible(self.names.count() > 0)
        usual = next((each.fingerprint for each in self._found if each.usual), "")
        choose_data(self.names, wanted if self.names.findData(wanted) >= 0 else usual)

    def _all_wanted(self) -> None:
        self._offer(self.fingerprint)
        self.changed.emit()

    def _chosen(self) -> None:
        self.changed.emit()

    def _want_one(self) -> None:
        if isinstance(self._key, Key):
            self.certificate_wanted.emit(self._key)


def _about(certificate: AsWhom) -> tuple[str, bool]:
    """Say who vouches for the name and for how long, and whether that is in order."""
    facts = certificate.facts
    ends = date(times.moment(facts.not_after))
    if certificate.validity is Validity.EXPIRED:
        return f"This certificate ended on {ends}. Nobody accepts what is signed with it now.", False
    if certificate.validity is Validity.NOT_YET:
        return f"This certificate holds from {date(times.moment(facts.not_before))} on, not yet.", False
    issuer = "itself: others have to be told whose it is" if facts.self_signed else facts.issuer_name
    said = f"Issued by {issuer}. Holds until {ends}."
    return (said, True) if certificate.meant else (f"{said} {certificate.reason}", False)
