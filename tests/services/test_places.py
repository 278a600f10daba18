"""Where Signet keeps things, and which vault a name means."""

from __future__ import annotations

from pathlib import Path

import pytest

from signet.errors import UsageError, VaultNotFound
from signet.services.places import Places


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    (tmp_path / "data").mkdir()
    return Places(data=str(tmp_path / "data"), state=str(tmp_path / "state"), config=str(tmp_path / "config"))


def test_the_platforms_folders_follow_xdg(home: Path) -> None:
    places = Places.of_platform()
    assert places.data == str(home / ".local" / "share" / "signet")
    assert places.pins == str(home / ".local" / "state" / "signet" / "pins")
    assert places.settings == str(home / ".config" / "signet" / "settings.toml")
    assert not Path(places.data).exists()


def test_vaults_are_the_folders_with_the_suffix(places: Places) -> None:
    data = Path(places.data)
    for name in ("b.signet", "a.signet", "other"):
        (data / name).mkdir()
    (data / "file.signet").touch()
    assert places.vaults() == (str(data / "a.signet"), str(data / "b.signet"))


def test_without_a_data_folder_there_are_none(places: Places) -> None:
    Path(places.data).rmdir()
    assert places.vaults() == ()
    assert places.default_vault() == str(Path(places.data) / "personal.signet")


def test_the_only_vault_is_the_default_and_several_are_named(places: Places) -> None:
    data = Path(places.data)
    (data / "work.signet").mkdir()
    assert places.default_vault() == str(data / "work.signet")
    (data / "home.signet").mkdir()
    with pytest.raises(UsageError, match=r"home\.signet, work\.signet"):
        places.default_vault()


@pytest.mark.parametrize("given", ["taxes", "taxes.signet", "taxes/", "taxes.signet/", "taxes.signet//"])
def test_a_bare_name_is_a_vault_in_the_data_folder(places: Places, given: str) -> None:
    inside = Path(places.data) / "taxes.signet"
    inside.mkdir()
    assert places.resolve(given) == str(inside)


@pytest.mark.parametrize("given", ["taxes", "taxes.signet", "taxes/", "./taxes", "./taxes.signet/"])
def test_a_path_is_taken_from_here(places: Places, given: str) -> None:
    assert places.resolve(given) == str(Path.cwd() / "taxes.signet")
    (Path(places.data) / "taxes.signet").mkdir()
    (Path.cwd() / "taxes.signet").mkdir()
    assert places.resolve(given) == str(Path.cwd() / "taxes.signet")


def test_an_absolute_path_is_taken_as_it_is(places: Places, tmp_path: Path) -> None:
    (Path(places.data) / "taxes.signet").mkdir()
    assert places.resolve(str(tmp_path / "taxes")) == str(tmp_path / "taxes.signet")
    assert places.resolve(f"{tmp_path}/x.signet/../taxes.signet") == str(tmp_path / "taxes.signet")


def test_what_is_not_there_is_named_with_every_place_that_it_could_be_at(places: Places) -> None:
    with pytest.raises(VaultNotFound) as caught:
        places.find("taxes")
    here, inside = str(Path.cwd() / "taxes.signet"), str(Path(places.data) / "taxes.signet")
    assert (caught.value.path, caught.value.elsewhere) == (here, inside)
    assert here in caught.value.message
    assert inside in caught.value.message
    with pytest.raises(VaultNotFound) as caught:
        places.find("./taxes")
    assert caught.value.details == {"path": here, "elsewhere": None}
    Path(inside).mkdir()
    assert places.find("taxes") == inside
