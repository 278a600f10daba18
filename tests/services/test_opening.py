"""Opening: what does not fit is refused, each with its own sentence, and nothing has changed then."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from signet.crypto.identity import fingerprint, generate_identity
from signet.errors import (
    AttestationInvalid,
    AttestationMissing,
    DatabaseDamaged,
    HeaderDamaged,
    HeaderForged,
    HeaderMismatch,
    PinsDamaged,
    SecretIncorrect,
    SignetError,
    TokenNotFound,
    UnlockMethodNotFound,
    VaultForeign,
    VaultNewer,
    VaultNotFound,
    VaultRolledBack,
)
from signet.formats.header import MethodKind, Scheme, UnlockMethod
from signet.services.enrolment import NewRecoveryCode
from signet.services.header_change import open_identity
from signet.services.methods import add_method
from signet.services.opening import open_vault
from signet.services.pinning import PinCheck
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind
from support.clock import SettableClock
from support.vaults import VaultInTest, make_vault, resigned

Fields = dict[str, object]


def method_fields(fields: Fields) -> Fields:
    methods = fields["methods"]
    assert isinstance(methods, list)
    first = methods[0]
    assert isinstance(first, dict)
    return first


def other_base64(text: object) -> str:
    data = bytearray(base64.b64decode(str(text)))
    data[-1] ^= 1
    return base64.b64encode(data).decode()


def of_method(name: str, value: Callable[[object], object]) -> Callable[[Fields], None]:
    def change(fields: Fields) -> None:
        method = method_fields(fields)
        method[name] = value(method[name])

    return change


def of_header(name: str, value: Callable[[object], object]) -> Callable[[Fields], None]:
    def change(fields: Fields) -> None:
        fields[name] = value(fields[name])

    return change


def without_identity(fields: Fields) -> None:
    del fields["identity"]


UUID = "00000000-0000-4000-8000-000000000000"

CHANGES: dict[str, tuple[Callable[[Fields], None], type[SignetError]]] = {
    "format": (of_header("format", lambda _: "signet-safe"), HeaderDamaged),
    "version, newer": (of_header("version", lambda _: 2), VaultNewer),
    "version, never": (of_header("version", lambda _: 0), HeaderDamaged),
    "vault_id": (of_header("vault_id", lambda _: UUID), HeaderForged),
    "generation": (of_header("generation", lambda _: 2), HeaderForged),
    "generation, none": (of_header("generation", lambda _: 0), HeaderDamaged),
    "database": (of_header("database", lambda _: "vault-0000000000000000.db"), HeaderForged),
    "database, a path": (of_header("database", lambda _: "../vault.db"), HeaderDamaged),
    "identity": (of_header("identity", other_base64), HeaderForged),
    "signature": (of_header("signature", other_base64), HeaderForged),
    "no methods": (of_header("methods", lambda _: []), HeaderDamaged),
    "a field more": (lambda fields: fields.update(note="x"), HeaderDamaged),
    "a field less": (without_identity, HeaderDamaged),
    "method id": (of_method("id", lambda _: UUID), HeaderForged),
    "method kind": (of_method("kind", lambda _: "passphrase"), HeaderDamaged),
    "method scheme": (of_method("scheme", lambda _: "ecdh-x"), HeaderDamaged),
    "method label": (of_method("label", lambda _: "Mine"), HeaderForged),
    "method created": (of_method("created", lambda _: "2020-01-01T00:00:00Z"), HeaderForged),
    "method public key": (of_method("public_key", other_base64), HeaderForged),
    "method parameters": (of_method("parameters", lambda _: {"salt": "x"}), HeaderDamaged),
    "method wrapped key": (of_method("wrapped_key", other_base64), HeaderForged),
    "method attestation": (of_method("attestation", other_base64), HeaderForged),
    "method hint": (lambda fields: method_fields(fields).update(hint={"model": "", "serial": ""}), HeaderDamaged),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_header_field_is_refused_before_any_secret_is_asked_for(vault: VaultInTest, name: str) -> None:
    change, error = CHANGES[name]
    vault.change_field(change)
    with pytest.raises(error):
        vault.open()
    assert vault.prompt.asked == []


def test_the_same_changes_signed_by_a_stranger_are_refused_by_the_pin(vault: VaultInTest) -> None:
    identity, public = generate_identity()
    vault.write_header(resigned(replace(vault.header, identity=public), identity))
    with pytest.raises(VaultForeign) as caught:
        vault.open()
    assert fingerprint(public) in caught.value.message
    assert vault.prompt.asked == []


def test_without_a_pin_a_strangers_identity_is_refused_by_the_attestation(vault: VaultInTest) -> None:
    identity, public = generate_identity()
    vault.write_header(resigned(replace(vault.header, identity=public), identity))
    vault.forget_pins()
    with pytest.raises(AttestationInvalid):
        vault.open()


def signed_by_own_identity(vault: VaultInTest, change: Callable[[UnlockMethod], UnlockMethod]) -> None:
    """Even one who has the identity key cannot change a way in: it is bound to the wrapped key."""
    with vault.open() as session, open_identity(session) as identity:
        header = session.header
        methods = (change(header.methods[0]), *header.methods[1:])
        vault.write_header(resigned(replace(header, methods=methods), identity))


def test_a_missing_attestation_stops_the_unlock(vault: VaultInTest) -> None:
    signed_by_own_identity(vault, lambda method: replace(method, attestation=b""))
    with pytest.raises(AttestationMissing):
        vault.open()


def test_a_way_in_under_another_id_is_refused(vault: VaultInTest) -> None:
    signed_by_own_identity(vault, lambda method: replace(method, id=UUID))
    with pytest.raises(AttestationInvalid):
        vault.open()


def test_a_way_in_copied_from_another_vault_is_refused(
    tmp_path: Path, clock: SettableClock, vault: VaultInTest
) -> None:
    other = make_vault(tmp_path, clock, name="other")
    copied = other.header.methods[0]
    signed_by_own_identity(vault, lambda _: copied)
    vault.prompt.answers[SecretKind.RECOVERY_CODE] = other.prompt.answers[SecretKind.RECOVERY_CODE]
    # The code's key pair hangs on the vault's id, so the copied public key is not even recognised.
    with pytest.raises(SecretIncorrect):
        vault.open()


def test_another_vault_in_place_of_ones_own_is_refused(
    tmp_path: Path, clock: SettableClock, vault: VaultInTest
) -> None:
    """Somebody else's vault with this vault's id: everything in it fits together, only the pin knows."""
    other = make_vault(tmp_path, clock, name="other")
    with other.open() as session, open_identity(session) as identity:
        forged = resigned(replace(session.header, vault_id=vault.header.vault_id), identity)
    shutil.rmtree(vault.path)
    shutil.copytree(other.path, vault.path)
    vault.write_header(forged)
    with pytest.raises(VaultForeign):
        vault.open()


def test_a_foreign_code_does_not_open(tmp_path: Path, clock: SettableClock, vault: VaultInTest) -> None:
    other = make_vault(tmp_path, clock, name="other")
    vault.prompt.answers[SecretKind.RECOVERY_CODE] = other.prompt.answers[SecretKind.RECOVERY_CODE]
    with pytest.raises(SecretIncorrect):
        vault.open()


def add_code(vault: VaultInTest, name: str) -> None:
    with vault.open(administer=True) as session:
        add_method(session, NewRecoveryCode(str(vault.path.parent / name)))


def test_an_old_header_with_a_newer_database_is_refused(vault: VaultInTest) -> None:
    old = vault.header
    add_code(vault, "second.code")
    vault.write_header(old)
    with pytest.raises(VaultRolledBack) as caught:
        vault.open()
    assert "generation 2" in caught.value.message
    vault.forget_pins()
    with pytest.raises(HeaderMismatch):
        vault.open()


def test_a_newer_header_with_an_old_database_is_refused(vault: VaultInTest) -> None:
    with vault.open():
        pass
    database = vault.path / vault.header.database
    old = database.read_bytes()
    add_code(vault, "second.code")
    database.write_bytes(old)
    with pytest.raises(VaultRolledBack):
        vault.open()
    vault.forget_pins()
    with pytest.raises(HeaderMismatch):
        vault.open()


def test_a_whole_folder_put_back_is_found_by_the_pins(vault: VaultInTest) -> None:
    copy = vault.path.parent / "copy"
    shutil.copytree(vault.path, copy)
    with vault.open():
        pass
    shutil.rmtree(vault.path)
    shutil.copytree(copy, vault.path)
    with pytest.raises(VaultRolledBack) as caught:
        vault.open()
    assert "2026-11-22" in caught.value.message


def test_without_a_pin_an_attested_way_in_opens_pins_and_says_so(vault: VaultInTest) -> None:
    vault.forget_pins()
    with vault.open() as session:
        assert session.workplace.pins.read(session.vault_id) is not None
    assert fingerprint(vault.header.identity) in vault.prompt.notes[-1]


def test_damaged_pins_are_not_taken_for_none(vault: VaultInTest) -> None:
    for file in Path(vault.workplace.places.pins).glob("*.json"):
        file.write_text("{}")
    with pytest.raises(PinsDamaged):
        vault.open()


@pytest.mark.parametrize("damage", [b"", b"{", b"\x00" * 100, b"[]", b'{"format":"signet-vault"}'])
def test_a_damaged_header_is_replaced_by_its_copy(vault: VaultInTest, damage: bytes) -> None:
    good = (vault.path / "header.json").read_bytes()
    (vault.path / "header.json").write_bytes(damage)
    with vault.open():
        pass
    assert (vault.path / "header.json").read_bytes() == good


def test_a_missing_header_is_replaced_by_its_copy(vault: VaultInTest) -> None:
    (vault.path / "header.json").unlink()
    with vault.open():
        pass
    assert (vault.path / "header.json").exists()


def test_a_damaged_copy_is_repaired(vault: VaultInTest) -> None:
    (vault.path / "header.copy.json").write_bytes(b"rubbish")
    with vault.open():
        pass
    assert (vault.path / "header.copy.json").read_bytes() == (vault.path / "header.json").read_bytes()


def test_header_and_copy_damaged_is_a_damaged_header(vault: VaultInTest) -> None:
    for name in ("header.json", "header.copy.json"):
        (vault.path / name).write_bytes(b"rubbish")
    with pytest.raises(HeaderDamaged):
        vault.open()


def test_no_vault_there_leaves_nothing_there(vault: VaultInTest, tmp_path: Path) -> None:
    empty = tmp_path / "empty.signet"
    empty.mkdir()
    for path in (empty, tmp_path / "none.signet"):
        with pytest.raises(VaultNotFound):
            open_vault(vault.workplace, str(path))
    assert list(empty.iterdir()) == []


def test_a_missing_database_is_said(vault: VaultInTest) -> None:
    (vault.path / vault.header.database).unlink()
    with pytest.raises(DatabaseDamaged):
        vault.open()
    assert not (vault.path / vault.header.database).exists()


def test_an_unnamed_database_is_deleted_once_the_named_one_was_accepted(vault: VaultInTest) -> None:
    stray = vault.path / "vault-00000000000000AA.db"
    stray.write_bytes(b"a killed new master key left this")
    with pytest.raises(SecretIncorrect):
        open_wrongly(vault)
    assert stray.exists()
    with vault.open():
        pass
    assert not stray.exists()


def open_wrongly(vault: VaultInTest) -> None:
    right = vault.prompt.answers[SecretKind.RECOVERY_CODE]
    vault.prompt.answers[SecretKind.RECOVERY_CODE] = "0000-0000-0000-0000-0000-0000-0000-0000-39AQ"
    try:
        vault.open()
    finally:
        vault.prompt.answers[SecretKind.RECOVERY_CODE] = right


def test_an_unknown_way_in_is_said(vault: VaultInTest) -> None:
    with pytest.raises(UnlockMethodNotFound):
        open_vault(vault.workplace, str(vault.path), selection=Selection(method_id=UUID))


def test_a_drill_neither_writes_nor_pins(vault: VaultInTest) -> None:
    with vault.open() as session, session.records.read() as reading:
        before = reading.audit.head()
    vault.forget_pins()
    with vault.open(pins=PinCheck.IGNORE) as session:
        with session.records.read() as reading:
            assert reading.audit.head() == before
        assert session.workplace.pins.read(session.vault_id) is None


def test_a_vault_with_tokens_only_names_the_missing_token(vault: VaultInTest) -> None:
    with vault.open() as session, open_identity(session) as identity:
        method = session.header.methods[0]
        key = ec.generate_private_key(ec.SECP256R1()).public_key()
        token = replace(
            method,
            kind=MethodKind.TOKEN,
            scheme=Scheme.ECDH_X,
            label="Blue card",
            public_key=key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        )
        vault.write_header(resigned(replace(session.header, methods=(token,)), identity))
    with pytest.raises(TokenNotFound) as caught:
        open_vault(vault.workplace, str(vault.path))
    assert "Blue card" in caught.value.message
