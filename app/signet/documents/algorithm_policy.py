"""Which algorithms count in signatures, certificates, time stamps, CRLs and OCSP responses: a list of what does.

Whatever is not on it does not count, whenever it was made: SHA-1 and MD5 (SHA-1: RFC 6194; collisions since 2017),
RSA below 2048 bits, DSA, curves that nobody vouches for (ETSI TS 119 312; SP 800-131A Rev. 2), a digest that does not
belong to its signature (RFC 8419, 3.1; RFC 9882, 3.3), and what is unknown here. Runs in the document child only.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pyhanko.sign.validation.utils import CMSAlgorithmUsagePolicy
from pyhanko_certvalidator.policy_decl import AlgorithmUsageConstraint

if TYPE_CHECKING:
    from asn1crypto import algos, cms, keys

MIN_RSA = 2048
"""Bits."""
_DIGESTS = {
    "sha256": "SHA-256",
    "sha384": "SHA-384",
    "sha512": "SHA-512",
    "sha3_256": "SHA3-256",
    "sha3_384": "SHA3-384",
    "sha3_512": "SHA3-512",
}
_CURVES = {
    "secp256r1": "P-256",
    "secp384r1": "P-384",
    "secp521r1": "P-521",
    "secp256k1": "secp256k1",
    "brainpoolp256r1": "brainpoolP256r1",
    "brainpoolp384r1": "brainpoolP384r1",
    "brainpoolp512r1": "brainpoolP512r1",
    "1.3.36.3.3.2.8.1.1.7": "brainpoolP256r1",
    "1.3.36.3.3.2.8.1.1.11": "brainpoolP384r1",
    "1.3.36.3.3.2.8.1.1.13": "brainpoolP512r1",
}
_WHOLE = {"ed25519": ("Ed25519", frozenset({"sha512"}))} | {
    f"mldsa{size}": (f"ML-DSA-{size}", digests)
    for size, digests in (
        ("44", frozenset(_DIGESTS)),
        ("65", frozenset({"sha384", "sha512", "sha3_384", "sha3_512"})),
        ("87", frozenset({"sha512", "sha3_512"})),
    )
}
"""Signatures that bring their own digest, and which digests of a message go with them (RFC 8419, RFC 9882)."""


def digest_name(name: str) -> str:
    """Return a digest's name as people read it."""
    return _DIGESTS.get(name, {"sha1": "SHA-1", "md5": "MD5"}.get(name, name.upper()))


def weak_digest(name: str) -> str:
    """Return why a digest does not count, as a clause; "" if it does."""
    if name in _DIGESTS:
        return ""
    if name in ("sha1", "md5", "md2"):
        return f"{digest_name(name)} is broken: two files can be made that look the same to it"
    return f"the digest {digest_name(name)} is not one that Signet relies on"


def key_name(key: keys.PublicKeyInfo) -> str:
    """Return a public key's kind and size as people read it."""
    kind = str(key.algorithm)
    if kind in ("rsa", "rsassa_pss"):
        return f"RSA {key.bit_size}"
    if kind == "ec":
        curve = _curve(key)
        return _CURVES.get(curve, curve)
    return _WHOLE[kind][0] if kind in _WHOLE else kind.upper()


def weak_key(key: keys.PublicKeyInfo) -> str:
    """Return why a public key does not count, as a clause; "" if it does."""
    kind = str(key.algorithm)
    if kind in ("rsa", "rsassa_pss"):
        bits = int(key.bit_size)
        return "" if bits >= MIN_RSA else f"an RSA key of {bits} bits is too short; {MIN_RSA} are the least"
    if kind == "ec":
        return "" if _curve(key) in _CURVES else f"the curve {_curve(key)} is not one that Signet relies on"
    return "" if kind in _WHOLE else f"keys of the kind {kind.upper()} are not ones that Signet relies on"


def weak_signature(algorithm: algos.SignedDigestAlgorithm, key: keys.PublicKeyInfo | None) -> str:
    """Return why a way of signing does not count, with this key if it is known, as a clause; "" if it does."""
    name = str(algorithm["algorithm"].native)
    if name in _WHOLE:
        fits = key is None or key.algorithm == name
        return "" if fits else "the signature's algorithm is not that of the key"
    try:
        kind, digest = str(algorithm.signature_algo), _digest_of(algorithm)
    except (ValueError, KeyError):
        return f"the way of signing {name} is not one that Signet knows"
    if kind not in ("rsassa_pkcs1v15", "rsassa_pss", "ecdsa"):
        return f"the way of signing {kind.upper()} is not one that Signet relies on"
    if key is not None:
        fitting = ("ec",) if kind == "ecdsa" else ("rsa", "rsassa_pss")
        if key.algorithm not in fitting:
            return "the signature's algorithm is not that of the key"
    return (weak_digest(digest) if digest else "") or ("" if key is None else weak_key(key))


def weak_combination(signer: cms.SignerInfo, key: keys.PublicKeyInfo) -> str:
    """Return why the algorithms of one signer of CMS do not count together, as a clause; "" if they do."""
    digest = str(signer["digest_algorithm"]["algorithm"].native)
    signing = signer["signature_algorithm"]
    found = weak_digest(digest) or weak_signature(signing, key) or weak_key(key)
    if found:
        return found
    name = str(signing["algorithm"].native)
    if name in _WHOLE:
        shown, digests = _WHOLE[name]
        return "" if digest in digests else f"{shown} does not go with the digest {digest_name(digest)}"
    own = _digest_of(signing)
    if own and own != digest:
        return f"it is signed over {digest_name(own)}, and says {digest_name(digest)}"
    return ""


def _digest_of(algorithm: algos.SignedDigestAlgorithm) -> str:
    """The digest that a way of signing names, "" if it leaves that open; of PSS both of its digests must agree."""
    name = str(algorithm["algorithm"].native)
    if name in ("rsassa_pkcs1v15", "ecdsa"):
        return ""
    digest = str(algorithm.hash_algo)
    if name == "rsassa_pss":
        mask = algorithm["parameters"]["mask_gen_algorithm"]
        if mask["algorithm"].native != "mgf1" or mask["parameters"]["algorithm"].native != digest:
            raise ValueError("PSS with two digests")
    return digest


def _curve(key: keys.PublicKeyInfo) -> str:
    shape, value = key.curve
    return str(value) if shape == "named" else "spelt out in numbers"


class Policy(CMSAlgorithmUsagePolicy):
    """The list, as pyHanko asks for it; the moment makes no difference."""

    def digest_algorithm_allowed(
        self, algo: algos.DigestAlgorithm, moment: datetime | None
    ) -> AlgorithmUsageConstraint:
        """Whether a digest counts."""
        del moment
        return _answer(weak_digest(str(algo["algorithm"].native)))

    def signature_algorithm_allowed(
        self,
        algo: algos.SignedDigestAlgorithm,
        moment: datetime | None,
        public_key: keys.PublicKeyInfo | None,
    ) -> AlgorithmUsageConstraint:
        """Whether a way of signing counts, with this key if it is known."""
        del moment
        return _answer(weak_signature(algo, public_key))


def _answer(weak: str) -> AlgorithmUsageConstraint:
    return AlgorithmUsageConstraint(allowed=not weak, failure_reason=weak or None)
