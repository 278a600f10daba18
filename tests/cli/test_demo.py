"""The demo does the main job, touches nothing of the person's, and says which step failed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from signet.cli import demo
from support.command_line import Signet


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.slow
def test_the_demo_ends_well_and_leaves_nothing(signet: Signet, home: Path) -> None:
    result = signet("demo")
    assert (result.status, result.out.splitlines()[-1]) == (0, "demo: ok"), result.out
    assert "64 MiB" in result.out
    assert files_below(home) == []


def test_the_demo_keeps_a_folder_on_request(
    signet: Signet, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "SIZE", 2 * demo.PIECE)
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "mine.conf"))
    result = signet("demo", "--keep", tmp_path / "kept", "--json")
    assert result.status == 0, result.out
    assert result.json["ok"] is True
    assert len(result.json["steps"]) == 10
    assert (tmp_path / "kept" / "data.bin.esdk").is_file()
    assert files_below(home) == []
    assert os.environ["SOFTHSM2_CONF"] == str(tmp_path / "mine.conf")
    again = signet("demo", "--keep", tmp_path / "kept", "--json")
    assert (again.status, again.error["type"]) == (1, "OutputExists")


def test_the_demo_names_the_step_that_failed(signet: Signet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "SIZE", demo.PIECE)

    def damage(story: demo.Story) -> None:
        encrypted = Path(f"{story.data}.esdk")
        encrypted.write_bytes(encrypted.read_bytes()[:-1])
        unharmed(story)

    unharmed = demo.Story.decrypt
    monkeypatch.setattr(demo.Story, "decrypt", damage)
    result = signet("demo")
    assert result.status == 1
    assert "5/10  Decrypt it: failed" in result.out
    assert "CiphertextInvalid" in result.out
    assert result.out.endswith("demo: failed\n")


def test_the_demo_says_how_to_get_a_software_token(signet: Signet, tmp_path: Path) -> None:
    result = signet("demo", "--module", tmp_path / "nothing.so")
    assert result.status == 1
    assert "softhsm2" in result.out
