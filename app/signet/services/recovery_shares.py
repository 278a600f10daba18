"""Recovery shares as they are given back: one after the other, each looked at by itself, until there are enough."""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from signet.crypto import typed
from signet.crypto.shares import SHARE_WORDS, Share, ShareSet, combine_shares, read_share
from signet.errors import SecretIncorrect, SecretMissing, ShareForeign, ShareRepeated, SharesTooFew
from signet.formats.header import UnlockMethod, VaultHeader
from signet.secret import Secret
from signet.services.prompt import SecretKind, SecretRequest
from signet.services.ways import TypedPresenter
from signet.services.workplace import Workplace

WHAT = "set of recovery shares"


class GivenShares:
    """The shares given so far, for one of the ways in ``methods``; the first share shows which sets it can be.

    Raises HeaderDamaged if the header describes a set that cannot be.
    """

    def __init__(self, methods: Sequence[UnlockMethod]) -> None:
        self._sets = [(method, ShareSet.of(method)) for method in methods]
        self._shares: list[Share] = []

    @property
    def given(self) -> int:
        """How many different shares are there."""
        return len(self._shares)

    @property
    def needed(self) -> int:
        """How many open the vault; of several sets the least, until a share shows which one it is."""
        return min(made.threshold for _, made in self._sets)

    @property
    def complete(self) -> bool:
        """Whether there are enough."""
        return self.given >= self.needed

    def check(self, text: Secret) -> None:
        """Raise ShareMalformed, ShareForeign or ShareRepeated if a share cannot be added; nothing changes."""
        self._read(text).words.wipe()

    def add(self, text: Secret) -> None:
        """Take one more share; raise what `check` raises. ``text`` is left as it is."""
        share = self._read(text)
        self._sets = [(method, made) for method, made in self._sets if made.holds(share)]
        self._shares.append(share)

    def open(self, header: VaultHeader) -> tuple[UnlockMethod, Secret]:
        """Combine what is there; return the way in whose public key fits, and the secret. Raises SecretIncorrect."""
        secret = combine_shares([share.words for share in self._shares[: self.needed]])
        public_key = typed.public_key_of(secret, header.salt)
        for method, _ in self._sets:
            if hmac.compare_digest(method.public_key, public_key):
                return method, secret
        secret.wipe()
        raise SecretIncorrect(what=WHAT)

    def lines(self) -> Secret:
        """What is there, one share a line, as a prompt may answer with it."""
        return Secret(b"\n".join(share.words.reveal() for share in self._shares))

    def wipe(self) -> None:
        """Wipe the shares."""
        for share in self._shares:
            share.words.wipe()
        self._shares.clear()

    def _read(self, text: Secret) -> Share:
        share = read_share(text)
        for other in self._shares:
            if share.same_words(other):
                raise ShareRepeated
            if share.index == other.index:
                raise ShareForeign
        if not any(made.holds(share) for _, made in self._sets):
            raise ShareForeign
        return share


def present_shares(
    workplace: Workplace, header: VaultHeader, methods: Sequence[UnlockMethod], *, kind: SecretKind
) -> tuple[UnlockMethod, TypedPresenter]:
    """Ask for shares until there are enough; an answer may hold several, one a line.

    Raises ShareMalformed, ShareForeign, ShareRepeated, SharesTooFew, SecretIncorrect, and what the prompt raises.
    """
    shares = GivenShares(methods)
    try:
        while not shares.complete:
            _ask(workplace, shares, kind)
        method, secret = shares.open(header)
    finally:
        shares.wipe()
    return method, TypedPresenter(secret, what=WHAT)


def _ask(workplace: Workplace, shares: GivenShares, kind: SecretKind) -> None:
    request = SecretRequest(
        kind=kind,
        what=f"recovery share ({shares.given + 1} of {shares.needed})",
        rule=""
        if shares.given
        else f"Any shares of the set, in any order, {SHARE_WORDS} words each; four letters of a word are enough.",
        long=True,
        words=SHARE_WORDS,
        check=shares.check,
    )
    try:
        answer = workplace.prompt.secret(request)
    except SecretMissing as error:
        if shares.given:
            raise SharesTooFew(given=shares.given, needed=shares.needed) from error
        raise
    with answer:
        lines = [line for line in bytes(answer.reveal()).split(b"\n") if line.strip()]
        for line in lines or [b""]:
            with Secret(line) as share:
                shares.add(share)
