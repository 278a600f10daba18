"""Fetches pictures of pages in tasks: one at a time, what is seen first, and keeps some."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from signet.errors import Cancelled, SignetError
from signet.gui.tasks import Task, TaskContext, Tasks
from signet.services.previews import PagePicture, Preview

KEPT_PIXELS = 30_000_000
"""Pictures that are kept, four bytes a pixel."""
PATIENCE_MILLISECONDS = 700
"""How long a page that is not seen any more may keep others waiting before it is given up."""
_COLOURS = 3


class PageLoader(QObject):
    """Draws pages of one `Preview`. Lives in the GUI thread; the owner closes the preview."""

    drawn = Signal(int)
    """A page has a new picture, or a reason why there is none."""

    def __init__(self, tasks: Tasks, preview: Preview, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks, self._preview = tasks, preview
        self._pictures: dict[int, QImage] = {}
        self._widths: dict[int, int] = {}
        self._refused: dict[int, str] = {}
        self._wanted: list[tuple[int, int]] = []
        self._task: Task | None = None
        self._page = -1
        self._impatience = QTimer(self)
        self._impatience.setSingleShot(True)
        self._impatience.setInterval(PATIENCE_MILLISECONDS)
        self._impatience.timeout.connect(self._give_up)

    @property
    def busy(self) -> bool:
        """Whether a page is being drawn."""
        return self._task is not None

    def picture(self, page: int) -> QImage | None:
        """The picture of a page, perhaps of another size than wanted now."""
        return self._pictures.get(page)

    def refusal(self, page: int) -> str:
        """Why a page has no picture; empty if it has, or will have."""
        return self._refused.get(page, "")

    def want(self, pages: Sequence[tuple[int, int]]) -> None:
        """Have these pages drawn, each so many pixels wide, the first one first; others are not wanted any more."""
        self._wanted = list(pages)
        if self._task is None:
            self._next()
        elif all(page != self._page for page, _ in self._wanted):
            if not self._impatience.isActive():
                self._impatience.start()
        else:
            self._impatience.stop()

    def stop(self) -> None:
        """Draw nothing more."""
        self._wanted = []
        self._give_up()

    def _next(self) -> None:
        for page, width in self._wanted:
            if page not in self._refused and self._widths.get(page) != width:
                self._start(page, width)
                return

    def _start(self, page: int, width: int) -> None:
        preview = self._preview
        self._page = page
        self._widths[page] = width

        def work(context: TaskContext) -> QImage:
            return image_of(preview.draw(page, width, cancelled=context.cancelled))

        self._task = self._tasks.run(work, done=self._done, failed=self._failed, quiet=True)

    def _done(self, image: QImage) -> None:
        page = self._ended()
        self._pictures.pop(page, None)
        self._pictures[page] = image
        self._forget()
        self.drawn.emit(page)
        self._next()

    def _failed(self, error: SignetError) -> None:
        page = self._ended()
        if isinstance(error, Cancelled):
            self._widths.pop(page, None)
        else:
            self._refused[page] = str(getattr(error, "reason", "")) or "something went wrong"
            self.drawn.emit(page)
        self._next()

    def _ended(self) -> int:
        self._task = None
        self._impatience.stop()
        return self._page

    def _give_up(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _forget(self) -> None:
        """Let the oldest pictures go that are not wanted now."""
        wanted = {page for page, _ in self._wanted}
        for page in list(self._pictures):
            if sum(image.width() * image.height() for image in self._pictures.values()) <= KEPT_PIXELS:
                return
            if page not in wanted:
                del self._pictures[page], self._widths[page]


def image_of(picture: PagePicture) -> QImage:
    """Make Qt's image of a picture, in the format that is painted fastest; called in a thread."""
    kind = QImage.Format.Format_RGB888
    image = QImage(picture.rgb, picture.width, picture.height, picture.width * _COLOURS, kind)
    return image.convertToFormat(QImage.Format.Format_RGB32)
