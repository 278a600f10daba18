"""The file engine: round trips, damage of every kind, changing sources, full disks, cancelling, progress, memory."""

from __future__ import annotations

import io
import os
import resource
import struct
import threading
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signet.crypto import esdk_encrypt
from signet.crypto.esdk_decrypt import MessageRead, decrypt, read_header, verify
from signet.crypto.esdk_encrypt import MessageWritten, encrypt, encrypt_stream
from signet.crypto.esdk_io import Target
from signet.crypto.esdk_keys import RawAesKeyring, unwrap_with
from signet.errors import (
    Cancelled,
    CiphertextInvalid,
    ContextInvalid,
    DidNotVerify,
    DiskFull,
    FormatUnrecognised,
    KeyNotHere,
    SignetError,
    SourceChanged,
    SourceUnsupported,
)
from signet.formats.esdk import MessageHeader, serialise_context
from signet.formats.esdk_body import FRAME_LENGTH, FrameLayout
from signet.secret import Secret

KEYRING = RawAesKeyring("signet", "0f3a/1", Secret(b"k" * 32))
OTHER = RawAesKeyring("signet", "0f3a/2", Secret(b"o" * 32))
LARGE = 5 * (1 << 20) + 12345
"""More than the engine does without threads, and no whole number of frames."""
F = FRAME_LENGTH


class Folder:
    """Files by name, encrypted and decrypted by descriptor."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def put(self, name: str, content: bytes) -> None:
        (self.path / name).write_bytes(content)

    def get(self, name: str) -> bytes:
        return (self.path / name).read_bytes()

    def encrypt(self, source: str, target: str, **more: object) -> MessageWritten:
        options: dict[str, object] = {"keyrings": [KEYRING], "context": {}, **more}
        with (self.path / source).open("rb") as reading, (self.path / target).open("w+b") as writing:
            return encrypt(reading.fileno(), writing.fileno(), **options)  # type: ignore[arg-type]

    def decrypt(self, source: str, target: str, **more: object) -> MessageRead:
        options: dict[str, object] = {"unwrap": unwrap_with([KEYRING]), **more}
        with (self.path / source).open("rb") as reading, (self.path / target).open("w+b") as writing:
            return decrypt(reading.fileno(), writing.fileno(), **options)  # type: ignore[arg-type]

    def verify(self, source: str) -> MessageRead:
        with (self.path / source).open("rb") as reading:
            return verify(reading.fileno(), unwrap=unwrap_with([KEYRING]))

    def message(self, plaintext: bytes, **more: object) -> bytes:
        self.put("plain", plaintext)
        self.encrypt("plain", "sealed", **more)
        return self.get("sealed")

    def refuses(self, message: bytes, error: type[SignetError] = CiphertextInvalid) -> None:
        """Decrypting the message raises exactly that and leaves nothing in the output; so does verifying."""
        self.put("damaged", message)
        with pytest.raises(error) as caught:
            self.decrypt("damaged", "out")
        assert type(caught.value) is error
        assert self.get("out") == b""
        with pytest.raises(error):
            self.verify("damaged")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.mark.parametrize(
    "size", [0, 1, F - 1, F, F + 1, 2 * F, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, LARGE, 8 << 20]
)
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_round_trip(folder: Folder, size: int, workers: int) -> None:
    plaintext = os.urandom(size)
    folder.put("plain", plaintext)
    written = folder.encrypt("plain", "sealed", context={"signet-content": "file"}, workers=workers)
    assert written.message_size == len(folder.get("sealed"))
    assert written.plaintext_size == size
    read = folder.decrypt("sealed", "out", workers=workers)
    assert folder.get("out") == plaintext
    assert read.plaintext_size == size
    assert read.header.message_id == written.message_id
    assert dict(read.header.context) == {"signet-content": "file"}
    assert folder.verify("sealed") == read


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=300),
    st.integers(0, 3 * F),
    st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3),
)
def test_round_trip_of_anything(folder: Folder, seed: bytes, size: int, context: dict[str, str]) -> None:
    plaintext = (seed or b"x") * (size // max(len(seed), 1) + 1)
    context.pop("aws-crypto-public-key", None)
    try:
        serialise_context(context)
    except ContextInvalid:
        return
    folder.message(plaintext, context=context)
    assert dict(folder.decrypt("sealed", "out").header.context) == context
    assert folder.get("out") == plaintext


@pytest.mark.parametrize("size", [0, 1, F - 1, F, F + 1, 8 * F, 8 * F + 1, 25 * F + 7])
@pytest.mark.parametrize("piece", [1000, F, 1 << 20])
def test_stream_of_unknown_length(folder: Folder, size: int, piece: int) -> None:
    plaintext = os.urandom(size)
    reader = io.BytesIO(plaintext)
    seen: list[int] = []

    class InPieces:
        def read(self, wanted: int, /) -> bytes:
            return reader.read(min(wanted, piece))

    with (folder.path / "sealed").open("w+b") as target:
        written = encrypt_stream(InPieces(), target.fileno(), keyrings=[KEYRING], context={}, progress=seen.append)
    assert written.message_size == len(folder.get("sealed"))
    assert seen == sorted(seen)
    assert seen[-1] == size
    folder.decrypt("sealed", "out")
    assert folder.get("out") == plaintext
    # A stream and a file of the same content have the same layout.
    assert len(folder.message(plaintext)) == written.message_size


def test_stream_failing_leaves_nothing(folder: Folder) -> None:
    class Failing:
        def read(self, size: int, /) -> bytes:
            raise SourceChanged(path=f"{size} bytes")

    with (folder.path / "sealed").open("w+b") as target, pytest.raises(SourceChanged):
        encrypt_stream(Failing(), target.fileno(), keyrings=[KEYRING], context={})
    assert folder.get("sealed") == b""


def test_stream_to_a_full_disk_leaves_nothing(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Target.write

    def full(sink: Target, view: bytes, offset: int) -> None:
        if offset > 9 * F:
            raise DiskFull(path="sealed")
        write(sink, view, offset)

    monkeypatch.setattr(Target, "write", full)
    with (folder.path / "sealed").open("w+b") as target, pytest.raises(DiskFull):
        encrypt_stream(io.BytesIO(bytes(25 * F)), target.fileno(), keyrings=[KEYRING], context={})
    assert folder.get("sealed") == b""


def test_every_message_has_its_own_id_and_data_key(folder: Folder) -> None:
    first, second = folder.message(b"same"), folder.message(b"same")
    assert first[3:35] != second[3:35]
    assert first[-20:] != second[-20:]


def test_any_recipient_opens(folder: Folder) -> None:
    folder.message(b"plain", keyrings=[OTHER, KEYRING])
    for keyring in (KEYRING, OTHER):
        folder.decrypt("sealed", "out", unwrap=unwrap_with([keyring]))
        assert folder.get("out") == b"plain"


def test_key_of_another_name_is_not_here(folder: Folder) -> None:
    folder.put("sealed", folder.message(b"plain", keyrings=[OTHER]))
    with pytest.raises(KeyNotHere) as caught:
        folder.decrypt("sealed", "out")
    assert caught.value.details["wanted"] == "signet"


def test_other_key_under_the_same_name_is_bad_ciphertext(folder: Folder) -> None:
    impostor = RawAesKeyring("signet", "0f3a/1", Secret(b"x" * 32))
    folder.refuses(folder.message(b"plain", keyrings=[impostor]))


def test_no_recipient_at_all_is_a_bug(folder: Folder) -> None:
    with pytest.raises(ValueError, match="1 to 16"):
        folder.message(b"plain", keyrings=[])
    assert folder.get("sealed") == b""


def test_every_flipped_byte_is_refused(folder: Folder) -> None:
    message = folder.message(b"some plaintext", context={"a": "b"})
    source, target = (
        os.open(folder.path / "damaged", os.O_RDWR | os.O_CREAT),
        os.open(folder.path / "out", os.O_RDWR | os.O_CREAT),
    )
    for position in range(len(message)):
        for bit in (1, 128):
            changed = bytearray(message)
            changed[position] ^= bit
            os.ftruncate(source, 0)
            os.pwrite(source, changed, 0)
            with pytest.raises(DidNotVerify):
                decrypt(source, target, unwrap=unwrap_with([KEYRING]))
            assert os.fstat(target).st_size == 0
    os.close(source)
    os.close(target)


def test_every_truncation_is_refused(folder: Folder) -> None:
    message = folder.message(b"some plaintext")
    for length in range(len(message)):
        folder.refuses(message[:length], FormatUnrecognised if length == 0 else CiphertextInvalid)


@pytest.mark.parametrize("behind", [b"\x00", b"trailing", bytes(32), bytes(F + 32)])
def test_trailing_bytes_are_refused(folder: Folder, behind: bytes) -> None:
    folder.refuses(folder.message(b"some plaintext") + behind)
    folder.refuses(folder.message(bytes(3 * F)) + behind)


@pytest.mark.parametrize("size", [F * 4 + 5, LARGE])
def test_moved_doubled_dropped_and_foreign_frames_are_refused(folder: Folder, size: int) -> None:
    message = folder.message(os.urandom(size))
    folder.put("sealed", message)
    with (folder.path / "sealed").open("rb") as file:
        _, length = read_header(file.fileno())
    layout = FrameLayout.of_message(header_length=length, frame_length=F, message_size=len(message))
    cuts = [layout.frame_offset(frame) for frame in range(layout.frames)] + [len(message)]
    start, frames = message[:length], [message[a:b] for a, b in pairwise(cuts)]
    other = folder.message(os.urandom(size))
    for changed in (
        [frames[1], frames[0], *frames[2:]],
        [frames[0], frames[0], *frames[2:]],
        [frames[0], *frames],
        frames[1:],
        frames[:-1],
        [*frames[:-2], frames[-1]],
        [other[cuts[0] : cuts[1]], *frames[1:]],
        [*frames, frames[-1]],
    ):
        folder.refuses(start + b"".join(changed))
    folder.refuses(other[:length] + b"".join(frames))


def test_a_bit_in_the_last_frame_of_a_large_message_leaves_nothing(folder: Folder) -> None:
    message = bytearray(folder.message(os.urandom(LARGE)))
    message[-20] ^= 1
    folder.refuses(bytes(message))


def test_frame_length_that_lies_takes_no_memory(folder: Folder) -> None:
    message = folder.message(b"plain")
    header = message[: -40 - 5]
    for lie, error in ((64 << 20, CiphertextInvalid), ((1 << 32) - 1, FormatUnrecognised), (0, CiphertextInvalid)):
        changed = header[: -16 - 32 - 4] + struct.pack(">I", lie) + header[-16 - 32 :] + message[len(header) :]
        tracemalloc.start()
        folder.refuses(changed, error)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 4 << 20


@pytest.mark.parametrize(
    ("length", "size"),
    [
        (1, 1),
        (1, 1023),
        (1, 1024),
        (1, 1025),
        (1, 3000),
        (7, 21_000),
        (500, (1 << 20) + 1),
        (511, 511 * 2050),
        (F, 0),
    ],
)
def test_frames_of_any_length_say_the_same(
    folder: Folder, length: int, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    plaintext = os.urandom(size)
    in_frames(folder, plaintext, length, monkeypatch)
    assert folder.decrypt("sealed", "out").header.frame_length == length
    assert folder.get("out") == plaintext
    with (folder.path / "sealed").open("rb") as pipe, (folder.path / "forwards").open("w+b") as target:
        reading, writing = os.pipe()
        thread = threading.Thread(target=write_all, args=(writing, pipe.read()))
        thread.start()
        decrypt(reading, target.fileno(), unwrap=unwrap_with([KEYRING]))
        thread.join()
        os.close(reading)
    assert folder.get("forwards") == plaintext
    damaged = bytearray(folder.get("sealed"))
    damaged[-1] ^= 1
    folder.refuses(bytes(damaged))


def in_frames(folder: Folder, plaintext: bytes, length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the message ``sealed`` of frames of another length, as others do."""
    with monkeypatch.context() as patch, (folder.path / "sealed").open("w+b") as target:
        patch.setattr(esdk_encrypt, "FRAME_LENGTH", length)
        encrypt_stream(io.BytesIO(plaintext), target.fileno(), keyrings=[KEYRING], context={})


def write_all(descriptor: int, data: bytes) -> None:
    with open(descriptor, "wb") as file:
        file.write(data)


def test_tiny_frames_take_little_memory(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    in_frames(folder, bytes(10_000), 1, monkeypatch)
    tracemalloc.start()
    folder.decrypt("sealed", "out")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert folder.get("out") == bytes(10_000)
    assert peak < 2 << 20


def test_memory_does_not_grow_with_the_file(folder: Folder) -> None:
    folder.put("plain", bytes(24 << 20))
    tracemalloc.start()
    folder.encrypt("plain", "sealed")
    folder.decrypt("sealed", "out")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6 << 20


def test_a_pipe_is_no_source_to_encrypt(folder: Folder) -> None:
    reading, writing = os.pipe()
    with (folder.path / "sealed").open("w+b") as target, pytest.raises(SourceUnsupported):
        encrypt(reading, target.fileno(), keyrings=[KEYRING], context={})
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize("size", [0, 3, 3 * F, LARGE])
def test_a_pipe_is_decrypted_forwards(folder: Folder, size: int) -> None:
    plaintext = os.urandom(size)
    message = folder.message(plaintext)
    reading, writing = os.pipe()

    def feed() -> None:
        with open(writing, "wb") as pipe:
            pipe.write(message)

    thread = threading.Thread(target=feed)
    thread.start()
    with (folder.path / "out").open("w+b") as target:
        assert decrypt(reading, target.fileno(), unwrap=unwrap_with([KEYRING])).plaintext_size == size
    thread.join()
    os.close(reading)
    assert folder.get("out") == plaintext


@pytest.mark.parametrize("damage", [lambda message: message[:-1], lambda message: message + b"x"])
def test_a_damaged_pipe_leaves_nothing(folder: Folder, damage: Callable[[bytes], bytes]) -> None:
    reading, writing = os.pipe()
    os.write(writing, damage(folder.message(b"plain")))
    os.close(writing)
    with (folder.path / "out").open("w+b") as target, pytest.raises(CiphertextInvalid):
        decrypt(reading, target.fileno(), unwrap=unwrap_with([KEYRING]))
    os.close(reading)
    assert folder.get("out") == b""


def test_a_silent_pipe_can_be_cancelled(folder: Folder) -> None:
    reading, writing = os.pipe()
    asked = []
    with (folder.path / "out").open("w+b") as target, pytest.raises(Cancelled):
        decrypt(
            reading,
            target.fileno(),
            unwrap=unwrap_with([KEYRING]),
            cancelled=lambda: asked.append(True) or len(asked) > 3,  # type: ignore[func-returns-value]
        )
    os.close(reading)
    os.close(writing)


def changing(folder: Folder, change: Callable[[int], object]) -> Callable[[int], None]:
    """A progress that changes the source once, when some of it has been read."""
    done: list[bool] = []

    def progress(_bytes: int) -> None:
        if not done:
            done.append(True)
            fd = os.open(folder.path / "plain", os.O_RDWR)
            change(fd)
            os.close(fd)

    return progress


CHANGES: list[Callable[[int], object]] = [
    lambda fd: os.ftruncate(fd, 1000),
    lambda fd: os.pwrite(fd, b"more", os.fstat(fd).st_size),
    lambda fd: os.pwrite(fd, b"other", 0),
]


@pytest.mark.parametrize("change", CHANGES, ids=["shorter", "longer", "other"])
@pytest.mark.parametrize("size", [100_000, LARGE])
def test_source_changing_meanwhile_is_noticed(folder: Folder, change: Callable[[int], object], size: int) -> None:
    folder.put("plain", bytes(size))
    os.utime(folder.path / "plain", ns=(0, 0))
    with pytest.raises(SourceChanged):
        folder.encrypt("plain", "sealed", progress=changing(folder, change))
    assert folder.get("sealed") == b""


@pytest.mark.parametrize("size", [10, LARGE])
def test_full_disk_is_said(folder: Folder, size: int) -> None:
    message = folder.message(bytes(size))
    with (folder.path / "plain").open("rb") as source, open("/dev/full", "r+b", buffering=0) as full:
        with pytest.raises(DiskFull) as caught:
            encrypt(source.fileno(), full.fileno(), keyrings=[KEYRING], context={}, target_name="here")
        assert caught.value.details["path"] == "here"
    folder.put("sealed", message)
    with (folder.path / "sealed").open("rb") as source, open("/dev/full", "r+b", buffering=0) as full:
        with pytest.raises(DiskFull):
            decrypt(source.fileno(), full.fileno(), unwrap=unwrap_with([KEYRING]))


def test_no_room_is_said_before_work_starts(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fstatvfs
    written: list[bool] = []

    def almost_full(fd: int) -> os.statvfs_result:
        state = list(real(fd))
        state[4] = 1  # f_bavail
        return os.statvfs_result(state)

    monkeypatch.setattr(os, "fstatvfs", almost_full)
    monkeypatch.setattr(os, "pwritev", lambda *_: written.append(True))
    folder.put("plain", bytes(LARGE))
    with pytest.raises(DiskFull):
        folder.encrypt("plain", "sealed")
    assert written == []


def test_disk_filling_up_meanwhile_leaves_nothing(folder: Folder) -> None:
    """A limit on the size of files stands for the disk: the kernel stops the write in the middle."""
    folder.put("plain", bytes(LARGE))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, hard))
    try:
        with pytest.raises(DiskFull):
            folder.encrypt("plain", "sealed")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert folder.get("sealed") == b""


def test_cancelled_before_the_start_writes_nothing(folder: Folder) -> None:
    folder.put("plain", b"small")
    with pytest.raises(Cancelled):
        folder.encrypt("plain", "sealed", cancelled=lambda: True)
    assert folder.get("sealed") == b""


@pytest.mark.parametrize("way", ["encrypt", "decrypt"])
def test_cancelling_in_the_middle_is_prompt_and_leaves_nothing(
    folder: Folder, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.message(bytes(LARGE))
    real = os.preadv
    started = threading.Event()
    late: list[int] = []

    def slow(fd: int, views: list[memoryview], offset: int) -> int:
        started.set()
        if asked:
            late.append(offset)
        time.sleep(0.2 if asked else 0.02)
        return real(fd, views, offset)

    monkeypatch.setattr(os, "preadv", slow)
    monkeypatch.setattr(esdk_encrypt, "CHUNK_FRAMES", 1)
    monkeypatch.setattr("signet.crypto.esdk_decrypt.CHUNK_SIZE", F)
    asked: list[bool] = []

    def cancelled() -> bool:
        if started.is_set():
            asked.append(True)
        return bool(asked)

    source = "plain" if way == "encrypt" else "sealed"
    with pytest.raises(Cancelled):
        getattr(folder, way)(source, "out", cancelled=cancelled)
    assert len(late) <= 10 < LARGE // F // 2  # what each worker had begun, or began at that moment
    assert folder.get("out") == b""
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("esdk-")]


@pytest.mark.parametrize("size", [0, 1000, LARGE])
def test_progress_is_monotonic_ends_at_the_size_and_stays_in_the_caller_s_thread(folder: Folder, size: int) -> None:
    seen: list[int] = []
    threads: set[int] = set()

    def progress(done: int) -> None:
        seen.append(done)
        threads.add(threading.get_ident())

    folder.put("plain", bytes(size))
    for work in (
        lambda: folder.encrypt("plain", "sealed", progress=progress),
        lambda: folder.decrypt("sealed", "out", progress=progress),
    ):
        seen.clear()
        work()
        assert seen == sorted(seen)
        assert seen[-1] == size
    assert threads == {threading.get_ident()}


def test_a_failing_worker_stops_the_others(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.put("plain", bytes(LARGE))
    real, lock, calls = os.preadv, threading.Lock(), [0]

    def failing(fd: int, views: list[memoryview], offset: int) -> int:
        with lock:
            calls[0] += 1
            if calls[0] == 2:
                raise OSError(5, "input/output error")
        time.sleep(0.01)
        return real(fd, views, offset)

    monkeypatch.setattr(os, "preadv", failing)
    monkeypatch.setattr(esdk_encrypt, "CHUNK_FRAMES", 1)
    with pytest.raises(SignetError) as caught:
        folder.encrypt("plain", "sealed", source_name="the disk")
    assert caught.value.details["path"] == "the disk"
    assert calls[0] < 20
    assert folder.get("sealed") == b""


def test_a_progress_that_raises_stops_the_work(folder: Folder) -> None:
    folder.put("plain", bytes(LARGE))

    def progress(_done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        folder.encrypt("plain", "sealed", progress=progress)
    assert folder.get("sealed") == b""
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("esdk-")]


def test_unwrap_is_asked_once_and_its_key_is_wiped(folder: Folder) -> None:
    folder.message(os.urandom(LARGE))
    given: list[Secret] = []

    def unwrap(header: MessageHeader) -> Secret:
        given.append(unwrap_with([KEYRING])(header))
        return given[-1]

    folder.decrypt("sealed", "out", unwrap=unwrap)
    assert [key.reveal() for key in given] == [bytearray(32)]


def test_a_data_key_of_another_length_is_refused(folder: Folder) -> None:
    folder.message(b"plain")
    with pytest.raises(CiphertextInvalid):
        folder.decrypt("sealed", "out", unwrap=lambda _header: Secret(b"short"))


def test_reading_a_header_needs_no_key_and_moves_nothing(folder: Folder) -> None:
    wanted = {"note": "n" * 60_000}
    folder.message(b"plain", context=wanted)
    with (folder.path / "sealed").open("rb") as file:
        header, length = read_header(file.fileno())
        assert file.tell() == 0
    assert dict(header.context) == wanted
    assert len(folder.get("sealed")) == length + 40 + len(b"plain")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_arbitrary_files_never_escape_the_errors(folder: Folder, data: bytes) -> None:
    for start in (b"", b"\x02\x04\x78"):
        folder.put("any", start + data)
        with suppress(DidNotVerify):
            folder.decrypt("any", "out")
            pytest.fail("it was accepted")
        assert folder.get("out") == b""
