"""SSH public keys against cryptography and ssh-keygen."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_ssh_public_key,
)
from hypothesis import given
from hypothesis import strategies as st

from signet.errors import FormatUnrecognised
from signet.formats import der, sshkey
from signet.keys.spec import KeySpec
from support.signing import SIGNING_SPECS, signing_key, ssh_keygen, ssh_line

POINT = st.binary(min_size=32, max_size=32)
KEYS = st.one_of(
    st.builds(sshkey.Ed25519PublicKey, POINT),
    st.binary(min_size=64, max_size=64).map(lambda xy: sshkey.EcdsaPublicKey("nistp256", b"\4" + xy)),
    st.binary(min_size=96, max_size=96).map(lambda xy: sshkey.EcdsaPublicKey("nistp384", b"\4" + xy)),
    st.binary(min_size=132, max_size=132).map(lambda xy: sshkey.EcdsaPublicKey("nistp521", b"\4" + xy)),
    st.builds(
        lambda exponent, bits, low: sshkey.RsaPublicKey(exponent | 1, (1 << (bits - 1)) | low | 1),
        st.integers(3, 2**64 - 1),
        st.integers(sshkey.MIN_RSA_BITS, sshkey.MAX_RSA_BITS),
        st.integers(0, 2**1024),
    ),
)


@given(key=KEYS)
def test_blob_and_spki_come_back(key: sshkey.SshPublicKey) -> None:
    assert sshkey.parse(sshkey.serialise(key)) == key
    assert sshkey.from_spki(sshkey.to_spki(key)) == key
    key_type, blob = sshkey.public_line(key).split()
    assert sshkey.parse_words(key_type, blob) == key


@pytest.mark.parametrize("spec", SIGNING_SPECS)
def test_blob_and_spki_are_those_that_cryptography_writes(spec: KeySpec) -> None:
    spki = signing_key(spec).public_key
    key = sshkey.from_spki(spki)
    assert sshkey.to_spki(key) == spki
    public = load_der_public_key(spki)
    line = public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    assert sshkey.public_line(key).encode() == line
    again = load_ssh_public_key(line).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert again == spki


@pytest.mark.parametrize("spec", SIGNING_SPECS)
def test_ssh_keygen_reads_our_line(spec: KeySpec) -> None:
    result = ssh_keygen("-l", "-f", "/dev/stdin", data=ssh_line(spec).encode() + b" mari\n")
    assert result.returncode == 0, result.stderr
    assert b"mari" in result.stdout


@pytest.mark.parametrize("spec", SIGNING_SPECS)
def test_every_truncation_and_addition_is_refused(spec: KeySpec) -> None:
    spki = signing_key(spec).public_key
    blob = sshkey.serialise(sshkey.from_spki(spki))
    for size in range(len(blob)):
        with pytest.raises(FormatUnrecognised):
            sshkey.parse(blob[:size])
    for size in range(len(spki)):
        with pytest.raises(FormatUnrecognised):
            sshkey.from_spki(spki[:size])
    for read, data in ((sshkey.parse, blob), (sshkey.from_spki, spki)):
        with pytest.raises(FormatUnrecognised):
            read(data + b"\0")


@pytest.mark.parametrize("spec", SIGNING_SPECS)
def test_a_flipped_bit_never_reads_as_the_same_key(spec: KeySpec) -> None:
    spki = signing_key(spec).public_key
    for at in range(len(spki)):
        bad = spki[:at] + bytes([spki[at] ^ 1]) + spki[at + 1 :]
        try:
            key = sshkey.from_spki(bad)
        except FormatUnrecognised:
            continue
        assert sshkey.to_spki(key) == bad


@given(data=st.binary(max_size=400))
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(FormatUnrecognised):
        sshkey.parse(data)
    with pytest.raises(FormatUnrecognised):
        sshkey.from_spki(data)


def test_numbers_have_one_spelling() -> None:
    modulus = (1 << 2047) + 1
    raw = modulus.to_bytes(256, "big")
    head, exponent = sshkey.string(b"ssh-rsa"), sshkey.mpint(65537)
    assert sshkey.parse(head + exponent + sshkey.string(b"\0" + raw)) == sshkey.RsaPublicKey(65537, modulus)
    for bad in (
        head + exponent + sshkey.string(raw),  # negative
        head + exponent + sshkey.string(b"\0\0" + raw),
        head + sshkey.string(b"\0\1\0\1") + sshkey.string(b"\0" + raw),
        head + sshkey.mpint(1) + sshkey.string(b"\0" + raw),
        head + sshkey.mpint(65536) + sshkey.string(b"\0" + raw),
        head + sshkey.mpint(2**64 + 1) + sshkey.string(b"\0" + raw),
        head + exponent + sshkey.mpint(modulus - 1),
        head + exponent + sshkey.mpint((1 << sshkey.MAX_RSA_BITS) + 1),
    ):
        with pytest.raises(FormatUnrecognised):
            sshkey.parse(bad)


def test_spki_of_other_kinds_or_unusual_sizes_is_refused() -> None:
    oid = bytes.fromhex("06092a864886f70d010101")
    x25519 = bytes.fromhex("302a300506032b656e032100") + bytes(32)

    def rsa(exponent: int, modulus: int) -> bytes:
        numbers = der.sequence(der.integer(modulus), der.integer(exponent))
        return der.sequence(der.sequence(oid, der.NULL), der.bit_string(numbers))

    assert sshkey.from_spki(rsa(65537, (1 << 2047) + 1))
    no_null = der.sequence(der.sequence(oid), der.bit_string(b""))
    for bad in (x25519, no_null, rsa(65537, (1 << 1023) + 1), rsa(2**70 + 1, (1 << 2047) + 1), rsa(3, 1 << 20000)):
        with pytest.raises(FormatUnrecognised):
            sshkey.from_spki(bad)


def test_a_comment_stays_on_its_line() -> None:
    line = sshkey.public_line(sshkey.Ed25519PublicKey(bytes(32)), comment="Mari\nssh-ed25519 AAAA")
    assert "\n" not in line
    assert line.endswith("Mari ssh-ed25519 AAAA")


def test_words_that_disagree_are_refused() -> None:
    blob = base64.b64encode(sshkey.serialise(sshkey.Ed25519PublicKey(bytes(32)))).decode()
    assert sshkey.parse_words("ssh-ed25519", blob)
    for key_type, text in [
        ("ssh-rsa", blob),
        ("ssh-ed25519", blob[:-4]),
        ("ssh-ed25519", "é"),
        ("ssh-ed25519", "?" + blob),
    ]:
        with pytest.raises(FormatUnrecognised):
            sshkey.parse_words(key_type, text)
