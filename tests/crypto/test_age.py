"""age files both ways with the age program, and everything that must be refused."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import pty
import subprocess
import zlib
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from signet.crypto import age
from signet.crypto.age_recipients import (
    MAX_WORK_FACTOR,
    Identity,
    PassphraseIdentity,
    PassphraseRecipient,
    Recipient,
    X25519Identity,
    X25519Recipient,
)
from signet.errors import (
    Cancelled,
    CiphertextInvalid,
    DidNotVerify,
    FileSecretIncorrect,
    FormatUnrecognised,
    KeyMaterialInvalid,
    KeyNotHere,
    SignetError,
    UsageError,
)
from signet.formats import age as header_format
from signet.formats import age_armor
from signet.secret import Secret

PASSPHRASE = Secret.from_text("correct horse õäöü")
CHEAP = 10
SIZES = [0, 1, 65535, 65536, 65537, 131072, 200_000]
IDENTITY = X25519Identity.generate()


def encrypt(plain: bytes, *recipients: Recipient) -> bytes:
    target = io.BytesIO()
    age.encrypt(io.BytesIO(plain), target, recipients=recipients or [IDENTITY.recipient])
    return target.getvalue()


def decrypt(data: bytes, *identities: Identity) -> bytes:
    target = io.BytesIO()
    age.decrypt(io.BytesIO(data), target, identities=identities or [IDENTITY])
    return target.getvalue()


def by_passphrase() -> PassphraseRecipient:
    return PassphraseRecipient(PASSPHRASE, work_factor=CHEAP)


def program(*words: str | Path, answers: int = 0) -> int:
    """Run age on a terminal of its own, typing the passphrase as often as it is asked for; return its status."""
    child, terminal = pty.fork()
    if child == 0:
        os.execvp("age", ["age", *map(str, words)])  # noqa: S606
    seen, typed = b"", 0
    while True:
        try:
            seen += os.read(terminal, 1024)
        except OSError:
            break
        if seen.count(b"assphrase") > typed and typed < answers and seen.rstrip().endswith(b":"):
            os.write(terminal, bytes(PASSPHRASE.reveal()) + b"\n")
            typed, seen = typed + 1, b"assphrase" * (typed + 1)
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, str]:
    """An identity file of age-keygen and its public key."""
    path = tmp_path / "identity"
    subprocess.run(["age-keygen", "-o", path], check=True, capture_output=True, timeout=60)
    public = subprocess.run(["age-keygen", "-y", path], check=True, capture_output=True, timeout=60)
    return path, public.stdout.decode().strip()


@pytest.mark.parametrize("size", SIZES)
def test_age_opens_ours_for_its_key_and_we_open_its(size: int, keys: tuple[Path, str], tmp_path: Path) -> None:
    path, public = keys
    plain = os.urandom(size)
    ours = encrypt(plain, X25519Recipient.parse(public), IDENTITY.recipient)
    opened = subprocess.run(["age", "-d", "-i", path], input=ours, capture_output=True, check=False, timeout=60)
    assert opened.stdout == plain, opened.stderr
    words = ["age", "-r", str(IDENTITY.recipient), "-r", public]
    theirs = subprocess.run(words, input=plain, capture_output=True, check=True, timeout=60).stdout
    identity = X25519Identity.parse(path.read_text().splitlines()[-1])
    assert str(identity.recipient) == public
    assert decrypt(theirs, identity) == decrypt(theirs) == plain


def test_age_opens_ours_for_a_passphrase_and_we_open_its(tmp_path: Path) -> None:
    ours, opened = tmp_path / "ours.age", tmp_path / "opened"
    ours.write_bytes(encrypt(b"plain text", by_passphrase()))
    assert program("-d", "-o", opened, ours, answers=1) == 0
    assert opened.read_bytes() == b"plain text"
    theirs = tmp_path / "theirs.age"
    assert program("-p", "-o", theirs, opened, answers=2) == 0
    assert decrypt(theirs.read_bytes(), PassphraseIdentity(PASSPHRASE)) == b"plain text"


def test_a_changed_byte_is_refused_by_age_too(keys: tuple[Path, str]) -> None:
    path, public = keys
    ours = encrypt(b"plain text", X25519Recipient.parse(public))
    for at in (30, len(ours) - 60, len(ours) - 20, len(ours) - 1):
        bad = ours[:at] + bytes([ours[at] ^ 1]) + ours[at + 1 :]
        result = subprocess.run(["age", "-d", "-i", path], input=bad, capture_output=True, check=False, timeout=60)
        assert result.returncode != 0
        assert not result.stdout


def test_every_flipped_bit_and_every_truncation_is_refused() -> None:
    good = encrypt(b"plain text")
    for at in range(len(good)):
        for bit in range(8):
            with pytest.raises(DidNotVerify):
                decrypt(good[:at] + bytes([good[at] ^ 1 << bit]) + good[at + 1 :])
    for size in range(len(good)):
        with pytest.raises(DidNotVerify):
            decrypt(good[:size])
    with pytest.raises(CiphertextInvalid):
        decrypt(good + b"\0")


@given(plain=st.binary(max_size=300))
def test_what_goes_in_comes_out(plain: bytes) -> None:
    assert decrypt(encrypt(plain)) == plain


@pytest.mark.parametrize("size", SIZES)
def test_chunks_cut_moved_or_repeated_are_refused(size: int) -> None:
    good = encrypt(os.urandom(size))
    head = good.index(b"\n", good.index(b"\n---") + 1) + 1 + 16
    chunk = age.CHUNK + age.TAG
    body = [good[at : at + chunk] for at in range(head, len(good), chunk)]
    arrangements = [body[:-1], [*body, body[-1]], [*body, bytes(16)]]
    if len(body) > 1:
        arrangements += [[body[1], body[0], *body[2:]], body[1:]]
    for arrangement in arrangements:
        with pytest.raises(CiphertextInvalid):
            decrypt(good[:head] + b"".join(arrangement))


def test_an_empty_last_chunk_after_others_is_refused() -> None:
    good = encrypt(b"x" * age.CHUNK)
    file_key = IDENTITY.unwrap(header_format.parse(age.read_header(io.BytesIO(good))).stanzas)
    assert file_key is not None
    head = len(age.read_header(io.BytesIO(good)))
    nonce = good[head : head + 16]
    cipher = ChaCha20Poly1305(age._derive(file_key, salt=nonce, info=b"payload").reveal())
    first = cipher.encrypt(bytes(12), b"x" * age.CHUNK, None)
    last = cipher.encrypt(bytes(10) + b"\1\1", b"", None)
    with pytest.raises(CiphertextInvalid):
        decrypt(good[: head + 16] + first + last)


def test_another_passphrase_or_key_is_told_from_damage() -> None:
    locked = encrypt(b"plain", by_passphrase())
    with pytest.raises(FileSecretIncorrect):
        decrypt(locked, PassphraseIdentity(Secret(b"wrong")))
    with pytest.raises(KeyNotHere, match="scrypt"):
        decrypt(locked)
    with pytest.raises(KeyNotHere, match="X25519"):
        decrypt(encrypt(b"plain"), X25519Identity.generate(), PassphraseIdentity(PASSPHRASE))
    assert decrypt(locked, IDENTITY, PassphraseIdentity(PASSPHRASE)) == b"plain"


def test_a_passphrase_stands_alone() -> None:
    forbidden: list[list[Recipient]] = [[by_passphrase(), IDENTITY.recipient], [by_passphrase()] * 2, []]
    for recipients in forbidden:
        with pytest.raises(UsageError):
            age.encrypt(io.BytesIO(b""), io.BytesIO(), recipients=recipients)
    stanzas = (by_passphrase().wrap(Secret(bytes(16))), IDENTITY.recipient.wrap(Secret(bytes(16))))
    signed = header_format.authenticated_part(stanzas)
    mixed = header_format.serialise(header_format.Header(stanzas, bytes(32), signed)) + bytes(32)
    for identity in (IDENTITY, PassphraseIdentity(PASSPHRASE)):
        with pytest.raises(FormatUnrecognised):
            decrypt(mixed, identity)


@pytest.mark.parametrize(
    "factor", [str(MAX_WORK_FACTOR + 1), "99", "100", "0", "-1", "+10", "010", "0x0a", "1e1", "٣"]
)
def test_a_work_factor_beyond_the_ceiling_or_malformed_is_refused_before_work(factor: str) -> None:
    stanza = header_format.Stanza("scrypt", (header_format.unpadded(bytes(16)), factor), bytes(32))
    with pytest.raises(FormatUnrecognised):
        PassphraseIdentity(PASSPHRASE).unwrap([stanza])


def test_malformed_stanzas_are_refused() -> None:
    salt, share = header_format.unpadded(bytes(16)), header_format.unpadded(IDENTITY._public_key)
    stanza = header_format.Stanza
    for bad in (
        stanza("scrypt", (header_format.unpadded(bytes(15)), "10"), bytes(32)),
        stanza("scrypt", (salt, "10"), bytes(33)),
        stanza("scrypt", (salt,), bytes(32)),
        stanza("scrypt", (salt, "10", "x"), bytes(32)),
        stanza("X25519", (share, "x"), bytes(32)),
        stanza("X25519", (), bytes(32)),
        stanza("X25519", (share,), bytes(31)),
        stanza("X25519", (salt,), bytes(32)),
        stanza("X25519", (header_format.unpadded(bytes(32)),), bytes(32)),
    ):
        identity: Identity = PassphraseIdentity(PASSPHRASE) if bad.kind == "scrypt" else IDENTITY
        with pytest.raises(FormatUnrecognised):
            identity.unwrap([bad])


TESTKIT = json.loads((Path(__file__).parent / "age_testkit" / "vectors.json").read_bytes())
EXPECTED: dict[str, tuple[type[SignetError], ...]] = {
    "armor failure": (CiphertextInvalid, FormatUnrecognised),
    "header failure": (FormatUnrecognised, CiphertextInvalid),
    "HMAC failure": (CiphertextInvalid,),
    "no match": (KeyNotHere, FileSecretIncorrect),
    "payload failure": (CiphertextInvalid,),
}


@pytest.mark.parametrize("name", sorted(TESTKIT))
def test_the_vectors_of_age_itself(name: str) -> None:
    head, _, body = base64.b64decode(TESTKIT[name]).partition(b"\n\n")
    fields = [line.split(": ", 1) for line in head.decode().split("\n")]
    said = dict(fields)
    if "compressed" in said:
        body = zlib.decompress(body)
    identities: list[Identity] = [X25519Identity.parse(value) for key, value in fields if key == "identity"]
    identities += [PassphraseIdentity(Secret.from_text(value)) for key, value in fields if key == "passphrase"]
    source: io.BufferedIOBase = io.BytesIO(body)
    if said.get("armored") == "yes":
        assert age_armor.is_armored(body) or said["expect"] == "armor failure"
        source = io.BufferedReader(age_armor.ArmorReader(source))
    target = io.BytesIO()
    if said["expect"] == "success":
        age.decrypt(source, target, identities=identities)
        assert hashlib.sha256(target.getvalue()).hexdigest() == said["payload"]
    else:
        with pytest.raises(EXPECTED[said["expect"]]):
            age.decrypt(source, target, identities=identities)


def test_unknown_stanzas_are_passed_over() -> None:
    class Grease:
        def wrap(self, file_key: Secret) -> header_format.Stanza:
            return header_format.Stanza("x-grease", (), bytes(len(file_key)))

    assert decrypt(encrypt(b"plain", Grease(), IDENTITY.recipient)) == b"plain"


def test_keys_are_read_strictly() -> None:
    public = str(IDENTITY.recipient)
    assert str(X25519Recipient.parse(public)) == public
    for bad in (public.upper(), public[:-1], "age1xyz", "AGE-SECRET-KEY-1", ""):
        with pytest.raises(KeyMaterialInvalid):
            X25519Recipient.parse(bad)
    for bad in (public, "AGE-SECRET-KEY-1ABC", ""):
        with pytest.raises(KeyMaterialInvalid):
            X25519Identity.parse(bad)
    with pytest.raises(KeyMaterialInvalid, match="low order"):
        encrypt(b"", X25519Recipient(bytes(32)))


class Trickle(io.BytesIO):
    """A source that returns fewer bytes than it was asked for, as pipes do."""

    def readinto(self, buffer: Any) -> int:
        return super().readinto(memoryview(buffer)[:7919])


def test_short_reads_progress_and_cancelling() -> None:
    plain = os.urandom(age.BATCH * age.CHUNK + 1)
    target, seen = io.BytesIO(), list[int]()
    source = Trickle(plain)
    age.encrypt(source, target, recipients=[IDENTITY.recipient], progress=seen.append)
    assert seen == [age.CHUNK, len(plain)]
    opened = io.BytesIO()
    age.decrypt(Trickle(target.getvalue()), opened, identities=[IDENTITY], progress=seen.append)
    assert opened.getvalue() == plain
    assert seen[2:] == seen[:2]
    with pytest.raises(Cancelled):
        age.encrypt(io.BytesIO(plain), io.BytesIO(), recipients=[IDENTITY.recipient], cancelled=lambda: True)
    with pytest.raises(Cancelled):
        age.decrypt(io.BytesIO(target.getvalue()), io.BytesIO(), identities=[IDENTITY], cancelled=lambda: True)


@pytest.mark.parametrize(
    "data", [b"", b"hello\n", b"age-encryption.org/v1\n" * 10_000, b"x" * 200_000, b"age-encryption.org/v1"]
)
def test_what_is_not_an_age_file_is_refused(data: bytes) -> None:
    with pytest.raises(FormatUnrecognised):
        decrypt(data)
