"""A trusted list as it is kept: one line of JSON that says what is in it, then the bytes that its signature covers.

The line is written here, from what the document child found, when the signature was checked; the digest of the whole
is in a sealed row. So it is believed without being checked anew, and nothing of a list is parsed in this process.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from signet.documents.asking import Unchecked

_VERSION = 1


@dataclass(frozen=True)
class Service:
    """A qualified service: ``certificate`` DER, ``kind`` "ca" or "tsa", granted from ``since`` to ``until`` ("")."""

    certificate: bytes
    kind: str
    name: str
    since: str
    until: str

    def granted(self, moment: str) -> bool:
        """Whether it was qualified at a moment (RFC 3339 in UTC)."""
        return self.since <= moment and (not self.until or moment < self.until)


@dataclass(frozen=True)
class Pointer:
    """A list that another names: whose, where it is, whose certificates (DER) may sign it."""

    territory: str
    address: str
    certificates: tuple[bytes, ...]


@dataclass(frozen=True)
class Contents:
    """What a list names: services, or other lists."""

    services: tuple[Service, ...] = ()
    pointers: tuple[Pointer, ...] = ()


def contents_of(answer: Mapping[str, object]) -> Contents:
    """Take what the child answered, trusting none of its types; raises Unchecked."""
    try:
        services = tuple(
            Service(_bytes(each["certificate"]), _kind(each["kind"]), *(_text(each[n]) for n in _TEXTS))
            for each in _rows(answer["services"])
        )
        pointers = tuple(
            Pointer(
                _text(each["territory"]), _text(each["address"]), tuple(map(_bytes, _items(each["certificates"])))
            )
            for each in _rows(answer["pointers"])
        )
    except (KeyError, ValueError) as error:
        raise Unchecked("it is damaged, or no trusted list") from error
    return Contents(services, pointers)


_TEXTS = ("name", "since", "until")


def packed(contents: Contents, covered: bytes) -> bytes:
    """Write a list as it is kept."""
    line = {
        "version": _VERSION,
        "services": [{**vars(each), "certificate": _b64(each.certificate)} for each in contents.services],
        "pointers": [
            {**vars(each), "certificates": list(map(_b64, each.certificates))} for each in contents.pointers
        ],
    }
    return json.dumps(line, sort_keys=True, separators=(",", ":")).encode("ascii") + b"\n" + covered


def unpacked(kept: bytes) -> tuple[Contents, bytes]:
    """Read a kept list whose digest was compared; return what is in it and the bytes that are signed.

    Raises ValueError for one that another Signet wrote in another way.
    """
    line, _, covered = kept.partition(b"\n")
    try:
        found = json.loads(line)
        if found["version"] != _VERSION:
            raise ValueError("another version")
        services = [Service(**{**each, "certificate": _plain(each["certificate"])}) for each in found["services"]]
        pointers = [
            Pointer(**{**each, "certificates": tuple(map(_plain, each["certificates"]))})
            for each in found["pointers"]
        ]
    except (KeyError, TypeError, binascii.Error) as error:
        raise ValueError("not a kept list") from error
    return Contents(tuple(services), tuple(pointers)), covered


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _plain(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _items(found: object) -> Sequence[object]:
    if not isinstance(found, list):
        raise ValueError("no list")
    return found


def _rows(found: object) -> list[Mapping[str, object]]:
    rows = [each for each in _items(found) if isinstance(each, Mapping)]
    if len(rows) != len(_items(found)):
        raise ValueError("not all are objects")
    return rows


def _bytes(found: object) -> bytes:
    if not isinstance(found, bytes):
        raise ValueError("no bytes")
    return found


def _text(found: object) -> str:
    if not isinstance(found, str):
        raise ValueError("no text")
    return found


def _kind(found: object) -> str:
    if found not in ("ca", "tsa"):
        raise ValueError("no kind of service")
    return str(found)
