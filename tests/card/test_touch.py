"""A card that wants to be touched, and many signatures by one PIN: what is said, what Cancel and a wrong PIN end."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from signet.errors import Cancelled
from signet.secret import Secret
from signet.services.workplace import Workplace
from signet.tokens.model import Token
from signet.tokens.trial import prove_signing
from signet.tokens.waiting import Wait, WaitFor
from support.card.authentication import Reference
from support.card.piv import AUTHENTICATION, PIN, SIGNATURE
from support.card.vpcd import Disturbance
from support.command_line import call
from support.prompt import ScriptedPrompt

from .conftest import GENERAL_AUTHENTICATE, IDS, Desk, key_in, only

TOUCH = 1.2  # seconds; 0.7 of them pass before anybody is told
PATIENCE = 60.0


def test_a_slow_card_is_told_of_and_given_up_and_works_again(
    desk: Desk, workplace: Workplace, prompt: ScriptedPrompt
) -> None:
    desk.insert(desk.keys.elliptic)
    token = only(workplace.hub)
    with workplace.hub.login(token, Secret.from_text(PIN)) as session:
        key = key_in(session.keys(), AUTHENTICATION)
        assert prove_signing(session, key)
        assert prompt.waits == []
        desk.reader.disturbances.append(Disturbance(GENERAL_AUTHENTICATE, delay=TOUCH))
        assert prove_signing(session, key)
        assert prompt.waits[-1] is None
        left = [wait.seconds_left for wait in prompt.waits if wait is not None]
        assert left == sorted(left, reverse=True)
        assert left[0] < 19.3
        assert all(
            isinstance(wait, Wait) and (wait.token, wait.wait_for) == (token.label, WaitFor.TOUCH)
            for wait in prompt.waits[:-1]
        )
        prompt.patient = False
        desk.reader.disturbances.append(Disturbance(GENERAL_AUTHENTICATE, delay=TOUCH))
        with pytest.raises(Cancelled):
            prove_signing(session, key)
    with workplace.hub.login(_back(workplace), Secret.from_text(PIN)) as session:
        assert prove_signing(session, key)


def _back(workplace: Workplace) -> Token:
    """The card, once the reader is done with what was given up: until then no module sees it."""
    end = time.monotonic() + PATIENCE
    while not (found := workplace.hub.tokens()):
        assert time.monotonic() < end, "the card never came back"
        time.sleep(0.05)
    return found[0]


def test_a_job_that_is_to_stop_waits_for_no_touch(opensc: Desk, any_workplace: Workplace) -> None:
    any_workplace.module = opensc.module
    opensc.insert(opensc.keys.elliptic)
    stop = threading.Event()
    with any_workplace.hub.login(only(any_workplace.hub), Secret.from_text(PIN)) as session:
        key = key_in(session.keys(), AUTHENTICATION)
        opensc.reader.disturbances.append(Disturbance(GENERAL_AUTHENTICATE, delay=TOUCH))
        stop.set()
        with any_workplace.stoppable(stop.is_set), pytest.raises(Cancelled):
            prove_signing(session, key)


class Fickle(Reference):
    """A PIN that somebody changes after it was right ``times`` times."""

    def __init__(self, value: str, *, times: int) -> None:
        super().__init__(value)
        self.times = times

    def check(self, given: bytes) -> None:
        super().check(given)
        self.times -= 1
        if self.times == 0:
            self.value = "999999"


@pytest.fixture
def signing(opensc: Desk, tmp_path: Path) -> list[object]:
    """Words of a command that signs three files with 9C, in a vault that the same card opens."""
    opensc.insert(opensc.keys.elliptic)
    pin = tmp_path / "pin"
    pin.write_text(PIN)
    way = ("--vault", tmp_path / "mine.signet", "--module", opensc.module, "--pin-file", pin)
    name = call("token", "list", "--module", opensc.module, "--json").json["items"][0]["label"]
    made = call("vault", "create", way[1], "--token", name, *way[2:], "--recovery-code-file", tmp_path / "code")
    assert made.status == 0, made.err
    adopted = call("token", "adopt", name, IDS[SIGNATURE].hex(), "mine", *way, "--yes")
    assert adopted.status == 0, adopted.err
    files = [tmp_path / f"{number}.txt" for number in range(3)]
    for file in files:
        file.write_text(file.name)
    opensc.reader.log.clear()
    return ["sign", *files, "--key", "mine", *way]


def test_a_batch_stops_at_the_first_wrong_pin(opensc: Desk, signing: list[object]) -> None:
    card = opensc.reader.card
    assert card is not None
    # The vault is opened, the card logged in, one file signed: a 9C key asks each time.
    card.pin = Fickle(PIN, times=3)
    ended = call(*signing, "--json")
    assert [item["status"] for item in ended.json["items"]] == ["done", "failed", "failed"]
    assert {item["error"] for item in ended.json["items"][1:]} == {"PinIncorrect"}
    assert (opensc.reader.pins_sent, card.pin.left) == (4, 2)
    opensc.reader.log.clear()
    assert call(*signing, "--json").error["type"] == "PinIncorrect"
    assert (opensc.reader.pins_sent, card.pin.left) == (1, 1)


def test_ctrl_c_ends_the_wait_and_leaves_the_vault_as_it_was(
    opensc: Desk, signing: list[object], tmp_path: Path
) -> None:
    # The first use of a key opens the vault, the second lets it vouch; then comes the signature.
    opensc.reader.disturbances.append(Disturbance(GENERAL_AUTHENTICATE, delay=2.0, spared=2))
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "signet", *map(str, signing)]
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.DEVNULL, stderr=theirs) as running:
        os.close(theirs)
        seen = _read_until(ours, "Touch “")
        running.send_signal(signal.SIGINT)
        assert running.wait(PATIENCE) == 130, seen
    os.close(ours)
    assert not list(tmp_path.glob("*.sig"))
    vault = signing[signing.index("--vault") :]
    log = call("audit", "list", "--json", *vault).json["items"]
    assert [entry["outcome"] for entry in log if entry["operation"] == "Sign"] == ["cancelled", "allowed"]
    assert call("vault", "verify", *vault).status == 0
    again = call(*signing, "--json")
    assert [item["status"] for item in again.json["items"]] == ["done"] * 3, again.err


def _read_until(terminal: int, text: str) -> str:
    """Read what a command shows until ``text`` has come."""
    seen, end = "", time.monotonic() + PATIENCE
    while text not in seen:
        ready, _, _ = select.select([terminal], [], [], max(0.0, end - time.monotonic()))
        assert ready, f"it never came:\n{seen}"
        seen += os.read(terminal, 4096).decode("utf-8", "replace")
    return seen
