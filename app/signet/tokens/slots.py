"""The slots of one module that hold a token, looked at anew each time. Runs only in the child process.

Tokens come and go, and modules are not equally good at noticing:

* ykcs11 2.2.0 keeps the keys and the PIN counter that it read first for as long as it runs, for the reader and not
  for the card: it shows the first card's keys on the second. It is started anew whenever a card has gone or changed.
* SoftHSM looks for tokens only when it starts.
* SoftHSM and tpm2-pkcs11 always show one blank slot more than there are tokens.
* tpm2-pkcs11 never asks the TPM whether it is there, and after its connection broke does nothing any more. It is
  started anew after a failure, before the next look that needs no login.
* A card that was pulled during an operation is reported as a general failure, and is seen to be gone only when the
  reader was asked again: pcscd does that every 0.4 seconds.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pkcs11 import PKCS11Error, Slot, SlotFlag, Token, TokenFlag

from signet import errors
from signet.tokens.host_objects import describe_token, serial_of

if TYPE_CHECKING:
    from pkcs11._pkcs11 import lib as Library  # noqa: N812 - a class with a lower-case name

_SOFTHSM = "SoftHSM"
_TPM = "libtpm2_pkcs11"
_KEEPS_WHAT_IT_READ = "libykcs11"
_SETTLING_SECONDS = 1.0
_PAUSE = 0.1


class Slots:
    """The tokens of a started module. ``ended`` is told before it is started anew, which ends every login."""

    def __init__(self, library: Library, path: str, *, ended: Callable[[], None]) -> None:
        self._library = library
        self._ended = ended
        self._softhsm = library.manufacturer_id.startswith(_SOFTHSM)
        self._tpm = Path(path).name.startswith(_TPM)
        self._keeps = Path(path).name.startswith(_KEEPS_WHAT_IT_READ)
        self._serials: dict[int, str] = {}
        self._lost = False

    @property
    def stays(self) -> bool:
        """Whether the module says that a token is there without having looked."""
        return self._tpm

    def failed(self) -> None:
        """Note a failure of which nobody can say what it was: a module with a connection may have lost it."""
        self._lost = self._tpm

    def described(self, *, logged_in: bool) -> list[dict[str, object]]:
        """Describe every token that is present; readers without a card, and cards it cannot read, are left out."""
        if (self._softhsm or self._lost) and not logged_in:
            self.restart()  # another process may have made one since
        present = self._present()
        if self._keeps and not logged_in and any(token.flags & TokenFlag.USER_PIN_LOCKED for _, token in present):
            self.restart()  # another program may have unblocked it since
            present = self._present()
        found = []
        for slot, token in present:
            with contextlib.suppress(PKCS11Error):
                described = describe_token(slot, token)
                # The blank slot, out of which the next token would be made, is none.
                if described["initialised"] or not (self._softhsm or self._tpm):
                    found.append(described)
        return found

    def describe(self, slot: int, serial: str, *, logged_in: bool) -> dict[str, object]:
        """Describe one token with its PIN counter as it is now; raise TokenRemoved.

        Where ykcs11 keeps the counter, that takes a restart, which would end every login: then it is the last known.
        """
        if (self._keeps or self._lost) and not logged_in:
            self.restart()
        return describe_token(*self._find(slot, serial))

    def token(self, slot: int, serial: str) -> Token:
        """Return the token, if it still is the one in that slot; raise TokenRemoved."""
        return self._find(slot, serial)[1]

    def holds(self, slot: int, serial: str, *, settled: bool = False) -> bool:
        """Whether that token is in that slot; with ``settled``, still after the reader had time to notice."""
        end = time.monotonic() + _SETTLING_SECONDS
        while True:
            try:
                place, _ = self._find(slot, serial)
            except (PKCS11Error, errors.TokenRemoved):
                return False
            if not settled or not place.flags & SlotFlag.REMOVABLE_DEVICE or time.monotonic() >= end:
                return True
            time.sleep(_PAUSE)

    def restart(self) -> None:
        """Finalise the module and start it anew."""
        self._ended()
        self._serials.clear()
        self._library.reinitialize()
        self._lost = False

    def _find(self, slot: int, serial: str) -> tuple[Slot, Token]:
        for place, token in self._present():
            if place.slot_id == slot and serial_of(token) == serial:
                return place, token
        raise errors.TokenRemoved

    def _present(self) -> list[tuple[Slot, Token]]:
        found = self._look()
        if self._keeps:
            serials = _serials(found)
            if any(serials.get(slot) != serial for slot, serial in self._serials.items()):
                self.restart()
                found = self._look()
            self._serials = _serials(found)
        return found

    def _look(self) -> list[tuple[Slot, Token]]:
        found = []
        for slot in self._library.get_slots(token_present=True):
            with contextlib.suppress(PKCS11Error):
                found.append((slot, slot.get_token()))
        return found


def _serials(found: list[tuple[Slot, Token]]) -> dict[int, str]:
    return {slot.slot_id: serial_of(token) for slot, token in found}
