"""A token that is logged in: what its keys do. The parent's side; blocking and thread-safe."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from types import TracebackType
from typing import Self

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from signet import errors
from signet.keys.spec import KeySpec, SigningAlgorithm
from signet.secret import Secret
from signet.tokens import oaep, public
from signet.tokens.model import Scheme, Token, TokenKey, TokenKeyUsage
from signet.tokens.process import ModuleProcess
from signet.tokens.waiting import WaitFor, Waiting, watched

#: DER of DigestInfo up to the digest (RFC 8017, 9.2, note 1); the token pads it (CKM_RSA_PKCS).
_DIGEST_INFO = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}
_ALGORITHMS = {
    SigningAlgorithm.RSASSA_PKCS1_V1_5_SHA_256: ("rsa", "sha256"),
    SigningAlgorithm.RSASSA_PKCS1_V1_5_SHA_384: ("rsa", "sha384"),
    SigningAlgorithm.RSASSA_PKCS1_V1_5_SHA_512: ("rsa", "sha512"),
    SigningAlgorithm.RSASSA_PSS_SHA_256: ("rsa", "sha256"),
    SigningAlgorithm.RSASSA_PSS_SHA_384: ("rsa", "sha384"),
    SigningAlgorithm.RSASSA_PSS_SHA_512: ("rsa", "sha512"),
    SigningAlgorithm.ECDSA_SHA_256: ("ec", "sha256"),
    SigningAlgorithm.ECDSA_SHA_384: ("ec", "sha384"),
    SigningAlgorithm.ECDSA_SHA_512: ("ec", "sha512"),
    SigningAlgorithm.ED25519: ("edwards", ""),
}
_RAW_HASH = {Scheme.RSA_OAEP_SHA256: "sha256", Scheme.RSA_OAEP_SHA1: "sha1"}
_GENERATED_KIND = {
    **dict.fromkeys(public.CURVE_PARAMETERS, "ec"),
    KeySpec.ECC_NIST_EDWARDS25519: "edwards",
    KeySpec.RSA_2048: "rsa",
    KeySpec.RSA_3072: "rsa",
    KeySpec.RSA_4096: "rsa",
}
_FITTING = {
    TokenKeyUsage.SIGN: {"rsa", "ec", "edwards"},
    TokenKeyUsage.AGREE: {"ec"},
    TokenKeyUsage.DECRYPT: {"rsa"},
}


class TokenSession:
    """One login on one token; leaving ``with`` logs out.

    Every method raises TokenLoginLost once the login is gone (module restarted, another login, log-out by another
    program), TokenRemoved, ModuleTimedOut, ModuleCrashed, TokenOperationFailed; what uses a private key also
    Cancelled. Made by `TokenHub.login`.
    """

    def __init__(
        self,
        process: ModuleProcess,
        *,
        token: Token,
        epoch: int,
        number: int,
        key_generation_limit: float,
        pin_pad_limit: float,
        waiting: Waiting,
    ) -> None:
        self.token = token
        self._process = process
        self._epoch = epoch
        self._number = number
        self._key_generation_limit = key_generation_limit
        self._pin_pad_limit = pin_pad_limit
        self._waiting = waiting

    def _call(
        self,
        method: str,
        *,
        time_limit: float | None = None,
        cancelled: Callable[[], bool] | None = None,
        **parameters: object,
    ) -> object:
        return self._process.call(
            method,
            epoch=self._epoch,
            time_limit=time_limit,
            cancelled=cancelled,
            slot=self.token.slot,
            serial=self.token.serial,
            login=self._number,
            **parameters,
        )

    def _use(self, method: str, *, wait_for: WaitFor = WaitFor.TOUCH, **parameters: object) -> object:
        """Use a private key, for which the card may want to be touched, or the reader a PIN."""
        limit = self._process.time_limit if wait_for is WaitFor.TOUCH else self._pin_pad_limit
        with watched(self._waiting, self.token.label, wait_for, limit) as cancelled:
            return self._call(method, time_limit=limit, cancelled=cancelled, **parameters)

    def keys(self) -> tuple[TokenKey, ...]:
        """Return the token's keys, with what only a login shows."""
        found = self._process.listed(
            "private_objects",
            epoch=self._epoch,
            slot=self.token.slot,
            serial=self.token.serial,
            login=self._number,
        )
        return public.keys_from(found, module=self.token.module)

    def agree(self, key: TokenKey, peer_point: bytes) -> Secret:
        """Agree with the peer by ECDH; return the x-coordinate, padded to the field's size (SEC 1, 6.1).

        ``peer_point`` is uncompressed (SEC 1, 2.3.3) and must lie on the key's curve: TokenKeyUnusable otherwise,
        because a card given a point of another curve may give its key away.
        """
        own = public.load(key.public_key)
        if not isinstance(own, ec.EllipticCurvePublicKey):
            raise errors.TokenKeyUnusable(reason="it is not an elliptic curve key")
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(own.curve, peer_point)
        except ValueError as error:
            raise errors.TokenKeyUnusable(reason="the other key does not lie on its curve") from error
        size = (own.curve.key_size + 7) // 8
        if len(peer_point) != 1 + 2 * size:
            raise errors.TokenKeyUnusable(reason="the other key is not an uncompressed point")
        shared = self._use("agree", key=key.id, point=peer_point, size=size)
        if not isinstance(shared, bytes) or not 0 < len(shared) <= size:
            raise errors.TokenKeyUnusable(reason="the card did not give the agreed secret back")
        return Secret(shared.rjust(size, b"\0"))

    def decrypt(self, key: TokenKey, ciphertext: bytes, *, scheme: Scheme, raw: bool) -> Secret | None:
        """Decrypt with RSA; None if the ciphertext is bad: random bytes in its place let only the AEAD fail.

        With ``raw`` the token does plain RSA (CKM_RSA_X_509) and the host takes OAEP off.
        """
        own = public.load(key.public_key)
        if not isinstance(own, rsa.RSAPublicKey) or scheme is Scheme.ECDH_X:
            raise errors.TokenKeyUnusable(reason="it is not an RSA key")
        if raw and scheme not in _RAW_HASH:
            raise errors.TokenKeyUnusable(reason=f"{scheme} cannot be undone outside the card")
        mechanism = "rsa-raw" if raw else scheme.value
        plain = self._use("decrypt", key=key.id, ciphertext=ciphertext, mechanism=mechanism)
        if not isinstance(plain, bytes):
            return None
        if raw:
            unpadded = oaep.unpad(plain, size=(own.key_size + 7) // 8, hash_name=_RAW_HASH[scheme])
            return None if unpadded is None else Secret(unpadded)
        return Secret(plain)

    def sign(self, key: TokenKey, message: bytes, algorithm: SigningAlgorithm, *, pin: Secret | None = None) -> bytes:
        """Sign ``message``, which is hashed here; shapes and errors as `sign_prepared`."""
        _, hash_name = self._way(key, algorithm)
        data = hashlib.new(hash_name, message).digest() if hash_name else message
        return self.sign_prepared(key, data, algorithm, pin=pin)

    def _way(self, key: TokenKey, algorithm: SigningAlgorithm) -> tuple[str, str]:
        """Return kind of key and hash; raise UsageError if the algorithm does not fit the key or is not done here."""
        if algorithm not in _ALGORITHMS:
            raise errors.UsageError(reason=f"A key on a card does not sign with {algorithm} here.")
        kind, hash_name = _ALGORITHMS[algorithm]
        if kind != public.kind_of_spec(key.spec):
            raise errors.UsageError(reason=f"A key of kind {key.spec} cannot sign with {algorithm}.")
        return kind, hash_name

    def sign_prepared(
        self, key: TokenKey, prepared: bytes, algorithm: SigningAlgorithm, *, pin: Secret | None = None
    ) -> bytes:
        """Sign a digest, for Ed25519 a message; ECDSA comes back as DER (RFC 3279, 2.2.3), RSA as the number.

        ``pin`` only for keys that want it every time (``always_authenticate``); an empty one is asked for by a reader
        with a keypad. Raises UsageError if the algorithm
        does not fit the key, TokenKeyUnusable if such a PIN is missing, PinError.
        """
        kind, hash_name = self._way(key, algorithm)
        if key.always_authenticate and (pin is None or not (len(pin) or self.token.pin_pad)):
            raise errors.TokenKeyUnusable(reason="it wants the PIN again for every signature")
        pss = hash_name if algorithm.startswith("RSASSA_PSS") else ""
        data = _DIGEST_INFO[hash_name] + prepared if kind == "rsa" and not pss else prepared
        given = pin.reveal() if pin is not None and len(pin) and key.always_authenticate else None
        on_reader = key.always_authenticate and given is None
        wait_for = WaitFor.PIN_PAD if on_reader else WaitFor.TOUCH
        signature = self._use(
            "sign", wait_for=wait_for, key=key.id, kind=kind, data=data, pin=given, on_reader=on_reader, pss=pss
        )
        if not isinstance(signature, bytes) or not signature:
            raise errors.TokenOperationFailed(operation="sign", code="an empty signature")
        return _der_signature(signature) if kind == "ec" else signature

    def is_guarded(self, key: TokenKey) -> bool:
        """Whether the private key is there and CKA_PRIVATE=true: only who knows the PIN can use it."""
        return self._call("guarded", key=key.id, kind=public.kind_of_spec(key.spec)) is True

    def generate(self, *, spec: KeySpec, label: str, usage: TokenKeyUsage, key_id: bytes = b"") -> TokenKey:
        """Make a key pair that never leaves the token; nothing on the token is overwritten.

        Under ``key_id``, which nothing may have, or a new CKA_ID. Raises UsageError if spec and usage do not fit,
        TokenPlaceTaken, TokenFull.
        """
        made = self._call(
            "generate",
            time_limit=self._key_generation_limit,
            pair=pair_parameters(spec=spec, label=label, usage=usage, key_id=key_id),
        )
        for key in self.keys():
            if key.id == made:
                return key
        raise errors.TokenKeyNotFound(key=label)

    def close(self) -> None:
        """Log out; never fails."""
        self._process.logout(epoch=self._epoch, login=self._number, slot=self.token.slot)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def pair_parameters(*, spec: KeySpec, label: str, usage: TokenKeyUsage, key_id: bytes) -> dict[str, object]:
    """What the child needs to make a key pair; raise UsageError if spec and usage do not fit."""
    kind = _GENERATED_KIND.get(spec, "")
    if kind not in _FITTING[usage]:
        raise errors.UsageError(reason=f"A token key of kind {spec} cannot be made to {usage}.")
    parameters = public.ED25519_PARAMETERS if kind == "edwards" else b""
    return {
        "kind": kind,
        "bits": int(spec.value.removeprefix("RSA_")) if kind == "rsa" else 0,
        "params": public.CURVE_PARAMETERS[spec][0] if kind == "ec" else parameters,
        "label": label,
        "usage": usage.value,
        "key_id": key_id,
    }


def _der_signature(signature: bytes) -> bytes:
    half = len(signature) // 2
    return encode_dss_signature(int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))
