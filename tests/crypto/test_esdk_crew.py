"""The crew holds still while it is asked whether to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from signet.crypto.esdk_crew import Crew
from signet.errors import Cancelled

CHUNKS = 40
CHUNK_SECONDS = 0.02


class Work:
    """Counts the chunks that were begun."""

    def __init__(self) -> None:
        self.begun = 0
        self._lock = threading.Lock()

    def equip(self) -> Callable[[int], int]:
        return self._process

    def _process(self, _: int) -> int:
        with self._lock:
            self.begun += 1
        time.sleep(CHUNK_SECONDS)
        return 1


def test_no_chunk_is_begun_while_the_answer_is_awaited() -> None:
    work = Work()
    seen: list[tuple[int, int]] = []

    def slow_answer() -> bool:
        if not seen:
            before = -1
            while before != work.begun:  # what was under way ends, however busy the machine is
                before = work.begun
                time.sleep(10 * CHUNK_SECONDS)
            time.sleep(10 * CHUNK_SECONDS)
            seen.append((before, work.begun))
        return False

    done: list[int] = []
    Crew(chunks=CHUNKS, workers=2, equip=work.equip).run(progress=done.append, cancelled=slow_answer)
    before, after = seen[0]
    assert before == after < CHUNKS
    assert work.begun == CHUNKS
    assert done[-1] == CHUNKS


def test_an_answer_that_is_yes_ends_the_work() -> None:
    work = Work()
    with pytest.raises(Cancelled):
        Crew(chunks=CHUNKS, workers=2, equip=work.equip).run(progress=lambda _: None, cancelled=lambda: True)
    assert work.begun < CHUNKS
