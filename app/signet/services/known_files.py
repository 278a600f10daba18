"""Known files as a batch: those that a key opens, or a person can, which are where they were seen last.

Nothing is noted for work on them. What is left to do follows from what the catalogue knows, so whatever interrupted
it, the next call goes on where it stopped: a file that a person was taken off is not known for them any more.
"""

from __future__ import annotations

from dataclasses import dataclass

from signet.services.catalogue import list_files, message_at
from signet.services.session import Session


@dataclass(frozen=True)
class Known:
    """Known files, by path: those that are ``here``, and those that are not where they were seen last."""

    here: tuple[str, ...]
    elsewhere: tuple[str, ...]


def known_files(session: Session, *, key: str | None = None, person: str | None = None) -> Known:
    """Look for the known files that ``key`` opens and ``person`` can; None asks for neither.

    Reads their headers: another message at the same path is not that file. Raises KeyNotFound, PersonNotFound,
    NameAmbiguous.
    """
    found = list_files(session, key, person=person)
    here = tuple(
        dict.fromkeys(entry.path for entry in found if message_at(entry.path) == bytes.fromhex(entry.message_id))
    )
    return Known(here, tuple(path for path in dict.fromkeys(entry.path for entry in found) if path not in set(here)))
