"""Several things at once: how a batch is told, and the one exit status it has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from signet.cli.output import Output

if TYPE_CHECKING:
    from signet.services.files_items import Item

MIXED = 1


def batch(output: Output, items: Sequence[Item], *, said: bool = False) -> int:
    """Print what became of each item, with ``said`` also what it says of itself, and return the exit status.

    0 if all are done or skipped, the common status if the failures agree, else 1.
    """
    output.result({"items": [item_fields(item) | ({"said": item.said} if said else {}) for item in items]})
    for item in items:
        if item.error is not None:
            output.failure(item.source, item.error)
        elif item.status == "done":
            output.say(f"{item.source} → {item.output}")
            if said and item.said:
                output.say(item.said)
        else:
            output.say(f"{item.source}: nothing to do")
    return status_of(items)


def item_fields(item: Item) -> dict[str, object]:
    """What became of one item."""
    return {
        "source": item.source,
        "output": item.output,
        "status": item.status,
        "error": None if item.error is None else type(item.error).__name__,
    }


def status_of(items: Sequence[Item]) -> int:
    """The exit status of a batch."""
    statuses = {item.error.exit_status for item in items if item.error is not None}
    if not statuses:
        return 0
    return statuses.pop() if len(statuses) == 1 else MIXED
