"""A new identity key, for when a PIN may be known to others (DESIGN.md, section 3).

Whoever had the card and its PIN could have the old master key, and with it the identity that signs headers. So the
vault gets a new one, and only those ways in stay that are presented now and attest it in the same change; a new
recovery code is made first, so that there is always one that never leaves the house with a card.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from signet.crypto.identity import fingerprint, generate_identity
from signet.errors import UsageError
from signet.formats.header import MethodKind, UnlockMethod, VaultHeader
from signet.secret import Secret
from signet.services.enrolment import NewRecoveryCode, Proposal, check_opens, propose, refuse_twice, seal
from signet.services.guards import refuse_last_of_any
from signet.services.master import RotatedMaster, refuse_removal, replace_master
from signet.services.master_making import Following
from signet.services.presenting import identity_of, present_method
from signet.services.recovery_code import hand_over_codes
from signet.services.session import Session
from signet.services.ways import Presenter, TokenPresenter

OPERATION = "RenewIdentity"


@dataclass(frozen=True)
class RenewedIdentity:
    """What came of it: the new master key, the new fingerprint, the new code's way in, the file it went to if any."""

    rotated: RotatedMaster
    fingerprint: str
    code: UnlockMethod
    code_file: str | None


def renew_identity(
    session: Session,
    *,
    remove: frozenset[str],
    keep: Sequence[UnlockMethod] = (),
    code_file: str | None = None,
    lose: frozenset[str] = frozenset(),
) -> RenewedIdentity:
    """Give the vault a new identity and a new master key, with a new recovery code.

    The way in that opened the vault stays, and those of ``keep``, whose secrets are asked for now; all others are
    removed, ``remove`` in any case. The code goes to ``code_file``, else to the prompt. Raises UsageError for a way
    in that cannot vouch, LastGuard if a guarded key would have no guard left but for those to ``lose`` (ids),
    ConfirmationMissing, and what presenting, `hand_over_codes` and `replace_master` raise; nothing has changed then.
    """
    opener = session.presented()
    refuse_removal(session, remove, lose=lose)
    kept = {session.method.id: session.method} | {each.id: each for each in keep if each.id not in remove}
    gone = tuple(method.label for method in session.header.methods if method.id not in kept)
    refuse_last_of_any(
        session, frozenset(each.id for each in session.header.methods if each.id not in kept), lose=lose
    )
    _confirm(session, gone)
    with ExitStack() as stack:
        staying: list[tuple[UnlockMethod, Presenter]] = [(session.method, opener)]
        for method in kept.values():
            if method.id != session.method.id:
                at_hand = [presenter for _, presenter in staying]
                staying.append((method, _presented(session, method, at_hand, stack)))
        for method, presenter in staying:
            _must_vouch(session, method, presenter)
        code = propose(session.workplace, NewRecoveryCode(code_file), salt=session.header.salt)
        stack.callback(code.close)
        refuse_twice(session.header, code.method)
        private, public = generate_identity()
        stack.enter_context(private)
        handed = stack.enter_context(
            hand_over_codes(
                session.workplace,
                [code],
                vault_path=session.folder.path,
                header=replace(session.header, identity=public),
            )
        )

        def methods(master: Secret, header: VaultHeader) -> tuple[UnlockMethod, ...]:
            # Each is wrapped to anew, attests the new identity, and is opened once before anything stands.
            proposals = [Proposal(method, presenter) for method, presenter in staying]
            return tuple(seal(proposal, master, header) for proposal in (*proposals, code))

        following = Following(
            methods,
            operation=OPERATION,
            identity=private,
            files=handed.written,
            proven=(*(method.id for method, _ in staying), code.method.id),
            in_place=handed.keep,
            lose=lose,
        )
        rotated = replace_master(session, following, removed=gone)
    return RenewedIdentity(rotated, fingerprint(public), code.method, handed.path)


def _confirm(session: Session, gone: Sequence[str]) -> None:
    names = ", ".join(f"“{label}”" for label in gone)
    question = (
        f"These ways in will be removed: {names}. What stays is what is presented now, and the new recovery code. "
        "Continue?"
        if gone
        else "The vault gets a new identity, and a new recovery code. Continue?"
    )
    session.workplace.prompt.confirm(question)


def _presented(session: Session, method: UnlockMethod, at_hand: Sequence[Presenter], stack: ExitStack) -> Presenter:
    presenter = _on_a_card_at_hand(session, method, at_hand)
    if presenter is None:
        _, presenter = present_method(session.workplace, session.header, method, second=True)
    stack.callback(presenter.close)
    check_opens(presenter, method, session.header, session.master)
    return presenter


def _on_a_card_at_hand(session: Session, method: UnlockMethod, at_hand: Sequence[Presenter]) -> Presenter | None:
    """Several ways in may be on one card, which is logged in to once; None if this one's is not among these."""
    if method.kind is not MethodKind.TOKEN:
        return None
    found = session.workplace.hub.find_key(method.public_key)
    card = None if found is None else identity_of(found[0])
    for presenter in at_hand:
        if isinstance(presenter, TokenPresenter) and identity_of(presenter.login.token) == card:
            return presenter.beside(method.public_key)
    return None


def _must_vouch(session: Session, method: UnlockMethod, presenter: Presenter) -> None:
    """Raise UsageError for a way in that cannot attest at all; raises what `Presenter.vouches` raises."""
    if not presenter.vouches(method, session.header):
        raise UsageError(
            reason=f"“{method.label}” cannot sign, so it cannot vouch for a new identity. Open the vault by another "
            "way in, for instance by a recovery code, and leave it out."
        )
