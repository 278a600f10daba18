"""Where options may stand, what each command takes, and that starting is quick."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from signet import __version__
from signet.cli.options import pairs
from signet.errors import UsageError
from support.command_line import OpenVault, Signet, all_commands

COMMANDS = dict(all_commands())
UNLOCKS = {"--pin-file", "--recovery", "--unlock-method"}
DESKTOP = {"desktop install", "desktop remove", "desktop status"}
TAKES_NO_SECRET = {"demo", "vault info", "token list", "key states"} | DESKTOP
TOKEN_PIN_ONLY = {"vault create", "token test", "token keys", "token init-software", "token make-key"}
NEW_PIN = {"token change-pin": {"--pin-file", "--new-pin-file"}, "token unblock": {"--new-pin-file"}}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--version",),
        ("token", "list", "--help"),
        ("secret", "encrypt", "--help"),
        ("vault", "create", "--help"),
        ("--help",),
        ("encrypt", "--help"),
    ],
)
def test_quick_commands_load_nothing_heavy(arguments: tuple[str, ...]) -> None:
    code = (
        "import sys\n"
        "from signet.cli.main import main\n"
        f"status = main({list(arguments)!r})\n"
        "heavy = {'cryptography', 'sqlcipher3', 'pkcs11', 'rich', 'asn1crypto'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else status)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [("--version",), ("vault", "info", "--version"), ("key", "--version")])
def test_version_stands_anywhere(signet: Signet, arguments: tuple[str, ...]) -> None:
    result = signet(*arguments)
    assert (result.status, result.out) == (0, f"signet {__version__}\n")


def test_version_as_json(signet: Signet) -> None:
    assert signet("--json", "--version").json == {"version": __version__}


@pytest.mark.parametrize("place", range(3))
def test_global_options_stand_before_between_and_after(signet: Signet, vault: OpenVault, place: int) -> None:
    words: list[object] = ["vault", "info"]
    words[place:place] = ["--json", "--vault", vault.path]
    assert signet(*words).json["path"] == str(vault.path)


def test_the_last_of_two_vaults_is_meant(signet: Signet, vault: OpenVault) -> None:
    result = signet("--vault", "nowhere", "vault", "info", "--json", "--vault", vault.path)
    assert result.json["path"] == str(vault.path)


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("vault",),
        ("vault", "nonsense"),
        ("key", "show"),
        ("key", "list", "--nonsense"),
        ("key", "create", "a", "--spec", "DES"),
        ("encrypt", "file"),
        ("vault", "info", "--pin-file", "x"),
        ("audit", "list", "--limit", "0"),
    ],
)
def test_wrong_usage_ends_with_2(signet: Signet, arguments: tuple[str, ...]) -> None:
    plain = signet(*arguments)
    assert (plain.status, plain.out) == (2, "")
    assert plain.err
    told = signet(*arguments, "--json")
    assert (told.status, told.error["type"]) == (2, "UsageError")
    assert told.error["hint"].startswith("See `signet")


def test_two_secrets_cannot_share_standard_input(signet: Signet) -> None:
    result = signet("unlock-method", "add-passphrase", "--pin-file", "-", "--new-pin-file", "-", input=b"x\n")
    assert result.status == 2
    assert "--pin-file" in result.err
    assert "--new-pin-file" in result.err


def test_recovery_and_a_method_contradict_each_other(vault: OpenVault) -> None:
    assert vault("key", "list", "--unlock-method", "12345678").status == 2


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does_with_an_example(name: str) -> None:
    said = COMMANDS[name].help or ""
    first, _, rest = said.partition("\n")
    assert first.endswith(".")
    assert f"signet {name}" in rest


GROUPS = ("", "vault", "unlock-method", "token", "key", "files", "audit", "person", "desktop")


@pytest.mark.parametrize("group", GROUPS)
def test_lists_of_commands_are_shown_whole(signet: Signet, group: str) -> None:
    shown = signet(*group.split(), "--help").out
    listed = shown.partition("Commands:\n")[2].partition("\n\n")[0].splitlines()
    assert listed
    assert [line for line in listed if line.endswith("...")] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained(name: str) -> None:
    for parameter in COMMANDS[name].params:
        if isinstance(parameter, click.Option):
            assert parameter.help or isinstance(parameter.type, click.Choice), parameter.opts


@pytest.mark.parametrize("name", COMMANDS)
def test_secret_options_are_those_of_the_design(name: str) -> None:
    taken = {option for parameter in COMMANDS[name].params for option in parameter.opts}
    secret = taken & (UNLOCKS | {"--new-pin-file", "--token-pin-file", "--file-passphrase-file"})
    if name in TAKES_NO_SECRET:
        assert secret == set()
    elif name in TOKEN_PIN_ONLY:
        assert secret == {"--pin-file"}
    elif name in NEW_PIN:
        assert secret == NEW_PIN[name]
    else:
        assert secret >= UNLOCKS


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_the_global_options(name: str) -> None:
    taken = {option for parameter in COMMANDS[name].params for option in parameter.opts}
    assert taken >= {"--vault", "--module", "--json", "--quiet", "--yes", "--version"}


def test_pairs_are_read_once_each() -> None:
    assert pairs(["a=b=c", "d="], option="tag") == {"a": "b=c", "d": ""}
    for wrong in (["a"], ["=b"], ["a=1", "a=2"]):
        with pytest.raises(UsageError):
            pairs(wrong, option="tag")
