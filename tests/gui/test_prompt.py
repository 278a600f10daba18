"""The prompt in the window: a worker asks, the panel answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from signet.errors import Cancelled, ConfirmationMissing, PinSentBefore, SecretMissing
from signet.gui.prompt import Asked, Question, WindowPrompt
from signet.gui.prompt_panel import PromptPanel
from signet.gui.theme import Theme
from signet.secret import Secret
from signet.services.prompt import NamedVault, SecretKind, SecretRequest

PIN = SecretRequest(kind=SecretKind.PIN, what="PIN of “Nitrokey”", warning="This is the last try.")
NEW_PIN = SecretRequest(kind=SecretKind.NEW_PIN, what="new PIN")


class Worker:
    """Asks in a thread of its own, as services do."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work
        self.answer: object = None
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.answer = self._work()
        except Exception as error:  # noqa: BLE001 - handed to the test
            self.error = error

    @property
    def running(self) -> bool:
        return self._thread.is_alive()


@pytest.fixture
def prompt(qtbot: QtBot) -> Iterator[WindowPrompt]:
    made = WindowPrompt()
    yield made
    made.close()


@pytest.fixture
def panel(qapp: QApplication, qtbot: QtBot, prompt: WindowPrompt) -> PromptPanel:
    below = QWidget()
    qtbot.addWidget(below)
    below.resize(900, 600)
    below.show()
    return PromptPanel(Theme(qapp, "light"), prompt, below)


def words(panel: PromptPanel) -> str:
    return " | ".join(part.text() for part in panel.findChildren(QLabel) if part.isVisible())


def fields(panel: PromptPanel) -> list[QLineEdit]:
    return [part for part in panel.findChildren(QLineEdit) if part.isVisible()]


def press(panel: PromptPanel, text: str) -> None:
    button = next(part for part in panel.findChildren(QPushButton) if part.text() == text and part.isVisible())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def ended(qtbot: QtBot, worker: Worker) -> Worker:
    qtbot.waitUntil(lambda: not worker.running)
    return worker


def test_a_pin_is_typed_and_enter_answers(qtbot: QtBot, prompt: WindowPrompt, panel: PromptPanel) -> None:
    worker = Worker(lambda: prompt.secret(PIN))
    qtbot.waitUntil(panel.isVisible)
    assert "PIN of “Nitrokey”" in words(panel)
    assert "last try" in words(panel)
    (field,) = fields(panel)
    assert field.echoMode() is QLineEdit.EchoMode.Password
    assert panel.window().focusWidget() is field
    QTest.keyClicks(field, "123456")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert ended(qtbot, worker).answer == Secret.from_text("123456")
    assert panel.isHidden()


def test_a_pin_that_the_card_refused_is_asked_for_anew(
    qtbot: QtBot, prompt: WindowPrompt, panel: PromptPanel
) -> None:
    def check(pin: Secret) -> None:
        if pin == Secret(b"111111"):
            raise PinSentBefore(token="Nitrokey")

    worker = Worker(lambda: prompt.secret(replace(PIN, check=check)))
    qtbot.waitUntil(panel.isVisible)
    for _ in range(2):
        QTest.keyClicks(fields(panel)[0], "111111")
        QTest.keyClick(fields(panel)[0], Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: "not sent again" in words(panel))
        assert words(panel).count("not sent again") == 1
        assert "last try" in words(panel)
        assert fields(panel)[0].text() == ""
        assert worker.running
    QTest.keyClicks(fields(panel)[0], "123456")
    QTest.keyClick(fields(panel)[0], Qt.Key.Key_Return)
    assert ended(qtbot, worker).answer == Secret.from_text("123456")


def test_escape_gives_up(qtbot: QtBot, prompt: WindowPrompt, panel: PromptPanel) -> None:
    worker = Worker(lambda: prompt.secret(PIN))
    qtbot.waitUntil(panel.isVisible)
    QTest.keyClick(fields(panel)[0], Qt.Key.Key_Escape)
    assert isinstance(ended(qtbot, worker).error, Cancelled)
    assert panel.isHidden()


def test_nothing_typed_is_no_answer(qtbot: QtBot, prompt: WindowPrompt, panel: PromptPanel) -> None:
    worker = Worker(lambda: prompt.secret(PIN))
    qtbot.waitUntil(panel.isVisible)
    press(panel, "Continue")
    assert worker.running
    assert "Nothing was typed" in words(panel)


def test_what_is_new_is_typed_twice(qtbot: QtBot, prompt: WindowPrompt, panel: PromptPanel) -> None:
    worker = Worker(lambda: prompt.secret(NEW_PIN))
    qtbot.waitUntil(panel.isVisible)
    first, second = fields(panel)
    QTest.keyClicks(first, "123456")
    QTest.keyClicks(second, "123465")
    press(panel, "Continue")
    assert worker.running
    assert "not the same" in words(panel)
    assert second.text() == ""
    QTest.keyClicks(second, "123456")
    press(panel, "Continue")
    assert ended(qtbot, worker).answer == Secret.from_text("123456")


@pytest.mark.parametrize(("button", "agreed"), [("Yes", True), ("No", False)])
def test_a_question_is_answered(
    qtbot: QtBot, prompt: WindowPrompt, panel: PromptPanel, button: str, agreed: bool
) -> None:
    worker = Worker(lambda: prompt.confirm("Remove the token?"))
    qtbot.waitUntil(panel.isVisible)
    focus = panel.window().focusWidget()
    assert isinstance(focus, QPushButton)
    assert focus.text() == "No"
    QTest.keyClick(focus, Qt.Key.Key_Return)
    assert isinstance(ended(qtbot, worker).error, ConfirmationMissing)
    worker = Worker(lambda: prompt.confirm("Remove the token?"))
    qtbot.waitUntil(panel.isVisible)
    assert "Remove the card?" in words(panel)
    press(panel, button)
    assert isinstance(ended(qtbot, worker).error, ConfirmationMissing) is not agreed


def test_what_a_question_is_about_is_shown_with_it_and_noted(
    qtbot: QtBot, prompt: WindowPrompt, panel: PromptPanel
) -> None:
    noted: list[str] = []
    prompt.noted.connect(noted.append)
    about = ("It is older.", "The token is not known.")
    worker = Worker(lambda: prompt.confirm("Accept it?", about=about))
    qtbot.waitUntil(panel.isVisible)
    for shown in ("Accept it?", "It is older.", "The card is not known."):
        assert shown in words(panel)
    press(panel, "Yes")
    assert ended(qtbot, worker).error is None
    qtbot.waitUntil(lambda: noted == list(about))


def test_a_fingerprint_is_typed_never_shown(qtbot: QtBot, prompt: WindowPrompt, panel: PromptPanel) -> None:
    worker = Worker(lambda: prompt.typed_fingerprint("4F2A 91C0", "Compare it."))
    qtbot.waitUntil(panel.isVisible)
    assert "4F2A" not in words(panel)
    QTest.keyClicks(fields(panel)[0], " 4f2a 91c0 ")
    press(panel, "Continue")
    assert ended(qtbot, worker).answer == "4f2a 91c0"


def test_a_recovery_code_leaves_the_screen_before_it_is_typed(
    qtbot: QtBot, prompt: WindowPrompt, panel: PromptPanel
) -> None:
    worker = Worker(lambda: prompt.recovery_code(Secret.from_text("ABCD-EFGH"), NamedVault("", "")))
    qtbot.waitUntil(panel.isVisible)
    assert "ABCD-EFGH" in words(panel)
    press(panel, "I have written it down")
    qtbot.waitUntil(lambda: bool(fields(panel)))
    assert "ABCD" not in words(panel)
    qtbot.wait(5)
    assert not any("ABCD" in part.text() for part in panel.findChildren(QLabel))
    QTest.keyClicks(fields(panel)[0], "abcd-efgh")
    press(panel, "Check it")
    assert ended(qtbot, worker).answer == Secret.from_text("abcd-efgh")


def test_what_was_typed_does_not_stay_in_the_field(qtbot: QtBot, prompt: WindowPrompt, panel: PromptPanel) -> None:
    worker = Worker(lambda: prompt.secret(PIN))
    qtbot.waitUntil(panel.isVisible)
    (field,) = fields(panel)
    texts: list[str] = []
    field.textChanged.connect(texts.append)
    QTest.keyClicks(field, "987654")
    press(panel, "Continue")
    ended(qtbot, worker)
    assert texts[-2:] == ["987654", ""]


def test_closing_cancels_what_is_asked_and_all_that_comes(
    qtbot: QtBot, prompt: WindowPrompt, panel: PromptPanel
) -> None:
    worker = Worker(lambda: prompt.secret(PIN))
    qtbot.waitUntil(panel.isVisible)
    prompt.close()
    assert isinstance(ended(qtbot, worker).error, Cancelled)
    later = Worker(lambda: prompt.confirm("?"))
    assert isinstance(ended(qtbot, later).error, ConfirmationMissing)


def test_questions_come_one_after_the_other(qtbot: QtBot, prompt: WindowPrompt) -> None:
    asked: list[Question] = []
    prompt.asked.connect(asked.append)
    workers = [Worker(lambda: prompt.secret(PIN)) for _ in range(3)]
    for count in range(1, 4):
        qtbot.waitUntil(lambda count=count: len(asked) == count)  # type: ignore[misc]
        qtbot.wait(20)
        assert len(asked) == count
        asked[-1].answer(Secret(b"1"))
    for worker in workers:
        assert ended(qtbot, worker).answer == Secret(b"1")


def test_a_prepared_secret_is_used_once_and_wiped(qtbot: QtBot, prompt: WindowPrompt, panel: PromptPanel) -> None:
    typed = Secret.from_text("123456")
    got: list[Secret] = []

    def work() -> None:
        with prompt.prepared({SecretKind.PIN: typed}, confirmed=True):
            got.append(prompt.secret(PIN))
            prompt.confirm("Really?")
            prompt.secret(PIN)

    worker = ended(qtbot, Worker(work))
    assert got == [Secret.from_text("123456")]
    assert isinstance(worker.error, SecretMissing)
    assert typed.reveal() == bytearray(6)
    assert panel.isHidden()


def test_what_one_thread_prepared_is_not_for_another(qtbot: QtBot, prompt: WindowPrompt) -> None:
    asked: list[Question] = []
    prompt.asked.connect(asked.append)
    with prompt.prepared({SecretKind.PIN: Secret(b"1")}, confirmed=True):
        worker = Worker(lambda: prompt.secret(PIN))
        qtbot.waitUntil(lambda: bool(asked))
    asked[0].cancel()
    assert isinstance(ended(qtbot, worker).error, Cancelled)


def test_a_page_can_take_questions_over(qtbot: QtBot, prompt: WindowPrompt, panel: PromptPanel) -> None:
    def handler(question: Question) -> bool:
        if question.asked is Asked.RECOVERY_CODE:
            question.answer(Secret(b"typed on the page"))
            return True
        return False

    prompt.take_over(handler)
    worker = Worker(lambda: prompt.recovery_code(Secret(b"x"), NamedVault("", "")))
    assert ended(qtbot, worker).answer == Secret(b"typed on the page")
    other = Worker(lambda: prompt.confirm("?"))
    qtbot.waitUntil(panel.isVisible)
    press(panel, "Yes")
    assert ended(qtbot, other).error is None
    prompt.give_back(handler)
    prompt.give_back(handler)


def test_only_the_first_answer_counts() -> None:
    question = Question(Asked.SECRET, request=PIN)
    question.answer(Secret(b"first"))
    late = Secret(b"late!")
    question.answer(late)
    question.cancel()
    assert question.wait() == Secret(b"first")
    assert late.reveal() == bytearray(5)


def test_tab_stays_in_the_card(qtbot: QtBot, prompt: WindowPrompt, panel: PromptPanel) -> None:
    outside = QPushButton("outside", panel.parentWidget())
    outside.show()
    worker = Worker(lambda: prompt.secret(PIN))
    qtbot.waitUntil(panel.isVisible)
    seen = set()
    for _ in range(6):
        now = panel.window().focusWidget()
        assert now is not None
        assert panel.isAncestorOf(now)
        seen.add(now.accessibleName())
        QTest.keyClick(now, Qt.Key.Key_Tab)
    assert len(seen) == 3
    panel.cancel()
    ended(qtbot, worker)
