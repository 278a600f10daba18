"""The real window in a process of its own, as a person meets it: what can be seen, and what a hand can do."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from window.screen import PATIENCE, Screen, wait_until

MAX_STEPS = 60  # from one control to another; no page has as many
GROUPS = ("ChoiceCard", "NavButton")
"""One stop for Tab; the arrows move within."""


@dataclass(frozen=True)
class Part:
    """Something on the screen; ``place`` is the middle of what can be seen of it, with width and height."""

    kind: str
    kinds: tuple[str, ...]
    object: str
    name: str
    words: str
    enabled: bool
    checked: bool
    default: bool
    focus: bool
    tabbed: bool
    place: tuple[int, int, int, int] | None

    @property
    def label(self) -> str:
        """What a screen reader would call it; of a cell that shows two lines the first."""
        if self.kind == "cell":
            return self.words.partition("\n")[0]
        if self.name or "QAbstractButton" not in self.kinds:
            return self.name or self.words
        return self.words.replace("&&", "\0").replace("&", "").replace("\0", "&").strip()

    @property
    def seen(self) -> bool:
        return self.place is not None


Wanted = Callable[[Part], bool]
Found = TypeVar("Found")


def named(label: str, kind: str = "QWidget") -> Wanted:
    """A control by what it is called; ``kind`` is a class of Qt, ``cell`` for what stands in a list."""

    def fits(part: Part) -> bool:
        return part.label == label and kind in part.kinds

    fits.__name__ = f"{kind} “{label}”"
    return fits


def button(label: str) -> Wanted:
    """A button."""
    return named(label, "QAbstractButton")


def field(label: str) -> Wanted:
    """A field for a line of text."""
    return named(label, "QLineEdit")


class Window:
    """The window in its process. Looks by a socket (`window.host`), acts by mouse and keyboard alone."""

    def __init__(self, screen: Screen, folder: Path, arguments: Sequence[str], *, haste: float = 1) -> None:
        self.screen = screen
        self._socket = str(folder / "host.socket")
        self._errors = folder / "window.stderr"
        with self._errors.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "window.host", self._socket, str(haste), *arguments],
                env=screen.environment,
                stderr=errors,
            )
        wait_until("the window to answer", self._answers)

    def parts(self) -> list[Part]:
        """Everything that is shown."""
        told = self.ask({"ask": "parts"})
        return [
            Part(**{**each, "kinds": tuple(each["kinds"]), "place": tuple(each["place"]) if each["place"] else None})
            for each in told
        ]

    def ask(self, question: dict[str, Any]) -> Any:
        """Ask the process."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
            asking.settimeout(PATIENCE)
            asking.connect(self._socket)
            asking.sendall(json.dumps(question).encode() + b"\n")
            try:
                with asking.makefile() as answer:
                    line = answer.readline()
            except TimeoutError:
                self.process.send_signal(signal.SIGUSR1)  # `window.host` then writes where it stands
                time.sleep(0.5)
                raise AssertionError(f"the window stands still:\n{self.errors}") from None
        assert line, f"the window does not answer:\n{self.errors}"
        return json.loads(line)

    def find(self, wanted: Wanted, *, enabled: bool = True) -> Part:
        """Wait for something to be seen, and to be of use."""
        name = getattr(wanted, "__name__", "a part")

        def look() -> Part | None:
            fitting = [part for part in self.parts() if part.seen and wanted(part)]
            return next((part for part in fitting if part.enabled or not enabled), None)

        return self._wait(name, look)

    def click(self, wanted: Wanted) -> None:
        """Click something, as soon as it stands still."""
        part = self.find(wanted)
        for _ in range(50):
            again = self.find(wanted)
            if again.place == part.place:
                break
            part = again
        assert again.place is not None
        self.screen.click(*again.place[:2])

    def turn_to(self, wanted: Wanted) -> None:
        """Go on by Tab until it has the focus, within a group by the arrow; fail if one never gets there."""
        kind = self.find(wanted).kind
        passed: list[str] = []
        for _ in range(MAX_STEPS):
            focus = self.focus()
            if focus is not None and wanted(focus):
                return
            self._step("Down" if focus is not None and focus.kind == kind in GROUPS else "Tab", focus)
            passed.append(focus.label if focus else "nothing")
        raise AssertionError(f"Tab never comes to {wanted.__name__}, only to {passed}")

    def focus(self) -> Part | None:
        """What has the focus."""
        return next((part for part in self.parts() if part.focus and part.kind != "cell"), None)

    def wait_focus(self, wanted: Wanted) -> None:
        """Wait until something has the focus by itself."""
        self._wait(
            f"the focus on {wanted.__name__}", lambda: any(part.focus and wanted(part) for part in self.parts())
        )

    def words(self) -> str:
        """All that can be read, one piece a line."""
        return "\n".join(text for part in self.parts() if part.seen for text in (part.words, part.name) if text)

    def wait_words(self, *wanted: str, patience: float = PATIENCE) -> str:
        """Wait until all of these can be read; return everything that can be."""

        def look() -> str | None:
            words = self.words()
            return words if all(each in words for each in wanted) else None

        return self._wait(f"the words {wanted}", look, patience=patience)

    def wait_gone(self, *unwanted: str) -> None:
        """Wait until none of these can be read any more."""
        self._wait(f"{unwanted} to go", lambda: not any(each in self.words() for each in unwanted))

    def children(self) -> list[int]:
        """The processes that it started: those of card modules."""
        found: list[int] = []
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):  # a thread may end between listing and reading
                found += map(int, (task / "children").read_text().split())
        return found

    def end_children(self) -> None:
        """End the processes of card modules at once, as a crash does; Signet starts them anew when it needs them."""
        for number in self.children():
            os.kill(number, signal.SIGKILL)

    def wait_end(self) -> None:
        """Wait until it has ended by itself, and see that it ended well: status 0, and nothing to complain of."""
        try:
            self.process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the window did not end when asked: {self.errors}") from None
        assert (self.process.returncode, self.errors) == (0, "")

    def close(self) -> None:
        """Ask it to end as the system does, and see that it ended well."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.wait_end()

    def kill(self) -> None:
        """End it whatever it does; for what comes after a failure."""
        self.process.kill()
        self.process.wait()

    @property
    def errors(self) -> str:
        """What it wrote on standard error until now."""
        return self._errors.read_text()

    def _step(self, key: str, before: Part | None) -> None:
        def moved() -> bool:
            focus = self.focus()
            return focus is not None and (
                before is None or (focus.label, focus.place) != (before.label, before.place)
            )

        self.screen.press(key)
        self._wait(f"{key} to move the focus from {before.label if before else 'nothing'}", moved)

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"the window ended: {self.errors}")
        return os.path.exists(self._socket) and bool(self.parts())

    def _wait(self, what: str, look: Callable[[], Found | None], *, patience: float = PATIENCE) -> Found:
        try:
            return wait_until(what, look, patience=patience)
        except AssertionError as error:
            self._keep_picture(what)
            raise AssertionError(f"{error}\n--- what is shown:\n{self.words()}") from None

    def _keep_picture(self, what: str) -> None:
        folder = os.environ.get("SIGNET_TEST_PICTURES")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            name = "".join(sign if sign.isalnum() else "-" for sign in what)[:60]
            self.ask({"ask": "picture", "to": str(Path(folder) / f"{time.time():.0f}-{name}.png")})


@contextmanager
def open_window(screen: Screen, folder: Path, *arguments: str, haste: float = 1) -> Iterator[Window]:
    """The window for a while; afterwards it must end in order when told to. ``haste``: see `window.host`."""
    window = Window(screen, folder, arguments, haste=haste)
    try:
        yield window
    except BaseException:
        window.kill()
        raise
    window.close()
