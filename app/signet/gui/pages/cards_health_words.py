"""What the health page of a card says. Reports in, sentences out."""

from __future__ import annotations

from signet.formats.header import Scheme
from signet.gui.pages.cards_state import SCHEMES
from signet.gui.unlock_words import FEW_TRIES, LAST_TRY
from signet.services.token_words import brought
from signet.services.tokens import KeyReport, Step, TokenReport
from signet.tokens.model import PinState, Token

STEPS = {
    "module": "Card software",
    "card": "Card",
    "public keys": "Keys that it shows without a PIN",
    "PIN": "PIN",
    "unlocking": "Opens a vault",
    "signing": "Signs",
}
_ADVICE = {
    "card": "It was never set up. Give it a PIN with its maker's program first.",
    "public keys": "It could not be recognised while the vault is locked. If there is no key on it yet, make one; on "
    "a PIV card a certificate in the key's slot shows the key.",
    "PIN": "Type the PIN of the card, and the rest is tried.",
    "unlocking": "Make a key on it, or use another card.",
    "signing": "It can open a vault all the same, but not prove that it is the vault's own card. A key that signs "
    "mends that.",
}
_TRIES = {
    PinState.OK: "all of them are left, as far as the card says",
    PinState.LOW: FEW_TRIES,
    PinState.FINAL: LAST_TRY,
    PinState.LOCKED: "Blocked after too many wrong ones.",
}
_FAMILIES = (
    ("RSA", "RSA"),
    ("EC_", "elliptic curves"),
    ("ECDSA", "elliptic curves"),
    ("ECDH", "ECDH"),
    ("AES", "AES"),
)


def card_rows(token: Token) -> tuple[tuple[str, str], ...]:
    """Names and values: what is known before anything is tried."""
    rows = (
        ("Reader", token.reader),
        ("Model", " · ".join(part for part in (token.model, token.manufacturer) if part)),
        ("Serial number", token.serial),
        ("Card software", token.module),
        ("PIN tries", _TRIES[token.pin_state]),
    )
    return tuple((name, value) for name, value in rows if value)


def advice(step: Step) -> str:
    """What to do where the chain stops."""
    return _ADVICE.get(step.name, "")


def key_words(report: KeyReport) -> str:
    """What one key turned out to do."""
    said = [report.key.spec]
    if report.best is not None:
        said.append(f"opens a vault ({SCHEMES[Scheme(report.best.scheme.value)]})")
    if report.signs:
        said.append("signs")
    if len(said) == 1 and report.signs is not None:
        said.append("does neither open nor sign")
    if report.key.always_authenticate:
        said.append("wants the PIN every time")
    if report.key.on_token:
        said.append("made on the card")
    return " · ".join(said)


def warnings(report: TokenReport) -> str:
    """What speaks against relying on a key."""
    return " ".join(brought(key) for key in report.brought)


def mechanism_words(report: TokenReport) -> str:
    """What the card software says it computes, in a line: families with the sizes of their keys."""
    sizes: dict[str, tuple[int, int]] = {}
    for mechanism in report.mechanisms:
        family = next((name for start, name in _FAMILIES if mechanism.name.startswith(start)), None)
        if family is not None and mechanism.most:
            least, most = sizes.get(family, (mechanism.least, mechanism.most))
            sizes[family] = min(least, mechanism.least), max(most, mechanism.most)
    told = [f"{family} {least} to {most}" for family, (least, most) in sizes.items()]
    count = len(report.mechanisms)
    return f"{', '.join(told)} ({count} mechanisms in all)" if told else f"{count} mechanisms"
