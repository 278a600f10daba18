"""The Raw RSA keyring beside the Raw AES keyring, against the official Encryption SDK, both ways."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from signet.crypto.esdk_decrypt import decrypt
from signet.crypto.esdk_encrypt import encrypt
from signet.crypto.esdk_keys import RawAesKeyring
from signet.crypto.esdk_rsa import RawRsaKeyring, person_name
from signet.errors import CiphertextInvalid, KeyMaterialInvalid, KeyNotHere
from signet.formats.esdk import EncryptedDataKey, MessageHeader
from signet.formats.esdk_keyring import PERSON_PROVIDER_ID, person_key_name
from signet.secret import Secret

with warnings.catch_warnings():
    # botocore's own use of the standard library, not ours.
    warnings.simplefilter("ignore", DeprecationWarning)
    import aws_encryption_sdk  # type: ignore[import-untyped]
    from aws_encryption_sdk.identifiers import (  # type: ignore[import-untyped]
        CommitmentPolicy,
        EncryptionKeyType,
        WrappingAlgorithm,
    )
    from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey  # type: ignore[import-untyped]
    from aws_encryption_sdk.key_providers.raw import RawMasterKeyProvider  # type: ignore[import-untyped]

PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SPKI = PRIVATE.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
VAULT = RawAesKeyring("signet", "7b1c8c39-1a8e-4f3c-9d0e-000000000001/1", Secret(b"k" * 32))


def on_the_card(ciphertext: bytes) -> Secret | None:
    try:
        return Secret(PRIVATE.decrypt(ciphertext, OAEP))
    except ValueError:
        return None


class Provider(RawMasterKeyProvider):  # type: ignore[misc]  # the SDK has no types
    """The private key in the SDK's words."""

    provider_id = PERSON_PROVIDER_ID

    def _get_raw_key(self, key_id: bytes) -> Any:
        assert key_id == person_name(SPKI).encode()
        return WrappingKey(
            wrapping_algorithm=WrappingAlgorithm.RSA_OAEP_SHA256_MGF1,
            wrapping_key=PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
            wrapping_key_type=EncryptionKeyType.PRIVATE,
        )


def sdk() -> tuple[Any, Any]:
    provider = Provider()
    provider.add_master_key(person_name(SPKI))
    policy = CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
    return aws_encryption_sdk.EncryptionSDKClient(commitment_policy=policy), provider


def test_the_official_sdk_opens_what_was_encrypted_for_a_card(tmp_path: Path) -> None:
    plain = os.urandom(70_000)
    (tmp_path / "plain").write_bytes(plain)
    with (tmp_path / "plain").open("rb") as source, (tmp_path / "sealed").open("w+b") as target:
        encrypt(
            source.fileno(),
            target.fileno(),
            keyrings=[VAULT, RawRsaKeyring(SPKI)],
            context={"signet-content": "file"},
        )
    client, provider = sdk()
    opened, header = client.decrypt(source=(tmp_path / "sealed").read_bytes(), key_provider=provider)
    assert opened == plain
    assert header.encryption_context["signet-content"] == "file"


def test_what_the_official_sdk_encrypts_for_the_card_opens_on_it(tmp_path: Path) -> None:
    client, provider = sdk()
    message, _ = client.encrypt(source=b"dear me", key_provider=provider)
    (tmp_path / "sealed").write_bytes(message)
    keyring = RawRsaKeyring(SPKI, on_the_card)

    def unwrap(header: MessageHeader) -> Secret:
        (wrapped,) = header.encrypted_data_keys
        assert person_key_name(wrapped) == person_name(SPKI)
        return keyring.unwrap(wrapped, header.context)

    with (tmp_path / "sealed").open("rb") as source, (tmp_path / "plain").open("w+b") as target:
        decrypt(source.fileno(), target.fileno(), unwrap=unwrap)
    assert (tmp_path / "plain").read_bytes() == b"dear me"


def test_whatever_is_wrong_is_one_error_and_other_names_are_not_its_own() -> None:
    keyring = RawRsaKeyring(SPKI, on_the_card)
    with Secret(os.urandom(32)) as data_key:
        wrapped = keyring.wrap(data_key, {})
        with keyring.unwrap(wrapped, {}) as opened:
            assert opened == data_key
    for broken in (
        wrapped.ciphertext[:-1],
        bytes(256),
        wrapped.ciphertext[:-1] + bytes([wrapped.ciphertext[-1] ^ 1]),
    ):
        with pytest.raises(CiphertextInvalid):
            keyring.unwrap(EncryptedDataKey(wrapped.provider_id, wrapped.key_info, broken), {})
    for other in (
        EncryptedDataKey("signet", wrapped.key_info, wrapped.ciphertext),
        EncryptedDataKey(wrapped.provider_id, b"0" * 64, wrapped.ciphertext),
    ):
        assert not keyring.owns(other)
        with pytest.raises(KeyNotHere):
            keyring.unwrap(other, {})
    with pytest.raises(KeyNotHere):
        RawRsaKeyring(SPKI).unwrap(wrapped, {})
    assert person_key_name(EncryptedDataKey(PERSON_PROVIDER_ID, b"A" * 64, b"")) is None


def test_other_kinds_of_keys_are_refused() -> None:
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    for spki in (b"nothing", curve.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)):
        with pytest.raises(KeyMaterialInvalid):
            RawRsaKeyring(spki)
