"""An unlocked vault: its header, its records and the keys that hang on the master key."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from signet.crypto import sealing
from signet.crypto.derive import material_key
from signet.errors import JobsRunning, ProofOfPresenceMissing, SignetError, VaultLocked
from signet.formats.header import UnlockMethod, VaultHeader
from signet.keys.model import Key, KeyVersion
from signet.secret import Secret
from signet.services.workplace import Workplace
from signet.store.database import Database
from signet.store.folder import VaultFolder
from signet.store.lock import FileLock
from signet.store.records import Records

if TYPE_CHECKING:
    from signet.services.ways import Presenter

PRESENCE_SECONDS = 300.0
"""How long a secret given counts as proof of presence for administration (DESIGN.md, section 6)."""


class Session:
    """What an unlocked vault consists of; `close` locks it. Made by `signet.services.opening`.

    ``presenter`` is the way in that opened it, kept usable only where administration follows at once, or, with
    ``one_job``, until the first job with a key has had the use of it (`let_go`). ``pinned`` says whether this
    computer's pins follow what happens in this session; ``farewell`` is called once, before locking.
    """

    def __init__(
        self,
        *,
        workplace: Workplace,
        folder: VaultFolder,
        header: VaultHeader,
        records: Records,
        master: Secret,
        method: UnlockMethod,
        presenter: Presenter | None,
        lock: FileLock,
        pinned: bool = True,
    ) -> None:
        self.workplace = workplace
        self.folder = folder
        self.header = header
        self.records = records
        self.master = master
        self.material_key = material_key(master, header.salt)
        self.method = method
        self.presenter = presenter
        self.pinned = pinned
        self.one_job = False
        self.farewell: Callable[[Session], None] | None = None
        self.before_logout: Callable[[Session, Presenter], None] | None = None
        self._lock = lock
        self._uses = 0
        self._uses_guard = threading.Lock()
        self._proven = workplace.clock.monotonic()

    @property
    def vault_id(self) -> str:
        """The vault's id."""
        return self.header.vault_id

    @property
    def database(self) -> Database:
        """The open database; another one after a new master key."""
        return self.records.database

    @contextmanager
    def using(self) -> Iterator[None]:
        """Mark a use of a key from its decision to its end; no new master key comes in between."""
        with self._uses_guard:
            self._uses += 1
        try:
            yield
        finally:
            with self._uses_guard:
                self._uses -= 1

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Have the vault alone, in every process and thread; only under the header lock.

        The system drops the shared lock before it grants the exclusive one (flock(2)); the header lock, which
        everyone takes before this one, is what keeps another from coming in between. Raises VaultInUse if another
        Signet has the vault open, JobsRunning if a key is in use in this one.
        """
        self._lock.upgrade()
        try:
            with self.records.alone():
                with self._uses_guard:
                    uses = self._uses
                if uses:
                    raise JobsRunning
                yield
        finally:
            if self._lock.held:
                self._lock.downgrade()

    def require_alone(self) -> None:
        """Raise what `alone` would, before anything is made for it: a backup, of which only ten are kept, say."""
        with self.folder.header_lock(), self.alone():
            pass

    def seal_material(self, key: Key, version: int, material: Secret) -> bytes:
        """Wrap material of a key version under this vault's material key; raise VaultLocked after `close`."""
        self._check_open()
        return sealing.seal_material(self.material_key, material, key_id=key.id, version=version, spec=key.spec)

    def open_material(self, key: Key, version: KeyVersion) -> Secret:
        """Take the vault's own wrapping off a key version's material; that of guards stays (`signet.services.use`).

        Raises DatabaseDamaged if it does not open, VaultLocked after `close`.
        """
        self._check_open()
        if version.material is None:
            raise ValueError("a key on a token has no material here")
        return sealing.open_material(
            self.material_key, version.material, key_id=key.id, version=version.number, spec=key.spec
        )

    def _check_open(self) -> None:
        """The material key is zeros once it is wiped, which must never encrypt anything."""
        if self.database.closed:
            raise VaultLocked

    def proven(self) -> None:
        """Note that a secret of an unlock method was just given."""
        self._proven = self.workplace.clock.monotonic()

    def require_presence(self) -> None:
        """Raise ProofOfPresenceMissing if the last secret was given more than five minutes ago."""
        if self.workplace.clock.monotonic() - self._proven > PRESENCE_SECONDS:
            raise ProofOfPresenceMissing

    def presented(self) -> Presenter:
        """The way in that opened the vault, still presentable; raise ProofOfPresenceMissing if it is not."""
        self.require_presence()
        if self.presenter is None:
            raise ProofOfPresenceMissing
        return self.presenter

    def let_go(self) -> None:
        """Log the card out, or forget the secret, that opened the vault for one job and was kept for it."""
        if self.one_job:
            self.log_out()

    def log_out(self) -> None:
        """Put the way in away that was kept presentable, if it was: log the card out, or forget the secret."""
        presenter, self.presenter = self.presenter, None
        if presenter is None:
            return
        try:
            if self.before_logout is not None:
                with suppress(SignetError):  # what is left undone then is due at the next login
                    self.before_logout(self, presenter)
        finally:
            presenter.close()

    def close(self) -> None:
        """Lock: pin what was recorded, close the database, wipe what can be wiped, let go of the vault's lock."""
        farewell, self.farewell = self.farewell, None
        with ExitStack() as stack:  # from the last to the first, whatever any of them raises
            stack.callback(self._lock.release)
            for secret in (self.master, self.material_key, self.records.mac_key):
                stack.callback(secret.wipe)
            stack.callback(self.database.close)
            stack.callback(self._say_farewell, farewell)
            stack.callback(self.log_out)

    def _say_farewell(self, farewell: Callable[[Session], None] | None) -> None:
        if farewell is not None:
            with suppress(SignetError):  # a vault that can no longer be read is locked all the same
                farewell(self)

    def move_to(self, *, header: VaultHeader, records: Records, master: Secret) -> None:
        """Go on with a new master key and the database that hangs on it; the old ones are closed and wiped."""
        old_database, old_secrets = self.database, (self.master, self.material_key, self.records.mac_key)
        self.records.move_to(records.database, mac_key=records.mac_key, epoch=records.epoch)
        self.header, self.master, self.material_key = header, master, material_key(master, header.salt)
        for secret in old_secrets:
            secret.wipe()
        old_database.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
