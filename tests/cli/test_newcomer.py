"""What a newcomer runs into: wrong names, wrong order, copies in two places. Told before a secret is asked for."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from support.command_line import OpenVault, Signet


def hint(told: dict[str, str]) -> str:
    assert set(told) >= {"type", "message", "hint"}
    return told["hint"]


# a. one vault, two places


@pytest.fixture
def backup(vault: OpenVault, tmp_path: Path) -> Path:
    vault.json("key", "create", "papers")
    vault.json("vault", "backup", tmp_path / "backup.tar")
    return tmp_path / "backup.tar"


def opens(vault: OpenVault, path: Path) -> bool:
    return OpenVault(path, vault.opening, vault.code_file, vault.secret_file)("key", "list").status == 0


def test_a_second_place_is_asked_about_and_nothing_changed(
    vault: OpenVault, signet: Signet, backup: Path, tmp_path: Path
) -> None:
    second = tmp_path / "second.signet"
    refused = signet("vault", "restore", backup, second, *vault.opening, "--json")
    assert refused.status == 1
    assert refused.error["type"] == "ConfirmationMissing"
    assert "open the vault from there from now on?" in refused.error["message"]
    assert not second.exists()
    assert opens(vault, vault.path)


def test_after_a_restore_to_a_second_place_one_opens_and_the_other_after_accept(
    vault: OpenVault, signet: Signet, backup: Path, tmp_path: Path
) -> None:
    second = tmp_path / "second.signet"
    done = signet("vault", "restore", backup, second, *vault.opening, "--yes")
    assert done.status == 0
    assert "no longer open" in done.err
    assert opens(vault, second)
    assert not opens(vault, vault.path)
    assert vault("vault", "accept", "--yes").status == 0
    assert opens(vault, vault.path)
    assert not opens(vault, second)


def test_the_place_that_no_longer_opens_is_named(
    vault: OpenVault, backup: Path, tmp_path: Path, home: Path, signet: Signet
) -> None:
    known = home / ".local" / "share" / "signet" / "personal.signet"
    shutil.copytree(vault.path, known)
    done = signet("vault", "restore", backup, tmp_path / "second", *vault.opening, "--yes")
    assert done.status == 0
    assert f"no longer the one at {known}. To go back to that: signet vault accept --vault {known}" in done.out
    told = signet("vault", "restore", backup, tmp_path / "third", *vault.opening, "--yes", "--json")
    assert told.json["shut_out"] == [str(known)]


def test_a_restore_where_nothing_is_known_asks_nothing(
    vault: OpenVault, backup: Path, tmp_path: Path, home: Path
) -> None:
    shutil.rmtree(home / ".local" / "state" / "signet")
    shutil.rmtree(vault.path)
    done = vault("vault", "restore", backup, vault.path, "--json")
    assert done.status == 0
    assert done.json["shut_out"] == []


def test_a_vault_in_a_place_of_its_own_says_how_it_is_named(
    vault: OpenVault, signet: Signet, backup: Path, tmp_path: Path, home: Path
) -> None:
    shutil.rmtree(home / ".local" / "state" / "signet")
    away = signet("vault", "restore", backup, tmp_path / "away", *vault.opening)
    assert f"Name it with --vault {tmp_path / 'away.signet'}" in away.out
    usual = home / ".local" / "share" / "signet" / "personal.signet"
    assert "--vault" not in signet("vault", "restore", backup, usual, *vault.opening, "--yes", "--quiet").out
    assert "Name it" not in signet("vault", "restore", backup, usual, *vault.opening, "--yes").out


# b. a vault without headers


def test_a_database_without_headers_is_a_damaged_vault_and_no_missing_one(vault: OpenVault, signet: Signet) -> None:
    for name in ("header.json", "header.copy.json"):
        (vault.path / name).unlink()
    for told in (
        vault("key", "list", "--json").error,
        signet("vault", "info", "--vault", vault.path, "--json").error,
    ):
        assert told["type"] == "HeaderDamaged"
        assert "signet vault restore" in hint(told)
    before = sorted(vault.path.iterdir())
    made = signet(
        *("vault", "create", vault.path, "--passphrase", "--pin-file", vault.secret_file),
        *("--recovery-code-file", vault.path.parent / "new-code", "--json"),
    )
    assert made.error["type"] == "VaultExists"
    assert sorted(vault.path.iterdir()) == before


def test_a_missing_header_and_a_damaged_copy_are_damage_too(vault: OpenVault, signet: Signet) -> None:
    (vault.path / "header.json").unlink()
    (vault.path / "header.copy.json").write_text("{}")
    assert signet("vault", "info", "--vault", vault.path, "--json").error["type"] == "HeaderDamaged"


# c. hints that fit the command


@pytest.mark.parametrize(
    "command",
    [("vault", "backup"), ("audit", "export"), ("key", "export", "papers"), ("unlock-method", "add-recovery-code")],
    ids=" ".join,
)
def test_an_output_that_cannot_be_is_said_before_the_secret(
    vault: OpenVault, signet: Signet, tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "there").write_text("mine")
    told = signet(*command, tmp_path / "there", "--vault", vault.path, "--json").error
    assert told["type"] == "OutputExists"
    assert "--" not in hint(told)  # these commands have neither --output nor --overwrite
    lost = signet(*command, tmp_path / "no" / "folder", "--vault", vault.path, "--json").error
    assert lost["type"] == "FolderNotFound"
    assert (tmp_path / "there").read_text() == "mine"


def test_results_that_are_there_are_said_with_the_options_of_the_command(
    vault: OpenVault, signet: Signet, tmp_path: Path
) -> None:
    document = tmp_path / "d"
    document.write_text("d")
    (tmp_path / "d.esdk").write_text("mine")
    (tmp_path / "d.sig").write_text("mine")
    by_ssh = ("sign", "--format", "ssh")  # what a signature is called follows from the key, if nobody says it
    for command, output in ((("encrypt",), "another folder with --output"), (by_ssh, "--output OUT")):
        told = signet(*command, document, "--key", "k", "--vault", vault.path)
        assert told.status == 1
        assert output in told.err
        assert "--overwrite" in told.err


@pytest.mark.parametrize(
    "command", [("encrypt", "--key", "k"), ("decrypt",), ("re-encrypt",), ("sign", "--key", "k")]
)
def test_a_file_that_is_not_there_is_said_before_the_secret(
    vault: OpenVault, signet: Signet, tmp_path: Path, command: tuple[str, ...]
) -> None:
    told = signet(*command, tmp_path / "nowhere", "--vault", vault.path, "--json")
    assert told.status == 1
    assert [item["error"] for item in told.json["items"]] == ["SourceNotFound"]


def test_of_several_files_the_good_ones_are_still_worked_on(vault: OpenVault, tmp_path: Path) -> None:
    vault.json("key", "create", "papers")
    (tmp_path / "good").write_text("good")
    told = vault("encrypt", tmp_path / "nowhere", tmp_path / "good", "--key", "papers", "--json")
    assert [item["status"] for item in told.json["items"]] == ["failed", "done"]


def test_what_is_no_encrypted_file_is_said_before_the_secret(
    vault: OpenVault, signet: Signet, tmp_path: Path
) -> None:
    (tmp_path / "d").write_text("plain text")
    told = signet("decrypt", tmp_path / "d", "--vault", vault.path, "--json")
    assert told.status == 4
    assert told.json["items"][0]["error"] == "FormatUnrecognised"


def test_a_message_of_version_1_is_told_with_the_option_that_reads_it(
    vault: OpenVault, signet: Signet, tmp_path: Path
) -> None:
    # A header of version 1, suite 0x0178, without context, with one recipient (AWS Encryption SDK message format).
    header = b"\x01\x80\x01\x78" + bytes(16) + b"\x00\x00" + b"\x00\x01" + b"\x00\x01p\x00\x01i\x00\x01c"
    header += b"\x02" + bytes(4) + b"\x0c" + (4096).to_bytes(4, "big") + bytes(12) + bytes(16)
    (tmp_path / "old.esdk").write_bytes(header)
    assert signet("inspect", tmp_path / "old.esdk", "--json").json["legacy"] is True
    told = signet("decrypt", tmp_path / "old.esdk", "--vault", vault.path)
    assert told.status == 4
    assert "--legacy" in told.err


def test_a_missing_secret_names_its_option(vault: OpenVault, signet: Signet, tmp_path: Path) -> None:
    told = signet("key", "list", "--vault", vault.path, "--json").error
    assert (told["option"], "--pin-file" in hint(told)) == ("pin-file", True)
    vault.json("key", "create", "papers")
    told = vault("key", "export", "papers", tmp_path / "k", "--json").error
    assert (told["option"], "--new-pin-file" in hint(told)) == ("new-pin-file", True)


def test_a_secret_file_that_is_not_there_is_said_before_anything_is_opened(vault: OpenVault, tmp_path: Path) -> None:
    before = vault.json("audit", "list")["items"][0]["sequence"]
    told = vault("key", "export", "papers", tmp_path / "k", "--new-pin-file", tmp_path / "nowhere", "--json")
    assert told.status == 2
    assert "--new-pin-file" in told.error["message"]
    # One entry for the look before, none for the call that never opened the vault.
    assert vault.json("audit", "list")["items"][0]["sequence"] <= before + 2


def test_a_usage_error_has_a_title_like_every_other(signet: Signet) -> None:
    for words in (("encrypt", "x"), ("vault", "create")):
        told = signet(*words)
        assert told.status == 2
        assert told.err.startswith("Wrong usage.\n")
        assert f"See `signet {' '.join(words[:1] if words[0] == 'encrypt' else words)} --help`." in told.err


def test_a_missing_card_names_the_other_ways_that_this_vault_has(token_vault: OpenVault, home: Path) -> None:
    tokens = home / ".local" / "share" / "signet" / "software-tokens" / "tokens"
    shutil.rmtree(tokens)
    tokens.mkdir()
    told = token_vault("key", "list")
    assert told.status == 3
    assert "--recovery" in told.err
    assert "`signet vault info`" in told.err
    assert "passphrase" not in told.err


def test_a_disabled_key_names_the_way_back(vault: OpenVault, tmp_path: Path) -> None:
    vault.json("key", "create", "papers")
    vault.json("key", "disable", "papers")
    (tmp_path / "d").write_text("d")
    assert "`signet key enable papers`" in vault("encrypt", tmp_path / "d", "--key", "papers").err
    assert "nothing to do" in hint(vault("key", "disable", "papers", "--json").error)


def test_a_key_for_files_that_is_to_sign_names_what_makes_one_that_does(vault: OpenVault, tmp_path: Path) -> None:
    vault.json("key", "create", "papers")
    (tmp_path / "d").write_text("d")
    told = vault("sign", tmp_path / "d", "--key", "papers")
    assert told.status == 1
    assert "`signet key create NAME --spec ECC_NIST_EDWARDS25519`" in told.err


def test_a_folder_of_results_that_cannot_be_made_is_said_before_the_secret(
    vault: OpenVault, signet: Signet, tmp_path: Path
) -> None:
    document = tmp_path / "d"
    document.write_text("d")
    for folder, error in ((document / "deep", "FolderNotFound"), (document, "OutputExists")):
        told = signet("encrypt", document, "--key", "k", "--output", folder, "--vault", vault.path, "--json")
        assert told.error["type"] == error
    assert not (tmp_path / "new").exists()
    vault.json("key", "create", "papers")
    assert vault("encrypt", document, "--key", "papers", "--output", tmp_path / "new" / "deep").status == 0


# d. signatures


@pytest.fixture
def signed(vault: OpenVault, tmp_path: Path) -> Path:
    vault.json("key", "create", "pen", "--spec", "ECC_NIST_EDWARDS25519")
    document = tmp_path / "letter"
    document.write_text("letter")
    vault.json("sign", document, "--key", "pen")
    return document


def test_the_signer_of_what_is_invalid_is_only_a_claim(vault: OpenVault, signed: Path) -> None:
    signed.write_text("changed")
    told = vault("verify", signed)
    assert told.status == 4
    assert "Claims to be signed by: pen" in told.out
    assert "Signer:" not in told.out


def test_a_signer_who_is_not_known_comes_with_the_next_step(vault: OpenVault, signet: Signet, signed: Path) -> None:
    (signed.parent / "other.pub").write_text(
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGprIf0Vm3YUqK6on3c7o6OxJGrLnqrEjDqM0OsbgWxG\n"
    )
    told = signet("verify", signed, "--trust", signed.parent / "other.pub")
    assert told.status == 4
    assert "--trust FILE" in told.err


def test_given_the_signature_the_file_beside_it_is_verified(vault: OpenVault, signed: Path) -> None:
    told = vault("verify", f"{signed}.sig", "--json")
    assert told.status == 0
    assert (told.json["path"], told.json["signature"]) == (str(signed), f"{signed}.sig")


def test_a_signature_without_its_file_says_what_to_give(signet: Signet, vault: OpenVault, signed: Path) -> None:
    signed.unlink()
    told = signet("verify", f"{signed}.sig", "--vault", vault.path, "--json")
    assert told.error["type"] == "SignedFileMissing"
    assert "signet verify FILE" in hint(told.error)


def test_without_a_signature_nothing_has_to_be_unlocked(signet: Signet, vault: OpenVault, tmp_path: Path) -> None:
    (tmp_path / "d").write_text("d")
    told = signet("verify", tmp_path / "d", "--vault", vault.path, "--json")
    assert (told.status, told.json["verdict"]) == (4, "unsigned")


def test_a_file_of_trusted_keys_that_is_none_is_named(signet: Signet, signed: Path) -> None:
    told = signet("verify", signed, "--trust", signed, "--json").error
    assert str(signed) in told["message"]


# e, k


def test_a_way_in_that_is_not_there_is_said_before_any_question(vault: OpenVault) -> None:
    assert vault("unlock-method", "remove", "00000000", "--json").error["type"] == "UnlockMethodNotFound"
    methods = vault.json("unlock-method", "list")["items"]
    passphrase = next(each for each in methods if each["kind"] == "passphrase")
    question = vault("unlock-method", "remove", passphrase["id"], "--json").error["message"]
    assert "“Passphrase” (passphrase, added on " in question
    own = next(each for each in methods if each["kind"] == "recovery-code")
    assert "opened the vault just now" in vault("unlock-method", "remove", own["id"], "--json").error["message"]


def test_an_unprotected_key_is_warned_of(vault: OpenVault, tmp_path: Path) -> None:
    vault.json("key", "create", "papers")
    told = vault("key", "export", "papers", tmp_path / "k", "--plain")
    assert told.status == 0
    assert "unprotected" in told.err
