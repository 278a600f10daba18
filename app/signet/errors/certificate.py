"""Certificates of keys."""

from __future__ import annotations

from signet.errors.base import SignetError


class CertificateProblem(SignetError):
    """Something about a certificate that belongs, or was to belong, to a key of the vault."""

    title = "That cannot be done with this certificate"
    sentence = "That could not be done with this certificate."
    next_step = "See `signet certificate KEY` for the certificates of a key."


class CertificateNotFound(CertificateProblem):
    """The key has no certificate with that fingerprint, or several that begin so."""

    key: str
    fingerprint: str
    title = "No such certificate"
    sentence = "“{key}” has no certificate, or more than one, with the fingerprint {fingerprint}."
    next_step = "See `signet certificate {key}` for its certificates and their fingerprints."


class NoSigningCertificate(CertificateProblem):
    """The key has no certificate that a document could be signed with now."""

    key: str
    reason: str
    title = "There is no certificate to sign with"
    sentence = "“{key}” cannot sign this document: {reason}."
    next_step = (
        "Make a certificate with `signet certificate {key} --self-signed --subject NAME`, or import the one that you "
        "were given with `signet certificate {key} --import FILE`."
    )


class CertificateUnusable(CertificateProblem):
    """The certificate that was chosen cannot be signed with: its dates, or what it says its key is for."""

    certificate: str
    reason: str
    title = "This certificate cannot be signed with"
    sentence = "The certificate “{certificate}” cannot be used for signing: {reason}."
    next_step = "Choose another certificate of the key, or make or import a new one."


class CertificateForOtherKey(CertificateProblem):
    """What was to become a key's certificate is over another public key."""

    key: str
    subject: str
    fits: str
    title = "That certificate is for another key"
    sentence = "The certificate of “{subject}” is not for the key “{key}”{fits}."
    next_step = "Choose the key that it was requested for, or ask its issuer for one over the public key of “{key}”."


class CertificateKindRefused(CertificateProblem):
    """Certificates are not made for keys of this kind, or signed in this way."""

    key: str
    reason: str
    title = "No certificate can be made for this key"
    sentence = "No certificate is made for “{key}”: {reason}."
    next_step = (
        "Use a key for signing of the kind ECC_NIST_P256 or RSA_3072; `signet key create NAME --spec ECC_NIST_P256` "
        "makes one."
    )


class TooManyCertificates(CertificateProblem):
    """A key keeps only so many certificates."""

    key: str
    most: int
    title = "The key has enough certificates"
    sentence = "“{key}” has {most} certificates, and more are not kept."
    next_step = "Remove those that have ended with `signet certificate {key} --remove FINGERPRINT`."


class NoCertificate(CertificateProblem):
    """A file that was to bring a certificate holds something else, which is recognised."""

    found: str
    title = "There is no certificate in it"
    sentence = "This is {found}, and no certificate."
    next_step = "Choose the file that came from the issuer."
