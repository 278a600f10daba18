"""Services on 127.0.0.1: a time stamper of the tests' own authority, CRLs, and services that do not do their part."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from asn1crypto import algos, cms, core, tsp, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from support import pki

QUERY = "application/timestamp-query"
REPLY = "application/timestamp-reply"


@dataclass
class Answer:
    """What is answered: a status, a type, and pieces with so many seconds before each."""

    body: bytes = b""
    status: int = 200
    content_type: str = REPLY
    headers: dict[str, str] = field(default_factory=dict)
    pieces: Callable[[], Iterator[bytes]] | None = None


@dataclass
class Service:
    """A service that runs; ``asked`` are the requests so far: method, path, body."""

    url: str
    asked: list[tuple[str, str, bytes]]


@contextmanager
def serving(answer: Callable[[str, str, bytes], Answer], secured: ssl.SSLContext | None = None) -> Iterator[Service]:
    """Run a service on 127.0.0.1 that answers (method, path, body); over https with a context for that."""
    asked: list[tuple[str, str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            asked.append((self.command, self.path, body))
            given = answer(self.command, self.path, body)
            self.send_response(given.status)
            self.send_header("Content-Type", given.content_type)
            for name, value in given.headers.items():
                self.send_header(name, value)
            if given.pieces is None:
                self.send_header("Content-Length", str(len(given.body)))
            self.end_headers()
            try:
                for piece in given.pieces() if given.pieces is not None else (given.body,):
                    self.wfile.write(piece)
            except (BrokenPipeError, ConnectionResetError):
                pass  # whoever asked has had enough

        do_GET = do_POST = _answer  # noqa: N815

        def handle(self) -> None:
            with suppress(ssl.SSLError, ConnectionError):  # whoever asked does not know this service's issuer
                super().handle()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if secured is not None:
        server.socket = secured.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        scheme = "http" if secured is None else "https"
        yield Service(f"{scheme}://127.0.0.1:{server.server_address[1]}/tsa", asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True)
class Twist:
    """How a token is wrong, or nothing of it."""

    nonce: int | None = None
    imprint: bytes | None = None
    algorithm: str | None = None
    certificate: pki.Holder | None = None
    status: int = 0
    text: str = ""
    spoil: bool = False
    signers: int = 1
    content_spoiled: bool = False
    names_certificate: bool = True
    policy: str = "1.2.3.4"
    with_certificate: bool = True


def stamped(query: bytes, moment: datetime, twist: Twist = Twist(), *, by: pki.Holder | None = None) -> bytes:
    """A TimeStampResp for a TimeStampReq, as of ``moment``: whole, or wrong in one way."""
    asked = tsp.TimeStampReq.load(query)
    if twist.status:
        info: dict[str, Any] = {"status": twist.status}
        if twist.text:
            info["status_string"] = [twist.text]
        return bytes(core.SequenceOf([tsp.PKIStatusInfo(info)], spec=tsp.PKIStatusInfo).dump())
    token = _token(asked, moment, twist, by or pki.time_stamper())
    return bytes(tsp.TimeStampResp({"status": {"status": 0}, "time_stamp_token": token}).dump())


def _token(asked: Any, moment: datetime, twist: Twist, by: pki.Holder) -> cms.ContentInfo:
    holder = twist.certificate or by
    nonce = twist.nonce if twist.nonce is not None else asked["nonce"].native
    info = tsp.TSTInfo(
        {
            "version": "v1",
            "policy": twist.policy,
            "message_imprint": {
                "hash_algorithm": {
                    "algorithm": twist.algorithm or asked["message_imprint"]["hash_algorithm"]["algorithm"].native
                },
                "hashed_message": twist.imprint or asked["message_imprint"]["hashed_message"].native,
            },
            "serial_number": int(moment.timestamp()),
            "gen_time": moment,
            "nonce": nonce,
        }
    )
    content = info.dump()
    own = x509.Certificate.load(holder.der)
    attributes = [
        ("content_type", "tst_info"),
        ("message_digest", _digest(content)),
    ]
    if twist.names_certificate:
        named = tsp.SigningCertificateV2(
            {
                "certs": [
                    tsp.ESSCertIDv2({"hash_algorithm": {"algorithm": "sha256"}, "cert_hash": _digest(holder.der)})
                ]
            }
        )
        attributes.append(("signing_certificate_v2", named))
    signed = cms.CMSAttributes([cms.CMSAttribute({"type": kind, "values": [value]}) for kind, value in attributes])
    assert isinstance(holder.key, ec.EllipticCurvePrivateKey)
    signature = holder.key.sign(signed.dump(), ec.ECDSA(hashes.SHA256()))
    if twist.spoil:
        signature = holder.key.sign(b"something else", ec.ECDSA(hashes.SHA256()))
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                {"issuer_and_serial_number": {"issuer": own.issuer, "serial_number": own.serial_number}}
            ),
            "digest_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
            "signed_attrs": signed,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
            "signature": signature,
        }
    )
    if twist.content_spoiled:
        info["serial_number"] = 7
        content = info.dump()
    certificates = [own, x509.Certificate.load(pki.issuing().der)] if twist.with_certificate else []
    return cms.ContentInfo(
        {
            "content_type": "signed_data",
            "content": cms.SignedData(
                {
                    "version": "v3",
                    "digest_algorithms": [algos.DigestAlgorithm({"algorithm": "sha256"})],
                    "encap_content_info": {
                        "content_type": "tst_info",
                        "content": core.ParsableOctetString(content),
                    },
                    "certificates": certificates,
                    "signer_infos": [signer] * twist.signers,
                }
            ),
        }
    )


def _digest(data: bytes) -> bytes:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(data)
    return digest.finalize()


@contextmanager
def time_stamps(moment: datetime, twist: Twist = Twist(), *, by: pki.Holder | None = None) -> Iterator[Service]:
    """Run a time-stamp service whose clock stands at ``moment``."""
    with serving(lambda _method, _path, body: Answer(stamped(body, moment, twist, by=by))) as service:
        yield service


def dripping(seconds: float) -> Callable[[], Iterator[bytes]]:
    """A byte every so often, without an end."""

    def pieces() -> Iterator[bytes]:
        while True:
            time.sleep(seconds)
            yield b"0"

    return pieces


def endless() -> Iterator[bytes]:
    """More than anybody wants, as fast as it goes: 1 GiB."""
    for _ in range(1024):
        yield bytes(1 << 20)
