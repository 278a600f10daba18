"""Watching: the card, the person, the screen."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from signet.errors import ModuleTimedOut
from signet.gui import watch as watch_module
from signet.gui.bus import DesktopSignals, session_path
from signet.gui.watch import IDLE, PULLED, SCREEN_LOCKED, SLEEP, Watch
from signet.secret import Secret
from signet.services.opening import open_vault
from signet.services.prompt import SecretKind
from signet.store.settings import Settings
from signet.tokens.model import Token
from support.clock import SettableClock
from support.locked import PIN, Counter
from support.window import DeskInTest, open_desk


class Hand:
    """A monotonic clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    monkeypatch.setattr(watch_module, "POLL_MILLISECONDS", 30)
    return Hand()


@pytest.fixture
def opened(qapp: QApplication, qtbot: QtBot, tmp_path: Path, clock: SettableClock) -> Iterator[DeskInTest]:
    with open_desk(qapp, qtbot, tmp_path, clock) as made:
        yield made


@pytest.fixture
def watch(opened: DeskInTest, hand: Hand) -> Iterator[Watch]:
    made = Watch(opened.desk, opened.tasks, clock=hand)
    opened.desk.unlocked.emit()
    yield made
    made._end("")


def settings(opened: DeskInTest, made: Settings) -> None:
    opened.vault.workplace.settings = made


def test_nobody_there_locks_after_the_minutes_chosen(
    opened: DeskInTest, watch: Watch, hand: Hand, qtbot: QtBot
) -> None:
    settings(opened, Settings(lock_after_minutes=2))
    hand.now += 119
    with qtbot.assertNotEmitted(watch.lock_wanted, wait=100):
        assert watch.idle_left == 1
    hand.now += 1
    with qtbot.waitSignal(watch.lock_wanted) as said:
        pass
    assert said.args == [IDLE, False]


def test_input_puts_it_off_and_zero_is_never(opened: DeskInTest, watch: Watch, hand: Hand, qtbot: QtBot) -> None:
    hand.now += 299
    watch.note_input()
    hand.now += 299
    with qtbot.assertNotEmitted(watch.lock_wanted, wait=100):
        pass
    settings(opened, Settings(lock_after_minutes=0))
    assert watch.idle_left is None
    hand.now += 100_000
    with qtbot.assertNotEmitted(watch.lock_wanted, wait=100):
        pass


def test_typing_and_moving_the_mouse_is_input(
    qapp: QGuiApplication, opened: DeskInTest, watch: Watch, hand: Hand, qtbot: QtBot
) -> None:
    watch.watch_windows(qapp)
    field = QLineEdit()
    qtbot.addWidget(field)
    field.show()
    field.activateWindow()
    qtbot.waitUntil(lambda: field.windowHandle() in watch._windows)
    window = field.windowHandle()

    def press() -> None:
        QTest.keyClick(window, Qt.Key.Key_A)

    def move() -> None:
        QTest.mouseMove(window, field.rect().center())

    def click() -> None:
        QTest.mouseClick(window, Qt.MouseButton.LeftButton)

    for act in (press, move, click):
        hand.now += 100
        assert watch.idle_left is not None
        assert watch.idle_left < 300
        act()
        qtbot.wait(20)
        assert watch.idle_left == 300


def test_screen_lock_and_sleep_lock_if_wanted(opened: DeskInTest, watch: Watch, qtbot: QtBot) -> None:
    heard: list[object] = []
    watch.lock_wanted.connect(lambda *said: heard.append(said))
    watch.screen_locked()
    watch.going_to_sleep()
    settings(opened, Settings(lock_on_screen_lock=False))
    watch.screen_locked()
    watch.going_to_sleep()
    assert heard == [(SCREEN_LOCKED, False), (SLEEP, False)]


def test_nothing_is_watched_while_locked(opened: DeskInTest, watch: Watch, hand: Hand, qtbot: QtBot) -> None:
    opened.desk.lock("")
    hand.now += 100_000
    with qtbot.assertNotEmitted(watch.lock_wanted, wait=100):
        watch.screen_locked()
    assert watch.card is None


def test_without_a_card_there_is_none_to_watch(watch: Watch) -> None:
    assert watch.card is None


@pytest.fixture
def watching(locked: Counter, hand: Hand) -> Iterator[Watch]:
    made = Watch(locked.desk, locked.tasks, clock=hand)
    with locked.prompt.prepared({SecretKind.PIN: Secret.from_text(PIN)}):
        locked.desk.open(open_vault(locked.desk.workplace, str(locked.path)))
    yield made
    made._end("")


def test_a_pulled_card_locks_after_the_grace(locked: Counter, watching: Watch, hand: Hand, qtbot: QtBot) -> None:
    card = watching.card
    assert card is not None
    assert card.present
    qtbot.waitUntil(lambda: watching._token is not None)
    with qtbot.waitSignal(watching.card_changed, timeout=10_000):
        locked.take_cards_out()
    assert watching.card is not None
    assert not watching.card.present
    with qtbot.assertNotEmitted(watching.lock_wanted, wait=200):
        hand.now += 2
    hand.now += 1
    with qtbot.waitSignal(watching.lock_wanted) as said:
        pass
    assert said.args == [PULLED, True]


def test_a_card_that_is_back_in_time_does_not_lock(
    locked: Counter, watching: Watch, hand: Hand, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: watching._token is not None)
    with qtbot.waitSignal(watching.card_changed, timeout=10_000):
        locked.take_cards_out()
    hand.now += 2
    with qtbot.waitSignal(watching.card_changed, timeout=10_000):
        locked.put_cards_in()
    hand.now += 100
    with qtbot.assertNotEmitted(watching.lock_wanted, wait=300):
        pass


def test_card_software_that_is_late_says_nothing_about_the_card(
    locked: Counter, watching: Watch, hand: Hand, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    qtbot.waitUntil(lambda: watching._token is not None)
    hub = locked.desk.workplace.hub
    asked: list[bool] = []

    def held() -> tuple[Token, ...]:
        asked.append(True)
        hub.problems = (ModuleTimedOut(module="m", seconds=20.0, others=""),)
        return ()

    monkeypatch.setattr(hub, "tokens", held)
    hand.now += 100
    with qtbot.assertNotEmitted(watching.lock_wanted, wait=300):
        pass
    assert asked
    assert watching.card is not None
    assert watching.card.present


def test_while_an_assistant_asks_for_another_card_removal_does_not_lock(
    locked: Counter, watching: Watch, hand: Hand, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: watching._token is not None)
    locked.desk.hold()
    with qtbot.waitSignal(watching.card_changed, timeout=10_000):
        locked.take_cards_out()
    hand.now += 100
    with qtbot.assertNotEmitted(watching.lock_wanted, wait=200):
        pass
    with qtbot.waitSignal(watching.lock_wanted):
        locked.desk.release()


@pytest.mark.parametrize(
    ("session", "path"),
    [("", ""), ("2", "/org/freedesktop/login1/session/_32"), ("c1", "/org/freedesktop/login1/session/c1")],
)
def test_the_path_of_a_session(session: str, path: str) -> None:
    assert session_path(session) == path


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A message bus of the test's own, in the place of the system's and the session's."""
    daemon = shutil.which("dbus-daemon")
    assert daemon, "dbus-daemon is missing; ./test installs it on Debian"
    process = subprocess.Popen(
        [daemon, "--session", "--nofork", "--print-address=1", f"--address=unix:path={tmp_path}/bus"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
    monkeypatch.setenv("XDG_SESSION_ID", "7")
    yield
    process.terminate()
    process.wait(60)
    process.stdout.close()


HEARD = """
import sys
from PySide6.QtCore import QCoreApplication, QTimer
from signet.gui.bus import DesktopSignals
application = QCoreApplication([])
signals = DesktopSignals()
signals.screen_locked.connect(lambda: print("locked", flush=True))
signals.going_to_sleep.connect(lambda: print("sleep", flush=True))
print("ready", flush=True)
QTimer.singleShot(20000, application.quit)
application.exec()
"""


@pytest.mark.usefixtures("bus")
def test_what_the_desktop_says_is_heard() -> None:
    # In a process of its own: Qt connects to a bus once for the life of a process.
    with subprocess.Popen([sys.executable, "-c", HEARD], stdout=subprocess.PIPE, text=True) as listening:
        assert listening.stdout is not None
        assert listening.stdout.readline() == "ready\n"
        for path, member, arguments, heard in (
            (
                "/org/freedesktop/login1",
                "org.freedesktop.login1.Manager.PrepareForSleep",
                ["boolean:true"],
                "sleep\n",
            ),
            ("/org/freedesktop/login1/session/_37", "org.freedesktop.login1.Session.Lock", [], "locked\n"),
            ("/ScreenSaver", "org.freedesktop.ScreenSaver.ActiveChanged", ["boolean:false"], ""),
            ("/ScreenSaver", "org.freedesktop.ScreenSaver.ActiveChanged", ["boolean:true"], "locked\n"),
        ):
            service = member.rpartition(".")[0].replace(".Manager", "").replace(".Session", "")
            subprocess.run([sys.executable, "-c", SAY, service, path, member, *arguments], check=True, env=os.environ)
            if heard:
                assert listening.stdout.readline() == heard
        listening.terminate()


SAY = """
import sys
from PySide6.QtCore import QCoreApplication
from PySide6.QtDBus import QDBusConnection, QDBusMessage
application = QCoreApplication([])
service, path, member, *arguments = sys.argv[1:]
bus = QDBusConnection.sessionBus()
assert bus.registerService(service)
interface, _, name = member.rpartition(".")
message = QDBusMessage.createSignal(path, interface, name)
message.setArguments([argument == "boolean:true" for argument in arguments])
assert bus.send(message)
bus.call(QDBusMessage.createMethodCall("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "GetId"))
"""


def test_without_a_bus_there_is_silence(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, tmp_path: Path) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/nobody")
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/nobody")
    signals = DesktopSignals()
    with qtbot.waitSignal(signals.screen_locked):
        signals.on_screen_saver(True)
    with qtbot.assertNotEmitted(signals.screen_locked):
        signals.on_screen_saver(False)
    with qtbot.assertNotEmitted(signals.going_to_sleep):
        signals.on_sleep(False)
