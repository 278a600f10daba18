"""Key pairs on the emulated card, and their certificates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.x509.oid import NameOID

from support.card import tlv
from support.card.apdu import BAD_DATA, Refused


class Algorithm(IntEnum):
    """Algorithm identifiers (SP 800-78-4, table 6-2)."""

    RSA_2048 = 0x07
    P256 = 0x11
    P384 = 0x14


_CURVES: dict[Algorithm, ec.EllipticCurve] = {Algorithm.P256: ec.SECP256R1(), Algorithm.P384: ec.SECP384R1()}
_HASHES: dict[Algorithm, hashes.HashAlgorithm] = {Algorithm.P256: hashes.SHA256(), Algorithm.P384: hashes.SHA384()}
_PUBLIC_EXPONENT = 65537
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class CardKey:
    """One key pair, doing what the card's processor does: numbers in, numbers out, no padding."""

    algorithm: Algorithm
    private: PrivateKey
    made_on_card: bool = True

    @property
    def public_key(self) -> bytes:
        """DER SubjectPublicKeyInfo."""
        return self.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def template(self) -> bytes:
        """The public key as GENERATE ASYMMETRIC KEY PAIR returns it (SP 800-73-4 Part 2, table 11), without 7F49."""
        if isinstance(self.private, rsa.RSAPrivateKey):
            numbers = self.private.public_key().public_numbers()
            return tlv.encode(0x81, _number(numbers.n)) + tlv.encode(0x82, _number(numbers.e))
        point = self.private.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return tlv.encode(0x86, point)

    def raise_to_private(self, block: bytes) -> bytes:
        """Sign or decrypt one block as long as the modulus, or sign one digest."""
        if isinstance(self.private, rsa.RSAPrivateKey):
            numbers = self.private.private_numbers()
            modulus = numbers.public_numbers.n
            value = int.from_bytes(block, "big")
            if len(block) * 8 != self.private.key_size or value >= modulus:
                raise Refused(BAD_DATA)
            return _by_remainders(value, numbers).to_bytes(len(block), "big")
        digest = _HASHES[self.algorithm]
        if len(block) > digest.digest_size:
            raise Refused(BAD_DATA)
        return self.private.sign(block.rjust(digest.digest_size, b"\0"), ec.ECDSA(Prehashed(digest)))

    def agree(self, point: bytes) -> bytes:
        """ECDH with the other's uncompressed point; return the x-coordinate."""
        if not isinstance(self.private, ec.EllipticCurvePrivateKey):
            raise Refused(BAD_DATA)
        try:
            other = ec.EllipticCurvePublicKey.from_encoded_point(self.private.curve, point)
        except ValueError as error:
            raise Refused(BAD_DATA) from error
        return self.private.exchange(ec.ECDH(), other)

    def certificate(self, name: str, *, issuer: CardKey | None = None) -> bytes:
        """A certificate for the key, DER; self-signed unless an issuer's key is given."""
        signer = issuer or self
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        by = subject if issuer is None else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Emulated maker")])
        built = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(by)
            .public_key(self.private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
            .not_valid_after(datetime(2046, 1, 1, tzinfo=UTC))
            .sign(signer.private, hashes.SHA256())
        )
        return built.public_bytes(serialization.Encoding.DER)


def _by_remainders(value: int, numbers: rsa.RSAPrivateNumbers) -> int:
    """RSA by the Chinese remainder theorem (RFC 8017, 5.1.2, 2b): four times as fast."""
    first, second = pow(value, numbers.dmp1, numbers.p), pow(value, numbers.dmq1, numbers.q)
    return second + numbers.q * ((first - second) * numbers.iqmp % numbers.p)


def make_key(algorithm: Algorithm) -> CardKey:
    """Make a key pair as if on the card."""
    if algorithm is Algorithm.RSA_2048:
        return CardKey(algorithm, rsa.generate_private_key(_PUBLIC_EXPONENT, 2048))
    return CardKey(algorithm, ec.generate_private_key(_CURVES[algorithm]))


def _number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")
