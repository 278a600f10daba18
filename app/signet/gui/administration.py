"""Administration from the window: the person proves who they are, then the change runs in a session of its own.

An ordinary session keeps no way in presentable. A second session of the same vault is opened with the secret that was
just given; when that has worked, the window goes on with it, the first is closed (a new master key needs the vault
alone), the change is made, and the way in is put away again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
        done: Callable[[Any], None],
        failed: Callable[[SignetError], None],
    ) -> None:
        """Open by ``proof``, then make the change; ``secrets`` are what the change itself will ask for.

        If opening fails, the vault stays open as it was. Fails with JobsRunning while other work runs: a job must not
        lose its session.
        """
        if self._desk.session is None or self._tasks.busy or self.running:
            proof.wipe()
            for secret in (secrets or {}).values():
                secret.wipe()
            failed(NotUnlocked() if self._desk.session is None else JobsRunning())
            return
        self._change, self._done, self._failed = change, done, failed
        self._secrets = dict(secrets or {})
        workplace, path = self._desk.workplace, self._desk.vault_path
        prompt = window_prompt(workplace)

        def work(_: TaskContext) -> Session:
            with prompt.prepared(proof.secrets):
                return open_vault(workplace, path, selection=Selection(method_id=proof.method_id), administer=True)

        # While the person looks for another card, pulling the one in the reader is no reason to lock.
        self._desk.hold()
        self._tasks.run(work, done=self._opened, failed=self._not_done)

    def _opened(self, session: Session) -> None:
        change, secrets = self._change, self._secrets
        if self._desk.session is None or change is None:  # it was locked meanwhile
            self._tasks.run(lambda _: session.close(), done=_nothing, failed=_nothing)
            self._not_done(NotUnlocked())
            return
        before = self._desk.exchange(session)
        prompt = window_prompt(self._desk.workplace)

        def work(_: TaskContext) -> Any:
            if before is not None:
                before.close()
            try:
                with prompt.prepared(secrets):
                    return change(session)
            finally:
                presenter, session.presenter = session.presenter, None
                if presenter is not None:
                    presenter.close()

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
        self._desk.release()


def _alive(callback: Callable[[Any], None]) -> bool:
    """Whether the panel whose method this is was not closed meanwhile."""
    owner = getattr(callback, "__self__", None)
    return not isinstance(owner, QObject) or shiboken6.isValid(owner)


def _nothing(_: object) -> None:
    """Nobody waits for this."""
