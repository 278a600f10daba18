"""Edit once: what comes back is what was saved, under the same keys; nothing plain stays, nothing changed is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fuzz.target import in_memory, written
from signet.audit.entry import Outcome
from signet.crypto.esdk_encrypt import encrypt
from signet.crypto.esdk_keys import RawAesKeyring
from signet.errors import (
    CiphertextInvalid,
    ConfirmationMissing,
    DiskFull,
    EditLost,
    EditOpen,
    EditUnfinished,
    KeyStateRefused,
    NoEdit,
    NotEditable,
    SignetError,
    SourceChanged,
)
from signet.keys.model import Key
from signet.keys.spec import KeySpec
from signet.keys.state import KeyState
from signet.secret import Secret
from signet.services import editing, editing_notes, editing_save, keys
from signet.services.audit import list_entries, verify_log
from signet.services.copies import decrypted_copies
from signet.services.editing import Edit, open_edit, take_up
from signet.services.editing_leftovers import leftovers
from signet.services.files import decrypt_files, encrypt_files, inspect_file
from signet.services.session import Session
from signet.store import private
from support.files import child_environment, set_state
from support.memory import memory  # noqa: F401 - a fixture
from support.vaults import VaultInTest

OLD, NEW = b"dear diary", b"dear diary, today was a longer day"


@pytest.fixture
def key(session: Session) -> Key:
    return keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)


@pytest.fixture
def diary(session: Session, key: Key, tmp_path: Path) -> str:
    source = tmp_path / "letters" / "diary.txt"
    source.parent.mkdir()
    source.write_bytes(OLD)
    (item,) = encrypt_files(session, [str(source)], key="papers", context={"purpose": "diary"})
    source.unlink()
    assert item.output is not None
    Path(item.output).chmod(0o640)
    return item.output


@pytest.fixture(params=["memory", "disk"])
def opened(request: pytest.FixtureRequest, session: Session, diary: str, monkeypatch: pytest.MonkeyPatch) -> Edit:
    if request.param == "disk":
        monkeypatch.setattr(private, "memory_bases", tuple)
    made = open_edit(session, diary)
    assert made.in_memory is (request.param == "memory")
    return made


def content(session: Session, path: str) -> bytes:
    (item,) = decrypt_files(session, [path], output=path + ".out", overwrite=True)
    assert item.output is not None
    return Path(item.output).read_bytes()


def save_by_rename(edit: Edit, data: bytes) -> None:
    """As careful editors do."""
    beside = Path(edit.plain + ".new~")
    beside.write_bytes(data)
    beside.rename(edit.plain)


def copy_of(path: str) -> str:
    other = Path(path).with_name("copy.esdk")
    other.write_bytes(Path(path).read_bytes())
    return str(other)


def nothing_plain(edit: Edit, session: Session) -> bool:
    edits = Path(session.workplace.places.state, "edits")
    return not Path(edit.plain).parent.exists() and list(edits.iterdir()) == []


def test_what_was_saved_is_encrypted_for_the_same_keys_and_the_folder_wiped(
    opened: Edit, session: Session, diary: str
) -> None:
    before = inspect_file(diary)
    folder = Path(opened.plain).parent
    assert (folder.stat().st_mode & 0o777, Path(opened.plain).stat().st_mode & 0o777) == (0o700, 0o600)
    assert (Path(opened.plain).name, Path(opened.plain).read_bytes(), opened.saved) == ("diary.txt", OLD, False)
    save_by_rename(opened, b"first try")
    save_by_rename(opened, NEW)
    (folder / ".diary.txt.swp").write_bytes(NEW)
    (folder / "locked").mkdir(mode=0o000)
    (folder / "locked").rename(folder / ".locked")
    assert opened.saved
    assert decrypted_copies(session) == ()  # nobody is to move it to a trash meanwhile
    assert opened.finish(session).changed
    assert nothing_plain(opened, session)
    after = inspect_file(diary)
    assert content(session, diary) == NEW
    assert (after.context, after.recipients) == (before.context, before.recipients)
    assert after.message_id != before.message_id
    assert Path(diary).stat().st_mode & 0o777 == 0o640
    assert sorted(os.listdir(os.path.dirname(diary))) == ["diary.txt.esdk", "diary.txt.esdk.out"]
    ends = [entry for entry in list_entries(session) if entry.operation == "Encrypt"][:2]
    assert {entry.outcome for entry in ends} == {Outcome.DONE, Outcome.ALLOWED}
    verify_log(session)


def test_what_was_not_changed_is_left_as_it_was(session: Session, diary: str) -> None:
    edit, before = open_edit(session, diary), Path(diary).read_bytes()
    save_by_rename(edit, OLD)
    assert not edit.finish(session).changed
    assert Path(diary).read_bytes() == before
    assert nothing_plain(edit, session)


def test_one_edit_of_a_file_at_a_time(session: Session, diary: str) -> None:
    edit = open_edit(session, diary)
    with pytest.raises(EditOpen):
        open_edit(session, diary)
    with pytest.raises(EditOpen):
        take_up(session.workplace, diary)
    assert leftovers(session) == ()
    Path(edit.plain).write_bytes(NEW)
    Path(edit.plain).parent.chmod(0o755)  # by a program, or by the person
    edit.leave()  # as if Signet had been ended
    assert [each.plain for each in leftovers(session)] == [edit.plain]
    with pytest.raises(EditUnfinished):
        open_edit(session, diary)
    edit = take_up(session.workplace, diary)
    edit.discard()
    assert nothing_plain(edit, session)
    assert content(session, diary) == OLD
    with pytest.raises(NoEdit):
        take_up(session.workplace, diary)
    open_edit(session, diary).discard()


def test_changes_outlive_signet_and_what_was_not_changed_is_wiped(vault: VaultInTest, tmp_path: Path) -> None:
    paths = []
    with vault.open() as session:
        keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
        for name in ("changed", "read", "gone"):
            (tmp_path / name).write_bytes(OLD)
            (item,) = encrypt_files(session, [str(tmp_path / name)], key="papers")
            paths.append(item.output or "")
        edits = [open_edit(session, path) for path in paths]
    save_by_rename(edits[0], NEW)
    Path(edits[2].plain).unlink()
    Path(edits[2].plain).parent.rmdir()
    for edit in edits:
        edit.leave()
    with vault.open() as session:
        said = " ".join(vault.prompt.notes)
        assert edits[0].plain in said
        assert "“gone.esdk” was open for editing when the computer stopped" in said
        assert "read.esdk" not in said
        assert not Path(edits[1].plain).parent.exists()
        assert Path(edits[0].plain).read_bytes() == NEW
        edit = take_up(session.workplace, paths[0])
        assert edit.finish(session).changed
        assert content(session, paths[0]) == NEW
        assert nothing_plain(edit, session)


KILLED = """
import os, sys
from pathlib import Path
from signet.services import editing
from support.files import opened_by_code

folder, vault, changed, opening = sys.argv[1:]
session = opened_by_code(Path(folder), Path(vault))
Path(editing.open_edit(session, changed).plain).write_bytes(b"new")
editing.stamp_of = lambda _: os.kill(os.getpid(), 9)
editing.open_edit(session, opening)
"""


def test_a_kill_leaves_the_changes_and_nothing_else_plain(vault: VaultInTest, tmp_path: Path) -> None:
    with vault.open() as session:
        keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
        for name in ("changed", "opening"):
            (tmp_path / name).write_bytes(OLD)
            encrypt_files(session, [str(tmp_path / name)], key="papers")
    changed, opening = (str(tmp_path / f"{name}.esdk") for name in ("changed", "opening"))
    words = [sys.executable, "-c", KILLED, str(tmp_path), str(vault.path), changed, opening]
    ended = subprocess.run(words, env=child_environment(), capture_output=True, text=True, timeout=60)
    assert ended.returncode == -9, ended.stderr
    held = []
    for note, one in editing_notes.notes(vault.workplace):
        assert one is not None
        one.close()
        held.append(note)
    assert [Path(note.plain).read_bytes() for note in sorted(held, key=lambda note: note.path)] == [b"new", OLD]
    with vault.open() as session:
        edit = take_up(session.workplace, changed)
        edit.finish(session)
        assert content(session, changed) == b"new"
        assert [note for note in held if Path(note.folder).exists()] == []
        open_edit(session, opening).discard()


def test_if_it_cannot_be_encrypted_nothing_is_lost(
    session: Session, key: Key, diary: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit, before = open_edit(session, diary), Path(diary).read_bytes()
    save_by_rename(edit, NEW)

    def full(*_: object, **__: object) -> None:
        raise DiskFull(path=diary)

    def damaged(*_: object, **__: object) -> None:
        raise CiphertextInvalid

    troubles: list[tuple[str, object, type[SignetError]]] = [
        ("encrypt", full, DiskFull),
        ("read_back", damaged, CiphertextInvalid),
    ]
    for name, trouble, expected in troubles:
        with monkeypatch.context() as patch:
            patch.setattr(editing_save, name, trouble)
            with pytest.raises(expected):
                edit.finish(session)
    set_state(session, key, KeyState.ARCHIVED)
    with pytest.raises(KeyStateRefused):
        edit.finish(session)
    with pytest.raises(KeyStateRefused):
        open_edit(session, copy_of(diary))
    set_state(session, key, KeyState.ENABLED)
    Path(edit.plain).rename(edit.plain + "~")
    with pytest.raises(EditLost):
        edit.finish(session)
    Path(edit.plain + "~").rename(edit.plain)
    Path(edit.plain).with_name("second.txt").write_bytes(NEW)
    session.workplace.prompt.yes = False  # type: ignore[attr-defined]
    with pytest.raises(ConfirmationMissing):
        edit.finish(session)
    assert (Path(diary).read_bytes(), Path(edit.plain).read_bytes()) == (before, NEW)
    session.workplace.prompt.yes = True  # type: ignore[attr-defined]
    assert edit.finish(session).changed
    assert content(session, diary) == NEW


def test_a_file_that_was_replaced_meanwhile_is_not_overwritten(session: Session, diary: str) -> None:
    edit = open_edit(session, diary)
    Path(edit.plain).write_bytes(NEW)
    copy = Path(diary).read_bytes()
    Path(diary).unlink()
    Path(diary).write_bytes(copy)
    with pytest.raises(SourceChanged):
        edit.finish(session)
    assert Path(diary).read_bytes() == copy
    assert Path(edit.plain).read_bytes() == NEW


def test_what_is_saved_while_it_is_encrypted_is_encrypted_too(
    session: Session, diary: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit = open_edit(session, diary)
    Path(edit.plain).write_bytes(b"half")
    real = editing_save.save

    def saved_once_more(*words: object, **more: object) -> object:
        mark = real(*words, **more)  # type: ignore[arg-type]
        monkeypatch.setattr(editing, "save", real)
        Path(edit.plain).write_bytes(NEW)
        return mark

    monkeypatch.setattr(editing, "save", saved_once_more)
    assert edit.finish(session).changed
    assert content(session, diary) == NEW


def test_a_folder_and_files_of_strangers_cannot_be_edited(session: Session, key: Key, tmp_path: Path) -> None:
    (tmp_path / "trip").mkdir()
    (item,) = encrypt_files(session, [str(tmp_path / "trip")], key="papers")
    with pytest.raises(NotEditable, match="folder"):
        open_edit(session, item.output or "")
    with in_memory(b"x") as source, in_memory() as target:
        strange = RawAesKeyring("somebody", "else", Secret(bytes(32)))
        encrypt(source, target, keyrings=[strange], context={})
        (tmp_path / "strange.esdk").write_bytes(written(target))
    with pytest.raises(NotEditable, match="shut out"):
        open_edit(session, str(tmp_path / "strange.esdk"))
    assert leftovers(session) == ()


def test_a_broken_note_removes_nothing(session: Session) -> None:
    place = Path(session.workplace.places.state, "edits", "0123456789abcdef")
    place.mkdir(parents=True)
    for note in (b"", b"{}", b"[" * 9999, b'{"format": "signet-edit", "version": 1, "folder": "/"}'):
        (place / "note.json").write_bytes(note)
        assert leftovers(session) == ()
        assert (place / "note.json").exists()
