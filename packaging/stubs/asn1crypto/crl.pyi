"""asn1crypto ships no types, and its structures are made at run time from tables: everything is Any."""

from typing import Any

def __getattr__(name: str) -> Any: ...
