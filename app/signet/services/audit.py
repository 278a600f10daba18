"""The audit log for people: listed, verified, exported for other tools.

Exported as JSON lines in the shape of CloudTrail's records (AWS CloudTrail user guide, "Record contents"), or as
CSV for spreadsheets, in which no cell can become a formula (OWASP, "CSV Injection").
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from signet.audit.canonical import Detail
from signet.audit.chain import Problem
from signet.audit.checkpoint import Checkpoint
from signet.audit.entry import Draft, Entry, Outcome
from signet.audit.wanted import Wanted
from signet.errors import Cancelled, RecordDisagrees
from signet.services.anchors import Anchor, anchor_problems
from signet.services.checkpoints import checkpoint_problems
from signet.services.log_names import key_in_log
from signet.services.publishing import published, recorded, write_all
from signet.services.session import Session
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Progress
from signet.store.tables.audit import LogRun

ExportFormat = Literal["json", "csv"]

EXPORT = "ExportAuditLog"
VERIFY = "VerifyAuditLog"
AT_A_TIME = 10_000
"""Entries verified in one transaction."""
PAGE = 1000
"""Entries read at a time, so that a long log does not stand in memory."""
EVENT_VERSION = "1.11"  # of CloudTrail's record shape
EVENT_SOURCE = "signet"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
CSV_COLUMNS = (
    "sequence", "time", "operation", "outcome", "of", "key", "method", "user", "front_end", "details", "changes",
    "epoch", "previous", "hash", "mac",
)  # fmt: skip
_ENCODER = json.JSONEncoder(sort_keys=True)
_ERRORS = {Outcome.REFUSED: "AccessDenied", Outcome.FAILED: "Failed", Outcome.CANCELLED: "Cancelled"}


def list_entries(
    session: Session,
    limit: int | None = None,
    *,
    key: str | None = None,
    operation: str | None = None,
    before: int | None = None,
) -> tuple[Entry, ...]:
    """Return entries, newest first: of one key (alias, id or beginning of one), of one operation, at most ``limit``.

    ``before`` is the sequence of an entry: only older ones are returned, so that a long log can be read in pages.
    A key that was destroyed is found by its name or id. What is listed is not verified: `verify_log` does that.
    Raises KeyNotFound, NameAmbiguous.
    """
    with session.records.read() as reading:
        key_id = None if key is None else key_in_log(reading, key)
        return tuple(reading.audit.list(limit=limit, key=key_id, operation=operation, before=before))


def operations(session: Session) -> tuple[str, ...]:
    """Every operation that is in the log, by name."""
    with session.records.read() as reading:
        return tuple(reading.audit.operations())


def search_entries(
    session: Session,
    wanted: Wanted,
    limit: int | None = None,
    *,
    before: int | None = None,
    after: int | None = None,
) -> tuple[Entry, ...]:
    """Return entries that fit a filter, newest first, older than ``before`` and newer than ``after``."""
    with session.records.read() as reading:
        return tuple(reading.audit.search(wanted, limit=limit, before=before, after=after))


@dataclass(frozen=True)
class LogCheck:
    """What a check of the log found: problems (none if all agrees), entries read, checkpoints that hold.

    ``newest`` is the time of the newest checkpoint, None if there is none.
    """

    problems: tuple[Problem, ...]
    entries: int
    checkpoints: int
    newest: str | None


def verify_log(session: Session) -> tuple[Problem, ...]:
    """Check the log as `check_log` does and return what is wrong."""
    return check_log(session).problems


def check_log(
    session: Session,
    *,
    anchor: Anchor | None = None,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> LogCheck:
    """Check every entry, the chain, its head, every row against the log, and every checkpoint. Recorded.

    ``anchor`` is an exported checkpoint, which shows a rollback of the whole folder too. ``progress`` is called with
    entries read and entries in all. The counts of use by day, which are notes, are put right if they disagree.
    Raises Cancelled.
    """
    try:
        with session.using():  # no new master key, and so no new epoch, comes in between
            run, problems, signed = _verified(session, anchor, progress, cancelled)
    except Cancelled:
        _note_check(session, Outcome.CANCELLED)
        raise
    _note_check(session, Outcome.DONE, run=run, problems=len(problems))
    return LogCheck(tuple(problems), run.entries, len(signed), signed[-1].time if signed else None)


def _verified(
    session: Session, anchor: Anchor | None, progress: Progress | None, cancelled: IsCancelled | None
) -> tuple[LogRun, list[Problem], list[Checkpoint]]:
    """Verify some thousand entries at a time, so that others can use the vault meanwhile."""
    with session.records.read() as reading:
        run, total = reading.audit.begin_verifying(), reading.checkpoints.log_ends()
    while True:
        _step(run.entries, total, progress, cancelled)
        with session.records.read() as reading:
            if reading.audit.verify_some(run, limit=AT_A_TIME):
                problems = run.problems + checkpoint_problems(reading, session.vault_id)
                if anchor is not None:
                    problems += anchor_problems(session, reading, anchor)
                signed = reading.checkpoints.readable()
                _step(run.entries, run.entries, progress, None)
                return run, problems, signed


def _step(done: int, total: int, progress: Progress | None, cancelled: IsCancelled | None) -> None:
    if cancelled is not None and cancelled():
        raise Cancelled
    if progress is not None:
        progress(done, max(done, total))


def _note_check(session: Session, outcome: Outcome, *, run: LogRun | None = None, **details: Detail) -> None:
    # Behind a head that is not its own, no entry can be appended.
    with suppress(RecordDisagrees), session.records.change() as change:
        # Counts of a log that went on meanwhile say nothing; the next check compares them.
        uses = run.uses if run is not None and run.last == change.checkpoints.log_ends() else None
        if uses is not None and not change.use_days.agree(uses):
            change.use_days.replace(uses)
        change.append(Draft(VERIFY, outcome, details=details))


def export_log(
    session: Session,
    out_path: str,
    form: ExportFormat = "json",
    *,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> str:
    """Write the whole log, oldest entry first, to a new file (0600) at ``out_path``, which is returned; recorded.

    ``progress`` is called with entries written and entries in all. Raises Cancelled, OutputExists, DiskFull,
    FolderReadOnly, RecordDisagrees for an entry that cannot be read at all.
    """
    with session.records.read() as reading:
        last = reading.audit.head().count
    path = os.path.abspath(out_path)
    lines = _json_lines(session, last) if form == "json" else _csv_lines(session, last)
    with recorded(session, EXPORT, path=path, entries=last, format=form), published(session, path) as output:
        pending: list[str] = []
        for number, line in enumerate(lines, start=1):
            pending.append(line)
            if number % PAGE == 0:
                _step(number, last, progress, cancelled)
                write_all(output, "".join(pending).encode("utf-8"))
                pending.clear()
        write_all(output, "".join(pending).encode("utf-8"))
    return path


def _entries(session: Session, last: int) -> Iterator[Entry]:
    """Yield the entries up to ``last``, oldest first; no transaction is open while one is out."""
    after = 0
    while True:
        with session.records.read() as reading:
            page = reading.audit.list(limit=PAGE, after=after, newest_first=False)
        for entry in page:
            if entry.sequence > last:
                return
            yield entry
        if not page:
            return
        after = page[-1].sequence


def _json_lines(session: Session, last: int) -> Iterator[str]:
    specs = _specs(session)
    for entry in _entries(session, last):
        yield _ENCODER.encode(cloudtrail_record(entry, session.vault_id, specs)) + "\n"


def _specs(session: Session) -> dict[str, str]:
    with session.records.read() as reading:
        return {key.id: key.spec.value for key in reading.keys.all()}


def cloudtrail_record(entry: Entry, vault_id: str, specs: dict[str, str]) -> dict[str, Detail]:
    """Write one entry in CloudTrail's record shape; ``specs`` names the spec of each key that is still there."""
    record: dict[str, Detail] = {
        "eventVersion": EVENT_VERSION,
        "eventTime": entry.time,
        "eventSource": EVENT_SOURCE,
        "eventName": entry.operation,
        "eventID": f"{vault_id}/{entry.sequence}",
        "userAgent": entry.actor.front_end,
        "userIdentity": {
            "type": "UnlockMethod",
            "principalId": entry.actor.method,
            "userName": entry.actor.user,
        },
        "requestParameters": entry.details or None,
        "responseElements": None,
        "recipientAccountId": vault_id,
        "resources": _resources(entry, specs),
        "additionalEventData": {
            "sequence": entry.sequence,
            "epoch": entry.epoch,
            "outcome": entry.outcome.value,
            "of": entry.of,
            "changes": list(entry.changes),
            "previous": entry.previous.hex(),
            "hash": entry.hash.hex(),
            "mac": entry.mac.hex(),
        },
    }
    if entry.outcome in _ERRORS:
        named = entry.details.get("error")
        record["errorCode"] = named if isinstance(named, str) else _ERRORS[entry.outcome]
    return record


def _resources(entry: Entry, specs: dict[str, str]) -> list[Detail]:
    if entry.key is None:
        return []
    return [{"ARN": f"signet:key/{entry.key}", "type": specs.get(entry.key, "Key")}]


def _csv_lines(session: Session, last: int) -> Iterator[str]:
    yield _csv_line(CSV_COLUMNS)
    for entry in _entries(session, last):
        yield _csv_line(
            (
                str(entry.sequence),
                entry.time,
                entry.operation,
                entry.outcome.value,
                "" if entry.of is None else str(entry.of),
                entry.key or "",
                entry.actor.method,
                entry.actor.user,
                entry.actor.front_end,
                _ENCODER.encode(entry.details),
                " ".join(entry.changes),
                str(entry.epoch),
                entry.previous.hex(),
                entry.hash.hex(),
                entry.mac.hex(),
            )
        )


def _csv_line(cells: tuple[str, ...]) -> str:
    line = io.StringIO(newline="")
    csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(map(neutral, cells))
    return line.getvalue()


def neutral(cell: str) -> str:
    """Keep a spreadsheet from taking text for a formula: an apostrophe goes in front of what could begin one."""
    return "'" + cell if cell.startswith(FORMULA_STARTS) else cell
