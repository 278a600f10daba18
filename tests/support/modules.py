"""Which card modules a search finds during tests.

Every module is a process of its own, started and ended in each of hundreds of tests, which are not about what else a
machine has installed. Tests of the search itself, of the emulated card and of whole processes meet them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from signet.services import workplace
from signet.tokens.modules import find_modules


def _software_only(*, chosen: str | None, configured: Sequence[str]) -> tuple[str, ...]:
    wanted = {str(Path(path).resolve()) for path in configured}
    found = find_modules(chosen=chosen, configured=configured)
    return tuple(path for path in found if chosen or path in wanted or "softhsm" in path)


@contextmanager
def software_tokens_alone() -> Iterator[None]:
    """Let a workplace find, of the modules that nobody named, SoftHSM only."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(workplace, "find_modules", _software_only)
        yield


def running() -> list[int]:
    """The processes of card modules that this process has started and not ended."""
    found: list[int] = []
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # a thread, or a process, may end meanwhile
            for child in (task / "children").read_text().split():
                if b"_child\0token" in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.append(int(child))
    return found


def all_modules(patched: pytest.MonkeyPatch) -> None:
    """Let a workplace find every module of this machine again."""
    patched.setattr(workplace, "find_modules", find_modules)
