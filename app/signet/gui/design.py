"""The design tokens: colour, space, type. Pure values, without Qt, for palette, style sheet and pages.

Quiet, roomy, one accent. Every pair of text and ground that the window uses is listed in `TEXT_PAIRS`, and a test
holds each of them to a contrast of at least 4.5:1 (WCAG 2.2, 1.4.3).
"""

from __future__ import annotations

from dataclasses import dataclass

CONTRAST_FLOOR = 4.5
"""WCAG 2.2, success criterion 1.4.3 (level AA), text of ordinary size."""


@dataclass(frozen=True)
class Colours:
    """One scheme; each value is ``#rrggbb``. ``*_soft`` are grounds, the name without it is the text upon them."""

    window: str
    sidebar: str
    surface: str
    hover: str
    border: str
    field_border: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    on_accent: str
    accent_soft: str
    accent_strong: str
    ok_soft: str
    ok: str
    warn_soft: str
    warn: str
    bad_soft: str
    bad: str
    neutral_soft: str
    neutral: str
    scrim: str


LIGHT = Colours(
    window="#f5f7f9",
    sidebar="#ebf0f3",
    surface="#ffffff",
    hover="#eef2f4",
    border="#e2e6ea",
    field_border="#cfd6dc",
    text="#1b2026",
    muted="#5b6672",
    accent="#2f6f5e",
    accent_hover="#285f50",
    on_accent="#ffffff",
    accent_soft="#dfeae6",
    accent_strong="#235a4b",
    ok_soft="#e1f4e7",
    ok="#1d6a38",
    warn_soft="#fdf0d3",
    warn="#7d5400",
    bad_soft="#fde4e1",
    bad="#a4271e",
    neutral_soft="#e4e8ec",
    neutral="#525d69",
    scrim="#1b2026",
)

DARK = Colours(
    window="#16191d",
    sidebar="#121518",
    surface="#1d2024",
    hover="#262a2f",
    border="#2b3036",
    field_border="#3d444c",
    text="#e8ebee",
    muted="#9aa5b1",
    accent="#5fb9a0",
    accent_hover="#74c6b0",
    on_accent="#0e1512",
    accent_soft="#1f3832",
    accent_strong="#86d3bd",
    ok_soft="#17331f",
    ok="#7fd39a",
    warn_soft="#3a2d10",
    warn="#e8ba5f",
    bad_soft="#40201d",
    bad="#f59d94",
    neutral_soft="#2c3238",
    neutral="#b2bcc6",
    scrim="#050607",
)

TEXT_PAIRS = (
    ("text", "window"),
    ("text", "sidebar"),
    ("text", "surface"),
    ("text", "hover"),
    ("text", "accent_soft"),
    ("muted", "window"),
    ("muted", "sidebar"),
    ("muted", "surface"),
    ("muted", "hover"),
    ("muted", "accent_soft"),
    ("accent", "surface"),
    ("accent", "window"),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("accent_strong", "accent_soft"),
    ("ok", "ok_soft"),
    ("ok", "surface"),
    ("ok", "window"),
    ("warn", "warn_soft"),
    ("warn", "surface"),
    ("warn", "window"),
    ("bad", "bad_soft"),
    ("bad", "surface"),
    ("bad", "window"),
    ("neutral", "neutral_soft"),
    ("text", "ok_soft"),
    ("text", "warn_soft"),
    ("text", "bad_soft"),
    ("text", "neutral_soft"),
)
"""Which colour of text stands on which ground somewhere in the window."""


@dataclass(frozen=True)
class Space:
    """Distances in device-independent pixels."""

    tiny: int = 4
    small: int = 8
    medium: int = 12
    large: int = 16
    wide: int = 22
    huge: int = 40


@dataclass(frozen=True)
class Type:
    """Sizes in device-independent pixels, and weights (CSS numbers)."""

    caption: int = 11
    small: int = 12
    body: int = 13
    title: int = 15
    heading: int = 19
    display: int = 21
    regular: int = 400
    medium: int = 500
    strong: int = 600


@dataclass(frozen=True)
class Radius:
    """Rounded corners in device-independent pixels."""

    small: int = 6
    field: int = 8
    card: int = 12
    pill: int = 11


SPACE = Space()
TYPE = Type()
RADIUS = Radius()
FONTS = ("Inter", "Inter Variable")
"""Families that are taken where they are installed; else the system's own font stays."""


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two ``#rrggbb`` colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2, "relative luminance")."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
