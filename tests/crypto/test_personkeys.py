"""Public keys of people, recognised by content; private ones, weak ones and what is for nothing are refused."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, mlkem, x25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from signet.crypto.certificates import Validity, read_certificate
from signet.crypto.kinds import spki
from signet.crypto.personkeys import public_part, read_people_keys, recipient_of, ssh_fingerprint
from signet.crypto.publickeys import MAX_FILE, PublicKeyForm, load_public_keys, public_key_text
from signet.errors import FormatUnrecognised, PrivateKeyGiven, PublicKeyInvalid
from signet.formats import bech32
from support.person_keys import (
    AGE,
    EC_CERTIFICATE,
    EC_PEM,
    ECDSA_SSH,
    ED25519_SSH,
    RFC_4716,
    RSA_FOR_SIGNING,
    RSA_PEM,
)

EC = load_public_keys(EC_PEM.encode())[0]
X25519 = x25519.X25519PrivateKey.from_private_bytes(bytes(range(32)))
PLUGIN = bech32.encode("age1yubikey", bytes(33))
POST_QUANTUM = bech32.encode("age1pq", bytes(1216))


def unarmored(pem: str) -> bytes:
    return base64.b64decode("".join(pem.splitlines()[1:-1]))


def certificate_with_an_extension_twice() -> bytes:
    private, name = ec.derive_private_key(7, ec.SECP256R1()), x509.Name([])
    builder = x509.CertificateBuilder(name, name, private.public_key(), 1, datetime(2026, 1, 1), datetime(2027, 1, 1))
    for last in (1, 2):
        builder = builder.add_extension(
            x509.UnrecognizedExtension(x509.ObjectIdentifier(f"1.3.6.1.4.1.99999.{last}"), b""), critical=False
        )
    oid = bytes.fromhex("2b06010401868d1f")
    return builder.sign(private, SHA256()).public_bytes(Encoding.DER).replace(oid + b"\2", oid + b"\1")


READ: dict[str, tuple[bytes, list[str]]] = {
    "PEM": (RSA_PEM.encode(), ["rsa"]),
    "PEM with Windows line ends": (EC_PEM.replace("\n", "\r\n").encode(), ["ec"]),
    "DER": (EC, ["ec"]),
    "DER as base64": (base64.b64encode(EC), ["ec"]),
    "DER as base64 in lines": (base64.encodebytes(EC) , ["ec"]),
    "certificate": (EC_CERTIFICATE.encode(), ["ec"]),
    "certificate in DER": (unarmored(EC_CERTIFICATE), ["ec"]),
    "certificate in base64": (base64.b64encode(unarmored(EC_CERTIFICATE)), ["ec"]),
    "certificate and the same key": ((EC_CERTIFICATE + EC_PEM).encode(), ["ec"]),
    "certificate for signatures": (RSA_FOR_SIGNING.encode(), ["signing-only"]),
    "JWK": (public_key_text(EC, PublicKeyForm.JWK, key_id="anna").encode(), ["ec"]),
    "SSH": (ED25519_SSH.encode(), ["ssh-ed25519"]),
    "SSH with a mark at the beginning": (b"\xef\xbb\xbf" + ED25519_SSH.encode(), ["ssh-ed25519"]),
    "ECDSA of SSH": (ECDSA_SSH.encode(), ["signing-only"]),
    "RFC 4716": (RFC_4716.encode(), ["ssh-ed25519"]),
    "age": (AGE.upper().encode(), ["x25519"]),
    "age plugin": (PLUGIN.encode(), ["age-plugin"]),
    "age, the longest": (POST_QUANTUM.encode(), ["age-plugin"]),
    "a list": (f"# Anna\n{AGE}\n\n{ED25519_SSH}\nanna@b.ee namespaces=\"git\" {ECDSA_SSH}\n".encode(),
               ["x25519", "ssh-ed25519"]),
    "allowed signers": (f"anna@b.ee namespaces=\"file\" {ECDSA_SSH}".encode(), ["signing-only"]),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_what_people_have_is_recognised_by_content(name: str) -> None:
    data, kinds = READ[name]
    assert [part.kind.value for part in read_people_keys(data)] == kinds


def test_what_stands_beside_a_key_is_kept_and_made_harmless() -> None:
    said = {
        EC_CERTIFICATE: "Anna Tamm",
        ED25519_SSH: "anna@laptop",
        RFC_4716: "256-bit ED25519, converted by root@vm from OpenSSH",
        f"anna@b.ee {ECDSA_SSH}": "anna@b.ee",
        f"{ED25519_SSH} \u202e\x1b[31m" + "x" * 300: None,
        public_key_text(EC, PublicKeyForm.JWK, key_id="anna"): "anna",
    }
    for text, expected in said.items():
        (part,) = read_people_keys(text.encode())
        if expected is None:
            assert part.comment.isprintable()
            assert len(part.comment) == 200
        else:
            assert part.comment == expected


def test_fingerprints_and_recipients_are_those_of_other_programs() -> None:
    told = subprocess.run(["ssh-keygen", "-lf", "-"], input=ED25519_SSH, capture_output=True, text=True, check=True)
    (part,) = read_people_keys(ED25519_SSH.encode())
    assert ssh_fingerprint(part) == told.stdout.split()[1]
    assert recipient_of(part) == ED25519_SSH.rpartition(" ")[0]
    for text in (AGE, PLUGIN):
        (part,) = read_people_keys(text.encode())
        assert (recipient_of(part), ssh_fingerprint(part)) == (text, "")
    for text in (EC_PEM, RSA_PEM, ECDSA_SSH):
        (part,) = read_people_keys(text.encode())
        assert recipient_of(part) == ""
        assert ssh_fingerprint(part)


def test_dates_of_a_certificate_are_said_and_refuse_nothing() -> None:
    found = read_certificate(EC_CERTIFICATE.encode())
    assert found.common_name == "Anna Tamm"
    assert found.issuer == found.subject
    cases = ((2025, Validity.NOT_YET), (2030, Validity.EXPIRED))
    for year, expected in cases:
        assert found.validity(datetime(year, 1, 1, tzinfo=UTC)) is expected
    assert found.validity(datetime(2026, 12, 1, tzinfo=UTC)) is Validity.CURRENT


def test_of_a_chain_only_the_persons_own_certificate_counts() -> None:
    authority = EC_CERTIFICATE.encode()
    assert read_certificate(authority).authority
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Berta")])
    key = ec.derive_private_key(7, ec.SECP384R1())
    made = x509.CertificateBuilder(name, name, key.public_key(), 5, datetime(2026, 1, 1), datetime(2027, 1, 1))
    leaf = made.sign(key, SHA256()).public_bytes(Encoding.PEM)
    (part,) = read_people_keys(authority + leaf)
    assert part.comment == "Berta"
    (alone,) = read_people_keys(authority)
    assert alone.comment == "Anna Tamm"


def private(form: PrivateFormat, encoding: Encoding, *, closed: bool = False) -> bytes:
    key = ec.derive_private_key(5, ec.SECP256R1())
    return key.private_bytes(encoding, form, BestAvailableEncryption(b"secret") if closed else NoEncryption())


PRIVATE: dict[str, Callable[[], bytes]] = {
    "PKCS#8": lambda: private(PrivateFormat.PKCS8, Encoding.PEM),
    "PKCS#8, encrypted": lambda: private(PrivateFormat.PKCS8, Encoding.PEM, closed=True),
    "PKCS#8, in DER": lambda: private(PrivateFormat.PKCS8, Encoding.DER),
    "PKCS#8, as base64": lambda: base64.b64encode(private(PrivateFormat.PKCS8, Encoding.DER)),
    "PKCS#8, encrypted, in DER": lambda: private(PrivateFormat.PKCS8, Encoding.DER, closed=True),
    "SEC1": lambda: private(PrivateFormat.TraditionalOpenSSL, Encoding.DER),
    "OpenSSH": lambda: private(PrivateFormat.OpenSSH, Encoding.PEM),
    "PKCS#12": lambda: pkcs12.serialize_key_and_certificates(
        b"a", ec.derive_private_key(5, ec.SECP256R1()), None, None, NoEncryption()
    ),
    "cut off at its beginning": lambda: private(PrivateFormat.OpenSSH, Encoding.PEM)[20:],
    "behind a public key": lambda: EC_PEM.encode() + private(PrivateFormat.PKCS8, Encoding.PEM),
    "age": lambda: f"# public key: {AGE}\nAGE-SECRET-KEY-1QQQ\n".encode(),
    "age plugin": lambda: b"AGE-PLUGIN-YUBIKEY-1QQQ",
    "PuTTY": lambda: b"PuTTY-User-Key-File-3: ssh-ed25519\n",
    "OpenPGP": lambda: b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n",
    "JWK": lambda: json.dumps({"kty": "EC", "crv": "P-256", "d": "AA"}).encode(),
    "secret JWK": lambda: json.dumps({"kty": "oct", "k": "AA"}).encode(),
}


@pytest.mark.parametrize("name", PRIVATE)
def test_a_private_key_is_refused_as_such_and_nothing_of_it_is_said(name: str) -> None:
    data = PRIVATE[name]()
    with pytest.raises(PrivateKeyGiven) as caught:
        read_people_keys(data)
    assert "kept nothing" in caught.value.message
    assert base64.b64encode(private(PrivateFormat.PKCS8, Encoding.DER))[:30].decode() not in str(caught.value)


REFUSED: dict[str, tuple[bytes, type[Exception]]] = {
    "nothing": (b"", FormatUnrecognised),
    "words": (b"dear Anna", FormatUnrecognised),
    "bytes": (bytes(range(256)), FormatUnrecognised),
    "too much": (b"#" * (MAX_FILE + 1), FormatUnrecognised),
    "too many lines": (b"#\n" * 1025, FormatUnrecognised),
    "a mistyped recipient": (AGE.replace("q", "p", 1).encode(), FormatUnrecognised),
    "a recipient cut off": (AGE[:-1].encode(), FormatUnrecognised),
    "an X25519 recipient of small order": (bech32.encode("age", bytes(32)).encode(), PublicKeyInvalid),
    "a recipient of another length": (bech32.encode("age", bytes(31)).encode(), FormatUnrecognised),
    "a security key": (b"sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29t", FormatUnrecognised),
    "RSA of 1024 bits": (
        b"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ" + b"C" * 170 + b"==",
        FormatUnrecognised,
    ),
    "a key that receives nothing": (
        spki(mlkem.MLKEM768PrivateKey.generate().public_key()),
        PublicKeyInvalid,
    ),
    "a point off its curve": (EC[:-1] + bytes([EC[-1] ^ 1]), PublicKeyInvalid),
    "a certificate cut off": (unarmored(EC_CERTIFICATE)[:-1], FormatUnrecognised),
    "a certificate with something behind it": (unarmored(EC_CERTIFICATE) + b"\0", FormatUnrecognised),
    "a certificate with an extension twice": (certificate_with_an_extension_twice(), FormatUnrecognised),
    "RFC 4716 without its end": (RFC_4716.rpartition("----")[0].encode(), FormatUnrecognised),
    "a JWK without a key": (b'{"kty": "EC"}', FormatUnrecognised),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_key_for_a_person_is_refused(name: str) -> None:
    data, error = REFUSED[name]
    with pytest.raises(error):
        read_people_keys(data)


def test_the_same_key_is_known_again_in_every_form() -> None:
    raw = X25519.public_key().public_bytes_raw()
    (by_recipient,) = read_people_keys(bech32.encode("age", raw).encode())
    assert by_recipient.fingerprint == public_part(spki(X25519.public_key())).fingerprint
    (by_certificate,) = read_people_keys(EC_CERTIFICATE.encode())
    assert by_certificate.fingerprint == public_part(EC).fingerprint
