"""Signed documents are known, and need attention before nobody can prove them any more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from signet.clock import timestamp
from signet.documents.wishes import Form, Level
from signet.errors import FormatUnrecognised
from signet.gui.pages.cards_verdict import concern_words
from signet.services import signed_documents as known
from signet.services.attention import Concern, needs_attention
from signet.services.session import Session
from support import pki
from support.clock import SettableClock
from support.vaults import make_vault

SIGNERS_END = timestamp(pki.SIGNERS_END)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    vault = make_vault(tmp_path_factory.mktemp("vault"), SettableClock(pki.NOW))
    with vault.open() as opened:
        yield opened


@pytest.fixture
def clock_of(session: Session) -> Iterator[SettableClock]:
    clock = session.workplace.clock
    assert isinstance(clock, SettableClock)
    yield clock
    clock.set_wall(pki.NOW)
    for view in known.known_documents(session):
        known.forget_document(session, view.record.path)


def note(session: Session, path: Path, **more: object) -> known.SignedRecord:
    path.write_bytes(b"signed")
    details = {"form": Form.PDF, "level": Level.B, "chain": pki.chain(pki.signer()), **more}
    return known.note_signed(session, path=str(path), sha256=bytes(32), **details)  # type: ignore[arg-type]


def test_a_proof_ends_with_the_first_certificate_or_with_the_last_time_stamp() -> None:
    chain = pki.chain(pki.signer())
    assert known.provable_until(chain) == SIGNERS_END
    assert known.provable_until(chain, stamp_ends="2046-01-01T00:00:00Z") == "2046-01-01T00:00:00Z"
    assert known.provable_until(chain, stamp_ends="2027-01-01T00:00:00Z") == SIGNERS_END
    assert known.provable_until(()) == ""
    with pytest.raises(FormatUnrecognised):
        known.provable_until((b"no certificate",))


def test_the_sentence_says_when_and_what_to_do() -> None:
    assert "until 2028-01-01, when the signer's certificate ends" in known.proof_words(SIGNERS_END, stamped=False)
    assert "signet extend" in known.proof_words(SIGNERS_END, stamped=True)
    assert "signet extend" not in known.proof_words(SIGNERS_END, stamped=True, renewable=False)
    assert known.proof_words(SIGNERS_END, stamped=True, each=True).startswith("Each can be proven until 2028-01-01")
    assert known.proof_words("", stamped=False) == ""


def test_a_document_needs_attention_half_a_year_before_and_once_it_is_too_late(
    session: Session, clock_of: SettableClock, tmp_path: Path
) -> None:
    record = note(session, tmp_path / "contract.pdf", signer="Mari Maasikas")
    assert record.provable_until == SIGNERS_END
    for before, soon, ended in ((timedelta(days=181), False, False), (timedelta(days=179), True, False)):
        clock_of.set_wall(pki.SIGNERS_END - before)
        (view,) = known.known_documents(session)
        assert (view.soon, view.ended, view.missing) == (soon, ended, False)
        assert [each.record for each in known.ending(session)] == ([record] if soon else [])
    clock_of.set_wall(pki.SIGNERS_END + timedelta(days=1))
    (view,) = known.ending(session)
    assert (view.soon, view.ended) == (False, True)
    attention = {each.concern: each for each in needs_attention(session)}
    assert attention[Concern.PROOF_ENDED].path == record.path
    assert Concern.PROOF_ENDS not in attention
    clock_of.set_wall(pki.SIGNERS_END - timedelta(days=1))
    (ends,) = [each for each in needs_attention(session) if each.concern is Concern.PROOF_ENDS]
    assert (ends.path, ends.when, ends.count) == (record.path, SIGNERS_END, 1)
    title, sentence = concern_words(ends, pki.NOW)
    assert "“contract.pdf”" in title
    assert "Extend the document" in sentence
    (tmp_path / "contract.pdf").unlink()
    assert known.ending(session) == ()
    assert known.known_documents(session)[0].missing


def test_what_cannot_be_extended_is_to_be_signed_anew(
    session: Session, clock_of: SettableClock, tmp_path: Path
) -> None:
    stamped = note(session, tmp_path / "a.p7s", form=Form.CMS, level=Level.T, source=str(tmp_path / "a"))
    plain = note(session, tmp_path / "b.p7s", form=Form.CMS, source=str(tmp_path / "b"))
    clock_of.set_wall(pki.SIGNERS_END - timedelta(days=1))
    notes = {view.record.path: known.note_of(view) for view in known.known_documents(session)}
    assert notes == {stamped.path: "have it signed anew soon", plain.path: "extend it soon"}
    attention = {each.concern: each for each in needs_attention(session)}
    assert (attention[Concern.PROOF_ENDS].path, attention[Concern.PROOF_ENDS].count) == (plain.path, 1)
    last = attention[Concern.PROOF_LAST]
    assert (last.path, last.count) == (stamped.path, 1)
    title, sentence = concern_words(last, pki.NOW)
    assert "“a.p7s”" in title
    assert "have the document signed anew before then" in sentence


def test_what_was_extended_or_cannot_end_does_not(session: Session, clock_of: SettableClock, tmp_path: Path) -> None:
    record = note(session, tmp_path / "a.pdf")
    longer = note(session, tmp_path / "a-extended.pdf", stamp_ends=timestamp(pki.AUTHORITIES_END), level=Level.LTA)
    endless = note(session, tmp_path / "b.sig", form=Form.SSH, chain=(), source=str(tmp_path / "b"))
    clock_of.set_wall(pki.SIGNERS_END)
    assert [view.record for view in known.ending(session)] == [record]
    with session.records.change() as change:
        change.signed_documents.extended(record.path, longer.path)
    assert known.ending(session) == ()
    listed = {view.record for view in known.known_documents(session)}
    assert listed == {replace(record, extended_as=longer.path), longer, endless}
    assert endless.provable_until == ""
    assert endless.source == str(tmp_path / "b")


def test_a_path_is_known_once_whatever_it_is_called(
    session: Session, clock_of: SettableClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = tmp_path / "lepi\udce9ng.pdf"
    note(session, odd)
    monkeypatch.chdir(tmp_path)
    note(session, Path("./lepi\udce9ng.pdf"), level=Level.T)
    (view,) = known.known_documents(session)
    assert view.record.path == str(odd)
    assert view.record.level == Level.T
    assert known.forget_document(session, "lepi\udce9ng.pdf")
    assert not known.forget_document(session, str(odd))
    assert known.known_documents(session) == ()
