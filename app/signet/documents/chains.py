"""Certificates up to an issuer that is trusted, at one moment: RFC 5280, 6.1, and what is said about revocation.

Runs in the document child only. The path is pyhanko-certvalidator's; what counts, and when, is decided here:

* dates of the signer's own certificate count even if that certificate itself is trusted;
* a trusted certificate vouches for others only if it is one of an authority;
* "good" is said of a certificate only by a CRL or OCSP response that its issuer could still sign when it is known to
  have existed, and that was not made after the certificate's end (an authority may drop ended ones, RFC 5280, 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import Any

from asn1crypto import cms, crl, ocsp, x509
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.authority import CertTrustAnchor
from pyhanko_certvalidator.errors import (
    ExpiredError,
    NotYetValidError,
    PathBuildingError,
    PathValidationError,
    RevokedError,
    StaleRevinfoError,
    ValidationError,
)
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import (
    CertRevTrustPolicy,
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)
from pyhanko_certvalidator.validate import async_validate_path

from signet.clock import timestamp
from signet.documents.algorithm_policy import Policy, weak_key, weak_signature
from signet.documents.unlooped import run

MAX_PATHS = 8
"""Ways up that are tried; honest certificates have one or two."""
MAX_CHAIN = 10
_NO_CHECK = RevocationCheckingPolicy(RevocationCheckingRule.NO_CHECK, RevocationCheckingRule.NO_CHECK)
_OWN_CHECK = RevocationCheckingPolicy(RevocationCheckingRule.CRL_OR_OCSP_REQUIRED, RevocationCheckingRule.NO_CHECK)
_NOT_FOR_DOCUMENTS = frozenset({"server_auth", "code_signing", "time_stamping", "ocsp_signing"})


@dataclass(frozen=True)
class Said:
    """A CRL or an OCSP response (DER), since when it is known to be, and from where: "document" or "given"."""

    der: bytes
    since: datetime
    source: str


@dataclass(frozen=True)
class Ground:
    """What a chain may rest on: issuers that are trusted, certificates that may stand between, and what was said."""

    roots: tuple[x509.Certificate, ...] = ()
    others: tuple[x509.Certificate, ...] = ()
    crls: tuple[Said, ...] = ()
    ocsps: tuple[Said, ...] = ()


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


@dataclass
class _Work:
    """One judgement at work."""

    ground: Ground
    at: datetime
    proven: bool
    issuers: tuple[x509.Certificate, ...] = field(init=False)
    between: tuple[x509.Certificate, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.issuers = tuple(root for root in self.ground.roots if _issues(root))
        self.between = (*self.ground.others, *self.ground.roots)

    def context(self, roots: Sequence[x509.Certificate], rules: RevocationCheckingPolicy, **said: Any) -> Any:
        """A context for one path; nothing is fetched, and the moment is always given."""
        return ValidationContext(
            trust_roots=list(roots),
            other_certs=list(self.between),
            moment=self.at,
            allow_fetching=False,
            revinfo_policy=CertRevTrustPolicy(rules, retroactive_revinfo=self.proven),
            algorithm_usage_policy=Policy(),
            time_tolerance=timedelta(0),
            **said,
        )


def judge_chain(
    leaf: x509.Certificate, ground: Ground, *, at: datetime, proven: bool = False, purpose: str = "sign"
) -> Chain:
    """Say what is found about a signer's certificate at ``at``.

    ``proven``: a time stamp says that it signed by then, so that what was said of revocation later is evidence too.
    ``purpose`` is "sign" or "time-stamp".
    """
    work = _Work(ground, at, proven)
    path, problem, note = _path(work, leaf)
    direct = any(root.dump() == leaf.dump() for root in ground.roots)
    certificates = _listed(path, leaf) if path is not None else _climbed(work, leaf)
    anchored = direct or (path is not None and not problem)
    revocation, source, revoked_at, who = _revocation(work, certificates)
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
        ends=timestamp(min(_ends(each) for each in _below(certificates, anchored=anchored and not direct))),
    )


def _below(certificates: Sequence[x509.Certificate], *, anchored: bool) -> Sequence[x509.Certificate]:
    """The certificates whose ends count: a root that is trusted is, whatever its dates say."""
    return certificates[:-1] if anchored and len(certificates) > 1 else certificates


def _path(work: _Work, leaf: x509.Certificate) -> tuple[ValidationPath | None, str, str]:
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
    if _self_issued(climbed[-1]):
        return None, "not-anchored", "nobody whom you trust vouches for it"
    return None, "incomplete", "the certificate of its issuer is not there"


def _paths(work: _Work, leaf: x509.Certificate) -> Iterator[ValidationPath]:
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


def _climbed(work: _Work, leaf: x509.Certificate) -> tuple[x509.Certificate, ...]:
    """The certificates from the signer's up, as far as they are there, each really signed by the next."""
    chain = [leaf]
    while not _self_issued(chain[-1]) and len(chain) < MAX_CHAIN:
        above = next((each for each in work.between if _signed_by(chain[-1], each)), None)
        if above is None or any(above.dump() == each.dump() for each in chain):
            break
        chain.append(above)
    return tuple(chain)


def _signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if certificate.issuer != issuer.subject or not _issues(issuer):
        return False
    return _holds(
        certificate["signature_value"].native,
        certificate["tbs_certificate"].dump(),
        issuer,
        certificate["signature_algorithm"],
    )


def _holds(signature: bytes, data: bytes, issuer: x509.Certificate, algorithm: Any) -> bool:
    from pyhanko_certvalidator.sig_validate import DEFAULT_SIGNATURE_VALIDATOR

    try:
        DEFAULT_SIGNATURE_VALIDATOR.validate_signature(signature, data, issuer.public_key, algorithm)
    except Exception:  # noqa: BLE001 - a key or signature of whatever kind: it does not hold
        return False
    return True


def _revocation(work: _Work, chain: Sequence[x509.Certificate]) -> tuple[str, str, str, x509.Certificate | None]:
    """What was said of all but the topmost: state, source, since when, of whom."""
    states: list[tuple[str, str]] = []
    for index, certificate in enumerate(chain[:-1]):
        state, source, when = _one_revocation(work, chain, index)
        if state == "revoked":
            return state, source, when, certificate
        if index and state == "unknown" and not _says_where(certificate):
            continue  # nobody ever says anything about it: its issuer keeps no list
        states.append((state, source))
    if not states:
        return "unknown", "", "", None
    if all(state == "good" for state, _ in states):
        return "good", states[0][1], "", None
    return ("ended" if any(state == "ended" for state, _ in states) else "unknown"), "", "", None


def _one_revocation(work: _Work, chain: Sequence[x509.Certificate], index: int) -> tuple[str, str, str]:
    """What was said of one certificate of a chain: state, source, since when."""
    top, leaf = chain[-1], chain[index]
    path = ValidationPath(CertTrustAnchor(top), interm=list(reversed(chain[index + 1 : -1])), leaf=leaf)
    issuer = chain[index + 1]
    everything = (_usable(work.ground.crls, crl.CertificateList), _usable(work.ground.ocsps, ocsp.OCSPResponse))
    if not any(everything):
        return "unknown", "", ""
    state, when = _asked(work, path, top, [each for each, _ in everything[0]], [each for each, _ in everything[1]])
    if state != "good":
        return state, _source(everything) if state == "revoked" else "", when
    proving = tuple([pair for pair in kind if _proves(pair, leaf, issuer)] for kind in everything)
    if [len(kind) for kind in proving] != [len(kind) for kind in everything]:
        crls, ocsps = proving
        state, when = _asked(work, path, top, [each for each, _ in crls], [each for each, _ in ocsps])
    return (state, _source(proving), when) if state == "good" else ("ended", "", "")


def _asked(work: _Work, path: ValidationPath, top: x509.Certificate, crls: Any, ocsps: Any) -> tuple[str, str]:
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
    return bool(made <= _ends(leaf)) and all(said.since <= _ends(each) for each in signers)


def _source(kinds: Sequence[Sequence[tuple[Any, Said]]]) -> str:
    """Where it was said: in the document if only there."""
    sources = {said.source for kind in kinds for _, said in kind}
    return "document" if sources == {"document"} else "given"


def _own_problem(leaf: x509.Certificate, at: datetime, purpose: str) -> tuple[str, str]:
    """What a signer's own certificate says against it."""
    if at > _ends(leaf):
        return "expired", f"the certificate ended on {_ends(leaf):%Y-%m-%d}"
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


def _issues(certificate: x509.Certificate) -> bool:
    """Whether a certificate is one of an authority (RFC 5280, 4.2.1.9, 4.2.1.3)."""
    usage = certificate.key_usage_value
    return bool(certificate.ca) and (usage is None or "key_cert_sign" in usage.native)


def _says_where(certificate: x509.Certificate) -> bool:
    return bool(certificate.crl_distribution_points_value or certificate.ocsp_urls)


def _self_issued(certificate: x509.Certificate) -> bool:
    return bool(certificate.issuer == certificate.subject)


def _ends(certificate: x509.Certificate) -> datetime:
    found = certificate.not_valid_after
    return found if isinstance(found, datetime) else datetime.max.replace(tzinfo=UTC)


def _whose(certificate: x509.Certificate | None, leaf: x509.Certificate) -> str:
    own = certificate is None or certificate.dump() == leaf.dump()
    return "the certificate" if own else "a certificate above it"


def read_certificates(ders: Iterable[bytes]) -> tuple[x509.Certificate, ...]:
    """Parse certificates; what is none is left out, for nothing can rest on it."""
    found = []
    for der in ders:
        try:
            certificate = x509.Certificate.load(der, strict=True)
            _ = (certificate.subject.native, certificate.issuer.native, certificate.ca, certificate.public_key.native)
            _ = (certificate.not_valid_before, certificate.not_valid_after, certificate.key_usage_value)
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
        found.append(certificate)
    return tuple(found)


def certificates_of(signed: cms.SignedData) -> tuple[x509.Certificate, ...]:
    """The certificates within CMS, each once; choices other than X.509 are left out."""
    carried = signed["certificates"]
    ders = [choice.chosen.untag().dump() for choice in carried or () if choice.name == "certificate"]
    return read_certificates(dict.fromkeys(ders))
