"""age files on the command line: made, shown, opened, and what cannot be meant."""

from __future__ import annotations

from pathlib import Path

from support.command_line import OpenVault, Signet


def test_a_passphrase_file_makes_opens_and_is_not_taken_for_another(
    vault: OpenVault, signet: Signet, tmp_path: Path
) -> None:
    letter, secret, wrong = tmp_path / "letter", tmp_path / "secret", tmp_path / "wrong"
    letter.write_bytes(b"dear")
    secret.write_text("correct horse battery\n")
    wrong.write_text("another passphrase\n")
    made = vault.json("encrypt", letter, "--format", "age", "--armor", "--file-passphrase-file", secret)
    assert made["items"] == [{"source": str(letter), "output": f"{letter}.age", "status": "done", "error": None}]
    shown = signet("inspect", f"{letter}.age", "--json").json
    assert (shown["format"], shown["armored"], shown["recipients"]) == ("age", True, ["scrypt"])
    assert "256 MiB" in signet("inspect", f"{letter}.age").out
    failed = vault("decrypt", f"{letter}.age", "--output", tmp_path / "out", "--file-passphrase-file", wrong)
    assert (failed.status, (tmp_path / "out" / "letter").exists()) == (3, False)
    assert vault("decrypt", f"{letter}.age", "--output", tmp_path / "out").status == 3
    vault.json("decrypt", f"{letter}.age", "--output", tmp_path / "out", "--file-passphrase-file", secret)
    assert (tmp_path / "out" / "letter").read_bytes() == b"dear"


def test_what_age_has_nothing_to_do_with_is_wrong_usage(vault: OpenVault, tmp_path: Path) -> None:
    letter = tmp_path / "letter"
    letter.write_bytes(b"dear")
    for words in (
        ("--key", "papers", "--armor"),
        ("--key", "papers", "--recipient", "age1"),
        (),
        ("--format", "age"),
        ("--format", "age", "--passphrase", "--context", "a=b"),
        ("--format", "age", "--passphrase", "--key", "papers"),
        ("--format", "age", "--recipient", "nobody"),
    ):
        assert vault("encrypt", letter, *words).status == 2, words
    assert [each.name for each in tmp_path.glob("letter*")] == ["letter"]
