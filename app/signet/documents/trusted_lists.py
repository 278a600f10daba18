"""Operation ``read_trusted_list``: a trusted list (ETSI TS 119 612 v2.1.1), its signature checked, and what it says.

A list names the issuers that a state has found to be qualified; the European list of lists names who signs the list
of which state. The signature is XAdES, enveloped: it must be the only one in the document, stand right below its
root, be over all of the document but itself, and be made by one of the certificates that were given. What the list
says is read from the bytes that the signature covers.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from lxml import etree

from signet.clock import parse_timestamp, timestamp
from signet.documents.algorithm_policy import weak_digest, weak_key
from signet.documents.chains import read_certificates
from signet.documents.trusted_services import Scheme, assess, read_scheme, read_services
from signet.documents.xades_properties import read_properties
from signet.documents.xml_signature import DS, ENVELOPED, Reference, Signed, read_signature
from signet.documents.xml_strict import C14N, Unread, canonical, identifiers, only, parse

MAX_LIST = 32 << 20
"""Bytes; the largest lists of states have about six MiB."""
TSL = "{http://uri.etsi.org/02231/v2#}"
_XADES = "{http://uri.etsi.org/01903/v1.3.2#}"
_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties"


def warm_up() -> None:
    """Import what is needed, before nothing can be read any more."""
    from signet.documents.trusted_services import warm_up_parser

    warm_up_parser()


def read_trusted_list(file: int, signers: Sequence[bytes], bundled: bool = False) -> Mapping[str, object]:
    """Answer with what a list says, or with why it is not believed (``refused``).

    ``signers`` are certificates (DER) of which one must have signed it; ``bundled`` adds those that come with pyHanko
    for the list of lists. The answer: ``territory, operator, sequence, issued, next_update, lotl``, ``signer`` (DER),
    ``by_bundled``, ``content`` (the bytes that are signed), ``services`` (see `trusted_services.read_services`) and
    ``pointers`` (territory, address, certificates: who signs which list).
    """
    try:
        data = os.pread(file, MAX_LIST + 1, 0)
        known = list(signers)
        inside = bundled_signers() if bundled else []
        covered, signer = checked(data, [*known, *inside])
        scheme = read_scheme(parse(covered, limit=MAX_LIST))
        _check_dates(scheme, signer)
        services = read_services(covered) if not scheme.lotl else []
        pointers = scheme.pointers if scheme.lotl else ()
    except Unread as error:
        return {"refused": error.reason}
    return {
        "territory": scheme.territory,
        "operator": scheme.operator,
        "sequence": scheme.sequence,
        "issued": scheme.issued,
        "next_update": scheme.next_update,
        "lotl": scheme.lotl,
        "signer": signer,
        "by_bundled": signer in inside and signer not in known,
        "content": covered,
        "services": services,
        "pointers": [dict(each) for each in pointers],
    }


def bundled_signers() -> list[bytes]:
    """The certificates that pyHanko brings for the European list of lists, DER."""
    from pyhanko.sign.validation.qualified.eutl_parse import latest_known_lotl_tlso_certs

    return [certificate.dump() for certificate in latest_known_lotl_tlso_certs()]


def checked(data: bytes, signers: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Return the canonical bytes that a list's signature covers and its signer's certificate; raise Unread."""
    root = parse(data, limit=MAX_LIST, comments=True)
    if root.tag != TSL + "TrustServiceStatusList":
        raise Unread("it is no trusted list")
    elements = list(root.iter(DS + "Signature"))
    if len(elements) != 1 or elements[0].getparent() is not root:
        raise Unread("it is not signed, or in more than one place")
    known = identifiers(root)
    if len(set(known)) != len(known):
        raise Unread("two things in it have the same name")
    signed = read_signature(elements[0])
    whole, properties = _references(signed, root)
    covered = _enveloped(root, whole)
    if not whole.holds(covered):
        raise Unread("it was changed after it was signed")
    return covered, _signer(signed, properties, signers)


def _references(signed: Signed, root: etree._Element) -> tuple[Reference, Reference]:
    """The reference to the whole list and the one to the signature's own properties; there are no others."""
    whole = [each for each in signed.references if each.uri == "" or (each.uri or "") == f"#{root.get('Id')}"]
    own = [each for each in signed.references if each.type == _PROPERTIES]
    if len(whole) != 1 or len(own) != 1 or len(signed.references) != 2 or whole[0] is own[0]:
        raise Unread("its signature is over something else than the whole list")
    return whole[0], own[0]


def _enveloped(root: etree._Element, reference: Reference) -> bytes:
    """The document without its signature, as the reference means it (XMLDSIG 6.6.4)."""
    algorithms = reference.transforms
    if not 1 <= len(algorithms) <= 2 or algorithms[0][0] != ENVELOPED:
        raise Unread("its signature is over something else than the whole list")
    alone = copy.deepcopy(root)
    signature = only(alone, DS + "Signature")
    tail, before = signature.tail or "", signature.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        alone.text = (alone.text or "") + tail
    signature.tail = None
    alone.remove(signature)
    algorithm, prefixes = algorithms[1] if len(algorithms) == 2 else (C14N, ())
    return canonical(alone, algorithm, prefixes)


def _signer(signed: Signed, reference: Reference, signers: Sequence[bytes]) -> bytes:
    """Return who signed it, out of ``signers``; raise Unread if it is none of them, or it does not hold."""
    qualifying = [child for each in signed.objects for child in each]
    if len(qualifying) != 1 or qualifying[0].tag != _XADES + "QualifyingProperties":
        raise Unread("its signature brings something else than its own properties")
    element = only(qualifying[0], _XADES + "SignedProperties")
    if not element.get("Id") or reference.uri != f"#{element.get('Id')}":
        raise Unread("what its signature says of itself is not signed along")
    covered = reference.canonicalised(element)
    if not reference.holds(covered):
        raise Unread("what its signature says of itself was changed")
    certificate = read_properties(parse(covered)).signer(signed.certificates or tuple(signers))
    if certificate is None:
        raise Unread("its signature names another certificate than it was made with")
    if certificate not in signers:
        raise Unread("it is signed by somebody else than who may sign it")
    weak = next(filter(None, map(weak_digest, [signed.method, *(each.method for each in signed.references)])), "")
    weak = weak or next((weak_key(each.public_key) for each in read_certificates([certificate])), "unreadable")
    if weak:
        raise Unread(f"its signature does not count: {weak}")
    if not signed.fits(certificate):
        raise Unread("its signature does not fit")
    return certificate


def _check_dates(scheme: Scheme, signer: bytes) -> None:
    """The signer's certificate held when the list was issued, and the list does not end before it begins."""
    (certificate,) = read_certificates([signer])
    begin, end = (timestamp(each.astimezone(UTC)) for each in _dates(certificate))
    if not begin <= scheme.issued <= end:
        raise Unread("the certificate that signed it did not hold when it was issued")
    if scheme.next_update and scheme.next_update < scheme.issued:
        raise Unread("its dates do not agree")


def _dates(certificate: object) -> tuple[datetime, datetime]:
    return certificate.not_valid_before, certificate.not_valid_after  # type: ignore[attr-defined]


def assess_qualified(file: int, chain: Sequence[bytes], moment: str) -> Mapping[str, object]:
    """Answer with ``qualified`` and a clause, ``note``, about the first of a chain (DER) that was checked.

    ``file`` is a list as it is kept (`signet.services.list_contents`): what stands behind its first line.
    """
    kept = os.pread(file, 2 * MAX_LIST, 0)
    qualified, note = assess(kept.partition(b"\n")[2], chain, parse_timestamp(moment))
    return {"qualified": qualified, "note": note}
