"""The messages between parent and child: bounded, length-prefixed JSON, and what they say when something failed."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Mapping

from signet import errors

#: No message is longer: a page picture of a document or a batch of certificates fits many times.
MAX_MESSAGE = 64 * 1024 * 1024
LENGTH = struct.Struct(">I")
PART = 1 << 20  # bytes read at once
POLL_SECONDS = 0.1


class ChildProblem(Exception):
    """The child failed, not what it was asked. Not a SignetError: the owner of the child says what it means."""


class ChildTimedOut(ChildProblem):
    """No answer within ``seconds``; the child was killed."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no answer within {seconds} seconds")
        self.seconds = seconds


class ChildDied(ChildProblem):
    """The child ended or broke the protocol; ``returncode`` as in subprocess (negative: a signal)."""

    def __init__(self, returncode: int | None) -> None:
        super().__init__(f"ended with {returncode}")
        self.returncode = returncode


class ChildFailed(ChildProblem):
    """A handler raised something outside Signet's tree: ``kind`` is the name of its type, its text stays there."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"failed with {kind}")
        self.kind = kind


class Garbage(Exception):
    """What arrived is no message of ours."""


def pack(value: object) -> bytes:
    """Write one message, with its length before it; ValueError if it is too long, TypeError if it is no JSON."""
    body = json.dumps(_to_json(value), ensure_ascii=True, separators=(",", ":")).encode("ascii")
    if len(body) > MAX_MESSAGE:
        raise ValueError("a message is longer than the channel takes")
    return LENGTH.pack(len(body)) + body


def unpack(body: bytes) -> object:
    """Read one message without its length; raise Garbage if it is none."""
    try:
        return _from_json(json.loads(body))
    except (ValueError, RecursionError) as error:
        raise Garbage from error


def _to_json(value: object) -> object:
    if isinstance(value, bytes | bytearray | memoryview):
        return {"$bytes": base64.b64encode(value).decode("ascii")}
    if isinstance(value, Mapping):
        return {str(name): _to_json(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_to_json(part) for part in value]
    return value


def _from_json(value: object) -> object:
    if isinstance(value, dict):
        if value.keys() == {"$bytes"}:
            return base64.b64decode(str(value["$bytes"]), validate=True)
        return {name: _from_json(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_from_json(part) for part in value]
    return value


def open_answer(answer: Mapping[str, object]) -> object:
    """Return the value in an answer or raise its error: Signet's own as itself, any other as ChildFailed."""
    if "value" in answer:
        return answer["value"]
    error = answer.get("error")
    if isinstance(error, dict):
        kinds = {kind.__name__: kind for kind in errors.every_error()}
        name, details = error.get("type"), error.get("details")
        if isinstance(name, str) and name in kinds and isinstance(details, dict):
            try:
                found = kinds[name](**details)
            except TypeError as unfit:
                raise ChildFailed("an error with other attributes than its own") from unfit
            raise found
    raise ChildFailed(str(answer.get("failed", "an unknown answer")))
