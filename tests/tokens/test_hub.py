"""The hub over a real SoftHSM: finding, logging in, and modules that die, hang or are none."""

from __future__ import annotations

import ctypes.util
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from signet import errors
from signet.keys.spec import SigningAlgorithm
from signet.secret import Secret
from signet.tokens.holders import other_programs, sentence_about_others
from signet.tokens.hub import TokenHub, fingerprint
from signet.tokens.model import PinState, Token
from signet.tokens.modules import find_modules
from signet.tokens.process import ModuleProcess
from signet.tokens.session import TokenSession
from signet.tokens.software import softhsm_module
from support.broken import crashing, hanging
from support.modules import running

from .conftest import KEYS, PIN, SO_PIN, Station, configure, key_of

PATIENCE = 60.0
"""Seconds that something may take on a busy machine."""


def child_pids() -> set[int]:
    """The children of modules; others of this process may end at any moment."""
    return set(running())


def sign_once(session: TokenSession) -> bytes:
    return session.sign(key_of(session, "p256-sign"), b"x", SigningAlgorithm.ECDSA_SHA_256)


def test_the_token_is_described(hub: TokenHub, station: Station) -> None:
    (token,) = hub.tokens()
    assert token == Token(
        label="test card",
        serial=station.serial,
        model="SoftHSM v2",
        manufacturer="SoftHSM project",
        module=station.module,
        slot=token.slot,
        present=True,
        initialised=True,
        pin_state=token.pin_state,
        pin_pad=False,
        firmware=token.firmware,
        reader=token.reader,
    )
    assert hub.problems == ()


def test_public_keys_show_without_login_and_only_a_login_shows_more(hub: TokenHub, station: Station) -> None:
    token = hub.find(station.label)
    before = {key.label: key for key in hub.keys(token)}
    assert before.keys() >= KEYS.keys()
    assert not any(key.private_seen for key in before.values())
    assert all(key.on_token is None for key in before.values())
    with hub.login(token, Secret(PIN)):
        assert all(key.private_seen for key in hub.keys(token))
    assert not any(key.private_seen for key in hub.keys(token))


def test_a_token_is_found_by_label_serial_or_key(hub: TokenHub, station: Station) -> None:
    token = hub.find("test card")
    prefix = fingerprint(hub.keys(token)[0].public_key)
    assert hub.find(station.serial) == hub.find(prefix) == hub.find(prefix[:8]) == hub.find(prefix.upper()) == token
    for name in ("test", "TEST CARD", "", prefix[:7], "00000000000000"):
        with pytest.raises(errors.TokenNotFound):
            hub.find(name)


def test_a_key_is_found_by_its_public_key(hub: TokenHub, station: Station) -> None:
    token = hub.find(station.label)
    for key in hub.keys(token):
        assert hub.find_key(key.public_key) == (token, key)
    assert hub.find_key(b"not a key") is None


def test_two_tokens_of_one_name_are_ambiguous_by_it(tmp_path: Path) -> None:
    module, environment = softhsm_module(()), configure(tmp_path)
    with TokenHub([module], environment=environment) as hub:
        made = [hub.initialise(module, label="twin", pin=Secret(PIN), so_pin=Secret(SO_PIN)) for _ in range(2)]
        assert {token.serial for token in hub.tokens()} == {token.serial for token in made}
        with pytest.raises(errors.NameAmbiguous) as caught:
            hub.find("twin")
        assert made[0].serial in str(caught.value)
        assert hub.find(made[1].serial) == made[1]
        # Logins on two tokens of one module live side by side, and a wrong PIN for one leaves the other alone.
        with hub.login(made[0], Secret(PIN)) as first:
            with pytest.raises(errors.PinIncorrect):
                hub.login(made[1], Secret(b"wrong"))
            assert first.keys() == ()
            with hub.login(made[1], Secret(PIN)) as second:
                assert second.keys() == first.keys() == ()
            assert first.keys() == ()


def test_a_token_made_by_another_process_appears(tmp_path: Path) -> None:
    module, environment = softhsm_module(()), configure(tmp_path)
    with TokenHub([module], environment=environment) as hub, TokenHub([module], environment=environment) as other:
        assert hub.tokens() == ()
        made = other.initialise(module, label="late", pin=Secret(PIN), so_pin=Secret(SO_PIN))
        assert [token.serial for token in hub.tokens()] == [made.serial]


def test_a_wrong_pin_is_said_and_the_right_one_works_after_it(hub: TokenHub, station: Station) -> None:
    token = hub.find(station.label)
    for wrong in (b"0000", b"", b"x", b"y" * 300, "ä".encode(), b"\xff\xfe\0", PIN + b"\0"):
        with pytest.raises((errors.PinIncorrect, errors.PinLengthInvalid)) as caught:
            hub.login(token, Secret(wrong))
        assert caught.value.details["token"] == "test card"
        assert caught.value.details.get("attempts_left") is None
    assert hub.find(station.label).pin_state is PinState.LOW
    with hub.login(token, Secret(PIN)) as session:
        assert sign_once(session)
    assert hub.find(station.label).pin_state is PinState.OK


def test_a_wrong_pin_is_noticed_while_logged_in(hub: TokenHub, station: Station) -> None:
    token = hub.find(station.label)
    with hub.login(token, Secret(PIN)) as session:
        with pytest.raises(errors.PinIncorrect):
            hub.login(token, Secret(b"0000"))
        # The module would not have checked the PIN otherwise, so the earlier login had to end.
        with pytest.raises(errors.TokenLoginLost):
            sign_once(session)


def test_a_later_login_ends_the_earlier_and_leaving_the_earlier_spares_it(hub: TokenHub, station: Station) -> None:
    token = hub.find(station.label)
    first = hub.login(token, Secret(PIN))
    with hub.login(token, Secret(PIN)) as second:
        with pytest.raises(errors.TokenLoginLost):
            sign_once(first)
        first.close()
        assert sign_once(second)


def test_wrong_pins_do_not_use_up_sessions_or_descriptors(hub: TokenHub, station: Station) -> None:
    token = hub.find(station.label)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(50):
        with pytest.raises(errors.PinIncorrect):
            hub.login(token, Secret(b"0000"))
    for _ in range(50):
        with hub.login(token, Secret(PIN)) as session:
            assert sign_once(session)
    assert len(os.listdir("/proc/self/fd")) == before


def test_pins_show_nowhere(hub: TokenHub, station: Station, caplog: pytest.LogCaptureFixture) -> None:
    token = hub.find(station.label)
    canary = b"canary-wrong-pin"
    with caplog.at_level(logging.DEBUG):
        with pytest.raises(errors.PinIncorrect) as caught:
            hub.login(token, Secret(canary))
        with hub.login(token, Secret(PIN)) as session:
            seen = [repr(session), repr(session.keys()), repr(token)]
            for pid in child_pids():
                seen.append(Path(f"/proc/{pid}/cmdline").read_text())
                seen.append(Path(f"/proc/{pid}/environ").read_text())
    error: BaseException | None = caught.value
    while error is not None:
        seen += [repr(error), str(error), repr(vars(error))]
        error = error.__cause__ or error.__context__
    assert "canary" not in "".join(seen) + caplog.text


def test_several_threads_share_one_hub(hub: TokenHub, session: TokenSession) -> None:
    failures: list[errors.SignetError] = []

    def repeat(work: Callable[[], object]) -> None:
        try:
            for _ in range(25):
                work()
        except errors.SignetError as error:
            failures.append(error)

    def sign() -> bytes:
        return sign_once(session)

    threads = [
        threading.Thread(target=repeat, args=(work,))
        for work in (
            hub.tokens,
            lambda: sign_once(session),
            lambda: hub.keys(session.token),
            lambda: sign_once(session),
        )
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def process_of(hub: TokenHub, station: Station) -> ModuleProcess:
    return hub._processes[station.module]


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def only_child(before: set[int]) -> int:
    (pid,) = child_pids() - before
    return pid


def test_a_module_that_crashes_in_use_is_started_anew_and_the_login_is_gone(station: Station) -> None:
    before = child_pids()
    with station.hub() as hub:
        session = hub.login(hub.find(station.label), Secret(PIN))
        key = key_of(session, "p256-sign")
        pid = only_child(before)
        os.kill(pid, signal.SIGSTOP)
        outcome: list[BaseException] = []

        def work() -> None:
            try:
                session.sign(key, b"x", SigningAlgorithm.ECDSA_SHA_256)
            except errors.TokenError as error:
                outcome.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        asked = process_of(hub, station)._child
        assert asked is not None
        wait_until(asked._turn.locked)
        os.kill(pid, signal.SIGKILL)
        thread.join(PATIENCE)
        assert [type(error) for error in outcome] == [errors.ModuleCrashed]
        with pytest.raises(errors.TokenLoginLost):
            sign_once(session)
        assert hub.find(station.label).serial == station.serial
        with pytest.raises(errors.TokenLoginLost):
            sign_once(session)
        session.close()
        with hub.login(hub.find(station.label), Secret(PIN)) as again:
            assert sign_once(again)
    assert child_pids() == before


def test_a_module_that_dies_idle_is_started_anew(station: Station) -> None:
    before = child_pids()
    with station.hub() as hub:
        session = hub.login(hub.find(station.label), Secret(PIN))
        child = process_of(hub, station)._child
        assert child is not None
        os.kill(only_child(before), signal.SIGKILL)
        wait_until(lambda: not child.alive)
        with pytest.raises(errors.TokenLoginLost):
            sign_once(session)
        assert hub.tokens()


def test_a_module_that_hangs_is_ended_in_time_and_started_anew(station: Station) -> None:
    before = child_pids()
    with station.hub() as hub:
        session = hub.login(hub.find(station.label), Secret(PIN))
        os.kill(only_child(before), signal.SIGSTOP)
        # Only now: starting it takes as long as the machine is busy.
        process, usual = process_of(hub, station), process_of(hub, station).time_limit
        process._time_limit = 1.0
        began = time.monotonic()
        with pytest.raises(errors.ModuleTimedOut) as caught:
            sign_once(session)
        assert time.monotonic() - began < PATIENCE
        process._time_limit = usual
        assert caught.value.details == {"module": station.module, "seconds": 1.0, "others": caught.value.others}
        assert hub.tokens()
        with pytest.raises(errors.TokenLoginLost):
            sign_once(session)
    assert child_pids() == before


@pytest.fixture
def bad_modules(tmp_path: Path) -> dict[str, str]:
    text = tmp_path / "text.so"
    text.write_text("not a library")
    empty = tmp_path / "empty.so"
    empty.touch()
    libc = ctypes.util.find_library("c")
    assert libc is not None
    real = next(str(path) for path in Path("/").glob(f"lib/*/{libc}"))
    return {
        "missing": str(tmp_path / "missing.so"),
        "text": str(text),
        "empty": str(empty),
        "folder": str(tmp_path),
        "libc": real,
        "nothing": "",
    }


@pytest.mark.parametrize("which", ["missing", "text", "empty", "folder", "libc", "nothing"])
def test_what_is_no_module_is_named_and_does_no_harm(
    bad_modules: dict[str, str], station: Station, which: str
) -> None:
    path = bad_modules[which]
    expected = errors.ModuleNotFound if which in ("missing", "nothing") else errors.ModuleUnusable
    before = child_pids()
    with TokenHub([path]) as hub:
        for _ in range(2):
            with pytest.raises(expected) as caught:
                hub.tokens()
            assert caught.value.details["module"] == path
    with TokenHub([path, station.module], environment=station.environment) as hub:
        assert [token.serial for token in hub.tokens()] == [station.serial]
        assert [type(problem) for problem in hub.problems] == [expected]
    assert child_pids() == before


@pytest.mark.parametrize(("make", "expected"), [(hanging, errors.ModuleTimedOut), (crashing, errors.ModuleCrashed)])
def test_what_hangs_or_crashes_at_every_look_is_left_alone_for_a_while(
    tmp_path: Path, make: Callable[[Path], str], expected: type[Exception]
) -> None:
    before = child_pids()
    with TokenHub([make(tmp_path)], time_limit=1.0) as hub:
        for _ in range(2):
            with pytest.raises(expected):
                hub.tokens()
        assert child_pids() == before
        with pytest.raises(expected):
            hub.tokens()
        assert child_pids() == before  # none was even started


def test_programs_at_the_reader_are_named(tmp_path: Path) -> None:
    program = "import ctypes; ctypes.CDLL('libpcsclite.so.1'); print(1, flush=True); input()"
    named = tmp_path / "scdaemon"
    named.symlink_to(sys.executable)
    with subprocess.Popen([named, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert any("GnuPG" in name for name in other_programs())
        assert "gpgconf --kill scdaemon" in sentence_about_others()
        other.kill()


def test_opensc_without_a_reader_shows_nothing_quickly() -> None:
    (module,) = find_modules(chosen="/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so", configured=())
    began = time.monotonic()
    with TokenHub([module]) as hub:
        assert hub.tokens() == ()
        assert hub.problems == ()
    assert time.monotonic() - began < PATIENCE


def test_a_token_seen_through_two_modules_is_one(station: Station, tmp_path: Path) -> None:
    copied = tmp_path / "libsofthsm2-copy.so"
    copied.write_bytes(Path(station.module).read_bytes())
    with TokenHub([str(copied), station.module], environment=station.environment) as hub:
        (token,) = hub.tokens()
        assert token.module == str(copied)
        with hub.login(token, Secret(PIN)) as session:
            assert sign_once(session)


def test_a_hub_without_modules_finds_nothing() -> None:
    with TokenHub([]) as hub:
        assert hub.tokens() == ()
        with pytest.raises(errors.TokenNotFound):
            hub.find("x")


def test_a_token_that_was_exchanged_is_not_mistaken_for_the_first(hub: TokenHub, station: Station) -> None:
    from dataclasses import replace

    token = hub.find(station.label)
    for other in (replace(token, serial="another"), replace(token, slot=token.slot + 1)):
        with pytest.raises(errors.TokenRemoved):
            hub.keys(other)
        with pytest.raises(errors.TokenRemoved):
            hub.login(other, Secret(PIN))
    with pytest.raises(errors.ModuleNotFound):
        hub.keys(replace(token, module="/elsewhere.so"))
