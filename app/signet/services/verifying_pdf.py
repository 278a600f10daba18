"""Verifying a PDF: the document child reads it, here it is judged (DESIGN.md, section 7)."""

from __future__ import annotations

import os
from collections.abc import Mapping

from signet.documents.asking import SECONDS, Unchecked, document_child
from signet.documents.facts import Anchors
from signet.services.files_inspect import shown
from signet.services.files_items import Tally, opened
from signet.services.known_signers import KnownSigners
from signet.services.prompt import Prompt, SecretKind, SecretRequest
from signet.services.verdicts import Verification
from signet.services.verifying_documents import facts_in, judged, not_checked
from signet.services.verifying_given import stream_of

UNSIGNED = "This document is not signed."
BYTES_A_SECOND = 32 << 20
"""What reading and hashing takes on top of the ten seconds: nothing that counts for anything but very large files."""
LOCKED = "the document has a password, and the one given does not open it"


def check_pdf(
    path: str, signers: KnownSigners, anchors: Anchors, prompt: Prompt | None, tally: Tally
) -> Verification:
    """Check every signature inside a PDF; raises Cancelled, SecretMissing, StorageError, SourceChanged."""
    try:
        with opened(path) as file, stream_of(file, path):
            answer = _asked(file, path, anchors, prompt, tally)
        return judged(path, path, facts_in(answer), signers, form="pdf", unsigned=UNSIGNED)
    except Unchecked as error:
        return not_checked(path, path, error.reason, signers, form="pdf")
    finally:
        tally.within(0)(os.path.getsize(path) if os.path.exists(path) else 0)


def _asked(file: int, path: str, anchors: Anchors, prompt: Prompt | None, tally: Tally) -> Mapping[str, object]:
    """Ask the child, and once more with the password if the document wants one."""
    with document_child([file], cancelled=tally.cancelled) as child:
        child.prepare("verify_pdf")
        seconds = SECONDS + os.fstat(file).st_size / BYTES_A_SECOND
        answer = child.ask("verify_pdf", seconds=seconds, file=file, anchors=anchors.packed())
        if not answer.get("locked"):
            return answer
        if prompt is None:
            raise Unchecked("the document has a password")
        what = f"password of the document “{shown(os.path.basename(path))}”"
        with prompt.secret(SecretRequest(kind=SecretKind.FILE_PASSPHRASE, what=what)) as secret:
            answer = child.ask(
                "verify_pdf", seconds=seconds, file=file, anchors=anchors.packed(), password=secret.reveal()
            )
        if answer.get("locked"):
            raise Unchecked(LOCKED)
        return answer
