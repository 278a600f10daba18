"""Signed documents made to last; pyHanko, pdfsig and openssl judge what comes of them, and nothing is lost."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import cms
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.diff_analysis import ModificationLevel

from signet.audit.entry import Outcome
from signet.clock import timestamp
from signet.documents.cms_build import build_cms
from signet.documents.timestamps import Timestamper
from signet.documents.wishes import Form, Level
from signet.errors import (
    DocumentNotExtended,
    OutputExists,
    RevocationUnknown,
    ServiceAnsweredNonsense,
    ServiceUnreachable,
    UsageError,
)
from signet.services import signed_documents
from signet.services.extending import ExtendWish, extend_documents
from signet.services.files_items import Item
from signet.services.session import Session
from signet.services.verdicts import Verdict
from signet.services.verifying import verify_file
from support import pki
from support.ades import NOT_ASKED, judged
from support.clock import SettableClock
from support.pdf_signing import a_pdf, key_of, maker, pdfsig, sign, trusting_database
from support.tsa import Answer, Service, Twist, serving, stamped, time_stamps
from support.vaults import make_vault, make_workplace

LATE = pki.SIGNERS_END + timedelta(days=30)
"""When the signer's certificate and every list of `PROOFS` have ended."""
TSA_END = timestamp(pki.AUTHORITIES_END)


@pytest.fixture(scope="module")
def tsa() -> Iterator[Service]:
    with time_stamps(pki.NOW) as service:
        yield service


@pytest.fixture(scope="module")
def proofs(tmp_path_factory: pytest.TempPathFactory) -> ExtendWish:
    """What has to be given where nothing can be asked: two lists and the root."""
    folder = tmp_path_factory.mktemp("proofs")
    files = {"issuing.crl": pki.crl(), "root.crl": pki.crl(pki.root()), "root.pem": pki.root().pem}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    crls = (str(folder / "issuing.crl"), str(folder / "root.crl"))
    return ExtendWish(Level.LTA, crls=crls, issuers=(str(folder / "root.pem"),), online=False)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory, tsa: Service) -> dict[str, Path]:
    """A PDF signed without and with a time stamp."""
    folder = tmp_path_factory.mktemp("signed")
    source = a_pdf(folder)
    return {
        "b-b": sign(maker(), source, "b.pdf"),
        "b-t": sign(maker(timestamper=Timestamper(tsa.url).stamp), source, "t.pdf"),
    }


def extend(path: Path, wish: ExtendWish, at: datetime = pki.NOW, **more: object) -> Item:
    with make_workplace(Path(f"{path.parent}-home"), SettableClock(at)) as workplace:
        (item,) = extend_documents(workplace, [str(path)], wish, **more)  # type: ignore[arg-type]
    return item


def done(item: Item) -> Path:
    assert item.error is None, item.error.message
    assert item.status == "done"
    assert item.output is not None
    return Path(item.output)


def copy(path: Path, folder: Path) -> Path:
    target = folder / path.name
    target.write_bytes(path.read_bytes())
    return target


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


@pytest.mark.parametrize(
    ("kind", "level"), [("b-b", Level.LT), ("b-b", Level.LTA), ("b-t", Level.T), ("b-t", Level.LTA)]
)
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
        (replace(proofs, crls=()), "no list that holds now was given"),
        (replace(proofs, issuers=()), "the certificate of its issuer is not at hand"),
        (replace(proofs, crls=(), online=True), "127.0.0.1:1"),
    ):
        item = extend(source, replace(wish, timestamp=tsa.url))
        assert isinstance(item.error, RevocationUnknown)
        assert said in item.error.message
    assert [each.name for each in tmp_path.glob("*.*")] == ["t.pdf"]


BAD_SERVICES = {
    "nonce": (Twist(nonce=1), ServiceAnsweredNonsense),
    "imprint": (Twist(imprint=bytes(32)), ServiceAnsweredNonsense),
    "nobody": (None, ServiceUnreachable),
}


@pytest.mark.parametrize("name", BAD_SERVICES)
def test_a_service_that_fails_leaves_everything_as_it_was(
    name: str, signed: dict[str, Path], proofs: ExtendWish, tmp_path: Path
) -> None:
    twist, kind = BAD_SERVICES[name]
    source = copy(signed["b-b"], tmp_path)
    before = source.read_bytes()
    with serving(lambda _m, _p, body: Answer(stamped(body, pki.NOW, twist or Twist()))) as service:
        url = service.url if twist else "http://127.0.0.1:1/"
        item = extend(source, replace(proofs, timestamp=url), overwrite=name == "nonce")
    assert isinstance(item.error, kind)
    assert source.read_bytes() == before
    assert [each.name for each in tmp_path.glob("*.*")] == [source.name]


def test_in_its_own_place_only_when_asked_for(signed: dict[str, Path], tsa: Service, tmp_path: Path) -> None:
    source = copy(signed["b-b"], tmp_path)
    source.chmod(0o640)
    before, inode = source.read_bytes(), source.stat().st_ino
    wish = ExtendWish(Level.T, timestamp=tsa.url)
    with pytest.raises(UsageError, match="level b-b"):
        extend(source, replace(wish, level=Level.B))
    result = done(extend(source, wish))
    assert result.stat().st_mode & 0o777 == 0o640
    assert isinstance(extend(source, wish).error, OutputExists)
    assert source.read_bytes() == before
    assert done(extend(source, wish, overwrite=True)) == source
    assert source.stat().st_ino != inode
    assert source.read_bytes().startswith(before)
    assert source.stat().st_mode & 0o777 == 0o640
    assert extend(source, wish, overwrite=True).status == "skipped"
    named = tmp_path / "elsewhere.pdf"
    assert done(extend(copy(signed["b-b"], tmp_path), wish, output=str(named), overwrite=True)) == named


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "it is not signed"),
        (b"%PDF-1.7\nnothing", "damaged"),
        (b"no signature at all", "it is no signature of this kind"),
    ],
)
def test_what_is_not_signed_is_not_extended(content: bytes | None, said: str, tsa: Service, tmp_path: Path) -> None:
    source = a_pdf(tmp_path, content)
    item = extend(source, ExtendWish(Level.T, timestamp=tsa.url))
    assert isinstance(item.error, DocumentNotExtended)
    assert said in item.error.message


def test_a_signature_that_does_not_hold_is_not_dressed_up(
    signed: dict[str, Path], tsa: Service, tmp_path: Path
) -> None:
    source = copy(signed["b-b"], tmp_path)
    source.write_bytes(source.read_bytes().replace(b"page 2", b"page 3"))
    item = extend(source, ExtendWish(Level.T, timestamp=tsa.url))
    assert isinstance(item.error, DocumentNotExtended)
    assert "does not hold: it was changed" in item.error.message


def detached(folder: Path, content: bytes = b"a contract") -> Path:
    """A CMS signature beside its file."""
    holder = pki.signer()
    (folder / "deed.txt").write_bytes(content)
    path = folder / "deed.txt.p7s"
    digest = hashlib.sha256(content).digest()
    path.write_bytes(
        build_cms(
            digest,
            key=key_of(holder),
            chain=pki.chain(holder),
            digest_algorithm="sha256",
            signing_time=pki.NOW,
        )
    )
    return path


def test_a_signature_beside_its_file_gets_a_time_stamp_and_openssl_still_accepts_it(
    tsa: Service, tmp_path: Path
) -> None:
    source = detached(tmp_path)
    wish = ExtendWish(Level.T, timestamp=tsa.url)
    item = extend(source, wish)
    result = done(item)
    assert result.name == "deed.txt-extended.p7s"
    assert TSA_END[:10] in item.said
    (tmp_path / "root.pem").write_bytes(pki.root().pem)
    command = ["openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", str(result)]
    command += ["-content", "deed.txt", "-CAfile", "root.pem", "-purpose", "any", "-out", os.devnull]
    verified = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert verified.returncode == 0, verified.stderr
    (signer,) = cms.ContentInfo.load(result.read_bytes())["content"]["signer_infos"]
    (attribute,) = signer["unsigned_attrs"]
    assert attribute["type"].native == "signature_time_stamp_token"
    before = cms.ContentInfo.load(source.read_bytes())["content"]["signer_infos"][0]
    for part in ("signed_attrs", "signature", "sid"):
        assert signer[part].dump() == before[part].dump()
    assert extend(result, wish).status == "skipped"
    higher = extend(source, replace(wish, level=Level.LT), output=str(tmp_path / "higher.p7s"))
    assert isinstance(higher.error, DocumentNotExtended)
    assert "those above are for PDFs" in higher.error.message


def test_a_broken_signature_beside_its_file_is_not_stamped(tsa: Service, tmp_path: Path) -> None:
    source = detached(tmp_path)
    data = bytearray(source.read_bytes())
    data[-1] ^= 1
    source.write_bytes(data)
    item = extend(source, ExtendWish(Level.T, timestamp=tsa.url))
    assert isinstance(item.error, DocumentNotExtended)
    assert not list(tmp_path.glob("*extended*"))


def test_with_a_vault_it_is_recorded_and_noted(
    signed: dict[str, Path], tsa: Service, proofs: ExtendWish, tmp_path: Path
) -> None:
    vault = make_vault(tmp_path, SettableClock(pki.NOW))
    source = copy(signed["b-b"], tmp_path)
    with vault.open() as session:
        note_original(session, source)
        wish = replace(proofs, timestamp=tsa.url)
        (item,) = extend_documents(vault.workplace, [str(source)], wish, session=session)
        result = done(item)
        (failed,) = extend_documents(vault.workplace, [str(source)], wish, session=session)
        assert isinstance(failed.error, OutputExists)
        known = {view.record.path: view.record for view in signed_documents.known_documents(session)}
        assert known[str(source)].extended_as == str(result)
        longer = known[str(result)]
        assert (longer.level, longer.provable_until, longer.signer) == ("b-lta", TSA_END, "Mari")
        assert longer.sha256 == hashlib.sha256(result.read_bytes()).digest()
        with session.records.read() as reading:
            entries = list(reading.audit.list(operation="ExtendDocument", newest_first=False))
    assert [entry.outcome for entry in entries] == [Outcome.DONE, Outcome.FAILED]
    host = tsa.url.split("/")[2]
    assert entries[0].details["asked"] == [f"{host}: a time stamp"]
    assert entries[0].details["output"] == str(result)
    assert entries[1].details["error"] == "OutputExists"


def note_original(session: Session, path: Path) -> None:
    signed_documents.note_signed(
        session,
        path=str(path),
        sha256=hashlib.sha256(path.read_bytes()).digest(),
        form=Form.PDF,
        level=Level.B,
        chain=pki.chain(pki.signer()),
        signer="Mari",
    )
