"""Ways in, presented: a card that can vouch for a vault must, one that cannot is confirmed by fingerprint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from signet.crypto import typed
from signet.crypto.identity import fingerprint
from signet.documents import sshsig
from signet.errors import (
    AttestationInvalid,
    AttestationMissing,
    IdentityUnconfirmed,
    SecretIncorrect,
    TokenKeyNotFound,
)
from signet.formats.header import MethodKind, Scheme, UnlockMethod
from signet.keys.spec import KeySpec
from signet.secret import Secret
from signet.services.enrolment import NewToken, Proposal, propose, seal
from signet.services.methods import add_method, prove_method
from signet.services.opening import open_vault
from signet.services.prompt import SecretKind
from signet.services.session import Session
from signet.services.ways import NAMESPACE, TokenPresenter, TypedPresenter, describe
from signet.tokens.model import TokenKeyUsage
from support.cards import PIN, Card, make_card
from support.headers import SALT, VAULT_ID, make_header, make_method
from support.vaults import VaultInTest

P256, AGREE, SIGN = KeySpec.ECC_NIST_P256, TokenKeyUsage.AGREE, TokenKeyUsage.SIGN
MASTER = bytes(range(32))


@pytest.fixture
def card(vault: VaultInTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Card]:
    """A card with one key that can agree and none that can sign."""
    vault.prompt.answers |= dict.fromkeys((SecretKind.PIN, SecretKind.NEW_PIN, SecretKind.TOKEN_PIN), PIN)
    made = make_card(tmp_path, vault.workplace, monkeypatch)
    made.make_key(P256, AGREE, label="unlock")
    yield made
    vault.workplace.close()


def enrol(vault: VaultInTest, card: Card) -> UnlockMethod:
    with vault.open(administer=True) as session:
        return add_method(session, NewToken(card.label))


def open_by_card(vault: VaultInTest) -> Session:
    return open_vault(vault.workplace, str(vault.path))


def proposed(vault: VaultInTest, card: Card) -> Proposal:
    return propose(vault.workplace, NewToken(card.label), salt=vault.header.salt)


# A card that cannot sign


def test_a_card_without_a_signing_key_opens_where_the_vault_is_known(vault: VaultInTest, card: Card) -> None:
    assert enrol(vault, card).attestation == b""
    with open_by_card(vault) as session:
        assert session.method.kind is MethodKind.TOKEN


def test_where_it_is_not_known_the_fingerprint_must_be_typed(vault: VaultInTest, card: Card) -> None:
    enrol(vault, card)
    vault.forget_pins()
    assert vault.prompt.yes  # consent to everything answers nothing here
    with pytest.raises(IdentityUnconfirmed):
        open_by_card(vault)
    assert vault.prompt.confirmed == []
    shown = fingerprint(vault.header.identity)
    for wrong in ("", "yes", shown[:-1], shown[::-1], "0" * 20):
        vault.prompt.fingerprint = wrong
        with pytest.raises(IdentityUnconfirmed):
            open_by_card(vault)
    assert vault.workplace.pins.read(vault.header.vault_id) is None
    vault.prompt.fingerprint = f" {shown.lower()}\n"
    with open_by_card(vault) as session:
        assert session.method.kind is MethodKind.TOKEN
    vault.prompt.fingerprint = None
    open_by_card(vault).close()  # known from now on


# A card that can sign


def test_a_card_that_can_sign_vouches_where_the_vault_is_not_known(vault: VaultInTest, card: Card) -> None:
    card.make_key(P256, SIGN, label="sign")
    assert enrol(vault, card).attestation != b""
    vault.forget_pins()
    with open_by_card(vault) as session:
        assert session.method.kind is MethodKind.TOKEN
    assert any("will know it from now on" in note for note in vault.prompt.notes)


@pytest.mark.parametrize("spec", [KeySpec.ECC_NIST_P384, KeySpec.ECC_NIST_EDWARDS25519, KeySpec.RSA_2048])
def test_every_kind_of_signing_key_vouches(vault: VaultInTest, card: Card, spec: KeySpec) -> None:
    signing = card.make_key(spec, SIGN)
    proposal = proposed(vault, card)
    method = seal(proposal, Secret(MASTER), vault.header)
    message = method.attested_message(vault.header.vault_id, vault.header.identity)
    found = sshsig.verify_message(message, method.attestation, namespace=NAMESPACE)
    assert found.public_key == signing.public_key
    assert proposal.presenter.vouches(method, vault.header)
    proposal.close()


def test_once_it_can_sign_a_card_that_does_not_vouch_is_refused(vault: VaultInTest, card: Card) -> None:
    enrolled = enrol(vault, card)
    card.make_key(P256, SIGN, label="sign")
    with pytest.raises(AttestationMissing):
        open_by_card(vault)
    with vault.open(administer=True) as session:
        assert prove_method(session, enrolled.id).attestation != b""
    vault.forget_pins()
    open_by_card(vault).close()


def test_a_replaced_signing_key_is_refused_until_it_is_proven_another_way(vault: VaultInTest, card: Card) -> None:
    old = card.make_key(P256, SIGN, label="sign")
    enrolled = enrol(vault, card)
    open_by_card(vault).close()
    card.delete_key(old)
    with pytest.raises(AttestationInvalid):
        open_by_card(vault)
    card.make_key(P256, SIGN, label="sign")
    with pytest.raises(AttestationInvalid):
        open_by_card(vault)
    with vault.open(administer=True) as session:
        proven = prove_method(session, enrolled.id)
    assert proven.attestation not in (b"", enrolled.attestation)
    with open_by_card(vault) as session:
        assert session.method.attestation == proven.attestation


def test_a_vault_that_was_swapped_for_another_is_not_opened_by_the_card(vault: VaultInTest, card: Card) -> None:
    card.make_key(P256, SIGN, label="sign")
    proposal = proposed(vault, card)
    method = seal(proposal, Secret(MASTER), vault.header)
    presenter = proposal.presenter
    for header in (
        replace(vault.header, identity=bytes(32)),
        replace(vault.header, vault_id="00000000-0000-4000-8000-000000000000"),
    ):
        with pytest.raises(AttestationInvalid):
            presenter.vouches(method, header)
        copied = replace(method, attestation=presenter.attest(method, header))
        with pytest.raises(AttestationInvalid):
            presenter.vouches(copied, vault.header)
    for wrong in (b"x", method.attestation[:-1], method.attestation + b"\0", b"SSHSIG" + bytes(100)):
        with pytest.raises(AttestationInvalid):
            presenter.vouches(replace(method, attestation=wrong), vault.header)
    with pytest.raises(AttestationMissing):
        presenter.vouches(replace(method, attestation=b""), vault.header)
    proposal.close()


def test_a_signature_by_a_key_that_is_not_on_the_card_does_not_vouch(
    vault: VaultInTest, card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card.make_key(P256, SIGN, label="sign")
    other = make_card(tmp_path, vault.workplace, monkeypatch, label="other")
    other.make_key(P256, AGREE)
    other.make_key(P256, SIGN)
    proposal = proposed(vault, other)
    method = seal(proposal, Secret(MASTER), vault.header)
    proposal.close()
    card.look_again()
    mine = proposed(vault, card)
    forged = replace(mine.method, attestation=method.attestation)
    with pytest.raises(AttestationInvalid):
        mine.presenter.vouches(forged, vault.header)
    mine.close()


@pytest.mark.parametrize("kind", ["rsa:1024", "EC:secp256k1"])
def test_a_signing_key_that_sshsig_does_not_know_does_not_count(vault: VaultInTest, card: Card, kind: str) -> None:
    card.tool("--keypairgen", "--key-type", kind, "--usage-sign", "--id", "00", "--label", "old")
    unlock = next(key for key in vault.workplace.hub.keys(card.token) if key.label == "unlock")
    proposal = propose(vault.workplace, NewToken(card.label, unlock.id.hex()), salt=vault.header.salt)
    method = seal(proposal, Secret(MASTER), vault.header)
    assert method.attestation == b""
    assert not proposal.presenter.vouches(method, vault.header)
    proposal.close()


# What the presenter does with wrapped keys


@pytest.mark.parametrize("spec", [P256, KeySpec.RSA_2048])
def test_a_damaged_wrapped_key_is_one_error_also_on_a_card(vault: VaultInTest, card: Card, spec: KeySpec) -> None:
    key = card.make_key(spec, AGREE if spec is P256 else TokenKeyUsage.DECRYPT)
    proposal = propose(vault.workplace, NewToken(card.label, key.id.hex()), salt=vault.header.salt)
    method = seal(proposal, Secret(MASTER), vault.header)
    with proposal.presenter.open(method, vault.header) as master:
        assert bytes(master.reveal()) == MASTER
    size = len(method.wrapped_key)
    for place in (0, 1, 2, 40, size - 61, size - 60, size - 48, size - 1):
        wrong = bytearray(method.wrapped_key)
        wrong[place] = 0xFF if place < 2 else wrong[place] ^ 1  # also a number above the modulus
        with pytest.raises(SecretIncorrect):
            proposal.presenter.open(replace(method, wrapped_key=bytes(wrong)), vault.header)
    proposal.close()


def test_a_token_without_the_key_is_not_presented(vault: VaultInTest, card: Card) -> None:
    pin = Secret.from_text(PIN)
    with vault.workplace.hub.login(card.token, pin) as session, pytest.raises(TokenKeyNotFound):
        TokenPresenter(session, b"no such key", pin)


def test_closing_wipes_the_pin(vault: VaultInTest, card: Card) -> None:
    pin = Secret.from_text(PIN)
    session = vault.workplace.hub.login(card.token, pin)
    presenter = TokenPresenter(session, session.keys()[0].public_key, pin)
    presenter.close()
    assert bytes(pin.reveal()) == bytes(len(PIN))


# Typed secrets


def test_a_typed_secret_vouches_for_its_own_vault_only() -> None:
    header = make_header()
    secret = Secret(bytes(20))
    presenter = TypedPresenter(secret, what="recovery code")
    method = make_method(public_key=typed.public_key_of(secret, SALT), attestation=b"")
    assert header.vault_id == VAULT_ID
    with pytest.raises(AttestationMissing):
        presenter.vouches(method, header)
    attested = replace(method, attestation=presenter.attest(method, header))
    assert presenter.vouches(attested, header)
    for wrong in (replace(header, identity=bytes(32)), make_header()):
        with pytest.raises(AttestationInvalid):
            presenter.vouches(attested, wrong)
    with pytest.raises(AttestationInvalid):
        presenter.vouches(replace(attested, attestation=bytes(32)), header)
    with pytest.raises(SecretIncorrect):
        TypedPresenter(Secret(bytes(19)), what="recovery code").vouches(attested, header)
    presenter.close()
    assert bytes(secret.reveal()) == bytes(20)


def test_people_are_told_which_secret_is_meant() -> None:
    token = make_method(kind=MethodKind.TOKEN, scheme=Scheme.ECDH_X, label="Nitrokey")
    assert describe(token) == "PIN of “Nitrokey”"
    assert describe(make_method()) == "recovery code"
    assert describe(make_method(kind=MethodKind.PASSPHRASE)) == "passphrase"
