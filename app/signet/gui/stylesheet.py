"""The style sheet of the window, from the design tokens. What a widget is, it says by the property ``kind``."""

from __future__ import annotations

from string import Template

from signet.gui.design import RADIUS, SPACE, TYPE, Colours

_TEXT = Template("""
* { outline: none; }
QWidget { color: $text; }
QMainWindow, QWidget[kind="page"], QScrollArea, QScrollArea > QWidget > QWidget { background: $window; }
QWidget[kind="surface"] { background: $surface; }
QFrame[kind="line"] { background: $border; border: none; min-height: 1px; max-height: 1px; }
QFrame[kind="upright"] { background: $border; border: none; min-width: 1px; max-width: 1px; }
QLabel { background: transparent; }
QLabel[role="display"] { font-size: ${display}px; font-weight: $strong; }
QLabel[role="heading"] { font-size: ${heading}px; font-weight: $strong; }
QLabel[role="title"] { font-size: ${title}px; font-weight: $strong; }
QLabel[role="strong"] { font-weight: $strong; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="small"] { color: $muted; font-size: ${small}px; }
QLabel[role="section"] { color: $muted; font-size: ${caption}px; font-weight: $strong; }
QLabel[role="warn"] { color: $warn; }
QLabel[role="bad"] { color: $bad; }
QLabel[role="ok"] { color: $ok; font-weight: $strong; }
QLabel[role="mono"] { font-family: "DejaVu Sans Mono", "Noto Sans Mono", monospace; font-size: ${small}px; }
QLabel[role="code"] { font-family: "DejaVu Sans Mono", "Noto Sans Mono", monospace; font-size: ${heading}px;
    background: $surface; border: 1px solid $border; border-radius: ${card_radius}px; padding: ${large}px; }
QLabel[role="waiting"] { color: $muted; border: 2px dashed $field_border; border-radius: ${card_radius}px;
    padding: ${wide}px; }
QToolTip { background: $surface; color: $text; border: 1px solid $border; padding: 5px 7px; }
""")

_BUTTONS = Template("""
QPushButton { font-weight: $medium_weight; border-radius: ${field_radius}px; padding: 0 14px; min-height: 33px;
    background: $surface; border: 1px solid $field_border; }
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $border; }
QPushButton:focus { border: 2px solid $accent; padding: 0 13px; min-height: 31px; }
QPushButton:disabled { color: $muted; background: $window; border-color: $border; }
QPushButton[kind="primary"] { background: $accent; color: $on_accent; border: 1px solid $accent; }
QPushButton[kind="primary"]:hover, QPushButton[kind="primary"]:pressed { background: $accent_hover; }
QPushButton[kind="primary"]:focus { border: 2px solid $text; }
QPushButton[kind="primary"]:disabled { background: $neutral_soft; color: $neutral; border-color: $neutral_soft; }
QPushButton[kind="danger"] { color: $bad; border-color: $bad; }
QPushButton[kind="danger"]:hover { background: $bad_soft; }
QPushButton[kind="danger"]:focus { border: 2px solid $bad; }
QPushButton[kind="danger"]:disabled { color: $muted; border-color: $border; }
QPushButton[kind="link"] { background: transparent; border: 1px solid transparent; color: $accent;
    padding: 0 2px 0 0; border-radius: 4px; min-height: 22px; text-align: left; text-decoration: underline; }
QPushButton[kind="link"]:hover { background: $hover; }
QPushButton[kind="link"]:focus { border: 1px solid $accent; }
QPushButton[kind="link"]:disabled { color: $muted; }
QPushButton[kind="icon"] { background: transparent; border: 1px solid transparent; padding: 0; min-width: 28px;
    max-width: 28px; min-height: 28px; max-height: 28px; }
QPushButton[kind="icon"]:hover { background: $hover; }
QPushButton[kind="icon"]:focus { border: 1px solid $accent; }
QPushButton[kind="chip"] { border-radius: 12px; min-height: 23px; max-height: 23px; padding: 0 11px;
    font-size: ${small}px; color: $muted; border: 1px solid $border; background: $surface; }
QPushButton[kind="chip"]:hover { background: $hover; }
QPushButton[kind="chip"]:checked { background: $accent_soft; color: $accent_strong; border-color: $accent_soft;
    font-weight: $strong; }
QPushButton[kind="chip"]:focus { border: 1px solid $accent; }
QPushButton[kind="choice"] { background: $surface; border: 1px solid $border; border-radius: ${card_radius}px;
    padding: 0; }
QPushButton[kind="choice"]:hover { border-color: $field_border; background: $surface; }
QPushButton[kind="choice"]:focus { border: 2px solid $field_border; }
QPushButton[kind="choice"]:checked { border: 2px solid $accent; }
QPushButton[kind="choice"]:disabled { background: $window; }
QPushButton::menu-indicator { width: 0; }
""")

_FIELDS = Template("""
QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QSpinBox, QDateEdit { background: $surface;
    border: 1px solid $field_border; border-radius: ${field_radius}px; padding: 0 10px; min-height: 33px;
    selection-background-color: $accent; selection-color: $on_accent; }
QPlainTextEdit, QTextEdit { padding: 7px; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QComboBox:focus, QSpinBox:focus, QDateEdit:focus {
    border: 1px solid $accent; }
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled { color: $muted; background: $window;
    border: 1px solid $border; }
QLineEdit[kind="secret"] { font-size: ${title}px; min-height: 43px; }
QLineEdit[kind="long-secret"] { font-size: ${body}px; min-height: 43px; }
QLineEdit[wrong="true"] { border: 1px solid $bad; }
QComboBox::drop-down { border: none; width: 26px; }
QComboBox::down-arrow { image: url("$arrow"); width: 14px; height: 14px; }
QComboBox QAbstractItemView { background: $surface; border: 1px solid $field_border; padding: 4px;
    selection-background-color: $accent_soft; selection-color: $text; }
QSpinBox::up-button, QSpinBox::down-button { width: 0; border: none; }
QCheckBox, QRadioButton { spacing: 9px; min-height: 24px; background: transparent; }
QCheckBox::indicator, QRadioButton::indicator, QListWidget::indicator { width: 16px; height: 16px;
    border: 1px solid $muted; background: $surface; }
QCheckBox::indicator, QListWidget::indicator { border-radius: 4px; }
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:checked, QRadioButton::indicator:checked, QListWidget::indicator:checked {
    background: $accent; border: 1px solid $accent; image: url("$check"); }
QRadioButton::indicator:checked { image: url("$dot"); }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled { border: 1px solid $field_border; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border: 2px solid $accent; }
QProgressBar { background: $neutral_soft; border: none; border-radius: 2px; min-height: 5px; max-height: 5px; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }
""")

_VIEWS = Template("""
QAbstractItemView { background: $surface; border: none; selection-background-color: $accent_soft;
    selection-color: $text; alternate-background-color: $window; }
QListView::item { padding: 0 ${medium}px; border-radius: ${field_radius}px; }
QListView::item:hover { background: $hover; }
QListView::item:selected { background: $accent_soft; color: $text; }
QTableView { gridline-color: transparent; }
QTableView::item { padding: 0 ${medium}px; border-bottom: 1px solid $border; }
QTableView::item:hover { background: $hover; }
QTableView::item:selected { background: $accent_soft; color: $text; }
QHeaderView { background: $surface; }
QHeaderView::section { background: $surface; color: $muted; font-size: ${small}px; font-weight: $medium_weight;
    border: none; border-bottom: 1px solid $border; padding: 0 ${medium}px; min-height: 34px; }
QTableCornerButton::section { background: $surface; border: none; }
QScrollArea { border: none; }
QAbstractScrollArea[kind="pages"] { background: $window; border: 2px solid transparent; }
QAbstractScrollArea[kind="pages"][ring="true"]:focus { border: 2px solid $accent; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $field_border; border-radius: 3px; min-height: 28px; min-width: 28px; margin: 2px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QMenu { background: $surface; border: 1px solid $field_border; padding: 5px; }
QMenu::item { padding: 7px 22px 7px 12px; border-radius: ${small_radius}px; }
QMenu::item:selected { background: $accent_soft; color: $text; }
QMenu::item:disabled { color: $muted; }
QMenu::separator { height: 1px; background: $border; margin: 5px 4px; }
QSplitter::handle { background: $border; }
""")

_PARTS = Template("""
QWidget[kind="sidebar"] { background: $sidebar; }
QFrame[kind="sidebar-edge"] { background: $border; border: none; }
QPushButton[kind="nav"] { background: transparent; border: 1px solid transparent; text-align: left; padding: 0 10px;
    min-height: 33px; font-weight: $regular; border-radius: ${field_radius}px; }
QPushButton[kind="nav"]:hover { background: $hover; }
QPushButton[kind="nav"]:checked { background: $accent_soft; color: $accent_strong; font-weight: $strong; }
QPushButton[kind="nav"]:focus { border: 1px solid transparent; }
QPushButton[kind="nav"][ring="true"]:focus { border: 1px solid $accent; }
QPushButton[kind="nav"]:disabled { color: $muted; background: transparent; }
QLabel[kind="nav-count"] { color: $muted; font-size: ${small}px; }
QWidget[kind="card"], QFrame[kind="card"] { background: $surface; border: 1px solid $border;
    border-radius: ${card_radius}px; }
QFrame[kind="float"] { background: $surface; border: 1px solid $field_border; border-radius: ${card_radius}px; }
QFrame[kind="row"] { background: $surface; border: none; border-bottom: 1px solid $border; }
QFrame[kind="panel"] { background: $surface; border: none; border-left: 1px solid $border; }
QFrame[kind="panel"] QScrollArea, QFrame[kind="panel"] QScrollArea > QWidget > QWidget { background: $surface; }
QFrame[kind="status"] { background: $surface; border: none; border-top: 1px solid $border; }
QFrame[kind="drop-zone"] { background: transparent; border: 2px dashed $field_border;
    border-radius: ${card_radius}px; }
QFrame[kind="tile"] { background: $surface; border: 2px dashed $field_border; border-radius: ${card_radius}px; }
QFrame[kind="tile"][under="true"] { background: $accent_soft; border: 2px dashed $accent; }
QLabel[kind="badge"] { background: $accent_soft; border-radius: ${field_radius}px; }
QLabel[kind="dot"] { border-radius: 4px; min-width: 8px; max-width: 8px; min-height: 8px; max-height: 8px;
    background: $field_border; }
QLabel[kind="dot"][on="true"] { background: $accent; }
QLabel[pill="true"] { border-radius: 10px; padding: 0 9px; min-height: 20px; max-height: 20px; font-size: ${small}px;
    font-weight: $medium_weight; }
""")

_TONED = Template("""
QLabel[pill="true"][kind="$kind"] { background: $soft; color: $ink; }
QLabel[kind="sign"][tone="$kind"] { background: $soft; border-radius: ${pill_radius}px; min-width: 28px;
    max-width: 28px; min-height: 22px; max-height: 22px; qproperty-alignment: AlignCenter; }
QFrame[kind="banner"][tone="$kind"] { background: $soft; border: none; border-radius: ${field_radius}px; }
QFrame#window-banner[tone="$kind"] { border-radius: 0; }
QFrame[kind="banner"][tone="$kind"] QLabel[role="strong"] { color: $ink; }
QFrame[kind="banner"][tone="$kind"] QLabel[role="body"] { color: $text; }
""")


def style_sheet(colours: Colours, *, arrow: str) -> str:
    """Return the whole style sheet; ``arrow`` is the path of the combo box's arrow, other marks lie beside it."""
    values = {
        **vars(colours),
        **{name: getattr(TYPE, name) for name in ("caption", "small", "body", "title", "heading", "display")},
        "regular": TYPE.regular,
        "medium_weight": TYPE.medium,
        "strong": TYPE.strong,
        "medium": SPACE.medium,
        "large": SPACE.large,
        "wide": SPACE.wide,
        "field_radius": RADIUS.field,
        "small_radius": RADIUS.small,
        "card_radius": RADIUS.card,
        "pill_radius": RADIUS.pill,
        "arrow": arrow,
        "check": arrow.replace("chevron-down", "mark-dark" if _dark(colours) else "mark-light"),
        "dot": arrow.replace("chevron-down", "dot-dark" if _dark(colours) else "dot-light"),
    }
    parts = [template.substitute(values) for template in (_TEXT, _BUTTONS, _FIELDS, _VIEWS, _PARTS)]
    for kind in ("ok", "warn", "bad", "neutral", "accent"):
        ink = colours.accent_strong if kind == "accent" else getattr(colours, kind)
        parts.append(_TONED.substitute(values, kind=kind, soft=getattr(colours, f"{kind}_soft"), ink=ink))
    return "\n".join(parts)


def _dark(colours: Colours) -> bool:
    return colours.on_accent < colours.accent
