"""One use of a key as its limits see it: what time it is, what is left; and the question to the person."""

from __future__ import annotations

from collections.abc import Mapping

from signet.audit.canonical import Detail
from signet.clock import parse_timestamp
from signet.errors import SignetError
from signet.keys.model import Key
from signet.keys.policy import Context, Limits, Occasion
from signet.keys.state import LEAVING, Operation
from signet.services.session import Session
from signet.store.records import Reading

JOBS = {
    Operation.ENCRYPT: "encrypt",
    Operation.DECRYPT: "decrypt",
    Operation.RE_ENCRYPT: "re-encrypt",
    Operation.SIGN: "sign",
    Operation.GENERATE_DATA_KEY: "make a data key",
    Operation.GENERATE_DATA_KEY_WITHOUT_PLAINTEXT: "make a data key",
    Operation.GENERATE_DATA_KEY_PAIR: "make a data key pair",
    Operation.GENERATE_DATA_KEY_PAIR_WITHOUT_PLAINTEXT: "make a data key pair",
    Operation.GENERATE_MAC: "authenticate a file",
    Operation.VERIFY_MAC: "check the authentication code of a file",
    Operation.DERIVE_SHARED_SECRET: "agree on a shared secret",
    Operation.ENCAPSULATE: "encapsulate a shared secret",
    Operation.DECAPSULATE: "decapsulate a shared secret",
    Operation.EXPORT: "export",
    Operation.SEND: "send",
}
"""What a guard's secret is asked for, within a sentence."""
_CONTENTS = {
    "secret": " a small secret",
    "data-key": " a data key",
    "certificate": " a certificate",
    "certificate-request": " a request for a certificate",
}


def occasion_of(session: Session, reading: Reading, limits: Limits, context: Context, uses: int) -> Occasion:
    """Say what the limits have to know of this moment; raises RecordDisagrees."""
    latest = None
    if limits.policy.not_after is not None:
        latest = reading.latest_since(limits.since)
    return Occasion(
        now=session.workplace.clock.now(),
        latest=None if latest is None else parse_timestamp(latest),
        context=context,
        uses=uses,
        used=limits.uses,
    )


def question(key: Key, operation: Operation, details: Mapping[str, Detail], uses: int) -> str:
    """What the person is asked each time, with what and how much is at stake."""
    job, files = JOBS.get(operation, operation.value), "files" in details
    content = str(details.get("content") or details.get("format"))
    what = (" 1 file" if uses == 1 else f" {uses} files") if files else _CONTENTS.get(content, "")
    end = ", to encrypt anew" if details.get("for") == str(Operation.RE_ENCRYPT) else ""
    link = "" if operation in LEAVING else " with"
    return f"{job[0].upper()}{job[1:]}{what}{link} “{key.alias}”{end}? This key asks each time."


def refusal_details(error: SignetError) -> dict[str, Detail]:
    """What the log says of a refusal: the error, and the limit that it comes from."""
    rule = getattr(error, "rule", "")
    return {"error": type(error).__name__, **({"rule": rule} if rule else {})}
