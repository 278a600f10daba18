"""The whole vault held against itself: every kind of fault is found, and nothing is raised for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from signet.audit.entry import Draft, Outcome
from signet.crypto.identity import generate_identity
from signet.crypto.software import generate
from signet.errors import Cancelled
from signet.keys.model import KeyVersion
from signet.keys.spec import KeySpec
from signet.services import keys
from signet.services.audit import list_entries
from signet.services.files_encrypt import encrypt_files
from signet.services.header_change import open_identity
from signet.services.session import Session
from signet.services.verification import Verified, verify_vault
from support.vaults import VaultInTest, resigned

AES = KeySpec.SYMMETRIC_DEFAULT
P256 = KeySpec.ECC_NIST_P256
Fault = Callable[[Session], None]


def tamper(session: Session, statement: str, *values: object) -> None:
    """Change rows behind Signet's back, as someone with the database key could."""
    with session.database.transaction() as cursor:
        cursor.execute(statement, values)


def places(found: Verified) -> set[str]:
    return {problem.place.partition("/")[0] for problem in found.problems}


def test_a_healthy_vault_has_neither_problems_nor_notes(session: Session) -> None:
    for alias, spec in (("papers", AES), ("signing", P256), ("archive", KeySpec.RSA_2048)):
        keys.create_key(session, alias, spec=spec)
    entries = len(list_entries(session))
    found = verify_vault(session)
    assert (found.problems, found.notes) == ((), ())
    assert (found.keys_checked, found.entries_checked) == (3, entries)
    entry = list_entries(session, 1)[0]
    assert (entry.operation, entry.outcome) == ("VerifyVault", Outcome.DONE)
    assert entry.details == {"problems": 0, "keys": 3, "entries": entries}


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("UPDATE keys SET state = 'Disabled'", "keys"),
        ("UPDATE keys SET spec = 'NO_SUCH_SPEC'", "keys"),
        ("DELETE FROM aliases", "aliases"),
        ("UPDATE key_versions SET public_key = x'00'", "key_versions"),
        ("DELETE FROM key_versions", "key_versions"),
        ("UPDATE methods SET label = 'mine'", "methods"),
        ("DELETE FROM methods", "methods"),
        ("UPDATE meta SET value = x'00' WHERE name = 'identity-key'", "meta"),
        ("UPDATE meta SET value = x'00' WHERE name = 'current-header'", "meta"),
        ("DELETE FROM meta WHERE name = 'vault-id'", "meta"),
        ("UPDATE audit SET user = 'nobody' WHERE sequence = 2", "audit entry 2"),
        ("DELETE FROM audit WHERE sequence = 2", "audit entry 2"),
        ("UPDATE audit_head SET mac = x'00'", "audit head"),
        ("DELETE FROM audit_head", "audit head"),
    ],
)
def test_rows_changed_behind_signets_back_are_found(session: Session, statement: str, place: str) -> None:
    keys.create_key(session, "papers", spec=AES)
    tamper(session, statement)
    found = verify_vault(session)
    assert place in places(found)
    assert len({(problem.place, problem.what) for problem in found.problems}) == len(found.problems)


def insert_version(session: Session, change_version: Callable[[KeyVersion], KeyVersion], spec: KeySpec) -> None:
    """Put a version into the vault with a right MAC and a wrong content."""
    made = keys.create_key(session, "papers", spec=spec)
    (version,) = keys.versions(session, made)
    with session.records.change() as change:
        change.keys.add_version(change_version(replace(version, number=2)))
        change.append(Draft("Test", Outcome.DONE))


@pytest.mark.parametrize(
    ("spec", "change_version"),
    [
        (AES, lambda version: version),  # wrapped for another version number
        (AES, lambda version: replace(version, material=None)),
        (AES, lambda version: replace(version, material=b"")),
        (P256, lambda version: replace(version, material=os.urandom(200))),
    ],
)
def test_material_that_does_not_open_is_found(
    session: Session, spec: KeySpec, change_version: Callable[[KeyVersion], KeyVersion]
) -> None:
    insert_version(session, change_version, spec)
    found = verify_vault(session)
    (problem,) = found.problems
    assert problem.place.startswith("key_versions/")
    assert problem.place.endswith("/2")
    assert found.keys_checked == 2


def test_a_public_key_that_is_not_that_of_the_private_one_is_found(session: Session) -> None:
    made = keys.create_key(session, "signing", spec=P256)
    other = generate(P256).public_key
    mine = generate(P256)
    with session.records.change() as change:
        change.keys.add_version(
            KeyVersion(made.id, 2, made.created, session.seal_material(made, 2, mine.material), other)
        )
        change.append(Draft("Test", Outcome.DONE))
    (problem,) = verify_vault(session).problems
    assert problem.place == f"key_versions/{made.id}/2"
    assert "public key" in problem.what


def test_material_of_another_kind_is_found(session: Session) -> None:
    made = keys.create_key(session, "signing", spec=P256)
    other = generate(KeySpec.ECC_NIST_P384)
    with session.records.change() as change:
        sealed = session.seal_material(made, 2, other.material)
        change.keys.add_version(KeyVersion(made.id, 2, made.created, sealed, other.public_key))
        change.append(Draft("Test", Outcome.DONE))
    (problem,) = verify_vault(session).problems
    assert problem.place == f"key_versions/{made.id}/2"


def test_a_changed_page_is_found(session: Session) -> None:
    keys.create_key(session, "papers", spec=AES)
    session.database.checkpoint()
    # In a process of its own: closing a second descriptor here would drop SQLite's locks.
    flip = (
        "import sys; file = open(sys.argv[1], 'r+b'); file.seek(3 * 4096 + 100); byte = file.read(1)[0]; "
        "file.seek(-1, 1); file.write(bytes([byte ^ 1]))"
    )
    subprocess.run([sys.executable, "-c", flip, session.database.path], check=True)
    found = verify_vault(session)
    assert "database" in places(found)


def headers(vault: VaultInTest) -> dict[str, Fault]:
    def older(session: Session) -> None:
        with open_identity(session) as identity:
            vault.write_header(resigned(replace(session.header, generation=9), identity))

    def another_identity(session: Session) -> None:
        private, public = generate_identity()
        vault.write_header(resigned(replace(session.header, identity=public), private))

    def no_ways(session: Session) -> None:
        with open_identity(session) as identity:
            vault.write_header(resigned(replace(session.header, methods=()), identity))

    def forged(_: Session) -> None:
        vault.change_field(lambda fields: fields.update(generation=2))

    def another_database(session: Session) -> None:
        with open_identity(session) as identity:
            vault.write_header(resigned(replace(session.header, database="vault-0123456789ABCDEF.db"), identity))

    def damaged(_: Session) -> None:
        (vault.path / "header.json").write_bytes(b"{}")

    def missing(_: Session) -> None:
        (vault.path / "header.json").unlink()

    found = (older, another_identity, no_ways, forged, another_database, damaged, missing)
    return {fault.__name__: fault for fault in found}


@pytest.mark.parametrize(
    "fault", ["older", "another_identity", "no_ways", "forged", "another_database", "damaged", "missing"]
)
def test_a_header_that_does_not_fit_the_database_is_found(session: Session, vault: VaultInTest, fault: str) -> None:
    headers(vault)[fault](session)
    found = verify_vault(session)
    assert places(found) - {"methods", "header.copy.json"} == {"header.json"}


@pytest.mark.parametrize("content", [None, b"", b"{}"])
def test_a_copy_that_is_not_the_header_is_found(session: Session, vault: VaultInTest, content: bytes | None) -> None:
    copy = vault.path / "header.copy.json"
    copy.unlink()
    if content is not None:
        copy.write_bytes(content)
    (problem,) = verify_vault(session).problems
    assert problem.place == "header.copy.json"


def test_ways_in_that_only_the_database_knows_are_found(session: Session) -> None:
    with session.records.change() as change:
        change.methods.insert(replace(change.methods.all()[0], id="0" * 8))
        change.append(Draft("Test", Outcome.DONE))
    (problem,) = verify_vault(session).problems
    assert problem.place == "methods/00000000"


def test_what_does_not_belong_into_the_folder_is_a_note(session: Session, vault: VaultInTest) -> None:
    (vault.path / "mine.txt").write_text("mine")
    (vault.path / "vault-0123456789ABCDEF.db").write_text("old")
    (vault.path / "backups" / "mine.tar").write_text("mine")
    (vault.path / "backups" / "2026-11-22T120000Z-before-restore").mkdir()
    (vault.path / "backups").chmod(0o755)
    found = verify_vault(session)
    assert found.problems == ()
    for part in (
        "before a restore",
        "mine.txt",
        "vault-0123456789ABCDEF.db",
        "mine.tar",
        "backups is open to other users",
    ):
        assert [note for note in found.notes if part in note]
    assert len(found.notes) == 5


def test_known_files_that_are_gone_or_changed_are_notes(session: Session, tmp_path: Path) -> None:
    keys.create_key(session, "papers", spec=AES)
    sources = []
    for name in ("gone", "damaged", "swapped", "well"):
        (tmp_path / name).write_text(name)
        sources.append(str(tmp_path / name))
    items = encrypt_files(session, sources, key="papers")
    assert [item.status for item in items] == ["done"] * 4
    assert verify_vault(session).notes == ()
    (tmp_path / "gone.esdk").unlink()
    (tmp_path / "damaged.esdk").write_bytes(b"x" * 400)
    (tmp_path / "swapped.esdk").write_bytes((tmp_path / "well.esdk").read_bytes())
    found = verify_vault(session)
    assert found.problems == ()
    assert len(found.notes) == 3
    assert [note for note in found.notes if str(tmp_path / "swapped.esdk") in note]


def test_progress_counts_to_the_end_and_a_cancel_is_recorded(session: Session) -> None:
    keys.create_key(session, "papers", spec=AES)
    seen: list[tuple[int, int]] = []
    verify_vault(session, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(number, 6) for number in range(1, 7)]
    with pytest.raises(Cancelled):
        verify_vault(session, cancelled=lambda: True)
    assert list_entries(session, 1)[0].outcome is Outcome.CANCELLED
