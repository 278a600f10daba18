"""Running Signet's command line in tests: one call in this process, and vaults made once and copied."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from signet.cli.main import root, run
from signet.services.places import Places

PASSPHRASE = "correct horse battery staple"
PIN = "123456"
TOKEN = "Signet (for trying out)"


@dataclass(frozen=True)
class Result:
    """What a command came to."""

    status: int
    raw: bytes
    err: str

    @property
    def out(self) -> str:
        return self.raw.decode("utf-8")

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        """The error object of ``--json``."""
        return json.loads(self.err)["error"]


def call(*arguments: object, input: bytes | None = None, places: Places | None = None) -> Result:
    """Run a command in this process, without a terminal; ``input`` is its standard input."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="surrogateescape")
    err = io.StringIO()
    stdin = io.TextIOWrapper(io.BytesIO(input or b""), encoding="utf-8")
    before, sys.stdin = sys.stdin, stdin
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = run([str(argument) for argument in arguments], places=places, out=out, err=err)
    finally:
        sys.stdin = before
    out.flush()
    written = out.buffer
    assert isinstance(written, io.BytesIO)
    return Result(status, written.getvalue(), err.getvalue())


Signet = Callable[..., Result]


@dataclass(frozen=True)
class OpenVault:
    """A vault with what opens it; calling it runs a command on it."""

    path: Path
    opening: tuple[str, ...]
    code_file: Path
    secret_file: Path

    def __call__(self, *arguments: object, input: bytes | None = None) -> Result:
        return call(*arguments, "--vault", self.path, *self.opening, input=input)

    def json(self, *arguments: object) -> Any:
        """Run a command that has to succeed and return its object."""
        result = self(*arguments, "--json")
        assert result.status == 0, result.err or result.out
        return result.json


@dataclass(frozen=True)
class Template:
    """A vault made once: its folder, and the folders that Signet keeps beside it."""

    folder: Path

    @property
    def places(self) -> Places:
        return Places(*(str(self.folder / name) for name in ("data", "state", "config")))

    def make(self, *arguments: str, secret: str) -> None:
        (self.folder / "secret").write_text(secret + "\n")
        with _without(("SOFTHSM2_CONF", "SIGNET_VAULT")):
            made = call(
                "vault",
                "create",
                self.folder / "mine",
                *arguments,
                "--pin-file",
                self.folder / "secret",
                "--recovery-code-file",
                self.folder / "code",
                places=self.places,
            )
        assert made.status == 0, made.err

    def copy_to(self, home: Path, folder: Path) -> None:
        """Copy it into a test's own home, as if it had been made there."""
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("data", "state"))
        shutil.copytree(self.folder / "state", home / ".local" / "state" / "signet", dirs_exist_ok=True)
        tokens = self.folder / "data" / "software-tokens"
        if tokens.exists():
            data = home / ".local" / "share" / "signet" / "software-tokens"
            shutil.copytree(tokens, data)
            configuration = data / "softhsm2.conf"
            configuration.write_text(configuration.read_text().replace(str(tokens), str(data)))


@contextlib.contextmanager
def _without(names: tuple[str, ...]) -> Iterator[None]:
    before = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(before)


def all_commands(group: click.Group = root, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every command with its whole name."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from all_commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command
