"""What opens age files: a passphrase, identities given in files, the vault's own X25519 keys.

A file does not name whom it is for, so every key that could be is tried; each goes through the one door for it, once
a batch, those first that ask nobody for anything. A key that opened none of the files gives back what it took of its
limits, and its entry says that it did not fit.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from signet.audit.canonical import Detail
from signet.audit.entry import Outcome
from signet.crypto.age import unwrap, wanted
from signet.crypto.age_keytexts import MAX_FILE, AgeIdentity, identity_of, parse_identities
from signet.crypto.age_plugins import PluginKey
from signet.crypto.age_recipients import PassphraseIdentity, X25519Identity, memory_of, work_factor_of
from signet.errors import (
    FileSecretIncorrect,
    KeyNotHere,
    KeyProblem,
    NotUnlocked,
    Refused,
    SecretMissing,
    SignetError,
)
from signet.formats.age import Header
from signet.keys.model import Key
from signet.keys.spec import KeySpec, Protection
from signet.keys.state import Effect, Operation, allows
from signet.secret import Secret
from signet.services.age_names import kinds_at
from signet.services.files_items import opened, places_of
from signet.services.prompt import Prompt, SecretKind, SecretRequest
from signet.services.session import Session
from signet.services.use import Grant, use_key
from signet.store.foreign import translated

_X25519 = "X25519"


@dataclass(frozen=True)
class Unlocked:
    """A file key, which the caller wipes, and the grant of the vault's key that opened it, if one did."""

    file_key: Secret = field(repr=False)
    grant: Grant | None = None


def read_identities(prompt: Prompt, path: str) -> tuple[AgeIdentity, ...]:
    """Read a file of identities or a private key of OpenSSH, asking for its passphrase if it has one.

    Raises SourceNotFound and kin, FileSecretIncorrect, SecretMissing, KeyMaterialInvalid, FormatUnrecognised.
    """
    with opened(path) as descriptor, translated(path):
        data = Secret(os.pread(descriptor, MAX_FILE + 1, 0))
    what = f"passphrase of the private key in {os.path.basename(path)}"
    with data:
        return parse_identities(
            data, lambda: prompt.secret(SecretRequest(kind=SecretKind.FILE_PASSPHRASE, what=what))
        )


class AgeOpening:
    """Opens the headers of one batch's age files; leaving ``with`` ends its grants and wipes what it was told."""

    def __init__(self, session: Session, *, paths: Sequence[str], identities: Sequence[AgeIdentity] = ()) -> None:
        self._session = session
        self._paths = paths
        self._identities = [each for each in identities if not isinstance(each, PluginKey)]
        self.plugins = tuple(each for each in identities if isinstance(each, PluginKey))
        self.agreed = False
        """Whether the person said that the programs of `plugins` may be run."""
        self._passphrase: Secret | None = None
        self._tried: dict[str, tuple[Grant, X25519Identity] | SignetError] = {}
        self._opened: set[str] = set()
        self._stack = ExitStack()

    @property
    def grants(self) -> list[Grant]:
        """The grants of the keys that opened a file so far."""
        return [each[0] for key, each in self._tried.items() if isinstance(each, tuple) and key in self._opened]

    def open(self, header: Header, path: str) -> Unlocked:
        """Find what opens a file; raise KeyNotHere, FileSecretIncorrect, why a key may not be used, Cancelled.

        Raises FormatUnrecognised for a passphrase that would cost more than is tried, before anybody is asked.
        """
        factor = work_factor_of(header.stanzas)
        if factor is not None:
            return Unlocked(self._by_passphrase(header, path, factor))
        with suppress(KeyNotHere):
            return Unlocked(unwrap(header, self._identities)[0])
        refusal: SignetError | None = None
        if any(stanza.kind == _X25519 for stanza in header.stanzas):
            for key in self._candidates():
                answer = self._ask(key)
                if isinstance(answer, SignetError):
                    refusal = answer if isinstance(answer, NotUnlocked) else refusal or answer
                    continue
                with suppress(KeyNotHere):
                    file_key = unwrap(header, [answer[1]])[0]
                    self._opened.add(key.id)
                    return Unlocked(file_key, answer[0])
        raise refusal or KeyNotHere(wanted=f"age: {wanted(header)}{self._left_out(header)}")

    def _by_passphrase(self, header: Header, path: str, factor: int) -> Secret:
        """Ask for the passphrase; the one that opened the file before is tried first, and asked for anew."""
        if self._passphrase is not None:
            with suppress(FileSecretIncorrect):
                return unwrap(header, [PassphraseIdentity(self._passphrase)])[0]
        found: list[Secret] = []

        def check(typed: Secret) -> None:
            found[:] = [unwrap(header, [PassphraseIdentity(typed)])[0]]

        request = SecretRequest(
            kind=SecretKind.FILE_PASSPHRASE,
            what=f"passphrase of “{os.path.basename(path)}”",
            purpose=f"Trying it takes a moment, and {memory_of(factor)} MiB of memory.",
            check=check,
        )
        try:
            passphrase = self._session.workplace.prompt.secret(request)
        except SecretMissing:
            if self._passphrase is not None:  # the one that there is was tried
                raise FileSecretIncorrect(what="passphrase") from None
            raise
        if not found:  # it came from a file
            try:
                check(passphrase)
            except BaseException:
                passphrase.wipe()
                raise
        if self._passphrase is not None:
            self._passphrase.wipe()
        self._passphrase = passphrase
        return found[0]

    def _candidates(self) -> list[Key]:
        """The keys that could open it, those that ask nobody for anything first."""
        with self._session.records.read() as reading:
            keys = [key for key in reading.keys.all() if _fits(key) and allows(key.state, Effect.PROCESS)]
            asking = {key.id: _asks(key, bool(reading.policies.get(key.id).policy.rules)) for key in keys}
        return sorted(keys, key=lambda key: asking[key.id])

    def _left_out(self, header: Header) -> str:
        """Name the keys that were not tried because their state forbids it: the file could be for one of them."""
        if all(stanza.kind != _X25519 for stanza in header.stanzas):
            return ""
        with self._session.records.read() as reading:
            idle = [key for key in reading.keys.all() if _fits(key) and not allows(key.state, Effect.PROCESS)]
        names = ", ".join(f"“{key.alias}” is {key.state.value}" for key in idle)
        return f"; not tried: {names}" if names else ""

    def _ask(self, key: Key) -> tuple[Grant, X25519Identity] | SignetError:
        if key.id not in self._tried:
            self._tried[key.id] = self._through_the_door(key)
        return self._tried[key.id]

    def _through_the_door(self, key: Key) -> tuple[Grant, X25519Identity] | SignetError:
        details: dict[str, Detail] = {"files": len(self._paths), "format": "age"}
        try:
            with ExitStack() as stack:
                door = use_key(
                    self._session,
                    key.id,
                    Operation.DECRYPT,
                    by_id=True,
                    details=details,
                    uses=self._uses(key.id),
                )
                grant = stack.enter_context(door)
                with grant.material() as material:
                    identity = identity_of(material)
                self._stack.push(stack.pop_all())
        except (KeyProblem, NotUnlocked, Refused) as error:
            return error
        return grant, identity

    def _uses(self, key_id: str) -> int | None:
        """How many files could be for such a key, where its limits count them; None for the door's own count."""
        with self._session.records.read() as reading:
            if reading.policies.get(key_id).policy.most_uses is None:
                return None
        paths = dict(zip(places_of(self._paths), self._paths, strict=True)).values()
        return max(sum(_X25519 in kinds_at(path) for path in paths), 1)

    def __enter__(self) -> Self:
        self._stack.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._passphrase is not None:
            self._passphrase.wipe()
        for key_id, answer in self._tried.items():
            if isinstance(answer, tuple) and key_id not in self._opened and kind is None:
                answer[0].finish(Outcome.FAILED, unused=True, error=KeyNotHere.__name__)
        self._stack.__exit__(kind, value, trace)


def _fits(key: Key) -> bool:
    return key.spec is KeySpec.X25519 and key.protection is not Protection.TOKEN


def _asks(key: Key, limited: bool) -> int:
    return (1 if limited else 0) + (2 if key.protection is Protection.GUARDED else 0)
