"""An age file looked into: what it says of itself, and for whom the vault noted that it made it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from signet.crypto.personkeys import read_people_keys
from signet.gui.pages.files import FilesPage
from signet.gui.pages.files_inspect import MADE_HERE, NOBODY_NAMED, AgeBody
from signet.keys.spec import KeySpec
from signet.services import keys, people
from signet.services.age_encrypt import encrypt_age
from signet.services.age_recipients import For
from signet.services.catalogue_places import forget_file
from support.clock import SettableClock
from support.person_keys import AGE
from support.window import DeskInTest, open_desk


@pytest.fixture
def opened(qapp: QApplication, qtbot: QtBot, tmp_path: Path, clock: SettableClock) -> Iterator[DeskInTest]:
    with open_desk(qapp, qtbot, tmp_path, clock) as made:
        yield made


def test_whom_the_vault_made_a_file_for_is_shown_until_it_is_forgotten(opened: DeskInTest, tmp_path: Path) -> None:
    page = FilesPage(opened.desk, opened.tasks, opened.theme)
    opened.qtbot.addWidget(page)
    page.show()
    session, letter = opened.desk.session, tmp_path / "letter"
    assert session is not None
    letter.write_bytes(b"dear Anna")
    keys.create_key(session, "mine", spec=KeySpec.X25519)
    people.add_person(session, "Anna", read_people_keys(AGE.encode()))
    (item,) = encrypt_age(session, [str(letter)], to=For(keys=("mine",), people=("Anna",)))
    message = str(item.output)

    def words() -> list[str]:
        return [each.text() for body in page.panel.findChildren(AgeBody) for each in body.findChildren(QLabel)]

    page.inspect(message)
    opened.qtbot.waitUntil(lambda: MADE_HERE in words(), timeout=20_000)
    shown = words()
    assert [shown[shown.index(each) + 1] for each in ("Your key", "Person")] == ["mine", "Anna"]
    assert NOBODY_NAMED not in shown
    forget_file(session, message)
    page.inspect(message)
    opened.qtbot.waitUntil(lambda: NOBODY_NAMED in words(), timeout=20_000)
