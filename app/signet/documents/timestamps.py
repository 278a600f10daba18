"""Time stamps from a service that the person named (RFC 3161): asked for over HTTP, checked before they are used.

The service learns a digest, the address that it is asked from, and when; nothing of the document. What it answers is
somebody else's CMS, so it is read and checked in the document child (`signet.documents.timestamp_check`); this
process embeds the very bytes that were found good there.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Self

from signet.clock import parse_timestamp, timestamp
from signet.documents.asking import DocumentChild, Unchecked, document_child
from signet.documents.network import Visit, checked_address, fetch
from signet.errors import ServiceAnsweredNonsense, ServiceRefused

PURPOSE = "a time stamp"
SECONDS = 30.0
"""For one time stamp; a service that works takes less than two."""
MAX_ANSWER = 256 * 1024
"""Bytes of an answer: a token with its chain takes 3 to 10 KiB, one after quantum computers perhaps 60."""
TOKEN_ROOM = 16 * 1024
"""Bytes that a place in a document keeps free for a token; a longer one is not used."""
ALGORITHMS = ("sha256", "sha384", "sha512")
_NONCE_BITS = 64
_QUERY = "application/timestamp-query"  # RFC 3161, 3.4
_REPLY = "application/timestamp-reply"


@dataclass(frozen=True)
class TimeStamp:
    """One time stamp, checked: the token (DER of its ContentInfo), when it was made and until when its maker's
    certificate holds (both RFC 3339 in UTC), who made it, and its certificates (DER), the maker's first."""

    token: bytes
    moment: str
    ends: str
    name: str
    certificates: tuple[bytes, ...]


class Timestamper:
    """A time-stamp service, asked for as many stamps as are wanted; leaving ``with`` ends the process that checks.

    That process starts with the first stamp; without ``with`` it ends after each.

    ``visited`` is told of each request before it is sent. ``last`` is the last time stamp that was given. Raises
    ServiceAddressRefused at once. ``policy`` (a dotted OID) is the one that a stamp has to be made under, if any.
    """

    def __init__(
        self,
        url: str,
        *,
        seconds: float = SECONDS,
        policy: str = "",
        cancelled: Callable[[], bool] | None = None,
        visited: Callable[[Visit], None] | None = None,
    ) -> None:
        self.url = url
        self.host = checked_address(url, purpose=PURPOSE)
        self.last: TimeStamp | None = None
        self._seconds = seconds
        self._policy = policy
        self._cancelled = cancelled
        self._visited = visited
        self._kept: ExitStack | None = None
        self._child: DocumentChild | None = None

    def stamp(self, digest: bytes, algorithm: str) -> bytes:
        """Return the token (DER of a TimeStampToken) over a digest made by ``algorithm`` (one of `ALGORITHMS`).

        Raises NetworkProblem (each of its kinds), Cancelled.
        """
        return self.ask(digest, algorithm).token

    def ask(self, digest: bytes, algorithm: str) -> TimeStamp:
        """As `stamp`, and all that the token says."""
        nonce = secrets.randbits(_NONCE_BITS)
        answer = fetch(
            self.url,
            purpose=PURPOSE,
            limit=MAX_ANSWER,
            seconds=self._seconds,
            body=request(digest, algorithm, nonce=nonce, policy=self._policy),
            content_type=_QUERY,
            accept=_REPLY,
            cancelled=self._cancelled,
            visited=self._visited,
        )
        self.last = self._checked(answer, digest, algorithm, nonce)
        return self.last

    def _checked(self, answer: bytes, digest: bytes, algorithm: str, nonce: int) -> TimeStamp:
        said = {"service": self.host, "purpose": PURPOSE}
        try:
            with self._checking() as child:
                found = child.ask(
                    "check_timestamp",
                    answer=answer,
                    digest=digest,
                    algorithm=algorithm,
                    nonce=nonce,
                    policy=self._policy,
                )
        except Unchecked as error:
            raise ServiceAnsweredNonsense(**said, reason=error.reason) from error
        if "rejected" in found:
            raise ServiceRefused(**said, reason=str(found["rejected"]))
        try:
            return read_stamp(found)
        except (KeyError, TypeError, ValueError) as error:
            raise ServiceAnsweredNonsense(**said, reason="it is no time stamp") from error

    @contextmanager
    def _checking(self) -> Iterator[DocumentChild]:
        """The child that checks: the one that is kept within ``with``, else one for this once."""
        if self._kept is None:
            with document_child(cancelled=self._cancelled) as child:
                yield child
            return
        if self._child is None:
            self._child = self._kept.enter_context(document_child(cancelled=self._cancelled))
        child, self._child = self._child, None
        yield child
        self._child = child  # only one that answered is asked again

    def __enter__(self) -> Self:
        self._kept = ExitStack()
        return self

    def __exit__(self, *_: object) -> None:
        kept, self._kept, self._child = self._kept, None, None
        if kept is not None:
            kept.close()


def read_stamp(found: Mapping[str, object]) -> TimeStamp:
    """Read what the child said of a token; raise KeyError, TypeError or ValueError if it is nothing of the kind."""
    token, certificates = found["token"], found["certificates"]
    if not isinstance(token, bytes) or not isinstance(certificates, list):
        raise TypeError("not a time stamp")
    if not all(isinstance(each, bytes) for each in certificates) or not certificates:
        raise TypeError("not certificates")
    if len(token) > TOKEN_ROOM:
        raise ValueError("too long")
    moment, ends, name = (str(found[part]) for part in ("moment", "ends", "name"))
    return TimeStamp(
        token, timestamp(parse_timestamp(moment)), timestamp(parse_timestamp(ends)), name, tuple(certificates)
    )


def request(digest: bytes, algorithm: str, *, nonce: int, policy: str = "") -> bytes:
    """Write a TimeStampReq (RFC 3161, 2.4.1): with the certificate wanted in the answer.

    Raises ValueError for another algorithm or a digest of another length.
    """
    from asn1crypto import tsp

    if algorithm not in ALGORITHMS or len(digest) != hashlib.new(algorithm).digest_size:
        raise ValueError("not a digest that is stamped")
    value: dict[str, object] = {
        "version": "v1",
        "message_imprint": {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": digest},
        "nonce": nonce,
        "cert_req": True,
    }
    if policy:
        value["req_policy"] = policy
    return bytes(tsp.TimeStampReq(value).dump())
