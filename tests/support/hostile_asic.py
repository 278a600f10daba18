"""Hostile and broken containers, generated and mutated from a seed, and what must hold for each.

The oracle. Every container is made from one that is valid, and nobody here has the signers' keys but the writer. A
mutant may come out as "valid" only if another reader (zipfile) finds the same files with the same contents in it, and
what is told of each signature is what was told of the original: signer, claimed time, place, role, files covered.
"""

from __future__ import annotations

import copy
import io
import random
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from lxml import etree

from support import asic_forge as forge
from support import pki
from support.asic_forge import Forged, entries, packed

SIGNATURES = "META-INF/signatures0.xml"
_TOKENS = (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x07\x08", b"../", b"\x00" * 8, b"\xff" * 8)
_XML_TOKENS = (
    b"<!--x-->",
    b"<?x?>",
    b"<![CDATA[x]]>",
    b"&#65;",
    b"&amp;",
    b"<!DOCTYPE a>",
    b' xml:base="x"',
    b"\r\n",
)


@dataclass(frozen=True)
class Hostile:
    """One container: what was done to which original."""

    how: str
    content: bytes
    original: int


@cache
def originals() -> tuple[tuple[tuple[str, bytes], ...], ...]:
    """The entries of the containers that all are made of."""
    lt = Forged(stamper=pki.time_stamper(), lists=(pki.crl(),))
    other = Forged(signer=pki.signer("rsa", "Juhan Liiv"), identifier="S1", canonicalisation=forge.EXCLUSIVE)
    return tuple(tuple(entries(*each)) for each in ((lt,), (lt, other)))


def contents(data: bytes) -> Mapping[str, bytes] | None:
    """The files by another reader; None if it reads none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [name for name in archive.namelist() if not name.startswith("META-INF/") and name != "mimetype"]
            return {name: archive.read(name) for name in names}
    except Exception:  # noqa: BLE001 - it is broken: that is what it is for
        return None


def _flipped(data: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out)


def _noise(data: bytes, chance: random.Random) -> bytes:
    at, length = chance.randrange(len(data)), chance.choice((1, 4, 16, 64))
    return data[:at] + chance.randbytes(length) + data[at + chance.choice((0, length)) :]


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def _without(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + data[at + chance.choice((1, 8, 100)) :]


def _doubled(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data))
    end = min(len(data), start + chance.choice((4, 46, 300)))
    at = chance.randrange(len(data))
    return data[:at] + data[start:end] + data[at:]


def _token(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + chance.choice(_TOKENS) + data[at:]


def _number(data: bytes, chance: random.Random) -> bytes:
    """A field of the directory or of a header gets another number."""
    places = [at for at in range(len(data) - 4) if data[at : at + 2] == b"PK"]
    at = chance.choice(places) + chance.randrange(4, 46)
    return data[:at] + chance.choice((b"\x00\x00", b"\xff\xff", b"\x01\x00", b"\x00\x80")) + data[at + 2 :]


_ARCHIVE: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _flipped, _noise, _cut, _without, _doubled, _token, _number,
)  # fmt: skip


def _xml_token(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + chance.choice(_XML_TOKENS) + data[at:]


def _element(data: bytes, chance: random.Random) -> bytes:
    """Elements are moved, doubled, taken out, wrapped, given other attributes and texts."""
    root = etree.fromstring(data)
    every = [each for each in root.iter() if each is not root]
    for _ in range(chance.choice((1, 1, 2, 3))):
        one, two = chance.choice(every), chance.choice(every)
        parent = one.getparent()
        if parent is None:
            continue
        act = chance.randrange(6)
        if act == 0:
            parent.remove(one)
        elif act == 1:
            two.append(copy.deepcopy(one))
        elif act == 2:
            one.addnext(copy.deepcopy(two))
        elif act == 3:
            one.text = chance.choice(("", "x", two.text or "", (one.text or "x")[::-1]))
        elif act == 4:
            name = chance.choice((*one.attrib, "Id", "URI", "Algorithm", "Type"))
            one.set(name, chance.choice(("", "#S0", "#S0-p", "S0-p", "lease.txt", *two.attrib.values())))
        else:
            parent.replace(one, copy.deepcopy(two))
    return etree.tostring(root)


def _entries(parts: list[tuple[str, bytes]], chance: random.Random) -> list[tuple[str, bytes]]:
    """Entries are taken out, doubled, renamed, exchanged, changed."""
    act = chance.randrange(6)
    at, other = chance.randrange(len(parts)), chance.randrange(len(parts))
    name, data = parts[at]
    if act == 0:
        del parts[at]
    elif act == 1:
        parts.append((chance.choice((f"{name}2", "META-INF/x", "META-INF/signatures1.xml", "x/../y")), data))
    elif act == 2:
        parts[at] = (chance.choice(("renamed", name.upper(), "./" + name, "/" + name)), data)
    elif act == 3:
        parts[at], parts[other] = (name, parts[other][1]), (parts[other][0], data)
    elif act == 4 and data:
        parts[at] = (name, _flipped(data, chance))
    else:
        parts.insert(other, ("x", b"x"))
    return parts


def mutants(seed: int, count: int) -> Iterator[Hostile]:
    """Yield so many containers; the same for the same seed, but for the keys."""
    chance = random.Random(seed)
    for number in range(count):
        original = number % len(originals())
        parts = list(originals()[original])
        kind = number % 4
        if kind == 0:
            act = chance.choice(_ARCHIVE)
            yield Hostile(act.__name__, act(packed(parts), chance), original)
        elif kind == 1:
            yield Hostile("_entries", packed(_entries(parts, chance)), original)
        else:
            act = _element if kind == 2 else chance.choice((_flipped, _noise, _without, _doubled, _xml_token))
            made = act(dict(parts)[SIGNATURES], chance)
            yield Hostile(f"xml{act.__name__}", packed(forge.changed(parts, SIGNATURES, made)), original)
