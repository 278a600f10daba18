"""People: added, found, renamed, compared, removed; each change with its entry, and nothing by halves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from signet.audit.entry import Draft, Entry, Outcome
from signet.crypto.personkeys import read_people_keys
from signet.errors import (
    LastPersonKey,
    NameAmbiguous,
    PersonChanged,
    PersonKeyTaken,
    PersonNameTaken,
    PersonNotFound,
    UsageError,
)
from signet.keys.person import MAX_KEYS, PublicPart
from signet.keys.spec import KeySpec
from signet.services import people
from signet.services.audit import verify_log
from signet.services.session import Session
from signet.services.verdicts import Verdict
from signet.services.verifying import verify_file
from support.clock import SettableClock
from support.person_keys import AGE, EC_PEM, ED25519_SSH, RSA_PEM
from support.signing import private_key_file, ssh_keygen, ssh_line
from support.vaults import VaultInTest, make_vault


@pytest.fixture(scope="module")
def module_clock() -> SettableClock:
    return SettableClock(datetime(2026, 5, 3, 12, tzinfo=UTC))


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, module_clock: SettableClock) -> Iterator[VaultInTest]:
    made = make_vault(tmp_path_factory.mktemp("people"), module_clock)
    yield made
    made.workplace.close()


@pytest.fixture
def session(opened: VaultInTest) -> Iterator[Session]:
    """The vault, unlocked, with nobody in it."""
    with opened.open(administer=True) as found:
        for person in people.list_people(found):
            people.remove_person(found, person.id)
        yield found


def part(text: str) -> PublicPart:
    (found,) = read_people_keys(text.encode())
    return found


def last(session: Session) -> Entry:
    with session.records.read() as reading:
        entry = reading.audit.entry(reading.audit.head().count)
    assert entry is not None
    return entry


def test_somebody_is_added_found_and_still_there_after_locking(opened: VaultInTest, session: Session) -> None:
    anna = people.add_person(session, "  Anna   Tamm ", [part(EC_PEM), part(AGE), part(AGE)], note="from the choir")
    entry = last(session)
    assert entry.operation == people.ADD
    assert entry.details["person"] == anna.id
    assert f"people/{anna.id}" in entry.changes
    assert sum(change.startswith(f"person_keys/{anna.id}/") for change in entry.changes) == 2
    assert (anna.name, anna.note, anna.trusted, anna.trusted_since) == ("Anna Tamm", "from the choir", False, "")
    assert {key.kind.value for key in anna.keys} == {"ec", "x25519"}
    assert [key.kind.value for key in anna.file_keys] == ["ec"]
    assert [key.kind.value for key in anna.age_keys] == ["x25519"]
    session.close()
    with opened.open() as again:
        assert people.list_people(again) == [anna]
        for name in ("anna tamm", "ANNA  TAMM", anna.id, anna.id[:8]):
            assert people.find_person(again, name) == anna
        assert people.holder_of_key(again, part(EC_PEM).fingerprint) == anna
        assert people.holder_of_key(again, part(RSA_PEM).fingerprint) is None
        assert not verify_log(again)
        for name in ("Anna", anna.id[:7], "f" * 8, "\udcff"):
            with pytest.raises(PersonNotFound):
                people.find_person(again, name)


REFUSED = {
    "nothing": ("  ", [EC_PEM], UsageError),
    "an id": ("deadbeef-1", [EC_PEM], UsageError),
    "a recipient": (AGE, [EC_PEM], UsageError),
    "an option": ("--name", [EC_PEM], UsageError),
    "a turn of direction": ("Anna\u202e", [EC_PEM], UsageError),
    "half a pair": ("Anna\ud800", [EC_PEM], UsageError),
    "too long": ("a" * 101, [EC_PEM], UsageError),
    "no key": ("Berta", [], UsageError),
    "the same name": ("ZOË", [EC_PEM], PersonNameTaken),
    "the same name spelt otherwise": ("Zoe\u0308", [EC_PEM], PersonNameTaken),
    "the same name with something invisible": ("Z\u200do\u00eb", [EC_PEM], PersonNameTaken),
    "the same key": ("Berta", [EC_PEM, RSA_PEM], PersonKeyTaken),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_added_changes_nothing(session: Session, case: str) -> None:
    name, keys, error = REFUSED[case]
    zoe = people.add_person(session, "Zo\u00eb", [part(RSA_PEM)])
    before = last(session)
    with pytest.raises(error):
        people.add_person(session, name, [part(key) for key in keys])
    assert people.list_people(session) == [zoe]
    assert last(session) == before


def test_a_key_that_comes_later_is_not_compared_yet(session: Session, module_clock: SettableClock) -> None:
    people.add_person(session, "Anna", [part(EC_PEM)])
    module_clock.set_wall(datetime(2026, 5, 4, 9, tzinfo=UTC))
    anna = people.trust_person(session, "Anna")
    assert (anna.trusted, anna.trusted_since) == (True, "2026-05-04T09:00:00Z")
    assert last(session).operation == people.TRUST
    anna = people.add_key_to_person(session, "Anna", [part(RSA_PEM)])
    assert (anna.trusted, anna.trusted_since) == (False, "")
    assert [bool(key.trusted) for key in anna.keys] == [True, False]
    with pytest.raises(PersonChanged):
        people.trust_person(session, "Anna", fingerprints=[part(AGE).fingerprint])
    anna = people.trust_person(session, "Anna", fingerprints=[anna.keys[1].fingerprint])
    assert anna.trusted
    anna = people.untrust_person(session, "Anna")
    assert [key.trusted for key in anna.keys] == ["", ""]
    assert last(session).details["keys"] == [key.fingerprint for key in anna.keys]


def test_keys_are_taken_away_but_not_the_last_one(session: Session) -> None:
    anna = people.add_person(session, "Anna", [part(EC_PEM), part(AGE)])
    for wrong in ("", anna.keys[0].fingerprint[:7], "0" * 64):
        with pytest.raises(UsageError):
            people.remove_key_from_person(session, "Anna", wrong)
    spelt = people.grouped(anna.keys[0].fingerprint).upper()
    left = people.remove_key_from_person(session, "Anna", spelt)
    assert left.keys == anna.keys[1:]
    with pytest.raises(LastPersonKey):
        people.remove_key_from_person(session, "Anna", left.keys[0].fingerprint)
    for count in (0, MAX_KEYS):
        more = [PublicPart(left.keys[0].kind, bytes([number])) for number in range(count)]
        with pytest.raises(UsageError):
            people.add_key_to_person(session, "Anna", more)
    assert people.find_person(session, "Anna") == left


def test_names_and_notes_change_and_a_removed_person_leaves_nothing(session: Session) -> None:
    anna = people.add_person(session, "Anna", [part(EC_PEM)])
    berta = people.add_person(session, "Berta", [part(RSA_PEM)])
    assert people.rename_person(session, "anna", "ANNA").name == "ANNA"
    with pytest.raises(PersonNameTaken):
        people.rename_person(session, "Anna", "berta")
    assert people.note_person(session, "Anna", "line one\nline two").note == "line one\nline two"
    assert people.remove_person(session, "Anna").id == anna.id
    assert people.list_people(session) == [berta]
    assert f"-people/{anna.id}" in last(session).changes
    assert not verify_log(session)
    again = people.add_person(session, "Anna", [part(EC_PEM)])
    assert again.id != anna.id


@pytest.mark.parametrize(
    "spec", [KeySpec.ECC_NIST_EDWARDS25519, KeySpec.ECC_NIST_P384, KeySpec.RSA_2048], ids=lambda spec: spec.value
)
def test_a_signature_is_valid_once_the_signers_fingerprint_was_compared(
    session: Session, tmp_path: Path, spec: KeySpec
) -> None:
    """Signed by ssh-keygen; the key as PEM or as a line of SSH makes no difference to whose it is."""
    document = tmp_path / "contract"
    document.write_text("we agree")
    signed = ssh_keygen("-Y", "sign", "-n", "file", "-f", private_key_file(tmp_path, spec), document)
    assert signed.returncode == 0, signed.stderr
    unknown = verify_file(str(document), session=session)
    assert (unknown.verdict, unknown.signatures[0].person) == (Verdict.VALID_UNTRUSTED, None)

    people.add_person(session, "Anna", [part(ssh_line(spec))])
    untrusted = verify_file(str(document), session=session)
    assert untrusted.verdict is Verdict.VALID_UNTRUSTED
    assert untrusted.signatures[0].person == "Anna"
    assert untrusted.signatures[0].signer.startswith("SHA256:")
    assert "not compared" in untrusted.sentence

    people.trust_person(session, "Anna")
    trusted = verify_file(str(document), session=session)
    assert (trusted.verdict, trusted.signatures[0].signer) == (Verdict.VALID, "Anna")
    assert verify_file(str(document)).verdict is Verdict.VALID_UNTRUSTED
    document.write_text("we do not")
    changed = verify_file(str(document), session=session)
    assert changed.verdict is Verdict.INVALID
    assert changed.signatures[0].signer == "Anna"
    document.write_text("we agree")
    people.untrust_person(session, "Anna")
    assert verify_file(str(document), session=session).verdict is Verdict.VALID_UNTRUSTED


def test_an_id_that_begins_like_two_is_ambiguous_and_a_key_is_shown_as_other_programs_do(session: Session) -> None:
    with session.records.change() as change:
        for name, key in (("Anna", ED25519_SSH), ("Berta", EC_PEM)):
            found = people.Person(f"aaaaaaaa-{name.lower()}", name, "2026-05-03T12:00:00Z")
            change.people.insert(found)
            change.people.add_key(found.id, people.PersonKey(**vars(part(key))))
        change.append(Draft(people.ADD, Outcome.DONE))
    with pytest.raises(NameAmbiguous):
        people.find_person(session, "aaaaaaaa")
    (shown,) = people.find_person(session, "Anna").keys
    view = people.view_of(session, shown)
    assert view.ssh_fingerprint == "SHA256:T1U+Lf0WAC1PS6FAwgg/XRU4Us/HWpOnTGz8EcjYTsA"
    assert view.recipient == ED25519_SSH.rpartition(" ")[0]
    assert view.certificate is None
