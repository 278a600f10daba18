"""Ways in of an open vault: listed, added, proven, removed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime

from signet.audit.entry import Draft, Outcome
from signet.clock import parse_timestamp, timestamp
from signet.errors import (
    AttestationInvalid,
    AttestationMissing,
    ModuleError,
    SignetError,
    TokenError,
    TokenLoginLost,
    TokenRemoved,
)
from signet.formats.header import MethodKind, UnlockMethod, VaultHeader
from signet.services import header_change
from signet.services.enrolment import NewMethod, NewToken, check_opens, propose, refuse_twice, seal
from signet.services.loss import Card, Proof, Way, card_of, proof_of
from signet.services.master import RotatedMaster, refuse_removal, rotate_master
from signet.services.presenting import find_method, present_method
from signet.services.recovery_code import hand_over_codes
from signet.services.saved_codes import note_saved
from signet.services.session import Session
from signet.services.ways import Presenter
from signet.store.records import Change

PROVE = "ProveUnlockMethod"
_SAME_CARD = "same_card"
"""The detail of a proof that names the other ways in on the same card, by their ids."""
_PROOF_ENTRIES = 500
"""Entries about proofs that are looked through for failures; one a year and way in is enough."""


@dataclass(frozen=True)
class MethodView:
    """One way in as people see it; ``proven_at`` is when it last opened the vault, None if it never did.

    ``failed_at`` is when it last failed a test, ``card`` the card that it needs; None for never, and for none.
    """

    id: str
    kind: MethodKind
    label: str
    created: str
    proven_at: str | None
    scheme: str
    attested: bool
    holder: str
    place: str
    failed_at: str | None = None
    card: Card | None = None

    def proof(self, now: datetime) -> Proof:
        """What is known at ``now`` of whether it works."""
        proven, failed = (parse_timestamp(time) if time else None for time in (self.proven_at, self.failed_at))
        return proof_of(proven, failed, now)

    def way(self, now: datetime) -> Way:
        """What the computation of a loss needs of it."""
        return Way(self.id, self.label, self.proof(now), self.proven_at, self.card)


def list_methods(session: Session) -> tuple[MethodView, ...]:
    """Every way in of the header, with what the database knows of it."""
    with session.records.read() as reading:
        known = {row.id: row for row in reading.methods.all()}
        tests = tuple(reversed(reading.audit.list(operation=PROVE, limit=_PROOF_ENTRIES)))
    failed = {entry.details.get("method"): entry.time for entry in tests if entry.outcome is Outcome.FAILED}
    views = []
    for method in session.header.methods:
        row = known.get(method.id)
        views.append(
            MethodView(
                id=method.id,
                kind=method.kind,
                label=method.label,
                created=method.created,
                proven_at=row.proven_at if row else None,
                scheme=method.scheme,
                attested=bool(method.attestation),
                holder=row.holder if row else "",
                place=row.place if row else "",
                failed_at=failed.get(method.id),
                card=card_of(method),
            )
        )
    seen = [(str(entry.details.get("method")), str(entry.details.get(_SAME_CARD, "")).split()) for entry in tests]
    return on_their_cards(views, seen)


def on_their_cards(views: Iterable[MethodView], seen: Iterable[tuple[str, Sequence[str]]]) -> tuple[MethodView, ...]:
    """Give ways in that were seen on one card the same card, whatever serial numbers their modules call it by.

    ``seen`` are the ids of ways in, each with those of the others on its card.
    """
    merged = {view.id: view for view in views}
    for one, others in seen:
        for view in [merged[other] for other in others if other in merged and one in merged]:
            moved = [each for each in merged.values() if each.card is not None and each.card == view.card]
            merged |= {each.id: replace(each, card=merged[one].card) for each in moved}
    return tuple(merged.values())


def on_the_same_card(session: Session, method: UnlockMethod) -> tuple[str, ...]:
    """The ids of other ways in that are on the card of this one, if that is there; asks the modules.

    The same card has another serial number through another module, so only the card itself can say.
    """
    cards = [each for each in session.header.methods if each.kind is MethodKind.TOKEN]
    if method.kind is not MethodKind.TOKEN or len(cards) < 2:
        return ()
    hub = session.workplace.hub
    try:
        found = hub.find_key(method.public_key)
        if found is None:
            return ()
        there = {key.public_key for key in hub.keys(found[0])}
    except (ModuleError, TokenError):
        return ()  # it was just taken out, or cannot be read
    return tuple(each.id for each in cards if each.id != method.id and each.public_key in there)


def add_method(session: Session, new: NewMethod) -> UnlockMethod:
    """Enrol another way in; raise UnlockMethodInUse if it is one already, and what enrolling raises.

    The way in that opened the vault opens the changed header too, before it counts; only a card that had to leave the
    one reader for the new card is not asked again.
    """
    presenter = session.presented()
    # Logged in anew for its new key, or out of the reader for the new card: what was added has opened it then.
    cannot = (TokenLoginLost, TokenRemoved) if isinstance(new, NewToken) else (TokenLoginLost,)
    with ExitStack() as stack:
        proposal = propose(session.workplace, new, salt=session.header.salt)
        stack.callback(proposal.close)
        refuse_twice(session.header, proposal.method)
        method = seal(proposal, session.master, session.header)
        papers = hand_over_codes(session.workplace, [proposal], vault_path=session.folder.path, header=session.header)
        handed = stack.enter_context(papers)

        def prove(candidate: VaultHeader) -> None:
            check_opens(proposal.presenter, _in(candidate, method), candidate, session.master)
            with suppress(*cannot):
                check_opens(presenter, _in(candidate, session.method), candidate, session.master)

        def following(header: VaultHeader) -> tuple[UnlockMethod, ...]:
            refuse_twice(header, method)  # another Signet may have enrolled it meanwhile
            return (*header.methods, method)

        def rows(change: Change) -> None:
            header_change.insert_method(change, method, proven_at=_now(session))
            note_saved(change, handed.written)

        header_change.change_methods(
            session,
            following,
            operation="AddUnlockMethod",
            details={"method": method.id, "kind": method.kind, "label": method.label},
            prove=prove,
            rows=rows,
            in_place=handed.keep,
        )
    return method


def prove_method(session: Session, name: str) -> UnlockMethod:
    """Prove that a way in opens this vault, and let it attest (again) that the vault is its own.

    The way in that opened the vault is proven by that; any other is asked for its secret now.
    """
    session.require_presence()
    method = find_method(session.header, name)
    if method.id == session.method.id:
        return method
    presenter = session.presented()
    _, other = present_method(session.workplace, session.header, method, second=True)
    with ExitStack() as stack:
        stack.callback(other.close)
        check_opens(other, method, session.header, session.master)
        if not _vouches(other, method, session.header):
            _attest_again(session, method, other, presenter)
            return _in(session.header, method)
        record_proof(session, method)
    return method


def record_proof(session: Session, method: UnlockMethod) -> None:
    """Note that a way in has opened this vault, or a copy of it, just now."""
    details, same = _named(method), on_the_same_card(session, method)
    if same:
        details[_SAME_CARD] = " ".join(same)
    with session.records.change() as change:
        change.methods.set_proven(method.id, _now(session))
        change.append(Draft(PROVE, Outcome.DONE, details=details))
    header_change.raise_pin(session)


def record_failure(session: Session, method: UnlockMethod, error: SignetError) -> None:
    """Note that a way in was tried and does not open this vault; until it does, it counts for nothing."""
    with session.records.change() as change:
        details = _named(method) | {"error": type(error).__name__}
        change.append(Draft(PROVE, Outcome.FAILED, details=details))
    header_change.raise_pin(session)


def about_to_remove(session: Session, name: str) -> UnlockMethod:
    """Return the way in that `remove_method` would take out, before anyone is asked about it.

    Raises UnlockMethodNotFound, NameAmbiguous, LastUnlockMethod, UsageError if it is the one that opened the vault.
    """
    method = find_method(session.header, name)
    refuse_removal(session, frozenset({method.id}))
    return method


def remove_method(session: Session, name: str) -> RotatedMaster:
    """Take a way in out of the vault, by a new master key; raise LastUnlockMethod if it is the only one."""
    session.require_presence()
    return rotate_master(session, remove=frozenset({find_method(session.header, name).id}))


def _vouches(presenter: Presenter, method: UnlockMethod, header: VaultHeader) -> bool:
    try:
        return presenter.vouches(method, header)
    except (AttestationMissing, AttestationInvalid):
        return False


def _attest_again(session: Session, method: UnlockMethod, other: Presenter, presenter: Presenter) -> None:
    attestation = other.attest(method, session.header)
    if method.attestation and not attestation:
        raise AttestationInvalid(method=method.label)  # what once vouched is never replaced by nothing
    attested = replace(method, attestation=attestation)

    def methods(header: VaultHeader) -> tuple[UnlockMethod, ...]:
        return tuple(attested if present.id == method.id else present for present in header.methods)

    def prove(candidate: VaultHeader) -> None:
        check_opens(other, attested, candidate, session.master)
        other.vouches(attested, candidate)
        check_opens(presenter, _in(candidate, session.method), candidate, session.master)

    def rows(change: Change) -> None:
        change.methods.set_proven(method.id, _now(session))

    header_change.change_methods(session, methods, operation=PROVE, details=_named(method), prove=prove, rows=rows)


def _in(header: VaultHeader, method: UnlockMethod) -> UnlockMethod:
    found = header.method(method.id)
    if found is None:
        raise ValueError("the way in is not in this header")
    return found


def _named(method: UnlockMethod) -> dict[str, str]:
    return {"method": method.id, "label": method.label}


def _now(session: Session) -> str:
    return timestamp(session.workplace.clock.now())
