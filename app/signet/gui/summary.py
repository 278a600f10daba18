"""What the window's margins show of an open vault: counts, and whether something needs attention."""

from __future__ import annotations

from dataclasses import dataclass

from signet.services import methods
from signet.services.attention import needs_attention
from signet.services.key_list import count_keys
from signet.services.session import Session


@dataclass(frozen=True)
class Summary:
    """Counts of one moment."""

    keys: int
    ways: int
    attention: int

    def sentences(self) -> tuple[str, ...]:
        """The facts at the foot of the window."""
        facts = [_counted(self.keys, "key"), _counted(self.ways, "way", "ways") + " in"]
        if self.attention:
            facts.append(
                "1 thing needs attention" if self.attention == 1 else f"{self.attention} things need attention"
            )
        return tuple(facts)


def read_summary(session: Session) -> Summary:
    """Read the counts; blocking, for a task."""
    return Summary(
        keys=count_keys(session),
        ways=len(methods.list_methods(session)),
        attention=len(needs_attention(session)),
    )


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"
