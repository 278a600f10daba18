"""How long it takes until the window is there: from the start of the process until a window manager could show it.

    PYTHONPATH=app:tests python tests/bench/start.py [TIMES]

Brings a screen of its own (Xvfb, openbox). Prints seconds, and the processor's seconds that Signet used until then,
which a busy machine does not change. The aim is 0.7 s, warm.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from window.screen import Screen, new_screen

AIM = 0.7
SETTLE = 2.0  # seconds for the second half of starting, so that it does not disturb the next measurement


def measure(screen: Screen, home: Path) -> tuple[float, float]:
    """Start Signet once; return seconds and processor seconds until its window is mapped."""
    environment = {**screen.environment, "HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-P", "-m", "signet"], env=environment)
    search = ["xdotool", "search", "--onlyvisible", "--pid", str(process.pid), "--name", "Signet"]
    while not subprocess.run(search, env=environment, capture_output=True).stdout:
        if process.poll() is not None:
            raise RuntimeError(f"Signet ended with status {process.returncode}")
        time.sleep(0.01)
    seconds = time.perf_counter() - begun
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    used = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime, stime: proc(5)
    time.sleep(SETTLE)
    process.terminate()
    process.wait(30)
    return seconds, used


def main(times: int) -> int:
    """Measure; the first start warms the caches and does not count."""
    with tempfile.TemporaryDirectory() as folder, new_screen() as screen:
        measure(screen, Path(folder))
        found = [measure(screen, Path(folder)) for _ in range(times)]
    for seconds, used in found:
        print(f"visible after {seconds:.2f} s, {used:.2f} s of processor time")
    middle = statistics.median(seconds for seconds, _ in found)
    print(f"median {middle:.2f} s; the aim is {AIM} s")
    return 0 if middle <= AIM else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
