"""Message authentication codes of files by keys of the vault, and random bytes; both as AWS KMS has them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from signet.audit.canonical import Detail
from signet.crypto.esdk_io import Source
from signet.crypto.mac import check, compute
from signet.errors import Cancelled, SourceUnsupported, UsageError
from signet.keys.model import Key
from signet.keys.spec import MacAlgorithm
from signet.keys.state import Operation
from signet.secret import Secret
from signet.services.files_items import opened
from signet.services.publishing import recorded
from signet.services.session import Session
from signet.services.use import use_key
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Progress

GENERATE_RANDOM = "GenerateRandom"
MAX_RANDOM = 1024
"""AWS KMS API reference, GenerateRandom: NumberOfBytes is from 1 to 1024."""
CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Mac:
    """The code of a file, and what made it."""

    key: Key
    version: int
    algorithm: MacAlgorithm
    code: bytes


def generate_mac(
    session: Session,
    path: str,
    *,
    key: str,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> Mac:
    """Compute the code of a file of any length, under the current version of ``key``.

    Raises SourceNotFound, SourceUnsupported, SourceChanged, StorageError, Cancelled, what `use_key` raises.
    """
    return _mac(session, path, Operation.GENERATE_MAC, key, None, progress, cancelled)


def verify_mac(
    session: Session,
    path: str,
    code: bytes,
    *,
    key: str,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> Mac:
    """Check the code of a file; raise MacInvalid for any other, else as `generate_mac`."""
    return _mac(session, path, Operation.VERIFY_MAC, key, code, progress, cancelled)


def _mac(
    session: Session,
    path: str,
    operation: Operation,
    name: str,
    expected: bytes | None,
    progress: Progress | None,
    cancelled: IsCancelled | None,
) -> Mac:
    details: dict[str, Detail] = {"source": path}
    with opened(path) as fd:
        source = Source.look(fd, path)
        if source is None:
            raise SourceUnsupported(path=path, reason="it is not an ordinary file")
        with use_key(session, name, operation, details=details) as grant, grant.material() as material:
            grant.add(source=path)
            algorithm = grant.key.spec.mac_algorithm
            if algorithm is None:
                raise ValueError("a key of this usage has an algorithm")
            code = compute(material, algorithm, _pieces(source, progress, cancelled))
            source.check_unchanged()
            if expected is not None:
                check(code, expected)
            return Mac(grant.key, grant.version.number, algorithm, code)


def _pieces(source: Source, progress: Progress | None, cancelled: IsCancelled | None) -> Iterator[memoryview]:
    """Yield the file piece by piece; each is overwritten by the next."""
    buffer = memoryview(bytearray(min(CHUNK, source.size)))
    done = 0
    while done < source.size:
        if cancelled is not None and cancelled():
            raise Cancelled
        piece = buffer[: source.size - done]
        source.read_into((piece,), done)
        done += len(piece)
        yield piece
        if progress is not None:
            progress(done, source.size)


def random_bytes(session: Session, size: int) -> Secret:
    """Return 1 to 1024 bytes from the system's random source, which the caller wipes; raise UsageError."""
    if not 1 <= size <= MAX_RANDOM:
        raise UsageError(reason=f"Ask for 1 to {MAX_RANDOM} bytes.")
    with recorded(session, GENERATE_RANDOM, bytes=size):
        return Secret(secrets.token_bytes(size))
