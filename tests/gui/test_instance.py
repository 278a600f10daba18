"""One window for one person: later starts hand over what they were given."""

from __future__ import annotations

import os
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from signet.gui.instance import MESSAGE_LIMIT, Instance, Request


@pytest.fixture
def first(qtbot: QtBot, tmp_path: Path) -> Iterator[Instance]:
    made = Instance(str(tmp_path))
    assert made.claim()
    made.listen()
    yield made
    made.close()


def in_thread(work: object) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)  # type: ignore[arg-type]
    thread.start()
    return thread


def test_a_second_start_hands_over_and_is_told_so(first: Instance, qtbot: QtBot, tmp_path: Path) -> None:
    second = Instance(str(tmp_path))
    assert not second.claim()
    request = Request(vault="personal", paths=("/home/änn/a b.txt", "/x\udcff"), act="sign")
    taken: list[bool] = []
    with qtbot.waitSignal(first.received) as heard:
        thread = in_thread(lambda: taken.append(second.join(request)))
    qtbot.waitUntil(lambda: not thread.is_alive())
    assert heard.args == [request]
    assert taken == [False]


def test_after_the_first_has_gone_the_next_is_first(first: Instance, tmp_path: Path) -> None:
    first.close()
    first.close()
    second = Instance(str(tmp_path))
    assert second.claim()
    second.listen()
    second.close()


def test_a_socket_left_by_a_crash_is_no_obstacle(qtbot: QtBot, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "window.socket"))
    made = Instance(str(tmp_path))
    assert made.claim()
    made.listen()
    made.close()
    assert not (tmp_path / "window.socket").exists()


def test_a_first_that_is_still_starting_is_waited_for(qtbot: QtBot, tmp_path: Path) -> None:
    made = Instance(str(tmp_path))
    assert made.claim()
    taken: list[bool] = []
    thread = in_thread(lambda: taken.append(Instance(str(tmp_path)).join(Request(vault="v"))))
    with qtbot.waitSignal(made.received):
        made.listen()
    qtbot.waitUntil(lambda: not thread.is_alive())
    assert taken == [False]
    made.close()


def test_a_first_that_ends_instead_is_followed(qtbot: QtBot, tmp_path: Path) -> None:
    made, second = Instance(str(tmp_path)), Instance(str(tmp_path))
    assert made.claim()
    taken: list[bool] = []
    thread = in_thread(lambda: taken.append(second.join(Request())))
    made.close()
    qtbot.waitUntil(lambda: not thread.is_alive())
    assert taken == [True]
    second.close()


def test_a_first_that_never_answers_keeps_its_place_and_nobody_from_working(qtbot: QtBot, tmp_path: Path) -> None:
    made, second = Instance(str(tmp_path)), Instance(str(tmp_path))
    assert made.claim()
    assert second.join(Request(), seconds=0)
    second.listen()
    assert not (tmp_path / "window.socket").exists()
    second.close()
    assert not second.claim()
    made.close()


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"[]",
        b"{}",
        b'{"vault": 1, "paths": []}',
        b'{"vault": "", "paths": [1]}',
        b'{"vault": "", "paths": "x"}',
        b'{"vault": "", "paths": [], "more": 1}',
        b'{"vault": "", "paths": [], "act": 1}',
        b"\xff",
        b"[" * 100_000,
        b" " * (MESSAGE_LIMIT + 1),
    ],
)
def test_nonsense_is_not_taken(first: Instance, qtbot: QtBot, tmp_path: Path, message: bytes) -> None:
    answers: list[bytes] = []

    def send() -> None:
        with socket.socket(socket.AF_UNIX) as calling:
            calling.settimeout(5)
            calling.connect(str(tmp_path / "window.socket"))
            try:
                calling.sendall(message)
                calling.shutdown(socket.SHUT_WR)
                answers.append(calling.recv(1))
            except OSError:
                answers.append(b"")

    with qtbot.assertNotEmitted(first.received):
        thread = in_thread(send)
        qtbot.waitUntil(lambda: not thread.is_alive())
    assert answers == [b""]


@given(st.text(), st.lists(st.text()))
def test_any_request_survives(vault: str, paths: list[str]) -> None:
    request = Request(vault=vault, paths=tuple(paths))
    assert Request.decoded(request.encoded()) == request


def test_the_folder_is_this_persons_alone(home: Path, qtbot: QtBot) -> None:
    made = Instance()
    assert made.claim()
    made.listen()
    folder = home / "run" / f"signet-{os.getuid()}"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sorted(path.name for path in folder.iterdir()) == ["window.lock", "window.socket"]
    made.close()


def test_a_folder_of_a_long_name_will_do(qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / ("long-" * 20)
    folder.mkdir()
    made, second = Instance(str(folder)), Instance(str(folder))
    assert made.join(Request())
    made.listen()
    taken: list[bool] = []
    with qtbot.waitSignal(made.received):
        thread = in_thread(lambda: taken.append(second.join(Request(vault="v"))))
    qtbot.waitUntil(lambda: not thread.is_alive())
    assert taken == [False]
    made.close()
    assert [path.name for path in folder.iterdir()] == ["window.lock"]


def test_a_folder_that_others_can_open_is_not_used(home: Path, qtbot: QtBot) -> None:
    folder = home / "run" / f"signet-{os.getuid()}"
    folder.mkdir()
    folder.chmod(0o755)
    made = Instance()
    assert made.claim()
    made.close()
    assert list(folder.iterdir()) == []
