"""Opening a vault: header, pins, way in, attestation, database, in this order; nothing is believed before its proof.

The order is that of DESIGN.md, section 3: what the pins refuse is refused before any secret is asked for; the master
key is unwrapped only by a way in that vouches for the vault (or that cannot vouch, and is confirmed by fingerprint);
the database decides which header is the current one.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack

from signet.audit.entry import Draft, Outcome
from signet.clock import timestamp
from signet.crypto import sealing
from signet.crypto.derive import database_key, material_key
from signet.crypto.identity import check_header, fingerprint
from signet.errors import (
    DatabaseDamaged,
    HeaderDamaged,
    HeaderMismatch,
    IdentityUnconfirmed,
    SignetError,
    VaultNotFound,
)
from signet.formats.header import UnlockMethod, VaultHeader
from signet.formats.header_parser import parse_header
from signet.secret import Secret
from signet.services import backup, checkpoints, header_change, migrating, upkeep
from signet.services.pinning import PinCheck, check_header_pin, check_records_pin, settle_pin
from signet.services.presenting import Selection, present
from signet.services.session import Session
from signet.services.ways import Presenter
from signet.services.workplace import Workplace
from signet.store.database import Database
from signet.store.folder import VaultFolder
from signet.store.records import Records

AUDIT_KEY = "audit-mac-key"
AUDIT_EPOCH = "audit-epoch"
OPERATION = "UnlockVault"


def open_vault(
    workplace: Workplace,
    path: str,
    *,
    selection: Selection | None = None,
    present_by: Callable[[VaultHeader], tuple[UnlockMethod, Presenter]] | None = None,
    administer: bool = False,
    pins: PinCheck = PinCheck.ENFORCE,
    watch: Callable[[Session], None] | None = None,
) -> Session:
    """Unlock the vault at ``path``.

    ``present_by`` presents a way in instead of the one that ``selection`` would ask for. ``administer`` keeps it
    presentable, for a change of the header that follows at once. ``watch`` is called with the session once everything
    fits and before anything is recorded or pinned; what it raises locks again.

    Raises NotUnlocked and its branches if no way in opened; VaultError and its branches if header, pins, attestation
    and database do not agree. Nothing has changed then.
    """
    folder = existing_vault(path)
    with ExitStack() as stack:
        lock = folder.shared_lock()
        stack.callback(lock.release)
        header = read_header(folder)
        check_header_pin(workplace, header, pins)
        if present_by is not None:
            method, presenter = present_by(header)
        else:
            method, presenter = present(workplace, header, selection or Selection())
        stack.callback(presenter.close)
        vouched = presenter.vouches(method, header)
        master = presenter.open(method, header)
        stack.callback(master.wipe)
        database = _open_database(folder, header, master)
        stack.callback(database.close)
        records = _open_records(workplace, header, database, master, method)
        stack.callback(records.mac_key.wipe)
        session = Session(
            workplace=workplace,
            folder=folder,
            header=header,
            records=records,
            master=master,
            method=method,
            presenter=presenter,
            lock=lock,
            pinned=pins is PinCheck.ENFORCE,
        )
        stack.callback(session.material_key.wipe)
        _accept(session, vouched=vouched, pins=pins, watch=watch)
        if pins is not PinCheck.IGNORE:  # drills change nothing
            session.before_logout = checkpoints.before_logout
        if not administer:
            session.log_out()
        session.farewell = header_change.raise_pin
        stack.pop_all()  # from here on the session closes these
        return session


def existing_vault(path: str) -> VaultFolder:
    """The folder at ``path`` if a vault is or was in it; leaves nothing there.

    Raises VaultNotFound, and HeaderDamaged where a database stands without any header.
    """
    folder = VaultFolder(path)
    if not (os.path.lexists(folder.header_path) or os.path.lexists(folder.copy_path)):
        if os.path.isdir(folder.path) and folder.databases():
            raise HeaderDamaged(reason="both of its files are missing, and only the database is there")
        raise VaultNotFound(path=folder.path)
    return folder


def read_header(folder: VaultFolder) -> VaultHeader:
    """Read and check the header, or its copy where the header itself is damaged or gone; trusts nothing yet."""
    try:
        return _checked(folder.read_header())
    except SignetError as error:
        copy = folder.read_header_copy()
        if copy is None:
            if isinstance(error, VaultNotFound) and folder.databases():
                raise HeaderDamaged(reason="it is missing, and its copy cannot be read") from error
            raise
        try:
            return _checked(copy)
        except SignetError as second:
            # Where the header itself is gone, what is wrong with the copy says more.
            raise (second if isinstance(error, VaultNotFound) else error) from None


def _checked(data: bytes) -> VaultHeader:
    header = parse_header(data)
    check_header(header)
    return header


def _open_database(folder: VaultFolder, header: VaultHeader, master: Secret) -> Database:
    path = folder.database_path(header.database)
    if not os.path.exists(path):
        raise DatabaseDamaged(reason="its file is missing")
    with database_key(master, header.salt) as key:
        return Database.open(path, key)


def _open_records(
    workplace: Workplace, header: VaultHeader, database: Database, master: Secret, method: UnlockMethod
) -> Records:
    sealed = database.read_meta_unchecked(AUDIT_KEY)
    epoch = database.read_meta_unchecked(AUDIT_EPOCH)
    if sealed is None or epoch is None or not epoch.isdigit():
        raise DatabaseDamaged(reason="the key of its records is missing")
    with material_key(master, header.salt) as key:
        mac_key = sealing.open_own(key, sealed, name=AUDIT_KEY, vault_id=header.vault_id)
    return Records(
        database, mac_key=mac_key, epoch=int(epoch), actor=workplace.actor(method.id), clock=workplace.clock
    )


def _accept(session: Session, *, vouched: bool, pins: PinCheck, watch: Callable[[Session], None] | None) -> None:
    """Hold database and header against each other and against the pins, ask what is to be asked, record the opening.

    Nobody is asked under the lock: what was shown is looked at again once it is taken.
    """
    workplace, folder = session.workplace, session.folder
    with folder.header_lock():
        _take_over(session)
        _same_vault(session)
        pinned = check_records_pin(session, pins)
        header_change.check_marks(session)
    if not pinned and not vouched and pins is not PinCheck.IGNORE:
        _confirm_identity(session)
    if watch is not None:
        watch(session)
    if pins is PinCheck.IGNORE:
        return
    migrating.bring_up_to_date(session)
    with folder.header_lock():
        _take_over(session)
        check_records_pin(session, pins)
        header_change.settle(session)
        _heal(session)
        folder.delete_unnamed_databases(session.header.database)
        backup.sweep_copies(session)
        with session.records.change() as change:
            change.methods.set_proven(session.method.id, timestamp(workplace.clock.now()))
            change.append(Draft(OPERATION, Outcome.DONE, details={"method": session.method.label}))
    if not pinned and pins is PinCheck.ENFORCE:
        workplace.prompt.note(
            "This computer sees this vault for the first time and will know it from now on. "
            f"Its identity is {fingerprint(session.header.identity)}: "
            "the same as you noted when you made it, or it is not your vault."
        )
    if pins is PinCheck.ENFORCE:
        with header_change.afterwards(workplace):
            settle_pin(session)
        upkeep.at_unlock(session)


def _same_vault(session: Session) -> None:
    with session.records.read() as reading:
        stored = reading.meta.get(header_change.VAULT_ID)
    if stored != session.vault_id.encode():
        raise HeaderMismatch(header=f"of vault {session.vault_id}", database="another vault")
    with header_change.open_identity(session):
        pass


def _take_over(session: Session) -> None:
    """Use the header that stands on disk now: another Signet may have changed it while the secret was typed."""
    try:
        header = _checked(session.folder.read_header())
    except SignetError:
        return  # it is damaged, and its copy was taken
    session.header = header


def _heal(session: Session) -> None:
    """Write header and copy anew if one of them is not the accepted header."""
    accepted = session.header.encoded()
    for read in (session.folder.read_header, session.folder.read_header_copy):
        try:
            same = read() == accepted
        except SignetError:
            same = False
        if not same:
            session.folder.write_header(accepted)
            return


def _confirm_identity(session: Session) -> None:
    """A way in that cannot vouch, on a computer that does not know the vault: only the fingerprint helps."""
    shown = fingerprint(session.header.identity)
    typed = session.workplace.prompt.typed_fingerprint(
        shown,
        "This computer sees this vault for the first time, and this card cannot vouch for it. "
        "Type the identity fingerprint that you noted when the vault was made; a computer that knows the vault "
        "shows it too.",
    )
    if "".join(typed.split()).upper() != shown.replace(" ", ""):
        raise IdentityUnconfirmed(fingerprint=shown)


def header_of(path: str) -> VaultHeader:
    """Read the header of the vault at ``path`` without unlocking; raise VaultNotFound, HeaderDamaged and kin."""
    folder = existing_vault(path)
    with folder.shared_lock():
        return read_header(folder)
