"""What the desktop gets of Signet: which files, where, with which content.

The templates are in ``packaging/desktop`` (in an installed Signet ``resources/desktop``). Every file carries `MARK`,
by which it is known as Signet's own.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from signet.errors import UsageError

MARK = b"`signet desktop install`"
"""In a comment of every file: only what has it is replaced or removed."""
ACTS = {
    "encrypt": "Encrypt",
    "decrypt": "Decrypt",
    "edit": "Open for Editing",
    "sign": "Sign",
    "verify": "Check Signatures",
}
"""What the menus offer, by the window's names for it."""
PLAIN, PROGRAM = 0o644, 0o755
_SCRIPTS = "nautilus/scripts/Signet"
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_CLONE = os.path.dirname(os.path.dirname(_PACKAGE))
_SHELL_SPECIAL = re.compile(r'(["`$\\])')


@dataclass(frozen=True)
class DesktopFile:
    """One file: its place below the data folder of the person's desktop, what is in it, its mode."""

    place: str
    content: bytes
    mode: int = PLAIN


def launcher() -> tuple[str, ...]:
    """The words that start Signet's window wherever this Signet came from: ``./run`` of a clone, or what pip made."""
    run = os.path.join(_CLONE, "run")
    if os.path.isfile(run) and os.path.isfile(os.path.join(_CLONE, "pyproject.toml")):
        return (run,)
    installed = os.path.join(os.path.dirname(sys.executable), "signet-gui")
    return (installed,) if os.path.isfile(installed) else (sys.executable, "-I", "-m", "signet")


def exec_words(words: tuple[str, ...]) -> str:
    """Write words for ``Exec=`` (Desktop Entry Specification, "The Exec key", quoting, then its "string" escapes).

    Raises UsageError for a path that has no such spelling: with a line break, or no UTF-8.
    """
    return _value(" ".join('"' + _SHELL_SPECIAL.sub(r"\\\1", word) + '"' for word in words)).replace("%", "%%")


def desktop_files(words: tuple[str, ...], *, scripts: bool) -> tuple[DesktopFile, ...]:
    """Every file for a Signet that these words start; with ``scripts`` those that Nautilus runs without a plug-in."""
    values = {
        "@LAUNCHER@": exec_words(words),
        "@PROGRAM@": _value(words[0]),
        '"@LAUNCHER_LIST@"': repr(list(words)),
        "@LAUNCHER_SHELL@": shlex.join(words),
    }
    icon = _read(os.path.join(_shared("icons"), "signet.svg")).replace(
        b"</svg>", b"<!-- Written by " + MARK + b"; `signet desktop remove` takes it away. -->\n</svg>"
    )
    made = [
        DesktopFile("applications/signet.desktop", _filled("signet.desktop", values)),
        DesktopFile("mime/packages/signet.xml", _filled("signet.xml", {})),
        DesktopFile("icons/hicolor/scalable/apps/signet.svg", icon),
        DesktopFile(
            "icons/hicolor/scalable/mimetypes/application-vnd.signet.esdk.svg",
            _filled("application-vnd.signet.esdk.svg", {}),
        ),
        # Since KDE Frameworks 5.85 a menu below a person's home counts only if it is executable.
        DesktopFile("kio/servicemenus/signet.desktop", _filled("servicemenu.desktop", values), PROGRAM),
        DesktopFile("nautilus-python/extensions/signet_menu.py", _filled("nautilus.py", values)),
    ]
    if scripts:
        made += [
            DesktopFile(f"{_SCRIPTS}/{label}", _filled("nautilus-script", {**values, "@ACT@": act}), PROGRAM)
            for act, label in ACTS.items()
        ]
    return tuple(made)


def _value(text: str) -> str:
    """Write a value of type string in a desktop entry: only the backslash has to be escaped."""
    if not text.isprintable():
        raise UsageError(reason="Signet lies in a folder whose name no menu entry can hold; move it and try again.")
    return text.replace("\\", "\\\\")


def _filled(name: str, values: Mapping[str, str]) -> bytes:
    text = _read(os.path.join(_shared("desktop"), name)).decode("utf-8")
    for mark, value in values.items():
        text = text.replace(mark, value)
    return text.encode("utf-8")


def _shared(name: str) -> str:
    """The folder ``resources/NAME`` of an installed Signet, or what stands for it in a clone."""
    shipped = os.path.join(_PACKAGE, "resources", name)
    if os.path.isdir(shipped):
        return shipped
    return os.path.join(_CLONE, "packaging" if name == "desktop" else "resources", name)


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
