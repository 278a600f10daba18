"""How a command ends when it is not left in peace: Ctrl-C, SIGTERM, and an output that takes nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from support.command_line import OpenVault

PATIENCE = 60.0
NOISE = ("Traceback", "Exception ignored", 'File "')
SIZE = 1 << 30
"""Bytes of a file, all of them holes, that no machine encrypts before it is told to stop."""


def signet(
    *arguments: object,
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.PIPE,
    prepare: Callable[[], object] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a command; ``prepare`` is called in its process before it begins."""
    return subprocess.Popen(
        [sys.executable, "-m", "signet", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        preexec_fn=prepare or take_interrupts,
    )


def take_interrupts() -> None:
    """Undo what whoever runs the tests in the background has set: SIGINT ignored, in every process from there on."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def quiet(text: bytes) -> str:
    shown = text.decode()
    assert not any(noise in shown for noise in NOISE), shown
    return shown


@pytest.fixture
def big(vault: OpenVault, tmp_path: Path) -> Path:
    vault.json("key", "create", "papers")
    path = tmp_path / "folder" / "big"
    path.parent.mkdir()
    with path.open("wb") as file:
        file.truncate(SIZE)
    return path


def wait_until_it_encrypts(vault: OpenVault, process: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait until the process holds an open output in the folder: named, or nameless (open(2), O_TMPFILE)."""
    end = time.monotonic() + PATIENCE
    descriptors = Path(f"/proc/{process.pid}/fd")
    while time.monotonic() < end:
        assert process.poll() is None, process.communicate()
        with_names = []
        for each in descriptors.iterdir():
            with suppress(FileNotFoundError):  # closed meanwhile
                with_names.append(os.readlink(each))
        if any(name.startswith(f"{folder}/") and not name.endswith("/big") for name in with_names):
            return
        time.sleep(0.01)
    raise AssertionError("it never began")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_long_work_is_stopped_and_leaves_nothing(
    vault: OpenVault, big: Path, number: signal.Signals, status: int
) -> None:
    process = signet("encrypt", big, "--key", "papers", "--vault", vault.path, *vault.opening)
    wait_until_it_encrypts(vault, process, big.parent)
    process.send_signal(number)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == status, err
    quiet(err)
    assert os.listdir(big.parent) == ["big"]
    last = vault.json("audit", "list", "--limit", "2")["items"][1]
    assert (last["operation"], last["outcome"]) == ("Encrypt", "cancelled")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_was_ignored_from_the_start_stays_ignored(
    vault: OpenVault, big: Path, number: signal.Signals
) -> None:
    """As under nohup, or by `&` in a script."""
    os.truncate(big, SIZE // 4)
    process = signet(
        *("encrypt", big, "--key", "papers", "--vault", vault.path, *vault.opening),
        prepare=lambda: signal.signal(number, signal.SIG_IGN),
    )
    wait_until_it_encrypts(vault, process, big.parent)
    for _ in range(3):
        process.send_signal(number)
        time.sleep(0.01)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert sorted(os.listdir(big.parent)) == ["big", "big.esdk"]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("module", ["click", "signet.child", "signet.services.opening", "sqlcipher3"])
def test_a_signal_while_modules_load_ends_it_quietly(
    vault: OpenVault, tmp_path: Path, module: str, number: signal.Signals, status: int
) -> None:
    """The module that is about to be loaded sends the signal itself, so it never comes too early or too late."""
    program = (
        "import os, runpy, sys\n"
        "class Finder:\n"
        "    def find_spec(self, name, path, target=None):\n"
        f"        if name == {module!r}:\n"
        f"            os.kill(os.getpid(), {int(number)})\n"
        "sys.meta_path.insert(0, Finder())\n"
        "sys.argv[0] = 'signet'\n"
        "from signet.__main__ import main\n"
        "sys.exit(main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "key", "list", "--vault", vault.path, *vault.opening],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
        preexec_fn=take_interrupts,
    )
    # Before anything is open there is nothing to clean up, and SIGTERM may do what it always does.
    assert done.returncode in (status, -number if number == signal.SIGTERM else status), done.stderr
    quiet(done.stderr)
    assert done.stdout == b""


@contextmanager
def closed() -> Iterator[int]:
    """A pipe that nobody reads."""
    read, write = os.pipe()
    os.close(read)
    yield write
    os.close(write)


@contextmanager
def full() -> Iterator[int]:
    """A device without room."""
    device = os.open("/dev/full", os.O_WRONLY)
    yield device
    os.close(device)


CALLS = [("vault", "info"), ("vault", "info", "--json"), ("--help",), ("--version",), ("vault", "--help")]


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_whoever_has_read_enough_is_told_nothing(vault: OpenVault, call: tuple[str, ...]) -> None:
    with closed() as out:
        process = signet(*call, "--vault", vault.path, stdout=out)
        _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, quiet(err)) == (141, "")


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_a_result_that_cannot_be_written_is_told(vault: OpenVault, call: tuple[str, ...]) -> None:
    with full() as out:
        process = signet(*call, "--vault", vault.path, stdout=out)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "standard output" in quiet(err)
    if "--json" in call:
        assert json.loads(err)["error"]["type"] == "OutputLost"


def test_bytes_that_cannot_be_written_are_told(vault: OpenVault) -> None:
    vault.json("key", "create", "pen", "--spec", "ECC_NIST_P256")
    der = ("key", "public-key", "pen", "--format", "der", "--vault", vault.path, *vault.opening)
    with full() as out:
        process = signet(*der, stdout=out)
        _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, "standard output" in quiet(err)) == (1, True)


@pytest.mark.parametrize(("closing", "status"), [(">&-", 1), (">&- 2>&-", 1), ("2>&-", 0), ("<&- >/dev/null", 0)])
def test_standard_streams_that_are_closed_from_the_start(vault: OpenVault, closing: str, status: int) -> None:
    command = f'"$0" -m signet vault info --vault "$1" {closing}'
    done = subprocess.run(["sh", "-c", command, sys.executable, vault.path], capture_output=True, check=False)
    assert done.returncode == status
    quiet(done.stderr)


def test_an_error_that_cannot_be_told_keeps_its_status(vault: OpenVault) -> None:
    with full() as err:
        for call, status in ((("vault", "nonsense"), 2), (("vault", "info", "--vault", "/nowhere/x"), 1)):
            process = signet(*call, stderr=err)
            process.communicate(timeout=PATIENCE)
            assert process.returncode == status
