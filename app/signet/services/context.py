"""The encryption context that a person may give: notes, bound to what is encrypted, which are no secret."""

from __future__ import annotations

import re
from collections.abc import Mapping

from signet.errors import ContextInvalid
from signet.formats.esdk import serialise_context

MAX_PAIRS = 32
"""Context pairs that a person may give; the format's own limit is 65535 bytes for all."""
MAX_CONTEXT_KEY = 64
"""Characters of a context key."""
MAX_CONTEXT_VALUE = 1024
"""Characters of a context value: a note, not a document."""
NOTE = "note"
"""The context key of what a person wrote for whoever sees the file: one sentence, visible to everyone."""
RESERVED = ("signet-", "aws-crypto-")
_CONTEXT_KEY = re.compile(r"[a-z0-9-]+")


def checked_pairs(pairs: Mapping[str, str]) -> dict[str, str]:
    """Return the pairs if they can be bound to a ciphertext; raise ContextInvalid."""
    if len(pairs) > MAX_PAIRS:
        raise ContextInvalid(reason=f"there are more than {MAX_PAIRS} pairs")
    for name, value in pairs.items():
        if not _CONTEXT_KEY.fullmatch(name) or len(name) > MAX_CONTEXT_KEY:
            raise ContextInvalid(reason=f"“{name}” is not a key of a-z, 0-9 and “-”, up to {MAX_CONTEXT_KEY} long")
        if name.startswith(RESERVED):
            raise ContextInvalid(reason=f"“{name}” begins with a reserved word")
        if len(value) > MAX_CONTEXT_VALUE:
            raise ContextInvalid(reason=f"the value of “{name}” is longer than {MAX_CONTEXT_VALUE} characters")
    serialise_context(pairs)
    return dict(pairs)


def context_said(pairs: Mapping[str, str], *, own: bool) -> str:
    """Say a context as one sentence, without Signet's own pairs; empty if that leaves nothing.

    ``own`` says that the person gave it. A pair named `NOTE` is its value alone.
    """
    told = [
        value if name == NOTE else f"{name.replace('-', ' ')} {value}".rstrip()
        for name, value in sorted(pairs.items(), key=lambda pair: (pair[0] != NOTE, pair[0]))
        if not name.startswith(RESERVED)
    ]
    return f"{'You wrote' if own else 'Written on it'}: {', '.join(told)}" if told else ""
