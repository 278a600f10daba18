"""Known files as a batch: those that a key opens, or a person can, which are where they were seen last.

Nothing is noted for work on them. What is left to do follows from what the catalogue knows, so whatever interrupted
it, the next call goes on where it stopped: a file that a person was taken off is not known for them any more.
"""

from __future__ import annotations

from dataclasses import dataclass

from signet.services.age_names import is_age_file
from signet.services.catalogue import list_files, message_at
from signet.services.key_pairs import own_pairs
from signet.services.session import Session


@dataclass(frozen=True)
class Known:
    """Known files, by path: those that are ``here``, and those that are not where they were seen last.

    ``closed`` are for others alone: no key of this vault opens them, so nothing can be done about them here.
    ``age`` are age files that are where they were, which are made anew from what is in them, never re-encrypted.
    """

    here: tuple[str, ...]
    elsewhere: tuple[str, ...]
    closed: tuple[str, ...] = ()
    age: tuple[str, ...] = ()


def known_files(session: Session, *, key: str | None = None, person: str | None = None) -> Known:
    """Look for the known files that ``key`` opens and ``person`` can; None asks for neither.

    Reads their headers: another message at the same path is not that file. Raises KeyNotFound, PersonNotFound,
    NameAmbiguous.
    """
    found = list_files(session, key, person=person)
    with session.records.read() as reading:
        own = own_pairs(reading)
        recipients = {
            each.message_id: reading.catalogue.recipients_of(bytes.fromhex(each.message_id)) for each in found
        }
    there = {each.path for each in found if message_at(each.path) == bytes.fromhex(each.message_id)}
    age = {path for path in there if is_age_file(path)}
    closed = {each.path for each in found if each.key_id is None and not recipients[each.message_id] & own.keys()}
    closed -= age
    paths = tuple(dict.fromkeys(each.path for each in found))
    return Known(
        here=tuple(path for path in paths if path in there and path not in closed | age),
        elsewhere=tuple(path for path in paths if path not in there and path not in closed),
        closed=tuple(path for path in paths if path in closed),
        age=tuple(path for path in paths if path in age),
    )
