"""What one job asks a person for before it uses keys: a guard of a guarded key (DESIGN.md, section 2), a card.

A job asks once, however many files and versions it has. The card that opened the vault serves without being asked
for again where it is still logged in; otherwise a guard's card that is present is asked for its PIN, and where none
is, the recovery code, if that is a guard. One try each: what failed once is not asked for again in the same job.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from signet.audit.entry import Draft, Outcome
from signet.crypto.guarding import unwrap_guard_key
from signet.errors import (
    Cancelled,
    CardNeeded,
    GuardIncorrect,
    KeyGuardNotFound,
    KeyOutOfReach,
    ModuleError,
    SignetError,
    TokenLoginLost,
    TokenRemoved,
)
from signet.formats.header import MethodKind, UnlockMethod
from signet.keys.model import GuardCopy, Key
from signet.secret import Secret
from signet.services.enrolment import check_opens
from signet.services.job_logins import JobLogins
from signet.services.presenting import present_code
from signet.services.session import Session
from signet.services.ways import Presenter, SharedPresenter
from signet.tokens.model import PinState, Token

PRESENT = "PresentGuard"
PRESENT_CARD = "PresentCard"
_ABOUT_ONE_KEY = (KeyGuardNotFound, KeyOutOfReach, GuardIncorrect)
"""Nobody was asked in vain: another key of the job may have guards that are here, and whole copies."""
_PRESENTABLE = (MethodKind.TOKEN, MethodKind.RECOVERY_CODE)


class Guarding:
    """The guards that one job has presented, and the guard keys that they opened; leaving ``with`` ends both.

    ``logins`` are those on cards, which the other parts of the job share.
    """

    def __init__(self, session: Session) -> None:
        self.logins = JobLogins(session)
        self._session = session
        self._presenters: dict[str, Presenter] = {}
        self._keys: dict[tuple[str, int], Secret] = {}
        self._failure: SignetError | None = None
        self.confirmed: set[str] = set()
        """Keys, by id, whose use in this job the person has confirmed."""

    def present(self, key: Key, number: int, *, purpose: str, of: int | None = None) -> None:
        """Have one guard of a key presented and open that version's guard key; recorded, naming the entry ``of``.

        ``purpose`` is the sentence that says what for. Raises KeyGuardNotFound if no guard is here, GuardIncorrect,
        Cancelled, TokenError, PinError, SecretMissing and kin; and the same again if somebody was asked in vain in
        this job before.
        """
        if (key.id, number) in self._keys:
            return
        if self._failure is not None:
            raise self._failure
        try:
            method = self._open(key, number, purpose)
        except Cancelled:
            self._record(key, Outcome.CANCELLED, of)
            raise
        except SignetError as error:
            if not isinstance(error, _ABOUT_ONE_KEY):
                self._failure = error
            self._record(key, Outcome.FAILED, of, error=type(error).__name__)
            raise
        self._session.proven()
        self._record(key, Outcome.DONE, of, method=method.id, label=method.label)

    def present_card(self, key: Key, *, purpose: str, of: int | None = None) -> None:
        """Have a card in the reader that opens the vault: the one that did, or one that is presented now; recorded.

        Raises CardNeeded if none is here, and as `present` does.
        """
        cards = [method for method in self._session.header.methods if method.kind is MethodKind.TOKEN]
        known = [method for method in cards if method.id in (self._session.method.id, *self._presenters)]
        if any(self._token_of(method, last=False) is not None for method in known):
            return
        if self._failure is not None:
            raise self._failure
        try:
            method = self._present_card(key, cards, purpose)
        except Cancelled:
            self._record(key, Outcome.CANCELLED, of, operation=PRESENT_CARD)
            raise
        except SignetError as error:
            if not isinstance(error, CardNeeded):
                self._failure = error
            self._record(key, Outcome.FAILED, of, operation=PRESENT_CARD, error=type(error).__name__)
            raise
        self._session.proven()
        self._record(key, Outcome.DONE, of, operation=PRESENT_CARD, method=method.id, label=method.label)

    def _present_card(self, key: Key, cards: Sequence[UnlockMethod], purpose: str) -> UnlockMethod:
        found = [(method, self._token_of(method, last=len(cards) == 1)) for method in cards]
        here = [(method, token) for method, token in found if token is not None]
        if not here:
            named = " or ".join(f"“{method.label}”" for method in cards) or "none does"
            raise CardNeeded(key=key.alias, name=named)
        method, token = here[0]
        presenter = SharedPresenter(self.logins.login(token, purpose=purpose), method.public_key, Secret(b""))
        check_opens(presenter, method, self._session.header, self._session.master)
        self._presenters[method.id] = presenter
        return method

    def guard_key(self, key: Key, number: int) -> Secret:
        """Return a copy of a version's guard key; the guard that was presented opens it if it is another version."""
        if (key.id, number) not in self._keys:
            self._open(key, number, "")
        return self._keys[(key.id, number)].copy()

    def let_go(self) -> None:
        """Log the cards out and forget what was typed; the guard keys that were opened stay."""
        while self._presenters:
            self._presenters.popitem()[1].close()
        self.logins.close()
        self._session.let_go()

    def close(self) -> None:
        """Let go, and wipe the guard keys."""
        try:
            self.let_go()
        finally:
            for secret in self._keys.values():
                secret.wipe()
            self._keys.clear()

    def _open(self, key: Key, number: int, purpose: str) -> UnlockMethod:
        """Open a version's guard key with a guard that is at hand, else with one that is presented now."""
        with self._session.records.read() as reading:
            copies = {copy.method_id: copy for copy in reading.guards.of_key(key.id) if copy.number == number}
        guards = [method for method in self._session.header.methods if method.id in copies]
        kept = self._session.presenter
        if kept is not None and self._session.method.id in copies:
            # Used for something else since, or taken out: it is asked for anew, or another guard is.
            with suppress(TokenLoginLost, TokenRemoved):
                return self._unwrap(copies[self._session.method.id], kept)
        for method_id, presenter in tuple(self._presenters.items()):
            if method_id in copies:
                with suppress(TokenLoginLost, TokenRemoved):
                    return self._unwrap(copies[method_id], presenter)
                del self._presenters[method_id]  # nothing to wipe: it is a card's
        method, presenter = self._presented(key, guards, purpose)
        self._presenters[method.id] = presenter
        return self._unwrap(copies[method.id], presenter)

    def _presented(self, key: Key, guards: Sequence[UnlockMethod], purpose: str) -> tuple[UnlockMethod, Presenter]:
        if not guards:
            raise KeyOutOfReach(key=key.alias)
        method = self._at_hand(guards)
        if method is None:
            named = " or ".join(f"“{guard.label}”" for guard in guards)
            raise KeyGuardNotFound(key=key.alias, name=named)
        session = self._session
        if method.kind is MethodKind.RECOVERY_CODE:
            # Nobody can see which code is on which sheet; whichever of the key's is typed will do.
            codes = [guard for guard in guards if guard.kind is MethodKind.RECOVERY_CODE]
            second = method.id != session.method.id
            return present_code(session.workplace, session.header, codes, second=second, purpose=purpose)
        found = session.workplace.hub.find_key(method.public_key)
        if found is None:
            raise KeyGuardNotFound(key=key.alias, name=f"“{method.label}”")
        return method, SharedPresenter(self.logins.login(found[0], purpose=purpose), method.public_key, Secret(b""))

    def _at_hand(self, guards: Sequence[UnlockMethod]) -> UnlockMethod | None:
        """Choose the guard to ask for: what opened the vault first, cards that are here before a code."""
        able = [method for method in guards if method.kind in _PRESENTABLE]
        able.sort(key=lambda method: (method.id != self._session.method.id, method.kind is not MethodKind.TOKEN))
        blocked = None
        for method in able:
            if method.kind is MethodKind.RECOVERY_CODE:
                return method
            token = self._token_of(method, last=len(able) == 1)
            if token is not None and token.pin_state is not PinState.LOCKED:
                return method
            blocked = blocked or (method if token is not None else None)
        return blocked

    def _token_of(self, method: UnlockMethod, *, last: bool) -> Token | None:
        try:
            found = self._session.workplace.hub.find_key(method.public_key)
        except ModuleError:
            if last:
                raise
            return None
        return None if found is None else found[0]

    def _unwrap(self, copy: GuardCopy, presenter: Presenter) -> UnlockMethod:
        header = self._session.header
        method = header.method(copy.method_id)
        if method is None:
            raise ValueError("a guard that is no way in")
        exchange = presenter.exchange(method, header)
        self._keys[(copy.key_id, copy.number)] = unwrap_guard_key(copy, method, header, exchange=exchange)
        return method

    def _record(
        self, key: Key, outcome: Outcome, of: int | None, *, operation: str = PRESENT, **details: str
    ) -> None:
        # What went wrong first is what the person has to hear; the use's own end is written besides.
        done = outcome is Outcome.DONE
        try:
            with self._session.records.change() as change:
                change.append(Draft(operation, outcome, key=key.id, of=of, details=details))
        except SignetError:
            if done:
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
