"""One vault and every kind of way in: each opens it, and what was taken out opens nothing that came after."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from signet import errors
from signet.crypto import typed
from signet.crypto.typed import MIN_MEMORY_KIB, PassphraseCost
from signet.formats.header import MethodKind, Scheme, UnlockMethod
from signet.keys.spec import KeySpec
from signet.secret import Secret
from signet.services import tokens
from signet.services.creation import create_vault
from signet.services.enrolment import NewMethod, NewPassphrase, NewRecoveryCode, NewRecoveryShares, NewToken
from signet.services.keys import create_key, list_keys
from signet.services.methods import add_method, remove_method
from signet.services.opening import open_vault
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind
from signet.services.workplace import Workplace
from signet.tokens.hub import TokenHub
from signet.tokens.model import TokenKeyUsage
from support import tpm
from support.card.piv import PIN
from support.prompt import ScriptedPrompt

from .conftest import Desk

SOFT_PIN, PASSPHRASE = "canary-soft-1", "correct horse battery"


def forget_pins(workplace: Workplace) -> None:
    for file in Path(workplace.places.pins).iterdir():
        file.unlink()


def test_every_way_opens_and_what_was_taken_out_opens_nothing_newer(
    ykcs11: Desk,
    any_workplace: Workplace,
    prompt: ScriptedPrompt,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    workplace, path, old = any_workplace, tmp_path / "v.signet", tmp_path / "old.signet"
    monkeypatch.setattr(typed, "calibrate", lambda: PassphraseCost(os.urandom(16), MIN_MEMORY_KIB))
    secrets: dict[str, tuple[SecretKind, list[str]]] = {}
    methods: dict[str, UnlockMethod] = {}

    def opens(name: str, at: Path = path) -> list[str]:
        kind, answers = secrets[name]
        prompt.series[kind] = list(answers)
        with open_vault(workplace, str(at), selection=Selection(method_id=methods[name].id)) as session:
            assert session.method.public_key == methods[name].public_key
            return [key.alias for key in list_keys(session)]

    def add(name: str, new: NewMethod, kind: SecretKind, *answers: str) -> None:
        secrets[name] = (kind, list(answers))
        prompt.answers[SecretKind.RECOVERY_CODE] = secrets["code"][1][0]
        with open_vault(workplace, str(path), selection=Selection(recovery=True), administer=True) as session:
            methods[name] = add_method(session, new)
            if isinstance(new, NewRecoveryShares):
                secrets[name] = (kind, [Path(file).read_text() for file in new.files[1:]])

    with tpm.tpm_with_token() as machine:
        for variable, value in machine.environment.items():
            monkeypatch.setenv(variable, value)
        with TokenHub([tpm.tpm_module()]) as hub:
            with hub.login(hub.tokens()[0], Secret.from_text(tpm.PIN)) as login:
                login.generate(spec=KeySpec.RSA_2048, label="both", usage=TokenKeyUsage.DECRYPT)
        prompt.answers[SecretKind.PIN] = SOFT_PIN
        soft = tokens.init_software(workplace)
        code = tmp_path / "code"
        created = create_vault(workplace, str(path), [NewRecoveryCode(str(code))])
        methods["code"], secrets["code"] = created.methods[0], (SecretKind.RECOVERY_CODE, [code.read_text()])

        rsa_card = ykcs11.insert(ykcs11.keys.with_rsa, number=1)
        (rsa,) = (token for token in workplace.hub.tokens() if "ykcs11" in token.module)
        prompt.answers[SecretKind.NEW_PIN] = PIN
        add("rsa card", NewToken(rsa.serial), SecretKind.PIN, PIN)
        ec_card = ykcs11.insert(ykcs11.keys.elliptic, number=2)
        (ec,) = (token for token in workplace.hub.tokens() if "ykcs11" in token.module)
        add("ec card", NewToken(ec.serial), SecretKind.PIN, PIN)
        prompt.answers[SecretKind.NEW_PIN] = SOFT_PIN
        add("softhsm", NewToken(soft.serial), SecretKind.PIN, SOFT_PIN)
        prompt.answers[SecretKind.NEW_PIN] = tpm.PIN
        add("tpm", NewToken(tpm.LABEL), SecretKind.PIN, tpm.PIN)
        prompt.answers[SecretKind.NEW_PASSPHRASE] = PASSPHRASE
        add("passphrase", NewPassphrase(), SecretKind.PASSPHRASE, PASSPHRASE)
        add("shares", NewRecoveryShares(2, 3, str(tmp_path / "sheets")), SecretKind.RECOVERY_SHARE)

        schemes = {name: method.scheme for name, method in methods.items() if method.kind is MethodKind.TOKEN}
        assert schemes == {
            "rsa card": Scheme.RSA_OAEP_SHA256,
            "ec card": Scheme.ECDH_X,
            "softhsm": Scheme.ECDH_X,
            "tpm": Scheme.RSA_OAEP_SHA256,
        }
        assert all(method.attestation for method in methods.values())
        ykcs11.reader.insert(rsa_card)
        assert opens("rsa card") == []

        # The card is lost; somebody has it, its PIN, and a copy of the vault from before.
        shutil.copytree(path, old)
        prompt.series.clear()
        with open_vault(workplace, str(path), selection=Selection(recovery=True), administer=True) as session:
            remove_method(session, methods["rsa card"].id)
            create_key(session, "newer", spec=KeySpec.SYMMETRIC_DEFAULT)
        with pytest.raises(errors.UnlockMethodNotFound):
            opens("rsa card")
        with pytest.raises(errors.VaultRolledBack):
            opens("rsa card", old)
        for header, data, name in ((old, path, "rsa card"), (path, old, "code")):
            mixed = tmp_path / f"{name}.signet"
            shutil.copytree(header, mixed)
            shutil.copyfile(next(data.glob("vault-*.db")), next(mixed.glob("vault-*.db")))
            forget_pins(workplace)
            with pytest.raises(errors.DatabaseDamaged):
                opens(name, mixed)
        forget_pins(workplace)
        # With nothing that remembers, the copy opens by the card as it did, and shows what it held then, no more.
        assert opens("rsa card", old) == []
        forget_pins(workplace)
        for name in methods:
            if name not in ("rsa card", "ec card"):
                assert opens(name) == ["newer"]
        ykcs11.reader.insert(ec_card)
        assert opens("ec card") == ["newer"]
