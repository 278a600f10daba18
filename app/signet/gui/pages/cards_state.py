"""What the page Cards & recovery says of each way in.

Snapshots in, sentences out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from signet.formats.header import MethodKind, Scheme
from signet.gui.pages.times import ago, date_of, moment
from signet.gui.widgets.pill import PillKind
from signet.services.loss import Proof
from signet.services.methods import MethodView

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


def row_of(view: MethodView, *, inserted: bool, opened_this: bool, now: datetime) -> Row:
    """Make the row of one way in; ``inserted`` if its card is there now."""
    when = f"tested {ago(view.proven_at, now)}" if view.proven_at else "never tested"
    if view.proof(now) is Proof.FAILED:
        when = f"failed a test {ago(view.failed_at, now)}"
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
    proof = view.proof(now)
    if proof is Proof.FAILED:
        return "Failed", "bad"
    if proof is not Proof.PROVEN:
        return "Not proven", "warn"
    if view.kind is not MethodKind.TOKEN:
        return "Proven", "ok"
    return ("Inserted", "ok") if inserted else ("Away", "neutral")
