"""What the page Cards & recovery says of the ways in: rows, and whether the loss of the card would lock one out.

Snapshots in, sentences out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from signet.formats.header import MethodKind, Scheme
from signet.gui.pages.times import ago, date_of, moment
from signet.gui.widgets.pill import PillKind
from signet.services.attention import Attention, Concern
from signet.services.methods import MethodView

PROOF_LASTS = timedelta(days=365)
"""Signet's own: a way in that was not tried for a year counts as not proven."""
KINDS = {
    MethodKind.TOKEN: "Card",
    MethodKind.PASSPHRASE: "Passphrase",
    MethodKind.RECOVERY_CODE: "Recovery code",
    MethodKind.RECOVERY_SHARES: "Recovery shares",
}
SCHEMES = {
    Scheme.ECDH_X: "elliptic curve key on the card",
    Scheme.RSA_OAEP_SHA256: "RSA key on the card (OAEP)",
    Scheme.RSA_OAEP_SHA1: "RSA key on the card (OAEP, SHA-1)",
    Scheme.RSA_PKCS1V15: "RSA key on the card (PKCS #1 v1.5)",
}
"""How a card's key opens the vault; typed secrets need no word for it."""
ICONS = {
    MethodKind.TOKEN: "card",
    MethodKind.PASSPHRASE: "passphrase",
    MethodKind.RECOVERY_CODE: "code",
    MethodKind.RECOVERY_SHARES: "code",
}


@dataclass(frozen=True)
class Row:
    """One way in as it is shown; ``pill_kind`` is one of the pill's kinds."""

    id: str
    kind: MethodKind
    label: str
    caption: str
    pill: str
    pill_kind: PillKind
    icon: str
    opened_this: bool


@dataclass(frozen=True)
class Verdict:
    """The banner: ``kind`` is ok, warn or bad."""

    kind: PillKind
    title: str
    sentence: str


def proven(view: MethodView, now: datetime) -> bool:
    """Whether the way in opened the vault within the last year."""
    return view.proven_at is not None and now - moment(view.proven_at) < PROOF_LASTS


def row_of(view: MethodView, *, inserted: bool, opened_this: bool, now: datetime) -> Row:
    """Make the row of one way in; ``inserted`` if its card is there now."""
    when = f"tested {ago(view.proven_at, now)}" if view.proven_at else "never tested"
    if opened_this:
        when = "opened the vault this time"
    words = [KINDS[view.kind] if view.kind is not MethodKind.TOKEN else SCHEMES[Scheme(view.scheme)]]
    if view.place:
        words.append(view.place)
    if view.kind in (MethodKind.RECOVERY_CODE, MethodKind.RECOVERY_SHARES):
        words = [f"made {date_of(moment(view.created))}"]
    if view.kind is MethodKind.PASSPHRASE:
        words = [f"set {date_of(moment(view.created))}"]
    if not view.attested:
        words.append("cannot vouch for this vault")
    pill, kind = _state(view, inserted=inserted, now=now)
    return Row(
        id=view.id,
        kind=view.kind,
        label=view.label,
        caption=" · ".join([*words, when]),
        pill=pill,
        pill_kind=kind,
        icon=ICONS[view.kind],
        opened_this=opened_this,
    )


def _state(view: MethodView, *, inserted: bool, now: datetime) -> tuple[str, PillKind]:
    if not proven(view, now):
        return "Not proven", "warn"
    if view.kind is not MethodKind.TOKEN:
        return "Proven", "ok"
    return ("Inserted", "ok") if inserted else ("Away", "neutral")


def verdict(views: Sequence[MethodView], now: datetime) -> Verdict:
    """Say honestly whether the person would still get in after losing a card, or without the one way in there is."""
    cards = [view for view in views if view.kind is MethodKind.TOKEN]
    if len(views) == 1:
        what = views[0].label
        return Verdict(
            "bad",
            "There is only one way in.",
            f"Without “{what}” everything in this vault is lost. Add a second way in now.",
        )
    if not cards:
        return _without_cards(views, now)
    # Losing any one card has to be survivable: the worst case is the one that is told.
    left = [min_left for card in cards if (min_left := [view for view in views if view.id != card.id])]
    worst = min(left, key=lambda others: sum(proven(view, now) for view in others))
    good = [view for view in worst if proven(view, now)]
    which = "your card" if len(cards) == 1 else "a card"
    if good:
        return Verdict("ok", f"If you lost {which} today, you would still get in.", _tested(good, now))
    names = " and ".join(f"“{view.label}”" for view in worst)
    return Verdict(
        "warn",
        f"If you lost {which} today, it is not certain that you would get in.",
        f"{names} was not tested for a year or more. Test it now.",
    )


def concern_words(attention: Attention) -> tuple[str, str]:
    """The title and sentence of what needs attention; the last way in has the verdict."""
    if attention.concern is Concern.SAVED_CODE:
        return (
            "A recovery code lies on this computer.",
            f"{attention.path} opens the vault for whoever finds it. Print it or move it to a safe place, "
            "then delete the file.",
        )
    if attention.concern is Concern.NO_BACKUP_ELSEWHERE:
        return (
            "There is no backup in a second place.",
            "The automatic backups lie beside the vault and would go with this disk.",
        )
    return ("There is only one way in.", "Add a second one.")


def _without_cards(views: Sequence[MethodView], now: datetime) -> Verdict:
    good = [view for view in views if proven(view, now)]
    if len(good) > 1:
        return Verdict("ok", "If you forgot one way in today, another would still work.", _tested(good, now))
    return Verdict(
        "warn",
        "It is not certain that a second way in works.",
        "Test the ones that were not tested for a year or more.",
    )


def _tested(good: Sequence[MethodView], now: datetime) -> str:
    parts = [f"{view.label} tested {ago(view.proven_at, now)}" for view in good]
    text = ", ".join(parts)
    return text[:1].upper() + text[1:] + "."
