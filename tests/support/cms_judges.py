"""What other people's programs say of detached CMS signatures: OpenSSL and gpgsm (Kleopatra's engine)."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import hashes

from support import pki

LATER = datetime(2026, 11, 24, tzinfo=UTC)
"""When it is looked at: after the tests' clock, before anything of the tests' authority ends."""


def openssl_says(folder: Path, signature: Path, source: Path, *, root: bytes = b"") -> str:
    """Verify as CAdES and return what was said: an empty string if that failed."""
    trusted = folder / "trusted.pem"
    trusted.write_bytes(root or pki.root().pem)
    words = ["cms", "-verify", "-cades", "-binary", "-inform", "DER", "-purpose", "any", "-out", os.devnull]
    moment = ["-attime", str(int(LATER.timestamp()))]
    files = ["-in", str(signature), "-content", str(source), "-CAfile", str(trusted)]
    done = subprocess.run(
        ["openssl", *words, *moment, *files], capture_output=True, text=True, check=False, timeout=60
    )
    return done.stderr if done.returncode == 0 else ""


def gpgsm_says(folder: Path, signature: Path, source: Path, *, root: pki.Holder | None = None) -> str:
    """Verify with gpgsm, which trusts the root alone; return what was said, an empty string if that failed."""
    home = folder / "gnupg"
    anchor = root or pki.root()
    if not home.exists():
        home.mkdir(mode=0o700)
        digest = anchor.certificate.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303 - gpgsm's name for it
        (home / "trustlist.txt").write_text(f"{digest} S relax\n")
        (home / "gpgsm.conf").write_text("disable-crl-checks\ndisable-dirmngr\nno-common-certs-import\n")
        (home / "root.der").write_bytes(anchor.der)
        _gpgsm(home, "--import", str(home / "root.der"))
    moment = LATER.strftime("%Y%m%dT%H%M%S")
    done = _gpgsm(home, "--faked-system-time", moment, "--verify", str(signature), str(source))
    return done.stderr if done.returncode == 0 else ""


def _gpgsm(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["gpgsm", "--batch", *words],
        env={**os.environ, "GNUPGHOME": str(home), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
