"""Recovery shares: a secret split so that any k of n shares give it back (SLIP-39, SatoshiLabs).

A set is one group without a passphrase: 32 bytes of secret, 33 words a share, iteration exponent 0 (the secret is
random, so nobody guesses at it), not extendable (any implementation since 2019 reads it). Errors never hold a word,
only where it stands. The library is imported when shares are made or read: starting has to be quick.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from signet.errors import HeaderDamaged, SecretIncorrect, ShareForeign, ShareMalformed
from signet.formats.header import UnlockMethod
from signet.secret import Secret

SECRET_BYTES = 32
SHARE_WORDS = 33
"""7 words of identifier, parameters and checksum, 26 of the 256 bits (SLIP-39, "Format of the share mnemonic")."""
MIN_THRESHOLD = 2
MAX_SHARES = 16
"""Member indices have 4 bits (SLIP-39)."""
MAX_TEXT = 1024
"""Characters that a typed share may have; 33 words of at most 8 letters have 296."""
PREFIX = 4
"""No two of the 1024 words begin with the same four letters (SLIP-39, "Wordlist")."""

_IDENTIFIERS = 1 << 15
_EXPONENT = 0
_WHAT = "set of recovery shares"


@dataclass(frozen=True)
class ShareSet:
    """A set as the header describes it: its 15-bit identifier, how many shares open it, how many there are."""

    identifier: int
    threshold: int
    shares: int

    def parameters(self) -> tuple[tuple[str, str | int], ...]:
        """The scheme parameters of the shares' way in."""
        return (("identifier", self.identifier), ("shares", self.shares), ("threshold", self.threshold))

    @classmethod
    def of(cls, method: UnlockMethod) -> ShareSet:
        """Read a header's parameters; raise HeaderDamaged if no such set can be."""
        identifier, threshold, shares = map(method.parameter, ("identifier", "threshold", "shares"))
        if isinstance(identifier, str) or isinstance(threshold, str) or isinstance(shares, str):
            raise HeaderDamaged(reason="the parameters of recovery shares cannot be read")
        if not (0 <= identifier < _IDENTIFIERS and MIN_THRESHOLD <= threshold <= shares <= MAX_SHARES):
            raise HeaderDamaged(reason="the parameters of recovery shares are outside the limits")
        return cls(identifier, threshold, shares)

    def holds(self, share: Share) -> bool:
        """Whether a share is one of this set, as far as it says itself."""
        same = (share.identifier, share.threshold) == (self.identifier, self.threshold)
        return same and share.index < self.shares


@dataclass(frozen=True)
class Share:
    """One share: its set's identifier and threshold, its own index from 0, and its words, in lower case."""

    identifier: int
    threshold: int
    index: int
    words: Secret

    def same_words(self, other: Share) -> bool:
        """Whether the two are one share."""
        return hmac.compare_digest(self.words.reveal(), other.words.reveal())


def split_secret(secret: Secret, *, threshold: int, shares: int) -> tuple[Share, ...]:
    """Split 32 bytes into ``shares`` shares of which any ``threshold`` give them back.

    The first and the last ``threshold`` of them are combined as proof. Raises ValueError outside
    2 <= threshold <= shares <= 16.
    """
    from shamir_mnemonic import generate_mnemonics

    if len(secret) != SECRET_BYTES:
        raise ValueError("the secret of recovery shares has 32 bytes")
    if not MIN_THRESHOLD <= threshold <= shares <= MAX_SHARES:
        raise ValueError("no such number of recovery shares")
    [mnemonics] = generate_mnemonics(
        1, [(threshold, shares)], bytes(secret.reveal()), extendable=False, iteration_exponent=_EXPONENT
    )
    made = tuple(read_share(Secret.from_text(mnemonic)) for mnemonic in mnemonics)
    for some in (made[:threshold], made[-threshold:]):
        with combine_shares([share.words for share in some]) as back:
            if back != secret:
                raise RuntimeError("the shares do not give their secret back")
    return made


def read_share(text: Secret) -> Share:
    """Read a typed share by itself: its words, its checksum, its form. ``text`` is left as it is.

    Words may be shortened to their first four letters, and case does not matter. Raises ShareMalformed, with the
    place of a word that is none; ShareForeign if it is SLIP-39 but not of a set as Signet makes them.
    """
    from shamir_mnemonic import MnemonicError
    from shamir_mnemonic import Share as Decoded

    words = _words(text)
    try:
        share = Decoded.from_mnemonic(words)
    except MnemonicError:
        share = None  # what it says holds words, so it is let go before anything is raised
    if share is None:
        raise ShareMalformed(reason="its checksum does not fit, so a word is wrong, or two are swapped")
    groups = (share.group_index, share.group_threshold, share.group_count)
    plain = not share.extendable and share.iteration_exponent == _EXPONENT
    if groups != (0, 1, 1) or not plain or share.member_threshold < MIN_THRESHOLD:
        raise ShareForeign
    return Share(share.identifier, share.member_threshold, share.index, Secret.from_text(words))


def is_whole(text: Secret) -> bool:
    """Whether as many words are typed as a share has, the last of them written out: nothing more is to come."""
    from shamir_mnemonic.wordlist import WORDLIST

    typed = text.reveal().decode("utf-8", "replace").lower().split()
    return len(typed) >= SHARE_WORDS and typed[-1] in WORDLIST


def combine_shares(mnemonics: Sequence[Secret], *, passphrase: bytes = b"") -> Secret:
    """Give back the secret of exactly as many shares as their set needs.

    ``passphrase`` is SLIP-39's own, which Signet's shares do not have. Raises SecretIncorrect, one error whatever is
    wrong with them.
    """
    from shamir_mnemonic import MnemonicError, combine_mnemonics

    try:
        return Secret(combine_mnemonics([words.text() for words in mnemonics], passphrase))
    except MnemonicError:
        pass  # what it says holds words
    raise SecretIncorrect(what=_WHAT)


def _words(text: Secret) -> str:
    """Return 33 words of the list in lower case; raise ShareMalformed."""
    from shamir_mnemonic.wordlist import WORDLIST

    if len(text) > MAX_TEXT:
        raise ShareMalformed(reason="it is too long")
    known = {word[:PREFIX]: word for word in WORDLIST}
    typed = text.reveal().decode("utf-8", "replace").lower().split()
    words = []
    for place, word in enumerate(typed, start=1):
        full = known.get(word[:PREFIX], "")
        if len(word) < PREFIX or not full.startswith(word):
            raise ShareMalformed(reason=f"word {place} is not one that a share can have")
        words.append(full)
    if len(words) != SHARE_WORDS:
        raise ShareMalformed(reason=f"it has {len(words)} words, and a share has {SHARE_WORDS}")
    return " ".join(words)
