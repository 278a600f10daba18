"""What the panel for signing says: kinds of signatures, levels, until when they can be proven. Pure, without Qt.

Words for people come first, the names of the standards after them, for who knows them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from signet.documents.wishes import Certify, Form, Level
from signet.services.verdicts import Verdict, Verification

FORMS: dict[Form, tuple[str, str]] = {
    Form.AUTO: ("Inside the PDFs, beside other files", "The usual way for each: PAdES and CAdES (.p7s)."),
    Form.PDF: ("Inside the PDF", "A signed copy that PDF readers check (PAdES)."),
    Form.CMS: ("Beside the file, .p7s", "For files of any kind; many programs check it (CAdES)."),
    Form.SSH: ("SSH signature, .sig", "Needs no certificate. Checked with Signet or ssh-keygen (SSHSIG)."),
}
"""What a person chooses among: what it is, and what that means."""

LEVELS: dict[Level, tuple[str, str]] = {
    Level.B: ("Until the certificate ends", "Needs no network (B\N{NON-BREAKING HYPHEN}B)."),
    Level.T: ("With a time stamp", "A service confirms when you signed (B\N{NON-BREAKING HYPHEN}T)."),
    Level.LT: (
        "With everything for later checks",
        "Also puts in that no certificate was revoked (B\N{NON-BREAKING HYPHEN}LT).",
    ),
    Level.LTA: (
        "Renewable archive",
        "Stamped once more over all that, and again when that grows old (B\N{NON-BREAKING HYPHEN}LTA).",
    ),
}

CERTIFY: dict[Certify, str] = {
    Certify.NO: "Not restricted",
    Certify.NOTHING: "Nothing",
    Certify.FORMS: "Fill in forms and sign",
    Certify.NOTES: "Fill in forms, sign and comment",
}
"""What others may do after a first signature; anything else shows as a change."""

SERVICE_LEARNS = (
    "The service learns your network address and a fingerprint of the signature, nothing of the document itself."
)
MOST_READERS = "For readers that know only the older form"
MOST_READERS_SAID = (
    "Firefox shows the usual form (PAdES) as a red “cannot be verified”. The older one it can check; long-term "
    "standards ask for the usual one."
)
NO_CERTIFICATE = (
    "Until then it makes SSH signatures: others see that the same key signed, and need your public key from you."
)
UNSUITED = (
    "Hardly any program checks documents signed by this kind of key, so it makes SSH signatures. For contracts, take "
    "a key of the kind P-256, P-384 or RSA."
)
OBSTACLE = "It cannot be signed inside: {reason}. A signature beside the file is possible."
ALREADY_SIGNED = "It is signed already; only a first signature can restrict what others do."


@dataclass(frozen=True)
class Mix:
    """What is to be signed: how many PDFs, how many other files."""

    pdfs: int
    others: int

    @property
    def mixed(self) -> bool:
        """Whether there are both."""
        return bool(self.pdfs and self.others)

    @property
    def forms(self) -> tuple[Form, ...]:
        """What can be chosen among, the usual first."""
        if self.mixed:
            return (Form.AUTO, Form.CMS, Form.SSH)
        return (Form.PDF, Form.CMS, Form.SSH) if self.pdfs else (Form.CMS, Form.SSH)

    def meant(self, form: Form) -> Form:
        """Return which of `forms` a remembered form stands for."""
        return form if form in self.forms else self.forms[0]

    def inside(self, form: Form) -> int:
        """Return how many files get their signature inside."""
        return self.pdfs if form in (Form.AUTO, Form.PDF) else 0


def can_last(verification: Verification) -> bool:
    """Whether a longer proof is worth something: what has ended cannot be proven by a time stamp of today."""
    whole = verification.verdict in (Verdict.VALID, Verdict.VALID_UNTRUSTED)
    return whole and verification.form in (Form.PDF, Form.CMS)


def becomes(mix: Mix, form: Form) -> str:
    """Say what is written for which of several files; "" for a single one, whose name is shown instead."""
    total = mix.pdfs + mix.others
    if total == 1:
        return ""
    inside = mix.inside(form)
    if inside == total:
        return f"{_pdfs(inside)}: a signed copy beside each, NAME-signed.pdf."
    suffix = ".sig" if form is Form.SSH else ".p7s"
    if not inside:
        return f"{total} files: a signature beside each, NAME{suffix}."
    rest = "1 other file" if mix.others == 1 else f"{mix.others} other files"
    return f"{_pdfs(inside)}: a signed copy, NAME-signed.pdf. {rest}: a signature, NAME{suffix}."


def _pdfs(count: int) -> str:
    return "1 PDF" if count == 1 else f"{count} PDFs"


def provable(form: Form, level: Level, ends: datetime | None, service: str, now: datetime) -> tuple[str, bool]:
    """Say until when the signature can be proven, and whether that is in order.

    ``ends`` is when the certificate ends, None without one; ``service`` is what the time-stamp service is called.
    """
    if form is Form.SSH:
        return "It carries no time that others could rely on. It holds as long as they trust your key.", True
    if ends is None:
        return "", True
    if ends <= now:
        return f"The certificate ended on {date(ends)}. What is signed with it now counts for nobody.", False
    if level is Level.B:
        return f"It can be proven until {date(ends)}, when the certificate ends.", True
    if level is Level.T:
        said = f"{service} confirms the time. It can be proven after {date(ends)} too, while the issuer answers."
        return said, True
    if level is Level.LT:
        return (
            f"It can be proven after {date(ends)} too, without a network, until the time stamp of {service} ends.",
            True,
        )
    return "It can be proven as long as it is renewed in time; Signet says when that is due.", True


def date(when: datetime) -> str:
    """Write a date in full: ``14 March 2028``."""
    local = when.astimezone()
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"


def month(when: datetime) -> str:
    """Write a month: ``March 2028``."""
    local = when.astimezone()
    return f"{_MONTHS[local.month - 1]} {local.year}"


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
