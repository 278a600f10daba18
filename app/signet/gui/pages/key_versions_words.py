"""The versions of a key in words: when the next one comes, why there is each, how often it was used. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from signet.gui.pages import times
from signet.keys.rotation import Schedule
from signet.services.key_history import Cause, KeyVersionView

YEAR = 365
OLDER_OPEN = "Older versions go on opening what they encrypted."
_CAUSES = {
    Cause.CREATED: "made",
    Cause.IMPORTED: "imported",
    Cause.ON_CARD: "on its card",
    Cause.ON_DEMAND: "rotated by you",
    Cause.AUTOMATIC: "as planned",
    Cause.EXPOSED: "after a lost card",
}


@dataclass(frozen=True)
class VersionsLook:
    """What is read of the versions of a key: the newest first, and the plan for the next one."""

    versions: tuple[KeyVersionView, ...] = ()
    planned: Schedule | None = None

    @property
    def files_behind(self) -> int:
        """How many known files are under older versions."""
        return sum(version.files for version in self.versions if not version.current)


def period(days: int) -> str:
    """Say how often: ``every year``, ``every 90 days``."""
    named = {1: "every day", 7: "every week", YEAR: "every year", 2 * YEAR: "every two years"}
    return named.get(days, f"every {days} days")


def plan_sentence(look: VersionsLook, now: datetime) -> str:
    """Say when the key gets its next version, and that nothing is lost by it."""
    if look.planned is None:
        said = "It gets a new version only when you rotate it."
    elif look.planned.due(now):
        said = f"Rotates {period(look.planned.days)}. A new version is due; Signet makes it within the hour."
    else:
        said = f"Rotates {period(look.planned.days)}, next on {times.date_of(times.moment(look.planned.next))}."
    return f"{said} {OLDER_OPEN}"


def version_title(version: KeyVersionView) -> str:
    """Name a version."""
    return f"Version {version.number}, in use" if version.current else f"Version {version.number}"


def version_sentence(version: KeyVersionView) -> str:
    """Say since when there is a version, why, and what it was used for: ``12 Nov 2026, as planned · 3 files``."""
    made = f"{times.date_of(times.moment(version.created))}, {_CAUSES[version.cause]}"
    uses = counted(version.uses.uses, "use") if version.uses.uses else "not used"
    files = f" · {counted(version.files, 'file')}" if version.files else ""
    return f"{made} · {uses}{files}"


def counted(count: int, unit: str) -> str:
    """Write a number with its unit: ``1 file``, ``2 files``."""
    return f"1 {unit}" if count == 1 else f"{count:,} {unit}s".replace(",", "\u202f")
