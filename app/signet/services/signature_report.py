"""What a report about signatures rests on, and how it gets onto the disk. A report states, it proves nothing."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

from signet import __version__
from signet.clock import Clock, timestamp
from signet.errors import Cancelled, OutputExists, SignetError
from signet.services.files_items import look, opened
from signet.services.publishing import write_all
from signet.services.verifying import stream_of
from signet.services.workplace import Cancelled as IsCancelled
from signet.store.output import Output

_PART = 1 << 20


@dataclass(frozen=True)
class FileDigest:
    """A file as it was checked: ``sha256`` of its content in hexadecimal, ``size`` in bytes."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True)
class ReportBasis:
    """With what was checked, and when (RFC 3339 in UTC): the document, its signature if that is another file."""

    files: tuple[FileDigest, ...]
    moment: str
    program: str


def basis_of(path: str, signature_path: str, *, clock: Clock, cancelled: IsCancelled | None = None) -> ReportBasis:
    """Digest the document, and the signature file if there is one; raises SourceNotFound, StorageError, Cancelled."""
    paths = dict.fromkeys((path, signature_path))
    files = tuple(_digest(each, cancelled) for each in paths if each and (each == path or _is_there(each)))
    return ReportBasis(files, timestamp(clock.now()), f"Signet {__version__}")


def write_report(path: str, content: bytes) -> str:
    """Write a report to a new file and return where it is; raises OutputExists, DiskFull, FolderReadOnly."""
    whole = os.path.abspath(path)
    if os.path.lexists(whole):
        raise OutputExists(path=whole)
    with Output(whole) as output:
        write_all(output, content)
        output.publish()
    return whole


def _digest(path: str, cancelled: IsCancelled | None) -> FileDigest:
    found, size = hashlib.sha256(), 0
    with opened(path) as file, stream_of(file, path) as stream:
        while part := stream.read(_PART):
            if cancelled is not None and cancelled():
                raise Cancelled
            found.update(part)
            size += len(part)
    return FileDigest(path, found.hexdigest(), size)


def _is_there(path: str) -> bool:
    try:
        look(path)
    except SignetError:
        return False
    return True
