"""The only network of Signet: one request to one service that the person named, or that a certificate names.

Rules. Nothing is asked but by `fetch`, and each call says why (`Visit`), so that it can be told and recorded. Only
http and https, https against the system's certificates; addresses with credentials are refused, redirects are
followed three times at most, never from https down to http. One limit of bytes and one of seconds hold for the
whole of it: looking up the name, connecting, every redirect, and a service that sends a byte a minute. Neither
proxies of the environment nor netrc nor cookies are honoured, and nothing is said of Signet or of the system.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin

from signet.documents.network_line import Patience, Target, connected
from signet.errors import ServiceAnsweredNonsense, ServiceRefused, ServiceUnreachable

MAX_REDIRECTS = 3
_PIECE = 64 * 1024
#: With these a request is sent again as it is; with the others a request with a body would become another one.
_SAME_METHOD = (307, 308)
_REDIRECTS = (301, 302, 303, *_SAME_METHOD)


@dataclass(frozen=True)
class Visit:
    """One request that left this computer: to which host (with its port if it is not the usual one), and for what."""

    host: str
    purpose: str

    def __str__(self) -> str:
        """As it stands in the log."""
        return f"{self.host}: {self.purpose}"


def checked_address(url: str, *, purpose: str) -> str:
    """Return the host of an address (with an unusual port), as people are told of it.

    Raises ServiceAddressRefused for one that `fetch` would not ask.
    """
    return Target.of(url, purpose).netloc


def fetch(
    url: str,
    *,
    purpose: str,
    limit: int,
    seconds: float,
    body: bytes | None = None,
    content_type: str = "",
    accept: str = "",
    cancelled: Callable[[], bool] | None = None,
    visited: Callable[[Visit], None] | None = None,
) -> bytes:
    """Ask ``url`` and return the body of its answer: GET, or POST with ``body`` of ``content_type``.

    ``purpose`` is what it is asked for ("a time stamp"), and ``visited`` is told of every host before it is asked.
    At most ``limit`` bytes in ``seconds`` for all of it; ``cancelled`` is asked ten times a second. Raises
    ServiceAddressRefused, ServiceUnreachable, ServiceTimedOut, ServiceRefused for any status but 200,
    ServiceAnsweredNonsense for what is too long or no HTTP, Cancelled.
    """
    patience = Patience(purpose, seconds, cancelled)
    headers = {"Accept": accept or "*/*", "Accept-Encoding": "identity", "Connection": "close"}
    if content_type:
        headers["Content-Type"] = content_type
    target = Target.of(url, purpose)
    for _ in range(MAX_REDIRECTS + 1):
        if visited is not None:
            visited(Visit(target.netloc, purpose))
        answer, content = _asked(target, patience, headers, body, limit)
        if answer.status not in _REDIRECTS:
            if answer.status != http.client.OK:
                raise ServiceRefused(service=target.netloc, purpose=purpose, reason=_status(answer.status))
            return content
        target = _followed(target, answer, posted=body is not None)
    raise ServiceAnsweredNonsense(service=target.netloc, purpose=purpose, reason="it sends from one place to another")


def _followed(target: Target, answer: http.client.HTTPResponse, *, posted: bool) -> Target:
    """Where a redirect leads."""
    place = answer.getheader("Location")
    if place is None or (posted and answer.status not in _SAME_METHOD):
        raise ServiceRefused(service=target.netloc, purpose=target.purpose, reason=_status(answer.status))
    found = Target.of(urljoin(target.url, place), target.purpose)
    if target.scheme == "https" and found.scheme != "https":
        reason = "it sends on to an address without encryption"
        raise ServiceAnsweredNonsense(service=target.netloc, purpose=target.purpose, reason=reason)
    return found


def _status(number: int) -> str:
    name = http.client.responses.get(number, "")
    return f"HTTP status {number}" + (f" ({name})" if name else "")


def _asked(
    target: Target, patience: Patience, headers: dict[str, str], body: bytes | None, limit: int
) -> tuple[http.client.HTTPResponse, bytes]:
    """Ask one host once; return its answer and the body."""
    patience.service = target.netloc
    said = {"service": target.netloc, "purpose": target.purpose}
    connection = http.client.HTTPConnection(target.host, target.port)
    try:
        with connected(target, patience) as line:
            # http.client writes to and reads from whatever has these methods; a plain timeout would begin anew
            # with every byte that a service sends.
            connection.sock = line
            connection.request(
                "GET" if body is None else "POST", target.path, body, {"Host": target.netloc, **headers}
            )
            answer = connection.getresponse()
            content = b"" if answer.status in _REDIRECTS else _content(answer, limit, said)
            return answer, content
    except ssl.SSLCertVerificationError as error:
        reason = "its certificate is not valid for this address, or its issuer is not known to this computer"
        raise ServiceUnreachable(**said, reason=reason) from error
    except (http.client.HTTPException, ValueError) as error:
        if isinstance(error, http.client.RemoteDisconnected):
            raise ServiceUnreachable(**said, reason="it hung up without an answer") from error
        raise ServiceAnsweredNonsense(**said, reason="it does not speak HTTP") from error
    except OSError as error:
        raise ServiceUnreachable(**said, reason=_why(error)) from error


def _content(answer: http.client.HTTPResponse, limit: int, said: dict[str, str]) -> bytes:
    """Read a body of at most ``limit`` bytes."""
    too_long = ServiceAnsweredNonsense(**said, reason=f"it is longer than {limit} bytes")
    if answer.length is not None and answer.length > limit:
        raise too_long
    content = bytearray()
    while piece := answer.read(min(_PIECE, limit + 1 - len(content))):
        content += piece
        if len(content) > limit:
            raise too_long
    if answer.length:  # what was announced did not come
        raise ServiceUnreachable(**said, reason="the connection broke")
    return bytes(content)


def _why(error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return "no such host is known, or there is no network"
    if isinstance(error, ssl.SSLError):
        return "no encrypted connection came about"
    return (error.strerror or "the connection broke").lower()
