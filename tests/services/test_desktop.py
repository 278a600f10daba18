"""Signet in the file manager: put there, known again, taken away without a trace; entries that start this Signet."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from signet.errors import OutputExists, UsageError
from signet.services.desktop import State, install, remove, status
from signet.services.desktop_files import MARK, desktop_files, exec_words, launcher

DATABASES = ("update-mime-database", "update-desktop-database")


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_it_is_put_there_once_and_taken_away_without_a_trace(home: Path) -> None:
    data = home / ".local" / "share"
    (data / "applications").mkdir()
    (data / "applications" / "other.desktop").write_text("[Desktop Entry]\nType=Application\nName=Other\nExec=true\n")
    before = files_in(data)
    assert not status().installed
    assert install().installed
    assert status().installed
    assert install().updated == ()  # nothing was to be done
    entry = (data / "applications" / "signet.desktop").read_text()
    assert f"Exec={exec_words(launcher())} --act=encrypt %F" in entry
    assert "@" not in entry
    (data / "applications" / "signet.desktop").write_bytes(b"# " + MARK + b" of another place\n")
    assert {place.state for place in status().places} == {State.PRESENT, State.OLD}
    assert install().installed
    remove()
    left = files_in(data) - before
    assert left <= {"applications/mimeinfo.cache"}  # of the other program's entry
    assert not (data / "mime").exists()
    assert remove().places == ()


def test_what_somebody_else_put_there_is_left_alone(home: Path) -> None:
    own = home / ".local" / "share" / "applications" / "signet.desktop"
    own.parent.mkdir()
    own.write_text("[Desktop Entry]\n")
    with pytest.raises(OutputExists):
        install()
    remove()
    assert files_in(home) == {".local/share/applications/signet.desktop"}


@pytest.mark.parametrize("name", ["plain", "a b", 'it\'s "$HOME" `x` 100% \\ back', "größe"])
def test_any_path_of_the_launcher_is_spelled_as_the_desktop_reads_it(name: str) -> None:
    """As GLib does: the value's escapes first, then the field codes, then words as a shell has them."""
    word = f"/opt/{name}/run"
    value = exec_words((word,)).replace("\\\\", "\\").replace("%%", "%")
    told = subprocess.run(["sh", "-c", f"printf '%s|' {value}"], capture_output=True, text=True)
    assert told.stdout == word + "|"
    script = next(file for file in desktop_files((word,), scripts=True) if "scripts" in file.place)
    assert shlex.split(script.content.decode().splitlines()[-1])[:2] == ["exec", word]


def test_a_path_that_no_entry_can_hold_is_refused() -> None:
    with pytest.raises(UsageError):
        exec_words(("/opt/a\nb",))


def test_the_desktops_own_programs_accept_it(tmp_path: Path) -> None:
    for name in ("desktop-file-validate", "xmllint", "gio", *DATABASES):
        assert shutil.which(name), f"{name} is missing; ./test installs it"
    install(data_home=str(tmp_path))
    entry = tmp_path / "applications" / "signet.desktop"
    checked = subprocess.run(["desktop-file-validate", str(entry)], capture_output=True, text=True)
    assert (checked.returncode, checked.stdout) == (0, "")
    xml = [*tmp_path.rglob("*.svg"), *(tmp_path / "mime" / "packages").iterdir()]
    assert subprocess.run(["xmllint", "--noout", *map(str, xml)]).returncode == 0
    compile((tmp_path / "nautilus-python/extensions/signet_menu.py").read_text(), "signet_menu.py", "exec")
    own = tmp_path / "own"
    own.mkdir()
    samples = {
        "any.esdk": (b"x", "application/vnd.signet.esdk"),
        "any.age": (b"x", "application/age"),
        "nameless": (b"\2\4\x78" + bytes(40) + b"signet-content" + bytes(99), "application/vnd.signet.esdk"),
        "secret": (b"age-encryption.org/v1\n-> X25519 x\n", "application/age"),
        "letter.txt": (b"dear", "text/plain"),
    }
    for name, (content, _) in samples.items():
        (own / name).write_bytes(content)
    told = subprocess.run(
        ["gio", "info", "--attributes=standard::content-type", *(str(own / name) for name in samples)],
        capture_output=True, text=True, env={**os.environ, "XDG_DATA_HOME": str(tmp_path)},
    )  # fmt: skip
    found = [line.split(": ")[1] for line in told.stdout.splitlines() if "content-type" in line]
    assert found == [kind for _, kind in samples.values()]
    shown = subprocess.run(
        ["gio", "mime", "application/vnd.signet.esdk"],
        capture_output=True, text=True, env={**os.environ, "XDG_DATA_HOME": str(tmp_path)},
    )  # fmt: skip
    assert "signet.desktop" in shown.stdout
