"""The one door: every use of a key is decided, counted and logged here before it happens (DESIGN.md, section 4).

One immediate transaction finds the key, decides, takes the counters, copies the wrapped material and writes
``allowed`` or ``refused``. The use comes after it, and then the end: ``done``, ``failed`` or ``cancelled``, naming
the first entry. A process that dies in between leaves an ``allowed`` without an end, which is the truth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.clock import timestamp
from signet.crypto.guarding import open_guarded
from signet.errors import Cancelled, KeyProblem, KeyUsesSpent, SignetError, UsageError, WrapBudgetSpent
from signet.keys.decide import decide
from signet.keys.model import Key, KeyVersion
from signet.keys.policy import Context, Limits, asks, context_refusal, counts
from signet.keys.spec import Protection
from signet.keys.state import BY_PUBLIC_HALF, LEAVING, Operation
from signet.secret import Secret
from signet.services.guarding import Guarding
from signet.services.import_expiry import as_of_this_use
from signet.services.occasions import JOBS, occasion_of, question, refusal_details
from signet.services.session import Session
from signet.store.records import Change, Reading

WRAP_BUDGET = 2**32
"""AES-GCM uses with random nonces under one key (SP 800-38D, 8.3)."""
WRAP_WARNING = WRAP_BUDGET // 2
"""From here on the person is told to rotate the key."""


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
        limits: Limits,
        uses: int,
    ) -> None:
        self.key = key
        self.version = version
        self.sequence = sequence
        self._session = session
        self._guarding = guarding
        self._versions = versions
        self._operation = operation
        self._limits = limits
        self._taken = self._left = uses
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

    def ask(self, details: Mapping[str, Detail], uses: int) -> None:
        """Ask the person for all that the key wants before it is used: a yes, a card in the reader, a guard."""
        confirm, card = asks(self._limits.policy, self._operation)
        if confirm and self.key.id not in self._guarding.confirmed:
            self._session.workplace.prompt.confirm(question(self.key, self._operation, details, uses))
            self._guarding.confirmed.add(self.key.id)
        # The card first: where it guards the key too, it is asked for once.
        on_its_card = self.key.protection is Protection.TOKEN and self._operation is not Operation.ENCRYPT
        if card and not on_its_card:
            purpose = f"To {JOBS[self._operation]} with “{self.key.alias}”, which needs a card in the reader."
            self._guarding.present_card(self.key, purpose=purpose, of=self.sequence)
        self.present_guard(_files_of(details))

    def admit(self, context: Context) -> None:
        """Let one file of a batch through that brings its own context; every file but the first is asked about.

        Raises ContextRequired, or KeyUsesSpent if more files come than were counted; logged as ``refused``.
        """
        limits = self._limits
        refused: SignetError | None = context_refusal(self.key.alias, limits.policy, context)
        if refused is None and counts(limits.policy, self._operation):
            if self._left > 0:
                self._left -= 1
            else:
                refused = KeyUsesSpent(key=self.key.alias, most=limits.policy.most_uses, left=0, wanted=1)
        if refused is not None:
            with self._session.records.change() as change:
                change.append(self.draft(Outcome.REFUSED, refusal_details(refused)))
            raise refused

    def present_guard(self, files: int) -> None:
        """Have a guard presented if the key is guarded, for a job with that many files; see `Guarding.present`.

        What takes the public half alone, nobody has to open.
        """
        if self.key.protection is Protection.GUARDED and not self._takes_public_half:
            what = {0: "" if self._operation in LEAVING else " with", 1: " a file with"}.get(
                files, f" {files} files with"
            )
            purpose = f"To {JOBS[self._operation]}{what} “{self.key.alias}”."
            self._guarding.present(self.key, self.version.number, purpose=purpose, of=self.sequence)

    @property
    def _takes_public_half(self) -> bool:
        if self._operation is Operation.ENCRYPT:
            return not self.key.spec.is_symmetric
        return self._operation in BY_PUBLIC_HALF

    def draft(self, outcome: Outcome, details: Mapping[str, Detail]) -> Draft:
        """Write an entry that names this grant's first entry: one file of a batch."""
        return Draft(str(self._operation), outcome, key=self.key.id, of=self.sequence, details=details)

    def add(self, **details: Detail) -> None:
        """Add details to the entry that will be written at the end."""
        self._details.update(details)

    def count(self, change: Change) -> None:
        """Count a use of each version that was opened besides the one that the door counted, once."""
        while self._besides:
            time = timestamp(self._session.workplace.clock.now())
            change.uses.count(self.key.id, self._besides.pop(), time=time)

    def ended(self) -> None:
        """Say that the caller has written every end there is; a batch does, file by file."""
        self._ended = True

    def finish(self, outcome: Outcome, *, unused: bool = False, **details: Detail) -> None:
        """Write the end, unless the caller has; ``unused`` gives the uses back that were taken."""
        if not self._ended:
            self._ended = True
            with self._session.records.change() as change:
                self.count(change)
                if unused:
                    self._give_back(change)
                change.append(self.draft(outcome, {**self._details, **details}))

    def _give_back(self, change: Change) -> None:
        """Nothing was done: nobody was there to agree, or to present what the key wants."""
        now = change.policies.get(self.key.id)
        same = now.since == self._limits.since and now.uses >= self._taken  # they may have been set anew meanwhile
        if counts(now.policy, self._operation) and same:
            change.policies.count(now, -self._taken)


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
    context: Context = None,
    uses: int | None = None,
) -> Iterator[Grant]:
    """Go through the door with the key that ``name`` means (alias, id, prefix); leave it with the end written.

    The use is counted with its version (`signet.store.tables.uses`). ``wraps`` is how many data keys will be wrapped
    at most; they are counted before, and from `WRAP_WARNING` on the person is told. With ``by_id`` the name can only
    be a whole id, which a name that came from a file must be. ``context`` is the encryption context, for what has
    one; ``uses`` are counted against the key's limits (default: the files of the batch, or one). Nothing inside may
    prompt while it holds a transaction. Raises KeyNotFound, NameAmbiguous, KeyUsageRefused, KeyStateRefused,
    KeyNotExportable, KeyLimited or WrapBudgetSpent, each logged as ``refused``.

    What the key wants of a person is asked for after the decision and before anything else: a yes, a card, a guard;
    what that raises ends the use, and gives back what it took of the key's limits. ``guarding`` is that of a job with
    several keys, which goes on having them at hand; a job with one key lets go of them at once.
    """
    with session.using(), ExitStack() as stack:
        guards = guarding or stack.enter_context(Guarding(session))
        given = dict(details or {})
        wanted = max(_files_of(given), 1) if uses is None else uses
        use = _Use(operation, given, version=version, wraps=wraps, context=context, uses=wanted)
        grant = _decide(session, guards, name, use, by_id=by_id)
        if wraps and grant.version.wraps >= WRAP_WARNING:
            session.workplace.prompt.note(
                f"“{grant.key.alias}” has encrypted so much that it should get a new version soon: rotate it. "
                "What it encrypted so far stays as it is."
            )
        asking = True
        try:
            grant.ask(given, wanted)
            asking = False
            if guarding is None:
                guards.let_go()
            yield grant
        except (Cancelled, KeyboardInterrupt):
            _finish_quietly(grant, Outcome.CANCELLED, unused=asking)
            raise
        except BaseException as error:
            _finish_quietly(grant, Outcome.FAILED, unused=asking, error=type(error).__name__)
            raise
        grant.finish(Outcome.DONE)


def door_refusal(session: Session, key: Key, operation: Operation, *, uses: int = 1) -> SignetError | None:
    """Say why the door would not let this through now, None if it would; nothing is logged or counted."""
    with session.records.read() as reading:
        limits = reading.policies.get(key.id)
        found = _checked(session, reading, key, limits, _Use(operation, {}, uses=uses))
    return None if isinstance(found, KeyVersion) else found


@dataclass(frozen=True)
class _Use:
    """What somebody wants of a key."""

    operation: Operation
    details: dict[str, Detail]
    version: int | None = None
    wraps: int = 0
    context: Context = None
    uses: int = 1


def _finish_quietly(grant: Grant, outcome: Outcome, *, unused: bool, **details: Detail) -> None:
    # What went wrong first is what the person has to hear; an end that cannot be written is no lie, only missing.
    with suppress(SignetError):
        grant.finish(outcome, unused=unused, **details)


def _files_of(details: Mapping[str, Detail]) -> int:
    files = details.get("files", 0)
    return files if isinstance(files, int) else 0


def _decide(session: Session, guards: Guarding, name: str, use: _Use, *, by_id: bool) -> Grant:
    with session.records.change() as change:
        try:
            key = change.keys.get(name) if by_id else change.keys.find(name)
        except (KeyProblem, UsageError) as error:
            _refuse(change, use, None, {"name": name}, error)
            refusal: SignetError = error
        else:
            key = as_of_this_use(session, change, key)
            limits = change.policies.get(key.id)
            chosen = _checked(session, change, key, limits, use)
            if isinstance(chosen, KeyVersion):
                return _granted(session, change, guards, key, chosen, limits, use)
            _refuse(change, use, key, {}, chosen)
            refusal = chosen
    raise refusal


def _granted(
    session: Session, change: Change, guards: Guarding, key: Key, chosen: KeyVersion, limits: Limits, use: _Use
) -> Grant:
    """Take the counters and write ``allowed``: from here on the uses are spent, whatever becomes of the process."""
    now = timestamp(session.workplace.clock.now())
    change.uses.count(key.id, chosen.number, wraps=use.wraps, time=now)
    if counts(limits.policy, use.operation):
        limits = change.policies.count(limits, use.uses)
    details = {**use.details, "version": chosen.number}
    return Grant(
        session,
        guards,
        key=key,
        version=replace(chosen, wraps=chosen.wraps + use.wraps),
        versions={each.number: each for each in change.keys.versions(key.id)},
        operation=use.operation,
        sequence=change.append(Draft(str(use.operation), Outcome.ALLOWED, key=key.id, details=details)),
        limits=limits,
        uses=use.uses,
    )


def _checked(session: Session, reading: Reading, key: Key, limits: Limits, use: _Use) -> KeyVersion | SignetError:
    """Return the version to be used, or why it must not be."""
    occasion = occasion_of(session, reading, limits, use.context, use.uses)
    refusal = decide(key, use.operation, limits.policy, occasion).error
    if refusal is not None:
        return refusal
    try:
        chosen = reading.keys.version(key.id, key.version if use.version is None else use.version)
    except KeyProblem as error:
        return error
    if chosen.wraps + use.wraps > WRAP_BUDGET:
        return WrapBudgetSpent(key=key.alias)
    return chosen


def _refuse(change: Change, use: _Use, key: Key | None, details: Mapping[str, Detail], error: SignetError) -> None:
    entry = {**use.details, **details, **refusal_details(error)}
    change.append(Draft(str(use.operation), Outcome.REFUSED, key=key.id if key else None, details=entry))
