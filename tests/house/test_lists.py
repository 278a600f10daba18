"""The lists of what is installed: pinned by hash, without the name of any host, one version everywhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

PACKAGING = Path(__file__).parents[2] / "packaging"
LOCKS = ("requirements.lock", "requirements-test.lock")
PROJECT = tomllib.loads((PACKAGING.parent / "pyproject.toml").read_text())


def pins(name: str) -> dict[str, str]:
    """Name and version (with its marker) of every requirement of a lock file."""
    text = (PACKAGING / name).read_text()
    return dict(re.findall(r"^([a-z0-9-]+)==([^\\\n]+?) *\\?$", text, flags=re.MULTILINE))


def wanted(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0].lower() for requirement in requirements}


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_has_its_version_and_hashes(name: str) -> None:
    entries = re.split(r"\n(?=\S)", (PACKAGING / name).read_text().strip())
    assert len(entries) == len(pins(name))
    for entry in entries:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry.splitlines()[0]


@pytest.mark.parametrize("name", LOCKS)
def test_no_host_is_named(name: str) -> None:
    text = (PACKAGING / name).read_text()
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text


def test_everything_that_signet_needs_is_locked_and_the_tests_use_the_same() -> None:
    runtime, tests = (pins(name) for name in LOCKS)
    assert wanted(PROJECT["project"]["dependencies"]) <= set(runtime)
    assert wanted(PROJECT["dependency-groups"]["test"]) <= set(tests)
    assert runtime.items() <= tests.items()


def test_the_tests_oracles_are_not_installed_with_signet() -> None:
    assert not {"aws-encryption-sdk", "boto3", "pytest", "mypy"} & set(pins("requirements.lock"))
