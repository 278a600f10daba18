"""What a call must not mean, or must mean clearly: names, outputs, secrets, missing places, and what errors tell."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from signet.cli.output import Output
from signet.crypto.esdk_encrypt import encrypt
from signet.errors import NameAmbiguous
from signet.services import files_encrypt
from support.command_line import OpenVault, Result, Signet


def refused(result: Result, status: int, kind: str) -> Any:
    """Check status and error; return the error."""
    assert (result.status, result.out) == (status, ""), result.err
    assert result.error["type"] == kind
    return result.error


def making(vault: OpenVault, tmp_path: Path, *ways: str) -> tuple[object, ...]:
    """What `vault create` needs beside the place."""
    return (*(ways or ("--passphrase",)), "--pin-file", vault.secret_file, "--recovery-code-file", tmp_path / "code")


# Making a vault


def test_a_software_token_does_not_outlive_a_vault_that_failed(
    signet: Signet, vault: OpenVault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("signet.services.creation.seal", fail)
    (tmp_path / "pin").write_text("123456")
    more = ("--software-token", "--pin-file", tmp_path / "pin", "--recovery-code-file", tmp_path / "code")
    assert signet("vault", "create", tmp_path / "new", *more).status == 130
    assert signet("token", "list", "--json").json == {"items": []}
    assert not (tmp_path / "new.signet").exists()


def test_where_a_bare_name_was_made_is_said_and_found_again(
    signet: Signet, vault: OpenVault, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = signet("vault", "create", "taxes", *making(vault, tmp_path))
    assert made.status == 0, made.err
    assert f"The vault is at {tmp_path / 'taxes.signet'}." in made.out
    assert f"--vault {tmp_path / 'taxes.signet'}" in made.out
    assert signet("vault", "info", "--vault", "taxes", "--json").json["path"] == str(tmp_path / "taxes.signet")
    again = signet("vault", "create", "taxes", *making(vault, tmp_path), "--json")
    assert str(tmp_path / "taxes.signet") in refused(again, 1, "VaultExists")["message"]


def test_a_vault_that_is_nowhere_is_named_with_both_places(
    signet: Signet, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = refused(signet("vault", "info", "--vault", "taxes", "--json"), 1, "VaultNotFound")
    for place in (tmp_path, home / ".local" / "share" / "signet"):
        assert str(place / "taxes.signet") in told["message"]


def test_one_vault_is_not_made_in_two_places(signet: Signet, vault: OpenVault, tmp_path: Path) -> None:
    more = (*making(vault, tmp_path), "--json")
    refused(signet("vault", "create", tmp_path / "a", "--vault", tmp_path / "b", *more), 2, "UsageError")
    assert signet("vault", "create", "--vault", tmp_path / "b", *more).json["path"] == str(tmp_path / "b.signet")


# Names that are none


@pytest.mark.parametrize("name", ["", "-"])
@pytest.mark.parametrize(
    "call",
    [
        lambda name: ("vault", "create", name, "--passphrase"),
        lambda name: ("vault", "create", "x", "--passphrase", "--recovery-code-file", name),
        lambda name: ("vault", "info", "--vault", name),
        lambda name: ("vault", "backup", name),
        lambda name: ("vault", "restore", name, "x"),
        lambda name: ("vault", "restore", "x", name),
        lambda name: ("unlock-method", "add-recovery-code", name),
        lambda name: ("key", "export", "papers", name, "--plain"),
        lambda name: ("encrypt", "a", "--key", "papers", "--output", name),
        lambda name: ("encrypt", "a", name, "--key", "papers"),
        lambda name: ("decrypt", "a", "--output", name),
        lambda name: ("decrypt", name),
        lambda name: ("inspect", name),
        lambda name: ("sign", "a", "--key", "pen", "--output", name),
        lambda name: ("verify", "a", name),
        lambda name: ("verify", "a", "--trust", name),
        lambda name: ("audit", "export", name),
        lambda name: ("demo", "--keep", name),
    ],
)
def test_no_file_is_called_nothing_or_a_dash(
    signet: Signet,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: Callable[[str], tuple[str, ...]],
    name: str,
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    refused(signet(*call(name), "--json"), 2, "UsageError")
    assert os.listdir(here) == []


def test_a_key_is_not_exported_both_plain_and_under_a_passphrase(vault: OpenVault, tmp_path: Path) -> None:
    vault.json("key", "create", "papers")
    both = ("--plain", "--new-pin-file", vault.secret_file, "--json")
    refused(vault("key", "export", "papers", tmp_path / "out", *both), 2, "UsageError")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("pair", ["Upper=1", "signet-x=1", "aws-crypto-x=1", "a=" + "x" * 1025, "a=\udcff", "a"])
def test_a_context_that_cannot_be_written_is_wrong_usage(signet: Signet, tmp_path: Path, pair: str) -> None:
    (tmp_path / "a").write_text("a")
    done = signet("encrypt", tmp_path / "a", "--key", "papers", "--context", pair, "--json")
    assert (done.status, done.error["type"] in ("ContextInvalid", "UsageError")) == (2, True), done.err


@pytest.mark.parametrize("option", ["--pin-file", "--new-pin-file"])
@pytest.mark.parametrize("kind", ["missing", "empty", "folder", "long", "binary", "nothing"])
def test_a_file_without_a_secret_is_wrong_usage_and_names_the_option(
    signet: Signet, vault: OpenVault, tmp_path: Path, option: str, kind: str
) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "long").write_text("x" * 9000)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    file = "" if kind == "nothing" else str(tmp_path / kind)
    secrets = {"--pin-file": vault.code_file, "--new-pin-file": vault.secret_file} | {option: file}
    opening = [word for pair in secrets.items() for word in pair]
    done = signet("unlock-method", "add-passphrase", "--vault", vault.path, "--recovery", *opening, "--json")
    told = refused(done, 2, "UsageError")
    assert option in told["message"]


# What errors and notes tell


def test_an_ambiguous_name_lists_what_it_could_be() -> None:
    err = io.StringIO()
    ids = ("0a5c2f11-1", "0a5c2f11-2")
    Output(out=io.StringIO(), err=err, json=True).error(NameAmbiguous(name="0a5c2f11", candidates=ids))
    told = json.loads(err.getvalue())["error"]
    assert told["candidates"] == list(ids)
    assert set(told) == {"type", "message", "hint", "name", "candidates"}
    assert ", ".join(ids) in told["message"]


def test_quiet_json_leaves_standard_error_empty(vault: OpenVault) -> None:
    for call in (("key", "list"), ("files", "list"), ("vault", "accept"), ("vault", "verify"), ("audit", "list")):
        done = vault(*call, "--quiet", "--json")
        assert (done.status, done.err) == (0, "")


def test_an_unconfirmed_restore_shows_what_would_differ(vault: OpenVault, tmp_path: Path) -> None:
    vault.json("vault", "backup", tmp_path / "backup")
    vault.json("key", "create", "papers")
    done = vault("vault", "restore", tmp_path / "backup", vault.path, "--json")
    refused(done, 1, "ConfirmationMissing")
    assert any("log had" in note for note in json.loads(done.err)["notes"])


def test_without_a_vault_verify_says_that_trust_is_enough(
    signet: Signet, vault: OpenVault, home: Path, tmp_path: Path
) -> None:
    document = tmp_path / "d"
    document.write_text("We agree.")
    vault.json("key", "create", "pen", "--spec", "ECC_NIST_P256")
    vault.json("sign", document, "--key", "pen")
    (tmp_path / "pub").write_text(vault("key", "public-key", "pen").out)
    told = refused(signet("verify", document, "--json"), 1, "VaultNotFound")
    assert "--trust" in told["hint"]
    assert signet("verify", document, "--trust", tmp_path / "pub", "--json").json["verdict"] == "valid"
    document.unlink()
    told = refused(signet("verify", f"{document}.sig", "--trust", tmp_path / "pub", "--json"), 1, "SignedFileMissing")
    assert str(document) in told["message"]


def test_what_says_it_is_a_folder_and_is_none_leaves_nothing_but_an_archive_on_request(
    signet: Signet, vault: OpenVault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault.json("key", "create", "papers")
    (tmp_path / "letters.tar").write_bytes(b"no tar archive")

    def as_folder(*arguments: Any, context: dict[str, str], **more: Any) -> Any:
        return encrypt(*arguments, context={**context, "signet-content": "folder"}, **more)

    monkeypatch.setattr(files_encrypt, "encrypt", as_folder)
    vault.json("encrypt", tmp_path / "letters.tar", "--key", "papers")
    message = tmp_path / "letters.tar.esdk"
    assert signet("inspect", message, "--json").json["content"] == "folder"
    (tmp_path / "letters.tar").unlink()
    refused = vault("decrypt", message)
    assert (refused.status, "--archive" in refused.err) == (1, True), refused.err
    assert not (tmp_path / "letters").exists()
    assert vault("decrypt", message, "--archive").status == 0
    assert (tmp_path / "letters.tar").read_bytes() == b"no tar archive"
