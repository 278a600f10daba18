"""Limits of keys on the command line: given, shown as sentences, kept, taken away."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.command_line import OpenVault, Signet


def test_limits_are_given_shown_kept_and_taken_away(vault: OpenVault, tmp_path: Path) -> None:
    letter, second, third = (tmp_path / name for name in ("letter.txt", "second.txt", "third.txt"))
    for path in (letter, second, third):
        path.write_text("dear")
    limits = ("--allow", "encrypt,Decrypt", "--context", "purpose=tax", "--most-uses", "2", "--never-export")
    vault.json("key", "create", "papers", *limits)
    shown = vault.json("key", "policy", "papers", "--not-after", "9998-02-28T12:00:00+01:00", "--confirm")
    assert (shown["alias"], shown["uses_taken"]) == ("papers", 0)
    assert shown["policy"] == {
        "allow": ["Decrypt", "Encrypt"],
        "confirm": True,
        "context": {"purpose": "tax"},
        "most_uses": 2,
        "never_export": True,
        "not_after": "9998-02-28T11:00:00Z",
    }
    told = vault("key", "policy", "papers").out
    for sentence in ("only be used to encrypt and decrypt.", "Asks you each time.", "says purpose=tax.", "0 used."):
        assert sentence in told
    use = ("encrypt", letter, "--key", "papers", "--context", "purpose=tax")
    asked = vault(*use, "--json")
    assert (asked.status, asked.error["type"]) == (1, "ConfirmationMissing")
    assert "Encrypt 1 file with “papers”?" in asked.error["message"]
    assert vault.json(*use, "--yes")["items"][0]["status"] == "done"
    assert vault.json("key", "show", "papers")["uses_taken"] == 1
    refused = {
        ("encrypt", second, "--key", "papers", "--yes"): "ContextRequired",
        ("data-key", "generate", "--key", "papers", "--context", "purpose=tax"): "OperationNotAllowed",
        ("encrypt", second, third, *use[2:]): "KeyUsesSpent",
        ("key", "export", "papers", tmp_path / "out", "--plain"): "ExportForbidden",
    }
    for words, error in refused.items():
        found = vault(*words, "--json")
        assert (found.status, found.error["type"]) == (1, error)
        assert "`signet" in found.error["hint"] or error == "ContextRequired"
    rules = [entry["details"].get("rule") for entry in vault.json("audit", "list", "--limit", "8")["items"]]
    assert [rule for rule in rules if rule] == ["never-export", "most-uses", "allow", "context"]
    left = vault.json("key", "policy", "papers", "--clear", "all", "--quiet")
    assert left["policy"] == {"never_export": True}
    assert "Limits" in (said := vault("key", "show", "papers").out)
    assert "Never exported, for good." in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--allow", "Encrypt,Peel"), "“Peel” is none"),
        (("--not-after", "2027-02-29"), "no 2027-02-29 in the calendar"),
        (("--not-before", "tomorrow"), "write a day as 2027-03-01"),
        (("--context", "a", "--context", "a=1"), "given twice"),
        (("--most-uses", "0"), "x>=1"),
        (("--clear", "confirm", "--confirm"), "contradict"),
        (("--clear", "all", "--confirm"), "contradict"),
    ],
)
def test_wrong_limits_are_said_before_a_secret_is_asked_for(
    signet: Signet, vault: OpenVault, words: tuple[str, ...], said: str
) -> None:
    found = signet("key", "policy", "papers", *words, "--vault", vault.path)
    assert (found.status, said in found.err) == (2, True), found.err
