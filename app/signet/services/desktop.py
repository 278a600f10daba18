"""Signet in the person's desktop: menu entries, file types, icons; put there and taken away again.

Everything goes below the person's own data folder (XDG Base Directory Specification), nothing needs an administrator,
and no default program is changed. It is no secret and opens no vault, so it is in no log.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from signet.errors import OutputExists
from signet.services.desktop_files import MARK, DesktopFile, desktop_files, launcher
from signet.store.files import replace_durably
from signet.store.foreign import translated

_DATABASES = (("update-mime-database", "mime"), ("update-desktop-database", "applications"))
_MIME_LEFT = frozenset(
    {"XMLnamespaces", "aliases", "generic-icons", "globs", "globs2", "icons", "magic", "mime.cache"}
    | {"subclasses", "treemagic", "types", "version"}
)
"""What update-mime-database writes even where there is no type (shared-mime-info)."""
_DESKTOP_LEFT = frozenset({"mimeinfo.cache"})
"""What update-desktop-database writes."""
_SECONDS = 60
_LOADERS = (
    "/usr/lib/{0}/nautilus/extensions-4/libnautilus-python.so",
    "/usr/lib/{0}/nautilus/extensions-3.0/libnautilus-python.so",
)


class State(StrEnum):
    """Where one file is."""

    PRESENT = "present"
    OLD = "old"
    """Written by another Signet, or by this one from another place."""
    MISSING = "missing"
    FOREIGN = "foreign"
    """Something that Signet did not write stands there; it is left alone."""
    REMOVED = "removed"
    """It was there until now."""


@dataclass(frozen=True)
class Place:
    """One file and its state."""

    path: str
    state: State


@dataclass(frozen=True)
class Desktop:
    """What there is, and the words by which entries start Signet; ``updated`` are databases brought up to date."""

    places: tuple[Place, ...]
    launcher: tuple[str, ...]
    updated: tuple[str, ...] = ()

    @property
    def installed(self) -> bool:
        """Whether everything is there and starts this Signet."""
        return all(place.state is State.PRESENT for place in self.places)


def status(*, data_home: str | None = None) -> Desktop:
    """Say what there is. ``data_home`` stands for the person's data folder, in tests."""
    home, words = data_home or _data_home(), launcher()
    files = desktop_files(words, scripts=not _has_loader())
    return Desktop(tuple(Place(_path(home, file), _state(home, file)) for file in files), words)


def install(*, data_home: str | None = None) -> Desktop:
    """Put everything in its place, or bring it up to date; nothing is changed where it is so already.

    Raises OutputExists if something of somebody else stands in a place, before anything is written; FolderReadOnly,
    DiskFull, StorageError.
    """
    home, words = data_home or _data_home(), launcher()
    files = desktop_files(words, scripts=not _has_loader())
    states = {file: _state(home, file) for file in files}
    for file, state in states.items():
        if state is State.FOREIGN:
            raise OutputExists(path=_path(home, file))
    changed = [file for file, state in states.items() if state is not State.PRESENT]
    for file in changed:
        path = _path(home, file)
        with translated(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        replace_durably(path, file.content)
        with translated(path):
            os.chmod(path, file.mode)
    updated = _update(home) if changed else ()
    return Desktop(status(data_home=home).places, words, updated)


def remove(*, data_home: str | None = None) -> Desktop:
    """Take away every file that Signet wrote, and folders and databases that are empty then.

    Raises FolderReadOnly, StorageError.
    """
    home, words = data_home or _data_home(), launcher()
    gone = [file for file in desktop_files(words, scripts=True) if _state(home, file) in (State.PRESENT, State.OLD)]
    for file in gone:
        path = _path(home, file)
        with translated(path):
            os.unlink(path)
    updated = _update(home) if gone else ()
    if gone:
        _clear(os.path.join(home, "mime"), _MIME_LEFT)
        _clear(os.path.join(home, "applications"), _DESKTOP_LEFT)
    for file in gone:
        _remove_empty(os.path.dirname(_path(home, file)), home)
    return Desktop(tuple(Place(_path(home, file), State.REMOVED) for file in gone), words, updated)


def _data_home() -> str:
    """XDG_DATA_HOME, if it is an absolute path, else its default (XDG Base Directory Specification)."""
    named = os.environ.get("XDG_DATA_HOME", "")
    return named if os.path.isabs(named) else os.path.expanduser("~/.local/share")


def _path(home: str, file: DesktopFile) -> str:
    return os.path.join(home, *file.place.split("/"))


def _state(home: str, file: DesktopFile) -> State:
    path = _path(home, file)
    with translated(path):
        try:
            if os.path.islink(path):
                return State.FOREIGN
            with open(path, "rb") as there:
                content = there.read(len(file.content) + 65536)
            mode = os.stat(path).st_mode & 0o777
        except (FileNotFoundError, NotADirectoryError):
            return State.MISSING
        except IsADirectoryError:
            return State.FOREIGN
    if MARK not in content:
        return State.FOREIGN
    return State.PRESENT if content == file.content and mode == file.mode else State.OLD


def _has_loader() -> bool:
    """Whether Nautilus loads extensions in Python here (Debian: python3-nautilus)."""
    machine = f"{os.uname().machine}-linux-gnu"
    return any(os.path.exists(path.format(machine)) for path in _LOADERS)


def _update(home: str) -> tuple[str, ...]:
    """Bring the desktop's databases up to date where their programs are; without them desktops read the files."""
    done = []
    for name, folder in _DATABASES:
        program, place = shutil.which(name), os.path.join(home, folder)
        if program is None or not os.path.isdir(place):
            continue
        with suppress(OSError, subprocess.TimeoutExpired):
            ended = subprocess.run([program, place], stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS)
            if ended.returncode == 0:
                done.append(name)
    return tuple(done)


def _clear(folder: str, names: frozenset[str]) -> None:
    """Remove what a database program wrote, if nothing else is left beside it but empty folders."""
    with suppress(OSError):
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False):
                with suppress(OSError):
                    os.rmdir(entry.path)
        found = set(os.listdir(folder))
        if found <= names:
            for name in found:
                os.unlink(os.path.join(folder, name))
            os.rmdir(folder)


def _remove_empty(folder: str, home: str) -> None:
    """Remove a folder and those above it, below ``home``, as long as they are empty."""
    while folder != home:
        with suppress(FileNotFoundError):
            try:
                os.rmdir(folder)
            except OSError as error:
                if isinstance(error, FileNotFoundError):
                    raise
                return
        folder = os.path.dirname(folder)
