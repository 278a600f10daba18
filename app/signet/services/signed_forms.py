"""Which kind of signed file or signature a file is, by its first bytes; names only say where to look."""

from __future__ import annotations

import os

from signet.formats import sshsig
from signet.services.files_items import opened
from signet.store.foreign import translated

SUFFIXES = (".sig", ".p7s", ".p7m", ".minisig")
"""What the name of a signature beside a file has behind the file's."""
_LOOKED_AT = 1024
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_PEM = (b"-----BEGIN CMS-----", b"-----BEGIN PKCS7-----", b"-----BEGIN PKCS #7 SIGNED DATA-----")
_BASE64_OF_DER = (b"MII", b"MIA")
_ASIC = b"mimetypeapplication/vnd.etsi.asic-"


def form_of(path: str) -> str:
    """Return "pdf", "cms", "ssh", "minisign", "asic", or "" for any other file; raises as `files_items.opened`."""
    with opened(path) as file, translated(path):
        head = os.pread(file, _LOOKED_AT, 0)
    if head.startswith(sshsig.HEADER):
        return "ssh"
    if b"%PDF-" in head:
        return "pdf"
    if head[:1] == b"\x30" and _SIGNED_DATA in head[:32]:
        return "cms"
    if head.lstrip().startswith(_PEM) or (head.startswith(_BASE64_OF_DER) and path.endswith((".p7s", ".p7m"))):
        return "cms"
    if head.startswith(b"PK\x03\x04") and _ASIC in head[30:120]:
        return "asic"
    return "minisign" if head.startswith(b"untrusted comment:") else ""
