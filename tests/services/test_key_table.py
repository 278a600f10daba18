"""The table of states and deeds, cell by cell through the services: what it says is what happens."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from signet.audit.entry import Draft, Outcome
from signet.errors import ConfirmationMissing, KeyGuardNotFound, KeyStateRefused, SignatureInvalid
from signet.keys.deletion import KeyDeletion
from signet.keys.model import Key
from signet.keys.spec import KeySpec, Protection
from signet.keys.state import Act, Answer, Deed, KeyState, Operation, answer, deeds
from signet.services import (
    certificates,
    certificates_import,
    data_keys,
    deletion,
    exporting,
    files,
    guards,
    key_names,
    key_states,
    keys,
    macs,
    policies,
    rotation,
    sending,
    shared_secrets,
    tokens,
)
from signet.services.audit import list_entries, verify_log
from signet.services.enrolment import NewRecoveryCode, NewToken
from signet.services.methods import add_method
from signet.services.prompt import SecretKind
from signet.services.session import Session
from signet.services.signing import Verdict, sign_files, verify_file
from support.clock import SettableClock
from support.key_certificates import certificate_over
from support.transfer import write_request
from support.vaults import VaultInTest, make_vault

STORED = [state for state in KeyState if state is not KeyState.UNAVAILABLE]
PIN = "648219"
TEXT = b"what it says"


class Desk:
    """A session with files to work on; each deed is prepared while the key is enabled, and then done."""

    def __init__(self, session: Session, folder: Path) -> None:
        self.session = session
        self.folder = folder

    def file(self) -> str:
        path = self.folder / f"{uuid.uuid4()}.txt"
        path.write_bytes(TEXT)
        return str(path)

    def encrypted(self, key: Key) -> str:
        (item,) = files.encrypt_files(self.session, [self.file()], key=key.id)
        return str(item.output)

    def decrypt(self, _: Key, message: str) -> None:
        self._came(files.decrypt_files(self.session, [message], overwrite=True))

    def re_encrypt(self, _: Key, message: str) -> None:
        self._came(files.re_encrypt_files(self.session, [message]))

    def signed(self, key: Key) -> str:
        path = self.file()
        self._came(sign_files(self.session, [path], key=key.id))
        return path

    def verify(self, key: Key, path: str) -> None:
        verdict = verify_file(path, session=self.session).verdict
        (last, *_) = list_entries(self.session, 1)
        if verdict is Verdict.UNKNOWN and last.details.get("error") == KeyStateRefused.__name__:
            raise KeyStateRefused(key=key.alias, state="", operation="")
        if verdict is not Verdict.VALID:
            raise SignatureInvalid

    def second_name(self, key: Key) -> str:
        name = f"second-{key.id}"
        key_names.add_alias(self.session, key.id, name)
        return name

    def certificate(self, key: Key) -> str:
        came = certificate_over(self.session, key.id)
        return certificates_import.import_certificate(self.session, key.id, came).newest.fingerprint

    def other_key(self, key: Key) -> str:
        other = keys.create_key(self.session, f"other-{key.id}", spec=key.spec)
        return other.alias

    def _came(self, items: tuple[files.Item, ...]) -> None:
        for item in items:
            if item.error is not None:
                raise item.error


def nothing(_: Desk, __: Key) -> None:
    return None


def move(act: Act) -> Callable[[Desk, Key, Any], object]:
    return lambda desk, key, _: key_states.move_key(desk.session, key.id, act)


def guard(change: Callable[[Session, str, str], Key], place: int) -> Callable[[Desk, Key, Any], object]:
    """Add or remove one of the vault's three recovery codes; the first two guard every guarded key."""
    return lambda desk, key, _: change(desk.session, key.id, desk.session.header.methods[place].id)


Doing = tuple[KeySpec, Callable[[Desk, Key], Any], Callable[[Desk, Key, Any], object]]
AES, SIGNS, MAC = KeySpec.SYMMETRIC_DEFAULT, KeySpec.ECC_NIST_EDWARDS25519, KeySpec.HMAC_256
KEM, CERTIFIED = KeySpec.ML_KEM_768, KeySpec.ECC_NIST_P256

DOINGS: dict[Deed, Doing] = {
    Operation.ENCRYPT: (AES, nothing, lambda desk, key, _: desk.encrypted(key)),
    Operation.DECRYPT: (AES, Desk.encrypted, Desk.decrypt),
    Operation.RE_ENCRYPT: (AES, Desk.encrypted, Desk.re_encrypt),
    Operation.GENERATE_DATA_KEY: (AES, nothing, lambda d, k, _: data_keys.generate_data_key(d.session, key=k.id)),
    Operation.GENERATE_DATA_KEY_WITHOUT_PLAINTEXT: (
        AES,
        nothing,
        lambda desk, key, _: data_keys.generate_data_key(desk.session, key=key.id, with_plaintext=False),
    ),
    Operation.GENERATE_DATA_KEY_PAIR: (
        AES,
        nothing,
        lambda desk, key, _: data_keys.generate_data_key_pair(desk.session, key=key.id, spec=SIGNS),
    ),
    Operation.GENERATE_DATA_KEY_PAIR_WITHOUT_PLAINTEXT: (
        AES,
        nothing,
        lambda desk, key, _: data_keys.generate_data_key_pair(
            desk.session, key=key.id, spec=SIGNS, with_plaintext=False
        ),
    ),
    Operation.SIGN: (SIGNS, nothing, lambda desk, key, _: desk.signed(key)),
    Operation.VERIFY: (SIGNS, Desk.signed, Desk.verify),
    Operation.GENERATE_MAC: (MAC, nothing, lambda d, k, _: macs.generate_mac(d.session, d.file(), key=k.id)),
    Operation.VERIFY_MAC: (
        MAC,
        lambda desk, key: macs.generate_mac(desk.session, desk.file(), key=key.id).code,
        lambda desk, key, code: macs.verify_mac(desk.session, desk.file(), code, key=key.id),
    ),
    Operation.DERIVE_SHARED_SECRET: (
        KeySpec.X25519,
        lambda desk, key: shared_secrets.peer_key(keys.public_key(desk.session, key.id)),
        lambda desk, key, peer: shared_secrets.derive_shared_secret(desk.session, key=key.id, peer=peer),
    ),
    Operation.ENCAPSULATE: (KEM, nothing, lambda d, k, _: shared_secrets.encapsulate(d.session, key=k.id)),
    Operation.DECAPSULATE: (
        KEM,
        lambda desk, key: shared_secrets.encapsulate(desk.session, key=key.id).ciphertext,
        lambda desk, key, sealed: shared_secrets.decapsulate(desk.session, sealed, key=key.id),
    ),
    Operation.EXPORT: (
        AES,
        nothing,
        lambda desk, key, _: exporting.export_key(desk.session, key.id, f"{desk.file()}.key", plain=True),
    ),
    Operation.SEND: (
        AES,
        lambda desk, key: write_request(desk.folder / f"{key.id}.request", desk.session.workplace.clock.now()),
        lambda desk, key, request: sending.send_key(desk.session, key.id, request, f"{request}.parcel"),
    ),
    Act.ENABLE: (AES, nothing, move(Act.ENABLE)),
    Act.DISABLE: (AES, nothing, move(Act.DISABLE)),
    Act.ARCHIVE: (AES, nothing, move(Act.ARCHIVE)),
    Act.UNARCHIVE: (AES, nothing, move(Act.UNARCHIVE)),
    Act.SCHEDULE_DELETION: (AES, nothing, lambda desk, key, _: deletion.schedule_deletion(desk.session, key.id)),
    Act.CANCEL_DELETION: (AES, nothing, lambda desk, key, _: deletion.cancel_deletion(desk.session, key.id)),
    Act.DESTROY: (AES, nothing, lambda d, k, _: deletion.destroy_key(d.session, k.id, typed=k.alias)),
    Act.ROTATE: (AES, nothing, lambda desk, key, _: rotation.rotate_key(desk.session, key.id)),
    Act.PLAN_ROTATION: (AES, nothing, lambda d, key, _: rotation.schedule_rotation(d.session, key.id, 90)),
    Act.STOP_ROTATION: (AES, nothing, lambda desk, key, _: rotation.stop_rotation(desk.session, key.id)),
    Act.SET_LIMITS: (AES, nothing, lambda d, k, _: policies.change_policy(d.session, k.id, lambda policy: policy)),
    Act.DESCRIBE: (AES, nothing, lambda desk, key, _: key_names.describe_key(desk.session, key.id, "new")),
    Act.TAG: (AES, nothing, lambda desk, key, _: key_names.tag_key(desk.session, key.id, [("year", "2026")])),
    Act.ADD_ALIAS: (AES, nothing, lambda d, k, _: key_names.add_alias(d.session, k.id, f"new-{k.id}")),
    Act.MOVE_ALIAS: (AES, Desk.other_key, lambda d, k, name: key_names.move_alias(d.session, name, k.id)),
    Act.REMOVE_ALIAS: (AES, Desk.second_name, lambda d, _, name: key_names.remove_alias(d.session, name)),
    Act.ADD_GUARD: (AES, nothing, guard(guards.add_guard, 2)),
    Act.REMOVE_GUARD: (AES, nothing, guard(guards.remove_guard, 1)),
    Act.ADD_CERTIFICATE: (
        CERTIFIED,
        lambda desk, key: certificate_over(desk.session, key.id),
        lambda desk, key, came: certificates_import.import_certificate(desk.session, key.id, came),
    ),
    Act.PREFER_CERTIFICATE: (
        CERTIFIED,
        Desk.certificate,
        lambda desk, key, mark: certificates.prefer_certificate(desk.session, key.id, mark),
    ),
    Act.REMOVE_CERTIFICATE: (
        CERTIFIED,
        Desk.certificate,
        lambda desk, key, mark: certificates.remove_certificate(desk.session, key.id, mark),
    ),
}
BEGUN_AS: dict[Deed, str] = {Operation.RE_ENCRYPT: str(Operation.DECRYPT)}
"""What comes first, and may be refused in its place."""
GUARDED = (Act.ADD_GUARD, Act.REMOVE_GUARD)
"""Done with guarded keys."""


def made(desk: Desk, spec: KeySpec, *, guarded: bool) -> Key:
    chosen = [method.id for method in desk.session.header.methods[:2]] if guarded else []
    protection = Protection.GUARDED if guarded else Protection.VAULT
    return keys.create_key(desk.session, f"k-{uuid.uuid4()}", spec=spec, protection=protection, guards=chosen)


def put(session: Session, key: Key, state: KeyState) -> None:
    """Put a key into a state; a deletion's date has come."""
    with session.records.change() as change:
        change.keys.set_state(key.id, state)
        if state is KeyState.PENDING_DELETION:
            change.deletions.insert(KeyDeletion(key.id, "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z"))
        change.append(Draft("Test", Outcome.DONE, key=key.id))


def test_each_deed_is_done_or_refused_in_each_stored_state_as_the_table_says(
    tmp_path: Path, clock: SettableClock
) -> None:
    codes = [NewRecoveryCode(str(tmp_path / name)) for name in ("second", "third")]
    vault = make_vault(tmp_path, clock, more=tuple(codes))
    wrong: list[str] = []
    with vault.open() as session:
        vault.prompt.answers[SecretKind.OTHER_SECRET] = vault.prompt.answers[SecretKind.RECOVERY_CODE]
        desk = Desk(session, tmp_path)
        for deed in deeds():
            if deed is Act.IMPORT:
                continue  # tests/services/test_importing has its cells
            spec, prepare, do = DOINGS[deed]
            for state in STORED:
                key = made(desk, spec, guarded=deed in GUARDED)
                prepared = prepare(desk, key)
                put(session, key, state)
                try:
                    do(desk, key, prepared)
                except KeyStateRefused:
                    found = Answer.NO
                    latest = list_entries(session, 3)
                    names = {str(deed), BEGUN_AS.get(deed)}
                    refused = [each for each in latest if each.outcome is Outcome.REFUSED and each.key == key.id]
                    logged = any(each.operation in names for each in refused)
                    if not logged:
                        wrong.append(f"{deed} in {state}: refused, and the log does not say so")
                else:
                    found = Answer.YES
                if found is not answer(state, deed):
                    wrong.append(f"{deed} in {state}: {found}")
        assert wrong == []
        assert verify_log(session) == ()
    vault.workplace.close()


def test_without_its_card_a_key_waits_and_is_administered_all_the_same(vault: VaultInTest, tmp_path: Path) -> None:
    vault.prompt.answers |= dict.fromkeys((SecretKind.NEW_PIN, SecretKind.TOKEN_PIN, SecretKind.PIN), PIN)
    card = tokens.init_software(vault.workplace)
    with vault.open(administer=True) as session:
        add_method(session, NewToken(card.label))
        desk, prepared = Desk(session, tmp_path), {}
        for deed in Operation:
            spec, prepare, _ = DOINGS[deed]
            prepared[deed] = (key := made(desk, spec, guarded=True)), prepare(desk, key)
        code = session.header.methods[0]
        for key, _ in prepared.values():
            guards.remove_guard(session, key.id, code.id)
        tokens.discard_software(vault.workplace, card)
        away = keys.with_presence_of_tokens(session, keys.list_keys(session))
        assert {key.state for key in away} == {KeyState.UNAVAILABLE}
        for deed, (key, ready) in prepared.items():
            if answer(KeyState.UNAVAILABLE, deed) is Answer.YES:
                DOINGS[deed][2](desk, key, ready)
            else:
                assert answer(KeyState.UNAVAILABLE, deed) is Answer.CARD
                with pytest.raises(KeyGuardNotFound):
                    DOINGS[deed][2](desk, key, ready)
        key = prepared[Operation.ENCRYPT][0]
        key_names.describe_key(session, key.id, "its card is lost")
        vault.prompt.yes = False
        with pytest.raises(ConfirmationMissing):
            deletion.schedule_deletion(session, key.id)
        vault.prompt.yes = True
        assert deletion.schedule_deletion(session, key.id).key.state is KeyState.PENDING_DELETION
    vault.workplace.close()
