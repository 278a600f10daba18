"""Folders: one encrypted file each, laid out again, or file by file; the official SDK and GNU tar read them too."""

from __future__ import annotations

import io
import os
import resource
import socket
import stat
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from signet.crypto.esdk_encrypt import encrypt_stream
from signet.errors import (
    ArchiveRefused,
    Cancelled,
    CiphertextInvalid,
    DiskFull,
    OutputExists,
    SourceChanged,
    SourceUnsupported,
)
from signet.formats.tar import END, Entry, header_of, padding
from signet.keys.model import Key
from signet.keys.spec import KeySpec
from signet.keys.state import Operation
from signet.services import keys
from signet.services.audit import list_entries, verify_log
from signet.services.files import Item, decrypt_files, encrypt_files, list_files, re_encrypt_files
from signet.services.files_each import spread
from signet.services.files_encrypt import vault_keyring
from signet.services.files_outputs import sweep_leftovers
from signet.services.session import Session
from signet.services.use import use_key
from support.files import leftovers, official

NAME = os.fsdecode(b"na\xefve \xff.txt")


@pytest.fixture
def key(session: Session) -> Key:
    return keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    made = tmp_path / "place" / "letters"
    (made / "2025" / "empty").mkdir(parents=True)
    (made / "a.txt").write_bytes(b"to whom it may concern\n" * 60_000)
    (made / "2025" / NAME).write_bytes(b"")
    (made / "2025" / "run.sh").write_bytes(b"#!/bin/sh\n")
    (made / "2025" / "run.sh").chmod(0o755)
    (made / ".hidden").write_bytes(b"x")
    os.utime(made / "a.txt", (1_700_000_000, 1_700_000_000))
    os.utime(made / "2025" / "run.sh", (-5, -5))  # before 1970, as some cameras and archives have it
    os.utime(made / "2025" / "empty", (-5, -5))
    return made


def content_of(folder: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")
    }


def moved(path: Path) -> Path:
    return path.rename(path.with_name(path.name + " before"))


def only_error(items: tuple[Item, ...]) -> BaseException | None:
    (item,) = items
    assert (item.error is None) == (item.status == "done")
    return item.error


def test_a_folder_comes_back_as_it_was(session: Session, key: Key, letters: Path) -> None:
    (item,) = encrypt_files(session, [str(letters) + "/"], key="papers", verify=True)
    message = f"{letters}.tar.esdk"
    assert (item.output, item.error) == (message, None)
    assert stat.S_IMODE(os.stat(message).st_mode) == 0o600
    before = moved(letters)
    (item,) = decrypt_files(session, [message])
    assert (item.output, item.error) == (str(letters), None)
    assert content_of(letters) == content_of(before)
    assert stat.S_IMODE(letters.stat().st_mode) == 0o700
    assert stat.S_IMODE((letters / "2025" / "run.sh").stat().st_mode) == 0o700
    assert stat.S_IMODE((letters / "a.txt").stat().st_mode) == 0o600
    assert (letters / "a.txt").stat().st_mtime == 1_700_000_000
    assert [(letters / "2025" / name).stat().st_mtime for name in ("run.sh", "empty")] == [0, 0]
    (known,) = list_files(session, "papers")
    assert (known.path, known.content) == (message, "folder")
    done = next(entry for entry in list_entries(session, operation=str(Operation.ENCRYPT)) if entry.of is not None)
    assert (done.details["content"], done.details["files"], done.details["left-out"]) == ("folder", 4, 0)
    assert verify_log(session) == ()
    assert leftovers(letters.parent) == []


def test_a_second_time_nothing_is_overwritten(session: Session, key: Key, letters: Path) -> None:
    message = f"{letters}.tar.esdk"
    encrypt_files(session, [str(letters)], key="papers")
    assert isinstance(only_error(encrypt_files(session, [str(letters)], key="papers")), OutputExists)
    before = content_of(letters)
    for overwrite in (False, True):
        assert isinstance(only_error(decrypt_files(session, [message], overwrite=overwrite)), OutputExists)
    assert content_of(letters) == before
    assert only_error(decrypt_files(session, [message], output=str(letters.parent / "out"))) is None
    assert content_of(letters.parent / "out" / "letters") == before
    assert only_error(re_encrypt_files(session, [message])) is None
    assert only_error(decrypt_files(session, [message], output=str(letters.parent / "again"))) is None
    assert content_of(letters.parent / "again" / "letters") == before


def test_the_official_sdk_and_gnu_tar_read_it(session: Session, key: Key, letters: Path, tmp_path: Path) -> None:
    encrypt_files(session, [str(letters)], key="papers")
    client, provider = official(session, key)
    plain, header = client.decrypt(source=Path(f"{letters}.tar.esdk").read_bytes(), key_provider=provider)
    assert header.encryption_context == {"signet-content": "folder"}
    out = tmp_path / "out"
    out.mkdir()
    subprocess.run(["tar", "-x", "-C", str(out)], input=plain, check=True)
    assert content_of(out) == content_of(letters)
    (item,) = decrypt_files(session, [f"{letters}.tar.esdk"], archive=True)
    assert item.output == f"{letters}.tar"
    assert Path(f"{letters}.tar").read_bytes() == plain


def test_what_is_no_file_is_left_out_and_named(session: Session, key: Key, letters: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(b"not mine")
    (letters / "link").symlink_to(tmp_path / "outside")
    (letters / "folder").symlink_to(tmp_path)
    os.mkfifo(letters / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(letters / "socket"))
        assert only_error(encrypt_files(session, [str(letters)], key="papers")) is None
    (note,) = session.workplace.prompt.notes  # type: ignore[attr-defined]  # the scripted prompt's
    assert "folder (it is a link" in note
    assert "and 1 more" in note
    assert only_error(decrypt_files(session, [f"{letters}.tar.esdk"], output=str(tmp_path / "out"))) is None
    assert set(content_of(tmp_path / "out" / "letters")) == set(content_of(letters)) - {
        "link", "folder", "pipe", "socket",
    }  # fmt: skip
    link = tmp_path / "shortcut"
    link.symlink_to(letters)
    assert isinstance(only_error(encrypt_files(session, [str(link)], key="papers")), SourceUnsupported)


def test_the_vault_itself_is_left_out(session: Session, key: Key) -> None:
    above = os.path.dirname(session.folder.path)
    out = above + ".out"
    assert only_error(encrypt_files(session, [above], key="papers")) is None
    assert only_error(decrypt_files(session, [f"{above}.tar.esdk"], output=out)) is None
    assert not Path(out, os.path.basename(above), os.path.basename(session.folder.path)).exists()
    assert verify_log(session) == ()


def test_a_result_within_its_own_folder_is_refused(session: Session, key: Key, letters: Path) -> None:
    error = only_error(encrypt_files(session, [str(letters)], key="papers", output=str(letters / "2025")))
    assert isinstance(error, SourceUnsupported)
    assert "in the folder itself" in error.message


@pytest.mark.parametrize("change", ["grow", "shrink", "touch", "add", "remove"])
def test_what_changes_meanwhile_is_no_result(
    session: Session, key: Key, letters: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    file = letters / "a.txt"

    def disturbed(entry: Entry) -> bytes:
        if entry.name == "a.txt":
            if change == "grow":
                file.write_bytes(file.read_bytes() + b"more")
            elif change == "shrink":
                os.truncate(file, 10)
            elif change == "touch":
                os.utime(file)
            elif change == "add":
                (letters / "new").write_bytes(b"")
            else:
                (letters / ".hidden").unlink()
        return header_of(entry)

    monkeypatch.setattr("signet.store.tree.header_of", disturbed)
    assert isinstance(only_error(encrypt_files(session, [str(letters)], key="papers")), SourceChanged)
    assert leftovers(letters.parent) == []
    assert not Path(f"{letters}.tar.esdk").exists()


def message_of(session: Session, key: Key, path: Path, archive: bytes) -> None:
    """Encrypt any bytes as a folder, as a stranger with the key could."""
    with use_key(session, key.id, Operation.ENCRYPT) as grant, grant.material() as material, open(path, "wb") as out:
        context = {"signet-content": "folder"}
        encrypt_stream(io.BytesIO(archive), out.fileno(), keyrings=[vault_keyring(grant, material)], context=context)


def file_entry(*parts: bytes, content: bytes = b"x", is_folder: bool = False) -> bytes:
    size = 0 if is_folder else len(content)
    return header_of(Entry(parts, is_folder, size)) + (b"" if is_folder else content + padding(size))


def _link() -> bytes:
    info = tarfile.TarInfo("link")
    info.type, info.linkname = tarfile.SYMTYPE, "/etc"
    return info.tobuf(tarfile.USTAR_FORMAT)


@pytest.mark.parametrize(
    ("archive", "word"),
    [
        (file_entry(b"..", b"up") + END, "outside"),
        (_link() + file_entry(b"link", b"passwd") + END, "link"),
        (file_entry(b"a") + file_entry(b"a") + END, "two entries"),
        (file_entry(b"a") + file_entry(b"a", b"b") + END, "two entries"),
        (file_entry(b"a", is_folder=True) + file_entry(b"a") + END, "two entries"),
        (file_entry(b"a"), "no end"),
        (b"plain words, no archive", "no end"),
        (b"plain words, no archive" * 100, "not an archive"),
    ],
)
def test_hostile_archives_leave_nothing(
    session: Session, key: Key, tmp_path: Path, archive: bytes, word: str
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    message_of(session, key, place / "gift.tar.esdk", archive)
    error = only_error(decrypt_files(session, [str(place / "gift.tar.esdk")]))
    assert isinstance(error, ArchiveRefused)
    assert word in error.message
    assert [path.name for path in place.iterdir()] == ["gift.tar.esdk"]
    assert only_error(decrypt_files(session, [str(place / "gift.tar.esdk")], archive=True)) is None
    assert (place / "gift.tar").read_bytes() == archive


def test_a_changed_message_leaves_nothing(session: Session, key: Key, letters: Path) -> None:
    encrypt_files(session, [str(letters)], key="papers")
    message = Path(f"{letters}.tar.esdk")
    moved(letters)
    whole = message.read_bytes()
    # The last frame, after all that was laid out by then; and one frame short of the end.
    for broken in (whole[:-5] + bytes([whole[-5] ^ 1]) + whole[-4:], whole[:-65_600]):
        message.write_bytes(broken)
        assert isinstance(only_error(decrypt_files(session, [str(message)])), CiphertextInvalid)
        assert not letters.exists()
        assert leftovers(letters.parent) == []


def test_cancel_and_a_full_disk_leave_nothing(
    session: Session, key: Key, letters: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = iter(range(1000))
    stopped = encrypt_files(session, [str(letters)], key="papers", cancelled=lambda: next(calls) > 3)
    assert isinstance(only_error(stopped), Cancelled)
    assert not Path(f"{letters}.tar.esdk").exists()
    encrypt_files(session, [str(letters)], key="papers")
    moved(letters)
    calls = iter(range(1000))
    again = decrypt_files(session, [f"{letters}.tar.esdk"], cancelled=lambda: next(calls) > 1)
    assert isinstance(only_error(again), Cancelled)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("signet.store.staging.os.write", full)
    assert isinstance(only_error(decrypt_files(session, [f"{letters}.tar.esdk"])), DiskFull)
    # And a disk that takes nothing away either: what is left is still noted, and goes later.
    monkeypatch.setattr("signet.store.staging.shutil.rmtree", lambda *_, **__: None)
    assert isinstance(only_error(decrypt_files(session, [f"{letters}.tar.esdk"])), DiskFull)
    monkeypatch.undo()
    assert len(leftovers(letters.parent)) == 1
    assert sweep_leftovers(session) == 1
    assert not letters.exists()
    assert leftovers(letters.parent) == []


def test_what_a_kill_leaves_is_swept(session: Session, tmp_path: Path) -> None:
    """A process that dies while it lays out a folder; here its note, and its folder without a lock."""
    half = tmp_path / ".signet-0123456789abcdef.part"
    (half / "deep").mkdir(parents=True)
    (half / "deep" / "secret.txt").write_bytes(b"plain")
    foreign = tmp_path / "mine"
    foreign.mkdir()
    with session.records.change() as change:
        change.outputs.note(str(tmp_path), half.name, "2026-11-22T12:00:00Z")
        change.outputs.note(str(tmp_path), foreign.name, "2026-11-22T12:00:00Z")
    holder = subprocess.Popen(
        [sys.executable, "-c", "import fcntl,os,sys,time;f=os.open(sys.argv[1],os.O_RDONLY);"
         "fcntl.flock(f,fcntl.LOCK_EX);print(1,flush=True);time.sleep(600)", str(half)],
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdout is not None
    holder.stdout.readline()
    assert sweep_leftovers(session) == 0
    holder.kill()
    holder.wait()
    holder.stdout.close()
    assert sweep_leftovers(session) == 1
    assert not half.exists()
    assert foreign.exists()


def test_file_by_file(session: Session, key: Key, letters: Path, tmp_path: Path) -> None:
    (letters / "link").symlink_to(tmp_path)
    found = spread(session, [str(letters), str(tmp_path / "alone")], encrypted=False)
    assert [os.path.relpath(path, letters) for path in found.paths[:-1]] == [
        ".hidden", os.path.join("2025", NAME), os.path.join("2025", "run.sh"), "a.txt",
    ]  # fmt: skip
    assert found.paths[-1] == str(tmp_path / "alone")
    assert [each.path for each in found.left_out] == [str(letters / "link")]
    items = encrypt_files(session, found.paths[:-1], key="papers")
    assert [item.status for item in items] == ["done"] * 4
    assert spread(session, [str(letters)], encrypted=True).paths == tuple(path + ".esdk" for path in found.paths[:-1])
    assert spread(session, [str(letters)], encrypted=False).paths == found.paths[:-1]
    with pytest.raises(Cancelled):
        spread(session, [str(letters)], encrypted=True, cancelled=lambda: True)


def test_many_folders_hold_few_descriptors(
    session: Session, key: Key, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each that waits for its name has three open: what it lies in, itself, and the last folder in it."""
    for number in range(200):
        (tmp_path / f"{number}" / "in").mkdir(parents=True)
        (tmp_path / f"{number}" / "in" / "it").write_bytes(b"secret")
    encrypted = encrypt_files(session, [str(tmp_path / f"{number}") for number in range(200)], key="papers")
    (tmp_path / "out").mkdir()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    real, few = resource.setrlimit, len(os.listdir("/proc/self/fd")) + 450

    def refused(*_: object) -> None:
        raise ValueError

    real(resource.RLIMIT_NOFILE, (few, hard))
    monkeypatch.setattr(resource, "setrlimit", refused)
    try:
        messages = [item.output or "" for item in encrypted]
        items = decrypt_files(session, messages, output=str(tmp_path / "out"))
    finally:
        real(resource.RLIMIT_NOFILE, (soft, hard))
    assert {item.status for item in items} == {"done"}
