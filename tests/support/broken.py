"""PKCS#11 modules that hang or crash for real: copies of SoftHSM with two bytes changed, so no compiler is needed."""

from __future__ import annotations

import ctypes
import platform
from pathlib import Path

from signet.tokens.software import softhsm_module

_HANGS = {"x86_64": b"\xeb\xfe", "aarch64": b"\x00\x00\x00\x14"}  # a jump to itself
_CRASHES = {"x86_64": b"\x0f\x0b", "aarch64": b"\x00\x00\x00\x00"}  # an instruction that there is not
_WHERE = "C_GetSlotList"


def hanging(folder: Path) -> str:
    """A module that starts, and hangs for ever once it is asked for its slots."""
    return _changed(folder / "libhangs.so", _HANGS)


def crashing(folder: Path) -> str:
    """A module that starts, and crashes once it is asked for its slots."""
    return _changed(folder / "libcrashes.so", _CRASHES)


def none_at_all(folder: Path) -> str:
    """A file that is no library."""
    place = folder / "libnone.so"
    place.write_text("not a library")
    return str(place)


def _changed(place: Path, instructions: dict[str, bytes]) -> str:
    source = softhsm_module(())
    content = bytearray(Path(source).read_bytes())
    at = _offset(source, _WHERE)
    code = instructions[platform.machine()]
    content[at : at + len(code)] = code
    place.write_bytes(content)
    return str(place)


def _offset(library: str, function: str) -> int:
    """Where in the file a function begins: by where the loader put both."""
    address = ctypes.cast(getattr(ctypes.CDLL(library), function), ctypes.c_void_p).value
    assert address is not None
    for line in Path("/proc/self/maps").read_text().splitlines():
        if line.endswith(library):
            span, _, offset, *_ = line.split()
            start, end = (int(part, 16) for part in span.split("-"))
            if start <= address < end:
                return address - start + int(offset, 16)
    raise ValueError(f"{function} is not in {library}")
