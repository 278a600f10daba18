"""`signet audit`: the log filtered, signed by a card, and checked without its vault."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.command_line import OpenVault, Signet


def test_a_card_signs_and_the_anchor_is_checked_with_the_log_and_with_its_export(
    signet: Signet, token_vault: OpenVault, tmp_path: Path
) -> None:
    vault = token_vault
    signed = vault.json("audit", "checkpoint")
    items = vault.json("audit", "checkpoints")["items"]
    assert items[0]["sequence"] == signed["sequence"]
    assert items[0]["known"]
    anchor, log = tmp_path / "anchor", tmp_path / "log.jsonl"
    made = vault.json("audit", "export-checkpoint", anchor)
    assert (made["path"], made["signature_path"]) == (str(anchor), f"{anchor}.sig")
    told = vault.json("audit", "verify", "--checkpoint", anchor)
    assert (told["ok"], told["problems"], told["signer"]) == (True, [], None)
    assert told["checkpoints"] == len(items)
    assert vault("audit", "export-checkpoint", anchor).status == 1
    vault.json("audit", "export", log)
    checked = signet("audit", "verify", "--file", log, "--checkpoint", anchor, "--json")
    assert checked.status == 0
    assert checked.json["signer"].startswith("SHA256:")
    assert checked.json["vault_id"] == told["vault_id"]


def test_an_export_that_was_changed_is_found_without_the_vault(
    signet: Signet, vault: OpenVault, tmp_path: Path
) -> None:
    vault.json("key", "create", "papers", "--description", "für die Steuer")
    log = tmp_path / "log.jsonl"
    vault.json("audit", "export", log)
    lines = log.read_text().splitlines()

    def check(changed: list[str]) -> tuple[int, list[str]]:
        file = tmp_path / "changed.jsonl"
        file.write_text("".join(line + "\n" for line in changed))
        done = signet("audit", "verify", "--file", file, "--json")
        return done.status, [problem["place"] for problem in done.json["problems"]]

    assert check(lines) == (0, [])
    assert check([lines[0].replace("CreateVault", "UnlockVault"), *lines[1:]]) == (1, ["audit entry 1"])
    assert check([lines[0], *lines[2:]]) == (1, ["audit entry 2"])
    assert check([lines[1], lines[0], *lines[2:]])[0] == 1
    assert check(lines[:-1]) == (0, []), "what is cut off at the end, only a checkpoint shows"
    for content in ("", "{}\n", "[]\n", "no json\n", json.dumps(json.loads(lines[0]) | {"recipientAccountId": []})):
        file = tmp_path / "other"
        file.write_text(content)
        assert signet("audit", "verify", "--file", file).status == 4
    assert signet("audit", "verify", "--file", tmp_path / "nowhere").status == 1
    assert signet("audit", "verify", "--file", log, "--recovery").status == 2
    assert signet("audit", "verify", "--checkpoint", log).status in (1, 4)


@pytest.mark.parametrize("words", ["--from yesterday", "--until 2026-13-01"])
def test_a_date_that_is_none_is_wrong_usage(vault: OpenVault, words: str) -> None:
    assert vault("audit", "list", *words.split()).status == 2


def test_the_log_is_filtered_by_everything_at_once(vault: OpenVault) -> None:
    vault.json("key", "create", "papers")
    vault.json("key", "disable", "papers")
    assert vault("sign", "nothing.txt", "--key", "papers").status != 0

    def listed(*options: str) -> list[str]:
        return [item["operation"] for item in vault.json("audit", "list", *options)["items"]]

    assert listed("--key", "papers", "--outcome", "done") == ["DisableKey", "CreateKey"]
    assert listed("--operation", "CreateKey") == ["CreateKey"]
    assert listed("--search", "PAPERS create") == ["CreateKey"]
    assert listed("--search", "papers", "--until", "2020-01-01") == []
    assert listed("--from", "2020-01-01", "--until", "2999-01-01", "--operation", "DisableKey") == ["DisableKey"]
    assert "Nothing in the log fits." in vault("audit", "list", "--search", "überhaupt-nicht").err
