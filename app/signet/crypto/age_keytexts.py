"""age recipients and identities as people have them: ``age1...``, lines of ``authorized_keys``, files of either.

Recipient files and identity files are those of ``age -R`` and ``age -i``: one a line, ``#`` begins a comment. An
identity file may be an age file itself, under a passphrase, or a private key of OpenSSH. Sizes are bounded.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from signet.crypto import age
from signet.crypto.age_plugins import PluginKey, parse_plugin_key
from signet.crypto.age_recipients import (
    Identity,
    PassphraseIdentity,
    PassphraseRecipient,
    X25519Identity,
    X25519Recipient,
)
from signet.crypto.age_ssh import SshIdentity, SshRecipient
from signet.crypto.keyreading import read_key
from signet.crypto.peers import checked_public
from signet.crypto.software import load_material
from signet.errors import FileSecretMissing, FormatUnrecognised, KeyMaterialInvalid
from signet.formats import age_armor
from signet.formats.age import MAX_STANZAS, VERSION_LINE, Stanza
from signet.keys.spec import KeySpec
from signet.secret import Secret

#: A file of keys: `MAX_STANZAS` RSA keys of 16384 bits fit (bytes).
MAX_FILE = 256 * 1024
AgeRecipient = X25519Recipient | SshRecipient | PluginKey
AgeIdentity = X25519Identity | SshIdentity | PluginKey

_SSH = ("ssh-", "ecdsa-", "sk-")
_SECRET = "AGE-SECRET-KEY-1"
_PLUGIN = "AGE-PLUGIN-"


def parse_recipient(text: str) -> AgeRecipient:
    """Read one recipient; raise KeyMaterialInvalid, PublicKeyInvalid, FormatUnrecognised."""
    word = text.strip()
    if word.startswith(_SSH):
        return SshRecipient.parse(word)
    if word.upper().startswith((_SECRET, _PLUGIN)):
        raise KeyMaterialInvalid(reason="this is a private key; give the public one that belongs to it, age1…")
    plugin = parse_plugin_key(word)
    return X25519Recipient.parse(word) if plugin is None or plugin.is_identity else plugin


def parse_recipients(data: bytes) -> tuple[AgeRecipient, ...]:
    """Read a file of recipients; raise as `parse_recipient`, FormatUnrecognised if there are none or too many."""
    found = tuple(parse_recipient(line) for line in _lines(data, "a file of age recipients"))
    if not 0 < len(found) <= MAX_STANZAS:
        raise FormatUnrecognised(what="a file of age recipients")
    return found


def parse_identities(data: Secret, ask: Callable[[], Secret]) -> tuple[AgeIdentity, ...]:
    """Read a file of identities, or a private key of OpenSSH; ``ask`` gives its passphrase if it has one.

    Raises FileSecretIncorrect, KeyMaterialInvalid, FormatUnrecognised, and what ``ask`` raises.
    """
    content = bytes(data.reveal())
    if len(content) > MAX_FILE:
        raise FormatUnrecognised(what="a file of age identities")
    if content.startswith(VERSION_LINE) or age_armor.is_armored(content):
        with _opened(content, ask) as plain:
            return _identities(bytes(plain.reveal()))
    if b"-----BEGIN " in content:
        return (_ssh_identity(data, ask),)
    return _identities(content)


def recipient_of(public_key: bytes) -> X25519Recipient:
    """Return the recipient for an X25519 key as SubjectPublicKeyInfo; raise PublicKeyInvalid, KeyMaterialInvalid."""
    public = checked_public(public_key)
    if not isinstance(public, X25519PublicKey):
        raise KeyMaterialInvalid(reason="it is not of the kind X25519")
    return X25519Recipient(public.public_bytes_raw())


def identity_of(material: Secret) -> X25519Identity:
    """Return the identity for the material of an X25519 key; raise KeyMaterialInvalid."""
    private = load_material(material, KeySpec.X25519)
    if not isinstance(private, X25519PrivateKey):
        raise KeyMaterialInvalid(reason="it is not of the kind X25519")
    with Secret(private.private_bytes_raw()) as raw:
        return X25519Identity(raw)


def _identities(content: bytes) -> tuple[AgeIdentity, ...]:
    found: list[AgeIdentity] = []
    for line in _lines(content, "a file of age identities"):
        plugin = parse_plugin_key(line)
        if plugin is not None and plugin.is_identity:
            found.append(plugin)
        elif line.startswith(_SECRET):
            found.append(X25519Identity.parse(line))
        else:
            raise KeyMaterialInvalid(reason="a line in it is no age identity that Signet knows")
    if not found:
        raise FormatUnrecognised(what="a file of age identities")
    return tuple(found)


def _opened(content: bytes, ask: Callable[[], Secret]) -> Secret:
    source = unarmored(io.BytesIO(content), content)
    target = io.BytesIO()
    with ask() as passphrase:
        age.decrypt(source, target, identities=[PassphraseIdentity(passphrase)])
    return Secret(target.getvalue())


def _ssh_identity(data: Secret, ask: Callable[[], Secret]) -> SshIdentity:
    try:
        found = read_key(data)
    except FileSecretMissing:
        with ask() as passphrase:
            found = read_key(data, passphrase=passphrase)
    if found.spec.is_symmetric:
        raise KeyMaterialInvalid(reason="it is no private key of OpenSSH")
    with found.material as material:
        return SshIdentity(load_material(material, found.spec))


def _lines(data: bytes, what: str) -> list[str]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise FormatUnrecognised(what=what) from None
    if len(data) > MAX_FILE:
        raise FormatUnrecognised(what=what)
    return [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]


def unarmored(source: io.BufferedIOBase, head: bytes) -> io.BufferedIOBase:
    """Return the stream of an age file's bytes, whether it is armored or not; ``head`` is how it begins."""
    return io.BufferedReader(age_armor.ArmorReader(source)) if age_armor.is_armored(head) else source


class KnownFileKey:
    """Opens a file whose file key is known already: it was unwrapped, or has just been wrapped."""

    def __init__(self, file_key: Secret) -> None:
        self._file_key = file_key

    def unwrap(self, stanzas: Sequence[Stanza]) -> Secret | None:
        """Return the file key, whatever the stanzas are."""
        del stanzas
        return self._file_key.copy()


class ReadBack:
    """A recipient that keeps the file key until `wipe`, so that what was written can be read back and proven."""

    def __init__(self, recipient: X25519Recipient | SshRecipient | PassphraseRecipient) -> None:
        self._recipient = recipient
        self._file_key = Secret(b"")

    def wrap(self, file_key: Secret) -> Stanza:
        """Wrap, and keep a copy."""
        self._file_key.wipe()
        self._file_key = file_key.copy()
        return self._recipient.wrap(file_key)

    @property
    def identity(self) -> Identity:
        """What opens the file that was wrapped for last."""
        return KnownFileKey(self._file_key)

    def wipe(self) -> None:
        """Forget the file key."""
        self._file_key.wipe()
