"""Signing with a card: without a vault, by its own certificates; judged by OpenSSL, gpgsm, ssh-keygen, pdfsig."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key

from signet.documents.wishes import Form, Level, PdfWish, Wish
from signet.errors import (
    Cancelled,
    CertificateNotFound,
    NameAmbiguous,
    NoSigningCertificate,
    OutputExists,
    PinIncorrect,
    SignetError,
    TokenKeyNotFound,
    TokenRemoved,
    UsageError,
)
from signet.keys.spec import KeySpec, SigningAlgorithm
from signet.services import adopting
from signet.services.card_certificates import card_certificates
from signet.services.card_signing import card_keys, sign_with_card
from signet.services.files_items import Item
from signet.services.job import Act, JobState, Order
from signet.services.jobs import Jobs
from signet.services.prompt import SecretKind
from signet.services.signing import sign_files
from signet.tokens.model import Token, TokenKey, TokenKeyUsage
from signet.tokens.signing import TokenSigningKey
from support import pki
from support.cards import PIN, Card, make_card
from support.clock import SettableClock
from support.cms_judges import gpgsm_says, openssl_says
from support.files import leftovers
from support.pdf import tiny_pdf
from support.vaults import VaultInTest, make_vault

CMS = Wish(form=Form.CMS)


@dataclass(frozen=True)
class Desk:
    """A vault, and a card with three keys: ``papers`` is for signatures, ``login`` for logging in, ``bare`` has no
    certificate."""

    vault: VaultInTest
    card: Card
    papers: TokenKey
    login: TokenKey
    bare: TokenKey

    @property
    def token(self) -> Token:
        return self.card.token

    def sign(self, *paths: Path, key: str = "", wish: Wish = CMS, **more: object) -> tuple[Item, ...]:
        named = [str(path) for path in paths]
        return sign_with_card(self.vault.workplace, named, token=self.token, key=key, wish=wish, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("card")
    vault = make_vault(folder, SettableClock(datetime(2026, 11, 22, 12, tzinfo=UTC)))
    with pytest.MonkeyPatch.context() as patch:
        card = make_card(folder, vault.workplace, patch)
        papers = card.make_key(KeySpec.ECC_NIST_P256, TokenKeyUsage.SIGN, label="papers")
        login = card.make_key(KeySpec.RSA_2048, TokenKeyUsage.SIGN, label="login")
        bare = card.make_key(KeySpec.ECC_NIST_P384, TokenKeyUsage.SIGN, label="bare")
        made = Desk(vault, card, papers, login, bare)
        for_login = ("digital_signature",)
        certificates = ((papers, certified(papers)), (login, certified(login, usages=for_login)))
        for number, (key_id, der) in enumerate([*((key.id.hex(), der) for key, der in certificates), authority()]):
            place = folder / f"{number}.der"
            place.write_bytes(der)
            card.tool("--write-object", str(place), "--type", "cert", "--id", key_id, "--label", f"cert {number}")
        yield made
        vault.workplace.close()


@pytest.fixture(autouse=True)
def somebody_who_knows_the_pin(desk: Desk) -> None:
    desk.vault.prompt.answers |= {SecretKind.PIN: PIN, SecretKind.TOKEN_PIN: PIN}
    desk.vault.prompt.asked.clear()


def certified(key: TokenKey, *, usages: tuple[str, ...] = pki.SIGNS) -> bytes:
    public = load_der_public_key(key.public_key)
    assert isinstance(public, ec.EllipticCurvePublicKey | rsa.RSAPublicKey)
    return pki.certify("Mari on a card", public, pki.issuing(), usages=usages).public_bytes(Encoding.DER)


def authority() -> tuple[str, bytes]:
    return "ca", pki.issuing().der


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.odt"
    path.write_bytes(b"we agree\n")
    return path


def done(items: tuple[Item, ...]) -> list[Path]:
    for item in items:
        assert item.error is None, item.error
    return [Path(item.output or "") for item in items]


def error_of(items: tuple[Item, ...]) -> SignetError:
    (item,) = items
    assert item.error is not None
    return item.error


def test_keys_come_with_their_certificates_the_one_for_signatures_first(desk: Desk) -> None:
    found = card_keys(desk.vault.workplace, desk.token)
    assert [key.label or key.id.hex() for key, _ in found] == ["papers", "login", "bare"]
    (for_papers,), (for_login,), none = (certificates for _, certificates in found)
    assert none == ()
    assert (for_papers.for_signatures, for_papers.can_sign, for_papers.reason) == (True, True, "")
    assert for_papers.chain[1:] == (pki.issuing().der,)
    assert (for_login.for_signatures, for_login.can_sign) == (False, True)
    assert "logging in" in for_login.reason
    assert len(card_certificates(desk.vault.workplace, desk.token)) == 2, "an authority above is no signer"


def test_a_batch_takes_one_pin_and_each_file_its_form(desk: Desk, letter: Path, tmp_path: Path) -> None:
    lease = tmp_path / "lease.pdf"
    lease.write_bytes(tiny_pdf(1))
    in_pdf, beside = done(desk.sign(lease, letter, wish=Wish(pdf=PdfWish(reason="tenant"))))
    assert (in_pdf.name, beside.name) == ("lease-signed.pdf", "letter.odt.p7s")
    assert [request.kind for request in desk.vault.prompt.asked] == [SecretKind.PIN]
    assert "CAdES" in openssl_says(tmp_path, beside, letter)
    assert "Good signature" in gpgsm_says(tmp_path, beside, letter)
    said = subprocess.run(["pdfsig", "-nocert", str(in_pdf)], capture_output=True, text=True, check=False, timeout=60)
    assert "Signature is Valid." in said.stdout
    certificates = cms.ContentInfo.load(beside.read_bytes())["content"]["certificates"]
    assert len(certificates) == 2
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("pss", [False, True], ids=["v1.5", "PSS"])
def test_an_rsa_key_signs_with_a_certificate_that_is_chosen(
    desk: Desk, letter: Path, tmp_path: Path, pss: bool
) -> None:
    (certificate,) = (
        each
        for each in card_certificates(desk.vault.workplace, desk.token)
        if each.public_key == desk.login.public_key
    )
    wish = replace(CMS, certificate=certificate.fingerprint, pss=pss)
    (signature,) = done(desk.sign(letter, key=desk.login.id.hex(), wish=wish))
    assert "CAdES" in openssl_says(tmp_path, signature, letter)
    assert "Good signature" in gpgsm_says(tmp_path, signature, letter)


def test_a_key_without_certificate_signs_by_ssh(desk: Desk, letter: Path) -> None:
    (signature,) = done(desk.sign(letter, key=desk.bare.id.hex(), wish=Wish()))
    assert signature.name == "letter.odt.sig"
    words = ["ssh-keygen", "-Y", "check-novalidate", "-n", "file", "-s", str(signature)]
    with letter.open("rb") as source:
        said = subprocess.run(words, stdin=source, capture_output=True, check=False, timeout=60)
    assert said.returncode == 0, said.stderr


def test_what_cannot_be_is_said_before_the_pin_is_asked_for(desk: Desk, letter: Path) -> None:
    login, bare = desk.login.id.hex(), desk.bare.id.hex()
    for kind, key, wish in (
        (NoSigningCertificate, bare, CMS),
        (NoSigningCertificate, bare, Wish(level=Level.T)),
        (NoSigningCertificate, login, CMS),
        (CertificateNotFound, login, replace(CMS, certificate="00" * 32)),
        (UsageError, "", replace(CMS, pss=True)),
        (UsageError, "", Wish(form=Form.RAW)),
    ):
        with pytest.raises(kind):
            desk.sign(letter, key=key, wish=wish)
    with pytest.raises(UsageError):
        desk.sign(letter, letter, output=str(letter) + ".p7s")
    assert desk.vault.prompt.asked == []
    assert leftovers(letter.parent) == []
    assert desk.sign(wish=CMS) == ()


def test_a_key_that_is_not_there_and_a_wrong_pin(desk: Desk, letter: Path) -> None:
    with pytest.raises(TokenKeyNotFound):
        desk.sign(letter, key="00ff00ff")
    desk.vault.prompt.answers[SecretKind.PIN] = "000000"
    with pytest.raises(PinIncorrect):
        desk.sign(letter)
    assert not letter.with_name("letter.odt.p7s").exists()


def test_two_keys_that_fit_alike_have_to_be_told_apart(
    desk: Desk, letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signet.services.card_signing.card_certificates", lambda *_: ())
    with pytest.raises(NameAmbiguous) as caught:
        desk.sign(letter, wish=Wish())
    assert desk.papers.id.hex() in caught.value.message


def test_keys_that_are_seen_only_after_the_pin_are_found_then(
    desk: Desk, letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signet.services.card_signing.card_keys", lambda *_: ())
    (signature,) = done(desk.sign(letter, key=desk.papers.id.hex()))
    assert signature.name == "letter.odt.p7s"
    with pytest.raises(NameAmbiguous):
        desk.sign(letter)


def test_nothing_is_overwritten_and_a_cancel_leaves_nothing(desk: Desk, letter: Path) -> None:
    place = letter.with_name("letter.odt.p7s")
    place.write_bytes(b"precious")
    assert isinstance(error_of(desk.sign(letter)), OutputExists)
    assert place.read_bytes() == b"precious"
    (replaced,) = done(desk.sign(letter, overwrite=True))
    assert replaced.read_bytes() != b"precious"
    place.unlink()
    asked = iter(range(10))
    assert isinstance(error_of(desk.sign(letter, cancelled=lambda: next(asked) >= 1)), Cancelled)
    assert not place.exists()
    items = desk.sign(letter, letter, letter.with_name("missing"))
    assert [item.status for item in items] == ["done", "skipped", "failed"]
    assert leftovers(letter.parent) == []


def test_after_an_error_of_the_card_no_further_file_is_tried(
    desk: Desk, letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[bytes] = []

    def gone(_key: TokenSigningKey, prepared: bytes, _algorithm: SigningAlgorithm) -> bytes:
        tried.append(prepared)
        raise TokenRemoved

    monkeypatch.setattr(TokenSigningKey, "sign_prepared", gone)
    other = letter.with_name("other")
    other.write_bytes(b"2")
    items = desk.sign(letter, other)
    assert [type(item.error) for item in items] == [TokenRemoved, TokenRemoved]
    assert len(tried) == 1


def test_a_job_signs_with_a_card_and_says_that_nothing_is_recorded(desk: Desk, letter: Path) -> None:
    jobs = Jobs(workplace=desk.vault.workplace)
    added = jobs.add(Order(Act.SIGN, (str(letter),), key=desk.papers.id.hex(), card=desk.token, wish=CMS))
    assert jobs.next() is not None
    ended = jobs.run(added.id, None)
    assert (ended.state, ended.recorded, ended.error) == (JobState.DONE, False, None)


def test_a_key_of_the_vault_on_that_card_signs_with_the_cards_certificate(
    desk: Desk, letter: Path, tmp_path: Path
) -> None:
    with desk.vault.open() as session:
        adopting.adopt(session, desk.card.label, desk.papers.id.hex(), "mine")
        (signature,) = done(sign_files(session, [str(letter)], key="mine"))
    assert signature.name == "letter.odt.p7s"
    assert "Good signature" in gpgsm_says(tmp_path, signature, letter)
