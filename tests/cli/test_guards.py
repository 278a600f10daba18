"""Guarded keys on the command line: made, used with the card that opened the vault, by others, and kept from loss."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from support.command_line import TOKEN, OpenVault, Signet


def test_the_card_that_opened_the_vault_serves_as_guard_and_so_does_the_code(
    token_vault: OpenVault, tmp_path: Path
) -> None:
    made = token_vault.json("key", "create", "secret", "--protection", "guarded")
    assert made["protection"] == "guarded"
    letter = tmp_path / "letter.txt"
    letter.write_text("dear")
    assert token_vault.json("encrypt", letter, "--key", "secret")["items"][0]["status"] == "done"
    letter.unlink()
    by_code = replace(token_vault, opening=("--recovery", "--pin-file", str(token_vault.code_file)))
    assert by_code.json("decrypt", f"{letter}.esdk")["items"][0]["status"] == "done"
    assert letter.read_text() == "dear"
    shown = by_code.json("key", "show", "secret")
    ways = {guard["kind"]: guard["id"] for guard in shown["guards"]}
    presented = [item for item in by_code.json("audit", "list")["items"] if item["operation"] == "PresentGuard"]
    assert [(item["outcome"], item["details"]["method"]) for item in presented] == [
        ("done", ways["recovery-code"]),
        ("done", ways["token"]),
    ]
    assert f"token “{TOKEN}”" in by_code("key", "show", "secret").out


def test_guards_come_and_go_and_the_last_one_stays(vault: OpenVault, tmp_path: Path) -> None:
    second, letter = tmp_path / "second", tmp_path / "letter.txt"
    letter.write_text("dear")
    other = vault.json("unlock-method", "add-recovery-code", second)["id"]
    vault.json("key", "create", "secret", "--protection", "guarded")
    assert any("from outside only" in finding for finding in vault.json("vault", "verify")["findings"])
    opener = next(guard["id"] for guard in vault.json("key", "show", "secret")["guards"] if guard["id"] != other)
    assert vault("key", "remove-guard", "secret", opener).status == 1
    left = vault.json("key", "remove-guard", "secret", opener, "--yes")
    assert [guard["id"] for guard in left["guards"]] == [other]
    refused = vault("encrypt", letter, "--key", "secret", "--json")
    assert (refused.status, refused.error["type"]) == (3, "SecretMissing")
    assert "--token-pin-file" in refused.error["hint"]
    both = ("--token-pin-file", second)
    assert vault.json("encrypt", letter, "--key", "secret", *both)["items"][0]["status"] == "done"
    assert vault.json("data-key", "generate", "--key", "secret", *both)["ciphertext"]
    for way, error in ((other, "LastGuard"), (opener, "UsageError")):
        assert vault("key", "remove-guard", "secret", way, "--yes", "--json").error["type"] == error
    gone = vault("unlock-method", "remove", other, "--yes", "--json")
    assert (gone.status, gone.error["type"]) == (1, "LastGuard")
    assert len(vault.json("key", "add-guard", "secret", opener, *both)["guards"]) == 2
    assert vault.json("unlock-method", "remove", other, "--yes")["removed"]
    assert [guard["id"] for guard in vault.json("key", "show", "secret")["guards"]] == [opener]


def test_wrong_calls_are_said_before_a_secret_is_asked_for(signet: Signet, vault: OpenVault) -> None:
    for words in (
        ("--guard", "12345678", "--token", "card"),
        ("--guard", "12345678", "--protection", "vault"),
        ("--protection", "guarded", "--token", "card"),
    ):
        assert signet("key", "create", "secret", *words, "--vault", vault.path).status == 2
    few = vault("key", "create", "secret", "--protection", "guarded", "--json")
    assert (few.status, few.error["type"], few.error["found"]) == (1, "GuardsTooFew", 1)
