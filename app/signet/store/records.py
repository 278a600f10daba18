"""The vault's records: what is read and changed in one transaction, and the entry that goes with it.

Rule: a change of a row that decides is never without its audit entry, and both are in one transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from signet.audit.chain import OLD_COUNT, OLD_HASH, link_all
from signet.audit.entry import Actor, Draft
from signet.audit.times import read_stairs, step_back, times_from, write_stairs
from signet.clock import Clock, timestamp
from signet.errors import RecordDisagrees
from signet.secret import Secret
from signet.store.database import Database
from signet.store.migrations import apply_steps
from signet.store.tables.audit import Audit, AuditReading
from signet.store.tables.catalogue import Catalogue, CatalogueReading
from signet.store.tables.certificates import Certificates, CertificatesReading
from signet.store.tables.checkpoints import Checkpoints, CheckpointsReading
from signet.store.tables.copies import Copies, CopiesReading
from signet.store.tables.deletions import Deletions, DeletionsReading
from signet.store.tables.guards import Guards, GuardsReading
from signet.store.tables.imports import Imports, ImportsReading
from signet.store.tables.issuers import Issuers, IssuersReading
from signet.store.tables.key_list import KeyListReading
from signet.store.tables.keys import Keys, KeysReading
from signet.store.tables.meta import Meta, MetaReading
from signet.store.tables.methods import Methods, MethodsReading
from signet.store.tables.outputs import Outputs, OutputsReading
from signet.store.tables.people import People, PeopleReading
from signet.store.tables.policies import Policies, PoliciesReading
from signet.store.tables.rotations import Rotations, RotationsReading
from signet.store.tables.sealed import Witness
from signet.store.tables.signed_documents import SignedDocuments, SignedDocumentsReading
from signet.store.tables.use_days import UseDays, UseDaysReading
from signet.store.tables.uses import UsesReading, UsesWriting

LATER_TIMES = "later-times"
"""Among the single values: how late it was before the clock was set back."""


class Reading:
    """All tables as of one moment, for reading."""

    def __init__(self, witness: Witness) -> None:
        self.meta: MetaReading = MetaReading(witness)
        self.keys: KeysReading = KeysReading(witness)
        self.key_list: KeyListReading = KeyListReading(witness)
        self.guards: GuardsReading = GuardsReading(witness)
        self.policies: PoliciesReading = PoliciesReading(witness)
        self.deletions: DeletionsReading = DeletionsReading(witness)
        self.imports: ImportsReading = ImportsReading(witness)
        self.methods: MethodsReading = MethodsReading(witness)
        self.audit: AuditReading = AuditReading(witness)
        self.catalogue: CatalogueReading = CatalogueReading(witness.cursor)
        self.outputs: OutputsReading = OutputsReading(witness.cursor)
        self.copies: CopiesReading = CopiesReading(witness.cursor)
        self.rotations: RotationsReading = RotationsReading(witness)
        self.uses: UsesReading = UsesReading(witness.cursor)
        self.checkpoints: CheckpointsReading = CheckpointsReading(witness)
        self.use_days: UseDaysReading = UseDaysReading(witness.cursor)
        self.people: PeopleReading = PeopleReading(witness)
        self.signed_documents: SignedDocumentsReading = SignedDocumentsReading(witness.cursor)
        self.issuers: IssuersReading = IssuersReading(witness)
        self.certificates: CertificatesReading = CertificatesReading(witness)

    def latest_since(self, sequence: int) -> str | None:
        """Return the latest time of any entry from ``sequence`` on (RFC 3339), None if there is none.

        That is the last entry's, unless the clock was set back in between. Raises RecordDisagrees.
        """
        count = self.audit.head().count
        last = self.audit.entry(count)
        if last is None or count < sequence:
            return None
        return max([last.time, *times_from(sequence, read_stairs(self.meta.get(LATER_TIMES)))])


class Change(Reading):
    """All tables within one transaction, for reading and writing, and the log."""

    meta: Meta
    keys: Keys
    guards: Guards
    policies: Policies
    deletions: Deletions
    imports: Imports
    methods: Methods
    audit: Audit
    catalogue: Catalogue
    outputs: Outputs
    copies: Copies
    rotations: Rotations
    uses: UsesWriting
    checkpoints: Checkpoints
    use_days: UseDays
    people: People
    signed_documents: SignedDocuments
    issuers: Issuers
    certificates: Certificates

    def __init__(self, witness: Witness, *, actor: Actor, clock: Clock) -> None:
        super().__init__(witness)
        self.meta = Meta(witness)
        self.keys = Keys(witness)
        self.guards = Guards(witness)
        self.policies = Policies(witness)
        self.deletions = Deletions(witness)
        self.imports = Imports(witness)
        self.methods = Methods(witness)
        self.audit = Audit(witness)
        self.catalogue = Catalogue(witness.cursor)
        self.outputs = Outputs(witness.cursor)
        self.copies = Copies(witness.cursor)
        self.rotations = Rotations(witness)
        self.uses = UsesWriting(witness.cursor)
        self.checkpoints = Checkpoints(witness)
        self.use_days = UseDays(witness.cursor)
        self.people = People(witness)
        self.signed_documents = SignedDocuments(witness.cursor)
        self.issuers = Issuers(witness)
        self.certificates = Certificates(witness)
        self._witness = witness
        self._actor = actor
        self._clock = clock

    def append(self, draft: Draft) -> int:
        """Append an entry that lists every row changed since the last one; return its sequence.

        Raises RecordDisagrees if the head's MAC is wrong, ValueError if a detail is not plain JSON.
        """
        return self.append_all([draft])

    def append_all(self, drafts: Sequence[Draft]) -> int:
        """Append entries of one moment; the first lists every row changed since the last one. Return its sequence.

        Many at once cost less than one by one: there is one head for all. Raises as `append` does.
        """
        if not drafts:
            raise ValueError("no entry to append")
        witness = self._witness
        time = timestamp(self._clock.now())
        self._note_clock(time)
        first = witness.head.count + 1
        entries, head = link_all(
            drafts,
            head=witness.head,
            epoch=witness.epoch,
            time=time,
            actor=self._actor,
            changes=witness.take_changes(),
            mac_key=witness.mac_key,
        )
        self.audit.store(entries, head)
        return first

    def _note_clock(self, time: str) -> None:
        """If the clock was set back since the last entry, keep how late it was: see `latest_since`."""
        count = self._witness.head.count
        last = self.audit.time_of(count)
        if last is not None and time < last:
            stairs = step_back(read_stairs(self.meta.get(LATER_TIMES)), last=(last, count))
            self.meta.put(LATER_TIMES, write_stairs(stairs))

    def migrate(self, version: int) -> None:
        """Bring the schema from that version to the newest; the next entry says so, in the same transaction."""
        apply_steps(self._witness.cursor, version)

    def begin_epoch(self, new_mac_key: Secret, draft: Draft) -> int:
        """Start the next epoch: verify everything, seal every row anew, append ``draft`` with the old head in it.

        Returns the sequence of the epoch's first entry. From here on ``new_mac_key`` is used; the caller keeps it
        alive. Raises RecordDisagrees, and seals nothing, if the records and the log disagree.
        """
        witness = self._witness
        problems = self.audit.verify()
        if problems:
            raise RecordDisagrees(place=problems[0].place)
        old = witness.head
        witness.reseal(new_mac_key, epoch=witness.epoch + 1)
        details = {**draft.details, OLD_COUNT: old.count, OLD_HASH: old.hash.hex()}
        return self.append(replace(draft, details=details))


class Records:
    """The records of an open vault. Safe to share between threads, which take turns.

    ``mac_key`` (32 bytes) is used as long as the records are; wiping it is the caller's. ``actor`` may be set anew
    once the unlock method is known.
    """

    def __init__(self, database: Database, *, mac_key: Secret, epoch: int, actor: Actor, clock: Clock) -> None:
        self.database = database
        self.mac_key = mac_key
        self.epoch = epoch
        self.actor = actor
        self._clock = clock
        self._lock = threading.RLock()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let no other thread read or change anything for a while; they wait."""
        with self._lock:
            yield

    def move_to(self, database: Database, *, mac_key: Secret, epoch: int) -> None:
        """Go on in another database, which took over all of this one's; threads that wait go on there too."""
        with self._lock:
            self.database, self.mac_key, self.epoch = database, mac_key, epoch

    @contextmanager
    def change(self) -> Iterator[Change]:
        """Change the records in one transaction: all of it, with its entries, or nothing.

        Raises RuntimeError, and changes nothing, if a row that decides was changed after the last entry. Further what
        `Database.transaction` raises, and RecordDisagrees.
        """
        with self._lock:
            with self.database.transaction() as cursor:
                witness = Witness(cursor, mac_key=self.mac_key, epoch=self.epoch)
                change = Change(witness, actor=self.actor, clock=self._clock)
                yield change
                change.catalogue.finish()
                change.copies.finish()
                if witness.pending:
                    raise RuntimeError(f"a change without its entry: {sorted(witness.pending)}")
            self.mac_key, self.epoch = witness.mac_key, witness.epoch

    @contextmanager
    def read(self) -> Iterator[Reading]:
        """Read the records as of one moment; what the readers return stays valid, the readers do not."""
        with self._lock, self.database.snapshot() as cursor:
            yield Reading(Witness(cursor, mac_key=self.mac_key, epoch=self.epoch))
