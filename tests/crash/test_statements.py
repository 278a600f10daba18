"""Killed between any two SQL statements: no change without its entry, no entry without its change.

What a process leaves behind when it is killed is what its files hold at that instant. So the vault's folder is copied
before every statement of a change, and every copy is opened as the next start would open it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from signet.audit.entry import Draft, Outcome
from signet.crypto.derive import database_key
from signet.errors import KeyStateRefused
from signet.keys.spec import KeySpec
from signet.services import keys, macs
from signet.services.deletion import destroy_key, schedule_deletion
from signet.services.key_names import move_alias
from signet.services.rotation import rotate_key
from signet.services.session import Session
from signet.store.database import Database
from signet.store.records import Records
from signet.store.tables.use_days import Counts
from support.clock import SettableClock
from support.vaults import make_vault


def make_and_rotate(session: Session, _: Path) -> None:
    """A key of two versions."""
    keys.create_key(session, "photos", spec=KeySpec.SYMMETRIC_DEFAULT, tags=[("year", "2026")])
    rotate_key(session, "photos")


def use_and_refuse(session: Session, folder: Path) -> None:
    """A use through the door, then a switch, then a refusal."""
    macs.generate_mac(session, str(folder / "letter"), key="seal")
    keys.disable_key(session, "seal")
    with suppress(KeyStateRefused):
        macs.generate_mac(session, str(folder / "letter"), key="seal")


def change_and_prove(session: Session, _: Path) -> None:
    """Rows of a key and of a way in, in several transactions."""
    keys.enable_key(session, "seal")
    with session.records.change() as change:
        change.methods.set_proven(session.method.id, "2026-11-23T00:00:00Z")
        change.append(Draft("ProveUnlockMethod", Outcome.DONE))


def destroy(session: Session, _: Path) -> None:
    """A key scheduled for deletion, and destroyed with all its rows."""
    move_alias(session, "seal", "stamp")
    left = keys.list_keys(session)[0].id
    schedule_deletion(session, left, days=7)
    clock = session.workplace.clock
    assert isinstance(clock, SettableClock)
    clock.advance(7 * 24 * 3600.0)
    session.proven()
    destroy_key(session, left, typed=left)


@pytest.mark.parametrize(
    "act", [make_and_rotate, use_and_refuse, change_and_prove, destroy], ids=lambda act: act.__name__
)
def test_what_a_kill_between_two_statements_leaves_agrees_with_its_log(
    tmp_path: Path, clock: SettableClock, act: Callable[[Session, Path], None]
) -> None:
    vault = make_vault(tmp_path, clock)
    (tmp_path / "letter").write_bytes(b"Dear")
    images: list[Path] = []
    with vault.workplace, vault.open() as session:
        keys.create_key(session, "seal", spec=KeySpec.HMAC_256)
        keys.create_key(session, "stamp", spec=KeySpec.HMAC_256)
        if act is change_and_prove:
            keys.disable_key(session, "seal")
        session.database.checkpoint()
        before = _count(session.records)

        def copy(_: str) -> None:
            images.append(tmp_path / f"image-{len(images)}")
            shutil.copytree(vault.path, images[-1], ignore=shutil.ignore_patterns("backups", "lock", "header.lock"))

        session.database._connection.set_trace_callback(copy)
        try:
            act(session, tmp_path)
        finally:
            session.database._connection.set_trace_callback(None)
        after = _count(session.records)
        seen = {_looked_at(image, session, clock) for image in images}
    assert len(images) > 3 * (after - before)
    assert min(seen) == before < max(seen) <= after


def _count(records: Records) -> int:
    with records.read() as reading:
        return reading.audit.head().count


def _looked_at(image: Path, session: Session, clock: SettableClock) -> int:
    """Open the database of an image, hold it against its log, and return how long that is."""
    (path,) = image.glob("vault-*.db")
    with database_key(session.master, session.header.salt) as key:
        database = Database.open(str(path), key)
    records = Records(database, mac_key=session.records.mac_key, epoch=1, actor=session.records.actor, clock=clock)
    try:
        with records.read() as reading:
            counts = Counts()
            assert reading.audit.verify(uses=counts) == [], image.name
            assert reading.use_days.agree(counts), image.name
            for entry in reading.audit.list():
                if entry.operation == "GenerateMac" and entry.outcome is Outcome.DONE:
                    begun = reading.audit.entry(entry.of or 0)
                    assert begun is not None
                    assert begun.outcome is Outcome.ALLOWED
            allowed = sum(entry.outcome is Outcome.ALLOWED for entry in reading.audit.list(operation="GenerateMac"))
            used = reading.uses.of_key(reading.keys.find("seal").id)
            assert sum(each.uses for each in used.values()) == allowed, image.name
            return reading.audit.head().count
    finally:
        database.close()
        shutil.rmtree(image)
