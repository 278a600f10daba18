"""Time stamps: asked for, checked, refused for every way in which one can be wrong; openssl agrees on good ones."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from asn1crypto import tsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from signet.clock import timestamp
from signet.documents.network import Visit
from signet.documents.timestamp_check import Unfit, check_timestamp, examined
from signet.documents.timestamps import ALGORITHMS, Timestamper, request
from signet.errors import (
    NetworkProblem,
    ServiceAddressRefused,
    ServiceAnsweredNonsense,
    ServiceRefused,
    ServiceTimedOut,
    ServiceUnreachable,
)
from support import pki
from support.tsa import Answer, Service, Twist, dripping, endless, serving, stamped, time_stamps

DIGEST = hashlib.sha256(b"a contract").digest()
NONCE = 0x0123456789ABCDEF


@pytest.fixture(scope="module")
def good() -> Iterator[Service]:
    with time_stamps(pki.NOW) as service:
        yield service


def test_a_stamp_says_when_by_whom_and_until_when_it_proves(good: Service) -> None:
    visits: list[Visit] = []
    with Timestamper(good.url, visited=visits.append) as service:
        found = service.ask(DIGEST, "sha256")
        # The second one is checked by the same process.
        assert service.stamp(hashlib.sha512(b"x").digest(), "sha512") != found.token
    assert found.moment == timestamp(pki.NOW)
    assert found.ends == timestamp(pki.AUTHORITIES_END)
    assert found.name == "Example Time Stamper"
    assert found.certificates == (pki.time_stamper().der, pki.issuing().der)
    assert [visit.purpose for visit in visits] == ["a time stamp"] * 2
    # All that left is a digest, a number and the wish for the certificate.
    asked = tsp.TimeStampReq.load(good.asked[-2][2])
    assert set(asked.native) == {"version", "message_imprint", "req_policy", "nonce", "cert_req", "extensions"}
    assert asked["message_imprint"]["hashed_message"].native == DIGEST
    assert asked["cert_req"].native is True
    assert asked["nonce"].native.bit_length() > 32
    assert asked["req_policy"].native is None


def test_openssl_verifies_the_token_that_is_used(good: Service, tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(Timestamper(good.url).stamp(DIGEST, "sha256"))
    (tmp_path / "root.pem").write_bytes(pki.root().pem)
    command = [
        "openssl",
        "ts",
        "-verify",
        "-token_in",
        "-in",
        "token",
        "-digest",
        DIGEST.hex(),
        "-CAfile",
        "root.pem",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Verification: OK" in done.stdout + done.stderr


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_openssl_answers_what_is_asked_and_its_answer_is_good(algorithm: str, tmp_path: Path) -> None:
    pki.time_stamper().write(tmp_path, "tsa")
    (tmp_path / "chain.pem").write_bytes(pki.issuing().pem)
    (tmp_path / "serial").write_text("01\n")
    (tmp_path / "tsa.cnf").write_text(
        "[tsa]\ndefault_tsa=t\n[t]\nserial=serial\nsigner_cert=tsa.pem\nsigner_key=tsa.key\ncerts=chain.pem\n"
        f"default_policy=1.2.3\nsigner_digest={algorithm}\ndigests=sha256,sha384,sha512\ness_cert_id_alg=sha256\n"
    )
    digest = hashlib.new(algorithm, b"a contract").digest()
    (tmp_path / "query").write_bytes(request(digest, algorithm, nonce=NONCE))
    command = [
        "openssl",
        "ts",
        "-reply",
        "-config",
        "tsa.cnf",
        "-section",
        "t",
        "-queryfile",
        "query",
        "-out",
        "reply",
    ]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    found = check_timestamp((tmp_path / "reply").read_bytes(), digest, algorithm, NONCE, "1.2.3")
    assert found["name"] == "Example Time Stamper", found
    assert "refused" in check_timestamp((tmp_path / "reply").read_bytes(), digest, algorithm, NONCE, "1.2.4")


def other_stamper(**extra: object) -> pki.Holder:
    """Somebody of the same authority with another certificate."""
    key = pki.new_key("p256")
    return pki.Holder(key, pki.certify("Somebody", key.public_key(), pki.issuing(), **extra))  # type: ignore[arg-type]


STAMPING = (ExtendedKeyUsageOID.TIME_STAMPING,)
WRONG = {
    "another nonce": (Twist(nonce=1), "another nonce"),
    "another imprint": (Twist(imprint=bytes(32)), "something else than was asked for"),
    "another algorithm": (Twist(algorithm="sha512"), "another algorithm"),
    "no right to stamp": (Twist(certificate=other_stamper()), "no certificate for stamping"),
    "rights to more": (
        Twist(certificate=other_stamper(extended=(*STAMPING, ExtendedKeyUsageOID.CODE_SIGNING))),
        "no certificate for stamping",
    ),
    "ended": (Twist(certificate=other_stamper(extended=STAMPING, end=pki.THIS_UPDATE)), "did not hold then"),
    "another's signature": (Twist(spoil=True), "signature is not valid"),
    "changed afterwards": (Twist(content_spoiled=True), "changed after it was signed"),
    "two signers": (Twist(signers=2), "not exactly one"),
    "nobody": (Twist(signers=0), "not exactly one"),
    "unnamed": (Twist(names_certificate=False), "does not say by which certificate"),
    "no certificate": (Twist(with_certificate=False), "is not in it"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_stamp_that_is_wrong_in_one_way_is_not_used(name: str) -> None:
    twist, said = WRONG[name]
    answer = stamped(request(DIGEST, "sha256", nonce=NONCE), pki.NOW, twist)
    found = check_timestamp(answer, DIGEST, "sha256", NONCE)
    assert set(found) == {"refused"}
    assert said in str(found["refused"])


def test_a_service_that_refuses_is_quoted(good: Service) -> None:
    with (
        time_stamps(pki.NOW, Twist(status=2, text="no more today\x1b[2J")) as service,
        pytest.raises(ServiceRefused) as caught,
    ):
        Timestamper(service.url).stamp(DIGEST, "sha256")
    assert "it says “no more today [2J”" in caught.value.message


def wrong(body: bytes) -> bytes:
    return stamped(body, pki.NOW, Twist(nonce=5))


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (lambda body: Answer(wrong(body)), ServiceAnsweredNonsense),
        (lambda _: Answer(b"<html>Welcome</html>", content_type="text/html"), ServiceAnsweredNonsense),
        (lambda _: Answer(b""), ServiceAnsweredNonsense),
        (lambda _: Answer(pieces=endless), ServiceAnsweredNonsense),
        (lambda _: Answer(status=404), ServiceRefused),
        (lambda _: Answer(pieces=dripping(0.02)), ServiceTimedOut),
    ],
    ids=["nonce", "html", "nothing", "gigabyte", "404", "drip"],
)
def test_a_service_that_does_not_do_its_part_has_its_own_error(answer: object, kind: type[NetworkProblem]) -> None:
    with serving(lambda _m, _p, body: answer(body)) as service, pytest.raises(kind) as caught:  # type: ignore[operator]
        Timestamper(service.url, seconds=1.0 if kind is ServiceTimedOut else 30.0).stamp(DIGEST, "sha256")
    assert "127.0.0.1" in caught.value.message
    assert "a time stamp" in caught.value.message


def test_nobody_there_and_a_wrong_address() -> None:
    with pytest.raises(ServiceUnreachable):
        Timestamper("http://127.0.0.1:1/").stamp(DIGEST, "sha256")
    with pytest.raises(ServiceAddressRefused):
        Timestamper("tsa.example.org")


def test_every_bit_of_an_answer_that_matters_is_checked() -> None:
    answer = stamped(request(DIGEST, "sha256", nonce=NONCE), pki.NOW)
    whole = check_timestamp(answer, DIGEST, "sha256", NONCE)
    for place in range(0, len(answer), 5):
        changed = bytearray(answer)
        changed[place] ^= 1 << (place % 8)
        found = check_timestamp(bytes(changed), DIGEST, "sha256", NONCE)
        if "token" in found:  # the issuer's certificate, and what nobody signs
            assert {**found, "token": 0, "certificates": 0} == {**whole, "token": 0, "certificates": 0}
    for end in range(0, len(answer), 7):
        assert "refused" in check_timestamp(answer[:end], DIGEST, "sha256", NONCE)


def test_a_token_from_elsewhere_is_examined_without_its_nonce() -> None:
    answer = tsp.TimeStampResp.load(stamped(request(DIGEST, "sha256", nonce=NONCE), pki.NOW))
    token = answer["time_stamp_token"].dump()
    assert examined(token, DIGEST, "sha256")["moment"] == timestamp(pki.NOW)
    with pytest.raises(Unfit, match="something else"):
        examined(token, bytes(32), "sha256")


@pytest.mark.parametrize(("digest", "algorithm"), [(DIGEST, "sha1"), (DIGEST, "md5"), (DIGEST[:20], "sha256")])
def test_what_is_no_digest_of_its_algorithm_is_not_asked_about(digest: bytes, algorithm: str) -> None:
    with pytest.raises(ValueError, match="not a digest"):
        request(digest, algorithm, nonce=NONCE)
