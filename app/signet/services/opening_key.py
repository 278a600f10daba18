"""Which key of a card is to open a vault: what could is tried for real, and the best is taken."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable

from signet.errors import TokenKeyNotFound, TokenKeyUnusable
from signet.formats.header import Scheme
from signet.tokens import trial
from signet.tokens.model import Scheme as TokenScheme
from signet.tokens.model import TokenKey
from signet.tokens.session import TokenSession

HIDDEN = "no public key can be read before login, so the card could not be recognised"
MIN_RSA_BITS = 2048
"""NIST SP 800-131A: shorter keys no longer protect anything."""


def _candidates(session: TokenSession, key_id: str | None) -> list[TokenKey]:
    keys = list(session.keys())
    if key_id is None:
        return keys
    wanted = key_id.lower()
    chosen = [
        key for key in keys if key.id.hex() == wanted or (len(wanted) >= 8 and _fingerprint(key).startswith(wanted))
    ]
    if len(chosen) != 1:
        raise TokenKeyNotFound(key=key_id)
    return chosen


def choose_key(
    session: TokenSession, readable: Container[bytes], key_id: str | None
) -> tuple[TokenKey, Scheme, bool]:
    """Try every scheme on every key for real and return the best with its scheme, and whether it is used raw.

    ``readable`` are the public keys (SPKI, DER) that show themselves before login; ``key_id`` is that of the only key
    that is wanted (`_candidates`). Raises TokenKeyNotFound, TokenKeyUnusable.
    """
    candidates = [key for key in _candidates(session, key_id) if key.public_key in readable]
    if not candidates:
        raise TokenKeyUnusable(reason=HIDDEN)
    tried: list[tuple[TokenKey, trial.Trial]] = []
    reasons: list[str] = []
    for key in candidates:
        if too_short(key):
            reasons.append(f"its RSA key is too short; {MIN_RSA_BITS} bits are the least")
            continue
        trials = trial.try_schemes(session, key)
        tried += [(key, one) for one in trials]
        reasons += [one.why for one in trials if not one.worked]
    found = best_trial(tried)
    if found is None:
        raise TokenKeyUnusable(reason=reasons[0] if reasons else "there is no key on the card that could unlock")
    key, best = found
    return key, Scheme(best.scheme.value), best.raw


def best_trial(tried: Iterable[tuple[TokenKey, trial.Trial]]) -> tuple[TokenKey, trial.Trial] | None:
    """Return the key and scheme by which a token would open a vault; None if none worked.

    Keys that are meant for it come first, then the best scheme, then the first key: what a key does against what is
    said of it, another module may refuse. Keys that are too short count for nothing.
    """
    order = [scheme.value for scheme in Scheme]
    worked = [(key, one) for key, one in tried if one.worked and not too_short(key)]
    return min(worked, key=lambda pair: (not _meant(*pair), order.index(pair[1].scheme.value)), default=None)


def _meant(key: TokenKey, tried: trial.Trial) -> bool:
    return key.can_derive if tried.scheme is TokenScheme.ECDH_X else key.can_decrypt


def too_short(key: TokenKey) -> bool:
    """Whether an RSA key is below what may open a vault."""
    return key.is_rsa and int(key.spec.removeprefix("RSA_")) < MIN_RSA_BITS


def _fingerprint(key: TokenKey) -> str:
    return hashlib.sha256(key.public_key).hexdigest()
