"""age files on the command line: made, shown, opened, and what cannot be meant."""

from __future__ import annotations

from pathlib import Path

from cli.test_docs import fields
from support.command_line import OpenVault, Signet
from support.person_keys import AGE, ED25519_SSH, RSA_PEM


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


def test_for_whom_a_file_was_made_is_said_by_the_vault_and_not_by_the_file(
    vault: OpenVault, signet: Signet, tmp_path: Path
) -> None:
    for name, text in (("Anna", ED25519_SSH), ("Ben", f"{AGE}\n")):
        (tmp_path / name).write_text(text)
        vault.json("person", "add", name, tmp_path / name)
    letter, message = tmp_path / "letter", tmp_path / "letter.age"
    letter.write_bytes(b"dear")
    vault.json("encrypt", letter, "--format", "age", "--to", "Anna")
    (known,) = vault.json("files", "list", "--person", "Anna")["items"]
    assert (set(known), known["path"], known["persons"]) == (fields("files list"), str(message), ["Anna"])
    assert vault.json("files", "list", "--person", "Ben")["items"] == []
    assert signet("inspect", message, "--json").json["made_for"] == []
    (one,) = vault.json("inspect", message, "--names")["made_for"]
    fingerprint = vault.json("person", "show", "Anna")["keys"][0]["fingerprint"]
    assert one == {"fingerprint": fingerprint, "who": "person", "name": "Anna"}
    shown = vault("inspect", message, "--names").out
    assert "Anna can open it." in shown
    assert "noted when this vault made the file" in shown
    assert "Signet knows and they can read: 1." in vault("person", "remove", "Anna", "--yes").err
    assert "for none of your keys" in vault("inspect", message, "--names").out
    vault.json("files", "forget", message)
    assert "this vault did not note it" in vault("inspect", message, "--names").out


def test_known_age_files_are_named_where_others_are_re_encrypted(vault: OpenVault, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(f"{ED25519_SSH}\n")
    (tmp_path / "pem").write_text(RSA_PEM)
    vault.json("person", "add", "Ben", key, tmp_path / "pem")
    vault.json("key", "create", "papers")
    for name in ("one", "two"):
        (tmp_path / name).write_bytes(b"dear")
    vault.json("encrypt", tmp_path / "one", "--format", "age", "--to", "Ben")
    alone = vault("re-encrypt", "--known-for", "Ben", "--without", "Ben")
    assert alone.status == 0
    assert f"{tmp_path / 'one'}.age is an age file, which stays as it is: encrypt" in alone.err
    assert "No such file" not in alone.out
    vault.json("encrypt", tmp_path / "two", "--key", "papers", "--to", "Ben")
    both = vault.json("re-encrypt", "--known-for", "Ben", "--without", "Ben")
    assert [each["source"] for each in both["items"]] == [f"{tmp_path / 'two'}.esdk"]
    (left,) = vault.json("files", "list", "--person", "Ben")["items"]
    assert left["path"] == f"{tmp_path / 'one'}.age"
