"""Edit once in the window: opened in its program, encrypted when it is done, not lost by locking or closing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from signet.gui.pages.files_edit import LOCKED, OPEN, SAVED, UNFINISHED, EditStrip
from signet.keys.spec import KeySpec
from signet.secret import Secret
from signet.services import keys
from signet.services.files import decrypt_files, encrypt_files
from signet.services.prompt import SecretKind
from support.clock import SettableClock
from support.memory import memory  # noqa: F401 - a fixture
from support.window import DeskInTest, nameless_controls, open_desk


@pytest.fixture
def opened(qapp: QApplication, qtbot: QtBot, tmp_path: Path, clock: SettableClock) -> Iterator[DeskInTest]:
    with open_desk(qapp, qtbot, tmp_path, clock) as made:
        yield made


class Program:
    """Takes what it is to open, and saves when told."""

    def __init__(self) -> None:
        self.given: list[Path] = []

    def __call__(self, path: str) -> bool:
        self.given.append(Path(path))
        return True


def strip(opened: DeskInTest, program: Program) -> EditStrip:
    made = EditStrip(opened.desk, opened.tasks, opened.theme, opener=program)
    opened.qtbot.addWidget(made)
    made.resize(700, 200)
    return made


def test_a_file_is_edited_kept_over_a_lock_and_taken_up_after_the_window_closed(
    opened: DeskInTest, tmp_path: Path
) -> None:
    keys.create_key(opened.session, "my-files", spec=KeySpec.SYMMETRIC_DEFAULT)
    (tmp_path / "diary.txt").write_text("dear")
    (item,) = encrypt_files(opened.session, [str(tmp_path / "diary.txt")], key="my-files")
    path, program = item.output or "", Program()
    first = strip(opened, program)
    errors: list[object] = []
    first.failed.connect(errors.append)
    first.begin(path)
    row = first.rows[0]
    opened.qtbot.waitUntil(lambda: bool(program.given))
    assert (row.sentence, nameless_controls(first)) == (OPEN, [])
    assert row.warning.endswith(str(program.given[0]))  # whoever has no program for it can still get at it
    program.given[0].write_text("dear diary")
    first.look()
    assert row.sentence == SAVED
    assert str(program.given[0]) not in row.warning
    row.discard_button.click()
    assert row.asking
    row.keep_button.click()
    assert not row.asking
    opened.desk.lock("")
    assert (row.sentence, row.done_button.isEnabled()) == (LOCKED, False)
    first.close_all()
    opened.qtbot.waitUntil(lambda: not opened.desk.closing, timeout=10000)
    with opened.prompt.prepared(
        {SecretKind.RECOVERY_CODE: Secret.from_text(opened.answers[SecretKind.RECOVERY_CODE])}
    ):
        opened.desk.open(opened.vault.open())
    second = strip(opened, program)
    opened.qtbot.waitUntil(lambda: bool(second.rows))
    row = second.rows[0]
    assert row.sentence == UNFINISHED
    row.again_button.click()
    assert program.given[1] == program.given[0]
    with opened.qtbot.waitSignal(second.finished) as heard:
        row.done_button.click()
    assert (heard.args, second.rows, second.isHidden()) == ([path, True], [], True)
    assert not program.given[0].parent.exists()
    assert opened.desk.session is not None
    (item,) = decrypt_files(opened.desk.session, [path], output=str(tmp_path / "out"))
    assert Path(item.output or "").read_text() == "dear diary"
    second.begin(path)
    opened.qtbot.waitUntil(lambda: len(program.given) == 3)
    second.rows[0].discard_button.click()  # nothing was changed, so nobody is asked
    opened.qtbot.waitUntil(lambda: not second.rows)
    assert not program.given[2].parent.exists()
    second.begin(str(tmp_path / "missing.esdk"))
    second.failed.connect(errors.append)
    opened.qtbot.waitUntil(lambda: bool(errors))
    assert second.rows == []
