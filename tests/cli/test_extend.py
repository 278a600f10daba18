"""`signet extend` and `signet documents`: what is told, recorded, listed and forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from signet.documents.wishes import PdfWish
from signet.services.pdf_documents import Passwords
from signet.services.pdf_signing import PdfMaker
from support import pki
from support.command_line import OpenVault, Signet
from support.pdf_signing import a_pdf, key_of, sign
from support.prompt import ScriptedPrompt
from support.tsa import time_stamps


@pytest.fixture
def lease(tmp_path: Path) -> Path:
    """A PDF signed with a certificate that holds for as long as these tests may be run."""
    key = pki.new_key("p256")
    holder = pki.Holder(key, pki.certify("Mari", key.public_key(), pki.issuing(), end=pki.AUTHORITIES_END))
    maker = PdfMaker(PdfWish(), key_of(holder), pki.chain(holder), pki.NOW, Passwords(ScriptedPrompt({})))
    return sign(maker, a_pdf(tmp_path), "lease-signed.pdf")


def test_a_document_is_extended_listed_and_forgotten(vault: OpenVault, lease: Path) -> None:
    assert vault("documents", "list").err.startswith("No signed document is known yet.")
    with time_stamps(pki.NOW) as service:
        told = vault("extend", lease, "--level", "b-t", "--timestamp", service.url, "--json")
        assert told.status == 0, told.err
        (item,) = told.json["items"]
        result = lease.with_name("lease-signed-extended.pdf")
        assert (item["status"], item["output"]) == ("done", str(result))
        assert item["said"].startswith("It can be proven until 2046-01-01")
        again = vault("extend", result, "--level", "b-t", "--timestamp", service.url)
        assert "nothing to do" in again.out + again.err
    (known,) = vault.json("documents", "list")["items"]
    assert (known["path"], known["level"], known["form"]) == (str(result), "b-t", "pdf")
    assert known["provable_until"].startswith("2046-01-01")
    assert vault.json("documents", "list", "--ending")["items"] == []
    assert vault("documents", "list", "--ending").err.startswith("No proof ends soon.")
    (entry,) = vault.json("audit", "list", "--operation", "ExtendDocument")["items"]
    assert entry["details"]["asked"] == [f"{service.url.split('/')[2]}: a time stamp"]
    assert vault.json("documents", "forget", result) == {"forgotten": str(result)}
    gone = vault("documents", "forget", result, "--json")
    assert (gone.status, gone.error["type"]) == (1, "SourceNotFound")


def test_without_a_vault_it_is_said_that_nothing_is_recorded(signet: Signet, lease: Path) -> None:
    with time_stamps(pki.NOW) as service:
        told = signet("extend", lease, "--level", "b-t", "--timestamp", service.url, "--without-vault")
    assert told.status == 0, told.err
    assert "nothing is recorded" in told.err
    assert "It can be proven until 2046-01-01" in told.out + told.err


@pytest.mark.parametrize(
    ("words", "status", "kind"),
    [
        (("--level", "b-t"), 2, "UsageError"),
        (("--level", "b-t", "--timestamp", "tsa.example.org"), 1, "ServiceAddressRefused"),
        (("--level", "b-t", "--timestamp", "http://127.0.0.1:1/", "--crl", "absent.crl"), 1, "SourceNotFound"),
    ],
)
def test_what_cannot_work_is_said_before_anything_is_opened(
    words: tuple[str, ...], status: int, kind: str, signet: Signet, lease: Path
) -> None:
    told = signet("extend", lease, *words, "--json")
    assert (told.status, told.error["type"]) == (status, kind)


@pytest.mark.parametrize(
    ("option", "reason"),
    [("--crl", "is no certificate revocation list"), ("--issuer", "holds no certificate")],
)
def test_a_file_that_is_something_else_is_not_passed_over(
    option: str, reason: str, signet: Signet, lease: Path, tmp_path: Path
) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Ada")
    service = ("--timestamp", "http://127.0.0.1:1/")
    told = signet("extend", lease, "--level", "b-lt", *service, option, letter, "--without-vault", "--json")
    assert (told.status, told.error["type"]) == (2, "UsageError")
    assert reason in told.error["message"]
