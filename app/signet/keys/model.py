"""The key and its versions, as values."""

from __future__ import annotations

from dataclasses import dataclass, field

from signet.keys.spec import CURVES, KeySpec, KeyUsage, Origin, Protection
from signet.keys.state import KeyState


@dataclass(frozen=True)
class KeyVersion:
    """One generation of a key.

    ``material`` is wrapped under the vault's material key (None if the private key is on a token; of a guarded key,
    what is inside is wrapped once more, under the version's guard key); ``public_key`` is DER SubjectPublicKeyInfo
    (None if symmetric). ``wraps`` counts AES-GCM uses of the material as a wrapping key.
    """

    key_id: str
    number: int
    created: str
    material: bytes | None = field(repr=False)
    public_key: bytes | None
    wraps: int = 0


@dataclass(frozen=True)
class GuardCopy:
    """The guard key of one version, wrapped to one guard: the way in ``method_id``; ``created`` is RFC 3339."""

    key_id: str
    number: int
    method_id: str
    created: str
    wrapped: bytes = field(repr=False)


@dataclass(frozen=True)
class Key:
    """A managed key: what it is called, what it is for and what state it is in.

    ``id`` is a UUID in lower case; ``created`` is RFC 3339 in UTC; ``version`` is the number of the current version,
    from 1; ``aliases`` stand as they were given, the oldest first; the first is shown as its name. ``home`` is the id
    of the vault that it came from, where it is rotated; empty if that is this one.
    """

    id: str
    aliases: tuple[str, ...]
    spec: KeySpec
    usage: KeyUsage
    state: KeyState
    origin: Origin
    protection: Protection
    version: int
    created: str
    description: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    home: str = ""

    @property
    def alias(self) -> str:
        """The name that is shown; the id if the key has no alias."""
        return self.aliases[0] if self.aliases else self.id

    @property
    def encrypts_files(self) -> bool:
        """Whether files are encrypted under it: key pairs do that from a card, in the vault symmetric keys alone."""
        usable = self.spec.is_symmetric or self.protection is Protection.TOKEN
        return usable and self.usage is KeyUsage.ENCRYPT_DECRYPT

    @property
    def opens_from_others(self) -> bool:
        """Whether it opens files that anybody encrypted to its public half: RSA pairs, pairs on NIST curves."""
        curve = self.spec in CURVES
        if self.usage is KeyUsage.KEY_AGREEMENT:
            return curve
        return self.usage is KeyUsage.ENCRYPT_DECRYPT and (curve or bool(self.spec.encryption_algorithms))

    @property
    def signs_documents(self) -> bool:
        """Whether a document that it signs can be checked with SSH's tools; other keys make raw signatures only."""
        return self.spec.known_to_ssh and self.usage is KeyUsage.SIGN_VERIFY
