"""Nothing half done has a name, and what a kill leaves behind is gone after the next unlocking."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from signet.errors import FolderReadOnly, StorageError
from signet.keys.spec import KeySpec
from signet.services import keys
from signet.services.audit import verify_log
from signet.services.files import decrypt_files, encrypt_files, list_files
from signet.services.files_outputs import new_output, sweep_leftovers
from signet.services.session import Session
from signet.store.output import FileMark, Output
from signet.store.records import Change
from signet.store.tables.outputs import PendingOutput
from support.files import child_environment, leftovers
from support.vaults import VaultInTest

AES = KeySpec.SYMMETRIC_DEFAULT
KILLS = 3
"""For each operation; the long run is elsewhere."""

WORK = """
import sys
from pathlib import Path
from support.files import opened_by_code
from signet.services.files import decrypt_files, encrypt_files, re_encrypt_files
from signet.store.output import Output
folder, vault, what, named, *paths = sys.argv[1:]
if named == "named":
    Output._open_nameless = lambda self: -1
with opened_by_code(Path(folder), Path(vault)) as session:
    print("ready", flush=True)
    if what == "encrypt":
        items = encrypt_files(session, paths, key="papers")
    elif what == "decrypt":
        items = decrypt_files(session, paths)
    else:
        items = re_encrypt_files(session, paths, key="archive")
    assert all(item.status == "done" for item in items), items
print("done", flush=True)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "letters"
    made.mkdir()
    return made


@pytest.fixture
def no_nameless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that knows no files without a name, as network file systems do."""
    monkeypatch.setattr(Output, "_open_nameless", lambda _self: -1)


def noted(session: Session) -> list[PendingOutput]:
    with session.records.read() as reading:
        return reading.outputs.all()


def test_a_named_output_is_noted_before_it_exists_and_forgotten_after(
    session: Session, folder: Path, no_nameless: None
) -> None:
    output = new_output(session, str(folder / "a"))
    (note,) = noted(session)
    assert (note.folder, os.listdir(folder)) == (str(folder), [note.name])
    output.publish()
    assert noted(session) == []
    assert os.listdir(folder) == ["a"]
    new_output(session, str(folder / "b")).discard()
    assert (noted(session), os.listdir(folder)) == ([], ["a"])


def test_a_nameless_output_needs_no_note(session: Session, folder: Path) -> None:
    output = new_output(session, str(folder / "a"))
    assert (noted(session), os.listdir(folder)) == ([], [])
    output.discard()


def test_files_go_through_where_there_are_only_named_outputs(
    session: Session, folder: Path, no_nameless: None
) -> None:
    keys.create_key(session, "papers", spec=AES)
    (folder / "a").write_bytes(b"secret")
    (item,) = encrypt_files(session, [str(folder / "a")], key="papers")
    assert item.status == "done"
    (folder / "a").unlink()
    (item,) = decrypt_files(session, [str(folder / "a.esdk")])
    assert (folder / "a").read_bytes() == b"secret"
    assert (noted(session), leftovers(folder)) == ([], [])


def test_what_is_still_being_written_is_not_swept(session: Session, folder: Path, no_nameless: None) -> None:
    output = new_output(session, str(folder / "a"))
    assert sweep_leftovers(session) == 0
    assert len(noted(session)) == len(os.listdir(folder)) == 1
    output.discard()


def test_sweeping_removes_only_what_signet_made(session: Session, folder: Path) -> None:
    ours = ".signet-0123456789abcdef.part"
    (folder / ours).write_bytes(b"half")
    (folder / "letter").write_bytes(b"precious")
    with session.records.change() as change:
        change.outputs.note(str(folder), ours, "2026-11-22T12:00:00Z")
        change.outputs.note(str(folder), "letter", "2026-11-22T12:00:00Z")
        change.outputs.note(str(folder / "gone"), ours, "2026-11-22T12:00:00Z")
    assert sweep_leftovers(session) == 2
    assert os.listdir(folder) == ["letter"]
    assert [note.name for note in noted(session)] == ["letter"]


def test_a_folder_that_cannot_be_reached_is_tried_again(
    session: Session, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with session.records.change() as change:
        change.outputs.note(str(folder), ".signet-0123456789abcdef.part", "2026-11-22T12:00:00Z")

    def refuse(folder: str, name: str) -> bool:
        raise FolderReadOnly(path=folder)

    monkeypatch.setattr("signet.services.files_outputs.sweep", refuse)
    assert sweep_leftovers(session) == 0
    assert len(noted(session)) == 1


def test_a_folder_that_cannot_be_written_fails_its_files_and_leaves_no_note(session: Session, folder: Path) -> None:
    keys.create_key(session, "papers", spec=AES)
    (folder / "a").write_bytes(b"secret")
    # Even root makes no file here.
    (item,) = encrypt_files(session, [str(folder / "a")], key="papers", output="/sys/kernel")
    assert item.status == "failed"
    assert isinstance(item.error, StorageError)
    assert noted(session) == []
    assert list_files(session) == ()


@pytest.mark.slow
@pytest.mark.parametrize("named", ["nameless", "named"])
@pytest.mark.parametrize("what", ["encrypt", "decrypt", "re-encrypt"])
def test_a_kill_at_any_instant_leaves_nothing_half_done(
    vault: VaultInTest, folder: Path, what: str, named: str
) -> None:
    contents = {f"letter-{number}": os.urandom(300_000 + number) for number in range(12)}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    sources = [str(folder / name) for name in contents]
    messages = [source + ".esdk" for source in sources]
    with vault.open() as session:
        keys.create_key(session, "papers", spec=AES)
        keys.create_key(session, "archive", spec=AES)
        if what != "encrypt":
            encrypt_files(session, sources, key="papers")
            for source in sources:
                os.unlink(source)
    before = set(os.listdir(folder))
    paths = sources if what == "encrypt" else messages
    finished, took = _finishes(vault, what, named, paths, 60)
    assert finished
    killed = 0
    while killed < KILLS:
        _check(vault, folder, contents, before)
        finished, lasted = _finishes(vault, what, named, paths, random.uniform(0, took))
        killed += not finished
        # What the first run took, on a machine that was busier then, must not put every kill after the end.
        took = lasted if finished else took
    _check(vault, folder, contents, before)
    with vault.open() as session:
        assert verify_log(session) == ()


def _check(vault: VaultInTest, folder: Path, contents: dict[str, bytes], before: set[str]) -> None:
    """Unlock, which sweeps; then everything that has a name must be whole. Put the folder back as it was."""
    with vault.open() as session:
        assert noted(session) == []
        there = set(os.listdir(folder))
        assert before <= there <= set(contents) | {f"{name}.esdk" for name in contents}
        messages = [str(folder / name) for name in there if name.endswith(".esdk")]
        out = folder.parent / "out"
        items = decrypt_files(session, messages, output=str(out))
        assert {item.status for item in items} <= {"done"}
        for plain in [*out.glob("*"), *(folder / name for name in there if not name.endswith(".esdk"))]:
            assert plain.read_bytes() == contents[plain.name]
        shutil.rmtree(out, ignore_errors=True)
    for name in there - before:
        (folder / name).unlink()


def _finishes(vault: VaultInTest, what: str, named: str, paths: list[str], wait: float) -> tuple[bool, float]:
    """Start the operation, kill it ``wait`` seconds into it unless it is done; say whether it was, and its time."""
    words = [sys.executable, "-c", WORK, str(vault.path.parent), str(vault.path), what, named, *paths]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=child_environment()) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        started = time.perf_counter()
        try:
            child.wait(wait)
        except subprocess.TimeoutExpired:
            child.kill()
        took = time.perf_counter() - started
    assert child.returncode in (0, -9)
    return child.returncode == 0, took


def test_replacing_many_files_notes_their_names_together(
    session: Session, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.create_key(session, "papers", spec=AES)
    sources = [str(folder / str(number)) for number in range(20)]
    for source in sources:
        Path(source).write_bytes(b"secret")
    encrypt_files(session, sources, key="papers")
    commits: list[int] = []
    seen: list[int] = []
    change, publish = session.records.change, Output.publish

    def counted() -> AbstractContextManager[Change]:
        commits.append(1)
        return change()

    def watched(output: Output, *, overwrite: bool, durable: bool, replaces: FileMark | None) -> None:
        seen.append(len(noted(session)))
        publish(output, overwrite=overwrite, durable=durable, replaces=replaces)

    monkeypatch.setattr(session.records, "change", counted)
    monkeypatch.setattr(Output, "publish", watched)
    items = encrypt_files(session, sources, key="papers", overwrite=True)
    assert {item.status for item in items} == {"done"}
    assert seen == [20] * 20
    # The decision, the entries with the notes, and the end of the notes.
    assert len(commits) == 3
    assert (noted(session), leftovers(folder)) == ([], [])
