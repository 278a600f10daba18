"""The only network: what is asked, what is not, and that nobody can keep it waiting."""

from __future__ import annotations

import ipaddress
import itertools
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from signet.documents.network import Visit, checked_address, fetch
from signet.errors import (
    Cancelled,
    NetworkProblem,
    ServiceAddressRefused,
    ServiceAnsweredNonsense,
    ServiceRefused,
    ServiceTimedOut,
    ServiceUnreachable,
)
from support import pki
from support.tsa import Answer, dripping, endless, serving

ask: Callable[..., bytes] = partial(fetch, purpose="a test", limit=1000, seconds=20.0)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://example.org/x", "neither https:// nor http://"),
        ("file:///etc/passwd", "neither https:// nor http://"),
        ("tsa.example.org", "neither https:// nor http://"),
        ("http://mari:secret@example.org/", "a name or a password"),
        ("https://mari@example.org/", "a name or a password"),
        ("http:///path", "names no host"),
        ("http://example.org:70000/", "no address"),
        ("http://example.org:0/", "names no host"),
        ("http://example.org/a b", "no address"),
        ("http://example.org/a\r\nHost: other", "no address"),
        ("http://example.org/äöü", "written with %"),
        ("http://" + "a" * 80 + ".org/", "no address"),
        ("http://example.org/" + "a" * 2048, "no address"),
        ("http://[::1", "no address"),
    ],
)
def test_an_address_that_is_not_asked_is_refused_before_anything_leaves(url: str, said: str) -> None:
    visits: list[Visit] = []
    with pytest.raises(ServiceAddressRefused, match="cannot be asked for a test") as caught:
        ask(url, visited=visits.append)
    assert said in caught.value.message
    assert "secret" not in caught.value.message
    assert visits == []


def test_hosts_are_told_with_an_unusual_port_only() -> None:
    assert checked_address("https://tsa.example.org:443/x", purpose="") == "tsa.example.org"
    assert checked_address("http://tsa.example.org:8080", purpose="") == "tsa.example.org:8080"
    assert checked_address("http://[::1]:8080/", purpose="") == "[::1]:8080"
    assert checked_address("http://õun.example/", purpose="") == "xn--un-bka.example"


def test_a_body_is_posted_and_what_is_asked_is_told_first() -> None:
    visits: list[Visit] = []

    def answer(method: str, path: str, body: bytes) -> Answer:
        assert len(visits) == 1
        return Answer(method.encode() + b" " + path.encode() + b" " + body)

    with serving(answer) as service:
        host = service.url.split("/")[2]
        assert ask(service.url + "?q=1", body=b"question", visited=visits.append) == b"POST /tsa?q=1 question"
        assert [str(visit) for visit in visits] == [f"{host}: a test"]
        visits.clear()
        assert ask(service.url, visited=visits.append) == b"GET /tsa "


def test_redirects_are_followed_three_times_and_only_where_they_keep_the_question() -> None:
    def answer(_: str, path: str, body: bytes) -> Answer:
        left, _, status = path.strip("/").partition("-")
        if left == "0":
            return Answer(b"there " + body)
        return Answer(status=int(status), headers={"Location": f"/{int(left) - 1}-{status}"})

    with serving(answer) as service:
        base = service.url.removesuffix("/tsa")
        visits: list[Visit] = []
        assert ask(f"{base}/3-302", visited=visits.append) == b"there "
        assert len(visits) == 4
        assert ask(f"{base}/2-307", body=b"again") == b"there again"
        with pytest.raises(ServiceAnsweredNonsense, match="from one place to another"):
            ask(f"{base}/4-302")
        with pytest.raises(ServiceRefused, match="HTTP status 302"):
            ask(f"{base}/1-302", body=b"not sent as something else")


@pytest.mark.parametrize("place", ["file:///etc/passwd", "ftp://127.0.0.1/", "http://a:b@127.0.0.1/"])
def test_redirects_lead_nowhere_that_would_not_be_asked(place: str) -> None:
    with (
        serving(lambda *_: Answer(status=302, headers={"Location": place})) as service,
        pytest.raises(ServiceAddressRefused),
    ):
        ask(service.url)


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (Answer(b"", status=404), ServiceRefused, "HTTP status 404 (Not Found)"),
        (Answer(b"", status=500), ServiceRefused, "HTTP status 500"),
        (Answer(bytes(1001)), ServiceAnsweredNonsense, "longer than 1000 bytes"),
        (Answer(pieces=endless), ServiceAnsweredNonsense, "longer than 1000 bytes"),
        (Answer(pieces=lambda: iter([b"cut"]), headers={"Content-Length": "9"}), ServiceUnreachable, "broke"),
    ],
)
def test_what_is_no_usable_answer_says_so(answer: Answer, kind: type[NetworkProblem], said: str) -> None:
    with serving(lambda *_: answer) as service, pytest.raises(kind) as caught:
        ask(service.url)
    assert said in caught.value.message


def test_a_gigabyte_that_drips_ends_with_the_time() -> None:
    with serving(lambda *_: Answer(pieces=dripping(0.02))) as service, pytest.raises(ServiceTimedOut):
        ask(service.url, seconds=0.5)


def listening() -> socket.socket:
    """A service that takes connections and says nothing."""
    return socket.create_server(("127.0.0.1", 0))


def test_a_service_that_hangs_ends_with_the_time_and_with_a_cancel() -> None:
    with listening() as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(ServiceTimedOut, match="did not answer in"):
            ask(url, seconds=0.3)
        looks = itertools.count()
        with pytest.raises(Cancelled):
            ask(url, cancelled=lambda: next(looks) > 5)


def test_nobody_there_no_name_and_no_encryption_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening() as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    with pytest.raises(ServiceUnreachable, match="connection refused"):
        ask(url)
    with serving(lambda *_: Answer(b"plain")) as service, pytest.raises(ServiceUnreachable, match="no encrypted"):
        ask(service.url.replace("http", "https"))

    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(ServiceUnreachable, match="there is no network"):
        ask("http://tsa.example.org/")


def test_a_name_that_takes_for_ever_to_look_up_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    let_go = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: let_go.wait(60) and [])
    try:
        with pytest.raises(ServiceTimedOut):
            ask("http://tsa.example.org/", seconds=0.3)
    finally:
        let_go.set()


def test_what_is_no_http_is_nonsense() -> None:
    import threading

    with listening() as server:

        def talk() -> None:
            line, _ = server.accept()
            with line:
                line.recv(4096)
                line.sendall(b"220 mail.example.org ESMTP\r\n")

        thread = threading.Thread(target=talk)
        thread.start()
        with pytest.raises(ServiceAnsweredNonsense, match="does not speak HTTP"):
            ask(f"http://127.0.0.1:{server.getsockname()[1]}/")
        thread.join()


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    with serving(lambda *_: Answer(b"directly")) as service:
        assert ask(service.url) == b"directly"


@contextmanager
def encrypted(folder: Path) -> Iterator[str]:
    """A service over https; who certified it nobody here knows, and its root is in the folder."""
    key = pki.new_key("p256")
    name = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder().subject_name(x509.Name([])).issuer_name(pki.root().certificate.subject)
    builder = builder.public_key(key.public_key()).serial_number(7).add_extension(name, critical=True)
    builder = builder.not_valid_before(pki.BEGIN).not_valid_after(pki.AUTHORITIES_END)
    aki = x509.AuthorityKeyIdentifier.from_issuer_public_key(pki.root().key.public_key())
    holder = pki.Holder(key, builder.add_extension(aki, critical=False).sign(pki.root().key, hashes.SHA256()))
    certificate, private = holder.write(folder, "service")
    (folder / "root.pem").write_bytes(pki.root().pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, private)

    def answer(_: str, path: str, body: bytes) -> Answer:
        if path == "/down":
            return Answer(status=302, headers={"Location": "http://127.0.0.1:1/"})
        return Answer(b"in secret")

    with serving(answer, context) as service:
        yield service.url


def test_https_is_asked_only_where_the_system_knows_the_issuer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with encrypted(tmp_path) as url:
        with pytest.raises(ServiceUnreachable, match="its issuer is not known to this computer"):
            ask(url)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "root.pem"))
        assert ask(url) == b"in secret"
        with pytest.raises(ServiceAnsweredNonsense, match="without encryption"):
            ask(url.replace("/tsa", "/down"))
        with pytest.raises(ServiceUnreachable, match="its certificate is not valid for this address"):
            ask(url.replace("127.0.0.1", "localhost"))
