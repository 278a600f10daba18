"""The process entry: what `signet` does before any command runs."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

import signet
from signet.__main__ import NO_WINDOW, main_gui

# Each of these costs more than all else that `signet --version` does.
HEAVY = ("cryptography", "pkcs11", "sqlcipher3", "rich")


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


def test_without_arguments_the_help_is_shown_and_that_the_window_is_yet_to_come() -> None:
    done = run()
    assert done.returncode == 0
    assert "encrypt" in done.stdout
    assert NO_WINDOW in done.stderr


def test_the_windows_own_entry_says_that_it_is_yet_to_come(capsys: pytest.CaptureFixture[str]) -> None:
    assert main_gui() == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"{NO_WINDOW}\n"


def test_the_command_line_is_not_loaded_into_a_token_child() -> None:
    # Started by hand it has no channel to its parent, so it ends at once; what it loaded until then is what counts.
    done = run("_child", "token", options=("-X", "importtime"))
    loaded = re.findall(r"\| +([\w.]+)$", done.stderr, flags=re.MULTILINE)
    assert "signet.tokens.host" in loaded
    assert not [name for name in loaded if name.startswith(("signet.cli", "signet.services", "click", "sqlcipher3"))]
