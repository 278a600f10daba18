"""PDFs signed: what other people's programs say of them, and what must not be signed."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from signet.documents.asking import Unchecked
from signet.documents.wishes import Certify, PdfWish, Stamp
from signet.errors import (
    Cancelled,
    DocumentUnsignable,
    FileSecretIncorrect,
    KeyUnsuited,
    SecretMissing,
    SignatureInvalid,
    SigningWishUnfit,
    SourceChanged,
    UsageError,
)
from signet.keys.spec import KeySpec, SigningAlgorithm
from signet.secret import Secret
from signet.services import pdf_documents, pdf_signing
from signet.services.pdf_documents import look_at_pdf
from signet.services.pdf_signing import MAX_REASON, checked_update, signed_name
from signet.services.prompt import SecretKind
from support import pki
from support.pdf import tiny_pdf
from support.pdf_forms import authenticated_pdf, form_pdf, hybrid_pdf, turned_pdf
from support.pdf_signing import a_pdf, direct_child, key_of, maker, parts, pdfsig, run, sign, trusting_database
from support.prompt import ScriptedPrompt
from support.signing import signing_key

WAYS = [("p256", False), ("p384", False), ("rsa", False), ("rsa", True)]
STAMP = Stamp(0, 20, 20, 150, 50)


@pytest.fixture(scope="module")
def nss(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trusting_database(tmp_path_factory.mktemp("nss"))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child's operations without a process."""
    monkeypatch.setattr(pdf_signing, "document_child", direct_child)
    monkeypatch.setattr(pdf_documents, "document_child", direct_child)


def judged(path: Path, password: bytes | None = None) -> dict[str, tuple[bool, str]]:
    """Ask pyHanko: whether each signature is good with all that came after it, and how much it covers."""
    found = {}
    with path.open("rb") as stream:
        reader = PdfFileReader(stream)
        if password is not None:
            reader.decrypt(password)
        for each in reader.embedded_signatures:
            context = ValidationContext(
                trust_roots=[x509.Certificate.load(pki.root().der)], moment=pki.NOW, allow_fetching=False
            )
            status = validate_pdf_signature(each, context)
            assert status.coverage is not None
            found[each.field_name] = (status.bottom_line, status.coverage.name)
    return found


GOOD = (True, "ENTIRE_FILE")
GOOD_BEFORE = (True, "ENTIRE_REVISION")


# --- what others say of it ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("most_readers", [False, True])
@pytest.mark.parametrize(("kind", "pss"), WAYS)
@pytest.mark.usefixtures("quick")
def test_other_programs_accept_it(tmp_path: Path, nss: Path, kind: str, pss: bool, most_readers: bool) -> None:
    wish = PdfWish(reason="tenant", place="Tartu", most_readers=most_readers, stamp=STAMP)
    signed = sign(maker(wish, kind, pss=pss), a_pdf(tmp_path))
    said = pdfsig(nss, signed)
    assert "Signature is Valid." in said
    assert "Certificate is Trusted." in said
    assert "Total document signed" in said
    assert ("adbe.pkcs7.detached" if most_readers else "ETSI.CAdES.detached") in said
    covered, cms = parts(signed)
    (tmp_path / "ranges").write_bytes(covered)
    (tmp_path / "cms").write_bytes(cms)
    (tmp_path / "root.pem").write_bytes(pki.root().pem)
    given = ("-inform", "DER", "-in", str(tmp_path / "cms"), "-content", str(tmp_path / "ranges"))
    where = ("-CAfile", str(tmp_path / "root.pem"), "-purpose", "any", "-out", "/dev/null")
    run("openssl", "cms", "-verify", "-cades", "-binary", *given, *where, "-attime", str(int(pki.NOW.timestamp())))
    run("qpdf", "--check", str(signed))
    assert judged(signed) == {"Signature1": GOOD}


def test_the_child_prepares_and_the_source_stays_as_it_is(tmp_path: Path, nss: Path) -> None:
    source = a_pdf(tmp_path, tiny_pdf(3).rstrip())  # nothing behind %%EOF, not even the end of a line
    before = source.read_bytes()
    progress: list[int] = []
    signed = sign(maker(PdfWish(stamp=replace(STAMP, page=2))), source, progress=progress.append)
    assert source.read_bytes() == before
    assert signed.read_bytes().startswith(before + b"\n")
    assert progress == sorted(progress)
    assert progress[-1] <= len(before)
    assert "Signature is Valid." in pdfsig(nss, signed)
    facts = look_at_pdf(str(signed))
    assert facts is not None
    assert [(field.name, field.filled, field.page) for field in facts.fields] == [("Signature1", True, 2)]
    assert (facts.fields[0].x, facts.fields[0].width, facts.fields[0].height) == (20, 150, 50)


@pytest.mark.usefixtures("quick")
def test_stamps_stand_where_they_should_on_turned_pages(tmp_path: Path) -> None:
    signed = a_pdf(tmp_path, turned_pdf())
    for page in range(4):
        signed = sign(maker(PdfWish(stamp=Stamp(page, 10, 40, 130, 48))), signed, f"signed-{page}.pdf")
    facts = look_at_pdf(str(signed))
    assert facts is not None
    shown = [(field.page, field.x, field.y, field.width, field.height) for field in facts.fields]
    assert shown == [(page, 10, 40, 130, 48) for page in range(4)]
    for page in range(4):
        # Where poppler finds the words, from the top: within the stamp, and upright, so in their order.
        said = run("pdftotext", "-cropbox", "-bbox", "-f", str(page + 1), "-l", str(page + 1), str(signed), "-")
        words = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="[\d.]+" yMax="[\d.]+">(\S+)</word>', said)
        places = {word: (float(x), float(y)) for x, y, word in words}
        top = facts.pages[page].height - 88
        assert 10 < places["Signed"][0] < places["by"][0] < places["Mari"][0] < 140
        assert top < places["Signed"][1] < places["UTC"][1] < top + 48
    run("qpdf", "--check", str(signed))
    assert list(judged(signed).values()) == [GOOD_BEFORE] * 3 + [GOOD]


# --- fields, earlier signatures, certification -------------------------------------------------------------------


@pytest.mark.usefixtures("quick")
def test_fields_that_are_there_are_signed_by_name(tmp_path: Path) -> None:
    first = sign(maker(PdfWish(field="seller", reason="sold")), a_pdf(tmp_path, form_pdf()), "1.pdf")
    second = sign(maker(PdfWish(field="buyer")), first, "2.pdf")
    third = sign(maker(PdfWish(stamp=STAMP)), second, "3.pdf")
    assert judged(third) == {"seller": GOOD_BEFORE, "buyer": GOOD_BEFORE, "Signature1": GOOD}
    for name, reason in (
        ("buyer", "signed already"),
        ("nobody", "no signature field"),
        ("price", "no signature field"),
    ):
        with pytest.raises(DocumentUnsignable, match=reason):
            sign(maker(PdfWish(field=name)), third, "4.pdf")
    with pytest.raises(UsageError, match="leave out the stamp"):
        maker(PdfWish(field="seller", stamp=STAMP))


@pytest.mark.parametrize("level", [Certify.FORMS, Certify.NOTES])
@pytest.mark.usefixtures("quick")
def test_after_a_certification_fields_are_signed_and_nothing_new_is_shown(tmp_path: Path, level: Certify) -> None:
    certified = sign(maker(PdfWish(field="seller", certify=level)), a_pdf(tmp_path, form_pdf()), "1.pdf")
    facts = look_at_pdf(str(certified))
    assert facts is not None
    assert (facts.certified, facts.may_certify, facts.obstacle) == (level, False, "")
    second = sign(maker(PdfWish(field="buyer")), certified, "2.pdf")
    third = sign(maker(), second, "3.pdf")
    assert judged(third) == {"seller": GOOD_BEFORE, "buyer": GOOD_BEFORE, "Signature1": GOOD}
    with pytest.raises(SigningWishUnfit, match="without a stamp"):
        sign(maker(PdfWish(stamp=STAMP)), certified, "4.pdf")
    with pytest.raises(SigningWishUnfit, match="only the first signature can certify"):
        sign(maker(PdfWish(certify=level)), certified, "4.pdf")


@pytest.mark.usefixtures("quick")
def test_what_was_certified_against_every_change_is_not_signed(tmp_path: Path) -> None:
    certified = sign(maker(PdfWish(certify=Certify.NOTHING)), a_pdf(tmp_path), "1.pdf")
    assert judged(certified) == {"Signature1": GOOD}
    with pytest.raises(DocumentUnsignable, match="nothing may be changed"):
        sign(maker(), certified, "2.pdf")


@pytest.mark.parametrize(
    ("lock", "buyer", "stamped"),
    [
        (b"/Action/Include/Fields[(buyer)]", False, True),
        (b"/Action/Exclude/Fields[(buyer)]", True, False),
        (b"/Action/All", False, False),
    ],
)
@pytest.mark.usefixtures("quick")
def test_locks_of_earlier_signatures_hold(tmp_path: Path, lock: bytes, buyer: bool, stamped: bool) -> None:
    source = a_pdf(tmp_path, form_pdf(b"/Lock<</Type/SigFieldLock%b>>" % lock))
    locked = sign(maker(PdfWish(field="seller")), source, "1.pdf")
    for number, (wish, allowed) in enumerate([(PdfWish(field="buyer"), buyer), (PdfWish(stamp=STAMP), stamped)]):
        if allowed:
            assert judged(sign(maker(wish), locked, f"2{number}.pdf"))["seller"] == GOOD_BEFORE
        else:
            with pytest.raises(SigningWishUnfit, match="locked"):
                sign(maker(wish), locked, f"2{number}.pdf")


@pytest.mark.usefixtures("quick")
def test_a_lock_of_the_whole_document_holds(tmp_path: Path) -> None:
    source = a_pdf(tmp_path, form_pdf(b"/Lock<</Type/SigFieldLock/Action/All/P 1>>"))
    locked = sign(maker(PdfWish(field="seller")), source, "1.pdf")
    assert judged(locked) == {"seller": GOOD}
    with pytest.raises(DocumentUnsignable, match="nothing may be changed"):
        sign(maker(PdfWish()), locked, "2.pdf")


@pytest.mark.usefixtures("quick")
def test_demands_of_a_field_are_met_or_refused(tmp_path: Path) -> None:
    older = a_pdf(tmp_path, form_pdf(b"/SV<</Ff 2/SubFilter[/adbe.pkcs7.detached]>>"))
    with pytest.raises(DocumentUnsignable, match=r"another kind of signature \(/adbe.pkcs7.detached\)"):
        sign(maker(PdfWish(field="seller")), older, "1.pdf")
    assert judged(sign(maker(PdfWish(field="seller", most_readers=True)), older, "2.pdf"))["seller"] == GOOD
    reasons = a_pdf(tmp_path, form_pdf(b"/SV<</Ff 8/Reasons[(bought)]>>"), "reasons.pdf")
    with pytest.raises(DocumentUnsignable, match="demands"):
        sign(maker(PdfWish(field="seller")), reasons, "3.pdf")


# --- passwords ---------------------------------------------------------------------------------------------------

PROTECTED = {
    "AES-256": ("user", "owner", "256"),
    "AES-128": ("user", "owner", "128", "--use-aes=y"),
    "RC4-128": ("user", "owner", "128", "--use-aes=n"),
}


def protected(source: Path, *words: str) -> Path:
    target = source.parent / "protected.pdf"
    run("qpdf", "--allow-weak-crypto", "--encrypt", *words, "--", str(source), str(target))
    return target


@pytest.mark.parametrize("way", PROTECTED)
@pytest.mark.usefixtures("quick")
def test_a_document_with_a_password_is_signed_and_keeps_it(tmp_path: Path, nss: Path, way: str) -> None:
    source = protected(a_pdf(tmp_path, form_pdf()), *PROTECTED[way])
    signed = sign(maker(PdfWish(field="seller", reason="põhjus"), password="user"), source, "1.pdf")
    assert judged(signed, b"user") == {"seller": GOOD}
    assert "põhjus".encode("utf-16-be") not in signed.read_bytes()
    assert "Signature is Valid." in pdfsig(nss, signed, "-upw", "user")
    run("qpdf", "--check", "--password=user", str(signed))


@pytest.mark.usefixtures("quick")
def test_a_wrong_password_and_none_leave_nothing(tmp_path: Path) -> None:
    source = protected(a_pdf(tmp_path), *PROTECTED["AES-256"])
    with pytest.raises(FileSecretIncorrect):
        sign(maker(password="wrong"), source)
    with pytest.raises(SecretMissing):
        sign(maker(), source)
    assert not (tmp_path / "signed.pdf").exists()
    assert look_at_pdf(str(source)) is None
    facts = look_at_pdf(str(source), password=Secret(b"user"))
    assert facts is not None
    assert facts.encrypted


@pytest.mark.usefixtures("quick")
def test_a_password_that_opened_one_document_is_tried_on_the_next(tmp_path: Path) -> None:
    source = protected(a_pdf(tmp_path), *PROTECTED["AES-256"])
    signs = maker(password="user")
    prompt = signs.passwords.prompt
    assert isinstance(prompt, ScriptedPrompt)
    with signs.passwords:
        sign(signs, source, "1.pdf")
        sign(signs, source, "2.pdf")
        assert [request.what for request in prompt.asked] == ["password of “protected.pdf”"]
        other = protected(a_pdf(tmp_path), "another", "owner", "256")
        prompt.answers.clear()
        with pytest.raises(FileSecretIncorrect):
            sign(signs, other, "3.pdf")
        prompt.answers[SecretKind.FILE_PASSPHRASE] = "another"
        sign(signs, other, "4.pdf")


@pytest.mark.usefixtures("quick")
def test_what_its_owner_does_not_allow_wants_the_owners_password(tmp_path: Path) -> None:
    source = protected(a_pdf(tmp_path), "", "owner", "256", "--modify=none")
    facts = look_at_pdf(str(source))
    assert facts is not None
    assert "owner" in facts.obstacle
    with pytest.raises(DocumentUnsignable, match="owner"):
        sign(maker(password=""), source, "1.pdf")
    signs = maker(password="owner")
    assert judged(sign(signs, source, "2.pdf"), b"owner") == {"Signature1": GOOD}
    prompt = signs.passwords.prompt
    assert isinstance(prompt, ScriptedPrompt)
    assert "owner" in prompt.asked[0].purpose


# --- what is not signed, and what is left of it ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no PDF"),
        (b"Dear all", "no PDF"),
        (tiny_pdf(1)[:-150], "damaged"),
        (tiny_pdf(1).replace(b"/Pages 2 0 R", b"/Pages 9 0 R"), r"damaged|tree"),
        (tiny_pdf(1).replace(b"/Kids[3 0 R]/Count 1", b"/Kids[     ]/Count 0"), "no pages"),
        (form_pdf(form=b"/XFA(x)"), "XFA"),
        (hybrid_pdf(), "twice"),
        (authenticated_pdf("user"), "authentication code"),
    ],
)
@pytest.mark.usefixtures("quick")
def test_what_cannot_be_signed_is_refused_with_the_reason(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(DocumentUnsignable, match=reason):
        sign(maker(password="user"), a_pdf(tmp_path, data))
    assert not (tmp_path / "signed.pdf").exists()


@pytest.mark.parametrize(
    ("stamp", "reason"),
    [
        (Stamp(2, 10, 10, 100, 40), "no page 3"),
        (Stamp(-1, 10, 10, 100, 40), "no page 0"),
        (Stamp(0, 120, 10, 100, 40), "not be on the page, which is 200 by 200"),
        (Stamp(0, 10, -1, 100, 40), "not be on the page"),
        (Stamp(0, 10, 10, 100, 4), "too small"),
    ],
)
@pytest.mark.usefixtures("quick")
def test_a_stamp_has_to_be_on_a_page(tmp_path: Path, stamp: Stamp, reason: str) -> None:
    with pytest.raises(SigningWishUnfit, match=reason):
        sign(maker(PdfWish(stamp=stamp)), a_pdf(tmp_path))


def test_keys_that_readers_do_not_take_and_endless_reasons_are_refused_beforehand() -> None:
    with pytest.raises(KeyUnsuited):
        replace(maker(), key=signing_key(KeySpec.ECC_NIST_EDWARDS25519))
    with pytest.raises(UsageError, match="500 characters"):
        maker(PdfWish(reason="x" * (MAX_REASON + 1)))
    for unseen in ("a\nb", "a\x1b[31m", "a\udcff"):
        with pytest.raises(UsageError, match="can be seen"):
            maker(PdfWish(place=unseen))


@pytest.mark.usefixtures("quick")
def test_what_a_document_says_of_itself_reaches_nobody_raw(tmp_path: Path) -> None:
    demands = a_pdf(tmp_path, form_pdf(b"/SV<</Ff 2/SubFilter[/evil#1b#5b31m]>>"))
    with pytest.raises(SigningWishUnfit) as caught:
        sign(maker(PdfWish(field="seller")), demands)
    assert "\x1b" not in caught.value.message
    assert "evil" in caught.value.message


@pytest.mark.usefixtures("quick")
def test_a_cancel_and_a_defective_key_leave_nothing(tmp_path: Path) -> None:
    class Defective:
        public_key = key_of(pki.signer()).public_key

        def sign(self, message: bytes, algorithm: SigningAlgorithm) -> bytes:
            return key_of(pki.signer()).sign(message + b"?", algorithm)

        def sign_prepared(self, prepared: bytes, algorithm: SigningAlgorithm) -> bytes:
            return key_of(pki.signer()).sign_prepared(hashlib.sha256(prepared).digest(), algorithm)

    source = a_pdf(tmp_path)
    with pytest.raises(Cancelled):
        sign(maker(), source, cancelled=lambda: True)
    with pytest.raises(SignatureInvalid):
        sign(replace(maker(), key=Defective()), source)
    assert sorted(tmp_path.glob("*.*")) == [source]


@pytest.mark.usefixtures("quick")
def test_a_source_that_changes_meanwhile_is_not_signed(tmp_path: Path) -> None:
    source = a_pdf(tmp_path)

    def change(_: int) -> None:
        os.utime(source, ns=(1, 1))

    with pytest.raises(SourceChanged):
        sign(maker(), source, progress=change)
    assert sorted(tmp_path.glob("*.*")) == [source]


# --- the child is not believed -----------------------------------------------------------------------------------

UPDATE = b"\n9 0 obj\n<</Contents <0000>\n/ByteRange [0 118 124 42]  \n>>\nendobj\n%%EOF\n"


def answer(update: bytes = UPDATE, place: object = None) -> Mapping[str, object]:
    return {"update": update, "contents": [118, 124] if place is None else place}


def test_an_honest_answer_is_taken() -> None:
    size = 118 - UPDATE.index(b"<0000>")
    update = UPDATE.replace(b"42]", b"%02d]" % (size + len(UPDATE) - 124))
    assert checked_update(answer(update), size, "x.pdf") == (update, 118, 124)


@pytest.mark.parametrize(
    "lie",
    [
        answer(UPDATE.replace(b"[0 118", b"[0 117")),
        answer(UPDATE.replace(b"<0000>", b"<00a0>")),
        answer(UPDATE + UPDATE),
        answer(UPDATE.replace(b"/ByteRange", b"/ByteRanges")),
        answer(place=[0, 6]),
        answer(place=[118, 10**9]),
        answer(place=[118]),
        answer(place=["118", "124"]),
        {"update": "text", "contents": [118, 124]},
        {"locked": True},
        {},
    ],
)
def test_a_child_that_lies_is_not_signed_for(lie: Mapping[str, object]) -> None:
    with pytest.raises((DocumentUnsignable, Unchecked)):
        checked_update(lie, 118 - UPDATE.index(b"<0000>"), "x.pdf")


def test_the_signed_copy_is_named_after_its_source() -> None:
    assert signed_name("lease.pdf") == "lease-signed.pdf"
    assert signed_name("LEASE.PDF") == "LEASE-signed.PDF"
    assert signed_name("lease") == "lease-signed.pdf"
