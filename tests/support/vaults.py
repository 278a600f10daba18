"""Vaults for tests: real ones, opened by a recovery code, which needs no Argon2 and no token."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from signet.clock import Clock
from signet.crypto.identity import sign_header
from signet.formats import canonical
from signet.formats.header import VaultHeader
from signet.formats.header_parser import parse_header
from signet.secret import Secret
from signet.services.creation import Created, create_vault
from signet.services.enrolment import NewMethod, NewRecoveryCode
from signet.services.opening import open_vault
from signet.services.pinning import PinCheck
from signet.services.places import Places
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind
from signet.services.session import Session
from signet.services.workplace import Workplace
from support.prompt import ScriptedPrompt


@dataclass
class VaultInTest:
    """A vault, the workplace it is used in and the person who answers."""

    path: Path
    workplace: Workplace
    prompt: ScriptedPrompt
    created: Created

    @property
    def header(self) -> VaultHeader:
        return parse_header((self.path / "header.json").read_bytes())

    def write_header(self, header: VaultHeader) -> None:
        for name in ("header.json", "header.copy.json"):
            (self.path / name).write_bytes(header.encoded())

    def open(self, *, administer: bool = False, pins: PinCheck = PinCheck.ENFORCE) -> Session:
        return open_vault(
            self.workplace, str(self.path), selection=Selection(recovery=True), administer=administer, pins=pins
        )

    def change_field(self, change: Callable[[dict[str, object]], None]) -> None:
        """Change the header's fields as someone without the identity key would."""
        fields = json.loads((self.path / "header.json").read_bytes())
        change(fields)
        for name in ("header.json", "header.copy.json"):
            (self.path / name).write_bytes(canonical.encode(fields))

    def forget_pins(self) -> None:
        for file in Path(self.workplace.places.pins).iterdir():
            file.unlink()


def make_workplace(folder: Path, clock: Clock, prompt: ScriptedPrompt | None = None) -> Workplace:
    """A workplace whose places are below ``folder``."""
    places = Places(data=str(folder / "data"), state=str(folder / "state"), config=str(folder / "config"))
    return Workplace(places=places, clock=clock, prompt=prompt or ScriptedPrompt(), front_end="test")


def make_vault(
    folder: Path, clock: Clock, *, name: str = "personal", more: tuple[NewMethod, ...] = ()
) -> VaultInTest:
    """A new vault with a recovery code that the prompt knows."""
    prompt = ScriptedPrompt()
    workplace = make_workplace(folder, clock, prompt)
    path = folder / f"{name}.signet"
    code_file = folder / f"{name}.code"
    created = create_vault(workplace, str(path), [NewRecoveryCode(str(code_file)), *more])
    prompt.answers[SecretKind.RECOVERY_CODE] = code_file.read_text()
    return VaultInTest(path, workplace, prompt, created)


def resigned(header: VaultHeader, identity: Secret) -> VaultHeader:
    """The header, signed by whoever holds ``identity``."""
    return sign_header(header, identity)
