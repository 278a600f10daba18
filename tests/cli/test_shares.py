"""Recovery shares by the command line: files, standard input, what goes wrong, and what is said then."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.command_line import OpenVault, Signet

MADE = ("unlock-method", "add-recovery-shares")


@pytest.fixture
def made(vault: OpenVault, tmp_path: Path) -> tuple[str, list[Path]]:
    """2 of 3 shares: the way in's id and the files."""
    added = vault.json(*MADE, 2, 3, tmp_path / "shares")
    return added["id"], [Path(file) for file in added["files"]]


def given(tmp_path: Path, *texts: str) -> Path:
    file = tmp_path / "given"
    file.write_text("".join(text.strip() + "\n" for text in texts))
    return file


def test_what_is_made_and_said(vault: OpenVault, tmp_path: Path) -> None:
    added = vault.json(*MADE, 3, 5, tmp_path / "shares")
    assert (added["kind"], added["label"]) == ("recovery-shares", "Recovery shares (3 of 5)")
    assert (added["threshold"], added["shares"], len(added["files"])) == (3, 5, 5)
    said = vault(*MADE, 2, 2, tmp_path / "more")
    assert f"shares are in {tmp_path / 'more'}" in said.out + said.err
    for file in [*added["files"], *(tmp_path / "more").iterdir()]:
        assert Path(file).read_text().strip() not in said.out + said.err + json.dumps(added)
    listed = [way["kind"] for way in vault.json("unlock-method", "list")["items"]]
    assert listed == ["passphrase", "recovery-code", "recovery-shares", "recovery-shares"]


def test_any_two_of_three_open(
    signet: Signet, vault: OpenVault, made: tuple[str, list[Path]], tmp_path: Path
) -> None:
    way, files = made
    for one, other in itertools.permutations(files, 2):
        file = given(tmp_path, one.read_text(), other.read_text())
        result = signet("key", "list", "--vault", vault.path, "--unlock-method", way, "--pin-file", file)
        assert result.status == 0, result.err


def test_shares_from_standard_input(vault: OpenVault, made: tuple[str, list[Path]]) -> None:
    """`cat SHEET SHEET | signet ...`, as docs/cli.md has it."""
    way, files = made
    ran = subprocess.run(
        [sys.executable, "-m", "signet", "unlock-method", "prove", way, "--vault", vault.path, "--pin-file", "-"],
        input=files[2].read_text() + files[0].read_text(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    assert "opens the vault" in ran.stdout + ran.stderr


def test_what_is_wrong_has_its_own_error(
    signet: Signet, vault: OpenVault, made: tuple[str, list[Path]], tmp_path: Path
) -> None:
    way, files = made
    first, second, _ = (file.read_text() for file in files)
    other = Path(vault.json(*MADE, 2, 3, tmp_path / "others")["files"][0]).read_text()
    words = second.split()
    for texts, kind in (
        ((first,), "SharesTooFew"),
        ((first, first), "ShareRepeated"),
        ((first, other), "ShareForeign"),
        ((other, first), "ShareForeign"),
        ((first, " ".join(words[:-1])), "ShareMalformed"),
        ((first, " ".join([words[1], words[0], *words[2:]])), "ShareMalformed"),
        (("1234-5678",), "ShareMalformed"),
    ):
        result = signet(
            *("key", "list", "--json", "--vault", vault.path, "--unlock-method", way),
            *("--pin-file", given(tmp_path, *texts)),
        )
        error = json.loads(result.err)["error"]
        assert (result.status, error["type"]) == (3, kind), result.err
        assert not {words[3], words[7]} & set(result.err.replace('"', " ").split())


def test_a_second_opening_may_be_by_shares_too(
    vault: OpenVault, made: tuple[str, list[Path]], tmp_path: Path
) -> None:
    way, files = made
    file = given(tmp_path, *(file.read_text() for file in files[1:]))
    proven = vault.json("unlock-method", "prove", way, "--recovery", "--token-pin-file", file)
    assert proven["id"] == way


def test_shares_take_the_card_out_and_are_taken_out(signet: Signet, token_vault: OpenVault, tmp_path: Path) -> None:
    added = token_vault.json(*MADE, 2, 3, tmp_path / "shares")
    file = given(tmp_path, *(Path(file).read_text() for file in added["files"][:2]))
    ways = {way["kind"]: way["id"] for way in token_vault.json("unlock-method", "list")["items"]}
    opening = ("--vault", token_vault.path, "--unlock-method", added["id"], "--pin-file", file, "--yes", "--json")
    assert signet("unlock-method", "remove", ways["token"], *opening).status == 0
    assert signet("unlock-method", "remove", ways["recovery-code"], *opening).status == 0
    recovering = ("--vault", token_vault.path, "--recovery", "--pin-file", file, "--json")
    assert [way["kind"] for way in signet("unlock-method", "list", *recovering).json["items"]] == ["recovery-shares"]
    refused = signet("unlock-method", "remove", added["id"], *opening)
    assert (refused.status, json.loads(refused.err)["error"]["type"]) == (1, "LastUnlockMethod")


@pytest.mark.parametrize("numbers", [(1, 3), (4, 3), (2, 17), (0, 2), ("two", 3)])
def test_numbers_that_cannot_be(vault: OpenVault, tmp_path: Path, numbers: tuple[object, object]) -> None:
    result = vault(*MADE, *numbers, tmp_path / "shares")
    assert result.status == 2
    assert not (tmp_path / "shares").exists()


def test_places_are_looked_at_before_a_secret_is_asked_for(signet: Signet, vault: OpenVault, tmp_path: Path) -> None:
    """Without a secret at hand these fail with the place's own error, not with the missing secret."""
    (tmp_path / "file").write_text("x")
    full = tmp_path / "full"
    full.mkdir()
    (full / "recovery-share-2-of-3.txt").write_text("older")
    for place, kind in (
        (tmp_path / "file", "OutputExists"),
        (full, "OutputExists"),
        (tmp_path / "no" / "shares", "FolderNotFound"),
    ):
        result = signet(*MADE, 2, 3, place, "--json", "--vault", vault.path)
        assert json.loads(result.err)["error"]["type"] == kind, result.err
    assert (full / "recovery-share-2-of-3.txt").read_text() == "older"
    assert not list(full.glob("recovery-share-1*"))


def test_the_library_is_not_loaded_unless_shares_are(vault: OpenVault) -> None:
    program = "import sys; from signet.cli.main import root; import signet.services.opening; "
    program += "import signet.services.methods; print('shamir_mnemonic' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == "False"
