"""Which other programs use the reader, so that a card that does not answer can be explained. Linux only.

A program that talks to pcscd has its library in memory. What belongs to another account cannot be looked into, and
whether a program holds the card at this moment cannot be seen: these are the ones that may.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_LIBRARY = b"libpcsclite"
_OWN_CHILD = b"_child\0token\0"
_KNOWN = {
    "scdaemon": "GnuPG (end it with: gpgconf --kill scdaemon)",
    "ykman": "ykman",
    "yubioath-flutter": "Yubico Authenticator",
    "authenticator": "Yubico Authenticator",
    "firefox": "Firefox",
    "thunderbird": "Thunderbird",
    "qdigidoc4": "DigiDoc4",
    "kleopatra": "Kleopatra",
}
_MAX_NAMED = 5


def other_programs() -> tuple[str, ...]:
    """Name the programs that use the reader besides this one's own children; none where that cannot be known."""
    found: dict[str, None] = {}
    with contextlib.suppress(OSError):
        for entry in sorted(os.listdir("/proc")):
            if entry.isdigit():
                name = _name_if_at_the_reader(Path("/proc") / entry)
                if name:
                    found[name] = None
    return tuple(found)[:_MAX_NAMED]


def sentence_about_others() -> str:
    """A sentence that names them, with a blank before it; empty if there are none."""
    named = other_programs()
    return f" The reader is also used by {', '.join(named)}." if named else ""


def _name_if_at_the_reader(process: Path) -> str:
    """What to call that process if it may hold a card; empty otherwise."""
    try:
        if _LIBRARY not in (process / "maps").read_bytes():
            return ""
        if _OWN_CHILD in (process / "cmdline").read_bytes():
            return "" if _parent(process) == os.getpid() else "another Signet"
        name = (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""  # it ended, or is somebody else's
    return "" if process.name == str(os.getpid()) else _KNOWN.get(name, name)


def _parent(process: Path) -> int:
    return int((process / "stat").read_text().rpartition(")")[2].split()[1])
