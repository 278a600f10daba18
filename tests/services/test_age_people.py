"""For whom age files are: noted where they are made, because their headers name nobody."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from signet.crypto.age_recipients import X25519Identity
from signet.crypto.personkeys import age_fingerprint, read_people_keys, recipient_of
from signet.keys.spec import KeySpec
from signet.services import keys, people
from signet.services.age_encrypt import encrypt_age
from signet.services.age_inspect import inspect_age
from signet.services.age_recipients import For
from signet.services.catalogue import LOST, CatalogueEntry, list_files, settle_replacement
from signet.services.catalogue_places import find_files, forget_file
from signet.services.deletion import destroy_key, schedule_deletion
from signet.services.files import decrypt_files, encrypt_files
from signet.services.known_files import known_files
from signet.services.openers import OpenerKind, said_of
from signet.services.prompt import SecretKind
from signet.services.session import Session
from signet.services.verification import verify_vault
from signet.store.tables.outputs import PendingOutput
from support.clock import SettableClock
from support.files import NOON
from support.person_keys import AGE, ED25519_SSH, RSA_PEM
from support.vaults import VaultInTest, make_vault


@dataclass
class Here:
    """A vault, and Anna, whose private keys lie in ``identity`` (age's) and ``ssh``."""

    session: Session
    vault: VaultInTest
    clock: SettableClock
    identity: Path
    ssh: Path

    def make(self, folder: Path, to: For, *, name: str = "letter", overwrite: bool = False) -> str:
        (folder / name).write_bytes(b"dear Anna")
        (item,) = encrypt_age(self.session, [str(folder / name)], to=to, overwrite=overwrite)
        assert item.error is None
        return str(item.output)

    def known(self, path: str, **wanted: str) -> list[CatalogueEntry]:
        return [each for each in list_files(self.session, **wanted) if each.path == path]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    folder, clock = tmp_path_factory.mktemp("age"), SettableClock(NOON)
    identity, ssh = folder / "key", folder / "id"
    made = subprocess.run(["age-keygen", "-o", identity], check=True, capture_output=True, text=True, timeout=60)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", ssh], check=True, timeout=60)
    vault = make_vault(folder, clock)
    with vault.open(administer=True) as session:
        keys.create_key(session, "mine", spec=KeySpec.X25519)
        keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
        text = made.stderr.split()[-1] + "\n" + ssh.with_suffix(".pub").read_text()
        people.add_person(session, "Anna", read_people_keys(text.encode()))
        people.add_person(session, "Ben", read_people_keys(AGE.encode()))
        yield Here(session, vault, clock, identity, ssh)
    vault.workplace.close()


@pytest.fixture(autouse=True)
def agreeable(here: Here) -> None:
    here.vault.prompt.yes = True
    here.vault.prompt.notes.clear()


def test_a_file_for_a_person_is_known_for_them_and_the_age_program_opens_it(here: Here, tmp_path: Path) -> None:
    output = here.make(tmp_path, For(keys=("mine",), people=("Anna",)))
    for private in (here.identity, here.ssh):
        done = subprocess.run(["age", "-d", "-i", private, output], check=True, capture_output=True, timeout=60)
        assert done.stdout == b"dear Anna"
    (known,) = here.known(output, person="Anna")
    assert (known.key_alias, known.persons) == ("mine", ("Anna",))
    assert here.known(output, key="mine") == [known]
    assert here.known(output, person="Ben") == []
    assert said_of(inspect_age(output, session=here.session).openers) == (
        "You can open it with “mine”.",
        "Anna can open it.",
    )


def test_a_file_for_others_alone_is_known_and_no_key_hangs_on_it(here: Here, tmp_path: Path) -> None:
    output = here.make(tmp_path, For(people=("Anna", "Ben")))
    (known,) = here.known(output, person="Ben")
    assert (known.key_id, known.persons, known.content) == (None, ("Anna", "Ben"), "file")
    assert said_of(inspect_age(output, session=here.session).openers) == (
        "You cannot open it: it is for none of your keys.",
        "Anna can open it.",
        "Ben can open it.",
    )
    inside = here.make(tmp_path, For((AGE,)), name="given")
    assert here.known(inside, person="Ben")[0].persons == ("Ben",)


def test_a_key_that_was_given_as_text_is_known_once_it_is_somebodys(here: Here, tmp_path: Path) -> None:
    recipient = str(X25519Identity.generate().recipient)
    output = here.make(tmp_path, For((recipient,)))
    (opener,) = inspect_age(output, session=here.session).openers
    assert (opener.kind, opener.recipient.fingerprint) == (OpenerKind.UNKNOWN, age_fingerprint(recipient))
    people.add_person(here.session, "Carl", read_people_keys(recipient.encode()))
    assert here.known(output, person="Carl")[0].persons == ("Carl",)
    people.rename_person(here.session, "Carl", "Karl")
    assert here.known(output)[0].persons == ("Karl",)
    people.remove_person(here.session, "Karl")
    (known,) = here.known(output)
    assert known.persons == ()
    people.add_person(here.session, "Karl", read_people_keys(recipient.encode()))
    assert here.known(output, person="Karl")[0].persons == ("Karl",)


def test_a_person_without_one_of_the_keys_can_still_read_by_the_other(here: Here, tmp_path: Path) -> None:
    recipients = [str(X25519Identity.generate().recipient) for _ in range(2)]
    people.add_person(here.session, "Dora", read_people_keys("\n".join(recipients).encode()))
    first, second = (here.make(tmp_path, For((each,)), name=f"letter{at}") for at, each in enumerate(recipients))
    assert [len(here.known(each, person="Dora")) for each in (first, second)] == [1, 1]
    people.remove_key_from_person(here.session, "Dora", age_fingerprint(recipients[0]))
    assert [len(here.known(each, person="Dora")) for each in (first, second)] == [0, 1]


def test_what_others_made_and_what_is_for_a_passphrase_is_noted_for_nobody(here: Here, tmp_path: Path) -> None:
    mine, theirs = recipient_of_key(here.session, "mine"), tmp_path / "theirs.age"
    line = here.ssh.with_suffix(".pub")
    subprocess.run(["age", "-r", mine, "-R", line, "-o", theirs], input=b"hello", check=True, timeout=60)
    (item,) = decrypt_files(here.session, [str(theirs)])
    assert item.error is None
    (known,) = here.known(str(theirs), key="mine")
    assert known.persons == ()
    assert inspect_age(str(theirs), session=here.session).openers == ()
    here.vault.prompt.answers[SecretKind.NEW_FILE_PASSPHRASE] = "correct horse battery"
    secret = here.make(tmp_path, For(passphrase=True), name="secret")
    assert here.known(secret) == []
    assert inspect_age(secret, session=here.session).openers == ()


def recipient_of_key(session: Session, name: str) -> str:
    with session.records.read() as reading:
        public = reading.keys.version(reading.keys.find(name).id, 1).public_key or b""
    return recipient_of(read_people_keys(public)[0])


def test_a_replaced_file_is_listed_no_more_and_a_moved_one_is_found(here: Here, tmp_path: Path) -> None:
    output = here.make(tmp_path, For(people=("Anna",)))
    again = here.make(tmp_path, For(keys=("mine",), people=("Ben",)), overwrite=True)
    assert again == output
    (known,) = here.known(output)
    assert (known.persons, known.note) == (("Ben",), "")
    moved = tmp_path / "moved.age"
    Path(output).rename(moved)
    find_files(here.session, str(tmp_path))
    assert here.known(str(moved), person="Ben")[0].message_id == known.message_id
    (item,) = decrypt_files(here.session, [str(moved)])
    assert item.error is None
    assert here.known(str(moved))[0].persons == ("Ben",)
    forget_file(here.session, str(moved))
    assert here.known(str(moved)) == []
    assert inspect_age(str(moved), session=here.session).openers == ()


def test_a_file_for_a_passphrase_takes_the_place_of_a_known_one_in_the_list_too(here: Here, tmp_path: Path) -> None:
    here.vault.prompt.answers[SecretKind.NEW_FILE_PASSPHRASE] = "correct horse battery"
    output = here.make(tmp_path, For(people=("Anna",)))
    assert len(here.known(output)) == 1
    assert here.make(tmp_path, For(passphrase=True), overwrite=True) == output
    assert here.known(output) == []

    other = here.make(tmp_path, For(people=("Anna",)), name="other")
    moved = tmp_path / "moved.age"
    Path(other).rename(moved)
    find_files(here.session, str(tmp_path))
    Path(other).write_bytes(moved.read_bytes())
    here.make(tmp_path, For(passphrase=True), name="other", overwrite=True)
    assert len(here.known(str(moved))) == 1, "a copy was replaced, and the file that is known is still there"


def test_known_age_files_are_told_apart_from_those_that_are_re_encrypted(here: Here, tmp_path: Path) -> None:
    people.add_person(here.session, "Eva", read_people_keys(RSA_PEM.encode() + b"\n"))
    people.add_key_to_person(here.session, "Eva", read_people_keys(ED25519_SSH.encode()))
    (tmp_path / "plain").write_bytes(b"dear Eva")
    (item,) = encrypt_files(here.session, [str(tmp_path / "plain")], key="papers", to=("Eva",))
    with_mine = here.make(tmp_path, For(keys=("mine",), people=("Eva",)), name="one")
    without = here.make(tmp_path, For(people=("Eva",)), name="two")
    gone = here.make(tmp_path, For(people=("Eva",)), name="three")
    Path(gone).unlink()
    found = known_files(here.session, person="Eva")
    assert (found.here, set(found.age)) == ((item.output,), {with_mine, without})
    assert gone in (*found.elsewhere, *found.closed)


def test_a_destroyed_key_leaves_the_file_and_its_persons_in_the_list(here: Here, tmp_path: Path) -> None:
    keys.create_key(here.session, "goes", spec=KeySpec.X25519)
    output = here.make(tmp_path, For(keys=("goes",), people=("Anna",)))
    schedule_deletion(here.session, "goes", days=7)
    here.clock.set_wall(NOON + timedelta(days=8))
    destroyed = destroy_key(here.session, "goes", typed="goes")
    assert output in {each.path for each in destroyed.files}
    (known,) = here.known(output, person="Anna")
    assert (known.key_alias, known.persons, known.note.startswith(LOST)) == (None, ("Anna",), True)
    said = said_of(inspect_age(output, session=here.session).openers)
    assert said[:2] == ("You cannot open it: it is for none of your keys.", "Anna can open it.")


def test_verifying_the_vault_knows_age_files_again_by_their_headers(here: Here, tmp_path: Path) -> None:
    stays, changes = (here.make(tmp_path, For(people=("Anna",)), name=name) for name in ("stays", "changes"))
    other = here.make(tmp_path, For(people=("Ben",)), name="other")
    Path(other).replace(changes)
    told = [each for each in verify_vault(here.session).notes if stays in each or changes in each]
    assert told == [f"Known file: {changes} is another encrypted file than the one known."]
    assert here.known(stays, person="Anna")[0].note == ""


@pytest.mark.parametrize("named", [True, False])
def test_of_a_file_and_what_was_to_replace_it_the_one_that_is_there_stays_known(
    here: Here, tmp_path: Path, named: bool
) -> None:
    """As after a kill, just before the new one got its name or just after."""
    first = here.make(tmp_path, For(people=("Anna",)))
    before = Path(first).read_bytes()
    Path(first).rename(tmp_path / "aside")
    assert here.make(tmp_path, For(people=("Ben",))) == first
    ben, anna = (bytes.fromhex(here.known(first, person=name)[0].message_id) for name in ("Ben", "Anna"))
    if not named:
        Path(first).write_bytes(before)
    with here.session.records.change() as change:
        settle_replacement(change, PendingOutput(str(tmp_path), ".part", "", message_id=ben, replaces=anna))
    (known,) = here.known(first)
    assert known.persons == (("Ben",) if named else ("Anna",))


@pytest.mark.parametrize("text", [AGE, ED25519_SSH, recipient_of(read_people_keys(ED25519_SSH.encode())[0])])
def test_recipients_are_known_by_the_fingerprint_of_the_persons_key(text: str) -> None:
    (part,) = read_people_keys(text.encode())
    assert age_fingerprint(recipient_of(part)) == part.fingerprint


def test_what_no_person_can_have_has_no_fingerprint() -> None:
    assert age_fingerprint("age1mistyped1qqq") == ""
    assert age_fingerprint("age1" + "q" * 9000) == ""
