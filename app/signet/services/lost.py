"""A lost card: taken out by another way in, with a new identity where its PIN may be known to somebody.

One change of the header does all that must not be done by halves; until it stands nothing has happened. What is left
to do after it shows in the vault itself: copies that the card still opens (`left_behind`), and keys that a finder may
know (`signet.services.exposed`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from signet.errors import UsageError
from signet.formats.header import MethodKind, UnlockMethod
from signet.keys.model import Key
from signet.services.drill import stakes
from signet.services.guards import dying_keys
from signet.services.loss import Card, Stake
from signet.services.master import RotatedMaster, refuse_removal, rotate_master
from signet.services.methods import MethodView, list_methods
from signet.services.new_identity import renew_identity
from signet.services.presenting import find_method
from signet.services.session import Session


@dataclass(frozen=True)
class Goes:
    """What goes with a card: the ways in on it, the one that is named first; and the keys that only it has."""

    methods: tuple[UnlockMethod, ...]
    keys: tuple[Stake, ...]

    @property
    def ids(self) -> frozenset[str]:
        """The ids of the ways in."""
        return frozenset(method.id for method in self.methods)

    @property
    def label(self) -> str:
        """What the card is called."""
        return self.methods[0].label


@dataclass(frozen=True)
class Lost:
    """What was done about a lost card, and what is gone with it.

    ``fingerprint`` is that of the new identity, None where the identity stayed; ``code_file`` where the new recovery
    code went, None if it was typed back or none was made.
    """

    rotated: RotatedMaster
    keys: tuple[Stake, ...]
    fingerprint: str | None = None
    code_file: str | None = None


def goes_with(session: Session, name: str) -> Goes:
    """What goes with the card that is the way in ``name``; asks no card.

    Other keys of the same card may be ways in too: known by its serial number, and by what was seen in tests. Raises
    UnlockMethodNotFound, NameAmbiguous, UsageError if it is no card.
    """
    method = find_method(session.header, name)
    if method.kind is not MethodKind.TOKEN:
        raise UsageError(reason=f"“{method.label}” is no card. What is not safe any more is removed, and made anew.")
    views = {view.id: view for view in list_methods(session)}
    card = views[method.id].card
    same = [other for other in session.header.methods if other.id != method.id and _same(views[other.id], card)]
    cards = {way: view.card for way, view in views.items()}
    dying = [stake for stake in stakes(session, cards) if card is not None and stake.dies_with(card)]
    return Goes((method, *same), tuple(dying))


def check_lost(session: Session, name: str) -> Goes:
    """As `goes_with`, but refuse what `lose_card` would refuse: the card opened the vault, or is the only way in."""
    goes = goes_with(session, name)
    refuse_removal(session, goes.ids, lose=_ids(dying_keys(session, goes.ids)))
    return goes


def lost_keys(session: Session, name: str, *, pin_known: bool, keep: Sequence[str] = ()) -> tuple[Key, ...]:
    """The guarded keys that `lose_card` would leave without a guard: nothing would open them any more."""
    gone = goes_with(session, name).ids
    if pin_known:
        stays = {session.method.id, *(find_method(session.header, each).id for each in keep)}
        gone |= {method.id for method in session.header.methods if method.id not in stays}
    return dying_keys(session, gone)


def lose_card(
    session: Session,
    name: str,
    *,
    pin_known: bool,
    keep: Sequence[str] = (),
    code_file: str | None = None,
    typed: Sequence[str] = (),
) -> Lost:
    """Take a lost card out of the vault that another way in has opened.

    With ``pin_known`` the vault gets a new identity and a new recovery code, and only the ways in of ``keep`` stay
    beside the one that opened it: their secrets are asked for. Without it every other way in stays as it is, and
    ``keep`` and ``code_file`` have no meaning. ``typed`` are the names, as the person typed them, of keys that may
    lose their last guard: nothing opens those any more. Raises LastGuard if one of `lost_keys` is not among them,
    UsageError, LastUnlockMethod, and what `rotate_master` and `renew_identity` raise; nothing has changed then.
    """
    session.require_presence()
    goes = check_lost(session, name)
    lose = _ids(key for key in lost_keys(session, name, pin_known=pin_known, keep=keep) if key.alias in typed)
    if not pin_known:
        return Lost(rotate_master(session, remove=goes.ids, lose=lose), goes.keys)
    kept = [find_method(session.header, each) for each in keep]
    if any(method.id in goes.ids for method in kept):
        raise UsageError(reason=f"“{goes.label}” is the lost card, and cannot stay.")
    renewed = renew_identity(session, remove=goes.ids, keep=kept, code_file=code_file, lose=lose)
    return Lost(renewed.rotated, goes.keys, renewed.fingerprint, renewed.code_file)


def _ids(keys: Iterable[Key]) -> frozenset[str]:
    return frozenset(key.id for key in keys)


def _same(view: MethodView, card: Card | None) -> bool:
    return card is not None and view.card is not None and bool(card.serial) and view.card.serial == card.serial
