"""PDFs looked at before they are signed, and their passwords. Parsed by the document child alone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from signet.documents.asking import DocumentChild, Unchecked, document_child
from signet.documents.pdf_facts import PdfFacts, unpacked_pdf
from signet.documents.pdf_look import OWNER
from signet.errors import DocumentUnsignable, FileSecretIncorrect, SecretMissing
from signet.secret import Secret
from signet.services.files_inspect import shown
from signet.services.files_items import opened
from signet.services.prompt import Prompt, SecretKind, SecretRequest
from signet.services.workplace import Cancelled as IsCancelled

SECONDS = 30.0
"""For a document that the person wants to sign, which may be of some hundred MiB."""


@dataclass
class Passwords:
    """Asks for the passwords of PDFs; one that opened a document is tried on the next. Leaving ``with`` wipes it."""

    prompt: Prompt
    _last: Secret | None = field(default=None, repr=False)

    def open(
        self, child: DocumentChild, descriptor: int, path: str, *, owner: bool = True
    ) -> tuple[PdfFacts, bytes | None]:
        """Return what the PDF behind a descriptor is like, and the password that it opens with, None without one.

        With ``owner`` the owner's password is asked for where signing wants it. Raises Unchecked, SecretMissing,
        FileSecretIncorrect, Cancelled.
        """
        facts = self._look(child, descriptor, None)
        if facts is not None and not (owner and self._wants_owner(facts)):
            return facts, None
        if self._last is not None:
            again = self._look(child, descriptor, self._last)
            if again is not None and not (owner and self._wants_owner(again)):
                return again, bytes(self._last.reveal())
        return self._asked(child, descriptor, path, facts)

    def _asked(
        self, child: DocumentChild, descriptor: int, path: str, without: PdfFacts | None
    ) -> tuple[PdfFacts, bytes | None]:
        found: list[PdfFacts] = []

        def check(typed: Secret) -> None:
            facts = self._look(child, descriptor, typed)
            if facts is None:
                raise FileSecretIncorrect(what="password")
            found[:] = [facts]

        request = SecretRequest(
            kind=SecretKind.FILE_PASSPHRASE,
            what=f"password of “{os.path.basename(path)}”",
            purpose="" if without is None else "Its owner allows signing only to who knows the owner's password.",
            check=check,
        )
        try:
            typed = self.prompt.secret(request)
        except SecretMissing:
            if self._last is not None:  # the one that there is was tried
                raise FileSecretIncorrect(what="password") from None
            raise
        if not found:  # it came from a file
            try:
                check(typed)
            except BaseException:
                typed.wipe()
                raise
        self._forget()
        self._last = typed
        return found[0], bytes(typed.reveal())

    @staticmethod
    def _look(child: DocumentChild, descriptor: int, password: Secret | None) -> PdfFacts | None:
        return looked(child, descriptor, None if password is None else bytes(password.reveal()))

    @staticmethod
    def _wants_owner(facts: PdfFacts) -> bool:
        return OWNER in (facts.obstacle, facts.no_new_field)

    def _forget(self) -> None:
        if self._last is not None:
            self._last.wipe()
        self._last = None

    def __enter__(self) -> Passwords:
        return self

    def __exit__(self, *_: object) -> None:
        self._forget()


def look_at_pdf(
    path: str, *, password: Secret | None = None, cancelled: IsCancelled | None = None
) -> PdfFacts | None:
    """Say what a PDF is like: its pages, its signature fields, what can be signed; None if it wants a password.

    Nobody is asked for anything. Raises DocumentUnsignable for what is no readable PDF, SourceNotFound and kin.
    """
    with opened(path) as descriptor:
        try:
            with document_child([descriptor], cancelled=cancelled) as child:
                given = None if password is None else bytes(password.reveal())
                return looked(child, descriptor, given, pages=True)
        except Unchecked as error:
            raise DocumentUnsignable(path=path, reason=shown(error.reason)) from error


def looked(child: DocumentChild, descriptor: int, password: bytes | None, *, pages: bool = False) -> PdfFacts | None:
    """Return what the PDF behind a descriptor is like, None if it does not open so; raise Unchecked, Cancelled."""
    answer = child.ask("look_pdf", seconds=SECONDS, file=descriptor, password=password, pages=pages)
    return None if is_locked(answer) else facts_of(answer)


def is_locked(answer: Mapping[str, object]) -> bool:
    """Whether a child's answer says that the password is missing or wrong."""
    return answer.get("locked") is True


def facts_of(answer: Mapping[str, object]) -> PdfFacts:
    """Read what the child answered; raise Unchecked for what it cannot have answered."""
    try:
        return unpacked_pdf(answer)
    except ValueError as error:
        raise Unchecked("it could not be read as a PDF") from error
