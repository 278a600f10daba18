"""The one door: every use of a key is decided, counted and logged here before it happens (DESIGN.md, section 4).

One immediate transaction finds the key, decides, takes the counters, copies the wrapped material and writes
``allowed`` or ``refused``. The use comes after it, and then the end: ``done``, ``failed`` or ``cancelled``, naming
the first entry. A process that dies in between leaves an ``allowed`` without an end, which is the truth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.clock import timestamp
from signet.crypto.guarding import open_guarded
from signet.errors import Cancelled, KeyProblem, SignetError, UsageError, WrapBudgetSpent
from signet.keys.decide import decide
from signet.keys.model import Key, KeyVersion
from signet.keys.spec import Protection
from signet.keys.state import Operation
from signet.secret import Secret
from signet.services.guarding import Guarding
from signet.services.session import Session
from signet.store.records import Change

WRAP_BUDGET = 2**32
"""AES-GCM uses with random nonces under one key (SP 800-38D, 8.3)."""
WRAP_WARNING = WRAP_BUDGET // 2
"""From here on the person is told to rotate the key."""
_JOBS = {
    Operation.ENCRYPT: "encrypt",
    Operation.DECRYPT: "decrypt",
    Operation.RE_ENCRYPT: "re-encrypt",
    Operation.SIGN: "sign",
    Operation.GENERATE_DATA_KEY: "make a data key",
    Operation.GENERATE_DATA_KEY_WITHOUT_PLAINTEXT: "make a data key",
    Operation.GENERATE_DATA_KEY_PAIR: "make a data key pair",
    Operation.GENERATE_DATA_KEY_PAIR_WITHOUT_PLAINTEXT: "make a data key pair",
    Operation.GENERATE_MAC: "authenticate a file",
    Operation.VERIFY_MAC: "check the authentication code of a file",
    Operation.EXPORT: "export",
}
"""What a guard's secret is asked for, within a sentence."""


class Grant:
    """What was allowed: the key as it was at that moment, its versions, and the ``allowed`` entry's ``sequence``.

    ``version`` is the one that was asked for, else the current one.
    """

    def __init__(
        self,
        session: Session,
        guarding: Guarding,
        *,
        key: Key,
        version: KeyVersion,
        versions: Mapping[int, KeyVersion],
        operation: Operation,
        sequence: int,
    ) -> None:
        self.key = key
        self.version = version
        self.sequence = sequence
        self._session = session
        self._guarding = guarding
        self._versions = versions
        self._operation = operation
        self._ended = False
        self._details: dict[str, Detail] = {}
        self._besides: set[int] = set()

    def has(self, number: int) -> bool:
        """Whether the key has that version."""
        return number in self._versions

    def material(self, number: int | None = None) -> Secret:
        """Unwrap the material of a version (default: ``version``); the caller wipes it, ``with`` does.

        Of a guarded key the guard that was presented opens it. Raises DatabaseDamaged, TokenError and kin; ValueError
        for a version that is not there or a key on a token.
        """
        version = self.version if number is None else self._versions.get(number)
        if version is None:
            raise ValueError(f"the key has no version {number}")
        if version.number != self.version.number:
            self._besides.add(version.number)
        material = self._session.open_material(self.key, version)
        if self.key.protection is not Protection.GUARDED:
            return material
        with material, self._guarding.guard_key(self.key, version.number) as guard_key:
            return open_guarded(guard_key, material, key_id=self.key.id, version=version.number, spec=self.key.spec)

    def present_guard(self, files: int) -> None:
        """Have a guard presented if the key is guarded, for a job with that many files; see `Guarding.present`.

        Verifying takes the public half alone, which nobody has to open.
        """
        if self.key.protection is Protection.GUARDED and self._operation is not Operation.VERIFY:
            what = {0: "" if self._operation is Operation.EXPORT else " with", 1: " a file with"}.get(
                files, f" {files} files with"
            )
            purpose = f"To {_JOBS[self._operation]}{what} “{self.key.alias}”."
            self._guarding.present(self.key, self.version.number, purpose=purpose, of=self.sequence)

    def draft(self, outcome: Outcome, details: Mapping[str, Detail]) -> Draft:
        """Write an entry that names this grant's first entry: one file of a batch."""
        return Draft(str(self._operation), outcome, key=self.key.id, of=self.sequence, details=details)

    def add(self, **details: Detail) -> None:
        """Add details to the entry that will be written at the end."""
        self._details.update(details)

    def count(self, change: Change) -> None:
        """Count a use of each version that was opened besides the one that the door counted, once."""
        time = timestamp(self._session.workplace.clock.now())
        while self._besides:
            change.uses.count(self.key.id, self._besides.pop(), time=time)

    def ended(self) -> None:
        """Say that the caller has written every end there is; a batch does, file by file."""
        self._ended = True

    def finish(self, outcome: Outcome, **details: Detail) -> None:
        """Write the end, unless the caller has."""
        if not self._ended:
            self._ended = True
            with self._session.records.change() as change:
                self.count(change)
                change.append(self.draft(outcome, {**self._details, **details}))


@contextmanager
def use_key(
    session: Session,
    name: str,
    operation: Operation,
    *,
    details: Mapping[str, Detail] | None = None,
    version: int | None = None,
    wraps: int = 0,
    by_id: bool = False,
    guarding: Guarding | None = None,
) -> Iterator[Grant]:
    """Go through the door with the key that ``name`` means (alias, id, prefix); leave it with the end written.

    The use is counted with its version (`signet.store.tables.uses`). ``wraps`` is how many data keys will be wrapped
    at most; they are counted before, and from `WRAP_WARNING` on the person is told. With ``by_id`` the name can only
    be a whole id, which a name that came from a file must be. Nothing inside may prompt while
    it holds a transaction. Raises KeyNotFound, NameAmbiguous, KeyUsageRefused, KeyStateRefused, KeyNotExportable or
    WrapBudgetSpent, each logged as ``refused``.

    For a guarded key one guard is presented, after the decision and before anything else; what `Guarding.present`
    raises ends the use. ``guarding`` is that of a job with several keys, which goes on having the guard at hand; a
    job with one key lets go of it at once.
    """
    with session.using(), ExitStack() as stack:
        guards = guarding or stack.enter_context(Guarding(session))
        entry = dict(details or {})
        grant = _decide(session, guards, name, operation, entry, version=version, wraps=wraps, by_id=by_id)
        if wraps and grant.version.wraps >= WRAP_WARNING:
            session.workplace.prompt.note(
                f"“{grant.key.alias}” has encrypted so much that it should get a new version soon: rotate it. "
                "What it encrypted so far stays as it is."
            )
        try:
            grant.present_guard(_files_of(details))
            if guarding is None:
                guards.let_go()
            yield grant
        except (Cancelled, KeyboardInterrupt):
            _finish_quietly(grant, Outcome.CANCELLED)
            raise
        except BaseException as error:
            _finish_quietly(grant, Outcome.FAILED, error=type(error).__name__)
            raise
        grant.finish(Outcome.DONE)


def _finish_quietly(grant: Grant, outcome: Outcome, **details: Detail) -> None:
    # What went wrong first is what the person has to hear; an end that cannot be written is no lie, only missing.
    with suppress(SignetError):
        grant.finish(outcome, **details)


def _files_of(details: Mapping[str, Detail] | None) -> int:
    files = (details or {}).get("files", 0)
    return files if isinstance(files, int) else 0


def _decide(
    session: Session,
    guards: Guarding,
    name: str,
    operation: Operation,
    details: dict[str, Detail],
    *,
    version: int | None,
    wraps: int,
    by_id: bool,
) -> Grant:
    with session.records.change() as change:
        try:
            key = change.keys.get(name) if by_id else change.keys.find(name)
        except (KeyProblem, UsageError) as error:
            _refuse(change, operation, None, {**details, "name": name}, error)
            refusal: SignetError = error
        else:
            chosen = _checked(change, key, operation, version=version, wraps=wraps)
            if isinstance(chosen, KeyVersion):
                now = timestamp(session.workplace.clock.now())
                change.uses.count(key.id, chosen.number, wraps=wraps, time=now)
                details["version"] = chosen.number
                return Grant(
                    session,
                    guards,
                    key=key,
                    version=replace(chosen, wraps=chosen.wraps + wraps),
                    versions={each.number: each for each in change.keys.versions(key.id)},
                    operation=operation,
                    sequence=change.append(Draft(str(operation), Outcome.ALLOWED, key=key.id, details=details)),
                )
            _refuse(change, operation, key, details, chosen)
            refusal = chosen
    raise refusal


def _checked(
    change: Change, key: Key, operation: Operation, *, version: int | None, wraps: int
) -> KeyVersion | SignetError:
    """Return the version to be used, or why it must not be."""
    refusal = decide(key, operation).error
    if refusal is not None:
        return refusal
    try:
        chosen = change.keys.version(key.id, key.version if version is None else version)
    except KeyProblem as error:
        return error
    if chosen.wraps + wraps > WRAP_BUDGET:
        return WrapBudgetSpent(key=key.alias)
    return chosen


def _refuse(
    change: Change, operation: Operation, key: Key | None, details: Mapping[str, Detail], error: SignetError
) -> None:
    entry = {**details, "error": type(error).__name__}
    change.append(Draft(str(operation), Outcome.REFUSED, key=key.id if key else None, details=entry))
