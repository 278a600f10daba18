"""Which form a signature takes, by wish, key and file; and the makers for it.

AUTO: PAdES in a PDF and CAdES beside other files if the key has a certificate for signatures and is of a kind that
others can verify; else SSHSIG, and raw signatures for keys that SSH does not know. What only certificates can give (a
level, a chosen certificate, a stamp) is never left out silently: then the lack of a certificate is an error.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from signet.documents.cms_build import usual_digest
from signet.documents.network import Visit
from signet.documents.timestamps import Timestamper
from signet.documents.wishes import Form, Level, PdfWish, Wish
from signet.errors import KeyUnsuited, NoSigningCertificate, SignetError, SourceUnsupported, UsageError
from signet.keys.spec import KeySpec
from signet.services.evidence import Evidence, given_crls, given_issuers
from signet.services.pdf_documents import Passwords
from signet.services.pdf_form import PdfForm
from signet.services.raw_signing import RawForm
from signet.services.signing_makers import CmsMaker, Maker, RawMaker, SshMaker, Supplies
from signet.services.timestamps import wanted_service
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Workplace
from signet.store.foreign import translated

Choose: TypeAlias = Callable[[int, str], Maker]
"""Gets a file's descriptor and path, returns what signs it."""

LONG = (Level.LT, Level.LTA)
"""The levels with certificates and revocation inside, which PDFs alone have here."""
_PDF_HEADER, _PDF_SEARCHED = b"%PDF-", 1024  # ISO 32000-1, annex H.3.4.1: within the first 1024 bytes


@dataclass(frozen=True)
class Means:
    """What there is to sign with. ``name`` is the key's for messages, ``spec`` a KeySpec value or the like.

    ``chain`` are certificates in DER, the signer's first; none: ``none`` says why. ``lapsed``: there was one for
    signatures, and it does not hold now; that is no reason to sign in another form unasked.
    """

    name: str
    spec: str
    public_key: bytes
    chain: tuple[bytes, ...] = ()
    none: SignetError | None = None
    lapsed: bool = False


def form_of(means: Means, wish: Wish, raw: RawForm | None) -> Form:
    """Return the form; AUTO means that each file decides between PDF and CMS.

    Raises UsageError for what does not go together, KeyUnsuited, and why there is no certificate if one is needed.
    """
    form = Form.RAW if raw is not None else wish.form
    if form is Form.AUTO:
        form = _automatic(means, wish)
    if form is Form.SSH and not _known_to_ssh(means.spec):
        raise UsageError(reason=f"SSH knows no keys of the kind {means.spec}; sign with --format raw.")
    if form in (Form.SSH, Form.RAW):
        if _wants_certificate(wish):
            raise UsageError(
                reason=f"A signature of the form {form} has no certificate, time stamp or stamp; leave those out."
            )
        return form
    if not means.chain:
        raise means.none or NoSigningCertificate(key=means.name, reason="it has no certificate")
    usual_digest(means.public_key)
    if wish.pss and not means.spec.startswith("RSA_"):
        raise UsageError(reason="PSS is a way to sign of RSA keys, and this key is none.")
    return form


def _automatic(means: Means, wish: Wish) -> Form:
    if means.chain:
        try:
            usual_digest(means.public_key)
            return Form.AUTO
        except KeyUnsuited:
            if _wants_certificate(wish):
                raise
    elif _wants_certificate(wish) or means.lapsed:
        raise means.none or NoSigningCertificate(key=means.name, reason="it has no certificate")
    return Form.SSH if _known_to_ssh(means.spec) else Form.RAW


def _wants_certificate(wish: Wish) -> bool:
    return wish.level is not Level.B or bool(wish.certificate) or wish.pss or wish.pdf != PdfWish()


def _known_to_ssh(spec: str) -> bool:
    return spec in {each.value for each in KeySpec} and KeySpec(spec).known_to_ssh


@contextmanager
def makers(
    workplace: Workplace,
    means: Means,
    form: Form,
    *,
    wish: Wish,
    raw: RawForm | None,
    roots: Sequence[bytes] = (),
    cancelled: IsCancelled | None = None,
    visited: Callable[[Visit], None] | None = None,
) -> Iterator[Choose]:
    """Yield what chooses the maker for each file, for the form that `form_of` found.

    ``roots`` are certificates (DER) of issuers that need not be asked for. ``visited`` is told of every request to a
    service on the network, before it is sent. Raises UsageError if a time stamp is wanted and no service is known,
    ServiceAddressRefused, what `given_crls` and `given_issuers` do for the files of the wish. Choosing raises
    SourceUnsupported for what is no PDF and has to be one, UsageError for a level that CMS has not.
    """
    if form is Form.SSH:
        yield lambda _source, _path: SshMaker()
    elif form is Form.RAW:
        maker = RawMaker(raw or RawForm())
        yield lambda _source, _path: maker
    else:
        with ExitStack() as stack:
            passwords = stack.enter_context(Passwords(workplace.prompt))
            service = evidence = None
            if wish.level is not Level.B:
                url = wanted_service(workplace, wish.timestamp)
                service = stack.enter_context(Timestamper(url, cancelled=cancelled, visited=visited))
            if wish.level in LONG:
                evidence = Evidence(
                    [*means.chain, *given_issuers(wish.issuers), *roots],
                    given_crls(wish.crls),
                    online=wish.online,
                    cancelled=cancelled,
                    visited=visited,
                )
            yield _by_file(Supplies(workplace, means.chain, wish, service, evidence), form, passwords)


def _by_file(supplies: Supplies, form: Form, passwords: Passwords) -> Choose:
    in_pdf = PdfForm(supplies, passwords)

    def choose(source: int, path: str) -> Maker:
        if form is not Form.CMS:
            if is_pdf(source, path):
                return in_pdf
            if form is Form.PDF:
                raise SourceUnsupported(path=path, reason="it is no PDF; sign it with --format cms")
        if supplies.wish.level in LONG:
            raise UsageError(reason="The levels b-lt and b-lta are for PDFs; other files have b-b and b-t.")
        return CmsMaker(supplies)

    return choose


def is_pdf(source: int, path: str) -> bool:
    """Whether a file is a PDF by its beginning; ``path`` is for messages."""
    with translated(path):
        return _PDF_HEADER in os.pread(source, _PDF_SEARCHED, 0)
