"""CAdES in ASiC-E (ETSI EN 319 162-1, 4.4.4): a detached CMS signature over a list of the files and their digests."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from signet.documents.algorithm_policy import weak_digest
from signet.documents.asic_parts import Found, Parts
from signet.documents.chains import Ground
from signet.documents.cms_signer import DIGESTS as CMS_DIGESTS
from signet.documents.cms_signer import Unreadable, read_signed_data, signer_facts
from signet.documents.facts import SignatureFacts
from signet.documents.xml_signature import DIGESTS, DS, MAX_REFERENCES, decoded
from signet.documents.xml_strict import Unread, only, parse
from signet.documents.zip_strict import Unfit

ASIC = "{http://uri.etsi.org/02918/v1.2.1#}"
MAX_SIGNERS = 16


@dataclass(frozen=True)
class _List:
    """One ASiCManifest: its bytes, what it is signed by, and the method and digest of each file."""

    data: bytes
    signature: str
    digests: Mapping[str, tuple[str, bytes]]


def examine_cades(parts: Parts, ground: Ground, at: datetime) -> list[Found]:
    """Find out about every CMS signature of a container; raise Unfit if a list of files cannot be read."""
    lists: dict[str, list[_List]] = {}
    for name in parts.lists:
        try:
            read = _read(parts, parts.part(name))
        except Unread as error:
            raise Unfit(f"“{name}” in it cannot be read: {error.reason}") from None
        lists.setdefault(read.signature, []).append(read)
    found = []
    for name in parts.cades:
        mine = lists.get(name, [])
        if len(mine) != 1:
            problem = "there is not exactly one list of what it signs"
            found.append(Found(SignatureFacts(format="CAdES", problem=problem)))
            continue
        found += _signers(parts, parts.part(name), mine[0], ground, at)
    return found


def _read(parts: Parts, data: bytes) -> _List:
    root = parse(data)
    if root.tag != ASIC + "ASiCManifest":
        raise Unread("it is no list of files")
    digests: dict[str, tuple[str, bytes]] = {}
    references = root.findall(ASIC + "DataObjectReference")
    if len(references) > MAX_REFERENCES:
        raise Unread("it names too many files")
    for each in references:
        name = parts.named(each.get("URI"))
        method = DIGESTS.get(only(each, DS + "DigestMethod").get("Algorithm", ""))
        if method is None or name in digests:
            raise Unread("it names a file twice, or by a digest that Signet does not know")
        digests[name] = (method, decoded(only(each, DS + "DigestValue")))
    return _List(data, parts.named(only(root, ASIC + "SigReference").get("URI")), digests)


def _signers(parts: Parts, der: bytes, listed: _List, ground: Ground, at: datetime) -> list[Found]:
    """Find out about each signer of one CMS signature."""

    def digest(name: str) -> bytes:
        if name not in CMS_DIGESTS:
            raise Unreadable("the digest is not known here")
        return hashlib.new(name, listed.data, usedforsecurity=False).digest()

    try:
        signed = read_signed_data(der)
        every = list(signed["signer_infos"])[:MAX_SIGNERS]
        facts = [signer_facts(signed, signer, digest, ground, at=at) for signer in every]
    except Unreadable as error:
        return [Found(SignatureFacts(format="CAdES", problem=error.reason))]
    except (ValueError, TypeError, KeyError, AttributeError, AssertionError):
        return [Found(SignatureFacts(format="CAdES", problem="the signature is damaged"))]
    return [_over(parts, each, listed) for each in facts]


def _over(parts: Parts, facts: SignatureFacts, listed: _List) -> Found:
    """What holds for the list, held against the files."""
    covers, changes, weak = [], [], facts.weak
    for name, (method, expected) in listed.digests.items():
        weak = weak or weak_digest(method)
        digest = parts.digest(name, method) if parts.has(name) else None
        if digest is None or not hmac.compare_digest(digest, expected):
            changes.append(f"“{name}” was changed" if parts.has(name) else f"“{name}” is missing")
        elif name in parts.files:
            covers.append(name)
    intact = False if changes and facts.intact is not None else facts.intact
    return Found(replace(facts, intact=intact, weak=weak, changes=tuple(changes)), tuple(covers))
