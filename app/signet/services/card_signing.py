"""Signing with a card while no vault is open: its own key and certificate, the same makers as for keys of a vault.

There is no log to record it in; whoever offers this says so (`NOTHING_RECORDED`). Raw signatures are not made: a
card's key may vouch for a way into somebody's vault, and here nobody could tell (DESIGN.md, section 3). One PIN a
batch; a key that wants it for every signature gets it each time, and after the first error of the card no further
file is tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, suppress

from signet.crypto.certificate_facts import read_facts
from signet.documents.wishes import Form, Wish
from signet.errors import (
    Cancelled,
    CertificateProblem,
    KeyUsageRefused,
    NameAmbiguous,
    NetworkProblem,
    SignetError,
    TokenError,
    TokenKeyNotFound,
    UsageError,
)
from signet.services.card_certificates import CardCertificate, card_certificates, chain_on_card
from signet.services.files_items import Item, Tally, Target, Targets, opened, places_of
from signet.services.prompt import SecretKind
from signet.services.signing_forms import Choose, Means, form_of, makers
from signet.services.signing_makers import Task, make_one, proof_of
from signet.services.signing_places import ResultPlaces
from signet.services.token_login import MIN_KEY_PREFIX, Login, logged_in
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Progress, Workplace
from signet.store.output import Output
from signet.tokens.hub import fingerprint
from signet.tokens.model import Token, TokenKey
from signet.tokens.signing import TokenSigningKey

NOTHING_RECORDED = "No vault was open, so no log records that you signed."
"""What is said with every signature made here."""
_NO_VAULT = ""
_USUAL = Wish()


def card_keys(workplace: Workplace, token: Token) -> tuple[tuple[TokenKey, tuple[CardCertificate, ...]], ...]:
    """Return the card's keys that may sign, each with its certificates; those meant for signatures first.

    Read without a PIN; some cards show keys only after it, and show none here. Raises TokenRemoved, ModuleError.
    """
    certificates = card_certificates(workplace, token)
    above = {read_facts(each).public_key for found in certificates for each in found.chain[1:]}
    found: list[tuple[TokenKey, tuple[CardCertificate, ...]]] = []
    for key in workplace.hub.keys(token):
        own = tuple(each for each in certificates if each.public_key == key.public_key)
        if key.can_sign and (own or key.public_key not in above):
            found.append((key, own))
    return tuple(sorted(found, key=lambda each: _rank(each[1])))


def sign_with_card(
    workplace: Workplace,
    paths: Sequence[str],
    *,
    token: Token,
    key: str = "",
    wish: Wish = _USUAL,
    output: str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> tuple[Item, ...]:
    """Sign each file with a key of a card, as `signet.services.signing.sign_files` does with one of a vault.

    ``key`` is a CKA_ID in hexadecimal or how the key's SHA-256 begins; "" takes the only one that fits best. The PIN
    is asked for once everything else is clear. Raises UsageError, NameAmbiguous, TokenKeyNotFound,
    NoSigningCertificate and kin, KeyUnsuited, SecretMissing, PinError, TokenError.
    """
    if output is not None and len(paths) > 1:
        raise UsageError(reason="--output names one result, and there are several files.")
    if wish.form is Form.RAW:
        raise UsageError(reason="Raw signatures are made with keys of a vault: open it, and name the key with --key.")
    if not paths:
        return ()
    tally = Tally(paths, progress=progress, cancelled=cancelled)
    places = places_of(paths)
    targets = Targets(places, own=_NO_VAULT, output=None, overwrite=overwrite)
    with ExitStack() as stack:
        chosen = _choose_key(card_keys(workplace, token), token, key)
        if chosen is not None:  # else it may be one that is seen only after the PIN
            means = _means(*chosen, wish)
            form = form_of(means, wish, None)
        login = stack.enter_context(logged_in(workplace, token, kind=SecretKind.PIN))
        if chosen is None:
            chosen = _after_login(login, card_certificates(workplace, token), key)
            means = _means(*chosen, wish)
            form = form_of(means, wish, None)
        signer = _signer(login, chosen[0])
        choose = stack.enter_context(makers(workplace, means, form, wish=wish, raw=None, cancelled=cancelled))
        work = _Work(choose, signer, ResultPlaces(targets, output), tally, overwrite=overwrite)
        return work.run(paths, places)


def _rank(certificates: Sequence[CardCertificate]) -> int:
    if any(each.can_sign and each.for_signatures for each in certificates):
        return 0
    return 1 if certificates else 2


def _choose_key(
    found: Sequence[tuple[TokenKey, tuple[CardCertificate, ...]]], token: Token, name: str
) -> tuple[TokenKey, tuple[CardCertificate, ...]] | None:
    """Return the one that is meant; None if the card shows none before its PIN. NameAmbiguous, TokenKeyNotFound."""
    if name:
        wanted = name.lower()
        by_id = [each for each in found if each[0].id.hex() == wanted]
        prefix = len(wanted) >= MIN_KEY_PREFIX
        fitting = by_id or [each for each in found if prefix and fingerprint(each[0].public_key).startswith(wanted)]
        return fitting[0] if len(fitting) == 1 else None
    if not found:
        return None
    best = [each for each in found if _rank(each[1]) == _rank(found[0][1])]
    if len(best) > 1:
        listed = tuple(f"{key.id.hex()} ({_called(key, own)})" for key, own in best)
        raise NameAmbiguous(name=token.label, candidates=listed)
    return best[0]


def _called(key: TokenKey, certificates: Sequence[CardCertificate]) -> str:
    return certificates[0].facts.common_name if certificates else key.label or key.spec


def _after_login(
    login: Login, certificates: Sequence[CardCertificate], name: str
) -> tuple[TokenKey, tuple[CardCertificate, ...]]:
    held = login.keys()
    keys = [each for each in held if each.can_sign and each.private_seen]
    if name:
        key = login.find_key(name)
    elif len(keys) == 1:
        (key,) = keys
    elif keys:
        listed = tuple(f"{each.id.hex()} ({each.label or each.spec})" for each in keys)
        raise NameAmbiguous(name=login.token.label, candidates=listed)
    else:
        raise TokenKeyNotFound(key="for signing")
    return key, tuple(each for each in certificates if each.public_key == key.public_key)


def _means(key: TokenKey, certificates: Sequence[CardCertificate], wish: Wish) -> Means:
    name = key.label or key.id.hex()
    try:
        chain = chain_on_card(certificates, name=name, fingerprint=wish.certificate)
    except CertificateProblem as error:
        lapsed = any(each.for_signatures for each in certificates)
        return Means(name, key.spec, key.public_key, none=error, lapsed=lapsed)
    return Means(name, key.spec, key.public_key, chain)


def _signer(login: Login, wanted: TokenKey) -> TokenSigningKey:
    """Find the key again now that the card shows all; raise TokenKeyNotFound, KeyUsageRefused."""
    every = login.keys()
    for held in every:
        if held.public_key == wanted.public_key:
            if not held.can_sign:
                raise KeyUsageRefused(key=held.label or held.id.hex(), usage="something else", operation="sign")
            return TokenSigningKey(login.session, held, pin=login.pin_for(held))
    raise TokenKeyNotFound(key=wanted.id.hex())


class _Work:
    """What all files of one batch share."""

    def __init__(
        self, choose: Choose, signer: TokenSigningKey, places: ResultPlaces, tally: Tally, *, overwrite: bool
    ) -> None:
        self._choose = choose
        self._signer = signer
        self._places = places
        self._tally = tally
        self._overwrite = overwrite
        self._broken: SignetError | None = None

    def run(self, paths: Sequence[str], places: Sequence[Target]) -> tuple[Item, ...]:
        """Do every file once and return the items, in order; a cancel fails what is left with Cancelled."""
        items: list[Item] = []
        seen: set[Target] = set()
        with suppress(Cancelled):
            for index, (path, place) in enumerate(zip(paths, places, strict=True)):
                self._tally.check()
                if place in seen:
                    items.append(Item(path, None, "skipped"))
                else:
                    seen.add(place)
                    items.append(self._item(index, path, place))
                self._tally.finished(index)
        items += [Item(path, None, "failed", Cancelled()) for path in paths[len(items) :]]
        return tuple(items)

    def _item(self, index: int, path: str, place: Target) -> Item:
        try:
            return self._one(index, path, place)
        except Cancelled:
            raise
        except SignetError as error:
            if isinstance(error, TokenError | NetworkProblem):
                self._broken = error
            return Item(path, None, "failed", error)

    def _one(self, index: int, path: str, place: Target) -> Item:
        if self._broken is not None:
            raise self._broken
        with opened(path) as source:
            maker = self._choose(source, path)
            target = self._places.claim(place, maker)
            with Output(target.path) as output:
                task = Task(
                    path=path,
                    source=source,
                    output=output,
                    signer=self._signer,
                    on_token=True,
                    progress=self._tally.within(index),
                    cancelled=self._tally.cancelled,
                )
                made = make_one(maker, task)
                output.publish(overwrite=self._overwrite)
        return Item(path, target.path, "done", said=made.said, proof=proof_of(maker.form, made))
