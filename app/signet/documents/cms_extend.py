"""A CMS signature beside a file gets a time stamp later (CAdES B-T): in the document child.

ETSI EN 319 122-1, 5.3: an unsigned attribute with a time stamp over the signature value. All other bytes stay.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from typing import Any

from asn1crypto import cms

from signet.clock import timestamp
from signet.documents import timestamp_check
from signet.documents.evidence import read_certificate
from signet.documents.timestamp_check import Unfit, check_signature, signers_certificate

MAX_CMS = 16 << 20
"""Bytes of a signature; one beside its file has a few thousand, one with the file in it is not extended if larger."""
MAX_SIGNERS = 100
_STAMPED = "signature_time_stamp_token"
_DIGEST = "sha256"


def warm_up() -> None:
    """All that is needed was imported with this module."""
    timestamp_check.warm_up()


def survey_cms(file: int) -> Mapping[str, object]:
    """Answer with the ``signatures`` of a CMS: ``name``, ``until``, and the ``digest`` (SHA-256) to be stamped.

    The digest is empty for one that has a time stamp. ``refused`` for what is no CMS, or a signature that does not
    hold.
    """
    try:
        signers, certificates = _signers(_read(file)["content"])
        return {"signatures": [_said(each, certificates) for each in signers]}
    except Unfit as error:
        return {"refused": error.reason}
    except (ValueError, TypeError, KeyError):
        return {"refused": "it is no signature of this kind"}


def stamp_cms(file: int, *, tokens: Sequence[bytes]) -> Mapping[str, object]:
    """Answer with the CMS (``data``) in which the signatures without one have these time stamps, in their order."""
    try:
        content = _read(file)
        signers, _ = _signers(content["content"])
        waiting = [each for each in signers if _token(each) is None]
        for signer, token in zip(waiting, tokens, strict=True):
            stamp = cms.CMSAttribute({"type": _STAMPED, "values": [cms.ContentInfo.load(token, strict=True)]})
            had = list(signer["unsigned_attrs"] or ())
            signer["unsigned_attrs"] = cms.CMSAttributes([*had, stamp])
        return {"data": content.dump()}
    except Unfit as error:
        return {"refused": error.reason}
    except (ValueError, TypeError, KeyError):
        return {"refused": "it is no signature of this kind"}


def _read(file: int) -> Any:
    data = os.pread(file, MAX_CMS + 1, 0)
    if len(data) > MAX_CMS:
        raise Unfit(f"it is longer than {MAX_CMS >> 20} MiB")
    if data.startswith(b"-----BEGIN "):
        raise Unfit("it is text (PEM); write it as DER first")
    content = cms.ContentInfo.load(data, strict=True)
    if content["content_type"].native != "signed_data":
        raise Unfit("it is no signature")
    return content


def _signers(signed: Any) -> tuple[list[Any], list[Any]]:
    signers = list(signed["signer_infos"])
    if not 0 < len(signers) <= MAX_SIGNERS:
        raise Unfit("nobody has signed it" if not signers else "it has more signatures than are looked at")
    return signers, [each.chosen for each in signed["certificates"] or () if each.name == "certificate"]


def _said(signer: Any, certificates: Sequence[Any]) -> Mapping[str, object]:
    certificate = signers_certificate(signer, list(certificates))
    if not signer["signed_attrs"]:
        raise Unfit("what was signed is not clear")
    check_signature(signer, certificate)
    leaf = read_certificate(certificate.dump())
    if leaf is None:
        raise Unfit("the certificate of who signed it cannot be read")
    token = _token(signer)
    ends, until = leaf.not_valid_after_utc, timestamp(leaf.not_valid_after_utc)
    if token is not None:
        until = max(until, _stamp_ends(signer, token))
    signature = signer["signature"].native
    return {
        "name": certificate.subject.human_friendly,
        "ends": timestamp(ends),
        "until": until,
        "digest": b"" if token is not None else hashlib.new(_DIGEST, signature).digest(),
    }


def _token(signer: Any) -> Any:
    """The time stamp over a signature, None without one."""
    for attribute in signer["unsigned_attrs"] or ():
        if attribute["type"].native == _STAMPED:
            return attribute["values"][0]
    return None


def _stamp_ends(signer: Any, token: Any) -> str:
    imprint = token["content"]["encap_content_info"]["content"].parsed["message_imprint"]
    named = imprint["hash_algorithm"]["algorithm"].native
    if named not in timestamp_check.DIGESTS:
        raise Unfit(f"its time stamp is by a digest that does not count ({named})")
    digest = hashlib.new(named, signer["signature"].native).digest()
    return str(timestamp_check.examined(token.dump(), digest, named)["ends"])
