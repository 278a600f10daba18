"""`signet edit`: the program is waited for, what it saved is encrypted, and what cannot be encrypted waits."""

from __future__ import annotations

from pathlib import Path

from support.command_line import OpenVault
from support.memory import memory  # noqa: F401 - a fixture

APPEND = "sh -c 'echo more >> \"$0\"'"


def test_a_file_is_edited_in_its_program_and_encrypted_again(vault: OpenVault, tmp_path: Path) -> None:
    vault.json("key", "create", "papers")
    plain, secret = tmp_path / "a diary.txt", tmp_path / "a diary.txt.esdk"
    plain.write_text("dear\n")
    vault.json("encrypt", plain, "--key", "papers")
    plain.unlink()
    told = vault.json("edit", secret, "--program", APPEND)
    assert (told["path"], told["changed"]) == (str(secret), True)
    assert vault.json("edit", secret, "--program", "true")["changed"] is False
    ended = vault("edit", secret, "--program", "false")
    assert (ended.status, ended.out) == (0, f"{secret} was not changed.\n")
    assert "ended with status 1" in ended.err
    assert "copies of its own" in ended.err
    vault.json("decrypt", secret)
    assert plain.read_text() == "dear\nmore\n"
    for words, status, error in (
        (("--program", "no-such-editor"), 2, "ProgramNotStarted"),
        (("--program", "'"), 2, "UsageError"),
        (("--program", ""), 2, "UsageError"),
        ((), 2, "UsageError"),
        (("--discard", "--keep-changes"), 2, "UsageError"),
        (("--discard",), 1, "NoEdit"),
    ):
        failed = vault("edit", secret, *words, "--json")
        assert (failed.status, failed.error["type"]) == (status, error)


def test_what_cannot_be_encrypted_waits_until_the_person_decides(vault: OpenVault, tmp_path: Path) -> None:
    vault.json("key", "create", "papers")
    plain, secret = tmp_path / "diary.txt", tmp_path / "diary.txt.esdk"
    plain.write_text("dear\n")
    vault.json("encrypt", plain, "--key", "papers")
    failed = vault("edit", secret, "--program", f"sh -c 'echo more >> \"$0\"; touch {secret}'")
    assert failed.status == 1
    place = Path(failed.err.partition("They wait in ")[2].splitlines()[0])
    assert place.read_text() == "dear\nmore\n"
    assert "--keep-changes" in failed.err
    assert vault("edit", secret, "--program", "true", "--json").error["type"] == "EditUnfinished"
    assert vault("edit", secret, "--keep-changes", "--json").error["type"] == "SourceChanged"
    assert vault("edit", secret, "--discard", "--json").error["type"] == "ConfirmationMissing"
    assert place.exists()
    assert vault.json("edit", secret, "--discard", "--yes")["changed"] is False
    assert not place.parent.exists()
