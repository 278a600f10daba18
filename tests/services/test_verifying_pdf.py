"""PDFs verified through the service: whose key it is, what is recorded, passwords, several places for signatures."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from pyhanko.pdf_utils.writer import copy_into_new_writer

from signet.audit.entry import Outcome
from signet.crypto.personkeys import read_people_keys
from signet.errors import SecretMissing
from signet.services import people, verifying_pdf
from signet.services.audit import list_entries
from signet.services.prompt import SecretKind
from signet.services.session import Session
from signet.services.verdicts import Verdict
from signet.services.verifying import verify_file
from support import pdf_forge as forge
from support import pki
from support.near_child import near_child
from support.pdf import tiny_pdf
from support.vaults import VaultInTest

PASSWORD = "open sesame"


@pytest.fixture(autouse=True)
def _near(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying_pdf, "document_child", near_child)


@pytest.fixture(scope="module")
def signed() -> bytes:
    return forge.signed(reason="I agree", location="Tartu")


@pytest.fixture
def document(tmp_path: Path, signed: bytes) -> str:
    path = tmp_path / "contract.pdf"
    path.write_bytes(signed)
    return str(path)


def encrypted() -> bytes:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign import signers

    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(tiny_pdf(1))))
    writer.encrypt("owner", PASSWORD)  # type: ignore[no-untyped-call]
    plain = io.BytesIO()
    writer.write(plain)  # type: ignore[no-untyped-call]
    again = IncrementalPdfFileWriter(plain)
    again.encrypt(PASSWORD)  # type: ignore[no-untyped-call]
    metadata = signers.PdfSignatureMetadata(field_name="Signature1", md_algorithm="sha256")
    made = signers.sign_pdf(again, metadata, signer=forge.simple_signer(pki.signer()), in_place=False)
    return bytes(made.getvalue())


def test_a_person_is_believed_once_the_key_was_compared(session: Session, document: str) -> None:
    moment = pki.NOW
    assert verify_file(document, session=session, moment=moment).verdict is Verdict.VALID_UNTRUSTED
    person = people.add_person(session, "Mari", read_people_keys(pki.signer().pem))
    found = verify_file(document, session=session, moment=moment)
    assert (found.verdict, found.signatures[0].person) == (Verdict.VALID_UNTRUSTED, "Mari")
    assert "not compared" in found.sentence
    people.trust_person(session, person.name)
    found = verify_file(document, session=session, moment=moment)
    assert (found.verdict, found.signatures[0].trusted_by) == (Verdict.VALID, "person")
    ended = verify_file(document, session=session, moment=pki.SIGNERS_END.replace(year=2030))
    assert ended.verdict is Verdict.EXPIRED_OR_REVOKED


def test_each_check_is_recorded_and_a_bad_one_as_failed(session: Session, document: str, signed: bytes) -> None:
    verify_file(document, session=session, moment=pki.NOW)
    (entry,) = list_entries(session, 1)
    assert (entry.operation, entry.outcome, entry.details) == ("Verify", Outcome.DONE, {"source": document})
    Path(document).write_bytes(signed.replace(b"(page 1)", b"(page 9)", 1))
    assert verify_file(document, session=session, moment=pki.NOW).verdict is Verdict.INVALID
    assert list_entries(session, 1)[0].outcome is Outcome.FAILED


def test_what_the_signer_wrote_is_told(document: str) -> None:
    (view,) = verify_file(document, moment=pki.NOW).signatures
    assert view.facts is not None
    assert (view.facts.reason, view.facts.place, view.facts.coverage) == ("I agree", "Tartu", "whole")
    assert (view.facts.revision, view.facts.revisions, view.facts.field) == (2, 2, "Signature1")


def test_a_signature_beside_it_counts_too(document: str) -> None:
    Path(document + ".sig").write_bytes(b"-----BEGIN SSH SIGNATURE-----\nbroken")
    found = verify_file(document, moment=pki.NOW)
    assert (found.verdict, len(found.signatures)) == (Verdict.UNKNOWN, 2)
    assert found.sentence.startswith("2 signatures. ")


def test_an_encrypted_document_wants_its_password(session: Session, vault: VaultInTest, tmp_path: Path) -> None:
    path = tmp_path / "secret.pdf"
    path.write_bytes(encrypted())
    assert "has a password" in verify_file(str(path), moment=pki.NOW).sentence
    with pytest.raises(SecretMissing):
        verify_file(str(path), session=session, moment=pki.NOW)
    vault.prompt.answers[SecretKind.FILE_PASSPHRASE] = PASSWORD
    root = tmp_path / "root.pem"
    root.write_bytes(pki.root().pem)
    found = verify_file(str(path), session=session, trust=[str(root)], moment=pki.NOW)
    assert found.verdict is Verdict.VALID, found.sentence
    vault.prompt.answers[SecretKind.FILE_PASSPHRASE] = "wrong"
    assert verify_file(str(path), session=session, moment=pki.NOW).verdict is Verdict.UNKNOWN


def test_weak_digests_and_signatures_of_an_old_kind_are_not_valid(tmp_path: Path, signed: bytes) -> None:
    path = tmp_path / "d.pdf"
    root = tmp_path / "root.pem"
    root.write_bytes(pki.root().pem)
    for content, said in (
        (forge.signed(digest="sha1"), "SHA-1"),
        (signed.replace(b"/ETSI.CAdES.detached", b"/adbe.x509.rsa_sha1_", 1), "out of date or not known"),
        (signed.replace(b"/ETSI.CAdES.detached", b"/ETSI.RFC3161       ", 1), "not what it says"),
    ):
        path.write_bytes(content)
        found = verify_file(str(path), trust=[str(root)], moment=pki.NOW)
        assert found.verdict in (Verdict.UNKNOWN, Verdict.INVALID), found.sentence
        assert said in found.sentence
