from collections.abc import Sequence
from typing import Self

class Recipient:
    @classmethod
    def from_str(cls, text: str) -> Self: ...

class Identity:
    @classmethod
    def from_str(cls, text: str) -> Self: ...

class RecipientPluginV1:
    def __new__(
        cls, plugin_name: str, recipients: Sequence[Recipient], identities: Sequence[Identity], callbacks: object
    ) -> Self: ...

class IdentityPluginV1:
    def __new__(cls, plugin_name: str, identities: Sequence[Identity], callbacks: object) -> Self: ...
