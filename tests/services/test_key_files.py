"""Known files follow their key to its newest version; killed or stopped anywhere, they go on following it later."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from signet.errors import Cancelled, KeyStateRefused
from signet.keys.spec import KeySpec, Protection
from signet.services import keys
from signet.services.audit import list_entries
from signet.services.catalogue import list_files, message_at
from signet.services.enrolment import NewRecoveryCode
from signet.services.files import decrypt_files, encrypt_files, re_encrypt_files
from signet.services.key_files import behind, re_encrypt_key
from signet.services.methods import add_method
from signet.services.rotation import rotate_key
from signet.services.session import Session
from signet.store.output import Output
from support.files import child_environment, leftovers
from support.vaults import VaultInTest

AES = KeySpec.SYMMETRIC_DEFAULT
NAMES = ("a", "b", "c")
KILLED = """
import os, sys
from pathlib import Path
from support.files import opened_by_code
from signet.services import files_batch
from signet.services.key_files import re_encrypt_key
from signet.store.output import Output
folder, vault = Path(sys.argv[1]), Path(sys.argv[2])
files_batch.GROUP_FILES = 2
for line in sys.stdin:
    left = [int(line)]
    child = os.fork()
    if child == 0:
        break
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
else:
    sys.exit()

def killing(function):
    def killed(*arguments, **options):
        left[0] -= 1
        if left[0] == 0:
            os._exit(9)
        return function(*arguments, **options)
    return killed

with opened_by_code(folder, vault) as session:
    change = session.records.change
    session.records.change = killing(change)
    os.rename = killing(os.rename)
    Output.settle = killing(Output.settle)
    re_encrypt_key(session, "papers")
    left[0] = 0
os._exit(0)
"""
"""For each number on a line: a process that ends itself right before its n-th transaction, flush or rename while it
re-encrypts in groups of two files. They are forked from one that has imported everything and opened nothing."""


@pytest.fixture
def letters(vault: VaultInTest, tmp_path: Path) -> Path:
    """A folder with messages under the first of two versions of “papers”."""
    folder = tmp_path / "letters"
    folder.mkdir()
    for name in NAMES:
        (folder / name).write_text(f"Dear {name}")
    with vault.open() as session:
        keys.create_key(session, "papers", spec=AES)
        encrypt_files(session, [str(folder / name) for name in NAMES], key="papers")
        rotate_key(session, "papers")
    return folder


def paths(folder: Path, names: str = "abc") -> tuple[str, ...]:
    return tuple(str(folder / f"{name}.esdk") for name in names)


def under(session: Session) -> dict[str, int | None]:
    """The version that each known file is under, by its path."""
    known = list_files(session, "papers")
    assert len({entry.path for entry in known}) == len(known)
    return {os.path.basename(entry.path): entry.version for entry in known}


def test_files_that_are_there_move_and_the_others_are_named(vault: VaultInTest, letters: Path) -> None:
    (letters / "c.esdk").rename(letters / "moved")
    with vault.open() as session:
        found = behind(session, "papers")
        assert (sorted(found.files), found.elsewhere) == (list(paths(letters, "ab")), paths(letters, "c"))
        stopped = re_encrypt_key(session, "papers", cancelled=lambda: True)
        assert all(isinstance(item.error, Cancelled) for item in stopped.items)
        moved = re_encrypt_key(session, "papers")
        assert [item.status for item in moved.items] == ["done", "done"]
        assert moved.elsewhere == paths(letters, "c")
        # One decision for all of them, then an end for each file.
        entries = list_entries(session, 3, operation="ReEncrypt")
        assert [entry.outcome.value for entry in entries] == ["done", "done", "allowed"]
        assert under(session) == {"a.esdk": 2, "b.esdk": 2, "c.esdk": 1}
        assert re_encrypt_key(session, "papers").items == ()
        # Found again, it follows, and nothing is known any more of where it was.
        re_encrypt_files(session, [str(letters / "moved")])
        assert under(session) == {"a.esdk": 2, "b.esdk": 2, "moved": 2}
        keys.disable_key(session, "papers")
        with pytest.raises(KeyStateRefused):
            re_encrypt_key(session, "papers")


def test_killed_anywhere_it_goes_on_later(vault: VaultInTest, letters: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(vault.path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=child_environment()) as killer:
        assert killer.stdin is not None
        assert killer.stdout is not None
        calls, ended = 0, ""
        while ended != "0\n":
            calls += 1
            print(calls, file=killer.stdin, flush=True)
            ended = killer.stdout.readline()
            assert ended in ("9\n", "0\n")
            with vault.open() as session:
                _whole(session, letters)
                opened = decrypt_files(session, paths(letters), output=str(tmp_path / f"opened-{calls}"))
                assert [item.status for item in opened] == ["done"] * 3
                left = behind(session, "papers").files
                assert bool(left) == (set(under(session).values()) != {keys.find_key(session, "papers").version})
                if not left and ended != "0\n":
                    rotate_key(session, "papers")  # so that the next kill falls into work, too
        killer.stdin.close()
    assert calls > 8
    assert left == ()


def _whole(session: Session, folder: Path) -> None:
    """What is known is what is there, and nothing is left half done."""
    assert leftovers(folder) == []
    with session.records.read() as reading:
        assert reading.outputs.all() == []
    known = {entry.path: bytes.fromhex(entry.message_id) for entry in list_files(session)}
    assert known == {path: message_at(path) for path in paths(folder)}


def test_what_cannot_be_published_is_known_as_it_was(
    vault: VaultInTest, letters: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = Output.publish

    def exchanged(self: Output, **options: object) -> None:
        if self.path.endswith("b.esdk"):
            Path(self.path).touch()
            os.utime(self.path, ns=(1, 1))
        publish(self, **options)  # type: ignore[arg-type]

    with vault.open() as session, monkeypatch.context() as patched:
        patched.setattr(Output, "publish", exchanged)
        items = re_encrypt_key(session, "papers").items
        assert sorted(item.status for item in items) == ["done", "done", "failed"]
        assert under(session) == {"a.esdk": 2, "b.esdk": 1, "c.esdk": 2}
    with vault.open() as session:
        assert behind(session, "papers").files == paths(letters, "b")
        with session.records.read() as reading:
            assert reading.outputs.all() == []


def test_a_guarded_key_asks_for_one_guard_for_all_its_files(vault: VaultInTest, tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / name).write_text(name)
    with vault.open(administer=True) as session:
        add_method(session, NewRecoveryCode(str(tmp_path / "second.code")))
        keys.create_key(session, "secret", spec=AES, protection=Protection.GUARDED)
        encrypt_files(session, [str(tmp_path / name) for name in NAMES], key="secret")
        rotate_key(session, "secret")
    with vault.open() as session:
        asked = len(vault.prompt.asked)
        assert [item.status for item in re_encrypt_key(session, "secret").items] == ["done"] * 3
        assert len(vault.prompt.asked) == asked + 1
