"""Light and dark: palette, style sheet, font and icons of the whole application, from the design tokens."""

from __future__ import annotations

import os
from importlib.resources import files
from typing import Literal, get_args

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

from signet.gui.design import DARK, FONTS, LIGHT, TYPE, Colours
from signet.gui.stylesheet import style_sheet

Mode = Literal["system", "light", "dark"]
MODES: tuple[Mode, ...] = get_args(Mode)
ICON_SIZE = 18
_INK = b"currentColor"  # what the icons are drawn in, replaced by a colour of the theme
_SCALES = (1, 2)  # device pixels for each pixel: ordinary and dense screens


class Theme(QObject):
    """The look of the application it is given; `changed` is emitted after everything was dressed anew."""

    changed = Signal()
    recoloured = Signal()
    """Comes before `changed`: icons put on what the new colours make of them."""

    def __init__(self, application: QApplication, mode: Mode = "system", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._application = application
        self._mode: Mode = mode
        self._pixmaps: dict[tuple[str, str, int], QPixmap] = {}
        self.colours: Colours = LIGHT
        application.setStyle("Fusion")
        application.setFont(_font(application.font()))
        self._apply()
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_changed)

    @property
    def mode(self) -> Mode:
        """What was chosen: the system's, light or dark."""
        return self._mode

    @property
    def dark(self) -> bool:
        """Whether the colours in use are the dark ones."""
        return self.colours is DARK

    def set_mode(self, mode: Mode) -> None:
        """Change the look of every window at once; raise ValueError for a mode that there is not."""
        if mode not in MODES:
            raise ValueError(mode)
        self._mode = mode
        self._apply()

    def icon(self, name: str, *, tone: str = "muted", sizes: tuple[int, ...] = (16, ICON_SIZE, 24)) -> QIcon:
        """Draw an icon of resources/icons in a colour of the theme, a field of Colours; KeyError for others."""
        icon = QIcon()
        for size in sizes:
            for mode, colour in ((QIcon.Mode.Normal, tone), (QIcon.Mode.Disabled, "border")):
                icon.addPixmap(self.pixmap(name, tone=colour, size=size), mode)
        return icon

    def pixmap(self, name: str, *, tone: str = "muted", size: int = ICON_SIZE) -> QPixmap:
        """Draw an icon ``size`` device-independent pixels wide and high, sharp on this screen."""
        colour = str(getattr(self.colours, tone))
        known = self._pixmaps.get((name, colour, size))
        if known is not None:
            return known
        scale = max(_SCALES[-1], round(self._application.devicePixelRatio()))
        pixmap = QPixmap(QSize(size, size) * scale)
        pixmap.fill(Qt.GlobalColor.transparent)
        drawing = QSvgRenderer(QByteArray(read_icon(name).replace(_INK, colour.encode())))
        painter = QPainter(pixmap)
        drawing.render(painter, QRectF(0, 0, size * scale, size * scale))
        painter.end()
        pixmap.setDevicePixelRatio(scale)
        self._pixmaps[name, colour, size] = pixmap
        return pixmap

    def dress(
        self, widget: QAbstractButton | QLabel, name: str, *, tone: str = "muted", size: int = ICON_SIZE
    ) -> None:
        """Give a button or label an icon that follows the theme from now on; an empty name takes it away."""
        worn = [part for part in widget.children() if isinstance(part, _Dress)]
        dress = worn[0] if worn else _Dress(self, widget)
        dress.change(name, tone, size if name else 0)

    def _system_changed(self, _: Qt.ColorScheme) -> None:
        if self._mode == "system":
            self._apply()

    def _apply(self) -> None:
        dark = self._mode == "dark" or (self._mode == "system" and _system_is_dark())
        self.colours = DARK if dark else LIGHT
        self._pixmaps.clear()
        self._application.setPalette(palette(self.colours))
        self._application.setStyleSheet(style_sheet(self.colours, arrow=_place_of("chevron-down")))
        self.recoloured.emit()
        self.changed.emit()


class _Dress(QObject):
    """The icon of one widget, and a part of it: ends with it, which no list of widgets in the theme would."""

    def __init__(self, theme: Theme, widget: QAbstractButton | QLabel) -> None:
        super().__init__(widget)
        self._theme = theme
        self._widget = widget
        self._name, self._tone, self._size = "", "", 0
        theme.recoloured.connect(self._put_on)

    def change(self, name: str, tone: str, size: int) -> None:
        """Put on another icon, none if ``name`` is empty."""
        self._name, self._tone, self._size = name, tone, size
        self._put_on()

    def _put_on(self) -> None:
        name, size = self._name, self._size
        if isinstance(self._widget, QAbstractButton):
            self._widget.setIcon(self._theme.icon(name, tone=self._tone, sizes=(size,)) if name else QIcon())
            self._widget.setIconSize(QSize(size, size))
        else:
            self._widget.setPixmap(self._theme.pixmap(name, tone=self._tone, size=size) if name else QPixmap())


def palette(colours: Colours) -> QPalette:
    """The palette for what the style sheet does not reach: views, selections, disabled text, Fusion's own shades."""
    made = QPalette()
    roles = QPalette.ColorRole
    for role, colour in (
        (roles.Window, colours.window),
        (roles.WindowText, colours.text),
        (roles.Base, colours.surface),
        (roles.AlternateBase, colours.window),
        (roles.Text, colours.text),
        (roles.PlaceholderText, colours.muted),
        (roles.Button, colours.surface),
        (roles.ButtonText, colours.text),
        (roles.ToolTipBase, colours.surface),
        (roles.ToolTipText, colours.text),
        (roles.Highlight, colours.accent_soft),
        (roles.HighlightedText, colours.text),
        (roles.Link, colours.accent),
        (roles.LinkVisited, colours.accent),
        (roles.Light, colours.hover),
        (roles.Midlight, colours.hover),
        (roles.Mid, colours.border),
        (roles.Dark, colours.field_border),
        (roles.Shadow, colours.border),
        (roles.Accent, colours.accent),
    ):
        made.setColor(role, QColor(colour))
    for role in (roles.Text, roles.ButtonText, roles.WindowText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours.muted))
    return made


def read_icon(name: str) -> bytes:
    """The SVG text of an icon; raise KeyError if there is none of that name."""
    try:
        with open(_place_of(name), "rb") as file:
            return file.read()
    except FileNotFoundError as error:
        raise KeyError(name) from error


def _place_of(name: str) -> str:
    """Where an icon lies: beside the package in a wheel, else in the project's own folder."""
    package = str(files("signet"))
    shipped = os.path.join(package, "resources")
    folder = shipped if os.path.isdir(shipped) else os.path.join(package, "..", "..", "resources")
    return os.path.normpath(os.path.join(folder, "icons", f"{name}.svg"))


def _font(system: QFont) -> QFont:
    """Inter where it is installed, else the system's font; in the size of the design."""
    font = QFont(system)
    installed = set(QFontDatabase.families())
    for family in FONTS:
        if family in installed:
            font.setFamilies([family])
            break
    font.setPixelSize(TYPE.body)
    return font


def _system_is_dark() -> bool:
    scheme = QGuiApplication.styleHints().colorScheme()
    if scheme != Qt.ColorScheme.Unknown:
        return scheme == Qt.ColorScheme.Dark
    return False
