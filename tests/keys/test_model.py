"""Keys and versions as values."""

from __future__ import annotations

import dataclasses

import pytest

from signet.keys.model import Key, KeyVersion
from signet.keys.spec import KeySpec, KeyUsage, Origin, Protection
from signet.keys.state import KeyState

KEY = Key(
    id="6f0c7b1e-6f0a-4a3f-9f5e-0d7a5f3f9b11",
    aliases=("letters", "post"),
    spec=KeySpec.SYMMETRIC_DEFAULT,
    usage=KeyUsage.ENCRYPT_DECRYPT,
    state=KeyState.ENABLED,
    origin=Origin.VAULT,
    protection=Protection.VAULT,
    version=1,
    created="2026-11-22T12:00:00Z",
)


def test_a_key_is_shown_by_its_first_alias() -> None:
    assert KEY.alias == "letters"


def test_a_key_without_alias_is_shown_by_its_id() -> None:
    assert dataclasses.replace(KEY, aliases=()).alias == KEY.id


def test_a_key_cannot_be_changed_in_place() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        KEY.state = KeyState.DISABLED  # type: ignore[misc]


def test_wrapped_material_is_not_shown() -> None:
    version = KeyVersion(key_id=KEY.id, number=1, created=KEY.created, material=b"wrapped bytes", public_key=None)
    assert "wrapped" not in repr(version)
    assert version.wraps == 0
