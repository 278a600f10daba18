"""Certificates and requests made with keys of the vault and of tokens, and what comes back from an authority."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from signet.audit.entry import Outcome
from signet.crypto.x509_making import BACKDATED
from signet.errors import (
    CertificateKindRefused,
    KeyStateRefused,
    KeyUsesSpent,
    OperationNotAllowed,
    OutputExists,
    SecretMissing,
    TooManyCertificates,
    UsageError,
)
from signet.formats import sshkey, sshsig
from signet.keys.certificate import CertificateSource
from signet.keys.policy import Policy
from signet.keys.spec import KeySpec, KeyUsage, Protection
from signet.keys.state import Operation
from signet.services import adopting, importing, keys, policies, tokens
from signet.services.audit import list_entries, verify_log
from signet.services.certificates import certificates_of, signing_chain
from signet.services.certificates_import import MAX_KEPT, import_certificate
from signet.services.certificates_making import (
    DEFAULT_DAYS,
    MAX_DAYS,
    CertificateWish,
    can_be_certified,
    make_request,
    make_self_signed,
    write_certificate,
    write_request,
)
from signet.services.enrolment import NewToken
from signet.services.methods import add_method
from signet.services.prompt import SecretKind
from signet.services.session import Session
from support import pki
from support.clock import SettableClock
from support.files import leftovers
from support.key_certificates import certificate_over
from support.vaults import VaultInTest, make_vault

PIN = "648219"
PKCS8 = PrivateFormat.PKCS8
MARI = CertificateWish("CN=Mari Maasikas,O=Acme,C=EE", "mari@example.ee")
CARD_KINDS = {
    "card-p256": KeySpec.ECC_NIST_P256,
    "card-rsa": KeySpec.RSA_2048,
    "card-ed": KeySpec.ECC_NIST_EDWARDS25519,
}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VaultInTest]:
    """A vault with keys of its own and on a software token that opens it, too."""
    vault = make_vault(tmp_path_factory.mktemp("making"), SettableClock(pki.NOW))
    vault.prompt.answers |= dict.fromkeys((SecretKind.NEW_PIN, SecretKind.TOKEN_PIN, SecretKind.PIN), PIN)
    token = tokens.init_software(vault.workplace, "card")
    with vault.open(administer=True) as session:
        add_method(session, NewToken(token.label))
        for name, spec in CARD_KINDS.items():
            keys.create_key(session, name, spec=spec, protection=Protection.TOKEN, token=token.label)
        keys.create_key(session, "contracts", spec=KeySpec.ECC_NIST_P256)
        keys.create_key(session, "files", spec=KeySpec.SYMMETRIC_DEFAULT)
        keys.create_key(session, "bitcoin", spec=KeySpec.ECC_SECG_P256K1)
        keys.create_key(session, "agree", spec=KeySpec.ECC_NIST_P256, usage=KeyUsage.KEY_AGREEMENT)
    yield vault
    vault.workplace.close()


@pytest.fixture
def session(opened: VaultInTest) -> Iterator[Session]:
    with opened.open(administer=True) as found:
        yield found


def openssl(folder: Path, *words: str) -> str:
    done = subprocess.run(["openssl", *words], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("key", ["contracts", *CARD_KINDS])
def test_a_certificate_of_its_own_is_made_kept_and_accepted_by_openssl(
    session: Session, tmp_path: Path, key: str
) -> None:
    made = make_self_signed(session, key, MARI)
    assert made.usual
    assert made.self_signed
    assert made.source is CertificateSource.SELF_SIGNED
    assert made.subject == "CN=Mari Maasikas,O=Acme,C=EE"
    assert made.facts.emails == ("mari@example.ee",)
    assert (made.not_before, made.not_after) == ("2026-11-20T13:57:00Z", "2029-11-20T14:02:00Z")
    assert signing_chain(session, key) == (made.der,)
    path = write_certificate(session, key, "", str(tmp_path / "own.pem"))
    at = str(int(pki.NOW.timestamp()))
    assert "OK" in openssl(tmp_path, "verify", "-check_ss_sig", "-attime", at, "-CAfile", "own.pem", "own.pem")
    # The card that opens the vault signs the log, too, before it is logged out.
    entries = [each for each in list_entries(session, 5) if each.operation != "SignCheckpoint"][:4]
    assert [(each.operation, each.outcome) for each in entries] == [
        ("ExportCertificate", Outcome.DONE),
        ("AddCertificate", Outcome.DONE),
        ("Sign", Outcome.DONE),
        ("Sign", Outcome.ALLOWED),
    ]
    assert entries[0].details["path"] == path
    assert entries[2].details["certificate"] == made.fingerprint
    assert entries[3].details["subject"] == made.subject


@pytest.mark.parametrize("key", ["contracts", *CARD_KINDS])
def test_a_request_goes_to_an_authority_and_its_answer_comes_back_with_the_chain(
    session: Session, tmp_path: Path, key: str
) -> None:
    made = make_request(session, key, CertificateWish("Mari Maasikas", "mari@example.ee"))
    assert list_entries(session, 1)[0].operation == "RequestCertificate"
    write_request(session, made, str(tmp_path / "own.csr"))
    assert "verify OK" in openssl(tmp_path, "req", "-verify", "-noout", "-in", "own.csr")
    pki.issuing().write(tmp_path, "issuing")
    (tmp_path / "root.pem").write_bytes(pki.root().pem)
    (tmp_path / "usage").write_text("keyUsage=critical,nonRepudiation\n")
    openssl(
        tmp_path,
        *("x509", "-req", "-in", "own.csr", "-CA", "issuing.pem", "-CAkey", "issuing.key", "-days", "3650"),
        *("-set_serial", "7", "-extfile", "usage", "-out", "own.pem"),
    )
    openssl(
        tmp_path,
        *("crl2pkcs7", "-nocrl", "-certfile", "own.pem", "-certfile", "issuing.pem", "-certfile", "root.pem"),
        *("-out", "answer.p7b"),
    )
    (came,) = import_certificate(session, key, (tmp_path / "answer.p7b").read_bytes()).certificates
    assert came.source is CertificateSource.ANSWER
    assert came.for_signatures
    assert (came.common_name, came.issuer_name) == ("Mari Maasikas", "Example Issuing CA")
    assert came.chain == (pki.issuing().der, pki.root().der)
    write_certificate(session, key, came.fingerprint, str(tmp_path / "out.pem"))
    assert (tmp_path / "out.pem").read_text().count("BEGIN CERTIFICATE") == 3
    assert verify_log(session) == ()
    assert leftovers(tmp_path) == []


WRONG = {
    "no name": ("contracts", CertificateWish(""), UsageError),
    "no country": ("contracts", CertificateWish("CN=a,C=xyz"), UsageError),
    "no address": ("contracts", CertificateWish("a", "b"), UsageError),
    "no day": ("contracts", CertificateWish("a", days=0), UsageError),
    "too long": ("contracts", CertificateWish("a", days=MAX_DAYS + 1), UsageError),
    "symmetric": ("files", MARI, CertificateKindRefused),
    "another curve": ("bitcoin", MARI, CertificateKindRefused),
    "agrees": ("agree", MARI, CertificateKindRefused),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_is_refused_before_anything_is_asked(opened: VaultInTest, session: Session, case: str) -> None:
    key, wish, error = WRONG[case]
    before, asked = list_entries(session, 1), len(opened.prompt.asked)
    for make in (make_self_signed, make_request):
        with pytest.raises(error):
            make(session, key, wish)
    assert list_entries(session, 1) == before
    assert len(opened.prompt.asked) == asked


def test_a_key_that_may_not_sign_makes_none(session: Session) -> None:
    name = keys.create_key(session, "limited", spec=KeySpec.ECC_NIST_P256).alias
    policies.change_policy(session, name, lambda _: Policy(allow=frozenset({Operation.VERIFY})))
    for make in (make_self_signed, make_request):
        with pytest.raises(OperationNotAllowed):
            make(session, name, MARI)
    policies.change_policy(session, name, lambda _: Policy())
    keys.disable_key(session, name)
    with pytest.raises(KeyStateRefused):
        make_self_signed(session, name, MARI)
    assert certificates_of(session, name) == ()


def test_without_a_pin_nothing_is_made(opened: VaultInTest, session: Session) -> None:
    before = certificates_of(session, "card-p256")
    pins = {kind: opened.prompt.answers.pop(kind) for kind in (SecretKind.PIN, SecretKind.TOKEN_PIN)}
    try:
        with pytest.raises(SecretMissing):
            make_self_signed(session, "card-p256", MARI)
    finally:
        opened.prompt.answers |= pins
    assert certificates_of(session, "card-p256") == before


def test_a_full_key_is_told_before_it_signs(session: Session) -> None:
    name = keys.create_key(session, "full", spec=KeySpec.ECC_NIST_P256).alias
    many = [certificate_over(session, name, str(number)) for number in range(MAX_KEPT)]
    import_certificate(session, name, many[0], chain=many[1:])
    before = list_entries(session, 1)
    with pytest.raises(TooManyCertificates):
        make_self_signed(session, name, MARI)
    assert list_entries(session, 1) == before


def test_a_key_that_vouches_for_a_way_in_gets_a_certificate_that_vouches_for_nothing(
    session: Session, tmp_path: Path
) -> None:
    method = next(each for each in session.header.methods if each.kind.value == "token")
    vouching = sshkey.to_spki(sshkey.parse(sshsig.read(method.attestation).public_key))
    with session.records.read() as reading:
        holder = reading.keys.holder_of(vouching)
    if holder is None:
        found = session.workplace.hub.find_key(vouching)
        assert found is not None
        token, key = found
        holder = adopting.adopt(session, token.label, key.id.hex(), "vouching")
    made = make_self_signed(session, holder.alias, MARI)
    tbs = x509.load_der_x509_certificate(made.der).tbs_certificate_bytes
    assert not tbs.startswith(b"SSHSIG")
    assert tbs.startswith(b"\x30")
    assert verify_log(session) == ()


def test_nothing_is_overwritten(session: Session, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_bytes(b"precious")
    made = make_request(session, "contracts", MARI)
    with pytest.raises(OutputExists):
        write_request(session, made, str(there))
    fingerprint = certificates_of(session, "contracts")[0].fingerprint
    with pytest.raises(OutputExists):
        write_certificate(session, "contracts", fingerprint, str(there))
    assert there.read_bytes() == b"precious"


def test_which_keys_have_certificates_made(session: Session) -> None:
    able = {key.alias for key in keys.list_keys(session) if can_be_certified(key)}
    assert {"contracts", *CARD_KINDS} <= able
    assert not able & {"files", "bitcoin", "agree"}
    assert timedelta(days=DEFAULT_DAYS) + BACKDATED < timedelta(days=MAX_DAYS)


def test_certificates_come_along_with_an_imported_key(opened: VaultInTest, session: Session, tmp_path: Path) -> None:
    """From PKCS#12 and from PEM; those over other keys are left out, and broken ones keep the key from nothing."""
    first, second = pki.signer("p256", "Anna Tamm"), pki.signer("rsa", "Juhan Kask")
    issuers = [pki.issuing().certificate, pki.root().certificate, pki.time_stamper().certificate]
    sealed = pkcs12.serialize_key_and_certificates(
        b"anna", first.key, first.certificate, issuers, BestAvailableEncryption(b"secret")
    )
    (tmp_path / "anna.p12").write_bytes(sealed)
    broken = b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"
    (tmp_path / "juhan.pem").write_bytes(pki.issuing().pem + second.pem + second.key_pem)
    (tmp_path / "odd.pem").write_bytes(
        pki.new_key("p384").private_bytes(Encoding.PEM, PKCS8, NoEncryption()) + broken
    )
    opened.prompt.answers[SecretKind.FILE_PASSPHRASE] = "secret"
    for name, file, chain in (
        ("anna", "anna.p12", (pki.issuing().der, pki.root().der)),
        ("juhan", "juhan.pem", (pki.issuing().der,)),
        ("odd", "odd.pem", None),
    ):
        found = importing.read_key_file(session.workplace, str(tmp_path / file))
        with found.key.material:
            key = importing.import_key(session, found, importing.Wanted(name))
        kept = certificates_of(session, name)
        (entry,) = list_entries(session, 1, key=key.id)
        assert entry.operation == "ImportKey"
        if chain is None:
            assert kept == ()
            continue
        (one,) = kept
        assert (one.source, one.chain, one.usual) == (CertificateSource.KEY_FILE, chain, True)
        assert f"certificates/{one.fingerprint}" in entry.changes
        assert entry.details["certificates"] == 1
        assert any(one.common_name in note for note in opened.prompt.notes)
    assert verify_log(session) == ()


def test_a_key_that_asks_each_time_says_what_it_is_to_sign(opened: VaultInTest, session: Session) -> None:
    codes = [method.id for method in session.header.methods]
    keys.create_key(session, "asks", spec=KeySpec.ECC_NIST_P256, protection=Protection.GUARDED, guards=codes)
    policies.change_policy(session, "asks", lambda _: Policy(confirm=True, most_uses=2))
    opened.prompt.confirmed.clear()
    make_self_signed(session, "asks", MARI)
    make_request(session, "asks", MARI)
    assert opened.prompt.confirmed == [
        "Sign a certificate with “asks”? This key asks each time.",
        "Sign a request for a certificate with “asks”? This key asks each time.",
    ]
    with pytest.raises(KeyUsesSpent):
        make_request(session, "asks", MARI)
    assert len(certificates_of(session, "asks")) == 1
