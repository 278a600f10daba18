"""What is said of a token that was tested: what to do where a link of the chain does not hold, and of its keys."""

from __future__ import annotations

from signet.tokens.model import TokenKey

_MAKE = "Make a key on it (`signet token make-key NAME`), or use another card."
ADVICE = {
    "card": "It was never set up: give it a PIN with its maker's program.",
    "public keys": (
        "Signet could not recognise it while the vault is locked. On a PIV card a certificate in the slot of the key "
        "shows the key; where there is no key yet, make one (`signet token make-key NAME`)."
    ),
    "PIN": "Give the PIN, and the rest is tried.",
    "unlocking": _MAKE,
    "signing": (
        "It can open a vault all the same, but not prove that it is your vault's own card. A signing key mends that "
        "(`signet token make-key NAME --purpose sign`)."
    ),
}
"""By the name of the link."""


def brought(key: TokenKey) -> str:
    """What is said of a key that was not made on its card, before a vault relies on it."""
    return (
        f"The key “{key.label or key.id.hex()}” was not made on this card but brought to it: whoever had it before "
        "may have kept a copy, and could use that in the place of the card."
    )
