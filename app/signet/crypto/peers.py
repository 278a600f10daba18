"""Public keys from outside, looked at before anything is computed with them.

Every kind is checked for what would make its use worthless or give something away: length, curve, a point off its
curve or at infinity, points of small order, weak RSA. Rule: one spelling, which is written anew; the reason that a
key is refused for is said, because everything here is public.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import load_der_public_key

from signet.crypto.kinds import CURVES, PUBLIC_TYPES, UNREADABLE, PublicKey, find_spec, spki
from signet.errors import FormatUnrecognised, PublicKeyInvalid
from signet.formats import der, sshkey
from signet.keys.spec import KeySpec

#: The prime of Curve25519 and its points of small order: u of orders 1, 2, 4 and 8 (RFC 7748, 6.1 and 7).
P25519 = 2**255 - 19
_ORDER_8 = (
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
)
SMALL_ORDER_U = frozenset({0, 1, P25519 - 1, *_ORDER_8})
#: The same for Ed25519: y of every point whose order divides 8; the sign of x does not matter (RFC 8032, 5.1).
_EDWARDS_ORDER_8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022
SMALL_ORDER_Y = frozenset({0, 1, P25519 - 1, _EDWARDS_ORDER_8, P25519 - _EDWARDS_ORDER_8})

_RSA = bytes.fromhex("06092a864886f70d010101")
EC_KEY = bytes.fromhex("06072a8648ce3d0201")
_OTHERS = {  # AlgorithmIdentifier: RFC 8410, 3; RFC 9881, 2; RFC 9935, 3; and the length of the key (bytes)
    bytes.fromhex("06032b6570"): (KeySpec.ECC_NIST_EDWARDS25519, 32),
    bytes.fromhex("06032b656e"): (KeySpec.X25519, 32),
    bytes.fromhex("0609608648016503040311"): (KeySpec.ML_DSA_44, 1312),
    bytes.fromhex("0609608648016503040312"): (KeySpec.ML_DSA_65, 1952),
    bytes.fromhex("0609608648016503040313"): (KeySpec.ML_DSA_87, 2592),
    bytes.fromhex("0609608648016503040402"): (KeySpec.ML_KEM_768, 1184),
    bytes.fromhex("0609608648016503040403"): (KeySpec.ML_KEM_1024, 1568),
}
CURVE_NAMES = {
    bytes.fromhex("06082a8648ce3d030107"): KeySpec.ECC_NIST_P256,
    bytes.fromhex("06052b81040022"): KeySpec.ECC_NIST_P384,
    bytes.fromhex("06052b81040023"): KeySpec.ECC_NIST_P521,
    bytes.fromhex("06052b8104000a"): KeySpec.ECC_SECG_P256K1,
}


def checked_public(public_key: bytes) -> PublicKey:
    """Load DER SubjectPublicKeyInfo (RFC 5280, 4.1) if it is a key that may be used.

    Raises PublicKeyInvalid with the reason, FormatUnrecognised for no public key, or one of another kind.
    """
    try:
        content, rest = der.expect(public_key, der.SEQUENCE)
        identifier, after = der.expect(content, der.SEQUENCE)
        bits, end = der.expect(after, der.BIT_STRING)
    except der.DerError:
        raise FormatUnrecognised(what="a public key") from None
    if rest or end:
        raise _invalid("there are bytes after it")
    if not bits or bits[0]:
        raise FormatUnrecognised(what="a public key")
    _look(identifier, bits[1:])
    try:
        loaded = load_der_public_key(public_key)
    except UNREADABLE:
        reason = "its point is not on its curve" if identifier.startswith(EC_KEY) else "its numbers are out of range"
        raise _invalid(reason) from None
    if not isinstance(loaded, PUBLIC_TYPES):
        raise FormatUnrecognised(what="a kind of public key")
    return loaded


def written(public: PublicKey) -> bytes:
    """Write a loaded key in the one spelling that is kept and compared, having checked it as `checked_public`."""
    return spki(checked_public(spki(public)))


def spec_of_public(public: PublicKey) -> KeySpec:
    """Name a checked key's spec; raise PublicKeyInvalid for an RSA size that no spec has."""
    spec = find_spec(public)
    if spec is None:
        raise _invalid("no kind of key has its size")
    return spec


def _invalid(reason: str) -> PublicKeyInvalid:
    return PublicKeyInvalid(what="a public key", reason=reason)


def _look(identifier: bytes, key: bytes) -> None:
    """Check what the bytes say by themselves, so that each fault has its own words."""
    if identifier.startswith(_RSA):
        _look_at_rsa(key)
    elif identifier.startswith(EC_KEY):
        _look_at_point(identifier[len(EC_KEY) :], key)
    elif identifier in _OTHERS:
        spec, size = _OTHERS[identifier]
        if len(key) != size:
            raise _invalid(f"a key of the kind {spec} has {size} bytes, and this has {len(key)}")
        if spec is KeySpec.X25519 and _coordinate(key) % P25519 in SMALL_ORDER_U:
            raise _invalid("its point is of small order: everybody would know what is agreed with it")
        if spec is KeySpec.ECC_NIST_EDWARDS25519:
            _look_at_edwards(_coordinate(key))
    else:
        raise FormatUnrecognised(what="a kind of public key")


def _coordinate(key: bytes) -> int:
    """The coordinate without the topmost bit, which is ignored or a sign (RFC 7748, 5; RFC 8032, 5.1.3)."""
    return int.from_bytes(key, "little") & (2**255 - 1)


def _look_at_edwards(y: int) -> None:
    if y >= P25519:
        raise _invalid("its point is not spelt in the one way there is")
    if y in SMALL_ORDER_Y:
        raise _invalid("its point is of small order: signatures fit it that nobody made")


def _look_at_rsa(key: bytes) -> None:
    try:
        numbers, rest = der.expect(key, der.SEQUENCE)
        modulus, after = der.read_integer(numbers)
        exponent, end = der.read_integer(after)
    except der.DerError:
        raise FormatUnrecognised(what="a public key") from None
    if rest or end:
        raise _invalid("there are bytes after it")
    if modulus.bit_length() < sshkey.MIN_RSA_BITS:
        raise _invalid(f"its RSA modulus has {modulus.bit_length()} bits; {sshkey.MIN_RSA_BITS} is the least")
    if modulus.bit_length() > sshkey.MAX_RSA_BITS or exponent.bit_length() > sshkey.MAX_RSA_EXPONENT_BITS:
        raise _invalid("its RSA numbers are larger than is usual")
    if modulus % 2 == 0:
        raise _invalid("its RSA modulus is even")
    if exponent < 3 or exponent % 2 == 0:
        raise _invalid(f"its RSA exponent is {exponent}; it must be odd and at least 3")


def _look_at_point(curve: bytes, point: bytes) -> None:
    if curve not in CURVE_NAMES:
        known = ", ".join(spec.rpartition("_")[2] for spec in CURVES)
        raise _invalid(f"its curve is none of {known}")
    spec = CURVE_NAMES[curve]
    size = (CURVES[spec]().key_size + 7) // 8
    if point == b"\0":
        raise _invalid("its point is the one at infinity")
    if (len(point), point[:1]) not in ((1 + 2 * size, b"\4"), (1 + size, b"\2"), (1 + size, b"\3")):
        raise _invalid(f"its point has not the length or form of one of the kind {spec}")
