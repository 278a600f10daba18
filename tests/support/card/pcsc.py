"""A pcscd of the tests' own, with a virtual reader, that touches nothing of the machine's.

Debian's pcscd has its folder, /run/pcscd, compiled in, so there could be only one, started by root, and on a person's
machine it serves that person's cards. The tests run a copy of it that has another folder of the same length written
in its place: any number side by side (one for every worker of pytest), for any user, with no card but the emulated
one. libpcsclite finds it by PCSCLITE_CSOCK_NAME.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from support.card.pcsc_client import wait_for_card
from support.card.vpcd import Reader

VARIABLE = "PCSCLITE_CSOCK_NAME"
#: ykcs11 only looks into readers that are named like Yubico's; OpenSC does not mind.
READER = "Yubico YubiKey OTP+FIDO+CCID"
_DAEMON = "/usr/sbin/pcscd"
_DRIVER = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
_FOLDER = b"/run/pcscd"
_FIRST_PORT, _PORT_PAIRS = 20000, 5000  # below the ephemeral ones
_PORTS_TRIED = 100
_STOP_SECONDS = 10.0
_FOLDERS_TRIED = 100


class PcscDaemon:
    """The daemon with its reader, for as long as ``with`` lasts; it dies with this process in any case."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runtime = Path("/")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> str:
        """Where its clients find it."""
        return str(self._runtime / "pcscd.comm")

    def start(self) -> Reader:
        """Start it and return its reader, empty. Who wants to see it sets `VARIABLE` to `socket`."""
        self._runtime = _own_folder()
        program = self._folder / "pcscd"
        program.write_bytes(Path(_DAEMON).read_bytes().replace(_FOLDER, bytes(self._runtime)))
        program.chmod(0o700)
        port = _free_ports()
        readers = self._folder / "readers"
        readers.mkdir()
        (readers / "virtual").write_text(
            f'FRIENDLYNAME "{READER}"\nDEVICENAME /dev/null:{port:#x}\nLIBPATH {_DRIVER}\nCHANNELID {port:#x}\n'
        )
        with (self._folder / "pcscd.log").open("wb") as log:
            self._process = subprocess.Popen(
                # setpriv asks the kernel to end the daemon with us, also when a test run is killed.
                ["setpriv", "--pdeathsig", "TERM", "--", str(program), "-f", "-e", "-c", str(readers)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        with pytest.MonkeyPatch.context() as patch:
            # libpcsclite reads it once in a process and keeps it.
            patch.setenv(VARIABLE, self.socket)
            wait_for_card(False)
        return Reader(port, wait_for_card)

    def stop(self) -> None:
        """End it and remove its folder."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
            shutil.rmtree(self._runtime, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _own_folder() -> Path:
    """Make a folder whose name is as long as the one in the program."""
    for _ in range(_FOLDERS_TRIED):
        folder = Path("/tmp") / f"sc{secrets.token_hex(2)[:3]}"
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return folder
    raise FileExistsError("/tmp/sc*")


def _free_ports() -> int:
    """Return the first of two ports in a row that nobody listens on: each slot of the reader takes one.

    Workers that look at the same moment begin at different places, since the daemon itself binds them a little later.
    """
    for turn in range(_PORTS_TRIED):
        port = _FIRST_PORT + 2 * ((os.getpid() + turn * 37) % _PORT_PAIRS)
        try:
            for number in (port, port + 1):
                with socket.socket() as tried:
                    tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    tried.bind(("", number))
        except OSError:
            continue
        return port
    raise OSError("no free port")
