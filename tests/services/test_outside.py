"""For someone without Signet: PDFs under a password, age files with a page; what parses them can do nothing else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from signet.audit.entry import Outcome
from signet.crypto.age_recipients import PassphraseRecipient
from signet.errors import DocumentRefused, OutputExists, SecretTooWeak, UsageError
from signet.services import outside
from signet.services.audit import list_entries
from signet.services.outside import Kind, guide_for, is_pdf, made_up_passphrase, make_for_outside
from signet.services.prompt import SecretKind
from signet.services.session import Session
from support.clock import SettableClock
from support.files import APP, NOON
from support.pdf import tiny_pdf
from support.vaults import VaultInTest, make_vault

PASSPHRASE = "correct hörse battery"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VaultInTest]:
    made = make_vault(tmp_path_factory.mktemp("outside"), SettableClock(NOON))
    yield made
    made.workplace.close()


@pytest.fixture
def session(made: VaultInTest) -> Iterator[Session]:
    made.prompt.answers[SecretKind.NEW_FILE_PASSPHRASE] = PASSPHRASE
    with made.open() as session:
        yield session


def test_a_pdf_opens_with_its_password_alone(session: Session, made: VaultInTest, tmp_path: Path) -> None:
    source = tmp_path / "Letter.PDF"
    source.write_bytes(tiny_pdf(2))
    found = make_for_outside(session, str(source), kind=Kind.PDF)
    assert found.output == str(tmp_path / "Letter-protected.pdf")
    assert PASSPHRASE.encode() not in Path(found.output).read_bytes()
    for password, status in ((PASSPHRASE, 0), ("another", 1)):
        words = ["pdfinfo", "-upw", password, found.output]
        shown = subprocess.run(words, capture_output=True, check=False, timeout=60, text=True)
        assert shown.returncode == status
        assert ("AES-256" in shown.stdout, "2" in shown.stdout) == (status == 0,) * 2
    entry = list_entries(session, operation="Encrypt")[0]
    assert (entry.outcome, entry.details["format"], entry.details["output"]) == (Outcome.DONE, "pdf", found.output)
    with pytest.raises(OutputExists):
        make_for_outside(session, str(source), kind=Kind.PDF)
    again = tmp_path / "again.pdf"
    again.write_bytes(Path(found.output).read_bytes())
    with pytest.raises(DocumentRefused, match="password already"):
        make_for_outside(session, str(again), kind=Kind.PDF)


def test_what_is_no_sound_pdf_is_refused_and_leaves_nothing(
    session: Session, made: VaultInTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "bad.pdf"
    source.write_bytes(tiny_pdf(1)[:150])
    assert is_pdf(str(source))
    with pytest.raises(DocumentRefused, match="could not be read"):
        make_for_outside(session, str(source), kind=Kind.PDF)
    assert list_entries(session, operation="Encrypt")[0].outcome is Outcome.FAILED
    for answer, error in (("short", SecretTooWeak), ("x" * 128, UsageError)):
        made.prompt.answers[SecretKind.NEW_FILE_PASSPHRASE] = answer
        with pytest.raises(error):
            make_for_outside(session, str(source), kind=Kind.PDF)
    monkeypatch.setattr(outside, "MAX_PDF", 10)
    with pytest.raises(DocumentRefused, match="larger"):
        make_for_outside(session, str(source), kind=Kind.PDF)
    assert [each.name for each in tmp_path.glob("*.pdf")] == ["bad.pdf"]
    assert not is_pdf(str(tmp_path / "nothing"))


def test_an_age_file_comes_with_a_page_that_holds_no_secret(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PassphraseRecipient.__init__, "__kwdefaults__", {"work_factor": 10})
    source = tmp_path / 'a "quoted" & <b>.txt'
    source.write_bytes(b"dear")
    found = make_for_outside(session, str(source), kind=Kind.AGE)
    assert Path(found.output).read_bytes().startswith(b"age-encryption.org/v1\n-> scrypt ")
    page = Path(found.guide).read_text()
    assert Path(found.guide).name == f"how-to-open-{source.name}.age.html"
    assert "a &quot;quoted&quot; &amp; &lt;b&gt;.txt.age" in page
    assert page == guide_for(f"{source.name}.age")
    assert PASSPHRASE not in page
    Path(found.output).unlink()
    Path(found.guide).write_text("mine")
    assert make_for_outside(session, str(source), kind=Kind.AGE).guide == found.guide
    assert Path(found.guide).read_text() == "mine"


def test_a_passphrase_that_is_made_is_long_and_each_time_another() -> None:
    first, second = made_up_passphrase().text(), made_up_passphrase().text()
    assert first != second
    assert [len(group) for group in first.split("-")] == [4] * 6


def test_the_child_that_parses_documents_has_no_network_and_starts_nothing(tmp_path: Path) -> None:
    program = f"""
import ctypes, os, socket
from signet.child.confine import confine
libc = ctypes.CDLL(None, use_errno=True)
assert confine()
def write():
    with open({str(tmp_path / "file")!r}, "w", buffering=1) as file:
        os.write(file.fileno(), b"x")
def ring():
    if libc.syscall(425, 1, None) < 0:  # io_uring_setup; EFAULT where it is allowed
        raise OSError(ctypes.get_errno(), "refused")
for attempt in (socket.socket, lambda: os.execv("/bin/true", ["true"]), ring, write):
    try:
        attempt()
    except OSError as error:
        print(error.errno)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": APP},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.stdout.split(), done.stderr) == (["1", "1", "1", "27"], "")
