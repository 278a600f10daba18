"""CMS signatures that stand apart from what they sign (RFC 5652), as CAdES (ETSI EN 319 122-1) and PAdES want them.

The parent builds them, over digests that it computed itself: nothing of anybody else's is parsed here but the
certificates. Rules: what the key returns is verified with the certificate's public key before it leaves; the chain
goes along, without the root unless it is asked for; P-256 with SHA-256, P-384 with SHA-384, RSA from 2048 bits. Other
keys are refused: Debian's gpgsm, pdfsig and OpenSSL 3.0 read no CMS of Ed25519.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import load_der_public_key

from signet.errors import CertificateOfAnother, FormatUnrecognised, KeyUnsuited, SignatureInvalid, UsageError
from signet.keys.handle import SigningKey
from signet.keys.spec import SigningAlgorithm

if TYPE_CHECKING:
    from asn1crypto import cms

Public: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
Stamping: TypeAlias = Callable[[bytes, str], bytes]
"""Gets a digest and its algorithm ("sha256"), returns the time stamp over it: a TimeStampToken in DER (RFC 3161)."""

MAX_TIMESTAMP = 16 * 1024
"""Bytes of a time stamp; those of public services have 4 to 8 KiB, with their certificates."""
MIN_RSA_BITS = 2048
"""SP 800-131A Rev. 2, table 2."""
_LAST_UTC_TIME = 2049  # RFC 5652, 11.3: dates from 2050 on are GeneralizedTime
_FIXED = 1024  # bytes of a CMS besides certificates, names, signature and time stamp; some 350 are needed
_LONGEST_SIGNATURE = 1024  # bytes: RSA with 8192 bits
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_CURVES = {"secp256r1": "sha256", "secp384r1": "sha384"}


def usual_digest(public_key: bytes) -> str:
    """Name the hash that a key signs with (``sha256``), and that what is signed is hashed with.

    ``public_key`` is DER SubjectPublicKeyInfo. Raises KeyUnsuited.
    """
    public = _public(public_key)
    return "sha256" if isinstance(public, rsa.RSAPublicKey) else _CURVES[public.curve.name]


def build_cms(
    digest: bytes,
    *,
    key: SigningKey,
    chain: Sequence[bytes],
    digest_algorithm: str,
    signing_time: datetime | None,
    pades: bool = False,
    pss: bool = False,
    with_root: bool = False,
    timestamper: Stamping | None = None,
) -> bytes:
    """Return a ContentInfo in DER: a detached SignedData over content whose ``digest`` was computed by the caller.

    ``chain`` are certificates in DER, the signer's first. ``digest_algorithm`` is "sha256", "sha384" or "sha512"; on
    a curve only `usual_digest`. ``signing_time`` is written as a signed attribute, which with ``pades`` it must not
    be (EN 319 142-1, 6.3: a PDF has it in its dictionary). ``pss`` signs with RSA-PSS. ``timestamper`` is given the
    digest of the signature.

    Raises CertificateOfAnother if the first certificate is not over the key, KeyUnsuited, UsageError for what does
    not fit the key, SignatureInvalid if what came back does not verify (a defective card), FormatUnrecognised for
    what is no certificate, and what key and timestamper raise.
    """
    from asn1crypto import cms

    public = _public(key.public_key)
    algorithm = _algorithm(public, digest_algorithm, pss=pss)
    if len(digest) != _HASHES[digest_algorithm].digest_size:
        raise ValueError("the digest has not the length of its algorithm")
    _belongs(chain, public)
    attributes = _signed_attributes(chain[0], digest, None if pades else signing_time)
    prepared = hashlib.new(digest_algorithm, attributes.dump()).digest()
    signature = key.sign_prepared(prepared, algorithm)
    _verify(public, prepared, signature, digest_algorithm, pss=pss)
    signer = {
        "version": "v1",
        "sid": _identifier(chain[0]),
        "digest_algorithm": {"algorithm": digest_algorithm},
        "signed_attrs": attributes,
        "signature_algorithm": _signature_algorithm(public, digest_algorithm, pss=pss),
        "signature": signature,
    }
    if timestamper is not None:
        stamp = timestamper(hashlib.new(digest_algorithm, signature).digest(), digest_algorithm)
        signer["unsigned_attrs"] = _unsigned_attributes(stamp)
    signed = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [{"algorithm": digest_algorithm}],
            "encap_content_info": {"content_type": "data"},
            "certificates": [_certificate(each) for each in _embedded(chain, with_root=with_root)],
            "signer_infos": [signer],
        }
    )
    whole: bytes = cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump()
    return whole


def cms_size(chain: Sequence[bytes], *, stamped: bool = False, with_root: bool = False) -> int:
    """Return how many bytes what `build_cms` makes has at most, with a time stamp (``stamped``) or without one."""
    embedded = sum(map(len, _embedded(chain, with_root=with_root)))
    # The issuer's name is in the certificate, and twice outside of it.
    return embedded + 2 * len(chain[0]) + _FIXED + _LONGEST_SIGNATURE + (MAX_TIMESTAMP if stamped else 0)


def _public(public_key: bytes) -> Public:
    """Load a key that signs CMS; raise KeyUnsuited for any other."""
    try:
        public = load_der_public_key(public_key)
    except (ValueError, UnsupportedAlgorithm):
        raise FormatUnrecognised(what="a public key") from None
    if isinstance(public, rsa.RSAPublicKey):
        if public.key_size >= MIN_RSA_BITS:
            return public
        raise KeyUnsuited(kind=f"RSA_{public.key_size}")
    if isinstance(public, ec.EllipticCurvePublicKey):
        if public.curve.name in _CURVES:
            return public
        raise KeyUnsuited(kind=public.curve.name)
    raise KeyUnsuited(kind=type(public).__name__.removesuffix("PublicKey"))


def _algorithm(public: Public, digest_algorithm: str, *, pss: bool) -> SigningAlgorithm:
    if digest_algorithm not in _HASHES:
        raise UsageError(reason=f"Nothing is signed with {digest_algorithm}.")
    bits = digest_algorithm.removeprefix("sha")
    if isinstance(public, rsa.RSAPublicKey):
        return SigningAlgorithm(f"RSASSA_{'PSS' if pss else 'PKCS1_V1_5'}_SHA_{bits}")
    if pss:
        raise UsageError(reason="PSS is a way to sign of RSA keys, and this key is none.")
    if digest_algorithm != _CURVES[public.curve.name]:
        raise UsageError(reason=f"A key on {public.curve.name} signs with {_CURVES[public.curve.name]}.")
    return SigningAlgorithm(f"ECDSA_SHA_{bits}")


def _belongs(chain: Sequence[bytes], public: Public) -> None:
    """Raise CertificateOfAnother unless the first certificate is over the key that signs."""
    try:
        certificate = x509.load_der_x509_certificate(chain[0])
        over = certificate.public_key()
    except (IndexError, ValueError, TypeError, UnsupportedAlgorithm):
        raise FormatUnrecognised(what="a certificate") from None
    if over != public:
        raise CertificateOfAnother(holder=certificate.subject.rfc4514_string())


def _embedded(chain: Sequence[bytes], *, with_root: bool) -> list[bytes]:
    """The certificates that go along: each once, the signer's always, and no other that issued itself."""
    kept = dict.fromkeys(chain)
    return [each for each in kept if each == chain[0] or with_root or not _issued_itself(each)]


def _issued_itself(der: bytes) -> bool:
    certificate = _certificate(der)
    return bool(certificate.issuer.dump() == certificate.subject.dump())


def _certificate(der: bytes) -> Any:
    from asn1crypto import x509 as structures

    try:
        certificate = structures.Certificate.load(der, strict=True)
        certificate.native  # noqa: B018 - asn1crypto parses what it is asked for, and only then
    except (ValueError, TypeError):
        raise FormatUnrecognised(what="a certificate") from None
    return certificate


def _identifier(der: bytes) -> cms.SignerIdentifier:
    from asn1crypto import cms

    certificate = _certificate(der)
    named = cms.IssuerAndSerialNumber({"issuer": certificate.issuer, "serial_number": certificate.serial_number})
    return cms.SignerIdentifier(name="issuer_and_serial_number", value=named)


def _signed_attributes(der: bytes, digest: bytes, signing_time: datetime | None) -> cms.CMSAttributes:
    """What is signed in place of the content (RFC 5652, 11; RFC 5035, 3): its type and digest, which certificate."""
    from asn1crypto import cms, core, tsp
    from asn1crypto import x509 as structures

    certificate = _certificate(der)
    issuer = structures.GeneralName(name="directory_name", value=certificate.issuer)
    reference = tsp.ESSCertIDv2(
        {
            "cert_hash": hashlib.sha256(der).digest(),
            "issuer_serial": {"issuer": [issuer], "serial_number": certificate.serial_number},
        }
    )
    listed: list[tuple[str, object]] = [
        ("content_type", "data"),
        ("message_digest", digest),
        ("signing_certificate_v2", tsp.SigningCertificateV2({"certs": [reference]})),
    ]
    if signing_time is not None:
        moment = signing_time.astimezone(UTC).replace(microsecond=0)
        early = moment.year <= _LAST_UTC_TIME
        value = core.UTCTime(moment) if early else core.GeneralizedTime(moment)
        listed.append(("signing_time", cms.Time(name="utc_time" if early else "generalized_time", value=value)))
    return cms.CMSAttributes([cms.CMSAttribute({"type": kind, "values": [value]}) for kind, value in listed])


def _unsigned_attributes(stamp: bytes) -> cms.CMSAttributes:
    from asn1crypto import cms

    if len(stamp) > MAX_TIMESTAMP:
        raise FormatUnrecognised(what=f"a time stamp of at most {MAX_TIMESTAMP} bytes")
    try:
        token = cms.ContentInfo.load(stamp, strict=True)
    except (ValueError, TypeError):
        raise FormatUnrecognised(what="a time stamp") from None
    return cms.CMSAttributes([cms.CMSAttribute({"type": "signature_time_stamp_token", "values": [token]})])


def _signature_algorithm(public: Public, digest_algorithm: str, *, pss: bool) -> dict[str, object]:
    if not isinstance(public, rsa.RSAPublicKey):
        return {"algorithm": f"{digest_algorithm}_ecdsa"}
    if not pss:
        return {"algorithm": f"{digest_algorithm}_rsa"}
    parameters = {  # RFC 4056, 3; the salt is as long as the digest, as everywhere in Signet
        "hash_algorithm": {"algorithm": digest_algorithm},
        "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": digest_algorithm}},
        "salt_length": _HASHES[digest_algorithm].digest_size,
    }
    return {"algorithm": "rsassa_pss", "parameters": parameters}


def _verify(public: Public, prepared: bytes, signature: bytes, digest_algorithm: str, *, pss: bool) -> None:
    """A card can return rubbish, and a fault in a signature can leak the key: nothing unverified leaves."""
    hashing = _HASHES[digest_algorithm]
    try:
        if isinstance(public, rsa.RSAPublicKey):
            with_salt = padding.PSS(padding.MGF1(hashing), padding.PSS.DIGEST_LENGTH)
            public.verify(signature, prepared, with_salt if pss else padding.PKCS1v15(), utils.Prehashed(hashing))
        else:
            public.verify(signature, prepared, ec.ECDSA(utils.Prehashed(hashing)))
    except InvalidSignature:
        raise SignatureInvalid from None
