"""What was said about the revocation of each certificate of a chain, and whether it can be believed (RFC 5280, 6.3).

Runs in the document child only. "Good" is said only by a CRL or OCSP response that its issuer could still sign when
it is known to have existed, and that was not made after the certificate's end (an authority may drop ended ones).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from asn1crypto import crl, ocsp, x509
from pyhanko_certvalidator.authority import CertTrustAnchor
from pyhanko_certvalidator.errors import PathValidationError, RevokedError, StaleRevinfoError, ValidationError
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import RevocationCheckingPolicy, RevocationCheckingRule
from pyhanko_certvalidator.validate import async_validate_path

from signet.clock import timestamp
from signet.documents.algorithm_policy import weak_signature
from signet.documents.chain_ground import Said, Work, ends, holds, says_where
from signet.documents.unlooped import run

_OWN_CHECK = RevocationCheckingPolicy(RevocationCheckingRule.CRL_OR_OCSP_REQUIRED, RevocationCheckingRule.NO_CHECK)


def revocation_of(work: Work, chain: Sequence[x509.Certificate]) -> tuple[str, str, str, x509.Certificate | None]:
    """What was said of all but the topmost: state, source, since when, of whom."""
    states: list[tuple[str, str]] = []
    for index, certificate in enumerate(chain[:-1]):
        state, source, when = _one_revocation(work, chain, index)
        if state == "revoked":
            return state, source, when, certificate
        if index and state == "unknown" and not says_where(certificate):
            continue  # nobody ever says anything about it: its issuer keeps no list
        states.append((state, source))
    if not states:
        return "unknown", "", "", None
    if all(state == "good" for state, _ in states):
        return "good", states[0][1], "", None
    return ("ended" if any(state == "ended" for state, _ in states) else "unknown"), "", "", None


def _one_revocation(work: Work, chain: Sequence[x509.Certificate], index: int) -> tuple[str, str, str]:
    """What was said of one certificate of a chain: state, source, since when."""
    top, leaf = chain[-1], chain[index]
    path = ValidationPath(CertTrustAnchor(top), interm=list(reversed(chain[index + 1 : -1])), leaf=leaf)
    issuer = chain[index + 1]
    everything = (_usable(work.ground.crls, crl.CertificateList), _usable(work.ground.ocsps, ocsp.OCSPResponse))
    if not any(everything):
        return "unknown", "", ""
    state, when = _asked(work, path, top, [each for each, _ in everything[0]], [each for each, _ in everything[1]])
    if state != "good":
        # pyHanko knows no issuer of a CRL that ends a chain without being a root: a trusted one in the middle.
        found, since = by_lists([each for each, _ in everything[0]], leaf, issuer, work.at, later=work.proven)
        if found == "good":
            own = [pair for pair in everything[0] if _proves(pair, leaf, issuer)]
            found, since = by_lists([each for each, _ in own], leaf, issuer, work.at, later=work.proven)
            found = found if found == "good" else "ended"
        if found in ("revoked", "good") or (found == "ended" and state == "unknown"):
            return found, _source(everything) if found != "ended" else "", since
    if state != "good":
        return state, _source(everything) if state == "revoked" else "", when
    proving = tuple([pair for pair in kind if _proves(pair, leaf, issuer)] for kind in everything)
    if [len(kind) for kind in proving] != [len(kind) for kind in everything]:
        crls, ocsps = proving
        state, when = _asked(work, path, top, [each for each, _ in crls], [each for each, _ in ocsps])
    return (state, _source(proving), when) if state == "good" else ("ended", "", "")


def _asked(work: Work, path: ValidationPath, top: x509.Certificate, crls: Any, ocsps: Any) -> tuple[str, str]:
    try:
        run(async_validate_path(work.context([top], _OWN_CHECK, crls=crls, ocsps=ocsps), path))
    except RevokedError as error:
        return ("unknown", "") if error.is_side_validation else ("revoked", timestamp(error.revocation_dt))
    except StaleRevinfoError:
        return "ended", ""
    except (PathValidationError, ValidationError):
        return "unknown", ""
    return "good", ""


def _usable(said: Iterable[Said], kind: type[Any]) -> list[tuple[Any, Said]]:
    """Parse what was said; what cannot be read, or rests on an algorithm that does not count, was not said."""
    found = []
    for each in said:
        try:
            parsed = kind.load(each.der, strict=True)
            signed = parsed if kind is crl.CertificateList else parsed.basic_ocsp_response
            if signed is not None and not weak_signature(signed["signature_algorithm"], None):
                found.append((parsed, each))
        except (ValueError, KeyError, TypeError):
            continue
    return found


_PLAIN = frozenset({"authority_key_identifier", "crl_number", "issuer_alt_name", "authority_information_access"})
"""Extensions of a CRL that say nothing about which certificates it is for."""


def by_lists(
    lists: Sequence[Any], leaf: x509.Certificate, issuer: x509.Certificate, at: datetime, *, later: bool
) -> tuple[str, str]:
    """What plain CRLs by a certificate's own issuer say of it (RFC 5280, 6.3): state, and since when it is revoked.

    ``later``: one that was made after ``at`` counts too. Delta and partial lists only count where they revoke.
    """
    states = {"unknown"}
    for each in lists:
        content = each["tbs_cert_list"]
        if content["issuer"] != issuer.subject or not _signs_lists(issuer):
            continue
        if not holds(each["signature"].native, content.dump(), issuer, each["signature_algorithm"]):
            continue
        for entry in content["revoked_certificates"] or ():
            since = entry["revocation_date"].native
            named = entry["user_certificate"].native == leaf.serial_number
            if named and since <= at and entry.certificate_issuer_value is None and _is_final(entry):
                return "revoked", timestamp(since)
        begins, ends = content["this_update"].native, content["next_update"].native
        if {extension["extn_id"].native for extension in content["crl_extensions"] or ()} <= _PLAIN:
            fresh = (begins <= at or later) and ends is not None and at <= ends
            states.add("good" if fresh else "ended")
    return next(state for state in ("good", "ended", "unknown") if state in states), ""


def _is_final(entry: Any) -> bool:
    reason = entry.crl_reason_value
    return reason is None or reason.native != "remove_from_crl"


def _signs_lists(issuer: x509.Certificate) -> bool:
    usage = issuer.key_usage_value
    return usage is None or "crl_sign" in usage.native


def _proves(pair: tuple[Any, Said], leaf: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether what was said can prove that a certificate was good: see the module's rules."""
    parsed, said = pair
    signers = [issuer]
    if isinstance(parsed, crl.CertificateList):
        made = parsed["tbs_cert_list"]["this_update"].native
    else:
        basic = parsed.basic_ocsp_response
        made = basic["tbs_response_data"]["produced_at"].native
        signers += [each for each in basic["certs"] or () if isinstance(each, x509.Certificate)]
    return bool(made <= ends(leaf)) and all(said.since <= ends(each) for each in signers)


def _source(kinds: Sequence[Sequence[tuple[Any, Said]]]) -> str:
    """Where it was said: in the document if only there."""
    sources = {said.source for kind in kinds for _, said in kind}
    return "document" if sources == {"document"} else "given"
