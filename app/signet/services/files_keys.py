"""The keys of the vault that open messages, each asked for once in a batch and only when a message needs it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from signet.audit.canonical import Detail
from signet.crypto.esdk_keys import RawAesKeyring, unwrap_with
from signet.errors import KeyNotFound, KeyNotHere, KeyProblem, NotUnlocked, Refused, SignetError
from signet.formats.esdk import EncryptedDataKey, MessageHeader
from signet.formats.esdk_keyring import PROVIDER_ID
from signet.keys.state import Operation
from signet.secret import Secret
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
        for wrapped in header.encrypted_data_keys:
            answer = self._answer(wrapped)
            if isinstance(answer, Grant):
                return answer
            refusal = refusal or answer
        raise refusal or KeyNotHere(wanted=_wanted(header))

    def unwrap(self, header: MessageHeader) -> Secret:
        """Unwrap a message's data key, as the engine asks for it; raise KeyNotHere, CiphertextInvalid."""
        keyrings = []
        for wrapped in header.encrypted_data_keys:
            grant, found = self._answer(wrapped), vault_key(wrapped)
            if isinstance(grant, Grant) and found is not None:
                keyrings.append(self._keyring(grant, found[1]))
        if not keyrings:
            self.grant_for(header)
        return unwrap_with(keyrings)(header)

    def _keyring(self, grant: Grant, number: int) -> RawAesKeyring:
        place = (grant.key.id, number)
        if place not in self._materials:
            self._materials[place] = self._stack.enter_context(grant.material(number))
        return RawAesKeyring(PROVIDER_ID, f"{grant.key.id}/{number}", self._materials[place])

    def _answer(self, wrapped: EncryptedDataKey) -> Grant | SignetError | None:
        """Return the grant for what wrapped this, why it may not be used, or None if it is not in the vault."""
        key_id, number = vault_key(wrapped) or ("", 0)
        # The name comes from the file: only an id may be looked up, and each only once.
        if not _KEY_ID.fullmatch(key_id):
            return None
        if key_id not in self._answers:
            self._answers[key_id] = self._ask(key_id)
        answer = self._answers[key_id]
        return None if isinstance(answer, Grant) and not answer.has(number) else answer

    def _ask(self, key_id: str) -> Grant | SignetError | None:
        try:
            with self._session.records.read() as reading:
                reading.keys.get(key_id)
        except KeyNotFound:
            return None
        try:
            return self._stack.enter_context(
                use_key(
                    self._session,
                    key_id,
                    Operation.DECRYPT,
                    by_id=True,
                    details=self._details,
                    guarding=self._guarding,
                )
            )
        except (KeyProblem, NotUnlocked, Refused) as error:  # a guard that was not presented is not asked for again
            return error

    def __enter__(self) -> Self:
        self._stack.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, value, trace)


def _wanted(header: MessageHeader) -> str:
    named = [f"{each.provider} {each.name}" for each in recipients(header)]
    more = f" and {len(named) - LISTED} more" if len(named) > LISTED else ""
    return ", ".join(named[:LISTED]) + more
