"""Jobs on files and documents as values: what is wanted, how far it is, what it came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from signet.documents.wishes import Wish
from signet.errors import SignetError
from signet.services.files_items import Item
from signet.services.verdicts import Verification
from signet.tokens.model import Token


class Act(StrEnum):
    """What a job does."""

    ENCRYPT = "encrypt"
    DECRYPT = "decrypt"
    RE_ENCRYPT = "re-encrypt"
    """Each message anew, in its place, under the newest version of its key."""
    TRASH = "trash"
    """Originals, moved to the trash once each was compared with its encrypted file."""
    SIGN = "sign"
    VERIFY = "verify"


class JobState(StrEnum):
    """Where a job is; the last three are its end."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to it."""
        return self in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True)
class Order:
    """What a person wants done with some files.

    ``vault_id`` is the vault that it is for; it waits until that one is open; empty for VERIFY, which needs none.
    ``key`` is the id of the key that encrypts or signs, ``key_name`` what it is called. ``output``: for ENCRYPT and
    DECRYPT a folder, for SIGN of one file the signature's path, None for beside the source. ``keep_both`` gives a
    result whose name is taken a number there. ``read_back``, ``to`` (ids of persons who can open it too) and
    ``note``, which everyone can see, are for ENCRYPT; ``age`` makes age files, and without ``key`` the result is for
    the persons alone. ``encrypted`` is for TRASH: the encrypted file of each path.
    ``signatures`` and ``trust`` are for VERIFY: one signature file for each path, None for ``PATH.sig``; files with
    public keys. ``wish`` is how to sign, for SIGN; ``card`` then a card that
    signs without a vault, with its key ``key`` (SHA-256 of the public key).
    """

    act: Act
    paths: tuple[str, ...]
    vault_id: str = ""
    key: str = ""
    key_name: str = ""
    output: str | None = None
    overwrite: bool = False
    keep_both: bool = False
    read_back: bool = False
    to: tuple[str, ...] = ()
    note: str = ""
    age: bool = False
    encrypted: tuple[str, ...] = ()
    signatures: tuple[str | None, ...] = ()
    trust: tuple[str, ...] = ()
    wish: Wish = field(default_factory=Wish)
    card: Token | None = None

    def of(self, paths: Sequence[str]) -> Order:
        """The same for some of its paths."""
        signatures = dict(zip(self.paths, self.signatures, strict=False))
        encrypted = dict(zip(self.paths, self.encrypted, strict=False))
        return replace(
            self,
            paths=tuple(paths),
            signatures=tuple(signatures[path] for path in paths if path in signatures),
            encrypted=tuple(encrypted[path] for path in paths if path in encrypted),
        )


@dataclass(frozen=True)
class Checked:
    """What verifying one file came to; exactly one of ``verification`` and ``error`` is set."""

    source: str
    verification: Verification | None = None
    error: SignetError | None = None


@dataclass(frozen=True)
class Job:
    """A job as it is at one moment.

    ``items`` (``checks`` for VERIFY) come with its end, in the order of the paths; ``error`` is what stopped the
    whole of it, then there are none. ``done`` and ``total`` are bytes. ``recorded``: in the log of a vault.
    """

    id: int
    order: Order
    state: JobState = JobState.WAITING
    items: tuple[Item, ...] = ()
    checks: tuple[Checked, ...] = ()
    error: SignetError | None = None
    done: int = 0
    total: int = 0
    recorded: bool = False
