"""Signing with certificates: what key or certificate are not good for."""

from __future__ import annotations

from signet.errors.key import KeyProblem
from signet.errors.storage import StorageError


class CertificateOfAnother(KeyProblem):
    """A certificate that was to go with a signature is over another public key."""

    holder: str
    title = "The certificate belongs to another key"
    sentence = "The certificate of “{holder}” is not over the key that signs, so nobody could verify the signature."
    next_step = "Choose a certificate of this key, or the key that the certificate is for."


class KeyUnsuited(KeyProblem):
    """A kind of key that no signature of this form is made with."""

    kind: str
    title = "This kind of key does not sign so"
    sentence = "A key of the kind {kind} makes no such signature: other programs could not verify it."
    next_step = "Take a key of the kind ECC_NIST_P256, ECC_NIST_P384 or RSA, or sign with --format ssh."


class DocumentUnsignable(StorageError):
    """A document that cannot be signed."""

    reason: str
    title = "This document cannot be signed"
    sentence = "{path} was not signed: {reason}."
    next_step = "Print it into a new PDF and sign that, or sign it as any file, beside it, with --format cms or ssh."


class SigningWishUnfit(DocumentUnsignable):
    """A document that can be signed, but not with the stamp, field or certification that was wished."""

    title = "The document cannot be signed in that way"
    sentence = "{path} was not signed, as what was wished for does not fit it: {reason}."
    next_step = "Choose another place, field or certification, or leave it out."


class DocumentNotExtended(StorageError):
    """A signed document whose proof cannot be made to last."""

    reason: str
    title = "This document cannot be extended"
    sentence = "{path} was not extended: {reason}."
    next_step = "Look at it with `signet verify {path}`; if its time is over, have it signed anew."
