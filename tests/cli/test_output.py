"""What is printed, where, and what never reaches a terminal."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import click
import pytest

from signet.cli import main
from signet.cli.call import Call
from signet.cli.options import SignetCommand, pass_call
from signet.cli.output import Output, printable
from signet.errors import OutputExists, PinIncorrect
from support.command_line import Signet


def output(**options: bool) -> Output:
    return Output(out=io.StringIO(), err=io.StringIO(), **options)


def written(stream: object) -> str:
    assert isinstance(stream, io.StringIO)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("plain — “text”", "plain — “text”"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("two\nlines", "two\\x0alines"),
        ("right\u202eleft", "right\\u202eleft"),
        ("\udcff", "\\udcff"),
    ],
)
def test_text_from_outside_cannot_steer_a_terminal(given: str, shown: str) -> None:
    assert printable(given) == shown


def test_an_error_says_title_sentence_and_next_step_on_standard_error() -> None:
    to = output()
    to.error(OutputExists(path="/x/\x1b[2Jy"))
    assert written(to.out) == ""
    lines = written(to.err).splitlines()
    assert lines[0] == "The result exists already."
    assert lines[1] == "/x/\\x1b[2Jy exists already; it was not touched."
    assert len(lines) == 3


def test_an_error_for_programs_has_its_attributes() -> None:
    to = output(json=True)
    to.error(PinIncorrect(token="card", attempts_left=2, final_try=False))
    told = json.loads(written(to.err))["error"]
    assert (told["type"], told["token"], told["attempts_left"], told["final_try"]) == (
        "PinIncorrect",
        "card",
        2,
        False,
    )
    assert told["message"]
    assert told["hint"]


def test_notes_are_inside_the_object_of_a_program() -> None:
    to = output(json=True)
    to.note("By the way.")
    to.result({"a": 1})
    assert json.loads(written(to.out)) == {"a": 1, "notes": ["By the way."]}
    assert written(to.err) == ""


def test_quiet_leaves_results_and_errors() -> None:
    to = output(quiet=True)
    to.say("done")
    to.note("by the way")
    to.listing([{"a": "x"}], [("A", "a")], empty="none")
    assert written(to.out) == "A\nx\n"
    assert written(to.err) == ""


def test_columns_are_aligned_by_what_the_eye_sees() -> None:
    to = output()
    to.listing([{"a": "日本", "b": True}, {"a": "x", "b": None}], [("A", "a"), ("B", "b")], empty="none")
    assert written(to.out) == "A     B\n日本  yes\nx\n"


def test_a_table_shows_as_much_of_an_id_as_names_the_thing() -> None:
    to = output()
    to.listing([{"a": "c47db0fe-f654-496e-9b12-5f2570561062"}], [("Id", "a")], empty="none")
    assert written(to.out) == "Id\nc47db0fe\n"


@click.command("broken", cls=SignetCommand)
@pass_call
def broken(call: Call) -> None:
    """Fail with a secret in the text."""
    password = "hunter2"
    raise KeyError(password + str(call.vault))


@pytest.fixture
def with_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "PACKAGE", os.path.dirname(__file__))
    monkeypatch.setitem(main.root.commands, "broken", broken)


@pytest.mark.usefixtures("with_a_bug")
def test_a_bug_shows_type_and_place_but_no_value(signet: Signet) -> None:
    result = signet("broken")
    assert (result.status, result.out) == (1, "")
    assert "bug in Signet: KeyError at test_output.py, line" in result.err
    assert "hunter2" not in result.err
    assert "Traceback" not in result.err
    told = signet("--json", "broken")
    assert (told.status, told.error["type"]) == (1, "KeyError")
    assert "hunter2" not in told.err


@pytest.mark.usefixtures("with_a_bug")
def test_a_traceback_only_on_request(signet: Signet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNET_DEBUG", "1")
    assert "Traceback" in signet("broken").err


def test_whoever_reads_no_further_is_told_nothing() -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "signet", "--json", "--version"], stdout=write, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")
