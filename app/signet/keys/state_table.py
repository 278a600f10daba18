"""The table of states and deeds as text: what `signet key states` prints, and docs/key-states.md holds."""

from __future__ import annotations

from signet.keys.state import Deed, KeyState, answer, deeds

STATES = tuple(KeyState)


def cells(deed: Deed) -> tuple[str, ...]:
    """Return one row: what each state, in the order of `STATES`, says to the deed."""
    return tuple(answer(state, deed).value for state in STATES)


def markdown() -> str:
    """Return the whole table as Markdown, without a newline at its end."""
    head = ["", *(state.value for state in STATES)]
    rows = [[f"`{deed}`", *cells(deed)] for deed in deeds()]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |".replace("|  |", "| |") for line in lines)
