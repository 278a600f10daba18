"""A request for a key as another vault would make it, for tests that need none."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from pathlib import Path

from signet.clock import timestamp
from signet.crypto.identity import generate_identity
from signet.crypto.transfer import new_transfer_key, sign_request
from signet.formats.key_transfer import Request


def write_request(path: Path, now: datetime) -> str:
    """Write a request that is good for a day from ``now``; nobody keeps what would open the answer."""
    identity, public_identity = generate_identity()
    private, public = new_transfer_key()
    private.wipe()
    with identity:
        request = Request(
            id=str(uuid.uuid4()),
            vault_id=str(uuid.uuid4()),
            identity=public_identity,
            public_key=public,
            created=timestamp(now),
            expires=timestamp(now + timedelta(days=1)),
        )
        path.write_bytes(sign_request(request, identity).encoded())
    return str(path)
