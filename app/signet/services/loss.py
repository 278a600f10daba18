"""What the loss of a card would mean, decided from values alone; `signet.services.drill` reads them.

A way in counts only if it was proven within the last year and did not fail since. What is not known is taken for the
worst: a card without a serial number may be any other card.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from signet.formats.header import MethodKind, UnlockMethod

PROOF_LASTS = timedelta(days=365)
"""Signet's own: a way in that was not tried for a year counts as not proven."""
CLOCK_SLACK = timedelta(days=1)
"""Signet's own: a proof from further ahead than this was dated by a clock that was wrong, then or now."""


class Proof(StrEnum):
    """What is known of a way in: it works; it worked, long ago; it failed when it was tried last; nothing."""

    PROVEN = "proven"
    OLD = "old"
    FAILED = "failed"
    NEVER = "never"


class Answer(StrEnum):
    """Whether the person would still get in."""

    YES = "yes"
    NOT_CERTAIN = "not-certain"
    NO = "no"


@dataclass(frozen=True)
class Card:
    """A card: the serial number that tells it from others, empty if there is none, and what people call it."""

    serial: str
    label: str

    def may_be(self, other: Card) -> bool:
        """Whether the two may be one card; one without a serial number may be any.

        Modules differ in how they fill a serial number up with zeros.
        """
        mine, theirs = (each.serial.casefold().lstrip("0") for each in (self, other))
        return not mine or not theirs or mine == theirs


def card_of(method: UnlockMethod) -> Card | None:
    """The card that a way in needs, as far as its hint says; None if it needs none."""
    if method.kind is not MethodKind.TOKEN:
        return None
    return Card(dict(method.hint).get("serial", ""), method.label)


@dataclass(frozen=True)
class Way:
    """One way in: ``card`` is the card it needs, None if it needs none; ``proven_at`` is RFC 3339, None for never."""

    id: str
    label: str
    proof: Proof
    proven_at: str | None
    card: Card | None


@dataclass(frozen=True)
class Stake:
    """A key that does not live in the vault alone.

    ``holders`` are what can bring it back, any of them: the card that has it, or each guard of a guarded key; None
    stands for one that is no card, as the recovery code. ``files`` are the known files that hang on it, by path.
    """

    key_id: str
    alias: str
    holders: tuple[Card | None, ...]
    files: tuple[str, ...] = ()
    guarded: bool = False

    def dies_with(self, card: Card) -> bool:
        """Whether nothing brings the key back once that card is gone."""
        return all(holder is not None and holder.may_be(card) for holder in self.holders)


@dataclass(frozen=True)
class Loss:
    """One card lost, or, in a vault without cards, one secret forgotten; ``card`` is None then.

    ``gone`` are the ways in that go with it, ``left`` those that stay, ``keys`` the keys that die.
    """

    card: Card | None
    gone: tuple[Way, ...]
    left: tuple[Way, ...]
    keys: tuple[Stake, ...] = ()

    @property
    def answer(self) -> Answer:
        """Whether the person would still get in."""
        if not self.left:
            return Answer.NO
        return Answer.YES if self.proven else Answer.NOT_CERTAIN

    @property
    def proven(self) -> tuple[Way, ...]:
        """The ways in that stay and work."""
        return tuple(way for way in self.left if way.proof is Proof.PROVEN)

    @property
    def doubtful(self) -> tuple[Way, ...]:
        """The ways in that stay, of which it is not known whether they work."""
        return tuple(way for way in self.left if way.proof is not Proof.PROVEN)

    @property
    def files(self) -> tuple[str, ...]:
        """The known files that nothing opens any more."""
        return tuple(path for key in self.keys for path in key.files)


def proof_of(proven_at: datetime | None, failed_at: datetime | None, now: datetime) -> Proof:
    """What the dates of a way in are worth now; both are aware, ``failed_at`` is of a test that it did not pass."""
    if failed_at is not None and (proven_at is None or failed_at > proven_at):
        return Proof.FAILED
    if proven_at is None:
        return Proof.NEVER
    return Proof.PROVEN if -CLOCK_SLACK <= now - proven_at < PROOF_LASTS else Proof.OLD


def losses(ways: Sequence[Way], stakes: Iterable[Stake] = ()) -> tuple[Loss, ...]:
    """Return every loss of one card there can be, the worst first: a card that is a way in, or that has a key.

    If no card is a way in, forgetting each one of the ways in is such a loss too.
    """
    stakes = tuple(stakes)
    holders = (holder for stake in stakes for holder in stake.holders)
    cards = _distinct([*(way.card for way in ways), *holders])
    found = [_lose(card, ways, stakes) for card in cards]
    if all(way.card is None for way in ways):
        found += [Loss(None, (way,), tuple(other for other in ways if other.id != way.id)) for way in ways]
    return tuple(sorted(found, key=_badness, reverse=True))


def _lose(card: Card, ways: Sequence[Way], stakes: Sequence[Stake]) -> Loss:
    gone = tuple(way for way in ways if way.card is not None and way.card.may_be(card))
    left = tuple(way for way in ways if way not in gone)
    return Loss(card, gone, left, tuple(stake for stake in stakes if stake.dies_with(card)))


def _distinct(cards: Iterable[Card | None]) -> list[Card]:
    """Each card once, by its serial number; the first name that it has stays."""
    kept: list[Card] = []
    for card in cards:
        if card is not None and not any(card.serial == other.serial for other in kept):
            kept.append(card)
    return kept


def _badness(loss: Loss) -> tuple[int, int, int, int]:
    """The worst is to be locked out; then to be in doubt; then what has fewer ways in to fall back on."""
    rank = (Answer.YES, Answer.NOT_CERTAIN, Answer.NO).index(loss.answer)
    return rank, -len(loss.proven), len(loss.keys), len(loss.files)
