"""PDFs signed with keys of a token, as poppler and OpenSSL see them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key

from signet.documents.wishes import PdfWish
from signet.services import pdf_signing
from signet.tokens.session import TokenSession
from signet.tokens.signing import TokenSigningKey
from support import pki
from support.pdf_signing import a_pdf, direct_child, maker, pdfsig, sign, trusting_database

from .conftest import key_of


@pytest.mark.parametrize("most_readers", [False, True])
def test_a_card_signs_with_each_kind_of_key(
    session: TokenSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most_readers: bool
) -> None:
    monkeypatch.setattr(pdf_signing, "document_child", direct_child)
    nss = trusting_database(tmp_path)
    for label, pss in (("p256-sign", False), ("p384-sign", False), ("rsa2048-sign", False), ("rsa2048-sign", True)):
        key = TokenSigningKey(session, key_of(session, label))
        public = load_der_public_key(key.public_key)
        assert isinstance(public, ec.EllipticCurvePublicKey | rsa.RSAPublicKey)
        certificate = pki.certify(label, public, pki.issuing()).public_bytes(Encoding.DER)
        on_card = replace(
            maker(PdfWish(most_readers=most_readers)), key=key, chain=(certificate, pki.issuing().der), pss=pss
        )
        said = pdfsig(nss, sign(on_card, a_pdf(tmp_path), f"{label}-{pss}.pdf"))
        assert "Signature is Valid." in said, (label, pss)
        assert "Certificate is Trusted." in said
        assert f"Common Name: {label}" in said
