"""Judging what the document child answers about signatures: the same for every form with certificates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from signet.documents.asking import Unchecked
from signet.documents.facts import SignatureFacts, unpacked_facts
from signet.errors import KeyProblem, SignatureInvalid
from signet.services.files_inspect import shown
from signet.services.judging import judge
from signet.services.known_signers import KnownSigners
from signet.services.verdicts import SignatureView, Verdict, Verification, worst
from signet.services.verifying_given import door

_COUNTS_OF_STAMPS = (Verdict.INVALID, Verdict.CHANGED, Verdict.UNKNOWN)
"""Verdicts over a document's time stamp that count for the whole; whether its service is trusted does not."""


def facts_in(answer: Mapping[str, object]) -> tuple[SignatureFacts, ...]:
    """Read the signatures that a child answered; raise Unchecked if they are none."""
    found = answer.get("signatures")
    try:
        if not isinstance(found, list):
            raise ValueError("no list")
        return tuple(unpacked_facts(each) for each in found)
    except ValueError as error:
        raise Unchecked("it is damaged, or no document of its kind") from error


def judged(
    path: str,
    signature_path: str,
    facts: Sequence[SignatureFacts],
    signers: KnownSigners,
    *,
    form: str,
    unsigned: str,
    notes: tuple[str, ...] = (),
) -> Verification:
    """Judge all signatures of a file and record the check; ``unsigned`` is the sentence if nobody signed it."""
    views = tuple(judge(each, signers.known, given=signers.given, issuers=signers.issuers) for each in facts)
    _record(path, views, signers)
    counting = [
        view
        for view in views
        if view.facts is None or view.facts.kind != "time-stamp" or view.verdict in _COUNTS_OF_STAMPS
    ]
    verdict = worst(view.verdict for view in counting)
    if verdict is Verdict.UNSIGNED:
        sentence = unsigned if not views else f"Nobody signed it; {views[-1].sentence}"
        return Verification(path, signature_path, verdict, sentence, views, form=form, notes=notes)
    first = next(view for view in counting if view.verdict is verdict)
    many = sum(1 for view in views if view.facts is None or view.facts.kind == "signature")
    sentence = first.sentence if many < 2 else f"{many} signatures. {first.sentence}"
    return Verification(path, signature_path, verdict, sentence, views, form=form, notes=notes)


def not_checked(path: str, signature_path: str, reason: str, signers: KnownSigners, *, form: str) -> Verification:
    """What could not be checked at all: it may be anything, and is never "unsigned"."""
    sentence = f"The signatures could not be checked: {shown(reason)}."
    view = SignatureView(Verdict.UNKNOWN, sentence, "", "", "")
    _record(path, (view,), signers)
    return Verification(path, signature_path, Verdict.UNKNOWN, sentence, (view,), form=form)


def _record(path: str, views: Sequence[SignatureView], signers: KnownSigners) -> None:
    """Enter the check in the log, with each own key that is in it: failed if a signature is invalid."""
    own = {view.key_id: signers.key(view.key_id) for view in views if view.key_id is not None}
    for key_id, key in own.items() or {None: None}.items():
        with suppress(SignatureInvalid, KeyProblem), door(signers.session, key, path):
            if any(view.verdict is Verdict.INVALID and view.key_id in (None, key_id) for view in views):
                raise SignatureInvalid
