"""Asking for a file in the desktop's own dialog, without stopping the window meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

CERTIFICATES = "Certificates (*.pem *.crt *.cer *.der);;All files (*)"
"""Files with one certificate, as Qt lists kinds of files."""


def ask_where_to_save(
    parent: QWidget, *, title: str, folder: str, name: str, kinds: str, chosen: Callable[[str], None]
) -> QFileDialog:
    """Open the dialog for a new file; ``chosen``, a method of ``parent``, gets the path, or is never called.

    ``kinds`` is Qt's list of file kinds: ``PEM (*.pem);;All files (*)``. That a file exists already is said by
    whoever writes it: nothing is ever overwritten, so there is no question to ask.
    """
    dialog = _dialog(parent, title, folder, kinds)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
    dialog.selectFile(name)
    dialog.fileSelected.connect(chosen)
    dialog.open()
    return dialog


def ask_for_a_file(
    parent: QWidget, *, title: str, folder: str, kinds: str, chosen: Callable[[str], None]
) -> QFileDialog:
    """Open the dialog for a file that is there; ``chosen``, a method of ``parent``, gets the path."""
    dialog = _dialog(parent, title, folder, kinds)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.fileSelected.connect(chosen)
    dialog.open()
    return dialog


def home() -> str:
    """Where a person's own files begin: Documents if there is such a folder, else home."""
    documents = os.path.join(os.path.expanduser("~"), "Documents")
    return documents if os.path.isdir(documents) else os.path.expanduser("~")


def _dialog(parent: QWidget, title: str, folder: str, kinds: str) -> QFileDialog:
    dialog = QFileDialog(parent, title, folder, kinds)
    dialog.setObjectName("file-dialog")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return dialog
