"""One login a card for one job: a card may be a key's guard and hold keys that open files, in the same batch.

A second login ends the first (`signet.tokens.hub`), so all parts of a job share one. A PIN that was asked for in vain
is not asked for again in the same job: a batch stops at the first wrong PIN.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress

from signet.errors import Cancelled, SignetError, TokenLoginLost, TokenRemoved
from signet.services.checkpoints import before_login_ends
from signet.services.presenting import identity_of
from signet.services.session import Session
from signet.services.token_login import Login, logged_in, pin_kind
from signet.services.ways import TokenPresenter
from signet.tokens.model import Token
from signet.tokens.session import TokenSession


class JobLogins:
    """The cards that one job has logged in to; `close` logs them out. The session's own login is used, not ended."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._logins: dict[str, Login] = {}
        self._failures: dict[str, SignetError] = {}
        self._stack = ExitStack()

    def login(self, token: Token, *, purpose: str) -> TokenSession:
        """Return the login on a card; the first time its PIN is asked for, with the sentence that says what for.

        One that was lost since, by a reset or another program, is made anew by asking again. Raises PinError,
        SecretMissing, Cancelled, TokenError; and the same again if somebody was asked for this card in vain before.
        """
        place = identity_of(token)
        if place in self._failures:
            raise self._failures[place]
        own = self._logins.get(place)
        for known in (own.session if own else None, self._kept(token)):
            if known is not None:
                with suppress(TokenLoginLost, TokenRemoved):
                    known.keys()
                    return known
        self._session.let_go()  # the card may be the very one that opened the vault: it is logged in anew
        kind = pin_kind(self._session, token)
        try:
            login = self._stack.enter_context(logged_in(self._session.workplace, token, kind=kind, purpose=purpose))
        except Cancelled:
            raise
        except SignetError as error:
            self._failures[place] = error
            raise
        self._logins[place] = login
        return login.session

    def close(self) -> None:
        """Log out everywhere, and wipe the PINs; what failed may be asked for again.

        A card that is a way in signs a checkpoint of the log first, if one is due.
        """
        for login in self._logins.values():
            before_login_ends(self._session, login)
        self._logins.clear()
        self._failures.clear()
        stack, self._stack = self._stack, ExitStack()
        stack.close()

    def _kept(self, token: Token) -> TokenSession | None:
        """The login that opened the vault, if it is kept and on this card."""
        presenter = self._session.presenter
        if isinstance(presenter, TokenPresenter) and identity_of(presenter.login.token) == identity_of(token):
            return presenter.login
        return None
