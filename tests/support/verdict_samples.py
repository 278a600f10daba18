"""Verifications as the services make them, with certificates of the tests' own authority: for words and pictures."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from signet.documents.facts import SignatureFacts
from signet.services.verdicts import SignatureView, Verdict, Verification, worst
from support import pki

MARI = "Mari Maasikas"
FACTS = SignatureFacts(
    name="Signature1",
    format="PAdES B-LT",
    intact=True,
    fits=True,
    algorithm="ECDSA P-256",
    digest_algorithm="SHA-256",
    anchored=True,
    revocation="good",
    revocation_source="document",
    claimed_time="2026-11-20T14:01:58Z",
    proven_time="2026-11-20T14:02:03Z",
    time_stamper="Example Time Stamping",
    provable_until="2045-12-31T00:00:00Z",
    coverage="whole",
    revision=1,
    revisions=1,
    reason="tenant",
)


def good(common: str = MARI, **other: object) -> SignatureView:
    """A signature that is valid by an issuer whom the person trusts; ``other`` are facts that differ."""
    holder = pki.signer("p256", common)
    facts = replace(FACTS, chain=pki.chain(holder), **other)  # type: ignore[arg-type]
    return SignatureView(
        verdict=Verdict.VALID,
        sentence=f"“{common}” signed it, and it is as it was signed.",
        signer=common,
        fingerprint=hashlib.sha256(holder.der).hexdigest(),
        algorithm="ECDSA P-256",
        issuer="Example Issuing CA",
        trusted_by="issuer",
        facts=facts,
    )


def judged(view: SignatureView, verdict: Verdict, sentence: str) -> SignatureView:
    """The same with another verdict."""
    return replace(view, verdict=verdict, sentence=sentence, trusted_by="")


def changed() -> SignatureView:
    changes = ("page 2 was replaced", "a comment was added on page 1")
    view = good(coverage="revision", revisions=2, changes_allowed=False, changes=changes)
    return judged(view, Verdict.CHANGED, f"The file was changed after it was signed: {'; '.join(changes)}.")


def stranger() -> SignatureView:
    view = good(format="PAdES B-B", anchored=False, chain_problem="not-anchored", proven_time="", time_stamper="")
    view = replace(view, facts=replace(view.facts or FACTS, revocation="unknown", revocation_source=""))
    sentence = (
        f"The signature fits, and names “{MARI}”, but nobody whom you trust vouches for that: whose signature it is, "
        "is open."
    )
    return judged(view, Verdict.VALID_UNTRUSTED, sentence)


def broken() -> SignatureView:
    view = good(intact=False, revocation="unknown", revocation_source="")
    return judged(
        view,
        Verdict.INVALID,
        "The signature does not fit: what is signed was changed, or it belongs to another file.",
    )


def weak() -> SignatureView:
    view = good(weak="SHA-1 can be forged", digest_algorithm="SHA-1", format="CMS", proven_time="")
    return judged(view, Verdict.UNKNOWN, "The signature does not count: SHA-1 can be forged.")


def ended() -> SignatureView:
    view = good(chain_problem="expired", chain_note="the certificate had ended on 2026-10-01", proven_time="")
    return judged(
        view,
        Verdict.EXPIRED_OR_REVOKED,
        "The signature fits, but the certificate had ended on 2026-10-01, and nothing proves that it was signed "
        "before.",
    )


def unreadable() -> SignatureView:
    return SignatureView(
        Verdict.UNKNOWN, "The signatures could not be checked: it takes too long to read.", "", "", ""
    )


def own_ssh() -> SignatureView:
    return SignatureView(
        Verdict.VALID,
        "The signature fits this file and was made with your key “contracts”.",
        "contracts",
        "SHA256:AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdefg",
        "ecdsa-sha2-nistp256",
        key_id="key",
        alias="contracts",
        trusted_by="vault",
    )


def verification(path: str, *views: SignatureView, signature: str = "", form: str = "pdf") -> Verification:
    """A file with these signatures."""
    verdict = worst(view.verdict for view in views)
    first = next((view.sentence for view in views if view.verdict is verdict), "This document is not signed.")
    sentence = first if len(views) < 2 else f"{len(views)} signatures. {first}"
    return Verification(path, signature or path, verdict, sentence, views, form=form)
