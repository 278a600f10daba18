"""The document child (``signet _child document``): untrusted documents are parsed here and nowhere else.

It has no network, starts no program, writes no file, and has limits of time and memory. What it answers is data, or a
reason within a sentence; any surprise ends as an error in the parent. What an operation needs is imported before the
process is confined, and nothing of a document is read before that.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from functools import partial

from signet.child import harden, serve
from signet.child.confine import confine
from signet.documents.no_network import leave_out_network

#: Each operation is a function of a module, which has ``warm_up()`` to import what it needs.
OPERATIONS: Mapping[str, str] = {
    "look_pdf": "signet.documents.pdf_look",
    "prepare_pdf": "signet.documents.pdf_signing",
    "protect_pdf": "signet.documents.pdf_protection",
    "look_pages": "signet.documents.pdf_render",
    "render_pdf_page": "signet.documents.pdf_render",
    "survey_pdf": "signet.documents.pdf_extend",
    "plan_extension": "signet.documents.pdf_extend",
    "prepare_dss": "signet.documents.pdf_extend",
    "prepare_doc_timestamp": "signet.documents.pdf_extend",
    "survey_cms": "signet.documents.cms_extend",
    "stamp_cms": "signet.documents.cms_extend",
    "check_timestamp": "signet.documents.timestamp_check",
    "verify_asic": "signet.documents.asic",
    "read_trusted_list": "signet.documents.trusted_lists",
    "assess_qualified": "signet.documents.trusted_lists",
    "verify_pdf": "signet.documents.pdf_verify",
    "look_at_cms": "signet.documents.cms_verify",
    "verify_cms": "signet.documents.cms_verify",
}
#: Bytes for checking documents of others, less than for working on one's own (issue: at most 1 GiB each).
CHECKING = 1 << 30
_CHECKS = frozenset({"verify_asic", "verify_pdf", "look_at_cms", "verify_cms"})


class _Confinement:
    """Happens once, with the first operation."""

    def __init__(self) -> None:
        self._done = False

    def prepare(self, wanted: str) -> object:
        """Import what an operation needs, and confine this process."""
        module = importlib.import_module(OPERATIONS[wanted])
        if not self._done:
            module.warm_up()
            confine(CHECKING) if wanted in _CHECKS else confine()
            self._done = True
        return {}

    def answer(self, operation: str, /, **parameters: object) -> object:
        """Do one operation, confined."""
        self.prepare(operation)
        module = importlib.import_module(OPERATIONS[operation])
        function: Callable[..., object] = getattr(module, operation)
        return function(**parameters)


def main() -> int:
    """Serve until the parent is gone."""
    harden()
    leave_out_network()
    confinement = _Confinement()
    operations = {name: partial(confinement.answer, name) for name in OPERATIONS}
    serve({**operations, "prepare": confinement.prepare})
    return 0
