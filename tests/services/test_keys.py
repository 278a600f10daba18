"""Keys made, found, switched off and on, and exported."""

from __future__ import annotations

import base64
import json
import os
import stat
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key

from signet.audit.entry import Draft, Entry, Outcome
from signet.crypto.keyreading import read_key
from signet.errors import (
    AliasTaken,
    ConfirmationMissing,
    KeyNotExportable,
    KeyNotFound,
    KeyStateRefused,
    OutputExists,
    PinIncorrect,
    ProofOfPresenceMissing,
    SecretMissing,
    SecretTooWeak,
    SignetError,
    UsageError,
)
from signet.keys.model import KeyVersion
from signet.keys.spec import KeySpec, KeyUsage, Origin, Protection
from signet.keys.state import KeyState
from signet.secret import Secret
from signet.services import exporting, keys, tokens
from signet.services.audit import list_entries
from signet.services.prompt import SecretKind
from signet.services.session import Session
from support.clock import SettableClock
from support.vaults import VaultInTest

P256 = KeySpec.ECC_NIST_P256
AES = KeySpec.SYMMETRIC_DEFAULT
PIN = "648219"


def last_entry(session: Session) -> Entry:
    return list_entries(session, 1)[0]


@pytest.mark.parametrize("spec", [AES, P256, KeySpec.ECC_NIST_EDWARDS25519, KeySpec.RSA_2048])
def test_a_new_key_is_enabled_and_its_material_opens(session: Session, spec: KeySpec) -> None:
    made = keys.create_key(session, "papers", spec=spec, description="taxes", tags=[("year", "2026"), ("a", "")])
    assert keys.find_key(session, "papers") == made
    assert (made.state, made.origin, made.protection) == (KeyState.ENABLED, Origin.VAULT, Protection.VAULT)
    assert (made.usage, made.version, made.tags) == (spec.default_usage, 1, (("a", ""), ("year", "2026")))
    (version,) = keys.versions(session, made)
    with session.open_material(made, version) as material:
        assert len(material) >= 32
    entry = last_entry(session)
    assert (entry.operation, entry.outcome, entry.key) == ("CreateKey", Outcome.DONE, made.id)
    assert f"keys/{made.id}" in entry.changes
    assert entry.details["spec"] == spec.value


def test_keys_are_found_by_alias_by_id_and_by_its_beginning(session: Session) -> None:
    made = keys.create_key(session, "papers", spec=AES)
    assert {keys.find_key(session, name).id for name in ("papers", made.id, made.id[:8])} == {made.id}
    assert keys.list_keys(session) == (made,)
    with pytest.raises(KeyNotFound):
        keys.find_key(session, "paper")


@pytest.mark.parametrize(
    "alias",
    ["", "with space", "a.b", "ü", "x" * 257, "alias/papers", "deadbeef", "DEADBEEF", "0123-4567", "papers\n"],
)
def test_names_that_kms_does_not_take_or_that_look_like_an_id_are_refused(session: Session, alias: str) -> None:
    with pytest.raises(UsageError):
        keys.create_key(session, alias, spec=AES)
    assert keys.list_keys(session) == ()


@pytest.mark.parametrize("alias", ["a", "x" * 256, "tax/2026", "a:b_c-d", "decade", "deadbee", "deadbeef_"])
def test_names_that_kms_takes_are_taken(session: Session, alias: str) -> None:
    assert keys.create_key(session, alias, spec=AES).alias == alias


def test_a_taken_name_is_refused_before_anything_is_made(session: Session) -> None:
    keys.create_key(session, "papers", spec=AES)
    before = list_entries(session)
    with pytest.raises(AliasTaken):
        keys.create_key(session, "papers", spec=P256)
    assert len(keys.list_keys(session)) == 1
    assert list_entries(session) == before


@pytest.mark.parametrize(
    ("description", "tags"),
    [
        ("d" * 8193, []),
        ("\ud800", []),
        ("", [("aws:x", "1")]),
        ("", [("AWS:x", "1")]),
        ("", [("", "1")]),
        ("", [("n" * 129, "1")]),
        ("", [("n", "v" * 257)]),
        ("", [("n", "1"), ("n", "2")]),
        ("", [(f"n{number}", "") for number in range(51)]),
    ],
)
def test_descriptions_and_tags_beyond_the_limits_are_refused(
    session: Session, description: str, tags: list[tuple[str, str]]
) -> None:
    with pytest.raises(UsageError):
        keys.create_key(session, "papers", spec=AES, description=description, tags=tags)


def test_the_limits_themselves_are_allowed(session: Session) -> None:
    tags = [(f"{number:03}" + "n" * 125, "v" * 256) for number in range(50)]
    made = keys.create_key(session, "papers", spec=AES, description="d" * 8192, tags=tags)
    assert keys.find_key(session, "papers") == made


def test_a_usage_that_the_spec_does_not_have_is_refused(session: Session) -> None:
    with pytest.raises(UsageError):
        keys.create_key(session, "papers", spec=AES, usage=KeyUsage.SIGN_VERIFY)


def test_creating_and_exporting_ask_for_presence_after_five_minutes(
    session: Session, clock: SettableClock, tmp_path: Path
) -> None:
    keys.create_key(session, "papers", spec=AES)
    clock.advance(301)
    with pytest.raises(ProofOfPresenceMissing):
        keys.create_key(session, "more", spec=AES)
    with pytest.raises(ProofOfPresenceMissing):
        exporting.export_key(session, "papers", str(tmp_path / "out"), plain=True)
    session.proven()
    keys.create_key(session, "more", spec=AES)


def test_disabling_and_enabling_follow_the_table_of_states(session: Session) -> None:
    made = keys.create_key(session, "papers", spec=AES)
    with pytest.raises(KeyStateRefused):
        keys.enable_key(session, "papers")
    assert last_entry(session).outcome is Outcome.REFUSED
    assert keys.disable_key(session, "papers").state is KeyState.DISABLED
    assert keys.find_key(session, made.id).state is KeyState.DISABLED
    with pytest.raises(KeyStateRefused):
        keys.disable_key(session, "papers")
    assert keys.enable_key(session, made.id[:8]).state is KeyState.ENABLED
    entry = last_entry(session)
    assert (entry.operation, entry.details) == ("EnableKey", {"from": "Disabled", "to": "Enabled"})


def test_public_key_is_that_of_the_private_one_and_symmetric_keys_have_none(session: Session) -> None:
    made = keys.create_key(session, "signing", spec=P256)
    spki = keys.public_key(session, "signing")
    assert spki == keys.versions(session, made)[0].public_key
    load_der_public_key(spki)
    keys.create_key(session, "papers", spec=AES)
    with pytest.raises(UsageError):
        keys.public_key(session, "papers")


def test_a_symmetric_key_is_exported_plain_as_a_jwk(session: Session, tmp_path: Path) -> None:
    made = keys.create_key(session, "papers", spec=AES)
    out = tmp_path / "papers.jwk"
    assert exporting.export_key(session, "papers", str(out), plain=True) == str(out)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    members = json.loads(out.read_text())
    assert (members["kty"], members["kid"]) == ("oct", f"{made.id}/1")
    with session.open_material(made, keys.versions(session, made)[0]) as material:
        assert base64.urlsafe_b64decode(members["k"] + "=") == bytes(material.reveal())
    done, allowed = list_entries(session, 2)
    assert (allowed.outcome, done.outcome, done.of) == (Outcome.ALLOWED, Outcome.DONE, allowed.sequence)
    assert allowed.details["plain"] is True
    assert members["k"] not in str(list_entries(session))


def test_openssl_reads_an_asymmetric_key_exported_plain_and_encrypted(
    session: Session, vault: VaultInTest, tmp_path: Path
) -> None:
    keys.create_key(session, "signing", spec=P256)
    expected = keys.public_key(session, "signing")
    vault.prompt.answers[SecretKind.NEW_PASSPHRASE] = "correct horse battery"
    for name, plain in (("plain.pem", True), ("closed.pem", False)):
        exporting.export_key(session, "signing", str(tmp_path / name), plain=plain)
        command = [
            "openssl",
            "pkey",
            "-in",
            name,
            "-passin",
            "pass:correct horse battery",
            "-pubout",
            "-outform",
            "DER",
        ]
        read = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
        assert read.stdout == expected
    assert b"ENCRYPTED" in (tmp_path / "closed.pem").read_bytes()


def test_an_older_version_is_exported_by_its_number(session: Session, tmp_path: Path) -> None:
    made = keys.create_key(session, "signing", spec=P256)
    first = keys.versions(session, made)[0]
    with session.records.change() as change, Secret(os.urandom(32)) as other:
        change.keys.add_version(
            KeyVersion(made.id, 2, made.created, session.seal_material(made, 2, other), first.public_key)
        )
        change.append(Draft("RotateKey", Outcome.DONE, key=made.id))
    exporting.export_key(session, "signing", str(tmp_path / "one.pem"), version=1, plain=True)
    with read_key(Secret((tmp_path / "one.pem").read_bytes())).material as material:
        with session.open_material(made, first) as original:
            assert material == original
    with pytest.raises(SignetError):
        exporting.export_key(session, "signing", str(tmp_path / "three.pem"), version=3, plain=True)
    assert not (tmp_path / "three.pem").exists()


def test_an_existing_output_is_not_touched_and_nobody_is_asked(
    session: Session, vault: VaultInTest, tmp_path: Path
) -> None:
    keys.create_key(session, "papers", spec=AES)
    out = tmp_path / "out"
    out.write_text("mine")
    asked = len(vault.prompt.asked)
    with pytest.raises(OutputExists):
        exporting.export_key(session, "papers", str(out))
    assert out.read_text() == "mine"
    assert len(vault.prompt.asked) == asked
    assert last_entry(session).details["error"] == "OutputExists"


def test_without_a_passphrase_or_with_a_short_one_nothing_is_exported(
    session: Session, vault: VaultInTest, tmp_path: Path
) -> None:
    keys.create_key(session, "papers", spec=P256)
    with pytest.raises(SecretMissing):
        exporting.export_key(session, "papers", str(tmp_path / "out"))
    vault.prompt.answers[SecretKind.NEW_PASSPHRASE] = "short"
    with pytest.raises(SecretTooWeak):
        exporting.export_key(session, "papers", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()
    assert last_entry(session).outcome is Outcome.FAILED


def test_a_disabled_key_is_not_exported(session: Session, tmp_path: Path) -> None:
    keys.create_key(session, "papers", spec=AES)
    keys.disable_key(session, "papers")
    with pytest.raises(KeyStateRefused):
        exporting.export_key(session, "papers", str(tmp_path / "out"), plain=True)
    assert not (tmp_path / "out").exists()


def test_a_key_made_on_a_token_has_no_material_here_and_cannot_be_exported(
    session: Session, vault: VaultInTest, tmp_path: Path
) -> None:
    vault.prompt.answers |= {SecretKind.PIN: PIN, SecretKind.TOKEN_PIN: PIN}
    token = tokens.init_software(vault.workplace, "card")
    made = keys.create_key(session, "signing", spec=P256, protection=Protection.TOKEN, token=token.label)
    assert (made.origin, made.protection) == (Origin.TOKEN, Protection.TOKEN)
    (version,) = keys.versions(session, made)
    assert version.material is None
    assert version.public_key in {key.public_key for key in tokens.token_keys(vault.workplace, token.label)}
    assert vault.prompt.asked[-1].kind is SecretKind.TOKEN_PIN
    assert token.label in vault.prompt.confirmed[-1]
    done, allowed = list_entries(session, 2)
    assert (done.operation, done.of, done.details["token"]) == ("CreateKey", allowed.sequence, token.label)
    with pytest.raises(KeyNotExportable):
        exporting.export_key(session, "signing", str(tmp_path / "out"), plain=True)


def test_without_consent_no_key_is_made_on_a_token(session: Session, vault: VaultInTest) -> None:
    vault.prompt.answers[SecretKind.PIN] = PIN
    token = tokens.init_software(vault.workplace, "card")
    vault.prompt.yes = False
    before = len(tokens.token_keys(vault.workplace, token.label))
    with pytest.raises(ConfirmationMissing):
        keys.create_key(session, "signing", spec=P256, protection=Protection.TOKEN, token=token.label)
    assert len(tokens.token_keys(vault.workplace, token.label)) == before
    assert keys.list_keys(session) == ()


def test_a_wrong_pin_makes_nothing(session: Session, vault: VaultInTest) -> None:
    vault.prompt.answers |= {SecretKind.PIN: PIN, SecretKind.TOKEN_PIN: "000000"}
    token = tokens.init_software(vault.workplace, "card")
    with pytest.raises(PinIncorrect):
        keys.create_key(session, "signing", spec=P256, protection=Protection.TOKEN, token=token.label)
    assert keys.list_keys(session) == ()


def test_a_symmetric_key_and_a_token_without_name_are_no_token_keys(session: Session) -> None:
    for spec, protection, token in (
        (AES, Protection.TOKEN, "card"),
        (P256, Protection.TOKEN, None),
        (P256, Protection.VAULT, "card"),
    ):
        with pytest.raises(UsageError):
            keys.create_key(session, "signing", spec=spec, protection=protection, token=token)
