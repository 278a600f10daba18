"""Checkpoints of the log: a card signs the log's end when one is due, within a login that is there anyway.

Rules (DESIGN.md, section 8): due once an administrative entry, 24 hours or 1000 entries came since the last; signed
before the card is logged out, with the key that attested this vault; nobody is ever asked for a PIN only for this.
What cannot be signed stays due and is shown.
"""

from __future__ import annotations

import hmac
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from signet.audit.chain import Problem, entry_place
from signet.audit.checkpoint import NAMESPACE, Checkpoint, Head
from signet.audit.entry import Draft, Outcome
from signet.clock import parse_timestamp, timestamp
from signet.documents import sshsig
from signet.errors import CheckpointImpossible, DidNotVerify, SignetError
from signet.formats.header import MethodKind, UnlockMethod, VaultHeader
from signet.secret import Secret
from signet.services.presenting import present_method
from signet.services.session import Session
from signet.services.token_login import Login
from signet.services.ways import NAMESPACE as VAULT_NAMESPACE
from signet.services.ways import Presenter, TokenPresenter
from signet.store.records import Reading

SIGN = "SignCheckpoint"
MOST_ENTRIES = 1000
LONGEST = timedelta(hours=24)
LONG_DUE = timedelta(days=30)
"""A checkpoint that waits so long needs attention."""
_ALWAYS = ("ExportKey",)
"""Administrative, though it changes no row (DESIGN.md, section 6)."""
_NEVER = ("UnlockVault", SIGN)
"""They note that a way in worked, and the checkpoint itself."""


class Why(StrEnum):
    """Why a checkpoint is due."""

    ADMINISTRATION = "administration"
    TIME = "time"
    ENTRIES = "entries"


@dataclass(frozen=True)
class Due:
    """A checkpoint is due: why, since when (RFC 3339), and whether a card of this vault could sign it at all."""

    why: Why
    since: str
    possible: bool

    def long(self, now: datetime) -> bool:
        """Whether it could have been signed and was not for so long that the person should see to it."""
        return self.possible and now - parse_timestamp(self.since) > LONG_DUE


def due(session: Session) -> Due | None:
    """Whether a checkpoint is due, from a few looks into the log however long it is."""
    with session.records.read() as reading:
        return _due(reading, session.header, session.workplace.clock.now())


def _due(reading: Reading, header: VaultHeader, now: datetime) -> Due | None:
    last, count = reading.checkpoints.last(), reading.audit.head().count
    signed = last.sequence if last else 0
    possible = bool(attested_keys(header))
    bound = reading.checkpoints.time_of(signed + MOST_ENTRIES)
    if bound is not None:
        return Due(Why.ENTRIES, bound, possible)
    changed = reading.checkpoints.first_administrative(signed, always=_ALWAYS, never=_NEVER)
    if changed is not None:
        return Due(Why.ADMINISTRATION, changed, possible)
    if last is None or count <= signed + 1:  # behind a checkpoint stands at least its own entry
        return None
    ends = parse_timestamp(last.time) + LONGEST
    # A clock that was set back must not put checkpoints off for ever.
    if now >= ends or now < parse_timestamp(last.time):
        return Due(Why.TIME, timestamp(min(ends, now)), possible)
    return None


def attested_keys(header: VaultHeader) -> dict[bytes, UnlockMethod]:
    """The keys (SPKI, DER) with which the cards among the ways in attested this vault; these sign checkpoints."""
    found: dict[bytes, UnlockMethod] = {}
    for method in header.methods:
        key = _attesting_key(method, header)
        if key is not None:
            found[key] = method
    return found


def _attesting_key(method: UnlockMethod, header: VaultHeader) -> bytes | None:
    if method.kind is not MethodKind.TOKEN or not method.attestation:
        return None
    message = method.attested_message(header.vault_id, header.identity)
    try:
        return sshsig.verify_message(message, method.attestation, namespace=VAULT_NAMESPACE).public_key
    except DidNotVerify:  # unlocking with this card says so
        return None


def before_logout(session: Session, presenter: Presenter, method: UnlockMethod | None = None) -> None:
    """Sign a checkpoint if one is due and this way in can; ``method`` is the one that opened the vault if not given.

    Whatever goes wrong, a card that was pulled or a touch that did not come, leaves it due and is no error.
    """
    if isinstance(presenter, TokenPresenter):
        with suppress(SignetError):
            if due(session) is not None:
                _sign(session, method or session.method, presenter)


def before_login_ends(session: Session, login: Login) -> None:
    """The same for a card that was logged in to for a key on it, if it is one of the ways in.

    A key that wants its PIN at every signature signs only what the person asked for, so not here.
    """
    with suppress(SignetError):
        if due(session) is None:
            return
        everything = login.keys()
        held = {key.public_key for key in everything}
        for method in session.header.methods:
            if method.kind is MethodKind.TOKEN and method.public_key in held:
                _sign(session, method, TokenPresenter(login.session, method.public_key, Secret(b"")))
                return


def sign_now(session: Session) -> Checkpoint:
    """Sign a checkpoint of the log as it is, with the card that opened the vault and is still at hand.

    Raises CheckpointImpossible if it opened by something else, or by a card that cannot sign for this; what the card
    raises; ProofOfPresenceMissing.
    """
    presenter = session.presented()
    if not isinstance(presenter, TokenPresenter):
        raise CheckpointImpossible(method=session.method.label)
    made = _sign(session, session.method, presenter)
    if made is None:
        raise CheckpointImpossible(method=session.method.label)
    return made


def sign_with_a_card(session: Session) -> Checkpoint:
    """Sign a checkpoint now with whichever card is in the reader and can, whatever opened the vault.

    The card's PIN is asked for. Raises CheckpointImpossible if no way in is such a card, TokenNotFound before anyone
    is asked if none is there, and what `present_method` and the card raise.
    """
    able = list(attested_keys(session.header).values())
    if not able:
        raise CheckpointImpossible(method=session.method.label)
    hub = session.workplace.hub
    here = [method for method in able if hub.find_key(method.public_key) is not None]
    method = (here or able)[0]
    _, presenter = present_method(
        session.workplace, session.header, method, second=method.id != session.method.id, purpose="To sign the log."
    )
    with closing(presenter):
        made = _sign(session, method, presenter) if isinstance(presenter, TokenPresenter) else None
    if made is None:
        raise CheckpointImpossible(method=method.label)
    return made


def _sign(session: Session, method: UnlockMethod, presenter: TokenPresenter) -> Checkpoint | None:
    """Sign and store; None if this card cannot without somebody being asked."""
    public_key = _attesting_key(session.header.method(method.id) or method, session.header)
    signer = None if public_key is None else presenter.signer(public_key)
    if signer is None:
        return None
    now = timestamp(session.workplace.clock.now())
    with session.records.read() as reading:
        end = reading.audit.head()
    head = Head(vault_id=session.vault_id, sequence=end.count, hash=end.hash, epoch=end.epoch, time=now)
    signature = sshsig.sign_message(head.message(), signer, namespace=NAMESPACE)
    made = Checkpoint(
        sequence=end.count,
        epoch=end.epoch,
        hash=end.hash,
        time=now,
        method=method.id,
        public_key=signer.public_key,
        signature=signature,
    )
    with session.records.change() as change:
        change.checkpoints.insert(made)
        change.append(Draft(SIGN, Outcome.DONE, details={"sequence": made.sequence, "label": method.label}))
    return made


@dataclass(frozen=True)
class CheckpointView:
    """A checkpoint for people: ``label`` of the way in that signed (None if it is gone).

    ``known``: its key is one with which a way in attests this vault today.
    """

    checkpoint: Checkpoint
    label: str | None
    known: bool


def list_checkpoints(session: Session) -> tuple[CheckpointView, ...]:
    """Every checkpoint, newest first. Raises RecordDisagrees."""
    with session.records.read() as reading:
        found = reading.checkpoints.all()
    labels = {method.id: method.label for method in session.header.methods}
    known = attested_keys(session.header)
    return tuple(CheckpointView(each, labels.get(each.method), each.public_key in known) for each in found)


def newest(session: Session) -> CheckpointView | None:
    """The newest checkpoint, None if there is none. Raises RecordDisagrees."""
    with session.records.read() as reading:
        last = reading.checkpoints.last()
    if last is None:
        return None
    method = session.header.method(last.method)
    return CheckpointView(last, method.label if method else None, last.public_key in attested_keys(session.header))


def checkpoint_problems(reading: Reading, vault_id: str) -> list[Problem]:
    """Hold every stored checkpoint against its signature and against the log; rows with a wrong MAC are left out.

    Those, and a row that is missing, are found with all other rows that decide.
    """
    problems: list[Problem] = []
    for checkpoint in reading.checkpoints.readable():
        place = f"checkpoints/{checkpoint.sequence}"
        try:
            message = checkpoint.head(vault_id).message()
            found = sshsig.verify_message(message, checkpoint.signature, namespace=NAMESPACE)
        except (DidNotVerify, ValueError):
            problems.append(Problem(place, "has a signature that does not hold"))
            continue
        if not hmac.compare_digest(found.public_key, checkpoint.public_key):
            problems.append(Problem(place, "was signed by another key than it says"))
        problems += against_log(reading, checkpoint.head(vault_id))
    return problems


def against_log(reading: Reading, head: Head) -> list[Problem]:
    """Whether the entry that was signed is in the log, and is the one that was signed."""
    ends, digest = reading.checkpoints.log_ends(), reading.checkpoints.hash_of(head.sequence)
    when = f"the checkpoint of {head.time}"
    if head.sequence > ends:
        place = entry_place(ends + 1, head.sequence)
        return [Problem(place, f"is missing and was there at {when}: the log was put back to an older state")]
    if digest is not None and not hmac.compare_digest(digest, head.hash):
        return [Problem(f"audit entry {head.sequence}", f"is not the one that {when} signed")]
    return []
