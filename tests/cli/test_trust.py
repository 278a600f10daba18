"""`signet trust`: issuers and trusted lists on the command line."""

from __future__ import annotations

from pathlib import Path

from support import pki
from support.command_line import OpenVault
from support.lists_forge import Forged, made, operator

ISSUER = {
    "name", "fingerprint", "since", "subject", "issuer", "serial", "not_before", "not_after", "validity", "root",
}  # fmt: skip


def test_an_issuer_is_trusted_after_its_fingerprint_was_confirmed(vault: OpenVault, tmp_path: Path) -> None:
    certificate, _ = pki.root().write(tmp_path, "root")
    assert "No issuer is trusted" in vault("trust", "list").err
    unconfirmed = vault("trust", "add", certificate)
    assert unconfirmed.status == 1
    added = vault.json("trust", "add", certificate, "--yes")
    assert added.pop("notes")
    assert set(added) == ISSUER
    assert (added["name"], added["root"], added["validity"]) == ("Example Root", True, "current")
    assert vault.json("trust", "list")["items"] == [added]
    assert vault.json("trust", "show", added["fingerprint"][:8]) == added
    shown = vault("trust", "show", "example root").out
    assert added["fingerprint"][:4] + " " in shown
    assert "Issued by" in shown
    signer, _ = pki.signer().write(tmp_path, "signer")
    refused = vault("trust", "add", signer, "--yes")
    assert (refused.status, "signet person add" in refused.err) == (1, True)
    assert vault.json("trust", "remove", "Example Root", "--yes")["name"] == added["name"]
    assert vault("trust", "show", "Example Root").status == 1


def test_a_list_is_taken_in_listed_and_forgotten(vault: OpenVault, tmp_path: Path) -> None:
    listed, (certificate, _) = tmp_path / "EE.xml", operator("List of EE").write(tmp_path, "signer")
    listed.write_bytes(made(Forged()))
    assert "No trusted list is here" in vault("trust", "lists").err
    added = vault.json("trust", "add-list", listed, "--signer", certificate, "--yes")
    del added["notes"]
    assert (added["territory"], added["sequence"], added["issuers"]) == ("EE", 7, 1)
    assert (added["signer_named_by"], added["here"]) == ("person", True)
    assert vault.json("trust", "lists")["items"] == [added]
    assert "2027-04-30" in vault("trust", "lists").out
    assert vault.json("trust", "remove-list", "ee", "--yes")["sequence"] == 7
    assert vault.json("trust", "lists")["items"] == []


def test_lists_that_cannot_be_fetched_say_why(vault: OpenVault) -> None:
    failed = vault("trust", "update", "--from", "http://127.0.0.1:1/lotl.xml")
    assert failed.status == 1
    assert "127.0.0.1" in failed.err
