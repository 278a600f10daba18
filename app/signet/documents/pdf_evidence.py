"""What a PDF brings along so that it can be verified later: its document security store (ETSI EN 319 142-1, 5.4).

Also what stands within a signature: CRLs of CMS, and Adobe's archived revocation (ISO 32000-1, 12.8.3.3.2). Runs in
the document child only.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from asn1crypto import cms, core
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.rw_common import PdfHandler
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError

from signet.documents.chains import Ground, Said, read_certificates

MAX_ITEMS = 500
"""Certificates, CRLs and OCSP responses that are taken from one store."""
_Store = tuple[tuple[bytes, ...], tuple[bytes, ...], tuple[bytes, ...]]


class Evidence:
    """The store as it is now, and since when each thing in it is known to exist."""

    def __init__(self, reader: PdfFileReader, moment: datetime) -> None:
        self._reader = reader
        self._moment = moment
        self._now = _store(reader)
        self._since: dict[bytes, datetime] = {}

    @property
    def anything(self) -> bool:
        """Whether there is anything that says who was not revoked."""
        return bool(self._now[1] or self._now[2])

    def there_at(self, revision: int) -> bool:
        """Whether a time stamp over that revision covers such things."""
        store = _store(self._reader.get_historical_resolver(revision))
        return bool(store[1] or store[2])

    def known_at(self, revision: int, time: datetime) -> None:
        """Note that what the store held in a revision existed at a time."""
        store = _store(self._reader.get_historical_resolver(revision))
        for der in (*store[1], *store[2]):
            self._since[der] = min(time, self._since.get(der, time))

    def ground(
        self, given: Ground, *, signed: cms.SignedData | None = None, signer: cms.SignerInfo | None = None
    ) -> Ground:
        """Add the store, and what stands within a signature, to what was given."""
        certificates, crls, ocsps = self._now
        inside = within(signed, signer)
        return replace(
            given,
            others=(*given.others, *_read(certificates)),
            crls=(*given.crls, *self._said(crls), *(Said(der, self._moment, "document") for der in inside[0])),
            ocsps=(*given.ocsps, *self._said(ocsps), *(Said(der, self._moment, "document") for der in inside[1])),
        )

    def _said(self, ders: tuple[bytes, ...]) -> tuple[Said, ...]:
        return tuple(Said(der, self._since.get(der, self._moment), "document") for der in ders)


_read = cache(read_certificates)


def _store(handler: PdfHandler) -> _Store:
    """Certificates, CRLs and OCSP responses of a document or of an earlier state of it; all empty without a store."""
    try:
        store = DocumentSecurityStore.read_dss(handler)
    except NoDSSFoundError:
        return (), (), ()
    certificates = tuple(_data(each) for each in list(store.certs.values())[:MAX_ITEMS])
    crls = tuple(_data(each) for each in store.crls[:MAX_ITEMS])
    return certificates, crls, tuple(_data(each) for each in store.ocsps[:MAX_ITEMS])


def _data(reference: Any) -> bytes:
    return bytes(reference.get_object().data)


def within(
    signed: cms.SignedData | None, signer: cms.SignerInfo | None
) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """CRLs and OCSP responses that a signature brings itself."""
    crls: list[bytes] = []
    ocsps: list[bytes] = []
    for choice in (signed["crls"] or ()) if signed is not None else ():
        if choice.name == "certificate_list":
            crls.append(choice.chosen.dump())
    attributes = () if signer is None or isinstance(signer["signed_attrs"], core.Void) else signer["signed_attrs"]
    for attribute in attributes:
        if attribute["type"].native == "adobe_revocation_info_archival":
            for value in attribute["values"]:
                crls += [each.dump() for each in value["crl"] or ()]
                ocsps += [each.dump() for each in value["ocsp"] or ()]
    return tuple(crls[:MAX_ITEMS]), tuple(ocsps[:MAX_ITEMS])
