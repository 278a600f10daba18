"""The root of the tree: what every error can say of itself.

Rules: a class has a ``title``, a ``sentence`` (a template over its own annotated attributes) and a ``next_step``; a
test holds the tree complete. What a caller needs is an attribute, given by keyword. Foreign exceptions are translated
once, where they enter, with ``raise ... from``. A bug is not a SignetError.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar


class SignetError(Exception):
    """Something went wrong that a person can be told about."""

    exit_status: ClassVar[int] = 1
    title: ClassVar[str] = "Something went wrong"
    sentence: ClassVar[str] = "Signet could not finish this."
    next_step: ClassVar[str] = "Try again; if it happens again, report it with the steps that led here."

    def __init__(self, **details: object) -> None:
        unknown = set(details) - set(self.fields())
        if unknown:
            raise TypeError(f"{type(self).__name__} has no attribute {sorted(unknown)}")
        self.details = {name: details.get(name) for name in self.fields()}
        for name, value in self.details.items():
            setattr(self, name, value)
        super().__init__(self.message)

    @classmethod
    def fields(cls) -> tuple[str, ...]:
        """Name the attributes that this error carries, in the order they were declared."""
        names: dict[str, None] = {}
        for base in reversed(cls.__mro__):
            for name, kind in getattr(base, "__annotations__", {}).items():
                if not str(kind).startswith("ClassVar"):
                    names[name] = None
        return tuple(names)

    @property
    def message(self) -> str:
        """The sentence with this error's own attributes filled in."""
        return self.sentence.format(**self._shown())

    @property
    def hint(self) -> str:
        """What the person can do next, with this error's own attributes filled in."""
        return self.next_step.format(**self._shown())

    def _shown(self) -> dict[str, object]:
        return {name: _said(value) for name, value in self.details.items()}


def _said(value: object) -> object:
    """A value within a sentence."""
    if value is None:
        return "unknown"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else value


def every_error() -> Iterator[type[SignetError]]:
    """Yield each class of the tree, parents first."""
    waiting: list[type[SignetError]] = [SignetError]
    while waiting:
        kind = waiting.pop(0)
        yield kind
        waiting.extend(kind.__subclasses__())
