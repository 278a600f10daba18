"""How people look from outside: the fields that ``--json`` prints, and the lines that people read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from signet.cli.output import Fields

if TYPE_CHECKING:
    from signet.keys.person import Person
    from signet.services.people import KeyView

KINDS = {
    "rsa": "RSA, for files",
    "ec": "elliptic curve, for files",
    "x25519": "age",
    "ssh-rsa": "SSH, RSA",
    "ssh-ed25519": "SSH, Ed25519",
    "age-plugin": "age, with a plugin",
    "signing-only": "for signatures only",
}
VALIDITY = {"current": "valid", "expired": "expired", "not-yet-valid": "not valid yet"}


def person_fields(person: Person, views: Sequence[KeyView]) -> Fields:
    """A person; ``views`` are of the keys, in their order."""
    keys = []
    for key, view in zip(person.keys, views, strict=True):
        certificate = view.certificate
        keys.append(
            {
                "kind": key.kind.value,
                "fingerprint": key.fingerprint,
                "ssh_fingerprint": view.ssh_fingerprint or None,
                "recipient": view.recipient or None,
                "comment": key.comment,
                "added": key.added,
                "trusted_since": key.trusted or None,
                "certificate": None
                if certificate is None
                else {
                    "subject": certificate.subject,
                    "issuer": certificate.issuer,
                    "serial": certificate.serial,
                    "not_before": certificate.not_before,
                    "not_after": certificate.not_after,
                    "validity": None if view.validity is None else view.validity.value,
                },
            }
        )
    return {
        "id": person.id,
        "name": person.name,
        "note": person.note,
        "created": person.created,
        "trusted": person.trusted,
        "trusted_since": person.trusted_since or None,
        "keys": keys,
    }


def person_shown(person: Person, views: Sequence[KeyView]) -> list[tuple[str, object]]:
    """A person for people: who, then each key with what it is recognised by."""
    lines: list[tuple[str, object]] = [("Name", person.name), ("Id", person.id)]
    if person.note:
        lines.append(("Note", " ".join(person.note.split())))
    for key, view in zip(person.keys, views, strict=True):
        lines += [
            ("Key", kind_said(key.kind) + (f" ({key.comment})" if key.comment else "")),
            ("  Fingerprint", view.fingerprint),
        ]
        if view.ssh_fingerprint:
            lines.append(("  As SSH says", view.ssh_fingerprint))
        if view.recipient.startswith("age1"):
            lines.append(("  Recipient", view.recipient))
        lines.append(("  Compared", f"on {key.trusted[:10]}" if key.trusted else "not yet"))
        certificate = view.certificate
        if certificate is not None and view.validity is not None:
            said = VALIDITY[view.validity.value]
            lines += [
                ("  Certificate", certificate.subject),
                ("  Issued by", certificate.issuer),
                ("  Dates", f"{certificate.not_before[:10]} to {certificate.not_after[:10]} ({said})"),
            ]
    return lines


def kind_said(kind: str) -> str:
    """What a key is for, in words."""
    return KINDS[str(kind)]


def kinds_said(person: Person) -> str:
    """What somebody's keys are for."""
    return "; ".join(dict.fromkeys(kind_said(key.kind) for key in person.keys))


def keys_said(person: Person) -> str:
    """How many keys somebody has, within a sentence."""
    return "the key" if len(person.keys) == 1 else f"{len(person.keys)} keys"
