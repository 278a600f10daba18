"""Names, tags, states and the deletion of keys on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.command_line import OpenVault, call


def test_keys_are_named_tagged_and_found(vault: OpenVault) -> None:
    for name in ("papers", "letters"):
        vault.json("key", "create", name)
    assert vault.json("key", "alias", "papers", "taxes")["aliases"] == ["papers", "taxes"]
    assert vault.json("key", "alias", "papers", "taxes", "--first")["alias"] == "taxes"
    assert vault.json("key", "move-alias", "papers", "letters")["aliases"] == ["letters", "papers"]
    assert vault("key", "remove-alias", "letters").out == "“papers” is no longer called “letters”.\n"
    moved = vault("key", "move-alias", "papers", "taxes")
    assert "has no name any more; `signet key alias " in moved.err
    assert vault.json("key", "describe", "papers", "Taxes of Ada")["description"] == "Taxes of Ada"
    assert vault.json("key", "tag", "papers", "year=2026", "who=Ada")["tags"] == {"who": "Ada", "year": "2026"}
    assert vault.json("key", "tag", "papers", "--remove", "who")["tags"] == {"year": "2026"}
    for options, count in (
        (("--tag", "year"), 1),
        (("--tag", "year=2026", "--state", "Enabled"), 1),
        (("--tag", "year=2025"), 0),
        (("--state", "Disabled", "--state", "Archived"), 0),
        (("--search", "ADA taxes"), 1),
    ):
        assert len(vault.json("key", "list", *options)["items"]) == count
    assert vault("key", "list", "--tag", "none").err == "No key fits.\n"
    assert vault.json("key", "untag", "papers", "year")["tags"] == {}
    assert vault("key", "tag", "papers").status == 2


def test_several_keys_go_to_another_state_each_by_itself(vault: OpenVault) -> None:
    for name in ("papers", "letters"):
        vault.json("key", "create", name)
    assert vault.json("key", "archive", "papers")["state"] == "Archived"
    mixed = vault("key", "archive", "papers", "letters", "--json")
    assert mixed.status == 1
    assert [(item["source"], item["status"], item["error"], item["state"]) for item in mixed.json["items"]] == [
        ("papers", "failed", "KeyStateRefused", None),
        ("letters", "done", None, "Archived"),
    ]
    again = vault("key", "archive", "papers", "letters")
    assert again.err.count("It is so already; there is nothing to do.") == 2
    assert vault("key", "unarchive", "letters").out == "“letters” is enabled.\n"
    assert [item["state"] for item in vault.json("key", "enable", "papers", "papers")["items"]] == ["Enabled"]
    assert vault.json("key", "disable", "papers")["state"] == "Disabled"


def test_a_key_is_deleted_in_two_steps_by_somebody_who_types_its_name(
    vault: OpenVault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("dear")
    vault.json("key", "create", "papers")
    vault.json("encrypt", letter, "--key", "papers")
    asked = vault("key", "schedule-deletion", "papers", "--json")
    assert (asked.status, asked.error["type"]) == (1, "ConfirmationMissing")
    assert f"{letter}.esdk" in json.loads(asked.err)["notes"][0]
    assert vault("key", "schedule-deletion", "papers", "--days", 6, "--yes").status == 2
    pending = vault.json("key", "schedule-deletion", "papers", "--days", 7, "--yes")
    assert (pending["state"], pending["deletion"]["due"], pending["deletion"]["attempts"]) == (
        "PendingDeletion",
        False,
        0,
    )
    refused = vault("decrypt", f"{letter}.esdk", "--overwrite")
    assert "`signet key cancel-deletion papers` keeps it" in refused.err
    assert "1 attempt to use it since" in vault("key", "show", "papers").out
    early = vault("key", "destroy", "papers", "--typed", "papers", "--json")
    assert (early.status, early.error["type"], early.error["due"]) == (
        1,
        "DeletionNotDue",
        pending["deletion"]["date"],
    )
    assert vault("key", "cancel-deletion", "papers").out == "“papers” stays; it is disabled.\n"
    assert vault("key", "cancel-deletion", "papers").err.endswith("there is nothing to cancel.\n")
    vault.json("key", "schedule-deletion", "papers", "--yes")
    monkeypatch.setattr("signet.services.deletion.is_due", lambda *_: True)
    for typed in ((), ("--typed", "letters"), ("--yes",)):
        assert vault("key", "destroy", "papers", *typed, "--json").error["type"] == "NameNotTyped"
    gone = vault.json("key", "destroy", "papers", "--typed", "papers")
    assert (gone["destroyed"], gone["files"]) == (True, [f"{letter}.esdk"])
    assert (
        vault.json("files", "list")["items"][0]["note"] == "cannot be opened any more: the key “papers” was destroyed"
    )
    assert vault("key", "show", "papers").status == 1


def test_the_table_of_states_needs_no_vault() -> None:
    rows = call("key", "states", "--json").json["items"]
    (encrypt,) = (row for row in rows if row["deed"] == "Encrypt")
    assert (encrypt["Enabled"], encrypt["Archived"]) == ("yes", "no")
    assert "PendingDeletion" in call("key", "states").out
