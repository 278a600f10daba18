"""The keys of the vault that open messages, each asked for once in a batch and only when a message needs it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from signet.audit.canonical import Detail
from signet.crypto.esdk_ecdh import recipient_name
from signet.crypto.esdk_keys import RawAesKeyring
from signet.crypto.esdk_pairs import PublicKeyring, keyring_with
from signet.crypto.software import load_material
from signet.errors import (
    CiphertextInvalid,
    ContextRequired,
    KeyLimited,
    KeyNotFound,
    KeyNotHere,
    KeyProblem,
    NotUnlocked,
    Refused,
    SignetError,
)
from signet.formats.esdk import EncryptedDataKey, MessageHeader
from signet.formats.esdk_keyring import PROVIDER_ID
from signet.keys.state import Operation
from signet.secret import Secret
from signet.services.files_card import card_opener, keyring_for
from signet.services.files_inspect import recipients, vault_key
from signet.services.files_wanted import Wanted
from signet.services.guarding import Guarding
from signet.services.key_pairs import OwnPair, own_pairs
from signet.services.openers import OpenerKind, openers
from signet.services.session import Session
from signet.services.use import Grant, use_key

_KEY_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LISTED = 4
"""Recipients that an error names."""


class OpeningKeys:
    """Grants for `Operation.DECRYPT`, one a key for the whole batch; leaving ``with`` ends them, wipes material.

    A guarded key asks for a guard when the first file under it comes; ``guarding`` is that of the whole job, if there
    are keys besides these.
    """

    def __init__(
        self,
        session: Session,
        details: Mapping[str, Detail],
        guarding: Guarding | None = None,
        *,
        wanted: Wanted | None = None,
    ) -> None:
        self._session = session
        self._details = details
        self._guarding = guarding or Guarding(session)
        self._wanted = wanted
        self._unfit: set[tuple[str, bytes]] = set()
        """Keys, by name, and messages that do not have the context which the key requires."""
        self._admitted: set[str] = set()
        """Keys, by name, that were let through for the message that is being opened."""
        self.opener: Grant | None = None
        """What opened the message that `grant_for` was asked about last, once it is open."""
        self._answers: dict[str, Grant | SignetError | None] = {}
        self._materials: dict[tuple[str, int], Secret] = {}
        self._pairs: Mapping[str, OwnPair] | None = None
        self._opening: dict[str, PublicKeyring] = {}
        """Keyrings of key pairs that were granted, by the key's id."""
        self._stack = ExitStack()
        self._stack.enter_context(self._guarding)

    @property
    def grants(self) -> list[Grant]:
        """Every grant so far."""
        return [answer for answer in self._answers.values() if isinstance(answer, Grant)]

    def grant_for(self, header: MessageHeader) -> Grant:
        """Return the grant of the first of the vault's keys that opens this message.

        Raises KeyNotHere if it holds none of them, and why the first one that it holds may not be used.
        """
        refusal: SignetError | None = None
        self._admitted, self.opener = set(), None
        for wrapped in self._in_order(header):
            answer = self._answer(wrapped, header)
            if isinstance(answer, Grant):
                limited = self._limited(answer, wrapped, header)
                if limited is None:
                    return answer
                answer = limited
            # What became of a PIN is heard before that a key is disabled.
            refusal = answer if isinstance(answer, NotUnlocked) else refusal or answer
        raise refusal or KeyNotHere(wanted=_wanted(self._session, header))

    def unwrap(self, header: MessageHeader) -> Secret:
        """Unwrap a message's data key, as the engine asks for it; raise KeyNotHere, CiphertextInvalid."""
        refusal: SignetError | None = None
        failure: SignetError | None = None
        for wrapped in self._in_order(header):
            # One after the other: a card is asked for only if what stands before it does not open the file.
            grant = self._answer(wrapped, header)
            if not isinstance(grant, Grant) or (_name(wrapped), header.message_id) in self._unfit:
                continue
            # What stands first may be there for show: a key after it has its own limits.
            limited = self._limited(grant, wrapped, header)
            if limited is not None:
                refusal = refusal or limited
                continue
            try:
                data_key = self._keyring(grant, wrapped).unwrap(wrapped, header.context)
            except CiphertextInvalid as error:
                failure = failure or error
            else:
                self.opener = grant
                return data_key
        answer = refusal or failure
        if answer is not None:
            raise answer
        self.grant_for(header)
        raise KeyNotHere(wanted=_wanted(self._session, header))

    def _limited(self, grant: Grant, wrapped: EncryptedDataKey, header: MessageHeader) -> KeyLimited | None:
        """Let a message through, once; return why the key's limits do not."""
        name = _name(wrapped)
        if name not in self._admitted:
            try:
                grant.admit(header.context)
            except KeyLimited as error:
                self._unfit.add((name, header.message_id))
                return error
            self._admitted.add(name)
        return None

    def _in_order(self, header: MessageHeader) -> list[EncryptedDataKey]:
        """The encrypted data keys: those that a key in the vault opens first, those for cards last."""

        def rank(wrapped: EncryptedDataKey) -> int:
            name = recipient_name(wrapped)
            pair = None if name is None else self._pair(name)
            return 0 if name is None else 1 if pair is None else 1 + pair.on_card

        return sorted(header.encrypted_data_keys, key=rank)

    def _pair(self, name: str) -> OwnPair | None:
        """The vault's key pair whose public half a message names; read once for the whole batch."""
        if self._pairs is None:
            with self._session.records.read() as reading:
                self._pairs = own_pairs(reading)
        return self._pairs.get(name)

    def _keyring(self, grant: Grant, wrapped: EncryptedDataKey) -> RawAesKeyring | PublicKeyring:
        if grant.key.id in self._opening:
            return self._opening[grant.key.id]
        number = (vault_key(wrapped) or ("", 0))[1]
        place = (grant.key.id, number)
        if place not in self._materials:
            self._materials[place] = self._stack.enter_context(grant.material(number))
        return RawAesKeyring(PROVIDER_ID, f"{grant.key.id}/{number}", self._materials[place])

    def _answer(self, wrapped: EncryptedDataKey, header: MessageHeader) -> Grant | SignetError | None:
        """Return the grant for what wrapped this, why it may not be used, or None if it is not in the vault."""
        name = recipient_name(wrapped)
        if name is not None:
            return self._asked(name, header, self._ask_pair)
        key_id, number = vault_key(wrapped) or ("", 0)
        # The name comes from the file: only an id may be looked up, and each only once.
        if not _KEY_ID.fullmatch(key_id):
            return None
        if key_id not in self._answers and not self._has(key_id, number):
            return None
        answer = self._asked(key_id, header, lambda name, file: self._ask(name, number, file))
        return None if isinstance(answer, Grant) and not answer.has(number) else answer

    def _has(self, key_id: str, number: int) -> bool:
        """Whether the vault has that version of a symmetric key; a header may name any key as if it were one."""
        try:
            with self._session.records.read() as reading:
                reading.keys.version(key_id, number)
                return reading.keys.get(key_id).spec.is_symmetric
        except KeyNotFound:
            return False

    def _asked(
        self, name: str, header: MessageHeader, ask: Callable[[str, MessageHeader], Grant | SignetError | None]
    ) -> Grant | SignetError | None:
        """Ask for a key once; what only this file lacks is no answer for the others."""
        if name in self._answers:
            return self._answers[name]
        if (name, header.message_id) in self._unfit:
            return None
        answer = ask(name, header)
        if isinstance(answer, ContextRequired):
            self._unfit.add((name, header.message_id))
        else:
            self._answers[name] = answer
        return answer

    def _uses(self, name: str, key_id: str) -> int | None:
        """How many files will want this key, where that matters; None for the door's own count."""
        with self._session.records.read() as reading:
            policy = reading.policies.get(key_id).policy
        asked = policy.confirm or policy.most_uses is not None
        return self._wanted.of(name, policy) if asked and self._wanted is not None else None

    def _ask(self, key_id: str, number: int, header: MessageHeader) -> Grant | SignetError:
        try:
            return self._stack.enter_context(
                use_key(
                    self._session,
                    key_id,
                    Operation.DECRYPT,
                    by_id=True,
                    version=number,
                    details=self._details,
                    guarding=self._guarding,
                    context=header.context,
                    uses=self._uses(key_id, key_id),
                )
            )
        except (KeyProblem, NotUnlocked, Refused) as error:  # a guard that was not presented is not asked for again
            return error

    def _ask_pair(self, name: str, header: MessageHeader) -> Grant | SignetError | None:
        """Go through the door with a key pair; where a card holds it, have that card logged in."""
        pair = self._pair(name)
        if pair is None:
            return None
        door = use_key(
            self._session,
            pair.key.id,
            Operation.DECRYPT,
            by_id=True,
            details=self._details,
            guarding=self._guarding,
            context=header.context,
            uses=self._uses(name, pair.key.id),
        )
        try:
            with ExitStack() as stack:
                grant = stack.enter_context(door)
                keyring = self._opener(grant, pair)
                self._stack.push(stack.pop_all())
        except (KeyProblem, NotUnlocked, Refused) as error:
            return error
        self._opening[pair.key.id] = keyring
        return grant

    def _opener(self, grant: Grant, pair: OwnPair) -> PublicKeyring:
        if pair.on_card:
            purpose = f"To decrypt with “{pair.key.alias}”, which is on this card."
            opener = card_opener(self._session, pair.key, pair.public_key, self._guarding.logins, purpose=purpose)
            return keyring_for(pair.public_key, pair.key.spec, opener)
        with grant.material() as material:
            return keyring_with(load_material(material, pair.key.spec), pair.public_key)

    def __enter__(self) -> Self:
        self._stack.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, value, trace)


def _name(wrapped: EncryptedDataKey) -> str:
    """By what a key is asked for once: the SHA-256 of its public half, or its id."""
    return recipient_name(wrapped) or (vault_key(wrapped) or ("",))[0]


def _wanted(session: Session, header: MessageHeader) -> str:
    """Say whose keys would open a message: persons by name, others as the header has them."""
    found = openers(session, recipients(header))
    named = [
        each.name if each.kind is OpenerKind.PERSON else f"{each.recipient.provider} {each.recipient.name}"
        for each in found
    ]
    more = f" and {len(named) - LISTED} more" if len(named) > LISTED else ""
    return ", ".join(named[:LISTED]) + more
