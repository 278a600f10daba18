"""Small secrets, data keys, authentication codes, random bytes: through the door, in the log, obeying the states."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key

from signet.audit.entry import Draft, Outcome
from signet.errors import (
    Cancelled,
    CiphertextInvalid,
    ContextInvalid,
    FormatUnrecognised,
    KeyIncorrect,
    KeyNotHere,
    KeyStateRefused,
    KeyUsageRefused,
    MacInvalid,
    PlaintextLengthInvalid,
    SignetError,
    SourceNotFound,
    UsageError,
)
from signet.keys.model import KeyVersion
from signet.keys.spec import KeySpec, Origin, Protection
from signet.keys.state import KeyState, Operation
from signet.secret import Secret
from signet.services import keys
from signet.services.audit import list_entries, verify_log
from signet.services.data_keys import decrypt_data_key, generate_data_key, generate_data_key_pair
from signet.services.macs import generate_mac, random_bytes, verify_mac
from signet.services.session import Session
from signet.services.small_secrets import decrypt_secret, encrypt_secret
from support.clock import SettableClock
from support.files import add_version, set_state
from support.vaults import make_vault

CONTEXT = {"for": "mail"}


def told(session: Session, operation: str) -> list[tuple[Outcome, dict[str, object]]]:
    """Outcome and details of each entry of one operation, oldest first."""
    found = reversed(list_entries(session, operation=operation))
    return [(entry.outcome, dict(entry.details)) for entry in found]


def test_a_secret_comes_back_by_any_version_and_the_log_has_its_context_and_not_the_secret(session: Session) -> None:
    key = keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
    first = encrypt_secret(session, Secret(b"hunter2"), key="papers", context=CONTEXT)
    add_version(session, key)
    second = encrypt_secret(session, Secret(b"hunter3"), key="papers")
    assert (first.version, second.version) == (1, 2)
    assert "hunter" not in repr((first, second))
    with decrypt_secret(session, first.ciphertext, context=CONTEXT).plaintext as plaintext:
        assert plaintext.reveal() == b"hunter2"
    opened = decrypt_secret(session, second.ciphertext, key="papers")
    assert (opened.key.id, opened.version, bytes(opened.plaintext.reveal())) == (key.id, 2, b"hunter3")
    details = {"content": "secret", "context": CONTEXT, "version": 1}
    assert told(session, "Encrypt")[:2] == [(Outcome.ALLOWED, details), (Outcome.DONE, {"content": "secret"})]
    assert told(session, "Decrypt")[:2] == [(Outcome.ALLOWED, details), (Outcome.DONE, {"content": "secret"})]
    assert "hunter" not in str([dict(entry.details) for entry in list_entries(session)])
    assert verify_log(session) == ()


def test_a_secret_that_does_not_open_says_one_thing_and_stands_in_the_log(
    session: Session, tmp_path: Path, clock: SettableClock
) -> None:
    keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
    keys.create_key(session, "other", spec=KeySpec.SYMMETRIC_DEFAULT)
    whole = encrypt_secret(session, Secret(b"hunter2"), key="papers", context=CONTEXT).ciphertext
    elsewhere = make_vault(tmp_path, clock, name="elsewhere")
    with elsewhere.open() as another:
        keys.create_key(another, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
        foreign = encrypt_secret(another, Secret(b"hunter2"), key="papers").ciphertext
    elsewhere.workplace.close()
    version = whole[:42] + (2).to_bytes(4, "big") + whole[46:]
    cases: list[tuple[bytes, dict[str, str], str | None, type[SignetError]]] = [
        (whole, {}, None, CiphertextInvalid),
        (whole, {"for": "Mail"}, None, CiphertextInvalid),
        (whole[:-1], CONTEXT, None, CiphertextInvalid),
        (whole[:10] + os.urandom(16) + whole[26:], CONTEXT, None, CiphertextInvalid),
        (whole, CONTEXT, "other", KeyIncorrect),
        (version, CONTEXT, None, KeyNotHere),
        (foreign, {}, None, KeyNotHere),
    ]
    for data, context, key, error in cases:
        with pytest.raises(error) as refused:
            decrypt_secret(session, data, key=key, context=context)
        assert refused.value.exit_status == 4
        outcome, details = told(session, "Decrypt")[-1]
        assert outcome is (Outcome.REFUSED if error is KeyNotHere else Outcome.FAILED)
        assert details["error"] == error.__name__
    with pytest.raises(FormatUnrecognised):
        decrypt_data_key(session, whole, context=CONTEXT)
    with pytest.raises(ContextInvalid):
        decrypt_secret(session, whole, context={"signet-content": "file"})


@pytest.mark.parametrize("length", [0, 4097])
def test_nothing_and_too_much_are_refused_before_the_key_is_used(session: Session, length: int) -> None:
    keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
    with pytest.raises(PlaintextLengthInvalid, match="1 to 4096"):
        encrypt_secret(session, Secret(bytes(length)), key="papers")
    assert told(session, "Encrypt") == []


@pytest.mark.parametrize("with_plaintext", [True, False])
def test_data_keys_and_pairs_are_wrapped_and_unwrapped(session: Session, with_plaintext: bool) -> None:
    key = keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
    made = generate_data_key(session, key="papers", size=64, context=CONTEXT, with_plaintext=with_plaintext)
    unwrapped = decrypt_data_key(session, made.ciphertext, context=CONTEXT)
    assert (len(unwrapped.plaintext), unwrapped.key.id) == (64, key.id)
    assert made.plaintext == (unwrapped.plaintext if with_plaintext else None)
    pair = generate_data_key_pair(
        session, key="papers", spec=KeySpec.ECC_NIST_P384, context=CONTEXT, with_plaintext=with_plaintext
    )
    private = decrypt_data_key(session, pair.ciphertext, context=CONTEXT).plaintext
    assert pair.plaintext == (private if with_plaintext else None)
    public = load_der_private_key(private.reveal(), None).public_key()
    assert public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == pair.public_key
    ending = "" if with_plaintext else "WithoutPlaintext"
    assert told(session, f"GenerateDataKey{ending}") == [
        (Outcome.ALLOWED, {"bytes": 64, "context": CONTEXT, "version": 1}),
        (Outcome.DONE, {}),
    ]
    assert told(session, f"GenerateDataKeyPair{ending}")[0][1]["spec"] == "ECC_NIST_P384"
    with pytest.raises(FormatUnrecognised):
        decrypt_secret(session, made.ciphertext, context=CONTEXT)


@pytest.mark.parametrize("size", [0, 1025])
def test_data_keys_and_random_bytes_have_their_bounds(session: Session, size: int) -> None:
    keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
    with pytest.raises(UsageError, match="1 to 1024"):
        generate_data_key(session, key="papers", size=size)
    with pytest.raises(UsageError, match="1 to 1024"):
        random_bytes(session, size)
    for spec in (KeySpec.SYMMETRIC_DEFAULT, KeySpec.HMAC_256):
        with pytest.raises(UsageError, match="no key pair"):
            generate_data_key_pair(session, key="papers", spec=spec)
    first, second = random_bytes(session, 1024), random_bytes(session, 1024)
    assert first != second
    assert told(session, "GenerateRandom") == [(Outcome.DONE, {"bytes": 1024})] * 2


def test_a_code_fits_its_file_and_key_alone(session: Session, tmp_path: Path) -> None:
    for alias in ("seal", "other"):
        keys.create_key(session, alias, spec=KeySpec.HMAC_384)
    letter, big = tmp_path / "letter", tmp_path / "big"
    letter.write_bytes(b"")
    big.write_bytes(os.urandom(2**20 + 5))
    seen: list[tuple[int, int]] = []
    made = generate_mac(session, str(big), key="seal", progress=lambda done, total: seen.append((done, total)))
    assert seen == [(2**20, 2**20 + 5), (2**20 + 5, 2**20 + 5)]
    assert verify_mac(session, str(big), made.code, key="seal") == made
    assert len(generate_mac(session, str(letter), key="seal").code) == 48
    for path, code, key in ((letter, made.code, "seal"), (big, made.code, "other"), (big, made.code[:-1], "seal")):
        with pytest.raises(MacInvalid):
            verify_mac(session, str(path), code, key=key)
        assert told(session, "VerifyMac")[-1] == (Outcome.FAILED, {"source": str(path), "error": "MacInvalid"})
    with pytest.raises(Cancelled):
        generate_mac(session, str(big), key="seal", cancelled=lambda: True)
    assert told(session, "GenerateMac")[-1] == (Outcome.CANCELLED, {"source": str(big)})
    with pytest.raises(SourceNotFound):
        generate_mac(session, str(tmp_path / "none"), key="seal")


def test_every_state_and_usage_decides_as_the_table_says(session: Session, tmp_path: Path) -> None:
    papers = keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
    seal = keys.create_key(session, "seal", spec=KeySpec.HMAC_256)
    letter = tmp_path / "letter"
    letter.write_text("letter")
    secret = encrypt_secret(session, Secret(b"x"), key="papers").ciphertext
    wrapped = generate_data_key(session, key="papers").ciphertext
    code = generate_mac(session, str(letter), key="seal").code
    p256 = KeySpec.ECC_NIST_P256
    uses: dict[Operation, Callable[[str, str], object]] = {
        Operation.ENCRYPT: lambda key, _: encrypt_secret(session, Secret(b"x"), key=key),
        Operation.GENERATE_DATA_KEY: lambda key, _: generate_data_key(session, key=key),
        Operation.GENERATE_DATA_KEY_WITHOUT_PLAINTEXT: lambda key, _: generate_data_key(
            session, key=key, with_plaintext=False
        ),
        Operation.GENERATE_DATA_KEY_PAIR: lambda key, _: generate_data_key_pair(session, key=key, spec=p256),
        Operation.GENERATE_MAC: lambda _, key: generate_mac(session, str(letter), key=key),
        Operation.VERIFY_MAC: lambda _, key: verify_mac(session, str(letter), code, key=key),
    }
    for operation, use in uses.items():
        with pytest.raises(KeyUsageRefused):
            use("seal", "papers")
        assert told(session, str(operation))[-1][0] is Outcome.REFUSED
    uses[Operation.DECRYPT] = lambda _key, _: (decrypt_secret(session, secret), decrypt_data_key(session, wrapped))
    for state in KeyState:
        set_state(session, papers, state)
        set_state(session, seal, state)
        for operation, use in uses.items():
            processes = operation in (Operation.DECRYPT, Operation.VERIFY_MAC)
            if state is KeyState.ENABLED or (state is KeyState.ARCHIVED and processes):
                use("papers", "seal")
            else:
                with pytest.raises(KeyStateRefused):
                    use("papers", "seal")
                assert told(session, str(operation))[-1][1]["error"] == "KeyStateRefused"
    assert verify_log(session) == ()


def test_a_key_pair_on_a_card_that_decrypts_files_does_nothing_here(session: Session) -> None:
    papers = keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
    secret = encrypt_secret(session, Secret(b"x"), key="papers").ciphertext
    on_card = replace(
        papers,
        id="0b7c1e9e-54f7-4e3c-9d43-0c3f1f0f7a10",
        aliases=("card",),
        spec=KeySpec.RSA_2048,
        origin=Origin.TOKEN,
        protection=Protection.TOKEN,
    )
    with session.records.change() as change:
        change.keys.insert(on_card, KeyVersion(on_card.id, 1, on_card.created, None, b"public"))
        change.append(Draft("Test", Outcome.DONE, key=on_card.id))
    for use in (
        lambda: encrypt_secret(session, Secret(b"x"), key="card"),
        lambda: generate_data_key(session, key="card"),
        lambda: generate_data_key_pair(session, key="card", spec=KeySpec.ECC_NIST_P256),
    ):
        with pytest.raises(KeyUsageRefused, match="cannot encrypt small secrets and data keys"):
            use()
    with pytest.raises(CiphertextInvalid):
        decrypt_secret(session, secret[:26] + uuid.UUID(on_card.id).bytes + secret[42:])
