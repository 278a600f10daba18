"""Real small and read-only disks: ``python -m crash.disk FOLDER KIND OPERATION...``, in a mount namespace of its own.

Run as `command` says, the mounts are seen by this process and its children alone and end with them. Every breach is
a line on standard output.
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from crash.harness import Actor
from crash.invariants import breaches
from crash.nursery import Nursery
from crash.stage import Stage, Theatre

LEVELS = (0, 16 << 10, 200 << 10, 3 << 20)
"""Bytes left free when the operation begins."""
FULL, READ_ONLY_VAULT, READ_ONLY_OUTPUT = "full", "read-only-vault", "read-only-output"
_SIZE = "96m"


@cache
def namespace() -> tuple[str, ...] | None:
    """The command that gives a program mounts of its own; None where this system lets nobody have them.

    In a changed root that is no mount itself, nothing can be said about propagation (mount_namespaces(7)); what is
    mounted is then unmounted by whoever did it.
    """
    own = ("unshare", "--mount")
    for command in (own, (*own, "--map-root-user"), (*own, "--propagation", "unchanged")):
        tried = (*command, "sh", "-c", "mount -t tmpfs tmpfs /mnt && umount /mnt")
        if subprocess.run(tried, capture_output=True, check=False).returncode == 0:
            return command
    return None


def full(nursery: Nursery, stage: Stage, operation: str, free: int) -> list[str]:
    """Run an operation with so many bytes free; then make room and look."""
    ballast = stage.folder.parent / "ballast"
    with Actor(nursery) as actor:
        actor.prepare(operation, stage)
        _fill(ballast, free)
        actor.begin()
        actor.finish()
    ballast.unlink()
    ended = actor.said[-1]
    print(f"# {operation}, {free} bytes free: {ended}")
    found = breaches(stage, operation, actor.said)
    if ended != "done" and not ended.startswith(("failed DiskFull", "failed StorageError")):
        found.append(f"{operation} ended with {ended}")
    if free == 0 and ended == "done":
        found.append(f"{operation} was done without room")
    return found


def _fill(ballast: Path, free: int) -> None:
    state = os.statvfs(ballast.parent)
    room = state.f_bavail * state.f_frsize - free
    descriptor = os.open(ballast, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    os.posix_fallocate(descriptor, 0, max(1, room))
    os.close(descriptor)


def read_only(nursery: Nursery, stage: Stage, operation: str, folder: Path) -> list[str]:
    """Run an operation with this folder read-only; then make it writable and look."""
    _mount("--bind", str(folder), str(folder))
    _mount("-o", "remount,bind,ro", str(folder))
    with Actor(nursery) as actor:
        actor.prepare(operation, stage)
        actor.begin()
        actor.finish()
    subprocess.run(["umount", str(folder)], check=True)
    ended = actor.said[-1] if actor.said else "nothing"
    print(f"# {operation}, {folder.name} read-only: {ended}")
    found = breaches(stage, operation, actor.said)
    if not ended.startswith("failed FolderReadOnly"):
        found.append(f"{operation} ended with {ended}")
    return found


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def main(folder: str, kind: str, *operations: str) -> int:
    """Mount, run each, look; 1 if anything is wrong."""
    _mount("-t", "tmpfs", "-o", f"size={_SIZE},mode=0700", "tmpfs", folder)
    try:
        return _look(folder, kind, *operations)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def _look(folder: str, kind: str, *operations: str) -> int:
    theatre = Theatre(Path(folder))
    found: list[str] = []
    with Nursery() as nursery:
        for operation in operations:
            if kind == FULL:
                for level in LEVELS:
                    found += full(nursery, theatre.fresh(), operation, level)
            else:
                stage = theatre.fresh()
                place = stage.vault if kind == READ_ONLY_VAULT else stage.out
                found += read_only(nursery, stage, operation, place)
    for breach in found:
        print(breach)
    return 1 if found else 0


def command(folder: Path, kind: str, *operations: str) -> list[str]:
    """How to run this module in a mount namespace of its own."""
    return [*(namespace() or ()), sys.executable, "-m", "crash.disk", str(folder), kind, *operations]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
