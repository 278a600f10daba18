"""The card software of this computer: found, tried, named in the settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from signet.errors import ModuleError, ModuleNotFound
from signet.services import modules
from signet.store.settings import read_settings
from signet.tokens.modules import find_modules
from support.clock import SettableClock
from support.vaults import make_workplace


def softhsm() -> str:
    """SoftHSM, which the tests need anyway."""
    return next(path for path in find_modules(chosen=None, configured=()) if "softhsm" in path)


def test_what_packages_installed_is_found_and_works(tmp_path: Path, clock: SettableClock) -> None:
    with make_workplace(tmp_path, clock) as workplace:
        found = modules.list_modules(workplace)
        assert softhsm() in [view.path for view in found if view.present and not view.named]
        assert modules.try_module(workplace, softhsm()) == ()


def test_a_named_module_is_kept_in_the_settings_and_listed_once(tmp_path: Path, clock: SettableClock) -> None:
    link = tmp_path / "own-softhsm.so"
    link.symlink_to(softhsm())
    with make_workplace(tmp_path, clock) as workplace:
        modules.add_module(workplace, str(link))
        modules.add_module(workplace, str(link))
        assert read_settings(workplace.places.settings).modules == (str(link),)
        views = modules.list_modules(workplace)
        assert [view for view in views if view.named] == [modules.ModuleView(str(link), named=True, present=True)]
        assert softhsm() not in [view.path for view in views]
        modules.remove_module(workplace, str(link))
        assert read_settings(workplace.places.settings).modules == ()


def test_what_is_no_module_is_not_kept(tmp_path: Path, clock: SettableClock) -> None:
    wrong = tmp_path / "letter.so"
    wrong.write_bytes(b"Dear")
    with make_workplace(tmp_path, clock) as workplace:
        with pytest.raises(ModuleError):
            modules.add_module(workplace, str(wrong))
        with pytest.raises(ModuleNotFound):
            modules.add_module(workplace, str(tmp_path / "absent.so"))
        assert workplace.settings.modules == ()
        assert not Path(workplace.places.settings).exists()


def test_a_named_module_that_is_gone_is_shown_as_gone(tmp_path: Path, clock: SettableClock) -> None:
    link = tmp_path / "own-softhsm.so"
    link.symlink_to(softhsm())
    with make_workplace(tmp_path, clock) as workplace:
        modules.add_module(workplace, str(link))
        link.unlink()
        assert modules.ModuleView(str(link), named=True, present=False) in modules.list_modules(workplace)
