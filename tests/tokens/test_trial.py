"""What a try on the token proves: yes, no, or nothing at all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from signet import errors
from signet.secret import Secret
from signet.services.ways import TokenPresenter
from signet.tokens.model import TokenKey, TokenKeyUsage
from signet.tokens.session import TokenSession
from signet.tokens.trial import prove_signing, try_schemes
from support.headers import make_header, make_method

from .conftest import KEYS, PIN, key_of

CANNOT = ["0x00000068", "FunctionNotSupported", "KeyTypeInconsistent", "MechanismInvalid", "MechanismParamInvalid"]
MAY_STILL = ["GeneralError", "FunctionFailed", "OperationActive", "HostMemory", "0x80000001", "SessionCount"]
SIGNING = [label for label, (_, usage) in KEYS.items() if usage is TokenKeyUsage.SIGN]


def failed(code: str) -> errors.TokenOperationFailed:
    return errors.TokenOperationFailed(operation="sign", code=code)


class Signing:
    """Stands in for `TokenSession.sign`: fails for some keys, signs with the others, and counts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: errors.SignetError, *labels: str) -> None:
        self.asked: list[str] = []
        real = TokenSession.sign

        def sign(session: TokenSession, key: TokenKey, *given: object, **named: object) -> bytes:
            self.asked.append(key.label)
            if not labels or key.label in labels:
                raise error
            return real(session, key, *given, **named)  # type: ignore[arg-type]

        monkeypatch.setattr(TokenSession, "sign", sign)


@pytest.mark.parametrize("code", CANNOT)
def test_what_the_token_can_never_do_is_a_no(
    session: TokenSession, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    key = key_of(session, "p256-sign")
    Signing(monkeypatch, failed(code))
    assert prove_signing(session, key) is False


@pytest.mark.parametrize(
    "error",
    [
        *(failed(code) for code in MAY_STILL),
        errors.TokenRemoved(),
        errors.TokenLoginLost(),
        errors.ModuleCrashed(module="m"),
        errors.PinIncorrect(token="t", attempts_left=None, final_try=True),
        errors.Cancelled(),
    ],
    ids=str,
)
def test_a_try_that_failed_proves_nothing(
    session: TokenSession, monkeypatch: pytest.MonkeyPatch, error: errors.SignetError
) -> None:
    key = key_of(session, "p256-sign")
    Signing(monkeypatch, error)
    with pytest.raises(type(error)):
        prove_signing(session, key)


def test_a_key_too_short_for_what_is_tried_is_reported(session: TokenSession) -> None:
    short = rsa.RSAPublicNumbers(65537, (1 << 511) + 111).public_key()
    spki = short.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    key = replace(key_of(session, "rsa2048"), public_key=spki, spec="RSA_512")
    assert not any(trial.worked for trial in try_schemes(session, key)[:2])


# A way in on a token


@pytest.fixture
def presenter(session: TokenSession) -> TokenPresenter:
    return TokenPresenter(session, key_of(session, "p256").public_key, Secret(PIN))


def test_a_missed_touch_is_not_taken_for_a_token_that_cannot_sign(
    presenter: TokenPresenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    header, method = make_header(), make_method(attestation=b"")
    Signing(monkeypatch, failed("FunctionFailed"))
    with pytest.raises(errors.TokenOperationFailed):
        presenter.attest(method, header)
    with pytest.raises(errors.TokenOperationFailed):
        presenter.vouches(method, header)


def test_a_missed_touch_does_not_call_an_attestation_forged(
    presenter: TokenPresenter, session: TokenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    header, method = make_header(), make_method(attestation=b"")
    attested = replace(method, attestation=presenter.attest(method, header))
    assert presenter.vouches(attested, header)
    Signing(monkeypatch, failed("FunctionFailed"))
    with pytest.raises(errors.TokenOperationFailed):
        presenter.vouches(attested, header)


def test_another_key_that_signs_is_enough(presenter: TokenPresenter, monkeypatch: pytest.MonkeyPatch) -> None:
    header, method = make_header(), make_method(attestation=b"")
    signing = Signing(monkeypatch, failed("FunctionFailed"), *SIGNING[1:])
    assert presenter.attest(method, header)
    with pytest.raises(errors.AttestationMissing):
        presenter.vouches(method, header)
    assert SIGNING[0] in signing.asked


@pytest.mark.parametrize(
    "error", [errors.TokenRemoved(), errors.PinIncorrect(token="t", attempts_left=None, final_try=True)], ids=str
)
def test_after_a_wrong_pin_or_a_removed_token_no_other_key_is_tried(
    presenter: TokenPresenter, monkeypatch: pytest.MonkeyPatch, error: errors.SignetError
) -> None:
    signing = Signing(monkeypatch, error)
    with pytest.raises(type(error)):
        presenter.attest(make_method(attestation=b""), make_header())
    assert len(signing.asked) == 1


def test_a_token_that_can_never_sign_does_not_attest(
    presenter: TokenPresenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    header, method = make_header(), make_method(attestation=b"")
    Signing(monkeypatch, failed("MechanismInvalid"))
    assert presenter.attest(method, header) == b""
    assert presenter.vouches(method, header) is False


def test_the_pin_goes_even_if_logging_out_fails(session: TokenSession, monkeypatch: pytest.MonkeyPatch) -> None:
    pin = Secret(PIN)
    presenter = TokenPresenter(session, key_of(session, "p256").public_key, pin)

    def close(self: TokenSession) -> None:
        raise RuntimeError("a bug on the way out")

    monkeypatch.setattr(TokenSession, "close", close)
    with pytest.raises(RuntimeError):
        presenter.close()
    monkeypatch.undo()
    assert bytes(pin.reveal()) == bytes(len(PIN))
