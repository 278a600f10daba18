"""Tokens in software, for trying Signet out: SoftHSM with a configuration and a folder of Signet's own.

SoftHSM reads one configuration. The person's own counts if SOFTHSM2_CONF is set, and new tokens are then made where
it says; else Signet's, from the moment that it has made one; else the system's, if this account may read it. The
right to write into the system's token folder is never needed; its tokens are seen again with SOFTHSM2_CONF set.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import struct
from collections.abc import Sequence
from pathlib import Path

from signet import errors
from signet.keys.spec import KeySpec
from signet.secret import Secret
from signet.tokens.hub import TokenHub
from signet.tokens.model import Token, TokenKeyUsage
from signet.tokens.modules import find_modules

_VARIABLE = "SOFTHSM2_CONF"
_SYSTEM = ("/etc/softhsm/softhsm2.conf", "/etc/softhsm2.conf", "/opt/homebrew/etc/softhsm/softhsm2.conf")
PIN_LENGTHS = (4, 255)  # bytes; SoftHSM's MIN_PIN_LEN and MAX_PIN_LEN
_SERIAL_ATTRIBUTE = 0x8000_0000 + 0x5348 + 2  # SoftHSM, OSAttributes.h: CKA_OS_TOKENSERIAL
_BYTE_STRING = 3  # SoftHSM, ObjectFile.cpp: type, BYTESTR_ATTR and length, each of 8 bytes, then the value
_CONFIGURATION = """\
# Made by Signet: software tokens for trying out.
directories.tokendir = {folder}
objectstore.backend = file
log.level = ERROR
slots.removable = false
"""


def softhsm_module(configured: Sequence[str]) -> str:
    """Return the path of SoftHSM's module; raise ModuleNotFound if it is not installed."""
    for path in find_modules(chosen=None, configured=configured):
        if "softhsm" in Path(path).name.lower():
            return path
    raise errors.ModuleNotFound(module="any known place (SoftHSM is not installed)")


class SoftwareTokens:
    """The software tokens in ``data_folder``, Signet's data folder; ``configured`` as for `find_modules`."""

    def __init__(self, data_folder: str | Path, *, configured: Sequence[str] = ()) -> None:
        self._folder = Path(data_folder) / "software-tokens"
        self._configured = tuple(configured)

    @property
    def configuration(self) -> Path:
        """Where Signet's own SoftHSM configuration is, or will be."""
        return self._folder / "softhsm2.conf"

    def environment(self) -> dict[str, str]:
        """Return what a hub's children need to see these tokens; a hub takes the method itself and asks anew."""
        if os.environ.get(_VARIABLE):
            return {_VARIABLE: os.environ[_VARIABLE]}
        exists = self.configuration.exists()
        if (exists and self._moved()) or (not exists and not any(os.access(path, os.R_OK) for path in _SYSTEM)):
            # Debian's is closed to most accounts, and SoftHSM then does not start at all; an empty one of ours does.
            with contextlib.suppress(OSError):
                self._prepare()
        return {_VARIABLE: str(self.configuration)} if self.configuration.exists() else {}

    def create(self, label: str, pin: Secret, so_pin: Secret) -> Token:
        """Make a token with two P-256 key pairs, one that agrees ("unlock") and one that signs ("sign").

        The label is at most 32 bytes. Raises ModuleNotFound without SoftHSM, UsageError for the label,
        PinLengthInvalid (SoftHSM takes 4 to 255 bytes), TokenError.
        """
        if not 1 <= len(label.encode("utf-8")) <= 32:
            raise errors.UsageError(reason="A token's name must have between 1 and 32 bytes.")
        if not all(PIN_LENGTHS[0] <= len(secret) <= PIN_LENGTHS[1] for secret in (pin, so_pin)):
            raise errors.PinLengthInvalid(token=label)  # asked too late, SoftHSM leaves half a token behind
        module = softhsm_module(self._configured)
        if not os.environ.get(_VARIABLE):
            self._prepare()
        with TokenHub([module], environment=self.environment) as hub:
            token = hub.initialise(module, label=label, pin=pin, so_pin=so_pin)
            with hub.login(token, pin) as session:
                session.generate(spec=KeySpec.ECC_NIST_P256, label="unlock", usage=TokenKeyUsage.AGREE)
                session.generate(spec=KeySpec.ECC_NIST_P256, label="sign", usage=TokenKeyUsage.SIGN)
            return token

    def discard(self, token: Token) -> None:
        """Remove a token that `create` made and that nothing uses; hubs have to be ended first.

        Only Signet's own folder is looked at: a token that the person's own configuration keeps stays. Raises
        ValueError for a token without a serial number, which would be any of them.
        """
        serial = token.serial.encode("ascii")
        if not serial:
            raise ValueError("a token without a serial number cannot be told from others")
        attribute = struct.pack(">QQQ", _SERIAL_ATTRIBUTE, _BYTE_STRING, len(serial)) + serial
        for attributes in (self._folder / "tokens").glob("*/token.object"):
            if attribute in attributes.read_bytes():
                shutil.rmtree(attributes.parent)

    def _moved(self) -> bool:
        """Whether the configuration names another folder, and one that is gone: a home was renamed or restored."""
        with contextlib.suppress(OSError, UnicodeDecodeError):
            for line in self.configuration.read_text(encoding="utf-8").splitlines():
                name, _, folder = line.partition("=")
                if name.strip() == "directories.tokendir":
                    return folder.strip() != str(self._folder / "tokens") and not os.path.isdir(folder.strip())
        return False

    def _prepare(self) -> None:
        """Make the folder for the person alone, and the configuration last: it says that the rest is there."""
        tokens = self._folder / "tokens"
        tokens.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (self._folder, tokens):
            folder.chmod(0o700)
        if self.configuration.exists() and not self._moved():
            return
        fresh = self.configuration.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(_CONFIGURATION.format(folder=tokens))
        fresh.replace(self.configuration)
