"""The process entry: what `signet` does before any command runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import signet
from signet.__main__ import main_gui, wants_window
from signet.gui.app import NO_SCREEN

# Each of these costs more than all else that `signet --version` does.
HEAVY = ("cryptography", "pkcs11", "sqlcipher3", "rich", "PySide6")


def run(*arguments: str, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", *options, "-m", "signet", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_version_goes_to_standard_output_alone() -> None:
    done = run("--version")
    assert done.returncode == 0
    assert signet.__version__ in done.stdout
    assert done.stderr == ""


def test_version_loads_nothing_heavy() -> None:
    done = run("--version", options=("-X", "importtime"))
    loaded = {name.split(".")[0] for name in re.findall(r"\| +([\w.]+)$", done.stderr, flags=re.MULTILINE)}
    assert "signet" in loaded
    assert not loaded & set(HEAVY)


@pytest.fixture
def no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("no_screen")
def test_without_a_screen_the_window_says_what_works_instead() -> None:
    done = run()
    assert (done.returncode, done.stdout) == (1, "")
    assert NO_SCREEN in done.stderr


@pytest.mark.usefixtures("no_screen")
def test_a_display_that_nobody_serves_is_no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":4711")
    done = run()
    assert done.returncode == 1
    assert NO_SCREEN in done.stderr


@pytest.mark.usefixtures("no_screen")
def test_the_windows_own_entry_takes_paths_and_refuses_other_options(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["signet-gui", "--json"])
    assert main_gui() == 2
    assert "--json" in capsys.readouterr().err
    monkeypatch.setattr(sys, "argv", ["signet-gui", "--vault", "personal", "letter.txt"])
    assert main_gui() == 1
    assert NO_SCREEN in capsys.readouterr().err


def test_a_process_without_pyside_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "PySide6.py").write_text("raise ImportError('no such library')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    done = run()
    assert done.returncode == 1
    assert "PySide6" in done.stderr
    assert "command line" in done.stderr


@pytest.mark.parametrize(
    ("words", "window"),
    [
        ("", True),
        ("--vault personal", True),
        ("--vault=personal", True),
        ("--vault", False),
        ("--module /x.so --vault personal", True),
        ("letter.txt", True),
        ("--vault personal letter.txt folder", True),
        ("./encrypt", True),
        ("encrypt", False),
        ("encrypt letter.txt", False),
        ("--vault personal key list", False),
        ("missing.txt", False),
        ("letter.txt missing.txt", True),
        ("--json", False),
        ("--help", False),
        ("--vault personal --json", False),
        ("--act=sign -- missing.txt", True),
        ("-- letter.txt", True),
        ("-- --json", False),
    ],
)
def test_no_command_means_the_window(
    words: str, window: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("letter.txt", "encrypt"):
        (tmp_path / name).touch()
    (tmp_path / "folder").mkdir()
    assert wants_window(words.split()) is window


def test_the_command_line_is_not_loaded_into_a_token_child() -> None:
    # Started by hand it has no channel to its parent, so it ends at once; what it loaded until then is what counts.
    done = run("_child", "token", options=("-X", "importtime"))
    loaded = re.findall(r"\| +([\w.]+)$", done.stderr, flags=re.MULTILINE)
    assert "signet.tokens.host" in loaded
    assert not [name for name in loaded if name.startswith(("signet.cli", "signet.services", "click", "sqlcipher3"))]
