"""Tasks: work off the GUI thread, answers in it."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot

from signet.errors import Cancelled, DiskFull, SignetError
from signet.gui.tasks import TaskContext, Tasks, raise_if_cancelled
from support.ticks import Ticks


class Heard:
    """What came back, and in which thread."""

    def __init__(self) -> None:
        self.done: list[object] = []
        self.failed: list[SignetError] = []
        self.progress: list[tuple[int, int]] = []
        self.threads: set[QThread] = set()

    def on_done(self, result: object) -> None:
        self.done.append(result)
        self.threads.add(QThread.currentThread())

    def on_failed(self, error: SignetError) -> None:
        self.failed.append(error)
        self.threads.add(QThread.currentThread())

    def on_progress(self, done: int, total: int) -> None:
        self.progress.append((done, total))
        self.threads.add(QThread.currentThread())


@pytest.fixture
def tasks(qtbot: QtBot) -> Iterator[Tasks]:
    made = Tasks()
    yield made
    made.close()


@pytest.fixture
def heard() -> Heard:
    return Heard()


def test_the_answer_comes_in_the_gui_thread(qtbot: QtBot, tasks: Tasks, heard: Heard) -> None:
    def work(_: TaskContext) -> int:
        return threading.get_ident()

    task = tasks.run(work, done=heard.on_done, failed=heard.on_failed)
    assert task.running
    assert tasks.busy
    qtbot.waitUntil(lambda: bool(heard.done))
    assert heard.done != [threading.get_ident()]
    assert heard.threads == {QThread.currentThread()}
    assert not tasks.busy
    assert heard.failed == []


def test_an_error_comes_as_itself(qtbot: QtBot, tasks: Tasks, heard: Heard) -> None:
    def work(_: TaskContext) -> None:
        raise DiskFull(path="/x")

    tasks.run(work, done=heard.on_done, failed=heard.on_failed)
    qtbot.waitUntil(lambda: bool(heard.failed))
    assert isinstance(heard.failed[0], DiskFull)
    assert heard.done == []


def test_a_bug_is_told_without_its_values_and_ends_the_task(qtbot: QtBot, tasks: Tasks, heard: Heard) -> None:
    def work(_: TaskContext) -> None:
        raise RuntimeError("canary-7431")

    with qtbot.waitSignal(tasks.broken) as told:
        tasks.run(work, done=heard.on_done, failed=heard.on_failed)
    qtbot.waitUntil(lambda: bool(heard.failed))
    assert told.args is not None
    assert "RuntimeError" in told.args[0]
    assert "canary" not in told.args[0] + heard.failed[0].message
    assert type(heard.failed[0]) is SignetError
    assert not tasks.busy


def test_progress_that_comes_too_fast_is_left_out_but_its_end_is_not(
    qtbot: QtBot, tasks: Tasks, heard: Heard
) -> None:
    def work(context: TaskContext) -> None:
        for done in range(100_001):
            context.progress(done, 100_000)

    tasks.run(work, done=heard.on_done, failed=heard.on_failed, progress=heard.on_progress)
    qtbot.waitUntil(lambda: bool(heard.done), timeout=20_000)
    assert heard.progress[-1] == (100_000, 100_000)
    assert len(heard.progress) < 50_000
    assert heard.progress == sorted(heard.progress)


def test_cancelled_work_ends_with_cancelled(qtbot: QtBot, tasks: Tasks, heard: Heard) -> None:
    begun = threading.Event()

    def work(context: TaskContext) -> None:
        begun.set()
        while True:
            raise_if_cancelled(context)

    task = tasks.run(work, done=heard.on_done, failed=heard.on_failed)
    assert begun.wait(60)
    task.cancel()
    qtbot.waitUntil(lambda: bool(heard.failed))
    assert isinstance(heard.failed[0], Cancelled)


def test_quiet_work_is_not_busy(qtbot: QtBot, tasks: Tasks, heard: Heard) -> None:
    release = threading.Event()
    changes: list[bool] = []
    tasks.busy_changed.connect(changes.append)
    tasks.run(lambda _: release.wait(60), done=heard.on_done, failed=heard.on_failed, quiet=True)
    assert not tasks.busy
    tasks.run(lambda _: release.wait(60), done=heard.on_done, failed=heard.on_failed)
    assert tasks.busy
    assert tasks.count == 1
    release.set()
    qtbot.waitUntil(lambda: len(heard.done) == 2)
    assert changes == [True, False]


def test_nothing_is_delivered_to_what_was_deleted(qtbot: QtBot, tasks: Tasks) -> None:
    class Page(QObject):
        def __init__(self) -> None:
            super().__init__()
            self.heard: list[object] = []

        def take(self, result: object) -> None:
            self.heard.append(result)

    release = threading.Event()
    page = Page()
    tasks.run(lambda _: release.wait(60), done=page.take, failed=page.take)
    page.deleteLater()
    qtbot.wait(10)
    release.set()
    qtbot.waitUntil(lambda: not tasks.busy)
    assert page.heard == []


def test_after_close_nothing_is_delivered(qtbot: QtBot, heard: Heard) -> None:
    tasks = Tasks()

    def work(context: TaskContext) -> str:
        while not context.cancelled():
            threading.Event().wait(0.005)
        return "late"

    tasks.run(work, done=heard.on_done, failed=heard.on_failed)
    tasks.close()
    qtbot.wait(50)
    assert heard.done == []
    assert heard.failed == []


def test_five_hundred_tasks_leave_nothing_behind(qtbot: QtBot, tasks: Tasks, heard: Heard) -> None:
    # Also the test for what PySide6 6.12.0 does to CPython 3.11: it dies after a few hundred emitted signals.
    for number in range(500):
        tasks.run(lambda _, number=number: number, done=heard.on_done, failed=heard.on_failed)  # type: ignore[misc]
    qtbot.waitUntil(lambda: len(heard.done) == 500, timeout=30_000)
    qtbot.wait(20)
    gc.collect()
    assert sorted(heard.done) == list(range(500))  # type: ignore[type-var]
    assert tasks.children() == []


def test_waiting_work_does_not_hold_the_gui_up(qtbot: QtBot, tasks: Tasks, heard: Heard) -> None:
    ticks, release = Ticks(), threading.Event()
    tasks.run(lambda _: release.wait(60), done=heard.on_done, failed=heard.on_failed)
    qtbot.waitUntil(lambda: ticks.count >= 10)
    assert not heard.done
    release.set()
    qtbot.waitUntil(lambda: bool(heard.done))
    ticks.stop()
