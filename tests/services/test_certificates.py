"""Certificates of keys: taken in, chosen for signing, preferred, removed; each change with its entry."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from signet.audit.entry import Entry, Outcome
from signet.clock import timestamp
from signet.errors import (
    CertificateForOtherKey,
    CertificateNotFound,
    CertificateUnusable,
    FormatUnrecognised,
    KeyNotFound,
    NoCertificate,
    NoSigningCertificate,
    RecordDisagrees,
    TooManyCertificates,
    UsageError,
)
from signet.keys.certificate import CertificateSource
from signet.keys.spec import KeySpec
from signet.keys.state import KeyState
from signet.services import deletion, keys
from signet.services.attention import needs_attention
from signet.services.audit import verify_log
from signet.services.certificates import (
    KeyCertificate,
    Validity,
    certificates_of,
    facts_of_chain,
    prefer_certificate,
    remove_certificate,
    signing_certificates,
    signing_chain,
)
from signet.services.certificates_import import MAX_KEPT, Imported, import_certificate
from signet.services.concerns import Concern
from signet.services.session import Session
from support import pki
from support.clock import SettableClock
from support.key_certificates import certificate_over
from support.vaults import VaultInTest, make_vault

KEY = "contracts"
P256 = KeySpec.ECC_NIST_P256
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def module_clock() -> SettableClock:
    return SettableClock(pki.NOW)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, module_clock: SettableClock) -> Iterator[VaultInTest]:
    made = make_vault(tmp_path_factory.mktemp("certificates"), module_clock)
    with made.open(administer=True) as session:
        keys.create_key(session, KEY, spec=P256)
        keys.create_key(session, "other", spec=P256)
        keys.create_key(session, "files", spec=KeySpec.SYMMETRIC_DEFAULT)
    yield made
    made.workplace.close()


@pytest.fixture
def session(opened: VaultInTest, module_clock: SettableClock) -> Iterator[Session]:
    """The vault, unlocked, its keys without certificates."""
    module_clock.set_wall(pki.NOW)
    with opened.open() as found:
        for key, there in signing_certificates(found).items():
            for each in there:
                remove_certificate(found, key, each.fingerprint)
        yield found


def last(session: Session) -> Entry:
    with session.records.read() as reading:
        entry = reading.audit.entry(reading.audit.head().count)
    assert entry is not None
    return entry


def take(session: Session, *certificates: bytes) -> Imported:
    return import_certificate(session, KEY, certificates[0], chain=certificates[1:])


def test_a_certificate_comes_with_its_chain_and_is_still_there_after_locking(
    opened: VaultInTest, session: Session
) -> None:
    der = certificate_over(session, KEY)
    came = take(session, der, pki.root().pem + pki.issuing().pem + pki.time_stamper().pem)
    (mine,) = came.certificates
    assert (came.new, came.left_out) == (1, 1)
    assert mine.chain == (pki.issuing().der, pki.root().der)
    assert [each.common_name for each in facts_of_chain(mine)] == ["Example Issuing CA", "Example Root"]
    assert (mine.common_name, mine.issuer_name, mine.validity) == (
        "Mari Maasikas",
        "Example Issuing CA",
        Validity.CURRENT,
    )
    assert mine.for_signatures
    assert mine.usual
    assert not mine.preferred
    assert mine.source is CertificateSource.IMPORTED
    entry = last(session)
    assert entry.operation == "AddCertificate"
    assert entry.changes == (f"certificates/{mine.fingerprint}",)
    assert entry.details["subject"] == "CN=Mari Maasikas,O=Example,C=EE"
    session.close()
    with opened.open() as again:
        assert certificates_of(again, KEY) == (mine,)
        assert signing_chain(again, KEY) == (der, pki.issuing().der, pki.root().der)
        assert not verify_log(again)


def test_the_same_again_is_no_second_one_and_may_bring_what_is_above(session: Session) -> None:
    der = certificate_over(session, KEY)
    assert take(session, der).new == 1
    assert signing_chain(session, KEY) == (der,)
    again = take(session, der, pki.issuing().der)
    assert (again.new, len(certificates_of(session, KEY))) == (0, 1)
    assert signing_chain(session, KEY) == (der, pki.issuing().der)
    take(session, der)
    assert signing_chain(session, KEY) == (der, pki.issuing().der)


def test_a_renewed_certificate_takes_over_the_known_chain_and_signs_from_its_day_on(
    session: Session, module_clock: SettableClock
) -> None:
    take(session, certificate_over(session, KEY), pki.issuing().der, pki.root().der)
    renewed = certificate_over(session, KEY, begin=pki.NOW + DAY, end=pki.NOW + 900 * DAY)
    take(session, renewed)
    assert signing_chain(session, KEY)[0] != renewed
    module_clock.advance(2 * DAY.total_seconds())
    assert signing_chain(session, KEY) == (renewed, pki.issuing().der, pki.root().der)
    assert [each.usual for each in certificates_of(session, KEY)] == [True, False]


def test_a_certificate_of_another_key_is_refused_and_its_key_named(session: Session) -> None:
    before = last(session)
    with pytest.raises(CertificateForOtherKey, match="not for the key “contracts”; it fits “other”"):
        take(session, certificate_over(session, "other"))
    with pytest.raises(CertificateForOtherKey, match="Mari Maasikas"):
        take(session, pki.signer().pem + pki.issuing().pem)
    with pytest.raises(CertificateForOtherKey, match="Example Root"):
        take(session, pki.root().pem)
    assert last(session) == before


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        (KEY, b"garbage", FormatUnrecognised),
        (KEY, pki.signer().key_pem, NoCertificate),
        ("files", pki.signer().pem, UsageError),
        ("nobody", pki.signer().pem, KeyNotFound),
    ],
)
def test_what_cannot_be_taken_in_changes_nothing(
    session: Session, name: str, data: bytes, error: type[Exception]
) -> None:
    before = last(session)
    with pytest.raises(error):
        import_certificate(session, name, data)
    assert last(session) == before


def test_there_are_only_so_many_certificates(session: Session) -> None:
    made = [certificate_over(session, KEY, f"Mari {number}") for number in range(MAX_KEPT + 1)]
    assert take(session, made[0], *made[1:MAX_KEPT]).new == MAX_KEPT
    with pytest.raises(TooManyCertificates):
        take(session, made[-1])
    assert take(session, made[0]).new == 0


USUAL: dict[str, tuple[dict[str, tuple[int, int, tuple[str, ...]]], str | None, str]] = {
    "nothing": ({}, None, "has no certificate yet"),
    "ended": ({"old": (-900, -1, pki.SIGNS)}, None, "ended on 2026-11-19"),
    "later": ({"next": (1, 900, pki.SIGNS)}, None, "none of its certificates holds today"),
    "encrypts": ({"mail": (-1, 900, ("key_encipherment",))}, None, "none of its certificates holds today"),
    "logs in": ({"login": (-1, 900, ("digital_signature",))}, None, "--certificate FINGERPRINT"),
    "one": ({"now": (-1, 900, pki.SIGNS)}, "now", ""),
    "newest": ({"a": (-10, 900, pki.SIGNS), "b": (-5, 100, pki.SIGNS), "c": (-20, 2000, pki.SIGNS)}, "b", ""),
    "meant before newer": (
        {"meant": (-10, 900, pki.SIGNS), "login": (-1, 900, ("digital_signature",))},
        "meant",
        "",
    ),
    "not later, not ended": (
        {"old": (-900, -1, pki.SIGNS), "now": (-10, 900, pki.SIGNS), "next": (1, 900, pki.SIGNS)},
        "now",
        "",
    ),
}


@pytest.mark.parametrize("case", USUAL)
def test_the_usual_certificate_is_the_newest_that_holds_and_is_meant_for_it(session: Session, case: str) -> None:
    there, usual, why = USUAL[case]
    made = {
        name: certificate_over(
            session, KEY, name, begin=pki.NOW + begin * DAY, end=pki.NOW + end * DAY, usages=usages
        )
        for name, (begin, end, usages) in there.items()
    }
    if made:
        take(session, *made.values())
    if usual is None:
        with pytest.raises(NoSigningCertificate, match=why):
            signing_chain(session, KEY)
        assert not any(each.usual for each in certificates_of(session, KEY))
    else:
        assert signing_chain(session, KEY) == (made[usual],)
        assert certificates_of(session, KEY)[0].common_name == usual


def named(session: Session, common: str) -> KeyCertificate:
    return next(each for each in certificates_of(session, KEY) if each.common_name == common)


def test_a_choice_is_taken_if_it_can_be_and_refused_with_the_reason(session: Session) -> None:
    spans = {"old": (-900, -1), "next": (1, 900), "now": (-10, 900)}
    for name, (begin, end) in spans.items():
        take(session, certificate_over(session, KEY, name, begin=pki.NOW + begin * DAY, end=pki.NOW + end * DAY))
    take(session, certificate_over(session, KEY, "login", usages=("digital_signature",)))
    take(session, certificate_over(session, KEY, "mail", usages=("key_encipherment",)))
    login = named(session, "login")
    assert login.can_sign
    assert not login.for_signatures
    assert "some programs will not accept" in login.reason
    assert signing_chain(session, KEY, login.fingerprint[:12]) == (login.der,)
    assert signing_chain(session, KEY, ":".join([login.fingerprint[:8].upper()])) == (login.der,)
    for common, why in (
        ("old", "ended on 2026-11-19"),
        ("next", "holds from 2026-11-21 on"),
        ("mail", "not for signatures"),
    ):
        with pytest.raises(CertificateUnusable, match=why):
            signing_chain(session, KEY, named(session, common).fingerprint)
    for wrong in ("0" * 64, login.fingerprint[:7], "what?"):
        with pytest.raises(CertificateNotFound):
            signing_chain(session, KEY, wrong)


def test_the_preferred_one_signs_until_it_ends(session: Session, module_clock: SettableClock) -> None:
    take(session, certificate_over(session, KEY, "old", begin=pki.BEGIN, end=pki.NOW + DAY))
    take(session, certificate_over(session, KEY, "new", begin=pki.BEGIN + DAY))
    take(session, certificate_over(session, KEY, "mail", usages=("key_encipherment",)))
    assert signing_chain(session, KEY)[0] == named(session, "new").der
    chosen = prefer_certificate(session, KEY, named(session, "old").fingerprint)
    assert (chosen.preferred, chosen.usual) == (True, True)
    assert last(session).operation == "PreferCertificate"
    assert signing_chain(session, KEY)[0] == chosen.der
    prefer_certificate(session, KEY, named(session, "new").fingerprint)
    assert [each.common_name for each in certificates_of(session, KEY) if each.preferred] == ["new"]
    prefer_certificate(session, KEY, named(session, "old").fingerprint)
    module_clock.advance(2 * DAY.total_seconds())
    assert signing_chain(session, KEY)[0] == named(session, "new").der
    with pytest.raises(CertificateUnusable):
        prefer_certificate(session, KEY, named(session, "mail").fingerprint)


def test_one_is_removed_and_the_others_stay(session: Session) -> None:
    take(session, certificate_over(session, KEY, "a"), certificate_over(session, KEY, "b"))
    gone = remove_certificate(session, KEY, named(session, "a").fingerprint)
    assert gone.common_name == "a"
    assert last(session).changes == (f"-certificates/{gone.fingerprint}",)
    assert [each.common_name for each in certificates_of(session, KEY)] == ["b"]
    assert remove_certificate(session, KEY, "").common_name == "b"
    for wrong in (gone.fingerprint, ""):
        with pytest.raises(CertificateNotFound):
            remove_certificate(session, KEY, wrong)
    assert not verify_log(session)


def test_certificates_go_with_their_key(opened: VaultInTest, module_clock: SettableClock) -> None:
    with opened.open(administer=True) as session:
        keys.create_key(session, "gone", spec=P256)
        import_certificate(session, "gone", certificate_over(session, "gone"))
        deletion.schedule_deletion(session, "gone", days=7)
        module_clock.advance(8 * DAY.total_seconds())
    with opened.open(administer=True) as session:
        key = deletion.destroy_key(session, "gone", typed="gone").key
        assert key.state is KeyState.PENDING_DELETION
        assert key.id not in signing_certificates(session)
        assert not verify_log(session)


def test_a_row_that_somebody_changed_is_found(session: Session) -> None:
    take(session, certificate_over(session, KEY))
    with session.records.database.transaction() as cursor:
        cursor.execute("UPDATE certificates SET preferred = 1")
    try:
        with pytest.raises(RecordDisagrees, match="certificates/"):
            certificates_of(session, KEY)
    finally:
        with session.records.database.transaction() as cursor:
            cursor.execute("UPDATE certificates SET preferred = 0")
    assert last(session).outcome is Outcome.DONE


def ending(session: Session) -> list[tuple[str, str]]:
    wanted = (Concern.CERTIFICATE_ENDS, Concern.CERTIFICATE_ENDED)
    return [(each.concern.value, each.when) for each in needs_attention(session) if each.concern in wanted]


def test_the_end_of_the_last_certificate_is_told_in_time_until_a_newer_one_is_there(
    session: Session, module_clock: SettableClock
) -> None:
    end = pki.NOW + 400 * DAY
    take(session, certificate_over(session, KEY, begin=pki.BEGIN, end=end))
    take(session, certificate_over(session, KEY, "older", begin=pki.BEGIN, end=pki.NOW + DAY))
    take(session, certificate_over(session, KEY, "login", begin=pki.BEGIN, usages=("digital_signature",)))
    told = timestamp(end)
    assert ending(session) == []
    module_clock.set_wall(end - 60 * DAY)
    assert ending(session) == []
    module_clock.set_wall(end - 59 * DAY)
    assert ending(session) == [("certificate-ends", told)]
    module_clock.set_wall(end + DAY)
    assert ending(session) == [("certificate-ended", told)]
    keys.disable_key(session, KEY)
    assert ending(session) == []
    session.proven()
    keys.enable_key(session, KEY)
    take(session, certificate_over(session, KEY, "next", begin=end + 9 * DAY, end=end + 900 * DAY))
    assert ending(session) == []


def test_what_holds_for_a_month_only_is_told_in_its_last_week(session: Session, module_clock: SettableClock) -> None:
    end = pki.NOW + 28 * DAY
    take(session, certificate_over(session, KEY, begin=pki.NOW, end=end))
    module_clock.set_wall(end - 7 * DAY)
    assert ending(session) == []
    module_clock.set_wall(end - 6 * DAY)
    assert ending(session) == [("certificate-ends", timestamp(end))]
