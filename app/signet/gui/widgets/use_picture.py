"""A small picture of use over time: a bar for each week, and a sentence that says the same."""

from __future__ import annotations

from datetime import date, timedelta

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.theme import Theme
from signet.gui.widgets.text import label
from signet.services.use_over_time import DAYS_SUMMED, UseOverTime

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_BAR = 14
_GAP = 4
_HEIGHT = 40
_FOOT = 2
"""Pixels that stand for a week without use, so that the weeks can be counted."""
_ROUND = 2


class UsePicture(QWidget):
    """Bars of the last weeks, the newest on the right, above one sentence; `show_uses` fills it."""

    def __init__(self, theme: Theme, *, name: str = "Use over time") -> None:
        super().__init__()
        self._name = name
        self.bars = _Bars(theme)
        self.sentence = label("", "muted", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.tiny)
        column.addWidget(self.bars, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.sentence)
        self.setAccessibleName(name)

    def show_uses(self, uses: UseOverTime) -> None:
        """Show these uses instead of what was there."""
        said = said_of(uses)
        self.bars.show_weeks(uses.weeks)
        self.bars.setVisible(any(uses.days))
        self.sentence.setText(said)
        self.setAccessibleDescription(said)


def said_of(uses: UseOverTime) -> str:
    """Say what the picture shows: ``12 uses completed in the last 30 days, most on 3 Nov (5).``

    What was refused or stopped half way is not among them; how often a key was taken in hand is said elsewhere.
    """
    busiest = uses.busiest
    if busiest is None:
        return f"Not used in the last {DAYS_SUMMED if any(uses.days) else len(uses.days)} days."
    day, most = busiest
    said = f"{_counted(uses.recent)} completed in the last {DAYS_SUMMED} days"
    return f"{said}, on {_date(day)}." if most == uses.recent else f"{said}, most on {_date(day)} ({most})."


def week_said(first: date, count: int) -> str:
    """Say what one bar shows."""
    return f"{_date(first)} to {_date(first + timedelta(days=6))}: {_counted(count)}"


def _counted(count: int) -> str:
    return "1 use" if count == 1 else f"{count or 'no'} uses"


def _date(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]}"


class _Bars(QWidget):
    """The bars alone; a pointer that rests on one is told its week."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._weeks: tuple[tuple[date, int], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_weeks(self, weeks: tuple[tuple[date, int], ...]) -> None:
        """Show these weeks, oldest first: the first day and the uses of each."""
        self._weeks = weeks
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as the weeks need."""
        return QSize(max(0, len(self._weeks) * (_BAR + _GAP) - _GAP), _HEIGHT)

    def week_at(self, place: QPointF) -> str:
        """What the bar at a place shows; empty beside them."""
        number = int(place.x() // (_BAR + _GAP))
        return week_said(*self._weeks[number]) if 0 <= number < len(self._weeks) else ""

    def event(self, event: QEvent) -> bool:
        """Tell the week under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.week_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint a bar for each week, the highest as high as the place."""
        super().paintEvent(event)
        colours = self._theme.colours
        most = max((count for _, count in self._weeks), default=0)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for number, (_, count) in enumerate(self._weeks):
            height = _FOOT if not count else max(2 * _FOOT, round(_HEIGHT * count / most))
            painter.setBrush(QColor(colours.accent if count else colours.field_border))
            bar = QRectF(number * (_BAR + _GAP), _HEIGHT - height, _BAR, height)
            painter.drawRoundedRect(bar, min(_ROUND, height / 2), min(_ROUND, height / 2))
        painter.end()
