"""What came from another vault, checked before anybody is asked: it makes no key that could not be made here."""

from __future__ import annotations

from dataclasses import replace

from signet.audit.canonical import read_canonical
from signet.crypto.software import check_material
from signet.crypto.transfer import check_parcel
from signet.errors import TransferRefused, UsageError
from signet.formats.key_transfer import Parcel, SentKey, SentVersion, parse_parcel
from signet.keys.model import Key
from signet.keys.policy import Policy
from signet.keys.spec import KeySpec, KeyUsage, Origin, Protection
from signet.keys.state import KeyState
from signet.secret import Secret
from signet.services.import_keys import is_over
from signet.services.key_rules import check_alias, check_description, check_tags, check_usage
from signet.services.policies import checked_policy
from signet.services.session import Session
from signet.store.tables.imports import ImportToken


def checked_parcel(session: Session, data: bytes) -> tuple[Parcel, ImportToken]:
    """Return a parcel that answers a request of this vault, and the request; raise TransferRefused."""
    try:
        parcel = parse_parcel(data)
    except ValueError as error:
        raise TransferRefused(reason=str(error)) from error
    check_parcel(parcel)
    if parcel.receiver != session.vault_id:
        raise TransferRefused(reason="it was sent to another vault")
    with session.records.read() as reading:
        row = reading.imports.token(parcel.request)
        over = row is not None and is_over(session, reading, row)
    if row is None or row.key_id is not None:
        raise TransferRefused(reason="its request was used already, or its 24 hours are over")
    if over:
        raise TransferRefused(reason="the 24 hours of its request are over")
    return parcel, row


def key_of(parcel: Parcel, sent: SentKey, protection: Protection) -> Key:
    """Make the key of what was sent; raise TransferRefused for what no Signet would have sent."""
    try:
        if sent.id != parcel.key_id:
            raise ValueError("another id stands inside")
        spec = KeySpec(sent.spec)
        return Key(
            id=sent.id,
            aliases=tuple(sorted(check_alias(alias) for alias in sent.aliases)),
            spec=spec,
            usage=check_usage(spec, KeyUsage(sent.usage), protection),
            state=KeyState.ENABLED,
            origin=Origin(sent.origin),
            protection=protection,
            version=len(sent.versions),
            created=sent.created,
            description=check_description(sent.description),
            tags=check_tags(sent.tags),
            home=parcel.sender,
        )
    except (ValueError, UsageError) as error:
        raise TransferRefused(reason=f"what is in it cannot be a key of this vault: {error}") from error


def policy_of(session: Session, key: Key, sent: SentKey, *, never_export: bool) -> Policy:
    """The limits that come with a key; raise TransferRefused if they cannot be kept here."""
    try:
        policy = Policy.of(read_canonical(sent.policy or "{}"))
        policy = replace(policy, never_export=policy.never_export or never_export)
        return checked_policy(policy, key.usage, session.header, now=session.workplace.clock.now(), before=policy)
    except (ValueError, UsageError) as error:
        raise TransferRefused(reason=f"its limits cannot be kept here: {error}") from error


def checked_version(version: SentVersion, spec: KeySpec) -> tuple[SentVersion, Secret]:
    """Return a version with its material, which the caller wipes; raise TransferRefused if its halves differ."""
    material = Secret(version.material)
    if check_material(material, spec) != version.public_key:
        raise TransferRefused(reason="the halves of a key pair in it do not belong together")
    return version, material
