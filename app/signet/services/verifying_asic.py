"""Verifying an ASiC-E container (.asice, .sce, .bdoc): the document child reads it, here it is judged.

A signature that does not cover every file of its container is never "valid": whoever opens it takes what lies there
for signed (decision 38).
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from signet.documents.asking import SECONDS, Unchecked, document_child
from signet.documents.facts import Anchors
from signet.services.files_inspect import shown
from signet.services.files_items import Tally, opened
from signet.services.known_signers import KnownSigners
from signet.services.verdicts import Verification
from signet.services.verifying_documents import facts_in, judged, not_checked
from signet.services.verifying_given import stream_of

UNSIGNED = "Nobody has signed this container."
_BYTES_A_SECOND = 50 << 20
"""How fast files are unpacked and hashed at the least; a container gets the more time for that."""
_SHOWN = 20


def check_asic(path: str, signers: KnownSigners, anchors: Anchors, tally: Tally) -> Verification:
    """Check every signature of a container; raises Cancelled, StorageError, SourceChanged."""
    try:
        with opened(path) as file, stream_of(file, path):
            size = os.fstat(file).st_size
            with document_child([file], cancelled=tally.cancelled) as child:
                child.prepare("verify_asic")
                seconds = SECONDS + size / _BYTES_A_SECOND
                answer = child.ask("verify_asic", seconds=seconds, file=file, anchors=anchors.packed())
            tally.within(0)(size)
        return judged(path, path, facts_in(answer), signers, form="asic", unsigned=UNSIGNED, notes=_notes(answer))
    except Unchecked as error:
        return not_checked(path, path, error.reason, signers, form="asic")


def _notes(answer: Mapping[str, object]) -> tuple[str, ...]:
    """What is in the container, as a sentence, and what the child noted."""
    files, notes = _texts(answer, "files"), _texts(answer, "notes")
    named = ", ".join(f"“{shown(name)}”" for name in files[:_SHOWN])
    more = f" and {len(files) - _SHOWN} more" if len(files) > _SHOWN else ""
    count = "1 file" if len(files) == 1 else f"{len(files)} files"
    said = f"The container holds {count}: {named}{more}." if files else "The container holds no files."
    return (said, *(shown(note) for note in notes))


def _texts(answer: Mapping[str, object], name: str) -> list[str]:
    found = answer.get(name)
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise Unchecked("it is damaged, or no document of its kind")
    return found
