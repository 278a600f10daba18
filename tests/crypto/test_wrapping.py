"""The wrapping rule: read a second time by an independent reader, and refused in every other form."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from functools import cache

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, x448, x25519
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from signet.crypto.wrapping import ephemeral_bytes, unwrap_master_key, wrap_master_key
from signet.errors import HeaderDamaged, SecretIncorrect
from signet.formats.header import MethodKind, Scheme, UnlockMethod
from signet.formats.header_parser import parse_header
from signet.secret import Secret
from support.headers import PASSPHRASE_PARAMETERS, SALT, VAULT_ID, PrivateKey, make_header, make_method, spki

MASTER = bytes(range(0x20, 0x40))
KEYS = {
    "x25519": Scheme.X25519,
    "p256": Scheme.ECDH_X,
    "p384": Scheme.ECDH_X,
    "p521": Scheme.ECDH_X,
    "rsa2048": Scheme.RSA_OAEP_SHA256,
    "rsa3072": Scheme.RSA_OAEP_SHA256,
    "rsa2048-sha1": Scheme.RSA_OAEP_SHA1,
    "rsa2048-v15": Scheme.RSA_PKCS1V15,
}


@cache
def private_key(name: str) -> PrivateKey:
    if name == "x25519":
        return x25519.X25519PrivateKey.generate()
    curves: dict[str, ec.EllipticCurve] = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}
    if name in curves:
        return ec.generate_private_key(curves[name])
    if "-" in name:
        return private_key(name.partition("-")[0])
    return rsa.generate_private_key(65537, int(name[3:]))


def method_for(name: str) -> UnlockMethod:
    scheme = KEYS[name]
    if scheme is Scheme.X25519:
        method = make_method(kind=MethodKind.PASSPHRASE, parameters=PASSPHRASE_PARAMETERS)
    else:
        native = (("operation", "native"),) if scheme is Scheme.RSA_OAEP_SHA256 else ()
        method = make_method(kind=MethodKind.TOKEN, scheme=scheme, parameters=native)
    method = replace(method, public_key=spki(private_key(name)))
    return replace(method, wrapped_key=wrap_master_key(Secret(MASTER), method, vault_id=VAULT_ID, salt=SALT))


def exchange(name: str, ephemeral: bytes) -> Secret | None:
    """The private operation, as a token or a typed secret has it."""
    key = private_key(name)
    try:
        if isinstance(key, x25519.X25519PrivateKey):
            return Secret(key.exchange(x25519.X25519PublicKey.from_public_bytes(ephemeral)))
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return Secret(key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(key.curve, ephemeral)))
        return Secret(key.decrypt(ephemeral, rsa_padding(KEYS[name])))
    except ValueError:
        if isinstance(key, rsa.RSAPrivateKey):
            return None
        raise SecretIncorrect(what="passphrase") from None


def rsa_padding(scheme: Scheme) -> padding.AsymmetricPadding:
    if scheme is Scheme.RSA_PKCS1V15:
        return padding.PKCS1v15()
    digest = hashes.SHA256() if scheme is Scheme.RSA_OAEP_SHA256 else hashes.SHA1()  # noqa: S303 - as some cards have it
    return padding.OAEP(padding.MGF1(digest), digest, None)


def unwrap(name: str, method: UnlockMethod, *, vault_id: str = VAULT_ID, salt: bytes = SALT) -> bytes:
    opened = unwrap_master_key(
        method, vault_id=vault_id, salt=salt, exchange=lambda ephemeral: exchange(name, ephemeral)
    )
    return bytes(opened.reveal())


def sampled(size: int, *, dense: int) -> list[int]:
    """All bit numbers of the first and the last ``dense`` bytes, and one of every byte between."""
    ends = [*range(dense * 8), *range((size - dense) * 8, size * 8)]
    return sorted({*ends, *(place * 8 + place % 8 for place in range(size))})


@pytest.mark.parametrize("name", KEYS)
def test_what_is_wrapped_is_unwrapped(name: str) -> None:
    method = method_for(name)
    assert unwrap(name, method) == MASTER
    assert len(method.wrapped_key) == ephemeral_bytes(method) + 12 + 32 + 16
    assert wrap_master_key(Secret(MASTER), method, vault_id=VAULT_ID, salt=SALT) != method.wrapped_key


@pytest.mark.parametrize("name", KEYS)
def test_an_independent_reader_unwraps_from_the_header_file(name: str) -> None:
    """DESIGN.md, sections 2 and 3, written a second time with hashlib, hmac and the primitives alone."""
    fields = json.loads(make_header((method_for(name),)).encoded())
    (method,) = fields["methods"]
    bound = ("id", "kind", "scheme", "public_key", "parameters")
    associated = {name: fields[name] for name in ("format", "version", "vault_id")} | {
        name: method[name] for name in bound
    }
    data = json.dumps(associated, sort_keys=True, separators=(",", ":")).encode("ascii")
    wrapped = base64.b64decode(method["wrapped_key"])
    key, rule = private_key(name), b"signet/v1/unlock/" + method["scheme"].encode() + hashlib.sha256(data).digest()
    if isinstance(key, rsa.RSAPrivateKey):
        size = key.key_size // 8
        agreed = key.decrypt(wrapped[:size], rsa_padding(KEYS[name]))
        assert len(agreed) == 32
    elif isinstance(key, x25519.X25519PrivateKey):
        size = 32
        agreed = key.exchange(x25519.X25519PublicKey.from_public_bytes(wrapped[:size]))
        rule += wrapped[:size]
    else:
        size = {"p256": 65, "p384": 97, "p521": 133}[name]
        agreed = key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(key.curve, wrapped[:size]))
        rule += wrapped[:size]
    salt = bytes.fromhex(fields["vault_id"].replace("-", ""))
    kek = hmac.digest(hmac.digest(salt, agreed, "sha256"), rule + b"\x01", "sha256")
    assert AESGCM(kek).decrypt(wrapped[size : size + 12], wrapped[size + 12 :], data) == MASTER


@pytest.mark.parametrize("name", KEYS)
def test_a_changed_wrapped_key_is_refused_with_one_error(name: str) -> None:
    method = method_for(name)
    for bit in sampled(len(method.wrapped_key), dense=2):
        wrong = bytearray(method.wrapped_key)
        wrong[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SecretIncorrect):
            unwrap(name, replace(method, wrapped_key=bytes(wrong)))


def test_the_bit_that_x25519_passes_over_counts_in_the_wrapping() -> None:
    # RFC 7748, 5: the highest bit of a public key is masked; only the info string of the KEK sees it.
    method = method_for("x25519")
    wrong = bytearray(method.wrapped_key)
    wrong[31] ^= 0x80
    right, other = exchange("x25519", method.wrapped_key[:32]), exchange("x25519", bytes(wrong[:32]))
    assert right == other  # the agreed secret is the same
    with pytest.raises(SecretIncorrect):
        unwrap("x25519", replace(method, wrapped_key=bytes(wrong)))


@pytest.mark.parametrize("name", KEYS)
def test_any_other_length_is_a_damaged_header(name: str) -> None:
    method = method_for(name)
    whole = method.wrapped_key
    for wrong in (b"", whole[:1], whole[:-1], whole[1:], whole + b"\0", whole[: len(whole) // 2]):
        with pytest.raises(HeaderDamaged):
            unwrap(name, replace(method, wrapped_key=wrong))


@pytest.mark.parametrize("name", ["x25519", "p256", "rsa2048"])
def test_a_wrapped_key_belongs_to_one_way_in_of_one_vault(name: str) -> None:
    method = method_for(name)
    others = [
        replace(method, id="00000000-0000-4000-8000-0000000000ff"),
        replace(method, kind=MethodKind.RECOVERY_CODE),
        replace(method, parameters=(*method.parameters, ("more", 1))),
    ]
    if name == "rsa2048":
        others += [replace(method, scheme=Scheme.RSA_OAEP_SHA1), replace(method, parameters=(("operation", "raw"),))]
    for other in others:
        with pytest.raises(SecretIncorrect):
            unwrap(name, other)
    with pytest.raises(SecretIncorrect):
        unwrap(name, method, vault_id="00000000-0000-4000-8000-000000000000")
    with pytest.raises(SecretIncorrect):
        unwrap(name, method, salt=bytes(16))


def test_what_does_not_bind_may_change() -> None:
    method = replace(method_for("x25519"), label="another", created="2020-01-01T00:00:00Z", attestation=b"")
    assert unwrap("x25519", method) == MASTER


@pytest.mark.parametrize(("name", "other"), [("x25519", "x25519"), ("p256", "p256"), ("rsa2048", "rsa3072")])
def test_another_private_key_is_refused(name: str, other: str) -> None:
    method = method_for(name)
    private_key.cache_clear()  # from here on the keys are others
    with pytest.raises(SecretIncorrect):
        unwrap(other, method)


@pytest.mark.parametrize("name", ["rsa2048", "rsa2048-v15"])
def test_a_failed_rsa_decryption_looks_like_any_other_failure(name: str) -> None:
    method = method_for(name)
    messages = set()
    for exchanged in (None, Secret(bytes(32)), Secret(b""), Secret(bytes(190))):
        with pytest.raises(SecretIncorrect) as caught:
            unwrap_master_key(method, vault_id=VAULT_ID, salt=SALT, exchange=lambda _, z=exchanged: z)  # type: ignore[misc]
        messages.add((caught.value.message, type(caught.value.__cause__)))
    assert len(messages) == 1


def test_the_agreed_secret_is_wiped() -> None:
    method = method_for("p256")
    agreed = exchange("p256", method.wrapped_key[:65])
    assert agreed is not None
    unwrap_master_key(method, vault_id=VAULT_ID, salt=SALT, exchange=lambda _: agreed)
    assert bytes(agreed.reveal()) == bytes(32)


@pytest.mark.parametrize("name", ["p256", "p384", "p521"])
def test_a_point_off_the_curve_never_reaches_the_token(name: str) -> None:
    method = method_for(name)
    size = ephemeral_bytes(method)
    points = [bytes(size), b"\x04" + bytes(size - 1), b"\x04" + b"\xff" * (size - 1), b"\x02" * size]
    point = method.wrapped_key[: size - 1] + bytes([method.wrapped_key[size - 1] ^ 1])
    for wrong in [*points, point]:
        seen: list[bytes] = []

        def token(ephemeral: bytes, seen: list[bytes] = seen) -> Secret:
            seen.append(ephemeral)
            return Secret(bytes(32))

        wrapped = wrong + method.wrapped_key[size:]
        with pytest.raises(SecretIncorrect):
            unwrap_master_key(replace(method, wrapped_key=wrapped), vault_id=VAULT_ID, salt=SALT, exchange=token)
        assert seen == []


SMALL_ORDER = [  # u-coordinates of small order (RFC 7748, 6.1; https://cr.yp.to/ecdh.html#validate)
    bytes(32),
    b"\x01" + bytes(31),
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    bytes.fromhex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    bytes.fromhex("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
]


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_nothing_is_wrapped_to_a_point_of_small_order(point: bytes) -> None:
    method = replace(method_for("x25519"), public_key=bytes.fromhex("302a300506032b656e032100") + point)
    with pytest.raises(HeaderDamaged, match="nothing can be wrapped"):
        wrap_master_key(Secret(MASTER), method, vault_id=VAULT_ID, salt=SALT)


def foreign_keys() -> dict[str, PrivateKeyTypes]:
    return {
        "ed25519": ed25519.Ed25519PrivateKey.generate(),
        "x448": x448.X448PrivateKey.generate(),
        "x25519": private_key("x25519"),
        "p256": private_key("p256"),
        "rsa2048": private_key("rsa2048"),
    }


@pytest.mark.parametrize("scheme", list(Scheme))
def test_a_public_key_that_does_not_fit_the_scheme_is_a_damaged_header(scheme: Scheme) -> None:
    fitting = {Scheme.X25519: "x25519", Scheme.ECDH_X: "p256"}.get(scheme, "rsa2048")
    for name, key in foreign_keys().items():
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        method = replace(make_method(kind=MethodKind.TOKEN, scheme=scheme), public_key=public)
        if name == fitting:
            wrap_master_key(Secret(MASTER), method, vault_id=VAULT_ID, salt=SALT)
            continue
        with pytest.raises(HeaderDamaged):
            wrap_master_key(Secret(MASTER), method, vault_id=VAULT_ID, salt=SALT)
        with pytest.raises(HeaderDamaged):
            unwrap("x25519", method)


def test_public_keys_that_cannot_be_read_are_a_damaged_header() -> None:
    good = spki(private_key("x25519"))
    unknown_algorithm = good.replace(bytes.fromhex("2b656e"), bytes.fromhex("2b657f"))
    unknown_curve = spki(private_key("p256")).replace(
        bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("2a8648ce3d03017f")
    )
    for wrong in (b"\x00", good[:-1], good + b"\0", unknown_algorithm, unknown_curve, b"\x30\x80" + bytes(60)):
        for scheme in Scheme:
            method = replace(make_method(scheme=scheme), public_key=wrong)
            with pytest.raises(HeaderDamaged):
                wrap_master_key(Secret(MASTER), method, vault_id=VAULT_ID, salt=SALT)
            with pytest.raises(HeaderDamaged):
                unwrap("x25519", method)


def test_the_bytes_of_a_wrapped_key_survive_the_header_file() -> None:
    header = make_header((method_for("p384"),))
    assert unwrap("p384", parse_header(header.encoded()).methods[0]) == MASTER
