"""From what was found out about a signature, and whom the person knows, to a verdict: pure, a table in order.

The first rule that applies decides (`_RULES`), so the worst comes first and "valid" is what is left. Rules of it:

* what is signed must be as it was and fit the signer's key, by algorithms that count, over a whole version of it;
* what came after must be what signing allows;
* the signer's certificate must have held when the signature is proven to have existed, or else now;
* somebody must vouch for the signer: the person directly, by the key, or an issuer whom the person trusts.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from signet.crypto.certificates import Certificate, read_certificate
from signet.documents.facts import SignatureFacts
from signet.errors import FormatUnrecognised
from signet.services.files_inspect import shown
from signet.services.known_signers import Known
from signet.services.verdicts import SignatureView, Verdict
from signet.services.verifying_ssh import whose

_NOT_KNOWN = Known()
_COMMON = re.compile(r"(?:^|[,+])CN=((?:\\.|[^,+\\])+)")


@dataclass(frozen=True)
class Case:
    """One signature to be judged: what was found, whose key it is, by whom its chain is trusted, what is shown."""

    facts: SignatureFacts
    known: Known
    by: str
    """"issuer", "given", "list" or "": where trust in the end of the chain comes from."""
    name: str
    ended: str
    """When the signer's certificate ends, a date; "" if it cannot be read."""

    @property
    def trusted(self) -> str:
        """Where trust comes from, directly or through an issuer."""
        return self.known.trusted_by or (self.by if self.facts.anchored and not self.facts.chain_problem else "")


def judge(
    facts: SignatureFacts,
    known: Callable[[bytes], Known],
    *,
    given: Collection[bytes] = (),
    issuers: Collection[bytes] = (),
) -> SignatureView:
    """Return the verdict over one signature or time stamp.

    ``known`` says what is known of a public key; ``given`` and ``issuers`` are the certificates (DER) that chains
    were allowed to end at, by where trust in them comes from.
    """
    leaf = _read(facts.chain[0]) if facts.chain else None
    familiar = _NOT_KNOWN if leaf is None else known(leaf.public_key)
    tops = {facts.chain[0], facts.chain[-1]} if facts.chain else set()
    by = "given" if tops & set(given) else "issuer" if tops & set(issuers) else "list" if facts.anchored else ""
    case = Case(
        facts=facts,
        known=familiar,
        by=by,
        name=_name(leaf, facts),
        ended=leaf.not_after[:10] if leaf else "",
    )
    verdict, sentence = _decide(case)
    own = familiar.key
    return SignatureView(
        verdict=verdict,
        sentence=sentence,
        signer=case.name,
        fingerprint=hashlib.sha256(facts.chain[0]).hexdigest() if facts.chain else "",
        algorithm=facts.algorithm,
        key_id=own.id if own else None,
        alias=own.alias if own else None,
        person=familiar.person,
        issuer=_issuer(leaf),
        trusted_by=case.trusted if verdict is Verdict.VALID else "",
        facts=facts,
    )


def _decide(case: Case) -> tuple[Verdict, str]:
    for verdict, applies, sentence in _RULES:
        if applies(case):
            return verdict, sentence(case)
    return Verdict.VALID, _valid(case)


_Rule = tuple[Verdict, Callable[[Case], bool], Callable[[Case], str]]
_RULES: tuple[_Rule, ...] = (
    (
        Verdict.INVALID,
        lambda case: case.facts.intact is False,
        lambda case: f"{_what(case)} does not fit: what is signed was changed, or it belongs to another file.",
    ),
    (
        Verdict.INVALID,
        lambda case: case.facts.fits is False,
        lambda case: f"{_what(case)} is not one of the key that it names: it was changed or made up.",
    ),
    (
        Verdict.CHANGED,
        lambda case: case.facts.changes_allowed is False,
        lambda case: f"The file was changed after it was signed: {_listed(case.facts.changes)}.",
    ),
    (
        Verdict.CHANGED,
        lambda case: case.facts.coverage == "part",
        lambda case: (
            f"{_what(case)} covers only a part of the file: the rest may be anything, and may have been changed."
        ),
    ),
    (
        Verdict.CHANGED,
        lambda case: case.facts.hidden_bytes,
        lambda case: f"Bytes are hidden in the place of the signature: {_what(case).lower()} does not cover them.",
    ),
    (
        Verdict.UNKNOWN,
        lambda case: bool(case.facts.weak),
        lambda case: f"{_what(case)} does not count: {case.facts.weak}.",
    ),
    (
        Verdict.UNKNOWN,
        lambda case: bool(case.facts.problem) or not case.facts.intact or not case.facts.fits,
        lambda case: f"{_what(case)} could not be checked: {shown(case.facts.problem or 'it cannot be read')}.",
    ),
    (
        Verdict.UNKNOWN,
        lambda case: not case.facts.coverage or not case.facts.chain or not case.name,
        lambda case: f"{_what(case)} could not be checked: its signer's certificate cannot be read.",
    ),
    (
        Verdict.UNKNOWN,
        lambda case: case.known.key is not None and not case.known.allowed and not case.known.given,
        lambda case: (
            f"{_what(case)} was made with your key “{case.known.key.alias if case.known.key else ''}”, whose state "
            "does not let signatures be checked with it."
        ),
    ),
    (
        Verdict.EXPIRED_OR_REVOKED,
        lambda case: case.facts.chain_problem == "revoked" or case.facts.revocation == "revoked",
        lambda case: f"{_what(case)} fits, but {_revoked(case)}.",
    ),
    (
        Verdict.EXPIRED_OR_REVOKED,
        lambda case: case.facts.chain_problem in ("expired", "not-yet-valid"),
        lambda case: f"{_what(case)} fits, but {shown(case.facts.chain_note)}{_unproven(case)}.",
    ),
    (
        Verdict.VALID_UNTRUSTED,
        lambda case: case.facts.chain_problem == "constraints",
        lambda case: f"{_what(case)} fits, and names “{case.name}”, but {shown(case.facts.chain_note)}.",
    ),
    (
        Verdict.VALID_UNTRUSTED,
        lambda case: not case.trusted and case.known.person is not None,
        lambda case: (
            f"{_what(case)} fits, and was made with the key that you have for “{case.known.person}”, but you have "
            "not compared its fingerprint with them: whose signature it is, is open."
        ),
    ),
    (
        Verdict.VALID_UNTRUSTED,
        lambda case: not case.trusted,
        lambda case: (
            f"{_what(case)} fits, and names “{case.name}”, but nobody whom you trust vouches for that: whose "
            "signature it is, is open."
        ),
    ),
)


def _what(case: Case) -> str:
    return "The time stamp" if case.facts.kind == "time-stamp" else "The signature"


def _valid(case: Case) -> str:
    facts = case.facts
    after = "" if not facts.changes else f" What came after is what signing allows: {_listed(facts.changes)}."
    if facts.kind == "time-stamp":
        return f"“{case.name}” stamped the time on it, and it is as it was then.{after}"
    if case.known.trusted_by:
        return f"The signature fits this file and was made with {whose(case.known)}.{after}"
    return f"“{case.name}” signed it, and it is as it was signed.{after}"


def _revoked(case: Case) -> str:
    since = f" as of {case.facts.revoked_at[:10]}" if case.facts.revoked_at else ""
    whose_ = shown(case.facts.chain_note) if case.facts.chain_note else "the certificate was revoked"
    return f"{whose_}{since}{_unproven(case)}"


def _unproven(case: Case) -> str:
    """What a time stamp could have said."""
    return "" if case.facts.proven_time else ", and nothing proves that it was signed before"


def _listed(clauses: tuple[str, ...]) -> str:
    return shown("; ".join(clauses))


def _name(leaf: Certificate | None, facts: SignatureFacts) -> str:
    """The name in the signer's certificate; whoever reads it knows it as a claim unless the verdict says more."""
    if leaf is None:
        return ""
    return shown(leaf.common_name or leaf.subject) or hashlib.sha256(facts.chain[0]).hexdigest()


def _issuer(leaf: Certificate | None) -> str:
    """Who vouches for the signer's name."""
    if leaf is None:
        return ""
    found = _COMMON.search(leaf.issuer)
    name = re.sub(r"\\(.)", r"\1", found[1]) if found else leaf.issuer
    return "" if leaf.subject == leaf.issuer else shown(name)


def _read(der: bytes) -> Certificate | None:
    try:
        return read_certificate(der)
    except FormatUnrecognised:
        return None


def with_list(view: SignatureView, qualified: str, note: str) -> SignatureView:
    """Add what a trusted list says of the signer: "qualified", "not-qualified" or "unknown"."""
    if view.facts is None:
        return view
    return replace(view, facts=replace(view.facts, qualified=qualified, qualified_note=note))
