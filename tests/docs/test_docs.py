"""The pages say what is true: links lead somewhere, commands exist, the module tables name what there is."""

from __future__ import annotations

import fnmatch
import io
import re
import shlex
from pathlib import Path

import click
import pytest

from signet.cli.call import Call
from signet.cli.main import root
from signet.cli.output import Output

PROJECT = Path(__file__).parents[2]
PACKAGE = PROJECT / "app" / "signet"
PAGES = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^ {4,}(?:signet|\./run) (.+)$", re.MULTILINE)
STARTED = re.compile(r"^(?:signet|\./run) (.+)$", re.MULTILINE)
INLINE = re.compile(r"`(?:signet|\./run) ([^`]+)`")
ROW = re.compile(r"^\| (`[^|]+`) \|", re.MULTILINE)
LAYERS = (
    "formats", "keys", "audit", "crypto", "documents", "store", "tokens", "services", "cli", "gui", "errors", "child",
)  # fmt: skip


def name_of(page: Path) -> str:
    return str(page.relative_to(PROJECT))


def shown_commands(page: Path) -> list[str]:
    """Every command line in a block of the page, without the program's name."""
    text = page.read_text(encoding="utf-8")
    fenced = [line for block in FENCED.findall(text) for line in STARTED.findall(block)]
    return [*fenced, *INDENTED.findall(FENCED.sub("", text))]


COMMANDS = [(name_of(page), line) for page in PAGES for line in shown_commands(page)]


def parse(words: list[str]) -> click.Command:
    """Find the command that the words name and let it read its arguments and options; it is not run."""
    call = Call(output=Output(out=io.StringIO(), err=io.StringIO(), json=False))
    context = root.make_context("signet", words, obj=call)
    while isinstance(context.command, click.Group):
        name, command, rest = context.command.resolve_command(context, [*context._protected_args, *context.args])
        assert command is not None
        context = command.make_context(name, rest, parent=context)
    return context.command


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_to_pages_and_files_that_exist(page: Path) -> None:
    for target in LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8"))):
        if not re.match(r"[a-z]+:", target):
            path, _, heading = target.partition("#")
            found = (page.parent / path) if path else page
            assert found.exists(), target
            assert not heading or slug_in(found, heading), target


def slug_in(page: Path, wanted: str) -> bool:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return wanted in {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(("page", "line"), COMMANDS)
def test_commands_that_are_shown_parse(page: str, line: str) -> None:
    words = shlex.split(line, comments=True)
    redirected = [place for place, word in enumerate(words) if word in ("<", ">", "|")]
    parse(words[: redirected[0]] if redirected else words)


def test_a_command_that_does_not_exist_does_not_parse() -> None:
    for line in ("vault creat", "encrypt a --kee b", "key create", "key public-key k --format txt"):
        with pytest.raises(click.ClickException):
            parse(shlex.split(line))


def test_the_guides_show_commands_at_all() -> None:
    for page in ("README.md", "docs/user-guide.md"):
        assert sum(name == page for name, _ in COMMANDS) > 10, page


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_within_sentences_exist(page: Path) -> None:
    for line in INLINE.findall(page.read_text(encoding="utf-8")):
        group: click.Command | None = root
        for word in shlex.split(line):
            if isinstance(group, click.Group) and word.islower() and not word.startswith(("-", "_")):
                group = group.get_command(click.Context(group), word)
                assert group is not None, line


def modules() -> set[str]:
    paths = (path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")
    return {path.with_suffix("").as_posix() for path in paths}


def module_rows() -> list[str]:
    """The names in the first column of the module tables, in their order."""
    text = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("\n## Modules\n")[2]
    return [name for cell in ROW.findall(text) for name in re.findall(r"`([^`]+)`", cell)]


def test_the_module_tables_name_each_module_below_the_window_once() -> None:
    named = [name for name in module_rows() if not name.startswith("gui/")]
    assert len(named) == len(set(named))
    assert set(named) == {name for name in modules() if not name.startswith("gui/")}


def test_the_windows_table_covers_each_of_its_modules_and_nothing_else() -> None:
    patterns = [name for name in module_rows() if name.startswith("gui/")]
    window = [name for name in modules() if name.startswith("gui/")]
    for pattern in patterns:
        assert fnmatch.filter(window, pattern), pattern
    for name in window:
        assert any(fnmatch.fnmatch(name, pattern) for pattern in patterns), name


def test_every_layer_of_the_imports_contract_is_in_the_picture() -> None:
    text = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")
    picture = text.partition("                       __main__")[2].partition("\n\n")[0]
    for layer in LAYERS:
        assert layer in picture, layer


def test_decisions_are_numbered_without_gaps() -> None:
    files = sorted((PROJECT / "docs" / "decisions").glob("*.md"))
    assert [int(file.name[:4]) for file in files] == list(range(1, len(files) + 1))
    for number, file in enumerate(files, start=1):
        text = file.read_text(encoding="utf-8")
        assert text.startswith(f"# {number}. ")
        assert re.findall(r"\*\*(\w+)\.\*\*", text) == ["Context", "Decision", "Consequences"]
