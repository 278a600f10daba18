"""Certificates up to an issuer that is trusted, at one moment: RFC 5280, 6.1, and what is said about revocation.

Runs in the document child only. The path is pyhanko-certvalidator's; what counts, and when, is decided here:

* dates of the signer's own certificate count even if that certificate itself is trusted;
* a trusted certificate vouches for others only if it is one of an authority;
* "good" is said of a certificate only by a CRL or OCSP response that its issuer could still sign when it is known to
  have existed, and that was not made after the certificate's end (an authority may drop ended ones, RFC 5280, 5).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, pairwise

from asn1crypto import x509
from pyhanko_certvalidator.errors import (
    ExpiredError,
    NotYetValidError,
    PathBuildingError,
    PathValidationError,
    ValidationError,
)
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import (
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)
from pyhanko_certvalidator.validate import async_validate_path

from signet.clock import timestamp
from signet.documents.algorithm_policy import weak_key, weak_signature
from signet.documents.chain_ground import (
    Ground,
    Said,
    Work,
    certificates_of,
    ends,
    holds,
    issues,
    read_certificates,
    self_issued,
)
from signet.documents.revocations import revocation_of
from signet.documents.unlooped import run

__all__ = ["Chain", "Ground", "Said", "certificates_of", "judge_chain", "read_certificates"]

MAX_PATHS = 8
"""Ways up that are tried; honest certificates have one or two."""
MAX_CHAIN = 10
_NO_CHECK = RevocationCheckingPolicy(RevocationCheckingRule.NO_CHECK, RevocationCheckingRule.NO_CHECK)
_NOT_FOR_DOCUMENTS = frozenset({"server_auth", "code_signing", "time_stamping", "ocsp_signing"})


@dataclass(frozen=True)
class Chain:
    """What `judge_chain` found; the fields are those of `SignatureFacts`. ``ends`` is when its first one ends."""

    certificates: tuple[x509.Certificate, ...]
    anchored: bool = False
    problem: str = ""
    note: str = ""
    revocation: str = "unknown"
    revocation_source: str = ""
    revoked_at: str = ""
    ends: str = ""


def judge_chain(
    leaf: x509.Certificate, ground: Ground, *, at: datetime, proven: bool = False, purpose: str = "sign"
) -> Chain:
    """Say what is found about a signer's certificate at ``at``.

    ``proven``: a time stamp says that it signed by then, so that what was said of revocation later is evidence too.
    ``purpose`` is "sign" or "time-stamp".
    """
    work = Work(ground, at, proven)
    path, problem, note = _path(work, leaf)
    direct = any(root.dump() == leaf.dump() for root in ground.roots)
    certificates = _listed(path, leaf) if path is not None else _climbed(work, leaf)
    anchored = direct or (path is not None and not problem)
    revocation, source, revoked_at, who = revocation_of(work, certificates)
    own, own_note = _own_problem(leaf, at, purpose)
    if revocation == "revoked":
        problem, note = "revoked", f"{_whose(who, leaf)} was revoked"
    elif own in ("expired", "not-yet-valid"):
        problem, note = own, own_note
    elif direct and not own:
        problem, note = "", ""
    elif not problem or (own and not anchored):
        problem, note = own or problem, own_note or note
    return Chain(
        certificates=certificates,
        anchored=anchored,
        problem=problem,
        note=note,
        revocation=revocation,
        revocation_source=source,
        revoked_at=revoked_at,
        ends=timestamp(min(ends(each) for each in _below(certificates, anchored=anchored and not direct))),
    )


def _below(certificates: Sequence[x509.Certificate], *, anchored: bool) -> Sequence[x509.Certificate]:
    """The certificates whose ends count: a root that is trusted is, whatever its dates say."""
    return certificates[:-1] if anchored and len(certificates) > 1 else certificates


def _path(work: Work, leaf: x509.Certificate) -> tuple[ValidationPath | None, str, str]:
    """Find a way up to a trusted issuer that holds; else the first one and its problem; else None and why."""
    first: tuple[ValidationPath, str, str] | None = None
    for path in islice(_paths(work, leaf), MAX_PATHS):
        try:
            run(async_validate_path(work.context(work.issuers, _NO_CHECK), path))
        except ExpiredError:
            problem, note = "expired", "a certificate above it had ended"
        except NotYetValidError:
            problem, note = "not-yet-valid", "a certificate above it was not valid yet"
        except (PathValidationError, ValidationError):
            problem, note = "constraints", _why_not(path, leaf)
        else:
            return path, "", ""
        first = first or (path, problem, note)
    if first is not None:
        return first
    climbed = _climbed(work, leaf)
    if self_issued(climbed[-1]):
        return None, "not-anchored", "nobody whom you trust vouches for it"
    return None, "incomplete", "the certificate of its issuer is not there"


def _paths(work: Work, leaf: x509.Certificate) -> Iterator[ValidationPath]:
    if not work.issuers:
        return
    found = work.context(work.issuers, _NO_CHECK).path_builder.async_build_paths_lazy(leaf)
    while True:
        try:
            yield run(found.__anext__())
        except (StopAsyncIteration, PathBuildingError):
            return


def _why_not(path: ValidationPath, leaf: x509.Certificate) -> str:
    """Say in our own words why a path does not hold; the library's are for specialists."""
    below = [*_listed(path, leaf)]
    for certificate, issuer in pairwise(below):
        if weak := weak_signature(certificate["signature_algorithm"], issuer.public_key):
            return f"{_whose(certificate, leaf)} does not count: {weak}"
    return "the certificates above it do not allow it"


def _listed(path: ValidationPath, leaf: x509.Certificate) -> tuple[x509.Certificate, ...]:
    """The certificates of a path, the signer's first, the root last."""
    found = [authority.certificate for authority in path.iter_authorities() if hasattr(authority, "certificate")]
    own = [] if found and found[-1].dump() == leaf.dump() else [leaf]
    return (*own, *reversed(found))


def _climbed(work: Work, leaf: x509.Certificate) -> tuple[x509.Certificate, ...]:
    """The certificates from the signer's up, as far as they are there, each really signed by the next."""
    chain = [leaf]
    while not self_issued(chain[-1]) and len(chain) < MAX_CHAIN:
        above = next((each for each in work.between if _signed_by(chain[-1], each)), None)
        if above is None or any(above.dump() == each.dump() for each in chain):
            break
        chain.append(above)
    return tuple(chain)


def _signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if certificate.issuer != issuer.subject or not issues(issuer):
        return False
    return holds(
        certificate["signature_value"].native,
        certificate["tbs_certificate"].dump(),
        issuer,
        certificate["signature_algorithm"],
    )


def _own_problem(leaf: x509.Certificate, at: datetime, purpose: str) -> tuple[str, str]:
    """What a signer's own certificate says against it."""
    if at > ends(leaf):
        return "expired", f"the certificate ended on {ends(leaf):%Y-%m-%d}"
    if at < leaf.not_valid_before:
        return "not-yet-valid", f"the certificate begins on {leaf.not_valid_before:%Y-%m-%d}"
    usage = leaf.key_usage_value.native if leaf.key_usage_value else None
    if usage is not None and not usage & {"digital_signature", "non_repudiation"}:
        return "constraints", "the certificate is not meant for signatures"
    extended = set(leaf.extended_key_usage_value.native) if leaf.extended_key_usage_value else set()
    if purpose == "time-stamp" and extended != {"time_stamping"}:  # RFC 3161, 2.3
        return "constraints", "the certificate is not one for time stamps"
    if purpose == "sign" and extended and extended <= _NOT_FOR_DOCUMENTS:
        return "constraints", "the certificate is meant for something else than documents"
    weak = weak_key(leaf.public_key)
    return ("constraints", weak) if weak else ("", "")


def _whose(certificate: x509.Certificate | None, leaf: x509.Certificate) -> str:
    own = certificate is None or certificate.dump() == leaf.dump()
    return "the certificate" if own else "a certificate above it"
