"""Hostile and broken PDFs, CMS and ASiC files, generated and mutated from a seed, and what must hold for each.

The oracle. Every document is made from one that is valid. A mutant may come out as "valid" only if it is one of
these, which a reader of the same document cannot tell from the original:

* nothing was changed (the mutation hit upon the same bytes);
* of a PDF, all bytes that any of its signatures or time stamps covers are as they were, the CMS in each /Contents
  still has the same SignedAttributes, signature value and signer's certificate (unsigned attributes, others'
  certificates and lists in it are outside of what is signed, as RFC 5652 has it), and what lies behind everything
  that is covered, where pyHanko puts evidence for later (PAdES B-LTA), differs by white space only, or PDFium draws
  every page alike;
* of CMS beside a file, the same: SignedAttributes, signature value and the signer's certificate are the original's.

Whatever else comes out as "valid" is a find; so is more than 10 s, more than 1 GiB, and a parent that raises.
"""

from __future__ import annotations

import importlib
import io
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from asn1crypto import cms
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter

from support import pdf_forge as forge
from support import pki
from support.cms_forge import detached
from support.pdf import tiny_pdf

CONTENT = b"we agree on everything\n" * 20
_BLANK = b" \t\r\n\0"
_NUMBER = re.compile(rb"\d+")
_TOKENS = (
    b"obj",
    b"endobj",
    b"stream",
    b"endstream",
    b"<<",
    b">>",
    b"xref",
    b"trailer",
    b"startxref",
    b"%%EOF",
    b"/V",
)
_KEYS = (b"/ByteRange", b"/Contents", b"/SubFilter", b"/Type", b"/Fields", b"/AcroForm", b"/Root", b"/Prev", b"/Kids")


@dataclass(frozen=True)
class Hostile:
    """One file. ``kind`` is "pdf" or "cms", ``how`` says what was done, ``original`` is what it was made of."""

    kind: str
    how: str
    content: bytes
    original: bytes


@cache
def _pdfs() -> tuple[bytes, ...]:
    signed = forge.signed()
    return (
        signed,
        forge.signed(level="b-lta"),
        forge.signed(signed, pki.signer("rsa", "Jaan Tamm"), field="Signature2"),
        forge.signed(forge.with_form(), certify=MDPPerm.FILL_FORMS),
        forge.signed(subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED, level="b-t"),
    )


@cache
def _signatures() -> tuple[bytes, ...]:
    return tuple(
        detached(CONTENT, pki.signer(kind), stamp=stamp) for kind in ("p256", "rsa") for stamp in (False, True)
    )


def _flip(data: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 8))):
        out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out)


def _noise(data: bytes, chance: random.Random) -> bytes:
    at, length = chance.randrange(len(data)), chance.choice((1, 4, 16, 64, 600))
    return data[:at] + chance.randbytes(length) + data[at + chance.choice((0, length)) :]


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def _without(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + data[at + chance.choice((1, 2, 16, 200)) :]


def _doubled(data: bytes, chance: random.Random) -> bytes:
    at, length = chance.randrange(len(data)), chance.choice((8, 100, 1000))
    to = chance.randrange(len(data))
    return data[:to] + data[at : at + length] + data[to:]


def _numbered(data: bytes, chance: random.Random) -> bytes:
    """Another number in the place of one: lengths, offsets, ranges, references."""
    found = chance.choice(list(_NUMBER.finditer(data)))
    other = chance.choice((0, 1, -1, 2**31, 2**63, 10**30, len(data), int(found[0]) + 1, chance.randrange(1 << 16)))
    return data[: found.start()] + str(other).encode() + data[found.end() :]


def _token(data: bytes, chance: random.Random) -> bytes:
    word = chance.choice(_TOKENS + _KEYS)
    places = [each.start() for each in re.finditer(re.escape(word), data)]
    if not places:
        return _flip(data, chance)
    at = chance.choice(places)
    other = chance.choice((b"", word * 2, chance.choice(_TOKENS + _KEYS), b"[" * 3000, b"<<" * 3000, b" "))
    return data[:at] + other + data[at + len(word) :]


def _within_contents(data: bytes, chance: random.Random) -> bytes:
    begin, end = forge.contents_of(data)
    digits = bytearray(data[begin:end])
    for _ in range(chance.choice((1, 1, 3))):
        digits[chance.randrange(min(len(digits), 4000))] = chance.choice(b"0123456789abcdefABCDEF>< z")
    return data[:begin] + bytes(digits) + data[end:]


def _appended(data: bytes, chance: random.Random) -> bytes:
    objects = b"\n".join(b"%d 0 obj\n<</Type/Catalog>>\nendobj" % chance.randrange(30) for _ in range(3))
    loop = b"\nxref\n0 0\ntrailer\n<</Size 9/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (len(data), len(data))
    return data + chance.choice((objects, loop, b"\n" * 5, chance.randbytes(200), data, tiny_pdf(1)))


def _updated(data: bytes, chance: random.Random) -> bytes:
    ways: Sequence[Callable[[bytes], bytes]] = (forge.page_replaced, forge.annotated, forge.titled, forge.stripped)
    return chance.choice(ways)(data)


_ANY: tuple[Callable[[bytes, random.Random], bytes], ...] = (_flip, _noise, _cut, _without, _doubled)
_ON_PDFS = (*_ANY, _numbered, _numbered, _token, _token, _within_contents, _appended, _updated)


def _generated(chance: random.Random) -> bytes:
    """What never was a document: deep, endless, self-referring."""
    return chance.choice(
        (
            b"%PDF-1.7\n" + b"[" * 100_000,
            b"%PDF-1.7\n" + chance.randbytes(2000),
            b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 1 0 R/AcroForm 1 0 R/Fields[1 0 R]/Kids[1 0 R]>>\nendobj\n"
            b"xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer<</Size 2/Root 1 0 R>>\n"
            b"startxref\n100\n%%EOF",
            tiny_pdf(1).replace(b"/Type/Catalog", b"/Type/Catalog/AcroForm<</Fields[" + b"1 0 R " * 5000 + b"]>>", 1),
            b"%PDF-1.7\nstartxref\n0\n%%EOF",
        )
    )


def mutants(seed: int, count: int) -> Iterator[Hostile]:
    """Files from a seed: two PDFs to each CMS file."""
    chance = random.Random(seed)
    for _ in range(count):
        if chance.random() < 0.33:
            original = chance.choice(_signatures())
            way = chance.choice(_ANY)
            yield Hostile("cms", way.__name__, way(original, chance), original)
        elif chance.random() < 0.05:
            yield Hostile("pdf", "_generated", _generated(chance), b"")
        else:
            original = chance.choice(_pdfs())
            way = chance.choice(_ON_PDFS)
            yield Hostile("pdf", way.__name__, way(original, chance), original)


def may_be_valid(found: Hostile) -> bool:
    """The oracle, as the module says it."""
    if found.content == found.original:
        return True
    if not found.original:
        return False
    if found.kind == "cms":
        return _heart(found.content) == _heart(found.original)
    return _same_document(found.content, found.original)


def _same_document(now: bytes, then: bytes) -> bool:
    """Whether all that is covered is as it was, but for what is not signed of /Contents, and the rest shows alike."""
    at = 0
    for begin, end in _gaps(then):
        if now[at:begin] != then[at:begin] or not _same_contents(now[begin:end], then[begin:end]):
            return False
        at = end
    covered = _covered(then)
    if now[at:covered] != then[at:covered]:
        return False
    rest, was = now[covered:], then[covered:]
    return rest.strip(_BLANK) == was.strip(_BLANK) or _drawn(now) == _drawn(then)


def _same_contents(now: bytes, then: bytes) -> bool:
    try:
        return now == then or _heart(bytes.fromhex(now.decode())) == _heart(bytes.fromhex(then.decode()))
    except ValueError:
        return False


def _gaps(pdf: bytes) -> list[tuple[int, int]]:
    """Where the digits of each /Contents begin and end, in order."""
    count = len(PdfFileReader(io.BytesIO(pdf)).embedded_signatures)
    return sorted(forge.contents_of(pdf, index) for index in range(count))


def _covered(pdf: bytes) -> int:
    """How far the signatures and time stamps of a document reach, altogether."""
    ranges = [embedded.byte_range for embedded in PdfFileReader(io.BytesIO(pdf)).embedded_signatures]
    return max(int(each[2]) + int(each[3]) for each in ranges)


def _drawn(pdf: bytes) -> object:
    """Every page as PDFium draws it, forms and notes too; None if it cannot be opened."""
    pdfium: Any = importlib.import_module("pypdfium2")  # its stubs hold what Signet uses
    try:
        with pdfium.PdfDocument(pdf) as document:
            document.init_forms()
            return [bytes(document[number].render(scale=1).buffer) for number in range(len(document))]
    except pdfium.PdfiumError:
        return None


def _heart(der: bytes) -> object:
    """What of CMS is signed, or says by whom; None if it cannot be read."""
    try:
        signed = cms.ContentInfo.load(der)["content"]
        (signer,) = signed["signer_infos"]
        named = signer["sid"].chosen["serial_number"].native
        own = [each.chosen.dump() for each in signed["certificates"] if each.chosen.serial_number == named]
        return signer["signed_attrs"].dump(), signer["signature"].native, own
    except (ValueError, TypeError, KeyError):
        return None
