"""SSH keys as age recipients and identities: the stanzas ``ssh-ed25519`` and ``ssh-rsa`` of the age program.

They are not part of C2SP's age.md; age and rage write and read them alike. A stanza names the first four bytes of the
SHA-256 of the public key. An Ed25519 key takes part as the X25519 key on the birationally equivalent curve (RFC 7748,
4.1), tweaked by the whole SSH key, so that the two uses of the key have nothing in common.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256, SHA512, Hash
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from signet.crypto.age_recipients import WRAPPED_SIZE
from signet.crypto.peers import checked_public
from signet.errors import FormatUnrecognised, KeyMaterialInvalid
from signet.formats import sshkey
from signet.formats.age import Stanza, from_unpadded, unpadded
from signet.secret import Secret

ED25519 = "ssh-ed25519"
RSA = "ssh-rsa"

_INFO = {ED25519: b"age-encryption.org/v1/ssh-ed25519", RSA: b"age-encryption.org/v1/ssh-rsa"}
_FIELD = 2**255 - 19  # RFC 7748, 4.1
_FILE_KEY_SIZE = 16
_ZERO_NONCE = bytes(12)
_WHAT = "an age file"

PublicSsh = sshkey.RsaPublicKey | sshkey.Ed25519PublicKey


class SshRecipient:
    """A public key as OpenSSH writes it, RSA or Ed25519."""

    def __init__(self, key: PublicSsh) -> None:
        self._key = key
        self._blob = sshkey.serialise(key)
        # Off the curve, of low order, too short: said before anything is encrypted.
        self._public = checked_public(sshkey.to_spki(key))

    @classmethod
    def parse(cls, line: str) -> SshRecipient:
        """Read ``ssh-ed25519 AAAA... [comment]``; raise KeyMaterialInvalid, PublicKeyInvalid, FormatUnrecognised."""
        kind, _, rest = line.strip().partition(" ")
        key = sshkey.parse_words(kind, rest.strip().partition(" ")[0])
        if not isinstance(key, sshkey.RsaPublicKey | sshkey.Ed25519PublicKey):
            raise KeyMaterialInvalid(reason="age takes SSH keys of the kinds ssh-ed25519 and ssh-rsa only")
        return cls(key)

    def __str__(self) -> str:
        return f"{self._key.key_type} {base64.b64encode(self._blob).decode('ascii')}"

    def wrap(self, file_key: Secret) -> Stanza:
        """Wrap for this key; KeyMaterialInvalid for a point of low order."""
        tag = _tag(self._blob)
        if isinstance(self._public, rsa.RSAPublicKey):
            return Stanza(RSA, (tag,), self._public.encrypt(bytes(file_key.reveal()), _oaep()))
        recipient = montgomery(sshkey.serialise(self._key)[-32:])
        ephemeral = X25519PrivateKey.generate()
        share = ephemeral.public_key().public_bytes_raw()
        key = _agreed(ephemeral, X25519PublicKey.from_public_bytes(recipient), self._blob, share + recipient)
        if key is None:
            raise KeyMaterialInvalid(reason="it is a point of low order")
        with key:
            cipher = ChaCha20Poly1305(key.reveal())
            return Stanza(ED25519, (tag, unpadded(share)), cipher.encrypt(_ZERO_NONCE, file_key.reveal(), None))


class SshIdentity:
    """A private SSH key, RSA or Ed25519."""

    def __init__(self, private: object) -> None:
        """Raise KeyMaterialInvalid for another kind of key."""
        if not isinstance(private, ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey):
            raise KeyMaterialInvalid(reason="age takes SSH keys of the kinds ssh-ed25519 and ssh-rsa only")
        self._private = private
        public = private.public_key()
        key = sshkey.from_spki(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
        self._blob = sshkey.serialise(key)
        self._tag = _tag(self._blob)

    def unwrap(self, stanzas: Sequence[Stanza]) -> Secret | None:
        """Try every stanza that names this key; FormatUnrecognised for a malformed one."""
        for stanza in stanzas:
            kind = ED25519 if isinstance(self._private, ed25519.Ed25519PrivateKey) else RSA
            if stanza.kind != kind:
                continue
            if len(stanza.arguments) != (2 if kind == ED25519 else 1):
                raise FormatUnrecognised(what=_WHAT)
            if stanza.arguments[0] == self._tag:
                file_key = self._by_agreement(stanza) if kind == ED25519 else self._by_rsa(stanza)
                if file_key is not None:
                    return file_key
        return None

    def _by_agreement(self, stanza: Stanza) -> Secret | None:
        share = from_unpadded(stanza.arguments[1])
        if len(share) != 32 or len(stanza.body) != WRAPPED_SIZE:
            raise FormatUnrecognised(what=_WHAT)
        with _x25519_scalar(self._private) as scalar:
            private = X25519PrivateKey.from_private_bytes(scalar.reveal())
        salt = share + private.public_key().public_bytes_raw()
        key = _agreed(private, X25519PublicKey.from_public_bytes(share), self._blob, salt)
        if key is None:
            raise FormatUnrecognised(what=_WHAT)
        with key:
            try:
                return Secret(ChaCha20Poly1305(key.reveal()).decrypt(_ZERO_NONCE, stanza.body, None))
            except InvalidTag:
                return None

    def _by_rsa(self, stanza: Stanza) -> Secret | None:
        if not isinstance(self._private, rsa.RSAPrivateKey):
            return None
        try:
            found = self._private.decrypt(stanza.body, _oaep())
        except ValueError:
            return None
        return Secret(found) if len(found) == _FILE_KEY_SIZE else None


def montgomery(edwards: bytes) -> bytes:
    """Return the u-coordinate of a compressed Edwards point: u = (1 + y) / (1 - y) (RFC 7748, 4.1). Public data."""
    y = int.from_bytes(edwards, "little") & (2**255 - 1)
    return ((1 + y) * pow(1 - y, -1, _FIELD) % _FIELD).to_bytes(32, "little")


def _x25519_scalar(private: object) -> Secret:
    """The scalar of an Ed25519 key: the first half of SHA-512 of its seed (RFC 8032, 5.1.5), clamped when used."""
    if not isinstance(private, ed25519.Ed25519PrivateKey):
        raise TypeError("an Ed25519 key is wanted")
    digest = Hash(SHA512())
    digest.update(private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()))
    return Secret(digest.finalize()[:32])


def _agreed(private: X25519PrivateKey, peer: X25519PublicKey, blob: bytes, salt: bytes) -> Secret | None:
    """Derive the wrapping key, tweaked by the SSH key ``blob``; None if the agreed point is zero."""
    tweak = HKDF(SHA256(), 32, blob, _INFO[ED25519]).derive(b"")
    try:
        shared = private.exchange(peer)
        tweaked = X25519PrivateKey.from_private_bytes(tweak).exchange(X25519PublicKey.from_public_bytes(shared))
    except ValueError:
        return None
    return Secret(HKDF(SHA256(), 32, salt, _INFO[ED25519]).derive(tweaked))


def _oaep() -> padding.OAEP:
    return padding.OAEP(padding.MGF1(SHA256()), SHA256(), label=_INFO[RSA])


def _tag(blob: bytes) -> str:
    return unpadded(hashlib.sha256(blob).digest()[:4])
