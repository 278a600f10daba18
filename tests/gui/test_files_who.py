"""For whom: persons of both kinds, oneself or not, and what age itself makes of the result."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from signet.gui.pages.files import SETTLE_FIRST, FilesPage
from signet.gui.pages.files_who_question import ALONE, NO_AGE_KEY, NO_NOTE, WhoQuestion
from signet.gui.pages.jobs_failures import RowAct
from signet.gui.pages.jobs_list import Shown
from signet.keys.spec import KeySpec
from signet.services import keys
from signet.services.people import PersonKeyKind, PublicPart, add_person
from support.clock import SettableClock
from support.window import DeskInTest, nameless_controls, open_desk

DER, SPKI = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo


@pytest.fixture
def opened(qapp: QApplication, qtbot: QtBot, tmp_path: Path, clock: SettableClock) -> Iterator[DeskInTest]:
    with open_desk(qapp, qtbot, tmp_path, clock) as made:
        yield made


def ask(opened: DeskInTest, page: FilesPage) -> WhoQuestion:
    QTest.keyClick(page.drop_field.others_button, Qt.Key.Key_Space)
    opened.qtbot.waitUntil(lambda: page.who.question is not None)
    question = page.who.question
    assert question is not None
    return question


def tick(question: WhoQuestion, *names: str) -> None:
    for row in range(question.people.count()):
        item = question.people.item(row)
        if item.text().partition("\n")[0] in names:
            question.people.setCurrentItem(item)
            QTest.keyClick(question.people, Qt.Key.Key_Space)


def drop(opened: DeskInTest, page: FilesPage, path: Path) -> Shown:
    before = len(page.list.shown)
    page.take("", [str(path)])
    opened.qtbot.waitUntil(lambda: len(page.list.shown) > before and not page.busy, timeout=30000)
    return page.list.shown[0]


def test_age_files_for_people_who_take_no_others(opened: DeskInTest, tmp_path: Path) -> None:
    keys.create_key(opened.session, "my-files", spec=KeySpec.SYMMETRIC_DEFAULT)
    page = FilesPage(opened.desk, opened.tasks, opened.theme)
    opened.qtbot.addWidget(page)
    page.show()
    opened.qtbot.waitUntil(lambda: page.key.keys.default is not None)
    bob = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(DER, SPKI)
    add_person(opened.session, "Bob", [PublicPart(PersonKeyKind.EC, bob)])
    carl = ed25519.Ed25519PrivateKey.generate()
    add_person(
        opened.session, "Carl", [PublicPart(PersonKeyKind.SSH_ED25519, carl.public_key().public_bytes(DER, SPKI))]
    )
    letter = tmp_path / "letter.txt"
    letter.write_bytes(b"dear Carl")

    # What nobody can be given together is said, and what is dropped then is not encrypted for others.
    question = ask(opened, page)
    assert (question.with_key.isVisible(), question.mine.isVisible()) == (True, False)
    tick(question, "Bob", "Carl")
    assert not question.with_key.isVisible()
    assert "Encrypt once for each of them" in question.said.text()
    assert question.whom is None
    assert not question.files_button.isEnabled()
    page.take("", [str(letter)])
    assert page.banner.sentence == SETTLE_FIRST

    # Without an age key of one's own the result is for Carl alone, and age opens it with his key.
    tick(question, "Bob")
    assert ".age" in question.said.text()
    assert (question.alone.text(), question.note_said.text()) == (NO_AGE_KEY, NO_NOTE)
    assert not question.note.isEnabled()
    assert nameless_controls(page) == []
    row = drop(opened, page, letter)
    assert "Carl can open it" in row.result.sentence
    assert row.result.acts == (RowAct.SHOW,)
    identity = tmp_path / "carl"
    private = serialization.PrivateFormat.OpenSSH
    identity.write_bytes(carl.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption()))
    identity.chmod(0o600)
    made = tmp_path / "letter.txt.age"
    opening = ["age", "--decrypt", "-i", str(identity), str(made)]
    assert subprocess.run(opening, capture_output=True, check=True).stdout == b"dear Carl"
    made.unlink()

    # With one it opens for oneself too; who does not want that, says so.
    keys.create_key(opened.session, "my-age", spec=KeySpec.X25519)
    question = ask(opened, page)
    tick(question, "Carl")
    assert question.mine.isChecked()
    row = drop(opened, page, letter)
    assert "your key “my-age”" in row.result.sentence
    letter.unlink()
    row = drop(opened, page, made)
    assert row.result.output == str(letter)
    assert letter.read_bytes() == b"dear Carl"

    question = ask(opened, page)
    tick(question, "Bob")
    QTest.keyClick(question.mine, Qt.Key.Key_Space)
    whom = question.whom
    assert whom is not None
    assert (whom.alone, whom.key, whom.age) == (True, "", False)
    assert question.alone.text() == ALONE
    assert question.alone.isVisible()
