"""Whose entries are meant where the log is asked about a key: its entries outlive a key that was destroyed."""

from __future__ import annotations

from signet.audit.entry import Outcome
from signet.errors import KeyNotFound
from signet.keys.state import Act
from signet.store.records import Reading


def key_in_log(reading: Reading, name: str) -> str:
    """Return the id of the key that ``name`` means, else of one that was destroyed under that name or id.

    Of several that were destroyed under one name it is the last. Raises KeyNotFound, NameAmbiguous.
    """
    try:
        return reading.keys.find(name).id
    except KeyNotFound:
        for entry in reading.audit.list(operation=Act.DESTROY):
            known = (entry.key, entry.details.get("alias"))
            if entry.outcome is Outcome.DONE and entry.key is not None and name in known:
                return entry.key
        raise
