"""Asking for the secret again, where administration wants it."""

from __future__ import annotations

from pathlib import Path

import pytest

from signet.errors import ProofOfPresenceMissing, SecretIncorrect
from signet.keys.spec import KeySpec
from signet.services import keys
from signet.services.presence import prove_presence, with_presence
from signet.services.prompt import SecretKind
from signet.services.session import PRESENCE_SECONDS
from support.clock import SettableClock
from support.vaults import make_vault

AES = KeySpec.SYMMETRIC_DEFAULT


def test_work_goes_on_after_the_secret_was_given_again(tmp_path: Path, clock: SettableClock) -> None:
    vault = make_vault(tmp_path, clock)
    with vault.open() as session:
        clock.advance(PRESENCE_SECONDS + 1)
        with pytest.raises(ProofOfPresenceMissing):
            keys.create_key(session, "papers", spec=AES)
        asked = len(vault.prompt.asked)
        assert with_presence(session, lambda: keys.create_key(session, "papers", spec=AES)).alias == "papers"
        with_presence(session, lambda: keys.create_key(session, "photos", spec=AES))
        assert len(vault.prompt.asked) == asked + 1


def test_a_wrong_secret_proves_nothing(tmp_path: Path, clock: SettableClock) -> None:
    vault = make_vault(tmp_path, clock)
    other = make_vault(tmp_path, clock, name="other")
    with vault.open() as session:
        clock.advance(PRESENCE_SECONDS + 1)
        vault.prompt.answers[SecretKind.RECOVERY_CODE] = other.prompt.answers[SecretKind.RECOVERY_CODE]
        with pytest.raises(SecretIncorrect):
            prove_presence(session)
        with pytest.raises(ProofOfPresenceMissing):
            session.require_presence()


def test_a_way_in_kept_for_administration_is_replaced(tmp_path: Path, clock: SettableClock) -> None:
    vault = make_vault(tmp_path, clock)
    with vault.open(administer=True) as session:
        before = session.presented()
        clock.advance(PRESENCE_SECONDS + 1)
        prove_presence(session)
        assert session.presented() is not before
