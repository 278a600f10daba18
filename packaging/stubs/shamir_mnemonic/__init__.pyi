"""The part of shamir-mnemonic that Signet uses."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

class MnemonicError(Exception): ...

@dataclass(frozen=True)
class Share:
    identifier: int
    extendable: bool
    iteration_exponent: int
    group_index: int
    group_threshold: int
    group_count: int
    index: int
    member_threshold: int
    value: bytes
    @classmethod
    def from_mnemonic(cls, mnemonic: str) -> Share: ...

def combine_mnemonics(mnemonics: Iterable[str], passphrase: bytes = b"") -> bytes: ...
def generate_mnemonics(
    group_threshold: int,
    groups: Sequence[tuple[int, int]],
    master_secret: bytes,
    passphrase: bytes = b"",
    extendable: bool = True,
    iteration_exponent: int = 1,
) -> list[list[str]]: ...
