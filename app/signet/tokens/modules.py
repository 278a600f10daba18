"""Where PKCS#11 modules are: named by the person, in the settings, or where packages put them.

Never from a vault: a path decides which foreign code runs.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from glob import glob
from pathlib import Path

from signet import errors

#: In order of preference; a token that several of them show is used through the first. ykcs11 comes before OpenSC,
#: because it knows its own cards best and can also make keys on them.
_KNOWN = ("libsofthsm2", "libykcs11", "opensc-pkcs11", "libtpm2_pkcs11")
_PLACES = {
    "linux": (
        "/usr/lib/*/softhsm/libsofthsm2.so",
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib64/softhsm/libsofthsm2.so",
        "/usr/lib64/pkcs11/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
        "/usr/lib/*/libykcs11.so*",
        "/usr/lib64/libykcs11.so*",
        "/usr/local/lib/libykcs11.so*",
        "/usr/lib/*/opensc-pkcs11.so",
        "/usr/lib/*/pkcs11/opensc-pkcs11.so",
        "/usr/lib/pkcs11/opensc-pkcs11.so",
        "/usr/lib64/pkcs11/opensc-pkcs11.so",
        "/usr/lib64/opensc-pkcs11.so",
        "/usr/local/lib/opensc-pkcs11.so",
        "/usr/lib/*/pkcs11/libtpm2_pkcs11.so*",
        "/usr/lib/*/libtpm2_pkcs11.so*",
        "/usr/lib64/pkcs11/libtpm2_pkcs11.so*",
    ),
    "darwin": (
        "/opt/homebrew/lib/softhsm/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
        "/opt/homebrew/lib/libykcs11.dylib",
        "/usr/local/lib/libykcs11.dylib",
        "/Library/OpenSC/lib/opensc-pkcs11.so",
        "/opt/homebrew/lib/opensc-pkcs11.so",
    ),
    "win32": (
        r"C:\SoftHSM2\lib\softhsm2-x64.dll",
        r"C:\Program Files\SoftHSM2\lib\softhsm2-x64.dll",
        r"C:\Program Files\Yubico\Yubico PIV Tool\bin\libykcs11.dll",
        r"C:\Program Files\OpenSC Project\OpenSC\pkcs11\opensc-pkcs11.dll",
    ),
}
_TPM = "libtpm2_pkcs11"
_TPM_VARIABLE = "TPM2_PKCS11_TCTI"  # how the module reaches the TPM, where it is not the kernel's
_TPM_DEVICES = ("/dev/tpmrm[0-9]*", "/dev/tpm[0-9]*")
#: p11-kit's configuration (pkcs11.conf(5)); a bare file name is relative to its module folder.
_P11_KIT_FOLDERS = ("/etc/pkcs11/modules", "/usr/share/p11-kit/modules", "~/.config/pkcs11/modules")
_P11_KIT_MODULES = ("/usr/lib/*/pkcs11", "/usr/lib64/pkcs11", "/usr/lib/pkcs11", "/usr/local/lib/pkcs11")
#: Lists of certificates and proxies that show every other module a second time; none holds a person's keys.
_NOT_TOKENS = ("p11-kit-trust", "p11-kit-proxy", "p11-kit-client", "pkcs11-spy", "gnome-keyring", "onepin-opensc")
_MAX_CONFIGURATION = 64 * 1024  # bytes of a p11-kit file that are read; real ones have a few lines


def find_modules(*, chosen: str | None, configured: Sequence[str], search: bool = True) -> tuple[str, ...]:
    """Return the real paths of the modules to use, each once, in order of preference.

    ``chosen`` (``--module``) means that one only; it must be there: ModuleNotFound otherwise. Else the ``configured``
    ones that are there come first, then, with ``search``, the known places and p11-kit's configuration.
    """
    if chosen is not None:
        if not chosen or not os.path.exists(chosen):
            raise errors.ModuleNotFound(module=chosen or "an empty path")
        return (os.path.realpath(chosen),)
    candidates = list(configured)
    if search:
        candidates += _known_places()
        candidates += _p11_kit()
    found: dict[str, None] = {}
    for candidate in candidates:
        if candidate not in configured and Path(candidate).name.startswith(_TPM) and not _has_tpm():
            continue
        if candidate and os.path.isfile(candidate):
            found.setdefault(os.path.realpath(candidate), None)
    return tuple(found)


def _has_tpm() -> bool:
    """Whether there may be a TPM: without one, its module takes time to find that out and leaves files behind."""
    return bool(os.environ.get(_TPM_VARIABLE)) or any(glob(pattern) for pattern in _TPM_DEVICES)


def _known_places() -> list[str]:
    found = [path for pattern in _PLACES.get(sys.platform, ()) for path in sorted(glob(pattern))]
    return sorted(found, key=_rank)


def _rank(path: str) -> int:
    return next((place for place, name in enumerate(_KNOWN) if Path(path).name.startswith(name)), len(_KNOWN))


def _p11_kit() -> Iterator[str]:
    for folder in _P11_KIT_FOLDERS:
        for configuration in sorted(glob(os.path.join(os.path.expanduser(folder), "*.module"))):
            module = _module_named_in(configuration)
            if module and not any(name in Path(module).name for name in _NOT_TOKENS):
                if os.path.isabs(module):
                    yield module
                else:
                    yield from (
                        os.path.join(place, module) for pattern in _P11_KIT_MODULES for place in glob(pattern)
                    )


def _module_named_in(configuration: str) -> str | None:
    with contextlib.suppress(OSError), open(configuration, "rb") as file:
        for line in file.read(_MAX_CONFIGURATION).decode("utf-8", errors="replace").splitlines():
            name, colon, value = line.partition(":")
            if colon and name.strip() == "module":
                return value.strip()
    return None
