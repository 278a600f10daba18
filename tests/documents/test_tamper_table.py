"""docs/verdicts.md holds the table of what was done to signed documents, as it comes out now."""

from __future__ import annotations

import re
from pathlib import Path

from signet.services.verdicts import Verdict
from support.tamper_table import CASES, table

PAGE = (Path(__file__).parents[2] / "docs" / "verdicts.md").read_text(encoding="utf-8")
ALLOWED = {
    "nothing",
    "form filled in, signed again",
    "form filled in, certified for that",
    "second signature",
    "empty signature field added",
    "time stamp over the document",
    "blank lines appended",
}
"""What leaves a signature valid; everything else must not."""


def test_the_page_has_the_table_as_it_comes_out() -> None:
    found = re.search(r"(?:^\| done to a signed document .*\n)(?:^\|.*\n)+", PAGE, re.MULTILINE)
    made = table()
    assert found is not None
    assert found[0] == made, "`python -m support.tamper_table`, with app and tests on the path, prints it"
    valid = {line.split(" | ")[0].removeprefix("| ") for line in made.splitlines() if f"`{Verdict.VALID}`" in line}
    assert valid == ALLOWED
    assert len(made.splitlines()) == len(CASES) + 2


def test_the_page_names_every_verdict() -> None:
    assert set(re.findall(r"^\| `([a-z-]+)` \|", PAGE, re.MULTILINE)) == set(Verdict)
