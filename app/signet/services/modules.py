"""The card software (PKCS#11 modules) of this computer: which there is, whether it works, which a person named."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from signet.errors import ModuleNotFound
from signet.services.workplace import Workplace
from signet.store.settings import write_settings
from signet.tokens.hub import TokenHub
from signet.tokens.model import Token
from signet.tokens.modules import find_modules


@dataclass(frozen=True)
class ModuleView:
    """One module: the path as it was named or found, whether a person named it, and whether it is there."""

    path: str
    named: bool
    present: bool


def list_modules(workplace: Workplace) -> tuple[ModuleView, ...]:
    """Return the modules that the settings name, then those that packages put on this computer."""
    configured = workplace.settings.modules
    named = tuple(ModuleView(path, named=True, present=os.path.isfile(path)) for path in configured)
    known = {os.path.realpath(path) for path in configured}
    found = find_modules(chosen=None, configured=())
    return (*named, *(ModuleView(path, named=False, present=True) for path in found if path not in known))


def try_module(workplace: Workplace, path: str) -> tuple[Token, ...]:
    """Start a module by itself, in a child process, and return the tokens it shows.

    Raises ModuleNotFound, and ModuleError for one that does not start, crashes or is no PKCS#11 module.
    """
    with TokenHub(
        find_modules(chosen=path, configured=()),
        environment=workplace.software_tokens.environment(),
        time_limit=workplace.settings.token_time_limit,
    ) as hub:
        return hub.tokens()


def add_module(workplace: Workplace, path: str) -> tuple[Token, ...]:
    """Name a module in the settings, once it was tried; return the tokens it shows. Raises as `try_module`."""
    if not os.path.isfile(path):
        raise ModuleNotFound(module=path)
    tokens = try_module(workplace, path)
    chosen = os.path.abspath(path)
    if chosen not in workplace.settings.modules:
        _name(workplace, (*workplace.settings.modules, chosen))
    return tokens


def remove_module(workplace: Workplace, path: str) -> None:
    """Name a module no longer; what packages put on this computer is found all the same."""
    _name(workplace, tuple(named for named in workplace.settings.modules if named != path))


def _name(workplace: Workplace, modules: tuple[str, ...]) -> None:
    settings = replace(workplace.settings, modules=modules)
    write_settings(workplace.places.settings, settings)
    workplace.settings = settings
    workplace.refresh_tokens()
