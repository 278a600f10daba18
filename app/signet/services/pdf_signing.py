"""Signing a PDF: a copy, bytes appended to it, and a signature over all of it but its own place.

The document child parses the copy and answers the bytes to append; here the copy is written, hashed, signed and read
back (docs/decisions/0034). The source is never changed.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from signet.clock import timestamp
from signet.crypto.certificates import read_certificate
from signet.crypto.esdk_io import Source, Target
from signet.documents.asking import DocumentChild, Unchecked, document_child
from signet.documents.cms_build import Stamping, build_cms, cms_size, usual_digest
from signet.documents.pdf_facts import PdfFacts
from signet.documents.pdf_signing import PADES, PKCS7
from signet.documents.wishes import Certify, PdfWish
from signet.errors import Cancelled, DocumentUnsignable, SigningWishUnfit, SourceUnsupported, StorageError, UsageError
from signet.formats.pieces import CHUNK, BytesDone
from signet.keys.handle import SigningKey
from signet.services.files_inspect import shown
from signet.services.pdf_documents import SECONDS, Passwords, is_locked, looked
from signet.services.workplace import Cancelled as IsCancelled
from signet.store.foreign import translated
from signet.store.output import Output

SIGNED = "-signed"
NOT_DRAWN = (
    "The stamp does not show everything, as no font here has these letters; the signature itself holds it in full."
)
MAX_REASON = 500
"""Characters of a reason or a place."""
_BYTE_RANGE = re.compile(rb"/ByteRange \[0 (\d{1,12}) (\d{1,12}) (\d{1,12})\] *\n")
Extending = Callable[[Output, bytes | None], None]
"""Raises the level of what was signed; gets the output and the document's password."""


def signed_name(name: str) -> str:
    """Return what the signed copy of a PDF is called."""
    stem, ending = os.path.splitext(name)
    return stem + SIGNED + ending if ending.lower() == ".pdf" else name + SIGNED + ".pdf"


@dataclass(frozen=True)
class PdfMaker:
    """Signs PDFs with one key; made once for a batch.

    ``chain`` are certificates in DER, the signer's first. ``timestamper`` stamps the signature, ``extending`` raises
    the level of each signed document. Raises UsageError, KeyUnsuited for what cannot be before any file is read.
    """

    wish: PdfWish
    key: SigningKey
    chain: Sequence[bytes]
    moment: datetime
    passwords: Passwords
    pss: bool = False
    timestamper: Stamping | None = None
    extending: Extending | None = None

    def __post_init__(self) -> None:
        usual_digest(self.key.public_key)
        if self.wish.field and self.wish.stamp is not None:
            raise UsageError(reason="A signature field has its place already: leave out the stamp.")
        if max(len(self.wish.reason), len(self.wish.place)) > MAX_REASON:
            raise UsageError(reason=f"A reason or a place has at most {MAX_REASON} characters.")
        if not (self.wish.reason + self.wish.place).isprintable():
            raise UsageError(reason="A reason or a place is one line of characters that can be seen.")

    def make(
        self,
        source: int,
        path: str,
        output: Output,
        *,
        progress: BytesDone | None = None,
        cancelled: IsCancelled | None = None,
    ) -> str:
        """Write the signed document into ``output``, which the caller publishes or discards.

        ``path`` is for messages. Returns a sentence to be told with the result, or "". Raises DocumentUnsignable,
        SigningWishUnfit, FileSecretIncorrect, SecretMissing, SourceChanged, DiskFull, Cancelled, what key and
        timestamper raise.
        """
        passes = Passes(os.fstat(source).st_size, progress, cancelled)
        size = copied_into(source, path, output, passes)
        with view_of(output) as view, _refusing(path), document_child([view], cancelled=cancelled) as child:
            facts, password = self.passwords.open(child, view, path)
            self._refuse(facts, path)
            answer = self._prepared(child, view, password, path)
            update, begin, end = checked_update(answer, size, path)
            target = Target(output.fd, output.path)
            target.write(update, size)
            self._fill(output, begin, end, size + len(update), passes)
            self._check(child, view, password, facts, path)
        if self.extending is not None:
            self.extending(output, password)
        return "" if answer.get("in_full") is True else NOT_DRAWN

    @property
    def _digest(self) -> str:
        return usual_digest(self.key.public_key)

    def _refuse(self, facts: PdfFacts, path: str) -> None:
        if facts.obstacle:
            raise DocumentUnsignable(path=path, reason=shown(facts.obstacle))
        reason = ""
        if not self.wish.field:
            reason = facts.no_new_field or (facts.no_new_stamp if self.wish.stamp else "")
        if self.wish.certify is not Certify.NO and not facts.may_certify:
            reason = reason or "only the first signature can certify it, and it is signed already"
        if reason:
            raise SigningWishUnfit(path=path, reason=shown(reason))

    def _prepared(self, child: DocumentChild, view: int, password: bytes | None, path: str) -> Mapping[str, object]:
        """Have the child prepare the document; `checked_update` is to look at its answer."""
        stamp = self.wish.stamp
        answer = child.ask(
            "prepare_pdf",
            seconds=SECONDS,
            file=view,
            size=cms_size(self.chain, stamped=self.timestamper is not None),
            moment=timestamp(self.moment),
            subfilter=PKCS7 if self.wish.most_readers else PADES,
            field=self.wish.field,
            certify=int(self.wish.certify),
            reason=self.wish.reason,
            place=self.wish.place,
            stamp=None if stamp is None else [stamp.page, stamp.x, stamp.y, stamp.width, stamp.height],
            lines=self._lines(),
            password=password,
        )
        if "unfit" in answer:
            raise SigningWishUnfit(path=path, reason=shown(str(answer["unfit"])))
        return answer

    def _lines(self) -> list[list[str]]:
        certificate = read_certificate(self.chain[0])
        name = certificate.common_name or certificate.subject
        return stamp_lines(name, self.moment, reason=self.wish.reason, place=self.wish.place)

    def _fill(self, output: Output, begin: int, end: int, size: int, passes: Passes) -> None:
        """Hash all but the place, have it signed, and put the signature into the place."""
        digest = range_digest(output, [(0, begin), (end, size)], self._digest, passes.hashed)
        cms = build_cms(
            digest,
            key=self.key,
            chain=self.chain,
            digest_algorithm=self._digest,
            signing_time=self.moment if self.wish.most_readers else None,
            pades=not self.wish.most_readers,
            pss=self.pss,
            timestamper=self.timestamper,
        )
        fill_place(output, begin, end, cms)

    def _check(self, child: DocumentChild, view: int, password: bytes | None, before: PdfFacts, path: str) -> None:
        """Have what was written looked at again: it opens, has its pages, and one more field is filled."""
        after = looked(child, view, password)
        filled = [sum(field.filled for field in facts.fields) if facts else 0 for facts in (before, after)]
        if after is None or after.page_count != before.page_count or filled[1] != filled[0] + 1:
            raise DocumentUnsignable(path=path, reason="what was made of it does not open again as it should")


def stamp_lines(name: str, moment: datetime, *, reason: str, place: str) -> list[list[str]]:
    """What a stamp says, a word and what follows it: the name in the certificate, when, why, where."""
    when = moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    lines = [["Signed by ", name], ["", when]]
    lines += [["Reason: ", reason]] if reason else []
    lines += [["Place: ", place]] if place else []
    return lines


def checked_update(answer: Mapping[str, object], size: int, path: str) -> tuple[bytes, int, int]:
    """Read what a child answered to be appended to ``size`` bytes: the bytes, where the signature's place is.

    The child parsed a document that may be hostile, so it is not believed: exactly one /ByteRange is in the bytes, it
    covers the whole file but the place, and the place holds nothing but zeros. Raises DocumentUnsignable, Unchecked.
    """
    if is_locked(answer):
        raise Unchecked("it does not open with its password any more")
    update, place = answer.get("update"), answer.get("contents")
    if not isinstance(update, bytes) or not isinstance(place, list) or [type(each) for each in place] != [int, int]:
        raise Unchecked("it could not be read as a PDF")
    begin, end = place
    inside = update[begin - size : end - size] if size <= begin < end <= size + len(update) else b""
    ranges = [tuple(map(int, found)) for found in _BYTE_RANGE.findall(update)]
    whole = (begin, end, size + len(update) - end)
    if inside != b"<" + b"0" * (len(inside) - 2) + b">" or ranges != [whole]:
        raise DocumentUnsignable(path=path, reason="it could not be prepared for a signature")
    return update, begin, end


def range_digest(
    output: Output, ranges: Sequence[tuple[int, int]], algorithm: str, hashed: BytesDone | None = None
) -> bytes:
    """Hash parts of an output: from each first position to before each second one."""
    digest, done = hashlib.new(algorithm), 0
    for begin, end in ranges:
        at = begin
        while at < end:
            with translated(output.path):
                piece = os.pread(output.fd, min(CHUNK, end - at), at)
            if not piece:
                raise StorageError(path=output.path)
            digest.update(piece)
            at += len(piece)
            done += len(piece)
            if hashed is not None:
                hashed(done)
    return digest.digest()


def fill_place(output: Output, begin: int, end: int, der: bytes) -> None:
    """Write a signature into its place, which it may not fill (ISO 32000-2, 12.8.3.2), and read it back."""
    text = der.hex().upper().encode("ascii")
    if len(text) > end - begin - 2:
        raise ValueError("the signature is longer than its place")
    Target(output.fd, output.path).write(text, begin + 1)
    with translated(output.path):
        written = os.pread(output.fd, end - begin, begin)
    if written != b"<" + text.ljust(end - begin - 2, b"0") + b">":
        raise StorageError(path=output.path)


class Passes:
    """Progress over two passes through a document, copying and hashing, as one; a cancel in between."""

    def __init__(self, size: int, progress: BytesDone | None, cancelled: IsCancelled | None) -> None:
        self._size = size
        self._progress = progress
        self._cancelled = cancelled

    def copied(self, done: int) -> None:
        """Take how much is copied; raise Cancelled."""
        self._report(done // 2)

    def hashed(self, done: int) -> None:
        """Take how much is hashed; raise Cancelled."""
        self._report((self._size + min(done, self._size)) // 2)

    def _report(self, done: int) -> None:
        if self._cancelled is not None and self._cancelled():
            raise Cancelled
        if self._progress is not None:
            self._progress(done)


def copied_into(source: int, path: str, output: Output, passes: Passes) -> int:
    """Copy the document into the output, by the system where it can; return its size."""
    watched = Source.look(source, path)
    if watched is None:
        raise SourceUnsupported(path=path, reason="it is not an ordinary file")
    Target(output.fd, output.path).check_room(watched.size)
    done = 0
    while done < watched.size:
        done += _piece(source, path, output, done, min(8 * CHUNK, watched.size - done))
        passes.copied(done)
    watched.check_unchanged()
    return watched.size


def _piece(source: int, path: str, output: Output, at: int, count: int) -> int:
    try:
        copied = os.copy_file_range(source, output.fd, count, at, at)
        if copied:
            return copied
    except (OSError, AttributeError):
        pass  # two file systems, or one that cannot: by hand then
    with translated(path):
        piece = os.pread(source, count, at)
    if not piece:
        raise StorageError(path=path)
    Target(output.fd, output.path).write(piece, at)
    return len(piece)


@contextmanager
def view_of(output: Output) -> Iterator[int]:
    """Open what is being written anew, for reading alone: that is all that the child gets."""
    with translated(output.path):
        view = os.open(f"/dev/fd/{output.fd}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield view
    finally:
        os.close(view)


@contextmanager
def _refusing(path: str) -> Iterator[None]:
    try:
        yield
    except Unchecked as error:
        raise DocumentUnsignable(path=path, reason=shown(error.reason)) from error
