"""Administration from the window: the person proves who they are, then the change runs in a session of its own.

An ordinary session keeps no way in presentable. A second session of the same vault is opened with the secret that was
just given; when that has worked, the window goes on with it, the first is closed (a new master key needs the vault
alone), the change is made, and the way in is put away again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import shiboken6
from PySide6.QtCore import QObject

from signet.errors import JobsRunning, NotUnlocked, SignetError
from signet.gui.desk import Desk
from signet.gui.prompt import WindowPrompt
from signet.gui.tasks import TaskContext, Tasks
from signet.secret import Secret
from signet.services.opening import open_vault
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind
from signet.services.session import Session
from signet.services.workplace import Workplace

Change = Callable[[Session], Any]


@dataclass(frozen=True)
class Proof:
    """By which way in the person proves who they are, and its secret as the services ask for it."""

    method_id: str
    secrets: Mapping[SecretKind, Secret] = field(repr=False)

    def wipe(self) -> None:
        """Wipe the secrets."""
        for secret in self.secrets.values():
            secret.wipe()


def window_prompt(workplace: Workplace) -> WindowPrompt:
    """The workplace's prompt; in the window it is a `WindowPrompt`, or the program is put together wrongly."""
    prompt = workplace.prompt
    if not isinstance(prompt, WindowPrompt):
        raise TypeError("the window's workplace asks through a WindowPrompt")
    return prompt


@dataclass(frozen=True)
class Preparation:
    """What a change needs made before anything is opened, and how that is taken back if the change is not made.

    Both are called in the worker's thread, so whatever became of the panel; nothing that ``undo`` raises is told.
    """

    make: Callable[[], None]
    undo: Callable[[], None]

    def take_back(self) -> None:
        """Undo; what went wrong before is what the person is told."""
        with suppress(SignetError):
            self.undo()


class Administration(QObject):
    """Runs one change at a time; pages make one each. ``done`` and ``failed`` come in the GUI thread."""

    def __init__(self, desk: Desk, tasks: Tasks, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._tasks = tasks
        self._change: Change | None = None
        self._done: Callable[[Any], None] = _nothing
        self._failed: Callable[[SignetError], None] = _nothing
        self._secrets: dict[SecretKind, Secret] = {}
        self._preparation = NO_PREPARATION

    @property
    def running(self) -> bool:
        """Whether a change is under way."""
        return self._change is not None

    def run(
        self,
        change: Change,
        *,
        proof: Proof,
        secrets: Mapping[SecretKind, Secret] | None = None,
        preparation: Preparation | None = None,
        done: Callable[[Any], None],
        failed: Callable[[SignetError], None],
    ) -> None:
        """Open by ``proof``, then make the change; ``secrets`` are what the change itself will ask for.

        ``preparation`` is made before anything else, and taken back unless the change was made. If opening fails, the
        vault stays open as it was. Fails with JobsRunning while other work runs: a job must not
        lose its session.
        """
        if self._desk.session is None or self._tasks.busy or self.running:
            proof.wipe()
            for secret in (secrets or {}).values():
                secret.wipe()
            if preparation is not None:
                preparation.take_back()  # nothing was made, so this ends at once
            failed(NotUnlocked() if self._desk.session is None else JobsRunning())
            return
        self._change, self._done, self._failed = change, done, failed
        self._secrets = dict(secrets or {})
        prepared = self._preparation = preparation or NO_PREPARATION
        workplace, path = self._desk.workplace, self._desk.vault_path
        prompt = window_prompt(workplace)

        def work(_: TaskContext) -> Session:
            try:
                prepared.make()
                with prompt.prepared(proof.secrets):
                    selection = Selection(method_id=proof.method_id)
                    return open_vault(workplace, path, selection=selection, administer=True)
            except BaseException:
                proof.wipe()
                prepared.take_back()
                raise

        # While the person looks for another card, pulling the one in the reader is no reason to lock.
        self._desk.hold()
        self._tasks.run(work, done=self._opened, failed=self._not_done)

    def _opened(self, session: Session) -> None:
        change, secrets, prepared = self._change, self._secrets, self._preparation
        if self._desk.session is None or change is None:  # it was locked meanwhile

            def put_away(_: TaskContext) -> None:
                session.close()
                prepared.take_back()

            self._tasks.run(put_away, done=_nothing, failed=_nothing)
            self._not_done(NotUnlocked())
            return
        before = self._desk.exchange(session)
        prompt = window_prompt(self._desk.workplace)

        def work(_: TaskContext) -> Any:
            try:
                return administer()
            except BaseException:
                prepared.take_back()
                raise

        def administer() -> Any:
            if before is not None:
                before.close()
            try:
                with prompt.prepared(secrets):
                    return change(session)
            finally:
                session.log_out()

        self._tasks.run(work, done=self._made, failed=self._not_done)

    def _made(self, result: Any) -> None:
        done = self._done
        self._end()
        self._desk.note_change()
        if _alive(done):
            done(result)

    def _not_done(self, error: SignetError) -> None:
        failed = self._failed
        self._end()
        self._desk.note_change()
        if _alive(failed):
            failed(error)

    def _end(self) -> None:
        for secret in self._secrets.values():
            secret.wipe()
        self._change, self._done, self._failed, self._secrets = None, _nothing, _nothing, {}
        self._preparation = NO_PREPARATION
        self._desk.release()


def _alive(callback: Callable[[Any], None]) -> bool:
    """Whether the panel whose method this is was not closed meanwhile."""
    owner = getattr(callback, "__self__", None)
    return not isinstance(owner, QObject) or shiboken6.isValid(owner)


def _nothing(_: object) -> None:
    """Nobody waits for this."""


def _nothing_first() -> None:
    """Most changes need nothing made."""


NO_PREPARATION = Preparation(_nothing_first, _nothing_first)
