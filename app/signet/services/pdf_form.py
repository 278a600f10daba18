"""PDFs among what is signed in a batch: what `signet.services.pdf_signing` makes, as every other form."""

from __future__ import annotations

import os

from signet.documents.wishes import Form
from signet.services.pdf_documents import Passwords
from signet.services.pdf_signing import PdfMaker, signed_name
from signet.services.signing_makers import Made, Supplies, Task


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
        maker = PdfMaker(
            supplies.wish.pdf,
            task.signer,
            supplies.chain,
            supplies.workplace.clock.now(),
            self._passwords,
            pss=supplies.wish.pss,
            timestamper=supplies.stamping,
        )
        said = maker.make(task.source, task.path, task.output, progress=task.progress, cancelled=task.cancelled)
        return Made(os.fstat(task.output.fd).st_size, "", supplies.details, said)
