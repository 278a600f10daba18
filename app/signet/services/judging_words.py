"""What is told about a signature besides its verdict: particulars as label and clause, and what to do next."""

from __future__ import annotations

from signet.documents.facts import SignatureFacts
from signet.services.files_inspect import shown
from signet.services.verdicts import SignatureView, Verdict, Verification

_NEXT = {
    Verdict.INVALID: "Do not rely on it. Ask the signer for the original file and its signature.",
    Verdict.CHANGED: "Ask the signer whether the change was meant, and for a signature over this version.",
    Verdict.UNKNOWN: "Do not rely on it until it could be checked.",
    Verdict.EXPIRED_OR_REVOKED: "Ask the signer for a new signature, with a certificate that is good today.",
    Verdict.VALID_UNTRUSTED: (
        "If you know the signer or the issuer: get their certificate in a way that you trust, compare its "
        "fingerprint, and trust it."
    ),
    Verdict.VALID: "",
    Verdict.UNSIGNED: "If you were given a signature file, choose it.",
}
_REVOCATION = {
    "good": "not revoked",
    "revoked": "revoked",
    "unknown": "not checked: there is nothing here that says whether it was revoked",
    "ended": "not checked: what is here about it is too old",
}
_SOURCES = {
    "document": ", by what the document brings",
    "given": ", by what was given",
    "network": ", asked just now",
}
_COVERS = {"whole": "the whole file", "detached": "the whole file", "part": "only a part of the file"}
_CERTIFIES = {
    1: "nothing may be changed",
    2: "forms may be filled in and signatures added",
    3: "forms may be filled in, notes and signatures added",
}
_QUALIFIED = {
    "qualified": "yes:",
    "not-qualified": "no:",
    "unknown": "not known:",
}


def next_step(found: Verification | SignatureView) -> str:
    """Return what to do at a verdict, as a sentence; "" if there is nothing to do."""
    return _NEXT[found.verdict]


def particulars(view: SignatureView) -> tuple[tuple[str, str], ...]:
    """Return what is known of a signature as pairs of label and clause, in the order in which people ask.

    Empty for forms without a certificate, whose view says it all.
    """
    facts = view.facts
    if facts is None or not facts.chain:
        return () if facts is None else tuple(_of_place(facts))
    found = [
        ("Issuer", view.issuer or "itself: nobody else vouches for the name"),
        ("Time", time_said(facts)),
        *_of_place(facts),
        ("Revoked", _revocation(view, facts)),
        ("Algorithm", f"{facts.algorithm} with {facts.digest_algorithm}"),
        ("Can be proven until", facts.provable_until[:10]),
        ("Qualified", " ".join((_QUALIFIED.get(facts.qualified, ""), shown(facts.qualified_note))).strip()),
        ("Form", shown(facts.format)),
        ("Certificate", f"SHA-256 {view.fingerprint}"),
    ]
    return tuple((label, said) for label, said in found if said)


def time_said(facts: SignatureFacts) -> str:
    """Say when it was signed, and where that time comes from."""
    claimed = f"{_moment(facts.claimed_time)} by the signer's own clock, not proven" if facts.claimed_time else ""
    note = f" ({shown(facts.time_note)})" if facts.time_note else ""
    if facts.kind == "time-stamp":
        return f"{_moment(facts.proven_time)}" if facts.proven_time else shown(facts.time_note)
    if facts.proven_time:
        proven = f"there at {_moment(facts.proven_time)}, time stamp by {shown(facts.time_stamper)}"
        return f"{proven}; {claimed}" if claimed else proven
    return (claimed or "not said") + note


def _of_place(facts: SignatureFacts) -> list[tuple[str, str]]:
    covers = _COVERS.get(facts.coverage, "")
    if facts.coverage == "revision":
        covers = f"version {facts.revision} of {facts.revisions} of the file"
    changed = shown("; ".join(facts.changes))
    said = [
        ("Covers", covers),
        ("Changed since", f"{changed} ({'allowed' if facts.changes_allowed else 'not allowed'})" if changed else ""),
        ("Certifies", _CERTIFIES.get(facts.certifies, "")),
        ("Reason", shown(facts.reason)),
        ("Place", shown(facts.place)),
    ]
    return [(label, clause) for label, clause in said if clause]


def _revocation(view: SignatureView, facts: SignatureFacts) -> str:
    if not view.issuer and facts.revocation == "unknown":
        return "nobody could say so: it vouches for itself"
    since = f" as of {facts.revoked_at[:10]}" if facts.revoked_at else ""
    return _REVOCATION.get(facts.revocation, "") + since + _SOURCES.get(facts.revocation_source, "")


def _moment(text: str) -> str:
    """A moment as people read it: 2026-11-22 19:19 UTC."""
    return f"{text[:10]} {text[11:16]} UTC"
