"""What rows of the list on the page Documents want that other lists do not know: another signature file, a key."""

from __future__ import annotations

import os
from dataclasses import replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from signet.gui.pages.choosing import ask_for_a_file, home
from signet.gui.pages.documents_view_acts import KEYS, SIGNATURES
from signet.gui.pages.jobs import JobBoard
from signet.gui.pages.jobs_acts import JobActs
from signet.gui.pages.jobs_list import JobList
from signet.gui.pages.jobs_words import Result, name_of
from signet.services.job import Act, Job, Order


class RowActs(QObject):
    """Answers to what `JobActs` leaves to the page."""

    take_wanted = Signal(str, list)
    """Act and paths of files that are to be done anew."""

    def __init__(self, acts: JobActs, board: JobBoard, shown: JobList, page: QWidget) -> None:
        super().__init__(page)
        self._acts, self._board, self._list, self._page = acts, board, shown, page
        self._asked: tuple[Job, Result] | None = None
        acts.key_wanted.connect(self._ask_other_key)
        acts.signature_wanted.connect(self._ask_signature)
        acts.trust_wanted.connect(self._ask_trust)

    def _ask_other_key(self, _: Job, result: Result) -> None:
        self._list.remove_result(result)
        self.take_wanted.emit(str(Act.SIGN), list(result.paths))

    def _ask_signature(self, job: Job, result: Result) -> None:
        self._asked = (job, result)
        title = f"Signature of {name_of(result.paths)}"
        folder = os.path.dirname(result.paths[0])
        ask_for_a_file(self._page, title=title, folder=folder, kinds=SIGNATURES, chosen=self._signature_chosen)

    def _signature_chosen(self, path: str) -> None:
        asked, self._asked = self._asked, None
        if asked is not None:
            self._again(*asked, signature=path)

    def _ask_trust(self, job: Job, result: Result) -> None:
        self._asked = (job, result)
        ask_for_a_file(
            self._page, title="Public key of the signer", folder=home(), kinds=KEYS, chosen=self._trust_chosen
        )

    def _trust_chosen(self, path: str) -> None:
        asked, self._asked = self._asked, None
        if asked is not None:
            self._again(*asked, trust=path)

    def _again(self, job: Job, result: Result, *, signature: str = "", trust: str = "") -> None:
        """Check a row's files again with what was chosen; a document that was looked at never was in the queue."""

        def change(order: Order) -> Order:
            changed = replace(order, trust=(*order.trust, trust)) if trust else order
            return replace(changed, signatures=(signature,)) if signature else changed

        if job.id:
            self._acts.again(job, result, change)
        else:
            self._list.remove_result(result)
            self._board.submit(change(job.order.of(result.paths)))
