"""Signed files extended: errors leave them as they were, results have their places, signatures beside files too."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from asn1crypto import cms

from signet.audit.entry import Outcome
from signet.clock import timestamp
from signet.documents.cms_build import build_cms
from signet.documents.wishes import Form, Level
from signet.errors import (
    Cancelled,
    DocumentNotExtended,
    OutputExists,
    ServiceAnsweredNonsense,
    ServiceUnreachable,
    UsageError,
)
from signet.services import signed_documents
from signet.services.extending import ExtendWish, extend_documents
from signet.services.session import Session
from support import pki
from support.clock import SettableClock
from support.extending import copy, done, extend, proofs_in, signed_in
from support.pdf_signing import a_pdf, key_of
from support.tsa import Answer, Service, Twist, dripping, serving, stamped, time_stamps
from support.vaults import make_vault

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


BAD_SERVICES = {
    "nonce": (Twist(nonce=1), ServiceAnsweredNonsense),
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


def test_a_cancel_in_the_middle_leaves_everything_as_it_was(signed: dict[str, Path], tmp_path: Path) -> None:
    source = copy(signed["b-b"], tmp_path)
    before = source.read_bytes()
    asked: list[bytes] = []

    def answer(_method: str, _path: str, body: bytes) -> Answer:
        asked.append(body)
        return Answer(pieces=dripping(0.02))

    with serving(answer) as service:
        wish = ExtendWish(Level.T, timestamp=service.url)
        item = extend(source, wish, overwrite=True, cancelled=lambda: bool(asked))
    assert isinstance(item.error, Cancelled)
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
