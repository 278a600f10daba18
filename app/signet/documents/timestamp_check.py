"""A time stamp held against what was asked for (RFC 3161, 2.2 and 2.4.2; RFC 5816): in the document child only.

Checked are status, nonce, imprint, policy; that one signer signed the TSTInfo that is in it, with the certificate
that is in it and named by its signed attributes, which may stamp times and nothing else, and held when it did.
Whether that certificate leads to an issuer that somebody trusts is not a question of this module.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from asn1crypto import cms, core, tsp
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from signet.clock import timestamp

DIGESTS = ("sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512")
_MIN_RSA = 2048
_GRANTED = ("granted", "granted_with_mods")  # RFC 3161, 2.4.2
_SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12"  # RFC 2634, 5.4; by SHA-1, which only names the certificate here
_SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"  # RFC 5035, 3


class Unfit(Exception):
    """A token that is not used; ``reason`` is a clause."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Response(core.Sequence):  # type: ignore[misc]
    """TimeStampResp as RFC 3161, 2.4.2, has it: asn1crypto's own wants a token with a refusal too."""

    _fields = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]  # noqa: RUF012


def warm_up() -> None:
    """All that is needed was imported with this module; OpenSSL loads the rest with its first digest."""
    hashlib.new("sha3_256")


def check_timestamp(
    answer: bytes, digest: bytes, algorithm: str, nonce: int, policy: str = ""
) -> Mapping[str, object]:
    """Answer with the token of a TimeStampResp and what it says (see `signet.documents.timestamps.TimeStamp`).

    ``rejected`` if the service said no, ``refused`` if what it sent is not to be used: each with a clause.
    """
    try:
        response = _Response.load(answer, strict=True)
        status = response["status"]
        if status["status"].native not in _GRANTED:
            return {"rejected": _said_no(status)}
        return examined(response["time_stamp_token"].dump(), digest, algorithm, nonce=nonce, policy=policy)
    except Unfit as error:
        return {"refused": error.reason}
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return {"refused": "it is no time stamp"}  # asn1crypto says so of what is no ASN.1, or not this


def examined(
    token: bytes, digest: bytes, algorithm: str, *, nonce: int | None = None, policy: str = ""
) -> Mapping[str, object]:
    """Say what a token over this digest says; raise Unfit, ValueError, TypeError or KeyError if it is none.

    Without ``nonce`` whatever nonce there is will do: the token was asked for earlier.
    """
    content = cms.ContentInfo.load(token, strict=True)
    if content["content_type"].native != "signed_data":
        raise Unfit("it is no time stamp")
    signed = content["content"]
    if signed["encap_content_info"]["content_type"].native != "tst_info":
        raise Unfit("it is no time stamp")
    info = signed["encap_content_info"]["content"].parsed
    _check_info(info, digest, algorithm, nonce, policy)
    certificates = [each.chosen for each in signed["certificates"] or () if each.name == "certificate"]
    if len(signed["signer_infos"]) != 1:
        raise Unfit("not exactly one has signed it")
    signer = signed["signer_infos"][0]
    certificate = signers_certificate(signer, certificates)
    _check_attributes(signer, certificate, signed["encap_content_info"]["content"].contents)
    check_signature(signer, certificate)
    moment = info["gen_time"].native
    _check_certificate(certificate, moment)
    others = [each for each in certificates if each is not certificate]
    return {
        "token": token,
        "moment": timestamp(moment),
        "ends": timestamp(certificate.not_valid_after),
        "name": _name(certificate),
        "certificates": [each.dump() for each in (certificate, *others)],
    }


def _said_no(status: Any) -> str:
    """What the service gave as its reason; its own text is cut, and shown as text only."""
    texts = status["status_string"].native or []
    failures = sorted(status["fail_info"].native or ())
    said = ", ".join([*(str(text) for text in texts), *(failure.replace("_", " ") for failure in failures)])
    clean = "".join(character if character.isprintable() else " " for character in said)[:200].strip()
    return f"it says “{clean}”" if clean else f"its status is {status['status'].native}"


def _check_info(info: Any, digest: bytes, algorithm: str, nonce: int | None, policy: str) -> None:
    imprint = info["message_imprint"]
    if imprint["hash_algorithm"]["algorithm"].native != algorithm:
        raise Unfit("it stamps a digest by another algorithm than was asked for")
    if not hmac.compare_digest(imprint["hashed_message"].native, digest):
        raise Unfit("it stamps something else than was asked for")
    if nonce is not None and info["nonce"].native != nonce:
        raise Unfit("it is not the answer to this question, but an older one perhaps (another nonce)")
    if policy and info["policy"].dotted != policy:
        raise Unfit("it was made under another policy than was asked for")
    if not isinstance(info["gen_time"].native, datetime):
        raise Unfit("it says no time")


def signers_certificate(signer: Any, certificates: list[Any]) -> Any:
    """Return the certificate among those given that the signer is named by; raise Unfit if it is not there."""
    named = signer["sid"]
    for certificate in certificates:
        if named.name == "issuer_and_serial_number":
            issuer, serial = named.chosen["issuer"], named.chosen["serial_number"].native
            if certificate.issuer == issuer and certificate.serial_number == serial:
                return certificate
        elif certificate.key_identifier == named.chosen.native:
            return certificate
    raise Unfit("the certificate of who signed it is not in it")


def _check_attributes(signer: Any, certificate: Any, content: bytes) -> None:
    """The signed attributes are about this content and this certificate (RFC 5652, 5.3; RFC 5816)."""
    attributes: dict[str, Any] = {}
    for attribute in signer["signed_attrs"] or ():
        kind = attribute["type"].dotted
        if kind in attributes or len(attribute["values"]) != 1:
            raise Unfit("what was signed is not clear")
        attributes[kind] = attribute["values"][0]
    algorithm = signer["digest_algorithm"]["algorithm"].native
    if algorithm not in DIGESTS:
        raise Unfit(f"it is signed by a digest that does not count ({algorithm})")
    content_type = attributes.get("1.2.840.113549.1.9.3")
    stated = attributes.get("1.2.840.113549.1.9.4")
    if content_type is None or content_type.native != "tst_info" or stated is None:
        raise Unfit("what was signed is not clear")
    if not hmac.compare_digest(hashlib.new(algorithm, content).digest(), stated.native):
        raise Unfit("it was changed after it was signed")
    _check_named(attributes, certificate.dump())


def _check_named(attributes: Mapping[str, Any], certificate: bytes) -> None:
    newer, older = attributes.get(_SIGNING_CERTIFICATE_V2), attributes.get(_SIGNING_CERTIFICATE)
    if newer is not None:
        first = newer["certs"][0]
        name, stated = first["hash_algorithm"]["algorithm"].native, first["cert_hash"].native
        if name not in DIGESTS:
            raise Unfit(f"it names its certificate by a digest that does not count ({name})")
    elif older is not None:
        name, stated = "sha1", older["certs"][0]["cert_hash"].native
    else:
        raise Unfit("it does not say by which certificate it was signed")
    if not hmac.compare_digest(hashlib.new(name, certificate, usedforsecurity=False).digest(), stated):
        raise Unfit("it was signed by another certificate than it says")


def check_signature(signer: Any, certificate: Any) -> None:
    """Hold the signature of a SignerInfo against its signed attributes; raise Unfit."""
    try:
        key = load_der_public_key(certificate.public_key.dump())
        # The very bytes, under the tag that they were signed with (RFC 5652, 5.4).
        _verify(key, signer, b"\x31" + signer["signed_attrs"].dump()[1:])
    except InvalidSignature as error:
        raise Unfit("its signature is not valid") from error
    except UnsupportedAlgorithm as error:
        raise Unfit("its signature is of a kind that is not known here") from error


def _verify(key: object, signer: Any, message: bytes) -> None:
    """Check the signature; raise InvalidSignature, Unfit."""
    algorithm = signer["signature_algorithm"]
    kind = algorithm.signature_algo
    signature = signer["signature"].native
    if isinstance(key, ed25519.Ed25519PublicKey) and kind == "ed25519":
        key.verify(signature, message)
        return
    named = signer["digest_algorithm"]["algorithm"].native if _bare(algorithm) else algorithm.hash_algo
    if named not in DIGESTS:
        raise Unfit(f"it is signed by a digest that does not count ({named})")
    digest: hashes.HashAlgorithm = getattr(hashes, named.upper())()
    if isinstance(key, ec.EllipticCurvePublicKey) and kind == "ecdsa":
        key.verify(signature, message, ec.ECDSA(digest))
    elif isinstance(key, rsa.RSAPublicKey) and kind in ("rsassa_pkcs1v15", "rsassa_pss"):
        if key.key_size < _MIN_RSA:
            raise Unfit(f"it is signed by an RSA key of {key.key_size} bits, which does not count")
        pss = padding.PSS(padding.MGF1(digest), padding.PSS.AUTO)
        key.verify(signature, message, padding.PKCS1v15() if kind == "rsassa_pkcs1v15" else pss, digest)
    else:
        raise Unfit("its signature is of a kind that is not known here")


def _bare(algorithm: Any) -> bool:
    """Whether the signature algorithm says no digest of its own: rsaEncryption (RFC 3370, 3.2)."""
    return bool(algorithm["algorithm"].native == "rsassa_pkcs1v15")


def _check_certificate(certificate: Any, moment: datetime) -> None:
    """RFC 3161, 2.3: one extended key usage, time stamping, and critical."""
    usage = certificate.extended_key_usage_value
    critical = "extended_key_usage" in certificate.critical_extensions
    if usage is None or [each.native for each in usage] != ["time_stamping"] or not critical:
        raise Unfit("whoever signed it has no certificate for stamping times")
    if not certificate.not_valid_before <= moment.astimezone(UTC) <= certificate.not_valid_after:
        raise Unfit("the certificate of who signed it did not hold then")


def _name(certificate: Any) -> str:
    native = certificate.subject.native
    for part in ("common_name", "organization_name"):
        value = native.get(part)
        if value:
            return str(value[0] if isinstance(value, list) else value)
    return str(certificate.subject.human_friendly)
