"""What every service works with: places, settings, clock, prompt and the tokens of this computer."""

from __future__ import annotations

import getpass
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from signet.audit.entry import Actor
from signet.clock import Clock
from signet.errors import PinIncorrect, PinSentBefore, TokenError
from signet.secret import Secret
from signet.services.places import Places
from signet.services.prompt import Prompt
from signet.services.refused_pins import RefusedPins
from signet.store.pins import Pins
from signet.store.settings import read_settings
from signet.tokens.hub import TokenHub
from signet.tokens.model import Token
from signet.tokens.modules import find_modules
from signet.tokens.session import TokenSession
from signet.tokens.software import SoftwareTokens
from signet.tokens.waiting import Wait

if sys.platform != "win32":
    import pwd


class Workplace:
    """One per process: made by the front end, given to every service; `close` ends the token children.

    ``module`` is the one PKCS#11 module that the person wants used, or None to find them.
    """

    def __init__(
        self, *, places: Places, clock: Clock, prompt: Prompt, front_end: str, module: str | None = None
    ) -> None:
        self.places = places
        self.clock = clock
        self.prompt = prompt
        self.front_end = front_end
        self.module = module
        self.pins = Pins(places.pins)
        self.settings = read_settings(places.settings)
        self.software_tokens = SoftwareTokens(places.data)
        self.refused_pins = RefusedPins()
        self._hub: TokenHub | None = None
        self._stops: dict[int, Cancelled] = {}
        self._lock = threading.Lock()

    @property
    def hub(self) -> TokenHub:
        """The tokens of this computer; modules are looked for, and started, when first needed."""
        with self._lock:
            if self._hub is None:
                modules = find_modules(chosen=self.module, configured=self.settings.modules)
                self._hub = TokenHub(
                    modules,
                    environment=self.software_tokens.environment(),
                    time_limit=self.settings.token_time_limit,
                    waiting=self._waits,
                )
            return self._hub

    def login(self, token: Token, pin: Secret) -> TokenSession:
        """Log in as `TokenHub.login` does; a PIN that the card has refused already is not sent: PinSentBefore."""
        if self.refused_pins.refuses(token, pin):
            raise PinSentBefore(token=token.label)
        try:
            session = self.hub.login(token, pin)
        except PinIncorrect:
            if len(pin):  # else it was typed on the reader, and nobody knows which
                self.refused_pins.refused(token, pin)
            with suppress(TokenError):
                self.refused_pins.look(self.hub.refreshed(token))
            raise
        self.refused_pins.forget(token)
        return session

    def refresh_tokens(self) -> TokenHub:
        """Start the modules anew, for instance after a software token was made."""
        self._close_hub()
        return self.hub

    @contextmanager
    def stoppable(self, stop: Cancelled) -> Iterator[None]:
        """Within it, in this thread, waiting for a card ends too once ``stop`` says so; it must not block."""
        thread = threading.get_ident()
        before = self._stops.get(thread)
        self._stops[thread] = stop
        try:
            yield
        finally:
            if before is None:
                del self._stops[thread]
            else:
                self._stops[thread] = before

    def _waits(self, wait: Wait | None) -> bool:
        """Tell the person that a card waits; return whether to give up."""
        given_up = self.prompt.waiting(wait)
        stop = self._stops.get(threading.get_ident())
        return given_up or (stop is not None and stop())

    def actor(self, method_id: str = "") -> Actor:
        """Who acts, as the audit log names them."""
        return Actor(method=method_id, user=_system_user(), front_end=self.front_end)

    def close(self) -> None:
        """End the token children; can be called twice."""
        self._close_hub()

    def _close_hub(self) -> None:
        with self._lock:
            hub, self._hub = self._hub, None
        if hub is not None:
            hub.close()

    def __enter__(self) -> Workplace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _system_user() -> str:
    """The account that the process runs as; the environment, which anyone may set, is only asked on Windows."""
    if sys.platform == "win32":
        return getpass.getuser()
    user = os.geteuid()
    try:
        name = pwd.getpwuid(user).pw_name
    except KeyError:  # no such user in the system's list, as in some containers
        return str(user)
    return name.encode("utf-8", "replace").decode("utf-8")


Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""
Cancelled = Callable[[], bool]
"""Asked now and then; True stops the work."""
