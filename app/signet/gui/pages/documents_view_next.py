"""What can be done about signatures: a sentence, and what to offer. No Qt."""

from __future__ import annotations

from enum import StrEnum

from signet.gui.pages.documents_sign_words import can_last
from signet.gui.pages.documents_view_words import is_time_stamp, said
from signet.services.verdicts import SignatureView, Verdict, Verification


class Next(StrEnum):
    """What can be done about a signature; the value is the button's text."""

    TRUST_SIGNER = "Trust this signer…"
    TRUST_ISSUER = "Trust the issuer…"
    GIVE_KEY = "Give public key…"
    CHOOSE = "Choose signature…"
    AGAIN = "Check again"
    EXTEND = "Extend…"


def what_next(verification: Verification) -> str:
    """One sentence on what to do now."""
    views = verification.signatures
    deciding = next((view for view in views if view.verdict is verification.verdict), None)
    if verification.verdict is Verdict.VALID:
        facts = [view.facts for view in views if view.facts is not None]
        if len(facts) == len(views) and all(each.proven_time for each in facts):
            return "Nothing to do."
        if any(each.claimed_time for each in facts):
            return "Nothing to do. When it was signed is said by the signer alone."
        return "Nothing to do. Nothing says when it was signed."
    if verification.verdict is Verdict.VALID_UNTRUSTED:
        if deciding is not None and deciding.person:
            person = said(deciding.person)
            return (
                f"Compare the fingerprint with {person}, on the phone for instance, and note it on the page People."
            )
        if deciding is not None and deciding.facts is not None and deciding.facts.chain:
            return "If you can compare the fingerprint with the signer or the issuer, trust one of them from now on."
        return "Ask the signer for the public key by a way that you trust, and give it here."
    if verification.verdict is Verdict.CHANGED:
        return "Look at what changed. If it matters, ask the signer which version was meant."
    if verification.verdict is Verdict.EXPIRED_OR_REVOKED:
        return "Ask the signer for a new signature with a certificate that is good today."
    if verification.verdict is Verdict.UNKNOWN:
        return "Ask the signer for the document again; until then, do not rely on the signature."
    if verification.verdict is Verdict.INVALID:
        return "Do not rely on this file. Ask the signer for the original."
    if verification.form or verification.signature_path == verification.path:
        return "You can sign it. If you were given a signature in a file of its own, choose that."
    return "If you were given a signature file, choose it."


def acts(view: SignatureView) -> tuple[Next, ...]:
    """What to offer for one signature in an open vault; what can be trusted is known only once it was asked."""
    if view.verdict is Verdict.VALID_UNTRUSTED and (view.facts is None or not view.facts.chain):
        return () if view.person else (Next.GIVE_KEY,)
    if view.verdict is Verdict.VALID_UNTRUSTED:
        return () if is_time_stamp(view) else (Next.TRUST_SIGNER, Next.TRUST_ISSUER)
    return ()


def whole_acts(verification: Verification) -> tuple[Next, ...]:
    """What to offer for the whole document."""
    inside = bool(verification.signatures) and verification.signature_path == verification.path
    found = []
    if verification.verdict in (Verdict.UNSIGNED, Verdict.UNKNOWN, Verdict.INVALID) and not inside:
        found.append(Next.CHOOSE)
    if verification.verdict is Verdict.UNKNOWN:
        found.append(Next.AGAIN)
    if can_last(verification):
        found.append(Next.EXTEND)
    return tuple(found)
