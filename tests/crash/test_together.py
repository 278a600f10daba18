"""Two processes on one vault: nothing of either is lost, and what needs the vault alone waits its turn."""

from __future__ import annotations

import pytest

from crash.harness import Actor
from crash.invariants import breaches
from crash.nursery import Nursery
from crash.stage import Stage, Theatre

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def stage(theatre: Theatre) -> Stage:
    """A vault that two processes can open."""
    return theatre.fresh()


def test_two_processes_make_twenty_keys_each_and_all_are_there(stage: Stage, nursery: Nursery) -> None:
    with Actor(nursery) as left, Actor(nursery) as right:
        assert left.prepare("left-keys", stage)
        assert right.prepare("right-keys", stage)
        left.line.say("go")
        right.line.say("go")
        left.finish()
        right.finish()
    assert (left.said[-1], right.said[-1]) == ("done", "done")
    said = [*left.said, *right.said]
    assert sum(line.startswith("key ") for line in said) == 40
    assert breaches(stage, "key-create", said) == []


def test_two_processes_encrypt_and_decrypt_at_once(stage: Stage, nursery: Nursery) -> None:
    with Actor(nursery) as left, Actor(nursery) as right:
        assert left.prepare("encrypt", stage)
        assert right.prepare("decrypt", stage)
        left.line.say("go")
        right.line.say("go")
        left.finish()
        right.finish()
    assert (left.said[-1], right.said[-1]) == ("done", "done")
    assert breaches(stage, "encrypt", [*left.said, *right.said]) == []


@pytest.mark.parametrize("operation", ["rotate-master", "remove-method", "restore"])
def test_what_needs_the_vault_alone_is_refused_while_another_process_has_it_open(
    stage: Stage, nursery: Nursery, operation: str
) -> None:
    before = (stage.vault / "header.json").read_bytes()
    databases = sorted(path.name for path in stage.vault.glob("vault-*.db"))
    with Actor(nursery) as holder, Actor(nursery) as other:
        assert holder.prepare("hold", stage)
        assert holder.begin()
        assert other.prepare(operation, stage)
        other.begin()
        other.finish()
    assert other.said[-1].startswith("failed VaultInUse")
    assert (stage.vault / "header.json").read_bytes() == before
    assert sorted(path.name for path in stage.vault.glob("vault-*.db")) == databases
    assert breaches(stage, operation, other.said) == []
