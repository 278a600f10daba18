"""What a file is, whatever its name says; and which signature belongs to which document."""

from __future__ import annotations

from pathlib import Path

import pytest

from signet.errors import Cancelled, SourceNotFound, SourceUnsupported
from signet.keys.spec import KeySpec
from signet.services import keys
from signet.services.files import encrypt_files
from signet.services.recognition import FileKind, Recognised, Signed, pair_signatures, recognise, recognise_all
from signet.services.session import Session
from signet.services.signing import sign_files


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    path = tmp_path / "letter.txt"
    path.write_bytes(b"dear me")
    return path


def test_an_encrypted_file_is_known_under_any_name_and_cut_short(session: Session, plain: Path) -> None:
    keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
    encrypt_files(session, [str(plain)], key="papers")
    made = plain.with_name("letter.txt.esdk").rename(plain.with_name("holiday.jpg"))
    assert recognise(str(made)).kind is FileKind.ENCRYPTED
    made.write_bytes(made.read_bytes()[:40])
    assert recognise(str(made)).kind is FileKind.ENCRYPTED


def test_a_name_alone_makes_nothing_an_encrypted_file(plain: Path) -> None:
    named = plain.rename(plain.with_name("letter.txt.esdk"))
    assert recognise(str(named)) == Recognised(str(named), FileKind.PLAIN)
    empty = plain.with_name("empty")
    empty.touch()
    assert recognise(str(empty)).kind is FileKind.PLAIN


def test_a_signature_is_known_under_any_name(session: Session, plain: Path) -> None:
    keys.create_key(session, "pen", spec=KeySpec.ECC_NIST_P256)
    sign_files(session, [str(plain)], key="pen", output=str(plain.with_name("note")))
    assert recognise(str(plain.with_name("note"))).kind is FileKind.SIGNATURE


def test_folders_and_what_is_gone_say_why(tmp_path: Path) -> None:
    folder, gone = recognise_all([str(tmp_path), str(tmp_path / "gone")])
    assert folder.kind is gone.kind is FileKind.REFUSED
    assert isinstance(folder.error, SourceUnsupported)
    assert "it is a folder" in folder.error.reason
    assert isinstance(gone.error, SourceNotFound)


def test_with_a_vault_open_nothing_of_its_own_is_looked_at(session: Session, plain: Path) -> None:
    own, other = recognise_all([session.database.path, str(plain)], session=session)
    assert isinstance(own.error, SourceUnsupported)
    assert other == Recognised(str(plain), FileKind.PLAIN)


def test_looking_at_many_files_can_be_cancelled(plain: Path) -> None:
    with pytest.raises(Cancelled):
        recognise_all([str(plain)], cancelled=lambda: True)


def document(path: str) -> Recognised:
    return Recognised(path, FileKind.PLAIN)


def signature(path: str) -> Recognised:
    return Recognised(path, FileKind.SIGNATURE)


@pytest.mark.parametrize(
    ("given", "pairs"),
    [
        ([document("/a"), document("/b")], (Signed("/a"), Signed("/b"))),
        ([document("/a"), signature("/other")], (Signed("/a", "/other"),)),
        ([document("/a"), document("/b"), signature("/b.sig")], (Signed("/a"), Signed("/b", "/b.sig"))),
        ([document("/x/a"), document("/b"), signature("/y/a.sig")], (Signed("/x/a", "/y/a.sig"), Signed("/b"))),
        ([signature("/nowhere/a.sig")], (Signed("/nowhere/a.sig"),)),
        ([document("/a"), document("/b"), signature("/c")], (Signed("/a"), Signed("/b"), Signed("/c"))),
    ],
)
def test_signatures_find_their_documents(given: list[Recognised], pairs: tuple[Signed, ...]) -> None:
    assert pair_signatures(given) == pairs


def test_a_signature_alone_finds_the_document_beside_it(plain: Path) -> None:
    assert pair_signatures([signature(f"{plain}.sig")]) == (Signed(str(plain), f"{plain}.sig"),)
