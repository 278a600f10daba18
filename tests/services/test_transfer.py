"""A key on its way to another vault of the same person: asked for, sent, taken in once, kept up, rotated in one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from signet.audit.entry import Outcome
from signet.errors import (
    ConfirmationMissing,
    ExportForbidden,
    KeyAlreadyHere,
    ProofOfPresenceMissing,
    ReplicaRotated,
    TransferRefused,
    UsageError,
)
from signet.formats.key_transfer import SentVersion
from signet.keys.model import KeyVersion
from signet.keys.policy import Policy
from signet.keys.spec import KeySpec, Origin, Protection
from signet.keys.state import KeyState
from signet.secret import Secret
from signet.services import keys, sending
from signet.services.audit import list_entries, verify_log
from signet.services.enrolment import NewRecoveryCode
from signet.services.guards import guards_of
from signet.services.import_expiry import EXPIRE_TOKENS
from signet.services.importing import Wanted, import_key, read_key_file
from signet.services.key_names import add_alias, move_alias
from signet.services.master import rotate_master
from signet.services.policies import limits_of
from signet.services.receiving import KEEP, RECEIVE, keep_key, receive_key, request_key
from signet.services.rotation import can_rotate, rotate_key
from signet.services.sending import Sent, send_key
from signet.services.session import PRESENCE_SECONDS, Session
from signet.services.small_secrets import decrypt_secret, encrypt_secret
from signet.services.use import Grant
from signet.services.verification import verify_vault
from support.clock import SettableClock
from support.vaults import VaultInTest, make_vault

AES = KeySpec.SYMMETRIC_DEFAULT


@dataclass
class Pair:
    """The vault at home, which has keys, and the one on the laptop, which asks for them."""

    home: VaultInTest
    laptop: VaultInTest
    sender: Session
    receiver: Session
    clock: SettableClock
    folder: Path
    count: int = 0

    def new(self, kind: str) -> str:
        self.count += 1
        return str(self.folder / f"{kind}-{self.count}")

    def request(self) -> str:
        return request_key(self.receiver, self.new("request")).path

    def send(self, name: str, request: str | None = None) -> Sent:
        return send_key(self.sender, name, request or self.request(), self.new("parcel"), reason="for the laptop")


@pytest.fixture
def pair(tmp_path: Path, clock: SettableClock) -> Iterator[Pair]:
    home = make_vault(tmp_path / "a", clock)
    spare = NewRecoveryCode(str(tmp_path / "spare"))
    laptop = make_vault(tmp_path / "b", clock, more=(spare,))
    made = Pair(home, laptop, home.open(), laptop.open(), clock, tmp_path)
    yield made
    for session in (made.sender, made.receiver):
        assert verify_log(session) == ()
        session.close()
        session.workplace.close()


def opens(session: Session, sealed: bytes) -> bytes:
    with decrypt_secret(session, sealed).plaintext as plain:
        return bytes(plain.reveal())


def test_a_key_of_one_vault_opens_in_the_other_what_it_made_before_and_after(pair: Pair) -> None:
    key = keys.create_key(
        pair.sender, "papers", spec=AES, description="Papers", tags=(("year", "2026"), ("of", "mari"))
    )
    keys.create_key(pair.receiver, "papers", spec=AES)
    old = encrypt_secret(pair.sender, Secret(b"old"), key="papers").ciphertext
    rotate_key(pair.sender, "papers")
    request = request_key(pair.receiver, str(pair.folder / "request"))
    sent = send_key(pair.sender, "papers", request.path, str(pair.folder / "parcel"), reason="for the laptop")
    assert request.fingerprint in pair.home.prompt.confirmed[-1]
    assert Path(sent.path).stat().st_mode & 0o777 == 0o600
    got = receive_key(pair.receiver, sent.path)
    assert sent.fingerprint in pair.laptop.prompt.confirmed[-1]
    here = got.key
    # Its name is another key's here, so it gets a number; all else is as it was.
    assert (here.id, here.aliases, here.version, got.added) == (key.id, ("papers-2",), 2, 2)
    assert (here.description, here.tags, here.created) == ("Papers", (("of", "mari"), ("year", "2026")), key.created)
    assert (here.state, here.origin, here.home) == (KeyState.ENABLED, Origin.VAULT, pair.sender.vault_id)
    assert opens(pair.receiver, old) == b"old"
    theirs = encrypt_secret(pair.receiver, Secret(b"theirs"), key="papers-2").ciphertext
    assert opens(pair.sender, theirs) == b"theirs"
    entry = next(entry for entry in list_entries(pair.sender) if entry.operation == "SendKey")
    assert (entry.outcome, entry.details["versions"]) == (Outcome.DONE, 2)
    # Used up, and nothing comes in twice; also not by a second request.
    with pytest.raises(TransferRefused, match="used already"):
        receive_key(pair.receiver, sent.path)
    with pytest.raises(KeyAlreadyHere):
        receive_key(pair.receiver, pair.send("papers").path)
    # One vault rotates it; what it adds comes after.
    assert not can_rotate(here)
    with pytest.raises(ReplicaRotated):
        rotate_key(pair.receiver, "papers-2")
    rotate_key(pair.sender, "papers")
    newest = encrypt_secret(pair.sender, Secret(b"newest"), key="papers").ciphertext
    again = receive_key(pair.receiver, pair.send("papers").path)
    assert (again.added, again.key.version, opens(pair.receiver, newest)) == (1, 3, b"newest")
    with pytest.raises(UsageError):
        keep_key(pair.sender, "papers")
    pair.laptop.prompt.yes = False
    with pytest.raises(ConfirmationMissing):
        keep_key(pair.receiver, "papers-2")
    pair.laptop.prompt.yes = True
    assert keep_key(pair.receiver, "papers-2").home == ""
    assert rotate_key(pair.receiver, "papers-2").version == 4
    request = request_key(pair.sender, str(pair.folder / "back"))
    sent = send_key(pair.receiver, key.id, request.path, str(pair.folder / "p"))
    with pytest.raises(KeyAlreadyHere):  # nor does it come back home
        receive_key(pair.sender, sent.path)
    assert [entry.operation for entry in list_entries(pair.receiver)].count(KEEP) == 1
    assert verify_vault(pair.receiver).problems == ()


def test_what_is_foreign_late_changed_or_not_confirmed_changes_nothing(pair: Pair) -> None:
    keys.create_key(pair.sender, "signing", spec=KeySpec.ECC_NIST_EDWARDS25519)
    request = Path(pair.request())
    whole = json.loads(request.read_bytes())

    def written(value: object) -> str:
        path = Path(pair.new("changed"))
        path.write_bytes(json.dumps(value, sort_keys=True, separators=(",", ":")).encode())
        return str(path)

    for name, value, why in (
        ("public_key", whole["identity"], "changed"),
        ("expires", "2030-01-01T00:00:00Z", "changed"),
        ("format", "x", "not a request"),
        ("version", 2, "another version"),
        ("id", "x", "id in it"),
        ("extra", 1, "not as Signet"),
    ):
        with pytest.raises(TransferRefused, match=why):
            pair.send("signing", written({**whole, name: value}))
    with pytest.raises(TransferRefused, match="this vault itself"):
        pair.send("signing", request_key(pair.sender, pair.new("own")).path)
    pair.home.prompt.yes = False
    with pytest.raises(ConfirmationMissing):
        pair.send("signing", str(request))
    pair.home.prompt.yes = True
    sent = pair.send("signing", str(request))
    parcel = json.loads(Path(sent.path).read_bytes())
    other = json.loads(Path(pair.send("signing").path).read_bytes())
    for name, value, why in (
        ("receiver", pair.sender.vault_id, "changed"),
        ("request", other["request"], "changed"),
        ("sealed", other["sealed"], "changed"),
        ("signature", other["signature"], "changed"),
        ("format", "y", "not a key"),
    ):
        with pytest.raises(TransferRefused, match=why):
            receive_key(pair.receiver, written({**parcel, name: value}))
    with pytest.raises(TransferRefused, match="another vault"):
        receive_key(pair.sender, sent.path)
    pair.laptop.prompt.yes = False
    with pytest.raises(ConfirmationMissing):
        receive_key(pair.receiver, sent.path)
    pair.laptop.prompt.yes = True
    now = pair.clock.now()
    pair.clock.set_wall(now + timedelta(hours=24))
    with pytest.raises(TransferRefused, match="24 hours"):
        receive_key(pair.receiver, sent.path)
    with pytest.raises(TransferRefused, match="24 hours"):
        pair.send("signing", str(request))
    pair.clock.set_wall(now)
    assert keys.list_keys(pair.receiver) == ()
    # A new master key in between takes the one-time key along.
    pair.receiver.close()
    pair.receiver = pair.laptop.open(administer=True)
    rotate_master(pair.receiver)
    receive_key(pair.receiver, sent.path, never_export=True)
    with pytest.raises(ExportForbidden):
        send_key(pair.receiver, "signing", request_key(pair.sender, pair.new("r")).path, pair.new("p"))
    pair.clock.advance(PRESENCE_SECONDS + 1)
    for act in (
        lambda: pair.request(),
        lambda: send_key(pair.sender, "signing", str(request), pair.new("p")),
        lambda: receive_key(pair.receiver, sent.path),
        lambda: keep_key(pair.receiver, "signing"),
    ):
        with pytest.raises(ProofOfPresenceMissing):
            act()
    pair.clock.advance(24 * 3600)
    pair.receiver.close()
    pair.receiver = pair.laptop.open()
    assert EXPIRE_TOKENS in [entry.operation for entry in list_entries(pair.receiver)]
    assert [entry.operation for entry in list_entries(pair.receiver)].count(RECEIVE) == 1


def test_guards_are_those_of_the_vault_that_receives_if_it_wants_any(pair: Pair) -> None:
    found = pair.folder / "raw"
    found.write_bytes(bytes(range(32)))
    file = read_key_file(pair.sender.workplace, str(found))
    until = pair.clock.now() + timedelta(days=9)
    import_key(pair.sender, file, Wanted("outside", spec=AES, expires=until))
    got = receive_key(pair.receiver, pair.send("outside").path, protection=Protection.GUARDED)
    guards = guards_of(pair.receiver, got.key)
    assert (got.key.protection, len(guards), got.key.origin) == (Protection.GUARDED, 2, Origin.EXTERNAL)
    pair.clock.set_wall(until)  # the date came along
    assert keys.find_key(pair.receiver, "outside").state is KeyState.PENDING_IMPORT
    pair.clock.set_wall(until - timedelta(days=9))
    # From guarded to not guarded is asked for; each version is opened by one guard, presented once.
    limits = Policy(confirm=True, most_uses=3, context=(("for", "taxes"),))
    keys.create_key(pair.receiver, "taxes", spec=AES, protection=Protection.GUARDED, policy=limits)
    rotate_key(pair.receiver, "taxes")
    asked = len(pair.laptop.prompt.asked)
    request = request_key(pair.sender, pair.new("request")).path
    sent = send_key(pair.receiver, "taxes", request, pair.new("parcel"))
    assert len(pair.laptop.prompt.asked) == asked + 1
    pair.home.prompt.yes_to = lambda question: "asks for a guard" not in question
    with pytest.raises(ConfirmationMissing):
        receive_key(pair.sender, sent.path)
    pair.home.prompt.yes_to = lambda _: True
    here = receive_key(pair.sender, sent.path).key
    assert (here.protection, here.version) == (Protection.VAULT, 2)
    assert limits_of(pair.sender, "taxes")[1].policy == limits
    sealed = encrypt_secret(pair.sender, Secret(b"x"), key="taxes", context={"for": "taxes"}).ciphertext
    with decrypt_secret(pair.receiver, sealed, context={"for": "taxes"}).plaintext as plain:
        assert plain.reveal() == b"x"
    for more in ({"protection": Protection.TOKEN}, {"guards": ("x",)}):
        with pytest.raises(UsageError):
            receive_key(pair.sender, sent.path, **more)


def test_what_happens_while_the_person_compares_is_seen(pair: Pair) -> None:
    """The prompt stands in for another Signet, which is at work while this one waits for an answer."""
    first = keys.create_key(pair.sender, "papers", spec=AES, policy=Policy(confirm=True))
    keys.create_key(pair.sender, "other", spec=AES)
    old = pair.send("papers")

    def meanwhile(question: str) -> bool:
        if "gets “papers”" in question:
            move_alias(pair.sender, "papers", "other")
        elif "asks each time" in question:
            rotate_key(pair.sender, first.id)
        return True

    add_alias(pair.sender, "papers", "letters")
    pair.home.prompt.yes_to = meanwhile
    newer = pair.send("papers")
    assert newer.key.id == first.id  # the one that was confirmed, as it was when that was allowed
    pair.home.prompt.yes_to = lambda _: True

    def taken(question: str) -> bool:
        if old.fingerprint in question:
            rotate_key(pair.sender, first.id)
            assert receive_key(pair.receiver, pair.send("letters").path).added == 3
        return True

    pair.laptop.prompt.yes_to = taken
    with pytest.raises(KeyAlreadyHere):
        receive_key(pair.receiver, old.path)
    assert [(key.id, key.version) for key in keys.list_keys(pair.receiver)] == [(first.id, 3)]
    assert verify_vault(pair.receiver).problems == ()


def test_versions_of_the_same_numbers_that_are_others_do_not_come_in(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a restored backup of the vault at home, which was rotated anew."""
    keys.create_key(pair.sender, "papers", spec=AES)
    receive_key(pair.receiver, pair.send("papers").path)
    rotate_key(pair.sender, "papers")
    right = sending._sent

    def other(grant: Grant, version: KeyVersion) -> SentVersion:
        return replace(right(grant, version), created="2026-01-01T00:00:00Z")

    monkeypatch.setattr(sending, "_sent", other)
    with pytest.raises(TransferRefused, match="not those"):
        receive_key(pair.receiver, pair.send("papers").path)
    assert keys.find_key(pair.receiver, "papers").version == 1
