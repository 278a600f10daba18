"""Decrypting and inspecting files: every way back, every refusal; nothing plain has a name before the proof."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from signet.audit.entry import Outcome
from signet.errors import (
    Cancelled,
    CiphertextInvalid,
    FormatUnrecognised,
    KeyNotHere,
    KeyStateRefused,
    OutputExists,
    SignetError,
    SourceNotFound,
    SourceUnsupported,
)
from signet.keys.model import Key
from signet.keys.spec import KeySpec
from signet.keys.state import KeyState, Operation
from signet.services import keys
from signet.services.audit import list_entries, verify_log
from signet.services.files import Item, decrypt_files, encrypt_files, inspect_file, list_files
from signet.services.session import Session
from support.clock import SettableClock
from support.files import OneKey, add_version, leftovers, official, set_state
from support.vaults import make_vault

AES = KeySpec.SYMMETRIC_DEFAULT
DECRYPT = str(Operation.DECRYPT)


@pytest.fixture
def key(session: Session) -> Key:
    return keys.create_key(session, "papers", spec=AES)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "letters"
    made.mkdir()
    return made


def encrypted(session: Session, folder: Path, name: str, content: bytes = b"secret", key: str = "papers") -> Path:
    """A message whose source is gone."""
    source = folder / name
    source.write_bytes(content)
    (item,) = encrypt_files(session, [str(source)], key=key)
    assert item.output is not None
    source.unlink()
    return Path(item.output)


def error_of(item: Item) -> SignetError:
    assert item.status == "failed"
    assert item.error is not None
    return item.error


@pytest.mark.parametrize("size", [0, 5, 65536, (3 << 20) + 1])
def test_what_was_encrypted_comes_back(session: Session, key: Key, folder: Path, size: int) -> None:
    content = os.urandom(size)
    message = encrypted(session, folder, "letter.pdf", content)
    (item,) = decrypt_files(session, [str(message)])
    assert item == Item(str(message), str(folder / "letter.pdf"), "done", None)
    assert (folder / "letter.pdf").read_bytes() == content
    assert leftovers(folder) == []


@pytest.mark.parametrize("frame_length", [128, 4096, 1 << 20])
def test_what_the_official_sdk_wrote_is_read(session: Session, key: Key, folder: Path, frame_length: int) -> None:
    content = os.urandom(300_000)
    client, provider = official(session, key)
    message, _ = client.encrypt(
        source=content, key_provider=provider, frame_length=frame_length, encryption_context={"made": "elsewhere"}
    )
    (folder / "letter.esdk").write_bytes(message)
    (item,) = decrypt_files(session, [str(folder / "letter.esdk")])
    assert item.status == "done"
    assert (folder / "letter").read_bytes() == content


@pytest.mark.parametrize(
    ("name", "plain"),
    [("a.esdk", "a"), ("a.txt", "a.txt.decrypted"), (".esdk", ".esdk.decrypted"), ("a.esdk.esdk", "a.esdk")],
)
def test_the_name_is_the_messages_less_its_ending(
    session: Session, key: Key, folder: Path, name: str, plain: str
) -> None:
    encrypted(session, folder, "x").rename(folder / name)
    (item,) = decrypt_files(session, [str(folder / name)], output=str(folder / "out"))
    assert item.output == str(folder / "out" / plain)


def test_one_decision_a_key_for_the_whole_batch(session: Session, key: Key, folder: Path) -> None:
    other = keys.create_key(session, "other", spec=AES)
    messages = [encrypted(session, folder, name) for name in ("a", "b")]
    messages.append(encrypted(session, folder, "c", key="other"))
    items = decrypt_files(session, [str(message) for message in messages])
    assert [item.status for item in items] == ["done"] * 3
    entries = list(reversed(list_entries(session, operation=DECRYPT)))
    assert [(entry.outcome, entry.key) for entry in entries] == [
        (Outcome.ALLOWED, key.id),
        (Outcome.ALLOWED, other.id),
        (Outcome.DONE, key.id),
        (Outcome.DONE, key.id),
        (Outcome.DONE, other.id),
    ]
    assert [entry.of for entry in entries[2:]] == [entries[0].sequence] * 2 + [entries[1].sequence]
    assert verify_log(session) == ()


def test_old_versions_decrypt_for_ever(session: Session, key: Key, folder: Path) -> None:
    old = encrypted(session, folder, "old", b"1")
    add_version(session, key)
    new = encrypted(session, folder, "new", b"2")
    items = decrypt_files(session, [str(old), str(new)])
    assert [item.status for item in items] == ["done", "done"]
    assert ((folder / "old").read_bytes(), (folder / "new").read_bytes()) == (b"1", b"2")


def test_archived_key_still_decrypts(session: Session, key: Key, folder: Path) -> None:
    message = encrypted(session, folder, "a")
    set_state(session, key, KeyState.ARCHIVED)
    (item,) = decrypt_files(session, [str(message)])
    assert item.status == "done"


def test_a_disabled_key_fails_its_files_and_no_others(session: Session, key: Key, folder: Path) -> None:
    keys.create_key(session, "other", spec=AES)
    messages = [encrypted(session, folder, name) for name in ("a", "b")]
    messages.append(encrypted(session, folder, "c", key="other"))
    set_state(session, key, KeyState.DISABLED)
    items = decrypt_files(session, [str(message) for message in messages])
    assert [type(item.error) for item in items] == [KeyStateRefused, KeyStateRefused, type(None)]
    refused = [entry for entry in list_entries(session, operation=DECRYPT) if entry.outcome is Outcome.REFUSED]
    assert [entry.key for entry in refused] == [key.id]
    assert not (folder / "a").exists()


def test_a_message_for_another_vault_names_what_it_wants(
    session: Session, key: Key, folder: Path, tmp_path: Path, clock: SettableClock
) -> None:
    stranger = make_vault(tmp_path / "elsewhere", clock)
    with stranger.open() as other:
        theirs = keys.create_key(other, "papers", spec=AES)
        message = encrypted(other, folder, "a")
    stranger.workplace.close()
    (item,) = decrypt_files(session, [str(message)])
    error = error_of(item)
    assert isinstance(error, KeyNotHere)
    assert f"signet {theirs.id}/1" in error.message
    (entry,) = list_entries(session, operation=DECRYPT)
    assert (entry.outcome, entry.key) == (Outcome.FAILED, None)
    assert entry.details == {"source": str(message), "error": "KeyNotHere"}


def test_a_version_that_is_not_here_is_a_key_that_is_not_here(session: Session, key: Key, folder: Path) -> None:
    client, _ = official(session, key)
    message, _ = client.encrypt(source=b"x", key_provider=OneKey.of(f"{key.id}/7", bytes(32)))
    (folder / "a.esdk").write_bytes(message)
    (item,) = decrypt_files(session, [str(folder / "a.esdk")])
    assert isinstance(error_of(item), KeyNotHere)


def test_a_forged_key_name_never_reaches_an_alias(session: Session, key: Key, folder: Path) -> None:
    client, _ = official(session, key)
    forged = OneKey.of("papers/1", bytes(32))
    message, _ = client.encrypt(source=b"x", key_provider=forged)
    (folder / "a.esdk").write_bytes(message)
    (item,) = decrypt_files(session, [str(folder / "a.esdk")])
    assert isinstance(error_of(item), KeyNotHere)
    assert list_entries(session, key=key.id, operation=DECRYPT) == ()


def test_the_right_name_with_the_wrong_material_is_damage(session: Session, key: Key, folder: Path) -> None:
    client, _ = official(session, key)
    forged = OneKey.of(f"{key.id}/1", bytes(32))
    message, _ = client.encrypt(source=b"x", key_provider=forged)
    (folder / "a.esdk").write_bytes(message)
    (item,) = decrypt_files(session, [str(folder / "a.esdk")])
    assert isinstance(error_of(item), CiphertextInvalid)
    assert list_entries(session, 1)[0].outcome is Outcome.FAILED


def test_any_damage_leaves_nothing_plain(session: Session, key: Key, folder: Path) -> None:
    whole = encrypted(session, folder, "a", os.urandom(3 << 20)).read_bytes()
    cases = {
        "last": whole[:-1],
        "frame": whole[: len(whole) // 2],
        "tail": whole + b"\0",
        "flip": whole[:-100] + bytes([whole[-100] ^ 1]) + whole[-99:],
        "header": whole[:60] + bytes([whole[60] ^ 1]) + whole[61:],
    }
    for name, data in cases.items():
        (folder / f"{name}.esdk").write_bytes(data)
    before = sorted(os.listdir(folder))
    items = decrypt_files(session, [str(folder / f"{name}.esdk") for name in cases])
    assert {type(error_of(item)) for item in items[:4]} == {CiphertextInvalid}
    assert items[4].status == "failed"
    assert sorted(os.listdir(folder)) == before


@pytest.mark.parametrize("content", [b"", b"plain text", b"\x89PNG\r\n", bytes(100)])
def test_what_is_no_message_is_not_recognised(session: Session, folder: Path, content: bytes) -> None:
    (folder / "a.esdk").write_bytes(content)
    (item,) = decrypt_files(session, [str(folder / "a.esdk")])
    assert isinstance(error_of(item), FormatUnrecognised)


def test_links_and_missing_files_are_refused(session: Session, key: Key, folder: Path) -> None:
    message = encrypted(session, folder, "a")
    (folder / "link.esdk").symlink_to(message.name)
    items = decrypt_files(session, [str(folder / "link.esdk"), str(folder / "missing"), str(folder)])
    assert [type(item.error) for item in items] == [SourceUnsupported, SourceNotFound, SourceUnsupported]


def test_nothing_is_overwritten_unasked(session: Session, key: Key, folder: Path) -> None:
    message = encrypted(session, folder, "a", b"new")
    (folder / "a").write_bytes(b"precious")
    (item,) = decrypt_files(session, [str(message)])
    assert isinstance(error_of(item), OutputExists)
    assert (folder / "a").read_bytes() == b"precious"
    (item,) = decrypt_files(session, [str(message)], overwrite=True)
    assert item.status == "done"
    assert (folder / "a").read_bytes() == b"new"


def test_cancel_leaves_nothing_plain(session: Session, key: Key, folder: Path) -> None:
    messages = [str(encrypted(session, folder, name, os.urandom(2 << 20))) for name in ("a", "b")]
    asked = iter(range(1000))
    items = decrypt_files(session, messages, cancelled=lambda: next(asked) >= 2)
    assert [type(item.error) for item in items] == [Cancelled, Cancelled]
    assert sorted(os.listdir(folder)) == ["a.esdk", "b.esdk"]
    end = list_entries(session, 1)[0]
    assert (end.outcome, end.key) == (Outcome.CANCELLED, key.id)


def test_progress_ends_at_the_size_of_the_messages(session: Session, key: Key, folder: Path) -> None:
    message = encrypted(session, folder, "a", bytes(2 << 20))
    seen: list[tuple[int, int]] = []
    decrypt_files(session, [str(message)], progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (message.stat().st_size, message.stat().st_size)


def test_decrypting_notes_where_a_file_was_seen(
    session: Session, key: Key, folder: Path, clock: SettableClock
) -> None:
    message = encrypted(session, folder, "a")
    message.rename(folder / "moved.esdk")
    clock.advance(3600)
    decrypt_files(session, [str(folder / "moved.esdk")])
    (known,) = list_files(session)
    assert (known.path, known.seen) == (str(folder / "moved.esdk"), "2026-11-22T13:00:00Z")
    assert known.created == "2026-11-22T12:00:00Z"


def test_inspecting_needs_no_vault(session: Session, key: Key, folder: Path) -> None:
    source = folder / "a"
    source.write_bytes(b"12345")
    encrypt_files(session, [str(source)], key="papers", context={"purpose": "taxes"})
    found = inspect_file(str(source) + ".esdk")
    assert (found.format_version, found.suite, found.frame_length) == (2, "0x0478", 65536)
    assert found.context == {"signet-content": "file", "purpose": "taxes"}
    assert (found.signed, found.legacy) == (False, False)
    assert found.size == os.stat(str(source) + ".esdk").st_size
    assert found.header_size == found.size - 4 - 4 - 12 - 4 - 5 - 16
    (recipient,) = found.recipients
    assert (recipient.provider, recipient.key_id, recipient.version) == ("signet", key.id, 1)


def test_inspecting_shows_only_what_a_screen_can_bear(session: Session, key: Key, folder: Path) -> None:
    client, _ = official(session, key)
    hostile = OneKey.of("\x1b[2J" + "x" * 1000, bytes(32))
    message, _ = client.encrypt(source=b"x", key_provider=hostile)
    (folder / "a.esdk").write_bytes(message)
    (recipient,) = inspect_file(str(folder / "a.esdk")).recipients
    assert recipient.name.startswith("\ufffd[2Jxxx")
    assert len(recipient.name) == 201
    (item,) = decrypt_files(session, [str(folder / "a.esdk")])
    assert "\x1b" not in error_of(item).message


@pytest.mark.parametrize("content", [b"", b"plain"])
def test_inspecting_something_else_says_so(folder: Path, content: bytes) -> None:
    (folder / "a").write_bytes(content)
    with pytest.raises(FormatUnrecognised):
        inspect_file(str(folder / "a"))
    with pytest.raises(SourceUnsupported):
        inspect_file(str(folder))
