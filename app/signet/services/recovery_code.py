"""Handing a new recovery code to the person, with proof that it arrived: read back from its file, or typed back."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from signet.errors import FolderNotFound, OutputExists, RecoveryCodeMalformed, SecretIncorrect, UsageError
from signet.formats.recovery import read_code
from signet.secret import Secret
from signet.services.enrolment import Proposal
from signet.services.workplace import Workplace
from signet.store.files import sync_folder
from signet.store.foreign import translated

TYPING_TRIES = 5


class HandedOver:
    """Recovery codes that have reached the person; ``path`` is the file of the first that went to one.

    Until `keep` is called, the files go again when something fails: their codes open nothing yet.
    """

    def __init__(self) -> None:
        self.path: str | None = None
        self.kept = False

    def keep(self) -> None:
        """The codes open the vault now: whatever happens, their files stay."""
        self.kept = True


@contextmanager
def hand_over_codes(workplace: Workplace, proposals: Sequence[Proposal], *, vault_path: str) -> Iterator[HandedOver]:
    """Write each proposed recovery code to its file, or have it typed back.

    A file is removed again if what follows fails before `HandedOver.keep`. Raises OutputExists, UsageError for a file
    inside the vault that the code opens, SecretIncorrect after too many wrong tries.
    """
    handed = HandedOver()
    written: list[str] = []
    try:
        for proposal in proposals:
            if proposal.code is None:
                continue
            if proposal.code_path is None:
                _typed_back(workplace, proposal.code)
            else:
                _refuse_inside(proposal.code_path, vault_path)
                write_code_file(proposal.code_path, proposal.code)
                written.append(proposal.code_path)
        handed.path = written[0] if written else None
        yield handed
    except BaseException:
        for path in () if handed.kept else written:
            os.unlink(path)
        raise


def _refuse_inside(path: str, vault_path: str) -> None:
    folder = os.path.realpath(vault_path)
    if os.path.commonpath([os.path.realpath(path), folder]) == folder:
        raise UsageError(reason="The recovery code must not be kept in the vault that it opens.")


def write_code_file(path: str, code: Secret) -> None:
    """Write the code and one newline to a new private file (0600), sync it and read it back."""
    with translated(path):
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except FileExistsError as error:
            raise OutputExists(path=path) from error
        except (FileNotFoundError, NotADirectoryError) as error:
            raise FolderNotFound(path=path) from error
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(code.reveal() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            sync_folder(os.path.dirname(os.path.abspath(path)))
            with open(path, "rb") as file:
                back = file.read()
            _same(Secret(back), code)
        except BaseException:
            os.unlink(path)
            raise


def _typed_back(workplace: Workplace, code: Secret) -> None:
    for tries_left in reversed(range(TYPING_TRIES)):
        try:
            _same(workplace.prompt.recovery_code(code), code)
        except (RecoveryCodeMalformed, SecretIncorrect) as error:
            if not tries_left:
                raise
            workplace.prompt.note(error.message)
        else:
            return


def _same(typed: Secret, code: Secret) -> None:
    with typed, read_code(typed.text()) as read, read_code(code.text()) as wanted:
        if read != wanted:
            raise SecretIncorrect(what="recovery code")
