"""The data key of one message, kept as long as the message is read back: by whom it is for, nobody here could."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from signet.crypto.esdk_keys import DataKeyWrapper
from signet.errors import KeyNotHere
from signet.formats.esdk import EncryptedDataKey
from signet.secret import Secret


class KeptDataKey:
    """Wraps as another keyring does, and unwraps what it wrapped last from a copy; leaving ``with`` wipes that.

    For one message at a time. That the others really can open it is not proven by this: only they could.
    """

    def __init__(self, inner: DataKeyWrapper) -> None:
        self._inner = inner
        self._kept = Secret(b"")
        self._wrapped: EncryptedDataKey | None = None

    def wrap(self, data_key: Secret, context: Mapping[str, str]) -> EncryptedDataKey:
        """Wrap a data key and keep a copy of it; raises as the other keyring does."""
        wrapped = self._inner.wrap(data_key, context)
        self._kept.wipe()
        self._kept, self._wrapped = data_key.copy(), wrapped
        return wrapped

    def owns(self, wrapped: EncryptedDataKey) -> bool:
        """Tell whether this is what was wrapped last."""
        return wrapped == self._wrapped

    def unwrap(self, wrapped: EncryptedDataKey, context: Mapping[str, str]) -> Secret:  # noqa: ARG002 - a keyring's
        """Return a copy of the data key; raise KeyNotHere for anything else than what was wrapped last."""
        if not self.owns(wrapped):
            raise KeyNotHere(wanted=wrapped.provider_id)
        return self._kept.copy()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._kept.wipe()
