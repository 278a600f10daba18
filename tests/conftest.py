"""What every test may use. Nothing here or in any test touches the data of the person who runs the tests."""

from __future__ import annotations

import compileall
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest

pytest.register_assert_rewrite("support", "window")

# Only what is imported after the line above is rewritten. The fixtures of the card are here for tests of every layer.
from support.card.fixtures import daemon, keys, reader  # noqa: E402, F401
from support.clock import SettableClock  # noqa: E402
from support.modules import running, software_tokens_alone  # noqa: E402

# What the tests compare Signet with; packaging/apt-test.txt installs it. A test never passes by leaving one out.
ORACLES = ("age", "ssh-keygen", "openssl", "softhsm2-util", "pkcs11-tool", "strace", "yubico-piv-tool", "swtpm")

APP = Path(__file__).parents[1] / "app"
MEMORY = Path("/dev/shm")
PATIENCE = 60.0
"""Seconds until what ends by itself must have ended."""
ROOM = 6 << 30
"""Bytes that must be free for the files of all tests; they take up to 2 GB at a time."""

# The same examples in every run, and no failure because the machine was busy; tests/fuzz is for new ones.
hypothesis.settings.register_profile(
    "signet", deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("signet")


def pytest_configure(config: pytest.Config) -> None:
    """Put the files of tests into memory where there is room for them and programs may run from there.

    The tens of thousands of fsync calls of a run then wait for no disk. What a kill leaves is the same; what a power
    failure would leave, no test can see.
    """
    chosen = config.option.basetemp or "PYTEST_DEBUG_TEMPROOT" in os.environ or hasattr(config, "workerinput")
    if not chosen and _has_room(MEMORY):
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(MEMORY)


def _has_room(folder: Path) -> bool:
    if not os.path.ismount(folder) or not os.access(folder, os.W_OK):
        return False
    state = os.statvfs(folder)
    lines = Path("/proc/meminfo").read_text().splitlines()
    free = next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:"))
    return not state.f_flag & os.ST_NOEXEC and min(state.f_bavail * state.f_frsize, free) > ROOM


def pytest_sessionstart(session: pytest.Session) -> None:
    """Stop before the first test if a real thing that tests compare with is missing.

    A shell without job control starts what runs in its background with Ctrl-C ignored, and that is inherited; here
    it is what it is at a terminal.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    missing = [program for program in ORACLES if shutil.which(program) is None]
    if missing:
        raise pytest.UsageError(f"these programs are missing: {', '.join(missing)}; ./test installs them on Debian")
    # The hundreds of processes that tests start would each compile Signet anew where bytecode is not to be kept.
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # Whoever has software tokens of their own: tests see those that tests make.
    os.environ.pop("SOFTHSM2_CONF", None)
    if not hasattr(session.config, "workerinput"):
        compileall.compile_dir(APP, quiet=2)


@pytest.fixture(autouse=True, scope="session")
def few_modules() -> Iterator[None]:
    """Searching for card modules finds SoftHSM; the emulated card's `reader` lets the others be found too."""
    with software_tokens_alone():
        yield


@pytest.fixture(autouse=True, scope="module")
def every_module_is_ended() -> Iterator[None]:
    """A hub that a test forgets to close would keep a process until the end of all tests."""
    yield
    end = time.monotonic() + PATIENCE
    while running():
        assert time.monotonic() < end, f"still there: {running()}"
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own, with every folder that a program might look for below it."""
    folder = tmp_path / "home"
    places = {
        "HOME": folder,
        "XDG_DATA_HOME": folder / ".local" / "share",
        "XDG_STATE_HOME": folder / ".local" / "state",
        "XDG_CONFIG_HOME": folder / ".config",
        "XDG_CACHE_HOME": folder / ".cache",
        "XDG_RUNTIME_DIR": folder / "run",
        "TMPDIR": folder / "tmp",
    }
    for name, place in places.items():
        place.mkdir(mode=0o700, parents=True)
        monkeypatch.setenv(name, str(place))
    monkeypatch.delenv("SIGNET_VAULT", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")  # what the terminals of tests are, wherever the tests run
    # The tempfile module remembers the folder that it found first.
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


@pytest.fixture
def clock() -> SettableClock:
    """A clock that shows 2026-11-22 12:00:00 UTC until `advance` or `set_wall` moves it."""
    return SettableClock(datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC))
