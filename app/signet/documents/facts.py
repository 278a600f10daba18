"""What was found out about one signature, as plain values: what the document child answers and services judge.

Nothing here is a verdict. A fact that could not be had is empty, None or "unknown", never guessed. Everything in it
may come from a hostile document: text is for showing after `signet.services.files_inspect.shown`, bytes are parsed
again by whoever uses them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True)
class Anchors:
    """What one check may rest on; certificates, CRLs and OCSP responses are DER.

    ``roots`` are issuers that are trusted, ``others`` certificates that may stand between, ``moment`` the time at
    which is checked (RFC 3339 in UTC).
    """

    moment: str
    roots: tuple[bytes, ...] = ()
    others: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()

    def packed(self) -> Mapping[str, object]:
        """As parameters of a child's operation."""
        return asdict(self)


@dataclass(frozen=True)
class SignatureFacts:
    """One signature of a document, in the order in which they were made.

    Times are RFC 3339 in UTC or "". ``format`` is what people read: "PAdES B-LT", "CAdES B-B", "CMS", "XAdES B-LT".
    ``intact`` says whether what is signed is as it was, ``fits`` whether the signature fits the signer's key; None if
    that could not be found out, ``problem`` says why then (a clause). ``weak`` says why the algorithms do not count
    (a clause), "" if they do. ``digest_algorithm`` and ``algorithm`` as people read them ("SHA-256", "ECDSA P-256").

    ``chain`` are certificates in DER, the signer's first, as far up as found; ``anchored`` says whether it ends at
    one of the trusted roots by RFC 5280, at the moment of ``proven_time`` or else of the check; ``chain_problem`` is
    "" or one of "incomplete", "not-anchored", "expired", "not-yet-valid", "revoked", "constraints" and ``chain_note``
    the clause to it. ``revocation`` is "good", "revoked", "unknown" (nobody said) or "ended" (what was said is too
    old); ``revocation_source`` is "document", "given", "network" or "".

    ``kind`` is "signature", or "time-stamp" for one over a whole document, whose fields say the same of its stamper;
    ``field`` is what a PDF calls its place.

    ``claimed_time`` is by the signer's own clock, ``proven_time`` by a time stamp that holds, ``time_stamper`` whose.
    ``provable_until`` is when the last proof's certificate ends. ``coverage``: "whole", "revision" (then ``revision``
    of ``revisions``), "detached", "part". ``changes_allowed``: None if nothing came after, else whether all that did
    is what signing allows; ``changes`` are clauses ("a comment was added"). ``hidden_bytes``: something stands after
    the signature within its place. ``certifies`` is the DocMDP level, 0 if it does not. ``qualified``: "qualified",
    "not-qualified", "unknown", "" if no list was asked.
    """

    name: str = ""
    format: str = ""
    problem: str = ""
    intact: bool | None = None
    fits: bool | None = None
    weak: str = ""
    algorithm: str = ""
    digest_algorithm: str = ""
    public_key: bytes = b""
    chain: tuple[bytes, ...] = ()
    anchored: bool = False
    chain_problem: str = ""
    chain_note: str = ""
    revocation: str = "unknown"
    revocation_source: str = ""
    revoked_at: str = ""
    claimed_time: str = ""
    proven_time: str = ""
    time_stamper: str = ""
    time_note: str = ""
    provable_until: str = ""
    coverage: str = ""
    revision: int = 0
    revisions: int = 0
    changes_allowed: bool | None = None
    changes: tuple[str, ...] = ()
    hidden_bytes: bool = False
    certifies: int = 0
    reason: str = ""
    place: str = ""
    signer_said: str = ""
    page: int = 0
    qualified: str = ""
    qualified_note: str = ""
    kind: str = "signature"
    field: str = ""

    def packed(self) -> Mapping[str, object]:
        """As a part of a child's answer."""
        return asdict(self)


def unpacked_facts(value: object) -> SignatureFacts:
    """Read what a child answered, trusting none of its types; raise ValueError if it is no `SignatureFacts`."""
    if not isinstance(value, Mapping) or set(value) != {field.name for field in fields(SignatureFacts)}:
        raise ValueError("not the facts of a signature")
    taken: dict[str, object] = {}
    for field in fields(SignatureFacts):
        taken[field.name] = _taken(str(field.type), value[field.name])
    return SignatureFacts(**taken)  # type: ignore[arg-type]


def unpacked_anchors(value: object) -> Anchors:
    """Read what the parent asked with; raise ValueError if it is no `Anchors`."""
    if not isinstance(value, Mapping) or set(value) != {field.name for field in fields(Anchors)}:
        raise ValueError("not what a check rests on")
    taken = {field.name: _taken(str(field.type), value[field.name]) for field in fields(Anchors)}
    return Anchors(**taken)  # type: ignore[arg-type]


def _taken(kind: str, found: object) -> object:
    """Return a value of the kind that the field is annotated with."""
    if kind.startswith("tuple["):
        inner = kind.removeprefix("tuple[").partition(",")[0]
        if not isinstance(found, list | tuple):
            raise ValueError("not a list")
        return tuple(_taken(inner, each) for each in found)
    if found is None and kind.endswith("| None"):
        return None
    plain = kind.removesuffix(" | None")
    if type(found).__name__ != plain:
        raise ValueError(f"not a {plain}")
    return found
