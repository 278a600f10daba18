"""A stand-in for the library by which pyHanko would reach a network: in the document child there is none to reach.

pyHanko imports it whether or not anything is fetched; without it a child starts in two thirds of the time, and holds
no code that could connect. Its names exist, and nothing can be done with them.
"""

from __future__ import annotations

import sys
from types import ModuleType

_LIBRARY = "aiohttp"


class _Absent(ModuleType):
    """Every name of it is an empty class: enough to be named in annotations and ``except``."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (Exception,), {})


def leave_out_network() -> None:
    """Put the stand-in in the library's place; only in a process that is to have no network, before pyHanko comes."""
    sys.modules.setdefault(_LIBRARY, _Absent(_LIBRARY))
