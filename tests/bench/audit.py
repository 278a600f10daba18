"""Times of a long audit log: list, filter, search, use, verify, export, and how they grow from a tenth of it.

    PYTHONPATH=app:tests .venv/bin/python tests/bench/audit.py --entries 1000000 --folder /tmp

The entries are chained by the product's own code, but written many at a time; every key is used now and then over ten
years. Opening is by recovery code, which costs no Argon2id. Ratios are what counts: absolute numbers say more about
the machine.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from signet.audit.chain import link
from signet.audit.entry import Actor, Draft, Outcome
from signet.audit.wanted import Wanted
from signet.clock import timestamp
from signet.gui.pages.activity_search import LogFilter, Place, read_page
from signet.keys.spec import KeySpec
from signet.services import audit, checkpoints, keys, macs
from signet.services.session import Session
from signet.services.use_over_time import uses_over_time
from signet.store.tables.audit import INSERT, columns_of
from signet.store.tables.many import insert_many
from signet.store.tables.use_days import Counts, count_use
from support.clock import SettableClock
from support.vaults import VaultInTest, make_vault

START = datetime(2016, 11, 22, 12, tzinfo=UTC)
SPAN = timedelta(days=3650)
KEYS = 50
BATCH = 20_000
REPEATS = 7


def drafts(count: int, key_ids: list[str]) -> Iterator[tuple[Draft, bool]]:
    """The entries of a life with files: begun and done, now and then refused, failed or administered."""
    for number in range(count):
        key = key_ids[number * 7919 % len(key_ids)]
        path = f"/home/ada/Documents/{number % 97}/letter-{number}.txt"
        if number % 5003 == 0:
            yield Draft("Sign", Outcome.REFUSED, key=key, details={"error": "KeyUsageRefused", "files": 1}), False
        elif number % 7001 == 0:
            yield (
                Draft("Decrypt", Outcome.FAILED, key=key, details={"error": "CiphertextInvalid", "source": path}),
                False,
            )
        elif number % 10_007 == 0:
            yield Draft("Backup", Outcome.DONE, details={"path": f"/media/stick/{number}.tar"}), False
        elif number % 2 == 0:
            yield Draft("Encrypt", Outcome.ALLOWED, key=key, details={"files": 1, "version": 1}), False
        else:
            key = key_ids[(number - 1) * 7919 % len(key_ids)]
            yield Draft("Encrypt", Outcome.DONE, key=key, details={"source": path, "output": f"{path}.esdk"}), True


def build(session: Session, count: int) -> float:
    """Append so many entries, written many at a time; return the seconds."""
    key_ids = [key.id for key in keys.list_keys(session)]
    actor = Actor(method=session.method.id, user="ada", front_end="window")
    started = time.perf_counter()
    step = SPAN / count
    with session.records.change() as change:
        witness = change._witness
        head, rows, uses = witness.head, list[tuple[object, ...]](), Counts()
        for number, (draft, ends) in enumerate(drafts(count, key_ids)):
            draft = Draft(draft.operation, draft.outcome, draft.key, head.count if ends else None, draft.details)
            entry, head = link(
                draft, head=head, epoch=witness.epoch, time=timestamp(START + step * number), actor=actor, changes=(),
                mac_key=witness.mac_key,
            )  # fmt: skip
            rows.append(columns_of(entry))
            count_use(uses, key=entry.key, outcome=entry.outcome, operation=entry.operation, time=entry.time)
            if len(rows) == BATCH:
                insert_many(witness.cursor, INSERT, rows)
                rows.clear()
        insert_many(witness.cursor, INSERT, rows)
        witness.set_head(head)
        change.use_days.replace(uses)
    session.database.checkpoint()
    return time.perf_counter() - started


def seconds(work: Callable[[], object], *, repeats: int = REPEATS) -> float:
    """The median of several runs."""
    taken = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def measure(folder: Path, count: int) -> dict[str, float]:
    """Build a vault with so many entries and time everything, in seconds."""
    clock = SettableClock(START)
    vault = make_vault(folder, clock)
    with vault.workplace:
        with vault.open() as session:
            for number in range(KEYS - 1):
                keys.create_key(session, f"key-{number}", spec=KeySpec.SYMMETRIC_DEFAULT)
            keys.create_key(session, "seal", spec=KeySpec.HMAC_256)
            made = build(session, count)
        clock.set_wall(START + SPAN + timedelta(days=1))
        with vault.open():
            pass  # the day's backup
        return {"build": made} | _times(vault, folder)


def _times(vault: VaultInTest, folder: Path) -> dict[str, float]:
    letter = folder / "letter"
    letter.write_bytes(b"Dear")
    found = {"open and lock the vault": seconds(lambda: vault.open().close())}
    with vault.open() as session:
        key = keys.find_key(session, "key-7").id
        month = Wanted(since="2019-03-01T00:00:00Z", until="2019-04-01T00:00:00Z")

        def page(chosen: LogFilter) -> Callable[[], object]:
            return lambda: read_page(session, chosen, Place(), cancelled=lambda: False)

        found |= {
            "newest 100": seconds(lambda: audit.list_entries(session, 100)),
            "oldest 100": seconds(lambda: audit.search_entries(session, Wanted(), 100, before=101)),
            "of one key": seconds(lambda: audit.search_entries(session, Wanted(key=key), 100)),
            "of one operation": seconds(lambda: audit.search_entries(session, Wanted(operations=("Backup",)), 100)),
            "refused": seconds(lambda: audit.search_entries(session, Wanted(outcomes=("refused",)), 100)),
            "one month of 2019": seconds(lambda: audit.search_entries(session, month, 100)),
            "page Activity, first": seconds(page(LogFilter())),
            "page Activity, refused and failed": seconds(page(LogFilter(troubles=True))),
            "page Activity, words of many": seconds(page(LogFilter(words="letter"))),
            "page Activity, words of one": seconds(page(LogFilter(words="letter-4711.txt")), repeats=3),
            "page Activity, words of none": seconds(page(LogFilter(words="nowhere-to-be-found")), repeats=3),
            "is a checkpoint due": seconds(lambda: checkpoints.due(session)),
            "picture of use, one key": seconds(lambda: uses_over_time(session, key)),
            "picture of use, all keys": seconds(lambda: uses_over_time(session)),
            "one use (door, code, end)": seconds(
                lambda: macs.generate_mac(session, str(letter), key="seal"), repeats=25
            ),
        }
        found["verify"] = seconds(lambda: _whole(session), repeats=1)
        log = folder / "log.jsonl"
        found["export as JSON"] = seconds(lambda: audit.export_log(session, str(log)), repeats=1)
        found["MiB of the database"] = os.path.getsize(session.database.path) / 2**20
        found["MiB exported"] = log.stat().st_size / 2**20
    return found


def _whole(session: Session) -> None:
    problems = audit.verify_log(session)
    if problems:
        raise SystemExit(f"the log does not verify: {problems[:3]}")


def main() -> None:
    """Measure a tenth, then all of it, and print both with the growth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--folder", default=tempfile.gettempdir())
    chosen = parser.parse_args()
    columns = []
    for count in (chosen.entries // 10, chosen.entries):
        with tempfile.TemporaryDirectory(dir=chosen.folder) as place:
            columns.append(measure(Path(place), count))
    small, large = columns
    print(f"{'milliseconds, medians':36}{chosen.entries // 10:>12,}{chosen.entries:>14,}{'growth':>9}")
    for name, value in large.items():
        unit = 1.0 if name.startswith("MiB") else 1000.0
        print(f"{name:36}{small[name] * unit:12.1f}{value * unit:14.1f}{value / small[name]:9.1f}")
    for name in ("build", "verify", "export as JSON"):
        print(f"{name}: {chosen.entries / large[name]:,.0f} entries a second")


if __name__ == "__main__":
    main()
