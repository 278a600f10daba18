"""An exported log, checked without its vault: every hash, the chain, and a checkpoint that a card signed.

The MACs need the vault's key and are not looked at: who rewrites a whole export with new hashes is found by a
checkpoint only, or by comparing with the vault.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from signet.audit.canonical import canonical
from signet.audit.chain import NO_HASH, Problem, entry_place
from signet.audit.digest import entry_digest
from signet.errors import Cancelled, FormatUnrecognised, SourceNotFound, SourceUnsupported
from signet.services.anchors import Anchor
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Progress
from signet.store.foreign import translated

MAX_LINE = 1024 * 1024
"""Bytes of one record; what Signet logs stays far below."""
_WHAT = "an exported log (JSON lines)"
_EVERY = 2000


@dataclass(frozen=True)
class ExportCheck:
    """What was found: the vault's id, entries read, the hash of the last, and what is wrong."""

    vault_id: str
    entries: int
    hash: bytes
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class _Record:
    vault_id: str
    sequence: int
    previous: bytes
    hash: bytes
    digest: bytes


def check_export(
    path: str,
    *,
    anchor: Anchor | None = None,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> ExportCheck:
    """Check a log that was exported as JSON lines; ``progress`` is called with bytes read and bytes in all.

    With ``anchor`` the entry that it signed has to be there. Raises FormatUnrecognised for what is no such file,
    SourceNotFound, SourceUnsupported, StorageError, Cancelled.
    """
    problems: list[Problem] = []
    vault_id, last, count, signed = "", NO_HASH, 0, None
    for record in _records(path, progress, cancelled):
        vault_id = vault_id or record.vault_id
        place = entry_place(record.sequence)
        if record.vault_id != vault_id:
            problems.append(Problem(place, "is of another vault"))
        if record.sequence != count + 1:
            first, end = count + 1, record.sequence - 1
            gap = end >= first
            problems.append(
                Problem(entry_place(first, end) if gap else place, "is missing" if gap else "is repeated")
            )
        if record.digest != record.hash:
            problems.append(Problem(place, "was changed"))
        elif record.sequence == count + 1 and record.previous != last:
            problems.append(Problem(place, "does not follow the entry before it"))
        if anchor is not None and record.sequence == anchor.head.sequence:
            signed = record.hash
        count, last = record.sequence, record.hash
    if not count:
        raise FormatUnrecognised(what=_WHAT)
    if anchor is not None:
        problems += _against(anchor, vault_id, count, signed)
    return ExportCheck(vault_id, count, last, tuple(problems))


def _against(anchor: Anchor, vault_id: str, count: int, signed: bytes | None) -> list[Problem]:
    place = f"checkpoint {os.path.basename(anchor.path)}"
    if anchor.head.vault_id != vault_id:
        return [Problem(place, f"is of another vault ({anchor.head.vault_id})")]
    if signed is None:
        return [Problem(entry_place(count + 1, anchor.head.sequence), f"is missing; {place} signed the last of them")]
    if signed != anchor.head.hash:
        return [Problem(entry_place(anchor.head.sequence), f"is not the one that {place} signed")]
    return []


def _records(path: str, progress: Progress | None, cancelled: IsCancelled | None) -> Iterator[_Record]:
    done = 0
    with translated(path):
        try:
            file = open(path, "rb")  # noqa: SIM115 - closed below, once it is known to be there
        except FileNotFoundError as error:
            raise SourceNotFound(path=path) from error
        except IsADirectoryError as error:
            raise SourceUnsupported(path=path, reason="it is a folder") from error
    with file:
        total = os.fstat(file.fileno()).st_size
        number = 0
        while line := file.readline(MAX_LINE + 1):
            if number % _EVERY == 0:
                if cancelled is not None and cancelled():
                    raise Cancelled
                if progress is not None:
                    progress(done, total)
            number, done = number + 1, done + len(line)
            if len(line) > MAX_LINE:
                raise FormatUnrecognised(what=_WHAT)
            yield _record(line)
    if progress is not None:
        progress(done, max(done, total))


def _record(line: bytes) -> _Record:
    try:
        record: dict[str, Any] = json.loads(line)
        chain, who = record["additionalEventData"], record["userIdentity"]
        vault_id, previous, digest = record["recipientAccountId"], chain["previous"], chain["hash"]
        if not isinstance(vault_id, str):
            raise ValueError("the vault's id is no text")
        resources = record["resources"]
        key = resources[0]["ARN"].removeprefix("signet:key/") if resources else None
        computed = entry_digest(
            sequence=chain["sequence"],
            epoch=chain["epoch"],
            time=record["eventTime"],
            method=who["principalId"],
            user=who["userName"],
            front_end=record["userAgent"],
            operation=record["eventName"],
            key=key,
            outcome=chain["outcome"],
            of=chain["of"],
            details=canonical(record["requestParameters"] or {}).decode("ascii"),
            changes=canonical(chain["changes"]).decode("ascii"),
            previous=bytes.fromhex(previous),
        )
        return _Record(vault_id, int(chain["sequence"]), bytes.fromhex(previous), bytes.fromhex(digest), computed)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise FormatUnrecognised(what=_WHAT) from error
