"""Archives that different programs read differently are refused, each for its reason."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from signet.documents import zip_strict
from signet.documents.zip_strict import Archive, Unfit
from support.asic_forge import packed

FILES = [("a.txt", b"first " * 20), ("sub/b ä.txt", b"second"), ("empty", b"")]


@pytest.fixture
def read(tmp_path: Path) -> Callable[[bytes], dict[str, bytes]]:
    def all_of(data: bytes) -> dict[str, bytes]:
        path = tmp_path / "a.zip"
        path.write_bytes(data)
        with path.open("rb") as file:
            archive = Archive(file.fileno())
            return {name: b"".join(archive.pieces(entry)) for name, entry in archive.entries.items()}

    return all_of


Read = Callable[[bytes], dict[str, bytes]]


def test_what_zipfile_writes_is_read(read: Read) -> None:
    for deflated in (True, False):
        assert read(packed(FILES, deflated=deflated)) == dict(FILES)
    assert read(packed([])) == {}
    assert read(packed([("sub/", b""), *FILES])) == dict(FILES)


class _Unseekable(io.RawIOBase):
    """Makes zipfile write sizes behind the data, as Java's writers do."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self.data += piece
        return len(piece)


def test_sizes_behind_the_data_and_a_comment_at_the_end_are_read(read: Read) -> None:
    sink = _Unseekable()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in FILES:
            archive.writestr(name, data)
        archive.comment = b"made by somebody"
    whole = bytes(sink.data)
    assert read(whole) == dict(FILES)
    at = whole.index(b"PK\x07\x08")
    with pytest.raises(Unfit, match="something else"):
        read(whole[: at + 4] + b"\x00" + whole[at + 5 :])


def cut(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def central(data: bytes) -> int:
    return data.index(b"PK\x01\x02")


def end(data: bytes) -> int:
    return data.rindex(b"PK\x05\x06")


def shifted(data: bytes, by: int) -> bytes:
    """The end record says that the directory begins elsewhere."""
    (start,) = struct.unpack("<L", data[end(data) + 16 : end(data) + 20])
    return cut(data, end(data) + 16, struct.pack("<L", start + by))


def moved(data: bytes) -> bytes:
    """Two bytes stand before everything, and every offset says so."""
    at = central(data)
    while data[at : at + 4] == b"PK\x01\x02":
        (place,) = struct.unpack("<L", data[at + 42 : at + 46])
        data = cut(data, at + 42, struct.pack("<L", place + 2))
        at += 46 + sum(struct.unpack("<3H", data[at + 28 : at + 34]))
    return b"MZ" + shifted(data, 2)


def twice(data: bytes) -> bytes:
    """Two directories: the second names other contents, the end names the second."""
    other = packed([("a.txt", b"other")], deflated=False)
    directory = other[central(other) : end(other)]
    tail = bytearray(other[end(other) :])
    struct.pack_into("<L", tail, 16, end(data))
    return data[: end(data)] + directory + bytes(tail)


PLAIN = packed(FILES, deflated=False)
LINK = zipfile.ZipInfo("a.txt")
LINK.external_attr = 0o120777 << 16


def linked() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(LINK, b"/etc/passwd")
    return made.getvalue()


def with_extra(field: bytes) -> bytes:
    made = io.BytesIO()
    info = zipfile.ZipInfo("a.txt")
    info.extra = field
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(info, b"x")
    return made.getvalue()


def bzipped() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a.txt", b"x" * 100)
    return made.getvalue()


TRICKS = {
    "nothing": (b"", "no ZIP"),
    "something before": (b"MZ" + PLAIN, "not where its end"),
    "something before, the directory moved": (b"PK" + shifted(PLAIN, 2), "not where its directory"),
    "something before, all moved": (moved(PLAIN), "before, between"),
    "something behind": (PLAIN + b"\x00", "behind its end"),
    "a gap before the directory": (
        shifted(PLAIN[: central(PLAIN)] + b"gap" + PLAIN[central(PLAIN) :], 3),
        "before, between",
    ),
    "a second directory": (twice(PLAIN), "directory says something else|before, between|not where"),
    "an end in the comment": (
        cut(PLAIN, end(PLAIN) + 20, struct.pack("<H", 22)) + PLAIN[end(PLAIN) :],
        "not where its end",
    ),
    "more entries than there are": (
        cut(PLAIN, end(PLAIN) + 8, struct.pack("<2H", 4, 4)),
        "directory is damaged",
    ),
    "fewer entries than there are": (cut(PLAIN, end(PLAIN) + 8, struct.pack("<2H", 2, 2)), "does not end where"),
    "several disks": (cut(PLAIN, end(PLAIN) + 4, b"\x01"), "several parts"),
    "too many entries": (cut(PLAIN, end(PLAIN) + 8, struct.pack("<2H", 5000, 5000)), "more than 4096"),
    "ZIP64": (cut(PLAIN, end(PLAIN) + 8, b"\xff\xff\xff\xff"), "ZIP64"),
    "ZIP64 in an entry": (with_extra(b"\x01\x00\x00\x00"), "ZIP64"),
    "another name in an extra field": (with_extra(b"up\x05\x00\x01\x00\x00\x00\x00"), "two names"),
    "encrypted": (cut(PLAIN, central(PLAIN) + 8, b"\x01"), "encrypted"),
    "a flag that nobody knows": (cut(PLAIN, central(PLAIN) + 8, b"\x20"), "does not read"),
    "a version to come": (cut(PLAIN, central(PLAIN) + 6, b"\xff\x00"), "does not read"),
    "bzip2": (bzipped(), "does not read"),
    "a link": (linked(), "link"),
    "another name in the entry": (PLAIN.replace(b"a.txt", b"z.txt", 1), "something else"),
    "another size in the entry": (cut(PLAIN, 22, b"\x01"), "something else"),
    "a stored size that is none": (cut(PLAIN, central(PLAIN) + 24, b"\x01"), "does not read"),
    "two of one name": (packed([("a.txt", b"1"), ("b.txt", b"2")]).replace(b"b.txt", b"a.txt"), "two files"),
    "two of one name, spelt otherwise": (packed([("\u00e4", b"1"), ("a\u0308", b"2")]), "two files"),
    "a folder with contents": (packed([("aa", b"1")]).replace(b"aa", b"a/"), "contents of its own"),
    "contents damaged": (PLAIN.replace(b"second", b"SECOND"), "damaged"),
    **{
        f"the name {name!r}": (packed([("x" * len(name), b"1")]).replace(b"x" * len(name), name), "leads elsewhere")
        for name in (b"../a", b"a/../b", b"/etc/a", b"a\\b.c", b"./aa", b"a//b", b"a\nb", b"a\x00b")
    },
    "a name in no UTF-8": (packed([("xxx", b"1")]).replace(b"xxx", b"a\xffb"), "cannot be read"),
}


@pytest.mark.parametrize("case", TRICKS)
def test_what_can_be_read_in_two_ways_is_refused(read: Read, case: str) -> None:
    data, reason = TRICKS[case]
    with pytest.raises(Unfit, match=reason):
        read(data)


def test_a_bomb_is_refused_before_anything_is_unpacked(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_strict, "FREE", 1 << 16)
    # The first entry is stored; deflated, zeros are a thousandth.
    bomb = packed([("a", b""), ("b", bytes(4 << 20))])
    with pytest.raises(Unfit, match="far too large"):
        read(bomb)


def test_an_entry_that_unpacks_to_more_than_it_says_stops_there(read: Read) -> None:
    data = packed([("a", b""), ("b", bytes(100_000))])
    for at in (data.index(b"b", 30) - 30 + 22, data.rindex(b"PK\x01\x02") + 24):
        data = cut(data, at, struct.pack("<L", 10))
    with pytest.raises(Unfit, match="damaged"):
        read(data)


def test_an_archive_cut_anywhere_or_with_a_bit_turned_is_refused_or_the_same(read: Read) -> None:
    whole = packed(FILES)
    for length in range(len(whole)):
        with pytest.raises(Unfit):
            read(whole[:length])
    for at in range(len(whole)):
        turned = cut(whole, at, bytes([whole[at] ^ 0x20]))
        try:
            found = read(turned)
        except Unfit:
            continue
        # Dates, attributes and versions say nothing about what is in it; names may be in either letters.
        assert sorted(found.values()) == sorted(data for _, data in FILES)


def test_the_descriptor_is_read_by_position(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(packed(FILES))
    with path.open("rb") as file:
        os.lseek(file.fileno(), 17, os.SEEK_SET)
        archive = Archive(file.fileno())
        assert archive.whole(archive.entries["a.txt"], 1000) == FILES[0][1]
        with pytest.raises(Unfit, match="too large"):
            archive.whole(archive.entries["a.txt"], 10)
        assert os.lseek(file.fileno(), 0, os.SEEK_CUR) == 17
