"""What is said about signatures, from the facts: every verdict has its words, its next step and its offers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from signet.gui.pages.documents_report import Report, report_of
from signet.gui.pages.documents_view_next import Next, acts, what_next, whole_acts
from signet.gui.pages.documents_view_words import (
    HEADLINES,
    OFFLINE,
    changes,
    coverage_words,
    footer,
    headline,
    is_time_stamp,
    lines,
    name_of_signer,
    notes,
    said,
    signer_words,
    technical,
    time_words,
)
from signet.gui.pages.documents_work import CheckedDocument
from signet.services.signature_chain import chain_of
from signet.services.signature_report import FileDigest, ReportBasis
from signet.services.verdicts import SignatureView, Verdict
from support import pki
from support import verdict_samples as samples
from support.verdict_samples import FACTS, verification


def rows(view: SignatureView) -> dict[str, str]:
    return {line.name: line.value for line in lines(view)}


def report(*views: SignatureView) -> Report:
    found = verification("/home/mari/lease.pdf", *views)
    basis = ReportBasis((FileDigest(found.path, "ab" * 32, 12_345),), "2026-11-22T20:00:00Z", "Signet 1")
    return report_of(CheckedDocument(found, tuple(map(chain_of, views)), recorded=True, seen=()), basis)


def test_every_verdict_has_a_pill_that_no_other_has() -> None:
    assert set(HEADLINES) == set(Verdict)
    assert len({words for words, _ in HEADLINES.values()}) == len(Verdict)
    assert headline(verification("/a", samples.good(), samples.good()))[0] == "Valid signatures"


def test_a_good_signature_says_what_the_mock_up_says() -> None:
    view = samples.good()
    found = rows(view)
    assert found["Integrity"] == "Unchanged"
    assert found["Signer"] == "Trusted · by an issuer that you trust"
    assert "by a time stamp of Example Time Stamping" in found["Time"]
    assert found["Algorithm"] == "ECDSA P-256, SHA-256"
    assert found["Revocation"] == "not revoked, proof inside"
    assert found["Format"] == "PAdES B-LT"
    assert found["Covers"] == "the whole file"
    assert chain_of(view)[0].name == samples.MARI
    assert chain_of(view)[-1].trusted
    assert footer(verification("/a", view)) == OFFLINE


@pytest.mark.parametrize(
    ("view", "integrity", "tone"),
    [
        (samples.good(), "Unchanged", "ok"),
        (samples.changed(), "Changed after it was signed", "bad"),
        (samples.broken(), "Changed or damaged", "bad"),
        (samples.stranger(), "Unchanged", "ok"),
        (samples.good(intact=None), "Not known", "warn"),
        (samples.own_ssh(), "Unchanged", "ok"),
    ],
)
def test_integrity_is_said_first(view: SignatureView, integrity: str, tone: str) -> None:
    first = lines(view)[0]
    assert (first.name, first.value, first.tone) == ("Integrity", integrity, tone)


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (samples.own_ssh(), "Trusted · your own key"),
        (replace(samples.good(), trusted_by="person", person="Mari"), "Trusted · in People"),
        (replace(samples.good(), trusted_by="list"), "Trusted · by a trusted list"),
        (replace(samples.good(), trusted_by="given"), "Trusted · by what you gave"),
        (replace(samples.stranger(), person="Mari"), "perhaps Mari: not compared yet"),
        (samples.stranger(), "not known here"),
        (samples.changed(), "named by an issuer that is trusted"),
        (samples.broken(), "only claimed"),
    ],
)
def test_whether_the_signer_is_trusted_and_why(view: SignatureView, words: str) -> None:
    assert signer_words(view) == words


def test_time_says_who_says_so() -> None:
    assert "not proven" in time_words(replace(FACTS, proven_time=""))
    assert time_words(replace(FACTS, proven_time="", claimed_time="")) == "not said"
    assert time_words(replace(FACTS, proven_time="no time", time_stamper="")) == "no time, by a time stamp"


@pytest.mark.parametrize(
    ("coverage", "words"),
    [
        ("whole", "the whole file"),
        ("detached", "the file that it was checked with"),
        ("revision", "version 1 of 1 in this file"),
        ("part", "only a part of the file"),
    ],
)
def test_what_is_covered(coverage: str, words: str) -> None:
    assert coverage_words(replace(FACTS, coverage=coverage)) == words


@pytest.mark.parametrize(
    ("revocation", "source", "words"),
    [
        ("good", "network", "not revoked, asked online"),
        ("good", "given", "not revoked, by what you gave"),
        ("revoked", "document", "revoked on 5 Nov 2026, proof inside"),
        ("unknown", "", "not checked: no proof here"),
        ("ended", "document", "not known: what was said is too old, proof inside"),
        ("something new", "", "not checked: no proof here"),
    ],
)
def test_revocation_says_where_it_comes_from(revocation: str, source: str, words: str) -> None:
    view = samples.good(revocation=revocation, revocation_source=source, revoked_at="2026-11-05T12:00:00Z")
    assert rows(view)["Revocation"] == words
    if source == "network":
        assert "network" in footer(verification("/a", view))


def test_what_one_should_know_besides_is_told() -> None:
    view = samples.good(
        hidden_bytes=True,
        problem="a part is missing",
        chain_problem="incomplete",
        time_note="the stamp is old",
        signer_said="Mari\u202e\n",
        certifies=2,
        qualified="not-qualified",
        qualified_note="withdrawn",
    )
    told = " ".join(notes(view))
    for part in ("could not be checked in full", "behind the signature", "are missing", "The stamp is old.", "Mari"):
        assert part in told
    assert "\u202e" not in told
    assert rows(view)["EU trusted list"] == "not qualified, withdrawn"
    assert rows(view)["Allows"] == "forms may be filled in after it, nothing else"
    assert notes(samples.own_ssh()) == ()
    assert changes(samples.own_ssh()) == ()


def test_whoever_is_trusted_needs_nobody_to_vouch() -> None:
    own = samples.good(chain_problem="not-anchored", anchored=False, revocation="unknown", page=2)
    view = replace(own, alias="contracts", trusted_by="vault")
    assert notes(view) == ()
    assert next(line.tone for line in lines(view) if line.name == "Revocation") == ""
    assert next(line.tone for line in lines(own) if line.name == "Revocation") == "warn"
    assert rows(view)["Visible"] == "on page 2"


def test_weak_algorithms_say_that_they_do_not_count() -> None:
    found = next(line for line in lines(samples.weak()) if line.name == "Algorithm")
    assert (found.value, found.tone) == ("ECDSA P-256, SHA-1: does not count, SHA-1 can be forged", "bad")


def test_of_what_cannot_be_read_nothing_is_claimed() -> None:
    view = samples.unreadable()
    assert lines(view) == []
    assert name_of_signer(view) == "Could not be checked"
    assert footer(verification("/a", view)) == ""
    assert whole_acts(verification("/a", view)) == (Next.AGAIN,)


def test_a_time_stamp_is_nobodys_signature() -> None:
    view = samples.good(kind="time-stamp")
    assert is_time_stamp(view)
    assert name_of_signer(view) == f"Time stamp: {samples.MARI}"
    assert acts(samples.judged(view, Verdict.VALID_UNTRUSTED, "It is not known.")) == ()


@pytest.mark.parametrize(
    ("views", "words", "offered", "whole"),
    [
        ([samples.good()], "Nothing to do.", [], [Next.EXTEND]),
        ([samples.good(proven_time="", time_stamper="")], "by the signer alone", [], [Next.EXTEND]),
        ([samples.own_ssh()], "Nothing says when", [], []),
        ([samples.stranger()], "compare the fingerprint", [Next.TRUST_SIGNER, Next.TRUST_ISSUER], [Next.EXTEND]),
        ([replace(samples.stranger(), facts=None)], "Ask the signer for the public key", [Next.GIVE_KEY], []),
        ([replace(samples.stranger(), facts=None, person="Mari")], "Compare the fingerprint with Mari", [], []),
        ([samples.changed()], "Look at what changed", [], []),
        ([samples.ended()], "new signature", [], []),
        ([samples.weak()], "do not rely on the signature", [], [Next.AGAIN]),
        ([samples.broken()], "Do not rely on this file", [], []),
        ([], "You can sign it", [], [Next.CHOOSE]),
    ],
)
def test_what_to_do_next(views: list[SignatureView], words: str, offered: list[Next], whole: list[Next]) -> None:
    form = "pdf" if not views or views[0].facts is not None else "ssh"
    found = verification("/a/lease.pdf", *views, form=form)
    assert words in what_next(found)
    assert list(acts(views[0]) if views else []) == offered
    assert list(whole_acts(found)) == whole


def test_a_signature_in_another_file_can_be_chosen_anew() -> None:
    found = verification("/a/lease.pdf", samples.broken(), signature="/a/lease.pdf.p7s", form="cms")
    assert whole_acts(found) == (Next.CHOOSE,)
    assert footer(found) == "Checked offline with the signature in lease.pdf.p7s"


def test_text_of_strangers_is_one_readable_line_of_bounded_length() -> None:
    assert said("a\nb\u202ec" + "x" * 500).startswith("a\ufffdb\ufffdc")
    assert len(said("x" * 500)) == 160


def test_technical_details_name_every_certificate() -> None:
    view = samples.good()
    found = technical(view, chain_of(view))
    assert next(value for name, value in found if name == "Certificate of") == samples.MARI
    assert "".join(found[0][1].split()) == view.fingerprint
    broken = replace(view, facts=replace(view.facts or FACTS, chain=(b"no certificate", pki.root().der)))
    assert chain_of(broken)[0].name == "a certificate that cannot be read"
    assert chain_of(samples.own_ssh()) == ()


def test_a_report_says_what_the_panel_says_and_how_the_file_is_told() -> None:
    made = report(samples.good(), samples.changed())
    text = str(made)
    for part in ("ab" * 32, "12345 bytes", "Signet 1", "Changed after signing", samples.MARI, "Unchanged", OFFLINE):
        assert part in text
    assert made.verdict == "Changed after signing"
    assert made.title == "lease.pdf"
