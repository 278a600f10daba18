"""A new message that says what the old one did, whoever wrote the old one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from signet.crypto.esdk_decrypt import decrypt, read_header
from signet.crypto.esdk_encrypt import encrypt
from signet.crypto.esdk_keys import RawAesKeyring, unwrap_with
from signet.crypto.esdk_rewrite import rewrite
from signet.errors import Cancelled, CiphertextInvalid, KeyNotHere, SignetError
from signet.formats.esdk import PUBLIC_KEY_CONTEXT_KEY
from signet.secret import Secret
from support.files import OneKey, official_client

OLD = RawAesKeyring("signet", "old/1", Secret(b"o" * 32))
NEW = RawAesKeyring("signet", "new/1", Secret(b"n" * 32))
SIZES = [0, 1, 65536, 200_000, 1 << 20, (3 << 20) + 5]


class Files:
    """Descriptors in one folder, closed at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.opened: list[int] = []

    def new(self, content: bytes = b"") -> int:
        path = self.folder / str(len(self.opened))
        path.write_bytes(content)
        self.opened.append(os.open(path, os.O_RDWR))
        return self.opened[-1]


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Files]:
    made = Files(tmp_path)
    yield made
    for descriptor in made.opened:
        os.close(descriptor)


def message(files: Files, content: bytes) -> int:
    target = files.new()
    encrypt(files.new(content), target, keyrings=[OLD], context={"purpose": "taxes"})
    return target


def plain(files: Files, source: int, keyring: RawAesKeyring) -> bytes:
    target = files.new()
    decrypt(source, target, unwrap=unwrap_with([keyring]))
    return os.pread(target, os.fstat(target).st_size, 0)


@pytest.mark.parametrize("size", SIZES)
def test_the_new_message_says_the_same_under_the_new_key(files: Files, size: int) -> None:
    content = os.urandom(size)
    old, new = message(files, content), files.new()
    done: list[int] = []
    result = rewrite(old, new, unwrap=unwrap_with([OLD]), keyrings=[NEW], progress=done.append)
    assert plain(files, new, NEW) == content
    assert (result.read.plaintext_size, result.written.plaintext_size) == (size, size)
    assert result.written.message_id != result.read.header.message_id
    assert read_header(new)[0].context == {"purpose": "taxes"}
    assert (done[-1], done) == (2 * size, sorted(done))
    with pytest.raises(KeyNotHere):
        plain(files, new, OLD)


@pytest.mark.parametrize("size", [0, 300_000, 3 << 20])
def test_a_signed_message_of_the_official_sdk_becomes_one_of_ours(files: Files, size: int) -> None:
    content = os.urandom(size)
    client = official_client()
    signed, _ = client.encrypt(
        source=content, key_provider=OneKey.of("old/1", b"o" * 32), encryption_context={"purpose": "taxes"}
    )
    new = files.new()
    result = rewrite(files.new(signed), new, unwrap=unwrap_with([OLD]), keyrings=[NEW])
    assert PUBLIC_KEY_CONTEXT_KEY in result.read.header.context
    assert read_header(new)[0].context == {"purpose": "taxes"}
    assert plain(files, new, NEW) == content


@pytest.mark.parametrize("size", [100, 3 << 20])
@pytest.mark.parametrize("place", [50, -1, -1000])
def test_a_damaged_message_leaves_nothing(files: Files, size: int, place: int) -> None:
    old, new = message(files, bytes(size)), files.new()
    data = bytearray(os.pread(old, os.fstat(old).st_size, 0))
    data[max(place, -len(data))] ^= 1
    with pytest.raises(SignetError):
        rewrite(files.new(bytes(data)), new, unwrap=unwrap_with([OLD]), keyrings=[NEW])
    assert os.fstat(new).st_size == 0


@pytest.mark.parametrize("size", [100, 3 << 20])
def test_a_disk_that_forgets_is_found(files: Files, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = message(files, bytes(size)), files.new()
    pwritev = os.pwritev

    def forgetful(descriptor: int, views: Sequence[memoryview], offset: int) -> int:
        return pwritev(descriptor, [bytes(len(view)) for view in views] if offset else views, offset)

    monkeypatch.setattr(os, "pwritev", forgetful)
    with pytest.raises(CiphertextInvalid):
        rewrite(old, new, unwrap=unwrap_with([OLD]), keyrings=[NEW])
    assert os.fstat(new).st_size == 0


@pytest.mark.parametrize("size", [100, 8 << 20])
@pytest.mark.parametrize("calls", [0, 3, 40])
def test_cancel_ends_both_threads(files: Files, size: int, calls: int) -> None:
    old, new = message(files, bytes(size)), files.new()
    asked = iter(range(100_000))
    try:
        rewrite(old, new, unwrap=unwrap_with([OLD]), keyrings=[NEW], cancelled=lambda: next(asked) >= calls)
    except Cancelled:
        assert os.fstat(new).st_size == 0
    else:
        assert next(asked) <= calls
