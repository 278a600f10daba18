"""Folders taken file by file: which ordinary files are in them, to be encrypted or decrypted each by itself."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from dataclasses import dataclass

from signet.errors import Cancelled, SignetError
from signet.services.files_items import is_folder, own_inodes
from signet.services.recognition import FileKind, recognise
from signet.services.session import Session
from signet.services.workplace import Cancelled as IsCancelled
from signet.store.tree import LeftOut, Measure, measure, walk


@dataclass(frozen=True)
class Spread:
    """Paths in which every folder stands for the files in it; what of them was left out."""

    paths: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


def spread(
    session: Session, paths: Sequence[str], *, encrypted: bool, cancelled: IsCancelled | None = None
) -> Spread:
    """Put the files of a folder in its place, those that are ``encrypted`` or those that are not; files stay.

    Links, pipes, sockets, devices and what belongs to the vault are left out. Raises Cancelled, and what
    `signet.store.tree.walk` raises for a folder that cannot be read or changes meanwhile.
    """
    found: list[str] = []
    left_out: list[LeftOut] = []
    for path in paths:
        if not _is_folder(path):
            found.append(path)
            continue
        for each in walk(path, avoid=own_inodes(session)):
            if cancelled is not None and cancelled():
                raise Cancelled
            if isinstance(each, LeftOut):
                left_out.append(each)
            elif stat.S_ISREG(each.status.st_mode):
                kind = recognise(each.path, session=session).kind
                if kind is FileKind.REFUSED or (kind is FileKind.ENCRYPTED) is encrypted:
                    found.append(each.path)
    return Spread(tuple(found), tuple(left_out))


def folders_of(paths: Sequence[str]) -> tuple[str, ...]:
    """Return which of the paths are folders; a link to one is none."""
    return tuple(path for path in paths if _is_folder(path))


def measured(session: Session, path: str) -> Measure:
    """Look through a folder: how many files, how many bytes; raises as `spread`."""
    return measure(path, avoid=own_inodes(session))


def _is_folder(path: str) -> bool:
    try:
        return is_folder(path)
    except SignetError:
        return False
