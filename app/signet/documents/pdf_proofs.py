"""The signatures and time stamps of a PDF, and what proves each: certificates, CRLs, OCSP responses. In the child.

ETSI EN 319 142-1, 5.4 to 5.6: a signature is proven by its own time stamp or by a later document time stamp; what a
later document time stamp covers is archived, and proven by what was inside then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from asn1crypto import cms
from cryptography import x509

from signet.clock import parse_timestamp
from signet.documents import timestamp_check
from signet.documents.evidence import Evidence, Missing, Proof, name_of, proof_of, read_certificate
from signet.documents.pdf_opening import Unfit, list_of, value_of

if TYPE_CHECKING:
    from pyhanko.pdf_utils.reader import PdfFileReader

#: Signatures and time stamps of a document that are looked at; archives renewed for a century have fewer.
MAX_SIGNATURES = 200
#: Objects of each kind in a DSS that are read.
MAX_STORED = 2000
_STAMPED = "signature_time_stamp_token"


@dataclass(frozen=True)
class Token:
    """A time stamp that is in the document: when it was made, by whom, until when that certificate holds."""

    moment: datetime
    ends: datetime
    name: str
    leaf: x509.Certificate
    certificates: Sequence[bytes]


@dataclass(frozen=True)
class Signed:
    """A signature or a document time stamp, in the order in which they were made.

    ``contents`` are the bytes of /Contents as they stand there; ``token`` its own time stamp: of a signature the one
    over it, None without one, of a document time stamp itself.
    """

    name: str
    archive: bool
    leaf: x509.Certificate
    certificates: Sequence[bytes]
    contents: bytes
    token: Token | None


@dataclass(frozen=True)
class Proven:
    """What proves one `Signed`: ``proofs`` of the signer's chain and the time stamper's; ``moment`` is the earliest
    proven time, None if nothing proves one; ``archived`` whether a later document time stamp covers it."""

    signed: Signed
    proofs: Sequence[Proof]
    moment: datetime | None
    archived: bool

    @property
    def missing(self) -> list[Missing]:
        """All that is lacking."""
        return [each for proof in self.proofs for each in proof.missing]


@dataclass
class Stored:
    """What is in the document security store (ISO 32000-2, 12.8.4.3)."""

    certificates: list[bytes] = field(default_factory=list)
    crls: list[bytes] = field(default_factory=list)
    ocsps: list[bytes] = field(default_factory=list)


def signatures_of(reader: PdfFileReader, *, whole: bool) -> list[Signed]:
    """Read the signatures of a document; with ``whole`` each is held against what it covers.

    Raises Unfit for one that does not hold, or is of a kind that is not known here.
    """
    found = reader.embedded_signatures
    if len(found) > MAX_SIGNATURES:
        raise Unfit("it has more signatures than are looked at")
    return [_signed(each, whole=whole) for each in found]


def _signed(embedded: Any, *, whole: bool) -> Signed:
    """Read one signature as pyHanko found it."""
    content = cms.ContentInfo.load(embedded.pkcs7_content).dump()  # without the zeros behind it
    archive = embedded.sig_object_type == "/DocTimeStamp"
    leaf = _readable(embedded.signer_cert.dump())
    given = [each.chosen.dump() for each in embedded.signed_data["certificates"] or () if each.name == "certificate"]
    token = _archived(embedded, content) if archive else _stamped(embedded.signer_info)
    if whole and not archive:
        _check(embedded)
    return Signed(str(embedded.field_name), archive, leaf, given, embedded.pkcs7_content, token)


def _check(embedded: Any) -> None:
    """Hold a signature against what it covers; raise Unfit."""
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko.sign.validation.generic_cms import validate_sig_integrity

    try:
        digest = embedded.compute_digest()
        intact, valid = validate_sig_integrity(embedded.signer_info, embedded.signer_cert, "data", digest)
    except SignatureValidationError:
        intact = valid = False
    if not (intact and valid):
        raise Unfit(f"its signature “{embedded.field_name}” does not hold: it was changed or damaged")


def _archived(embedded: Any, content: bytes) -> Token:
    """Read a document time stamp, held against what it covers."""
    digest = embedded.compute_digest()
    return _token(content, digest, embedded.external_md_algorithm, f"its time stamp “{embedded.field_name}”")


def _stamped(signer: Any) -> Token | None:
    """Read the time stamp over a signature, held against it; None if there is none."""
    tokens = [
        each
        for attribute in signer["unsigned_attrs"] or ()
        if attribute["type"].native == _STAMPED
        for each in attribute["values"]
    ]
    if not tokens:
        return None
    algorithm = tokens[0]["content"]["encap_content_info"]["content"].parsed["message_imprint"]["hash_algorithm"]
    named = algorithm["algorithm"].native
    if named not in timestamp_check.DIGESTS:
        raise Unfit(f"the time stamp over its signature is by a digest that does not count ({named})")
    digest = hashlib.new(named, signer["signature"].native).digest()
    return _token(tokens[0].dump(), digest, named, "the time stamp over its signature")


def _token(token: bytes, digest: bytes, algorithm: str, what: str) -> Token:
    try:
        found = timestamp_check.examined(token, digest, algorithm)
    except (timestamp_check.Unfit, ValueError, TypeError, KeyError) as error:
        raise Unfit(f"{what} does not hold") from error
    certificates: Any = found["certificates"]
    return Token(
        parse_timestamp(str(found["moment"])),
        parse_timestamp(str(found["ends"])),
        str(found["name"]),
        _readable(certificates[0]),
        certificates,
    )


def _readable(der: bytes) -> x509.Certificate:
    found = read_certificate(der)
    if found is None:
        raise Unfit("a certificate in it cannot be read")
    return found


def stored_in(reader: PdfFileReader) -> Stored:
    """Read the document security store; nothing if there is none."""
    store = value_of(reader.root, "/DSS", {})
    return Stored(
        *(
            [bytes(each.data) for each in list_of(store, key)[:MAX_STORED] if hasattr(each, "data")]
            for key in ("/Certs", "/CRLs", "/OCSPs")
        )
    )


def proven(signatures: Sequence[Signed], evidence: Evidence, now: datetime) -> list[Proven]:
    """Say what proves each signature and time stamp; ``evidence`` is all that is at hand, the document's own too.

    Raises Unfit for a signature that nothing can prove any more.
    """
    for each in signatures:
        evidence.add((*each.certificates, *(each.token.certificates if each.token else ())), (), ())
    result = []
    for place, each in enumerate(signatures):
        later = [one.token.moment for one in signatures[place + 1 :] if one.archive and one.token is not None]
        own = [each.token.moment] if each.token is not None else []
        times = sorted([*own, *later])
        _in_time(each, times, now)
        # What is archived was proven when it was; what is not has to be proven now, as long as its certificate holds.
        proofs = [
            proof_of(leaf, evidence, moments=_moments(leaf, own, later, now))
            for leaf in dict.fromkeys([each.leaf, *([each.token.leaf] if each.token else [])])
        ]
        result.append(Proven(each, proofs, times[0] if times else None, archived=bool(later)))
    return result


def _moments(leaf: x509.Certificate, own: list[datetime], later: list[datetime], now: datetime) -> list[datetime]:
    if later:
        return [later[0], *own, now]
    return [now] if now <= leaf.not_valid_after_utc or not own else [own[0], now]


def _in_time(signed: Signed, times: list[datetime], now: datetime) -> None:
    """Raise Unfit if a certificate ended before anything proved what was made with it."""
    if signed.archive:
        times = times[1:]  # its own time is what has to be proven
    first = min([*times, now])
    if first > signed.leaf.not_valid_after_utc:
        ended = signed.leaf.not_valid_after_utc.date().isoformat()
        raise Unfit(
            f"the certificate of {name_of(signed.leaf)} ended on {ended}, and nothing proves that “{signed.name}” "
            "was made before"
        )
