"""Fonts of this computer that names in other letters can be drawn with; read as they are, nothing is installed."""

from __future__ import annotations

from contextlib import suppress
from functools import cache

from signet.documents.outlines import Font, FontUnfit

MAX_FONT = 64 << 20
"""Bytes; those for East Asia have up to 20 MB."""
_FAMILIES = (
    # Debian and Ubuntu, Fedora, Arch: Latin, Greek, Cyrillic, Armenian, Georgian. fontconfig brings it on Debian.
    ("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"),
    ("/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf", "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans-Bold.ttf"),
    ("/usr/share/fonts/TTF/DejaVuSans.ttf", "/usr/share/fonts/TTF/DejaVuSans-Bold.ttf"),
    (
        "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
        "/usr/share/fonts/truetype/liberation/LiberationSans-Bold.ttf",
    ),
    (
        "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf",
        "/usr/share/fonts/truetype/noto/NotoSans-Bold.ttf",
    ),
    # East Asia.
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"),
    ("/usr/share/fonts/truetype/nanum/NanumGothic.ttf", "/usr/share/fonts/truetype/nanum/NanumGothicBold.ttf"),
    # macOS
    ("/System/Library/Fonts/Supplemental/Arial.ttf", "/System/Library/Fonts/Supplemental/Arial Bold.ttf"),
    ("/System/Library/Fonts/Supplemental/Arial Unicode.ttf", "/System/Library/Fonts/Supplemental/Arial Unicode.ttf"),
)


def fonts_for(text: str) -> tuple[Font, Font] | None:
    """Return a font and its bold one that have every letter of a text; None if there is none here."""
    for regular, bold in _FAMILIES:
        with suppress(FontUnfit):
            found = _read(regular), _read(bold)
            if found[0] is not None and found[1] is not None and all(each.covers(text) for each in found if each):
                return found[0], found[1]
    return None


@cache
def _read(path: str) -> Font | None:
    with suppress(OSError), open(path, "rb") as stream:
        data = stream.read(MAX_FONT + 1)
        return Font(data) if len(data) <= MAX_FONT else None
    return None
