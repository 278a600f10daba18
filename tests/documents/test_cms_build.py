"""CMS signatures: what other programs make of them, and everything that must not be made."""

from __future__ import annotations

import hashlib
import subprocess
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from signet.crypto.kinds import find_spec
from signet.crypto.software import SoftwareSigningKey
from signet.documents.cms_build import MAX_TIMESTAMP, build_cms, cms_size, usual_digest
from signet.errors import CertificateOfAnother, FormatUnrecognised, KeyUnsuited, SignatureInvalid, UsageError
from signet.keys.handle import SigningKey
from signet.keys.spec import KeySpec, SigningAlgorithm
from signet.secret import Secret
from support import pki
from support.signing import signing_key

MESSAGE = b"I hereby agree.\n"
WAYS = [("p256", False), ("p384", False), ("rsa", False), ("rsa", True)]


@cache
def key_of(holder: pki.Holder) -> SoftwareSigningKey:
    spec = find_spec(holder.key)
    assert spec is not None
    return SoftwareSigningKey(Secret(holder.pkcs8), spec)


def built(
    kind: str = "p256",
    *,
    message: bytes = MESSAGE,
    key: SigningKey | None = None,
    chain: tuple[bytes, ...] | None = None,
    at: datetime | None = pki.NOW,
    pss: bool = False,
    pades: bool = False,
    with_root: bool = False,
) -> bytes:
    holder = pki.signer(kind)
    name = usual_digest(holder.spki)
    return build_cms(
        hashlib.new(name, message).digest(),
        key=key or key_of(holder),
        chain=pki.chain(holder) if chain is None else chain,
        digest_algorithm=name,
        signing_time=at,
        pss=pss,
        pades=pades,
        with_root=with_root,
    )


def openssl_says(folder: Path, signature: bytes, message: bytes = MESSAGE) -> subprocess.CompletedProcess[str]:
    for name, content in (("signed", message), ("signed.p7s", signature), ("root.pem", pki.root().pem)):
        (folder / name).write_bytes(content)
    words = "cms -verify -cades -binary -inform DER -in signed.p7s -content signed -CAfile root.pem -purpose any"
    return subprocess.run(
        ["openssl", *words.split(), "-out", "/dev/null"], cwd=folder, capture_output=True, text=True, check=False
    )


def signed_attributes(signature: bytes) -> dict[str, object]:
    (signer,) = cms.ContentInfo.load(signature)["content"]["signer_infos"]
    return {each["type"].native: each["values"].native for each in signer["signed_attrs"]}


@pytest.mark.parametrize(("kind", "pss"), WAYS)
def test_openssl_verifies_ours_as_cades_and_refuses_another_message(kind: str, pss: bool, tmp_path: Path) -> None:
    signature = built(kind, pss=pss)
    good = openssl_says(tmp_path, signature)
    assert good.returncode == 0, good.stderr
    assert "CAdES Verification successful" in good.stderr
    assert openssl_says(tmp_path, signature, MESSAGE + b" ").returncode != 0


def test_cades_says_when_and_pades_does_not() -> None:
    assert signed_attributes(built())["signing_time"] == [pki.NOW]
    late = datetime(2050, 1, 1, tzinfo=UTC)
    assert signed_attributes(built(at=late))["signing_time"] == [late]
    expected = {"content_type", "message_digest", "signing_certificate_v2"}
    assert set(signed_attributes(built(pades=True))) == expected
    assert set(signed_attributes(built(at=None))) == expected


def test_the_chain_goes_along_without_the_root_unless_it_is_wanted() -> None:
    whole = (*pki.chain(pki.signer()), pki.root().der, pki.issuing().der)
    for with_root, count in ((False, 2), (True, 3)):
        found = cms.ContentInfo.load(built(chain=whole, with_root=with_root))["content"]["certificates"]
        assert len(found) == count
    key = pki.new_key("p256")
    alone = pki.Holder(key, pki.certify("Alone", key.public_key(), key))
    found = cms.ContentInfo.load(built(key=key_of(alone), chain=(alone.der,)))["content"]["certificates"]
    assert len(found) == 1, "who signed goes along, self-signed or not"


@pytest.mark.parametrize(("kind", "pss"), WAYS)
def test_the_size_is_never_less_than_what_is_made(kind: str, pss: bool) -> None:
    chain = (*pki.chain(pki.signer(kind)), pki.root().der)
    assert len(built(kind, pss=pss, chain=chain)) <= cms_size(chain)
    assert len(built(kind, pss=pss, chain=chain, with_root=True)) <= cms_size(chain, with_root=True)
    assert cms_size(chain, stamped=True) - cms_size(chain) >= MAX_TIMESTAMP


def test_a_time_stamp_is_over_the_signature_and_stands_outside_of_what_is_signed() -> None:
    asked: list[tuple[bytes, str]] = []

    def stamp(digest: bytes, algorithm: str) -> bytes:
        asked.append((digest, algorithm))
        return built(message=digest)  # a ContentInfo; that it is no time stamp is for who asks for one to see

    holder = pki.signer("p384")
    signature = build_cms(
        hashlib.sha384(MESSAGE).digest(),
        key=key_of(holder),
        chain=pki.chain(holder),
        digest_algorithm="sha384",
        signing_time=pki.NOW,
        timestamper=stamp,
    )
    (signer,) = cms.ContentInfo.load(signature)["content"]["signer_infos"]
    assert asked == [(hashlib.sha384(signer["signature"].native).digest(), "sha384")]
    (attribute,) = signer["unsigned_attrs"]
    assert attribute["type"].native == "signature_time_stamp_token"
    assert len(signature) <= cms_size(pki.chain(holder), stamped=True)


@pytest.mark.parametrize("stamp", [b"", b"no DER", bytes(MAX_TIMESTAMP + 1)])
def test_what_is_no_time_stamp_is_not_put_in(stamp: bytes) -> None:
    holder = pki.signer()
    with pytest.raises(FormatUnrecognised):
        build_cms(
            hashlib.sha256(MESSAGE).digest(),
            key=key_of(holder),
            chain=pki.chain(holder),
            digest_algorithm="sha256",
            signing_time=None,
            timestamper=lambda *_: stamp,
        )


def test_a_certificate_of_another_key_is_refused_before_the_key_is_used() -> None:
    with pytest.raises(CertificateOfAnother, match="Mari Maasikas"):
        built(key=key_of(pki.issuing()))
    with pytest.raises(FormatUnrecognised):
        built(chain=())
    with pytest.raises(FormatUnrecognised):
        built(chain=(b"no certificate",))
    with pytest.raises(FormatUnrecognised):
        built(chain=(pki.signer().der, b"no certificate"))


class _Bad:
    """A card that returns rubbish."""

    public_key = pki.signer().spki

    def sign(self, message: bytes, algorithm: SigningAlgorithm) -> bytes:
        return self.sign_prepared(message, algorithm)

    def sign_prepared(self, prepared: bytes, algorithm: SigningAlgorithm) -> bytes:
        return key_of(pki.signer()).sign_prepared(hashlib.sha256(prepared).digest(), algorithm)


def test_a_signature_that_does_not_verify_never_leaves() -> None:
    with pytest.raises(SignatureInvalid):
        built(key=_Bad())


@pytest.mark.parametrize(
    "spec",
    [KeySpec.ECC_NIST_EDWARDS25519, KeySpec.ECC_NIST_P521, KeySpec.ECC_SECG_P256K1, KeySpec.ML_DSA_65],
)
def test_kinds_of_keys_that_others_cannot_verify_are_refused_in_words(spec: KeySpec) -> None:
    with pytest.raises(KeyUnsuited) as caught:
        usual_digest(signing_key(spec).public_key)
    assert "other programs" in caught.value.message


def test_short_rsa_pss_on_a_curve_and_a_strange_digest_are_refused() -> None:
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()  # noqa: S505 - the point of it
    with pytest.raises(KeyUnsuited, match="RSA_1024"):
        usual_digest(short.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(FormatUnrecognised):
        usual_digest(b"no key")
    with pytest.raises(UsageError, match="RSA"):
        built("p256", pss=True)
    holder = pki.signer()
    for name in ("sha1", "sha384"):
        with pytest.raises(UsageError):
            build_cms(
                hashlib.new(name, MESSAGE).digest(),
                key=key_of(holder),
                chain=pki.chain(holder),
                digest_algorithm=name,
                signing_time=None,
            )


def test_ed25519_certificates_are_not_taken_for_a_curve_of_ours() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(KeyUnsuited, match="Ed25519"):
        usual_digest(public)
