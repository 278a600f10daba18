"""The whole vault held against itself: pages, rows, keys, log, header, copy, known files (``vault verify``).

Nothing raises for what is wrong: every fault is listed with its place, and the rest is still looked at.
"""

from __future__ import annotations

import hmac
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from signet.audit.chain import Problem
from signet.audit.entry import Draft, Outcome
from signet.crypto import sealing
from signet.crypto.guarding import MIN_GUARDED
from signet.crypto.identity import check_header, public_identity
from signet.crypto.software import check_material
from signet.errors import Cancelled, RecordDisagrees, SignetError
from signet.formats.header import VaultHeader
from signet.formats.header_parser import parse_header
from signet.keys.model import Key, KeyVersion
from signet.keys.spec import Origin, Protection
from signet.services.age_names import id_at, is_age_file
from signet.services.backup import kept_before_restore, list_backups
from signet.services.checkpoints import checkpoint_problems
from signet.services.files_inspect import inspect_file, shown
from signet.services.guards import guard_problems, guards_of
from signet.services.header_change import CURRENT, IDENTITY, INTENT, VAULT_ID, HeaderMark
from signet.services.import_digest import DIGEST_KEY
from signet.services.import_keys import open_token
from signet.services.session import Session
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Progress
from signet.store.database import SIDE_FILES
from signet.store.folder import COPY_NAME, HEADER_NAME
from signet.store.foreign import translated
from signet.store.tables.catalogue import FileRecord

OPERATION = "VerifyVault"
_LOCKS = ("lock", "header.lock")
_BACKUPS = "backups"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True)
class Verified:
    """What was found. Problems are faults of the vault; notes are what a person may want to know.

    ``keys_checked`` counts key versions, ``entries_checked`` entries of the log.
    """

    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    keys_checked: int
    entries_checked: int


def verify_vault(
    session: Session, *, progress: Progress | None = None, cancelled: IsCancelled | None = None
) -> Verified:
    """Check everything that can be checked without changing anything, and record that it was.

    ``progress`` counts steps: one each for pages, log, header and folder, key versions and known files. Raises
    Cancelled, and nothing for what is wrong with the vault.
    """
    work = _Verification(session, progress, cancelled)
    try:
        work.run()
    except Cancelled:
        work.record(Outcome.CANCELLED)
        raise
    work.record(Outcome.DONE)
    return Verified(tuple(work.problems), tuple(work.notes), work.keys_checked, work.entries_checked)


@dataclass
class _Verification:
    session: Session
    progress: Progress | None
    cancelled: IsCancelled | None
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    keys_checked: int = 0
    entries_checked: int = 0
    guarded: set[str] = field(default_factory=set)
    unreachable: set[str] = field(default_factory=set)
    done: int = 0
    total: int = 0

    def run(self) -> None:
        versions: list[KeyVersion] = []
        files: list[FileRecord] = []
        unread: SignetError | None = None
        try:
            with self.session.records.read() as reading:
                files = reading.catalogue.all()
                versions = reading.keys.all_versions()
        except SignetError as error:
            unread = error
        parts: tuple[tuple[str, Callable[[], None]], ...] = (
            ("database", self._pages),
            ("audit log", self._log),
            (HEADER_NAME, self._header),
            ("folder", self._folder),
            ("meta/" + DIGEST_KEY, self._imports),
        )
        self.total = len(parts) + len(versions) + len(files)
        for place, part in parts:
            with self._step(place):
                part()
        for version in versions:
            with self._step(f"key_versions/{version.key_id}/{version.number}") as place:
                self._version(version, place)
        self._guards_seen()
        if unread is not None:
            with self._listed("keys"):
                raise unread
        for record in files:
            with self._step(f"file {shown(record.path)}"):
                self._file(record)

    def record(self, outcome: Outcome) -> None:
        """Write the entry; a log that takes none is among the problems already."""
        details = {"problems": len(self.problems), "keys": self.keys_checked, "entries": self.entries_checked}
        try:
            with self.session.records.change() as change:
                change.append(Draft(OPERATION, outcome, details=details))
        except SignetError as error:
            self.notes.append(f"This check could not be entered in the log. {error.message}")

    @contextmanager
    def _step(self, place: str) -> Iterator[str]:
        if self.cancelled is not None and self.cancelled():
            raise Cancelled
        with self._listed(place):
            yield place
        self.done += 1
        if self.progress is not None:
            self.progress(self.done, self.total)

    @contextmanager
    def _listed(self, place: str) -> Iterator[None]:
        """Take what is raised as a problem of ``place``."""
        try:
            yield
        except Cancelled:
            raise
        except SignetError as error:
            place = error.place if isinstance(error, RecordDisagrees) else place
            # The log's own check names a changed row too; once is enough.
            if all(known.place != place for known in self.problems):
                self._problem(place, error.message)

    def _problem(self, place: str, what: str) -> None:
        self.problems.append(Problem(place, what))

    def _pages(self) -> None:
        self.problems += [Problem("database", found) for found in self.session.database.page_problems()]

    def _log(self) -> None:
        with self.session.records.read() as reading:
            self.problems += reading.audit.verify()
            self.problems += checkpoint_problems(reading, self.session.vault_id)
            self.entries_checked = reading.audit.head().count

    def _version(self, version: KeyVersion, place: str) -> None:
        with self.session.records.read() as reading:
            key = reading.keys.get(version.key_id)
        self.keys_checked += 1
        if version.number > key.version:
            self._problem(place, f"“{key.alias}” does not know this version")
        if key.origin is Origin.EXTERNAL and version.material is None:
            return  # it waits for its material, and has no guards yet
        if key.protection is Protection.TOKEN:
            self._token_version(key, version, place)
        elif key.protection is Protection.GUARDED:
            self._guarded_version(key, version, place)
        elif version.material is None:
            self._problem(place, f"the key “{key.alias}” has no material")
        else:
            with self.session.open_material(key, version) as material:
                found = check_material(material, key.spec)
            if not hmac.compare_digest(found or b"", version.public_key or b""):
                self._problem(place, f"the public key of “{key.alias}” is not that of its private key")

    def _token_version(self, key: Key, version: KeyVersion, place: str) -> None:
        if version.material is not None or version.public_key is None:
            self._problem(place, f"the key “{key.alias}” is on a card and has to have a public half only")

    def _guarded_version(self, key: Key, version: KeyVersion, place: str) -> None:
        """Check what can be seen without a guard: the outer wrapping, and who could open the inner one."""
        self.guarded.add(key.alias)
        if version.material is None:
            self._problem(place, f"the key “{key.alias}” has no material")
        else:
            with self.session.open_material(key, version) as guarded:
                if len(guarded) <= MIN_GUARDED:
                    self._problem(place, f"what is in the guarded key “{key.alias}” is too short")
        if not guards_of(self.session, key):
            self.unreachable.add(key.alias)
        for what in guard_problems(self.session, key, version):
            self._problem(place, what)

    def _imports(self) -> None:
        """Open what imports have sealed of their own: the digest key, and wrapping keys that wait."""
        session = self.session
        with session.records.read() as reading:
            sealed, tokens = reading.meta.get(DIGEST_KEY), reading.imports.tokens()
        if sealed is not None:
            sealing.open_own(session.material_key, sealed, name=DIGEST_KEY, vault_id=session.vault_id).wipe()
        for token in tokens:
            with self._listed(f"import_tokens/{token.id}"):
                open_token(session, token).wipe()

    def _guards_seen(self) -> None:
        for name in sorted(self.unreachable):
            self.notes.append(f"The guarded key “{name}” has no guard any more; nothing opens it.")
        if self.guarded:
            names = ", ".join(f"“{name}”" for name in sorted(self.guarded))
            self.notes.append(
                f"Guarded keys were checked from outside only, because no guard was asked for: {names}. "
                "Decrypting or exporting with one of them checks the rest."
            )

    def _header(self) -> None:
        session = self.session
        with session.folder.header_lock():
            data = session.folder.read_header()
            copy = session.folder.read_header_copy()
            with session.records.read() as reading:
                current, intent = (HeaderMark.decoded(reading.meta.get(name)) for name in (CURRENT, INTENT))
                vault_id = reading.meta.get(VAULT_ID)
                sealed = reading.meta.get(IDENTITY) or b""
                rows = {row.id for row in reading.methods.all()}
        if copy != data:
            self._problem(COPY_NAME, "is not the same as the header")
        with self._listed(HEADER_NAME):
            header = parse_header(data)
            check_header(header)
            self._compare(header, current, intent, vault_id)
            self._compare_methods({method.id: method.label for method in header.methods}, rows)
        with self._listed("meta/" + IDENTITY):
            own = sealing.open_own(session.material_key, sealed, name=IDENTITY, vault_id=session.vault_id)
            with own as private:
                if public_identity(private) != session.header.identity:
                    self._problem("meta/" + IDENTITY, "is not the identity that the header names")

    def _compare(
        self, header: VaultHeader, current: HeaderMark | None, intent: HeaderMark | None, vault_id: bytes | None
    ) -> None:
        found = HeaderMark.of(header)
        if found == intent:
            self.notes.append("A change of the header was interrupted; it is finished when the vault is next opened.")
        elif found != current:
            expected = f"generation {current.generation}" if current else "none"
            self._problem(
                HEADER_NAME, f"is generation {header.generation}; the database expects {expected} of its own"
            )
        if header.vault_id.encode() != vault_id or header.identity != self.session.header.identity:
            self._problem(HEADER_NAME, "is another vault's")
        if header.database != os.path.basename(self.session.database.path):
            self._problem(HEADER_NAME, "names another database than the open one")

    def _compare_methods(self, ways: dict[str, str], rows: set[str]) -> None:
        for method_id in sorted(ways.keys() - rows):
            self._problem(f"methods/{method_id}", f"the way in “{ways[method_id]}” is unknown to the database")
        for method_id in sorted(rows - ways.keys()):
            self._problem(f"methods/{method_id}", "is in the database and not among the header's ways in")

    def _folder(self) -> None:
        folder = self.session.folder
        database = os.path.basename(self.session.database.path)
        expected = {HEADER_NAME, COPY_NAME, *_LOCKS, _BACKUPS, *(database + end for end in ("", *SIDE_FILES))}
        self._private(folder.path)
        with translated(folder.path):
            names = sorted(os.listdir(folder.path))
            backups = set(os.listdir(folder.backups)) if os.path.isdir(folder.backups) else set()
        for name in names:
            if name not in expected:
                self.notes.append(f"{shown(name)} does not belong into the vault's folder.")
            else:
                self._private(os.path.join(folder.path, name))
        kept = {os.path.basename(path) for path in list_backups(self.session)}
        aside = {os.path.basename(path) for path in kept_before_restore(self.session)}
        for name in sorted(backups - kept):
            if name in aside:
                self.notes.append(f"{shown(name)} is the vault before a restore; remove it once you do not need it.")
            else:
                self.notes.append(f"{shown(name)} among the backups is none that Signet made by itself.")

    def _private(self, path: str) -> None:
        with suppress(FileNotFoundError):
            if os.lstat(path).st_mode & _OTHERS:
                self.notes.append(f"{shown(path)} is open to other users of this computer.")

    def _file(self, record: FileRecord) -> None:
        try:
            if is_age_file(record.path):
                found = id_at(record.path)
            else:
                found = bytes.fromhex(inspect_file(record.path, session=self.session).message_id)
        except SignetError as error:
            self.notes.append(f"Known file: {error.message}")
            return
        if found != record.message_id:
            self.notes.append(f"Known file: {shown(record.path)} is another encrypted file than the one known.")
