"""docs/formats/ciphertext.md, followed by a reader and a writer that share no code with Signet: hmac and AES-GCM."""

from __future__ import annotations

import base64
import hmac
import json
import re
import struct
import uuid
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from support.command_line import OpenVault

PAGE = (Path(__file__).parents[2] / "docs" / "formats" / "ciphertext.md").read_text(encoding="utf-8")
VECTORS = [
    dict(re.findall(r"^    ([a-z ]+?) += (.*)$", block, re.MULTILINE))
    for block in PAGE.partition("## Test vectors")[2].split("\n\n")
    if block.startswith("    ")
]
LABELS = {1: b"signet/v1/secret", 2: b"signet/v1/data-key"}


def hkdf_sha512(salt: bytes, secret: bytes, info: bytes) -> bytes:
    """RFC 5869 with SHA-512, for 64 bytes: one block."""
    return hmac.digest(hmac.digest(salt, secret, "sha512"), info + b"\x01", "sha512")


def context_bytes(context: Mapping[str, str]) -> bytes:
    pairs = sorted((name.encode(), value.encode()) for name, value in context.items())
    fields = b"".join(struct.pack(">H", len(part)) + part for pair in pairs for part in pair)
    return struct.pack(">H", len(pairs)) + fields if pairs else b""


def read(material: bytes, data: bytes, context: Mapping[str, str]) -> bytes:
    header, salt, commitment, sealed = data[:46], data[46:78], data[78:110], data[110:]
    assert (header[:7], header[8:10]) == (b"signet\x01", b"\x00\x01")
    derived = hkdf_sha512(salt, material, LABELS[header[7]] + header)
    assert hmac.compare_digest(derived[32:], commitment)
    return AESGCM(derived[:32]).decrypt(bytes(12), sealed, header + context_bytes(context))


def write(fields: Mapping[str, str]) -> bytes:
    ids = b"".join(uuid.UUID(fields[name]).bytes for name in ("vault id", "key id"))
    header = b"signet\x01" + bytes([int(fields["content"])]) + b"\x00\x01" + ids
    header += struct.pack(">I", int(fields["key version"]))
    salt = bytes.fromhex(fields["salt"])
    derived = hkdf_sha512(salt, bytes.fromhex(fields["material"]), LABELS[header[7]] + header)
    bound = header + context_bytes(json.loads(fields["context"]))
    sealed = AESGCM(derived[:32]).encrypt(bytes(12), bytes.fromhex(fields["plaintext"]), bound)
    return header + salt + derived[32:] + sealed


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"content {vector['content']}")
def test_the_vectors_of_the_page_are_what_it_describes(vector: dict[str, str]) -> None:
    whole = bytes.fromhex(vector["ciphertext"])
    assert write(vector) == whole
    plain = read(bytes.fromhex(vector["material"]), whole, json.loads(vector["context"]))
    assert plain == bytes.fromhex(vector["plaintext"])
    with pytest.raises(InvalidTag):
        read(bytes.fromhex(vector["material"]), whole, {"for": "something else"})


def test_there_is_a_vector_for_each_content() -> None:
    assert [vector["content"] for vector in VECTORS] == ["1", "2"]


def test_what_signet_writes_is_read_by_the_page_and_the_other_way_round(vault: OpenVault, tmp_path: Path) -> None:
    vault.json("key", "create", "papers")
    vault.json("key", "export", "papers", tmp_path / "papers.jwk", "--plain")
    exported = json.loads((tmp_path / "papers.jwk").read_text())
    material = unbase64url(exported["k"])
    context = {"for": "the bank", "year": "2026"}
    given = ("--context", "year=2026", "--context", "for=the bank")
    secret = vault("secret", "encrypt", "--key", "papers", *given, input=b"hunter2\n").raw
    assert read(material, secret, context) == b"hunter2\n"
    wrapped = vault("data-key", "generate", "--key", "papers", "--bytes", 16, "--without-plaintext").raw
    key_id, version = exported["kid"].split("/")
    assert (str(uuid.UUID(bytes=wrapped[26:42])), struct.unpack(">I", wrapped[42:46])[0]) == (key_id, int(version))
    assert vault("data-key", "decrypt", input=wrapped).raw == read(material, wrapped, {})
    header = json.loads((vault.path / "header.json").read_text())
    written = write(
        {
            "vault id": header["vault_id"],
            "key id": key_id,
            "key version": version,
            "content": "1",
            "salt": "5a" * 32,
            "material": material.hex(),
            "context": json.dumps(context),
            "plaintext": b"by another program".hex(),
        }
    )
    assert vault("secret", "decrypt", *given, input=written).raw == b"by another program"


def unbase64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
