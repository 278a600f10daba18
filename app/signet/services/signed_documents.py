"""The documents that were signed with this vault: until when each can be proven, and what to do about it.

Notes in the vault's database. A signature without a time stamp can be proven until the signer's certificate ends,
one with a time stamp until the certificate of the service ends that made the last one; extending in time renews it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from signet.clock import parse_timestamp, timestamp
from signet.documents.provability import provable_until
from signet.documents.wishes import Form, Level
from signet.services.session import Session
from signet.store.records import Change
from signet.store.tables.signed_documents import SignedRecord

__all__ = [
    "NOTICE",
    "DocumentView",
    "SignedRecord",
    "ending",
    "forget_document",
    "is_renewable",
    "known_documents",
    "note_of",
    "note_signed",
    "noted_signed",
    "proof_words",
    "provable_until",
]

NOTICE = timedelta(days=180)
"""How long before the end of a proof it needs attention: half a year survives a long holiday and a dead service."""


@dataclass(frozen=True)
class DocumentView:
    """A known document; ``key`` is the name of the key that signed, "" if it is none of this vault or is gone.

    ``missing``: there is no such file any more (it may lie elsewhere). ``ended``: its proof has ended; ``soon``: it
    ends within `NOTICE`. ``renewable`` as in `signet.services.files_items.Proof`.
    """

    record: SignedRecord
    key: str
    missing: bool
    ended: bool
    soon: bool
    renewable: bool


def noted_signed(change: Change, record: SignedRecord) -> None:
    """Note a document that was signed or extended, in the transaction of its entry. Paths are made absolute."""
    path, source = os.path.abspath(record.path), os.path.abspath(record.source)
    change.signed_documents.note(
        SignedRecord(
            path,
            source,
            record.sha256,
            record.form,
            record.level,
            record.signed,
            record.key_id,
            record.signer,
            record.provable_until,
        )
    )


def note_signed(
    session: Session,
    *,
    path: str,
    sha256: bytes,
    form: Form,
    level: Level,
    chain: Sequence[bytes],
    key_id: str = "",
    source: str = "",
    signer: str = "",
    stamp_ends: str = "",
) -> SignedRecord:
    """Note, in a transaction of its own, a document that was signed just now; return what was noted.

    ``path`` holds the signature, ``source`` is what it is over (the same if not given); ``sha256`` is of the file at
    ``path``. ``chain`` are the certificates of the signer (DER, its own first), ``stamp_ends`` is
    `signet.documents.timestamps.TimeStamp.ends` of the last time stamp (`Timestamper.last`).
    """
    record = SignedRecord(
        path=path,
        source=source or path,
        sha256=sha256,
        form=str(form),
        level=str(level),
        signed=timestamp(session.workplace.clock.now()),
        key_id=key_id,
        signer=signer,
        provable_until=provable_until(chain, stamp_ends=stamp_ends),
    )
    with session.records.change() as change:
        noted_signed(change, record)
    return record


def known_documents(session: Session) -> tuple[DocumentView, ...]:
    """Return every known document, the newest signature first."""
    now = session.workplace.clock.now()
    with session.records.read() as reading:
        records = reading.signed_documents.all()
        names = {key.id: key.alias for key in reading.keys.all()}
    return tuple(_view(record, names.get(record.key_id, ""), now) for record in records)


def ending(session: Session) -> tuple[DocumentView, ...]:
    """Return those that need attention, the first to end first: there, not extended, and their proof ends soon.

    Those whose proof has ended already are among them, until they are signed anew or forgotten.
    """
    now = session.workplace.clock.now()
    with session.records.read() as reading:
        records = reading.signed_documents.ending_before(timestamp(now + NOTICE))
    return tuple(view for record in records if not (view := _view(record, "", now)).missing)


def forget_document(session: Session, path: str) -> bool:
    """Do not list a document any more, and say whether it was known; the file is not touched."""
    known = os.path.abspath(path)
    with session.records.change() as change:
        if change.signed_documents.at(known) is None:
            return False
        change.signed_documents.forget(known)
    return True


def proof_words(until: str, *, stamped: bool, renewable: bool = True, each: bool = False) -> str:
    """Say in a sentence until when a signature can be proven, and how that becomes longer; "" without an end.

    ``stamped`` and ``renewable`` are those of `signet.services.files_items.Proof`; ``each`` says it of several.
    """
    if not until:
        return ""
    said = f"{'Each' if each else 'It'} can be proven until {until[:10]}"
    if stamped:
        return f"{said}; extend it before that (signet extend)." if renewable else f"{said}; sign anew before that."
    return (
        f"{said}, when the signer's certificate ends. With a time stamp it can be proven for longer (signet extend)."
    )


def note_of(view: DocumentView) -> str:
    """What a list says beside a document; "" if there is nothing to say."""
    if view.record.extended_as:
        return f"extended as {view.record.extended_as}"
    if view.missing:
        return "not there any more"
    if view.ended:
        return "can no longer be proven by itself; have it signed anew"
    if view.soon:
        return "extend it soon" if view.renewable else "have it signed anew soon"
    return ""


def is_renewable(form: str, *, stamped: bool) -> bool:
    """Whether extending makes the proof of such a signature longer; a CMS signature takes one time stamp."""
    return form == Form.PDF or not stamped


def _view(record: SignedRecord, key: str, now: datetime) -> DocumentView:
    end = parse_timestamp(record.provable_until) if record.provable_until else None
    return DocumentView(
        record,
        key,
        missing=not os.path.lexists(record.path),
        ended=end is not None and end < now,
        soon=end is not None and now <= end < now + NOTICE,
        renewable=is_renewable(record.form, stamped=record.level != Level.B),
    )
