"""docs/formats, followed by a reader that shares no code with Signet: hashlib, hmac, json and the primitives alone.

Wrapping to every kind of public key is read a second time in tests/crypto/test_wrapping.py.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import io
import json
import re
import subprocess
import sys
import tarfile
import textwrap
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from sqlcipher3 import dbapi2

from support.archives import unpack
from support.command_line import PASSPHRASE, PIN, OpenVault

FORMATS = Path(__file__).parents[2] / "docs" / "formats"
WAY = ("id", "kind", "scheme", "public_key", "parameters")
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SEALED_TABLES = (
    "meta", "keys", "aliases", "key_versions", "methods", "key_guards",
    "key_deletions", "key_rotations", "key_policies", "key_imports", "import_tokens", "key_homes", "checkpoints",
    "people", "person_keys", "trusted_issuers", "trusted_lists", "certificates",
)  # fmt: skip


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


def hkdf(salt: bytes, secret: bytes, info: bytes) -> bytes:
    """RFC 5869 with SHA-256, for 32 bytes."""
    return hmac.digest(hmac.digest(salt, secret, "sha256"), info + b"\x01", "sha256")


def binary(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def typed_key(salt: bytes, secret: bytes) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(hkdf(salt, secret, b"signet/v1/unlock"))


def unwrapped(salt: bytes, private: X25519PrivateKey, wrapped: bytes, info: bytes, associated: bytes) -> bytes:
    """The one wrapping rule, for a typed secret's key; ``info`` is what comes before the digest."""
    ephemeral, nonce, sealed = wrapped[:32], wrapped[32:44], wrapped[44:]
    agreed = private.exchange(X25519PublicKey.from_public_bytes(ephemeral))
    info += hashlib.sha256(associated).digest() + ephemeral
    return AESGCM(hkdf(salt, agreed, info)).decrypt(nonce, sealed, associated)


def unguarded(
    salt: bytes, private: X25519PrivateKey, guarded: bytes, wrapped: bytes, way: Mapping[str, Any], **key: Any
) -> tuple[bytes, bytes]:
    """The guard key in a copy, and the material inside; ``key``: vault_id, key_id, version, spec."""
    bound = {"format": "signet-guard", "version": 1, "key_version": key["version"], **way}
    bound |= {name: key[name] for name in ("vault_id", "key_id")}
    info = b"signet/v1/guard/" + way["scheme"].encode()
    guard_key = unwrapped(salt, private, wrapped, info, canonical(bound))
    inside = {"format": "signet-guarded-material"} | {name: key[name] for name in ("key_id", "version", "spec")}
    return guard_key, AESGCM(guard_key).decrypt(guarded[:12], guarded[12:], canonical(inside))


class Reader:
    """Opens a vault's folder with a secret, by the pages alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.raw = (folder / "header.json").read_bytes()
        self.header = json.loads(self.raw)
        self.salt = bytes.fromhex(self.header["vault_id"].replace("-", ""))

    def method(self, kind: str) -> dict[str, Any]:
        (found,) = [method for method in self.header["methods"] if method["kind"] == kind]
        return dict(found)

    def attested(self, method: Mapping[str, Any]) -> bytes:
        fields = {name: method[name] for name in ("id", "public_key")}
        return canonical(fields | {name: self.header[name] for name in ("vault_id", "identity")})

    def master_key(self, method: Mapping[str, Any], secret: bytes) -> bytes:
        bound = {name: self.header[name] for name in ("format", "version", "vault_id")}
        bound |= {name: method[name] for name in WAY}
        private = typed_key(self.salt, secret)
        public = load_der_public_key(binary(method["public_key"]))
        assert isinstance(public, X25519PublicKey)
        assert private.public_key() == public
        info = b"signet/v1/unlock/" + method["scheme"].encode()
        return unwrapped(self.salt, private, binary(method["wrapped_key"]), info, canonical(bound))

    @contextlib.contextmanager
    def database(self, master: bytes) -> Iterator[dbapi2.Connection]:
        connection = dbapi2.connect(str(self.folder / self.header["database"]))
        connection.execute(f"PRAGMA key = \"x'{hkdf(self.salt, master, b'signet/v1/database').hex()}'\"")
        connection.execute("PRAGMA cipher_compatibility = 4")
        try:
            yield connection
        finally:
            connection.close()

    def unseal(self, master: bytes, sealed: bytes, **associated: object) -> bytes:
        key = hkdf(self.salt, master, b"signet/v1/material")
        return AESGCM(key).decrypt(sealed[:12], sealed[12:], canonical(associated))

    def own(self, master: bytes, sealed: bytes, name: str) -> bytes:
        return self.unseal(master, sealed, name=name, vault_id=self.header["vault_id"])


def code_secret(text: str) -> bytes:
    """The 20 bytes of a recovery code, and its checksum checked."""
    digits = text.strip().replace("-", "")
    number = 0
    for digit in digits[:32]:
        number = number * 32 + ALPHABET.index(digit)
    secret = number.to_bytes(20, "big")
    check = int.from_bytes(hashlib.sha256(b"signet/v1/recovery-code" + secret).digest()[:3], "big") >> 4
    assert "".join(ALPHABET[check >> shift & 31] for shift in (15, 10, 5, 0)) == digits[32:]
    return secret


def times(a: int, b: int) -> int:
    """Multiply in GF(256) modulo x^8 + x^4 + x^3 + x + 1."""
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a = (a << 1) ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return product


def power(a: int, exponent: int) -> int:
    result = 1
    for _ in range(exponent):
        result = times(result, a)
    return result


def interpolated(points: Mapping[int, bytes], x: int) -> bytes:
    """Lagrange's polynomial through the points, at ``x``, byte by byte."""
    result = bytearray(32)
    for own, value in points.items():
        basis = 1
        for other in points.keys() - {own}:
            basis = times(basis, times(x ^ other, power(own ^ other, 254)))
        for place, byte in enumerate(value):
            result[place] ^= times(basis, byte)
    return bytes(result)


def shares_secret(sheets: Sequence[str]) -> tuple[bytes, int, int]:
    """The 32 bytes of SLIP-39 shares, read by the standard alone; also the set's identifier and threshold."""
    words = files("shamir_mnemonic").joinpath("wordlist.txt").read_text().split()
    points: dict[int, bytes] = {}
    for sheet in sheets:
        number = 0
        for word in sheet.split():
            number = number << 10 | words.index(word)
        assert len(sheet.split()) == 33
        identifier, extendable, exponent = number >> 315, number >> 314 & 1, number >> 310 & 15
        group, index, threshold = number >> 298 & 0xFFF, number >> 294 & 15, (number >> 290 & 15) + 1
        assert (extendable, exponent, group) == (0, 0, 0)
        points[index] = (number >> 30 & (1 << 260) - 1).to_bytes(32, "big")
    secret, digest = interpolated(points, 255), interpolated(points, 254)
    assert hmac.digest(digest[4:], secret, "sha256")[:4] == digest[:4]
    left, right = secret[:16], secret[16:]
    for step in (3, 2, 1, 0):
        salt = b"shamir" + identifier.to_bytes(2, "big") + right
        mask = hashlib.pbkdf2_hmac("sha256", bytes([step]), salt, 2500, 16)
        left, right = right, bytes(a ^ b for a, b in zip(left, mask, strict=True))
    return right + left, identifier, threshold


def passphrase_secret(method: Mapping[str, Any]) -> bytes:
    cost = method["parameters"]
    kdf = Argon2id(
        salt=binary(cost["salt"]),
        length=32,
        iterations=cost["iterations"],
        lanes=cost["lanes"],
        memory_cost=cost["memory-kib"],
    )
    return kdf.derive(unicodedata.normalize("NFC", PASSPHRASE).encode())


@pytest.fixture
def used(vault: OpenVault, tmp_path: Path) -> OpenVault:
    """A vault with a life behind it: keys, a file, a refusal, and a new master key with its new epoch."""
    document = tmp_path / "taxes.pdf"
    document.write_bytes(b"taxes" * 50_000)
    vault.json("key", "create", "my-files", "--tag", "für=Steuern")
    vault.json("key", "create", "my-signature", "--spec", "ECC_NIST_P256")
    vault.json("encrypt", document, "--key", "my-files", "--context", "year=2026")
    vault.json("vault", "rotate-master")
    vault.json("key", "disable", "my-signature")
    assert vault("sign", document, "--key", "my-signature").status == 1
    vault.json("key", "enable", "my-signature")
    return vault


@pytest.fixture
def reader(used: OpenVault) -> Reader:
    return Reader(used.path)


@pytest.fixture
def master(used: OpenVault, reader: Reader) -> bytes:
    return reader.master_key(reader.method("recovery-code"), code_secret(used.code_file.read_text()))


def test_the_header_is_canonical_and_signed_by_the_identity_that_the_vault_holds(
    reader: Reader, master: bytes
) -> None:
    fields = dict(reader.header)
    assert canonical(fields) == reader.raw == (reader.folder / "header.copy.json").read_bytes()
    signature, identity = binary(fields.pop("signature")), binary(fields["identity"])
    Ed25519PublicKey.from_public_bytes(identity).verify(signature, canonical(fields))
    with reader.database(master) as database:
        values = dict(database.execute("SELECT name, value FROM meta").fetchall())
    private = Ed25519PrivateKey.from_private_bytes(reader.own(master, values["identity-key"], "identity-key"))
    assert private.public_key().public_bytes_raw() == identity
    assert values["vault-id"].decode() == fields["vault_id"]
    mark = {"generation": fields["generation"], "digest": hashlib.sha256(reader.raw).hexdigest()}
    assert values["current-header"] == canonical(mark)
    assert values["intended-header"] == b""


def test_a_recovery_code_and_a_passphrase_open_and_attest_by_the_page(reader: Reader, master: bytes) -> None:
    method = reader.method("passphrase")
    secret = passphrase_secret(method)
    assert reader.master_key(method, secret) == master
    attesting = hkdf(reader.salt, secret, b"signet/v1/attest")
    assert hmac.digest(attesting, reader.attested(method), "sha256") == binary(method["attestation"])


def test_recovery_shares_open_and_attest_by_the_page(used: OpenVault, master: bytes, tmp_path: Path) -> None:
    used.json("unlock-method", "add-recovery-shares", 3, 5, tmp_path / "shares")
    sheets = [file.read_text() for file in sorted((tmp_path / "shares").iterdir())]
    reader = Reader(used.path)
    method = reader.method("recovery-shares")
    for some in (sheets[:3], sheets[2:], [sheets[4], sheets[0], sheets[3]]):
        secret, identifier, threshold = shares_secret(some)
        assert method["parameters"] == {"identifier": identifier, "threshold": threshold, "shares": 5}
        assert reader.master_key(method, secret) == master
    attesting = hkdf(reader.salt, secret, b"signet/v1/attest")
    assert hmac.digest(attesting, reader.attested(method), "sha256") == binary(method["attestation"])


def test_a_cards_attestation_is_an_ssh_signature_that_ssh_keygen_verifies(
    token_vault: OpenVault, tmp_path: Path
) -> None:
    reader = Reader(token_vault.path)
    method = reader.method("token")
    message, signature = tmp_path / "message", tmp_path / "message.sig"
    message.write_bytes(reader.attested(method))
    text = "\n".join(textwrap.wrap(method["attestation"], 70))
    signature.write_text(f"-----BEGIN SSH SIGNATURE-----\n{text}\n-----END SSH SIGNATURE-----\n")
    command = ["ssh-keygen", "-Y", "check-novalidate", "-n", "vault@signet", "-s", str(signature)]
    checked = subprocess.run(command, input=message.read_bytes(), capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr
    wrong = subprocess.run(command, input=b"another message", capture_output=True, check=False)
    assert wrong.returncode != 0
    assert PIN.encode() not in reader.raw


def test_the_pin_file_has_the_fields_of_the_page(reader: Reader, master: bytes, home: Path) -> None:
    path = home / ".local" / "state" / "signet" / "pins" / f"{reader.header['vault_id']}.pin.json"
    pin = json.loads(path.read_bytes())
    assert set(pin) == {"identity", "generation", "audit_count", "audit_hash", "written"}
    assert bytes.fromhex(pin["identity"]) == binary(reader.header["identity"])
    with reader.database(master) as database:
        count, digest = database.execute("SELECT count, hash FROM audit_head").fetchone()
    assert (pin["audit_count"], bytes.fromhex(pin["audit_hash"])) == (count, digest)
    assert pin["generation"] == reader.header["generation"]


def test_every_entry_hash_mac_and_the_head_can_be_recomputed_from_the_page(reader: Reader, master: bytes) -> None:
    with reader.database(master) as database:
        values = dict(database.execute("SELECT name, value FROM meta").fetchall())
        entries = _rows(database, "SELECT * FROM audit ORDER BY sequence")
        (head,) = _rows(database, "SELECT * FROM audit_head")
    key = reader.own(master, values["audit-mac-key"], "audit-mac-key")
    epoch = int(values["audit-epoch"])
    assert epoch == 2
    previous = bytes(32)
    for sequence, entry in enumerate(entries, start=1):
        digest, mac = entry.pop("hash"), entry.pop("mac")
        assert (entry["sequence"], entry["previous"]) == (sequence, previous)
        if entry["epoch"] != entries[max(sequence - 2, 0)]["epoch"]:
            assert json.loads(entry["details"])["old-head-count"] == sequence - 1
            assert json.loads(entry["details"])["old-head-hash"] == previous.hex()
        fields = entry | {name: json.loads(entry[name]) for name in ("details", "changes")}
        assert hashlib.sha256(canonical(fields | {"previous": previous.hex()})).digest() == digest
        if entry["epoch"] == epoch:
            assert hmac.digest(key, b"signet/v1/audit" + digest, "sha256") == mac
        previous = digest
    message = canonical({"count": len(entries), "epoch": epoch, "hash": previous.hex()})
    assert (head["count"], head["hash"], head["epoch"]) == (len(entries), previous, epoch)
    assert hmac.digest(key, b"signet/v1/head\0" + message, "sha256") == head["mac"]


def test_every_deciding_rows_mac_and_its_entry_can_be_recomputed_from_the_page(reader: Reader, master: bytes) -> None:
    with reader.database(master) as database:
        (sealed,) = database.execute("SELECT value FROM meta WHERE name = 'audit-mac-key'").fetchone()
        tables = {name: _rows(database, f"SELECT * FROM {name}") for name in SEALED_TABLES}  # noqa: S608
        changes = database.execute("SELECT sequence, changes FROM audit ORDER BY sequence").fetchall()
        keys = {table: _key_columns(database, table) for table in SEALED_TABLES}
    mac_key = reader.own(master, sealed, "audit-mac-key")
    latest: dict[str, int] = {}
    for sequence, names in changes:
        for name in json.loads(names):
            latest.pop(name[1:], None) if name.startswith("-") else latest.update({name: sequence})
    for table, rows in tables.items():
        for row in rows:
            mac = row.pop("mac")
            parts = [table, *(part for name in sorted(row) for part in (name, row[name]))]
            message = b"signet/v1/row\0" + b"".join(map(_tagged, parts))
            assert hmac.digest(mac_key, message, "sha256") == mac
            name = "/".join((table, *(str(row[column]) for column in keys[table])))
            assert latest.pop(name) == row["entry"]
    assert latest == {}


def test_material_opens_by_the_page_and_is_what_the_export_says(
    used: OpenVault, reader: Reader, master: bytes, tmp_path: Path
) -> None:
    out = tmp_path / "my-files.jwk"
    used.json("key", "export", "my-files", out, "--plain")
    exported = json.loads(out.read_text())
    key_id, _, version = exported["kid"].partition("/")
    with reader.database(master) as database:
        (sealed,) = database.execute(
            "SELECT material FROM key_versions WHERE key_id = ? AND number = ?", (key_id, int(version))
        ).fetchone()
    material = reader.unseal(master, sealed, key_id=key_id, version=int(version), spec="SYMMETRIC_DEFAULT")
    assert material == base64.urlsafe_b64decode(exported["k"] + "==")
    assert (exported["kty"], exported["alg"]) == ("oct", "A256GCM")


def test_a_guarded_key_opens_by_the_page_and_a_new_master_key_leaves_its_copies_alone(
    used: OpenVault, tmp_path: Path
) -> None:
    used.json("unlock-method", "add-recovery-code", tmp_path / "second")
    key_id = used.json("key", "create", "secret", "--protection", "guarded")["id"]
    used.json("key", "export", "secret", tmp_path / "secret.jwk", "--plain")
    code = code_secret(used.code_file.read_text())
    seen = []
    for _ in range(2):
        reader = Reader(used.path)
        method = reader.header["methods"][1]
        with reader.database(reader.master_key(method, code)) as database:
            rows = _rows(database, "SELECT key_id, number, method_id, wrapped FROM key_guards ORDER BY method_id")
            (sealed,) = database.execute("SELECT material FROM key_versions WHERE key_id = ?", (key_id,)).fetchone()
        about = {"key_id": key_id, "version": 1, "spec": "SYMMETRIC_DEFAULT"}
        guarded = reader.unseal(reader.master_key(method, code), sealed, **about)
        (wrapped,) = [row["wrapped"] for row in rows if row["method_id"] == method["id"]]
        way = {name: method[name] for name in WAY}
        private = typed_key(reader.salt, code)
        about["vault_id"] = reader.header["vault_id"]
        _, material = unguarded(reader.salt, private, guarded, wrapped, way, **about)
        exported = json.loads((tmp_path / "secret.jwk").read_text())
        assert material == base64.urlsafe_b64decode(exported["k"] + "==")
        seen.append((rows, guarded, sealed))
        used.json("vault", "rotate-master")
    assert seen[0][:2] == seen[1][:2]
    assert seen[0][2] != seen[1][2]
    assert len(seen[0][0]) == 2


def test_the_test_vector_of_guarded_keys_opens_by_the_page() -> None:
    page = (FORMATS / "guarded-keys.md").read_text(encoding="utf-8")
    values = dict(re.findall(r"^\| (.+?) \| `([^`]+)`.*\|$", page.partition("## A test vector")[2], re.MULTILINE))
    salt = bytes.fromhex(values["`vault_id`"].replace("-", ""))
    private = typed_key(salt, bytes.fromhex(values["the code's 20 bytes"]))
    spki = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    way = {"id": values["`id` of the way in"], "kind": "recovery-code", "scheme": "x25519", "parameters": {}}
    way["public_key"] = base64.b64encode(spki).decode()
    guarded, wrapped = (bytes.fromhex(values[name]) for name in ("what the material key gives back", "`wrapped`"))
    about = {"vault_id": values["`vault_id`"], "key_id": values["`key_id`, `key_version`, `spec`"]}
    guard_key, material = unguarded(
        salt, private, guarded, wrapped, way, **about, version=1, spec="SYMMETRIC_DEFAULT"
    )
    assert (guard_key.hex(), material.hex()) == (values["guard key"], values["material"])


def test_the_program_on_the_page_about_files_decrypts_with_the_official_sdk(used: OpenVault, tmp_path: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", (FORMATS / "files.md").read_text(encoding="utf-8"), re.DOTALL)
    script, key, plain = tmp_path / "decrypt.py", tmp_path / "my-files.jwk", tmp_path / "again.pdf"
    script.write_text(program)
    used.json("key", "export", "my-files", key, "--plain")
    command = [sys.executable, str(script), str(key), str(tmp_path / "taxes.pdf.esdk"), str(plain)]
    subprocess.run(command, check=True, capture_output=True)
    assert plain.read_bytes() == (tmp_path / "taxes.pdf").read_bytes()


def test_a_backup_is_a_tar_of_a_header_and_the_database_it_names(
    used: OpenVault, master: bytes, tmp_path: Path
) -> None:
    out = tmp_path / "personal.tar"
    used.json("vault", "backup", out)
    folder = tmp_path / "unpacked"
    with tarfile.open(fileobj=io.BytesIO(out.read_bytes())) as archive:
        unpack(archive, folder)
        members = [(member.name, member.mode, member.mtime, member.uid, member.uname) for member in archive]
    unpacked = Reader(folder)
    names = ["header.json", unpacked.header["database"]]
    assert members == [(name, 0o600, 0, 0, "") for name in names]
    assert out.stat().st_size % 10240 == 0
    with unpacked.database(master) as database:
        assert database.execute("SELECT count(*) FROM keys").fetchone() == (2,)


def _rows(database: dbapi2.Connection, statement: str) -> list[dict[str, Any]]:
    cursor = database.execute(statement)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _key_columns(database: dbapi2.Connection, table: str) -> list[str]:
    rows = _rows(database, f"PRAGMA table_info({table})")
    return [row["name"] for row in sorted(rows, key=lambda row: row["pk"]) if row["pk"]]


def _tagged(value: object) -> bytes:
    """One part of a row's message: tag, length, content."""
    if isinstance(value, str):
        tag, content = b"t", value.encode()
    elif isinstance(value, bytes):
        tag, content = b"b", value
    elif isinstance(value, int):
        tag, content = b"i", str(value).encode()
    else:
        assert value is None
        tag, content = b"n", b""
    return tag + len(content).to_bytes(8, "big") + content
