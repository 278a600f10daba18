"""What OpenSC's pkcs11-tool makes, Signet uses, and the other way round; keys that want their PIN every time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from signet import errors
from signet.keys.spec import KeySpec, SigningAlgorithm
from signet.secret import Secret
from signet.tokens.hub import TokenHub
from signet.tokens.model import Token, TokenKeyUsage
from signet.tokens.signing import TokenSigningKey
from signet.tokens.software import softhsm_module
from signet.tokens.trial import prove_signing, try_schemes, verify

from .conftest import PIN, SO_PIN, configure, key_of

LABEL = "shared card"


class Card:
    """A token of this test's own, a hub on it, and pkcs11-tool on it."""

    def __init__(self, folder: Path) -> None:
        self.module = softhsm_module(())
        self.environment = configure(folder)
        self.hub = TokenHub([self.module], environment=self.environment)
        self.token: Token = self.hub.initialise(self.module, label=LABEL, pin=Secret(PIN), so_pin=Secret(SO_PIN))

    def tool(self, *arguments: str, login: bool = True) -> str:
        command = ["pkcs11-tool", "--module", self.module, "--token-label", LABEL]
        if login:
            command += ["--login", "--pin", PIN.decode()]
        done = subprocess.run(
            [*command, *arguments], env={**os.environ, **self.environment}, capture_output=True, text=True, check=True
        )
        return done.stdout


@pytest.fixture
def card(tmp_path: Path) -> Iterator[Card]:
    made = Card(tmp_path)
    with made.hub:
        yield made


def make(card: Card, label: str, identifier: str, *more: str) -> None:
    card.tool(
        "--keypairgen", "--key-type", "EC:prime256v1", "--usage-sign", "--id", identifier, "--label", label, *more
    )


def test_a_key_that_wants_its_pin_every_time_gets_it_every_time(card: Card) -> None:
    make(card, "always", "77", "--always-auth")
    with card.hub.login(card.hub.find(LABEL), Secret(PIN)) as session:
        key = key_of(session, "always")
        assert key.always_authenticate
        with pytest.raises(errors.TokenKeyUnusable):
            session.sign(key, b"x", SigningAlgorithm.ECDSA_SHA_256)
        assert not prove_signing(session, key)
        signer = TokenSigningKey(session, key, pin=Secret(PIN))
        for message in (b"one", b"two"):
            verify(
                key.public_key,
                message,
                signer.sign(message, SigningAlgorithm.ECDSA_SHA_256),
                SigningAlgorithm.ECDSA_SHA_256,
            )
        assert prove_signing(session, key, pin=Secret(PIN))
        with pytest.raises(errors.PinIncorrect) as caught:
            session.sign(key, b"x", SigningAlgorithm.ECDSA_SHA_256, pin=Secret(b"wrong"))
        assert caught.value.details["token"] == LABEL
        assert prove_signing(session, key, pin=Secret(PIN))
        assert not any(trial.worked for trial in try_schemes(session, key))


def test_keys_made_elsewhere_are_used(card: Card) -> None:
    make(card, "foreign", "0102")
    card.tool("--keypairgen", "--key-type", "rsa:2048", "--id", "03", "--label", "rsa", "--usage-decrypt")
    with card.hub.login(card.hub.find(LABEL), Secret(PIN)) as session:
        assert key_of(session, "foreign").id == b"\1\2"
        assert prove_signing(session, key_of(session, "foreign"))
        assert [trial.worked for trial in try_schemes(session, key_of(session, "rsa"))] == [False, True, True, True]


def test_keys_made_here_cannot_leave_and_show_before_login(card: Card) -> None:
    with card.hub.login(card.token, Secret(PIN)) as session:
        session.generate(spec=KeySpec.ECC_NIST_P256, label="unlock", usage=TokenKeyUsage.AGREE)
    public = card.tool("--list-objects", login=False)
    assert "unlock" in public
    assert "Private Key" not in public
    private = card.tool("--list-objects", "--type", "privkey")
    assert "sensitive, always sensitive, never extractable, local" in private
    assert "derive" in private


def test_a_private_key_that_anybody_may_use_proves_nothing(card: Card) -> None:
    """A key pair put on the token without CKA_PRIVATE answers without the PIN: its signature attests nothing."""
    script = """
import sys, pkcs11
from pkcs11 import Attribute, KeyType, MechanismFlag
from pkcs11.util.ec import encode_named_curve_parameters
token = pkcs11.lib(sys.argv[1]).get_token(token_label=sys.argv[2])
with token.open(rw=True, user_pin=sys.stdin.read()) as session:
    curve = session.create_domain_parameters(
        KeyType.EC, {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}, local=True)
    curve.generate_keypair(id=b"open", label="open", store=True,
        capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
        private_template={Attribute.PRIVATE: False})
"""
    subprocess.run(
        [sys.executable, "-c", script, card.module, LABEL],
        env={**os.environ, **card.environment}, input=PIN.decode(), text=True, check=True,
    )  # fmt: skip
    with card.hub.login(card.hub.find(LABEL), Secret(PIN)) as session:
        key = key_of(session, "open")
        assert not key.private_seen
        assert session.sign(key, b"x", SigningAlgorithm.ECDSA_SHA_256)
        assert not prove_signing(session, key)
