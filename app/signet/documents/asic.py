"""Operation ``verify_asic``: what is in an ASiC-E container, who signed it, and which of its files each one signed.

ETSI EN 319 162-1, with XAdES (`signet.documents.asic_xades`) or CAdES (`signet.documents.asic_cades`). Nothing is
unpacked: files are hashed as they stream by.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from signet.documents.asic_cades import examine_cades
from signet.documents.asic_parts import MIMETYPE, Found, Parts
from signet.documents.asic_xades import examine_xades
from signet.documents.cms_signer import ground_of
from signet.documents.facts import unpacked_anchors
from signet.documents.zip_strict import Unfit

MAX_NOTES = 20
_CONTAINER = b"application/vnd.etsi.asic-"
_HEAD = 30 + len(MIMETYPE)
"""Where the contents of ``mimetype`` begin (EN 319 162-1, A.1)."""


def is_container(head: bytes) -> bool:
    """Whether a file begins as ASiC containers do, of either kind."""
    return head.startswith(b"PK\x03\x04") and head[30:_HEAD] == MIMETYPE.encode() and _CONTAINER in head[_HEAD:128]


def warm_up() -> None:
    """Load what comes late: OpenSSL's digests, pyHanko's checks, libxml2's canonicalisation."""
    import hashlib

    import pyhanko.sign.validation.generic_cms  # noqa: F401
    import pyhanko_certvalidator.sig_validate  # noqa: F401

    from signet.documents.xml_strict import C14N, canonical, parse

    hashlib.new("sha3_256")
    canonical(parse(b"<a/>"), C14N)


def verify_asic(file: int, anchors: Mapping[str, object]) -> Mapping[str, object]:
    """Answer with ``signatures`` (packed `SignatureFacts`), ``covers`` (names, one list a signature), ``files``,
    ``unsigned`` (names that no signature that holds covers) and ``notes`` (sentences); or with ``refused``."""
    try:
        parts = Parts(file)
        ground, at = ground_of(unpacked_anchors(anchors))
        found = [each for name in parts.xades for each in examine_xades(parts, name, ground, at)]
        found = _each_once([*found, *examine_cades(parts, ground, at)])
    except Unfit as error:
        return {"refused": error.reason}
    holding = [each for each in found if each.facts.intact and each.facts.fits and not each.facts.weak]
    signed = {name for each in holding for name in each.covers}
    unsigned = [name for name in parts.files if name not in signed]
    kinds, disagreements = parts.listed()
    found = [_within(parts, each, unsigned, kinds, disagreements) for each in found]
    return {
        "signatures": [each.facts.packed() for each in found],
        "covers": [list(each.covers) for each in found],
        "files": list(parts.files),
        "unsigned": unsigned,
        "notes": _notes(parts),
    }


def _each_once(found: Sequence[Found]) -> list[Found]:
    """The signatures without those that are there a second time: nobody has signed twice by that."""
    seen: set[bytes] = set()
    once = []
    for each in found:
        if not each.mark or each.mark not in seen:
            once.append(each)
        seen.add(each.mark)
    return once


def _within(
    parts: Parts, found: Found, unsigned: Collection[str], kinds: Mapping[str, str], disagreements: Sequence[str]
) -> Found:
    """A signature as one of its container: what there is beside what it covers is a change that nobody signed."""
    facts = found.facts
    if facts.intact is None:  # what it covers is not known: that is said, and no more
        return found
    changes = [*facts.changes, *disagreements]
    for name in parts.files:
        if name in unsigned and name not in found.covers:
            changes.append(f"“{name}” is in it, and not signed")
        elif name not in found.covers and facts.intact:
            changes.append(f"“{name}” is in it, and not covered by this signature, but by another")
    for name, kind in found.kinds.items():
        if kinds.get(name, kind) != kind:
            changes.append(f"“{name}” was signed as {kind}, and is listed as {kinds[name]}")
    whole = set(parts.files) <= set(found.covers)
    facts = replace(
        facts,
        coverage="whole" if whole else "part",
        changes=tuple(changes[:MAX_NOTES]),
        changes_allowed=False if changes else None,
    )
    return replace(found, facts=facts)


def _notes(parts: Parts) -> list[str]:
    """Sentences about what is there and was not looked into."""
    notes = []
    if parts.proofs:
        notes.append("It also has time stamps or evidence over the whole container, which Signet does not check.")
    for name in parts.files:
        if is_container(parts.beginning(name, 128)):
            notes.append(f"“{name}” is itself a signed container; its own signatures were not checked.")
    return notes[:MAX_NOTES]
