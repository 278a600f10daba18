"""minisign's signatures as Debian's minisign makes them, and everything that must be refused."""

from __future__ import annotations

import io
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from signet.crypto.publickeys import load_minisign_key, load_public_keys
from signet.documents import minisign as documents
from signet.documents.minisign import verify_minisign
from signet.errors import Cancelled, FormatUnrecognised, PublicKeyInvalid, SignatureInvalid, SignerKeyMissing
from signet.formats import minisign
from signet.formats.minisign import MinisignKey

MESSAGE = b"I hereby agree.\n"


@dataclass(frozen=True)
class Signed:
    key: MinisignKey
    key_file: bytes
    other: MinisignKey
    prehashed: bytes
    legacy: bytes


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Signed:
    folder = tmp_path_factory.mktemp("minisign")
    (folder / "file").write_bytes(MESSAGE)

    def run(*words: str) -> None:
        subprocess.run(["minisign", *words], cwd=folder, check=True, capture_output=True, timeout=60)

    for name in ("mine", "other"):
        run("-G", "-W", "-p", f"{name}.pub", "-s", f"{name}.key")
    run("-S", "-s", "mine.key", "-m", "file", "-x", "new", "-c", "first", "-t", "agreed in Tartu, tõesti")
    run("-S", "-l", "-s", "mine.key", "-m", "file", "-x", "old")
    read = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
    mine, other = (load_minisign_key(read[name]) for name in ("mine.pub", "other.pub"))
    return Signed(mine, read["mine.pub"], other, read["new"], read["old"])


def verify(signature: bytes, *keys: MinisignKey, message: bytes = MESSAGE) -> documents.MinisignFound:
    return verify_minisign(io.BytesIO(message), signature, keys)


def test_both_kinds_of_minisigns_own_are_valid_and_say_what_was_vouched_for(signed: Signed) -> None:
    found = verify(signed.prehashed, signed.other, signed.key)
    assert (found.key, found.trusted_comment, found.prehashed) == (signed.key, "agreed in Tartu, tõesti", True)
    assert verify(signed.legacy, signed.key).prehashed is False
    assert signed.key.name in signed.key_file.decode(), "the id is shown as minisign shows it"


def test_a_key_of_which_only_the_public_half_is_known_is_tried(signed: Signed) -> None:
    nameless, other = (replace(key, key_id=b"") for key in (signed.key, signed.other))
    assert verify(signed.prehashed, other, nameless).key == nameless
    with pytest.raises(SignerKeyMissing):
        verify(signed.prehashed, other)


@pytest.mark.parametrize("kind", ["prehashed", "legacy"])
def test_a_changed_file_comment_or_signature_is_invalid(signed: Signed, kind: str) -> None:
    whole = getattr(signed, kind)
    with pytest.raises(SignatureInvalid):
        verify(whole, signed.key, message=MESSAGE + b" ")
    good = minisign.read_signature(whole)
    flipped = bytes([good.signature[0] ^ 1]) + good.signature[1:]
    for changed in (
        replace(good, trusted_comment=good.trusted_comment + b"!"),
        replace(good, signature=flipped),
        replace(good, prehashed=not good.prehashed),
        replace(good, global_signature=good.signature),
    ):
        with pytest.raises(SignatureInvalid):
            verify(minisign.signature_file(changed), signed.key)
    untrusted = replace(good, untrusted_comment=b"by somebody else")
    assert verify(minisign.signature_file(untrusted), signed.key).key == signed.key, "nobody vouches for that one"


def test_a_signature_by_none_of_the_keys_names_its_key(signed: Signed) -> None:
    for keys in ((), (signed.other,)):
        with pytest.raises(SignerKeyMissing) as caught:
            verify(signed.prehashed, *keys)
        assert signed.key.name in caught.value.message
    imposter = replace(signed.other, key_id=signed.key.key_id)
    with pytest.raises(SignatureInvalid):
        verify(signed.prehashed, imposter)


def test_a_long_file_and_a_cancel(signed: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Cancelled):
        verify_minisign(io.BytesIO(MESSAGE), signed.prehashed, [signed.key], cancelled=lambda: True)
    seen: list[int] = []
    verify_minisign(io.BytesIO(MESSAGE), signed.prehashed, [signed.key], progress=seen.append)
    assert seen == [len(MESSAGE)]
    monkeypatch.setattr(documents, "MAX_WHOLE", len(MESSAGE) - 1)
    with pytest.raises(FormatUnrecognised, match="64 MiB"):
        verify(signed.legacy, signed.key)
    assert verify(signed.prehashed, signed.key).prehashed


def test_public_keys_are_read_as_files_and_as_their_one_line(signed: Signed) -> None:
    line = minisign.public_line(signed.key)
    for data in (signed.key_file, signed.key_file.replace(b"\n", b"\r\n"), line.encode(), f"{line}\n".encode()):
        assert load_minisign_key(data) == signed.key
        assert load_public_keys(data) == (signed.key.spki,)
    small = MinisignKey(signed.key.key_id, (1).to_bytes(32, "little"))
    with pytest.raises(PublicKeyInvalid, match="small order"):
        load_public_keys(minisign.public_line(small).encode())


def test_every_cut_and_every_flipped_bit_is_refused_or_does_not_verify(signed: Signed) -> None:
    whole = signed.prehashed
    comment = range(len(minisign.UNTRUSTED), whole.index(b"\n"))
    for cut in range(len(whole) - 1):
        with pytest.raises(FormatUnrecognised):
            minisign.read_signature(whole[:cut])
    for place in range(len(whole)):
        for bit in range(8):
            if place in comment:
                continue
            changed = bytearray(whole)
            changed[place] ^= 1 << bit
            if changed.rstrip(b"\r\n") == whole.rstrip(b"\r\n"):
                continue  # how the last line ends says nothing
            with pytest.raises((FormatUnrecognised, SignatureInvalid, SignerKeyMissing)):
                verify(bytes(changed), signed.key)
