"""Keys, values and processes for tests of the store."""

from __future__ import annotations

import subprocess
import sys
import uuid
from pathlib import Path

import signet
from signet.audit.entry import Actor
from signet.keys.model import Key, KeyVersion
from signet.keys.spec import KeySpec, KeyUsage, Origin, Protection
from signet.keys.state import KeyState

RAW_KEY = bytes(range(32))
MAC_KEY = b"m" * 32
TIME = "2026-11-22T12:00:00Z"
ACTOR = Actor(method="", user="ada", front_end="cli")
APP = str(Path(signet.__file__).parents[1])
PYTHON = (sys.executable, "-W", "error", "-c")


def new_key(alias: str, *, key_id: str | None = None) -> tuple[Key, KeyVersion]:
    """A symmetric key with its first version."""
    key = Key(
        id=key_id or str(uuid.uuid4()),
        aliases=(alias,),
        spec=KeySpec.SYMMETRIC_DEFAULT,
        usage=KeyUsage.ENCRYPT_DECRYPT,
        state=KeyState.ENABLED,
        origin=Origin.VAULT,
        protection=Protection.VAULT,
        version=1,
        created=TIME,
        description="for the tests",
        tags=(("place", "home"), ("year", "2026")),
    )
    return key, KeyVersion(key_id=key.id, number=1, created=TIME, material=b"w" * 60, public_key=None)


def child(code: str, *arguments: str) -> subprocess.Popen[str]:
    """A process of its own with the database at its first argument open as ``database``; it says what it prints."""
    setup = (
        f"import sys; sys.path.insert(0, {APP!r})\n"
        "from signet.secret import Secret\nfrom signet.store.database import Database\n"
        "database = Database.open(sys.argv[1], Secret(bytes(range(32))))\n"
    )
    return subprocess.Popen(
        [*PYTHON, setup + code, *arguments], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
