"""Settings: a TOML file in the config folder, without secrets, readable while every vault is locked.

What this Signet does not know is kept as it is written, so that an older one does not lose a newer one's settings.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time

from signet.errors import SettingsInvalid, SourceNotFound, SourceUnsupported
from signet.store.files import FOLDER_MODE, read_small, replace_durably
from signet.store.foreign import translated

SETTINGS_LIMIT = 256 * 1024  # Signet's own: a person writes this file.
TIME_LIMIT_RANGE = (1.0, 600.0)  # Seconds; a card is neither faster nor worth waiting for longer.
IDLE_RANGE = (0, 24 * 60)  # Minutes; 0 is never.
REMOVAL_RANGE = (0, 60)  # Seconds of grace; longer is no answer to a card that was taken away.
CLIPBOARD_RANGE = (5, 600)  # Seconds; less is no time to paste, more is as good as for ever.
THEMES = ("system", "light", "dark")
FOLDERS_ASK, FOLDERS_ARCHIVE, FOLDERS_EACH = FOLDERS = ("ask", "archive", "each")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")  # TOML 1.0.0, Keys


@dataclass(frozen=True)
class Settings:
    """What a person has chosen for this computer.

    ``modules`` are paths of PKCS#11 modules, tried in this order before the known ones; ``token_time_limit`` is how
    many seconds a card may take for one answer. ``theme`` is one of THEMES. The vault locks ``lock_after_minutes``
    after the last key or mouse movement (0: never), ``lock_on_card_removal_seconds`` after its card was pulled unless
    ``lock_on_card_removal`` is off, and with the screen or for sleep if ``lock_on_screen_lock``. Jobs that run when
    the card is pulled are stopped unless ``finish_jobs_on_card_removal``. ``default_key`` is the alias that the Files
    page encrypts with, empty for none; ``folders`` is one of FOLDERS: what becomes of a folder there, one encrypted
    file or one for each of its files. With ``read_back`` each result is read back there before it counts as done.
    ``key_columns`` are the columns of the page Keys that were chosen (empty: the usual ones). A secret that was
    copied leaves the clipboard after ``clipboard_seconds``. ``timestamp_services`` are the addresses of time-stamp
    services that the person named, the usual one first; none is preset. ``signing`` is how somebody signed last, by
    vault id; what reads it bears with whatever a person wrote there. ``others`` is what this Signet does not know.
    """

    modules: tuple[str, ...] = ()
    token_time_limit: float = 20.0
    theme: str = "system"
    lock_after_minutes: int = 5
    lock_on_card_removal: bool = True
    lock_on_card_removal_seconds: int = 3
    finish_jobs_on_card_removal: bool = False
    lock_on_screen_lock: bool = True
    default_key: str = ""
    key_columns: tuple[str, ...] = ()
    clipboard_seconds: int = 30
    folders: str = FOLDERS_ASK
    read_back: bool = False
    timestamp_services: tuple[str, ...] = ()
    signing: Mapping[str, object] = field(default_factory=dict)
    others: Mapping[str, object] = field(default_factory=dict)


def read_settings(path: str) -> Settings:
    """Read the settings at ``path``, the defaults if there is no file; raises SettingsInvalid, FolderReadOnly."""
    try:
        content = read_small(path, limit=SETTINGS_LIMIT)
    except SourceNotFound:
        return Settings()
    except SourceUnsupported as error:
        raise SettingsInvalid(path=path, reason=error.reason) from error
    try:
        return parse_settings(content)
    except ValueError as error:
        raise SettingsInvalid(path=path, reason=str(error)) from error


def write_settings(path: str, settings: Settings) -> None:
    """Put the settings in place of those at ``path``; raises DiskFull, FolderReadOnly."""
    with translated(path):
        os.makedirs(os.path.dirname(path) or ".", mode=FOLDER_MODE, exist_ok=True)
    replace_durably(path, serialise_settings(settings))


def parse_settings(content: bytes) -> Settings:
    """Read settings from TOML; raises ValueError with a reason for people."""
    try:
        table = tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError("it is not UTF-8 text") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    limit = table.pop("token_time_limit", Settings.token_time_limit)
    if isinstance(limit, bool) or not isinstance(limit, int | float):
        raise ValueError("token_time_limit is not a number")
    lowest, highest = TIME_LIMIT_RANGE
    if not lowest <= limit <= highest:
        raise ValueError(f"token_time_limit is not between {lowest:g} and {highest:g} seconds")
    theme = table.pop("theme", Settings.theme)
    if theme not in THEMES:
        raise ValueError(f"theme is not one of {', '.join(THEMES)}")
    folders = table.pop("folders", Settings.folders)
    if folders not in FOLDERS:
        raise ValueError(f"folders is not one of {', '.join(FOLDERS)}")
    default_key = table.pop("default_key", Settings.default_key)
    if not isinstance(default_key, str):
        raise ValueError("default_key is not a text")
    signing = table.pop("signing", {})
    if not isinstance(signing, dict):
        raise ValueError("signing is not a table")
    return Settings(
        modules=_taken_texts(table, "modules", "paths"),
        token_time_limit=float(limit),
        theme=str(theme),
        lock_after_minutes=_taken_number(table, "lock_after_minutes", IDLE_RANGE, "minutes"),
        lock_on_card_removal=_taken_choice(table, "lock_on_card_removal"),
        lock_on_card_removal_seconds=_taken_number(table, "lock_on_card_removal_seconds", REMOVAL_RANGE, "seconds"),
        finish_jobs_on_card_removal=_taken_choice(table, "finish_jobs_on_card_removal"),
        lock_on_screen_lock=_taken_choice(table, "lock_on_screen_lock"),
        default_key=default_key,
        key_columns=_taken_texts(table, "key_columns", "names"),
        clipboard_seconds=_taken_number(table, "clipboard_seconds", CLIPBOARD_RANGE, "seconds"),
        folders=str(folders),
        read_back=_taken_choice(table, "read_back"),
        timestamp_services=_taken_texts(table, "timestamp_services", "addresses"),
        signing=signing,
        others=table,
    )


def _taken_texts(table: dict[str, object], name: str, kind: str) -> tuple[str, ...]:
    value = table.pop(name, [])
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise ValueError(f"{name} is not a list of {kind}")
    return tuple(value)


def _taken_number(table: dict[str, object], name: str, limits: tuple[int, int], unit: str) -> int:
    value = table.pop(name, getattr(Settings, name))
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{name} is not a whole number")
    if not limits[0] <= value <= limits[1]:
        raise ValueError(f"{name} is not between {limits[0]} and {limits[1]} {unit}")
    return value


def _taken_choice(table: dict[str, object], name: str) -> bool:
    value = table.pop(name, getattr(Settings, name))
    if not isinstance(value, bool):
        raise ValueError(f"{name} is neither true nor false")
    return value


def serialise_settings(settings: Settings) -> bytes:
    """Write settings as TOML 1.0.0; what was unknown comes after what is known."""
    known = [part.name for part in fields(Settings) if part.name != "others"]
    table: dict[str, object] = {name: getattr(settings, name) for name in known} | dict(settings.others)
    # Inline tables, because after a [table] line every further line would belong to that table.
    lines = [f"{_key(name)} = {_value(value)}" for name, value in table.items()]
    return ("\n".join(lines) + "\n").encode("utf-8")


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _text(name)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(part) for part in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(name)} = {_value(part)}" for name, part in value.items()) + "}"
    raise TypeError(f"TOML has no {type(value).__name__}")


def _text(text: str) -> str:
    """Write a TOML basic string; its escapes are ``\\uXXXX`` and ``\\UXXXXXXXX`` (TOML 1.0.0, String)."""
    written = []
    for character in text:
        if character in '"\\':
            written.append("\\" + character)
        elif character < " " or character == "\x7f":
            written.append(f"\\u{ord(character):04X}")
        else:
            written.append(character)
    return '"' + "".join(written) + '"'
