"""Accepting a vault as it is: only with a way in, the differences shown, and logged."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from signet.crypto.identity import generate_identity
from signet.errors import AttestationInvalid, ConfirmationMissing, VaultRolledBack
from signet.services.presenting import Selection
from signet.services.trust import Accepted, accept_vault
from support.vaults import VaultInTest, resigned


def roll_back(vault: VaultInTest) -> None:
    copy = vault.path.parent / "copy"
    shutil.copytree(vault.path, copy)
    with vault.open():
        pass
    shutil.rmtree(vault.path)
    shutil.copytree(copy, vault.path)


def accept(vault: VaultInTest) -> Accepted:
    return accept_vault(vault.workplace, str(vault.path), selection=Selection(recovery=True))


def test_an_older_copy_is_accepted_after_the_differences_were_shown(vault: VaultInTest) -> None:
    roll_back(vault)
    with pytest.raises(VaultRolledBack):
        vault.open()
    accepted = accept(vault)
    assert len(accepted.differences) == 1
    assert accepted.differences[0] in vault.prompt.notes
    assert vault.prompt.facts[-1] == accepted.differences
    with vault.open() as session, session.records.read() as reading:
        assert reading.audit.list(operation="AcceptVault")[0].details["differences"] == list(accepted.differences)
        assert reading.audit.verify() == []


def test_not_confirmed_is_not_accepted(vault: VaultInTest) -> None:
    roll_back(vault)
    vault.prompt.yes = False
    with pytest.raises(ConfirmationMissing):
        accept(vault)
    with pytest.raises(VaultRolledBack):
        vault.open()


def test_a_vault_that_fits_is_accepted_without_a_question(vault: VaultInTest) -> None:
    assert accept(vault).differences == ()
    assert vault.prompt.confirmed == []


def test_a_strangers_identity_is_not_accepted_either(vault: VaultInTest) -> None:
    identity, public = generate_identity()
    vault.write_header(resigned(replace(vault.header, identity=public), identity))
    with pytest.raises(AttestationInvalid):
        accept(vault)
