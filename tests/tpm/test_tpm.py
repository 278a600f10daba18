"""A TPM as a card: found, tested, enrolled; wrong PINs, its lock-out, and a TPM that goes away under way."""

from __future__ import annotations

from pathlib import Path

import pytest

from signet import errors
from signet.formats.header import Scheme
from signet.keys.spec import KeySpec
from signet.secret import Secret
from signet.services import adopting, tokens
from signet.services.creation import create_vault
from signet.services.enrolment import NewToken
from signet.services.opening import open_vault
from signet.services.prompt import SecretKind
from signet.services.signing import sign_files, verify_file
from signet.services.token_making import Order, Purpose, make_key
from signet.services.token_pins import change_pin, pin_outlook, unblock
from signet.services.verdicts import Verdict
from signet.services.workplace import Workplace
from signet.tokens.hub import TokenHub
from signet.tokens.model import Scheme as TokenScheme
from signet.tokens.model import Token, TokenKey
from signet.tokens.modules import find_modules
from support.prompt import ScriptedPrompt
from support.tpm import LABEL, PIN, SO_PIN, SoftwareTpm, tpm_module, tpm_with_token


def only(workplace: Workplace) -> Token:
    (token,) = workplace.hub.tokens()
    return token


def test_the_module_is_found_and_shows_the_token_and_no_blank_one(tpm: SoftwareTpm, workplace: Workplace) -> None:
    assert tpm_module() in find_modules(chosen=None, configured=())
    token = only(workplace)
    assert (token.label, token.initialised, token.module) == (LABEL, True, tpm_module())


def test_the_trial_finds_what_the_key_does(workplace: Workplace, made: TokenKey) -> None:
    report = tokens.test_token(workplace, LABEL)
    assert report.stopped is None
    (tried,) = report.keys
    assert (tried.key.public_key, tried.key.on_token, tried.signs) == (made.public_key, True, True)
    assert tried.best is not None
    assert (tried.best.scheme, tried.best.raw) == (TokenScheme.RSA_OAEP_SHA256, False)


def test_it_opens_vouches_and_signs(workplace: Workplace, made: TokenKey, tmp_path: Path) -> None:
    path, file = str(tmp_path / "v.signet"), tmp_path / "letter"
    file.write_text("text")
    (method,) = create_vault(workplace, path, [NewToken(LABEL)]).methods
    assert (method.scheme, method.public_key) == (Scheme.RSA_OAEP_SHA256, made.public_key)
    assert method.attestation
    with open_vault(workplace, path) as session:
        session.proven()
        adopting.adopt(session, LABEL, made.id.hex(), "mine")
        assert [item.status for item in sign_files(session, [str(file)], key="mine")] == ["done"]
        assert verify_file(str(file), session=session).verdict is Verdict.VALID


def test_gone_under_way_it_is_said_and_once_it_is_back_the_vault_opens(
    tpm: SoftwareTpm, workplace: Workplace, made: TokenKey, prompt: ScriptedPrompt, tmp_path: Path
) -> None:
    path = str(tmp_path / "v.signet")
    create_vault(workplace, path, [NewToken(LABEL)])
    with workplace.hub.login(only(workplace), Secret.from_text(PIN)) as session:
        tpm.stop()
        with pytest.raises(errors.TokenOperationFailed):
            session.decrypt(made, bytes(256), scheme=TokenScheme.RSA_OAEP_SHA256, raw=False)
    with pytest.raises(errors.TokenError):
        open_vault(workplace, path)
    tpm.start()
    with open_vault(workplace, path) as session:
        assert session.method.public_key == made.public_key


def test_wrong_pins_are_said_and_then_the_tpm_locks_itself() -> None:
    with tpm_with_token() as fresh, TokenHub([tpm_module()], environment=fresh.environment) as hub:
        (token,) = hub.tokens()
        with pytest.raises(errors.PinIncorrect):
            hub.login(token, Secret.from_text("0000"))
        hub.login(token, Secret.from_text(PIN)).close()
        for refusal in (errors.PinIncorrect, errors.PinIncorrect, errors.PinLocked):
            with pytest.raises(refusal):
                hub.login(token, Secret.from_text("0000"))


def test_a_key_is_made_that_the_tpm_can_use(workplace: Workplace, made: TokenKey) -> None:
    signing = make_key(workplace, only(workplace), Order(Purpose.SIGN))
    assert (signing.key.spec, signing.report.signs) == (KeySpec.ECC_NIST_P256, True)
    with pytest.raises(errors.TokenPlaceTaken):
        make_key(workplace, only(workplace), Order(Purpose.UNLOCK, place=made.id.hex()))
    opening = make_key(workplace, only(workplace), Order(Purpose.UNLOCK))
    assert (opening.key.spec, opening.report.unlocks) == (KeySpec.RSA_2048, True)


def test_its_pin_is_changed_and_set_anew_by_the_so_pin(workplace: Workplace, prompt: ScriptedPrompt) -> None:
    token = only(workplace)
    outlook = pin_outlook(workplace, token)
    assert (outlook.word, outlook.rule, outlook.refusal) == ("SO PIN", "at most 128 characters", None)
    prompt.answers |= {SecretKind.NEW_PIN: "another-1", SecretKind.PUK: SO_PIN}
    change_pin(workplace, token)
    workplace.hub.login(token, Secret.from_text("another-1")).close()
    prompt.answers[SecretKind.NEW_PIN] = PIN
    unblock(workplace, token)
    workplace.hub.login(token, Secret.from_text(PIN)).close()
