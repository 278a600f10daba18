"""What keys of the vault compute, against programs that others wrote; `docs/formats/operations.md` has the rows.

ML-DSA and ML-KEM are held against known answers and pure Python implementations: OpenSSL knows them from 3.5 on only.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_der_private_key

from signet.crypto import agreement, rsa_small
from signet.crypto.kinds import GENERATORS, PrivateKey, PublicKey, spki
from signet.crypto.peers import checked_public
from signet.crypto.signatures import Prepared, sign_prepared, verify_prepared
from signet.crypto.software import kept, load_material, to_material
from signet.errors import SignatureInvalid
from signet.formats import der
from signet.keys.algorithms import EncryptionAlgorithm, SigningAlgorithm
from signet.keys.spec import KeySpec, KeyUsage
from signet.secret import Secret
from support.signing import generated

MESSAGE = b"I hereby agree.\n"
VECTORS = json.loads((Path(__file__).parent / "fips" / "vectors.json").read_text())
DOCUMENT = Path(__file__).parents[2] / "docs" / "formats" / "operations.md"


@dataclass(frozen=True)
class Row:
    """One line of the document's table: a spec, what it does, how, and who else did it."""

    spec: KeySpec
    operation: str
    algorithm: str
    program: str

    def __str__(self) -> str:
        return f"{self.spec} {self.operation} {self.algorithm}"


SIGNING = [
    Row(spec, "Sign, Verify", algorithm, "known answers, dilithium-py" if spec.startswith("ML_") else "openssl")
    for spec in KeySpec
    for algorithm in spec.signing_algorithms
]
CURVES = [spec for spec in KeySpec if KeyUsage.KEY_AGREEMENT in spec.usages]
AGREEING = [Row(spec, "DeriveSharedSecret", "X25519" if spec == "X25519" else "ECDH", "openssl") for spec in CURVES]
ENCAPSULATING = [
    Row(spec, "Encapsulate, Decapsulate", "ML-KEM", "known answers, kyber-py") for spec in KeySpec if spec.is_kem
]
ENCRYPTING = [
    Row(spec, "Encrypt, Decrypt", algorithm, "openssl")
    for spec in KeySpec
    for algorithm in spec.encryption_algorithms
]
ROWS = [*SIGNING, *AGREEING, *ENCAPSULATING, *ENCRYPTING]


def test_the_document_has_these_rows_and_no_others() -> None:
    table = re.findall(r"^\| `(\w+)` \| ([\w, ]+) \| ([\w-]+) \| ([\w, .-]+) \|$", DOCUMENT.read_text(), re.MULTILINE)
    computed = [row for row in table if not row[1].startswith(("GenerateMac", "SSHSIG"))]
    assert computed == [(str(row.spec), row.operation, row.algorithm, row.program) for row in ROWS]


def openssl(*words: object, fails: bool = False, data: bytes = b"") -> bytes:
    done = subprocess.run(["openssl", *map(str, words)], input=data, capture_output=True, check=False, timeout=60)
    assert (done.returncode != 0) == fails, done.stderr
    return done.stdout


@cache
def pair(spec: KeySpec) -> tuple[PrivateKey, PublicKey]:
    made = generated(spec)
    return load_material(made.material, spec), checked_public(made.public_key or b"")


@dataclass(frozen=True)
class Files:
    """A key pair and what goes with it, where openssl finds it."""

    folder: Path

    def put(self, name: str, content: bytes | bytearray) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def keys(self, spec: KeySpec) -> tuple[list[object], list[object]]:
        """The words for the private and for the public half."""
        made = generated(spec)
        private = ["-inkey", self.put("private", made.material.reveal()), "-keyform", "DER"]
        return private, ["-pubin", "-inkey", self.put("public", made.public_key or b""), "-keyform", "DER"]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def options(algorithm: SigningAlgorithm) -> list[str]:
    if algorithm.startswith("RSASSA_PSS"):
        return ["-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt", "rsa_pss_saltlen:digest"]
    return []


def prepared(public: PublicKey, algorithm: SigningAlgorithm, message: bytes) -> bytes:
    state = Prepared(public, algorithm)
    for at in range(0, len(message), 5):
        state.update(message[at : at + 5])
    return state.finish()


@pytest.mark.parametrize("row", [row for row in SIGNING if row.program == "openssl"], ids=str)
def test_openssl_verifies_what_is_signed_and_signs_what_verifies(row: Row, files: Files) -> None:
    private, public = pair(row.spec)
    algorithm = SigningAlgorithm(row.algorithm)
    hidden, known = files.keys(row.spec)
    whole = ["-rawin", *(["-digest", algorithm.digest] if algorithm.digest else []), *options(algorithm)]
    ready = prepared(public, algorithm, MESSAGE)
    signature = files.put("signature", sign_prepared(private, ready, algorithm))
    verify = ["pkeyutl", "-verify", *known, "-sigfile", signature]
    openssl(*verify, *whole, "-in", files.put("message", MESSAGE))
    openssl(*verify, *whole, "-in", files.put("message", MESSAGE + b" "), fails=True)
    message = files.put("message", MESSAGE)
    verify_prepared(public, ready, openssl("pkeyutl", "-sign", *hidden, *whole, "-in", message), algorithm)
    if algorithm.digest is not None:
        digest = openssl("dgst", f"-{algorithm.digest}", "-binary", message)
        assert digest == ready
        short = ["-pkeyopt", f"digest:{algorithm.digest}", *options(algorithm), "-in", files.put("digest", digest)]
        openssl(*verify, *short)
        verify_prepared(public, digest, openssl("pkeyutl", "-sign", *hidden, *short), algorithm)
    with pytest.raises(SignatureInvalid):
        verify_prepared(public, prepared(public, algorithm, MESSAGE + b" "), signature.read_bytes(), algorithm)


@pytest.mark.parametrize("row", AGREEING, ids=str)
def test_openssl_agrees_on_the_same_secret(row: Row, files: Files) -> None:
    private, _ = pair(row.spec)
    hidden, known = files.keys(row.spec)
    form = ["-algorithm", "X25519"]
    if row.spec is not KeySpec.X25519:
        form = ["-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:P-{row.spec.rpartition('P')[2]}"]
    theirs = files.put("theirs", openssl("genpkey", *form, "-outform", "PEM"))
    peer = openssl("pkey", "-in", theirs, "-pubout", "-outform", "DER")
    derive = ["pkeyutl", "-derive", "-inkey"]
    secret = openssl(*derive, theirs, "-peerkey", known[2], "-peerform", "DER")
    assert agreement.agree(private, checked_public(peer)) == Secret(secret)
    assert kept(load_der_private_key(openssl("pkey", "-in", theirs, "-outform", "DER"), None))
    assert secret == openssl(
        *derive, hidden[1], "-keyform", "DER", "-peerkey", files.put("peer", peer), "-peerform", "DER"
    )


@pytest.mark.parametrize("row", ENCRYPTING, ids=str)
def test_openssl_decrypts_what_is_encrypted_and_the_other_way(row: Row, files: Files) -> None:
    private, public = pair(row.spec)
    algorithm = EncryptionAlgorithm(row.algorithm)
    hidden, known = files.keys(row.spec)
    name = "sha256" if algorithm.digest_size == 32 else "sha1"
    oaep = [f"rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:{name} -pkeyopt rsa_mgf1_md:{name}"]
    padding = ["-pkeyopt", *" ".join(oaep).split()]
    size = int(row.spec.removeprefix("RSA_")) // 8 - 2 * algorithm.digest_size - 2
    plain = bytes(range(256))[:size] if size <= 256 else bytes(size)
    ours = rsa_small.encrypt(public, Secret(plain), algorithm)
    assert openssl("pkeyutl", "-decrypt", *hidden, *padding, "-in", files.put("ours", ours)) == plain
    theirs = openssl("pkeyutl", "-encrypt", *known, *padding, "-in", files.put("plain", plain))
    assert rsa_small.decrypt(private, theirs, algorithm) == Secret(plain)


def from_seed(spec: KeySpec, entry: dict[str, str]) -> tuple[PrivateKey, PublicKey]:
    """Load the key of a seed as PKCS#8 has it (RFC 9881, 6; RFC 9935, 6), and hold its public half against theirs."""
    example = bytes(to_material(GENERATORS[spec]()).reveal())
    seed = bytes.fromhex(entry["seed"])
    private = load_material(Secret(example[: -len(seed)] + seed), spec)
    public = checked_public(spki(private.public_key()))
    bits = der.expect(der.expect(der.expect(spki(public), der.SEQUENCE)[0], der.SEQUENCE)[1], der.BIT_STRING)[0]
    assert hashlib.sha256(bits[1:]).hexdigest() == entry["public_key_sha256"]
    return private, public


@pytest.mark.parametrize("spec", VECTORS["ML_DSA"])
def test_signatures_by_others_verify_under_the_same_key_by_message_and_by_mu(spec: str) -> None:
    entry = VECTORS["ML_DSA"][spec]
    private, public = from_seed(KeySpec(spec), entry)

    def verify(ready: bytes, signature: bytes) -> None:
        verify_prepared(public, ready, signature, SigningAlgorithm.ML_DSA)

    theirs = entry["dilithium_py"]
    message = bytes.fromhex(theirs["message"])
    ready = prepared(public, SigningAlgorithm.ML_DSA, message)
    bits = spki(public)[-len(private.public_key().public_bytes_raw()) :]  # type: ignore[union-attr]
    assert ready == mu(bits, b"", message)
    verify(ready, base64.b64decode(theirs["signature"]))
    kat = entry["kat"]
    known = mu(bits, bytes.fromhex(kat["context"]), bytes.fromhex(kat["message"]))
    verify(known, base64.b64decode(kat["signature"]))
    with pytest.raises(SignatureInvalid):
        verify(mu(bits, b"", bytes.fromhex(kat["message"])), base64.b64decode(kat["signature"]))
    verify(ready, sign_prepared(private, ready, SigningAlgorithm.ML_DSA))


def mu(public: bytes, context: bytes, message: bytes) -> bytes:
    """FIPS 204: algorithm 2, line 10, and algorithm 7, line 6; by the standard library's SHAKE256."""
    representative = hashlib.shake_256(public).digest(64)
    return hashlib.shake_256(representative + b"\0" + bytes([len(context)]) + context + message).digest(64)


@pytest.mark.parametrize("spec", VECTORS["ML_KEM"])
def test_secrets_that_others_encapsulated_are_found(spec: str) -> None:
    entry = VECTORS["ML_KEM"][spec]
    private, public = from_seed(KeySpec(spec), entry)
    kat = entry["kat"]
    for given in (kat, entry["kyber_py"]):
        secret = agreement.decapsulate(private, base64.b64decode(given["ciphertext"]))
        assert secret == Secret(bytes.fromhex(given["shared_secret"]))
    damaged = agreement.decapsulate(private, base64.b64decode(kat["bad_ciphertext"]))
    assert damaged == Secret(bytes.fromhex(kat["bad_shared_secret"]))
    secret, ciphertext = agreement.encapsulate(public)
    assert agreement.decapsulate(private, ciphertext) == secret
