"""Keys of a day that wait for something to come wrapped to them; their private halves, sealed in the database."""

from __future__ import annotations

from signet.clock import timestamp
from signet.crypto import sealing
from signet.secret import Secret
from signet.services.session import Session
from signet.store.records import Reading
from signet.store.tables.imports import ImportToken

VALID_HOURS = 24
"""As in AWS KMS (GetParametersForImport)."""


def token_name(token_id: str) -> str:
    """By what name a private half is sealed."""
    return f"import-token/{token_id}"


def open_token(session: Session, row: ImportToken) -> Secret:
    """Unwrap the private half of a key that waits; raise DatabaseDamaged."""
    name = token_name(row.id)
    return sealing.open_own(session.material_key, row.material, name=name, vault_id=session.vault_id)


def seal_token(session: Session, private: Secret, token_id: str) -> bytes:
    """Wrap the private half of a key that waits."""
    return sealing.seal_own(session.material_key, private, name=token_name(token_id), vault_id=session.vault_id)


def is_over(session: Session, reading: Reading, row: ImportToken) -> bool:
    """Whether the day of a key that waits is over, by the clock or by the log: setting it back adds no hour.

    Raises RecordDisagrees.
    """
    now = timestamp(session.workplace.clock.now())
    return row.expires <= max(now, reading.latest_since(row.entry) or now)
