"""The vault's identity: it signs the whole header, and people compare its fingerprint."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from signet.crypto.identity import check_header, fingerprint, generate_identity, public_identity, sign_header
from signet.errors import HeaderForged
from signet.formats.header import VaultHeader
from signet.secret import Secret
from support.headers import make_header


def test_an_identity_is_new_each_time_and_knows_its_public_key() -> None:
    private, public = generate_identity()
    assert (len(private), len(public)) == (32, 32)
    assert public_identity(private) == public
    assert generate_identity()[1] != public


def test_rfc_8032_gives_the_public_key() -> None:
    # RFC 8032, 7.1, test 1.
    private = Secret(bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
    assert public_identity(private).hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"


def test_a_signed_header_passes_and_an_independent_reader_agrees() -> None:
    header = make_header()
    check_header(header)
    fields = json.loads(header.encoded())
    del fields["signature"]
    data = json.dumps(fields, sort_keys=True, separators=(",", ":")).encode("ascii")
    Ed25519PublicKey.from_public_bytes(header.identity).verify(header.signature, data)


def changed(header: VaultHeader) -> list[VaultHeader]:
    first = header.methods[0]
    return [
        replace(header, vault_id="00000000-0000-4000-8000-000000000000"),
        replace(header, generation=header.generation + 1),
        replace(header, database="vault-00000000000000AA.db"),
        replace(header, identity=generate_identity()[1]),
        replace(header, methods=header.methods[1:]),
        replace(header, methods=(*header.methods[1:], first)),
        replace(header, methods=(replace(first, label="another"), *header.methods[1:])),
        replace(header, methods=(replace(first, attestation=b""), *header.methods[1:])),
        replace(header, methods=(replace(first, wrapped_key=bytes(92)), *header.methods[1:])),
    ]


def test_any_change_is_called_forged() -> None:
    for other in changed(make_header()):
        with pytest.raises(HeaderForged):
            check_header(other)


def test_every_bit_of_the_signature_counts() -> None:
    header = make_header()
    for bit in range(512):
        wrong = bytearray(header.signature)
        wrong[bit // 8] ^= 1 << bit % 8
        with pytest.raises(HeaderForged):
            check_header(replace(header, signature=bytes(wrong)))


@pytest.mark.parametrize("signature", [b"", bytes(63), bytes(64), bytes(65)])
def test_no_signature_is_forged(signature: bytes) -> None:
    with pytest.raises(HeaderForged):
        check_header(replace(make_header(), signature=signature))


@pytest.mark.parametrize("identity", [bytes(32), b"\xff" * 32, b"\x01" + bytes(31), bytes(31), b""])
def test_what_is_no_public_key_is_forged(identity: bytes) -> None:
    with pytest.raises(HeaderForged):
        check_header(replace(make_header(), identity=identity))


def test_signing_another_time_by_another_identity_is_possible_for_nobody_else() -> None:
    header = make_header()
    other = Secret(Ed25519PrivateKey.generate().private_bytes_raw())
    with pytest.raises(HeaderForged):
        check_header(sign_header(header, other))


def test_the_fingerprint_is_eighty_bits_of_sha256_in_groups() -> None:
    identity = bytes(range(32))
    shown = fingerprint(identity)
    assert shown.replace(" ", "").lower() == hashlib.sha256(identity).hexdigest()[:20]
    assert [len(group) for group in shown.split(" ")] == [4] * 5
