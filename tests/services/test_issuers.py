"""Issuers: trusted after comparing, listed, found, removed; each change with its entry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from signet.crypto.authorities import read_authority
from signet.crypto.certificates import Validity
from signet.documents.facts import SignatureFacts
from signet.errors import (
    FormatUnrecognised,
    IssuerChanged,
    IssuerNotFound,
    IssuerTaken,
    KeyFileUnrecognised,
    NameAmbiguous,
    NotAnIssuer,
    ProofOfPresenceMissing,
    RecordDisagrees,
    UsageError,
)
from signet.services import issuers, people
from signet.services.audit import verify_log
from signet.services.session import PRESENCE_SECONDS, Session
from signet.services.verdicts import SignatureView, Verdict
from support import pki
from support.clock import SettableClock
from support.vaults import VaultInTest, make_vault


@pytest.fixture(scope="module")
def module_clock() -> SettableClock:
    return SettableClock(pki.NOW)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, module_clock: SettableClock) -> Iterator[VaultInTest]:
    made = make_vault(tmp_path_factory.mktemp("issuers"), module_clock)
    yield made
    made.workplace.close()


@pytest.fixture
def session(opened: VaultInTest) -> Iterator[Session]:
    with opened.open(administer=True) as found:
        for each in issuers.list_issuers(found):
            issuers.remove_issuer(found, each.fingerprint)
        yield found


def trust(session: Session, holder: pki.Holder, name: str = "") -> issuers.TrustedIssuer:
    authority = read_authority(holder.der)
    return issuers.add_issuer(session, holder.pem, fingerprint=people.grouped(authority.fingerprint), name=name)


def test_an_issuer_is_trusted_found_and_still_there_after_locking(
    opened: VaultInTest, session: Session, module_clock: SettableClock
) -> None:
    assert issuers.trusted_roots(None) == issuers.trusted_roots(session) == ()
    root, between = trust(session, pki.root()), trust(session, pki.issuing(), "My bank")
    with session.records.read() as reading:
        entry = reading.audit.entry(reading.audit.head().count)
    assert entry is not None
    assert (entry.operation, entry.details["name"]) == (issuers.TRUST_ISSUER, "My bank")
    assert entry.changes == (f"trusted_issuers/{between.fingerprint}",)
    session.close()
    with opened.open() as again:
        assert issuers.list_issuers(again) == [root, between]
        assert issuers.trusted_roots(again) == (pki.root().der, pki.issuing().der)
        for name in ("example  ROOT", root.fingerprint, root.fingerprint[:8].upper()):
            assert issuers.find_issuer(again, name) == root
        views = [issuers.view_of(again, each) for each in (root, between)]
        assert [view.root for view in views] == [True, False]
        assert [view.validity for view in views] == [Validity.CURRENT, Validity.CURRENT]
        for name in ("Example", root.fingerprint[:7], "0" * 64):
            with pytest.raises(IssuerNotFound):
                issuers.find_issuer(again, name)
        # A stop never waits for a PIN, unlike trust.
        module_clock.advance(PRESENCE_SECONDS + 1)
        with pytest.raises(ProofOfPresenceMissing):
            trust(again, pki.root())
        assert issuers.remove_issuer(again, "my bank") == between
        assert issuers.trusted_roots(again) == (pki.root().der,)
        assert not verify_log(again)


def test_what_cannot_be_trusted_changes_nothing(session: Session) -> None:
    kept = trust(session, pki.root())
    signer = pki.signer()
    for data, error in ((signer.der, NotAnIssuer), (b"nothing", FormatUnrecognised), (pki.root().der, IssuerTaken)):
        with pytest.raises(error):
            issuers.add_issuer(session, data, fingerprint=kept.fingerprint)
    with pytest.raises(IssuerChanged):
        issuers.add_issuer(session, pki.issuing().der, fingerprint=kept.fingerprint)
    with pytest.raises(UsageError):
        trust(session, pki.issuing(), "turned\u202eround")
    assert issuers.list_issuers(session) == [kept]
    trust(session, pki.issuing(), kept.name)
    with pytest.raises(NameAmbiguous):
        issuers.find_issuer(session, kept.name)


def test_an_authority_whose_key_usage_forbids_certifying_is_none(session: Session) -> None:
    key = pki.new_key("p256")
    odd = pki.Holder(key, pki.certify("Odd", key.public_key(), pki.root(), usages=("crl_sign",), authority=True))
    with pytest.raises(NotAnIssuer, match="Odd"):
        trust(session, odd)


def test_a_file_is_read_by_its_content(tmp_path: Path) -> None:
    certificate, key = pki.root().write(tmp_path, "root")
    assert issuers.issuer_in_file(str(certificate)).root
    with pytest.raises(KeyFileUnrecognised):
        issuers.issuer_in_file(str(key))


def test_a_row_that_somebody_changed_is_not_believed(session: Session) -> None:
    trust(session, pki.root())
    with session.records.database.transaction() as cursor:
        cursor.execute("UPDATE trusted_issuers SET certificate = ?", (pki.issuing().der,))
    with pytest.raises(RecordDisagrees):
        issuers.trusted_roots(session)
    with session.records.database.transaction() as cursor:
        cursor.execute("UPDATE trusted_issuers SET certificate = ?", (pki.root().der,))


def test_trust_is_offered_for_what_fits_and_is_not_trusted_yet(session: Session) -> None:
    signer = pki.signer()
    chain = (*pki.chain(signer), pki.root().der)

    def offered(**facts: object) -> issuers.TrustOffer:
        found = SignatureFacts(**{"intact": True, "fits": True, "chain": chain, **facts})  # type: ignore[arg-type]
        return issuers.offer_trust(session, SignatureView(Verdict.VALID_UNTRUSTED, "", "", "", "", facts=found))

    offer = offered()
    assert offer.key is not None
    assert (offer.key.content, offer.name) == (signer.spki, "Mari Maasikas")
    assert [each.certificate.der for each in offer.issuers] == [pki.issuing().der, pki.root().der]
    nothing = issuers.TrustOffer(None, "", ())
    for facts in ({"fits": False}, {"intact": None}, {"weak": "SHA-1"}, {"chain": ()}):
        assert offered(**facts) == nothing
    assert issuers.offer_trust(session, SignatureView(Verdict.VALID, "", "", "", "")) == nothing
    people.add_person(session, "Mari", [offer.key])
    trust(session, pki.root())
    again = offered()
    assert again.key is None
    assert [each.certificate.der for each in again.issuers] == [pki.issuing().der]
