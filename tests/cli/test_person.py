"""People on the command line: the whole life of one, by names of whatever language."""

from __future__ import annotations

import json
from pathlib import Path

from support.command_line import OpenVault
from support.person_keys import AGE, EC_CERTIFICATE, EC_PEM, ED25519_SSH, RSA_PEM


def test_somebody_is_added_compared_renamed_and_removed(vault: OpenVault, tmp_path: Path) -> None:
    card, line, other = (tmp_path / name for name in ("card", "line", "other"))
    card.write_text(EC_CERTIFICATE)
    line.write_text(f"{AGE}\n{ED25519_SSH}\n")
    other.write_text(RSA_PEM)
    assert vault("person", "list").err.startswith("Nobody is here yet.")
    made = vault.json("person", "add", "Žofia Tamm", card, line, "--note", "the choir")
    assert made["note"] == "the choir"
    assert (made["trusted"], made["trusted_since"]) == (False, None)
    by_kind = {key["kind"]: key for key in made["keys"]}
    assert by_kind["ec"]["certificate"]["subject"].endswith("CN=Anna Tamm")
    assert by_kind["x25519"]["recipient"] == AGE
    assert by_kind["ssh-ed25519"]["ssh_fingerprint"].startswith("SHA256:")
    assert vault.json("person", "show", "žofia  tamm") == made
    assert vault.json("person", "list", "--search", "CHOIR tamm")["items"] == [made]
    assert vault.json("person", "list", "--search", "nobody")["items"] == []
    plain = vault("person", "show", made["id"][:8]).out
    assert "not yet" in plain
    assert "elliptic curve, for files (Anna Tamm)" in plain

    unconfirmed = vault("person", "trust", "Žofia Tamm", "--json")
    assert (unconfirmed.status, unconfirmed.error["type"]) == (1, "ConfirmationMissing")
    trusted = vault("person", "trust", "Žofia Tamm", "--yes", "--json")
    assert trusted.json["trusted"]
    assert any(by_kind["ec"]["fingerprint"][:4] in sentence for sentence in trusted.json["notes"])
    assert not vault.json("person", "add-key", "Žofia Tamm", other)["trusted"]
    fingerprint = next(key["fingerprint"] for key in vault.json("person", "show", made["id"])["keys"]
                       if key["kind"] == "rsa")  # fmt: skip
    assert vault.json("person", "remove-key", "Žofia Tamm", fingerprint[:12], "--yes")["trusted"]
    assert not vault.json("person", "untrust", "Žofia Tamm")["trusted"]
    assert vault.json("person", "note", "Žofia Tamm", "")["note"] == ""
    assert vault.json("person", "rename", "Žofia Tamm", "Žofia")["name"] == "Žofia"
    assert vault("person", "remove", "Žofia").status == 1
    assert vault("person", "remove", "Žofia", "--yes").out == "“Žofia” is removed.\n"
    assert vault("person", "show", "Žofia").status == 1


def test_ones_own_key_is_known_by_its_fingerprint_elsewhere(vault: OpenVault, tmp_path: Path) -> None:
    for name, spec, form in (("talks", "X25519", "age"), ("pen", "ECC_NIST_EDWARDS25519", "ssh")):
        vault.json("key", "create", name, "--spec", spec)
        mine = vault.json("key", "public-key", name, "--format", form)
        (tmp_path / name).write_text(mine["public_key"])
        there = vault.json("person", "add", f"{name} of mine", tmp_path / name)["keys"][0]
        assert there["fingerprint"] == mine["fingerprint"]
    assert vault("key", "public-key", "pen", "--format", "age").status == 2


def test_what_is_no_public_key_is_refused_before_the_vault_is_opened(vault: OpenVault, tmp_path: Path) -> None:
    for content, error, status in (
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "PrivateKeyGiven", 1),
        ("dear Anna", "KeyFileUnrecognised", 4),
    ):
        (tmp_path / "file").write_text(content)
        result = vault("person", "add", "Anna", tmp_path / "file", "--json")
        assert (result.status, result.error["type"]) == (status, error)
    assert json.loads(vault("person", "add", "-x", tmp_path / "file", "--json").err)["error"]["type"] == "UsageError"
    (tmp_path / "key").write_text(EC_PEM)
    assert vault("person", "add", "Anna", tmp_path / "key", "--json").status == 0
    assert "person" in vault("audit", "list", "--operation", "AddPerson", "--json").json["items"][0]["details"]
