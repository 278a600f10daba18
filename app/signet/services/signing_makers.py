"""What makes a signature of each form: the protocol, and the forms whose signature is a file of its own.

A maker reads one open file and writes one open, empty output; it chooses the output's name. The same makers serve
keys of a vault and cards without one (`signet.services.signing`, `signet.services.card_signing`).
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from signet.audit.canonical import Detail
from signet.crypto.certificate_facts import read_facts
from signet.crypto.esdk_io import Source, Target
from signet.documents import sshsig
from signet.documents.cms_build import Stamping, build_cms, usual_digest
from signet.documents.provability import provable_until
from signet.documents.timestamps import Timestamper
from signet.documents.wishes import Form, Level, Wish
from signet.errors import SourceUnsupported
from signet.formats.pieces import BytesDone, IsCancelled, pieces
from signet.keys.handle import SigningKey
from signet.services.evidence import Evidence
from signet.services.files_items import Proof
from signet.services.raw_signing import RawForm, raw_signature
from signet.services.signed_documents import is_renewable
from signet.services.workplace import Workplace
from signet.store.foreign import translated
from signet.store.output import Output

SSH_SUFFIX = ".sig"
"""What is added to a file's name for its SSH or raw signature."""
CMS_SUFFIX = ".p7s"
READABLE = 0o644
"""Permissions that a signature takes over from its file, as far as that has them."""


@dataclass(frozen=True)
class Task:
    """One file to be signed. ``source`` is an open descriptor, ``output`` empty; its maker publishes or discards it.

    ``path`` is for messages. ``signer`` may be asked for one signature.

    ``progress`` gets bytes of the source done, ``cancelled`` says whether to stop: Cancelled is to be raised then.
    """

    path: str
    source: int
    output: Output
    signer: SigningKey
    on_token: bool = False
    progress: BytesDone | None = None
    cancelled: IsCancelled | None = None


@dataclass(frozen=True)
class Made:
    """What was written: how many bytes, and their SHA-256 (hexadecimal).

    ``until`` is when the proof ends (RFC 3339), "" without a certificate. ``details`` are for the log, names in
    ``a-z-``. ``said`` is a sentence for the person, "" for none.
    """

    size: int
    sha256: str
    until: str = ""
    details: Mapping[str, Detail] = field(default_factory=dict)
    said: str = ""


def proof_of(form: Form, made: Made) -> Proof | None:
    """Until when what was made can be proven; None without a certificate. Only in PDFs is a time stamp renewed."""
    if not made.until:
        return None
    stamped = made.details["level"] != Level.B.value
    return Proof(made.until, stamped=stamped, renewable=is_renewable(form, stamped=stamped))


class Maker(Protocol):
    """Signs files in one form. A SignetError that it raises becomes the file's, and nothing is published then."""

    @property
    def form(self) -> Form:
        """Which form; never `Form.AUTO`."""

    def output_name(self, name: str) -> str:
        """Name the output of a file called ``name``; it stands beside the file unless the person named another."""

    def make(self, task: Task) -> Made:
        """Write the whole output. The caller has looked at the source, and looks again afterwards for changes."""


@dataclass(frozen=True)
class Supplies:
    """What makers with certificates work with: the chain in DER, the signer's first, and the wish.

    ``service`` is None unless the level wants a time stamp, ``evidence`` unless it wants revocation inside.
    """

    workplace: Workplace
    chain: tuple[bytes, ...]
    wish: Wish
    service: Timestamper | None = None
    evidence: Evidence | None = None

    @property
    def stamping(self) -> Stamping | None:
        """What stamps a signature, None if none is wanted."""
        return None if self.service is None else self.service.stamp

    @property
    def until(self) -> str:
        """Until when the signature that was made last can be proven (RFC 3339)."""
        stamped = None if self.service is None else self.service.last
        return provable_until(self.chain, stamp_ends="" if stamped is None else stamped.ends)

    @property
    def details(self) -> Mapping[str, Detail]:
        """For the log: which certificate (SHA-256, hexadecimal), whose, and the level."""
        facts = read_facts(self.chain[0])
        return {"certificate": facts.fingerprint, "signer": facts.common_name, "level": self.wish.level.value}


class SshMaker:
    """SSHSIG, namespace ``file``: ``NAME.EXT.sig``."""

    form = Form.SSH

    def output_name(self, name: str) -> str:
        """Beside the file."""
        return name + SSH_SUFFIX

    def make(self, task: Task) -> Made:
        """Sign; raises what `signet.documents.sshsig.sign` does."""
        with translated(task.path), open(task.source, "rb", buffering=0, closefd=False) as stream:
            signature = sshsig.sign(stream, task.signer, progress=task.progress, cancelled=task.cancelled)
        return written(task, signature)


@dataclass(frozen=True)
class RawMaker:
    """The number itself: ``NAME.EXT.sig``."""

    raw: RawForm
    form = Form.RAW

    def output_name(self, name: str) -> str:
        """Beside the file."""
        return name + SSH_SUFFIX

    def make(self, task: Task) -> Made:
        """Sign; raises what `signet.services.raw_signing.raw_signature` does."""
        with translated(task.path), open(task.source, "rb", buffering=0, closefd=False) as stream:
            signature = raw_signature(
                stream,
                task.signer,
                self.raw,
                on_token=task.on_token,
                progress=task.progress,
                cancelled=task.cancelled,
            )
        return written(task, signature)


@dataclass(frozen=True)
class CmsMaker:
    """CAdES, detached: ``NAME.EXT.p7s``. The file is read once, in pieces."""

    supplies: Supplies
    form = Form.CMS

    def output_name(self, name: str) -> str:
        """Beside the file."""
        return name + CMS_SUFFIX

    def make(self, task: Task) -> Made:
        """Sign; raises what `signet.documents.cms_build.build_cms` does, and what the time-stamp service does."""
        wish = self.supplies.wish
        algorithm = usual_digest(task.signer.public_key)
        state = hashlib.new(algorithm)
        with translated(task.path), open(task.source, "rb", buffering=0, closefd=False) as stream:
            for piece in pieces(stream, progress=task.progress, cancelled=task.cancelled):
                state.update(piece)
        signature = build_cms(
            state.digest(),
            key=task.signer,
            chain=self.supplies.chain,
            digest_algorithm=algorithm,
            signing_time=self.supplies.workplace.clock.now(),
            pss=wish.pss,
            timestamper=self.supplies.stamping,
        )
        return replace(written(task, signature), until=self.supplies.until, details=self.supplies.details)


def written(task: Task, signature: bytes) -> Made:
    """Write a signature that is a file of its own; raise DiskFull, StorageError."""
    Target(task.output.fd, task.output.path).write(signature, 0)
    return Made(len(signature), hashlib.sha256(signature).hexdigest())


def make_one(maker: Maker, task: Task) -> Made:
    """Have one file signed: it has to be an ordinary one, and the same at the end as at the beginning.

    The output gets the permissions of its file, as far as reading goes. Raises SourceUnsupported, SourceChanged, and
    what the maker raises.
    """
    watched = Source.look(task.source, task.path)
    if watched is None:
        raise SourceUnsupported(path=task.path, reason="it is not an ordinary file")
    made = maker.make(task)
    watched.check_unchanged()
    with translated(task.output.path):
        os.fchmod(task.output.fd, 0o600 | (stat.S_IMODE(os.fstat(task.source).st_mode) & READABLE))
    return made
