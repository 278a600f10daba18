"""What a fuzz target is: one parser under one function that takes bytes and holds what comes out to its promises.

A target raises AssertionError for a broken promise; any other exception that leaves it is a find too.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import ModuleType


@dataclass(frozen=True)
class Target:
    """One parser.

    ``run`` takes an input and says whether it was accepted. ``seeds`` makes inputs to begin with, from Signet's own
    writers; each is accepted. ``longest`` is in bytes. ``eased`` are limits (module, name, value) that are lowered
    while fuzzing, because reaching the real ones would take seconds an input.
    """

    name: str
    run: Callable[[bytes], bool]
    seeds: Callable[[], Sequence[bytes]]
    longest: int = 4096
    eased: tuple[tuple[ModuleType, str, int], ...] = field(default=())


def check_told(refusal: Exception) -> None:
    """Hold a refusal to its promise: it says why."""
    assert str(refusal)


@contextlib.contextmanager
def in_memory(content: bytes = b"") -> Iterator[int]:
    """A regular file that is on no disk, with this content, as a descriptor."""
    descriptor = os.memfd_create("fuzz")
    try:
        os.write(descriptor, content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def in_pipe(content: bytes) -> Iterator[int]:
    """The reading end of a pipe that gives this content and ends; at most as much as a pipe holds."""
    reading, writing = os.pipe()
    try:
        assert os.write(writing, content) == len(content), "more than a pipe holds"
        os.close(writing)
        yield reading
    finally:
        os.close(reading)


def written(descriptor: int) -> bytes:
    """All that such a file holds."""
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0)
