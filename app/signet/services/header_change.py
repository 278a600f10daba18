"""Changing the header so that no instant exists at which the vault would not open (DESIGN.md, section 3).

tx1 notes the intent (generation and hash of the candidate); the header is written, synced and renamed, then its
copy; tx2 makes it the current one, with the rows that follow it. `settle` ends what a kill interrupted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from signet.audit.canonical import Detail
from signet.audit.chain import Head
from signet.audit.entry import Draft, Outcome
from signet.clock import timestamp
from signet.crypto import sealing
from signet.crypto.identity import check_header, public_identity, sign_header
from signet.errors import HeaderMismatch, SignetError, VaultBusy
from signet.formats import canonical
from signet.formats.header import UnlockMethod, VaultHeader
from signet.formats.header_parser import parse_header
from signet.secret import Secret
from signet.services.session import Session
from signet.services.workplace import Workplace
from signet.store.folder import VaultFolder
from signet.store.pins import Pin
from signet.store.records import Change
from signet.store.tables.methods import MethodRecord

CURRENT = "current-header"
INTENT = "intended-header"
IDENTITY = "identity-key"
VAULT_ID = "vault-id"
NO_INTENT = b""


@dataclass(frozen=True)
class HeaderMark:
    """A header as the database knows it: its generation and the SHA-256 of its bytes."""

    generation: int
    digest: bytes

    @classmethod
    def of(cls, header: VaultHeader) -> HeaderMark:
        """The mark of a signed header."""
        return cls(header.generation, hashlib.sha256(header.encoded()).digest())

    def encoded(self) -> bytes:
        """As it is stored."""
        return canonical.encode({"generation": self.generation, "digest": self.digest.hex()})

    @classmethod
    def decoded(cls, data: bytes | None) -> HeaderMark | None:
        """Read what is stored; None where nothing is noted."""
        if not data:
            return None
        value = canonical.decode(data)
        if not isinstance(value, dict):
            raise ValueError("a header mark is an object")
        return cls(int(str(value["generation"])), bytes.fromhex(str(value["digest"])))


def open_identity(session: Session) -> Secret:
    """Unwrap the identity's private key; raise HeaderMismatch if it is not the header's."""
    with session.records.read() as reading:
        sealed = reading.meta.get(IDENTITY) or b""
    private = sealing.open_own(session.material_key, sealed, name=IDENTITY, vault_id=session.vault_id)
    if public_identity(private) != session.header.identity:
        private.wipe()
        raise HeaderMismatch(header="of another identity", database="its own")
    return private


def change_methods(
    session: Session,
    following_methods: Callable[[VaultHeader], tuple[UnlockMethod, ...]],
    *,
    operation: str,
    details: Mapping[str, Detail],
    prove: Callable[[VaultHeader], None],
    rows: Callable[[Change], None],
    in_place: Callable[[], None] = lambda: None,
    generation: int | None = None,
    database: str | None = None,
) -> None:
    """Give the vault a header with the ways in that follow from the one on disk.

    ``prove`` opens on the candidate what can be presented. Nothing has changed if it raises. ``rows`` writes, in tx2,
    what the database says of the ways in; ``in_place`` is called once there is no way back.
    ``generation`` is the next one, ``database`` the same one unless given. What cannot be written once the new header
    stands, on a full disk for instance, is noted to the person and made up for at the next opening.
    """
    with session.folder.header_lock():
        require_unchanged(session)
        with open_identity(session) as identity:
            following = session.header.with_methods(following_methods(session.header), database=database)
            candidate = sign_header(replace(following, generation=generation or following.generation), identity)
        check_header(parse_header(candidate.encoded()))
        prove(candidate)
        with session.records.change() as change:
            change.meta.put(INTENT, HeaderMark.of(candidate).encoded())
            begun = change.append(Draft(operation, Outcome.ALLOWED, details=details))
        try:
            put_header(session.folder, candidate)
        except SignetError:
            _withdraw(session, operation, begun)
            raise
        session.header = candidate
        in_place()
        with afterwards(session.workplace), session.records.change() as change:
            make_current(change, candidate)
            rows(change)
            change.append(Draft(operation, Outcome.DONE, of=begun, details=details))
    with afterwards(session.workplace):
        raise_pin(session)


@contextmanager
def afterwards(workplace: Workplace) -> Iterator[None]:
    """Do what follows a change that stands: what cannot be written is noted to the person, and undoes nothing.

    An error here would tell the caller that nothing changed, and it would take back the code that opens the vault.
    """
    try:
        yield
    except SignetError as error:
        workplace.prompt.note(
            f"The change was made, but not everything about it could be written down. {error.message} "
            "Opening the vault once more completes it."
        )


def put_header(folder: VaultFolder, candidate: VaultHeader) -> None:
    """Write header and copy; once the header itself is in place there is no way back, copy or not."""
    try:
        folder.write_header(candidate.encoded())
    except SignetError:
        if not stands(folder, candidate):
            raise  # the old header stands; a copy that is missing is repaired at the next opening


def stands(folder: VaultFolder, header: VaultHeader) -> bool:
    """Whether this is the header on disk."""
    try:
        return folder.read_header() == header.encoded()
    except SignetError:
        return False


def require_unchanged(session: Session) -> None:
    """Take over what another Signet made of the header meanwhile, and end what it did not.

    Under the header lock. Raises VaultBusy if the header is of another identity or names another database,
    HeaderMismatch if the database knows no such header.
    """
    data = session.folder.read_header()
    if data != session.header.encoded():
        header = parse_header(data)
        check_header(header)
        if header.identity != session.header.identity or header.database != session.header.database:
            raise VaultBusy
        session.header = header
    settle(session)


def make_current(change: Change, header: VaultHeader) -> None:
    """Note, within a change, that this header is the current one and that none is intended."""
    change.meta.put(CURRENT, HeaderMark.of(header).encoded())
    change.meta.put(INTENT, NO_INTENT)


def settle(session: Session) -> None:
    """Accept the header against the database, finishing or cancelling a change that was interrupted.

    Called under the header lock. Raises HeaderMismatch if neither the current nor the intended header is there.
    """
    intent = check_marks(session)
    if intent is None:
        return
    with session.records.change() as change:
        if HeaderMark.of(session.header) == intent:
            make_current(change, session.header)
            follow_header(change, session.header)
            outcome = Outcome.DONE
        else:
            change.meta.put(INTENT, NO_INTENT)
            outcome = Outcome.CANCELLED
        change.append(Draft("ChangeHeader", outcome, details={"generation": intent.generation}))


def check_marks(session: Session) -> HeaderMark | None:
    """Hold the header against the database; return the intent that is still to be settled, if there is one.

    Raises HeaderMismatch if the header is neither the current nor the intended one.
    """
    with session.records.read() as reading:
        current = HeaderMark.decoded(reading.meta.get(CURRENT))
        intent = HeaderMark.decoded(reading.meta.get(INTENT))
    found = HeaderMark.of(session.header)
    if found in (current, intent):
        return intent
    expected = f"generation {current.generation}" if current else "none"
    if current and current.generation == found.generation:
        expected += " with other contents"
    raise HeaderMismatch(header=f"generation {found.generation}", database=expected)


def follow_header(change: Change, header: VaultHeader) -> None:
    """Make the rows of ways in those of the header, keeping what is known of the ones that stay."""
    known = {row.id for row in change.methods.all()}
    for method in header.methods:
        if method.id not in known:
            insert_method(change, method)
    for gone in known - {method.id for method in header.methods}:
        change.methods.remove(gone)


def insert_method(change: Change, method: UnlockMethod, *, proven_at: str | None = None) -> None:
    """Write the row of a way in that the header has."""
    change.methods.insert(
        MethodRecord(
            id=method.id,
            kind=method.kind,
            label=method.label,
            holder="",
            place="",
            created=method.created,
            proven_at=proven_at,
        )
    )


def raise_pin(session: Session) -> None:
    """Pin identity, generation and the audit head as they are now; after commit, never lowered."""
    if session.pinned:
        session.workplace.pins.raise_to(session.vault_id, pin_of(session))


def pin_of(session: Session) -> Pin:
    """The pin that fits the open vault now."""
    with session.records.read() as reading:
        head = reading.audit.head()
    return pin_for(session.header, head, session.workplace)


def pin_for(header: VaultHeader, head: Head, workplace: Workplace) -> Pin:
    """The pin of a vault with this header and this head of its log, written now."""
    return Pin(
        identity=header.identity.hex(),
        generation=header.generation,
        audit_count=head.count,
        audit_hash=head.hash,
        written=timestamp(workplace.clock.now()),
    )


def _withdraw(session: Session, operation: str, begun: int) -> None:
    """Take an intent back whose header was not written; the next opening does the same if this fails too."""
    with session.records.change() as change:
        change.meta.put(INTENT, NO_INTENT)
        change.append(Draft(operation, Outcome.FAILED, of=begun))
