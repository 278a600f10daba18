"""How many files of a batch want which key: read from their headers, before a key that counts or asks is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from signet.crypto.esdk_decrypt import read_header
from signet.crypto.esdk_ecdh import recipient_name
from signet.errors import SignetError
from signet.formats.esdk import MessageHeader
from signet.keys.policy import Policy, context_refusal
from signet.services.files_inspect import vault_key
from signet.services.files_items import opened, places_of


class Wanted:
    """Counts the files of a batch by the keys that their headers name; reads them once, and only if somebody asks."""

    def __init__(self, paths: Sequence[str], *, legacy: bool) -> None:
        self._paths = paths
        self._legacy = legacy
        self._found: list[tuple[frozenset[str], Mapping[str, str]]] | None = None

    def of(self, name: str, policy: Policy) -> int:
        """Return how many files name this key and have the context that its policy requires, at least 1.

        ``name`` is a key's id, or for a key on a card the SHA-256 of its public half.
        """
        if self._found is None:
            self._found = self._read()
        fitting = [1 for names, context in self._found if name in names and not context_refusal("", policy, context)]
        return max(len(fitting), 1)

    def _read(self) -> list[tuple[frozenset[str], Mapping[str, str]]]:
        found = []
        for path in dict(zip(places_of(self._paths), self._paths, strict=True)).values():
            try:
                with opened(path) as source:
                    header, _ = read_header(source, legacy=self._legacy, source_name=path)
            except SignetError:
                continue  # it becomes an item that failed, and wants no key
            found.append((names_of(header), header.context))
        return found


def names_of(header: MessageHeader) -> frozenset[str]:
    """The keys that a message names: ids, and the SHA-256 of public halves."""
    keys = header.encrypted_data_keys
    return frozenset(filter(None, (recipient_name(each) or (vault_key(each) or ("",))[0] for each in keys)))
