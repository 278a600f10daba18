from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from signet import child, errors
from signet.child import Child, ChildDied, ChildFailed, ChildTimedOut, child_environment

PATIENCE = 60.0
"""Seconds that something may take on a busy machine."""
LONG = 600.0
"""Seconds that nothing takes."""
SERVER = """
import ctypes, os, sys, time
from signet import errors
from signet.child import harden, serve
harden()
def echo(value): return value
def nap(seconds): time.sleep(seconds)
def refuse(): raise errors.PinIncorrect(token="t", attempts_left=None, final_try=True)
def fail(): raise RuntimeError("canary-secret")
def leave(): os._exit(7)
def babble(): os.write(0, b"\\x00\\x00\\x00\\x03abc")
def boast(): os.write(0, b"\\xff\\xff\\xff\\xff")
def described():
    import resource
    return {"core": list(resource.getrlimit(resource.RLIMIT_CORE)), "environment": sorted(os.environ),
            "argv": open("/proc/self/cmdline").read(), "fds": len(os.listdir("/proc/self/fd")),
            "session": os.getsid(0), "path": sys.path, "dumpable": ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)}
serve({name: thing for name, thing in list(globals().items()) if callable(thing)})
"""


def start() -> Child:
    return Child([sys.executable, "-P", "-c", SERVER], environment=child_environment({"GIVEN": "yes"}))


@pytest.fixture
def echo() -> Iterator[Child]:
    with start() as running:
        yield running


def gone(pid: int) -> bool:
    """Whether the process has ended and was reaped; a zombie would still have a folder."""
    return not Path(f"/proc/{pid}").exists()


def soon(condition: object) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if callable(condition) and condition():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize(
    "value",
    [None, True, 7, "ü", b"", bytes(range(256)), [1, [b"x"]], {"a": {"b": b"c"}}, b"x" * 3_000_000],
    ids=["none", "true", "int", "text", "empty", "bytes", "list", "nested", "large"],
)
def test_values_cross_the_channel_unchanged(echo: Child, value: object) -> None:
    assert echo.request("echo", timeout=PATIENCE, value=value) == value


def test_a_signet_error_arrives_as_itself_with_its_attributes(echo: Child) -> None:
    with pytest.raises(errors.PinIncorrect) as caught:
        echo.request("refuse", timeout=PATIENCE)
    assert caught.value.details == {"token": "t", "attempts_left": None, "final_try": True}
    assert echo.request("echo", timeout=PATIENCE, value=1) == 1


def test_any_other_exception_arrives_as_the_name_of_its_type_only(echo: Child) -> None:
    with pytest.raises(ChildFailed) as caught:
        echo.request("fail", timeout=PATIENCE)
    assert caught.value.kind == "RuntimeError"
    assert "canary" not in str(caught.value)


def test_unknown_methods_and_wrong_parameters_do_not_end_the_child(echo: Child) -> None:
    with pytest.raises(ChildFailed):
        echo.request("nothing", timeout=PATIENCE)
    with pytest.raises(ChildFailed):
        echo.request("echo", timeout=PATIENCE, wrong=1)
    assert echo.request("echo", timeout=PATIENCE, value=1) == 1


def test_a_late_child_is_killed_and_reaped(echo: Child) -> None:
    pid = echo.pid
    began = time.monotonic()
    with pytest.raises(ChildTimedOut) as caught:
        echo.request("nap", timeout=0.5, seconds=LONG)
    assert caught.value.seconds == 0.5
    assert time.monotonic() - began < PATIENCE
    assert gone(pid)
    assert not echo.alive
    with pytest.raises(ChildDied):
        echo.request("echo", timeout=1, value=1)


def test_a_stopped_child_is_killed_when_its_time_is_up(echo: Child) -> None:
    echo.request("echo", timeout=PATIENCE, value=1)
    os.kill(echo.pid, signal.SIGSTOP)
    with pytest.raises(ChildTimedOut):
        echo.request("echo", timeout=0.5, value=b"x" * 5_000_000)
    assert gone(echo.pid)


def test_a_child_that_leaves_is_reported_with_its_status(echo: Child) -> None:
    with pytest.raises(ChildDied) as caught:
        echo.request("leave", timeout=PATIENCE)
    assert caught.value.returncode in (7, -signal.SIGKILL)
    assert gone(echo.pid)


@pytest.mark.parametrize("method", ["babble", "boast"])
def test_nonsense_kills_the_child(echo: Child, method: str) -> None:
    with pytest.raises(ChildDied):
        echo.request(method, timeout=PATIENCE)
    assert gone(echo.pid)


def test_cancelling_kills_the_child_within_a_moment(echo: Child) -> None:
    began = time.monotonic()
    with pytest.raises(errors.Cancelled):
        echo.request("nap", timeout=LONG, seconds=LONG, cancelled=lambda: time.monotonic() - began > 0.3)
    assert time.monotonic() - began < PATIENCE
    assert gone(echo.pid)


def test_a_call_that_waits_for_its_turn_can_be_cancelled_without_harm(echo: Child) -> None:
    busy = threading.Thread(target=lambda: echo.request("nap", timeout=PATIENCE, seconds=1))
    busy.start()
    assert soon(echo._turn.locked)
    with pytest.raises(errors.Cancelled):
        echo.request("echo", timeout=PATIENCE, value=1, cancelled=lambda: True)
    busy.join()
    assert echo.request("echo", timeout=PATIENCE, value=2) == 2


def test_threads_take_turns(echo: Child) -> None:
    seen: dict[int, object] = {}

    def ask(number: int) -> None:
        for _ in range(20):
            seen[number] = echo.request("echo", timeout=PATIENCE, value=number)
            assert seen[number] == number

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {number: number for number in range(8)}


def test_closing_while_a_call_runs_ends_both(echo: Child) -> None:
    outcome: list[BaseException] = []

    def ask() -> None:
        try:
            echo.request("nap", timeout=LONG, seconds=LONG)
        except ChildDied as error:
            outcome.append(error)

    busy = threading.Thread(target=ask)
    busy.start()
    assert soon(echo._turn.locked)
    echo.close()
    busy.join(PATIENCE)
    assert len(outcome) == 1
    assert gone(echo.pid)


def test_closing_while_a_call_has_its_answer_just_now_leaves_nothing_open() -> None:
    before = len(os.listdir("/proc/self/fd"))
    child = start()
    with child._turn:  # as a call does that has its answer and has not said so yet
        closing = threading.Thread(target=child.close)
        closing.start()
        assert soon(lambda: gone(child.pid))
    closing.join(PATIENCE)
    assert len(os.listdir("/proc/self/fd")) == before


def test_closing_twice_is_harmless(echo: Child) -> None:
    echo.close()
    echo.close()
    assert not echo.alive


def test_the_child_is_hardened_and_inherits_almost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", "/tmp/agent")
    monkeypatch.setenv("PYTHONSTARTUP", "/tmp/startup")
    monkeypatch.setenv("TPM2_PKCS11_STORE", "/tmp/tpm")
    with open(os.devnull, "rb") as unrelated, start() as running:
        os.set_inheritable(unrelated.fileno(), True)
        found = running.request("described", timeout=PATIENCE)
    assert isinstance(found, dict)
    assert found["core"] == [0, 0]
    assert found["dumpable"] == 0
    assert {"SSH_AUTH_SOCK", "PYTHONSTARTUP"}.isdisjoint(found["environment"])
    assert {"GIVEN", "TPM2_PKCS11_STORE"} <= set(found["environment"])
    assert found["session"] == running.pid
    assert found["fds"] <= 6  # 0, 1, 2, the channel, the listing itself and one to spare
    assert "" not in found["path"]


def test_nothing_leaks_over_many_children() -> None:
    with start():
        pass
    before = (len(os.listdir("/proc/self/fd")), threading.active_count())
    for ending in ("close", "leave", "babble", "kill"):
        running = start()
        if ending == "kill":
            os.kill(running.pid, signal.SIGKILL)
        if ending in ("leave", "babble", "kill"):
            with pytest.raises(ChildDied):
                running.request("echo" if ending == "kill" else ending, timeout=PATIENCE)
        running.close()
        assert gone(running.pid)
    assert soon(lambda: (len(os.listdir("/proc/self/fd")), threading.active_count()) == before)


def test_a_program_that_cannot_be_started_says_so() -> None:
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(ChildDied):
        Child(["/nonexistent/program"], environment={})
    assert len(os.listdir("/proc/self/fd")) == before


def test_the_child_outlives_the_thread_that_started_it_and_dies_with_the_process() -> None:
    script = f"""
import os, sys, threading, time
from signet.child import Child, child_environment
made = []
def make():
    made.append(Child([sys.executable, "-P", "-c", {SERVER!r}], environment=child_environment({{}})))
thread = threading.Thread(target=make)
thread.start(); thread.join()
time.sleep(0.3)
assert made[0].request("echo", timeout={PATIENCE}, value=5) == 5
threading.Thread(target=lambda: made[0].request("nap", timeout=60, seconds=60), daemon=True).start()
time.sleep(0.3)
os.write(0, str(made[0].pid).encode() + b"\\n")
os.kill(os.getpid(), 9)
"""
    with Child([sys.executable, "-c", script], environment=child_environment({})) as parent:
        # What it writes is no message, but the pid can be read from the socket before that is noticed.
        pid = int(parent._ours.recv(100)) if _readable(parent) else 0
    assert pid > 0
    assert soon(lambda: gone(pid))


def _readable(running: Child) -> bool:
    import select

    return bool(select.select([running._ours], [], [], PATIENCE)[0])


def test_the_child_command_names_the_role(monkeypatch: pytest.MonkeyPatch) -> None:
    assert child.child_command("token")[-3:] == ["signet", "_child", "token"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert child.child_command("token") == [sys.executable, "_child", "token"]


def test_messages_beyond_the_bound_are_refused_by_the_sender(echo: Child) -> None:
    with pytest.raises(ValueError, match="longer"):
        echo.request("echo", timeout=PATIENCE, value=b"x" * child.MAX_MESSAGE)
    assert echo.request("echo", timeout=PATIENCE, value=1) == 1
