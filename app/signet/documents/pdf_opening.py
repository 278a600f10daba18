"""A PDF opened for reading, in the document child: with its password, without what cannot be relied upon.

The reader is strict: a document that programs could read differently is no document to put one's name under.
"""

from __future__ import annotations

import importlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from signet.documents.positioned import Positioned

if TYPE_CHECKING:
    from pyhanko.pdf_utils.reader import PdfFileReader

#: Bytes within which a PDF says that it is one (ISO 32000-1, annex H.3, 13).
HEAD = 1024
BUFFER = 64 << 10
_MODULES = (
    "pyhanko.pdf_utils.crypt",
    "pyhanko.pdf_utils.generic",
    "pyhanko.pdf_utils.misc",
    "pyhanko.pdf_utils.reader",
    "pyhanko.pdf_utils.metadata.xmp_xml",
)


class Unfit(Exception):
    """A document that something cannot be done with; ``reason`` is a clause."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnfitWish(Unfit):
    """A document that can be signed, but not as was wished."""


class WrongPassword(Exception):
    """The document does not open with the password, or with none if none was given."""


@dataclass(frozen=True)
class Opened:
    """A document that can be read, and what its owner allows to who has this password (ISO 32000-2, table 22).

    ``may_fill``: sign in a field that is there; ``may_create``: make a field to sign in.
    """

    reader: PdfFileReader
    size: int
    encrypted: bool = False
    may_fill: bool = True
    may_create: bool = True


def warm_up() -> None:
    """Import what is needed, before nothing can be read any more."""
    for name in _MODULES:
        importlib.import_module(name)


def open_pdf(descriptor: int, password: bytes | None) -> Opened:
    """Open the PDF behind a descriptor; without a password one that needs none to be read opens too.

    Raises Unfit, WrongPassword; whatever pyHanko raises for a document that it cannot parse rises as it is.
    """
    from pyhanko.pdf_utils.crypt import AuthStatus, PubKeySecurityHandler
    from pyhanko.pdf_utils.crypt.permissions import StandardPermissions
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader

    raw = Positioned(descriptor)
    stream = io.BufferedReader(raw, BUFFER)
    if b"%PDF-" not in stream.read(HEAD):
        raise Unfit("it is no PDF")
    try:
        reader = PdfFileReader(stream)
    except PdfError as error:
        raise Unfit(
            "it is damaged, or does not keep to the rules of PDF, so that programs may read it differently"
        ) from error
    if not reader.encrypted:
        return Opened(reader, raw.size)
    if isinstance(reader.security_handler, PubKeySecurityHandler):
        raise Unfit("it is encrypted for certificates, which Signet cannot open")
    result = reader.decrypt(password or b"")
    if result.status is AuthStatus.FAILED:
        raise WrongPassword
    flags = result.permission_flags
    if result.status is AuthStatus.OWNER or flags is None:
        return Opened(reader, raw.size, encrypted=True)
    notes = StandardPermissions.ALLOW_ANNOTS_FORM_FILLING
    create = notes | StandardPermissions.ALLOW_MODIFICATION_GENERIC
    return Opened(
        reader,
        raw.size,
        encrypted=True,
        may_fill=bool(flags & (notes | StandardPermissions.ALLOW_FORM_FILLING)),
        may_create=flags & create == create,
    )


def value_of(dictionary: Any, key: str, default: Any = None) -> Any:
    """Return what a dictionary holds under a key, references followed; ``default`` for nothing or null."""
    from pyhanko.pdf_utils.generic import NullObject

    try:
        found = dictionary[key]
    except KeyError:
        return default
    return default if isinstance(found, NullObject) else found


def list_of(dictionary: Any, key: str) -> list[Any]:
    """Return the entries of an array in a dictionary, references followed; none if there is no array."""
    from pyhanko.pdf_utils.generic import ArrayObject

    found = value_of(dictionary, key)
    return [found[place] for place in range(len(found))] if isinstance(found, ArrayObject) else []
