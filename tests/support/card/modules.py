"""Where Debian keeps the PKCS#11 modules that see the emulated card."""

from __future__ import annotations

from glob import glob
from pathlib import Path

OPENSC = "opensc-pkcs11.so"
YKCS11 = "libykcs11.so"


def module_path(name: str) -> str:
    """Return the real path of that module; raise FileNotFoundError if the package is missing."""
    found = sorted(glob(f"/usr/lib/*/{name}"))
    if not found:
        raise FileNotFoundError(f"{name} is not installed; packaging/apt-test.txt names its package")
    return str(Path(found[0]).resolve())
