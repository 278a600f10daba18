"""What the panel for signing remembers of the last time, for each vault: how, not what or why.

It lies in the settings, which everybody with this account can read: so no reason, no file's name, no secret. A
person may edit it; what does not fit is as if it had never been there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from signet.documents.wishes import Form, Level
from signet.gui.pages.stamp_geometry import Placement, placement_from

VAULTS = 20
"""Of how many vaults it is remembered, the last ones used; nobody has more."""
_LONGEST = 200
NO_VAULT = "none"
"""What stands for the vault where a card signs without one."""

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True)
class Choices:
    """How somebody signed last. ``key`` is an id, ``certificate`` a fingerprint, ``service`` a time-stamp service's
    address, ``place`` the town; ``visible`` and ``placement`` are about the stamp."""

    key: str = ""
    certificate: str = ""
    form: Form = Form.AUTO
    level: Level = Level.B
    service: str = ""
    place: str = ""
    most_readers: bool = False
    visible: bool = False
    placement: Placement = field(default_factory=Placement)

    def as_table(self) -> Mapping[str, object]:
        """As it is written into the settings."""
        return {
            "key": self.key,
            "certificate": self.certificate,
            "form": str(self.form),
            "level": str(self.level),
            "service": self.service,
            "place": self.place,
            "most_readers": self.most_readers,
            "visible": self.visible,
            "placement": self.placement.as_table(),
        }


def choices_of(signing: Mapping[str, object], vault_id: str) -> Choices:
    """Read what is remembered for a vault from the settings' ``signing``."""
    table = signing.get(vault_id or NO_VAULT)
    if not isinstance(table, Mapping):
        return Choices()
    return Choices(
        key=_text(table, "key"),
        certificate=_text(table, "certificate"),
        form=_one_of(Form, table.get("form"), Form.AUTO),
        level=_one_of(Level, table.get("level"), Level.B),
        service=_text(table, "service"),
        place=_text(table, "place"),
        most_readers=table.get("most_readers") is True,
        visible=table.get("visible") is True,
        placement=placement_from(table.get("placement")),
    )


def remembering(signing: Mapping[str, object], vault_id: str, choices: Choices) -> Mapping[str, object]:
    """Return ``signing`` with these choices for a vault; the one used longest ago goes if there are too many."""
    name = vault_id or NO_VAULT
    kept = [(each, table) for each, table in signing.items() if each != name]
    return dict([*kept[-(VAULTS - 1) :], (name, choices.as_table())])


def _text(table: Mapping[str, object], name: str) -> str:
    found = table.get(name)
    return found[:_LONGEST] if isinstance(found, str) else ""


def _one_of(kind: type[E], found: object, usual: E) -> E:
    return next((each for each in kind if each == found), usual)
