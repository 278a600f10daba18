"""Re-encrypting in place: a new message, proven to say the same, or the old one untouched."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from signet.audit.entry import Outcome
from signet.crypto import esdk_rewrite
from signet.crypto.esdk_encrypt import ByteReader, MessageWritten, encrypt_stream
from signet.errors import (
    Cancelled,
    CiphertextInvalid,
    KeyNotFound,
    KeyNotHere,
    KeyStateRefused,
    KeyUsageRefused,
    SignetError,
    SourceChanged,
    SourceUnsupported,
)
from signet.keys.model import Key
from signet.keys.spec import KeySpec
from signet.keys.state import KeyState
from signet.services import files_reencrypt, keys
from signet.services.audit import list_entries, verify_log
from signet.services.files import Item, decrypt_files, encrypt_files, inspect_file, list_files, re_encrypt_files
from signet.services.files_batch import Batch
from signet.services.files_publishing import Proven
from signet.services.session import Session
from support.files import add_version, leftovers, official, set_state

AES = KeySpec.SYMMETRIC_DEFAULT


@pytest.fixture
def key(session: Session) -> Key:
    return keys.create_key(session, "papers", spec=AES)


@pytest.fixture
def other(session: Session) -> Key:
    return keys.create_key(session, "archive", spec=AES)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "letters"
    made.mkdir()
    return made


def encrypted(session: Session, folder: Path, name: str, content: bytes = b"secret", key: str = "papers") -> str:
    source = folder / name
    source.write_bytes(content)
    (item,) = encrypt_files(session, [str(source)], key=key, context={"purpose": "taxes"})
    source.unlink()
    assert item.output is not None
    return item.output


def error_of(item: Item) -> SignetError:
    assert item.status == "failed"
    assert item.error is not None
    return item.error


def plain(session: Session, message: str) -> bytes:
    (item,) = decrypt_files(session, [message], output=f"{message}.out")
    assert item.output is not None
    return Path(item.output).read_bytes()


@pytest.mark.parametrize("size", [0, 10, 65536, (5 << 20) + 3])
def test_another_key_opens_it_afterwards_and_the_old_one_does_not(
    session: Session, key: Key, other: Key, folder: Path, size: int
) -> None:
    content = os.urandom(size)
    message = encrypted(session, folder, "letter.pdf", content)
    before = inspect_file(message)
    (item,) = re_encrypt_files(session, [message], key="archive")
    assert item == Item(message, message, "done", None)
    after = inspect_file(message)
    assert after.message_id != before.message_id
    assert [recipient.key_id for recipient in after.recipients] == [other.id]
    assert after.context == before.context == {"signet-content": "file", "purpose": "taxes"}
    client, provider = official(session, other)
    assert client.decrypt(source=Path(message).read_bytes(), key_provider=provider)[0] == content
    assert leftovers(folder) == []
    assert os.listdir(folder) == ["letter.pdf.esdk"]


def test_without_a_key_the_current_version_of_its_own_takes_over(session: Session, key: Key, folder: Path) -> None:
    message = encrypted(session, folder, "a", b"12345")
    add_version(session, key)
    (item,) = re_encrypt_files(session, [message])
    assert item.status == "done"
    assert [(each.key_id, each.version) for each in inspect_file(message).recipients] == [(key.id, 2)]
    assert plain(session, message) == b"12345"


def test_the_log_says_what_both_keys_did(session: Session, key: Key, other: Key, folder: Path) -> None:
    message = encrypted(session, folder, "a")
    start = list_entries(session, 1)[0].sequence
    re_encrypt_files(session, [message], key="archive")
    entries = [entry for entry in reversed(list_entries(session)) if entry.sequence > start]
    assert [(entry.operation, entry.outcome, entry.key) for entry in entries] == [
        ("ReEncrypt", Outcome.ALLOWED, other.id),
        ("Decrypt", Outcome.ALLOWED, key.id),
        ("Decrypt", Outcome.DONE, key.id),
        ("ReEncrypt", Outcome.DONE, other.id),
    ]
    assert entries[1].details == {"files": 1, "for": "ReEncrypt", "version": 1}
    assert entries[3].details["message-id"] == inspect_file(message).message_id
    assert (entries[2].of, entries[3].of) == (entries[1].sequence, entries[0].sequence)
    assert keys.versions(session, other)[0].wraps == 1
    assert verify_log(session) == ()


def test_the_catalogue_follows(session: Session, key: Key, other: Key, folder: Path) -> None:
    message = encrypted(session, folder, "a", b"12345")
    re_encrypt_files(session, [message], key="archive")
    assert list_files(session, "papers") == ()
    (known,) = list_files(session, "archive")
    assert (known.path, known.size, known.content) == (message, 5, "file")


def test_permissions_stay(session: Session, key: Key, other: Key, folder: Path) -> None:
    message = encrypted(session, folder, "a")
    os.chmod(message, 0o640)
    re_encrypt_files(session, [message], key="archive")
    assert stat.S_IMODE(os.stat(message).st_mode) == 0o640


def test_an_archived_key_can_be_left_but_not_entered(session: Session, key: Key, other: Key, folder: Path) -> None:
    message = encrypted(session, folder, "a")
    set_state(session, key, KeyState.ARCHIVED)
    (item,) = re_encrypt_files(session, [message])
    assert isinstance(error_of(item), KeyStateRefused)
    (item,) = re_encrypt_files(session, [message], key="archive")
    assert item.status == "done"
    with pytest.raises(KeyStateRefused):
        re_encrypt_files(session, [message], key="papers")


def test_a_named_key_that_cannot_is_refused_before_any_file(session: Session, key: Key, folder: Path) -> None:
    keys.create_key(session, "signer", spec=KeySpec.ECC_NIST_P256)
    message = encrypted(session, folder, "a")
    for name, error in (("signer", KeyUsageRefused), ("nothing", KeyNotFound)):
        with pytest.raises(error):
            re_encrypt_files(session, [message], key=name)


def test_many_keys_in_one_batch_keep_their_own(session: Session, key: Key, other: Key, folder: Path) -> None:
    messages = [
        encrypted(session, folder, "a"),
        encrypted(session, folder, "b", key="archive"),
        encrypted(session, folder, "c"),
    ]
    items = re_encrypt_files(session, messages)
    assert [item.status for item in items] == ["done"] * 3
    assert [inspect_file(message).recipients[0].key_id for message in messages] == [key.id, other.id, key.id]


def test_what_cannot_be_opened_stays_as_it_is(session: Session, key: Key, other: Key, folder: Path) -> None:
    broken = encrypted(session, folder, "a", os.urandom(3 << 20))
    data = bytearray(Path(broken).read_bytes())
    data[-5] ^= 1
    Path(broken).write_bytes(data)
    (folder / "link.esdk").symlink_to("a.esdk")
    items = re_encrypt_files(session, [broken, str(folder / "link.esdk")], key="archive")
    assert [type(item.error) for item in items] == [CiphertextInvalid, SourceUnsupported]
    assert Path(broken).read_bytes() == data
    assert leftovers(folder) == []
    foreign = folder / "foreign.esdk"
    foreign.write_bytes(Path(broken).read_bytes().replace(key.id.encode(), b"0" * len(key.id)))
    (item,) = re_encrypt_files(session, [str(foreign)], key="archive")
    assert isinstance(error_of(item), KeyNotHere)


def test_cancel_leaves_the_old_message(session: Session, key: Key, other: Key, folder: Path) -> None:
    message = encrypted(session, folder, "a", os.urandom(4 << 20))
    before = Path(message).read_bytes()
    asked = iter(range(10_000))
    (item,) = re_encrypt_files(session, [message], key="archive", cancelled=lambda: next(asked) >= 20)
    assert isinstance(error_of(item), Cancelled)
    assert Path(message).read_bytes() == before
    assert os.listdir(folder) == ["a.esdk"]
    ends = [entry for entry in list_entries(session) if entry.outcome is Outcome.CANCELLED]
    assert {entry.operation for entry in ends} == {"Decrypt", "ReEncrypt"}


@pytest.mark.parametrize("size", [1000, 3 << 20])
def test_a_new_message_that_says_something_else_is_never_published(
    session: Session, key: Key, other: Key, folder: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = encrypted(session, folder, "a", os.urandom(size))
    before = Path(message).read_bytes()

    class Lossy:
        """Loses the first byte on the way."""

        def __init__(self, source: ByteReader) -> None:
            self.source = source
            source.read(1)

        def read(self, size: int, /) -> bytes:
            return self.source.read(size)

    def lossy(source: ByteReader, *rest: Any, **options: Any) -> MessageWritten:
        return encrypt_stream(Lossy(source), *rest, **options)

    monkeypatch.setattr(esdk_rewrite, "encrypt_stream", lossy)
    (item,) = re_encrypt_files(session, [message], key="archive")
    assert isinstance(error_of(item), CiphertextInvalid)
    assert Path(message).read_bytes() == before
    assert os.listdir(folder) == ["a.esdk"]


def test_a_file_put_in_its_place_meanwhile_is_not_overwritten(
    session: Session, key: Key, other: Key, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = encrypted(session, folder, "a", b"old"), encrypted(session, folder, "b", b"old")
    newer = encrypted(session, folder, "newer", b"new")
    process = files_reencrypt._ReEncryption.process

    def late(work: files_reencrypt._ReEncryption, index: int, path: str) -> Proven | None:
        if path == second:  # the first is proven by now, and waits for its group
            os.replace(newer, first)
        return process(work, index, path)

    monkeypatch.setattr(files_reencrypt._ReEncryption, "process", late)
    known = {entry.message_id for entry in list_files(session)}
    one, two = re_encrypt_files(session, [first, second], key="archive")
    assert isinstance(error_of(one), SourceChanged)
    assert two.status == "done"
    assert plain(session, first) == b"new"
    assert leftovers(folder) == []
    assert {inspect_file(first).message_id} <= known
    assert len(list_files(session)) == 3
    ends = [(entry.operation, entry.outcome) for entry in list_entries(session) if entry.details.get("error")]
    assert ends == [("ReEncrypt", Outcome.FAILED), ("Decrypt", Outcome.FAILED)]
    assert verify_log(session) == ()


@pytest.mark.parametrize("what", ["removed", "touched", "rewritten", "replaced by the same", "link"])
def test_only_the_very_file_that_was_read_is_replaced(
    session: Session, key: Key, other: Key, folder: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    message = Path(encrypted(session, folder, "a"))
    content = message.read_bytes()
    aside = folder / "aside"
    publish = Batch.publish

    def late(batch: Batch) -> None:
        match what:
            case "removed":
                message.unlink()
            case "touched":
                os.utime(message)
            case "rewritten":
                message.write_bytes(content + b"x")
            case "replaced by the same":
                aside.write_bytes(content)
                os.replace(aside, message)
            case "link":
                message.rename(aside)
                message.symlink_to(aside)
        publish(batch)

    monkeypatch.setattr(Batch, "publish", late)
    (item,) = re_encrypt_files(session, [str(message)], key="archive")
    assert isinstance(error_of(item), SourceChanged)
    assert leftovers(folder) == []
    assert message.exists() == (what != "removed")
    assert message.is_symlink() == (what == "link")
    if what != "removed":
        assert message.read_bytes().startswith(content)


def test_progress_counts_writing_and_reading_back(session: Session, key: Key, folder: Path) -> None:
    message = encrypted(session, folder, "a", bytes(3 << 20))
    size = os.stat(message).st_size
    seen: list[tuple[int, int]] = []
    re_encrypt_files(session, [message], progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (2 * size, 2 * size)
    assert any(done > size for done, _ in seen[:-1])
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_plaintext_touches_no_file(
    session: Session, key: Key, other: Key, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = b"CANARY" * (1 << 19)
    message = encrypted(session, folder, "a", content)
    written: list[bytes] = []
    pwritev = os.pwritev

    def watched(fd: int, views: Sequence[memoryview], offset: int) -> int:
        written.extend(map(bytes, views))
        return pwritev(fd, views, offset)

    monkeypatch.setattr(os, "pwritev", watched)
    re_encrypt_files(session, [message], key="archive")
    assert sum(map(len, written)) > len(content)
    assert not any(b"CANARY" in data for data in written)


def test_nothing_to_do_asks_for_nothing(session: Session) -> None:
    assert re_encrypt_files(session, [], key="no such key") == ()
