"""Secrets exist as short as possible: a wipeable buffer that never shows itself."""

from __future__ import annotations

import hmac
from types import TracebackType
from typing import NoReturn


class Secret:
    """Secret bytes in a buffer of their own, redacted in every representation and wiped on leaving ``with``.

    The buffer is copied in and overwritten by `wipe`. Copies that libraries and the interpreter make cannot be
    reached; ``docs/limitations.md`` says so.
    """

    __slots__ = ("_buffer",)

    def __init__(self, value: bytes | bytearray | memoryview) -> None:
        self._buffer = bytearray(value)

    @classmethod
    def from_text(cls, text: str) -> Secret:
        """Take what a person typed, as UTF-8."""
        return cls(text.encode("utf-8"))

    def reveal(self) -> bytearray:
        """Return the live buffer itself, not a copy; it is zeros after `wipe`."""
        return self._buffer

    def text(self) -> str:
        """Decode as UTF-8 for an interface that only takes ``str`` (PINs); the result cannot be wiped."""
        return self._buffer.decode("utf-8")

    def copy(self) -> Secret:
        """Return an independent copy, wiped separately."""
        return Secret(self._buffer)

    def wipe(self) -> None:
        """Overwrite the buffer with zeros, keeping its length."""
        self._buffer[:] = bytes(len(self._buffer))

    def __len__(self) -> int:
        return len(self._buffer)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._buffer, other._buffer)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "Secret(<redacted>)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret cannot be pickled or copied by the copy module")

    def __enter__(self) -> Secret:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.wipe()
