"""The stage of the crash tests: one folder with a vault of four ways in, keys, files and a backup, made once.

Every trial works on a fresh copy at the same path, so that paths in the vault and in SoftHSM's settings stay true.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from signet.clock import SystemClock
from signet.keys.spec import KeySpec, Protection
from signet.services.age_encrypt import encrypt_age
from signet.services.age_recipients import For
from signet.services.backup import write_backup
from signet.services.creation import create_vault
from signet.services.enrolment import NewPassphrase, NewRecoveryCode, NewToken
from signet.services.files_encrypt import encrypt_files
from signet.services.keys import create_key
from signet.services.opening import open_vault
from signet.services.places import Places
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind
from signet.services.session import Session
from signet.services.tokens import init_software
from signet.services.workplace import Workplace
from signet.tokens.software import softhsm_module
from support.prompt import ScriptedPrompt
from support.quick_card import make_quick_card

PASSPHRASE = "correct horse battery staple"
PIN = "123456"
SPARE = "spare"
CANARY = b"canary-7c0e4f19-plaintext|"
SIZES = {"empty.txt": 0, "small.txt": 300, "medium.bin": 200_000, "large.bin": 5_000_000}
DATA_KEY, OTHER_KEY, SIGNING_KEY, GUARDED_KEY, AGE_KEY = "data", "other", "signing", "guarded", "exchange"
ALIASES = frozenset({DATA_KEY, OTHER_KEY, SIGNING_KEY, GUARDED_KEY, AGE_KEY})
RELEASED = Path(__file__).parents[1] / "services" / "released"
"""Vaults of older schemas, with their recovery codes; that of schema 2 has a guarded key."""


@dataclass(frozen=True)
class Stage:
    """The folder and what stands where in it."""

    folder: Path

    @property
    def vault(self) -> Path:
        """The vault that trials work on."""
        return self.folder / "personal.signet"

    @property
    def new_vault(self) -> Path:
        """Where a trial makes, or restores, another vault."""
        return self.folder / "new.signet"

    @property
    def sources(self) -> Path:
        """Plain files, full of `CANARY`."""
        return self.folder / "sources"

    @property
    def messages(self) -> Path:
        """The same files, encrypted with `DATA_KEY`."""
        return self.folder / "messages"

    @property
    def guarded_message(self) -> Path:
        """The small file, encrypted with `GUARDED_KEY`, which both codes and the card guard."""
        return self.folder / "guarded" / "small.txt.esdk"

    @property
    def old_vault(self) -> Path:
        """Where a trial lays a vault of an older Signet."""
        return self.folder / "old.signet"

    @property
    def out(self) -> Path:
        """Where outputs go."""
        return self.folder / "out"

    @property
    def backup(self) -> Path:
        """A backup of the vault, a little older than the vault."""
        return self.folder / "older.tar"

    def code_file(self, name: str) -> Path:
        """A file with a recovery code: ``first``, ``second``; ``third`` and ``new`` are for trials to make."""
        return self.folder / f"{name}.code"

    @cached_property
    def methods(self) -> dict[str, str]:
        """The ids of the ways in, by the names ``first``, ``second``, ``passphrase``, ``token``."""
        read: dict[str, str] = json.loads((self.folder / "methods.json").read_text())
        return read

    @property
    def places(self) -> Places:
        """Signet's own folders, inside the stage."""
        return Places(*(str(self.folder / name) for name in ("data", "state", "config")))

    def workplace(self, *, code: str = "first") -> Workplace:
        """A workplace whose person knows every secret, and this one of the recovery codes."""
        answers = {
            SecretKind.PASSPHRASE: PASSPHRASE,
            SecretKind.NEW_PASSPHRASE: PASSPHRASE,
            SecretKind.PIN: PIN,
            SecretKind.NEW_PIN: PIN,
            SecretKind.TOKEN_PIN: PIN,
            SecretKind.OTHER_SECRET: PASSPHRASE,
        }
        if self.code_file(code).exists():
            answers[SecretKind.RECOVERY_CODE] = self.code_file(code).read_text()
        prompt = ScriptedPrompt(answers)
        module = softhsm_module(())  # whatever else is installed would have a child of its own
        return Workplace(places=self.places, clock=SystemClock(), prompt=prompt, front_end="test", module=module)

    def open(self, workplace: Workplace, *, administer: bool = False) -> Session:
        """Unlock by the recovery code that the workplace's person knows."""
        return open_vault(workplace, str(self.vault), selection=Selection(recovery=True), administer=administer)

    def source_paths(self) -> list[str]:
        """The plain files."""
        return [str(self.sources / name) for name in SIZES]

    def age_paths(self) -> list[str]:
        """The same files as age files, for `AGE_KEY`."""
        return [str(self.messages / f"{name}.age") for name in SIZES]

    def message_paths(self) -> list[str]:
        """The encrypted files."""
        return [str(self.messages / f"{name}.esdk") for name in SIZES]


def content_of(size: int) -> bytes:
    """A plain file's content."""
    return (CANARY * (size // len(CANARY) + 1))[:size]


def build(folder: Path) -> Stage:
    """Make the stage at ``folder``, which is where trials will work too."""
    stage = Stage(folder)
    for place in (stage.sources, stage.messages, stage.out):
        place.mkdir(parents=True)
    for name, size in SIZES.items():
        (stage.sources / name).write_bytes(content_of(size))
    with stage.workplace() as workplace:
        token = init_software(workplace, "card")
        ways = (
            NewRecoveryCode(str(stage.code_file("first"))),
            NewRecoveryCode(str(stage.code_file("second"))),
            NewPassphrase(),
            NewToken(token.label),
        )
        made = [create_vault(workplace, str(stage.vault), ways)]
        make_quick_card(workplace, SPARE, pin=PIN)
    names = ("first", "second", "passphrase", "token")
    ids = {name: method.id for name, method in zip(names, made[0].methods, strict=True)}
    (folder / "methods.json").write_text(json.dumps(ids))
    with stage.workplace() as workplace, stage.open(workplace) as session:
        create_key(session, DATA_KEY, spec=KeySpec.SYMMETRIC_DEFAULT)
        create_key(session, OTHER_KEY, spec=KeySpec.SYMMETRIC_DEFAULT)
        create_key(session, SIGNING_KEY, spec=KeySpec.ECC_NIST_EDWARDS25519)
        create_key(session, GUARDED_KEY, spec=KeySpec.SYMMETRIC_DEFAULT, protection=Protection.GUARDED)
        create_key(session, AGE_KEY, spec=KeySpec.X25519)
        encrypt_files(session, stage.source_paths(), key=DATA_KEY, output=str(stage.messages))
        encrypt_age(session, stage.source_paths(), to=For(keys=(AGE_KEY,)), output=str(stage.messages))
        small = [str(stage.sources / "small.txt")]
        encrypt_files(session, small, key=GUARDED_KEY, output=str(stage.guarded_message.parent))
        write_backup(session, str(stage.backup))
    return stage


class Theatre:
    """The stage as it was built, and the place where trials work on copies of it."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "template"
        self._trial = folder / "trial"
        build(self._trial)
        os.rename(self._trial, self._template)

    def fresh(self) -> Stage:
        """Clear the place and lay a copy of the stage there."""
        shutil.rmtree(self._trial, ignore_errors=True)
        shutil.copytree(self._template, self._trial, symlinks=True)
        return Stage(self._trial)
