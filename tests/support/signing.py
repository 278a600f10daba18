"""Signing keys for tests, made once a run, and the files that ssh-keygen wants of them."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from signet.crypto.software import GeneratedKey, SoftwareSigningKey, generate
from signet.formats import sshkey
from signet.keys.spec import KeySpec

SIGNING_SPECS = [spec for spec in KeySpec if spec.known_to_ssh]
"""The kinds that sign documents."""
PAIR_SPECS = [spec for spec in KeySpec if not spec.is_symmetric]


@cache
def generated(spec: KeySpec) -> GeneratedKey:
    """Return the one test key of a spec."""
    return generate(spec)


@cache
def signing_key(spec: KeySpec) -> SoftwareSigningKey:
    """Return the test key of a spec as something that signs."""
    return SoftwareSigningKey(generated(spec).material, spec)


def ssh_line(spec: KeySpec) -> str:
    """Return the test key's public half as one SSH line."""
    return sshkey.public_line(sshkey.from_spki(signing_key(spec).public_key))


def allowed_signers(folder: Path, spec: KeySpec) -> Path:
    """Write the file that tells ``ssh-keygen -Y verify`` whose key it is: ``mari@example.ee``."""
    path = folder / "allowed_signers"
    path.write_text(f"mari@example.ee {ssh_line(spec)}\n")
    return path


def private_key_file(folder: Path, spec: KeySpec) -> Path:
    """Write the test key as ssh-keygen keeps private keys."""
    path = folder / f"id_{spec}"
    private = load_der_private_key(generated(spec).material.reveal(), None)
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    path.chmod(0o600)
    return path


def ssh_keygen(*words: str | Path, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run ssh-keygen with ``data`` on its standard input."""
    return subprocess.run(["ssh-keygen", *map(str, words)], input=data, capture_output=True, check=False, timeout=60)
