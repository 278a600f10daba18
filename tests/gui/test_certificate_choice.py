"""The certificate that goes into a signature, chosen: usual ones first, others with the consequence said."""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography.hazmat.primitives.serialization import Encoding
from pytestqt.qtbot import QtBot

from signet.crypto.certificate_facts import read_facts
from signet.gui.pages.certificate_choice import NONE, NONE_MEANT, NONE_NOW, CertificateChoice
from signet.gui.pages.certificate_words import pill_of, purpose, span
from signet.services.certificates_judged import JudgedCertificate
from support import pki
from support.window import nameless_controls

DAY = timedelta(days=1)


def found(
    common: str, usages: tuple[str, ...] = pki.SIGNS, begin: datetime = pki.BEGIN, end: datetime = pki.SIGNERS_END
) -> JudgedCertificate:
    public = pki.signer().key.public_key()
    made = pki.certify(common, public, pki.issuing(), usages=usages, begin=begin, end=end)
    facts = read_facts(made.public_bytes(Encoding.DER))
    return JudgedCertificate(facts, facts.validity(pki.NOW))


LOGIN = ("digital_signature",)


def test_those_meant_for_signing_are_offered_and_others_on_wish(qtbot: QtBot) -> None:
    choice = CertificateChoice()
    qtbot.addWidget(choice)
    choice.show()
    heard: list[str] = []
    choice.turned_to.connect(lambda: heard.append(choice.fingerprint))
    first, second, login = found("Mari"), found("Mari at work"), found("Mari logs in", LOGIN)
    choice.show_certificates(
        [first, second, login, found("Old", end=pki.NOW - DAY), found("Mail", ("key_agreement",))]
    )
    assert nameless_controls(choice) == []
    assert [choice.box.itemText(place) for place in range(choice.box.count())] == [
        "Mari · Example Issuing CA · until 1 Jan 2028",
        "Mari at work · Example Issuing CA · until 1 Jan 2028",
    ]
    assert choice.current == first
    assert choice.hint.text() == "CN=Mari, O=Example, C=EE; until 1 Jan 2028."
    choice.box.setCurrentIndex(1)
    choice.show_all.click()
    assert choice.box.count() == 3
    assert choice.current == second
    choice.box.setCurrentIndex(2)
    assert choice.current == login
    assert "may not bind its holder" in choice.hint.text()
    choice.show_all.click()
    assert choice.current == first
    assert heard[-1] == first.fingerprint
    assert login.fingerprint in heard
    choice.show_certificates([second])
    assert choice.current == second
    assert not choice.show_all.isVisible()
    assert not choice.make_button.isVisible()


def test_without_one_to_offer_it_says_why_and_what_to_do(qtbot: QtBot) -> None:
    choice = CertificateChoice()
    qtbot.addWidget(choice)
    choice.show()
    cases = (
        ((), NONE),
        ((found("Mari logs in", LOGIN),), NONE_MEANT),
        ((found("Old", end=pki.NOW - DAY),), "Its certificate ended on 19 Nov 2026. Make or import a new one."),
        ((found("Old", end=pki.NOW - DAY), found("Next", begin=pki.NOW + DAY)), NONE_NOW),
    )
    for certificates, words in cases:
        choice.show_certificates(certificates)
        assert choice.hint.text() == words
        assert (choice.current, choice.fingerprint) == (None, "")
        assert not choice.box.isVisible()
        assert choice.make_button.isVisible()
        assert choice.show_all.isVisible() is (words == NONE_MEANT)
    with qtbot.waitSignal(choice.certificate_wanted):
        choice.make_button.click()


def test_what_is_said_of_one() -> None:
    now = pki.NOW
    cases = (
        (found("a"), ("Valid", "ok"), "until 1 Jan 2028", "Meant for signing documents."),
        (found("b", end=now + 30 * DAY), ("Ends soon", "warn"), "until 20 Dec 2026", "Meant for signing documents."),
        (found("c", end=now - DAY), ("Ended", "bad"), "ended on 19 Nov 2026", "Meant for signing documents."),
        (
            found("d", begin=now + DAY),
            ("Not yet valid", "warn"),
            "from 21 Nov 2026 to 1 Jan 2028",
            "Meant for signing documents.",
        ),
        (found("e", ("key_agreement",)), ("Valid", "ok"), "until 1 Jan 2028", "Not for signing."),
    )
    for certificate, pill, dates, for_what in cases:
        assert pill_of(certificate, now) == pill
        assert span(certificate) == dates
        assert purpose(certificate) == for_what
