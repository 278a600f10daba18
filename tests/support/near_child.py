"""The document child's operations without the child: the same messages, in this process, for tests of many files."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from signet.child.channel import LENGTH, pack, unpack
from signet.documents.asking import Unchecked
from signet.documents.host import OPERATIONS
from signet.errors import Cancelled


def carried(value: object) -> Any:
    """A value as it arrives at the other end of the channel."""
    return unpack(pack(value)[LENGTH.size :])


class NearChild:
    """Answers as `signet.documents.asking.DocumentChild` does."""

    def __init__(self, cancelled: Callable[[], bool] | None) -> None:
        self._cancelled = cancelled

    def prepare(self, operation: str) -> None:
        if self._cancelled is not None and self._cancelled():
            raise Cancelled
        importlib.import_module(OPERATIONS[operation])

    def ask(self, operation: str, *, seconds: float = 10.0, **parameters: object) -> Mapping[str, object]:
        del seconds
        function = getattr(importlib.import_module(OPERATIONS[operation]), operation)
        try:
            answer = carried(function(**carried(parameters)))
        except Exception as error:
            raise Unchecked("it is damaged, or no document of its kind") from error
        if "refused" in answer:
            raise Unchecked(str(answer["refused"]))
        assert isinstance(answer, dict)
        return answer


@contextmanager
def near_child(files: Sequence[int] = (), *, cancelled: Callable[[], bool] | None = None) -> Iterator[NearChild]:
    """As `signet.documents.asking.document_child`."""
    assert files
    yield NearChild(cancelled)
