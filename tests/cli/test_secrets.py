"""Secrets in files: what is read, what is refused, and that the text never shows."""

from __future__ import annotations

import io
import os
import sys
import threading
from pathlib import Path

import pytest

from signet.cli.secrets import MAX_SECRET, SecretFiles
from signet.errors import SignetError, UsageError


def read(path: object, *, option: str = "pin-file") -> str:
    files = SecretFiles()
    files.name(option, str(path))
    try:
        with files.read(option) as secret:
            return secret.text()
    finally:
        files.close()


@pytest.mark.parametrize(
    ("written", "secret"),
    [
        (b"1234\n", "1234"),
        (b"1234", "1234"),
        (b"1234\r\n", "1234"),
        (b"1234\n\n", "1234\n"),
        (b" 12 34 \n", " 12 34 "),
        ("wörter\n".encode(), "wörter"),
        (b"x" * MAX_SECRET, "x" * MAX_SECRET),
    ],
)
def test_one_trailing_newline_is_removed(tmp_path: Path, written: bytes, secret: str) -> None:
    (tmp_path / "pin").write_bytes(written)
    assert read(tmp_path / "pin") == secret


@pytest.mark.parametrize("written", [b"", b"\n", b"\xff1234", b"x" * (MAX_SECRET + 1)])
def test_what_cannot_be_a_secret_is_wrong_usage(tmp_path: Path, written: bytes) -> None:
    (tmp_path / "pin").write_bytes(written)
    with pytest.raises(UsageError) as caught:
        read(tmp_path / "pin")
    assert str(tmp_path / "pin") in caught.value.message
    assert "1234" not in repr(caught.value)


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        read(tmp_path / "nothing")


def test_a_folder_is_no_secret(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--pin-file, is a folder") as caught:
        read(tmp_path)
    assert str(tmp_path) in caught.value.message


@pytest.mark.parametrize("name", ["", "nothing", "file/inside", "a\0b"])
def test_what_cannot_be_opened_names_the_option(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"--pin-file"):
        read(tmp_path / name if name else "")


def test_a_pipe_is_read_to_its_end_and_only_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(b"1234\n"))
    writer.start()
    files = SecretFiles()
    files.name("pin-file", str(pipe))
    assert files.read("pin-file").text() == "1234"
    writer.join()
    assert files.read("pin-file").text() == "1234"
    files.close()


def test_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"1234\n")))
    assert read("-") == "1234"


def test_the_same_option_twice_may_say_dash_twice() -> None:
    files = SecretFiles()
    files.name("pin-file", "-")
    files.name("pin-file", "-")
    with pytest.raises(SignetError):
        files.name("new-pin-file", "-")
