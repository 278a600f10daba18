"""What was found out about a signature, in words: lines, notes, and what can be done next. No Qt.

What comes from a document is text of strangers: it stands here readable (`signet.services.files_inspect.shown`), and
short enough to leave room for what Signet says.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from signet.documents.facts import SignatureFacts
from signet.gui.pages.jobs_failures import Tone
from signet.gui.pages.jobs_words import in_lines
from signet.gui.pages.times import clock_of, date_of, moment
from signet.services.files_inspect import shown
from signet.services.signature_chain import ChainLink
from signet.services.verdicts import SignatureView, Verdict, Verification

OFFLINE = "Checked offline with the evidence inside the file"
_HEX = 32
"""Characters of a fingerprint that fit into a line of the panel."""
_LONGEST = 160
"""Characters of a stranger's text."""


@dataclass(frozen=True)
class Line:
    """A name, a value; ``tone`` "" is ordinary text."""

    name: str
    value: str
    tone: Tone | str = ""


HEADLINES: dict[Verdict, tuple[str, Tone]] = {
    Verdict.VALID: ("Valid signature", "ok"),
    Verdict.VALID_UNTRUSTED: ("Signer not trusted", "warn"),
    Verdict.CHANGED: ("Changed after signing", "bad"),
    Verdict.EXPIRED_OR_REVOKED: ("Expired or revoked", "warn"),
    Verdict.UNKNOWN: ("Could not be checked", "warn"),
    Verdict.INVALID: ("Not valid", "bad"),
    Verdict.UNSIGNED: ("Not signed", "neutral"),
}
"""For the pill of a whole document."""

_REVOCATION = {
    "good": ("not revoked", ""),
    "revoked": ("revoked", "bad"),
    "unknown": ("not checked: no proof here", "warn"),
    "ended": ("not known: what was said is too old", "warn"),
}
_PROOF = {"document": "proof inside", "given": "by what you gave", "network": "asked online"}
_CERTIFIES = {
    1: "nothing may change after it",
    2: "forms may be filled in after it, nothing else",
    3: "forms may be filled in and comments added after it",
}
_QUALIFIED = {"qualified": "qualified", "not-qualified": "not qualified", "unknown": "not known"}
_TRUSTED_BY = {"given": "by what you gave", "list": "by a trusted list", "person": "in People"}
_CHAIN = {
    "incomplete": "certificates between the signer and an issuer are missing",
    "not-anchored": "nobody whom you trust vouches for the signer",
    "expired": "a certificate had ended",
    "not-yet-valid": "a certificate did not hold yet",
    "revoked": "a certificate was revoked",
    "constraints": "a certificate is not meant for this",
}


def headline(verification: Verification) -> tuple[str, Tone]:
    """The words of the document's pill, and their tone."""
    words, tone = HEADLINES[verification.verdict]
    count = sum(1 for view in verification.signatures if not is_time_stamp(view))
    if verification.verdict is Verdict.VALID and count > 1:
        return "Valid signatures", tone
    return words, tone


def is_time_stamp(view: SignatureView) -> bool:
    """Whether it is a time stamp over the whole document and nobody's signature."""
    return view.facts is not None and getattr(view.facts, "kind", "signature") == "time-stamp"


def name_of_signer(view: SignatureView) -> str:
    """Who signed, as far as anybody may say so."""
    if is_time_stamp(view):
        return f"Time stamp: {said(view.signer) or 'unknown'}"
    if view.alias:
        return f"Your key {view.alias}"
    name = said(view.person if view.person and view.trusted_by == "person" else view.signer)
    return name or ("Unknown signer" if is_readable(view) else HEADLINES[view.verdict][0])


def is_readable(view: SignatureView) -> bool:
    """Whether anything at all is known of it."""
    return view.facts is not None or bool(view.fingerprint or view.signer)


def lines(view: SignatureView) -> list[Line]:
    """What is to be known of a signature, the most important first."""
    if not is_readable(view):
        return []
    facts = view.facts or SignatureFacts()
    made = [
        _integrity(view),
        Line("Signer", signer_words(view), "" if view.verdict is not Verdict.INVALID else "bad"),
    ]
    if view.issuer:
        made.append(Line("Issuer", said(view.issuer)))
    made.append(Line("Time", time_words(facts)))
    if facts.provable_until:
        made.append(Line("Provable until", day(facts.provable_until)))
    if view.algorithm or facts.algorithm:
        made.append(_algorithm(view, facts))
    if facts.chain:
        found = _revocation(facts)
        known = view.trusted_by in ("vault", "person") and facts.revocation == "unknown"
        made.append(Line(found.name, found.value) if known else found)
    if facts.format:
        made.append(Line("Format", facts.format))
    if facts.coverage:
        made.append(Line("Covers", coverage_words(facts), "warn" if facts.coverage == "part" else ""))
    if facts.certifies:
        made.append(Line("Allows", _CERTIFIES.get(facts.certifies, "only little after it")))
    if facts.page:
        made.append(Line("Visible", f"on page {facts.page}"))
    made += [Line(name, said(value)) for name, value in (("Reason", facts.reason), ("Place", facts.place)) if value]
    if facts.qualified:
        made.append(Line("EU trusted list", _with(_QUALIFIED.get(facts.qualified, ""), facts.qualified_note)))
    return made


def chain_lines(links: tuple[ChainLink, ...]) -> list[Line]:
    """When the signer's certificate ends; nothing if it cannot be read."""
    return [Line("Certificate", f"valid until {day(links[0].not_after)}")] if links and links[0].not_after else []


def changes(view: SignatureView) -> tuple[str, ...]:
    """What came after the signature, each a sentence."""
    facts = view.facts
    return () if facts is None else tuple(_sentence(said(change)) for change in facts.changes)


def notes(view: SignatureView) -> tuple[str, ...]:
    """What a careful person should know besides, each a sentence."""
    facts = view.facts
    if facts is None:
        return ()
    found = []
    if facts.problem:
        found.append(f"It could not be checked in full: {said(facts.problem)}.")
    if facts.hidden_bytes:
        found.append(
            "Something stands behind the signature, in the place that no signature covers: somebody put it there "
            "afterwards, or the program that signed was careless."
        )
    chain = said(facts.chain_note) or _CHAIN.get(facts.chain_problem, "")
    # That nobody vouches is in the sentence, and no matter for those who are trusted themselves.
    if chain and facts.chain_problem != "not-anchored":
        found.append(f"The signer's certificate: {chain}.")
    if facts.time_note:
        found.append(_sentence(said(facts.time_note)))
    if facts.revoked_at:
        found.append(f"It was revoked on {day(facts.revoked_at)}.")
    if facts.signer_said:
        found.append(f"What the signer wrote as a name proves nothing: “{said(facts.signer_said)}”.")
    return tuple(found)


def signer_words(view: SignatureView) -> str:
    """Whether the signer is trusted, and why."""
    if view.verdict is Verdict.INVALID:
        return "only claimed"
    if view.alias:
        return "Trusted · your own key"
    if view.trusted_by == "issuer":
        return "Trusted · by an issuer that you trust"
    if view.trusted_by in _TRUSTED_BY:
        return f"Trusted · {_TRUSTED_BY[view.trusted_by]}"
    if view.person:
        return f"perhaps {said(view.person)}: not compared yet"
    if view.verdict is Verdict.VALID:
        return "Trusted"
    if view.facts is not None and view.facts.anchored and not view.facts.chain_problem:
        return "named by an issuer that is trusted"
    return "not known here" if view.fingerprint or view.signer else "cannot be read"


def time_words(facts: SignatureFacts) -> str:
    """When it was signed, and who says so."""
    if facts.proven_time:
        by = f" of {said(facts.time_stamper)}" if facts.time_stamper else ""
        return f"{minute(facts.proven_time)}, by a time stamp{by}"
    if facts.claimed_time:
        return f"{minute(facts.claimed_time)}, by the signer's own clock: not proven"
    return "not said"


def coverage_words(facts: SignatureFacts) -> str:
    """What is signed."""
    if facts.coverage == "whole":
        return "the whole file"
    if facts.coverage == "detached":
        return "the file that it was checked with"
    if facts.coverage == "revision":
        return f"version {facts.revision} of {facts.revisions} in this file"
    return "only a part of the file"


def technical(view: SignatureView, links: tuple[ChainLink, ...]) -> list[tuple[str, str]]:
    """For those who want to compare with another program."""
    facts = view.facts or SignatureFacts()
    found = [("Fingerprint", in_lines(view.fingerprint, _HEX)), ("Field", said(str(getattr(facts, "field", ""))))]
    for link in links:
        found += [
            ("Certificate of", link.name),
            ("Subject", said(link.subject)),
            ("Issuer", said(link.issuer)),
            ("Serial number", in_lines(link.serial, _HEX)),
            ("Holds", f"{day(link.not_before)} to {day(link.not_after)}" if link.not_after else ""),
            ("SHA-256", in_lines(link.fingerprint, _HEX)),
        ]
    return [(name, value) for name, value in found if value]


def footer(verification: Verification) -> str:
    """With what was checked: with what the file holds, or also with answers from the network."""
    if not any(is_readable(view) for view in verification.signatures):
        return ""
    asked = any(
        view.facts is not None and view.facts.revocation_source == "network" for view in verification.signatures
    )
    if asked:
        return "Checked with the evidence inside the file and answers from the network"
    inside = verification.signature_path == verification.path or not verification.signature_path
    if inside:
        return OFFLINE
    return f"Checked offline with the signature in {shown(os.path.basename(verification.signature_path))}"


def said(text: str) -> str:
    """A stranger's text: readable, in one line, not too long."""
    plain = " ".join(shown(text).split())
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"


def day(text: str) -> str:
    """A date in words; what is none stands as it is."""
    try:
        return date_of(moment(text))
    except ValueError:
        return said(text)


def minute(text: str) -> str:
    """A date and a time of day in words."""
    try:
        when = moment(text)
    except ValueError:
        return said(text)
    return f"{date_of(when)} {clock_of(when)}"


def _integrity(view: SignatureView) -> Line:
    facts = view.facts
    intact = view.verdict in (Verdict.VALID, Verdict.VALID_UNTRUSTED) if facts is None else facts.intact
    if view.verdict is Verdict.CHANGED:
        return Line("Integrity", "Changed after it was signed", "bad")
    if intact is None or (facts is None and view.verdict is Verdict.UNKNOWN):
        return Line("Integrity", "Not known", "warn")
    return Line("Integrity", "Unchanged", "ok") if intact else Line("Integrity", "Changed or damaged", "bad")


def _algorithm(view: SignatureView, facts: SignatureFacts) -> Line:
    name = ", ".join(part for part in (facts.algorithm or view.algorithm, facts.digest_algorithm) if part)
    return (
        Line("Algorithm", f"{name}: does not count, {said(facts.weak)}", "bad")
        if facts.weak
        else Line("Algorithm", name)
    )


def _revocation(facts: SignatureFacts) -> Line:
    words, tone = _REVOCATION.get(facts.revocation, _REVOCATION["unknown"])
    if facts.revocation == "revoked" and facts.revoked_at:
        words = f"revoked on {day(facts.revoked_at)}"
    proof = _PROOF.get(facts.revocation_source, "")
    return Line("Revocation", f"{words}, {proof}" if proof else words, tone)


def _with(word: str, note: str) -> str:
    return f"{word}, {said(note)}" if note else word


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "." if text else ""
