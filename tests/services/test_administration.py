"""Administration asks for proof of presence; which services that concerns is read off the code of the front ends.

A service that a front end calls with an open vault, that writes to it, and that is in neither list fails here.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import signet.services
from signet.errors import ProofOfPresenceMissing
from signet.keys.state import Act
from signet.services.administration import ADMINISTRATION, EVERYDAY
from signet.services.session import PRESENCE_SECONDS, Session
from support.clock import SettableClock
from support.prompt import ScriptedPrompt
from support.vaults import make_vault

SERVICES = Path(signet.services.__file__).parent
FRONT_ENDS = ("gui", "cli")


@cache
def functions() -> dict[str, ast.FunctionDef]:
    """Every function and method of the services, by ``module.name``."""
    found: dict[str, ast.FunctionDef] = {}
    for file in SERVICES.glob("*.py"):
        for node in ast.parse(file.read_text()).body:
            parts = node.body if isinstance(node, ast.ClassDef) else [node]
            prefix = f"{file.stem}.{node.name}." if isinstance(node, ast.ClassDef) else f"{file.stem}."
            found |= {prefix + part.name: part for part in parts if isinstance(part, ast.FunctionDef)}
    return found


def calls(node: ast.AST) -> set[str]:
    """The names of functions and classes that are called, as far as they can be the services' own."""
    named = [call.func for call in ast.walk(node) if isinstance(call, ast.Call)]
    plain = {each.id for each in named if isinstance(each, ast.Name)}
    return plain | {
        each.attr for each in named if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name)
    }


def changes_records(node: ast.AST) -> bool:
    return any(
        isinstance(each, ast.Attribute) and each.attr == "change" and ast.unparse(each.value).endswith("records")
        for each in ast.walk(node)
    )


@cache
def writers() -> frozenset[str]:
    """What changes records, or calls by name what does: rather too many than too few."""
    called = {name: calls(node) for name, node in functions().items()}
    found = {name for name, node in functions().items() if changes_records(node)}
    while True:
        callable_names = {name.split(".")[1] for name in found}
        more = {name for name in called if name not in found and called[name] & callable_names}
        if not more:
            return frozenset(found)
        found |= more


def imported_from(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Names of services that a module uses: by ``from signet.services.x import f``, or as ``x.f``."""
    modules: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "signet.services":
            modules |= {each.asname or each.name: each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("signet.services."):
            yield from (((node.module or "").rpartition(".")[2], each.name) for each in node.names)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            yield modules[node.value.id], node.attr


def used_by_front_ends() -> set[str]:
    """Functions of services that the front ends name, under the module that has them."""
    handed_on = {name: module for module, name in imported_from(ast.parse((SERVICES / "files.py").read_text()))}
    found = set()
    for folder in FRONT_ENDS:
        for file in (SERVICES.parent / folder).rglob("*.py"):
            for module, name in imported_from(ast.parse(file.read_text())):
                found.add(f"{handed_on.get(name, module) if module == 'files' else module}.{name}")
    return found & functions().keys()


def takes_a_session(node: ast.FunctionDef) -> bool:
    first = node.args.args[:1]
    return bool(first) and first[0].annotation is not None and ast.unparse(first[0].annotation) == "Session"


def test_every_service_that_writes_is_in_one_of_the_two_lists() -> None:
    written = {name for name in used_by_front_ends() & writers() if takes_a_session(functions()[name])}
    written -= {"presence.with_presence"}  # it asks, and is no work of its own
    assert {"keys.create_key", "files_encrypt.encrypt_files", "keys.disable_key"} <= written
    assert written - ADMINISTRATION - EVERYDAY.keys() == set(), "neither administration nor everyday"
    assert not ADMINISTRATION & EVERYDAY.keys()
    assert (ADMINISTRATION | EVERYDAY.keys()) - functions().keys() == set(), "services that are no more"


def service(name: str) -> Callable[..., Any]:
    module, _, function = name.rpartition(".")
    found: Callable[..., Any] = getattr(importlib.import_module(f"signet.services.{module}"), function)
    return found


def wanted(call: Callable[..., Any], name: str) -> dict[str, Any]:
    """Something for each argument that has no default: what asks first does not look at it."""
    parameters = list(inspect.signature(call).parameters.values())[1:]
    return {each.name: None for each in parameters if each.default is inspect.Parameter.empty} | GIVEN.get(name, {})


GIVEN: dict[str, dict[str, Any]] = {
    "key_labels.label_key": {"aliases": ("papers",), "description": "", "tags": (), "take": ("papers",)},
    "key_states.move_key": {"act": Act.UNARCHIVE},
    "key_states.move_keys": {"act": Act.ENABLE},
    "list_updates.update_lists": {"territories": ("EE",)},
}
"""What has to be said for a service to be administration at all."""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Session, ScriptedPrompt, SettableClock]]:
    """One open vault for all services: what is called with nothing sensible leaves it as it was."""
    clock = SettableClock(datetime(2026, 11, 22, 12, tzinfo=UTC))
    made = make_vault(tmp_path_factory.mktemp("administration"), clock)
    with made.open(administer=True) as session:
        yield session, made.prompt, clock
    made.workplace.close()


@pytest.mark.parametrize("name", sorted(ADMINISTRATION))
def test_administration_asks_if_no_secret_was_given_for_five_minutes(
    opened: tuple[Session, ScriptedPrompt, SettableClock], name: str
) -> None:
    """Asked first of all; the last second of the five minutes still counts, whatever the wall clock says."""
    session, prompt, clock = opened
    call = service(name)
    clock.set_wall(clock.now().replace(year=2020))
    clock.advance(PRESENCE_SECONDS + 1)
    before = len(prompt.asked)
    with pytest.raises(ProofOfPresenceMissing):
        call(session, **wanted(call, name))
    session.proven()
    clock.set_wall(clock.now().replace(year=2026))
    clock.advance(PRESENCE_SECONDS)
    try:
        call(session, **wanted(call, name))
    except ProofOfPresenceMissing:
        pytest.fail("asked although a secret was given just now")
    except Exception:  # noqa: BLE001, S110 - nothing sensible was asked for
        pass
    assert len(prompt.asked) == before


def test_no_time_passes_for_the_proof_but_the_monotonic_clock(
    opened: tuple[Session, ScriptedPrompt, SettableClock],
) -> None:
    session, _, clock = opened
    session.proven()
    for year in (2020, 2040, 2026):
        clock.set_wall(clock.now().replace(year=year))
        session.require_presence()
    clock.advance(PRESENCE_SECONDS + 1)
    with pytest.raises(ProofOfPresenceMissing):
        session.require_presence()
