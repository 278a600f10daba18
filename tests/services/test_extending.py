"""Signed documents made to last; pyHanko, pdfsig and openssl judge what comes of them, and nothing is lost."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import cms
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.diff_analysis import ModificationLevel

from signet.clock import timestamp
from signet.documents.wishes import Level
from signet.errors import (
    DocumentNotExtended,
    RevocationUnknown,
)
from signet.services.extending import ExtendWish
from signet.services.verdicts import Verdict
from signet.services.verifying import verify_file
from support import pki
from support.ades import NOT_ASKED, judged
from support.extending import copy, done, extend, proofs_in, signed_in
from support.pdf_signing import pdfsig, trusting_database
from support.tsa import Service, time_stamps

LATE = pki.SIGNERS_END + timedelta(days=30)
"""When the signer's certificate and every list of `PROOFS` have ended."""
TSA_END = timestamp(pki.AUTHORITIES_END)


@pytest.fixture(scope="module")
def tsa() -> Iterator[Service]:
    with time_stamps(pki.NOW) as service:
        yield service


@pytest.fixture(scope="module")
def proofs(tmp_path_factory: pytest.TempPathFactory) -> ExtendWish:
    return proofs_in(tmp_path_factory.mktemp("proofs"))


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory, tsa: Service) -> dict[str, Path]:
    return signed_in(tmp_path_factory.mktemp("signed"), tsa.url)


@pytest.fixture(scope="module")
def archived(
    tmp_path_factory: pytest.TempPathFactory, signed: dict[str, Path], tsa: Service, proofs: ExtendWish
) -> Path:
    """B-LTA of what was signed with a time stamp."""
    source = copy(signed["b-t"], tmp_path_factory.mktemp("archived"))
    return done(extend(source, replace(proofs, timestamp=tsa.url)))


def embedded(path: Path) -> PdfFileReader:
    return PdfFileReader(io.BytesIO(path.read_bytes()))


def test_an_archive_verifies_with_nothing_else_after_certificate_and_lists_have_ended(archived: Path) -> None:
    assert archived.name == "t-extended.pdf"
    data = archived.read_bytes()
    assert judged(data, pki.NOW + timedelta(minutes=1)).ades_subindic is AdESPassed.OK
    assert judged(data, LATE, stampers=NOT_ASKED).ades_subindic is AdESPassed.OK
    fresh = [pki.crl(at=LATE), pki.crl(pki.root(), at=LATE)]
    assert judged(data, LATE, crls=fresh).ades_subindic is AdESPassed.OK


def test_signets_own_verification_agrees(archived: Path, signed: dict[str, Path], proofs: ExtendWish) -> None:
    found = verify_file(str(archived), trust=proofs.issuers, moment=LATE)
    signature = found.signatures[0]
    assert found.verdict is Verdict.VALID, found.sentence
    assert signature.facts is not None
    assert signature.facts.format == "PAdES B-LTA"
    assert (signature.facts.proven_time, signature.facts.revocation) == (timestamp(pki.NOW), "good")
    assert signature.facts.provable_until == TSA_END
    ended = verify_file(str(signed["b-b"]), trust=proofs.issuers, moment=LATE)
    assert ended.verdict is Verdict.EXPIRED_OR_REVOKED


def test_without_an_archive_it_does_not(signed: dict[str, Path]) -> None:
    for path in signed.values():
        data = path.read_bytes()
        assert judged(data, LATE, stampers=NOT_ASKED).ades_subindic is not AdESPassed.OK
        fresh = [pki.crl(at=LATE), pki.crl(pki.root(), at=LATE)]
        assert judged(data, LATE, crls=fresh).ades_subindic is not AdESPassed.OK


@pytest.mark.parametrize(("kind", "level"), [("b-b", Level.LT), ("b-b", Level.LTA), ("b-t", Level.T)])
def test_each_level_is_reached_by_appending_alone(
    kind: str, level: Level, signed: dict[str, Path], tsa: Service, proofs: ExtendWish, tmp_path: Path
) -> None:
    source = copy(signed[kind], tmp_path)
    item = extend(source, replace(proofs, level=level, timestamp=tsa.url))
    if (kind, level) == ("b-t", Level.T):
        assert item.status == "skipped"
        assert [each.name for each in tmp_path.glob("*.*")] == ["t.pdf"]
        return
    result = done(item)
    assert f"until {TSA_END[:10]}" in item.said
    assert result.read_bytes().startswith(source.read_bytes())
    reader = embedded(result)
    stamps = len(reader.embedded_timestamp_signatures)
    assert stamps == (kind == "b-b") + (level is Level.LTA)
    assert ("/DSS" in reader.root) == (level is not Level.T)
    if level is not Level.T:
        store = reader.root["/DSS"]
        assert len(store["/CRLs"]) == 2
        assert {each.get_object().data for each in store["/Certs"]} == {
            holder.der for holder in (pki.signer(), pki.issuing(), pki.root(), pki.time_stamper())
        }
        assert len(store["/VRI"]) == 1 + (kind == "b-b")
    (signature,) = reader.embedded_regular_signatures
    signature.compute_integrity_info()
    assert signature.diff_result.modification_level is ModificationLevel.LTA_UPDATES
    if level is Level.LT:
        found = verify_file(str(result), trust=proofs.issuers, moment=pki.NOW).signatures[0]
        assert found.facts is not None
        assert found.facts.format == "PAdES B-LT"
        assert "Signature is Valid." in pdfsig(trusting_database(tmp_path), result)


def test_pdfsig_and_openssl_accept_what_they_know(archived: Path, tmp_path: Path) -> None:
    said = pdfsig(trusting_database(tmp_path), archived)
    assert "Signature is Valid." in said
    assert "Certificate is Trusted." in said
    # The document time stamp covers the whole file but itself; openssl verifies it over those bytes.
    stamp = embedded(archived).embedded_timestamp_signatures[-1]
    data = archived.read_bytes()
    first, second, length = (int(stamp.byte_range[place]) for place in (1, 2, 3))
    assert second + length == len(data)
    (tmp_path / "covered").write_bytes(data[:first] + data[second:])
    (tmp_path / "token").write_bytes(cms.ContentInfo.load(stamp.pkcs7_content).dump())
    command = ["openssl", "ts", "-verify", "-token_in", "-in", "token", "-data", "covered", "-CAfile", "root.pem"]
    verified = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Verification: OK" in verified.stdout + verified.stderr


def test_an_archive_is_renewed_again_and_again(archived: Path, proofs: ExtendWish, tmp_path: Path) -> None:
    newest = archived
    for turn, at in enumerate((LATE, LATE + timedelta(days=400)), start=2):
        crls = [tmp_path / f"{turn}-{name}.crl" for name in ("issuing", "root")]
        crls[0].write_bytes(pki.crl(at=at))
        crls[1].write_bytes(pki.crl(pki.root(), at=at))
        path = tmp_path / f"round-{turn}.pdf"
        path.write_bytes(newest.read_bytes())
        with time_stamps(at) as service:
            if turn == 2:
                # What the last time stamp is proven by has to hold now: the lists of then do not.
                stale = extend(path, replace(proofs, timestamp=service.url), at)
                assert isinstance(stale.error, RevocationUnknown)
            item = extend(path, replace(proofs, timestamp=service.url, crls=tuple(map(str, crls))), at)
        newest = done(item)
        reader = embedded(newest)
        assert len(reader.embedded_timestamp_signatures) == turn
        assert len(reader.root["/DSS"]["/CRLs"]) == 2 * turn
        assert reader.embedded_regular_signatures[0].pkcs7_content
        later = judged(newest.read_bytes(), at + timedelta(days=700), stampers=NOT_ASKED)
        assert later.ades_subindic is AdESPassed.OK


def test_it_is_too_late_once_the_certificate_has_ended(signed: dict[str, Path], proofs: ExtendWish) -> None:
    with time_stamps(LATE) as service:
        item = extend(signed["b-b"], replace(proofs, timestamp=service.url), LATE)
    assert isinstance(item.error, DocumentNotExtended)
    assert "nothing proves that" in item.error.message
    assert service.asked == [] or len(service.asked) == 1


def test_a_certificate_that_was_revoked_before_is_not_dressed_up(
    signed: dict[str, Path], tsa: Service, proofs: ExtendWish, tmp_path: Path
) -> None:
    listed = tmp_path / "revoked.crl"
    listed.write_bytes(pki.crl(revoked=[pki.signer()]))
    wish = replace(proofs, timestamp=tsa.url, crls=(str(listed), proofs.crls[1]))
    item = extend(copy(signed["b-t"], tmp_path), wish)
    assert isinstance(item.error, DocumentNotExtended)
    assert "“Mari Maasikas” was revoked on 2026-11-01" in item.error.message


def test_what_is_lacking_is_named(signed: dict[str, Path], tsa: Service, proofs: ExtendWish, tmp_path: Path) -> None:
    source = copy(signed["b-t"], tmp_path)
    for wish, said in (
        (replace(proofs, issuers=()), "the certificate of its issuer is not at hand"),
        (replace(proofs, crls=(), online=True), "127.0.0.1:1"),
    ):
        item = extend(source, replace(wish, timestamp=tsa.url))
        assert isinstance(item.error, RevocationUnknown)
        assert said in item.error.message
    assert [each.name for each in tmp_path.glob("*.*")] == ["t.pdf"]
