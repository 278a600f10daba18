"""Every fuzz target by its name."""

from __future__ import annotations

from fuzz import (
    age_files,
    archives,
    certificate_files,
    ciphertexts,
    key_files,
    messages,
    minisign_files,
    ssh_formats,
    vault_header,
)
from fuzz.target import Target

TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        messages.TARGET,
        age_files.TARGET,
        vault_header.TARGET,
        ssh_formats.TARGET,
        minisign_files.TARGET,
        ciphertexts.TARGET,
        archives.TAR,
        archives.BACKUP,
        key_files.KEY_FILE,
        key_files.TRANSFER,
        certificate_files.TARGET,
    )
}
