"""Small secrets under an RSA key of the vault: RSA-OAEP, as AWS KMS's Encrypt has it for key pairs.

The ciphertext is the number alone: it names no key and binds no context, and whoever has the public key can make one.
Files and longer secrets go to symmetric keys.
"""

from __future__ import annotations

from signet.audit.canonical import Detail
from signet.crypto import rsa_small
from signet.crypto.peers import checked_public
from signet.crypto.software import load_material
from signet.errors import KeyProblem, KeyUsageRefused, UsageError
from signet.keys.algorithms import EncryptionAlgorithm
from signet.keys.model import Key
from signet.keys.spec import Protection
from signet.keys.state import Operation
from signet.secret import Secret
from signet.services.keys import find_key
from signet.services.session import Session
from signet.services.small_secrets import FILES_ONLY, Opened, Sealed
from signet.services.use import use_key

CIPHERTEXT_SIZES = frozenset({256, 384, 512})
"""Bytes: the modulus of RSA_2048, RSA_3072 and RSA_4096."""


def encrypt_rsa(
    session: Session,
    plaintext: Secret,
    *,
    key: str,
    algorithm: EncryptionAlgorithm = EncryptionAlgorithm.RSAES_OAEP_SHA_256,
) -> Sealed:
    """Encrypt as many bytes as the key holds (190 for RSA_2048 with SHA-256) to its public half.

    Raises PlaintextLengthInvalid, UsageError for a key that is not RSA, what `use_key` raises.
    """
    with use_key(session, key, Operation.ENCRYPT, details=_details(algorithm)) as grant:
        _refuse_others(grant.key, algorithm)
        public = checked_public(grant.version.public_key or b"")
        return Sealed(grant.key, grant.version.number, rsa_small.encrypt(public, plaintext, algorithm))


def decrypt_rsa(
    session: Session,
    ciphertext: bytes,
    *,
    key: str,
    algorithm: EncryptionAlgorithm = EncryptionAlgorithm.RSAES_OAEP_SHA_256,
) -> Opened:
    """Decrypt what anybody made with the public half of ``key``; raise CiphertextInvalid, else as `encrypt_rsa`."""
    with use_key(session, key, Operation.DECRYPT, details=_details(algorithm)) as grant:
        _refuse_others(grant.key, algorithm)
        with grant.material() as material:
            private = load_material(material, grant.key.spec)
        return Opened(grant.key, grant.version.number, rsa_small.decrypt(private, ciphertext, algorithm))


def is_rsa_in_vault(session: Session, name: str) -> bool:
    """Whether small secrets under this key go by RSA-OAEP; False for one that is not there, the door says so."""
    try:
        key = find_key(session, name)
    except (KeyProblem, UsageError):
        return False
    return bool(key.spec.encryption_algorithms) and key.protection is not Protection.TOKEN


def _details(algorithm: EncryptionAlgorithm) -> dict[str, Detail]:
    return {"content": "secret", "algorithm": algorithm.value}


def _refuse_others(key: Key, algorithm: EncryptionAlgorithm) -> None:
    if algorithm not in key.spec.encryption_algorithms:
        raise UsageError(reason=f"A key of the kind {key.spec} does not encrypt with {algorithm}.")
    if key.protection is Protection.TOKEN:
        raise KeyUsageRefused(key=key.alias, usage=FILES_ONLY, operation="encrypt small secrets")
