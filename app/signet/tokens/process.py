"""One module's child process, as seen from the parent: started when first needed, again after it ended."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping

from signet import errors
from signet.child import Child, ChildDied, ChildFailed, ChildTimedOut
from signet.tokens.holders import sentence_about_others

_RETRY_SECONDS = 30.0
#: One that hangs or crashes whenever it is to look for cards would stop every look at the others.
_REST_SECONDS = 10.0
_LOOKING = "tokens"
Environment = Mapping[str, str] | Callable[[], Mapping[str, str]]


class ModuleProcess:
    """The child that hosts the module at ``path``; thread-safe.

    ``epoch`` counts the children: a login made in an earlier one is gone. ``environment`` is read anew before each
    use without a login, because the folder of software tokens may appear while Signet runs; a change starts a new
    child. A module that does not start, or never says which cards are there, is not tried again for a while: it would
    cost a process, or the whole time limit, at every look.
    """

    def __init__(self, path: str, *, environment: Environment, time_limit: float) -> None:
        self.path = path
        self.epoch = 0
        self._environment = environment
        self._time_limit = time_limit
        self._lock = threading.RLock()
        self._child: Child | None = None
        self._started_with: dict[str, str] = {}
        self._logins: set[int] = set()
        self._refusal: errors.ModuleError | None = None
        self._refused_until = 0.0
        self._crashes = 0

    @property
    def time_limit(self) -> float:
        """Seconds that a call may take if nothing else is said."""
        return self._time_limit

    def call(
        self,
        method: str,
        *,
        epoch: int | None = None,
        time_limit: float | None = None,
        cancelled: Callable[[], bool] | None = None,
        **parameters: object,
    ) -> object:
        """Ask the child; with ``epoch``, only the child of that epoch.

        Raises TokenLoginLost if that one is gone, ModuleTimedOut, ModuleCrashed, ModuleUnusable, ModuleNotFound,
        Cancelled, and what the operation itself raises.
        """
        return self.ask(method, parameters, epoch=epoch, time_limit=time_limit, cancelled=cancelled)

    def ask(
        self,
        method: str,
        parameters: Mapping[str, object],
        *,
        epoch: int | None = None,
        time_limit: float | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> object:
        """As `call`."""
        child = self._running(epoch)
        return self._ask(child, method, time_limit or self._time_limit, cancelled, parameters)

    def listed(self, method: str, *, epoch: int | None = None, **parameters: object) -> list[dict[str, object]]:
        """Ask for a list of descriptions; raises as `call` does, ModuleCrashed also if the answer is none."""
        found = self._ask(self._running(epoch), method, self._time_limit, None, parameters)
        if isinstance(found, list) and all(isinstance(item, dict) for item in found):
            return found
        raise self.crashed()

    def crashed(self) -> errors.ModuleCrashed:
        """End a child whose answers make no sense, and return what to raise: nothing it says can be relied on."""
        self.close()
        return errors.ModuleCrashed(module=self.path)

    def _ask(
        self,
        child: Child,
        method: str,
        time_limit: float,
        cancelled: Callable[[], bool] | None,
        parameters: Mapping[str, object],
    ) -> object:
        try:
            answer = child.request(method, timeout=time_limit, cancelled=cancelled, **parameters)
            self._crashes = 0 if method == _LOOKING else self._crashes
            return answer
        except ChildTimedOut as error:
            late = errors.ModuleTimedOut(module=self.path, seconds=error.seconds, others=sentence_about_others())
            if method == _LOOKING:
                self._refuse(late, _REST_SECONDS)
            raise late from None
        except ChildDied:
            crashed = errors.ModuleCrashed(module=self.path)
            if method == _LOOKING:
                self._crashes += 1
                if self._crashes > 1:  # the first may have another reason
                    self._refuse(crashed, _REST_SECONDS)
            raise crashed from None
        except ChildFailed as error:
            raise errors.TokenOperationFailed(operation=method, code=error.kind) from None

    def _refuse(self, error: errors.ModuleError, seconds: float) -> None:
        """Do not try the module again for a while."""
        with self._lock:
            self._refusal, self._refused_until = error, time.monotonic() + seconds

    def _running(self, epoch: int | None) -> Child:
        with self._lock:
            environment = dict(self._environment() if callable(self._environment) else self._environment)
            if self._child is not None and not self._logins and environment != self._started_with:
                self._child.close()
            if environment != self._started_with:
                self._refusal = None
            if self._child is not None and self._child.alive:
                if epoch is not None and epoch != self.epoch:
                    raise errors.TokenLoginLost
                return self._child
            if epoch is not None:
                raise errors.TokenLoginLost
            self.close()  # one that died by itself leaves its end of the socket
            self._started_with = environment
            if self._refusal is not None and time.monotonic() < self._refused_until:
                raise type(self._refusal)(**self._refusal.details)
            self._child = self._start(environment)
            self.epoch += 1
            return self._child

    def _start(self, environment: Mapping[str, str]) -> Child:
        try:
            child = Child.spawn("token", environment=environment)
        except ChildDied as error:
            raise errors.ModuleCrashed(module=self.path) from error
        try:
            self._ask(child, "load", self._time_limit, None, {"module": self.path})
        except errors.ModuleError as error:
            self._refuse(error, _RETRY_SECONDS)
            child.close()
            raise
        except BaseException:
            child.close()
            raise
        self._refusal = None
        return child

    def login(
        self,
        *,
        slot: int,
        serial: str,
        pin: bytearray | None,
        time_limit: float | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> tuple[int, int]:
        """Log in and return the epoch and the number of the login."""
        with self._lock:
            self._running(None)
            epoch = self.epoch
        number = self.call(
            "login", epoch=epoch, time_limit=time_limit, cancelled=cancelled, slot=slot, serial=serial, pin=pin
        )
        if not isinstance(number, int):
            raise self.crashed()
        with self._lock:
            if epoch == self.epoch:
                self._logins.add(number)
        return epoch, number

    def logout(self, *, epoch: int, login: int, slot: int) -> None:
        """End that login, if it is still there; never fails, because a login dies with its child at the latest."""
        with contextlib.suppress(errors.TokenError):
            self.call("logout", epoch=epoch, slot=slot, login=login)
        with self._lock:
            self._logins.discard(login)

    def close(self) -> None:
        """End the child; the next call starts another."""
        with self._lock:
            if self._child is not None:
                self._child.close()
            self._child = None
            self._logins.clear()
