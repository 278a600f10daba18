"""A key on a token as a signing key, behind the seam of `signet.keys.handle`."""

from __future__ import annotations

from signet.keys.spec import SigningAlgorithm
from signet.secret import Secret
from signet.tokens.model import TokenKey
from signet.tokens.session import TokenSession


class TokenSigningKey:
    """Signs with a key of a token that is logged in; implements `signet.keys.handle.SigningKey`.

    ``pin`` is kept by reference for keys that want it at every signature; whoever gave it wipes it.
    """

    def __init__(self, session: TokenSession, key: TokenKey, *, pin: Secret | None = None) -> None:
        self._session = session
        self._key = key
        self._pin = pin

    @property
    def public_key(self) -> bytes:
        """The public key, DER SubjectPublicKeyInfo (RFC 5280, 4.1), as read from the token."""
        return self._key.public_key

    def sign(self, message: bytes, algorithm: SigningAlgorithm) -> bytes:
        """Sign ``message`` on the token; see `TokenSession.sign` for shapes and errors."""
        return self._session.sign(self._key, message, algorithm, pin=self._pin)

    def sign_prepared(self, prepared: bytes, algorithm: SigningAlgorithm) -> bytes:
        """Sign a digest, or for Ed25519 a message, on the token."""
        return self._session.sign_prepared(self._key, prepared, algorithm, pin=self._pin)
