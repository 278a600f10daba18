"""PDFs signed: what other people's programs say of them, and what must not be signed."""

from __future__ import annotations

from pathlib import Path

import pytest

from signet.documents.wishes import PdfWish, Stamp
from support import pki
from support.pdf_signing import a_pdf, maker, parts, pdfsig, run, sign, trusting_database

WAYS = [("p256", False), ("p384", False), ("rsa", False), ("rsa", True)]


@pytest.fixture(scope="module")
def nss(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trusting_database(tmp_path_factory.mktemp("nss"))


@pytest.mark.parametrize("most_readers", [False, True])
@pytest.mark.parametrize(("kind", "pss"), WAYS)
def test_other_programs_accept_it(tmp_path: Path, nss: Path, kind: str, pss: bool, most_readers: bool) -> None:
    wish = PdfWish(reason="tenant", place="Tartu", most_readers=most_readers, stamp=Stamp(0, 20, 20, 150, 50))
    signed = sign(maker(wish, kind, pss=pss), a_pdf(tmp_path))
    said = pdfsig(nss, signed)
    assert "Signature is Valid." in said
    assert "Certificate is Trusted." in said
    assert "Total document signed" in said
    assert ("adbe.pkcs7.detached" if most_readers else "ETSI.CAdES.detached") in said
    covered, cms = parts(signed)
    (tmp_path / "ranges").write_bytes(covered)
    (tmp_path / "cms").write_bytes(cms)
    (tmp_path / "root.pem").write_bytes(pki.root().pem)
    given = ("-inform", "DER", "-in", str(tmp_path / "cms"), "-content", str(tmp_path / "ranges"))
    where = ("-CAfile", str(tmp_path / "root.pem"), "-purpose", "any", "-out", "/dev/null")
    run("openssl", "cms", "-verify", "-cades", "-binary", *given, *where, "-attime", str(int(pki.NOW.timestamp())))
    run("qpdf", "--check", str(signed))
