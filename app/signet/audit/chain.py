"""The hash chain: each entry carries the hash of the one before and a MAC, the head a MAC of its own.

Rules (DESIGN.md, section 8): the hash covers every field but hash and MAC; the MAC covers the hash; the head covers
count, hash and epoch; a row that decides carries a MAC over itself, its table and the sequence of its last entry. A
new master key starts a new epoch with a new MAC key, whose first entry carries the head before it; entries of earlier
epochs are then held by their hashes alone.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from signet.audit.canonical import canonical, read_object
from signet.audit.digest import entry_digest
from signet.audit.entry import Actor, Draft, Entry
from signet.audit.rows import ROW_LABEL, part
from signet.secret import Secret

HASH_SIZE = 32  # SHA-256
NO_HASH = bytes(HASH_SIZE)
OLD_COUNT = "old-head-count"
OLD_HASH = "old-head-hash"

# No label is the beginning of another, so that no message of one kind is one of another.
_ENTRY_LABEL = b"signet/v1/audit"
_BLOCK = 64  # bytes that SHA-256 works on at a time (FIPS 180-4)
_HEAD_LABEL = b"signet/v1/head\0"


@dataclass(frozen=True)
class Head:
    """The end of the chain: how many entries, the hash of the last, the epoch, and a MAC over these."""

    count: int
    hash: bytes
    mac: bytes
    epoch: int


class Link(NamedTuple):
    """What the verifier needs of an entry; ``digest`` is the hash of its fields as computed now, None if it has none.

    ``details`` are canonical JSON, which is hardly ever read. A tuple, because a million of them are made in one go.
    """

    sequence: int
    epoch: int
    digest: bytes | None
    details: str
    changes: Sequence[str]
    previous: bytes
    hash: bytes
    mac: bytes

    @classmethod
    def of(cls, entry: Entry) -> Link:
        """The link that an entry is."""
        try:
            digest: bytes | None = entry_hash(entry)
            details = canonical(entry.details).decode("ascii")
        except ValueError:
            digest, details = None, ""
        return cls(
            entry.sequence,
            entry.epoch,
            digest,
            details,
            entry.changes,
            entry.previous,
            entry.hash,
            entry.mac,
        )


@dataclass(frozen=True)
class Problem:
    """One thing that is not as the log says: where (``audit entry 17``, ``keys/ID``) and what."""

    place: str
    what: str


@dataclass(frozen=True)
class RowWitness:
    """What a row that decides says of itself: its name, the sequence of its last entry, whether its MAC is right."""

    name: str
    entry: int
    sealed: bool


def entry_hash(entry: Entry) -> bytes:
    """Hash all fields of ``entry`` but hash and MAC: SHA-256 over canonical JSON. Raises ValueError."""
    return entry_digest(
        sequence=entry.sequence,
        epoch=entry.epoch,
        time=entry.time,
        method=entry.actor.method,
        user=entry.actor.user,
        front_end=entry.actor.front_end,
        operation=entry.operation,
        key=entry.key,
        outcome=str(entry.outcome),
        of=entry.of,
        details=canonical(entry.details).decode("ascii"),
        changes=canonical(entry.changes).decode("ascii"),
        previous=entry.previous,
    )


def entry_mac(mac_key: Secret, digest: bytes) -> bytes:
    """Authenticate an entry by its hash."""
    return hmac.digest(mac_key.reveal(), _ENTRY_LABEL + digest, "sha256")


class EntryMacs:
    """`entry_mac` for very many entries: what HMAC hashes of its key is hashed once (RFC 2104, 4).

    It holds what the key is good for, and cannot be wiped; keep it no longer than the work takes.
    """

    def __init__(self, mac_key: Secret) -> None:
        key = mac_key.reveal().ljust(_BLOCK, b"\0")  # 32 bytes (audit epoch keys), so never hashed first
        self._inner = hashlib.sha256(key.translate(hmac.trans_36) + _ENTRY_LABEL)
        self._outer = hashlib.sha256(key.translate(hmac.trans_5C))

    def of(self, digest: bytes) -> bytes:
        """Authenticate an entry by its hash."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(digest)
        outer.update(inner.digest())
        return outer.digest()


def head_mac(mac_key: Secret, *, count: int, digest: bytes, epoch: int) -> bytes:
    """Authenticate the head."""
    message = canonical({"count": count, "hash": digest.hex(), "epoch": epoch})
    return hmac.digest(mac_key.reveal(), _HEAD_LABEL + message, "sha256")


def row_mac(mac_key: Secret, table: str, row: Mapping[str, str | int | bytes | None]) -> bytes:
    """Authenticate a row, its column names and its table; raise ValueError for text that is not Unicode.

    The message: label, table, then for each column by name its name and value. Each part is a tag (``t`` text, ``i``
    integer in decimal, ``b`` bytes, ``n`` null), the length in 8 bytes, big-endian, and the content.
    """
    parts = [ROW_LABEL, part(table)]
    for name in sorted(row):
        parts += (part(name), part(row[name]))
    return hmac.digest(mac_key.reveal(), b"".join(parts), "sha256")


def link(
    draft: Draft,
    *,
    head: Head,
    epoch: int,
    time: str,
    actor: Actor,
    changes: tuple[str, ...],
    mac_key: Secret,
) -> tuple[Entry, Head]:
    """Chain ``draft`` behind ``head``; return the entry and the new head. ValueError if a detail has no spelling."""
    entries, made = link_all(
        [draft], head=head, epoch=epoch, time=time, actor=actor, changes=changes, mac_key=mac_key
    )
    return entries[0], made


def link_all(
    drafts: Iterable[Draft],
    *,
    head: Head,
    epoch: int,
    time: str,
    actor: Actor,
    changes: tuple[str, ...],
    mac_key: Secret,
) -> tuple[list[Entry], Head]:
    """Chain drafts behind ``head``, the first with ``changes``, of one moment; return the entries and the new head.

    ValueError if a detail has no spelling.
    """
    entries: list[Entry] = []
    count, previous = head.count, head.hash
    for draft in drafts:
        count += 1
        spelled = canonical(draft.details).decode("ascii"), canonical(changes).decode("ascii") if changes else "[]"
        digest = entry_digest(
            sequence=count,
            epoch=epoch,
            time=time,
            method=actor.method,
            user=actor.user,
            front_end=actor.front_end,
            operation=draft.operation,
            key=draft.key,
            outcome=str(draft.outcome),
            of=draft.of,
            details=spelled[0],
            changes=spelled[1],
            previous=previous,
        )
        entry = Entry(
            sequence=count,
            epoch=epoch,
            time=time,
            actor=actor,
            operation=draft.operation,
            key=draft.key,
            outcome=draft.outcome,
            of=draft.of,
            details=dict(draft.details),
            changes=changes,
            previous=previous,
            hash=digest,
            mac=entry_mac(mac_key, digest),
            spelled=spelled,
        )
        entries.append(entry)
        previous, changes = digest, ()
    mac = head_mac(mac_key, count=count, digest=previous, epoch=epoch)
    return entries, Head(count=count, hash=previous, mac=mac, epoch=epoch)


def entry_holds(entry: Entry, *, mac_key: Secret, epoch: int) -> bool:
    """Whether ``entry`` has the hash of its own fields and, if it is of the current ``epoch``, its MAC."""
    return _holds(Link.of(entry), EntryMacs(mac_key), epoch)


def _holds(link: Link, macs: EntryMacs, epoch: int) -> bool:
    digest = link.digest
    if digest is None or not hmac.compare_digest(digest, link.hash):
        return False
    return link.epoch < epoch or hmac.compare_digest(macs.of(digest), link.mac)


def head_holds(head: Head, *, mac_key: Secret) -> bool:
    """Whether the head's MAC is right."""
    mac = head_mac(mac_key, count=head.count, digest=head.hash, epoch=head.epoch)
    return hmac.compare_digest(mac, head.mac)


class ChainVerifier:
    """Reads the chain once, in order, and the rows after it; memory grows with the rows alive, not with the entries.

    `feed` every entry, then `finish` with the head and the rows. ``latest`` maps each row that is alive, as the log
    has it, to the sequence of the entry that wrote it last.
    """

    def __init__(self, mac_key: Secret, *, epoch: int) -> None:
        self.latest: dict[str, int] = {}
        self._mac_key = mac_key
        self._macs = EntryMacs(mac_key)
        self._epoch = epoch
        self._count = 0
        self._last_hash = NO_HASH
        self._last_epoch = 1

    def unreadable(self, sequence: int) -> list[Problem]:
        """Stand in for an entry that is there but cannot be read at all."""
        missing = self._missing(sequence)
        self._count = sequence
        self._last_hash = NO_HASH
        return [*missing, Problem(entry_place(sequence), "cannot be read")]

    def feed(self, link: Link) -> list[Problem]:
        """Check the next entry against itself and against the one before it."""
        problems = self._missing(link.sequence) if link.sequence != self._count + 1 else []
        holds = _holds(link, self._macs, self._epoch)
        if not holds:
            problems.append(Problem(entry_place(link.sequence), "was changed"))
        else:
            if not problems and link.previous != self._last_hash:
                problems.append(Problem(entry_place(link.sequence), "does not follow the entry before it"))
            if link.epoch != self._last_epoch:
                problems += self._epoch_problems(link)
        for change in link.changes:
            if change.startswith("-"):
                self.latest.pop(change[1:], None)
            else:
                self.latest[change] = link.sequence
        self._count = link.sequence
        self._last_hash = link.hash
        # A changed entry may lie about its epoch; believing it would put every later entry in the wrong.
        if holds or self._last_epoch < link.epoch <= self._epoch:
            self._last_epoch = link.epoch
        return problems

    def finish(self, head: Head | None, rows: Iterable[RowWitness]) -> list[Problem]:
        """Check the head against the last entry, and every row that decides against the log."""
        problems = self._head_problems(head)
        known = dict(self.latest)
        for row in rows:
            entry = known.pop(row.name, None)
            if not row.sealed:
                problems.append(Problem(row.name, "was changed"))
            elif entry is None:
                problems.append(Problem(row.name, "is not known to the log"))
            elif entry != row.entry:
                problems.append(Problem(row.name, f"is as of entry {row.entry}; the log has entry {entry}"))
        problems += [Problem(name, f"is missing; entry {entry} wrote it") for name, entry in known.items()]
        return problems

    def _missing(self, sequence: int) -> list[Problem]:
        first, last = self._count + 1, sequence - 1
        return [Problem(entry_place(first, last), "is missing")] if first <= last else []

    def _epoch_problems(self, link: Link) -> list[Problem]:
        place = entry_place(link.sequence)
        if link.epoch != self._last_epoch + 1 or link.epoch > self._epoch:
            return [Problem(place, "is of an epoch that cannot stand here")]
        details = read_object(link.details)
        if (details.get(OLD_COUNT), details.get(OLD_HASH)) != (self._count, self._last_hash.hex()):
            return [Problem(place, "does not carry the end of the epoch before it")]
        return []

    def _head_problems(self, head: Head | None) -> list[Problem]:
        if head is None:
            return [Problem("audit head", "is missing")] if self._count else []
        if not head_holds(head, mac_key=self._mac_key) or head.epoch != self._epoch:
            return [Problem("audit head", "was changed")]
        if head.count > self._count:
            return [Problem(entry_place(self._count + 1, head.count), "is missing")]
        if head.count < self._count:
            return [Problem(entry_place(head.count + 1, self._count), "stands beyond the head")]
        if head.hash != self._last_hash:
            return [Problem("audit head", "does not fit the last entry")]
        return []


def entry_place(first: int, last: int | None = None) -> str:
    """How problems name an entry, or several in a row."""
    if last is None or last == first:
        return f"audit entry {first}"
    return f"audit entries {first} to {last}"
