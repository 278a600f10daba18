"""What became of signatures, in words that people understand (DESIGN.md, section 7): values, and which is worst."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from signet.documents.facts import SignatureFacts


class Verdict(StrEnum):
    """What became of a signature, worst first; `UNSIGNED` where there is none."""

    INVALID = "invalid"
    CHANGED = "changed-after-signing"
    UNKNOWN = "unknown"
    EXPIRED_OR_REVOKED = "expired-or-revoked"
    VALID_UNTRUSTED = "valid-untrusted"
    VALID = "valid"
    UNSIGNED = "unsigned"


@dataclass(frozen=True)
class SignatureView:
    """One signature. ``signer`` is a name if the key is known, else its fingerprint; "" if it cannot be read.

    ``fingerprint`` is ``SHA256:...`` as ssh-keygen prints it, or of a certificate its SHA-256 in hexadecimal; of an
    invalid signature it is only what it claims. ``key_id`` and ``alias`` are set for a key of the vault, ``person``
    for a key of somebody among the people, compared or not: only if it was, the verdict is `VALID`.

    ``issuer`` is who vouches for the signer's name, "" without a certificate. ``trusted_by`` says where trust comes
    from: "vault", "person", "issuer" (one that the person trusts), "given" (with the command), "list" (a trusted
    list), "" for none. ``facts`` is all that was found out, None for forms that have no more to say (SSH, raw).
    """

    verdict: Verdict
    sentence: str
    signer: str
    fingerprint: str
    algorithm: str
    key_id: str | None = None
    alias: str | None = None
    person: str | None = None
    issuer: str = ""
    trusted_by: str = ""
    facts: SignatureFacts | None = None


@dataclass(frozen=True)
class Verification:
    """The verdict over a file, in a sentence for people, and each signature's own.

    ``form`` is how it is signed: "pdf", "cms", "asic", "ssh", "raw", "minisign", "" if it is not. ``signature_path``
    is the file itself where the signature is inside. ``notes`` are sentences about the whole file. ``checked`` is the
    moment for which it was checked (RFC 3339 in UTC).
    """

    path: str
    signature_path: str
    verdict: Verdict
    sentence: str
    signatures: tuple[SignatureView, ...]
    form: str = ""
    notes: tuple[str, ...] = ()
    checked: str = ""


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict over several signatures: the worst counts; `UNSIGNED` if there are none."""
    order = list(Verdict)
    return min(verdicts, key=order.index, default=Verdict.UNSIGNED)
