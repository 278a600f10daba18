"""The official AWS Encryption SDK as an oracle, both ways: its messages are ours, ours are its."""

from __future__ import annotations

import os
import tracemalloc
import warnings
from pathlib import Path
from typing import Any

import pytest

from signet.crypto.esdk_decrypt import MessageRead, decrypt
from signet.crypto.esdk_encrypt import encrypt
from signet.crypto.esdk_keys import RawAesKeyring, unwrap_with
from signet.errors import CiphertextInvalid, DidNotVerify, FormatUnrecognised
from signet.formats.esdk import SUITES, EncryptedDataKey
from signet.formats.esdk_body import FRAME_LENGTH
from signet.secret import Secret

with warnings.catch_warnings():
    # botocore's own use of the standard library, not ours.
    warnings.simplefilter("ignore", DeprecationWarning)
    import aws_encryption_sdk  # type: ignore[import-untyped]
    from aws_encryption_sdk.identifiers import (  # type: ignore[import-untyped]
        AlgorithmSuite,
        CommitmentPolicy,
        EncryptionKeyType,
        WrappingAlgorithm,
    )
    from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey  # type: ignore[import-untyped]
    from aws_encryption_sdk.key_providers.raw import RawMasterKeyProvider  # type: ignore[import-untyped]

KEY_NAME = "7b1c8c39-1a8e-4f3c-9d0e-000000000001/1"
KEY = b"k" * 32
KEYRING = RawAesKeyring("signet", KEY_NAME, Secret(KEY))
F = FRAME_LENGTH
CONTEXTS: list[dict[str, str]] = [{}, {"signet-content": "file", "é": "ü", "a": "", "Z": "last"}]
COMMITTING = [0x0478, 0x0578]
LEGACY = [number for number, suite in SUITES.items() if suite.version == 1]


class Provider(RawMasterKeyProvider):  # type: ignore[misc]  # the SDK has no types
    """A Raw AES keyring in the SDK's words."""

    provider_id = "signet"

    def _get_raw_key(self, key_id: bytes) -> Any:
        assert key_id == KEY_NAME.encode()
        return WrappingKey(
            wrapping_algorithm=WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING,
            wrapping_key=KEY,
            wrapping_key_type=EncryptionKeyType.SYMMETRIC,
        )


def sdk(policy: CommitmentPolicy = CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT) -> tuple[Any, Any]:
    """Return the SDK's client and our key as it wants it."""
    provider = Provider()
    provider.add_master_key(KEY_NAME)
    return aws_encryption_sdk.EncryptionSDKClient(commitment_policy=policy), provider


def sdk_encrypt(plaintext: bytes, *, suite: int, frame_length: int, context: dict[str, str] | None = None) -> bytes:
    committing = SUITES[suite].committing
    client, provider = sdk(
        CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
        if committing
        else CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT
    )
    message, _ = client.encrypt(
        source=plaintext,
        key_provider=provider,
        algorithm=AlgorithmSuite.get_by_id(suite),
        frame_length=frame_length,
        encryption_context=context or {},
    )
    return bytes(message)


def sdk_decrypt(message: bytes) -> tuple[bytes, dict[str, str]]:
    client, provider = sdk()
    plaintext, header = client.decrypt(source=message, key_provider=provider)
    return bytes(plaintext), dict(header.encryption_context)


def ours(folder: Path, plaintext: bytes, context: dict[str, str]) -> bytes:
    (folder / "plain").write_bytes(plaintext)
    with (folder / "plain").open("rb") as source, (folder / "sealed").open("w+b") as target:
        encrypt(source.fileno(), target.fileno(), keyrings=[KEYRING], context=context)
    return (folder / "sealed").read_bytes()


def read(folder: Path, message: bytes, *, legacy: bool = False, unwrap: Any = None) -> tuple[bytes, MessageRead]:
    """Decrypt; if it is refused, nothing is in the output."""
    (folder / "message").write_bytes(message)
    with (folder / "message").open("rb") as source, (folder / "out").open("w+b") as target:
        try:
            result = decrypt(source.fileno(), target.fileno(), unwrap=unwrap or unwrap_with([KEYRING]), legacy=legacy)
        except DidNotVerify:
            assert (folder / "out").read_bytes() == b""
            raise
    return (folder / "out").read_bytes(), result


@pytest.mark.parametrize("size", [0, 1, F - 1, F, F + 1, 2 * F, 10 << 20])
@pytest.mark.parametrize("context", CONTEXTS, ids=["bare", "context"])
def test_sdk_reads_ours(tmp_path: Path, size: int, context: dict[str, str]) -> None:
    plaintext = os.urandom(size)
    assert sdk_decrypt(ours(tmp_path, plaintext, context)) == (plaintext, context)


@pytest.mark.parametrize("suite", COMMITTING)
@pytest.mark.parametrize("size", [0, 1, F - 1, F, F + 1, 2 * F, 10 << 20])
def test_we_read_the_sdk_s(tmp_path: Path, suite: int, size: int) -> None:
    plaintext = os.urandom(size)
    for context in CONTEXTS:
        message = sdk_encrypt(plaintext, suite=suite, frame_length=F, context=context)
        content, result = read(tmp_path, message)
        assert content == plaintext
        assert result.plaintext_size == size
        assert context.items() <= result.header.context.items()
        assert result.header.suite.id == suite


@pytest.mark.parametrize("suite", COMMITTING)
@pytest.mark.parametrize("frame_length", [128, 1024, 4096, 128 * 513, 1 << 20])
def test_we_read_any_frame_length(tmp_path: Path, suite: int, frame_length: int) -> None:
    largest = min(3 * frame_length, 1 << 21) + 5
    for size in (0, 1, frame_length - 1, frame_length, frame_length + 1, 2 * frame_length, largest):
        plaintext = os.urandom(size)
        assert read(tmp_path, sdk_encrypt(plaintext, suite=suite, frame_length=frame_length))[0] == plaintext


@pytest.mark.parametrize("suite", LEGACY)
@pytest.mark.parametrize("frame_length", [0, 256])
def test_legacy_messages_are_read_on_request_only(tmp_path: Path, suite: int, frame_length: int) -> None:
    for size in (0, 1, 256, 1000):
        plaintext = os.urandom(size)
        message = sdk_encrypt(plaintext, suite=suite, frame_length=frame_length, context={"a": "b"})
        content, result = read(tmp_path, message, legacy=True)
        assert content == plaintext
        assert result.header.suite.id == suite
        with pytest.raises(FormatUnrecognised):
            read(tmp_path, message)


@pytest.mark.parametrize("suite", COMMITTING)
def test_unframed_version_2_is_read_on_request_only(tmp_path: Path, suite: int) -> None:
    message = sdk_encrypt(b"plain", suite=suite, frame_length=0)
    assert read(tmp_path, message, legacy=True)[0] == b"plain"
    with pytest.raises(FormatUnrecognised):
        read(tmp_path, message)


SIGNED = {"suite": 0x0578, "frame_length": 128}
DAMAGEABLE = [
    pytest.param(SIGNED, id="signed"),
    pytest.param({"suite": 0x0478, "frame_length": 128}, id="framed"),
    pytest.param({"suite": 0x0378, "frame_length": 128}, id="legacy signed"),
    pytest.param({"suite": 0x0178, "frame_length": 0}, id="legacy unframed"),
]


@pytest.mark.parametrize("kind", DAMAGEABLE)
def test_every_flipped_byte_is_refused(tmp_path: Path, kind: dict[str, int]) -> None:
    message = sdk_encrypt(b"p" * 150, **kind)  # type: ignore[arg-type]
    assert read(tmp_path, message, legacy=True)[0] == b"p" * 150
    for position in range(len(message)):
        changed = bytearray(message)
        changed[position] ^= 1 << position % 8
        with pytest.raises(DidNotVerify):
            read(tmp_path, bytes(changed), legacy=True)


@pytest.mark.parametrize("kind", DAMAGEABLE)
def test_every_truncation_and_anything_behind_is_refused(tmp_path: Path, kind: dict[str, int]) -> None:
    message = sdk_encrypt(b"p" * 150, **kind)  # type: ignore[arg-type]
    for length in range(1, len(message)):
        with pytest.raises(CiphertextInvalid):
            read(tmp_path, message[:length], legacy=True)
    for behind in (b"\x00", b"trailing"):
        with pytest.raises(CiphertextInvalid):
            read(tmp_path, message + behind, legacy=True)


def test_lying_lengths_in_a_signed_message_are_refused(tmp_path: Path) -> None:
    """Read forwards, a length is believed before anything behind it was authenticated."""
    message = sdk_encrypt(b"p" * 50, **SIGNED)  # type: ignore[arg-type]
    final = message.index(b"\xff\xff\xff\xff\x00\x00\x00\x01")
    for lie in (0, 49, 51, 128, 129, 0xFFFFFFFF):
        changed = bytearray(message)
        changed[final + 20 : final + 24] = lie.to_bytes(4, "big")
        with pytest.raises(CiphertextInvalid):
            read(tmp_path, bytes(changed))


def test_lying_length_of_unframed_content_takes_no_memory(tmp_path: Path) -> None:
    message = sdk_encrypt(b"p" * 50, suite=0x0178, frame_length=0)
    place = message.index((50).to_bytes(8, "big"))
    lies = ((64 << 20, CiphertextInvalid), ((64 << 20) + 1, FormatUnrecognised), (1 << 63, FormatUnrecognised))
    for lie, error in lies:
        changed = message[:place] + lie.to_bytes(8, "big") + message[place + 8 :]
        tracemalloc.start()
        with pytest.raises(error):
            read(tmp_path, changed, legacy=True)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 4 << 20


def test_key_that_does_not_match_the_commitment_is_refused(tmp_path: Path) -> None:
    message = ours(tmp_path, b"plain", {})
    with pytest.raises(CiphertextInvalid):
        read(tmp_path, message, unwrap=lambda _header: Secret(bytes(32)))


def test_sdk_wraps_and_unwraps_like_our_keyring() -> None:
    client, provider = sdk()
    message, header = client.encrypt(
        source=b"plain",
        key_provider=provider,
        algorithm=AlgorithmSuite.get_by_id(0x0478),
        encryption_context={"b": "1", "a": "2"},
    )
    (wrapped,) = header.encrypted_data_keys
    assert message
    key = EncryptedDataKey("signet", wrapped.key_provider.key_info, wrapped.encrypted_data_key)
    assert KEYRING.owns(key)
    assert len(KEYRING.unwrap(key, {"b": "1", "a": "2"})) == 32
    with pytest.raises(CiphertextInvalid):
        KEYRING.unwrap(key, {"b": "1", "a": "3"})
