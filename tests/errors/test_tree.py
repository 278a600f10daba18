"""The tree of errors is complete: each has words of its own, and they fit what it carries."""

from __future__ import annotations

import re
import string

import pytest

import signet.errors
from signet.errors import (
    Cancelled,
    CertificateProblem,
    DidNotVerify,
    IssuerProblem,
    KeyProblem,
    NetworkProblem,
    NotUnlocked,
    PersonProblem,
    PinError,
    PinIncorrect,
    Refused,
    SignetError,
    StorageError,
    TokenError,
    UsageError,
    VaultError,
    every_error,
)

EVERY = list(every_error())
EXIT_STATUS = {
    UsageError: 2,
    NotUnlocked: 3,
    DidNotVerify: 4,
    VaultError: 1,
    KeyProblem: 1,
    PersonProblem: 1,
    IssuerProblem: 1,
    CertificateProblem: 1,
    Refused: 1,
    StorageError: 1,
    NetworkProblem: 1,
    Cancelled: 130,
}
WORDS = ("title", "sentence", "next_step")
every_class = pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)


def placeholders(template: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]


@every_class
@pytest.mark.parametrize("word", WORDS)
def test_words_are_written_for_this_class_and_not_inherited(kind: type[SignetError], word: str) -> None:
    text = kind.__dict__.get(word)
    assert isinstance(text, str), f"{kind.__name__} has no {word} of its own"
    assert text
    assert text == text.strip()
    assert "  " not in text
    assert "\n" not in text


@every_class
def test_title_is_a_title_and_the_rest_are_sentences(kind: type[SignetError]) -> None:
    assert kind.title[-1] not in ".:;, "
    assert kind.title[0].isupper()
    assert not placeholders(kind.title)
    # A sentence may end in a placeholder that brings a whole sentence or question with it.
    assert kind.sentence.endswith((".", "?", "}"))
    assert kind.next_step.endswith(".")
    assert kind.next_step[0].isupper()


@every_class
def test_placeholders_are_attributes_of_the_class(kind: type[SignetError]) -> None:
    assert set(placeholders(kind.sentence) + placeholders(kind.next_step)) <= set(kind.fields())


@every_class
def test_message_and_hint_are_whole_with_details(kind: type[SignetError]) -> None:
    error = kind(**{name: f"<{name}>" for name in kind.fields()})
    for template, filled in ((kind.sentence, error.message), (kind.next_step, error.hint)):
        for name in placeholders(template):
            assert f"<{name}>" in filled
        assert not re.search(r"[{}]", filled)
    assert str(error) == error.message
    for name in kind.fields():
        assert getattr(error, name) == f"<{name}>"


@every_class
def test_message_and_hint_are_whole_without_details(kind: type[SignetError]) -> None:
    error = kind()
    assert error.message
    for name in placeholders(kind.sentence):
        assert "unknown" in error.message, name
    assert not re.search(r"[{}]", error.message + error.hint)
    assert all(getattr(error, name) is None for name in kind.fields())


@every_class
def test_a_detail_that_is_not_an_attribute_is_a_bug(kind: type[SignetError]) -> None:
    with pytest.raises(TypeError, match="colour"):
        kind(colour="green")


@every_class
def test_class_says_what_it_means(kind: type[SignetError]) -> None:
    assert kind.__doc__
    assert kind.__doc__.splitlines()[0].endswith(".")


@every_class
def test_exit_status_is_that_of_the_branch(kind: type[SignetError]) -> None:
    if kind is SignetError:
        assert kind.exit_status == 1
        return
    branches = [branch for branch in EXIT_STATUS if issubclass(kind, branch)]
    assert len(branches) == 1, f"{kind.__name__} hangs on {branches}"
    assert kind.exit_status == EXIT_STATUS[branches[0]]


@every_class
def test_every_class_can_be_imported_from_the_package(kind: type[SignetError]) -> None:
    assert getattr(signet.errors, kind.__name__) is kind
    assert kind.__name__ in signet.errors.__all__


def test_all_names_the_tree_and_nothing_else() -> None:
    assert set(signet.errors.__all__) == {kind.__name__ for kind in EVERY} | {"every_error"}
    assert len(signet.errors.__all__) == len(set(signet.errors.__all__))


def test_every_error_yields_each_class_once_and_parents_first() -> None:
    assert len(EVERY) == len(set(EVERY))
    for kind in EVERY[1:]:
        parent = kind.__bases__[0]
        assert len(kind.__bases__) == 1
        assert EVERY.index(parent) < EVERY.index(kind)


def test_titles_are_distinct_among_what_is_raised() -> None:
    titles = [kind.title for kind in EVERY]
    assert sorted({title for title in titles if titles.count(title) > 1}) == []


def test_the_drawn_tree_names_classes_that_exist_where_they_hang() -> None:
    drawing = str(signet.errors.__doc__).split("\n\n")[1]
    names = re.findall(r"\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b|\bRefused\b|\bCancelled\b", drawing)
    assert {"SignetError", "TokenError", "PinError", "ModuleError", "PinIncorrect"} <= set(names)
    assert set(names) <= set(signet.errors.__all__)
    for branch, status in EXIT_STATUS.items():
        assert re.search(rf"─ {branch.__name__}\s+exit {status}\b", drawing)
    assert issubclass(TokenError, NotUnlocked)
    assert issubclass(PinError, TokenError)


def test_attributes_come_by_keyword_and_keep_their_type() -> None:
    error = PinIncorrect(token="blue card", attempts_left=2, final_try=False)
    assert (error.token, error.attempts_left, error.final_try) == ("blue card", 2, False)
    assert error.details == {"token": "blue card", "attempts_left": 2, "final_try": False}
    with pytest.raises(TypeError):
        PinIncorrect("blue card")  # type: ignore[call-arg]


def test_a_value_with_braces_is_shown_as_it_is() -> None:
    assert UsageError(reason="{name} is odd").message == "{name} is odd"
