"""Encrypting files: what is made, what is refused, what log and catalogue say. The official SDK reads it all."""

from __future__ import annotations

import os
import resource
import signal
import socket
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from signet.audit.entry import Outcome
from signet.crypto.esdk_encrypt import encrypt
from signet.errors import (
    Cancelled,
    CiphertextInvalid,
    ContextInvalid,
    DiskFull,
    KeyNotFound,
    KeyStateRefused,
    OutputExists,
    SignetError,
    SourceChanged,
    SourceNotFound,
    SourceUnsupported,
    StorageError,
    WrapBudgetSpent,
)
from signet.keys.model import Key
from signet.keys.spec import KeySpec
from signet.keys.state import KeyState, Operation
from signet.services import files_batch, files_encrypt, keys
from signet.services.audit import list_entries, verify_log
from signet.services.catalogue import MOVED
from signet.services.files import Item, decrypt_files, encrypt_files, inspect_file, list_files, re_encrypt_files
from signet.services.session import Session
from signet.services.use import WRAP_BUDGET
from signet.store.output import Output
from support.clock import SettableClock
from support.files import add_version, leftovers, official, set_state

ENCRYPT = str(Operation.ENCRYPT)


@pytest.fixture
def key(session: Session) -> Key:
    return keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "letters"
    made.mkdir()
    return made


def write(folder: Path, name: str, content: bytes = b"secret") -> str:
    path = folder / name
    path.write_bytes(content)
    return str(path)


def outcomes(session: Session) -> list[Outcome]:
    return [entry.outcome for entry in reversed(list_entries(session, operation=ENCRYPT))]


def error_free(items: tuple[Item, ...]) -> bool:
    return [item.error for item in items] == [None] * len(items)


def error_of(item: Item) -> SignetError:
    assert item.status == "failed"
    assert item.error is not None
    assert item.output is None
    return item.error


@pytest.mark.parametrize("size", [0, 1, 65536, 65537, 3 << 20])
def test_the_official_sdk_reads_what_is_written(session: Session, key: Key, folder: Path, size: int) -> None:
    content = os.urandom(size)
    path = write(folder, "letter.pdf", content)
    (item,) = encrypt_files(session, [path], key="papers", context={"purpose": "taxes"})
    assert item == Item(path, path + ".esdk", "done", None)
    client, provider = official(session, key)
    plain, header = client.decrypt(source=Path(path + ".esdk").read_bytes(), key_provider=provider)
    assert plain == content
    assert header.encryption_context == {"signet-content": "file", "purpose": "taxes"}
    assert header.algorithm.algorithm_id == 0x0478
    assert Path(path).read_bytes() == content
    assert leftovers(folder) == []


def test_output_is_for_the_person_alone(session: Session, key: Key, folder: Path) -> None:
    path = write(folder, "a")
    encrypt_files(session, [path], key="papers")
    assert stat.S_IMODE(os.stat(path + ".esdk").st_mode) == 0o600


def test_a_batch_is_one_decision_with_an_end_for_each_file(session: Session, key: Key, folder: Path) -> None:
    paths = [write(folder, f"{number}.txt", b"x" * number) for number in range(3)]
    items = encrypt_files(session, paths, key=key.id[:8])
    assert [item.status for item in items] == ["done"] * 3
    allowed, *ends = reversed(list_entries(session, operation=ENCRYPT))
    assert (allowed.outcome, allowed.key) == (Outcome.ALLOWED, key.id)
    assert allowed.details == {"files": 3, "context": {"signet-content": "file"}, "version": 1}
    assert [(end.outcome, end.of, end.key) for end in ends] == [(Outcome.DONE, allowed.sequence, key.id)] * 3
    assert [(end.details["source"], end.details["output"], end.details["size"]) for end in ends] == [
        (path, path + ".esdk", number) for number, path in enumerate(paths)
    ]
    assert keys.versions(session, key)[0].wraps == 3
    assert verify_log(session) == ()


def test_the_catalogue_knows_what_hangs_on_the_key(session: Session, key: Key, folder: Path) -> None:
    keys.create_key(session, "other", spec=KeySpec.SYMMETRIC_DEFAULT)
    path = write(folder, "letter.pdf", b"12345")
    encrypt_files(session, [path], key="papers")
    (known,) = list_files(session, "papers")
    assert (known.path, known.size, known.content, known.key_alias) == (path + ".esdk", 5, "file", "papers")
    assert (known.key_id, known.version) == (key.id, 1)
    assert known.message_id == inspect_file(path + ".esdk").message_id
    assert list_files(session, "other") == ()
    assert list_files(session) == (known,)
    with pytest.raises(KeyNotFound):
        list_files(session, "nothing")


def test_the_current_version_encrypts(session: Session, key: Key, folder: Path) -> None:
    add_version(session, key)
    path = write(folder, "letter.pdf")
    encrypt_files(session, [path], key="papers")
    (recipient,) = inspect_file(path + ".esdk").recipients
    assert (recipient.provider, recipient.name) == ("signet", f"{key.id}/2")
    assert (recipient.key_id, recipient.version) == (key.id, 2)


def test_output_folder_is_made_and_may_lead_through_links(session: Session, key: Key, folder: Path) -> None:
    (folder / "real").mkdir()
    (folder / "link").symlink_to("real")
    path = write(folder, "a.txt")
    (item,) = encrypt_files(session, [path], key="papers", output=str(folder / "link" / "new"))
    assert item.output == str(folder / "real" / "new" / "a.txt.esdk")
    assert Path(item.output).is_file()


def test_an_output_folder_that_is_a_file_stops_the_batch(session: Session, key: Key, folder: Path) -> None:
    path = write(folder, "a.txt")
    with pytest.raises(OutputExists):
        encrypt_files(session, [path], key="papers", output=path)
    assert outcomes(session) == [Outcome.ALLOWED, Outcome.FAILED]


@pytest.mark.parametrize("name", [b"new\nline", b"odd-\xff\xfe-bytes", "ülõk.txt".encode(), b"-rf", b" ", b"a" * 250])
def test_any_name_is_taken(session: Session, key: Key, folder: Path, name: bytes) -> None:
    path = os.path.join(str(folder), os.fsdecode(name))
    Path(path).write_bytes(b"secret")
    (item,) = encrypt_files(session, [path], key="papers")
    assert (item.status, item.output) == ("done", path + ".esdk")
    (known,) = list_files(session)
    assert known.path == path + ".esdk"
    os.unlink(path)
    (back,) = decrypt_files(session, [path + ".esdk"])
    assert (back.status, back.output) == ("done", path)
    assert verify_log(session) == ()


def test_a_name_that_would_become_too_long_fails_alone(session: Session, key: Key, folder: Path) -> None:
    long = write(folder, "n" * 254)
    fine = write(folder, "fine")
    first, second = encrypt_files(session, [long, fine], key="papers")
    assert isinstance(error_of(first), StorageError)
    assert second.status == "done"


def special(folder: Path) -> Iterator[tuple[str, str]]:
    """Paths that are no ordinary files, with a word of the reason."""
    (folder / "link").symlink_to("file")
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "socket"))
    yield str(folder / "link"), "link"
    yield str(folder / "pipe"), "pipe"
    yield str(folder / "socket"), "socket"
    yield "/dev/null", "device"


def test_only_ordinary_files_are_taken(session: Session, key: Key, folder: Path) -> None:
    write(folder, "file")
    cases = list(special(folder))
    items = encrypt_files(session, [path for path, _ in cases], key="papers", output=str(folder / "out"))
    for item, (path, word) in zip(items, cases, strict=True):
        error = error_of(item)
        assert isinstance(error, SourceUnsupported)
        assert word in error.message
        assert path in error.message
    assert list((folder / "out").iterdir()) == []


@pytest.mark.parametrize("path", ["missing", "file/below", "", "nul\0byte", "nul\0folder/file"])
def test_what_is_not_there_is_not_found(
    session: Session, key: Key, folder: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, "file")
    monkeypatch.chdir(folder)
    (item,) = encrypt_files(session, [path], key="papers")
    assert isinstance(error_of(item), SourceNotFound)


def test_one_file_that_fails_does_not_stop_the_others(session: Session, key: Key, folder: Path) -> None:
    paths = [write(folder, "a"), str(folder / "missing"), write(folder, "c")]
    items = encrypt_files(session, paths, key="papers")
    assert [item.status for item in items] == ["done", "failed", "done"]
    assert outcomes(session).count(Outcome.DONE) == 2
    (failed,) = [entry for entry in list_entries(session, operation=ENCRYPT) if entry.outcome is Outcome.FAILED]
    assert failed.details == {"source": paths[1], "error": "SourceNotFound"}


def test_nothing_is_overwritten_unasked(session: Session, key: Key, folder: Path) -> None:
    path = write(folder, "a")
    (folder / "a.esdk").write_bytes(b"precious")
    (item,) = encrypt_files(session, [path], key="papers")
    error = error_of(item)
    assert isinstance(error, OutputExists)
    assert (folder / "a.esdk").read_bytes() == b"precious"
    assert list_files(session) == ()


def test_a_name_taken_in_the_meantime_is_not_overwritten(
    session: Session, key: Key, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, other = write(folder, "a"), write(folder, "b")
    publish = files_batch.Batch.publish

    def late(batch: files_batch.Batch) -> None:
        (folder / "a.esdk").write_bytes(b"precious")
        publish(batch)

    monkeypatch.setattr(files_batch.Batch, "publish", late)
    first, second = encrypt_files(session, [path, other], key="papers")
    assert isinstance(error_of(first), OutputExists)
    assert second.status == "done"
    assert (folder / "a.esdk").read_bytes() == b"precious"
    assert [known.path for known in list_files(session)] == [other + ".esdk"]
    assert outcomes(session) == [Outcome.ALLOWED, Outcome.DONE, Outcome.DONE, Outcome.FAILED]
    assert leftovers(folder) == []


def test_overwrite_replaces_a_file_and_its_place_in_the_catalogue(session: Session, key: Key, folder: Path) -> None:
    path = write(folder, "a", b"first")
    encrypt_files(session, [path], key="papers")
    before = inspect_file(path + ".esdk").message_id
    write(folder, "a", b"second")
    (item,) = encrypt_files(session, [path], key="papers", overwrite=True)
    assert item.status == "done"
    (known,) = list_files(session)
    assert known.message_id == inspect_file(path + ".esdk").message_id != before
    assert known.size == len(b"second")


def test_overwrite_never_takes_a_folder(session: Session, key: Key, folder: Path) -> None:
    path = write(folder, "a")
    (folder / "a.esdk").mkdir()
    (item,) = encrypt_files(session, [path], key="papers", overwrite=True)
    assert isinstance(error_of(item), OutputExists)


def test_overwrite_replaces_a_link_not_what_it_leads_to(session: Session, key: Key, folder: Path) -> None:
    path = write(folder, "a")
    write(folder, "precious", b"precious")
    (folder / "a.esdk").symlink_to("precious")
    (item,) = encrypt_files(session, [path], key="papers", overwrite=True)
    assert item.status == "done"
    assert (folder / "precious").read_bytes() == b"precious"
    assert not (folder / "a.esdk").is_symlink()


def test_a_file_moved_away_keeps_its_place_in_the_catalogue(session: Session, key: Key, folder: Path) -> None:
    path = write(folder, "a")
    other = keys.create_key(session, "other", spec=KeySpec.SYMMETRIC_DEFAULT)
    encrypt_files(session, [path], key="papers")
    (folder / "a.esdk").rename(folder / "moved.esdk")
    encrypt_files(session, [path], key="other")
    assert {entry.key_id for entry in list_files(session)} == {key.id, other.id}


def test_a_file_made_anew_leaves_the_one_before_as_perhaps_moved(session: Session, key: Key, folder: Path) -> None:
    path = write(folder, "a")
    encrypt_files(session, [path], key="papers")
    before = inspect_file(path + ".esdk").message_id
    (folder / "away").mkdir()
    (folder / "a.esdk").rename(folder / "away" / "a.esdk")
    encrypt_files(session, [path], key="papers")
    new, old = list_files(session, "papers")
    assert (new.path, new.note) == (old.path, "")
    assert (old.message_id, old.note) == (before, MOVED)


def test_a_file_that_was_moved_away_still_hangs_on_its_key_when_the_next_one_is_re_encrypted(
    session: Session, key: Key, folder: Path
) -> None:
    path = write(folder, "a")
    keys.create_key(session, "other", spec=KeySpec.SYMMETRIC_DEFAULT)
    encrypt_files(session, [path], key="papers")
    (folder / "away").mkdir()
    (folder / "a.esdk").rename(folder / "away" / "a.esdk")
    encrypt_files(session, [path], key="papers")
    assert error_free(re_encrypt_files(session, [path + ".esdk"], key="other"))
    (old,) = list_files(session, "papers")
    assert old.message_id == inspect_file(str(folder / "away" / "a.esdk")).message_id
    assert old.note == MOVED  # also where the one that is there hangs on another key and is not shown
    (new,) = list_files(session, "other")
    assert new.note == ""


def test_the_one_seen_last_at_a_path_is_the_one_that_is_there(
    session: Session, key: Key, folder: Path, clock: SettableClock
) -> None:
    path = write(folder, "a")
    encrypt_files(session, [path], key="papers")
    first = (folder / "a.esdk").read_bytes()
    (folder / "a.esdk").unlink()
    clock.advance(60)
    encrypt_files(session, [path], key="papers")
    (folder / "a.esdk").write_bytes(first)
    clock.advance(60)
    assert error_free(decrypt_files(session, [path + ".esdk"], output=str(folder / "out")))
    (back,) = [entry for entry in list_files(session) if entry.note == ""]
    assert back.message_id == inspect_file(path + ".esdk").message_id


@pytest.mark.parametrize("there", ["nothing", "a link", "no message"])
def test_overwriting_what_is_not_the_known_message_forgets_nothing(
    session: Session, key: Key, folder: Path, there: str
) -> None:
    path = write(folder, "a")
    encrypt_files(session, [path], key="papers")
    (folder / "a.esdk").rename(folder / "moved.esdk")
    if there == "a link":
        (folder / "a.esdk").symlink_to("moved.esdk")
    elif there == "no message":
        (folder / "a.esdk").write_bytes(b"notes")
    assert error_free(encrypt_files(session, [path], key="papers", overwrite=True))
    known = {entry.message_id for entry in list_files(session, "papers")}
    assert known == {inspect_file(str(folder / name)).message_id for name in ("a.esdk", "moved.esdk")}


def test_a_source_is_never_overwritten_by_the_same_batch(session: Session, key: Key, folder: Path) -> None:
    paths = [write(folder, "a"), write(folder, "a.esdk", b"not what it says")]
    items = encrypt_files(session, paths, key="papers", overwrite=True)
    assert isinstance(error_of(items[0]), OutputExists)
    assert items[1].output == str(folder / "a.esdk.esdk")
    assert (folder / "a.esdk").read_bytes() == b"not what it says"


def test_two_sources_never_share_an_output(session: Session, key: Key, folder: Path) -> None:
    for name in ("one", "two"):
        (folder / name).mkdir()
    paths = [write(folder / "one", "a", b"1"), write(folder / "two", "a", b"2")]
    items = encrypt_files(session, paths, key="papers", output=str(folder / "out"), overwrite=True)
    assert items[0].status == "done"
    assert isinstance(error_of(items[1]), OutputExists)


def test_a_file_given_twice_is_done_once(session: Session, key: Key, folder: Path) -> None:
    path = write(folder, "a")
    items = encrypt_files(session, [path, f"{folder}/../{folder.name}/a"], key="papers")
    assert [item.status for item in items] == ["done", "skipped"]
    assert items[1].error is None


def test_nothing_to_do_asks_for_nothing(session: Session) -> None:
    assert encrypt_files(session, [], key="no such key") == ()


@pytest.mark.parametrize(
    ("pairs", "word"),
    [
        ({"Purpose": "x"}, "Purpose"),
        ({"": "x"}, "“”"),
        ({"a_b": "x"}, "a_b"),
        ({"a\n": "x"}, "a"),
        ({"signet-content": "folder"}, "reserved"),
        ({"aws-crypto-public-key": "x"}, "reserved"),
        ({"k" * 65: "x"}, "64"),
        ({"k": "v" * 1025}, "1024"),
        ({f"k{number}": "" for number in range(33)}, "32"),
        ({"k": "\udcff"}, "text"),
    ],
)
def test_a_context_that_is_not_written_is_refused_before_anything(
    session: Session, key: Key, folder: Path, pairs: dict[str, str], word: str
) -> None:
    with pytest.raises(ContextInvalid) as caught:
        encrypt_files(session, [write(folder, "a")], key="papers", context=pairs)
    assert word in caught.value.message
    assert outcomes(session) == []


def test_a_disabled_key_encrypts_nothing(session: Session, key: Key, folder: Path) -> None:
    set_state(session, key, KeyState.DISABLED)
    path = write(folder, "a")
    with pytest.raises(KeyStateRefused):
        encrypt_files(session, [path], key="papers", output=str(folder / "out"))
    assert outcomes(session) == [Outcome.REFUSED]
    assert sorted(os.listdir(folder)) == ["a"]


def test_the_whole_batch_must_fit_the_wrap_budget(session: Session, key: Key, folder: Path) -> None:
    with session.records.change() as change:
        change.uses.count(key.id, 1, wraps=WRAP_BUDGET - 1, time=key.created)
    with pytest.raises(WrapBudgetSpent):
        encrypt_files(session, [write(folder, "a"), write(folder, "b")], key="papers")
    assert sorted(os.listdir(folder)) == ["a", "b"]


def test_progress_goes_over_the_whole_batch_and_ends_at_its_size(session: Session, key: Key, folder: Path) -> None:
    paths = [write(folder, "big", bytes(3 << 20)), str(folder / "missing"), write(folder, "small", b"12345")]
    seen: list[tuple[int, int]] = []
    encrypt_files(session, paths, key="papers", progress=lambda done, total: seen.append((done, total)))
    total = (3 << 20) + 5
    assert {each for _, each in seen} == {total}
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    assert seen[-1] == (total, total)
    assert len(seen) >= 2


def test_verifying_counts_twice(session: Session, key: Key, folder: Path) -> None:
    path = write(folder, "a", bytes(2 << 20))
    seen: list[tuple[int, int]] = []
    (item,) = encrypt_files(
        session, [path], key="papers", verify=True, progress=lambda done, total: seen.append((done, total))
    )
    assert item.status == "done"
    assert seen[-1] == (4 << 20, 4 << 20)


def test_verify_finds_what_the_disk_did_not_keep(
    session: Session, key: Key, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rotten(source: int, target: int, **options: object) -> object:
        written = encrypt(source, target, **options)  # type: ignore[arg-type]
        os.pwrite(target, b"\0", os.fstat(target).st_size - 20)
        return written

    monkeypatch.setattr(files_encrypt, "encrypt", rotten)
    path = write(folder, "a", os.urandom(1000))
    (item,) = encrypt_files(session, [path], key="papers", verify=True)
    assert isinstance(error_of(item), CiphertextInvalid)
    assert sorted(os.listdir(folder)) == ["a"]


def test_cancel_fails_what_is_left_and_leaves_nothing_half_done(session: Session, key: Key, folder: Path) -> None:
    paths = [write(folder, f"{number}") for number in range(5)]
    asked = iter(range(100))
    items = encrypt_files(session, paths, key="papers", cancelled=lambda: next(asked) >= 4)
    statuses = [item.status for item in items]
    done = statuses.count("done")
    assert 0 < done < 5
    assert statuses == ["done"] * done + ["failed"] * (5 - done)
    assert all(isinstance(item.error, Cancelled) for item in items[done:])
    assert sorted(os.listdir(folder)) == sorted(
        [*(str(number) for number in range(5)), *(f"{number}.esdk" for number in range(done))]
    )
    end = list_entries(session, 1)[0]
    assert (end.outcome, end.details) == (Outcome.CANCELLED, {"files-left": 5 - done})
    assert [entry.outcome for entry in list_entries(session, operation=ENCRYPT)].count(Outcome.DONE) == done


def test_cancel_within_a_big_file_leaves_nothing(session: Session, key: Key, folder: Path) -> None:
    path = write(folder, "big", bytes(8 << 20))
    asked = iter(range(100))
    # Asked before the file, when its output is open, and before the room for it is taken.
    (item,) = encrypt_files(session, [path], key="papers", cancelled=lambda: next(asked) >= 2)
    assert isinstance(error_of(item), Cancelled)
    assert sorted(os.listdir(folder)) == ["big"]
    assert outcomes(session) == [Outcome.ALLOWED, Outcome.CANCELLED]


def test_a_source_that_changes_is_not_encrypted(
    session: Session, key: Key, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(folder, "growing", bytes(3 << 20))

    def grow(*_: object) -> None:
        with open(path, "ab") as file:
            file.write(b"more")

    (item,) = encrypt_files(session, [path], key="papers", progress=grow)
    assert isinstance(error_of(item), SourceChanged)
    assert sorted(os.listdir(folder)) == ["growing"]


@pytest.fixture
def limited() -> Iterator[Callable[[int], None]]:
    """Let no file grow beyond so many bytes, which the system says like a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    signal.signal(signal.SIGXFSZ, before)


def test_a_full_disk_is_said_and_nothing_is_left(
    session: Session, key: Key, folder: Path, limited: Callable[[int], None]
) -> None:
    paths = [write(folder, "big", bytes(40 << 20)), write(folder, "small")]
    limited(16 << 20)
    first, second = encrypt_files(session, paths, key="papers")
    assert isinstance(error_of(first), DiskFull)
    assert second.status == "done"
    assert sorted(os.listdir(folder)) == ["big", "small", "small.esdk"]


def test_many_files_hold_few_descriptors(
    session: Session, key: Key, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [write(folder, f"{number}") for number in range(400)]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    real, few = resource.setrlimit, len(os.listdir("/proc/self/fd")) + 200

    def refused(*_: object) -> None:
        raise ValueError

    real(resource.RLIMIT_NOFILE, (few, hard))
    monkeypatch.setattr(resource, "setrlimit", refused)
    try:
        items = encrypt_files(session, paths, key="papers")
    finally:
        real(resource.RLIMIT_NOFILE, (soft, hard))
    assert {item.status for item in items} == {"done"}


def test_more_descriptors_are_asked_for_where_the_system_gives_few(
    session: Session, key: Key, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        encrypt_files(session, [write(folder, "one")], key="papers")
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == min(files_batch.DESCRIPTORS, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_two_jobs_side_by_side_have_descriptors_enough(
    session: Session, key: Key, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is paused while its group is almost full; the other goes on, in a process that has some open already."""
    first, second = ([write(folder, f"{name}{number}") for number in range(300)] for name in "ab")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    opened = [os.open(folder, os.O_RDONLY) for _ in range(40)]
    before, others = len(os.listdir("/proc/self/fd")), list[Item]()

    def paused() -> bool:
        if not others and len(os.listdir("/proc/self/fd")) >= before + 2 * 250:
            others.extend(encrypt_files(session, second, key="papers"))
        return False

    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, hard), hard))
    try:
        items = encrypt_files(session, first, key="papers", cancelled=paused)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for each in opened:
            os.close(each)
    assert {item.status for item in items} == {item.status for item in others} == {"done"}


def test_entries_are_committed_before_names_appear(
    session: Session, key: Key, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = Output.publish
    monkeypatch.setattr(files_batch, "GROUP_FILES", 64)
    entered: list[int] = []

    def watched(output: Output, **options: Any) -> None:
        entered.append(outcomes(session).count(Outcome.DONE))
        publish(output, **options)

    monkeypatch.setattr(Output, "publish", watched)
    encrypt_files(session, [write(folder, str(number)) for number in range(70)], key="papers")
    assert entered == [64] * 64 + [70] * 6


def test_long_files_do_not_wait_for_others(
    session: Session, key: Key, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files_batch, "GROUP_BYTES", 1000)
    paths = [write(folder, "a", bytes(600)), write(folder, "b", bytes(600)), write(folder, "c", bytes(10))]
    there: list[list[str]] = []
    encrypt_files(
        session,
        paths,
        key="papers",
        progress=lambda *_: there.append(sorted(path.name for path in folder.glob("*.esdk"))),
    )
    assert there == [[], [], ["a.esdk", "b.esdk"]]
    assert sorted(path.name for path in folder.glob("*.esdk")) == ["a.esdk", "b.esdk", "c.esdk"]


def test_hundreds_of_small_files_in_one_go(session: Session, key: Key, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    paths = [write(folder, f"{number:04}", os.urandom(4096)) for number in range(500)]
    started = time.perf_counter()
    items = encrypt_files(session, paths, key="papers")
    print(f"{len(paths) / (time.perf_counter() - started):.0f} files a second")
    assert {item.status for item in items} == {"done"}
    assert len(list_files(session)) == 500
    assert verify_log(session) == ()
