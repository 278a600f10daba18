"""Enrolment: what can become a way in, and making it one.

What is enrolled is first proposed (`propose`), which asks for the secrets and tries the token for real, then sealed
(`seal`): the master key is wrapped to it, it attests the vault, and it is opened again as proof.
"""

from __future__ import annotations

import hmac
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from signet.clock import timestamp
from signet.crypto import typed
from signet.crypto.shares import MAX_SHARES, MIN_THRESHOLD, SECRET_BYTES, ShareSet, split_secret
from signet.crypto.wrapping import wrap_master_key
from signet.errors import SecretTooWeak, TokenKeyUnusable, UnlockMethodInUse, UsageError
from signet.formats.header import MethodKind, Scheme, UnlockMethod, VaultHeader
from signet.formats.recovery import CODE_BYTES, write_code
from signet.secret import Secret
from signet.services.opening_key import HIDDEN, choose_key
from signet.services.presenting import ask_pin
from signet.services.prompt import NamedVault, SecretKind, SecretRequest
from signet.services.recovery_shares import WHAT
from signet.services.token_words import brought
from signet.services.ways import Presenter, TokenPresenter, TypedPresenter
from signet.services.workplace import Workplace
from signet.tokens.model import Token

MIN_PASSPHRASE = 8
"""Characters; NIST SP 800-63B-4, 3.1.1.2 has eight as the least."""

PASSPHRASE_RULE = f"At least {MIN_PASSPHRASE} characters; several words are better than a short riddle."
"""Said before a passphrase is chosen."""


@dataclass(frozen=True)
class NewToken:
    """A token by name; ``key_id`` (CKA_ID in hexadecimal, or the beginning of the SPKI's SHA-256) if not the best."""

    name: str
    key_id: str | None = None
    pin_kind: SecretKind = SecretKind.NEW_PIN


@dataclass(frozen=True)
class NewPassphrase:
    """A passphrase that the person chooses."""

    secret_kind: SecretKind = SecretKind.NEW_PASSPHRASE


@dataclass(frozen=True)
class NewRecoveryCode:
    """A recovery code that Signet makes; it goes to a new file, or to the prompt to be shown."""

    path: str | None


DrawShare = Callable[[int, Secret, NamedVault], Secret]
"""Makes a file's content of a share: its number from 1, its words, and the vault that it helps to open."""


@dataclass(frozen=True)
class NewRecoveryShares:
    """A secret that Signet makes and splits: any ``threshold`` of ``shares`` sheets open the vault.

    Each share goes to a new file of its own in ``folder``, which is made if it is not there: the words and a newline,
    or what ``draw`` makes of them, named with ``suffix``.
    """

    threshold: int
    shares: int
    folder: str
    suffix: str = "txt"
    draw: DrawShare | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """Where the shares go."""
        names = (f"recovery-share-{number}-of-{self.shares}.{self.suffix}" for number in range(1, self.shares + 1))
        return tuple(os.path.join(self.folder, name) for name in names)


NewMethod = NewToken | NewPassphrase | NewRecoveryCode | NewRecoveryShares


@dataclass(frozen=True)
class Paper:
    """A secret that Signet made and that has to reach the person: a recovery code (in a file, or, without one, on
    the screen) or a recovery share (in a file)."""

    text: Secret
    path: str | None
    draw: Callable[[Secret, NamedVault], Secret] | None = None
    """What the file holds instead of the text and a newline."""


@dataclass(frozen=True)
class Proposal:
    """A way in that is not sealed yet, with its secret at hand.

    ``papers`` are a new recovery code, or the shares of a new set.
    """

    method: UnlockMethod
    presenter: Presenter
    papers: tuple[Paper, ...] = ()

    def close(self) -> None:
        """Wipe the secrets; log the token out."""
        self.presenter.close()
        for paper in self.papers:
            paper.text.wipe()


def propose(workplace: Workplace, new: NewMethod, *, salt: bytes) -> Proposal:
    """Ask for what is needed and make a way in of it, under the vault whose id has the bytes ``salt``.

    Raises SecretMissing, SecretTooWeak, UsageError for a number of shares that cannot be, TokenError,
    TokenKeyUnusable if no key on the token passes its trial.
    """
    if isinstance(new, NewToken):
        return _propose_token(workplace, new)
    if isinstance(new, NewPassphrase):
        return _propose_passphrase(workplace, new, salt)
    if isinstance(new, NewRecoveryShares):
        return _propose_shares(workplace, new, salt)
    return _propose_code(workplace, new, salt)


def seal(proposal: Proposal, master: Secret, header: VaultHeader) -> UnlockMethod:
    """Wrap the master key to a proposed way in, let it attest, and open it as proof."""
    wrapped = wrap_master_key(master, proposal.method, vault_id=header.vault_id, salt=header.salt)
    method = replace(proposal.method, wrapped_key=wrapped)
    method = replace(method, attestation=proposal.presenter.attest(method, header))
    check_opens(proposal.presenter, method, header, master)
    proposal.presenter.vouches(method, header)
    return method


def check_opens(presenter: Presenter, method: UnlockMethod, header: VaultHeader, master: Secret) -> None:
    """Open a way in and compare with the master key; raise TokenKeyUnusable if it gives another."""
    with presenter.open(method, header) as opened:
        if opened != master:
            raise TokenKeyUnusable(reason="it did not give back what was wrapped to it")


def refuse_twice(header: VaultHeader, method: UnlockMethod) -> None:
    """Raise UnlockMethodInUse if the header has a way in with this public key already."""
    for present in header.methods:
        if hmac.compare_digest(present.public_key, method.public_key):
            raise UnlockMethodInUse(name=present.label)


def _new_method(
    workplace: Workplace,
    *,
    kind: MethodKind,
    label: str,
    scheme: Scheme,
    public_key: bytes,
    parameters: tuple[tuple[str, str | int], ...] = (),
    hint: tuple[tuple[str, str], ...] = (),
) -> UnlockMethod:
    return UnlockMethod(
        id=str(uuid.uuid4()),
        kind=kind,
        label=label,
        created=timestamp(workplace.clock.now()),
        scheme=scheme,
        public_key=public_key,
        parameters=parameters,
        wrapped_key=b"",
        attestation=b"",
        hint=hint,
    )


def _propose_passphrase(workplace: Workplace, new: NewPassphrase, salt: bytes) -> Proposal:
    request = SecretRequest(kind=new.secret_kind, what="new passphrase", rule=PASSPHRASE_RULE)
    with workplace.prompt.secret(request) as passphrase:
        if len(passphrase.text()) < MIN_PASSPHRASE:
            raise SecretTooWeak(minimum=MIN_PASSPHRASE)
        cost = typed.calibrate()
        secret = typed.passphrase_secret(passphrase, cost)
    method = _new_method(
        workplace,
        kind=MethodKind.PASSPHRASE,
        label="Passphrase",
        scheme=Scheme.X25519,
        public_key=typed.public_key_of(secret, salt),
        parameters=cost.parameters(),
    )
    return Proposal(method, TypedPresenter(secret, what="passphrase"))


def _propose_code(workplace: Workplace, new: NewRecoveryCode, salt: bytes) -> Proposal:
    code = Secret(os.urandom(CODE_BYTES))
    method = _new_method(
        workplace,
        kind=MethodKind.RECOVERY_CODE,
        label="Recovery code",
        scheme=Scheme.X25519,
        public_key=typed.public_key_of(code, salt),
    )
    text = Secret.from_text(write_code(code))
    return Proposal(method, TypedPresenter(code, what="recovery code"), (Paper(text, new.path),))


def _propose_shares(workplace: Workplace, new: NewRecoveryShares, salt: bytes) -> Proposal:
    if not MIN_THRESHOLD <= new.threshold <= new.shares <= MAX_SHARES:
        raise UsageError(
            reason=f"Recovery shares are {MIN_THRESHOLD} to {MAX_SHARES}, and at least {MIN_THRESHOLD} of them, at "
            "most all, are needed to open the vault."
        )
    secret = Secret(os.urandom(SECRET_BYTES))
    shares = split_secret(secret, threshold=new.threshold, shares=new.shares)
    method = _new_method(
        workplace,
        kind=MethodKind.RECOVERY_SHARES,
        label=f"Recovery shares ({new.threshold} of {new.shares})",
        scheme=Scheme.X25519,
        public_key=typed.public_key_of(secret, salt),
        parameters=ShareSet(shares[0].identifier, new.threshold, new.shares).parameters(),
    )
    papers = tuple(
        Paper(share.words, path, None if new.draw is None else partial(new.draw, share.index + 1))
        for share, path in zip(shares, new.files, strict=True)
    )
    return Proposal(method, TypedPresenter(secret, what=WHAT), papers)


def _propose_token(workplace: Workplace, new: NewToken) -> Proposal:
    hub = workplace.hub
    token = hub.find(new.name)
    # Read now, for after the login hidden public keys show themselves too, and no unlock screen would find those.
    readable = {key.public_key for key in hub.keys(token)}
    if not readable:
        raise TokenKeyUnusable(reason=HIDDEN)
    pin = ask_pin(workplace, token, kind=new.pin_kind)
    try:
        session = workplace.login(token, pin)
    except BaseException:
        pin.wipe()
        raise
    try:
        key, scheme, raw = choose_key(session, readable, new.key_id)
        if key.on_token is False:
            workplace.prompt.note(brought(key))
        presenter = TokenPresenter(session, key.public_key, pin)
    except BaseException:
        session.close()
        pin.wipe()
        raise
    method = _new_method(
        workplace,
        kind=MethodKind.TOKEN,
        label=token.label or token.model or "Card",
        scheme=scheme,
        public_key=key.public_key,
        parameters=(("operation", "raw" if raw else "native"),) if scheme is Scheme.RSA_OAEP_SHA256 else (),
        hint=_hint(token),
    )
    return Proposal(method, presenter)


def _hint(token: Token) -> tuple[tuple[str, str], ...]:
    return (("model", token.model), ("serial", token.serial))
