"""Every exit status of the design, each by a real cause, with the error that programs are told."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from signet.cli.batches import batch
from signet.cli.output import Output
from signet.errors import Cancelled, CiphertextInvalid, KeyNotHere, OutputExists, SignetError, SourceNotFound
from signet.services.files_items import Item
from support.command_line import PASSPHRASE, OpenVault, Result, Signet


def refused(result: Result, status: int, kind: str) -> Any:
    """Check status and error of ``--json``, and that nothing was printed as a result; return the error."""
    assert (result.status, result.out) == (status, ""), result.err
    told = result.error
    assert told["type"] == kind
    assert told["message"]
    assert told["hint"]
    return told


def change_headers(path: Path, change: Callable[[bytes], bytes]) -> None:
    for name in ("header.json", "header.copy.json"):
        header = path / name
        header.write_bytes(change(header.read_bytes()))


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


# 1: failed or refused


def test_no_vault(signet: Signet) -> None:
    refused(signet("vault", "info", "--json"), 1, "VaultNotFound")


def test_a_damaged_header(vault: OpenVault) -> None:
    change_headers(vault.path, lambda data: data[:-10])
    refused(vault("key", "list", "--json"), 1, "HeaderDamaged")


def test_a_header_that_somebody_else_changed(vault: OpenVault) -> None:
    def relabel(data: bytes) -> bytes:
        header = json.loads(data)
        header["methods"][0]["label"] = "Mine"
        return canonical(header)

    change_headers(vault.path, relabel)
    refused(vault("key", "list", "--json"), 1, "HeaderForged")


def test_a_newer_vault_is_refused_and_not_harmed(vault: OpenVault) -> None:
    change_headers(vault.path, lambda data: canonical({**json.loads(data), "version": 2}))
    before = {path.name: path.read_bytes() for path in vault.path.iterdir() if path.is_file()}
    refused(vault("key", "list", "--json"), 1, "VaultNewer")
    assert {name: (vault.path / name).read_bytes() for name in before} == before


def test_an_older_copy_of_the_vault_is_refused_until_it_is_accepted(vault: OpenVault, tmp_path: Path) -> None:
    older = tmp_path / "older"
    shutil.copytree(vault.path, older)
    vault.json("vault", "rotate-master")
    shutil.rmtree(vault.path)
    shutil.copytree(older, vault.path)
    refused(vault("key", "list", "--json"), 1, "VaultRolledBack")
    refused(vault("vault", "accept", "--json"), 1, "ConfirmationMissing")
    assert vault.json("vault", "accept", "--yes")["differences"]
    assert vault("key", "list").status == 0


def test_a_foreign_vault(vault: OpenVault, home: Path) -> None:
    (pin,) = (home / ".local" / "state" / "signet" / "pins").glob("*.json")
    known = json.loads(pin.read_bytes())
    known["identity"] = "00" * 32
    pin.write_bytes(canonical(known))
    told = refused(vault("key", "list", "--json"), 1, "VaultForeign")
    assert told["expected"] != told["found"]


def test_a_vault_is_not_made_over_something(signet: Signet, vault: OpenVault, tmp_path: Path) -> None:
    made = signet(
        *("vault", "create", vault.path, "--passphrase", "--recovery-code-file", tmp_path / "c"),
        *("--pin-file", vault.secret_file, "--json"),
    )
    refused(made, 1, "VaultExists")


def test_a_missing_confirmation(vault: OpenVault) -> None:
    way = vault.json("unlock-method", "list")["items"][0]["id"]
    refused(vault("unlock-method", "remove", way, "--json"), 1, "ConfirmationMissing")


def test_an_unknown_key(vault: OpenVault) -> None:
    assert refused(vault("key", "show", "nothing", "--json"), 1, "KeyNotFound")["name"] == "nothing"


def test_a_name_that_is_taken(vault: OpenVault) -> None:
    vault.json("key", "create", "papers")
    refused(vault("key", "create", "papers", "--json"), 1, "AliasTaken")


def test_output_that_cannot_be_written(vault: OpenVault) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "signet", "vault", "info", "--vault", vault.path, "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert json.loads(done.stderr)["error"]["type"] == "OutputLost"


def test_a_recovery_code_has_a_folder_to_go_to(signet: Signet, vault: OpenVault, tmp_path: Path) -> None:
    made = signet(
        *("vault", "create", tmp_path / "v", "--software-token", "--recovery-code-file", tmp_path / "no" / "code"),
        *("--pin-file", vault.secret_file, "--json"),
    )
    refused(made, 1, "FolderNotFound")
    assert signet("token", "list", "--json").json["items"] == []


# 2: wrong usage


def test_several_vaults_and_none_named(signet: Signet, vault: OpenVault, home: Path) -> None:
    data = home / ".local" / "share" / "signet"
    shutil.copytree(vault.path, data / "one.signet")
    assert signet("vault", "info", "--json").json["path"] == str(data / "one.signet")
    shutil.copytree(vault.path, data / "two.signet")
    refused(signet("vault", "info", "--json"), 2, "UsageError")
    assert signet("vault", "info", "--vault", "two", "--json").json["path"] == str(data / "two.signet")


def test_the_environment_names_a_vault(signet: Signet, vault: OpenVault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNET_VAULT", str(vault.path))
    assert signet("vault", "info", "--json").json["path"] == str(vault.path)
    refused(signet("vault", "info", "--vault", "elsewhere", "--json"), 1, "VaultNotFound")


@pytest.mark.parametrize("ways", [(), ("--passphrase", "--software-token"), ("--passphrase", "--token-key", "01")])
def test_a_vault_has_one_first_way_in(signet: Signet, tmp_path: Path, ways: tuple[str, ...]) -> None:
    code = tmp_path / "code"
    refused(signet("vault", "create", tmp_path / "v", *ways, "--recovery-code-file", code, "--json"), 2, "UsageError")
    assert not list(tmp_path.glob("v*"))


def test_a_vault_needs_a_second_way_in_before_anything_is_made(
    signet: Signet, vault: OpenVault, tmp_path: Path
) -> None:
    made = signet("vault", "create", tmp_path / "v", "--passphrase", "--pin-file", vault.secret_file, "--json")
    refused(made, 2, "UsageError")
    assert not list(tmp_path.glob("v.*"))


def test_the_recovery_code_is_not_kept_in_its_vault(signet: Signet, vault: OpenVault, tmp_path: Path) -> None:
    inside = tmp_path / "v.signet" / "code"
    made = signet(
        *("vault", "create", tmp_path / "v", "--passphrase", "--recovery-code-file", inside),
        *("--pin-file", vault.secret_file, "--json"),
    )
    refused(made, 2, "UsageError")


def test_one_signature_file_for_two_files(vault: OpenVault, tmp_path: Path) -> None:
    vault.json("key", "create", "contracts", "--spec", "ECC_NIST_P256")
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    out = vault("sign", tmp_path / "a", tmp_path / "b", "--key", "contracts", "--output", tmp_path / "s", "--json")
    refused(out, 2, "UsageError")


def test_a_secret_file_that_is_not_there(signet: Signet, vault: OpenVault) -> None:
    listed = signet("key", "list", "--vault", vault.path, "--recovery", "--pin-file", "/nowhere", "--json")
    refused(listed, 2, "UsageError")


# 3: not unlocked


def test_a_secret_is_missing_and_nothing_prompts(signet: Signet, vault: OpenVault) -> None:
    refused(signet("key", "list", "--vault", vault.path, "--json"), 3, "SecretMissing")


def test_a_wrong_passphrase(signet: Signet, vault: OpenVault, tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text(PASSPHRASE + "!\n")
    listed = signet("key", "list", "--vault", vault.path, "--pin-file", tmp_path / "wrong", "--json")
    refused(listed, 3, "SecretIncorrect")
    assert PASSPHRASE not in listed.err


def test_a_mistyped_recovery_code(signet: Signet, vault: OpenVault, tmp_path: Path) -> None:
    code = vault.code_file.read_text()
    (tmp_path / "wrong").write_text(("0" if code[0] != "0" else "1") + code[1:])
    opening = ("--recovery", "--pin-file", tmp_path / "wrong", "--json")
    refused(signet("key", "list", "--vault", vault.path, *opening), 3, "RecoveryCodeMalformed")


def test_a_way_in_that_is_not_there(signet: Signet, vault: OpenVault) -> None:
    opening = ("--unlock-method", "12345678", "--pin-file", vault.secret_file, "--json")
    refused(signet("key", "list", "--vault", vault.path, *opening), 3, "UnlockMethodNotFound")


def test_a_wrong_pin(signet: Signet, token_vault: OpenVault, tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text("000000\n")
    opening = ("--pin-file", tmp_path / "wrong", "--json")
    told = refused(signet("key", "list", "--vault", token_vault.path, *opening), 3, "PinIncorrect")
    assert told["attempts_left"] is None
    assert token_vault("key", "list").status == 0


def test_no_token(token_vault: OpenVault, home: Path) -> None:
    shutil.rmtree(home / ".local" / "share" / "signet" / "software-tokens" / "tokens")
    (home / ".local" / "share" / "signet" / "software-tokens" / "tokens").mkdir()
    refused(token_vault("key", "list", "--json"), 3, "TokenNotFound")


def test_no_module(token_vault: OpenVault) -> None:
    told = refused(token_vault("key", "list", "--module", "/nope", "--json"), 3, "ModuleNotFound")
    assert told["module"] == "/nope"


def test_a_module_that_is_none(token_vault: OpenVault, tmp_path: Path) -> None:
    (tmp_path / "module.so").write_text("no library")
    refused(token_vault("key", "list", "--module", tmp_path / "module.so", "--json"), 3, "ModuleUnusable")


def test_the_recovery_code_opens_where_the_token_is_gone(token_vault: OpenVault, signet: Signet, home: Path) -> None:
    shutil.rmtree(home / ".local" / "share" / "signet" / "software-tokens")
    opening = ("--recovery", "--pin-file", token_vault.code_file)
    assert signet("key", "list", "--vault", token_vault.path, *opening).status == 0


# 4: did not verify


@pytest.fixture
def encrypted(vault: OpenVault, tmp_path: Path) -> Path:
    vault.json("key", "create", "papers")
    (tmp_path / "a.txt").write_text("a" * 1000)
    vault.json("encrypt", tmp_path / "a.txt", "--key", "papers")
    return tmp_path / "a.txt.esdk"


def items(result: Result) -> list[tuple[str, str]]:
    return [(item["status"], item["error"]) for item in result.json["items"]]


def test_a_damaged_file(vault: OpenVault, encrypted: Path, tmp_path: Path) -> None:
    data = bytearray(encrypted.read_bytes())
    data[-100] ^= 1
    encrypted.write_bytes(data)
    result = vault("decrypt", encrypted, "--output", tmp_path / "out", "--json")
    assert (result.status, items(result)) == (4, [("failed", "CiphertextInvalid")])
    assert list((tmp_path / "out").iterdir()) == []


def test_a_file_of_another_vault(token_vault: OpenVault, encrypted: Path, tmp_path: Path) -> None:
    result = token_vault("decrypt", encrypted, "--output", tmp_path / "out", "--json")
    assert (result.status, items(result)) == (4, [("failed", "KeyNotHere")])


def test_something_that_is_no_encrypted_file(signet: Signet, vault: OpenVault, tmp_path: Path) -> None:
    (tmp_path / "a.esdk").write_text("hello")
    result = vault("decrypt", tmp_path / "a.esdk", "--json")
    assert (result.status, items(result)) == (4, [("failed", "FormatUnrecognised")])
    refused(signet("inspect", tmp_path / "a.esdk", "--json"), 4, "FormatUnrecognised")


def test_every_verdict_but_valid(signet: Signet, vault: OpenVault, tmp_path: Path) -> None:
    document, other = tmp_path / "d", tmp_path / "other.pub"
    document.write_text("We agree.")
    unsigned = vault("verify", document, "--json")
    assert (unsigned.status, unsigned.json["verdict"], unsigned.json["signatures"]) == (4, "unsigned", [])
    for name in ("contracts", "other"):
        vault.json("key", "create", name, "--spec", "ECC_NIST_EDWARDS25519")
    vault.json("sign", document, "--key", "contracts")
    other.write_text(vault("key", "public-key", "other", "--format", "ssh").out)
    untrusted = signet("verify", document, "--trust", other, "--json")
    assert (untrusted.status, untrusted.json["verdict"]) == (4, "valid-untrusted")
    document.write_text("We disagree.")
    changed = vault("verify", document, "--json")
    assert (changed.status, changed.json["verdict"]) == (4, "invalid")
    assert vault("verify", document).out.startswith("invalid: ")


# batches


def of(*errors: SignetError | None) -> list[Item]:
    return [Item("a", "b", "done") if error is None else Item("a", None, "failed", error=error) for error in errors]


@pytest.mark.parametrize(
    ("errors", "status"),
    [
        ((None, None), 0),
        ((CiphertextInvalid(), KeyNotHere(wanted="x")), 4),
        ((None, CiphertextInvalid()), 4),
        ((OutputExists(path="x"), SourceNotFound(path="x")), 1),
        ((OutputExists(path="x"), CiphertextInvalid()), 1),
        ((None, Cancelled(), Cancelled()), 130),
    ],
)
def test_a_batch_has_the_status_on_which_its_failures_agree(
    errors: tuple[SignetError | None, ...], status: int
) -> None:
    out = io.StringIO()
    assert batch(Output(out=out, err=io.StringIO(), json=True), of(*errors)) == status
    assert len(json.loads(out.getvalue())["items"]) == len(errors)


def test_a_skipped_item_is_no_failure() -> None:
    assert batch(Output(out=io.StringIO(), err=io.StringIO()), [Item("a", None, "skipped")]) == 0


def test_a_batch_goes_on_after_a_failure(vault: OpenVault, tmp_path: Path) -> None:
    vault.json("key", "create", "papers")
    (tmp_path / "a").write_text("a")
    result = vault("encrypt", tmp_path / "missing", tmp_path / "a", "--key", "papers", "--json")
    assert (result.status, items(result)) == (1, [("failed", "SourceNotFound"), ("done", None)])
    again = vault("encrypt", tmp_path / "a", "--key", "papers")
    assert again.status == 1
    assert "exists already" in again.err
    assert vault("encrypt", tmp_path / "a", "--key", "papers", "--overwrite").status == 0
