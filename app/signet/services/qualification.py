"""What trusted lists say of signers: whether a certificate is a qualified one.

A list adds to a verdict and never makes an invalid signature valid. One that has ended says nothing.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace

from signet.documents.asking import Unchecked, document_child
from signet.documents.facts import SignatureFacts
from signet.keys.issuer import TrustedList
from signet.services.judging import with_list
from signet.services.listed import KeptList, kept_lists
from signet.services.session import Session
from signet.services.trusted_lists import SECONDS, list_files
from signet.services.verdicts import SignatureView, Verdict, Verification

_NOBODY = "no trusted list that is here names its issuer"
_SPEAKING = (Verdict.VALID, Verdict.VALID_UNTRUSTED)


def with_lists(session: Session | None, found: Verification, moment: str) -> Verification:
    """Add to each signature that fits whether its signer's certificate is qualified; without lists nothing.

    ``moment`` (RFC 3339 in UTC) is when it is checked; what a time stamp proves is asked about its own time.
    """
    kept = [] if session is None or not found.signatures else kept_lists(session)
    if session is None or not kept:
        return found
    views = tuple(_with(session, view, kept, moment) for view in found.signatures)
    return replace(found, signatures=views)


def _with(session: Session, view: SignatureView, kept: list[KeptList], moment: str) -> SignatureView:
    facts = view.facts
    if facts is None or facts.kind != "signature" or view.verdict not in _SPEAKING or not facts.chain:
        return view
    naming = [each for each in kept if _names(each, facts)]
    current = [each for each in naming if not each.found.ended(moment)]
    if not naming:
        return with_list(view, "unknown", _NOBODY)
    if not current:
        ended = naming[0].found
        note = (
            f"the trusted list of {ended.territory} has ended on {ended.next_update[:10]}, and there is no newer one"
        )
        return with_list(view, "unknown", note)
    if not facts.anchored or facts.chain_problem:
        return with_list(view, "unknown", "its certificates do not lead to the issuer that the list names")
    qualified, note = _assessed(session, current[0].found, facts, facts.proven_time or moment)
    return with_list(view, qualified, note)


def _names(kept: KeptList, facts: SignatureFacts) -> bool:
    above = set(facts.chain[1:])
    return any(service.certificate in above for service in kept.contents.services)


def _assessed(session: Session, found: TrustedList, facts: SignatureFacts, moment: str) -> tuple[str, str]:
    """Ask the document child: a list is a document of others, whoever signed it."""
    try:
        # The bytes whose digest was compared, and not whatever lies there by now.
        with tempfile.TemporaryFile() as file:
            file.write(list_files(session).read(found.digest) or b"")
            file.flush()
            with document_child([file.fileno()]) as child:
                child.prepare("assess_qualified")
                asked = {"file": file.fileno(), "chain": list(facts.chain), "moment": moment}
                answer = child.ask("assess_qualified", seconds=SECONDS, **asked)
    except Unchecked as error:
        return "unknown", f"the trusted list of {found.territory} could not be asked: {error.reason}"
    qualified, note = str(answer.get("qualified")), str(answer.get("note"))
    if qualified not in ("qualified", "not-qualified"):
        return "unknown", f"the trusted list of {found.territory} could not be asked"
    return qualified, f"{note}, by the trusted list of {found.territory} of {found.issued[:10]}"
