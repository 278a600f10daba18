"""Files for persons: two vaults, each with its own keys, that know each other by public keys alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from signet.audit.entry import Outcome
from signet.crypto.esdk_encrypt import encrypt
from signet.crypto.esdk_keys import RawAesKeyring
from signet.crypto.esdk_pairs import keyring_to
from signet.crypto.software import generate
from signet.errors import (
    ConfirmationMissing,
    ContextRequired,
    FileNotKnown,
    KeyNotHere,
    KeyStateRefused,
    PersonNotFound,
    PersonReceivesNoFiles,
    RecipientUnknown,
    UsageError,
)
from signet.keys.person import PersonKeyKind, PublicPart
from signet.keys.policy import Policy
from signet.keys.spec import KeySpec, KeyUsage
from signet.secret import Secret
from signet.services import catalogue, files, keys, people
from signet.services.audit import list_entries, verify_log
from signet.services.catalogue_places import find_files, forget_file
from signet.services.copies import decrypted_copies, forget_copy
from signet.services.files_people import NOT_REVOKED
from signet.services.known_files import known_files
from signet.services.policies import change_policy
from signet.services.session import Session
from support.clock import SettableClock
from support.files import NOON, leftovers
from support.vaults import VaultInTest, make_vault

TEXT = b"for the two of us"


@dataclass
class Two:
    """Anna, who knows Ben by an RSA key and his phone by a key on a curve; Ben does not know Anna."""

    anna: Session
    ben: Session
    vault: VaultInTest

    def encrypt(self, folder: Path, *, name: str = "letter.txt", **wanted: object) -> str:
        """Anna encrypts a letter; raises what it failed with."""
        (folder / name).write_bytes(TEXT)
        (item,) = files.encrypt_files(self.anna, [str(folder / name)], **wanted)  # type: ignore[arg-type]
        if item.error is not None:
            raise item.error
        (folder / name).unlink()
        return str(item.output)


def public_half(session: Session, alias: str) -> bytes:
    with session.records.read() as reading:
        return reading.keys.version(reading.keys.find(alias).id, 1).public_key or b""


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("two")
    clock = SettableClock(NOON)
    first, second = (make_vault(folder, clock, name=name) for name in ("anna", "ben"))
    with first.open(administer=True) as anna, second.open(administer=True) as ben:
        keys.create_key(anna, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
        keys.create_key(ben, "rsa", spec=KeySpec.RSA_2048, usage=KeyUsage.ENCRYPT_DECRYPT)
        keys.create_key(ben, "curve", spec=KeySpec.ECC_NIST_P384, usage=KeyUsage.KEY_AGREEMENT)
        people.add_person(anna, "Ben", [PublicPart(PersonKeyKind.RSA, public_half(ben, "rsa"))])
        people.add_person(anna, "Ben’s phone", [PublicPart(PersonKeyKind.EC, public_half(ben, "curve"))])
        old = PublicPart(PersonKeyKind.SIGNING_ONLY, generate(KeySpec.ECC_NIST_EDWARDS25519).public_key or b"")
        people.add_person(anna, "Carl", [old])
        yield Two(anna, ben, first)
    first.workplace.close()
    second.workplace.close()


def opened(session: Session, message: str) -> bytes:
    (item,) = files.decrypt_files(session, [message], overwrite=True)
    if item.error is not None:
        raise item.error
    return Path(str(item.output)).read_bytes()


@pytest.mark.parametrize(
    ("person", "key", "provider"), [("Ben", "rsa", "signet-person"), ("Ben’s phone", "curve", "raw-ecdh")]
)
def test_what_one_vault_encrypts_for_a_person_the_persons_own_vault_opens(
    two: Two, tmp_path: Path, person: str, key: str, provider: str
) -> None:
    message = two.encrypt(tmp_path, key="papers", to=[person], context={"note": "tax 2025"}, verify=True)
    assert [each.provider for each in files.inspect_file(message).recipients] == ["signet", provider]
    assert files.who_can_open(two.anna, message) == (
        "You can open it with “papers”, version 1.",
        f"{person} can open it.",
    )
    (mine, hers) = files.who_can_open(two.ben, message)
    assert mine == f"You can open it with “{key}”."
    assert hers.startswith("Somebody else can open it: a key of another vault (")
    assert opened(two.anna, message) == opened(two.ben, message) == TEXT
    entry = next(each for each in list_entries(two.ben, operation="Decrypt") if each.outcome is Outcome.DONE)
    assert entry.key == keys.find_key(two.ben, key).id
    (known,) = (each for each in catalogue.list_files(two.ben, key) if each.path == message)
    assert (known.key_alias, known.version) == (key, 1)
    (known,) = (each for each in catalogue.list_files(two.anna, person=person) if each.path == message)
    assert (known.key_alias, known.persons) == ("papers", (person,))
    # What is said about the content: “You wrote” only to who did.
    (item,) = files.decrypt_files(two.anna, [message], overwrite=True)
    assert item.said == "You wrote: tax 2025"
    assert files.decrypt_files(two.ben, [message], overwrite=True)[0].said == "Written on it: tax 2025"
    # Its state and limits are asked as those of any key, and “read only” still opens.
    keys.disable_key(two.ben, key)
    with pytest.raises(KeyStateRefused):
        opened(two.ben, message)
    keys.enable_key(two.ben, key)
    keys.archive_key(two.ben, key)
    assert opened(two.ben, message) == TEXT
    keys.enable_key(two.ben, key)
    assert verify_log(two.anna) == verify_log(two.ben) == ()


def test_a_file_for_others_alone_is_asked_about_recorded_and_closed_to_oneself(two: Two, tmp_path: Path) -> None:
    two.vault.prompt.yes = False
    with pytest.raises(ConfirmationMissing):
        two.encrypt(tmp_path, to=["Ben", "ben"])
    two.vault.prompt.yes = True
    two.vault.prompt.notes.clear()
    message = two.encrypt(tmp_path, to=["Ben", "ben"], verify=True)
    assert "You cannot open the result yourself" in two.vault.prompt.confirmed[-1]
    assert "have not compared the fingerprint of “Ben”" in two.vault.prompt.notes[0]
    assert files.who_can_open(two.anna, message) == (
        "You cannot open it: it is for none of your keys.",
        "Ben can open it.",
    )
    with pytest.raises(KeyNotHere, match="wanted: Ben"):
        opened(two.anna, message)
    assert message in known_files(two.anna, person="Ben").closed
    assert opened(two.ben, message) == TEXT
    done, allowed = list_entries(two.anna, operation="Encrypt")[:2]
    assert (done.outcome, allowed.outcome, done.of, done.key) == (
        Outcome.DONE,
        Outcome.ALLOWED,
        allowed.sequence,
        None,
    )
    (known,) = (each for each in catalogue.list_files(two.anna) if each.path == message)
    assert (known.key_id, known.persons) == (None, ("Ben",))
    for wanted, error in (
        ({"to": ["Nobody"]}, PersonNotFound),
        ({"key": "papers", "to": ["Carl"]}, PersonReceivesNoFiles),
        ({}, UsageError),
    ):
        with pytest.raises(error):
            two.encrypt(tmp_path, name="other.txt", **wanted)
    assert leftovers(tmp_path) == []


def test_too_many_keys_are_refused_before_anything_is_written(two: Two, tmp_path: Path) -> None:
    many = [PublicPart(PersonKeyKind.EC, generate(KeySpec.ECC_NIST_P256).public_key or b"") for _ in range(16)]
    people.add_person(two.anna, "Everybody", many)
    with pytest.raises(UsageError, match="these are 17"):
        two.encrypt(tmp_path, key="papers", to=["Everybody"])
    assert not list(tmp_path.glob("*.esdk"))
    message = two.encrypt(tmp_path, to=["Everybody"])
    assert len(files.inspect_file(message).recipients) == 16


def test_persons_stay_come_and_go_when_a_file_is_re_encrypted(two: Two, tmp_path: Path) -> None:
    message = two.encrypt(tmp_path, key="papers", to=["Ben"], context={"note": "for both"})
    first = files.inspect_file(message).message_id
    two.vault.prompt.notes.clear()

    def again(**wanted: object) -> tuple[str, ...]:
        (item,) = files.re_encrypt_files(two.anna, [message], **wanted)  # type: ignore[arg-type]
        if item.error is not None:
            raise item.error
        return (item.status, *files.who_can_open(two.anna, message)[1:])

    assert again() == ("done", "Ben can open it.")
    assert files.inspect_file(message, session=two.anna).said == "You wrote: for both"
    assert again(add=["Ben"]) == ("skipped", "Ben can open it.")
    assert again(add=["Ben’s phone"]) == ("done", "Ben can open it.", "Ben’s phone can open it.")
    assert NOT_REVOKED not in two.vault.prompt.notes
    assert again(without=["Ben"]) == ("done", "Ben’s phone can open it.")
    assert two.vault.prompt.notes[-1] == NOT_REVOKED
    assert opened(two.ben, message) == opened(two.anna, message) == TEXT
    # Ben does not know Anna's key: he cannot add anybody without shutting her out, unless he says for whom it is.
    (refused,) = files.re_encrypt_files(two.ben, [message])
    assert isinstance(refused.error, RecipientUnknown)
    assert again(key="papers") == ("done",)
    with pytest.raises(KeyNotHere):
        opened(two.ben, message)
    assert again(to=["Ben"]) == ("done", "Ben can open it.")
    with pytest.raises(UsageError):
        again(to=["Ben"], add=["Ben"])
    assert opened(two.ben, message) == TEXT
    (known,) = (each for each in catalogue.list_files(two.anna) if each.path == message)
    assert (known.message_id == first, known.persons) == (False, ("Ben",))
    assert verify_log(two.anna) == ()
    assert leftovers(tmp_path) == []


def test_known_files_are_found_where_they_are_and_taken_off_the_list(two: Two, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    (there / "deep").mkdir(parents=True)
    stays, goes, copied = (two.encrypt(here, name=name, key="papers", to=["Ben"]) for name in ("a", "b", "c"))
    moved = there / "deep" / "another name"
    Path(goes).rename(moved)
    twin = there / "twin"
    twin.write_bytes(Path(copied).read_bytes())
    (there / "link").symlink_to(stays)
    (there / "other").write_bytes(Path(stays).read_bytes()[:64])
    assert known_files(two.anna, person="Ben").elsewhere[:1] == (goes,)
    found = find_files(two.anna, str(tmp_path))
    assert [(each.before, each.path) for each in found.moved] == [(goes, str(moved))]
    assert (found.seen, found.copies, found.unread) == (2, (str(twin),), ())
    assert find_files(two.ben, str(tmp_path)).unknown == 4
    assert {str(moved), stays, copied} <= set(known_files(two.anna, key="papers", person="Ben").here)
    # Taken off the person, they are known for the person no more: called again, only what is left is done.
    files.re_encrypt_files(two.anna, [str(moved)], without=["Ben"])
    assert str(moved) not in known_files(two.anna, person="Ben").here
    assert stays in known_files(two.anna, person="Ben").here
    assert forget_file(two.anna, stays) == (stays,)
    assert stays not in [entry.path for entry in catalogue.list_files(two.anna)]
    assert Path(stays).exists()
    with pytest.raises(FileNotKnown):
        forget_file(two.anna, stays)
    assert {entry.operation for entry in list_entries(two.anna)[:3]} >= {"ForgetFile"}
    assert verify_log(two.anna) == ()


def test_what_was_decrypted_is_listed_until_it_is_gone_or_may_stay(two: Two, tmp_path: Path) -> None:
    messages = [two.encrypt(tmp_path, name=name, key="papers") for name in ("one", "two", "three")]
    files.decrypt_files(two.anna, messages)
    one, two_, three = (message.removesuffix(".esdk") for message in messages)

    def listed() -> set[str]:
        return {copy.path for copy in decrypted_copies(two.anna)} & {one, two_, three}

    assert listed() == {one, two_, three}
    Path(one).unlink()
    forget_copy(two.anna, two_)
    assert listed() == {three}
    Path(one).write_bytes(b"something else")
    assert listed() == {three}


def test_what_is_inside_is_told_to_the_byte_without_a_key(two: Two, tmp_path: Path) -> None:
    for size in (0, 1, 65535, 65536, 65537, 200_000):
        path = tmp_path / f"{size}"
        path.write_bytes(bytes(size))
        (item,) = files.encrypt_files(two.anna, [str(path)], key="papers")
        message = Path(str(item.output))
        assert files.inspect_file(str(message)).plaintext_size == size
        whole = message.read_bytes()
        for wrong in (whole[:-1], whole + b"\0"):
            message.write_bytes(wrong)
            assert files.inspect_file(str(message)).plaintext_size is None


def test_a_header_that_names_a_key_pair_as_if_it_were_symmetric_is_refused(two: Two, tmp_path: Path) -> None:
    wrong = RawAesKeyring("signet", f"{keys.find_key(two.ben, 'rsa').id}/1", Secret(bytes(32)))
    plain, message = tmp_path / "plain", tmp_path / "made elsewhere"
    plain.write_bytes(TEXT)
    with plain.open("rb") as source, message.open("wb") as target:
        keyrings = [wrong, keyring_to(public_half(two.ben, "rsa"))]
        encrypt(source.fileno(), target.fileno(), keyrings=keyrings, context={})
    assert opened(two.ben, str(message)) == TEXT
    (item,) = files.re_encrypt_files(two.ben, [str(message)])
    assert isinstance(item.error, RecipientUnknown)


def made_elsewhere(two: Two, message: Path, context: dict[str, str], *, first: str | None = None) -> str:
    """A message for Ben’s RSA key by somebody who knows that alone; ``first`` names a key, for show."""
    shown = [] if first is None else [RawAesKeyring("signet", first, Secret(bytes(32)))]
    plain = message.with_suffix(".plain")
    plain.write_bytes(TEXT)
    with plain.open("rb") as source, message.open("wb") as target:
        keyrings = [*shown, keyring_to(public_half(two.ben, "rsa"))]
        encrypt(source.fileno(), target.fileno(), keyrings=keyrings, context=context)
    return str(message)


def test_a_key_that_stands_first_for_show_takes_no_limits_off_another(two: Two, tmp_path: Path) -> None:
    own = keys.create_key(two.ben, "show", spec=KeySpec.SYMMETRIC_DEFAULT)
    forged = made_elsewhere(two, tmp_path / "forged", {}, first=f"{own.id}/1")
    assert opened(two.ben, forged) == TEXT
    entry = next(each for each in list_entries(two.ben, operation="Decrypt") if each.outcome is Outcome.DONE)
    assert entry.key == keys.find_key(two.ben, "rsa").id
    change_policy(two.ben, "rsa", lambda _: Policy(context=(("for", "tax"),)))
    good = made_elsewhere(two, tmp_path / "good", {"for": "tax"})
    items = files.decrypt_files(two.ben, [good, forged], overwrite=True)
    assert [type(item.error) for item in items] == [type(None), ContextRequired]
    change_policy(two.ben, "rsa", lambda _: Policy())


def test_a_version_that_never_was_opens_nothing(two: Two, tmp_path: Path) -> None:
    message = made_elsewhere(two, tmp_path / "claims", {}, first=f"{keys.find_key(two.anna, 'papers').id}/7")
    assert files.who_can_open(two.anna, message)[0] == "You cannot open it: it is for none of your keys."
