"""docs/formats/key-transfer.md, followed by a reader that shares no code with Signet: X25519, hmac and AES-GCM."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PAGE = (Path(__file__).parents[2] / "docs" / "formats" / "key-transfer.md").read_text(encoding="utf-8")
FIELDS = re.findall(r"^    ([a-z -]+?) += (.*)$", PAGE.partition("## Test vector")[2], re.MULTILINE)
KEM, SUITE = b"KEM\x00\x20", b"HPKE\x00\x20\x00\x01\x00\x02"


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


def extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    """RFC 9180, 4: LabeledExtract."""
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")


def expand(suite: bytes, prk: bytes, label: bytes, info: bytes, size: int) -> bytes:
    """RFC 9180, 4: LabeledExpand, for at most one block."""
    return hmac.digest(prk, size.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info + b"\x01", "sha256")[:size]


def hpke_open(private: X25519PrivateKey, sealed: bytes, info: bytes) -> bytes:
    """RFC 9180, 4.1 (Decap), 5.1 (KeyScheduleR) and 6.1, in mode base."""
    enc, ciphertext = sealed[:32], sealed[32:]
    own = private.public_key().public_bytes_raw()
    exchanged = private.exchange(X25519PublicKey.from_public_bytes(enc))
    shared = expand(KEM, extract(KEM, b"", b"eae_prk", exchanged), b"shared_secret", enc + own, 32)
    context = b"\x00" + extract(SUITE, b"", b"psk_id_hash", b"") + extract(SUITE, b"", b"info_hash", info)
    secret = extract(SUITE, shared, b"secret", b"")
    key, nonce = expand(SUITE, secret, b"key", context, 32), expand(SUITE, secret, b"base_nonce", context, 12)
    return AESGCM(key).decrypt(nonce, ciphertext, b"")


def signed(text: str) -> dict[str, Any]:
    """Read a request or a parcel and check its signature."""
    value: dict[str, Any] = json.loads(text)
    assert canonical(value) == text.encode()
    identity = Ed25519PublicKey.from_public_bytes(base64.b64decode(value["identity"]))
    identity.verify(base64.b64decode(value["signature"]), canonical({**value, "signature": ""}))
    return value


def fingerprint(text: str) -> str:
    digits = hashlib.sha256(text.encode()).hexdigest().upper()[:20]
    return " ".join(re.findall("....", digits))


def test_the_vector_of_the_page_opens_by_what_the_page_says() -> None:
    names = [name for name, _ in FIELDS]
    assert names == ["one-time key", "request", "its fingerprint", "parcel", "its fingerprint", "key"]
    private_key, request_text, request_print, parcel_text, parcel_print, key_text = (value for _, value in FIELDS)
    assert (fingerprint(request_text), fingerprint(parcel_text)) == (request_print, parcel_print)
    request, parcel = signed(request_text), signed(parcel_text)
    assert (parcel["request"], parcel["receiver"]) == (request["id"], request["vault_id"])
    bound = {name: value for name, value in parcel.items() if name not in ("sealed", "signature")}
    info = canonical({**bound, "public_key": request["public_key"]})
    private = X25519PrivateKey.from_private_bytes(bytes.fromhex(private_key))
    assert private.public_key().public_bytes_raw() == base64.b64decode(request["public_key"])
    plain = hpke_open(private, base64.b64decode(parcel["sealed"]), info)
    assert plain.decode() == key_text
    key = json.loads(plain)
    assert key["id"] == parcel["key_id"]
    assert [base64.b64decode(version["material"]) for version in key["versions"]] == [
        bytes(range(32)),
        bytes(range(32, 64)),
    ]
