"""`signet key rotation`, `versions`, `re-encrypt` and `rotate --re-encrypt`, as a person has them."""

from __future__ import annotations

from pathlib import Path

from support.command_line import OpenVault


def test_a_key_is_rotated_and_its_files_follow(vault: OpenVault, tmp_path: Path) -> None:
    for name in ("one", "two", "gone"):
        (tmp_path / name).write_text(name)
    vault.json("key", "create", "papers")
    vault.json("encrypt", *(tmp_path / name for name in ("one", "two", "gone")), "--key", "papers")
    (tmp_path / "gone.esdk").unlink()
    planned = vault("key", "rotation", "papers")
    assert planned.out.startswith("“papers” is at version 1. It gets a new one every 365 days, the next at the first")
    assert vault.json("key", "rotation", "papers", "--every", "1")["rotation_days"] == 1
    off = vault("key", "rotation", "papers", "--off")
    assert off.out == "“papers” is at version 1. It gets a new one only when you ask for it.\n"
    assert vault("key", "rotation", "papers", "--off", "--every", "3").status == 2
    assert vault("key", "rotation", "papers", "--every", "2561").status == 2

    done = vault("key", "rotate", "papers", "--re-encrypt")
    assert done.status == 0
    assert sorted(done.out.splitlines()) == [f"{tmp_path / n}.esdk is under version 2 now." for n in ("one", "two")]
    assert f"{tmp_path / 'gone'}.esdk is not there any more." in done.err
    items = vault.json("key", "versions", "papers")["items"]
    assert [(item["version"], item["cause"], item["files"], item["current"]) for item in items] == [
        (2, "on-demand", 2, True),
        (1, "created", 1, False),
    ]
    assert [(item["uses"], item["wraps"]) for item in items] == [(1, 2), (2, 3)]
    again = vault.json("key", "re-encrypt", "papers")
    assert (again["version"], again["items"], again["elsewhere"]) == (2, [], [f"{tmp_path / 'gone'}.esdk"])
    assert vault.json("decrypt", tmp_path / "one.esdk", "--output", tmp_path / "o")["items"][0]["status"] == "done"
    vault.json("key", "disable", "papers")
    assert vault("key", "re-encrypt", "papers").status == 1
    assert vault("key", "rotate", "--exposed", "--re-encrypt").status == 2
