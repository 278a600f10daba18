"""The prompt seam in the window: a worker thread asks and waits, a panel in the GUI thread answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from weakref import WeakSet

from PySide6.QtCore import QObject, Qt, Signal

from signet.errors import Cancelled, ConfirmationMissing, SecretMissing, SignetError
from signet.gui.waiting import Waits
from signet.secret import Secret
from signet.services.prompt import NamedVault, SecretKind, SecretRequest
from signet.tokens.waiting import Wait


class Asked(StrEnum):
    """What kind of question waits for an answer."""

    SECRET = "secret"
    CONFIRM = "confirm"
    FINGERPRINT = "fingerprint"
    RECOVERY_CODE = "recovery-code"


@dataclass(eq=False)
class Question:
    """A question that a worker waits for; answered once, by `answer` or `cancel`, in the GUI thread.

    SECRET: ``request`` is set, the answer a Secret. CONFIRM: ``sentence`` is the question, ``about`` the facts that
    it is about, the answer True.
    FINGERPRINT: ``sentence`` explains, ``fingerprint`` is the one to type, the answer the text typed.
    RECOVERY_CODE: ``code`` of ``vault`` is to be shown, the answer a Secret: what was typed back.
    """

    asked: Asked
    sentence: str = ""
    about: tuple[str, ...] = ()
    request: SecretRequest | None = None
    fingerprint: str = ""
    code: Secret | None = None
    vault: NamedVault | None = None
    asker: threading.Thread = field(default_factory=threading.current_thread)
    _answer: object = None
    _given: threading.Event = field(default_factory=threading.Event)

    def answer(self, value: object) -> None:
        """Give the answer; what comes after the first answer is left aside (and wiped, if it is a Secret)."""
        if self._given.is_set():
            if isinstance(value, Secret):
                value.wipe()
            return
        self._answer = value
        self._given.set()

    def cancel(self) -> None:
        """Give up: the worker gets Cancelled, or for a confirmation ConfirmationMissing."""
        self.answer(None)

    @property
    def answered(self) -> bool:
        """Whether it was answered or cancelled."""
        return self._given.is_set()

    def wait(self) -> object:
        """Wait, in the worker, and return the answer, None if it was cancelled."""
        self._given.wait()
        return self._answer


@dataclass
class _Prepared:
    secrets: dict[SecretKind, Secret]
    confirmed: bool
    used: set[SecretKind]


class WindowPrompt(QObject):
    """Implements `signet.services.prompt.Prompt` for worker threads; lives in the GUI thread.

    ``asked`` brings each `Question` to the window's panel, unless a page took questions over. One question is shown
    at a time: others wait in their threads.
    """

    asked = Signal(object)
    withdrawn = Signal()
    """The question on the screen was cancelled by the window; whoever shows it takes it away."""
    noted = Signal(str)
    """A sentence that the person should know and need not answer."""
    _arrived = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._prepared: dict[int, _Prepared] = {}
        self._handlers: list[Callable[[Question], bool]] = []
        self._one_at_a_time = threading.Lock()
        self._current: Question | None = None
        self._left_alone: WeakSet[threading.Thread] = WeakSet()
        self._closed = False
        self.waits = Waits(self)
        self._arrived.connect(self._show, Qt.ConnectionType.QueuedConnection)

    @property
    def current(self) -> Question | None:
        """The question on the screen."""
        return self._current

    @contextmanager
    def prepared(
        self, secrets: Mapping[SecretKind, Secret] | None = None, *, confirmed: bool = False
    ) -> Iterator[None]:
        """Within it, in this worker thread, use what the person already typed in a page's own fields.

        Each secret is used once, so a wrong PIN never goes to a card twice: asked a second time for that kind,
        SecretMissing is raised. Kinds that are not prepared are asked for in the window. ``confirmed`` answers every
        confirmation with yes: the page itself has asked. What was prepared is wiped at the end.
        """
        prepared = _Prepared(dict(secrets or {}), confirmed, set())
        thread = threading.get_ident()
        before = self._prepared.get(thread)
        self._prepared[thread] = prepared
        try:
            yield
        finally:
            for secret in prepared.secrets.values():
                secret.wipe()
            if before is None:
                del self._prepared[thread]
            else:
                self._prepared[thread] = before

    def take_over(self, handler: Callable[[Question], bool]) -> None:
        """Offer questions to ``handler`` first, in the GUI thread; True says that it will answer this one itself."""
        self._handlers.append(handler)

    def give_back(self, handler: Callable[[Question], bool]) -> None:
        """Undo `take_over`; nothing happens if it was not taken over."""
        if handler in self._handlers:
            self._handlers.remove(handler)

    def cancel(self) -> None:
        """Cancel the question on the screen, if there is one."""
        if self._current is not None and not self._current.answered:
            self._current.cancel()
            self.withdrawn.emit()

    def leave_alone(self, threads: Iterable[threading.Thread]) -> None:
        """Cancel the question on the screen, and every one that these threads still ask: the vault was locked."""
        self._left_alone.update(threads)
        self.cancel()

    def close(self) -> None:
        """Cancel this and every further question: the window goes."""
        self._closed = True
        self.waits.close()
        self.cancel()

    def secret(self, request: SecretRequest) -> Secret:
        """Return the secret: prepared, else typed into the window until it can be right; empty if the reader asks.

        Raises Cancelled, SecretMissing.
        """
        prepared = self._prepared.get(threading.get_ident())
        if prepared is not None and request.kind in prepared.secrets:
            if request.kind in prepared.used:
                raise SecretMissing(what=request.what)
            prepared.used.add(request.kind)
            return prepared.secrets[request.kind].copy()
        if request.on_reader:
            for sentence in (request.purpose, request.warning):
                if sentence:
                    self.note(sentence)
            return Secret(b"")
        warned = request.warning
        while True:
            answer = self._ask(Question(Asked.SECRET, request=request))
            if not isinstance(answer, Secret):
                raise Cancelled
            if request.check is None:
                return answer
            try:
                request.check(answer)
            except SignetError as error:
                answer.wipe()
                request = replace(request, warning=" ".join(filter(None, (error.message, warned))))
            else:
                return answer

    def confirm(self, question: str, *, about: Sequence[str] = ()) -> None:
        """Return if the person says yes; raise ConfirmationMissing otherwise. What it is ``about`` is noted too.

        A page that has asked itself has shown that already.
        """
        prepared = self._prepared.get(threading.get_ident())
        if prepared is not None and prepared.confirmed:
            return
        for sentence in about:
            self.note(sentence)
        if self._ask(Question(Asked.CONFIRM, sentence=question, about=tuple(about))) is not True:
            raise ConfirmationMissing(question=question)

    def typed_fingerprint(self, fingerprint: str, sentence: str) -> str:
        """Return what the person typed; it is never answered by what was prepared. Raises Cancelled."""
        answer = self._ask(Question(Asked.FINGERPRINT, sentence=sentence, fingerprint=fingerprint))
        if not isinstance(answer, str):
            raise Cancelled
        return answer

    def recovery_code(self, code: Secret, vault: NamedVault) -> Secret:
        """Show a new recovery code, then return what was typed back after it left the screen. Raises Cancelled."""
        answer = self._ask(Question(Asked.RECOVERY_CODE, code=code, vault=vault))
        if not isinstance(answer, Secret):
            raise Cancelled
        return answer

    def note(self, sentence: str) -> None:
        """Say something; shown above the page."""
        self.noted.emit(sentence)

    def waiting(self, wait: Wait | None) -> bool:
        """Show above the pages that a card waits; Cancel there gives up."""
        return self.waits.tell(wait)

    def _ask(self, question: Question) -> object:
        with self._one_at_a_time:
            if self._unwanted(question):
                question.cancel()
            else:
                self._arrived.emit(question)
            return question.wait()

    def _unwanted(self, question: Question) -> bool:
        """Whether nobody is there for it; what was locked away asks nobody who stands before the locked window."""
        return self._closed or question.asker in self._left_alone

    def _show(self, question: Question) -> None:
        if self._unwanted(question):
            question.cancel()
            return
        self._current = question
        for handler in reversed(self._handlers):
            if handler(question):
                return
        self.asked.emit(question)
