"""The table of what can be done with keys, without a vault: every line is complete, every key gets what fits it."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QKeySequence

from signet.formats.header import MethodKind, Scheme, UnlockMethod
from signet.gui.pages.key_actions import ACTIONS
from signet.gui.pages.keys_model import KeyRow
from signet.keys.model import Key
from signet.keys.spec import KeySpec, KeyUsage, Origin, Protection
from signet.keys.state import KeyState

WINDOW_SHORTCUTS = ("Ctrl+L", "Ctrl+F", "Ctrl+N", "Ctrl+O", "Ctrl+Q", *(f"Ctrl+{number}" for number in range(1, 10)))


def row(
    spec: KeySpec, usage: KeyUsage, state: KeyState = KeyState.ENABLED, protection: Protection = Protection.VAULT
) -> KeyRow:
    origin = Origin.TOKEN if protection is Protection.TOKEN else Origin.VAULT
    key = Key(
        id="61c4961e-f01d-422e-bc2e-18c4064a88ad",
        aliases=("papers",),
        spec=spec,
        usage=usage,
        state=state,
        origin=origin,
        protection=protection,
        version=1,
        created="2026-11-22T10:00:00Z",
    )
    return KeyRow(key, None, 0)


FILES = row(KeySpec.SYMMETRIC_DEFAULT, KeyUsage.ENCRYPT_DECRYPT)
OFF = row(KeySpec.SYMMETRIC_DEFAULT, KeyUsage.ENCRYPT_DECRYPT, KeyState.DISABLED)
SIGNING = row(KeySpec.ECC_NIST_P256, KeyUsage.SIGN_VERIFY)
ON_CARD = row(KeySpec.ECC_NIST_P256, KeyUsage.SIGN_VERIFY, protection=Protection.TOKEN)
CODES = row(KeySpec.HMAC_256, KeyUsage.GENERATE_VERIFY_MAC)


def test_every_line_of_the_table_is_complete_and_no_shortcut_is_taken_twice() -> None:
    names = [each.name for each in ACTIONS]
    shortcuts = [QKeySequence(each.shortcut).toString() for each in ACTIONS if each.shortcut]
    assert len(set(names)) == len(names)
    assert all(shortcuts)
    assert len(set(shortcuts)) == len(shortcuts)
    assert not set(shortcuts) & set(WINDOW_SHORTCUTS)
    for each in ACTIONS:
        assert each.sentence.endswith(".")
        assert each.words[0].isupper()


@pytest.mark.parametrize(
    ("key", "offered", "missing"),
    [
        (FILES, {"encrypt-files", "disable", "export", "id"}, {"sign-documents", "enable", "pem", "guard"}),
        (OFF, {"encrypt-files", "enable", "export"}, {"disable"}),
        (SIGNING, {"sign-documents", "pem", "ssh", "export"}, {"encrypt-files"}),
        (ON_CARD, {"sign-documents", "pem"}, {"export"}),
        (CODES, {"disable", "export"}, {"encrypt-files", "sign-documents", "pem"}),
    ],
)
def test_a_key_gets_what_fits_it(key: KeyRow, offered: set[str], missing: set[str]) -> None:
    found = {each.name for each in ACTIONS if each.is_offered((key,))}
    assert found >= offered
    assert not found & missing


def test_what_cannot_be_done_now_is_offered_and_does_nothing() -> None:
    encrypt = next(each for each in ACTIONS if each.name == "encrypt-files")
    assert encrypt.is_offered((OFF,))
    assert encrypt.fit((OFF,)) == []


def test_of_many_keys_an_action_takes_those_that_it_fits_and_one_for_a_single_key_none() -> None:
    disable, export = (next(each for each in ACTIONS if each.name == name) for name in ("disable", "export"))
    assert disable.fit((FILES, OFF, SIGNING)) == [FILES, SIGNING]
    assert disable.is_offered((FILES, OFF))
    assert not disable.is_offered((OFF, OFF))
    assert not export.is_offered((FILES, SIGNING))
    assert export.fit((FILES, SIGNING)) == ()


def test_a_guarded_key_is_offered_more_guards_while_there_are_others() -> None:
    guard = next(each for each in ACTIONS if each.name == "guard")
    code = UnlockMethod("1", MethodKind.RECOVERY_CODE, "Code", "", Scheme.X25519, b"", (), b"", b"")
    assert not guard.is_offered((FILES,))
    assert guard.is_offered((KeyRow(FILES.key, None, 0, (), (code,)),))
