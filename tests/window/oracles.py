"""What others say of what the window made: the official Encryption SDK, ssh-keygen, Signet's own command line."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from support.files import OneKey, child_environment, official_client
from window.flows import PIN


def command_line(folder: Path, *arguments: object) -> Any:
    """Run a command of Signet in a process of its own with the token's PIN, beside the open window."""
    pin = folder / "pin"
    pin.write_text(PIN + "\n")
    command = [sys.executable, "-m", "signet", *map(str, arguments), "--pin-file", str(pin), "--json", "--yes"]
    done = subprocess.run(command, env=child_environment(), capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr or done.stdout
    return json.loads(done.stdout)


def official_plaintext(folder: Path, encrypted: Path) -> bytes:
    """Decrypt with the official SDK, given nothing but the exported key."""
    exported = folder / "my-files.jwk"
    command_line(folder, "key", "export", "my-files", exported, "--plain")
    key = json.loads(exported.read_text())
    exported.unlink()
    material = base64.urlsafe_b64decode(key["k"] + "=" * (-len(key["k"]) % 4))
    plaintext, header = official_client().decrypt(
        source=encrypted.read_bytes(), key_provider=OneKey.of(key["kid"], material)
    )
    assert header.encryption_context["signet-content"] == "file"
    return bytes(plaintext)


def ssh_keygen_finds_it_good(document: Path, signature: Path) -> bool:
    """Whether OpenSSH takes the signature for a good one over this document."""
    with document.open("rb") as content:
        done = subprocess.run(
            ["ssh-keygen", "-Y", "check-novalidate", "-n", "file", "-s", str(signature)],
            stdin=content,
            capture_output=True,
            check=False,
            timeout=60,
        )
    return done.returncode == 0
