"""Signatures in CMS (.p7s, .p7m), detached or with their content, found out about (RFC 5652; CAdES).

Runs in the document child only, in two steps: which digests the signatures are over, and, once the parent has
computed those over a file of any size, what became of them. Of CMS with its content the digests are computed here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import importlib
import io
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asn1crypto import cms

MAX_CMS = 64 << 20
"""Bytes of a CMS file with its content: it is parsed in memory, several times over."""
MAX_DETACHED = 4 << 20
"""Bytes of CMS without content: certificates and CRLs of whole authorities fit."""
MAX_SIGNERS = 32
_MODULES = ("signet.documents.chains", "signet.documents.cms_signer", "signet.documents.pdf_evidence")
_PEM = re.compile(rb"-----BEGIN (CMS|PKCS7|PKCS #7 SIGNED DATA)-----\r?\n(.+?)-----END \1-----", re.DOTALL)


def warm_up() -> None:
    """Import what is needed, before nothing can be read any more."""
    for name in _MODULES:
        importlib.import_module(name)


def look_at_cms(file: int) -> Mapping[str, object]:
    """Answer with ``attached`` (the content is inside) and ``digests`` (names of hashlib), or with ``refused``."""
    from signet.documents.cms_signer import DIGESTS, Unreadable, read_signed_data

    try:
        signed = read_signed_data(_read(file))
    except Unreadable as error:
        return {"refused": error.reason}
    names = {str(each["digest_algorithm"]["algorithm"].native) for each in signed["signer_infos"]}
    return {"attached": _content(signed) is not None, "digests": sorted(names & set(DIGESTS))}


def verify_cms(
    file: int, anchors: Mapping[str, object], digests: Mapping[str, bytes] | None = None
) -> Mapping[str, object]:
    """Answer with ``signatures`` (packed `SignatureFacts`) and ``attached``, or with ``refused``.

    ``digests`` are those of the signed file, by the names that `look_at_cms` answered; None takes the content inside.
    """
    from signet.documents.cms_signer import Unreadable, ground_of, read_signed_data, signer_facts
    from signet.documents.facts import SignatureFacts, unpacked_anchors
    from signet.documents.pdf_evidence import within

    ground, moment = ground_of(unpacked_anchors(anchors))
    try:
        signed = read_signed_data(_read(file))
    except Unreadable as error:
        return {"refused": error.reason}
    content = _content(signed)
    attached = digests is None
    if attached and content is None:
        return {"refused": "the file that it signs is not inside"}
    if len(signed["signer_infos"]) > MAX_SIGNERS:
        return {"refused": "it has more signatures than anybody needs"}
    kind = str(signed["encap_content_info"]["content_type"].native)

    def digest(name: str) -> bytes:
        if digests is None:
            return hashlib.new(name, content or b"", usedforsecurity=False).digest()
        if name not in digests:
            raise Unreadable("the digest is not known here")
        return bytes(digests[name])

    found = []
    for signer in signed["signer_infos"]:
        crls, ocsps = within(signed, signer)
        from signet.documents.chains import Said

        own = replace(
            ground,
            crls=(*ground.crls, *(Said(der, moment, "document") for der in crls)),
            ocsps=(*ground.ocsps, *(Said(der, moment, "document") for der in ocsps)),
        )
        try:
            facts = signer_facts(signed, signer, digest, own, at=moment, content_type=kind)
            if kind != "data":
                facts = replace(facts, problem=facts.problem or "it signs something else than a file")
        except Exception:  # noqa: BLE001 - whatever a broken signature makes of a parser: it could not be checked
            facts = SignatureFacts(problem="the signature is damaged", format="CMS")
        found.append(replace(facts, coverage="whole" if attached else "detached"))
    return {"signatures": [facts.packed() for facts in found], "attached": attached}


def _content(signed: cms.SignedData) -> bytes | None:
    content = signed["encap_content_info"]["content"]
    return None if content is None or content.native is None else bytes(content)


def _read(file: int) -> bytes:
    """The CMS in a file, DER or BER, or PEM, or its base64 alone; raise Unreadable."""
    from signet.documents.cms_signer import Unreadable
    from signet.documents.positioned import Positioned

    data = io.BufferedReader(Positioned(file)).read(MAX_CMS + 1)
    if len(data) > MAX_CMS:
        raise Unreadable("it is larger than a signature with its content may be")
    if data[:1] == b"\x30":
        return _whole(data)
    armored = _PEM.search(data)
    try:
        return _whole(base64.b64decode(b"".join((armored[2] if armored else data).split()), validate=True))
    except (binascii.Error, ValueError):
        raise Unreadable("it is no signature that Signet can read") from None


def _whole(data: bytes) -> bytes:
    """CMS with nothing behind it; raise Unreadable."""
    from asn1crypto import parser

    from signet.documents.cms_signer import Unreadable

    try:
        parser.parse(data, strict=True)
    except ValueError as error:
        raise Unreadable("it is cut off, or something stands behind it") from error
    return data
