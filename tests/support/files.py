"""Keys, files and child processes for tests of the services over files."""

from __future__ import annotations

import os
import uuid
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import signet
from signet.audit.entry import Draft, Outcome
from signet.clock import timestamp
from signet.crypto.software import generate
from signet.keys.model import Key, KeyVersion
from signet.keys.spec import KeySpec, Origin, Protection
from signet.keys.state import KeyState
from signet.secret import Secret
from signet.services.opening import open_vault
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind
from signet.services.session import Session
from support.clock import SettableClock
from support.prompt import ScriptedPrompt
from support.vaults import make_workplace

with warnings.catch_warnings():
    # botocore's own use of the standard library, not ours.
    warnings.simplefilter("ignore", DeprecationWarning)
    import aws_encryption_sdk  # type: ignore[import-untyped]
    from aws_encryption_sdk.identifiers import (  # type: ignore[import-untyped]
        CommitmentPolicy,
        EncryptionKeyType,
        WrappingAlgorithm,
    )
    from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey  # type: ignore[import-untyped]
    from aws_encryption_sdk.key_providers.raw import RawMasterKeyProvider  # type: ignore[import-untyped]

APP = str(Path(signet.__file__).parents[1])
TESTS = str(Path(__file__).parents[1])
NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


def set_state(session: Session, key: Key, state: KeyState) -> None:
    """Put a key into any state, as if a person had."""
    with session.records.change() as change:
        change.keys.set_state(key.id, state)
        change.append(Draft("Test", Outcome.DONE, key=key.id))


def add_version(session: Session, key: Key) -> None:
    """Give a symmetric key its next version."""
    number = key.version + 1
    with generate(key.spec).material as material:
        sealed = session.seal_material(key, number, material)
    version = KeyVersion(key.id, number, timestamp(session.workplace.clock.now()), sealed, None)
    with session.records.change() as change:
        change.keys.add_version(version)
        change.append(Draft("Test", Outcome.DONE, key=key.id))


def token_key_without_token(session: Session, alias: str) -> Key:
    """A signing key whose private half is on a token that is nowhere."""
    key = Key(
        id=str(uuid.uuid4()),
        aliases=(alias,),
        spec=KeySpec.ECC_NIST_P256,
        usage=KeySpec.ECC_NIST_P256.default_usage,
        state=KeyState.ENABLED,
        origin=Origin.TOKEN,
        protection=Protection.TOKEN,
        version=1,
        created=timestamp(session.workplace.clock.now()),
    )
    version = KeyVersion(key.id, 1, key.created, None, generate(key.spec).public_key)
    with session.records.change() as change:
        change.keys.insert(key, version)
        change.append(Draft("Test", Outcome.DONE, key=key.id))
    return key


def material_of(session: Session, key: Key, number: int = 1) -> Secret:
    """A key version's material, past the door."""
    with session.records.read() as reading:
        return session.open_material(key, reading.keys.version(key.id, number))


class OneKey(RawMasterKeyProvider):  # type: ignore[misc]  # the SDK has no types
    """The official SDK's Raw AES provider, with one key."""

    provider_id = "signet"
    name = b""
    material = b""

    @classmethod
    def of(cls, name: str, material: bytes) -> OneKey:
        """Make it: the SDK takes what its constructor is given for a configuration."""
        provider = cls()
        provider.name, provider.material = name.encode(), material
        provider.add_master_key(name)
        return provider

    def _get_raw_key(self, key_id: bytes) -> Any:
        assert key_id == self.name
        return WrappingKey(
            wrapping_algorithm=WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING,
            wrapping_key=self.material,
            wrapping_key_type=EncryptionKeyType.SYMMETRIC,
        )


def official(session: Session, key: Key, number: int = 1) -> tuple[Any, OneKey]:
    """The official SDK's client, and one version of a key of the vault as it wants it."""
    with material_of(session, key, number) as material:
        provider = OneKey.of(f"{key.id}/{number}", bytes(material.reveal()))
    return official_client(), provider


def official_client() -> Any:
    """The official SDK's client, with its own default suite (0x0578, which signs)."""
    return aws_encryption_sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)


def opened_by_code(folder: Path, vault: Path) -> Session:
    """A vault made by `support.vaults.make_vault` in another process, unlocked in this one."""
    prompt = ScriptedPrompt({SecretKind.RECOVERY_CODE: vault.with_suffix(".code").read_text()})
    workplace = make_workplace(folder, SettableClock(NOON), prompt)
    return open_vault(workplace, str(vault), selection=Selection(recovery=True))


def child_environment() -> dict[str, str]:
    """The environment of a process that runs Signet's services and the tests' support."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join((APP, TESTS))}


def leftovers(*folders: Path) -> list[str]:
    """Temporary names that should not be there."""
    return [str(path) for folder in folders for path in folder.iterdir() if path.name.startswith(".signet-")]
