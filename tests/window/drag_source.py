"""Another program to drag files from: ``python -m window.drag_source X Y FILE...``; says ``ready``."""

from __future__ import annotations

import sys

from PySide6.QtCore import QMimeData, Qt, QTimer, QUrl
from PySide6.QtGui import QDrag, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QApplication, QLabel

SIZE = 160


class Source(QLabel):
    """A field that can be dragged away."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__("Drag me")
        self._paths = paths
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFixedSize(SIZE, SIZE)
        self._ready = False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Say that it can be seen now."""
        super().paintEvent(event)
        if not self._ready:
            self._ready = True
            QTimer.singleShot(0, lambda: print("ready", flush=True))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Begin to drag. Afterwards stay: under X11 the target fetches what was dropped when it wants to."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(path) for path in self._paths])
        drag = QDrag(self)
        drag.setMimeData(data)
        action = drag.exec(Qt.DropAction.CopyAction)
        print(action.name, flush=True)


def main(x: int, y: int, paths: list[str]) -> int:
    """Show the field there until the end of the process."""
    application = QApplication(sys.argv[:1])
    source = Source(paths)
    source.setWindowFlag(Qt.WindowType.FramelessWindowHint)
    source.move(x, y)
    source.show()
    return application.exec()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
