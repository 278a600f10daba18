"""Archives of the tests' own, unpacked by every Python: its filters came with 3.11.4, and Debian 12 has 3.11.2."""

from __future__ import annotations

import tarfile
from pathlib import Path


def unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Lay out the files of an archive below ``folder``, with the modes they have there."""
    for member in archive:
        place = folder / member.name
        if member.isdir():
            place.mkdir(parents=True, exist_ok=True)
        else:
            content = archive.extractfile(member)
            assert content is not None, member.name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content.read())
        place.chmod(member.mode)
