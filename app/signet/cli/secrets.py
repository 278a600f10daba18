"""Secrets in files: how ``--pin-file`` and its siblings are read.

The text of a secret is never taken from an argument or the environment. Rules (DESIGN.md, section 9): UTF-8, one
trailing newline removed; ``-`` is standard input, and at most one option may say so.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from signet.errors import UsageError
from signet.secret import Secret

MAX_SECRET = 8192
"""Bytes of a secret in a file: above sixteen recovery shares (33 words of at most 8 letters, one share a line)."""
STANDARD_INPUT = "-"


@dataclass
class SecretFiles:
    """Which file each secret option named, by the option's name without dashes: ``pin-file``."""

    paths: dict[str, str] = field(default_factory=dict)
    _kept: dict[str, Secret] = field(default_factory=dict)

    def name(self, option: str, path: str) -> None:
        """Take note of an option; raise UsageError if a second one wants standard input."""
        others = [name for name, other in self.paths.items() if other == STANDARD_INPUT and name != option]
        if path == STANDARD_INPUT and others:
            raise UsageError(
                reason=f"Only one secret can come from standard input, not both --{others[0]} and --{option}."
            )
        self.paths[option] = path

    def given(self, option: str) -> bool:
        """Whether the option was given."""
        return option in self.paths

    def leave_standard_input(self) -> None:
        """Raise UsageError if a secret is to come from standard input, which the command itself reads."""
        for option, path in self.paths.items():
            if path == STANDARD_INPUT:
                raise UsageError(
                    reason=f"This command reads its data from standard input; --{option} cannot be read from there."
                )

    def check(self) -> None:
        """Look whether every file can be read, before any of them is; raise what `read` would.

        What is no ordinary file is left for then: looking at a pipe would empty it.
        """
        for option, path in self.paths.items():
            if path != STANDARD_INPUT and (os.path.isfile(path) or not os.path.lexists(path)):
                with _opening(option, path):
                    os.close(os.open(path, os.O_RDONLY | os.O_CLOEXEC))

    def read(self, option: str) -> Secret:
        """Read the secret; raise UsageError, which names the option, if the file cannot be read or holds none."""
        if option in self._kept:
            return self._kept[option].copy()
        path = self.paths[option]
        data = _from_standard_input(option) if path == STANDARD_INPUT else _from_file(option, path)
        try:
            secret = _checked(data, option=option, path=path)
        finally:
            data[:] = bytes(len(data))
        if path == STANDARD_INPUT or not os.path.isfile(path):
            # Standard input and a shell's pipe can be read only once; what they held is kept until `close`.
            self._kept[option] = secret.copy()
        return secret

    def close(self) -> None:
        """Wipe what is kept."""
        for secret in self._kept.values():
            secret.wipe()
        self._kept.clear()


def _checked(data: bytearray, *, option: str, path: str) -> Secret:
    if len(data) > MAX_SECRET:
        raise UsageError(reason=f"{path}, given with --{option}, is longer than {MAX_SECRET} bytes; it is no secret.")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        # Without the cause: it carries the bytes.
        raise UsageError(reason=f"{path}, given with --{option}, is not UTF-8 text.") from None
    end = len(data)
    if data.endswith(b"\r\n"):
        end -= 2
    elif data.endswith(b"\n"):
        end -= 1
    if end == 0:
        raise UsageError(reason=f"{path}, given with --{option}, is empty.")
    return Secret(memoryview(data)[:end])


def _from_file(option: str, path: str) -> bytearray:
    with _opening(option, path), open(path, "rb", buffering=0) as file:
        return _bounded(file.fileno())


@contextmanager
def _opening(option: str, path: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise UsageError(reason=f"There is no file “{path}”, given with --{option}.") from error
    except IsADirectoryError as error:
        raise UsageError(reason=f"{path}, given with --{option}, is a folder.") from error
    except PermissionError as error:
        raise UsageError(reason=f"{path}, given with --{option}, cannot be read with your permissions.") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise UsageError(reason=f"{path}, given with --{option}, cannot be read.") from error


def _from_standard_input(option: str) -> bytearray:
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError(
            reason=f"--{option} - reads standard input, which is a terminal here; leave the option out to be asked."
        )
    # Not below the buffer: a test, or a shell that had read ahead, may have put the text there.
    return bytearray(sys.stdin.buffer.read(MAX_SECRET + 1))


def _bounded(descriptor: int) -> bytearray:
    """Read at most one byte more than a secret may have; a pipe gives its text in pieces."""
    data = bytearray()
    while len(data) <= MAX_SECRET and (piece := os.read(descriptor, MAX_SECRET + 1 - len(data))):
        data += piece
    return data
