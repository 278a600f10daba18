"""What can be seen of a locked vault: its ways in, which of their cards are there, and what stands in the way.

Nothing here asks for a secret. `look` blocks, so it runs in a task.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from signet.crypto.shares import ShareSet
from signet.errors import (
    ModuleCrashed,
    ModuleError,
    ModuleTimedOut,
    SignetError,
    TokenError,
    VaultForeign,
    VaultRolledBack,
)
from signet.formats.header import MethodKind, UnlockMethod, VaultHeader
from signet.services.opening import header_of
from signet.services.pinning import PinCheck, check_header_pin
from signet.services.places import VAULT_SUFFIX
from signet.services.prompt import SecretKind
from signet.services.workplace import Workplace
from signet.tokens.model import PinState, Token

SECRETS = {
    MethodKind.TOKEN: SecretKind.PIN,
    MethodKind.PASSPHRASE: SecretKind.PASSPHRASE,
    MethodKind.RECOVERY_CODE: SecretKind.RECOVERY_CODE,
    MethodKind.RECOVERY_SHARES: SecretKind.RECOVERY_SHARE,
}
"""What the services ask for when a way in is to open the vault."""


@dataclass(frozen=True)
class WayLook:
    """One way in; ``token`` is the card with its key, if it is there, ``method`` what the header says of shares."""

    id: str
    kind: MethodKind
    label: str
    model: str = ""
    token: Token | None = None
    method: UnlockMethod | None = None

    @property
    def ready(self) -> bool:
        """Whether its secret can be given now."""
        return self.kind is not MethodKind.TOKEN or self.token is not None

    @property
    def on_reader(self) -> bool:
        """Whether its PIN is typed on the reader's own keys."""
        return self.token is not None and self.token.pin_pad

    @property
    def blocked(self) -> bool:
        """Whether the card says that no tries are left."""
        return self.token is not None and self.token.pin_state is PinState.LOCKED


@dataclass(frozen=True)
class VaultLook:
    """A locked vault as it is now.

    ``trouble`` is why it cannot be opened as it stands; ``strangers`` are cards that are there and belong to no way
    in; ``cards_trouble`` is why cards could not be looked for.
    """

    path: str
    ways: tuple[WayLook, ...] = ()
    strangers: tuple[Token, ...] = ()
    trouble: SignetError | None = None
    cards_trouble: SignetError | None = None

    @property
    def can_be_accepted(self) -> bool:
        """Whether the person may take the vault as it is for the one they know (``vault accept``)."""
        return isinstance(self.trouble, VaultForeign | VaultRolledBack) and bool(self.ways)

    def way(self, way_id: str) -> WayLook | None:
        """The way in with that id."""
        return next((way for way in self.ways if way.id == way_id), None)

    def with_card_unblocked(self, way_id: str) -> VaultLook:
        """The same after the card of that way in was unblocked, until the next look."""
        ways = tuple(
            replace(way, token=replace(way.token, pin_state=PinState.OK)) if way.id == way_id and way.token else way
            for way in self.ways
        )
        return replace(self, ways=ways)

    def first(self) -> WayLook | None:
        """The way in that is offered first: a card that is there, else a passphrase, else a card, else the code."""
        return min(self.ways, key=_rank, default=None)


def look(workplace: Workplace, path: str) -> VaultLook:
    """Look at the vault at ``path``; never raises a SignetError, but holds it."""
    try:
        header = header_of(path)
        for method in header.methods:
            if method.kind is MethodKind.RECOVERY_SHARES:
                ShareSet.of(method)
    except SignetError as error:
        return VaultLook(path, trouble=error)
    ways, strangers, cards_trouble = with_cards(workplace, header.methods)
    trouble = _pin_trouble(workplace, header)
    return VaultLook(path, ways, strangers, trouble, cards_trouble)


def with_cards(
    workplace: Workplace, methods: Sequence[UnlockMethod], *, always: bool = False
) -> tuple[tuple[WayLook, ...], tuple[Token, ...], SignetError | None]:
    """The ways in with their cards, the cards that belong to none of them, and why cards could not be looked for.

    Where no card opens the vault, cards are looked for only if ``always`` is set.
    """
    holders: dict[bytes, Token] = {}
    present: list[Token] = []
    trouble: SignetError | None = None
    try:
        wanted = always or any(method.kind is MethodKind.TOKEN for method in methods)
        tokens = workplace.hub.tokens() if wanted else ()
        trouble = module_trouble(workplace) if wanted else None
    except ModuleError as error:
        tokens, trouble = (), error
    for token in tokens:
        if not token.initialised:
            continue
        present.append(token)
        try:
            for key in workplace.hub.keys(token):
                holders.setdefault(key.public_key, token)
        except TokenError:
            continue  # it was just taken out, or cannot be read; the next look tells
    ways = tuple(
        WayLook(
            id=method.id,
            kind=method.kind,
            label=method.label,
            model=dict(method.hint).get("model", ""),
            token=holders.get(method.public_key),
            method=method if method.kind is MethodKind.RECOVERY_SHARES else None,
        )
        for method in methods
    )
    known = {(way.token.module, way.token.serial) for way in ways if way.token is not None}
    return ways, tuple(token for token in present if (token.module, token.serial) not in known), trouble


def module_trouble(workplace: Workplace) -> ModuleError | None:
    """Why a part of the card software showed nothing just now, if a person should know.

    One that hangs or crashes, or that the person named in the settings. What only happens to be installed, and does
    not start here, is not worth a word.
    """
    named = {os.path.realpath(path) for path in workplace.settings.modules}
    for problem in workplace.hub.problems:
        if isinstance(problem, ModuleTimedOut | ModuleCrashed) or problem.module in named:
            return problem
    return None


def vault_name(path: str) -> str:
    """What people call the vault at that path: its folder's name without the ending."""
    return os.path.basename(path.rstrip(os.sep)).removesuffix(VAULT_SUFFIX)


def _rank(way: WayLook) -> int:
    if way.token is not None:
        return 0
    order = (MethodKind.PASSPHRASE, MethodKind.TOKEN, MethodKind.RECOVERY_CODE, MethodKind.RECOVERY_SHARES)
    return 1 + order.index(way.kind)


def _pin_trouble(workplace: Workplace, header: VaultHeader) -> SignetError | None:
    try:
        check_header_pin(workplace, header, PinCheck.ENFORCE)
    except SignetError as error:
        return error
    return None
