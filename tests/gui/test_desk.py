"""The desk: what is open, and how it is put away."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from signet.errors import SignetError
from signet.gui.tasks import TaskContext
from signet.keys.spec import KeySpec
from signet.services import keys
from support.clock import SettableClock
from support.prompt import ScriptedPrompt
from support.window import DeskInTest, open_desk


@pytest.fixture
def opened(qapp: QApplication, qtbot: QtBot, tmp_path: Path, clock: SettableClock) -> Iterator[DeskInTest]:
    with open_desk(qapp, qtbot, tmp_path, clock) as made:
        yield made


def ignore(_: object) -> None:
    pass


def test_an_open_vault_is_on_the_desk(opened: DeskInTest) -> None:
    assert opened.desk.session is opened.session
    assert opened.desk.vault_path == str(opened.vault.path)


def test_locking_takes_the_session_away_at_once_and_closes_it(opened: DeskInTest, qtbot: QtBot) -> None:
    with qtbot.waitSignal(opened.desk.locked) as said:
        opened.desk.lock("The card was taken out.")
    assert said.args == ["The card was taken out."]
    assert opened.desk.session is None
    qtbot.waitUntil(lambda: not any(opened.session.master.reveal()))
    assert not opened.desk.closing


def test_a_running_job_finishes_before_the_vault_is_closed(opened: DeskInTest, qtbot: QtBot) -> None:
    release = threading.Event()
    made: list[object] = []

    def work(_: TaskContext) -> object:
        release.wait(60)
        return keys.create_key(opened.session, "late", spec=KeySpec.SYMMETRIC_DEFAULT)

    opened.tasks.run(work, done=made.append, failed=ignore)
    opened.desk.lock("Nobody was here for a while.")
    qtbot.wait(300)
    assert opened.desk.closing
    assert any(opened.session.master.reveal())
    release.set()
    qtbot.waitUntil(lambda: bool(made))
    qtbot.waitUntil(lambda: not any(opened.session.master.reveal()))


def test_locking_can_stop_what_runs(opened: DeskInTest, qtbot: QtBot) -> None:
    def work(context: TaskContext) -> None:
        while not context.cancelled():
            threading.Event().wait(0.005)

    opened.tasks.run(work, done=ignore, failed=ignore)
    opened.desk.lock("", cancel=True)
    qtbot.waitUntil(lambda: not opened.tasks.busy)
    qtbot.waitUntil(lambda: not any(opened.session.master.reveal()))


def test_locking_a_locked_desk_does_nothing(opened: DeskInTest, qtbot: QtBot) -> None:
    opened.desk.lock("")
    with qtbot.assertNotEmitted(opened.desk.locked):
        opened.desk.lock("")


def test_another_vault_locks_the_open_one(opened: DeskInTest, qtbot: QtBot, tmp_path: Path) -> None:
    with qtbot.waitSignals([opened.desk.locked, opened.desk.vault_chosen]):
        opened.desk.choose_vault(str(tmp_path / "other.signet"))
    assert opened.desk.session is None
    assert opened.desk.vault_path == str(tmp_path / "other.signet")


def test_what_another_process_changes_is_noticed(opened: DeskInTest, qtbot: QtBot) -> None:
    opened.desk._poll.setInterval(20)
    qtbot.wait(200)
    opened.vault.workplace.prompt = ScriptedPrompt(opened.answers)
    with qtbot.waitSignal(opened.desk.changed, timeout=10_000), opened.vault.open() as other:
        keys.create_key(other, "from-elsewhere", spec=KeySpec.SYMMETRIC_DEFAULT)


def test_reading_is_no_change(opened: DeskInTest, qtbot: QtBot) -> None:
    opened.desk._poll.setInterval(20)
    with qtbot.assertNotEmitted(opened.desk.changed, wait=300):
        keys.list_keys(opened.session)


def test_a_locked_desk_tells_no_change(opened: DeskInTest, qtbot: QtBot) -> None:
    with qtbot.waitSignal(opened.desk.changed):
        opened.desk.note_change()
    opened.desk.lock("")
    with qtbot.assertNotEmitted(opened.desk.changed):
        opened.desk.note_change()


def test_an_assistant_holds_the_vault_open(opened: DeskInTest) -> None:
    desk = opened.desk
    desk.hold()
    desk.hold()
    desk.release()
    assert desk.held
    desk.release()
    desk.release()
    assert not desk.held
    desk.hold()
    desk.lock("")
    assert not desk.held


def test_a_vault_that_cannot_be_polled_is_no_bug(opened: DeskInTest, qtbot: QtBot) -> None:
    bugs: list[str] = []
    opened.tasks.broken.connect(bugs.append)
    opened.desk._not_looked(SignetError())
    assert opened.desk.session is opened.session
    assert bugs == []
