"""What the services over files take and give: items, sources, targets, and progress over a whole batch.

Rules: a source is an ordinary file, or where it may be a folder, named itself (a link is never followed); nothing
is overwritten unasked; no target is a source of the same batch, and none is written twice. Nothing in the open
vault's own folder is opened: closing any descriptor of the database drops every lock that SQLite has on it in this
process (POSIX, fcntl).
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Literal

from signet.errors import (
    Cancelled,
    OutputExists,
    SignetError,
    SourceNotFound,
    SourceUnsupported,
    StorageError,
)
from signet.services.session import Session
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Progress
from signet.store.foreign import from_system
from signet.store.tree import Inode, measure

_KINDS = (
    (stat.S_ISLNK, "it is a link; give the file that it leads to"),
    (stat.S_ISDIR, "it is a folder; give the files in it"),
    (stat.S_ISFIFO, "it is a pipe"),
    (stat.S_ISSOCK, "it is a socket"),
    (stat.S_ISCHR, "it is a device"),
    (stat.S_ISBLK, "it is a device"),
)


@dataclass(frozen=True)
class Proof:
    """Until when a signature can be proven (RFC 3339), and whether a time stamp proves it (``stamped``).

    ``renewable``: extending makes it longer; without it only a new signature does.
    """

    until: str
    stamped: bool
    renewable: bool = True


@dataclass(frozen=True)
class Item:
    """What became of one file of a batch; ``output`` is None unless it is ``done``, ``error`` unless ``failed``.

    ``said`` is what a decrypted message says of itself, as a sentence: its context, which was proven with it.
    ``proof`` is that of a signature which was made with a certificate.
    """

    source: str
    output: str | None
    status: Literal["done", "failed", "skipped"]
    error: SignetError | None = None
    said: str = ""
    proof: Proof | None = None


def refusal_of(error: OSError, path: str) -> StorageError:
    """Say what the system's refusal to open ``path`` means."""
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return SourceNotFound(path=path)
    if error.errno == errno.ELOOP:
        return SourceUnsupported(path=path, reason=_KINDS[0][1])
    return from_system(error, path)


def look(path: str, *, folders: bool = False) -> os.stat_result:
    """Return the status of the ordinary file at ``path``, or with ``folders`` of the folder there.

    Raises SourceNotFound, FolderReadOnly, SourceUnsupported (a link, a folder, a device ...), StorageError.
    """
    try:
        status = os.lstat(path)
    except OSError as error:
        raise refusal_of(error, path) from error
    except ValueError as error:  # a NUL in the name
        raise SourceNotFound(path=path) from error
    if not (folders and stat.S_ISDIR(status.st_mode)):
        _refuse_special(status, path)
    return status


def is_folder(path: str) -> bool:
    """Whether a folder is at ``path``; raises as `look` does."""
    return stat.S_ISDIR(look(path, folders=True).st_mode)


@contextmanager
def opened(path: str) -> Iterator[int]:
    """Open an ordinary file for reading and yield its descriptor; raises as `look` does."""
    look(path)
    try:
        # Between the look and this it may have become something else: never follow, never wait for a pipe's writer.
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError as error:
        raise refusal_of(error, path) from error
    try:
        _refuse_special(os.fstat(fd), path)
        yield fd
    finally:
        os.close(fd)


def _refuse_special(status: os.stat_result, path: str) -> None:
    if stat.S_ISREG(status.st_mode):
        return
    reason = next((reason for is_kind, reason in _KINDS if is_kind(status.st_mode)), "it is not an ordinary file")
    raise SourceUnsupported(path=path, reason=reason)


@dataclass(frozen=True)
class Target:
    """Where an output goes: the folder, with its links resolved, and the name in it."""

    folder: str
    name: str

    @cached_property
    def path(self) -> str:
        """Both together."""
        return os.path.join(self.folder, self.name)


def place_of(path: str) -> Target:
    """Return where a file is, links in its folder resolved, a link at its end not."""
    return places_of([path])[0]


def places_of(paths: Sequence[str]) -> tuple[Target, ...]:
    """Return where each file is; each folder is looked up once."""
    split = [os.path.split(os.path.abspath(path)) for path in paths]
    real = {folder: _resolved(folder) for folder in {folder for folder, _ in split}}
    return tuple(Target(real[folder], name) for folder, name in split)


def _resolved(folder: str) -> str:
    try:
        return os.path.realpath(folder)
    except ValueError:  # a NUL in the name: there is no such folder, and opening says so
        return folder


def own_folder(session: Session) -> str:
    """Return the open vault's own folder, links resolved."""
    return os.path.realpath(session.folder.path)


def own_inodes(session: Session) -> frozenset[Inode]:
    """Tell the open vault's own folder from others wherever it is met; empty if it is gone."""
    with suppress(OSError):
        status = os.stat(session.folder.path)
        return frozenset({(status.st_dev, status.st_ino)})
    return frozenset()


def refuse_own(own: str, place: Target, path: str) -> None:
    """Raise SourceUnsupported for what lies in the open vault's own folder ``own``; ``path`` is for the message.

    An empty ``own`` stands for no open vault.
    """
    if own and place.folder.startswith(own) and os.path.join(place.folder, "").startswith(os.path.join(own, "")):
        raise SourceUnsupported(path=path, reason="it belongs to the vault itself")


def numbered(name: str, number: int) -> str:
    """Another name for one that is taken: ``letter (2).txt.esdk``; the first is the name itself."""
    if number == 1:
        return name
    stem = name
    for suffix in (".esdk", ".age", ".tar"):
        stem = stem.removesuffix(suffix) or stem
    plain, ending = os.path.splitext(stem)
    return f"{plain} ({number}){ending}{name[len(stem) :]}"


class Targets:
    """Chooses where each output of a batch goes, and refuses what would overwrite.

    ``output`` is the folder for all of them, made if absent; None puts each beside its source. ``own`` is the vault's
    folder, where none may go: SourceUnsupported. With ``keep_both`` what finds its name taken gets a number.
    """

    def __init__(
        self,
        sources: Sequence[Target],
        *,
        own: str,
        output: str | None,
        overwrite: bool,
        keep_both: bool = False,
    ) -> None:
        self.overwrite = overwrite
        self._keep_both = keep_both
        self._own = own
        if output is not None:
            refuse_own(own, Target(_resolved(output), ""), output)
        self._output = None if output is None else _made(output)
        self._taken = set(sources)

    def choose(self, source: Target, name: str) -> Target:
        """Return the place of the output called ``name``; raise OutputExists, SourceUnsupported."""
        folder = self._output or source.folder
        if self._keep_both:
            taken = (target for number in count(1) if self._is_free(target := Target(folder, numbered(name, number))))
            return self.claim(next(taken))
        return self.claim(Target(folder, name))

    def claim(self, target: Target) -> Target:
        """Take a place for an output of this batch; raise OutputExists, SourceUnsupported.

        What is there already is refused here, before the work; publishing refuses once more.
        """
        refuse_own(self._own, target, target.path)
        there = os.path.lexists(target.path)
        if target in self._taken or (there and not self._replaceable(target.path)):
            raise OutputExists(path=target.path)
        self._taken.add(target)
        return target

    def release(self, target: Target) -> None:
        """Give a place back that nothing was written to."""
        self._taken.discard(target)

    def _is_free(self, target: Target) -> bool:
        return target not in self._taken and not os.path.lexists(target.path)

    def _replaceable(self, path: str) -> bool:
        return self.overwrite and not os.path.isdir(path)


def _made(folder: str) -> str:
    try:
        os.makedirs(folder, exist_ok=True)
    except FileExistsError as error:
        raise OutputExists(path=folder) from error
    except OSError as error:
        raise refusal_of(error, folder) from error
    return os.path.realpath(folder)


class Tally:
    """Progress over a whole batch, in bytes of all sources; each file counts ``passes`` times over."""

    def __init__(
        self, paths: Sequence[str], *, progress: Progress | None, cancelled: IsCancelled | None, passes: int = 1
    ) -> None:
        self._progress = progress
        self._cancelled = cancelled
        self._passes = passes
        self._sizes = [_size(path) * passes for path in paths] if progress else []
        self._total = sum(self._sizes)
        self._before = 0
        self._reported = -1

    def cancelled(self) -> bool:
        """Whether the person wants to stop."""
        return self._cancelled is not None and self._cancelled()

    def check(self) -> None:
        """Raise Cancelled if the person wants to stop."""
        if self.cancelled():
            raise Cancelled

    def within(self, index: int, *, base: int = 0) -> Callable[[int], None]:
        """Return what counts the bytes done of file ``index``, ``base`` bytes having been counted before."""

        def report(done: int) -> None:
            if self._progress is not None:
                self._report(self._before + min(base + done, self._sizes[index]))

        return report

    def finished(self, index: int) -> None:
        """Count a file as done with, whatever became of it."""
        if self._progress is not None:
            self._before += self._sizes[index]
            self._report(self._before)

    def _report(self, done: int) -> None:
        if self._progress is not None and done > self._reported:
            self._reported = done
            self._progress(done, self._total)


def _size(path: str) -> int:
    try:
        status = look(path, folders=True)
        return measure(path).archive_size if stat.S_ISDIR(status.st_mode) else status.st_size
    except SignetError:
        return 0
