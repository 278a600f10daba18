"""CMS made with pyHanko, and what openssl does not make: Ed25519, with the right digest and with a wrong one."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any, cast

from asn1crypto import algos, cms, tsp, x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding

from support import pki
from support.pdf_forge import simple_signer, stamper


def ed25519_signature(content: bytes, digest: str) -> bytes:
    """A detached CAdES signature by Ed25519 that says it is over ``digest`` (RFC 8419)."""
    key = ed25519.Ed25519PrivateKey.generate()
    certificate = pki.certify("Mari Edwards", cast("Any", key.public_key()), pki.issuing())
    der = certificate.public_bytes(Encoding.DER)
    parsed = x509.Certificate.load(der)
    certificate_id = tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(der).digest()})
    attributes = cms.CMSAttributes(
        [
            {"type": "content_type", "values": ["data"]},
            {"type": "message_digest", "values": [hashlib.new(digest, content).digest()]},
            {"type": "signing_certificate_v2", "values": [tsp.SigningCertificateV2({"certs": [certificate_id]})]},
        ]
    )
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                {"issuer_and_serial_number": {"issuer": parsed.issuer, "serial_number": parsed.serial_number}}
            ),
            "digest_algorithm": algos.DigestAlgorithm({"algorithm": digest}),
            "signed_attrs": attributes,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "ed25519"}),
            "signature": key.sign(attributes.dump()),
        }
    )
    signed = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [algos.DigestAlgorithm({"algorithm": digest})],
            "encap_content_info": {"content_type": "data"},
            "certificates": [parsed, x509.Certificate.load(pki.issuing().der)],
            "signer_infos": [signer],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())


def detached(content: bytes, holder: pki.Holder, *, stamp: bool = False) -> bytes:
    """A detached CAdES signature, with a time stamp if wanted."""
    signing = simple_signer(holder).async_sign_general_data(
        content, "sha256", detached=True, use_cades=True, timestamper=stamper() if stamp else None
    )
    return bytes(asyncio.run(signing).dump())
