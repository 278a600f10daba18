"""The SSHSIG blob and its armor."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signet.errors import FormatUnrecognised
from signet.formats import sshkey, sshsig

GOOD = sshsig.SshSignature(b"key", "file", "sha512", "ssh-ed25519", bytes(range(64)))
NAMESPACES = st.text(min_size=1, max_size=60).filter(str.isprintable)


@given(
    key=st.binary(max_size=600),
    namespace=NAMESPACES,
    digest=st.sampled_from(["sha256", "sha512"]),
    signature=st.binary(max_size=600),
)
def test_blob_and_armor_come_back(key: bytes, namespace: str, digest: str, signature: bytes) -> None:
    value = sshsig.SshSignature(key, namespace, digest, "rsa-sha2-512", signature)
    blob = sshsig.serialise(value)
    assert sshsig.parse(blob) == value
    assert sshsig.read(blob) == value
    assert sshsig.read(sshsig.armor(blob)) == value
    assert sshsig.read(sshsig.armor(blob).replace(b"\n", b"\r\n")) == value
    assert sshsig.read(sshsig.armor(blob).removesuffix(b"\n")) == value


@given(data=st.binary(max_size=300))
def test_any_other_bytes_are_refused(data: bytes) -> None:
    for attempt in (data, sshsig.MAGIC + data, sshsig.armor(data), sshsig.serialise(GOOD) + data + b"x"):
        with pytest.raises(FormatUnrecognised):
            sshsig.read(attempt)


@given(data=st.binary(max_size=300))
def test_what_is_read_has_one_spelling(data: bytes) -> None:
    """Whatever bytes replace the tail of a good blob: what still parses is written back the same."""
    blob = sshsig.serialise(GOOD)[:-40] + data
    try:
        value = sshsig.parse(blob)
    except FormatUnrecognised:
        return
    assert sshsig.serialise(value) == blob


def test_armor_is_what_ssh_keygen_writes() -> None:
    lines = sshsig.armor(bytes(100)).split(b"\n")
    assert lines[0] == b"-----BEGIN SSH SIGNATURE-----"
    assert [len(line) for line in lines[1:-2]] == [70, 66]
    assert lines[-2:] == [b"-----END SSH SIGNATURE-----", b""]


@pytest.mark.parametrize("width", [64, 70, 76])
def test_armor_with_other_even_line_lengths_is_read(width: int) -> None:
    text = b"".join(sshsig.armor(sshsig.serialise(GOOD)).split(b"\n")[1:-2])
    lines = [text[at : at + width] for at in range(0, len(text), width)]
    assert sshsig.read(b"\n".join([sshsig.HEADER, *lines, sshsig.FOOTER, b""])) == GOOD


def test_uneven_empty_long_or_mixed_lines_are_refused() -> None:
    good = sshsig.armor(sshsig.serialise(GOOD))
    text = b"".join(good.split(b"\n")[1:-2])
    frame = b"%s\n%%s\n%s\n" % (sshsig.HEADER, sshsig.FOOTER)
    bad = [
        frame % text,
        frame % (text[:10] + b"\n" + text[10:80] + b"\n" + text[80:]),
        good.replace(b"\n", b"\n\n", 1),
        good.replace(b"\n", b"\r\n", 1),
        good.replace(b"\n", b"\r"),
        b" " + good,
        b"text\n" + good,
        good + good,
        good.replace(b"-----END", b"----END"),
        good.replace(sshsig.HEADER, sshsig.HEADER + b" "),
        sshsig.HEADER + b"\n" + sshsig.FOOTER,
        sshsig.HEADER + b"\n\n" + sshsig.FOOTER,
        sshsig.HEADER,
        b"",
        b"\n",
    ]
    for data in bad:
        with pytest.raises(FormatUnrecognised):
            sshsig.read(data)


def test_base64_that_is_not_canonical_is_refused() -> None:
    good = sshsig.armor(sshsig.serialise(replace(GOOD, namespace="git")))
    body = good.split(b"\n")
    assert body[-3].endswith(b"=")
    stripped = b"\n".join([*body[:-3], body[-3].rstrip(b"="), *body[-2:]])
    at = len(body[-3].rstrip(b"=")) - 1
    loose = body[-3][:at] + bytes([body[-3][at] + 1]) + body[-3][at + 1 :]
    for data in (stripped, b"\n".join([*body[:-3], loose, *body[-2:]])):
        with pytest.raises(FormatUnrecognised):
            sshsig.read(data)


def blob(version: int = 1, reserved: bytes = b"", namespace: bytes = b"file", digest: bytes = b"sha512") -> bytes:
    fields = (b"key", namespace, reserved, digest, sshkey.string(b"ssh-ed25519") + sshkey.string(bytes(64)))
    return sshsig.MAGIC + sshkey.uint32(version) + b"".join(map(sshkey.string, fields))


def test_what_version_1_does_not_allow_is_refused() -> None:
    assert sshsig.parse(blob()).namespace == "file"
    for bad in (
        blob(version=0),
        blob(version=2),
        blob(reserved=b"x"),
        blob(namespace=b""),
        blob(namespace=b"file\0"),
        blob(namespace=b"file\n"),
        blob(namespace=b"\xff"),
        blob(namespace=b"x" * (sshsig.MAX_NAMESPACE + 1)),
        blob(digest=b"sha1"),
        blob(digest=b"SHA512"),
        blob(digest=b""),
        blob(digest=b"md5"),
    ):
        with pytest.raises(FormatUnrecognised):
            sshsig.parse(bad)


def test_too_large_is_refused_before_anything_is_read() -> None:
    large = replace(GOOD, public_key=bytes(sshkey.MAX_PUBLIC_KEY + 1))
    for data in (
        sshsig.serialise(large),
        sshsig.MAGIC + bytes(sshsig.MAX_BLOB),
        b"-" * (sshsig.MAX_ARMORED + 1),
        sshsig.serialise(replace(GOOD, signature=bytes(sshsig.MAX_SIGNATURE + 1))),
    ):
        with pytest.raises(FormatUnrecognised):
            sshsig.read(data)


def test_what_is_signed_names_namespace_and_digest() -> None:
    expected = b"SSHSIG\0\0\0\4file\0\0\0\0\0\0\0\6sha256\0\0\0\x20" + bytes(32)
    assert sshsig.to_be_signed("file", "sha256", bytes(32)) == expected


def test_a_digest_of_another_size_is_a_mistake_of_the_caller() -> None:
    for namespace, name, digest in [
        ("file", "sha512", bytes(32)),
        ("file", "sha1", bytes(20)),
        ("", "sha256", bytes(32)),
    ]:
        with pytest.raises(ValueError, match=r"digest|namespace"):
            sshsig.to_be_signed(namespace, name, digest)
