"""The parent's side of the document child: one child for one piece of work, open files given along."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from signet.child import Child, ChildProblem, ChildTimedOut

SECONDS = 10.0
"""An honest document is checked in less (issue: at most 10 s each)."""

START_SECONDS = 60.0
"""Until the child is ready to read; on a machine that does much else it takes longer than any document."""


class Unchecked(Exception):
    """The child could not do it: the document is broken, hostile or too much. ``reason`` is a clause for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class DocumentChild:
    """One child at work; `document_child` makes it."""

    def __init__(self, child: Child, cancelled: Callable[[], bool] | None) -> None:
        self._child = child
        self._cancelled = cancelled

    def prepare(self, operation: str) -> None:
        """Have the child import what an operation needs and confine itself: a slow start is no slow document.

        Raises Unchecked, Cancelled.
        """
        self.ask("prepare", seconds=START_SECONDS, wanted=operation)

    def ask(self, operation: str, *, seconds: float = SECONDS, **parameters: object) -> Mapping[str, object]:
        """Have the child do an operation of `signet.documents.host.OPERATIONS` and return its answer.

        A file is named by its descriptor's number. An answer with ``refused`` is a reason. Raises Unchecked, whatever
        went wrong over there; Cancelled; Signet's own errors that an operation raised.
        """
        try:
            answer = self._child.request(operation, timeout=seconds, cancelled=self._cancelled, **parameters)
        except ChildTimedOut as error:
            raise Unchecked("it takes too long to read") from error
        except ChildProblem as error:
            raise Unchecked("it is damaged, or no document of its kind") from error
        if not isinstance(answer, dict):
            raise Unchecked("it is damaged, or no document of its kind")
        if "refused" in answer:
            raise Unchecked(str(answer["refused"]))
        return answer


@contextmanager
def document_child(
    files: Sequence[int] = (), *, cancelled: Callable[[], bool] | None = None
) -> Iterator[DocumentChild]:
    """Start a child that can read ``files`` (open descriptors) and nothing of what it makes; end it at the end."""
    try:
        child = Child.spawn("document", files=files)
    except ChildProblem as error:
        raise Unchecked("the process that reads documents could not be started") from error
    with child:
        yield DocumentChild(child, cancelled)
