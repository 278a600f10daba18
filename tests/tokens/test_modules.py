from __future__ import annotations

import os
from pathlib import Path

import pytest

from signet import errors
from signet.tokens import modules
from signet.tokens.modules import find_modules
from signet.tokens.software import softhsm_module


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No known places and no p11-kit configuration, whatever this machine has."""
    monkeypatch.setattr(modules, "_PLACES", {})
    monkeypatch.setattr(modules, "_P11_KIT_FOLDERS", ())


def test_softhsm_is_found_here_once() -> None:
    found = find_modules(chosen=None, configured=())
    assert len(found) == len(set(found))
    assert [path for path in found if "softhsm" in path] == [softhsm_module(())]
    assert all(os.path.realpath(path) == path for path in found)
    assert not any("onepin" in path or "spy" in path for path in found)


def test_the_chosen_module_is_the_only_one(tmp_path: Path) -> None:
    module = tmp_path / "module.so"
    module.touch()
    link = tmp_path / "link.so"
    link.symlink_to(module)
    assert find_modules(chosen=str(link), configured=["/elsewhere.so"]) == (str(module),)


@pytest.mark.parametrize("chosen", ["", "/nonexistent/module.so"])
def test_a_chosen_module_that_is_not_there_is_an_error(chosen: str) -> None:
    with pytest.raises(errors.ModuleNotFound):
        find_modules(chosen=chosen, configured=())


def test_configured_modules_come_first_and_each_counts_once(tmp_path: Path) -> None:
    module = tmp_path / "module.so"
    module.touch()
    configured = [str(module), str(tmp_path / "missing.so"), "", f"{tmp_path}/./module.so"]
    assert find_modules(chosen=None, configured=configured, search=False) == (str(module),)
    assert find_modules(chosen=None, configured=configured)[0] == str(module)


def test_the_order_of_preference_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, nowhere: None) -> None:
    names = ["libtpm2_pkcs11.so", "opensc-pkcs11.so", "libykcs11.so.2", "libsofthsm2.so"]
    for name in names:
        (tmp_path / name).touch()
    monkeypatch.setattr(modules, "_PLACES", {"linux": (f"{tmp_path}/*",)})
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("TPM2_PKCS11_TCTI", "swtpm:path=/somewhere")
    assert [Path(path).name for path in find_modules(chosen=None, configured=())] == names[::-1]
    # Without a TPM, its module would only cost time; who names it, gets it.
    monkeypatch.delenv("TPM2_PKCS11_TCTI")
    monkeypatch.setattr(modules, "_TPM_DEVICES", (f"{tmp_path}/tpm*",))
    assert [Path(path).name for path in find_modules(chosen=None, configured=())] == names[:0:-1]
    named = str(tmp_path / names[0])
    assert find_modules(chosen=None, configured=[named])[0] == named
    assert find_modules(chosen=named, configured=()) == (named,)
    (tmp_path / "tpm").mkdir()
    assert named in find_modules(chosen=None, configured=())


def test_p11_kit_configuration_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, nowhere: None) -> None:
    folder, libraries = tmp_path / "modules", tmp_path / "pkcs11"
    folder.mkdir()
    libraries.mkdir()
    for name in ("relative.so", "absolute.so", "p11-kit-trust.so", "commented.so"):
        (libraries / name).touch()
    (folder / "a.module").write_text("# a comment\nmodule: relative.so\ncritical: no\n")
    (folder / "b.module").write_text(f"  module :  {libraries}/absolute.so  \n")
    (folder / "c.module").write_text("module: p11-kit-trust.so\ntrust-policy: yes\n")
    (folder / "d.module").write_text("#module: commented.so\n")
    (folder / "e.module").write_bytes(b"\xff\xfe\0module")
    (folder / "f.module").mkdir()
    (folder / "g.conf").write_text("module: commented.so\n")
    monkeypatch.setattr(modules, "_P11_KIT_FOLDERS", (str(folder),))
    monkeypatch.setattr(modules, "_P11_KIT_MODULES", (str(libraries),))
    assert [Path(path).name for path in find_modules(chosen=None, configured=())] == ["relative.so", "absolute.so"]


def test_without_softhsm_that_is_said(nowhere: None) -> None:
    with pytest.raises(errors.ModuleNotFound) as caught:
        softhsm_module(())
    assert "SoftHSM" in str(caught.value)


def test_a_configured_softhsm_is_taken(nowhere: None, tmp_path: Path) -> None:
    module = tmp_path / "libsofthsm2.so"
    module.touch()
    assert softhsm_module([str(module)]) == str(module)
