"""Public keys of people read from files and from pasted text; the names of files play no part."""

from __future__ import annotations

from collections.abc import Sequence

from signet.crypto.personkeys import read_people_keys
from signet.crypto.publickeys import MAX_FILE
from signet.errors import FormatUnrecognised, KeyFileUnrecognised, PublicKeyInvalid
from signet.keys.person import PublicPart
from signet.services.verifying_given import read_whole


def keys_in_files(paths: Sequence[str]) -> tuple[PublicPart, ...]:
    """Return the public keys in files, in their order.

    Raises SourceNotFound, SourceUnsupported, StorageError; KeyFileUnrecognised, PublicKeyInvalid for a key that must
    not be used, PrivateKeyGiven, of which nothing is kept.
    """
    found: list[PublicPart] = []
    for path in paths:
        try:
            found.extend(read_people_keys(read_whole(path, limit=MAX_FILE)))
        except PublicKeyInvalid:
            raise
        except FormatUnrecognised as error:
            raise KeyFileUnrecognised(path=path, what=error.details["what"]) from error
    return tuple(found)


def keys_in_text(text: str) -> tuple[PublicPart, ...]:
    """Return the public keys in pasted text; raises FormatUnrecognised, PublicKeyInvalid, PrivateKeyGiven."""
    return read_people_keys(text.encode("utf-8", "replace"))
