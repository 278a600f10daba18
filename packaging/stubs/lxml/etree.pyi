"""The few names of lxml that Signet uses; the library brings no types."""

from collections.abc import Iterator
from typing import Any

class XMLParser:
    def __init__(self, *, resolve_entities: bool = ..., no_network: bool = ..., encoding: str = ...) -> None: ...

class _Element:
    tag: Any
    text: str | None
    @property
    def attrib(self) -> dict[str, str]: ...
    def iter(self, *tag: Any) -> Iterator[_Element]: ...

def fromstring(text: bytes, parser: XMLParser | None = ...) -> _Element: ...
def Element(_tag: str) -> _Element: ...
