"""Certificates over keys of a vault, as an authority would issue them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key

from signet.services.keys import public_key
from signet.services.session import Session
from support import pki


def certificate_over(
    session: Session,
    key: str,
    common: str = "Mari Maasikas",
    *,
    begin: datetime = pki.BEGIN,
    end: datetime = pki.SIGNERS_END,
    usages: Sequence[str] | None = pki.SIGNS,
    authority: bool = False,
    extended: Sequence[x509.ObjectIdentifier] = (),
) -> bytes:
    """A certificate (DER) of the issuing authority over a key of the vault."""
    public = load_der_public_key(public_key(session, key))
    assert isinstance(public, ec.EllipticCurvePublicKey | rsa.RSAPublicKey)
    made = pki.certify(
        common, public, pki.issuing(), begin=begin, end=end, usages=usages, authority=authority, extended=extended
    )
    return made.public_bytes(Encoding.DER)
