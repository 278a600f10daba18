"""Which keys are looked for: by words, by tags, by state."""

from __future__ import annotations

from collections.abc import Collection

from signet.keys.model import Key
from signet.keys.state import KeyState

Tag = tuple[str, str | None]
"""A tag's name and its value, None for any."""


def fits(key: Key, *, text: str = "", tags: Collection[Tag] = (), states: Collection[KeyState] = ()) -> bool:
    """Whether every word of ``text`` occurs in a name, tag, the description or the id, and all the rest holds too.

    Case does not matter in words; tags are compared exactly. The key is in one of ``states``, if any are given.
    """
    if states and key.state not in states:
        return False
    has = dict(key.tags)
    if not all(name in has and value in (None, has[name]) for name, value in tags):
        return False
    if not text:
        return True
    said = (*key.aliases, *(f"{name}={value}" for name, value in key.tags), key.description, key.id)
    everything = "\n".join(said).casefold()
    return all(word in everything for word in text.casefold().split())
