"""What can need attention, as values: one `Attention` is one line that the person sees until it is mended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from signet.services.loss import Way


class Concern(StrEnum):
    """What can need attention."""

    ONE_WAY_IN = "one-way-in"
    LOCKED_OUT = "locked-out"
    """There are several ways in, and one card's loss takes all of them."""
    NOT_PROVEN = "not-proven"
    """A way in was never tested, or not for a year, or failed when it was."""
    ONE_GUARD = "one-guard"
    """A guarded key has one guard left: if that is lost, the key is."""
    ROTATION_DUE = "rotation-due"
    """The date for a key's new version has come, and it has none yet."""
    WORN_KEY = "worn-key"
    """A key's current version has wrapped half of all that it may; it should be rotated."""
    DELETION_DUE = "deletion-due"
    """The date of a key's deletion has come: it is destroyed if the person says so, and not before."""
    DELETION_NEAR = "deletion-near"
    """A key can be destroyed in at most seven days."""
    DELETION_TRIED = "deletion-tried"
    """Somebody wanted to use a key that is to be deleted."""
    CERTIFICATE_ENDS = "certificate-ends"
    """The last certificate that a key signs with ends soon."""
    CERTIFICATE_ENDED = "certificate-ended"
    """It has ended, and no other has come."""
    SAVED_CODE = "saved-code"
    RENEWAL = "renewal"
    """A new card was to take the place of another, and that is not finished."""
    OLD_COPIES = "old-copies"
    """Copies in the vault's folder still open by a way in that was removed."""
    EXPOSED_KEYS = "exposed-keys"
    """Keys, or files, are still as somebody with a lost card and its PIN may know them."""
    NO_BACKUP_ELSEWHERE = "no-backup-elsewhere"
    CHECKPOINT_DUE = "checkpoint-due"
    """No card signed the log for a month, though one of the ways in could."""
    PROOF_ENDS = "proof-ends"
    """A signed document can be proven for half a year at most, unless it is extended."""
    PROOF_LAST = "proof-last"
    """The same, and it is one that cannot be extended: it must be signed anew."""
    PROOF_ENDED = "proof-ended"
    """A signed document cannot be proven by itself any more."""
    OLD_BACKUP_ELSEWHERE = "old-backup-elsewhere"
    """The last backup in a second place is old, and keys or versions of keys came since."""


@dataclass(frozen=True)
class Attention:
    """One thing that needs attention; ``path`` is the file of a saved code, or a document; ``way`` the way in it is
    about.

    ``key`` is the name of the key, ``guard`` that of its only guard. ``count`` is of copies, of documents, of keys,
    of keys and files, or of attempts to use a key. ``key_id`` is the key's id, where something can be done about that
    key; ``when`` is a date that matters (RFC 3339 in UTC).
    """

    concern: Concern
    path: str = ""
    way: Way | None = None
    key: str = ""
    guard: str = ""
    count: int = 0
    key_id: str = ""
    when: str = ""
