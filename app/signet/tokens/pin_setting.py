"""A token's PIN changed, or set anew with what the card calls PUK, SO PIN or Admin PIN. The parent's side; blocking.

PKCS#11 knows no PUK, and modules differ in what they make of that; `host_pins` says how. OpenSC refuses unless its
configuration allows it, so for that one call a child of its own is started with a configuration that does: the one
that is installed, with three lines before it. ykcs11 cannot do it at all; a card that OpenSC sees too is unblocked
through OpenSC. What remains is the card's own program, and its command is named.
"""

from __future__ import annotations

import contextlib
import shlex
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import NoReturn

from signet import errors
from signet.secret import Secret
from signet.tokens.model import PinState, Token
from signet.tokens.process import ModuleProcess
from signet.tokens.waiting import WaitFor, Waiting, watched

PIN_PAD_LIMIT = 180.0
"""Seconds that a person has for typing on the reader: the PIN, and the new one twice."""
_PIV_PIN = (6, 8)  # bytes; SP 800-73-4 Part 2, 2.4.3
_OPENSC = "opensc-pkcs11"
_YKCS11 = "libykcs11"
_CONFIGURATIONS = (
    "/etc/opensc/opensc.conf",
    "/etc/opensc.conf",
    "/usr/local/etc/opensc.conf",
    "/Library/OpenSC/etc/opensc.conf",
)
_MAX_CONFIGURATION = 256 * 1024  # bytes; real ones have a few kilobytes
#: opensc.conf(5). The first block of this name counts, and before those of "default".
_ALLOWED = """\
app opensc-pkcs11 {
	pkcs11 { user_pin_unblock_style = set_pin_in_unlogged_session; }
}
"""


class Unblocking(StrEnum):
    """How a PIN is set anew; see `signet.tokens.host_pins.reset`."""

    PUK = "puk"
    OFFICER = "officer"


@dataclass(frozen=True)
class PinRules:
    """What a token says of its PINs: bytes that the user's may have (0: not known), the SO PIN's counter."""

    shortest: int
    longest: int
    officer: PinState

    @property
    def words(self) -> str:
        """The rule within a sentence; empty if there is none."""
        if not self.longest:
            return ""
        if not self.shortest:
            return f"at most {self.longest} characters"
        if self.shortest == self.longest:
            return f"{self.longest} characters"
        return f"{self.shortest} to {self.longest} characters"

    def allows(self, pin: Secret) -> bool:
        """Whether a PIN of this length can be right."""
        return len(pin) > 0 and (not self.longest or self.shortest <= len(pin) <= self.longest)


class TokenPins:
    """The PINs of one token. ``through`` is OpenSC with the same card, if that unblocks it. See `TokenHub.pins`."""

    def __init__(
        self,
        process: ModuleProcess,
        token: Token,
        *,
        through: tuple[ModuleProcess, Token] | None,
        special: Callable[[str, Mapping[str, str]], ModuleProcess],
        waiting: Waiting,
    ) -> None:
        self.token = token
        self._process = process
        self._through = through
        self._special = special
        self._waiting = waiting

    @property
    def _is_piv(self) -> bool:
        return needs_another(self.token.module) or self.token.manufacturer.lower().startswith("piv")

    @property
    def how(self) -> Unblocking | None:
        """How it can be unblocked; None if its module cannot and no other that can shows it.

        OpenSC sends what it takes for the PUK of an OpenPGP card as its resetting code, and unblocks a SmartCard-HSM
        by C_InitPIN alone: by any other call it spends a try of the SO PIN in vain (OpenSC's issue 3352).
        """
        if _is_openpgp(self.token):
            return None
        if self._through is not None and not _is_card_hsm(self.token):
            return Unblocking.PUK
        return None if needs_another(self.token.module) else Unblocking.OFFICER

    def rules(self) -> PinRules:
        """Ask the token; raise TokenRemoved, ModuleError."""
        said = self._process.call("pin_rules", slot=self.token.slot, serial=self.token.serial)
        match said:
            case {"shortest": int(shortest), "longest": int(longest), "officer": str(officer)}:
                with contextlib.suppress(ValueError):
                    if self._is_piv:
                        # ykcs11 names the length of the management key, OpenSC a minimum that cards refuse.
                        shortest, longest = max(shortest, _PIV_PIN[0]), min(longest or _PIV_PIN[1], _PIV_PIN[1])
                    return PinRules(shortest, longest, PinState(officer))
        raise self._process.crashed()

    def change(self, old: Secret, new: Secret) -> None:
        """Change the PIN: one try. Both empty on a reader with a keypad, which then asks.

        Raises PinIncorrect, PinLocked, PinLengthInvalid, NewPinRefused, PinToolNeeded, TokenRemoved, ModuleError.
        """
        slot, serial = self.token.slot, self.token.serial
        try:
            which = {"slot": slot, "serial": serial, "old": _given(old), "new": _given(new)}
            self._ask(self._process, "change_pin", old, which)
        except errors.TokenOperationFailed as error:
            self._failed(error, "change the PIN", self.change_command)

    def unblock(self, puk: Secret, new: Secret) -> None:
        """Set a new PIN with the PUK or its like: one try. Both empty on a reader with a keypad, which then asks.

        Raises PukIncorrect, PukLocked, PukLengthInvalid, NewPinRefused, PinToolNeeded, TokenRemoved, ModuleError.
        """
        how = self.how
        if how is None:
            raise errors.PinToolNeeded(token=self.token.label, task="unblock the PIN", command=self.unblock_command)
        try:
            with self._unblocking() as (process, token):
                which = {"slot": token.slot, "serial": token.serial, "what": unblocking_word(token), "how": how.value}
                self._ask(process, "reset_pin", puk, {**which, "puk": _given(puk), "new": _given(new)})
        except errors.TokenOperationFailed as error:
            self._failed(error, "unblock the PIN", self.unblock_command)

    @property
    def change_command(self) -> str:
        """What a person types to change the PIN without Signet."""
        if needs_another(self.token.module):
            return "ykman piv access change-pin"
        if is_opensc(self.token.module):
            return "pkcs15-tool --change-pin"
        return f"{self._generic} --login --change-pin"

    @property
    def unblock_command(self) -> str:
        """What a person types to unblock the PIN without Signet."""
        if needs_another(self.token.module):
            return "ykman piv access unblock-pin"
        if _is_openpgp(self.token):
            return "gpg --change-pin"
        if is_opensc(self.token.module) and not _is_card_hsm(self.token):
            return "pkcs15-tool --unblock-pin"
        return f"{self._generic} --login --login-type so --init-pin"

    @property
    def _generic(self) -> str:
        return shlex.join(["pkcs11-tool", "--module", self.token.module, "--token-label", self.token.label])

    def _ask(self, process: ModuleProcess, method: str, typed: Secret, parameters: Mapping[str, object]) -> None:
        """Have it done; where the reader asks, for as long as people type, and they can give up."""
        if not self.token.pin_pad or len(typed):
            process.ask(method, parameters)
            return
        with watched(self._waiting, self.token.label, WaitFor.PIN_PAD, PIN_PAD_LIMIT) as cancelled:
            process.ask(method, parameters, time_limit=PIN_PAD_LIMIT, cancelled=cancelled)

    def _failed(self, error: errors.TokenOperationFailed, task: str, command: str) -> NoReturn:
        if error.code in ("FunctionNotSupported", "FunctionRejected"):
            raise errors.PinToolNeeded(token=self.token.label, task=task, command=command) from error
        raise error

    @contextlib.contextmanager
    def _unblocking(self) -> Iterator[tuple[ModuleProcess, Token]]:
        """The child that does it, and the token as that one sees it."""
        if self._through is None or self.how is Unblocking.OFFICER:
            yield self._process, self.token
            return
        usual, token = self._through
        with tempfile.TemporaryDirectory(prefix="signet-") as folder:
            configuration = Path(folder) / "opensc.conf"
            configuration.write_text(_ALLOWED + _installed(), encoding="utf-8")
            process = self._special(usual.path, {"OPENSC_CONF": str(configuration)})
            try:
                yield process, replace(token, slot=self._slot_in(process, token))
            finally:
                process.close()

    def _slot_in(self, process: ModuleProcess, token: Token) -> int:
        """Where another child of the same module shows that token.

        Serial numbers alone do not tell: OpenSC shows a slot for each PIN of a card, and some cards have none.
        """
        wanted = (token.serial, token.label, token.reader)
        found = [
            slot
            for seen in process.listed("tokens")
            if (seen.get("serial"), seen.get("label"), seen.get("reader")) == wanted
            and isinstance(slot := seen.get("slot"), int)
        ]
        if not found:
            raise errors.TokenRemoved
        if len(found) > 1:
            raise errors.PinToolNeeded(token=token.label, task="unblock the PIN", command=self.unblock_command)
        return found[0]


def unblocking_word(token: Token) -> str:
    """What this card calls the secret that unblocks it, as far as its model tells."""
    if _is_openpgp(token):
        return "Admin PIN"
    if needs_another(token.module) or (is_opensc(token.module) and not _is_card_hsm(token)):
        return "PUK"
    return "SO PIN"


def _is_openpgp(token: Token) -> bool:
    """Whether OpenSC shows an OpenPGP card."""
    return is_opensc(token.module) and "openpgp" in f"{token.label} {token.model} {token.manufacturer}".lower()


def _is_card_hsm(token: Token) -> bool:
    """Whether OpenSC shows a SmartCard-HSM, which a Nitrokey HSM is too."""
    return is_opensc(token.module) and "smartcard-hsm" in f"{token.label} {token.model}".lower()


def is_opensc(module: str) -> bool:
    """Whether that module is OpenSC's."""
    return Path(module).name.startswith(_OPENSC)


def needs_another(module: str) -> bool:
    """Whether that module cannot unblock a card itself."""
    return Path(module).name.startswith(_YKCS11)


def _given(secret: Secret) -> bytearray | None:
    """What goes to the child; nothing where the reader asks."""
    return secret.reveal() if len(secret) else None


def _installed() -> str:
    """OpenSC's configuration as it is installed, so that readers and drivers are those of every day."""
    for path in _CONFIGURATIONS:
        with contextlib.suppress(OSError), open(path, encoding="utf-8", errors="replace") as file:
            return file.read(_MAX_CONFIGURATION)
    return ""
