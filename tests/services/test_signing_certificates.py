"""Signing with certificates: CAdES beside any file, judged by OpenSSL and gpgsm; which form a wish comes to."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from signet.audit.entry import Outcome
from signet.documents.cms_build import build_cms
from signet.documents.wishes import Form, Level, PdfWish, Wish
from signet.errors import (
    Cancelled,
    CertificateNotFound,
    CertificateUnusable,
    KeyUnsuited,
    NoSigningCertificate,
    OutputExists,
    ServiceRefused,
    SignetError,
    SourceChanged,
    SourceUnsupported,
    UsageError,
)
from signet.keys.model import Key
from signet.keys.spec import KeySpec
from signet.keys.state import KeyState
from signet.services import keys, signing_makers
from signet.services.audit import list_entries, verify_log
from signet.services.certificates import certificates_of
from signet.services.certificates_import import import_certificate
from signet.services.files_items import Item
from signet.services.raw_signing import RawForm
from signet.services.session import Session
from signet.services.signed_documents import known_documents
from signet.services.signing import sign_files
from support import pki, tsa
from support.clock import SettableClock
from support.cms_judges import gpgsm_says, openssl_says
from support.files import leftovers, set_state
from support.key_certificates import certificate_over
from support.pdf import tiny_pdf
from support.vaults import make_vault

P256, P384, RSA, ED25519 = (
    KeySpec.ECC_NIST_P256,
    KeySpec.ECC_NIST_P384,
    KeySpec.RSA_2048,
    KeySpec.ECC_NIST_EDWARDS25519,
)
CMS = Wish(form=Form.CMS)
STAMPED = Wish(form=Form.CMS, level=Level.T)
WAYS = {"p256": CMS, "p384": CMS, "rsa": CMS, "rsa-pss": replace(CMS, pss=True)}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """One vault with certified keys: ``p256``, ``p384``, ``rsa``, and others whose certificates will not do."""
    clock = SettableClock(datetime(2026, 11, 22, 12, tzinfo=UTC))
    made = make_vault(tmp_path_factory.mktemp("signing"), clock)
    with made.open() as opened:
        for alias, spec in (("p256", P256), ("p384", P384), ("rsa", RSA)):
            keys.create_key(opened, alias, spec=spec)
            import_certificate(opened, alias, certificate_over(opened, alias), chain=[pki.issuing().der])
        keys.create_key(opened, "plain", spec=P256)
        keys.create_key(opened, "ended", spec=P256)
        early = datetime(2026, 11, 1, tzinfo=UTC)
        import_certificate(opened, "ended", certificate_over(opened, "ended", end=early))
        keys.create_key(opened, "login", spec=P256)
        for_login = certificate_over(opened, "login", usages=("digital_signature",))
        import_certificate(opened, "login", for_login, chain=[pki.issuing().der])
        keys.create_key(opened, "edwards", spec=ED25519)
        yield opened
    made.workplace.close()


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.odt"
    path.write_bytes(b"we agree\n" * 1000)
    return path


def signed(session: Session, path: Path, key: str, wish: Wish = CMS, **more: object) -> Path:
    (item,) = sign_files(session, [str(path)], key=key, wish=wish, **more)  # type: ignore[arg-type]
    assert item.error is None, item.error
    assert item.output is not None
    return Path(item.output)


def refused(session: Session, path: Path, key: str, wish: Wish) -> SignetError:
    with pytest.raises(SignetError) as caught:
        sign_files(session, [str(path)], key=key, wish=wish)
    assert leftovers(path.parent) == []
    return caught.value


def error_of(item: Item) -> SignetError:
    assert item.error is not None
    return item.error


@pytest.mark.parametrize("way", WAYS)
def test_openssl_and_gpgsm_accept_what_is_signed_with_a_key_of_the_vault(
    shared: Session, letter: Path, tmp_path: Path, way: str
) -> None:
    signature = signed(shared, letter, way.removesuffix("-pss"), WAYS[way])
    assert signature == letter.with_name("letter.odt.p7s")
    assert "CAdES Verification successful" in openssl_says(tmp_path, signature, letter)
    assert "Good signature from" in gpgsm_says(tmp_path, signature, letter)
    letter.write_bytes(b"we do not\n")
    assert openssl_says(tmp_path, signature, letter) == ""
    assert gpgsm_says(tmp_path, signature, letter) == ""


def test_a_batch_is_one_decision_and_says_how_each_was_signed(shared: Session, tmp_path: Path) -> None:
    (tmp_path / "lease.pdf").write_bytes(tiny_pdf(1))
    (tmp_path / "notes.txt").write_bytes(b"notes")
    paths = [str(tmp_path / name) for name in ("lease.pdf", "notes.txt", "missing")]
    items = sign_files(shared, [*paths, paths[1]], key="p256")
    assert [item.status for item in items] == ["done", "done", "failed", "skipped"]
    assert [item.output for item in items[:2]] == [
        str(tmp_path / "lease-signed.pdf"),
        str(tmp_path / "notes.txt.p7s"),
    ]
    failed, second, first, allowed = list_entries(shared, 4)
    assert (allowed.outcome, allowed.details["format"]) == (Outcome.ALLOWED, "auto")
    assert [entry.details["format"] for entry in (first, second)] == ["pdf", "cms"]
    assert failed.outcome is Outcome.FAILED
    made = Path(paths[1] + ".p7s").read_bytes()
    assert second.details["signature-sha256"] == hashlib.sha256(made).hexdigest()
    certificate = cms.ContentInfo.load(made)["content"]["certificates"][0].dump()
    assert second.details["certificate"] == hashlib.sha256(certificate).hexdigest()
    assert verify_log(shared) == ()


def test_a_pdf_can_be_signed_as_any_file_and_no_other_as_a_pdf(shared: Session, tmp_path: Path, letter: Path) -> None:
    lease = tmp_path / "lease.pdf"
    lease.write_bytes(tiny_pdf(1))
    signature = signed(shared, lease, "p256")
    assert signature == tmp_path / "lease.pdf.p7s"
    assert "Good signature" in gpgsm_says(tmp_path, signature, lease)
    (item,) = sign_files(shared, [str(letter)], key="p256", wish=Wish(form=Form.PDF))
    assert isinstance(error_of(item), SourceUnsupported)
    assert "--format cms" in error_of(item).message


def test_without_a_certificate_it_is_ssh_and_what_needs_one_says_how_to_get_one(
    shared: Session, letter: Path
) -> None:
    assert signed(shared, letter, "plain", Wish()).name == "letter.odt.sig"
    assert signed(shared, letter, "p256", Wish(form=Form.SSH), overwrite=True).name == "letter.odt.sig"
    wishes = (CMS, Wish(form=Form.PDF), Wish(level=Level.T), Wish(pdf=PdfWish(reason="because")), Wish(pss=True))
    for wish in wishes:
        error = refused(shared, letter, "plain", wish)
        assert isinstance(error, NoSigningCertificate)
        assert "signet certificate plain" in error.hint
    entry = list_entries(shared, 1)[0]
    assert (entry.outcome, entry.details["error"]) == (Outcome.REFUSED, "NoSigningCertificate")


def test_a_certificate_that_ended_never_signs_and_is_no_reason_for_another_form(
    shared: Session, letter: Path
) -> None:
    for wish in (Wish(), CMS):
        error = refused(shared, letter, "ended", wish)
        assert isinstance(error, NoSigningCertificate)
        assert "ended on 2026-11-01" in error.message
    assert signed(shared, letter, "ended", Wish(form=Form.SSH)).name == "letter.odt.sig"


def test_a_certificate_not_meant_for_documents_signs_only_if_it_is_chosen(
    shared: Session, letter: Path, tmp_path: Path
) -> None:
    assert signed(shared, letter, "login", Wish()).name == "letter.odt.sig"
    error = refused(shared, letter, "login", CMS)
    assert "--certificate" in error.message
    wish = replace(CMS, certificate=certificates_of(shared, "login")[0].fingerprint[:16])
    assert "Good signature" in gpgsm_says(tmp_path, signed(shared, letter, "login", wish), letter)
    assert isinstance(refused(shared, letter, "p256", wish), CertificateNotFound), "a certificate of another key"
    chosen = replace(CMS, certificate=certificates_of(shared, "ended")[0].fingerprint)
    assert isinstance(refused(shared, letter, "ended", chosen), CertificateUnusable)


def test_a_kind_of_key_that_others_cannot_verify_signs_by_ssh(shared: Session, letter: Path) -> None:
    session = shared
    import_certificate(session, "edwards", _over_edwards(session))
    assert signed(session, letter, "edwards", Wish()).name == "letter.odt.sig"
    for wish in (CMS, Wish(level=Level.T)):
        error = refused(session, letter, "edwards", wish)
        assert isinstance(error, KeyUnsuited)
        assert "--format ssh" in error.hint


def _over_edwards(session: Session) -> bytes:
    """A certificate of the issuing authority over the Ed25519 key; `pki.certify` makes them for any."""
    public = load_der_public_key(keys.public_key(session, "edwards"))
    return pki.certify("Mari", public, pki.issuing()).public_bytes(Encoding.DER)  # type: ignore[arg-type]


def test_what_does_not_go_together_is_said_before_anything_is_decided(shared: Session, letter: Path) -> None:
    before = list_entries(shared, 1)
    for key, wish in (
        ("p256", replace(CMS, pss=True)),
        ("p256", STAMPED),
        ("p256", Wish(form=Form.SSH, level=Level.T)),
        ("p256", Wish(form=Form.RAW, certificate="12345678")),
    ):
        assert isinstance(refused(shared, letter, key, wish), UsageError), wish
    with pytest.raises(UsageError):
        sign_files(shared, [str(letter)], key="p256", wish=Wish(pss=True), raw=RawForm())
    assert list_entries(shared, 1) == before


def test_a_time_stamp_goes_along_and_one_that_is_refused_leaves_nothing(
    shared: Session, letter: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"2")
    now = shared.workplace.clock.now()
    with tsa.time_stamps(now) as service:
        wish = replace(STAMPED, timestamp=service.url)
        signature = signed(shared, letter, "p384", wish)
        (signer,) = cms.ContentInfo.load(signature.read_bytes())["content"]["signer_infos"]
        (attribute,) = signer["unsigned_attrs"]
        assert attribute["type"].native == "signature_time_stamp_token"
        assert "CAdES" in openssl_says(tmp_path, signature, letter)
        assert "Good signature" in gpgsm_says(tmp_path, signature, letter)
        done, allowed = list_entries(shared, 2)
        assert (done.details["level"], allowed.details["service"]) == ("b-t", service.url)
        host = service.url.split("/")[2]
        assert done.details["asked"] == [f"{host}: a time stamp"], "whom Signet asked is in the log"
        (item,) = sign_files(shared, [str(other)], key="p256", wish=replace(wish, level=Level.LTA))
        assert isinstance(error_of(item), UsageError)
    signature.unlink()
    with tsa.time_stamps(now, tsa.Twist(status=2, text="no")) as service:
        wish = replace(STAMPED, timestamp=service.url)
        items = sign_files(shared, [str(letter), str(other)], key="p256", wish=wish)
        assert [type(item.error) for item in items] == [ServiceRefused, ServiceRefused]
        assert len(service.asked) == 1, "a service that refused is not asked for every file"
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file() and path.suffix == ".p7s") == []
    assert leftovers(tmp_path) == []


def test_what_was_signed_is_known_with_the_end_of_its_proof(shared: Session, letter: Path) -> None:
    signature = signed(shared, letter, "p256")
    (known,) = (each for each in known_documents(shared) if each.record.path == str(signature))
    assert (known.key, known.record.source, known.record.form) == ("p256", str(letter), "cms")
    assert known.record.provable_until == "2028-01-01T00:00:00Z"
    assert known.record.sha256 == hashlib.sha256(signature.read_bytes()).digest()
    assert known.record.signer == "Mari Maasikas"
    with tsa.time_stamps(shared.workplace.clock.now()) as service:
        signed(shared, letter, "p256", replace(STAMPED, timestamp=service.url), overwrite=True)
    (known,) = (each for each in known_documents(shared) if each.record.path == str(signature))
    assert (known.record.level, known.record.provable_until) == ("b-t", "2046-01-01T00:00:00Z")
    by_ssh = signed(shared, letter, "plain", Wish())
    assert str(by_ssh) not in {each.record.path for each in known_documents(shared)}


def test_a_pdf_is_signed_with_revocation_inside_in_one_go(shared: Session, tmp_path: Path) -> None:
    lease = tmp_path / "lease.pdf"
    lease.write_bytes(tiny_pdf(1))
    lists = {"/root.crl": pki.crl(pki.root())}

    def answer(_method: str, path: str, _body: bytes) -> tsa.Answer:
        return tsa.Answer(lists[path], content_type="application/pkix-crl")

    with tsa.serving(answer) as crls:
        top, below = (crls.url.replace("/tsa", name) for name in ("/root.crl", "/below.crl"))
        between = pki.new_key("p256")
        usages = ("key_cert_sign", "crl_sign")
        end = pki.AUTHORITIES_END
        above = pki.certify(
            "Between", between.public_key(), pki.root(), end=end, usages=usages, authority=True, crl_url=top
        )
        authority = pki.Holder(between, above)
        lists["/below.crl"] = pki.crl(authority)
        public = load_der_public_key(keys.public_key(shared, keys.create_key(shared, "long", spec=P256).alias))
        assert isinstance(public, ec.EllipticCurvePublicKey)
        own = pki.certify("Mari", public, authority, crl_url=below)
        import_certificate(shared, "long", own.public_bytes(Encoding.DER), chain=[authority.der, pki.root().der])
        stamping = pki.new_key("p256")
        extended = (ExtendedKeyUsageOID.TIME_STAMPING,)
        by = pki.certify("Stamper", stamping.public_key(), authority, end=end, crl_url=below, extended=extended)
        with tsa.time_stamps(shared.workplace.clock.now(), by=pki.Holder(stamping, by)) as service:
            made = signed(shared, lease, "long", Wish(level=Level.LT, timestamp=service.url))
    assert made.name == "lease-signed.pdf"
    assert b"/DSS" in made.read_bytes()
    (known,) = (each for each in known_documents(shared) if each.record.path == str(made))
    assert (known.record.level, known.record.source) == ("b-lt", str(made))
    assert known.record.provable_until == "2046-01-01T00:00:00Z"


def test_nothing_is_overwritten_and_a_cancel_or_a_change_leaves_nothing(
    shared: Session, letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = letter.with_name("letter.odt.p7s")
    place.write_bytes(b"precious")
    (item,) = sign_files(shared, [str(letter)], key="p256", wish=CMS)
    assert isinstance(error_of(item), OutputExists)
    assert place.read_bytes() == b"precious"
    place.unlink()
    asked = iter(range(10))
    (item,) = sign_files(shared, [str(letter)], key="p256", wish=CMS, cancelled=lambda: next(asked) >= 1)
    assert isinstance(error_of(item), Cancelled)

    def changed_meanwhile(*arguments: object, **more: object) -> bytes:
        letter.write_bytes(b"something else")
        return build_cms(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(signing_makers, "build_cms", changed_meanwhile)
    (item,) = sign_files(shared, [str(letter)], key="p256", wish=CMS)
    assert isinstance(error_of(item), SourceChanged)
    assert not place.exists()
    assert leftovers(letter.parent) == []


def test_progress_comes_in_pieces_and_output_names_the_result(shared: Session, tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.write_bytes(bytes(3 << 20))
    seen: list[tuple[int, int]] = []
    out = tmp_path / "elsewhere.p7s"
    wanted = signed(shared, large, "p256", output=str(out), progress=lambda done, total: seen.append((done, total)))
    assert wanted == out
    assert seen == [(1 << 20, 3 << 20), (2 << 20, 3 << 20), (3 << 20, 3 << 20)]
    assert "CAdES" in openssl_says(tmp_path, out, large)


def test_a_key_that_may_not_sign_is_refused_at_the_door(shared: Session, letter: Path) -> None:
    made: Key = keys.create_key(shared, "resting", spec=P256)
    set_state(shared, made, KeyState.DISABLED)
    error = refused(shared, letter, "resting", CMS)
    assert type(error).__name__ == "KeyStateRefused", "not that it has no certificate"


def test_what_ssh_keygen_verifies_is_as_before(shared: Session, letter: Path) -> None:
    signature = signed(shared, letter, "p256", Wish(form=Form.SSH))
    words = ["ssh-keygen", "-Y", "check-novalidate", "-n", "file", "-s", str(signature)]
    with letter.open("rb") as source:
        done = subprocess.run(words, stdin=source, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
