"""Whole stories through the command line, as a person or a script would live them."""

from __future__ import annotations

import base64
import os
import stat
import subprocess
from pathlib import Path

import pytest

from support.command_line import PASSPHRASE, PIN, TOKEN, OpenVault, Signet

KEY_FIELDS = {
    "id",
    "alias",
    "aliases",
    "spec",
    "usage",
    "state",
    "origin",
    "protection",
    "version",
    "created",
    "description",
    "tags",
}


def test_a_vault_with_a_passphrase_from_nothing(signet: Signet, tmp_path: Path) -> None:
    secret, code = tmp_path / "secret", tmp_path / "code"
    secret.write_text(PASSPHRASE + "\n")
    made = signet(
        "vault",
        "create",
        tmp_path / "mine",
        "--passphrase",
        "--pin-file",
        secret,
        "--recovery-code-file",
        code,
        "--json",
    ).json
    assert made["path"] == str(tmp_path / "mine.signet")
    assert [method["kind"] for method in made["methods"]] == ["passphrase", "recovery-code"]
    assert made["recovery_code_file"] == str(code)
    assert stat.S_IMODE(code.stat().st_mode) == 0o600
    assert code.read_text().count("\n") == 1
    info = signet("vault", "info", "--vault", made["path"], "--json").json
    assert (info["vault_id"], info["fingerprint"]) == (made["vault_id"], made["fingerprint"])
    for opening in (("--pin-file", secret), ("--recovery", "--pin-file", code)):
        listed = signet("key", "list", "--vault", made["path"], *opening, "--json")
        assert (listed.status, listed.json["items"]) == (0, [])


def test_a_vault_without_a_name_is_the_personal_one(signet: Signet, home: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(PIN + "\n")
    made = signet(
        *("vault", "create", "--software-token", "--pin-file", secret),
        *("--recovery-code-file", tmp_path / "code", "--json"),
    )
    assert made.json["path"] == str(home / ".local" / "share" / "signet" / "personal.signet")
    assert made.json["methods"][0]["label"] == TOKEN
    assert signet("key", "list", "--pin-file", secret, "--json").json == {"items": []}


def test_files_are_encrypted_and_come_back(vault: OpenVault, tmp_path: Path) -> None:
    made = vault.json("key", "create", "papers", "--description", "for papers", "--tag", "year=2026")
    assert set(made) == KEY_FIELDS
    assert (made["alias"], made["tags"], made["version"]) == ("papers", {"year": "2026"}, 1)
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear reader")
    done = vault.json("encrypt", letter, "--key", "papers", "--context", "case=17", "--verify")
    (item,) = done["items"]
    assert item == {
        "source": str(letter),
        "output": f"{letter}.esdk",
        "status": "done",
        "error": None,
    }
    back = vault.json("decrypt", item["output"], "--output", tmp_path / "back")
    assert Path(back["items"][0]["output"]).read_text() == "Dear reader"
    listed = vault.json("files", "list", "--key", "papers")["items"]
    assert [(entry["path"], entry["alias"], entry["version"]) for entry in listed] == [(item["output"], "papers", 1)]


def test_inspecting_needs_neither_vault_nor_secret(signet: Signet, vault: OpenVault, tmp_path: Path) -> None:
    key = vault.json("key", "create", "papers")
    (tmp_path / "a.txt").write_text("a")
    vault.json("encrypt", tmp_path / "a.txt", "--key", "papers", "--context", "case=17")
    seen = signet("inspect", tmp_path / "a.txt.esdk", "--json").json
    assert (seen["format"], seen["suite"], seen["frame_length"]) == ("esdk", "0x0478", 65536)
    assert seen["context"]["case"] == "17"
    assert seen["content"] == "file"
    (wrapped,) = seen["encrypted_data_keys"]
    assert (wrapped["provider_id"], wrapped["key_name"]) == ("signet", f"{key['id']}/1")
    assert "case=17" in signet("inspect", tmp_path / "a.txt.esdk").out


def test_a_file_moves_to_another_key(vault: OpenVault, tmp_path: Path) -> None:
    vault.json("key", "create", "old")
    new = vault.json("key", "create", "new")
    (tmp_path / "a.txt").write_text("a")
    vault.json("encrypt", tmp_path / "a.txt", "--key", "old")
    moved = vault.json("re-encrypt", tmp_path / "a.txt.esdk", "--key", "new")["items"]
    assert moved[0]["status"] == "done"
    vault.json("key", "disable", "old")
    back = vault.json("decrypt", tmp_path / "a.txt.esdk", "--output", tmp_path / "back")
    assert back["items"][0]["status"] == "done"
    assert vault.json("files", "list", "--key", new["id"][:8])["items"]


def test_a_signature_is_verified_by_the_vault_by_its_public_key_and_by_ssh_keygen(
    signet: Signet, vault: OpenVault, tmp_path: Path
) -> None:
    key = vault.json("key", "create", "contracts", "--spec", "ECC_NIST_P256")
    document, trusted = tmp_path / "contract.txt", tmp_path / "signers.pub"
    document.write_text("We agree.")
    assert vault.json("sign", document, "--key", "contracts")["items"][0]["output"] == f"{document}.sig"
    own = vault.json("verify", document)
    assert own["verdict"] == "valid"
    (signature,) = own["signatures"]
    assert (signature["key_id"], signature["alias"]) == (key["id"], "contracts")
    trusted.write_text(vault("key", "public-key", "contracts", "--format", "ssh").out)
    told = signet("verify", document, "--trust", trusted, "--json")
    assert (told.status, told.json["verdict"]) == (0, "valid")
    checked = subprocess.run(
        ["ssh-keygen", "-Y", "check-novalidate", "-n", "file", "-s", f"{document}.sig"],
        input=document.read_bytes(),
        capture_output=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("form", ["pem", "ssh", "jwk"])
def test_a_public_key_is_printed_as_it_is(vault: OpenVault, form: str) -> None:
    vault.json("key", "create", "contracts", "--spec", "ECC_NIST_EDWARDS25519")
    told = vault.json("key", "public-key", "contracts", "--format", form)
    assert told["format"] == form
    assert vault("key", "public-key", "contracts", "--format", form).out == told["public_key"] + "\n"


def test_a_public_key_as_der_is_bytes_and_base64_in_json(vault: OpenVault, tmp_path: Path) -> None:
    vault.json("key", "create", "contracts", "--spec", "ECC_NIST_P384")
    der = vault("key", "public-key", "contracts", "--format", "der").raw
    (tmp_path / "key.der").write_bytes(der)
    done = subprocess.run(
        ["openssl", "pkey", "-pubin", "-inform", "DER", "-in", tmp_path / "key.der", "-noout", "-text"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "384" in done.stdout
    told = vault.json("key", "public-key", "contracts", "--format", "der")["public_key"]
    assert base64.b64decode(told, validate=True) == der


def test_folders_are_encrypted_and_come_back(signet: Signet, vault: OpenVault, tmp_path: Path) -> None:
    vault.json("key", "create", "albums")
    photos = tmp_path / "photos"
    (photos / "2025").mkdir(parents=True)
    (photos / "2025" / "sea.jpg").write_bytes(b"blue")
    (photos / "link").symlink_to("2025")
    shown = vault("encrypt", photos, "--key", "albums")
    assert shown.status == 0, shown.err
    assert "Left out of" in shown.err
    assert "a folder" in signet("inspect", f"{photos}.tar.esdk").out
    (item,) = vault.json("decrypt", f"{photos}.tar.esdk", "--output", tmp_path / "out")["items"]
    assert (tmp_path / "out" / "photos" / "2025" / "sea.jpg").read_bytes() == b"blue"
    assert item["output"] == str(tmp_path / "out" / "photos")
    refused = vault("encrypt", photos, "--key", "albums", "--each", "--output", tmp_path / "out")
    assert (refused.status, "--each" in refused.err) == (2, True)
    assert vault("encrypt", photos, "--key", "albums", "--each").status == 0
    (photos / "2025" / "sea.jpg").unlink()
    assert vault("decrypt", photos).status == 0
    assert (photos / "2025" / "sea.jpg").read_bytes() == b"blue"
    none = vault("decrypt", tmp_path / "out" / "photos")
    assert (none.status, "No encrypted file" in none.err) == (0, True)


def test_a_key_is_exported_plain_and_encrypted(vault: OpenVault, tmp_path: Path) -> None:
    vault.json("key", "create", "contracts", "--spec", "ECC_NIST_P256")
    plain, closed, secret = tmp_path / "plain.pem", tmp_path / "closed.pem", tmp_path / "new"
    secret.write_text("a passphrase of its own\n")
    assert vault("key", "export", "contracts", plain, "--plain", "--yes").out == f"{plain}\n"
    assert stat.S_IMODE(plain.stat().st_mode) == 0o600
    vault.json("key", "export", "contracts", closed, "--version", "1", "--new-pin-file", secret)
    for path, more in ((plain, []), (closed, ["-passin", f"file:{secret}"])):
        subprocess.run(["openssl", "pkey", "-in", path, *more, "-noout"], check=True, capture_output=True)


def test_a_disabled_key_refuses_until_it_is_enabled(vault: OpenVault, tmp_path: Path) -> None:
    vault.json("key", "create", "papers")
    (tmp_path / "a").write_text("a")
    assert vault.json("key", "disable", "papers")["state"] == "Disabled"
    refused = vault("encrypt", tmp_path / "a", "--key", "papers", "--json")
    assert refused.status == 1
    assert refused.error["type"] == "KeyStateRefused"
    assert vault.json("key", "enable", "papers")["state"] == "Enabled"
    assert vault("encrypt", tmp_path / "a", "--key", "papers").status == 0


def test_ways_in_are_added_tested_and_removed(signet: Signet, vault: OpenVault, tmp_path: Path) -> None:
    second = tmp_path / "second-code"
    added = vault.json("unlock-method", "add-recovery-code", second)
    assert added["kind"] == "recovery-code"
    listed = vault.json("unlock-method", "list")["items"]
    assert [way["kind"] for way in listed] == ["passphrase", "recovery-code", "recovery-code"]
    proven = signet("unlock-method", "prove", added["id"], "--pin-file", second, "--vault", vault.path, "--json")
    assert (proven.status, proven.json["id"]) == (0, added["id"])
    unconfirmed = vault("unlock-method", "remove", added["id"], "--json")
    assert (unconfirmed.status, unconfirmed.error["type"]) == (1, "ConfirmationMissing")
    removed = vault.json("unlock-method", "remove", added["id"], "--yes")
    assert removed["removed"] == [added["label"]]
    closed = signet("key", "list", "--vault", vault.path, "--recovery", "--pin-file", second)
    assert closed.status == 3
    assert vault("key", "list").status == 0


def test_a_passphrase_is_added_from_its_own_file(signet: Signet, vault: OpenVault, tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.write_text("another good passphrase\n")
    way = vault.json("unlock-method", "add-passphrase", "--new-pin-file", new)
    opened = signet(
        "key", "list", "--vault", vault.path, "--unlock-method", way["id"][:8], "--pin-file", new, "--json"
    )
    assert opened.status == 0, opened.err


def test_a_backup_is_restored_elsewhere_and_in_place(vault: OpenVault, tmp_path: Path) -> None:
    vault.json("key", "create", "papers")
    backup = tmp_path / "backup.tar"
    assert vault.json("vault", "backup", backup)["path"] == str(backup)
    vault.json("key", "create", "later")
    older = vault("vault", "restore", backup, vault.path, "--json")
    assert (older.status, older.error["type"]) == (1, "ConfirmationMissing")
    restored = vault.json("vault", "restore", backup, vault.path, "--yes")
    assert restored["path"] == str(vault.path)
    assert [key["alias"] for key in vault.json("key", "list")["items"]] == ["papers"]
    assert vault("vault", "verify").status == 0


def test_a_new_master_key_and_a_whole_vault(signet: Signet, vault: OpenVault) -> None:
    vault.json("key", "create", "papers")
    before = signet("vault", "info", "--vault", vault.path, "--json").json["generation"]
    assert vault.json("vault", "rotate-master")["generation"] == before + 1
    checked = vault.json("vault", "verify")
    assert (checked["problems"], checked["keys_checked"]) == ([], 1)
    assert vault("vault", "verify").out.startswith("All is well")


def test_the_log_is_listed_checked_and_exported(vault: OpenVault, tmp_path: Path) -> None:
    vault.json("key", "create", "papers")
    entries = vault.json("audit", "list")["items"]
    assert "CreateKey" in {entry["operation"] for entry in entries}
    assert len(vault.json("audit", "list", "--limit", 2)["items"]) == 2
    assert vault.json("audit", "verify")["problems"] == []
    for form, beginning in (("json", "{"), ("csv", '"sequence"')):
        out = tmp_path / f"log.{form}"
        assert vault.json("audit", "export", out, "--format", form) == {"path": str(out), "format": form}
        assert out.read_text().startswith(beginning)


def test_a_software_token_opens_tests_and_signs(signet: Signet, token_vault: OpenVault, tmp_path: Path) -> None:
    (token,) = signet("token", "list", "--json").json["items"]
    assert {"label", "serial", "model", "module", "present", "initialised"} <= set(token)
    assert (token["label"], token["present"], token["initialised"]) == (TOKEN, True, True)
    tested = signet("token", "test", TOKEN, "--pin-file", token_vault.secret_file, "--json")
    assert tested.status == 0, tested.out
    assert all(step["worked"] for step in tested.json["steps"])
    keys = signet("token", "keys", TOKEN, "--json").json["items"]
    (signing,) = [key for key in keys if key["label"] == "sign"]
    adopted = token_vault.json("token", "adopt", TOKEN, signing["id"], "on-card", "--yes")
    assert (adopted["protection"], adopted["origin"]) == ("token", "TOKEN")
    made = token_vault.json("key", "create", "new", "--spec", "ECC_NIST_P256", "--token", TOKEN, "--yes")
    assert made["protection"] == "token"
    (tmp_path / "a").write_text("a")
    for name in ("on-card", "new"):
        token_vault.json("sign", tmp_path / "a", "--key", name, "--overwrite")
        assert token_vault.json("verify", tmp_path / "a")["signatures"][0]["alias"] == name


def test_a_card_test_without_its_pin_says_so(signet: Signet, token_vault: OpenVault) -> None:
    tested = signet("token", "test", TOKEN, "--json")
    assert tested.status == 3
    assert tested.json["steps"][-1]["worked"] is False


def test_a_second_token_opens_with_its_own_pin(signet: Signet, token_vault: OpenVault, tmp_path: Path) -> None:
    pin = tmp_path / "pin"
    pin.write_text("87654321\n")
    made = signet("token", "init-software", "--label", "Spare", "--pin-file", pin, "--json").json
    assert made["label"].startswith("Spare")
    way = token_vault.json("unlock-method", "add-token", made["label"], "--new-pin-file", pin)
    opened = signet(
        "key", "list", "--vault", token_vault.path, "--unlock-method", way["id"], "--pin-file", pin, "--json"
    )
    assert opened.status == 0, opened.err
    proven = signet(
        "unlock-method",
        "prove",
        way["id"],
        "--vault",
        token_vault.path,
        "--recovery",
        "--pin-file",
        token_vault.code_file,
        "--token-pin-file",
        pin,
        "--json",
    )
    assert (proven.status, proven.json["kind"]) == (0, "token")


def test_a_vault_is_made_with_a_card_that_is_there(signet: Signet, token_vault: OpenVault, tmp_path: Path) -> None:
    keys = signet("token", "keys", TOKEN, "--json").json["items"]
    (unlocking,) = [key["id"] for key in keys if key["label"] == "unlock"]
    options = ("--pin-file", token_vault.secret_file, "--recovery-code-file")
    made = signet("vault", "create", tmp_path / "b", "--token", TOKEN, *options, tmp_path / "c1", "--json")
    assert (made.status, made.json["methods"][0]["scheme"]) == (0, "ecdh-x")
    made = signet(
        *("vault", "create", tmp_path / "c", "--token", TOKEN, "--token-key", unlocking, *options, tmp_path / "c2")
    )
    assert made.status == 0, made.err
    wrong = signet(
        *("vault", "create", tmp_path / "d", "--token", TOKEN, "--token-key", "ffff", *options, tmp_path / "c3"),
        "--json",
    )
    assert (wrong.status, wrong.error["type"]) == (3, "TokenKeyNotFound")
    assert not (tmp_path / "c3").exists()


def test_a_pin_comes_from_standard_input(signet: Signet, token_vault: OpenVault) -> None:
    listed = signet(
        "key", "list", "--vault", token_vault.path, "--pin-file", "-", "--json", input=PIN.encode() + b"\n"
    )
    assert (listed.status, listed.json) == (0, {"items": []})


def test_names_with_odd_letters_survive(vault: OpenVault, tmp_path: Path) -> None:
    vault.json("key", "create", "papers")
    odd = tmp_path / os.fsdecode(b"caf\xe9 \x1b[31m.txt")
    odd.write_text("odd")
    shown = vault("encrypt", odd, "--key", "papers")
    assert shown.status == 0
    assert "\x1b" not in shown.out
    back = vault.json("decrypt", f"{odd}.esdk", "--output", tmp_path / "back")
    assert back["items"][0]["status"] == "done"
