"""SSHSIG both ways with ssh-keygen, and everything that must be refused."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA512
from hypothesis import given
from hypothesis import strategies as st

from signet.documents import sshsig as documents
from signet.errors import Cancelled, FormatUnrecognised, SignatureInvalid
from signet.formats import sshkey, sshsig
from signet.formats.pieces import CHUNK
from signet.keys.spec import KeySpec, SigningAlgorithm
from support.signing import SIGNING_SPECS, allowed_signers, private_key_file, signing_key, ssh_keygen

MESSAGE = b"I hereby agree.\n"
ED25519 = KeySpec.ECC_NIST_EDWARDS25519
P256 = KeySpec.ECC_NIST_P256
REFUSED = (SignatureInvalid, FormatUnrecognised)


def sign(spec: KeySpec, message: bytes = MESSAGE, namespace: str = "file") -> bytes:
    return documents.sign(io.BytesIO(message), signing_key(spec), namespace=namespace)


def parts(spec: KeySpec) -> sshsig.SshSignature:
    return sshsig.read(sign(spec))


def verify(value: sshsig.SshSignature) -> documents.SignatureFound:
    return documents.verify_message(MESSAGE, sshsig.serialise(value), namespace="file")


@pytest.mark.parametrize("spec", SIGNING_SPECS)
def test_ssh_keygen_verifies_ours_and_refuses_a_changed_message_or_namespace(spec: KeySpec, tmp_path: Path) -> None:
    signers = allowed_signers(tmp_path, spec)
    signature = tmp_path / "signature.sig"
    signature.write_bytes(sign(spec))
    words: list[str | Path] = ["-Y", "verify", "-f", signers, "-I", "mari@example.ee", "-s", signature, "-n"]
    good = ssh_keygen(*words, "file", data=MESSAGE)
    assert good.returncode == 0, good.stderr
    assert b"Good" in good.stdout
    assert ssh_keygen(*words, "file", data=MESSAGE + b" ").returncode != 0
    assert ssh_keygen(*words, "git", data=MESSAGE).returncode != 0
    novalidate = ssh_keygen("-Y", "check-novalidate", "-n", "file", "-s", signature, data=MESSAGE)
    assert novalidate.returncode == 0, novalidate.stderr


@pytest.mark.parametrize("digest", ["sha256", "sha512"])
@pytest.mark.parametrize("spec", SIGNING_SPECS)
def test_we_verify_ssh_keygens_and_refuse_a_changed_message(spec: KeySpec, digest: str, tmp_path: Path) -> None:
    document = tmp_path / "document"
    document.write_bytes(MESSAGE)
    key = private_key_file(tmp_path, spec)
    made = ssh_keygen("-Y", "sign", "-f", key, "-n", "file", "-O", f"hashalg={digest}", document)
    assert made.returncode == 0, made.stderr
    signature = (tmp_path / "document.sig").read_bytes()
    found = documents.verify(io.BytesIO(MESSAGE), signature)
    assert found == documents.SignatureFound(signing_key(spec).public_key, "file", digest)
    with pytest.raises(SignatureInvalid):
        documents.verify(io.BytesIO(MESSAGE + b" "), signature)
    with pytest.raises(SignatureInvalid):
        documents.verify(io.BytesIO(MESSAGE), signature, namespace="git")


def test_an_ed25519_signature_is_the_same_bytes_as_ssh_keygens(tmp_path: Path) -> None:
    document = tmp_path / "document"
    document.write_bytes(MESSAGE)
    ssh_keygen("-Y", "sign", "-f", private_key_file(tmp_path, ED25519), "-n", "file", document)
    assert sign(ED25519) == (tmp_path / "document.sig").read_bytes()


@pytest.mark.parametrize("spec", [ED25519, P256, KeySpec.RSA_2048])
@pytest.mark.parametrize("armored", [True, False])
def test_every_flipped_byte_is_refused(spec: KeySpec, *, armored: bool) -> None:
    good = sign(spec) if armored else sshsig.serialise(parts(spec))
    for at in range(len(good)):
        for bit in (0x01, 0x20, 0x40):
            bad = good[:at] + bytes([good[at] ^ bit]) + good[at + 1 :]
            with pytest.raises(REFUSED):
                documents.verify_message(MESSAGE, bad, namespace="file")


@pytest.mark.parametrize("armored", [True, False])
def test_every_truncation_and_every_addition_is_refused(*, armored: bool) -> None:
    good = sign(P256) if armored else sshsig.serialise(parts(P256))
    shortest = len(good) - 1 if armored else len(good)  # the last newline may be missing
    for size in range(shortest):
        with pytest.raises(FormatUnrecognised):
            documents.verify_message(MESSAGE, good[:size], namespace="file")
    for tail in (b"\n", b"\0", b" ", b"A"):
        with pytest.raises(FormatUnrecognised):
            documents.verify_message(MESSAGE, good + tail, namespace="file")


@given(message=st.binary(max_size=200), other=st.binary(max_size=200))
def test_a_signature_fits_its_own_message_only(message: bytes, other: bytes) -> None:
    blob = documents.sign_message(message, signing_key(ED25519), namespace="vault@signet")
    assert documents.verify_message(message, blob, namespace="vault@signet").namespace == "vault@signet"
    if other != message:
        with pytest.raises(SignatureInvalid):
            documents.verify_message(other, blob, namespace="vault@signet")


def test_rsa_with_sha1_never_counts() -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    numbers = private.public_key().public_numbers()
    blob = sshkey.serialise(sshkey.RsaPublicKey(numbers.e, numbers.n))
    value = replace(parts(KeySpec.RSA_2048), public_key=blob)
    digest = hashlib.sha512(MESSAGE).digest()
    signed = sshsig.to_be_signed("file", "sha512", digest)
    strong = private.sign(signed, padding.PKCS1v15(), SHA512())
    verify(replace(value, signature=strong))
    for weak in ("ssh-rsa", "rsa-sha2-512"):
        signature = private.sign(signed, padding.PKCS1v15(), SHA1())  # noqa: S303
        with pytest.raises(REFUSED):
            verify(replace(value, algorithm=weak, signature=signature))
    with pytest.raises(FormatUnrecognised, match="ssh-rsa"):
        verify(replace(value, algorithm="ssh-rsa", signature=strong))


def test_a_short_rsa_key_is_refused_with_the_reason() -> None:
    short = sshkey.serialise(sshkey.RsaPublicKey(65537, (1 << 1023) + 1))
    with pytest.raises(FormatUnrecognised, match="2048"):
        verify(replace(parts(KeySpec.RSA_2048), public_key=short))


@pytest.mark.parametrize(
    "key_type",
    [
        "sk-ssh-ed25519@openssh.com",
        "sk-ecdsa-sha2-nistp256@openssh.com",
        "ssh-ed25519-cert-v01@openssh.com",
        "ssh-dss",
        "ssh-ed448",
    ],
)
def test_other_kinds_of_key_are_refused_by_name(key_type: str) -> None:
    blob = sshkey.string(key_type.encode()) + sshkey.string(bytes(32)) + sshkey.string(b"ssh:")
    with pytest.raises(FormatUnrecognised, match=key_type):
        verify(replace(parts(ED25519), public_key=blob))


def test_an_algorithm_of_another_key_is_refused() -> None:
    for spec, algorithm in [(ED25519, "rsa-sha2-512"), (P256, "ecdsa-sha2-nistp384"), (P256, "ssh-ed25519")]:
        with pytest.raises(FormatUnrecognised, match=algorithm):
            verify(replace(parts(spec), algorithm=algorithm))


def test_a_key_of_another_curve_or_off_its_curve_is_refused() -> None:
    good = cast(sshkey.EcdsaPublicKey, sshkey.parse(parts(P256).public_key))
    name = sshkey.string(b"ecdsa-sha2-nistp256")
    other_curve = name + sshkey.string(b"nistp384") + sshkey.string(good.point)
    off = good.point[:-1] + bytes([good.point[-1] ^ 1])
    compressed = b"\2" + good.point[1:33]
    zero = b"\4" + bytes(64)
    blobs = [other_curve]
    blobs += [
        name + sshkey.string(b"nistp256") + sshkey.string(point) for point in (off, compressed, zero, b"\0", b"")
    ]
    for blob in blobs:
        with pytest.raises(FormatUnrecognised):
            verify(replace(parts(P256), public_key=blob))


def ecdsa_spellings() -> Iterator[bytes]:
    """Yield signatures that a lax reader would take for the good one, and some that are no numbers at all."""
    reader = sshkey.Reader(parts(P256).signature, what="test")
    r, s = reader.mpint(bits=256), reader.mpint(bits=256)
    padded = sshkey.string(b"\0\0" + r.to_bytes(32, "big"))
    yield padded + sshkey.mpint(s)
    yield sshkey.mpint(r) + sshkey.mpint(s) + b"\0"
    yield sshkey.string(r.to_bytes(32, "big") if r >> 255 else b"\0" + r.to_bytes(32, "big")) + sshkey.mpint(s)
    yield sshkey.mpint(0) + sshkey.mpint(s)
    yield sshkey.mpint(r) + sshkey.mpint(0)
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    yield sshkey.mpint(r + order) + sshkey.mpint(s)
    yield sshkey.mpint(r)
    yield b""


def test_ecdsa_numbers_have_one_spelling() -> None:
    good = parts(P256)
    verify(good)
    for signature in ecdsa_spellings():
        with pytest.raises(REFUSED):
            verify(replace(good, signature=signature))


def test_an_rsa_signature_has_the_size_of_its_modulus() -> None:
    good = parts(KeySpec.RSA_2048)
    for signature in (b"\0" + good.signature, good.signature[1:], b""):
        with pytest.raises(REFUSED):
            verify(replace(good, signature=signature))


def test_ed25519_refuses_an_s_above_the_order() -> None:
    good = parts(ED25519)
    order = 2**252 + 27742317777372353535851937790883648493
    s = int.from_bytes(good.signature[32:], "little") + order
    with pytest.raises(SignatureInvalid):
        verify(replace(good, signature=good.signature[:32] + s.to_bytes(32, "little")))


class BadCard:
    """A card whose answer is not what it should be."""

    def __init__(self, spec: KeySpec, answer: bytes) -> None:
        self.public_key = signing_key(spec).public_key
        self._answer = answer
        self.asked: list[tuple[bytes, SigningAlgorithm]] = []

    def sign(self, message: bytes, algorithm: SigningAlgorithm) -> bytes:
        return self.sign_prepared(message, algorithm)

    def sign_prepared(self, prepared: bytes, algorithm: SigningAlgorithm) -> bytes:
        self.asked.append((prepared, algorithm))
        return self._answer


@pytest.mark.parametrize("spec", SIGNING_SPECS)
@pytest.mark.parametrize("answer", [b"", bytes(64), bytes(256), bytes.fromhex("3006020101020101"), b"\x30\x80"])
def test_nothing_unverified_leaves_when_a_card_returns_rubbish(spec: KeySpec, answer: bytes) -> None:
    card = BadCard(spec, answer)
    with pytest.raises(SignatureInvalid):
        documents.sign(io.BytesIO(MESSAGE), card)
    assert len(card.asked) == 1


class Trickle(io.RawIOBase):
    """A source of three MiB that hands out what it likes, and notes how much it was asked for."""

    def __init__(self) -> None:
        self.left = 3 * 1024 * 1024
        self.largest = 0

    def read(self, size: int = -1) -> bytes:
        self.largest = max(self.largest, size if size >= 0 else 1 << 40)
        count = min(self.left, 100_001, size)
        self.left -= count
        return b"x" * count


def test_a_large_source_is_read_in_chunks_with_progress() -> None:
    source, seen = Trickle(), list[int]()
    signature = documents.sign(cast(BinaryIO, source), signing_key(ED25519), progress=seen.append)
    assert source.largest == CHUNK
    assert seen == sorted(seen)
    assert seen[-1] == 3 * 1024 * 1024
    assert documents.verify(io.BytesIO(b"x" * 3 * 1024 * 1024), signature).hash_algorithm == "sha512"


def test_cancelling_stops_both_ways() -> None:
    with pytest.raises(Cancelled):
        documents.sign(io.BytesIO(MESSAGE), signing_key(ED25519), cancelled=lambda: True)
    with pytest.raises(Cancelled):
        documents.verify(io.BytesIO(MESSAGE), sign(ED25519), cancelled=lambda: True)


def test_openssh_own_example_of_the_protocol_page_is_read() -> None:
    text = b"""-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgJKxoLBJBivUPNTUJUSslQTt2hD
jozKvHarKeN8uYFqgAAAADZm9vAAAAAAAAAFMAAAALc3NoLWVkMjU1MTkAAABAKNC4IEbt
Tq0Fb56xhtuE1/lK9H9RZJfON4o6hE9R4ZGFX98gy0+fFJ/1d2/RxnZky0Y7GojwrZkrHT
FgCqVWAQ==
-----END SSH SIGNATURE-----
"""
    # The page's example is older than the hash_algorithm field: what was never valid version 1 must not pass.
    assert base64.b64decode(b"".join(text.split(b"\n")[1:-2])).startswith(sshsig.MAGIC)
    with pytest.raises(FormatUnrecognised):
        documents.verify_message(b"", text, namespace="foo")
