"""Checkpoints: the end of the log as a card signed it, which nobody without the card can write.

What is signed is the canonical JSON of vault id, sequence, hash and epoch of the last entry then, and the time of
signing (docs/formats/audit.md). The signature is an SSHSIG of the namespace `NAMESPACE`.
"""

from __future__ import annotations

from dataclasses import dataclass

from signet.audit.canonical import canonical, read_canonical
from signet.audit.chain import HASH_SIZE
from signet.clock import parse_timestamp

NAMESPACE = "audit@signet"
MAX_MESSAGE = 1024
"""Bytes that a message may have; it has about 200."""
_FIELDS = {"vault_id", "sequence", "hash", "epoch", "time"}


@dataclass(frozen=True)
class Head:
    """What a checkpoint says: entry ``sequence`` of this vault has this hash (32 bytes), as of ``time``."""

    vault_id: str
    sequence: int
    hash: bytes
    epoch: int
    time: str

    def message(self) -> bytes:
        """The bytes that are signed."""
        return canonical(
            {
                "vault_id": self.vault_id,
                "sequence": self.sequence,
                "hash": self.hash.hex(),
                "epoch": self.epoch,
                "time": self.time,
            }
        )


@dataclass(frozen=True)
class Checkpoint:
    """A head as it was signed: which way in's card did (``method`` is its id), by which key (SPKI, DER), and how."""

    sequence: int
    epoch: int
    hash: bytes
    time: str
    method: str
    public_key: bytes
    signature: bytes

    def head(self, vault_id: str) -> Head:
        """What was signed."""
        return Head(vault_id=vault_id, sequence=self.sequence, hash=self.hash, epoch=self.epoch, time=self.time)


def read_message(data: bytes) -> Head:
    """Read what `Head.message` wrote; raise ValueError for anything else. One line end may follow it."""
    if len(data) > MAX_MESSAGE:
        raise ValueError("longer than any checkpoint")
    value = read_canonical(data.decode("ascii").removesuffix("\n"))
    if not isinstance(value, dict) or set(value) != _FIELDS:
        raise ValueError("not the fields of a checkpoint")
    vault_id, digest, time = value["vault_id"], value["hash"], value["time"]
    sequence, epoch = value["sequence"], value["epoch"]
    if not (isinstance(vault_id, str) and isinstance(digest, str) and isinstance(time, str)):
        raise ValueError("text is missing")
    if type(sequence) is not int or type(epoch) is not int or sequence < 1 or epoch < 1:
        raise ValueError("a number that no entry has")
    parse_timestamp(time)
    found = bytes.fromhex(digest)
    if len(found) != HASH_SIZE or found.hex() != digest:
        raise ValueError("not a SHA-256")
    return Head(vault_id=vault_id, sequence=sequence, hash=found, epoch=epoch, time=time)
