"""The key handle seam: what can sign, whether in software or on a token."""

from __future__ import annotations

from typing import Protocol

from signet.keys.spec import SigningAlgorithm


class SigningKey(Protocol):
    """A private key that signs; where it lives is its own affair.

    Implemented by `signet.crypto.software.SoftwareSigningKey` and `signet.tokens.signing.TokenSigningKey`.
    """

    @property
    def public_key(self) -> bytes:
        """The public key, DER SubjectPublicKeyInfo (RFC 5280, 4.1)."""

    def sign(self, message: bytes, algorithm: SigningAlgorithm) -> bytes:
        """Sign ``message`` (hashed inside, as the algorithm says).

        Returns ECDSA as DER (RFC 3279, 2.2.3), RSA as the modulus-sized number, Ed25519 as 64 bytes (RFC 8032).
        Raises TokenError where the key lives on a token, UsageError if the algorithm does not fit the key.
        """

    def sign_prepared(self, prepared: bytes, algorithm: SigningAlgorithm) -> bytes:
        """Sign what `signet.crypto.signatures.Prepared` made of a message; shapes and errors as `sign`."""
