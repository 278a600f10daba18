"""PDFs among what is signed in a batch: what `signet.services.pdf_signing` makes, as every other form."""

from __future__ import annotations

import hashlib
import os

from signet.documents.wishes import Form
from signet.services.extending_pdf import Raised, raise_pdf
from signet.services.pdf_documents import Passwords
from signet.services.pdf_signing import Extending, PdfMaker, signed_name
from signet.services.signing_makers import Made, Supplies, Task
from signet.store.foreign import translated
from signet.store.output import Output


class PdfForm:
    """PAdES: ``NAME-signed.pdf``, a copy with a signature in it."""

    form = Form.PDF

    def __init__(self, supplies: Supplies, passwords: Passwords) -> None:
        self._supplies = supplies
        self._passwords = passwords

    def output_name(self, name: str) -> str:
        """Beside the file."""
        return signed_name(name)

    def make(self, task: Task) -> Made:
        """Sign; raises what `PdfMaker` does."""
        supplies = self._supplies
        raised: list[Raised] = []
        maker = PdfMaker(
            supplies.wish.pdf,
            task.signer,
            supplies.chain,
            supplies.workplace.clock.now(),
            self._passwords,
            pss=supplies.wish.pss,
            timestamper=supplies.stamping,
            extending=self._extending(task, raised),
        )
        said = maker.make(task.source, task.path, task.output, progress=task.progress, cancelled=task.cancelled)
        return Made(
            size=os.fstat(task.output.fd).st_size,
            sha256=_digest(task.output),
            until=raised[0].until if raised else supplies.until,
            details=supplies.details,
            said=said,
        )

    def _extending(self, task: Task, raised: list[Raised]) -> Extending | None:
        """What makes a signed document B-LT or B-LTA; it tells ``raised`` what became of it."""
        supplies = self._supplies
        service, evidence = supplies.service, supplies.evidence
        if service is None or evidence is None:
            return None

        def extend(output: Output, password: bytes | None) -> None:
            raised.append(
                raise_pdf(
                    output,
                    task.path,
                    level=supplies.wish.level,
                    timestamper=service,
                    evidence=evidence,
                    moment=supplies.workplace.clock.now(),
                    password=password,
                    cancelled=task.cancelled,
                )
            )

        return extend


def _digest(output: Output) -> str:
    """The SHA-256 of what was written, by which a known document is recognised."""
    with translated(output.path), open(output.fd, "rb", buffering=0, closefd=False) as stream:
        stream.seek(0)
        return hashlib.file_digest(stream, "sha256").hexdigest()
