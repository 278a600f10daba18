from __future__ import annotations

import contextlib
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from signet import errors
from signet.secret import Secret
from signet.tokens import software as software_tokens
from signet.tokens.hub import TokenHub
from signet.tokens.model import Scheme
from signet.tokens.software import SoftwareTokens, softhsm_module
from signet.tokens.trial import prove_signing, try_schemes

from .conftest import PIN, SO_PIN, configure, key_of


@pytest.fixture(autouse=True)
def no_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    readable = tmp_path_factory.mktemp("system") / "softhsm2.conf"
    readable.touch()
    monkeypatch.setattr(software_tokens, "_SYSTEM", (str(readable),))


def test_a_fresh_token_can_unlock_and_sign(tmp_path: Path) -> None:
    software = SoftwareTokens(tmp_path / "data with blanks")
    assert software.environment() == {}
    made = software.create("for trying out", Secret(PIN), Secret(SO_PIN))
    assert made.label == "for trying out"
    with TokenHub([softhsm_module(())], environment=software.environment) as hub:
        assert hub.find("for trying out").serial == made.serial
        with hub.login(made, Secret(PIN)) as session:
            listed = session.keys()
            assert {key.label for key in listed} == {"unlock", "sign"}
            (trial,) = try_schemes(session, key_of(session, "unlock"))
            assert (trial.scheme, trial.worked) == (Scheme.ECDH_X, True)
            assert prove_signing(session, key_of(session, "sign"))


def test_everything_is_for_the_person_alone_and_holds_no_pin(tmp_path: Path) -> None:
    SoftwareTokens(tmp_path).create("t", Secret(PIN), Secret(SO_PIN))
    folder = tmp_path / "software-tokens"
    for path in [folder, *folder.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode & 0o077 == 0, path
        if path.is_file():
            assert b"canary" not in path.read_bytes()


def test_a_running_hub_sees_the_first_token_appear(tmp_path: Path) -> None:
    software = SoftwareTokens(tmp_path)
    with TokenHub([softhsm_module(())], environment=software.environment) as hub:
        # The system's own SoftHSM configuration may be out of this account's reach.
        with contextlib.suppress(errors.ModuleUnusable):
            hub.tokens()
        made = software.create("appears", Secret(PIN), Secret(SO_PIN))
        assert made in hub.tokens()
        second = software.create("second", Secret(PIN), Secret(SO_PIN))
        assert {made.serial, second.serial} <= {token.serial for token in hub.tokens()}


def test_where_the_systems_configuration_is_closed_softhsm_starts_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(software_tokens, "_SYSTEM", ("/nonexistent/softhsm2.conf",))
    software = SoftwareTokens(tmp_path)
    with TokenHub([softhsm_module(())], environment=software.environment) as hub:
        assert hub.tokens() == ()
        made = software.create("first", Secret(PIN), Secret(SO_PIN))
        assert hub.tokens() == (made,)


def test_a_data_folder_that_cannot_be_written_leaves_the_systems_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(software_tokens, "_SYSTEM", ())
    (tmp_path / "file").touch()
    assert SoftwareTokens(tmp_path / "file").environment() == {}


def test_the_persons_own_configuration_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    environment = configure(theirs)
    monkeypatch.setenv("SOFTHSM2_CONF", environment["SOFTHSM2_CONF"])
    software = SoftwareTokens(tmp_path / "data")
    assert software.environment() == environment
    software.create("theirs", Secret(PIN), Secret(SO_PIN))
    assert os.listdir(theirs / "tokens")
    assert not software.configuration.exists()


@pytest.mark.parametrize("pin", [b"", b"123", b"x" * 256])
def test_a_pin_that_softhsm_does_not_take_is_said(tmp_path: Path, pin: bytes) -> None:
    software = SoftwareTokens(tmp_path)
    with pytest.raises(errors.PinLengthInvalid):
        software.create("t", Secret(pin), Secret(SO_PIN))
    with pytest.raises(errors.PinLengthInvalid):
        software.create("t", Secret(PIN), Secret(pin))
    assert not (tmp_path / "software-tokens").exists()


@pytest.mark.parametrize("label", ["", "x" * 33, "ü" * 17])
def test_a_label_that_does_not_fit_is_a_usage_error(tmp_path: Path, label: str) -> None:
    with pytest.raises(errors.UsageError):
        SoftwareTokens(tmp_path).create(label, Secret(PIN), Secret(SO_PIN))
    assert not (tmp_path / "software-tokens").exists()


def test_a_label_of_two_byte_letters_comes_back(tmp_path: Path) -> None:
    assert SoftwareTokens(tmp_path).create("ü" * 16, Secret(PIN), Secret(SO_PIN)).label == "ü" * 16


def test_a_discarded_token_is_gone_and_the_others_stay(tmp_path: Path) -> None:
    software = SoftwareTokens(tmp_path)
    kept = software.create("kept", Secret(PIN), Secret(SO_PIN))
    software.discard(software.create("gone", Secret(PIN), Secret(SO_PIN)))
    with TokenHub([softhsm_module(())], environment=software.environment) as hub:
        assert [token.serial for token in hub.tokens() if token.initialised] == [kept.serial]


def test_only_the_token_with_exactly_that_serial_number_is_discarded(tmp_path: Path) -> None:
    software = SoftwareTokens(tmp_path)
    made = software.create("made", Secret(PIN), Secret(SO_PIN))
    for serial in (made.serial[:-1], made.serial[1:], made.label):
        software.discard(replace(made, serial=serial))
    with pytest.raises(ValueError, match="without a serial number"):
        software.discard(replace(made, serial=""))
    with TokenHub([softhsm_module(())], environment=software.environment) as hub:
        assert [token.serial for token in hub.tokens() if token.initialised] == [made.serial]


def test_tokens_are_found_after_the_data_folder_was_moved(tmp_path: Path) -> None:
    made = SoftwareTokens(tmp_path / "before").create("moves", Secret(PIN), Secret(SO_PIN))
    (tmp_path / "before").rename(tmp_path / "after")
    software = SoftwareTokens(tmp_path / "after")
    with TokenHub([softhsm_module(())], environment=software.environment) as hub:
        assert hub.find("moves").serial == made.serial
    assert not (tmp_path / "before").exists()
