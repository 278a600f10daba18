"""A vault that a software token, a recovery code and a passphrase open, with a spare token: made once, copied."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from datetime import datetime
from pathlib import Path

from signet.clock import Clock
from signet.services.creation import Created, create_vault
from signet.services.enrolment import NewMethod, NewPassphrase, NewRecoveryCode, NewToken
from signet.services.prompt import SecretKind
from signet.services.tokens import init_software
from support.prompt import ScriptedPrompt
from support.quick_card import make_quick_card
from support.vaults import VaultInTest, make_workplace

PIN = "123456"
PASSPHRASE = "correct horse battery staple"
CARD, SPARE = "card", "spare"
"""What the tokens are called; the first one has more words, which say what it is for."""

_TEMPLATES = tempfile.TemporaryDirectory(prefix="signet-carded-", dir="/tmp")
atexit.register(_TEMPLATES.cleanup)
_MADE: dict[datetime, tuple[Path, Created]] = {}


def make_carded_vault(folder: Path, clock: Clock) -> VaultInTest:
    """A copy at ``folder``, whose person knows every secret; keys on a software token take seconds to make."""
    if clock.now() not in _MADE:
        place = Path(_TEMPLATES.name) / str(len(_MADE))
        place.mkdir()
        _MADE[clock.now()] = place, _make(place, clock)
    template, created = _MADE[clock.now()]
    shutil.copytree(template, folder, symlinks=True, dirs_exist_ok=True)
    configuration = folder / "data" / "software-tokens" / "softhsm2.conf"
    configuration.write_text(configuration.read_text().replace(str(template), str(folder)))
    prompt = _person()
    prompt.answers[SecretKind.RECOVERY_CODE] = (folder / "personal.code").read_text()
    (folder / "personal.code").unlink()
    return VaultInTest(folder / "personal.signet", make_workplace(folder, clock, prompt), prompt, created)


def _make(folder: Path, clock: Clock) -> Created:
    with make_workplace(folder, clock, _person()) as workplace:
        token = init_software(workplace, CARD)
        make_quick_card(workplace, SPARE, pin=PIN)
        ways: list[NewMethod] = [
            NewRecoveryCode(str(folder / "personal.code")),
            NewToken(token.label),
            NewPassphrase(),
        ]
        return create_vault(workplace, str(folder / "personal.signet"), ways)


def _person() -> ScriptedPrompt:
    pins = dict.fromkeys((SecretKind.PIN, SecretKind.NEW_PIN, SecretKind.TOKEN_PIN), PIN)
    words = dict.fromkeys((SecretKind.PASSPHRASE, SecretKind.NEW_PASSPHRASE, SecretKind.OTHER_SECRET), PASSPHRASE)
    return ScriptedPrompt(pins | words)
