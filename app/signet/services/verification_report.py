"""A verification as a report for programs: everything that the verdict rests on, and when it was checked."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping

from signet.documents.facts import SignatureFacts
from signet.errors import OutputExists
from signet.services.judging_words import next_step, particulars
from signet.services.verdicts import SignatureView, Verification
from signet.store.foreign import translated
from signet.store.output import Output

FORMAT = "signet-verification-1"


def as_json(verification: Verification) -> dict[str, object]:
    """Return the report as JSON values: bytes are base64, times RFC 3339 in UTC."""
    return {
        "path": verification.path,
        "signature": verification.signature_path,
        "verdict": verification.verdict.value,
        "message": verification.sentence,
        "form": verification.form,
        "checked": verification.checked,
        "next_step": next_step(verification),
        "notes": list(verification.notes),
        "signatures": [_view(view) for view in verification.signatures],
    }


def report_text(verification: Verification) -> str:
    """Return the report as a file's text: its format, then `as_json`, indented."""
    return json.dumps({"format": FORMAT, **as_json(verification)}, indent=2, ensure_ascii=False) + "\n"


def write_report(verification: Verification, path: str, *, overwrite: bool = False) -> None:
    """Write the report to a file of its own, whole or not at all; raises OutputExists, DiskFull, FolderReadOnly."""
    if os.path.lexists(path) and not overwrite:
        raise OutputExists(path=path)
    with Output(path) as output:
        with translated(path), open(output.fd, "wb", closefd=False) as stream:
            stream.write(report_text(verification).encode("utf-8", "backslashreplace"))
        output.publish(overwrite=overwrite)


def _view(view: SignatureView) -> dict[str, object]:
    return {
        "verdict": view.verdict.value,
        "signer": view.signer,
        "key_id": view.key_id,
        "alias": view.alias,
        "person": view.person,
        "issuer": view.issuer,
        "trusted_by": view.trusted_by,
        "fingerprint": view.fingerprint,
        "algorithm": view.algorithm,
        "message": view.sentence,
        "next_step": next_step(view),
        "said": [list(pair) for pair in particulars(view)],
        "facts": None if view.facts is None else _facts(view.facts),
    }


def _facts(facts: SignatureFacts) -> dict[str, object]:
    return {name: _plain(value) for name, value in facts.packed().items()}


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return {str(name): _plain(each) for name, each in value.items()} if isinstance(value, Mapping) else value
