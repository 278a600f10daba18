"""For whom new messages are: a key of the vault, what stands beside it, persons; at least one of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from signet.crypto.esdk_kept import KeptDataKey
from signet.crypto.esdk_keys import DataKeyWrapper, RawAesKeyring, ReadingKeyring
from signet.services.files_people import Addressee, check_count
from signet.services.use import Grant


@dataclass(frozen=True)
class MessageKeyrings:
    """The keyrings of one message, in the order of its header; ``reading`` opens it again."""

    reading: ReadingKeyring
    others: tuple[DataKeyWrapper, ...]

    @property
    def all(self) -> list[DataKeyWrapper]:
        """Every keyring that the data key is wrapped by."""
        return [self.reading, *self.others]


@dataclass(frozen=True)
class Recipients:
    """What closes new messages: the grants, that of the vault's key first; its keyring, if there is one; public keys.

    ``others`` stand beside the vault's key, or instead of it; ``people`` are those of them that the log names.
    """

    grants: tuple[Grant, ...]
    keyring: RawAesKeyring | None
    others: tuple[DataKeyWrapper, ...] = ()
    people: tuple[Addressee, ...] = ()

    @property
    def first(self) -> Grant | None:
        """The grant of the key that the catalogue counts a file for; None if no key of the vault is among them."""
        return self.grants[0] if self.grants else None

    @contextmanager
    def of_one_message(self) -> Iterator[MessageKeyrings]:
        """Give what wraps one message and reads it back; without a key of the vault, its data key is kept."""
        if self.keyring is not None:
            yield MessageKeyrings(self.keyring, self.others)
            return
        with ExitStack() as stack:
            kept = stack.enter_context(KeptDataKey(self.others[0]))
            yield MessageKeyrings(kept, self.others[1:])


def recipients_of(
    grants: tuple[Grant, ...],
    keyring: RawAesKeyring | None,
    others: Sequence[DataKeyWrapper],
    people: Sequence[Addressee],
) -> Recipients:
    """Put them together; raises UsageError for too many, KeyMaterialInvalid for a key that no file can be for."""
    wrappers = (*others, *(each.keyring for each in people))
    check_count(len(wrappers) + (keyring is not None))
    return Recipients(grants, keyring, wrappers, tuple(people))
