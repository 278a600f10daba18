"""How things look from outside: the fields that ``--json`` prints, the same for every command."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING

from signet.cli.output import Fields

if TYPE_CHECKING:
    from signet.audit.entry import Entry
    from signet.formats.header import MethodKind, UnlockMethod
    from signet.keys.model import Key
    from signet.services.deletion import Pending
    from signet.store.tables.imports import KeyImport
    from signet.tokens.model import Token, TokenKey

KEY_COLUMNS = (("Name", "alias"), ("Spec", "spec"), ("Use", "usage"), ("State", "state"), ("Id", "id"))
TOKEN_COLUMNS = (("Label", "label"), ("Serial", "serial"), ("Model", "model"), ("Present", "present"))
METHOD_COLUMNS = (("Kind", "kind"), ("Label", "label"), ("Proven", "proven"), ("Id", "id"))
ENTRY_COLUMNS = (
    ("No.", "sequence"),
    ("Time", "time"),
    ("Operation", "operation"),
    ("Outcome", "outcome"),
    ("Key", "key"),
)


def key_fields(key: Key) -> Fields:
    """A key."""
    return {
        "id": key.id,
        "alias": key.alias,
        "aliases": list(key.aliases),
        "spec": key.spec.value,
        "usage": key.usage.value,
        "state": key.state.value,
        "origin": key.origin.value,
        "protection": key.protection.value,
        "version": key.version,
        "created": key.created,
        "description": key.description,
        "tags": dict(key.tags),
    }


def guard_fields(guards: Sequence[UnlockMethod]) -> list[Fields]:
    """The guards of a key: ways in."""
    return [{"id": method.id, "kind": method.kind.value, "label": method.label} for method in guards]


def pending_fields(pending: Pending | None) -> Fields | None:
    """The deletion that a key is scheduled for; None if it is not."""
    if pending is None:
        return None
    return {
        "requested": pending.requested,
        "date": pending.date,
        "due": pending.due,
        "attempts": pending.attempts,
        "last_attempt": pending.last_attempt,
    }


def _pending_said(pending: Pending) -> str:
    when = f"asked for on {pending.requested}; can be destroyed {'now' if pending.due else f'from {pending.date} on'}"
    tried = {0: "no attempt", 1: "1 attempt"}.get(pending.attempts, f"{pending.attempts} attempts")
    return f"{when}; {tried} to use it since"


def key_shown(
    key: Key, guards: Sequence[UnlockMethod] = (), pending: Pending | None = None, found: KeyImport | None = None
) -> list[tuple[str, object]]:
    """A key for people."""
    return [
        ("Name", ", ".join(key.aliases) or key.id),
        ("Id", key.id),
        ("Spec", key.spec.value),
        ("Use", key.usage.value),
        ("State", key.state.value),
        *((("Deletion", _pending_said(pending)),) if pending is not None else ()),
        ("Origin", key.origin.value),
        *((("Expires", found.expires or "never"),) if found is not None else ()),
        ("Protection", key.protection.value),
        *((("Guards", methods_said(guards)),) if guards else ()),
        *((("Rotated", f"in the vault that it came from, {key.home}"),) if key.home else ()),
        ("Version", key.version),
        ("Created", key.created),
        ("Description", key.description or "none"),
        ("Tags", ", ".join(f"{name}={value}" for name, value in key.tags) or "none"),
    ]


def token_fields(token: Token) -> Fields:
    """A token."""
    return {
        "label": token.label,
        "serial": token.serial,
        "model": token.model,
        "manufacturer": token.manufacturer,
        "module": token.module,
        "present": token.present,
        "initialised": token.initialised,
        "pin_state": token.pin_state.value,
    }


def token_key_fields(key: TokenKey) -> Fields:
    """A key pair on a token; ``id`` is CKA_ID in hexadecimal."""
    import hashlib

    return {
        "id": key.id.hex(),
        "label": key.label,
        "spec": key.spec,
        "fingerprint": hashlib.sha256(key.public_key).hexdigest(),
        "can_sign": key.can_sign,
        "can_decrypt": key.can_decrypt,
        "can_derive": key.can_derive,
        "public_key": base64.b64encode(key.public_key).decode("ascii"),
    }


def method_fields(method: UnlockMethod) -> Fields:
    """A way in, as the header has it."""
    return {
        "id": method.id,
        "kind": method.kind.value,
        "label": method.label,
        "created": method.created,
        "scheme": method.scheme.value,
        "attested": bool(method.attestation),
    }


def entry_fields(entry: Entry) -> Fields:
    """An entry of the audit log."""
    return {
        "sequence": entry.sequence,
        "epoch": entry.epoch,
        "time": entry.time,
        "operation": entry.operation,
        "key": entry.key,
        "outcome": entry.outcome.value,
        "of": entry.of,
        "actor": {"method": entry.actor.method, "user": entry.actor.user, "front_end": entry.actor.front_end},
        "details": dict(entry.details),
        "changes": list(entry.changes),
        "hash": entry.hash.hex(),
    }


def kind_said(kind: MethodKind) -> str:
    """The kind of a way in, as people call it."""
    return "card" if kind.value == "token" else kind.value.replace("-", " ")


def methods_said(methods: Sequence[UnlockMethod]) -> str:
    """Ways in within a sentence."""
    return ", ".join(f"{method.kind.value} “{method.label}”" for method in methods)
