"""`signet verify` of documents: sentences for people, everything for programs, a report, and the exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support import pdf_forge as forge
from support import pki
from support.command_line import Signet


@pytest.fixture(scope="module")
def signed() -> bytes:
    key = pki.new_key("p256")
    # The command goes by the machine's clock, so nothing here may end while anybody still runs this.
    certificate = pki.certify("Mari Maasikas", key.public_key(), pki.issuing(), end=pki.AUTHORITIES_END)
    return forge.signed(holder=pki.Holder(key, certificate), reason="I agree")


@pytest.fixture
def document(tmp_path: Path, signed: bytes) -> Path:
    (tmp_path / "root.pem").write_bytes(pki.root().pem)
    (tmp_path / "issuing.crl").write_bytes(pki.crl(life=pki.AUTHORITIES_END - pki.THIS_UPDATE))
    path = tmp_path / "contract.pdf"
    path.write_bytes(signed)
    return path


def test_people_read_sentences_programs_everything_and_the_report_is_the_same(signet: Signet, document: Path) -> None:
    folder = document.parent
    words = ("verify", document, "--trust", folder / "root.pem", "--crl", folder / "issuing.crl")
    told = signet(*words, "--report", folder / "report.json")
    assert told.status == 0
    assert told.out.startswith("valid: “Mari Maasikas” signed it, and it is as it was signed.\n")
    for line in (
        "Signer: Mari Maasikas",
        "  Issuer: Example Issuing CA",
        "  Covers: the whole file",
        "  Revoked: not revoked, by what was given",
        "  Algorithm: ECDSA P-256 with SHA-256",
        "  Reason: I agree",
    ):
        assert line in told.out.splitlines()
    assert "by the signer's own clock, not proven" in told.out
    again = signet(*words, "--json").json
    report = json.loads((folder / "report.json").read_text())
    assert {name: report[name] for name in again if name != "checked"} == {
        name: value for name, value in again.items() if name != "checked"
    }
    assert again["signatures"][0]["facts"]["intact"] is True
    refused = signet(*words, "--report", folder / "report.json", "--json")
    assert (refused.status, refused.error["type"]) == (1, "OutputExists")


def test_what_was_changed_is_said_with_what_to_do(signet: Signet, document: Path, signed: bytes) -> None:
    document.write_bytes(forge.annotated(signed))
    told = signet("verify", document, "--trust", document.parent / "root.pem")
    assert told.status == 4
    assert told.out.startswith("changed-after-signing: The file was changed after it was signed")
    assert "Ask the signer whether the change was meant" in told.err
