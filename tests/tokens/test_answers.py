"""Answers of a child that are none: one error, and a new child the next time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from signet import errors
from signet.child import Child, ChildFailed
from signet.child.channel import open_answer
from signet.secret import Secret
from signet.tokens.hub import TokenHub
from signet.tokens.session import TokenSession

from .conftest import PIN, Station

DESCRIBED: dict[str, object] = {
    "label": "card",
    "serial": "1",
    "model": "m",
    "manufacturer": "m",
    "slot": 1,
    "initialised": True,
    "pin_state": "ok",
    "pin_pad": False,
}
Says = Callable[..., None]


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Says:
    """Let the real child be asked, and another answer arrive."""
    real = Child.request

    def install(**answers: object) -> None:
        def request(self: Child, method: str, **parameters: object) -> object:
            answer = real(self, method, **parameters)  # type: ignore[arg-type]
            return answers.get(method, answer)

        monkeypatch.setattr(Child, "request", request)

    return install


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "text",
        7,
        {},
        ["text"],
        [None],
        [{}],
        *([{name: value for name, value in DESCRIBED.items() if name != missing}] for missing in DESCRIBED),
        *([{**DESCRIBED, name: None}] for name in DESCRIBED),
        [{**DESCRIBED, "slot": "1"}],
        [{**DESCRIBED, "slot": True}],
        [{**DESCRIBED, "initialised": 1}],
        [{**DESCRIBED, "pin_state": "unheard of"}],
    ],
)
def test_tokens_that_are_none_are_one_error(station: Station, says: Says, answer: object) -> None:
    says(tokens=answer)
    with station.hub() as hub:
        with pytest.raises(errors.ModuleCrashed) as caught:
            hub.tokens()
        assert caught.value.details == {"module": station.module}
        with pytest.raises(errors.ModuleCrashed):
            hub.find_key(b"x")


def test_the_next_child_is_asked_anew(station: Station, says: Says, monkeypatch: pytest.MonkeyPatch) -> None:
    with station.hub() as hub:
        session = hub.login(hub.find(station.label), Secret(PIN))
        says(tokens=[{}])
        with pytest.raises(errors.ModuleCrashed):
            hub.tokens()
        monkeypatch.undo()
        assert hub.find(station.label).serial == station.serial
        with pytest.raises(errors.TokenLoginLost):
            session.keys()


def test_a_module_that_talks_nonsense_does_not_take_the_others_down(
    station: Station, says: Says, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TokenHub(["/nowhere.so", station.module], environment=station.environment) as hub:
        says(tokens="nonsense")
        assert hub.tokens() == ()
        assert [type(problem) for problem in hub.problems] == [errors.ModuleNotFound, errors.ModuleCrashed]


@pytest.mark.parametrize("answer", [None, "text", {}, ["text"], [{}, 7]])
def test_objects_that_are_none_are_one_error(
    session: TokenSession, hub: TokenHub, station: Station, says: Says, answer: object
) -> None:
    token = hub.find(station.label)
    says(objects=answer, private_objects=answer)
    with pytest.raises(errors.ModuleCrashed):
        session.keys()
    with pytest.raises(errors.ModuleCrashed):
        hub.keys(token)
    assert hub.find_key(b"x") is None


@pytest.mark.parametrize("answer", [None, "1", [1]])
def test_a_login_without_a_number_is_one_error(hub: TokenHub, station: Station, says: Says, answer: object) -> None:
    token = hub.find(station.label)
    says(login="x" if answer is None else answer)
    with pytest.raises(errors.ModuleCrashed):
        hub.login(token, Secret(PIN))


@pytest.mark.parametrize("error", [{"type": ["PinLocked"], "details": {}}, {"type": {}, "details": {}}, {"type": 7}])
def test_an_error_of_another_shape_is_a_failure_of_the_child(error: object) -> None:
    with pytest.raises(ChildFailed):
        open_answer({"error": error})
