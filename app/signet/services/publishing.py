"""One output with its entry in the log: published only when it is whole, gone if anything went wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.errors import Cancelled, OutputExists, SignetError
from signet.services.files_outputs import new_output
from signet.services.session import Session
from signet.store.foreign import translated
from signet.store.output import Output


@contextmanager
def published(session: Session, path: str) -> Iterator[Output]:
    """Open an output for ``path`` (0600), which gets its name at the end, or never; nothing is overwritten.

    Raises OutputExists, DiskFull, FolderReadOnly.
    """
    with published_together(session, path) as (output,):
        yield output


@contextmanager
def published_together(session: Session, *paths: str) -> Iterator[tuple[Output, ...]]:
    """Open outputs that belong together: at the end all get their names, in this order, or none does.

    Raises as `published`. Only a kill between two names leaves the first ones alone, so what would mislead without
    the others comes last.
    """
    for path in paths:
        if os.path.lexists(path):
            # Said before anyone is asked for anything; publishing refuses once more.
            raise OutputExists(path=path)
    outputs: list[Output] = []
    named: list[tuple[str, os.stat_result]] = []
    try:
        for path in paths:
            outputs.append(new_output(session, path))
        yield tuple(outputs)
        for output in outputs:
            output.settle()  # a disk that is full says so here at the latest
        for output in outputs:
            identity = os.fstat(output.fd)
            output.publish(overwrite=False)
            named.append((output.path, identity))
    except BaseException:
        for output in outputs:
            output.discard()
        for path, identity in named:
            _remove(path, identity)
        raise


def _remove(path: str, identity: os.stat_result) -> None:
    """Take a file away again that got its name a moment ago, unless another has that name now."""
    with suppress(OSError):
        if os.path.samestat(os.lstat(path), identity):
            os.unlink(path)


@contextmanager
def recorded(session: Session, operation: str, **details: Detail) -> Iterator[dict[str, Detail]]:
    """Write what became of an operation that uses no key; the block may add details."""
    try:
        yield details
    except SignetError as error:
        outcome = Outcome.CANCELLED if isinstance(error, Cancelled) else Outcome.FAILED
        # What went wrong first is what the person has to hear.
        with suppress(SignetError), session.records.change() as change:
            change.append(Draft(operation, outcome, details={**details, "error": type(error).__name__}))
        raise
    with session.records.change() as change:
        change.append(Draft(operation, Outcome.DONE, details=details))


def write_all(output: Output, data: bytes | bytearray | memoryview) -> None:
    """Write all of ``data``; raises DiskFull."""
    with translated(output.path):
        view = memoryview(data)
        while view:
            view = view[os.write(output.fd, view) :]


class Sink:
    """Writes into an output, all that it is given; raises DiskFull, StorageError."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def write(self, data: bytes | memoryview, /) -> int:
        """Write all of it."""
        write_all(self._output, data)
        return len(data)
