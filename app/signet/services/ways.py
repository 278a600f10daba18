"""Ways in, presented: a secret at hand that opens, attests and vouches for a vault (DESIGN.md, section 3).

A presenter holds one way in usable for as long as something has to be proven with it: opening, trying a candidate
header, attesting. `close` wipes the secret or logs the token out.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Protocol

from signet.crypto import typed
from signet.crypto.wrapping import Exchange, unwrap_master_key
from signet.documents import sshsig
from signet.errors import (
    AttestationInvalid,
    AttestationMissing,
    FormatUnrecognised,
    SecretIncorrect,
    SignatureInvalid,
    TokenKeyNotFound,
    TokenOperationFailed,
)
from signet.formats import sshkey
from signet.formats.header import MethodKind, Scheme, UnlockMethod, VaultHeader
from signet.secret import Secret
from signet.tokens import trial
from signet.tokens.model import Scheme as TokenScheme
from signet.tokens.model import TokenKey
from signet.tokens.session import TokenSession
from signet.tokens.signing import TokenSigningKey

NAMESPACE = "vault@signet"


class Presenter(Protocol):
    """One way in with its secret at hand. Implemented by `TypedPresenter` and `TokenPresenter`."""

    def open(self, method: UnlockMethod, header: VaultHeader) -> Secret:
        """Unwrap the master key; raise SecretIncorrect or a TokenError."""

    def exchange(self, method: UnlockMethod, header: VaultHeader) -> Exchange:
        """The private operation alone, for what else is wrapped to this way in: the guard keys of guarded keys."""

    def attest(self, method: UnlockMethod, header: VaultHeader) -> bytes:
        """Say that ``header``'s vault and identity are the way in's own; empty if this token cannot sign.

        Raises a TokenError if signing merely failed: then nothing is known.
        """

    def vouches(self, method: UnlockMethod, header: VaultHeader) -> bool:
        """Check the stored attestation: True if it holds, False if this token cannot attest at all.

        Raises AttestationMissing where there should be one, AttestationInvalid where it does not hold, a TokenError
        where a try that failed leaves it open.
        """

    def close(self) -> None:
        """Wipe the secret, or log the token out."""


class TypedPresenter:
    """A passphrase, recovery code or set of shares, as the secret derived from it."""

    def __init__(self, secret: Secret, *, what: str) -> None:
        self._secret = secret
        self._what = what

    def open(self, method: UnlockMethod, header: VaultHeader) -> Secret:
        """Unwrap the master key with the secret's X25519 key; raise SecretIncorrect."""
        return unwrap_master_key(
            method, vault_id=header.vault_id, salt=header.salt, exchange=self.exchange(method, header)
        )

    def exchange(self, method: UnlockMethod, header: VaultHeader) -> Exchange:
        """X25519 with the secret's key; raises SecretIncorrect if the secret is another's."""
        return lambda sent: typed.exchange(self._secret, method, header.salt, sent, what=self._what)

    def attest(self, method: UnlockMethod, header: VaultHeader) -> bytes:
        """HMAC under the secret over vault, way in and identity."""
        message = method.attested_message(header.vault_id, header.identity)
        return typed.attest(self._secret, header.salt, message)

    def vouches(self, method: UnlockMethod, header: VaultHeader) -> bool:
        """Check the HMAC; a typed secret can always attest. Raises SecretIncorrect if the secret is another's."""
        if not hmac.compare_digest(typed.public_key_of(self._secret, header.salt), method.public_key):
            raise SecretIncorrect(what=self._what)
        if not method.attestation:
            raise AttestationMissing(method=method.label)
        if not hmac.compare_digest(self.attest(method, header), method.attestation):
            raise AttestationInvalid(method=method.label)
        return True

    def close(self) -> None:
        """Wipe the secret."""
        self._secret.wipe()


class TokenPresenter:
    """A logged-in token with the unlocking key on it.

    The PIN is kept only for keys that want it with every signature, and only after it has succeeded.
    """

    def __init__(self, session: TokenSession, public_key: bytes, pin: Secret) -> None:
        self.login = session
        self._pin = pin
        self._keys: tuple[TokenKey, ...] = session.keys()
        self.key = self._find(public_key)

    def open(self, method: UnlockMethod, header: VaultHeader) -> Secret:
        """Unwrap the master key by the private operation on the token; raise SecretIncorrect or TokenError."""
        return unwrap_master_key(
            method, vault_id=header.vault_id, salt=header.salt, exchange=self.exchange(method, header)
        )

    def exchange(self, method: UnlockMethod, header: VaultHeader) -> Exchange:  # noqa: ARG002 - a typed secret needs it
        """ECDH or RSA decryption on the token; raises TokenError."""
        return lambda sent: self._exchange(method, sent)

    def attest(self, method: UnlockMethod, header: VaultHeader) -> bytes:
        """SSHSIG by a signing key on the same token; empty if there is none that proves itself."""
        key = self._first_proven(self._signing_keys())
        if key is None:
            return b""
        message = method.attested_message(header.vault_id, header.identity)
        return sshsig.sign_message(message, self._handle(key), namespace=NAMESPACE)

    def vouches(self, method: UnlockMethod, header: VaultHeader) -> bool:
        """Check the SSHSIG against a signing key read from this token that signs a fresh challenge."""
        able = self._signing_keys()
        if not method.attestation:
            if self._first_proven(able) is not None:
                raise AttestationMissing(method=method.label)
            return False
        message = method.attested_message(header.vault_id, header.identity)
        try:
            found = sshsig.verify_message(message, method.attestation, namespace=NAMESPACE)
        except (SignatureInvalid, FormatUnrecognised) as error:
            raise AttestationInvalid(method=method.label) from error
        if not any(key.public_key == found.public_key and self._proves(key) for key in able):
            raise AttestationInvalid(method=method.label)
        return True

    def signer(self, public_key: bytes) -> TokenSigningKey | None:
        """The signing key with this public key, if it signs within this login.

        None if it is not there, or wants the PIN at every signature and a reader's keypad would ask for it.
        """
        for key in self._signing_keys():
            if hmac.compare_digest(key.public_key, public_key):
                return self._handle(key) if len(self._pin) or not key.always_authenticate else None
        return None

    def beside(self, public_key: bytes) -> TokenPresenter:
        """Another way in on the same card, by the same login: a second one would end the first.

        Raises TokenKeyNotFound.
        """
        return SharedPresenter(self.login, public_key, self._pin.copy())

    def close(self) -> None:
        """Log out and wipe the PIN, which goes whatever becomes of the token."""
        try:
            self.login.close()
        finally:
            self._pin.wipe()

    def _exchange(self, method: UnlockMethod, sent: bytes) -> Secret | None:
        if method.scheme is Scheme.ECDH_X:
            return self.login.agree(self.key, sent)
        raw = method.scheme is Scheme.RSA_OAEP_SHA256 and method.parameter("operation") == "raw"
        return self.login.decrypt(self.key, sent, scheme=TokenScheme(method.scheme.value), raw=raw)

    def _find(self, public_key: bytes) -> TokenKey:
        for key in self._keys:
            if hmac.compare_digest(key.public_key, public_key):
                return key
        raise TokenKeyNotFound(key="the vault's unlocking key")

    def _signing_keys(self) -> Sequence[TokenKey]:
        """Keys that could attest: other keys before the unlocking key, such without a PIN each time first."""
        able = [key for key in self._keys if key.can_sign and key.private_seen and _known_to_ssh(key)]
        return sorted(able, key=lambda key: (key.id == self.key.id, key.always_authenticate, key.id))

    def _first_proven(self, keys: Sequence[TokenKey]) -> TokenKey | None:
        """Return the first that proves itself, None if none can; a try that failed is raised if none after it did."""
        failure: TokenOperationFailed | None = None
        for key in keys:
            try:
                if self._proves(key):
                    return key
            except TokenOperationFailed as error:
                failure = failure or error
        if failure is not None:
            raise failure
        return None

    def _proves(self, key: TokenKey) -> bool:
        return trial.prove_signing(self.login, key, pin=self._pin_for(key))

    def _handle(self, key: TokenKey) -> TokenSigningKey:
        return TokenSigningKey(self.login, key, pin=self._pin_for(key))

    def _pin_for(self, key: TokenKey) -> Secret | None:
        return self._pin if key.always_authenticate else None


class SharedPresenter(TokenPresenter):
    """A card that somebody else is logged in to, who logs out."""

    def close(self) -> None:
        """Wipe the PIN and leave the login."""
        self._pin.wipe()


def _known_to_ssh(key: TokenKey) -> bool:
    """Whether SSHSIG has a form for this key; RSA below 2048 bits and other curves cannot attest."""
    try:
        sshkey.from_spki(key.public_key)
    except FormatUnrecognised:
        return False
    return True


def describe(method: UnlockMethod) -> str:
    """What people call the secret of a way in: ``PIN of “Nitrokey”``, ``passphrase``, ``recovery code``."""
    if method.kind is MethodKind.TOKEN:
        return f"PIN of “{method.label}”"
    return {
        MethodKind.PASSPHRASE: "passphrase",
        MethodKind.RECOVERY_CODE: "recovery code",
        MethodKind.RECOVERY_SHARES: "recovery shares",
    }[method.kind]
