"""Key pairs in the vault that open messages: every OAEP that the official SDK writes, and no other padding."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from signet.crypto.esdk_decrypt import decrypt
from signet.crypto.esdk_kept import KeptDataKey
from signet.crypto.esdk_pairs import keyring_to, keyring_with
from signet.crypto.software import generate
from signet.errors import CiphertextInvalid, KeyMaterialInvalid, KeyNotHere
from signet.formats.esdk import EncryptedDataKey, MessageHeader
from signet.formats.esdk_keyring import PERSON_PROVIDER_ID
from signet.keys.spec import KeySpec
from signet.secret import Secret

VECTORS = Path(__file__).parent / "esdk_rsa"
loaded = load_pem_private_key((VECTORS / "rsa.pem").read_bytes(), None)
assert isinstance(loaded, rsa.RSAPrivateKey)
PRIVATE = loaded
SPKI = PRIVATE.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize("digest", ["SHA1", "SHA256", "SHA384", "SHA512"])
def test_what_the_official_sdk_wrapped_by_oaep_opens(digest: str, tmp_path: Path) -> None:
    keyring = keyring_with(PRIVATE, SPKI)

    def unwrap(header: MessageHeader) -> Secret:
        return keyring.unwrap(header.encrypted_data_keys[0], header.context)

    with (VECTORS / f"OAEP_{digest}.esdk").open("rb") as source, (tmp_path / "plain").open("w+b") as target:
        read = decrypt(source.fileno(), target.fileno(), unwrap=unwrap)
        assert target.read() == b"\0"
    assert read.header.context == {"note": "für beide"}


def test_another_padding_and_another_key_open_nothing() -> None:
    keyring = keyring_with(PRIVATE, SPKI)
    by_pkcs1 = PRIVATE.public_key().encrypt(bytes(32), padding.PKCS1v15())
    name = keyring_to(SPKI).wrap(Secret(bytes(32)), {}).key_info
    with pytest.raises(CiphertextInvalid):
        keyring.unwrap(EncryptedDataKey(PERSON_PROVIDER_ID, name, by_pkcs1), {})
    with pytest.raises(KeyNotHere):
        keyring.unwrap(EncryptedDataKey(PERSON_PROVIDER_ID, b"0" * 64, by_pkcs1), {})
    for spec in (KeySpec.ECC_NIST_EDWARDS25519, KeySpec.ECC_SECG_P256K1, KeySpec.X25519):
        with pytest.raises(KeyMaterialInvalid):
            keyring_to(generate(spec).public_key or b"")
    with pytest.raises(KeyMaterialInvalid):
        keyring_to(b"no key")


def test_a_data_key_is_kept_for_one_message_and_wiped() -> None:
    with KeptDataKey(keyring_to(SPKI)) as kept:
        first, second = (kept.wrap(Secret(bytes([number]) * 32), {}) for number in (1, 2))
        with pytest.raises(KeyNotHere):
            kept.unwrap(first, {})
        assert bytes(kept.unwrap(second, {}).reveal()) == b"\2" * 32
    assert bytes(kept.unwrap(second, {}).reveal()) != b"\2" * 32
