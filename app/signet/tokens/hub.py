"""Every token that the modules show: found, named, opened. The parent's side; blocking and thread-safe."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self, TypeVar

from signet import errors
from signet.keys.spec import KeySpec
from signet.secret import Secret
from signet.tokens.model import Mechanism, PinState, Token, TokenCertificate, TokenKey, TokenKeyUsage
from signet.tokens.pin_setting import TokenPins, is_opensc, needs_another
from signet.tokens.process import Environment, ModuleProcess
from signet.tokens.public import certificates_from, keys_from
from signet.tokens.session import TokenSession, pair_parameters
from signet.tokens.waiting import WaitFor, Waiting, nobody_waits, watched

__all__ = ["KEY_GENERATION_LIMIT", "PIN_PAD_LIMIT", "TIME_LIMIT", "TokenHub", "TokenSession", "fingerprint"]

TIME_LIMIT = 20.0  # seconds: cards that ask for a touch wait 15
PIN_PAD_LIMIT = 90.0  # seconds that a person has for typing on the reader
KEY_GENERATION_LIMIT = 120.0  # seconds: RSA with 4096 bits takes a smartcard up to two minutes
_SHORTEST_PREFIX = 8  # hex digits of a key's SHA-256 that may stand for a token


class TokenHub:
    """The tokens of several modules, each module in a child process of its own, started when first needed.

    A child that crashed or was late is ended and another started at the next call. ``modules`` are real paths in
    order of preference (`signet.tokens.modules.find_modules`). If there is exactly one, its failure is raised; of
    several, the failures are kept in `problems` and the others work on. ``waiting`` is told when a token takes long.
    """

    def __init__(
        self,
        modules: Sequence[str],
        *,
        environment: Environment | None = None,
        time_limit: float = TIME_LIMIT,
        key_generation_limit: float = KEY_GENERATION_LIMIT,
        waiting: Waiting = nobody_waits,
    ) -> None:
        self._environment = environment or {}
        self._time_limit = time_limit
        self._processes = {path: self._process_of(path) for path in modules}
        self._key_generation_limit = key_generation_limit
        self._waiting = waiting
        self.problems: tuple[errors.ModuleError, ...] = ()

    def tokens(self) -> tuple[Token, ...]:
        """Return every token that is present, each once: of several modules that show it, the first wins.

        Raises ModuleError if there is only one module and it fails; otherwise see `problems`.
        """
        found: list[Token] = []
        problems: list[errors.ModuleError] = []
        for process in self._processes.values():
            try:
                found += _tokens(process)
            except errors.ModuleError as error:
                problems.append(error)
        self.problems = tuple(problems)
        if problems and len(self._processes) == 1:
            raise problems[0]
        return self._without_doubles(found)

    def _without_doubles(self, found: Sequence[Token]) -> tuple[Token, ...]:
        """Leave out what another module showed already: serial numbers differ, as ykcs11's and OpenSC's do."""
        if len({token.module for token in found}) < 2:
            return tuple(found)
        kept: list[tuple[Token, frozenset[str]]] = []
        for token in found:
            keys = self._fingerprints(token)
            if not any(token.module != other.module and _same(token, keys, other, known) for other, known in kept):
                kept.append((token, keys))
        return tuple(token for token, _ in kept)

    def _fingerprints(self, token: Token) -> frozenset[str]:
        try:
            return frozenset(fingerprint(key.public_key) for key in self.keys(token))
        except errors.TokenError:
            return frozenset()

    def find(self, name: str) -> Token:
        """Return the token of that name: exact label, else serial, else prefix of the SHA-256 of one of its keys.

        The prefix is in hex, at least 8 digits. Raises NameAmbiguous, TokenNotFound.
        """
        present = self.tokens()
        by_key = [] if len(name) < _SHORTEST_PREFIX else self._with_key(present, name.lower())
        for matching in (
            [token for token in present if token.label == name],
            [token for token in present if token.serial == name],
            by_key,
        ):
            if len(matching) == 1:
                return matching[0]
            if matching:
                listed = tuple(f"{token.label} ({token.serial})" for token in matching)
                raise errors.NameAmbiguous(name=name, candidates=listed)
        raise errors.TokenNotFound(name=name)

    def _with_key(self, present: Sequence[Token], prefix: str) -> list[Token]:
        return [token for token in present if any(known.startswith(prefix) for known in self._fingerprints(token))]

    def refreshed(self, token: Token) -> Token:
        """Return the token with its PIN state as it is now, for the moment before a PIN is asked for.

        Another program may have spent tries or unblocked the PIN since. A module that keeps what it read first
        (ykcs11) tells the present state only while no login through it is in force. Raises TokenRemoved, ModuleError.
        """
        process = self._process(token)
        return _described(process, [process.call("refresh", slot=token.slot, serial=token.serial)])[0]

    def keys(self, token: Token) -> tuple[TokenKey, ...]:
        """Return the keys whose public half can be read: without login, or with one if it is logged in."""
        found = self._process(token).listed("objects", slot=token.slot, serial=token.serial)
        return keys_from(found, module=token.module)

    def certificates(self, token: Token) -> tuple[TokenCertificate, ...]:
        """Return the certificates that can be read: without login, or with one if it is logged in."""
        found = self._process(token).listed("objects", slot=token.slot, serial=token.serial)
        return certificates_from(found, module=token.module)

    def mechanisms(self, token: Token) -> tuple[Mechanism, ...]:
        """Return what the module says the token can compute, by number; what it really does, only a trial shows."""
        process = self._process(token)
        try:
            return tuple(
                Mechanism(_of(str, item["name"]), *(_of(int, item[name]) for name in ("number", "least", "most")))
                for item in process.listed("mechanisms", slot=token.slot, serial=token.serial)
            )
        except (KeyError, ValueError) as error:
            raise process.crashed() from error

    def find_key(self, public_key: bytes) -> tuple[Token, TokenKey] | None:
        """Return the token that is present and holds that public key (DER SubjectPublicKeyInfo), with its key.

        A key pair is nothing but its public key: label, slot and serial number do not count.
        """
        wanted = fingerprint(public_key)
        for token in self.tokens():
            try:
                for key in self.keys(token):
                    if fingerprint(key.public_key) == wanted:
                        return token, key
            except errors.TokenError:
                continue  # this one was just taken out, or cannot be read; the key may be on another
        return None

    def present_keys(self) -> frozenset[str]:
        """Return the fingerprints of all keys on the tokens that are present; raise ModuleError as `tokens` does."""
        return frozenset().union(*(self._fingerprints(token) for token in self.tokens()))

    def login(self, token: Token, pin: Secret) -> TokenSession:
        """Log in: one try, never a second. An empty PIN on a reader with a keypad asks there.

        Raises PinIncorrect (``final_try`` as the token's flags say), PinLocked, PinLengthInvalid, TokenRemoved,
        ModuleError. An earlier login on the same token ends.
        """
        process = self._process(token)
        if token.pin_pad and len(pin) == 0:
            with watched(self._waiting, token.label, WaitFor.PIN_PAD, PIN_PAD_LIMIT) as cancelled:
                epoch, number = process.login(
                    slot=token.slot, serial=token.serial, pin=None, time_limit=PIN_PAD_LIMIT, cancelled=cancelled
                )
        else:
            epoch, number = process.login(slot=token.slot, serial=token.serial, pin=pin.reveal())
        return TokenSession(
            process,
            token=token,
            epoch=epoch,
            number=number,
            key_generation_limit=self._key_generation_limit,
            pin_pad_limit=PIN_PAD_LIMIT,
            waiting=self._waiting,
        )

    def pins(self, token: Token) -> TokenPins:
        """Return what changes and unblocks the PIN of a token; raise ModuleNotFound."""
        return TokenPins(
            self._process(token),
            token,
            through=self._opensc_view(token),
            special=self._process_of,
            waiting=self._waiting,
        )

    def _opensc_view(self, token: Token) -> tuple[ModuleProcess, Token] | None:
        """OpenSC with that card, where the card's own module cannot unblock it; itself if it is OpenSC's.

        None also if two cards there have these keys, as a card and its copy do, and their readers do not tell them
        apart: a PUK must not go to the other one.
        """
        if is_opensc(token.module):
            return self._process(token), token
        if not needs_another(token.module):
            return None
        keys = self._fingerprints(token)
        found: list[tuple[ModuleProcess, Token]] = []
        for process in self._processes.values():
            with contextlib.suppress(errors.TokenError):
                for other in _tokens(process) if is_opensc(process.path) else ():
                    in_one_reader = bool(token.reader) and token.reader == other.reader
                    if in_one_reader or _same(token, keys, other, self._fingerprints(other)):
                        found.append((process, other))
        if len(found) > 1:
            found = [(process, other) for process, other in found if other.reader == token.reader]
        return found[0] if len(found) == 1 else None

    def _process_of(self, path: str, extra: Mapping[str, str] | None = None) -> ModuleProcess:
        """The child of a module, with ``extra`` environment for one that is asked for a single thing."""
        environment = self._environment
        if extra is not None:
            environment = {**(environment() if callable(environment) else environment), **extra}
        return ModuleProcess(path, environment=environment, time_limit=self._time_limit)

    def make_as_officer(
        self, token: Token, officer: Secret, *, spec: KeySpec, label: str, usage: TokenKeyUsage, key_id: bytes
    ) -> None:
        """Make a key pair under ``key_id`` where not the PIN but the management key allows it (ykcs11).

        ``officer`` is the management key in hexadecimal. Every login on the token ends. Raises
        ManagementKeyIncorrect, TokenPlaceTaken if something is there, UsageError, TokenFull, TokenRemoved,
        ModuleError.
        """
        self._process(token).call(
            "generate_as_officer",
            time_limit=self._key_generation_limit,
            slot=token.slot,
            serial=token.serial,
            officer=officer.reveal(),
            pair=pair_parameters(spec=spec, label=label, usage=usage, key_id=key_id),
        )

    def initialise(self, module: str, *, label: str, pin: Secret, so_pin: Secret) -> Token:
        """Make a new token in the module's first blank slot; for software tokens. Logins in that module end.

        Raises PinLengthInvalid, TokenFull, ModuleError.
        """
        process = self._processes[module]
        serial = process.call("initialise", label=label, pin=pin.reveal(), so_pin=so_pin.reveal())
        for token in self.tokens():
            if token.serial == serial and token.module == module:
                return token
        raise errors.TokenNotFound(name=label)

    def _process(self, token: Token) -> ModuleProcess:
        if token.module not in self._processes:
            raise errors.ModuleNotFound(module=token.module)
        return self._processes[token.module]

    def close(self) -> None:
        """End every child; logins end with them."""
        for process in self._processes.values():
            process.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def fingerprint(public_key: bytes) -> str:
    """Return SHA-256 of a DER SubjectPublicKeyInfo in hex: what a key on a token is recognised by."""
    return hashlib.sha256(public_key).hexdigest()


def _same(token: Token, keys: frozenset[str], other: Token, known: frozenset[str]) -> bool:
    """Whether two modules show the same card: one may show more of its keys, such as the one for attestation."""
    if not keys or not known:
        return keys == known and token.serial == other.serial
    return keys <= known or known <= keys


def _tokens(process: ModuleProcess) -> list[Token]:
    """Ask one module for its tokens; raise ModuleCrashed if the answer is not of the agreed shape."""
    return _described(process, process.listed("tokens"))


def _described(process: ModuleProcess, answer: Sequence[object]) -> list[Token]:
    try:
        return [_token(process.path, item) for item in answer]
    except (KeyError, ValueError, TypeError) as error:
        raise process.crashed() from error


def _token(module: str, item: object) -> Token:
    if not isinstance(item, Mapping):
        raise ValueError("no description")
    return Token(
        label=_of(str, item["label"]),
        serial=_of(str, item["serial"]),
        model=_of(str, item["model"]),
        manufacturer=_of(str, item["manufacturer"]),
        module=module,
        slot=_of(int, item["slot"]),
        present=True,
        initialised=_of(bool, item["initialised"]),
        pin_state=PinState(_of(str, item["pin_state"])),
        pin_pad=_of(bool, item["pin_pad"]),
        firmware=_version(item["firmware"]),
        reader=_of(str, item["reader"]),
    )


def _version(value: object) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("no version")
    return _of(int, value[0]), _of(int, value[1])


_Kind = TypeVar("_Kind", str, int, bool)


def _of(kind: type[_Kind], value: object) -> _Kind:
    if type(value) is not kind:
        raise ValueError("a value of another type")
    return value
