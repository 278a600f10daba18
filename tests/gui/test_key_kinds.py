"""Keys for other programs: every kind can be made in the window, and the window says what each is for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from signet.gui.pages.key_kinds import ENCRYPTING, ENCRYPTING_ON_CARD, OTHERS, SIGNING
from signet.gui.pages.key_purposes import purpose, work
from signet.gui.pages.key_using import ENCRYPT_FILES, SIGN_DOCUMENTS
from signet.gui.pages.keys import KeysPage
from signet.gui.pages.keys_model import PURPOSES, TYPES, KeyRow
from signet.gui.pages.new_key import NewKeyForm
from signet.keys.model import Key
from signet.keys.spec import KeySpec, KeyUsage, Origin, Protection
from signet.keys.state import KeyState
from signet.services import keys
from signet.services.key_rules import check_usage
from support.clock import SettableClock
from support.window import DeskInTest, open_desk


@pytest.fixture
def opened(qapp: QApplication, qtbot: QtBot, tmp_path: Path, clock: SettableClock) -> Iterator[DeskInTest]:
    with open_desk(qapp, qtbot, tmp_path, clock) as made:
        yield made


def test_every_kind_and_use_of_a_vaults_key_is_offered_once() -> None:
    offered = [(kind.spec, kind.usage) for kind in (*ENCRYPTING, *SIGNING, *OTHERS)]
    possible = {(spec, usage) for spec in KeySpec for usage in spec.usages} - {
        (spec, KeyUsage.ENCRYPT_DECRYPT)
        for spec in (KeySpec.ECC_NIST_P256, KeySpec.ECC_NIST_P384, KeySpec.ECC_NIST_P521)
    }
    assert len(offered) == len(set(offered))
    assert set(offered) == possible
    for spec, usage in offered:
        assert check_usage(spec, usage, Protection.VAULT) is usage
    for kind in ENCRYPTING_ON_CARD:
        assert check_usage(kind.spec, kind.usage, Protection.TOKEN) is kind.usage
    assert len({kind.text for kind in OTHERS}) == len(OTHERS)
    assert len({kind.spec for kind in OTHERS}) == len(OTHERS)


@pytest.mark.parametrize("spec", KeySpec)
def test_every_kind_has_words_for_what_it_is_and_does(spec: KeySpec) -> None:
    for usage in spec.usages:
        for protection in Protection:
            key = Key("id", ("a",), spec, usage, KeyState.ENABLED, Origin.VAULT, protection, 1, "2026")
            assert purpose(key)
            assert key.encrypts_files or work(key)
        assert TYPES[spec]
        assert PURPOSES[usage]


def test_a_key_for_other_programs_is_made_and_offers_neither_files_nor_documents(opened: DeskInTest) -> None:
    page = KeysPage(opened.desk, opened.tasks, opened.theme)
    opened.qtbot.addWidget(page)
    page.resize(988, 728)
    page.show()
    opened.qtbot.waitExposed(page)
    page.panel.new_key()
    form = page.panel.form
    assert isinstance(form, NewKeyForm)
    assert not form.spec.isVisible()
    form.other.click()
    opened.qtbot.waitUntil(form.spec.isVisible)
    form.spec.setCurrentIndex(form.spec.findData(KeySpec.ECC_NIST_P384))
    assert form.spec.currentText() == "Agree on secrets · EC · P-384"
    form.protect.click()
    assert form.spec.findData(KeySpec.ECC_NIST_P384) == -1
    form.other.click()
    assert form.other.nextInFocusChain() is form.spec
    form.spec.setCurrentIndex(form.spec.findData(KeySpec.ECC_NIST_P384))
    form.show_cards(())  # the cards come when they come, and change nothing of what was chosen
    form.name.setText("talks")
    form.create_button.click()
    opened.qtbot.waitUntil(lambda: page.panel.title == "talks")
    made = keys.find_key(opened.session, "talks")
    assert (made.spec, made.usage) == (KeySpec.ECC_NIST_P384, KeyUsage.KEY_AGREEMENT)
    row = KeyRow(made, None, 0)
    assert not ENCRYPT_FILES.offered(row)
    assert not SIGN_DOCUMENTS.offered(row)
