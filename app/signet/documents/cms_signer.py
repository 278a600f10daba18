"""One signer of CMS (RFC 5652, 5.3; CAdES, ETSI EN 319 122-1), and one time stamp (RFC 3161), found out about.

Runs in the document child only. Whoever calls says what the digest of the signed content is; nothing here reads it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from asn1crypto import cms, core, tsp, x509
from pyhanko.sign.general import check_ess_certid
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import get_signing_cert_attr, validate_sig_integrity

from signet.clock import parse_timestamp, timestamp
from signet.documents.algorithm_policy import digest_name, key_name, weak_combination, weak_digest
from signet.documents.chains import Chain, Ground, Said, certificates_of, judge_chain, read_certificates
from signet.documents.facts import Anchors, SignatureFacts

DIGESTS = ("sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512", "sha1", "md5")
"""The digests that are computed at all; the last two only to say what became of the content, they never count."""
_SIGNING = {"rsassa_pkcs1v15": "RSA PKCS #1 v1.5", "rsassa_pss": "RSA-PSS", "ecdsa": "ECDSA"}
_EXCHANGED = "the certificate with it is not the one that was signed along"
_NOT_FOUND = "the certificate of its signer is not with it"
Digest = Callable[[str], bytes]
"""Gives the digest of what is signed under one of the names of `DIGESTS`."""


@dataclass(frozen=True)
class Stamp:
    """What became of one time stamp: its time, whose it is, whether it holds, why not (a clause), until when."""

    time: datetime | None
    stamper: str
    holds: bool
    note: str
    until: str
    facts: SignatureFacts


class Unreadable(Exception):
    """A signature that cannot be understood; ``reason`` is a clause."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def ground_of(anchors: Anchors) -> tuple[Ground, datetime]:
    """Parse what a check may rest on, and its moment."""
    moment = parse_timestamp(anchors.moment)
    return (
        Ground(
            roots=read_certificates(anchors.roots),
            others=read_certificates(anchors.others),
            crls=tuple(Said(der, moment, "given") for der in anchors.crls),
            ocsps=tuple(Said(der, moment, "given") for der in anchors.ocsps),
        ),
        moment,
    )


def read_signed_data(der: bytes) -> cms.SignedData:
    """Parse a CMS SignedData from its beginning; raise Unreadable."""
    try:
        outer = cms.ContentInfo.load(der)
        if outer["content_type"].native != "signed_data":
            raise Unreadable("it is no signature")
        signed = outer["content"]
        if not len(signed["signer_infos"]):
            raise Unreadable("it holds certificates and no signature")
    except (ValueError, TypeError, KeyError) as error:
        raise Unreadable("the signature is damaged") from error
    return signed


def signer_facts(
    signed: cms.SignedData,
    signer: cms.SignerInfo,
    digest: Digest,
    ground: Ground,
    *,
    at: datetime,
    content_type: str = "data",
    proven: bool = False,
) -> SignatureFacts:
    """Find out about one signer, ``at`` being the time up to which others have proven that the signature existed.

    Its own time stamp is looked at and, if it holds, decides at which time the chain is judged. ``proven`` says that
    ``at`` is such a proof, and not only the moment of the check.
    """
    facts, own, others = _integrity(signed, signer, digest, content_type)
    if own is None:
        return facts
    ground = replace(ground, others=(*ground.others, *others))
    stamps = [_stamp_of(token, signer, ground, at, proven=proven) for token in _tokens(signer)]
    holding = sorted((stamp for stamp in stamps if stamp.holds and stamp.time), key=lambda each: str(each.time))
    best = holding[0] if holding else None
    judged = best.time if best and best.time else at
    chain = judge_chain(own, ground, at=judged, proven=proven or best is not None)
    return replace(
        with_chain(facts, chain),
        claimed_time=_claimed(signer),
        proven_time=timestamp(judged) if best or proven else "",
        time_stamper=best.stamper if best else "",
        time_note="" if best or not stamps else stamps[0].note,
        provable_until=best.until if best else chain.ends,
        format=facts.format.replace("B-B", "B-T") if stamps else facts.format,
    )


def _integrity(
    signed: cms.SignedData, signer: cms.SignerInfo, digest: Digest, content_type: str
) -> tuple[SignatureFacts, x509.Certificate | None, tuple[x509.Certificate, ...]]:
    """What the numbers say, before anybody is trusted; the signer's certificate and the others beside it."""
    carried = certificates_of(signed)
    named = [each for each in carried if _is_named(each, signer)]
    own = next((each for each in named if _is_meant(each, signer)), None)
    name = str(signer["digest_algorithm"]["algorithm"].native)
    facts = SignatureFacts(digest_algorithm=digest_name(name), format=_format(signer))
    if own is None:
        found = replace(facts, fits=False, problem=_EXCHANGED) if named else replace(facts, problem=_NOT_FOUND)
        return found, None, carried
    facts = replace(
        facts,
        algorithm=_algorithm(signer, own),
        public_key=own.public_key.dump(),
        chain=(own.dump(),),
        weak=weak_combination(signer, own.public_key),
        claimed_time=_claimed(signer),
    )
    if isinstance(signer["signed_attrs"], core.Void) or not len(signer["signed_attrs"]):
        return replace(facts, problem="what it signs is not told apart from its own text"), None, carried
    if name not in DIGESTS:
        return replace(facts, problem=f"the digest {digest_name(name)} is not known here"), None, carried
    try:
        intact, fits = validate_sig_integrity(signer, own, content_type, digest(name))
    except SignatureValidationError:
        return replace(facts, fits=False, problem="what it says of itself does not agree"), None, carried
    except (ValueError, TypeError, KeyError, AssertionError, AttributeError, NotImplementedError):
        return replace(facts, problem=facts.weak or "its algorithm is not known here"), None, carried
    others = tuple(each for each in carried if each.dump() != own.dump())
    return replace(facts, intact=intact, fits=fits), own, others


def with_chain(facts: SignatureFacts, chain: Chain) -> SignatureFacts:
    """Take over what was found about a chain."""
    return replace(
        facts,
        chain=tuple(each.dump() for each in chain.certificates),
        anchored=chain.anchored,
        chain_problem=chain.problem,
        chain_note=chain.note,
        revocation=chain.revocation,
        revocation_source=chain.revocation_source,
        revoked_at=chain.revoked_at,
    )


def check_stamp(der: bytes, digest: Digest, ground: Ground, *, at: datetime, proven: bool = False) -> Stamp:
    """Find out about a time stamp over what has this digest; raise Unreadable if it is none."""
    signed = read_signed_data(der)
    content = signed["encap_content_info"]
    signers = list(signed["signer_infos"])
    if content["content_type"].native != "tst_info" or len(signers) != 1:
        raise Unreadable("it is no time stamp")
    whole = bytes(content["content"])
    info = tsp.TSTInfo.load(whole, strict=True)
    time = info["gen_time"].native
    imprint = info["message_imprint"]
    name = str(imprint["hash_algorithm"]["algorithm"].native)
    facts, own, others = _integrity(signed, signers[0], lambda md: _hashed(md, whole), "tst_info")
    right = name in DIGESTS and imprint["hashed_message"].native == digest(name)
    facts = replace(facts, kind="time-stamp", format="time stamp", weak=facts.weak or weak_digest(name))
    facts = replace(facts, intact=None if facts.intact is None else bool(facts.intact and right))
    if own is None:
        return Stamp(time, "", False, f"its time stamp could not be checked: {facts.problem}", "", facts)
    chain = judge_chain(
        own, replace(ground, others=(*ground.others, *others)), at=at, proven=proven, purpose="time-stamp"
    )
    facts = replace(with_chain(facts, chain), provable_until=chain.ends)
    note = _stamp_note(facts, time, at, proven=proven)
    if not note:
        facts = replace(facts, proven_time=timestamp(time), time_stamper=name_of(own))
    return Stamp(time, name_of(own), not note, note, chain.ends, facts)


def _stamp_note(facts: SignatureFacts, time: datetime, at: datetime, *, proven: bool) -> str:
    """Why a time stamp does not hold, as a clause; "" if it does."""
    if not facts.intact or not facts.fits:
        return "its time stamp is not one of this signature, or was changed"
    if facts.weak:
        return f"its time stamp does not count: {facts.weak}"
    if facts.chain_problem in ("expired", "revoked", "not-yet-valid"):
        what = {"expired": "has ended", "revoked": "was revoked", "not-yet-valid": "is not valid yet"}
        return f"the certificate of its time stamp {what[facts.chain_problem]}"
    if not facts.anchored or facts.chain_problem:
        return "its time stamp is by a service that nobody here trusts"
    if time > at:
        return "its time stamp is of a time that comes later" + (" than another proof" if proven else "")
    return ""


def _stamp_of(der: bytes, signer: cms.SignerInfo, ground: Ground, at: datetime, *, proven: bool) -> Stamp:
    signature = signer["signature"].native
    try:
        return check_stamp(der, lambda md: _hashed(md, signature), ground, at=at, proven=proven)
    except (Unreadable, ValueError, TypeError, KeyError):
        return Stamp(None, "", False, "its time stamp is damaged", "", SignatureFacts())


def _tokens(signer: cms.SignerInfo) -> Iterator[bytes]:
    """The time stamps over the signature itself (RFC 3161, Appendix A), at most a few."""
    if isinstance(signer["unsigned_attrs"], core.Void):
        return
    for attribute in signer["unsigned_attrs"]:
        if attribute["type"].native == "signature_time_stamp_token":
            for value in list(attribute["values"])[:4]:
                yield value.dump()


def _is_named(certificate: x509.Certificate, signer: cms.SignerInfo) -> bool:
    """Whether a certificate is one that the signer is named by (RFC 5652, 5.3)."""
    sid = signer["sid"]
    if sid.name == "issuer_and_serial_number":
        named = sid.chosen
        serial = named["serial_number"].native
        return bool(certificate.issuer == named["issuer"] and certificate.serial_number == serial)
    return bool(certificate.key_identifier == sid.chosen.native)


def _is_meant(certificate: x509.Certificate, signer: cms.SignerInfo) -> bool:
    """Whether it is the certificate whose digest was signed along, if one was (RFC 5035, 5)."""
    if isinstance(signer["signed_attrs"], core.Void):
        return True
    attribute = get_signing_cert_attr(signer["signed_attrs"])
    return attribute is None or bool(check_ess_certid(certificate, attribute["certs"][0]))


def _format(signer: cms.SignerInfo) -> str:
    """CAdES if the signer's certificate is signed along (ETSI EN 319 122-1, 5.2.2), else plain CMS."""
    if isinstance(signer["signed_attrs"], core.Void):
        return "CMS"
    kinds = {attribute["type"].native for attribute in signer["signed_attrs"]}
    return "CAdES B-B" if kinds & {"signing_certificate_v2", "signing_certificate"} else "CMS"


def _algorithm(signer: cms.SignerInfo, own: x509.Certificate) -> str:
    key = key_name(own.public_key)
    try:
        kind = str(signer["signature_algorithm"].signature_algo)
    except ValueError:
        kind = str(signer["signature_algorithm"]["algorithm"].native)
    if kind.startswith(("ed", "mldsa")):
        return key
    if kind.startswith("rsa"):
        return f"{_SIGNING.get(kind, kind)}, {key.removeprefix('RSA ')} bits"
    return f"{_SIGNING.get(kind, kind.upper())} {key}"


def _claimed(signer: cms.SignerInfo) -> str:
    """The time that the signer wrote down (RFC 5652, 11.3), "" without one."""
    if isinstance(signer["signed_attrs"], core.Void):
        return ""
    for attribute in signer["signed_attrs"]:
        if attribute["type"].native == "signing_time" and len(attribute["values"]) == 1:
            found: Any = attribute["values"][0].native
            return timestamp(found) if isinstance(found, datetime) else ""
    return ""


def _hashed(name: str, data: bytes) -> bytes:
    if name not in DIGESTS:
        raise Unreadable("the digest is not known here")
    return hashlib.new(name, data, usedforsecurity=False).digest()


def name_of(certificate: x509.Certificate) -> str:
    """The name in a certificate: its common name, else the whole."""
    found = certificate.subject.native.get("common_name")
    found = found[0] if isinstance(found, list) else found
    return str(found or certificate.subject.human_friendly)
