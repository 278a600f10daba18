"""Running pyHanko's coroutines where there is no event loop: the document child may open no socket.

Nothing in them waits without a network; one that does is a surprise, and ends as one.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")


def run(coroutine: Coroutine[Any, Any, _Result]) -> _Result:
    """Run a coroutine to its end and return its result; RuntimeError if it wants to wait for something."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: _Result = end.value
        return result
    coroutine.close()
    raise RuntimeError("a coroutine that waits, without an event loop")
