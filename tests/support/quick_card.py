"""A card with keys on a curve, which takes no time to make; where software tokens were made before."""

from __future__ import annotations

from signet.keys.spec import KeySpec
from signet.secret import Secret
from signet.services.workplace import Workplace
from signet.tokens.model import Token, TokenKeyUsage
from signet.tokens.software import softhsm_module


def make_quick_card(workplace: Workplace, label: str, *, pin: str) -> Token:
    """A SoftHSM token of that name with an unlocking and a signing key."""
    module = softhsm_module(())
    token = workplace.hub.initialise(
        module, label=label, pin=Secret.from_text(pin), so_pin=Secret.from_text(pin + pin)
    )
    with workplace.hub.login(token, Secret.from_text(pin)) as login:
        login.generate(spec=KeySpec.ECC_NIST_P256, label="unlock", usage=TokenKeyUsage.AGREE)
        login.generate(spec=KeySpec.ECC_NIST_P256, label="sign", usage=TokenKeyUsage.SIGN)
    return token
