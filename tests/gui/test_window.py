"""The window as a whole: states, pages, locking, closing, what is dropped and what later starts bring."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from signet.crypto.esdk_encrypt import encrypt
from signet.errors import Cancelled, SignetError, UsageError
from signet.gui.app import has_screen, read_arguments
from signet.gui.background import LOOK_MILLISECONDS
from signet.gui.conduct import Conductor
from signet.gui.desk import Desk
from signet.gui.instance import Request
from signet.gui.outside import OutsideDocuments
from signet.gui.pages.documents import DocumentsPage
from signet.gui.pages.files import FilesPage
from signet.gui.places import PLACES
from signet.gui.prompt import WindowPrompt
from signet.gui.setup.assistant import SetupAssistant
from signet.gui.tasks import BUG_TITLE, TaskContext, Tasks
from signet.gui.theme import Theme
from signet.gui.unlock import UnlockScreen
from signet.gui.watch import PULLED, Watch
from signet.gui.window import MainWindow
from signet.keys.spec import KeySpec
from signet.secret import Secret
from signet.services import files_encrypt, keys
from signet.services.job import JobState
from signet.services.opening import open_vault
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind, SecretRequest
from signet.tokens.waiting import Wait, WaitFor
from support.clock import SettableClock
from support.pdf import lease_pdf
from support.ticks import Ticks
from support.vaults import VaultInTest, make_vault
from support.window import nameless_controls

PIN = SecretRequest(kind=SecretKind.PIN, what="PIN of “Nitrokey”")
STALL = 0.1  # seconds: DESIGN and STYLE allow no more in the GUI thread


@dataclass
class Whole:
    """The window with all that belongs to it, over one vault that is locked at first."""

    window: MainWindow
    conductor: Conductor
    desk: Desk
    tasks: Tasks
    prompt: WindowPrompt
    watch: Watch
    vault: VaultInTest
    qtbot: QtBot

    def unlock(self) -> None:
        code = Secret.from_text(self.vault.prompt.answers[SecretKind.RECOVERY_CODE])
        with self.prompt.prepared({SecretKind.RECOVERY_CODE: code}):
            session = open_vault(self.desk.workplace, str(self.vault.path), selection=Selection(recovery=True))
        self.desk.open(session)
        self.qtbot.waitUntil(lambda: self.window.pages.count() == len(PLACES))

    def run_until_stopped(self) -> list[str]:
        """Start a job that runs until it is cancelled."""
        ended: list[str] = []

        def work(context: TaskContext) -> str:
            while not context.cancelled():
                threading.Event().wait(0.005)
            return "stopped"

        self.tasks.run(work, done=ended.append, failed=lambda _: None)
        return ended


@pytest.fixture
def whole(qapp: QApplication, qtbot: QtBot, tmp_path: Path, clock: SettableClock) -> Iterator[Whole]:
    vault = make_vault(tmp_path, clock)
    with vault.open() as session:
        keys.create_key(session, "my-files", spec=KeySpec.SYMMETRIC_DEFAULT)
    prompt, tasks, theme = WindowPrompt(), Tasks(), Theme(qapp, "light")
    vault.workplace.prompt = prompt
    window = MainWindow(theme, tasks)
    desk = Desk(vault.workplace, tasks, parent=window)
    watch = Watch(desk, tasks, parent=window)
    conductor = Conductor(window, desk=desk, prompt=prompt, tasks=tasks, theme=theme, watch=watch)
    window.show()
    broken: list[str] = []
    tasks.broken.connect(broken.append)
    conductor.start(Request(vault=str(vault.path)))
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield Whole(window, conductor, desk, tasks, prompt, watch, vault, qtbot)
    tasks.cancel_all()
    window.closing.emit()
    window.deleteLater()
    qtbot.wait(1)
    assert broken == []


def test_a_locked_vault_shows_the_unlock_screen(whole: Whole) -> None:
    assert whole.window.state == "unlock"
    assert whole.window.windowTitle() == "personal - Signet"


def test_unlocked_every_page_is_there_and_is_shown(whole: Whole) -> None:
    whole.unlock()
    assert whole.window.state == "open"
    for number, place in enumerate(PLACES, start=1):
        QTest.keyClick(whole.window, Qt.Key(Qt.Key.Key_0 + number), Qt.KeyboardModifier.ControlModifier)
        whole.qtbot.waitUntil(lambda key=place.key: whole.window.page == key)  # type: ignore[misc]
        assert whole.window.sidebar._buttons[place.key].isChecked()
        assert whole.window.sidebar._buttons[place.key].hasFocus()


def test_every_control_of_every_page_has_a_name(whole: Whole) -> None:
    whole.unlock()
    assert nameless_controls(whole.window) == []


def test_locking_to_restore_asks_for_the_backup_at_once(whole: Whole) -> None:
    whole.unlock()
    whole.desk.lock_to_restore()
    assert whole.window.state == "unlock"
    screen = whole.conductor._unlock
    assert screen is not None
    assert screen._views.currentWidget() is screen.restore
    assert whole.window.focusWidget() is screen.restore.file
    whole.qtbot.wait(300)  # a look at the vault comes back meanwhile
    assert screen._views.currentWidget() is screen.restore


class Flashes(QObject):
    """Notes every widget that became a window of its own: it would flash up, and take the keyboard with it."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.seen.append(f"{type(watched).__name__} {watched.accessibleName()}")
        return False


def test_no_part_ever_becomes_a_window(whole: Whole, qapp: QApplication) -> None:
    flashes = Flashes()
    qapp.installEventFilter(flashes)
    whole.unlock()
    for place in PLACES:
        whole.conductor.go_to(place.key)
        whole.qtbot.wait(50)
    whole.conductor.show_setup()
    whole.qtbot.wait(50)
    qapp.removeEventFilter(flashes)
    assert flashes.seen == []


def test_the_margins_tell_what_there_is(whole: Whole) -> None:
    whole.unlock()
    status = whole.window._status
    whole.qtbot.waitUntil(lambda: "1 key" in status.text())
    assert "1 way in" in status.text()
    assert whole.window.sidebar._buttons["keys"].accessibleName() == "Keys, 1"
    assert "Opened by recovery code" in whole.window.sidebar.card_box.accessibleName()


def test_the_sidebar_goes_by_mouse_and_keyboard(whole: Whole) -> None:
    whole.unlock()
    sidebar = whole.window.sidebar
    QTest.mouseClick(sidebar._buttons["activity"], Qt.MouseButton.LeftButton)
    assert whole.window.page == "activity"
    sidebar._buttons["activity"].setFocus()
    QTest.keyClick(sidebar._buttons["activity"], Qt.Key.Key_Down)
    assert sidebar._buttons["settings"].hasFocus()
    QTest.keyClick(sidebar._buttons["settings"], Qt.Key.Key_Space)
    assert whole.window.page == "settings"
    QTest.keyClick(sidebar._buttons["settings"], Qt.Key.Key_Down)
    assert sidebar.lock_button.hasFocus()


def test_ctrl_l_locks_and_the_page_is_shown_again_afterwards(whole: Whole) -> None:
    whole.unlock()
    whole.conductor.go_to("activity")
    whole.qtbot.waitUntil(lambda: not whole.tasks.busy)
    QTest.keyClick(whole.window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert whole.window.state == "unlock"
    assert whole.desk.session is None
    whole.unlock()
    assert whole.window.page == "activity"


def test_locking_over_a_running_job_asks(whole: Whole) -> None:
    whole.unlock()
    whole.qtbot.waitUntil(lambda: not whole.tasks.busy)
    ended = whole.run_until_stopped()
    asking = whole.window.stop_jobs
    whole.conductor.ask_to_lock()
    assert asking.isVisible()
    QTest.keyClick(asking, Qt.Key.Key_Escape)
    assert asking.isHidden()
    assert whole.window.state == "open"
    whole.conductor.ask_to_lock()
    asking.finish_button.click()
    assert whole.window.state == "unlock"
    assert whole.tasks.busy
    whole.tasks.cancel_all()
    whole.qtbot.waitUntil(lambda: bool(ended))


def test_locking_can_stop_the_jobs(whole: Whole) -> None:
    whole.unlock()
    whole.qtbot.waitUntil(lambda: not whole.tasks.busy)
    ended = whole.run_until_stopped()
    whole.conductor.ask_to_lock()
    whole.window.stop_jobs.stop_button.click()
    whole.qtbot.waitUntil(lambda: bool(ended))
    assert whole.window.state == "unlock"


@pytest.mark.parametrize("closing", [True, False])
def test_a_question_about_jobs_that_have_ended_says_so(whole: Whole, closing: bool) -> None:
    whole.unlock()
    whole.qtbot.waitUntil(lambda: not whole.tasks.busy)
    whole.run_until_stopped()
    asking = whole.window.stop_jobs
    before = QPushButton("Cancel", whole.window)
    before.show()
    before.setFocus()
    if closing:
        assert not whole.window.close()
    else:
        whole.conductor.ask_to_lock()
    assert asking.over_button.isHidden()
    whole.tasks.cancel_all()
    whole.qtbot.waitUntil(asking.over_button.isVisible)
    assert asking.card.accessibleName() == "Nothing is running any more"
    assert asking.over_button.text() == ("Close" if closing else "Lock")
    assert asking.stop_button.isHidden()
    assert asking.finish_button.isHidden()
    assert asking.background_button.isHidden()
    shiboken6.delete(before)  # what had the focus before went with its row
    asking.over_button.click()
    assert whole.desk.session is None
    assert whole.window.isVisible() != closing


def test_a_pulled_card_locks_and_says_why(whole: Whole) -> None:
    whole.unlock()
    whole.watch.lock_wanted.emit(PULLED, True)
    assert whole.window.state == "unlock"
    assert whole.window.banner.sentence == PULLED
    whole.unlock()
    assert whole.window.banner.isHidden()


def test_closing_during_a_job_asks(whole: Whole) -> None:
    whole.unlock()
    whole.qtbot.waitUntil(lambda: not whole.tasks.busy)
    ended = whole.run_until_stopped()
    assert not whole.window.close()
    assert whole.window.isVisible()
    assert whole.window.stop_jobs.isVisible()
    whole.window.stop_jobs.keep_button.click()
    assert not ended
    assert not whole.window.close()
    whole.window.stop_jobs.stop_button.click()
    assert not whole.window.isVisible()
    assert whole.desk.session is None


@pytest.mark.parametrize("well", [True, False])
def test_jobs_go_on_without_the_window(
    whole: Whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, well: bool
) -> None:
    """What went well ends Signet; what did not brings the window back, and so does another start."""
    gate, real = threading.Event(), encrypt

    def slow(*words: object, **more: object) -> object:
        gate.wait(60)
        return real(*words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(files_encrypt, "encrypt", slow)
    whole.unlock()
    letter, ended = tmp_path / "letter.txt", []
    letter.write_text("dear")
    whole.window.closing.connect(lambda: ended.append(True))
    whole.conductor.take("", [str(letter)])
    page = whole.conductor.book.page("files")
    assert isinstance(page, FilesPage)
    whole.qtbot.waitUntil(lambda: page.board.count(JobState.RUNNING) == 1)
    for _ in range(2):
        assert not whole.window.close()
        whole.window.stop_jobs.background_button.click()
        assert whole.window.isHidden()
        whole.qtbot.wait(LOOK_MILLISECONDS + 50)
        assert whole.window.isHidden()
        whole.conductor.open_request(Request())
        assert whole.window.isVisible()
    whole.conductor.background.leave()
    if not well:
        page.board.cancel_all()
    gate.set()
    whole.qtbot.waitUntil(lambda: bool(ended) or whole.window.isVisible(), timeout=10000)
    assert (bool(ended), whole.window.isVisible()) == (well, not well)
    assert (tmp_path / "letter.txt.esdk").exists() is well
    assert whole.window.banner.sentence == ("" if well else "While the window was away: 1 not done.")
    assert page.list.shown[0].result.pill == ("Encrypted" if well else "Cancelled")


def test_the_window_comes_back_when_somebody_is_needed(whole: Whole) -> None:
    whole.unlock()
    whole.conductor.background.leave()
    whole.tasks.run(lambda _: whole.prompt.secret(PIN), done=lambda _: None, failed=lambda _: None)
    whole.qtbot.waitUntil(whole.conductor.prompt_panel.isVisible)
    assert not whole.conductor.background.away


def test_closing_while_something_is_asked_cancels_it(whole: Whole) -> None:
    whole.unlock()
    failed: list[object] = []
    whole.tasks.run(lambda _: whole.prompt.secret(PIN), done=failed.append, failed=failed.append, quiet=True)
    whole.qtbot.waitUntil(whole.conductor.prompt_panel.isVisible)
    assert whole.window.close()
    assert whole.prompt.current is not None
    assert whole.prompt.current.answered


def test_locking_cancels_what_is_asked(whole: Whole) -> None:
    whole.unlock()
    failed: list[object] = []
    whole.tasks.run(lambda _: whole.prompt.secret(PIN), done=failed.append, failed=failed.append, quiet=True)
    whole.qtbot.waitUntil(whole.conductor.prompt_panel.isVisible)
    whole.watch.lock_wanted.emit(PULLED, True)
    whole.qtbot.waitUntil(lambda: bool(failed))
    assert whole.conductor.prompt_panel.isHidden()


def test_files_given_while_locked_wait_for_the_unlocking(
    whole: Whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("dear")
    whole.conductor.open_request(Request(paths=(str(letter),)))
    whole.conductor.open_request(Request(paths=(str(letter),), act="sign"))
    assert whole.window.state == "unlock"
    assert "letter.txt" in whole.window.banner.sentence
    taken: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(whole.conductor.book, "take", lambda act, paths: taken.append((act, paths)))
    whole.unlock()
    assert taken == [("", [str(letter)]), ("sign", [str(letter)])]


def test_a_document_is_checked_while_the_vault_is_locked_and_anew_once_it_is_open(
    whole: Whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("dear")
    whole.conductor.open_request(Request(paths=(str(letter),), act="verify"))
    assert whole.window.state == "outside"
    outside = whole.window.states.currentWidget()
    assert isinstance(outside, OutsideDocuments)
    whole.qtbot.waitUntil(lambda: outside.page.view.result is not None)
    result = outside.page.view.result
    assert result is not None
    assert not result.recorded
    outside.back.click()
    assert whole.window.state == "unlock"
    taken: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(whole.conductor.book, "take", lambda act, paths: taken.append((act, paths)))
    whole.unlock()
    assert taken == [("verify", [str(letter)])]
    assert outside.document == ""


ESCAPE = (Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
ALT_LEFT = (Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)


def _press(whole: Whole, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """As the keyboard does: to the window, which gives it to whatever has the focus."""
    handle = whole.window.windowHandle()
    assert handle is not None
    QTest.keyClick(handle, key, modifier)


def _look_at(whole: Whole, path: Path) -> DocumentsPage:
    """Have a PDF opened, and wait until its pages are there."""
    page = whole.conductor.book.page("documents")
    assert isinstance(page, DocumentsPage)
    whole.conductor.take("verify", [str(path)])
    whole.qtbot.waitUntil(lambda: page.document == str(path) and not page.busy)
    return page


@pytest.mark.parametrize(("key", "modifier"), [ESCAPE, ALT_LEFT], ids=["Escape", "Alt+Left"])
def test_from_a_document_it_goes_back_wherever_the_focus_is(
    whole: Whole, tmp_path: Path, key: Qt.Key, modifier: Qt.KeyboardModifier
) -> None:
    lease = tmp_path / "lease.pdf"
    lease.write_bytes(lease_pdf(1))
    whole.unlock()
    page = _look_at(whole, lease)
    assert page.view.back_button.hasFocus()  # where the focus is when a document has been opened
    _press(whole, key, modifier)
    assert page.document == ""
    assert page.verify_button.hasFocus()
    entry = whole.window.sidebar._buttons["documents"]
    for place in (page.view.sign_button, page.view.preview.pages, page.view.bar.panel, entry, None):
        _look_at(whole, lease)
        if place is None:
            page.view.back_button.clearFocus()
        else:
            place.setFocus()
        assert whole.window.focusWidget() is place
        _press(whole, key, modifier)
        assert page.document == "", place


def test_escape_closes_a_panel_before_it_leaves_the_document(whole: Whole, tmp_path: Path) -> None:
    lease = tmp_path / "lease.pdf"
    lease.write_bytes(lease_pdf(1))
    whole.unlock()
    keys.create_key(whole.desk.session or pytest.fail("locked"), "pen", spec=KeySpec.ECC_NIST_P256)
    page = _look_at(whole, lease)
    page.view.sign_button.click()
    whole.qtbot.waitUntil(page.panel.isVisible)
    page.view.preview.pages.setFocus()
    _press(whole, *ESCAPE)
    assert page.panel.isHidden()
    assert page.document == str(lease)
    _press(whole, *ESCAPE)
    assert page.document == ""


def test_escape_gives_up_a_card_before_it_leaves_the_document(whole: Whole, tmp_path: Path) -> None:
    lease = tmp_path / "lease.pdf"
    lease.write_bytes(lease_pdf(1))
    whole.unlock()
    page = _look_at(whole, lease)
    whole.window.wait_banner.show_wait(Wait("Nitrokey", WaitFor.TOUCH, 15))
    with whole.qtbot.waitSignal(whole.window.wait_banner.given_up):
        _press(whole, *ESCAPE)
    assert page.document == str(lease)
    whole.window.wait_banner.show_wait(None)
    _press(whole, *ESCAPE)
    assert page.document == ""


def test_without_a_vault_escape_leads_back_too(whole: Whole, tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("dear me")
    whole.conductor.take("verify", [str(letter)])
    outside = whole.window.states.currentWidget()
    assert isinstance(outside, OutsideDocuments)
    whole.qtbot.waitUntil(lambda: outside.document == str(letter))
    outside.back.setFocus()
    _press(whole, *ESCAPE)
    assert outside.document == ""
    assert whole.window.state == "outside"


def test_what_is_dropped_goes_to_its_page(whole: Whole, tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("dear")
    whole.window.dropped.emit("encrypt", [str(letter)])
    assert whole.window.banner.title == "Unlock first"
    whole.unlock()
    assert whole.window.page == "files"
    whole.window.dropped.emit("verify", [str(letter)])
    assert whole.window.page == "documents"


def test_a_key_goes_to_the_files_it_is_to_encrypt(whole: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    whole.unlock()
    taken: list[str] = []
    page = whole.conductor.book.page("files")
    assert isinstance(page, FilesPage)
    monkeypatch.setattr(page, "encrypt_with", taken.append)
    whole.conductor.book.encrypt_with("c2b1")
    assert (whole.window.page, taken) == ("files", ["c2b1"])


def test_another_start_can_bring_another_vault(whole: Whole, tmp_path: Path) -> None:
    whole.unlock()
    whole.conductor.open_request(Request(vault=str(tmp_path / "second.signet")))
    assert whole.window.state == "unlock"
    assert whole.desk.vault_path == str(tmp_path / "second.signet")


def test_without_a_vault_the_assistant_comes_first(whole: Whole) -> None:
    whole.desk.choose_vault("")
    whole.conductor.start(Request())
    assert whole.window.state == "setup"
    assistant = whole.window.states.currentWidget()
    assert isinstance(assistant, SetupAssistant)
    assistant.cancelled.emit()
    assert whole.window.state == "setup"
    assert nameless_controls(whole.window) == []


def test_a_new_vault_begins_on_the_unlock_screen_and_can_be_given_up(whole: Whole) -> None:
    screen = whole.window.states.currentWidget()
    assert isinstance(screen, UnlockScreen)
    screen.new_vault_wanted.emit()
    assert whole.window.state == "setup"
    assistant = whole.window.states.currentWidget()
    assert isinstance(assistant, SetupAssistant)
    assistant.cancelled.emit()
    assert whole.window.state == "unlock"


def test_a_note_is_shown_above_the_pages(whole: Whole) -> None:
    whole.unlock()
    whole.prompt.note("Something to know.")
    whole.qtbot.waitUntil(whole.window.banner.isVisible)
    assert whole.window.banner.sentence == "Something to know."


def test_a_bug_is_told_with_its_place(whole: Whole) -> None:
    whole.window._tell_bug("ValueError in keys.py, line 3, in f")
    assert whole.window.banner.title == BUG_TITLE
    assert "keys.py, line 3" in whole.window.banner.sentence


def test_the_window_fits_a_small_screen(whole: Whole) -> None:
    whole.unlock()
    whole.window.resize(900, 600)
    for place in PLACES:
        whole.conductor.go_to(place.key)
        whole.qtbot.wait(20)
        assert whole.window.width() == 900, place.key
        shown: QWidget | None = whole.window.pages.currentWidget()
        assert shown is not None
        assert shown.minimumSizeHint().width() <= 900 - 213, place.key


def test_going_through_the_pages_holds_nothing_up(whole: Whole) -> None:
    whole.unlock()
    whole.qtbot.wait(200)
    ticks = Ticks()
    for place in PLACES:
        whole.conductor.go_to(place.key)
        whole.qtbot.wait(50)
    assert ticks.stop() < 3 * STALL  # three times, because the tests share a busy machine


@pytest.mark.parametrize(
    ("words", "vault", "module", "paths", "act"),
    [
        ("", "", None, (), ""),
        ("--vault personal", "personal", None, (), ""),
        ("--vault=x --module=/m.so a b", "x", "/m.so", ("a", "b"), ""),
        ("a -- --vault", "", None, ("a", "--vault"), ""),
        ("--act=sign a", "", None, ("a",), "sign"),
    ],
)
def test_arguments_of_the_window(
    words: str,
    vault: str,
    module: str | None,
    paths: tuple[str, ...],
    act: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_arguments(words.split()) == (vault, module, tuple(str(tmp_path / path) for path in paths), act)


@pytest.mark.parametrize("words", ["--act shred a", "--encrypt a"])
def test_the_window_refuses_what_it_cannot_do(words: str) -> None:
    with pytest.raises(UsageError):
        read_arguments(words.split())


def test_the_vault_of_the_environment_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIGNET_VAULT", "./mine")
    assert read_arguments([])[0] == str(tmp_path / "mine")


def test_the_offscreen_platform_is_a_screen() -> None:
    assert has_screen()


def test_the_real_process_opens_hands_over_and_ends_in_order(home: Path, tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("dear")
    command = [sys.executable, "-P", "-m", "signet"]
    first = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    socket = home / "run" / f"signet-{os.getuid()}" / "window.socket"
    until = time.monotonic() + 60
    while not socket.exists():
        assert time.monotonic() < until
        assert first.poll() is None
        time.sleep(0.05)
    second = subprocess.run([*command, str(letter)], capture_output=True, text=True, timeout=60)
    assert second.returncode == 0
    first.send_signal(signal.SIGTERM)
    _, told = first.communicate(timeout=60)
    assert first.returncode == 0
    assert "Traceback" not in told
    assert not socket.exists()


def test_what_still_runs_once_it_is_locked_asks_nobody(whole: Whole) -> None:
    whole.unlock()
    go_on = threading.Event()
    errors: list[SignetError] = []

    def later(_: TaskContext) -> Secret:
        go_on.wait()
        return whole.prompt.secret(PIN)

    for work in (lambda _: whole.prompt.secret(PIN), lambda _: whole.prompt.secret(PIN), later):
        whole.tasks.run(work, done=lambda _: None, failed=errors.append)
    whole.qtbot.waitUntil(whole.conductor.prompt_panel.isVisible)
    whole.desk.lock("")
    go_on.set()
    whole.qtbot.waitUntil(lambda: len(errors) == 3)
    assert {type(error) for error in errors} == {Cancelled}
    assert whole.conductor.prompt_panel.isHidden()
    whole.qtbot.waitUntil(lambda: not whole.desk.closing)
