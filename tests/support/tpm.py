"""An emulated TPM of the tests' own: swtpm on a socket, and the files of tpm2-pkcs11 beside it.

There is no resource manager in front of it, as the kernel has one: three objects fit into the TPM at a time, which is
enough for one key used in one login.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from glob import glob
from pathlib import Path
from types import TracebackType
from typing import Self

LABEL = "TPM"
PIN = "canary-tpm-4711"
SO_PIN = "canary-tpm-0815"
_START_SECONDS = 10.0
_PAUSE = 0.02


def tpm_module() -> str:
    """The real path of tpm2-pkcs11; raise FileNotFoundError if the package is missing."""
    found = sorted(glob("/usr/lib/*/libtpm2_pkcs11.so.*"))
    if not found:
        raise FileNotFoundError("libtpm2_pkcs11 is not installed; packaging/apt-test.txt names its package")
    return os.path.realpath(found[0])


class SoftwareTpm:
    """The emulated TPM, for as long as ``with`` lasts; its state lies in ``folder`` and outlives `stop`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        for name in ("state", "store"):
            (folder / name).mkdir(mode=0o700)

    @property
    def environment(self) -> dict[str, str]:
        """What tpm2-pkcs11 finds the TPM and its own files by."""
        return {
            "TPM2_PKCS11_TCTI": f"swtpm:path={self._folder}/s",
            "TPM2_PKCS11_STORE": str(self._folder / "store"),
            "TSS2_LOG": "all+none",
        }

    def start(self) -> None:
        """Switch the TPM on and wait until it answers."""
        for name in ("s", "s.ctrl"):
            (self._folder / name).unlink(missing_ok=True)
        at = self._folder
        server, control = (f"type=unixio,path={at}/{name}" for name in ("s", "s.ctrl"))
        words = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={at}/state", "--server", server, "--ctrl", control]
        self._process = subprocess.Popen(
            # setpriv asks the kernel to end it with us, also when a test run is killed.
            ["setpriv", "--pdeathsig", "KILL", "--", *words, "--flags", "not-need-init,startup-clear"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + _START_SECONDS
        while True:
            with socket.socket(socket.AF_UNIX) as tried:
                try:
                    tried.connect(str(at / "s.ctrl"))
                except OSError:
                    if self._process.poll() is not None or time.monotonic() > end:
                        raise
                else:
                    return
            time.sleep(_PAUSE)

    def stop(self) -> None:
        """Switch it off as when power fails."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def make_token(self) -> None:
        """Make the token, by the commands of docs/cards/tpm.md."""
        base = ["pkcs11-tool", "--module", tpm_module()]
        for words in (
            ["--init-token", "--slot-index", "0", "--label", LABEL, "--so-pin", SO_PIN],
            ["--init-pin", "--token-label", LABEL, "--login", "--login-type", "so", "--so-pin", SO_PIN, "--pin", PIN],
        ):
            subprocess.run([*base, *words], env={**os.environ, **self.environment}, check=True, capture_output=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@contextmanager
def tpm_with_token() -> Iterator[SoftwareTpm]:
    """A fresh TPM with a token that is empty; the name of a socket has to be short."""
    folder = Path(tempfile.mkdtemp(prefix="tpm", dir="/tmp"))
    try:
        with SoftwareTpm(folder) as started:
            started.make_token()
            yield started
    finally:
        shutil.rmtree(folder)
