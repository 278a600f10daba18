"""A session that was closed: nothing goes on with keys that were wiped."""

from __future__ import annotations

import pytest

from signet.errors import VaultLocked
from signet.keys.spec import KeySpec
from signet.secret import Secret
from signet.services import keys
from support.vaults import VaultInTest


def test_after_locking_no_material_is_sealed_or_opened(vault: VaultInTest) -> None:
    with vault.open() as session:
        key = keys.create_key(session, "my-files", spec=KeySpec.SYMMETRIC_DEFAULT)
        version = keys.versions(session, key)[0]
        session.open_material(key, version).wipe()
    assert bytes(session.material_key.reveal()) == bytes(32)
    with pytest.raises(VaultLocked):
        session.seal_material(key, 2, Secret(bytes(32)))
    with pytest.raises(VaultLocked):
        session.open_material(key, version)
    with pytest.raises(VaultLocked):
        keys.list_keys(session)
