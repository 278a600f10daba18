"""Private and secret JSON Web Keys (RFC 7517, RFC 7518, RFC 8037), written and read.

What is read is put together from its numbers, and the numbers have to belong together: a public half in the file
that is not that of the private half is refused. Rule: what `read_jwk` returns has passed `check_material`.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import load_der_private_key

from signet.crypto.publickeys import PublicKeyForm, base64url, public_key_text, unbase64url
from signet.crypto.software import (
    UNREADABLE,
    check_material,
    kept,
    refuse_weak,
    spec_of,
    symmetric_size,
    to_material,
)
from signet.errors import FormatUnrecognised, KeyMaterialInvalid, NoPrivateKey
from signet.keys.spec import KeySpec
from signet.secret import Secret

#: What a symmetric key is for (RFC 7518, 3.2 and 5.3). HMAC with SHA-224 has no name there, so its keys have none.
JWK_ALGORITHMS = {
    KeySpec.SYMMETRIC_DEFAULT: "A256GCM",
    KeySpec.HMAC_224: None,
    KeySpec.HMAC_256: "HS256",
    KeySpec.HMAC_384: "HS384",
    KeySpec.HMAC_512: "HS512",
}
_CURVES: dict[str, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
    "secp256k1": ec.SECP256K1(),
}
_RSA_PRIVATE = ("d", "p", "q", "dp", "dq", "qi")
_WHAT = "a JSON Web Key"


@dataclass(frozen=True)
class ReadJwk:
    """A key as a JWK had it: material, which the caller wipes, the specs it may be of, public key, ``kid``."""

    material: Secret = field(repr=False)
    specs: tuple[KeySpec, ...]
    public_key: bytes | None
    key_id: str | None


def jwk_form(spec: KeySpec) -> bool:
    """Whether keys of a spec can be written as a JWK."""
    return spec.is_symmetric or spec in _WRITTEN


_WRITTEN = frozenset(
    {
        KeySpec.RSA_2048,
        KeySpec.RSA_3072,
        KeySpec.RSA_4096,
        KeySpec.ECC_NIST_P256,
        KeySpec.ECC_NIST_P384,
        KeySpec.ECC_NIST_P521,
        KeySpec.ECC_SECG_P256K1,
        KeySpec.ECC_NIST_EDWARDS25519,
        KeySpec.X25519,
    }
)


def write_jwk(material: Secret, spec: KeySpec, *, key_id: str, version: int) -> Secret:
    """Write a key as one line of JSON with ``kid`` KEY-UUID/VERSION; the caller wipes the result."""
    kid = f"{key_id}/{version}"
    if spec.is_symmetric:
        algorithm = JWK_ALGORITHMS[spec]
        members: dict[str, str] = {
            **({"alg": algorithm} if algorithm else {}),
            "k": base64url(bytes(material.reveal())),
            "kid": kid,
            "kty": "oct",
        }
    else:
        public = check_material(material, spec) or b""
        members = json.loads(public_key_text(public, PublicKeyForm.JWK, key_id=kid)) | _private_members(material)
    return Secret.from_text(json.dumps(members, sort_keys=True) + "\n")


def read_jwk(content: bytes) -> ReadJwk:
    """Read a secret or private key; raise NoPrivateKey for a public one, KeyMaterialInvalid, FormatUnrecognised."""
    try:
        members = json.loads(content.decode("utf-8"), object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise FormatUnrecognised(what=_WHAT) from None
    if isinstance(members, dict) and isinstance(members.get("keys"), list):
        raise KeyMaterialInvalid(reason="it is a set of JSON Web Keys; put the one that is meant in its own file")
    if not isinstance(members, dict) or not isinstance(members.get("kty"), str):
        raise FormatUnrecognised(what=_WHAT)
    kid = members.get("kid")
    key_id = kid if isinstance(kid, str) else None
    if members["kty"] == "oct":
        return _symmetric(members, key_id)
    if members["kty"] not in ("EC", "RSA", "OKP"):
        raise FormatUnrecognised(what=_WHAT)
    if "d" not in members:
        raise NoPrivateKey(found="the public half of a key (a JSON Web Key)")
    try:
        private = kept(_put_together(members))
    except (OverflowError, *UNREADABLE):
        raise KeyMaterialInvalid(reason="the numbers in it do not belong together") from None
    refuse_weak(private)
    spec = spec_of(private)
    material = to_material(private)
    return ReadJwk(material, (spec,), check_material(material, spec), key_id)


def _symmetric(members: Mapping[str, object], key_id: str | None) -> ReadJwk:
    text = members.get("k")
    if not isinstance(text, str):
        raise FormatUnrecognised(what=_WHAT)
    material = Secret(unbase64url(text))
    specs = _specs_of(members.get("alg"), len(material))
    check_material(material, specs[0])
    return ReadJwk(material, specs, None, key_id)


def _specs_of(algorithm: object, length: int) -> tuple[KeySpec, ...]:
    """The specs that ``alg`` names; without one, those of that length."""
    if algorithm is None:
        return specs_of_length(length)
    for spec, name in JWK_ALGORITHMS.items():
        if name == algorithm:
            return (spec,)
    known = ", ".join(name for name in JWK_ALGORITHMS.values() if name)
    raise KeyMaterialInvalid(reason=f"it is for {algorithm}; Signet keeps keys for {known}")


def specs_of_length(length: int) -> tuple[KeySpec, ...]:
    """The symmetric specs whose keys have that many bytes; raise KeyMaterialInvalid if there is none."""
    found = tuple(spec for spec in KeySpec if spec.is_symmetric and symmetric_size(spec) == length)
    if not found:
        sizes = sorted({symmetric_size(spec) for spec in KeySpec if spec.is_symmetric})
        said = ", ".join(map(str, sizes[:-1])) + f" or {sizes[-1]}"
        raise KeyMaterialInvalid(reason=f"a secret key has {said} bytes, and this has {length}")
    return found


def _put_together(members: Mapping[str, object]) -> object:
    """Make a private key of a JWK's numbers; raises ValueError where they cannot be."""
    if members["kty"] == "RSA":
        return _rsa(members)
    curve = members.get("crv")
    if members["kty"] == "OKP":
        private: ed25519.Ed25519PrivateKey | x25519.X25519PrivateKey
        if curve == "Ed25519":
            private = ed25519.Ed25519PrivateKey.from_private_bytes(_octets(members, "d"))
        elif curve == "X25519":
            private = x25519.X25519PrivateKey.from_private_bytes(_octets(members, "d"))
        else:
            raise KeyMaterialInvalid(reason=f"it is on the curve {curve}, which Signet does not keep")
        public_half = private.public_key().public_bytes_raw()
        if not hmac.compare_digest(public_half, _octets(members, "x") if "x" in members else public_half):
            raise ValueError("another public half")
        return private
    known = _CURVES.get(str(curve))
    if known is None:
        raise KeyMaterialInvalid(reason=f"it is on the curve {curve}, which Signet does not keep")
    public = ec.EllipticCurvePublicNumbers(_number(members, "x"), _number(members, "y"), known)
    derived = ec.derive_private_key(_number(members, "d"), known)
    if derived.public_key().public_numbers() != public:
        raise ValueError("another public half")
    return derived


def _rsa(members: Mapping[str, object]) -> rsa.RSAPrivateKey:
    modulus, exponent, d = (_number(members, name) for name in ("n", "e", "d"))
    if "oth" in members:
        raise KeyMaterialInvalid(reason="it is an RSA key of more than two primes")
    if "p" in members:
        p, q, dp, dq, qi = (_number(members, name) for name in _RSA_PRIVATE[1:])
    else:  # RFC 7518, 6.3.2: the primes may be left out
        p, q = rsa.rsa_recover_prime_factors(modulus, exponent, d)
        dp, dq, qi = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    numbers = rsa.RSAPrivateNumbers(p, q, d, dp, dq, qi, rsa.RSAPublicNumbers(exponent, modulus))
    return numbers.private_key()


def _private_members(material: Secret) -> dict[str, str]:
    private = load_der_private_key(material.reveal(), None, unsafe_skip_rsa_key_validation=True)
    if isinstance(private, ed25519.Ed25519PrivateKey | x25519.X25519PrivateKey):
        return {"d": base64url(private.private_bytes_raw())}
    if isinstance(private, ec.EllipticCurvePrivateKey):
        size = (private.curve.key_size + 7) // 8
        return {"d": base64url(private.private_numbers().private_value.to_bytes(size, "big"))}
    if not isinstance(private, rsa.RSAPrivateKey):
        raise KeyMaterialInvalid(reason="keys of its kind have no form as a JSON Web Key")
    numbers = private.private_numbers()
    values = (numbers.d, numbers.p, numbers.q, numbers.dmp1, numbers.dmq1, numbers.iqmp)
    return {
        name: base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))
        for name, value in zip(_RSA_PRIVATE, values, strict=True)
    }


def _number(members: Mapping[str, object], name: str) -> int:
    return int.from_bytes(_octets(members, name), "big")


def _octets(members: Mapping[str, object], name: str) -> bytes:
    text = members.get(name)
    if not isinstance(text, str):
        raise FormatUnrecognised(what=_WHAT)
    return unbase64url(text)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is given twice")
    return members
