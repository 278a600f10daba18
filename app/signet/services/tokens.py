"""Tokens as people handle them: seen, tested for real, made in software for trying out, and their keys adopted."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from signet.errors import (
    ModuleError,
    SecretMissing,
    TokenOperationFailed,
    UsageError,
    VaultExists,
)
from signet.secret import Secret
from signet.services.opening import header_of
from signet.services.opening_key import best_trial
from signet.services.prompt import SecretKind, SecretRequest
from signet.services.token_login import Login, logged_in
from signet.services.token_words import ADVICE
from signet.services.workplace import Workplace
from signet.tokens.hub import fingerprint
from signet.tokens.model import Mechanism, Token, TokenKey
from signet.tokens.software import PIN_LENGTHS
from signet.tokens.trial import Trial, prove_signing, try_schemes

FOR_TRYING_OUT = "(for trying out)"
"""Stands in the label of every software token, so that none is mistaken for a card."""
SOFTWARE_LABEL = "Signet"
MAX_LABEL_BYTES = 32  # PKCS#11 v3.0, 3.2: CK_TOKEN_INFO.label


@dataclass(frozen=True)
class KeyReport:
    """A key as it was tried: every scheme that fits its kind, and whether it signs; None if it was not tried."""

    key: TokenKey
    fingerprint: str
    trials: tuple[Trial, ...] = ()
    signs: bool | None = None

    @property
    def best(self) -> Trial | None:
        """The scheme by which it would open a vault; None if it cannot."""
        found = best_trial((self.key, trial) for trial in self.trials)
        return None if found is None else found[1]

    @property
    def unlocks(self) -> bool:
        """Whether it could open a vault: at least one scheme worked, and it is not too short."""
        return self.best is not None


@dataclass(frozen=True)
class Step:
    """One link of the chain from the card's software to a signature: its name, whether it holds, what was seen.

    ``advice`` is what to do where it does not hold.
    """

    name: str
    worked: bool
    seen: str

    @property
    def advice(self) -> str:
        """What to do about it; empty if it holds."""
        return "" if self.worked else ADVICE[self.name]


@dataclass(frozen=True)
class TokenReport:
    """What a test of a token found, link by link; keys in the token's own order.

    ``mechanisms`` are what its module says it computes; the keys' trials are what it does.
    """

    token: Token
    steps: tuple[Step, ...]
    keys: tuple[KeyReport, ...]
    mechanisms: tuple[Mechanism, ...] = ()

    @property
    def stopped(self) -> Step | None:
        """The first link that does not hold; None if all do."""
        return next((step for step in self.steps if not step.worked), None)

    @property
    def brought(self) -> tuple[TokenKey, ...]:
        """The keys that were not made on the card: whoever brought them there may have kept a copy."""
        return tuple(report.key for report in self.keys if report.key.on_token is False)


def list_tokens(workplace: Workplace) -> tuple[Token, ...]:
    """Return the tokens that are present, each once; raise ModuleError if the only module fails."""
    return workplace.hub.tokens()


def token_keys(workplace: Workplace, name: str) -> tuple[TokenKey, ...]:
    """Return the keys of a token whose public half can be read without a PIN.

    ``name`` is a label, a serial number or the beginning of a key's SHA-256. Raises TokenNotFound, NameAmbiguous.
    """
    hub = workplace.hub
    return hub.keys(hub.find(name))


def token_keys_after_login(workplace: Workplace, name: str) -> tuple[TokenKey, ...]:
    """Return the keys of a token with what only a login shows; the token's PIN comes from the prompt.

    Raises TokenNotFound, NameAmbiguous, SecretMissing, PinError.
    """
    with logged_in(workplace, workplace.hub.find(name), kind=SecretKind.PIN) as login:
        return login.keys()


def test_token(workplace: Workplace, name: str) -> TokenReport:
    """Try a token for real: find it, read it, log in, open with every scheme of every key, sign with every key.

    Without a PIN the test ends before the login, and says so. Raises TokenNotFound, NameAmbiguous, ModuleError,
    PinError (one try, never a second).
    """
    hub = workplace.hub
    token = hub.find(name)
    readable, mechanisms = hub.keys(token), hub.mechanisms(token)
    steps = [
        Step("module", True, f"the card software {token.module} works"),
        Step("card", token.initialised, f"“{token.label}”, {token.model}, serial number {token.serial}"),
        Step("public keys", bool(readable), f"{len(readable)} can be read without a PIN"),
    ]
    try:
        with logged_in(workplace, token, kind=SecretKind.PIN) as login:
            steps.append(Step("PIN", True, "the card took it"))
            found = login.keys()
            keys = tuple(try_key(login, key) for key in found)
    except SecretMissing:
        steps.append(Step("PIN", False, "none was given, so the private keys were not tried"))
        untried = tuple(KeyReport(key, fingerprint(key.public_key)) for key in readable)
        return TokenReport(token, tuple(steps), untried, mechanisms)
    known = {key.public_key for key in readable}
    return TokenReport(token, (*steps, _unlocking(keys, known), _signing(keys)), keys, mechanisms)


def try_key(login: Login, key: TokenKey) -> KeyReport:
    """Try what a key does: open by every scheme, sign. Raises only when the token is gone, or its PIN is refused."""
    return KeyReport(
        key,
        fingerprint(key.public_key),
        trials=try_schemes(login.session, key),
        signs=key.can_sign and _signs(login, key),
    )


def _signs(login: Login, key: TokenKey) -> bool:
    """Whether it signed this time: for a report, a try that failed is an answer too."""
    try:
        return prove_signing(login.session, key, pin=login.pin_for(key))
    except TokenOperationFailed:
        return False


def _unlocking(keys: tuple[KeyReport, ...], readable: set[bytes]) -> Step:
    """Whether a key could open a vault: it has to work, and to be recognised before the PIN is given."""
    tried = [(report.key, trial) for report in keys for trial in report.trials]
    best = best_trial((key, trial) for key, trial in tried if key.public_key in readable)
    if best is not None:
        key, worked = best
        return Step("unlocking", True, f"the key {_named(key)} can open a vault, by {worked.scheme}")
    if best_trial(tried) is not None:
        return Step("unlocking", False, "the public key of the key that could open a vault is hidden before login")
    return Step("unlocking", False, "no key on it can open what was closed to it")


def _signing(keys: tuple[KeyReport, ...]) -> Step:
    able = [report for report in keys if report.signs]
    if able:
        return Step("signing", True, f"the key {_named(able[0].key)} signs")
    return Step("signing", False, "no key on it signs, so it cannot vouch for a vault")


def _named(key: TokenKey) -> str:
    return f"“{key.label}” ({key.id.hex()})" if key.label else key.id.hex()


def init_software(workplace: Workplace, label: str | None = None) -> Token:
    """Make a software token with an unlocking and a signing key; its PIN comes from the prompt.

    Its label is unique and always says that it is for trying out. Raises ModuleNotFound without SoftHSM, UsageError
    for a label too long or taken, PinLengthInvalid.
    """
    chosen = _software_label(label, _labels(workplace))
    shortest, longest = PIN_LENGTHS
    rule = f"You choose it now: {shortest} to {longest} characters, for instance six digits."
    request = SecretRequest(kind=SecretKind.PIN, what=f"PIN of “{chosen}”", rule=rule)
    with workplace.prompt.secret(request) as pin, Secret(secrets.token_hex(16).encode()) as so_pin:
        made = workplace.software_tokens.create(chosen, pin, so_pin)
    for token in workplace.refresh_tokens().tokens():
        if token.serial == made.serial and token.module == made.module:
            return token
    return made


def discard_software(workplace: Workplace, token: Token) -> None:
    """Take back a software token that `init_software` made, for instance when no vault came of it."""
    workplace.close()  # SoftHSM must not hold what is removed; the hub starts anew when it is next needed
    workplace.software_tokens.discard(token)


def discard_unused_software(workplace: Workplace, token: Token, vault_path: str) -> None:
    """Take a software token back, unless a way in of the vault needs it, whatever was told of adding it.

    It stays too where that cannot be seen: what reading the header or the token raises, this raises.
    """
    needed = {method.public_key for method in header_of(vault_path).methods}
    on_it = {key.public_key for key in workplace.hub.keys(token)}
    if on_it and not on_it & needed:
        discard_software(workplace, token)


@contextmanager
def software_token_for(workplace: Workplace, vault_path: str) -> Iterator[Token]:
    """Make a software token for the vault that is made inside; take it back if no vault stands there in the end.

    Raises as `init_software`, and VaultExists if something stands there before.
    """
    if os.path.lexists(vault_path):
        raise VaultExists(path=vault_path)
    token = init_software(workplace)
    try:
        yield token
    finally:
        if not os.path.lexists(vault_path):
            discard_software(workplace, token)


def _labels(workplace: Workplace) -> set[str]:
    try:
        return {token.label for token in workplace.hub.tokens()}
    except ModuleError:
        # A module that does not start shows no token; if it is SoftHSM itself, making the token says so.
        return set()


def _software_label(wanted: str | None, taken: set[str]) -> str:
    base = (wanted or SOFTWARE_LABEL).removesuffix(FOR_TRYING_OUT).strip()
    label = f"{base} {FOR_TRYING_OUT}"
    if wanted is None:
        number = 1
        while label in taken:
            number += 1
            label = f"{base} {number} {FOR_TRYING_OUT}"
    if label in taken:
        raise UsageError(reason=f"There is a card with the name “{label}” already.")
    if len(label.encode("utf-8")) > MAX_LABEL_BYTES:
        room = MAX_LABEL_BYTES - len(FOR_TRYING_OUT) - 1
        raise UsageError(reason=f"“{base}” is too long: the name of a software token has at most {room} bytes.")
    return label
