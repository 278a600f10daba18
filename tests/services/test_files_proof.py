"""Originals go to the trash only after they were shown to be what their encrypted files hold; all else stays."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

import pytest

from signet.audit.entry import Outcome
from signet.errors import (
    Cancelled,
    CiphertextInvalid,
    OriginalDiffers,
    OriginalHoldsMore,
    SourceChanged,
    SourceNotFound,
    SourceUnsupported,
)
from signet.keys.spec import KeySpec
from signet.services import files_items, files_proof, keys
from signet.services.audit import list_entries, verify_log
from signet.services.files import encrypt_files
from signet.services.files_proof import MOVE, trash_originals
from signet.services.session import Session
from signet.store import trash
from signet.store.output import FileMark
from signet.store.trash import mark_of, move_to_trash
from support.clock import SettableClock


@pytest.fixture
def folder(session: Session, tmp_path: Path) -> Path:
    keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
    made = tmp_path / "letters"
    made.mkdir()
    return made


def encrypted(session: Session, *paths: Path) -> list[tuple[str, str]]:
    items = encrypt_files(session, [str(path) for path in paths], key="papers", verify=True)
    return [(item.source, item.output or "") for item in items]


def bin_of(session: Session) -> Path:
    return Path(session.workplace.places.trash)


def test_thirty_originals_of_every_kind_go_under_one_decision(session: Session, folder: Path) -> None:
    names = ["empty", "big", os.fsdecode(b"\xff caf\xe9\n"), *(f"{number}.txt" for number in range(26))]
    for name in names:
        (folder / name).write_bytes({"empty": b"", "big": os.urandom((2 << 20) + 5)}.get(name, b"dear me"))
    album = folder / "album"
    (album / "inner").mkdir(parents=True)
    (album / "inner" / "a.jpg").write_bytes(b"picture" * 100)
    pairs = encrypted(session, *(folder / name for name in names), album)
    before = len(list_entries(session))
    items = trash_originals(session, pairs)
    assert [item.error for item in items] == [None] * 30
    assert not any(os.path.lexists(source) for source, _ in pairs)
    assert (bin_of(session) / "files" / "album" / "inner" / "a.jpg").read_bytes() == b"picture" * 100
    for item in items:
        note = (bin_of(session) / "info" / f"{os.path.basename(item.output or '')}.trashinfo").read_text()
        path, date = re.fullmatch(r"\[Trash Info\]\nPath=(\S+)\nDeletionDate=(\S{19})\n", note).groups()  # type: ignore[union-attr]
        assert unquote(path, errors="surrogateescape") == item.source
        assert date[10] == "T"
    entries = list_entries(session)[:-before]
    assert sum(entry.outcome is Outcome.ALLOWED and entry.operation == "Decrypt" for entry in entries) == 1
    assert sum(entry.outcome is Outcome.DONE and entry.operation == MOVE for entry in entries) == 30
    assert verify_log(session) == ()


def edited(source: Path, output: Path) -> None:
    """Other content, the same size, the same time."""
    before = source.stat()
    source.write_bytes(b"dear you")
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))


def longer(source: Path, output: Path) -> None:
    source.write_bytes(b"dear me, and more")


def gone(source: Path, output: Path) -> None:
    source.unlink()


def a_link(source: Path, output: Path) -> None:
    source.rename(source.with_name("elsewhere"))
    source.symlink_to("elsewhere")


def damaged(source: Path, output: Path) -> None:
    content = bytearray(output.read_bytes())
    content[-20] ^= 1
    output.write_bytes(content)


def a_folder(source: Path, output: Path) -> None:
    source.unlink()
    source.mkdir()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (edited, OriginalDiffers),
        (longer, OriginalDiffers),
        (gone, SourceNotFound),
        (a_link, SourceUnsupported),
        (damaged, CiphertextInvalid),
        (a_folder, OriginalDiffers),
    ],
)
def test_what_is_not_proven_stays(
    session: Session, folder: Path, change: Callable[[Path, Path], None], error: type[Exception]
) -> None:
    letter = folder / "letter.txt"
    letter.write_bytes(b"dear me!")
    pairs = encrypted(session, letter)
    change(letter, Path(pairs[0][1]))
    there = os.path.lexists(letter)
    (item,) = trash_originals(session, pairs)
    assert type(item.error) is error
    assert os.path.lexists(letter) is there
    assert not bin_of(session).exists()
    assert not [entry for entry in list_entries(session) if entry.operation == MOVE]


def test_a_folder_with_something_new_or_left_out_stays(session: Session, folder: Path) -> None:
    album = folder / "album"
    album.mkdir()
    (album / "a.jpg").write_bytes(b"picture")
    pairs = encrypted(session, album)
    times = album.stat()
    (album / "link").symlink_to("a.jpg")  # in no archive, and so it would be lost
    os.utime(album, ns=(times.st_atime_ns, times.st_mtime_ns))
    error = trash_originals(session, pairs)[0].error
    assert isinstance(error, OriginalHoldsMore)
    assert error.left == "link"
    (album / "link").unlink()
    (album / "b.jpg").write_bytes(b"new")
    assert type(trash_originals(session, pairs)[0].error) is OriginalDiffers
    assert (album / "a.jpg").exists()


def test_what_changes_after_the_proof_stays(session: Session, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    letter = folder / "letter.txt"
    letter.write_bytes(b"dear me")
    pairs = encrypted(session, letter)
    real = move_to_trash

    def late(path: str, **more: object) -> str:
        letter.write_bytes(b"dear you")
        return real(path, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(files_proof, "move_to_trash", late)
    (item,) = trash_originals(session, pairs)
    assert type(item.error) is SourceChanged
    assert letter.read_bytes() == b"dear you"
    assert [entry.outcome for entry in list_entries(session) if entry.operation == MOVE] == [
        Outcome.FAILED,
        Outcome.ALLOWED,
    ]


def test_a_cancel_moves_nothing_more(session: Session, folder: Path) -> None:
    for name in ("a", "b", "c"):
        (folder / name).write_bytes(b"x")
    pairs = encrypted(session, *(folder / name for name in ("a", "b", "c")))
    items = trash_originals(session, pairs, cancelled=lambda: not (folder / "a").exists())
    assert [type(item.error) for item in items] == [type(None), Cancelled, Cancelled]
    assert sorted(path.name for path in folder.iterdir()) == ["a.esdk", "b", "b.esdk", "c", "c.esdk"]


def test_a_stand_in_that_is_there_while_it_is_compared_proves_nothing(
    session: Session, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter, twin = folder / "letter", folder / "twin"
    letter.write_bytes(b"dear me")
    pairs = encrypted(session, letter)
    twin.write_bytes(b"dear me")
    letter.write_bytes(b"another")
    real = files_items.opened

    def swap() -> None:
        (folder / "letter").rename(folder / "aside")
        twin.rename(letter)
        (folder / "aside").rename(twin)

    @contextmanager
    def opened(path: str) -> Iterator[int]:
        if path == str(letter):
            swap()
        with real(path) as descriptor:
            if path == str(letter):
                swap()
            yield descriptor

    monkeypatch.setattr(files_proof, "opened", opened)
    (item,) = trash_originals(session, pairs)
    assert type(item.error) is SourceChanged
    assert letter.read_bytes() == b"another"


def test_another_in_its_place_comes_back_and_names_are_kept_apart(
    tmp_path: Path, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, now, marks = str(tmp_path / "Trash"), clock.now(), []
    for _ in range(2):
        (tmp_path / "a").write_bytes(b"x")
        marks.append(mark_of(str(tmp_path / "a")))
        move_to_trash(str(tmp_path / "a"), mark=marks[-1], home=home, now=now)
    assert sorted(os.listdir(f"{home}/files")) == ["a", "a.2"]
    (tmp_path / "a").write_bytes(b"another")
    seen = iter([marks[0], FileMark(0, 0, 0, 0)])  # as it was looked at, and then another
    monkeypatch.setattr(trash, "mark_of", lambda _: next(seen))
    with pytest.raises(SourceChanged):
        move_to_trash(str(tmp_path / "a"), mark=marks[0], home=home, now=now)
    assert (tmp_path / "a").read_bytes() == b"another"
    assert sorted(os.listdir(f"{home}/info")) == ["a.2.trashinfo", "a.trashinfo"]
