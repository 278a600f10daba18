"""The process that hosts a token's module dies or hangs: a clear error in time, a whole vault, and on it goes."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from crash.stage import Stage, Theatre
from signet.errors import ModuleCrashed, ModuleTimedOut, TokenLoginLost
from signet.keys.spec import KeySpec, Protection
from signet.secret import Secret
from signet.services.files_items import Item
from signet.services.keys import create_key
from signet.services.opening import open_vault
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind, SecretRequest
from signet.services.session import Session
from signet.services.signing import sign_files, verify_file
from signet.services.verdicts import Verdict
from signet.services.verification import verify_vault
from signet.services.workplace import Workplace
from signet.tokens.hub import TIME_LIMIT
from support.modules import running
from support.prompt import ScriptedPrompt

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
LIMIT = 2.0
"""Seconds that a module which was stopped gets for an answer."""
ALIAS = "on-the-card"


@pytest.fixture
def stage(theatre: Theatre) -> Stage:
    """A vault with a token among its ways in."""
    return theatre.fresh()


@pytest.fixture
def workplace(stage: Stage) -> Iterator[Workplace]:
    """The workplace of one person."""
    with stage.workplace() as workplace:
        yield workplace


def token_child() -> int:
    """The id of this process's token child."""
    (child,) = running()
    return child


def give(workplace: Workplace, seconds: float) -> None:
    """Let modules take so long for an answer from now on; one that has to start may need long on a busy machine."""
    for process in workplace.hub._processes.values():
        process._time_limit = seconds


def kill(_: Workplace) -> None:
    os.kill(token_child(), signal.SIGKILL)


def stop(workplace: Workplace) -> None:
    os.kill(token_child(), signal.SIGSTOP)
    give(workplace, LIMIT)


def stop_then_kill(_: Workplace) -> None:
    """Stop it, so that the next request surely waits for its answer, and kill it meanwhile."""
    child = token_child()
    os.kill(child, signal.SIGSTOP)
    threading.Timer(0.5, os.kill, (child, signal.SIGKILL)).start()


ENDS = [
    pytest.param(kill, (ModuleCrashed, TokenLoginLost), id="killed"),
    pytest.param(stop_then_kill, (ModuleCrashed, TokenLoginLost), id="killed-while-asked"),
    pytest.param(stop, (ModuleTimedOut,), id="stopped"),
]


class Once:
    """Does something the first time it is called."""

    def __init__(self, act: Callable[[], None]) -> None:
        self._act = act
        self.called = False

    def __call__(self, *_: object) -> None:
        if not self.called:
            self.called = True
            self._act()


class DisturbedPrompt(ScriptedPrompt):
    """A person during whose typing of the PIN something happens to the token's process."""

    def __init__(self, answers: dict[SecretKind, str], act: Callable[[], None]) -> None:
        super().__init__(answers)
        self._once = Once(act)

    def secret(self, request: SecretRequest) -> Secret:
        if request.kind is SecretKind.PIN:
            self._once()
        return super().secret(request)


def by_token(stage: Stage, workplace: Workplace) -> Session:
    return open_vault(workplace, str(stage.vault), selection=Selection(method_id=stage.methods["token"]))


def sign(session: Session, stage: Stage, act: Callable[[], None] | None = None) -> Item:
    """Sign a file with the key on the card; ``act`` happens once, after login, before the card is to sign."""
    path = str(stage.sources / "medium.bin")
    (item,) = sign_files(session, [path], key=ALIAS, progress=None if act is None else Once(act))
    return item


@pytest.mark.parametrize(("act", "errors"), ENDS)
def test_a_module_that_ends_while_signing_is_a_clear_error_and_the_next_signature_works(
    stage: Stage, workplace: Workplace, act: Callable[[Workplace], None], errors: tuple[type[Exception], ...]
) -> None:
    with stage.open(workplace) as session:
        token = next(token for token in workplace.hub.tokens() if token.initialised)
        create_key(session, ALIAS, spec=KeySpec.ECC_NIST_P256, protection=Protection.TOKEN, token=token.label)
        item = sign(session, stage, lambda: act(workplace))
        give(workplace, TIME_LIMIT)
        assert item.status == "failed"
        assert isinstance(item.error, errors)
        assert not (stage.sources / "medium.bin.sig").exists()
        assert verify_vault(session).problems == ()
        again = sign(session, stage)
        assert (again.status, again.error) == ("done", None)
        assert verify_file(str(stage.sources / "medium.bin"), session=session).verdict is Verdict.VALID


@pytest.mark.parametrize(("act", "errors"), ENDS)
def test_a_module_that_ends_while_unlocking_leaves_a_vault_that_opens_next_time(
    stage: Stage, workplace: Workplace, act: Callable[[Workplace], None], errors: tuple[type[Exception], ...]
) -> None:
    assert isinstance(workplace.prompt, ScriptedPrompt)
    disturbed = DisturbedPrompt(workplace.prompt.answers, lambda: act(workplace))
    workplace.prompt = disturbed
    before = (stage.vault / "header.json").read_bytes()
    # A child that died before it was asked anything is simply started again; one that hangs never answers.
    with pytest.raises(errors) if act is stop else suppress(*errors):
        by_token(stage, workplace).close()
    give(workplace, TIME_LIMIT)
    assert (stage.vault / "header.json").read_bytes() == before
    with by_token(stage, workplace) as session:
        assert verify_vault(session).problems == ()
