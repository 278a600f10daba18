"""kill -9 at random instants: a vault that opens, whole outputs, nothing left over (DESIGN.md, section 10)."""

from __future__ import annotations

import time
from random import Random

import pytest

from crash.harness import Assassin
from crash.nursery import Nursery
from crash.operations import OPERATIONS
from crash.stage import Theatre

HITS = {"encrypt": 2, "decrypt": 2}
"""Kills of the operations that matter most; the others get one each. run.py does it by the hundred."""


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_kill_at_any_instant_leaves_a_vault_that_opens(theatre: Theatre, nursery: Nursery) -> None:
    seed = time.time_ns()
    print(f"seed {seed}")
    assassin = Assassin(theatre, nursery, Random(seed))
    plan = [name for name in OPERATIONS for _ in range(HITS.get(name, 1))]
    # A kill that came too late says little: each name in the plan is killed until it was met at work.
    trials = [trial for name in plan for trial in assassin.hit(name)]
    broken = [trial for trial in trials if trial.breaches]
    assert len(trials) >= 20
    assert not broken, f"seed {seed}"
