"""Files for persons on the command line: objects as documented, sentences, statuses."""

from __future__ import annotations

from pathlib import Path

from cli.test_docs import fields
from signet.crypto.publickeys import PublicKeyForm, public_key_text
from signet.crypto.software import generate
from signet.keys.spec import KeySpec
from support.command_line import OpenVault


def test_a_file_for_a_person_from_encrypting_to_taking_them_off(vault: OpenVault, tmp_path: Path) -> None:
    public = tmp_path / "ben.pem"
    public.write_text(public_key_text(generate(KeySpec.ECC_NIST_P256).public_key or b"", PublicKeyForm.PEM))
    vault.json("person", "add", "Ben", public)
    vault.json("key", "create", "papers")
    letter = tmp_path / "letter"
    letter.write_text("dear Ben")
    assert vault("encrypt", letter).status == 2
    alone = vault("encrypt", letter, "--to", "Ben", "--json")
    assert (alone.status, alone.error["type"]) == (1, "ConfirmationMissing")
    made = vault("encrypt", letter, "--key", "papers", "--to", "Ben", "--context", "note=tax 2025")
    assert (made.status, "Ben can open it." in made.out) == (0, True)
    message = f"{letter}.esdk"
    seen = vault.json("inspect", message, "--names")
    assert set(seen) - {"notes"} == fields("inspect")
    assert [(each["who"], each["name"]) for each in seen["encrypted_data_keys"]] == [
        ("key", "papers"),
        ("person", "Ben"),
    ]
    letter.unlink()
    (item,) = vault.json("decrypt", message)["items"]
    assert item["said"] == "You wrote: tax 2025"
    (copy,) = vault.json("files", "copies")["items"]
    assert (set(copy), copy["path"]) == (fields("files copies"), str(letter))
    assert vault.json("files", "copies", "--forget", letter)["items"] == []

    moved = tmp_path / "elsewhere"
    Path(message).rename(moved)
    found = vault.json("files", "find", tmp_path)
    assert set(found) - {"notes"} == fields("files find")
    assert found["moved"] == [{"before": message, "path": str(moved)}]
    (known,) = vault.json("files", "list", "--person", "ben")["items"]
    assert (set(known), known["persons"]) == (fields("files list"), ["Ben"])
    assert vault("re-encrypt").status == 2
    again = vault("re-encrypt", "--known-for", "Ben", "--without", "Ben")
    assert again.status == 0
    assert "nothing takes that back" in again.err
    assert vault.json("files", "list", "--person", "Ben")["items"] == []
    assert vault.json("files", "forget", moved)["forgotten"] == [str(moved)]
    assert vault("files", "forget", moved).status == 1
