"""How a document is to be signed, as plain values: what people choose, in window and command line alike."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Form(StrEnum):
    """Which kind of signature: `AUTO` is PDF in a PDF and CMS for other files if the key has a certificate, else SSH
    (raw for keys that SSH does not know)."""

    AUTO = "auto"
    PDF = "pdf"
    CMS = "cms"
    SSH = "ssh"
    RAW = "raw"


class Level(StrEnum):
    """How long a signature can be proven (ETSI EN 319 142-1, 319 122-1): B-B as it is, B-T with a time stamp, B-LT
    with certificates and revocation inside, B-LTA with a time stamp over those."""

    B = "b-b"
    T = "b-t"
    LT = "b-lt"
    LTA = "b-lta"


class Certify(IntEnum):
    """What may be changed after a first signature that certifies (ISO 32000-2, 12.8.2.2); `NO` does not certify."""

    NO = 0
    NOTHING = 1
    FORMS = 2
    NOTES = 3


@dataclass(frozen=True)
class Stamp:
    """A visible stamp: ``page`` from 0; the rectangle in points (1/72 inch) from the lower left corner of the page as
    it is shown, so after its rotation and within its crop box."""

    page: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class PdfWish:
    """What concerns PDFs alone. ``field`` is an existing, empty signature field; ``most_readers`` writes
    ``adbe.pkcs7.detached`` instead of PAdES' ``ETSI.CAdES.detached``."""

    reason: str = ""
    place: str = ""
    field: str = ""
    certify: Certify = Certify.NO
    most_readers: bool = False
    stamp: Stamp | None = None


@dataclass(frozen=True)
class Wish:
    """A whole wish. ``certificate`` is the SHA-256 (hexadecimal) of one of the key's certificates, "" for the usual
    one; ``timestamp`` the address of an RFC 3161 service, "" for none: levels above B-B need one. ``pss`` signs with
    RSA-PSS instead of PKCS #1 v1.5. For levels with revocation inside: ``crls`` and ``issuers`` are files with what
    need not be asked for; with ``online`` False no address is asked but the time-stamp service's."""

    form: Form = Form.AUTO
    level: Level = Level.B
    certificate: str = ""
    timestamp: str = ""
    pss: bool = False
    pdf: PdfWish = PdfWish()
    crls: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    online: bool = True
