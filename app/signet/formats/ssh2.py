"""SSH public key files as commercial programs and PuTTY write them (RFC 4716)."""

from __future__ import annotations

import base64
import binascii

from signet.errors import FormatUnrecognised
from signet.formats import sshkey

BEGIN = "---- BEGIN SSH2 PUBLIC KEY ----"
END = "---- END SSH2 PUBLIC KEY ----"
#: RFC 4716, 3.3: a header's value; its tag has at most 64 bytes.
MAX_HEADER = 1024
#: Lines of a key of the largest size, 70 characters each, with some headers.
MAX_LINES = 256

_WHAT = "an SSH public key"


def parse(text: str) -> tuple[sshkey.SshPublicKey, str]:
    """Return the one key of such a file and its comment, "" without one; raise FormatUnrecognised."""
    lines = [line.rstrip("\r") for line in text.strip().split("\n")]
    if not 3 <= len(lines) <= MAX_LINES or lines[0].strip() != BEGIN or lines[-1].strip() != END:
        raise FormatUnrecognised(what=_WHAT)
    comment, body = "", lines[1:-1]
    while body and ":" in body[0]:
        header = body.pop(0)
        while header.endswith("\\") and body:  # RFC 4716, 3.3: it goes on in the next line
            header = header[:-1] + body.pop(0)
        tag, _, value = header.partition(":")
        if len(header) > MAX_HEADER:
            raise FormatUnrecognised(what=_WHAT)
        if tag.strip().lower() == "comment":
            comment = value.strip().strip('"')
    try:
        blob = base64.b64decode("".join(line.strip() for line in body), validate=True)
    except (binascii.Error, ValueError):
        raise FormatUnrecognised(what=_WHAT) from None
    return sshkey.parse(blob), comment
