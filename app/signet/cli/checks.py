"""What can be known before a secret is asked for: whether the files and folders of a call are there and fit.

Nobody should type a PIN to learn that a name was mistyped. The services look again, and theirs is the word that
counts.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from signet.errors import FolderNotFound, FolderReadOnly, OutputExists, SignetError
from signet.services.files_items import Item, look


def new_file(path: str) -> None:
    """Raise OutputExists, FolderNotFound or FolderReadOnly if no new file can be made at ``path``."""
    if os.path.lexists(path):
        raise OutputExists(path=path)
    folder = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(folder):
        raise FolderNotFound(path=path)
    _writable(folder)


def readable_file(path: str, *, folders: bool = False) -> None:
    """Raise SourceNotFound, SourceUnsupported, FolderReadOnly or StorageError if ``path`` cannot be read."""
    look(path, folders=folders)
    if not os.access(path, os.R_OK):
        raise FolderReadOnly(path=path)


def output_folder(path: str | None) -> None:
    """Raise OutputExists or FolderReadOnly if ``path`` cannot be the folder of the results; it need not exist."""
    if path is None:
        return
    if os.path.lexists(path) and not os.path.isdir(path):
        raise OutputExists(path=path)
    there = os.path.abspath(path)
    while not os.path.lexists(there):
        there = os.path.dirname(there)
    if not os.path.isdir(there):
        raise FolderNotFound(path=path)
    _writable(there)


def hopeless(paths: Sequence[str], check: Callable[[str], None]) -> tuple[Item, ...] | None:
    """What became of each file if none of them passes ``check``; None if there is work to do."""
    items = []
    for path in paths:
        try:
            check(path)
        except SignetError as error:
            items.append(Item(path, None, "failed", error))
        else:
            return None
    return tuple(items)


def result_of(path: str, name: Callable[[str, bool], str], *, output: str | None, overwrite: bool) -> None:
    """Raise OutputExists or FolderReadOnly if the result of ``path`` has no place.

    ``name`` says what it is called, of the name of ``path`` and whether that is a folder; empty: there is none yet.
    """
    folder, own_name = os.path.split(os.path.abspath(path))
    called = name(own_name, os.path.isdir(path))
    if not called:
        return
    target = os.path.join(output or folder, called)
    if os.path.lexists(target) and (not overwrite or os.path.isdir(target)):
        raise OutputExists(path=target)
    if output is None:
        _writable(folder)


def _writable(folder: str) -> None:
    if not os.access(folder, os.W_OK | os.X_OK):
        raise FolderReadOnly(path=folder)
