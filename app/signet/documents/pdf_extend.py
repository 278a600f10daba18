"""A PDF's signatures made to last: what is lacking said, a security store or a document time stamp prepared.

ETSI EN 319 142-1, 5.4 (DSS, VRI) and 5.5 (document time stamps); in the document child. Nothing is asked of any
service here, and nothing is signed: see `signet.documents.pdf_writing`.
"""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

from signet.clock import parse_timestamp, timestamp
from signet.documents import pdf_opening
from signet.documents.evidence import Evidence
from signet.documents.pdf_opening import Unfit, WrongPassword, list_of, open_pdf, value_of
from signet.documents.pdf_pages import pages_of
from signet.documents.pdf_proofs import Proven, Signed, proven, signatures_of, stored_in
from signet.documents.pdf_writing import appended, appended_with_place, writer_of

if TYPE_CHECKING:
    from pyhanko.pdf_utils.generic import IndirectObject
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

_MODULES = (
    "pyhanko.pdf_utils.incremental_writer",
    "pyhanko.sign.fields",
    "pyhanko.sign.signers.constants",
    "pyhanko.sign.signers.pdf_byterange",
    "pyhanko.sign.validation.dss",
    "pyhanko.sign.validation.generic_cms",
    "pyhanko.sign.validation.pdf_embedded",
)


def warm_up() -> None:
    """Import what is needed, before nothing can be read any more."""
    pdf_opening.warm_up()
    for name in _MODULES:
        importlib.import_module(name)


def survey_pdf(file: int, *, password: bytes | None = None) -> Mapping[str, object]:
    """Answer with the ``signatures`` of a document, each held against what it covers: see `_said`.

    ``locked`` if the password is missing or wrong, ``refused`` if there is none, or one does not hold.
    """
    try:
        found = signatures_of(open_pdf(file, password).reader, whole=True)
    except WrongPassword:
        return {"locked": True}
    except Unfit as error:
        return {"refused": error.reason}
    return {"signatures": [_said(place, found) for place in range(len(found))]}


def _said(place: int, signatures: Sequence[Signed]) -> Mapping[str, object]:
    """One signature: its field, whether it is a document time stamp, whether a time is proven, until when."""
    each = signatures[place]
    tokens = [
        one.token for one in (each, *(later for later in signatures[place + 1 :] if later.archive)) if one.token
    ]
    until = max([each.leaf.not_valid_after_utc, *(token.ends for token in tokens)])
    return {
        "name": each.name,
        "archive": each.archive,
        "stamped": bool(tokens),
        "until": timestamp(until),
    }


def plan_extension(
    file: int,
    *,
    moment: str,
    certificates: Sequence[bytes] = (),
    crls: Sequence[bytes] = (),
    ocsps: Sequence[bytes] = (),
    password: bytes | None = None,
) -> Mapping[str, object]:
    """Answer with what is ``missing`` to prove every signature and time stamp of a document at a moment.

    Each entry as `signet.documents.evidence.Missing`; ``ocsps`` are requests with their responses, one after the
    other. ``revoked`` are pairs of a name and a time. Or ``locked``, ``refused``.
    """
    try:
        found = _proven(file, moment, certificates, crls, ocsps, password)
    except WrongPassword:
        return {"locked": True}
    except Unfit as error:
        return {"refused": error.reason}
    missing = {(each.name, each.kind): each.packed() for one in found for each in one.missing}
    return {
        "missing": list(missing.values()),
        "revoked": [
            [name, timestamp(when)]
            for one in found
            for proof in one.proofs
            for name, when in proof.revoked
            if one.moment is None or when <= one.moment
        ],
    }


def prepare_dss(
    file: int,
    *,
    moment: str,
    certificates: Sequence[bytes] = (),
    crls: Sequence[bytes] = (),
    ocsps: Sequence[bytes] = (),
    password: bytes | None = None,
) -> Mapping[str, object]:
    """Answer with the bytes to append (``update``) for a security store with all that proves the document.

    Empty if all of it is there already. Parameters and other answers as `plan_extension`; ``refused`` if something
    is lacking.
    """
    try:
        found = _proven(file, moment, certificates, crls, ocsps, password)
        if any(one.missing for one in found):
            raise Unfit("not all that proves it is at hand")
        opened = open_pdf(file, password)
        writer = writer_of(opened)
        return {"update": appended(writer, opened) if _store(writer, found) else b""}
    except WrongPassword:
        return {"locked": True}
    except Unfit as error:
        return {"refused": error.reason}


def prepare_doc_timestamp(file: int, *, size: int, password: bytes | None = None) -> Mapping[str, object]:
    """Answer with what `appended_with_place` returns, for a document time stamp of at most ``size`` bytes.

    Or ``locked``, ``refused``.
    """
    from pyhanko.sign.fields import ensure_sig_flags
    from pyhanko.sign.signers.constants import ESIC_EXTENSION_1
    from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp

    try:
        opened = open_pdf(file, password)
        writer = writer_of(opened)
        ensure_sig_flags(writer=writer, lock_sig_flags=True)
        writer.register_extension(ESIC_EXTENSION_1)
        stamp = DocumentTimestamp(bytes_reserved=2 * size)  # type: ignore[no-untyped-call]
        held = writer.add_object(stamp)
        _new_field(writer, held)
        return appended_with_place(writer, opened, stamp)
    except WrongPassword:
        return {"locked": True}
    except Unfit as error:
        return {"refused": error.reason}


def _new_field(writer: IncrementalPdfFileWriter, held: IndirectObject) -> None:
    """Add a field for a document time stamp, which cannot be seen, on the first page."""
    from pyhanko.pdf_utils.generic import IndirectObject, pdf_name
    from pyhanko.sign.fields import prepare_sig_field

    page = next(iter(pages_of(writer)), None)
    if page is None:
        raise Unfit("it has no pages")
    form = value_of(writer.root, "/AcroForm", {})
    taken = {str(value_of(each, "/T", "")) for each in list_of(form, "/Fields")}
    name = next(name for number in count(1) if (name := f"Timestamp{number}") not in taken)
    where = IndirectObject(page.reference.idnum, page.reference.generation, writer)  # type: ignore[no-untyped-call]
    _, made = prepare_sig_field(name, writer.root, update_writer=writer, include_on_page=where)
    made.get_object()[pdf_name("/V")] = held


def _proven(
    file: int,
    moment: str,
    certificates: Sequence[bytes],
    crls: Sequence[bytes],
    ocsps: Sequence[bytes],
    password: bytes | None,
) -> list[Proven]:
    """Read the document and what proves it, with all that was given and is inside already."""
    reader = open_pdf(file, password).reader
    evidence = Evidence()
    inside = stored_in(reader)
    evidence.add(inside.certificates, inside.crls, inside.ocsps)
    evidence.add(certificates, crls, ())
    evidence.add_answers(ocsps)
    return proven(signatures_of(reader, whole=False), evidence, parse_timestamp(moment))


def _store(writer: IncrementalPdfFileWriter, found: Iterable[Proven]) -> bool:
    """Put what proves each signature into the security store; say whether anything is new."""
    from asn1crypto import crl, ocsp, x509
    from pyhanko.pdf_utils.generic import pdf_name
    from pyhanko.sign.validation.dss import DocumentSecurityStore
    from pyhanko.sign.validation.errors import NoDSSFoundError

    try:
        store = DocumentSecurityStore.read_dss(writer)
    except NoDSSFoundError:
        store = DocumentSecurityStore(writer=writer)
    fresh = "/DSS" not in writer.root
    before = _counted(store)
    for one in found:
        proofs = one.proofs
        # The digest is of the text between the brackets, in capitals as it is written (ISO 32000-2, 12.8.4.4).
        text = one.signed.contents.hex().upper().encode("ascii")
        name = hashlib.sha1(text, usedforsecurity=False).hexdigest().upper()
        store.register_vri(  # type: ignore[no-untyped-call]
            pdf_name(f"/{name}"),
            certs=[x509.Certificate.load(der) for der in _each(proof.chain for proof in proofs)],
            crls=[crl.CertificateList.load(der) for der in _each(proof.crls for proof in proofs)],
            ocsps=[ocsp.OCSPResponse.load(der) for der in _each(proof.ocsps for proof in proofs)],
        )
    if _counted(store) == before:
        return False
    made = store.as_pdf_object()  # type: ignore[no-untyped-call]
    if fresh:
        writer.root[pdf_name("/DSS")] = writer.add_object(made)
        writer.update_root()  # type: ignore[no-untyped-call]
    return True


def _counted(store: Any) -> tuple[int, ...]:
    return len(store.certs), len(store.crls), len(store.ocsps), len(store.vri_entries)


def _each(lists: Iterable[Iterable[bytes]]) -> Iterable[bytes]:
    return dict.fromkeys(der for one in lists for der in one)
