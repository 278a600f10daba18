"""Secrets in files: how ``--pin-file`` and its siblings are read.

The text of a secret is never taken from an argument or the environment. Rules (DESIGN.md, section 9): UTF-8, one
trailing newline removed; ``-`` is standard input, and at most one option may say so.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field

from signet.errors import FolderReadOnly, StorageError, UsageError
from signet.secret import Secret

MAX_SECRET = 4096
"""Bytes of a secret in a file: far above any PIN, passphrase or recovery code."""
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

    def read(self, option: str) -> Secret:
        """Read the secret; raise UsageError if it cannot be one, StorageError if the file cannot be read."""
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
    try:
        with open(path, "rb", buffering=0) as file:
            return _bounded(file.fileno())
    except FileNotFoundError as error:
        raise UsageError(reason=f"There is no file at {path}, given with --{option}.") from error
    except PermissionError as error:
        raise FolderReadOnly(path=path) from error
    except OSError as error:
        raise StorageError(path=path) from error


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
