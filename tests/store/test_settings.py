"""Settings survive writing, also those that this Signet does not know."""

from __future__ import annotations

import tomllib
from dataclasses import fields
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signet.errors import SettingsInvalid
from signet.store.settings import (
    SETTINGS_LIMIT,
    Settings,
    parse_settings,
    read_settings,
    serialise_settings,
    write_settings,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert read_settings(str(tmp_path / "settings.toml")) == Settings()


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "config" / "settings.toml"
    settings = Settings(
        modules=("/usr/lib/a b.so", 'C:\\x"y.dll'), token_time_limit=7.5, theme="dark", others={"shade": "deep"}
    )
    write_settings(str(path), settings)
    assert read_settings(str(path)) == settings
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["settings.toml"]


def test_a_person_can_write_it() -> None:
    content = b'# mine\nmodules = [\n  "/a.so", # the card\n]\ntoken_time_limit = 30\n[window]\ntheme = "dark"\n'
    assert parse_settings(content) == Settings(("/a.so",), 30.0, others={"window": {"theme": "dark"}})


UNKNOWN = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | TEXT,
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(TEXT, parts, max_size=3),
    max_leaves=8,
)


@given(st.lists(TEXT.filter(bool)), st.dictionaries(TEXT, UNKNOWN, max_size=4))
def test_any_settings_survive(modules: list[str], others: dict[str, object]) -> None:
    known = {part.name for part in fields(Settings)}
    others = {name: value for name, value in others.items() if name not in known}
    settings = Settings(modules=tuple(modules), others=others)
    assert parse_settings(serialise_settings(settings)) == settings


def test_what_the_window_asks_for_survives() -> None:
    settings = Settings(
        theme="light",
        lock_after_minutes=0,
        lock_on_card_removal=False,
        lock_on_card_removal_seconds=10,
        finish_jobs_on_card_removal=True,
        lock_on_screen_lock=False,
        default_key="my-files",
        timestamp_services=("https://tsa.example.org/", "http://127.0.0.1:9099"),
    )
    assert parse_settings(serialise_settings(settings)) == settings


def test_dates_survive() -> None:
    others = {"a": datetime(2026, 11, 22, 12, tzinfo=UTC), "b": date(2026, 11, 22), "c": time(12, 30)}
    assert tomllib.loads(serialise_settings(Settings(others=others)).decode())["a"] == others["a"]
    assert parse_settings(serialise_settings(Settings(others=others))).others == others


@pytest.mark.parametrize(
    "content",
    [
        b"modules = 'x'",
        b"modules = [1]",
        b"modules = ['']",
        b"token_time_limit = 'x'",
        b"token_time_limit = true",
        b"token_time_limit = 0.5",
        b"token_time_limit = 601",
        b"token_time_limit = nan",
        b"token_time_limit = inf",
        b"theme = 'pink'",
        b"theme = 1",
        b"lock_after_minutes = -1",
        b"lock_after_minutes = 1441",
        b"lock_after_minutes = 1.5",
        b"lock_after_minutes = true",
        b"lock_on_card_removal = 1",
        b"lock_on_card_removal_seconds = 61",
        b"lock_on_screen_lock = 'yes'",
        b"default_key = 1",
        b"modules = [",
        b"a = 1\na = 2",
        b"\xff",
        b"a = " + b"[" * 5000,
        b"#" * (SETTINGS_LIMIT + 1),
    ],
)
def test_settings_that_cannot_be_read_are_an_error_that_names_the_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsInvalid, match=r"settings\.toml"):
        read_settings(str(path))
    assert path.read_bytes() == content
