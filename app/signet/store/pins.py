"""Pins: what this computer last saw of each vault, kept outside the vault's folder (DESIGN.md, section 3).

A copy of the vault that was put back, or another vault in its place, shows against these only.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from dataclasses import dataclass, replace

from signet.errors import PinsDamaged, SourceNotFound, SourceUnsupported, VaultForeign
from signet.store.files import FOLDER_MODE, read_small, replace_durably
from signet.store.foreign import translated
from signet.store.lock import FileLock, Hold

PIN_LIMIT = 16 * 1024  # Signet's own: a pin has six short fields.
_HASH_SIZE = 32  # SHA-256
_IDENTITY_SIZE = 32  # Ed25519 (RFC 8032, 5.1.5)
_PART = re.compile(r"\.(pin|offered)\.json\.[0-9a-f]{16}\.part")
_VAULT_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_FIELDS = {"identity": str, "generation": int, "audit_count": int, "audit_hash": str, "written": str}


@dataclass(frozen=True)
class Pin:
    """What was last seen of one vault.

    ``identity`` is its identity's public key in hex; ``generation`` is the header's, from 1;
    ``audit_count`` and ``audit_hash`` (32 bytes) are the audit head's; ``written`` is RFC 3339 in UTC.
    """

    identity: str
    generation: int
    audit_count: int
    audit_hash: bytes
    written: str


class Pins:
    """The pins in one folder, a file for each vault; written under a lock, never lowered except by `replace`."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def read(self, vault_id: str) -> Pin | None:
        """Return the pin of a vault, or None if this computer has never seen it.

        Raises PinsDamaged for a file that is there and cannot be read: that is not the same as none.
        """
        return _read(self._path(vault_id))

    def offered(self, vault_id: str) -> Pin | None:
        """Return the pin that a restore has announced and not yet set, or None; raises PinsDamaged."""
        return _read(self._offer_path(vault_id))

    def offer(self, vault_id: str, pin: Pin) -> None:
        """Announce the pin of a vault that is about to take the place of the pinned one; the pin itself stands.

        Whichever of the two vaults is there after a crash, fits one of the two.
        """
        with self._lock(vault_id):
            replace_durably(self._offer_path(vault_id), _serialise(pin))

    def withdraw(self, vault_id: str) -> None:
        """Take an announced pin back; if there is none, nothing happens."""
        with self._lock(vault_id), translated(self._folder), suppress(FileNotFoundError):
            os.unlink(self._offer_path(vault_id))

    def raise_to(self, vault_id: str, pin: Pin) -> Pin:
        """Raise the pin as far as ``pin`` is beyond it; neither generation nor audit count ever goes back.

        Returns the pin that stands then. Raises VaultForeign if the identity is another one, PinsDamaged, VaultBusy,
        DiskFull, FolderReadOnly.
        """
        with self._lock(vault_id):
            old = self.read(vault_id)
            new = pin if old is None else _raised(old, pin)
            self._sweep(vault_id)
            if new != old:
                replace_durably(self._path(vault_id), _serialise(new))
            return new

    def replace(self, vault_id: str, pin: Pin) -> None:
        """Set the pin to ``pin``, whatever it was: for `vault accept`, restore and a new identity key only."""
        with self._lock(vault_id):
            replace_durably(self._path(vault_id), _serialise(pin))
            with translated(self._folder), suppress(FileNotFoundError):
                os.unlink(self._offer_path(vault_id))

    def _sweep(self, vault_id: str) -> None:
        """Remove what a killed writer of this pin or its offer left; under its lock nobody else writes them."""
        with translated(self._folder):
            for name in os.listdir(self._folder):
                if name.startswith(vault_id) and _PART.fullmatch(name.removeprefix(vault_id)):
                    os.unlink(os.path.join(self._folder, name))

    def _path(self, vault_id: str) -> str:
        if not _VAULT_ID.fullmatch(vault_id):
            raise ValueError("not a vault id")
        return os.path.join(self._folder, f"{vault_id}.pin.json")

    def _offer_path(self, vault_id: str) -> str:
        return self._path(vault_id).removesuffix(".pin.json") + ".offered.json"

    def _lock(self, vault_id: str) -> FileLock:
        path = self._path(vault_id)
        with translated(self._folder):
            os.makedirs(self._folder, mode=FOLDER_MODE, exist_ok=True)
        return FileLock(f"{path}.lock", Hold.ALONE)


def _read(path: str) -> Pin | None:
    try:
        return _parse(read_small(path, limit=PIN_LIMIT))
    except SourceNotFound:
        return None
    except (SourceUnsupported, ValueError) as error:
        raise PinsDamaged(path=path) from error


def _raised(old: Pin, new: Pin) -> Pin:
    if old.identity != new.identity:
        raise VaultForeign(expected=old.identity, found=new.identity)
    raised = old
    if new.generation > old.generation:
        raised = replace(raised, generation=new.generation, written=new.written)
    if new.audit_count > old.audit_count:
        raised = replace(raised, audit_count=new.audit_count, audit_hash=new.audit_hash, written=new.written)
    return raised


def _serialise(pin: Pin) -> bytes:
    fields = {**vars(pin), "audit_hash": pin.audit_hash.hex()}
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode("ascii")


def _parse(content: bytes) -> Pin:
    try:
        fields = json.loads(content.decode("ascii"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(fields, dict) or fields.keys() != _FIELDS.keys():
        raise ValueError("not the fields of a pin")
    for name, kind in _FIELDS.items():
        if type(fields[name]) is not kind:
            raise ValueError(f"{name} is not what it should be")
    audit_hash = bytes.fromhex(fields["audit_hash"])
    if len(bytes.fromhex(fields["identity"])) != _IDENTITY_SIZE:
        raise ValueError("not an identity")
    if len(audit_hash) != _HASH_SIZE or fields["generation"] < 0 or fields["audit_count"] < 0:
        raise ValueError("a value out of range")
    return Pin(
        identity=fields["identity"],
        generation=fields["generation"],
        audit_count=fields["audit_count"],
        audit_hash=audit_hash,
        written=fields["written"],
    )
