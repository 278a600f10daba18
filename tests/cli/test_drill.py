"""`signet vault drill`: what a person or a script gets told, and by which status."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.command_line import TOKEN, OpenVault, Signet


def ids(vault: OpenVault) -> dict[str, str]:
    return {item["kind"]: item["id"] for item in vault.json("unlock-method", "list")["items"]}


def statuses(result: dict[str, list[dict[str, str]]]) -> list[tuple[str, str, str | None]]:
    return [(item["kind"], item["status"], item["error"]) for item in result["items"]]


def test_without_anybody_to_ask_only_what_opened_the_vault_is_tried(vault: OpenVault) -> None:
    told = vault("vault", "drill", "--json")
    assert told.status == 0
    assert statuses(told.json) == [
        ("recovery-code", "done", None),
        ("passphrase", "skipped", "ConfirmationMissing"),
    ]
    assert told.json["answer"] == "yes"
    assert {loss["card"] for loss in told.json["losses"]} == {None}
    assert [path.name for path in vault.path.parent.iterdir() if path.name.startswith(".signet")] == []


def test_a_named_way_in_is_tried_with_its_own_secret(vault: OpenVault) -> None:
    other = ids(vault)["passphrase"]
    told = vault.json("vault", "drill", "--way", other[:8], "--token-pin-file", vault.secret_file)
    assert statuses(told) == [("passphrase", "done", None)]
    log = vault.json("audit", "list", "--limit", "5")["items"]
    assert [entry["operation"] for entry in log].count("ProveUnlockMethod") == 1


def test_the_wrong_secret_fails_and_the_answer_follows(vault: OpenVault, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("not the passphrase\n")
    told = vault("vault", "drill", "--way", ids(vault)["passphrase"], "--token-pin-file", wrong, "--json")
    assert told.status == 1
    assert statuses(told.json) == [("passphrase", "failed", "SecretIncorrect")]
    assert told.json["answer"] == "not-certain"
    said = vault("vault", "drill")
    assert said.status == 1
    assert "It is not certain that a second way in works.\n“Passphrase” failed when it was tested last." in said.out


@pytest.mark.parametrize("ways", [(), ("recovery-code",), ("recovery-code", "passphrase")])
def test_a_secret_for_another_goes_to_exactly_one(vault: OpenVault, ways: tuple[str, ...]) -> None:
    known = ids(vault)
    named = [part for way in ways for part in ("--way", known[way])]
    told = vault("vault", "drill", *named, "--token-pin-file", vault.secret_file, "--json")
    if "passphrase" in ways:
        assert told.status == 0
        assert [status for _, status, _ in statuses(told.json)] == ["done", "done"]
    else:
        assert (told.status, told.error["type"]) == (2, "UsageError")


def test_what_would_go_with_the_card_is_named(signet: Signet, token_vault: OpenVault) -> None:
    token_vault.json("key", "create", "letters", "--spec", "ECC_NIST_P256", "--token", TOKEN, "--yes")
    told = token_vault.json("vault", "drill", "--yes")
    assert statuses(told) == [("token", "done", None), ("recovery-code", "skipped", "SecretMissing")]
    (loss,) = told["losses"]
    assert [key["alias"] for key in loss["keys"]] == ["letters"]
    assert [way["proof"] for way in loss["left"]] == ["proven"]
    said = token_vault("vault", "drill")
    assert said.status == 0
    assert "If you lost your card today, you would still get in." in said.out
    assert "“Recovery code” (recovery code) was left out" in said.out
    assert "The key “letters” is only on “Signet (for trying out)” and would be gone for good." in said.out


def test_as_if_the_card_were_lost(signet: Signet, token_vault: OpenVault) -> None:
    told = signet(
        *("vault", "drill", "--vault", token_vault.path, "--recovery", "--pin-file", token_vault.code_file),
        "--json",
    )
    assert told.status == 0
    assert [status for _, status, _ in statuses(told.json)] == ["done", "skipped"]
