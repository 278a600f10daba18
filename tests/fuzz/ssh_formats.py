"""SSH signatures, public keys and lists of trusted keys: one spelling each, nothing hidden."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fuzz.target import Target
from signet.errors import FormatUnrecognised
from signet.formats import allowed_signers, sshkey, sshsig

_RSA = rsa.RSAPublicNumbers(65537, (1 << 2047) | 1).public_key()


def run(data: bytes) -> bool:
    """Read the bytes as each of the three: whatever is accepted is written again as it stood there."""
    return any([_signature(data), _key(data), _list(data)])


def seeds() -> list[bytes]:
    """One key and signature of each kind, as blob, armored, as a line, in a list with options."""
    made = []
    for public in (
        ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key(),
        ec.derive_private_key(4711, ec.SECP256R1()).public_key(),
        ec.derive_private_key(4711, ec.SECP521R1()).public_key(),
        _RSA,
    ):
        key = sshkey.from_spki(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
        blob = sshkey.serialise(key)
        signature = sshsig.serialise(sshsig.SshSignature(blob, "file", "sha512", key.key_type, bytes(64)))
        line = sshkey.public_line(key, comment="me")
        trusted = f'me@example.org,other cert-authority,namespaces="x" {line}\n# note\nme namespaces="f*,!g" {line}\n'
        made += [blob, sshkey.to_spki(key), signature, sshsig.armor(signature), line.encode(), trusted.encode()]
    return made


def _signature(data: bytes) -> bool:
    try:
        found = sshsig.read(data)
    except FormatUnrecognised:
        return False
    blob = sshsig.serialise(found)
    assert blob == (data if data.startswith(sshsig.MAGIC) else sshsig.dearmor(data))
    assert sshsig.read(sshsig.armor(blob)) == found
    size = sshsig.DIGEST_SIZES[found.hash_algorithm]
    assert sshsig.to_be_signed(found.namespace, found.hash_algorithm, bytes(size)).startswith(sshsig.MAGIC)
    return True


def _key(data: bytes) -> bool:
    accepted = False
    for read, write in ((sshkey.parse, sshkey.serialise), (sshkey.from_spki, sshkey.to_spki)):
        try:
            key = read(data)
        except FormatUnrecognised:
            continue
        assert write(key) == data
        _check_key(key)
        accepted = True
    return accepted


def _list(data: bytes) -> bool:
    try:
        text = data.decode("utf-8")
        keys = allowed_signers.parse(text, namespace="file")
    except (UnicodeDecodeError, FormatUnrecognised):
        return False
    assert keys
    for key in keys:
        _check_key(key)
        assert sshkey.public_line(key).split()[1] in text
    return True


def _check_key(key: sshkey.SshPublicKey) -> None:
    assert sshkey.from_spki(sshkey.to_spki(key)) == key
    assert sshkey.parse(sshkey.serialise(key)) == key
    assert allowed_signers.parse(sshkey.public_line(key, comment="a\nb"), namespace="file") == (key,)


TARGET = Target("ssh", run, seeds)
