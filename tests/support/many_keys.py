"""Vaults with very many keys, written straight into the tables: what takes minutes by the services takes seconds."""

from __future__ import annotations

import os
import random
import uuid

from signet.audit.entry import Draft, Outcome
from signet.keys.model import Key, KeyVersion
from signet.keys.spec import KeySpec, KeyUsage, Origin, Protection
from signet.keys.state import KeyState
from signet.secret import Secret
from signet.services.session import Session

CHUNK = 500
"""Keys that one entry of the log is about."""
KINDS = (
    (KeySpec.SYMMETRIC_DEFAULT, KeyUsage.ENCRYPT_DECRYPT),
    (KeySpec.SYMMETRIC_DEFAULT, KeyUsage.ENCRYPT_DECRYPT),
    (KeySpec.ECC_NIST_P256, KeyUsage.SIGN_VERIFY),
    (KeySpec.HMAC_256, KeyUsage.GENERATE_VERIFY_MAC),
)
WORDS = ("archive", "bank", "client", "family", "letters", "mail", "notary", "orders", "papers", "photos", "taxes")
SEED = 20261122


def add_keys(session: Session, count: int) -> list[str]:
    """Add so many keys, all different and the same each time but for their ids; return the ids.

    Material and public halves are random bytes: a key of these can be listed and used (if symmetric), not verified.
    """
    chance = random.Random(SEED)
    ids: list[str] = []
    while len(ids) < count:
        chunk = range(len(ids), min(len(ids) + CHUNK, count))
        with session.records.change() as change:
            for number in chunk:
                key = _key(chance, number)
                with Secret(os.urandom(32)) as material:
                    sealed = session.seal_material(key, 1, material)
                public = None if key.spec.is_symmetric else os.urandom(91)
                change.keys.insert(key, KeyVersion(key.id, 1, key.created, sealed, public))
                if number % 3:
                    change.uses.count(key.id, 1, time=f"2026-{1 + number % 11:02d}-14T08:00:00Z", uses=number % 50)
                ids.append(key.id)
            change.append(Draft("CreateKey", Outcome.DONE, key=ids[-1], details={"alias": "many"}))
    return ids


def _key(chance: random.Random, number: int) -> Key:
    spec, usage = KINDS[number % len(KINDS)]
    word, other = chance.choice(WORDS), chance.choice(WORDS)
    return Key(
        id=str(uuid.uuid4()),
        aliases=(f"{word}-{other}-{number}",),
        spec=spec,
        usage=usage,
        state=KeyState.DISABLED if number % 17 == 0 else KeyState.ENABLED,
        origin=Origin.VAULT,
        protection=Protection.VAULT,
        version=1,
        created=f"{2020 + number % 6}-{1 + number % 12:02d}-{1 + number % 28:02d}T10:00:00Z",
        description=f"About {other} and {word}" if number % 2 else "",
        tags=((word, ""), ("year", str(2020 + number % 6))) if number % 5 == 0 else (),
    )
