"""A whole key sent to another vault of the same person: sealed to the one-time key of that vault's request.

Nothing leaves without a proof of presence, the fingerprint of the request confirmed, and an entry with the reason.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from signet.audit.canonical import Detail, canonical
from signet.clock import timestamp
from signet.crypto.identity import fingerprint
from signet.crypto.transfer import check_request, seal_key
from signet.errors import TransferRefused
from signet.formats.key_transfer import MAX_REQUEST, Parcel, Request, SentKey, SentVersion, parse_request
from signet.keys.model import Key, KeyVersion
from signet.keys.spec import Protection
from signet.keys.state import Operation
from signet.services.exporting import reason_detail
from signet.services.guarding import Guarding
from signet.services.header_change import open_identity
from signet.services.publishing import published, write_all
from signet.services.session import Session
from signet.services.use import Grant, use_key
from signet.services.workplace import Workplace
from signet.store.files import read_small


@dataclass(frozen=True)
class Asked:
    """A request as it was read: what people compare, and from which vault it came."""

    request: Request
    fingerprint: str

    @property
    def vault(self) -> str:
        """The fingerprint of the identity of the vault that asks."""
        return fingerprint(self.request.identity)


@dataclass(frozen=True)
class Sent:
    """What was sent: the key, the file, and the fingerprint that the other vault shows of it."""

    key: Key
    path: str
    fingerprint: str


def read_request(workplace: Workplace, path: str) -> Asked:
    """Read a request for a key, which needs no vault.

    Raises TransferRefused if it is none, was changed, or its 24 hours are over; SourceNotFound, SourceUnsupported.
    """
    data = read_small(os.path.abspath(path), limit=MAX_REQUEST)
    try:
        request = parse_request(data)
    except ValueError as error:
        raise TransferRefused(reason=str(error)) from error
    check_request(request)
    if request.expires <= timestamp(workplace.clock.now()):
        raise TransferRefused(reason="the 24 hours of its request are over")
    return Asked(request, fingerprint(data))


def send_key(session: Session, name: str, request_path: str, out_path: str, *, reason: str = "") -> Sent:
    """Seal a key with all its versions to a request, into a new file at ``out_path``; the key stays here too.

    The person compares the request's fingerprint. Raises ProofOfPresenceMissing, TransferRefused,
    ConfirmationMissing, KeyNotExportable, ExportForbidden, KeyStateRefused, OutputExists, and for a guarded key what
    presenting a guard raises.
    """
    session.require_presence()
    asked = read_request(session.workplace, request_path)
    if asked.request.vault_id == session.vault_id:
        raise TransferRefused(reason="its request was made by this vault itself")
    with session.records.read() as reading:
        key = reading.keys.find(name)
    session.workplace.prompt.confirm(
        f"Is {asked.fingerprint} what the other vault shows for its request? Whoever has made it gets “{key.alias}”.",
        about=(f"The request is from the vault with the identity {asked.vault}.",),
    )
    path = os.path.abspath(out_path)
    details: dict[str, Detail] = {
        "path": path,
        "to": asked.request.vault_id,
        "request": asked.fingerprint,
        **reason_detail(reason),
    }
    with Guarding(session) as guards:
        # By its id: the name that was confirmed may be another key's by now.
        with use_key(session, key.id, Operation.SEND, details=details, by_id=True, guarding=guards) as grant:
            with published(session, path) as output:
                versions = _versions(session, grant, guards)
                parcel = _sealed(session, grant.key, versions, asked.request)
                write_all(output, parcel)
            grant.add(versions=len(versions))
            return Sent(grant.key, path, fingerprint(parcel))


def _versions(session: Session, grant: Grant, guards: Guarding) -> tuple[SentVersion, ...]:
    """Unwrap every version; of a guarded key each has its own guard key, which one guard opens in one go.

    Those that the key had when this was allowed: it may have been rotated while the person was asked.
    """
    key = grant.key
    with session.records.read() as reading:
        versions = [version for version in reading.keys.versions(key.id) if grant.has(version.number)]
    if key.protection is Protection.GUARDED:
        for version in versions:
            guards.present(key, version.number, purpose=f"To send “{key.alias}”.", of=grant.sequence)
        guards.let_go()
    return tuple(_sent(grant, version) for version in versions)


def _sent(grant: Grant, version: KeyVersion) -> SentVersion:
    with grant.material(version.number) as material:
        return SentVersion(
            number=version.number,
            created=version.created,
            material=bytes(material.reveal()),
            public_key=version.public_key,
            wraps=version.wraps,
        )


def _sealed(session: Session, key: Key, versions: tuple[SentVersion, ...], request: Request) -> bytes:
    with session.records.read() as reading:
        imported = reading.imports.of_key(key.id)
        limits = reading.policies.get(key.id)
    sent = SentKey(
        id=key.id,
        spec=key.spec.value,
        usage=key.usage.value,
        origin=key.origin.value,
        protection=key.protection.value,
        created=key.created,
        description=key.description,
        aliases=key.aliases,
        tags=key.tags,
        expires=None if imported is None else imported.expires,
        policy=canonical(limits.policy.fields()).decode("ascii") if limits.policy.rules else None,
        policy_uses=limits.uses,
        versions=versions,
    )
    with open_identity(session) as identity:
        parcel = Parcel(
            request=request.id,
            sender=session.vault_id,
            receiver=request.vault_id,
            identity=session.header.identity,
            key_id=key.id,
            created=timestamp(session.workplace.clock.now()),
        )
        return seal_key(sent, parcel, request, identity).encoded()
