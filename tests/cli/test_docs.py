"""docs/cli.md says what the command line is: every command, argument and option, and the fields of its objects."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from signet.cli.main import root
from signet.cli.options import SignetCommand
from support.command_line import OpenVault, Signet, all_commands

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
SECTIONS = {
    re.sub(r"( \[?[A-Z][A-Z-]*(\.\.\.)?\]?)+$", "", heading): (heading, text)
    for heading, text in re.findall(r"^### `signet (.*?)`\n(.*?)(?=^### |\Z)", PAGE, re.MULTILINE | re.DOTALL)
}
COMMANDS = dict(all_commands())
UNLOCKING = {"--pin-file", "--recovery", "--unlock-method"}


def rows(text: str) -> set[str]:
    return set(re.findall(r"^\| `(--[a-z-]+)", text, re.MULTILINE))


def fields(name: str) -> set[str]:
    found = re.search(r"^JSON: (?:items of )?`(.*?)`\.$", SECTIONS[name][1], re.MULTILINE)
    assert found is not None
    return set(found[1].split(", "))


def test_the_page_has_exactly_the_commands_that_exist() -> None:
    assert set(SECTIONS) == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_is_on_the_page(name: str) -> None:
    command = COMMANDS[name]
    context = click.Context(command)
    words = [each.make_metavar(context) for each in command.params if isinstance(each, click.Argument)]
    assert SECTIONS[name][0] == " ".join([name, *words])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_on_the_page(name: str) -> None:
    command = COMMANDS[name]
    assert isinstance(command, SignetCommand)
    own = {
        option
        for each in command.params
        if isinstance(each, click.Option) and each.name not in command.global_names
        for option in each.opts
    }
    text = SECTIONS[name][1]
    unlocks = own >= UNLOCKING
    assert ("Unlocks the vault." in text) == unlocks
    assert rows(text) == (own - UNLOCKING if unlocks else own)


def test_every_global_option_is_on_the_page() -> None:
    options = {option for each in root.params for option in each.opts}
    section = PAGE.partition("## Options of every command")[2].partition("\n## ")[0]
    assert rows(section) == options | {"--help"}


def test_every_exit_status_is_on_the_page() -> None:
    section = PAGE.partition("## Exit status")[2].partition("\n## ")[0]
    assert re.findall(r"^\| (\d+) \|", section, re.MULTILINE) == ["0", "1", "2", "3", "4", "130", "141", "143"]


def test_objects_have_the_fields_of_the_page(signet: Signet, vault: OpenVault, tmp_path: Path) -> None:
    document = tmp_path / "d"
    document.write_text("d")
    told = {
        "key create": vault.json("key", "create", "papers"),
        "key show": vault.json("key", "show", "papers"),
        "key list": vault.json("key", "list")["items"][0],
        "key policy": vault.json("key", "policy", "papers"),
        "key rotation": vault.json("key", "rotation", "papers"),
        "key versions": vault.json("key", "versions", "papers")["items"][0],
        "key re-encrypt": vault.json("key", "re-encrypt", "papers"),
        "encrypt": vault.json("encrypt", document, "--key", "papers")["items"][0],
        "files list": vault.json("files", "list")["items"][0],
        "inspect": signet("inspect", f"{document}.esdk", "--json").json,
        "verify": vault("verify", document, "--json").json,
        "vault info": signet("vault", "info", "--vault", vault.path, "--json").json,
        "vault verify": vault.json("vault", "verify"),
        "vault drill": vault.json("vault", "drill"),
        "vault backup": vault.json("vault", "backup", tmp_path / "b"),
        "vault restore": vault.json("vault", "restore", tmp_path / "b", vault.path, "--yes"),
        "vault accept": vault.json("vault", "accept", "--yes"),
        "vault rotate-master": vault.json("vault", "rotate-master"),
        "unlock-method list": vault.json("unlock-method", "list")["items"][0],
        "unlock-method add-recovery-code": vault.json("unlock-method", "add-recovery-code", tmp_path / "c"),
        "unlock-method add-recovery-shares": vault.json("unlock-method", "add-recovery-shares", 2, 3, tmp_path / "s"),
        "audit list": vault.json("audit", "list")["items"][0],
        "audit verify": vault.json("audit", "verify"),
        "audit export": vault.json("audit", "export", tmp_path / "log"),
    }
    vault.json("key", "create", "seal", "--spec", "HMAC_256")
    sealed = vault("secret", "encrypt", "--key", "papers", input=b"d").raw
    wrapped = vault("data-key", "generate", "--key", "papers", "--without-plaintext").raw
    made = vault.json("mac", "generate", document, "--key", "seal")
    told |= {
        "secret encrypt": vault("secret", "encrypt", "--key", "papers", "--json", input=b"d").json,
        "secret decrypt": vault("secret", "decrypt", "--json", input=sealed).json,
        "data-key generate": vault.json("data-key", "generate", "--key", "papers"),
        "data-key pair": vault.json("data-key", "pair", "--key", "papers", "--spec", "ECC_NIST_P256"),
        "data-key decrypt": vault("data-key", "decrypt", "--json", input=wrapped).json,
        "mac generate": made,
        "mac verify": vault.json("mac", "verify", document, made["mac"], "--key", "seal"),
        "random": vault.json("random", 4),
    }
    for name, spec in (("talks", "X25519"), ("post", "ML_KEM_768")):
        vault.json("key", "create", name, "--spec", spec)
    (tmp_path / "talks.pem").write_bytes(vault("key", "public-key", "talks").raw)
    told |= {
        f"shared-secret {words[0]}": vault.json("shared-secret", *words, "--show")
        for words in (
            ("derive", tmp_path / "talks.pem", "--key", "talks"),
            ("encapsulate", tmp_path / "kem", "--key", "post"),
            ("decapsulate", tmp_path / "kem", "--key", "post"),
        )
    }
    told |= {
        "key alias": vault.json("key", "alias", "papers", "taxes"),
        "key tag": vault.json("key", "tag", "papers", "a=b"),
        "key archive": vault.json("key", "archive", "papers"),
        "key schedule-deletion": vault.json("key", "schedule-deletion", "papers", "--yes"),
        "key cancel-deletion": vault.json("key", "cancel-deletion", "papers"),
        "key states": signet("key", "states", "--json").json["items"][0],
    }
    for name, value in told.items():
        assert set(value) - {"notes"} == fields(name), name


def test_token_objects_have_the_fields_of_the_page(signet: Signet, token_vault: OpenVault) -> None:
    listed = signet("token", "list", "--json").json["items"][0]
    pin = ("--pin-file", token_vault.secret_file)
    told = {
        "token list": listed,
        "token keys": signet("token", "keys", listed["serial"], "--json").json["items"][0],
        "token test": signet("token", "test", listed["serial"], "--json").json,
        "token make-key": signet("token", "make-key", listed["serial"], "--purpose", "sign", *pin, "--json").json,
    }
    for name, value in told.items():
        assert set(value) == fields(name), name
