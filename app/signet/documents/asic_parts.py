"""An ASiC-E container (ETSI EN 319 162-1) as parts: the files that are signed, the signatures, the list of files.

What is in META-INF and is no part of a signature is taken for a file: nothing hides there. Runs in the document child
only.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from signet.documents.facts import SignatureFacts
from signet.documents.xml_strict import Unread, parse
from signet.documents.zip_strict import Archive, Unfit

MIMETYPE = "mimetype"
ASIC_E = b"application/vnd.etsi.asic-e+zip"
ASIC_S = b"application/vnd.etsi.asic-s+zip"
MANIFEST = "META-INF/manifest.xml"
MAX_SIGNATURES = 64
MAX_PART = 16 << 20
"""Bytes of one file of META-INF."""
_XADES = re.compile(r"META-INF/[^/]*signatures[^/]*\.xml")
_CADES = re.compile(r"META-INF/[^/]*signature[^/]*\.p7s")
_LISTS = re.compile(r"META-INF/[^/]*ASiCManifest[^/]*\.xml")
_PROOFS = re.compile(r"META-INF/([^/]*(timestamp[^/]*\.tst|evidencerecord[^/]*)|[^/]*ASiCArchiveManifest[^/]*\.xml)")
_ODF = "{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}"


@dataclass(frozen=True)
class Found:
    """What became of one signature, the files that it covers, and of which kind it says that they are.

    ``mark`` is the digest of what was signed: the same signature put there twice is one. Empty if it cannot be read.
    """

    facts: SignatureFacts
    covers: tuple[str, ...] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)
    mark: bytes = b""


class Parts:
    """The container's parts. ``files`` are the names of what people put in, in their order."""

    def __init__(self, descriptor: int) -> None:
        """Read the archive's directory and the container's kind; raise Unfit."""
        self._archive = Archive(descriptor)
        entries = self._archive.entries
        first = next(iter(entries.values()), None)
        if first is None or first.name != MIMETYPE or not first.stored or first.size > MAX_PART:
            raise Unfit("it is no ASiC container: its kind does not come first")
        kind = self._archive.whole(first, 256).strip()
        if kind == ASIC_S:
            raise Unfit("it is a simple container (ASiC-S), which Signet does not read")
        if kind != ASIC_E:
            raise Unfit("it is no ASiC-E container")
        self.xades = tuple(name for name in entries if _XADES.fullmatch(name))
        self.cades = tuple(name for name in entries if _CADES.fullmatch(name))
        self.lists = tuple(name for name in entries if _LISTS.fullmatch(name))
        self.proofs = tuple(name for name in entries if _PROOFS.fullmatch(name))
        own = {MIMETYPE, MANIFEST, *self.xades, *self.cades, *self.lists, *self.proofs}
        self.files = tuple(name for name in entries if name not in own)
        if len(self.xades) + len(self.cades) > MAX_SIGNATURES:
            raise Unfit(f"it has more than {MAX_SIGNATURES} signatures")
        self._digests: dict[tuple[str, str], bytes | None] = {}

    def has(self, name: str) -> bool:
        """Whether something has that name, a file or a part."""
        return name in self._archive.entries

    def part(self, name: str) -> bytes:
        """Return a part of META-INF whole; raise Unfit if it is damaged or too large."""
        return self._archive.whole(self._archive.entries[name], MAX_PART)

    def beginning(self, name: str, size: int) -> bytes:
        """Return how a file begins; less of it if it is damaged."""
        found = b""
        try:
            for piece in self._archive.pieces(self._archive.entries[name]):
                found += piece[: size - len(found)]
                if len(found) >= size:
                    break
        except Unfit:
            pass
        return found

    def digest(self, name: str, method: str) -> bytes | None:
        """Return a file's digest by hashlib's name of it; None if the file is damaged."""
        if (name, method) not in self._digests:
            state = hashlib.new(method, usedforsecurity=False)
            try:
                for piece in self._archive.pieces(self._archive.entries[name]):
                    state.update(piece)
            except Unfit:
                self._digests[name, method] = None
            else:
                self._digests[name, method] = state.digest()
        return self._digests[name, method]

    def named(self, uri: str | None) -> str:
        """Return which entry a reference means: a path from the container's root (RFC 3986), percent-encoded or not.

        The entry need not be there. Raises Unread for what leads elsewhere.
        """
        if uri is None:
            raise Unread("it signs something that is not named")
        try:
            split = urlsplit(uri)
            name = unquote(split.path, errors="strict")
        except (UnicodeDecodeError, ValueError):
            raise Unread("it signs something whose name cannot be read") from None
        if split.scheme or split.netloc or split.query or split.fragment or not name or name.startswith("/"):
            raise Unread("it signs something outside of the container")
        return name

    def listed(self) -> tuple[Mapping[str, str], list[str]]:
        """The kinds of the files by META-INF/manifest.xml, and clauses on what does not agree with the container."""
        if MANIFEST not in self._archive.entries:
            return {}, []
        try:
            root = parse(self.part(MANIFEST), comments=True)
        except (Unread, Unfit):
            return {}, ["the list of the files in it is damaged"]
        entries = root.findall(_ODF + "file-entry")
        paths = [entry.get(_ODF + "full-path", "") for entry in entries]
        kinds = {path: entry.get(_ODF + "media-type", "") for path, entry in zip(paths, entries, strict=True)}
        meant = [path for path in paths if not path.endswith("/") and not path.startswith("META-INF/")]
        said = []
        if root.tag != _ODF + "manifest" or len(set(paths)) != len(paths):
            said.append("the list of the files in it is damaged")
        lost = [path for path in meant if path not in self.files]
        said += [f"the list of the files names “{path}”, which is not there" for path in lost]
        said += [f"the list of the files does not name “{name}”" for name in self.files if name not in kinds]
        return {name: kind for name, kind in kinds.items() if name in self.files}, said
