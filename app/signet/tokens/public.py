"""Public keys as tokens show them, and the keys made of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from signet.formats import der
from signet.keys.spec import KeySpec
from signet.tokens.model import TokenCertificate, TokenKey

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

#: What `cryptography` answers to keys that it cannot read.
_UNREADABLE = (ValueError, TypeError, OverflowError, UnsupportedAlgorithm, InternalError)
_CLASSES = ("private", "public", "certificate")
_MAX_RSA_BYTES = 1024  # RSA with 8192 bits, the longest that `signet.tokens.cryptoki` has room for
_VERSION = b"\xa0"  # [0], where it is not version 1
_OCTET_STRING = 0x04
_LONG_FORM = 0x81
_UNCOMPRESSED = 0x04
#: ykcs11 2.2.0 says of every key that it signs and decrypts and of none that it derives: a YubiKey lets every slot do
#: it all. The standard does not (SP 800-73-4 Part 1, 3.2), and OpenSC keeps to it: a vault closed to another slot
#: through ykcs11 would stay closed where there is only OpenSC. So the flags are set by what the slot is for.
_SLOTS_COUNT = "libykcs11"
_KEY_MANAGEMENT_IDS = frozenset(bytes([number]) for number in (3, *range(5, 25)))  # 9D, and the retired 82 to 95
_MAKERS_ID = bytes([25])  # F9: it vouches for keys made in the other slots, and does nothing else for anybody
_ATTESTATION = "PIV Attestation"  # in ykcs11's own labels (ykcs11/objects.c)
_ED25519_LENGTH = 32
#: DER of the object identifiers, as CKA_EC_PARAMS holds them (RFC 5480, 2.1.1.1; RFC 8410, 3).
CURVE_PARAMETERS: dict[KeySpec, tuple[bytes, type[ec.EllipticCurve]]] = {
    KeySpec.ECC_NIST_P256: (bytes.fromhex("06082a8648ce3d030107"), ec.SECP256R1),
    KeySpec.ECC_NIST_P384: (bytes.fromhex("06052b81040022"), ec.SECP384R1),
    KeySpec.ECC_NIST_P521: (bytes.fromhex("06052b81040023"), ec.SECP521R1),
}
ED25519_PARAMETERS = bytes.fromhex("06032b6570")
_OTHER_CURVES: dict[bytes, type[ec.EllipticCurve]] = {
    bytes.fromhex("06052b8104000a"): ec.SECP256K1,
    bytes.fromhex("06092b2403030208010107"): ec.BrainpoolP256R1,
    bytes.fromhex("06092b240303020801010b"): ec.BrainpoolP384R1,
    bytes.fromhex("06092b240303020801010d"): ec.BrainpoolP512R1,
}
_CURVES = dict(CURVE_PARAMETERS.values()) | _OTHER_CURVES
_SPECS_BY_CURVE = {curve().name: spec.value for spec, (_, curve) in CURVE_PARAMETERS.items()}


def load(public_key: bytes) -> PublicKey:
    """Parse DER SubjectPublicKeyInfo; raise ValueError for anything that tokens do not hold."""
    key = serialization.load_der_public_key(public_key)
    if not isinstance(key, PublicKey):
        raise ValueError("a kind of key that tokens do not hold")
    return key


def spec_of(key: PublicKey) -> str:
    """Name the kind of key, as a KeySpec or in its style."""
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA_{key.key_size}"
    if isinstance(key, ed25519.Ed25519PublicKey):
        return KeySpec.ECC_NIST_EDWARDS25519.value
    return _SPECS_BY_CURVE.get(key.curve.name, f"ECC_{key.curve.name}")


@dataclass(frozen=True)
class _Private:
    sign: bool
    decrypt: bool
    derive: bool
    private: bool
    always: bool
    on_token: bool | None


_Privates = dict[tuple[bytes, str], _Private]


def keys_from(objects: Iterable[Mapping[str, object]], *, module: str) -> tuple[TokenKey, ...]:
    """Make keys of the raw objects of one token: public keys first, certificates where there is no public key object.

    What has not the shape of an object, cannot be parsed, or lies on an unknown curve, is left out: one odd object
    must not hide the others. A private object counts for the keys that have its id and its kind. ``module`` is the
    path they were read through.
    """
    by_slot = Path(module).name.startswith(_SLOTS_COUNT)
    privates: _Privates = {}
    found: dict[tuple[bytes, bytes], TokenKey] = {}
    shaped = [item for item in objects if item.get("class") in _CLASSES and isinstance(item.get("id"), bytes)]
    for item in sorted(shaped, key=lambda item: _CLASSES.index(str(item["class"]))):
        key_id = _bytes(item["id"])
        if by_slot and key_id == _MAKERS_ID:
            continue
        if item["class"] == "private":
            _note_private(privates, (key_id, str(item.get("kind"))), item)
            continue
        with contextlib.suppress(*_UNREADABLE):
            key = _public_of(item)
            seen = _token_key(key, item, privates.get((key_id, _kind_of(key))))
            if by_slot:
                seen = _by_slot(seen)
            if item["class"] == "certificate" and any(known.id == key_id for known in found.values()):
                continue
            found.setdefault((key_id, seen.public_key), seen)
    return tuple(found.values())


def certificates_from(objects: Iterable[Mapping[str, object]], *, module: str) -> tuple[TokenCertificate, ...]:
    """Make certificates of the raw objects of one token, each once, in its order; what is none is left out.

    So is what a YubiKey attests of its keys, which ykcs11 shows beside the certificates: it names no holder.
    """
    attests = Path(module).name.startswith(_SLOTS_COUNT)
    found: dict[bytes, TokenCertificate] = {}
    for item in objects:
        der, key_id, label = (item.get(name) for name in ("certificate", "id", "label"))
        if attests and isinstance(label, str) and _ATTESTATION in label:
            continue
        if item.get("class") == "certificate" and isinstance(der, bytes) and der:
            known = TokenCertificate(
                key_id if isinstance(key_id, bytes) else b"", label if isinstance(label, str) else "", der
            )
            found.setdefault(der, known)
    return tuple(found.values())


def _note_private(known: _Privates, name: tuple[bytes, str], item: Mapping[str, object]) -> None:
    local, never = item.get("local"), item.get("never_extractable")
    seen = _Private(
        sign=item.get("sign") is True,
        decrypt=item.get("decrypt") is True,
        derive=item.get("derive") is True,
        private=item.get("private") is True,
        always=item.get("always") is True,
        on_token=None if local is None or never is None else local is True and never is True,
    )
    if name not in known or (seen.private and not known[name].private):
        known[name] = seen


def _by_slot(seen: TokenKey) -> TokenKey:
    """Set the three flags by what the slot is for."""
    manages = seen.id in _KEY_MANAGEMENT_IDS
    return replace(
        seen,
        can_sign=seen.can_sign and not manages,
        can_decrypt=seen.can_decrypt and manages,
        can_derive=seen.is_elliptic and manages,
    )


def _token_key(key: PublicKey, item: Mapping[str, object], private: _Private | None) -> TokenKey:
    elliptic, with_rsa = isinstance(key, ec.EllipticCurvePublicKey), isinstance(key, rsa.RSAPublicKey)
    seen = TokenKey(
        id=_bytes(item["id"]),
        label=label if isinstance(label := item.get("label"), str) else "",
        public_key=key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
        spec=spec_of(key),
        # A certificate says nothing of this, and what it leaves open only a try on the token can tell.
        can_sign=item.get("sign") is not False,
        can_decrypt=with_rsa and item.get("decrypt") is not False,
        can_derive=elliptic and (item.get("derive") is True or item.get("sign") is not True),
        always_authenticate=False,
        private_seen=False,
        on_token=None,
    )
    if private is None:
        return seen
    return replace(
        seen,
        can_sign=private.sign,
        can_decrypt=with_rsa and private.decrypt,
        can_derive=elliptic and private.derive,
        always_authenticate=private.always,
        private_seen=private.private,
        on_token=private.on_token,
    )


def _kind_of(key: PublicKey) -> str:
    if isinstance(key, rsa.RSAPublicKey):
        return "rsa"
    return "edwards" if isinstance(key, ed25519.Ed25519PublicKey) else "ec"


def kind_of_spec(spec: str) -> str:
    """Return the child's name for the kind of key that has this spec: ``rsa``, ``ec`` or ``edwards``."""
    if spec.startswith("RSA_"):
        return "rsa"
    return "edwards" if spec == KeySpec.ECC_NIST_EDWARDS25519 else "ec"


def _public_of(item: Mapping[str, object]) -> PublicKey:
    if item["class"] == "certificate":
        return load(_spki_of(_bytes(item.get("certificate"))))
    if item.get("kind") == "rsa":
        modulus, exponent = (_bytes(item.get(name)) for name in ("modulus", "exponent"))
        if max(len(modulus), len(exponent)) > _MAX_RSA_BYTES:
            raise ValueError("a longer key than any token's")
        return rsa.RSAPublicNumbers(int.from_bytes(exponent, "big"), int.from_bytes(modulus, "big")).public_key()
    point = _bytes(item.get("point"))
    if item.get("kind") == "edwards":
        return ed25519.Ed25519PublicKey.from_public_bytes(point[-_ED25519_LENGTH:])
    if item.get("kind") != "ec":
        raise ValueError("an unknown kind of key")
    curve = _CURVES.get(_bytes(item.get("params")))
    if curve is None:
        raise ValueError("an unknown curve")
    return ec.EllipticCurvePublicKey.from_encoded_point(curve(), _unwrapped(point, curve().key_size))


def _spki_of(certificate: bytes) -> bytes:
    """Take SubjectPublicKeyInfo out of a certificate, DER (RFC 5280, 4.1); raise DerError.

    By hand, because the rest of a certificate may be what no library takes: ykcs11 makes them with serial number zero
    and no signature, for a key to be seen before login. Nothing in it but the key counts for Signet.
    """
    whole, rest = der.expect(certificate, der.SEQUENCE)
    fields, _ = der.expect(whole, der.SEQUENCE)
    if rest:
        raise der.DerError("more than a certificate")
    if fields[:1] == _VERSION:
        fields = der.split(fields)[2]
    for _ in ("serialNumber", "signature", "issuer", "validity", "subject"):
        fields = der.split(fields)[2]
    return der.sequence(der.expect(fields, der.SEQUENCE)[0])


def _unwrapped(point: bytes, bits: int) -> bytes:
    """Take the DER OCTET STRING off a point, which the standard wants and some modules leave away (2.3.3)."""
    length = 1 + 2 * ((bits + 7) // 8)
    if len(point) > length and point[0] == _OCTET_STRING and point[1] in (length, _LONG_FORM):
        point = point[-length:]
    if len(point) != length or point[0] != _UNCOMPRESSED:
        raise ValueError("not an uncompressed point of this curve")
    return point


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise ValueError("an attribute is missing")
    return value
