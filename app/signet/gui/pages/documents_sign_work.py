"""What is read in a task before the panel for signing opens: keys, certificates, the PDF's pages. Blocking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from signet.documents.pdf_facts import PdfFacts
from signet.errors import Cancelled, SignetError, TokenError
from signet.gui.pages.jobs_keys import AbleKeys
from signet.keys.model import Key
from signet.secret import Secret
from signet.services import timestamps
from signet.services.card_certificates import CardCertificate
from signet.services.card_signing import card_keys
from signet.services.certificates import KeyCertificate, signing_certificates
from signet.services.files_items import opened
from signet.services.pdf_documents import look_at_pdf
from signet.services.session import Session
from signet.services.signing_forms import is_pdf
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Workplace
from signet.tokens.hub import fingerprint
from signet.tokens.model import Token, TokenKey


@dataclass(frozen=True)
class CardSigner:
    """A key of a card that is here, to be signed with without a vault."""

    token: Token
    key: TokenKey
    certificates: tuple[CardCertificate, ...]

    @property
    def id(self) -> str:
        """By what it is known: the SHA-256 of its public key."""
        return fingerprint(self.key.public_key)

    @property
    def alias(self) -> str:
        """What to call it."""
        own = self.certificates[0].facts.common_name if self.certificates else self.key.label
        return own or self.key.id.hex()

    @property
    def spec(self) -> str:
        """Its kind, a value of KeySpec or the like."""
        return str(self.key.spec)


@dataclass(frozen=True)
class SignLook:
    """Everything that the panel shows. ``keys`` are the vault's that may sign, ``certificates`` theirs by the key's
    id; ``cards`` are keys of cards, where no vault is open.

    ``pdfs`` are those of ``paths`` that are PDFs; ``pdf`` is what is known of a single one, ``locked`` that it wants
    a password, ``pdf_error`` why else nothing is known. ``services`` are the time-stamp services: what each is
    called, and its address.
    """

    paths: tuple[str, ...]
    now: datetime
    keys: tuple[Key, ...] = ()
    cards: tuple[CardSigner, ...] = ()
    vault: bool = True
    certificates: Mapping[str, tuple[KeyCertificate, ...]] = field(default_factory=dict)
    pdfs: tuple[str, ...] = ()
    pdf: PdfFacts | None = None
    locked: bool = False
    pdf_error: SignetError | None = None
    services: tuple[tuple[str, str], ...] = ()


def look_to_sign(
    workplace: Workplace,
    session: Session | None,
    paths: Sequence[str],
    *,
    able: AbleKeys,
    password: Secret | None = None,
    cancelled: IsCancelled,
) -> SignLook:
    """Read everything; raises what reading the vault raises, and Cancelled."""
    pdfs = tuple(path for path in paths if _is_pdf(path))
    pdf, locked, pdf_error = None, False, None
    if len(paths) == 1 and pdfs:
        try:
            pdf = look_at_pdf(pdfs[0], password=password, cancelled=cancelled)
            locked = pdf is None
        except Cancelled:
            raise
        except SignetError as error:
            pdf_error = error
    found = {} if session is None else signing_certificates(session)
    return SignLook(
        paths=tuple(paths),
        now=workplace.clock.now(),
        keys=able.read(session, cancelled) if session is not None else (),
        cards=_on_cards(workplace) if session is None else (),
        vault=session is not None,
        certificates=found,
        pdfs=pdfs,
        pdf=pdf,
        locked=locked,
        pdf_error=pdf_error,
        services=services_of(workplace),
    )


def services_of(workplace: Workplace) -> tuple[tuple[str, str], ...]:
    """Return the time-stamp services that the person named: what each is called, and its address."""
    return tuple((each.host, each.url) for each in timestamps.services_known(workplace))


def _is_pdf(path: str) -> bool:
    try:
        with opened(path) as source:
            return is_pdf(source, path)
    except SignetError:
        return False  # signing says what is wrong with it


def _on_cards(workplace: Workplace) -> tuple[CardSigner, ...]:
    """Return the keys of all cards that are here and show them without a PIN."""
    found: list[CardSigner] = []
    for token in workplace.hub.tokens():
        try:
            found.extend(CardSigner(token, *held) for held in card_keys(workplace, token))
        except TokenError:
            continue  # it was pulled, or shows nothing
    return tuple(found)
