"""Pictures of a document's pages, drawn by a child of its own that lives as long as the document is shown.

What is shown is the file as it was when it was opened, whatever its name leads to later; `Preview.fresh` says whether
it still does. No picture says anything about a signature.
"""

from __future__ import annotations

import os
import threading
import zlib
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from signet.child import ChildDied
from signet.documents.asking import SECONDS, DocumentChild, Unchecked, document_child
from signet.errors import Cancelled, DocumentNotShown, FileSecretIncorrect, FileSecretMissing, SignetError
from signet.secret import Secret
from signet.services.files_items import look, opened
from signet.services.workplace import Cancelled as IsCancelled

MAX_PIXELS = 12_000_000
"""Pixels of one picture."""
PASSWORD = "password"
"""What PDF readers call the secret of a document."""
_COLOURS = 3  # bytes a pixel: red, green, blue


@dataclass(frozen=True)
class Pages:
    """``count`` pages, says the document; ``sizes`` (width, height in points, as shown) are of those to be shown."""

    count: int
    sizes: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class PagePicture:
    """A page of ``size`` points in ``width`` times ``height`` pixels; ``rgb`` are their rows, three bytes a pixel."""

    width: int
    height: int
    size: tuple[float, float]
    rgb: bytes


class Preview:
    """One document that is shown. Safe to use from several threads, which take turns; `close` it in the end."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._password = b""
        self._turn = threading.Lock()
        self._closed = threading.Event()
        self._given_up: IsCancelled = self._closed.is_set
        self._file: int | None = None
        self._seen: tuple[int, ...] = ()
        self._open = ExitStack()
        self._child: DocumentChild | None = None
        self._running = ExitStack()

    def look(self, password: Secret | None = None, *, cancelled: IsCancelled | None = None) -> Pages:
        """Open the file and return its pages; once opened, a second call only asks again.

        ``password`` is kept for drawing. Raises FileSecretMissing for a document that wants a password and got none,
        FileSecretIncorrect for a wrong one; DocumentNotShown, with the reason; SourceNotFound, SourceUnsupported,
        FolderReadOnly, StorageError; Cancelled.
        """
        with self._turn:
            self._check(cancelled)
            if self._file is None:
                self._file = self._open.enter_context(opened(self.path))
                self._seen = _mark(os.fstat(self._file))
            given = b"" if password is None else bytes(password.reveal())
            answer = self._ask("look_pages", cancelled, password=given)
            self._password = given
        return _pages(self.path, answer)

    def draw(self, page: int, width: int, *, cancelled: IsCancelled | None = None) -> PagePicture:
        """Draw a page (from 0), ``width`` pixels wide or less if it would have more than `MAX_PIXELS`.

        Raises DocumentNotShown for a page that cannot be drawn, or only with too much time or memory; Cancelled. The
        next call works in any case.
        """
        with self._turn:
            answer = self._ask("render_pdf_page", cancelled, page=page, width=width, password=self._password)
        return _picture(self.path, answer)

    def fresh(self) -> bool:
        """Whether the path still leads to the file that is shown, and nobody wrote to it."""
        try:
            return _mark(look(self.path)) == self._seen
        except SignetError:
            return False

    def close(self) -> None:
        """Stop what is being drawn, end the child and let go of the file; nothing more can be asked."""
        self._closed.set()
        with self._turn:
            self._running.close()
            self._open.close()
            self._file = None
            self._password = b""

    def _check(self, cancelled: IsCancelled | None) -> None:
        if self._closed.is_set() or (cancelled is not None and cancelled()):
            raise Cancelled

    def _ask(self, operation: str, cancelled: IsCancelled | None, **parameters: int | bytes) -> Mapping[str, object]:
        """Ask the child, another one if the last was ended; only while the turn is held."""
        self._check(cancelled)
        self._given_up = self._closed.is_set if cancelled is None else cancelled
        tried = self._child is not None
        try:
            return self._request(operation, parameters)
        except Unchecked as error:
            # A child that has drawn much is at the end of the processor time that one may take; a new one has all.
            if tried and isinstance(error.__cause__, ChildDied):
                with suppress(Unchecked):
                    return self._request(operation, parameters)
            raise DocumentNotShown(path=self.path, reason=error.reason) from error

    def _request(self, operation: str, parameters: Mapping[str, int | bytes]) -> Mapping[str, object]:
        if self._file is None:
            raise Cancelled
        if self._child is None:
            self._child = self._running.enter_context(document_child([self._file], cancelled=self._stopped))
        try:
            return self._child.ask(operation, seconds=SECONDS, file=self._file, **parameters)
        except BaseException as error:
            if not isinstance(error, Unchecked) or error.__cause__ is not None:
                # Only a child that said why it refuses is still of use; any other is gone, or still at work.
                self._child = None
                self._running.close()
            raise

    def _stopped(self) -> bool:
        return self._closed.is_set() or self._given_up()


def _mark(status: os.stat_result) -> tuple[int, ...]:
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _pages(path: str, answer: Mapping[str, object]) -> Pages:
    locked, count, sizes = answer.get("locked"), answer.get("count"), answer.get("sizes")
    if locked is not None:
        raise FileSecretIncorrect(what=PASSWORD) if locked == "wrong" else FileSecretMissing(what=PASSWORD)
    if not (isinstance(count, int) and isinstance(sizes, list) and 0 < len(sizes) <= count):
        raise DocumentNotShown(path=path, reason="it has no pages")
    return Pages(count, tuple(_size(path, size) for size in sizes))


def _picture(path: str, answer: Mapping[str, object]) -> PagePicture:
    width, height, packed = answer.get("width"), answer.get("height"), answer.get("pixels")
    if not (isinstance(width, int) and isinstance(height, int) and isinstance(packed, bytes)):
        raise DocumentNotShown(path=path, reason="it cannot be opened any more")
    wanted = width * height * _COLOURS
    if not (width > 0 and height > 0 and width * height <= MAX_PIXELS):
        raise DocumentNotShown(path=path, reason="its picture is too large")
    try:
        rgb = zlib.decompressobj().decompress(packed, wanted)
    except zlib.error:
        rgb = b""
    if len(rgb) != wanted:
        raise DocumentNotShown(path=path, reason="its picture is damaged")
    return PagePicture(width, height, _size(path, answer.get("size")), rgb)


def _size(path: str, found: object) -> tuple[float, float]:
    sides = found if isinstance(found, list) else []
    if len(sides) != 2 or not all(isinstance(side, float) and 0 < side < float("inf") for side in sides):
        raise DocumentNotShown(path=path, reason="a page has no size")
    return sides[0], sides[1]
