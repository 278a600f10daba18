"""docs/key-states.md holds the table that the code is."""

from __future__ import annotations

import re
from pathlib import Path

from signet.keys.state import KeyState
from signet.keys.state_table import markdown
from support.command_line import call

PAGE = (Path(__file__).parents[2] / "docs" / "key-states.md").read_text(encoding="utf-8")


def test_the_page_has_the_table_that_the_command_prints() -> None:
    (table,) = re.findall(r"(?:^\|.*\n)+", PAGE, re.MULTILINE)
    assert table == markdown() + "\n", "`signet key states --markdown` prints the table as it is now"
    assert call("key", "states", "--markdown").out == table


def test_the_page_says_what_every_state_is() -> None:
    assert set(re.findall(r"^\* \*\*([A-Z]\w+)\*\*", PAGE, re.MULTILINE)) == {state.value for state in KeyState}
