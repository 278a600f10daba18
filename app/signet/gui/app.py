"""Starting the window: shown first, loaded afterwards.

`main` imports Qt alone; services, database and cards come once the window has been painted.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Sequence
from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING

from signet.errors import SignetError, UsageError

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from signet.gui.garbage import GarbageCollector
    from signet.gui.instance import Instance, Request
    from signet.gui.tasks import TaskContext, Tasks
    from signet.gui.theme import Theme
    from signet.gui.window import MainWindow

FRONT_END = "window"
ACTS = ("", "encrypt", "decrypt", "edit", "sign", "verify")
"""What a start may ask to be done with its files, as `signet.gui.drop` calls it; empty for what fits."""
VAULT_VARIABLE = "SIGNET_VAULT"
NO_SCREEN = "There is no screen here to open the window on; everything works from the command line: `signet --help`."
NO_QT = "The window needs PySide6, which cannot be loaded here ({reason}); the command line works: `signet --help`."
FAILED = 1
USAGE = 2
SERVICES = ("workplace", "session", "opening", "keys", "methods", "attention", "files", "signing", "verifying")
"""Modules of the services that cost most to load; a thread does it while the window is already there."""


def main(argv: Sequence[str]) -> int:
    """Open the window for the arguments after the program's name, and return the exit status.

    ``--vault PATH`` chooses the vault, ``--module PATH`` the one PKCS#11 module, ``--act ACT`` what is to be done
    with the files and folders that everything else is. Returns 1 without a screen or without PySide6, 2 for an
    option that there is not.
    """
    from signet.child import protect_process

    protect_process()
    try:
        vault, module, paths, act = read_arguments(argv)
    except UsageError as error:
        return _say(error.message, USAGE)
    if not has_screen():
        return _say(NO_SCREEN, FAILED)
    try:
        from signet.gui.instance import Instance, Request
    except ImportError as error:
        return _say(NO_QT.format(reason=error), FAILED)
    instance = Instance()
    request = Request(vault=vault, paths=paths, act=act)
    if not instance.join(request):
        return 0
    try:
        return _run(instance, request, module)
    finally:
        instance.close()


def read_arguments(argv: Sequence[str]) -> tuple[str, str | None, tuple[str, ...], str]:
    """Vault, module, absolute paths, and what is to be done with them; raise UsageError for any other option."""
    chosen = {"--vault": os.environ.get(VAULT_VARIABLE, ""), "--module": "", "--act": ""}
    paths: list[str] = []
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if word == "--":
            paths += rest
            break
        if name in chosen and (equals or rest):
            chosen[name] = value if equals else rest.pop(0)
        elif word.startswith("-"):
            raise UsageError(
                reason=f"The window does not take {word}; it takes --vault PATH, --module PATH, --act ACT and files."
            )
        else:
            paths.append(word)
    if chosen["--act"] not in ACTS:
        raise UsageError(reason=f"--act takes one of {', '.join(ACTS[1:])}, not “{chosen['--act']}”.")
    vault = chosen["--vault"]
    # A bare name means a vault in the data folder; the process that gets the request may stand in another folder.
    vault = os.path.abspath(vault) if os.sep in vault or os.path.isdir(vault) else vault
    return vault, chosen["--module"] or None, tuple(os.path.abspath(path) for path in paths), chosen["--act"]


def has_screen() -> bool:
    """Whether there is a display server to talk to; Qt would end the process if there is none."""
    if os.environ.get("QT_QPA_PLATFORM") or os.environ.get("WAYLAND_DISPLAY") or sys.platform != "linux":
        return True
    display = os.environ.get("DISPLAY", "")
    host, _, number = display.rpartition(":")
    if host not in ("", "unix"):
        return True  # on another machine: Qt finds out
    path = f"/tmp/.X11-unix/X{number.split('.')[0]}"  # noqa: S108 - X(7): where every X server listens
    return bool(number) and any(_answers(address) for address in (path, f"\0{path}"))


def _answers(address: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as calling:
        try:
            calling.connect(address)
        except OSError:
            return False
    return True


def _run(instance: Instance, request: Request, module: str | None) -> int:
    from PySide6.QtCore import Qt, QTimer
    from PySide6.QtWidgets import QApplication

    from signet.gui.garbage import GarbageCollector
    from signet.gui.tasks import Tasks
    from signet.gui.theme import Theme
    from signet.gui.window import MainWindow

    QApplication.setApplicationName("Signet")
    QApplication.setDesktopFileName("signet")
    application = QApplication(sys.argv[:1])
    garbage = GarbageCollector(application)
    theme = Theme(application)
    tasks = Tasks(application)
    window = MainWindow(theme, tasks)
    application.setWindowIcon(theme.icon("signet", tone="accent", sizes=(24, 48)))
    # Said by the window itself, because it may be away and still have something to do.
    application.setQuitOnLastWindowClosed(False)
    window.closing.connect(application.quit, Qt.ConnectionType.QueuedConnection)
    window.show()
    begun = Start(application, window, theme, tasks, instance, request, module, garbage)
    QTimer.singleShot(0, begun.load)
    _end_on_signals(window, application)
    return application.exec()


class Start:
    """The second half of starting, after the first paint."""

    def __init__(
        self,
        application: QApplication,
        window: MainWindow,
        theme: Theme,
        tasks: Tasks,
        instance: Instance,
        request: Request,
        module: str | None,
        garbage: GarbageCollector,
    ) -> None:
        self._application, self._window, self._theme, self._tasks = application, window, theme, tasks
        self._instance, self._request, self._module = instance, request, module
        self._garbage = garbage

    def load(self) -> None:
        """Load the services in a thread, then go on."""
        self._tasks.run(_load_services, done=self._loaded, failed=self._window.banner.show_error, quiet=True)

    def _loaded(self, _: None) -> None:
        """Bring the window to life; tell it if the settings cannot be read."""
        self._garbage.settle()
        try:
            self._join()
        except SignetError as error:
            self._window.banner.show_error(error)

    def _join(self) -> None:
        from signet.clock import SystemClock
        from signet.gui.conduct import Conductor
        from signet.gui.desk import Desk
        from signet.gui.prompt import WindowPrompt
        from signet.gui.tasks import place_of
        from signet.gui.watch import Watch
        from signet.services.places import Places
        from signet.services.workplace import Workplace

        tasks, window = self._tasks, self._window

        def report(_: type[BaseException], bug: BaseException, trace: TracebackType | None) -> None:
            tasks.broken.emit(place_of(bug.with_traceback(trace)))

        sys.excepthook = report
        prompt = WindowPrompt(window)
        workplace = Workplace(
            places=Places.of_platform(), clock=SystemClock(), prompt=prompt, front_end=FRONT_END, module=self._module
        )
        for mode in ("light", "dark"):
            if workplace.settings.theme == mode:
                self._theme.set_mode(mode)
        desk = Desk(workplace, tasks, parent=window)
        watch = Watch(desk, tasks, parent=window)
        watch.watch_windows(self._application)
        conductor = Conductor(window, desk=desk, prompt=prompt, tasks=tasks, theme=self._theme, watch=watch)
        conductor.start(self._request)
        self._instance.received.connect(conductor.open_request)
        self._instance.listen()
        watch.listen_to_desktop()


def _load_services(_: TaskContext) -> None:
    for name in SERVICES:
        import_module(f"signet.services.{name}")
    import_module("signet.gui.conduct")  # and with it every page


def _end_on_signals(window: MainWindow, application: QApplication) -> None:
    """Close the window in order on SIGTERM and SIGINT: Qt's loop lets no Python run until something wakes it."""
    from PySide6.QtCore import QSocketNotifier

    ours, woken = socket.socketpair()
    for end in (ours, woken):
        end.setblocking(False)
    signal.set_wakeup_fd(woken.fileno())
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    notifier = QSocketNotifier(ours.fileno(), QSocketNotifier.Type.Read, window)
    notifier.activated.connect(window.close)

    def stop() -> None:
        signal.set_wakeup_fd(-1)
        notifier.setEnabled(False)
        ours.close()
        woken.close()

    application.aboutToQuit.connect(stop)


def _say(sentence: str, status: int) -> int:
    print(f"signet: {sentence}", file=sys.stderr)  # noqa: T201 - there is no window to say it in
    return status
