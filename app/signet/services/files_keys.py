"""The keys of the vault that open messages, each asked for once in a batch and only when a message needs it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from signet.audit.canonical import Detail
from signet.crypto.esdk_ecdh import recipient_name
from signet.crypto.esdk_keys import RawAesKeyring
from signet.errors import CiphertextInvalid, KeyNotFound, KeyNotHere, KeyProblem, NotUnlocked, Refused, SignetError
from signet.formats.esdk import EncryptedDataKey, MessageHeader
from signet.formats.esdk_keyring import PROVIDER_ID
from signet.keys.state import Operation
from signet.secret import Secret
from signet.services.files_card import CardKeyring, card_opener, key_for, keyring_for
from signet.services.files_inspect import recipients, vault_key
from signet.services.guarding import Guarding
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

    def __init__(self, session: Session, details: Mapping[str, Detail], guarding: Guarding | None = None) -> None:
        self._session = session
        self._details = details
        self._guarding = guarding or Guarding(session)
        self._answers: dict[str, Grant | SignetError | None] = {}
        self._materials: dict[tuple[str, int], Secret] = {}
        self._cards: dict[str, CardKeyring] = {}
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
        for wrapped in _in_order(header):
            answer = self._answer(wrapped)
            if isinstance(answer, Grant):
                return answer
            # What became of a PIN is heard before that a key is disabled.
            refusal = answer if isinstance(answer, NotUnlocked) else refusal or answer
        raise refusal or KeyNotHere(wanted=_wanted(header))

    def unwrap(self, header: MessageHeader) -> Secret:
        """Unwrap a message's data key, as the engine asks for it; raise KeyNotHere, CiphertextInvalid."""
        failure: SignetError | None = None
        for wrapped in _in_order(header):
            # One after the other: a card is asked for only if what stands before it does not open the file.
            grant = self._answer(wrapped)
            if isinstance(grant, Grant):
                try:
                    return self._keyring(grant, wrapped).unwrap(wrapped, header.context)
                except CiphertextInvalid as error:
                    failure = failure or error
        if failure is not None:
            raise failure
        self.grant_for(header)
        raise KeyNotHere(wanted=_wanted(header))

    def _keyring(self, grant: Grant, wrapped: EncryptedDataKey) -> RawAesKeyring | CardKeyring:
        if grant.key.id in self._cards:
            return self._cards[grant.key.id]
        number = (vault_key(wrapped) or ("", 0))[1]
        place = (grant.key.id, number)
        if place not in self._materials:
            self._materials[place] = self._stack.enter_context(grant.material(number))
        return RawAesKeyring(PROVIDER_ID, f"{grant.key.id}/{number}", self._materials[place])

    def _answer(self, wrapped: EncryptedDataKey) -> Grant | SignetError | None:
        """Return the grant for what wrapped this, why it may not be used, or None if it is not in the vault."""
        name = recipient_name(wrapped)
        if name is not None:
            if name not in self._answers:
                self._answers[name] = self._ask_card(name)
            return self._answers[name]
        key_id, number = vault_key(wrapped) or ("", 0)
        # The name comes from the file: only an id may be looked up, and each only once.
        if not _KEY_ID.fullmatch(key_id):
            return None
        if key_id not in self._answers:
            if not self._has(key_id, number):
                return None
            self._answers[key_id] = self._ask(key_id, number)
        answer = self._answers[key_id]
        return None if isinstance(answer, Grant) and not answer.has(number) else answer

    def _has(self, key_id: str, number: int) -> bool:
        try:
            with self._session.records.read() as reading:
                reading.keys.version(key_id, number)
        except KeyNotFound:
            return False
        return True

    def _ask(self, key_id: str, number: int) -> Grant | SignetError:
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
                )
            )
        except (KeyProblem, NotUnlocked, Refused) as error:  # a guard that was not presented is not asked for again
            return error

    def _ask_card(self, name: str) -> Grant | SignetError | None:
        """Go through the door with a key on a card, and have that card logged in."""
        key = key_for(self._session, name)
        if key is None:
            return None
        door = use_key(self._session, key.id, Operation.DECRYPT, by_id=True, details=self._details)
        purpose = f"To decrypt with “{key.alias}”, which is on this card."
        try:
            with ExitStack() as stack:
                grant = stack.enter_context(door)
                public = grant.version.public_key or b""
                opener = card_opener(self._session, key, public, self._guarding.logins, purpose=purpose)
                self._stack.push(stack.pop_all())
        except (KeyProblem, NotUnlocked, Refused) as error:
            return error
        self._cards[key.id] = keyring_for(public, key.spec, opener)
        return grant

    def __enter__(self) -> Self:
        self._stack.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, value, trace)


def _in_order(header: MessageHeader) -> list[EncryptedDataKey]:
    """The encrypted data keys, those that a card would have to open last."""
    return sorted(header.encrypted_data_keys, key=lambda wrapped: recipient_name(wrapped) is not None)


def _wanted(header: MessageHeader) -> str:
    named = [f"{each.provider} {each.name}" for each in recipients(header)]
    more = f" and {len(named) - LISTED} more" if len(named) > LISTED else ""
    return ", ".join(named[:LISTED]) + more
