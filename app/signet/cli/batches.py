"""Several things at once: how a batch is told, and the one exit status it has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from signet.cli.output import Output

if TYPE_CHECKING:
    from signet.services.files_items import Item

MIXED = 1


def batch(output: Output, items: Sequence[Item]) -> int:
    """Print what became of each item and return the exit status.

    0 if all are done or skipped, the common status if the failures agree, else 1.
    """
    output.result(
        {
            "items": [
                {
                    "source": item.source,
                    "output": item.output,
                    "status": item.status,
                    "error": None if item.error is None else type(item.error).__name__,
                }
                for item in items
            ]
        }
    )
    statuses: set[int] = set()
    for item in items:
        if item.error is not None:
            statuses.add(item.error.exit_status)
            output.failure(item.source, item.error)
        elif item.status == "done":
            output.say(f"{item.source} → {item.output}")
        else:
            output.say(f"{item.source}: nothing to do")
    if not statuses:
        return 0
    return statuses.pop() if len(statuses) == 1 else MIXED
