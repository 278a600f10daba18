"""./run and ./test from a fresh machine to a working .venv, on a machine made of stand-ins for Python, apt and dpkg.

The real way, from a bare Debian, is walked by the workflow in .github; here are the turns that it does not take.
"""

from __future__ import annotations

import shutil
import subprocess
import threading
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PLAIN_TOOLS = "sh cat cksum dirname readlink mkdir rm mv cp grep flock env sleep"

PYTHON = """#!/bin/sh
echo "$*" >>"$MACHINE/python.log"
case "$*" in
    "-m venv "*) mkdir -p "$3/bin" "$3/lib/python3.11/site-packages"; cp "$MACHINE/bin/python3" "$3/bin/python" ;;
    "-m pip "*) sleep 0.2; [ ! -e "$MACHINE/no-network" ] ;;
    "-I -m signet"*) shift 3; printf '%s|' "$PWD" "$@"; cat ;;
esac
"""
APT = """#!/bin/sh
echo "$*" >>"$MACHINE/apt.log"
case "$*" in
    *update*) : >"$MACHINE/updated" ;;
    *) [ -e "$MACHINE/updated" ] && : >"$MACHINE/installed" ;;
esac
"""
DPKG_QUERY = """#!/bin/sh
[ -e "$MACHINE/installed" ] && printf installed
"""


def packages_of_run() -> list[str]:
    lines = (PROJECT / "packaging" / "apt-run.txt").read_text().splitlines()
    return [line for line in lines if not line.startswith("#")]


class Machine:
    """A project folder, and programs that stand in for those of a system."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = folder / "a project"
        (folder / "bin").mkdir(parents=True)
        (self.project / "packaging").mkdir(parents=True)
        for name in ("run", "test", "packaging/setup.sh", "packaging/apt-run.txt", "packaging/apt-test.txt"):
            shutil.copy(PROJECT / name, self.project / name)
        for name in ("requirements.lock", "requirements-test.lock"):
            (self.project / "packaging" / name).write_text(f"{name}\n")
        for name in PLAIN_TOOLS.split():
            (folder / "bin" / name).symlink_to(str(shutil.which(name)))
        self.program("python3", PYTHON)
        self.program("dpkg-query", DPKG_QUERY)
        self.program("apt-get", APT)
        self.user(0)

    def program(self, name: str, text: str) -> None:
        place = self.folder / "bin" / name
        place.write_text(text)
        place.chmod(0o755)

    def user(self, number: int) -> None:
        self.program("id", f"#!/bin/sh\necho {number}\n")

    def log(self, name: str) -> str:
        place = self.folder / f"{name}.log"
        return place.read_text() if place.exists() else ""

    def call(self, *arguments: str, program: Path | None = None, given: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(program or self.project / "run"), *arguments],
            env={"PATH": str(self.folder / "bin"), "MACHINE": str(self.folder)},
            cwd=self.folder,
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


def test_signet_gets_the_arguments_the_folder_and_all_of_standard_input(machine: Machine) -> None:
    done = machine.call("key", "list", "two words", "", given="a line\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{machine.folder}|key|list|two words||a line\n"


def test_libraries_are_installed_by_hash_and_as_wheels(machine: Machine) -> None:
    machine.call()
    pip = [line for line in machine.log("python").splitlines() if line.startswith("-m pip")]
    assert len(pip) == 1
    assert "--require-hashes --only-binary :all:" in pip[0]
    assert pip[0].endswith("packaging/requirements.lock")
    path_file = machine.project / ".venv/lib/python3.11/site-packages/signet.pth"
    assert path_file.read_text() == f"{machine.project}/app\n"


def test_second_call_does_nothing_but_start_signet(machine: Machine) -> None:
    machine.call()
    (machine.folder / "python.log").unlink()
    (machine.folder / "apt.log").unlink()
    done = machine.call("--version")
    assert done.stderr == ""
    assert machine.log("python") == "-I -m signet --version\n"
    assert machine.log("apt") == ""


def test_package_lists_are_fetched_only_after_a_failed_installation(machine: Machine) -> None:
    machine.call()
    first, second, third = machine.log("apt").splitlines()
    assert "install" in first
    assert second.endswith("update")
    assert third.endswith("install -y --no-install-recommends " + " ".join(packages_of_run()))


def test_packages_that_are_there_are_left_alone(machine: Machine) -> None:
    (machine.folder / "installed").touch()
    machine.call()
    assert machine.log("apt") == ""


def test_what_was_interrupted_is_made_again(machine: Machine) -> None:
    (machine.folder / "no-network").touch()
    failed = machine.call()
    assert failed.returncode == 1
    assert failed.stdout == ""
    assert "could not be installed" in failed.stderr
    (machine.folder / "no-network").unlink()
    (machine.project / ".venv" / "left-over").touch()
    assert machine.call().returncode == 0
    assert not (machine.project / ".venv" / "left-over").exists()


@pytest.mark.parametrize("name", ["requirements.lock", "apt-run.txt"])
def test_a_changed_list_makes_the_environment_anew(machine: Machine, name: str) -> None:
    machine.call()
    with (machine.project / "packaging" / name).open("a") as file:
        file.write("more\n")
    (machine.project / ".venv" / "left-over").touch()
    machine.call()
    assert not (machine.project / ".venv" / "left-over").exists()


def test_a_moved_project_makes_the_environment_anew(machine: Machine) -> None:
    machine.call()
    machine.project = machine.project.rename(machine.folder / "moved")
    machine.call()
    path_file = machine.project / ".venv/lib/python3.11/site-packages/signet.pth"
    assert path_file.read_text() == f"{machine.project}/app\n"


def test_links_to_run_are_followed(machine: Machine) -> None:
    (machine.folder / "links").mkdir()
    (machine.folder / "links" / "first").symlink_to("../a project/run")
    (machine.folder / "links" / "signet").symlink_to(machine.folder / "links" / "first")
    done = machine.call("x", program=machine.folder / "links" / "signet")
    assert done.stdout == f"{machine.folder}|x|"


def test_two_at_once_prepare_once(machine: Machine) -> None:
    results: list[subprocess.CompletedProcess[str]] = []
    threads = [threading.Thread(target=lambda: results.append(machine.call())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [done.returncode for done in results] == [0, 0, 0]
    assert machine.log("python").count("-m pip") == 1


def test_without_rights_run_names_the_packages_and_goes_on(machine: Machine) -> None:
    machine.user(1000)
    done = machine.call("x")
    assert done.returncode == 0
    assert "apt-get install " + " ".join(packages_of_run()) in done.stderr
    assert machine.log("apt") == ""


def test_without_rights_test_names_the_packages_and_stops(machine: Machine) -> None:
    machine.user(1000)
    done = machine.call(program=machine.project / "test")
    assert done.returncode == 1
    assert "strace" in done.stderr
    assert "-m pip" not in machine.log("python")


def test_without_apt_run_says_what_is_needed_and_goes_on(machine: Machine) -> None:
    for name in ("apt-get", "dpkg-query"):
        (machine.folder / "bin" / name).unlink()
    done = machine.call("x")
    assert done.returncode == 0
    assert "softhsm2" in done.stderr


def test_an_old_python_alone_is_refused_with_what_is_needed(machine: Machine) -> None:
    machine.program("python3", '#!/bin/sh\ncase "$*" in *version_info*) exit 1 ;; esac\n')
    done = machine.call("x")
    assert done.returncode == 1
    assert "Python 3.11 or newer" in done.stderr


def test_a_newer_python_under_its_own_name_is_found(machine: Machine) -> None:
    (machine.folder / "bin" / "python3").rename(machine.folder / "bin" / "python3.13")
    machine.program("python3.13", PYTHON.replace("bin/python3", "bin/python3.13"))
    assert machine.call("x").stdout == f"{machine.folder}|x|"


def test_tests_add_to_the_environment_of_run(machine: Machine) -> None:
    machine.call()
    (machine.project / ".venv" / "left-over").touch()
    done = machine.call(program=machine.project / "test")
    # The stand-in has no ruff: the first stage fails, after everything was prepared.
    assert "+ ruff check" in done.stderr
    assert done.returncode == 127
    assert (machine.project / ".venv" / "left-over").exists()
    assert machine.log("python").count("requirements-test.lock") == 1
