"""The Raw ECDH keyring: messages of the official SDK, an independent reader, and points that must reach no card."""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from signet.crypto.esdk_decrypt import decrypt
from signet.crypto.esdk_ecdh import Agree, RawEcdhKeyring, recipient_name
from signet.errors import CiphertextInvalid, KeyMaterialInvalid, KeyNotHere
from signet.formats.esdk import EncryptedDataKey, MessageHeader, serialise_context
from signet.formats.esdk_keyring import parse_raw_ecdh_key_info, raw_ecdh_key_info
from signet.secret import Secret

VECTORS = Path(__file__).parent / "esdk_ecdh"
CONTEXT = {"b": "ä", "a": "1"}


class Holder:
    """Who has the private key; ``points`` are those that it was asked to agree with."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self.key = key
        self.points: list[bytes] = []
        self.spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.keyring = RawEcdhKeyring(self.spki, self.agree)

    def agree(self, point: bytes) -> Secret:
        self.points.append(point)
        return Secret(self.shared(point))

    def shared(self, point: bytes) -> bytes:
        return self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(self.key.curve, point))


def holder(curve: str) -> Holder:
    key = load_pem_private_key((VECTORS / f"{curve}.pem").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return Holder(key)


@pytest.mark.parametrize("curve", ["P256", "P384", "P521"])
def test_what_the_official_sdk_encrypted_opens(curve: str, tmp_path: Path) -> None:
    who = holder(curve)

    def unwrap(header: MessageHeader) -> Secret:
        (wrapped,) = header.encrypted_data_keys
        assert recipient_name(wrapped) == hashlib.sha256(who.spki).hexdigest()
        return who.keyring.unwrap(wrapped, header.context)

    with (VECTORS / f"{curve}.esdk").open("rb") as source, (tmp_path / "plain").open("w+b") as target:
        read = decrypt(source.fileno(), target.fileno(), unwrap=unwrap)
    assert (tmp_path / "plain").read_bytes() == f"dear {curve}".encode()
    assert read.header.context["author"] == "the official SDK"


@pytest.mark.parametrize(("curve", "name"), [("P256", b"p256"), ("P384", b"p384"), ("P521", b"p521")])
def test_an_independent_reader_opens_what_signet_wraps(curve: str, name: bytes) -> None:
    """From the specification alone, with nothing but HMAC and AES-GCM."""
    who, data_key = holder(curve), os.urandom(32)
    wrapped = who.keyring.wrap(Secret(data_key), CONTEXT)
    assert wrapped.provider_id == "raw-ecdh"
    version, length = struct.unpack_from(">BI", wrapped.key_info)
    recipient, rest = wrapped.key_info[5 : 5 + length], wrapped.key_info[5 + length :]
    sender = rest[4:]
    assert (version, struct.unpack_from(">I", rest)[0]) == (1, len(sender))
    shared = who.shared(sender)
    salt, commitment, sealed = wrapped.ciphertext[:32], wrapped.ciphertext[32:64], wrapped.ciphertext[64:]
    pairs = b"".join(struct.pack(">H", len(part)) + part for part in (b"a", b"1", b"b", "ä".encode()))
    assert serialise_context(CONTEXT) == struct.pack(">H", 2) + pairs
    fixed = b"\0".join(
        [b"ecdh-key-derivation", name, b"HMAC_SHA384", sender + recipient, b"\1", struct.pack(">H", 2) + pairs]
    )
    blocks = [
        hmac.digest(shared, struct.pack(">I", count) + fixed + b"\0" + salt + struct.pack(">I", 512), "sha384")
        for count in (1, 2)
    ]
    derived = b"".join(blocks)[:64]
    assert derived[:32] == commitment
    assert AESGCM(derived[32:]).decrypt(bytes(12), sealed, fixed) == data_key
    with who.keyring.unwrap(wrapped, CONTEXT) as opened:
        assert opened == Secret(data_key)


def test_no_bit_may_be_changed_and_no_bad_point_reaches_the_card() -> None:
    who = holder("P256")
    wrapped = who.keyring.wrap(Secret(os.urandom(32)), CONTEXT)
    points = parse_raw_ecdh_key_info(wrapped)
    assert points is not None
    own, sender = points
    for place in range(len(wrapped.ciphertext)):
        broken = bytearray(wrapped.ciphertext)
        broken[place] ^= 1
        with pytest.raises(CiphertextInvalid):
            who.keyring.unwrap(EncryptedDataKey("raw-ecdh", wrapped.key_info, bytes(broken)), CONTEXT)
    for changed in ({}, {**CONTEXT, "a": "2"}):
        with pytest.raises(CiphertextInvalid):
            who.keyring.unwrap(wrapped, changed)
    who.points.clear()
    off = next(  # half of all numbers are no x-coordinate
        candidate for x in range(2, 100) if not _on_curve(candidate := b"\2" + x.to_bytes(32, "big"))
    )
    for bad in (off, bytes(33), b"\4" + sender[1:], b"\2" + b"\xff" * 32):
        with pytest.raises(CiphertextInvalid):
            who.keyring.unwrap(EncryptedDataKey("raw-ecdh", raw_ecdh_key_info(own, bad), wrapped.ciphertext), CONTEXT)
    with pytest.raises(CiphertextInvalid):
        who.keyring.unwrap(EncryptedDataKey("raw-ecdh", wrapped.key_info, wrapped.ciphertext[:-1]), CONTEXT)
    assert who.points == []
    assert recipient_name(EncryptedDataKey("raw-ecdh", raw_ecdh_key_info(off, sender), b"")) is None


def _on_curve(point: bytes) -> bool:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        return False
    return True


def test_what_is_for_somebody_else_or_malformed_is_not_its_own() -> None:
    who, other = holder("P256"), holder("P384")
    wrapped = who.keyring.wrap(Secret(bytes(32)), {})
    info = wrapped.key_info
    foreign = [
        other.keyring.wrap(Secret(bytes(32)), {}),
        EncryptedDataKey("aws-kms", info, wrapped.ciphertext),
        EncryptedDataKey("raw-ecdh", b"\2" + info[1:], wrapped.ciphertext),
        *(EncryptedDataKey("raw-ecdh", info[:cut], wrapped.ciphertext) for cut in range(len(info))),
        EncryptedDataKey("raw-ecdh", info + b"\0", wrapped.ciphertext),
    ]
    for each in foreign:
        assert not who.keyring.owns(each)
        with pytest.raises(KeyNotHere):
            who.keyring.unwrap(each, {})
    assert recipient_name(foreign[0]) == hashlib.sha256(other.spki).hexdigest()
    assert [recipient_name(each) for each in foreign[1:]] == [None] * (len(foreign) - 1)
    with pytest.raises(KeyNotHere):
        RawEcdhKeyring(who.spki).unwrap(wrapped, {})
    # A card that answers nothing, or less than the field has, opened nothing.
    for answer in (None, Secret(bytes(31))):
        with pytest.raises(CiphertextInvalid):
            RawEcdhKeyring(who.spki, _saying(answer)).unwrap(wrapped, {})


def test_other_kinds_of_keys_are_refused() -> None:
    public = (
        rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key(),
        ec.generate_private_key(ec.SECP256K1()).public_key(),
    )
    spkis = [key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) for key in public]
    for spki in (b"nothing", *spkis):
        with pytest.raises(KeyMaterialInvalid):
            RawEcdhKeyring(spki)


def _saying(answer: Secret | None) -> Agree:
    return lambda _: answer
