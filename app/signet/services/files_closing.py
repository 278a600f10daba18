"""For whom files that are re-encrypted are to be: for those that are named, or for those that they are for by now.

Where nobody is named, everybody stays who could open the file, under the newest version of the vault's key; somebody
may be added or taken off. Whom Signet does not know cannot stay, and goes only where the person names all others.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from signet.crypto.esdk_ecdh import recipient_name
from signet.crypto.esdk_keys import RawAesKeyring
from signet.errors import KeyNotFound, KeyProblem, NotUnlocked, RecipientUnknown, Refused, SignetError, UsageError
from signet.formats.esdk import MessageHeader
from signet.keys.model import Key
from signet.keys.policy import Later
from signet.keys.spec import Protection
from signet.keys.state import Operation
from signet.services.files_card import keyring_for, refuse_no_files, second_key
from signet.services.files_encrypt import vault_keyring
from signet.services.files_inspect import shown, vault_key
from signet.services.files_people import Addressee, file_keys
from signet.services.files_recipients import Recipients, recipients_of
from signet.services.files_wanted import Wanted
from signet.services.guarding import Guarding
from signet.services.key_pairs import own_pairs
from signet.services.session import Session
from signet.services.use import Grant, use_key


@dataclass(frozen=True)
class Changes:
    """Who is added to the recipients of a message and who is taken off; nobody: they stay as they are."""

    add: tuple[Addressee, ...] = ()
    without: tuple[Addressee, ...] = ()


class ClosingKeys:
    """Grants for `Operation.RE_ENCRYPT` with their keyrings, one a key for the whole batch; ``with`` ends them."""

    def __init__(
        self, session: Session, guarding: Guarding, *, files: int, wanted: Wanted, changes: Changes | None = None
    ) -> None:
        self._session = session
        self._guarding = guarding
        self._files = files
        self._wanted = wanted
        self._changes = changes or Changes()
        self._answers: dict[str, tuple[Grant, RawAesKeyring] | SignetError] = {}
        self._fixed: Recipients | None = None
        self._known: dict[str, Addressee] | None = None
        self._stack = ExitStack()

    @property
    def grants(self) -> list[Grant]:
        """Every grant so far."""
        found = [answer[0] for answer in self._answers.values() if not isinstance(answer, SignetError)]
        fixed = () if self._fixed is None else self._fixed.grants
        return [*found, *(grant for grant in fixed if grant not in found)]

    def choose(self, name: str | None, second: str | None, people: Sequence[Addressee]) -> None:
        """Have every message go to this key and these persons; a card's key gets ``second`` too, as when encrypting.

        Raises what `use_key` and `second_key` raise.
        """
        if name is None:
            self._fixed = recipients_of((), None, (), people)
            return
        with self._session.records.read() as reading:
            key = reading.keys.find(name)
        other = second_key(self._session, key, second)
        grant = self._enter(name, by_id=False, own=False)
        grants = (grant,) if other is None else (self._enter(other.id, by_id=True, own=False), grant)
        keyring = vault_keyring(grants[0], self._stack.enter_context(grants[0].material()))
        beside = () if other is None else (keyring_for(grant.version.public_key or b"", grant.key.spec),)
        self._fixed = recipients_of(grants, keyring, beside, people)

    def of(self, header: MessageHeader, old: Grant) -> Recipients | None:
        """Return for whom the new message is in place of this one, which ``old`` opened; None if nothing changes.

        Raises RecipientUnknown, UsageError if nobody of this vault would be left, and what `use_key` raises, each
        time anew.
        """
        if self._fixed is not None:
            return self._fixed
        people, changed = self._people(header)
        if not changed and (self._changes.add or self._changes.without):
            return None
        keys = self._vault_keys(header)
        if not keys and old.key.protection is Protection.TOKEN:
            raise UsageError(reason=f"“{old.key.alias}” is on a card. Name the key that the file is to go to.")
        if not keys and not self._own(old, people):
            raise UsageError(reason="You could not open it yourself any more. Name a key of yours that it goes to.")
        answers = [self._answer(key) for key in keys]
        if not answers:
            return recipients_of((), None, (), people)
        grants, keyrings = zip(*answers, strict=True)
        first, *others = keyrings
        return recipients_of(tuple(grants), first, others, people)

    def _people(self, header: MessageHeader) -> tuple[list[Addressee], bool]:
        """The public keys that the new message is for, and whether they are others than before."""
        gone = {each.fingerprint for each in self._changes.without}
        known = self._everybody()
        before = [name for wrapped in header.encrypted_data_keys if (name := recipient_name(wrapped)) is not None]
        stay = [known[name] for name in before if name in known and name not in gone]
        unknown = [name for name in before if name not in known and name not in gone]
        if unknown:
            raise RecipientUnknown(name=unknown[0])
        come = [each for each in self._changes.add if each.fingerprint not in before]
        return [*stay, *come], bool(come) or len(stay) < len(before)

    def _vault_keys(self, header: MessageHeader) -> list[Key]:
        """The keys of this vault that stand in the header by name; raises RecipientUnknown for those of others."""
        found: dict[str, Key] = {}
        with self._session.records.read() as reading:
            for wrapped in header.encrypted_data_keys:
                if recipient_name(wrapped) is not None:
                    continue
                named = vault_key(wrapped)
                try:
                    key = None if named is None else reading.keys.get(named[0])
                except KeyNotFound:
                    key = None
                if key is None or not key.spec.is_symmetric:
                    provider = shown(wrapped.provider_id)
                    raise RecipientUnknown(name=provider if named is None else f"{provider} {shown(named[0])}")
                found[key.id] = key
        return list(found.values())

    def _everybody(self) -> dict[str, Addressee]:
        """Every public key that this vault knows, by its fingerprint; read once for the whole batch."""
        if self._known is None:
            with self._session.records.read() as reading:
                pairs, people = own_pairs(reading), reading.people.all()
            own = {name: Addressee(pair.key.alias, name, pair.public_key) for name, pair in pairs.items()}
            theirs = {
                key.fingerprint: Addressee(person.name, key.fingerprint, key.spki or b"")
                for person in people
                for key in file_keys(person)
            }
            self._known = {**theirs, **own}
        return self._known

    def _own(self, old: Grant, people: Sequence[Addressee]) -> bool:
        return any(each.public_key == old.version.public_key for each in people)

    def _answer(self, key: Key) -> tuple[Grant, RawAesKeyring]:
        if key.id not in self._answers:
            refuse_no_files(key)
            try:
                grant = self._enter(key.id, by_id=True, own=True)
                keyring = vault_keyring(grant, self._stack.enter_context(grant.material()))
            except (KeyProblem, NotUnlocked, Refused) as error:
                self._answers[key.id] = error
            else:
                self._answers[key.id] = (grant, keyring)
        answer = self._answers[key.id]
        if isinstance(answer, SignetError):
            raise answer
        return answer

    def _enter(self, name: str, *, by_id: bool, own: bool) -> Grant:
        """Go through the door; with ``own`` the files are those that this key opened, else all."""
        with self._session.records.read() as reading:
            limits = reading.policies.get(reading.keys.find(name).id)
        door = use_key(
            self._session,
            name,
            Operation.RE_ENCRYPT,
            details={"files": self._files},
            wraps=self._files,
            by_id=by_id,
            guarding=self._guarding,
            context=Later.EACH_FILE,
            uses=self._wanted.of(limits.key_id, limits.policy) if own and limits.policy.rules else self._files,
        )
        return self._stack.enter_context(door)

    def __enter__(self) -> Self:
        self._stack.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, value, trace)
