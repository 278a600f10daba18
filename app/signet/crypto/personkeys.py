"""Public keys of other people, recognised by content: PEM, DER, certificates, JWK, SSH, age recipients.

Rules: a name of a file plays no part; every key is checked as `signet.crypto.peers` does and written anew in its one
spelling; a private key is refused as such before anything else is made of it, and what it was is all that is said.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519

from signet.crypto import keyshapes
from signet.crypto.certificates import Certificate, read_certificate
from signet.crypto.keyshapes import Shape
from signet.crypto.kinds import find_spec, spki
from signet.crypto.peers import checked_public
from signet.crypto.publickeys import MAX_FILE, load_public_keys, pem_blocks
from signet.errors import FormatUnrecognised, PrivateKeyGiven, PublicKeyInvalid, SignetError
from signet.formats import allowed_signers, bech32, ssh2, sshkey
from signet.keys.person import PersonKeyKind, PublicPart
from signet.keys.spec import KeySpec

#: age1tagpq1 and age1pq1, the longest there are, have some 2000 characters.
MAX_RECIPIENT = 4096
#: Lines of a list that are looked at.
MAX_LINES = 1024
#: What is kept of the words beside a key.
MAX_COMMENT = 200

_WHAT = "a public key, certificate or age recipient"
_SPKI_X25519 = bytes.fromhex("302a300506032b656e032100")  # RFC 8410, 4: everything before the 32 bytes
_AGE = re.compile(r"age1[0-9a-z+._-]+", re.IGNORECASE)
_PLUGIN = re.compile(r"age1[a-z0-9+._-]+")
_CURVES = (KeySpec.ECC_NIST_P256, KeySpec.ECC_NIST_P384, KeySpec.ECC_NIST_P521)
_PRIVATE_TEXT = (
    (re.compile(rb"-----(BEGIN|END) [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----"), "a private key"),
    (re.compile(rb"^PuTTY-User-Key-File-"), "a private key of PuTTY"),
    (re.compile(rb"^AGE-SECRET-KEY-", re.MULTILINE | re.IGNORECASE), "a private key of age"),
    (re.compile(rb"^AGE-PLUGIN-[A-Z0-9+._-]+-1", re.MULTILINE), "an identity of an age plugin"),
    (re.compile(rb"^openssh-key-v1\0"), "an OpenSSH private key"),
)


def read_people_keys(data: bytes) -> tuple[PublicPart, ...]:
    """Read the public keys of somebody out of a file or pasted text, at least one, none twice.

    Of certificates of which some are for certifying others and some are not, only the latter count: a chain comes
    with them. Of ``allowed_signers`` those that may sign files. Raises PrivateKeyGiven, PublicKeyInvalid for a key
    that must not be used or is for nothing here, FormatUnrecognised.
    """
    if len(data) > MAX_FILE:
        raise FormatUnrecognised(what=_WHAT)
    refuse_private(data)
    found = {part.fingerprint: part for part in _parts(data)}
    return tuple(found.values())


def refuse_private(data: bytes) -> None:
    """Raise PrivateKeyGiven for what is, or holds, a private key."""
    for pattern, what in _PRIVATE_TEXT:
        if pattern.search(data):
            raise PrivateKeyGiven(found=what)
    shape = keyshapes.shape_of(data) or keyshapes.shape_of(_unspelt(data))
    if shape is Shape.PKCS12:
        raise PrivateKeyGiven(found="a PKCS#12 file, in which there is a private key as a rule")
    if shape is not None and shape.said:
        raise PrivateKeyGiven(found=shape.said)
    if _json(data).keys() & {"d", "k"}:
        raise PrivateKeyGiven(found="a private or secret JSON Web Key")


def recipient_of(part: PublicPart) -> str:
    """Return a key as age names it (``age1...``, or an SSH line without its comment), "" if age does not take it."""
    if not part.receives_age:
        return ""
    if part.kind is PersonKeyKind.AGE_PLUGIN:
        return part.content.decode("ascii")
    if part.kind is PersonKeyKind.X25519:
        return bech32.encode("age", part.content[len(_SPKI_X25519) :])
    return sshkey.public_line(sshkey.from_spki(part.content))


def age_fingerprint(recipient: str) -> str:
    """Return by what a key is known that age names so (see `recipient_of`), "" for what no person can have."""
    try:
        if _AGE.fullmatch(recipient):
            return _from_recipient(recipient).fingerprint
        key_type, blob = recipient.split()
        return public_part(sshkey.to_spki(sshkey.parse_words(key_type, blob)), ssh=True).fingerprint
    except SignetError:
        return ""


def ssh_fingerprint(part: PublicPart) -> str:
    """Return a key's fingerprint as ssh-keygen prints it, "" for a kind that SSH has not."""
    try:
        blob = sshkey.serialise(sshkey.from_spki(part.spki or b""))
    except FormatUnrecognised:
        return ""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii").rstrip("=")


def public_part(public_key: bytes, *, comment: str = "", ssh: bool = False) -> PublicPart:
    """Take a public key (DER SubjectPublicKeyInfo), checked; ``ssh`` if it came as a key of SSH.

    Raises PublicKeyInvalid, FormatUnrecognised.
    """
    public = checked_public(public_key)
    spec = find_spec(public)
    kind = PersonKeyKind.SIGNING_ONLY
    if isinstance(public, rsa.RSAPublicKey):
        kind = PersonKeyKind.SSH_RSA if ssh else PersonKeyKind.RSA
    elif isinstance(public, ec.EllipticCurvePublicKey) and spec in _CURVES and not ssh:
        kind = PersonKeyKind.EC  # SSH's own tools agree nothing with such a key, and age does not take it
    elif isinstance(public, ed25519.Ed25519PublicKey) and ssh:
        kind = PersonKeyKind.SSH_ED25519
    elif isinstance(public, x25519.X25519PublicKey):
        kind = PersonKeyKind.X25519
    elif spec in (KeySpec.ML_KEM_768, KeySpec.ML_KEM_1024):
        reason = f"it is of the kind {spec}, which signs nothing and to which no files are encrypted yet"
        raise PublicKeyInvalid(what="a public key", reason=reason)
    return PublicPart(kind, spki(public), _comment(comment))


def _parts(data: bytes) -> list[PublicPart]:
    if b"-----BEGIN " in data:
        return _from_pem(data)
    if data[:1] == b"\x30":
        return [_from_der(data)]
    try:
        text = data.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise FormatUnrecognised(what=_WHAT) from None
    if text.startswith("{"):
        return [public_part(load_public_keys(data)[0], comment=str(_json(data).get("kid", "")))]
    if text.startswith(ssh2.BEGIN):
        key, comment = ssh2.parse(text)
        return [public_part(sshkey.to_spki(key), comment=comment, ssh=True)]
    spelt = _unspelt(data)
    if spelt[:1] == b"\x30":
        return [_from_der(spelt)]
    found = list(_from_lines(text))
    if not found:
        raise FormatUnrecognised(what=_WHAT)
    return found


def _from_pem(data: bytes) -> list[PublicPart]:
    certificates: list[Certificate] = []
    bare: list[PublicPart] = []
    for match in pem_blocks(data):
        if match[1] in (b"CERTIFICATE", b"X509 CERTIFICATE"):
            certificates.append(read_certificate(match[0].replace(b"X509 CERTIFICATE", b"CERTIFICATE")))
        else:
            bare.append(public_part(load_public_keys(match[0])[0]))
    people = [each for each in certificates if not each.authority] or certificates
    return [*map(_certified, people), *bare]


def _from_der(data: bytes) -> PublicPart:
    if keyshapes.shape_of(data) is Shape.CERTIFICATE:
        return _certified(read_certificate(data))
    return public_part(load_public_keys(data)[0])


def _certified(certificate: Certificate) -> PublicPart:
    part = public_part(certificate.public_key, comment=certificate.common_name or certificate.subject)
    kind = part.kind if certificate.agrees else PersonKeyKind.SIGNING_ONLY
    return PublicPart(kind, part.content, part.comment, certificate.der)


def _from_lines(text: str) -> Iterator[PublicPart]:
    lines = [line.strip() for line in text.splitlines()]
    if len(lines) > MAX_LINES:
        raise FormatUnrecognised(what=_WHAT)
    others = []
    for line in lines:
        if _AGE.fullmatch(line):
            yield _from_recipient(line)
        elif line and not line.startswith("#"):
            others.append(line)
    if others:
        if not any("AAAA" in line for line in others):  # every blob of an SSH key begins so
            raise FormatUnrecognised(what=_WHAT)
        _refuse_kind(others)
        for listed in allowed_signers.listed("\n".join(others), namespace="file"):
            yield public_part(sshkey.to_spki(listed.key), comment=listed.said, ssh=True)


def _refuse_kind(lines: list[str]) -> None:
    """Of a single SSH key that is of a kind not read, say so; within a list such lines are passed over."""
    words = lines[0].split()
    if len(lines) == 1 and len(words) > 1 and words[1].startswith("AAAA"):
        sshkey.parse_words(words[0], words[1])


def _from_recipient(line: str) -> PublicPart:
    wrong = FormatUnrecognised(what="an age recipient (it is mistyped or cut off)")
    try:
        prefix, data = bech32.decode(line, limit=MAX_RECIPIENT)
    except ValueError:
        raise wrong from None
    if prefix == "age" and len(data) == 32:
        return public_part(_SPKI_X25519 + data)
    if line != line.lower() or not _PLUGIN.fullmatch(prefix):
        raise wrong
    return PublicPart(PersonKeyKind.AGE_PLUGIN, line.encode("ascii"))


def _unspelt(data: bytes) -> bytes:
    """The bytes that one word of base64 stands for, b"" for anything else."""
    try:
        return base64.b64decode(b"".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _json(data: bytes) -> dict[str, object]:
    try:
        members = json.loads(data) if data.lstrip()[:1] == b"{" else {}
    except (ValueError, RecursionError):
        return {}
    return members if isinstance(members, dict) else {}


def _comment(text: str) -> str:
    """Words beside a key are anybody's: shortened, and what does not show itself becomes a mark."""
    tidy = " ".join("".join(char if char.isprintable() else "\ufffd" for char in text).split())
    return tidy[:MAX_COMMENT]
