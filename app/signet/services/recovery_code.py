"""Handing new recovery codes and shares to the person, with proof that they arrived: read back from their files, or a
code typed back."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress

from signet.crypto.identity import fingerprint
from signet.errors import (
    FolderNotFound,
    OutputExists,
    RecoveryCodeMalformed,
    SecretIncorrect,
    StorageError,
    UsageError,
)
from signet.formats.header import MethodKind, VaultHeader
from signet.formats.recovery import read_code
from signet.secret import Secret
from signet.services.enrolment import Paper, Proposal
from signet.services.prompt import NamedVault
from signet.services.workplace import Workplace
from signet.store.files import sync_folder
from signet.store.foreign import translated

TYPING_TRIES = 5
NEWLINE = b"\n"


class HandedOver:
    """Recovery codes and shares that have reached the person; ``written`` are the files of those that went to one.

    Until `keep` is called, the files go again when something fails: they open nothing yet.
    """

    def __init__(self) -> None:
        self.written: tuple[str, ...] = ()
        self.kept = False

    def keep(self) -> None:
        """The codes and shares open the vault now: whatever happens, their files stay."""
        self.kept = True

    @property
    def path(self) -> str | None:
        """The first of the files, None if there is none."""
        return self.written[0] if self.written else None


@contextmanager
def hand_over_codes(
    workplace: Workplace, proposals: Sequence[Proposal], *, vault_path: str, header: VaultHeader
) -> Iterator[HandedOver]:
    """Write each proposed recovery code or share to its file, or have a code typed back.

    ``header`` names the vault that they are for: its id and identity count, nothing else. The folder of shares is
    made if it is not there. A file is removed again, and such a folder, if what follows fails before
    `HandedOver.keep`. Raises OutputExists, UsageError for a file inside the vault that it opens, SecretIncorrect
    after too many wrong tries.
    """
    handed = HandedOver()
    vault = NamedVault(header.vault_id, fingerprint(header.identity))
    with ExitStack() as undoing:
        written: list[str] = []
        for proposal in proposals:
            if proposal.method.kind is MethodKind.RECOVERY_SHARES:
                _make_folder(proposal.papers, vault_path, undoing)
            for paper in proposal.papers:
                if paper.path is None:
                    _typed_back(workplace, paper.text, vault)
                else:
                    refuse_inside(paper.path, vault_path)
                    _write_paper(paper, paper.path, vault)
                    undoing.callback(os.unlink, paper.path)
                    written.append(paper.path)
        handed.written = tuple(written)
        try:
            yield handed
        except BaseException:
            if handed.kept:
                undoing.pop_all()
            raise
        undoing.pop_all()


def _make_folder(papers: Sequence[Paper], vault_path: str, undoing: ExitStack) -> None:
    """Make the folder of a set of shares, private, unless it is there; look first that none of them stands in it."""
    places = [paper.path for paper in papers if paper.path is not None]
    for place in places:
        refuse_inside(place, vault_path)
        if os.path.lexists(place):
            raise OutputExists(path=place)
    folder = os.path.dirname(places[0])
    if os.path.isdir(folder):
        return
    with translated(folder):
        try:
            os.mkdir(folder, 0o700)
        except FileExistsError as error:
            raise OutputExists(path=folder) from error
        except (FileNotFoundError, NotADirectoryError) as error:
            raise FolderNotFound(path=folder) from error
    undoing.callback(_remove_folder, folder)


def _remove_folder(folder: str) -> None:
    with suppress(OSError):  # somebody else has put something into it meanwhile
        os.rmdir(folder)


def refuse_inside(path: str, vault_path: str) -> None:
    """Raise UsageError for a place inside the vault, where what opens it must not be kept."""
    folder = os.path.realpath(vault_path)
    if os.path.commonpath([os.path.realpath(path), folder]) == folder:
        raise UsageError(reason="What opens a vault must not be kept in that vault.")


def _write_paper(paper: Paper, path: str, vault: NamedVault) -> None:
    """Write the text, or what is drawn of it."""
    if paper.draw is None:
        write_code_file(path, paper.text)
        return
    with paper.draw(paper.text, vault) as content:
        write_private(path, content)


def write_code_file(path: str, code: Secret) -> None:
    """Write the code or share and one newline to a new private file (0600), sync it and read it back."""
    with Secret(code.reveal() + NEWLINE) as content:
        write_private(path, content)


def write_private(path: str, content: Secret) -> None:
    """Write a new private file (0600), sync it and read it back; nothing of it stays if that fails.

    Raises OutputExists, FolderNotFound, DiskFull, FolderReadOnly, StorageError.
    """
    with translated(path):
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except FileExistsError as error:
            raise OutputExists(path=path) from error
        except (FileNotFoundError, NotADirectoryError) as error:
            raise FolderNotFound(path=path) from error
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content.reveal())
                file.flush()
                os.fsync(file.fileno())
            sync_folder(os.path.dirname(os.path.abspath(path)))
            with open(path, "rb") as written, Secret(written.read()) as back:
                if back != content:
                    raise StorageError(path=path)
        except BaseException:
            os.unlink(path)
            raise


def _typed_back(workplace: Workplace, code: Secret, vault: NamedVault) -> None:
    for tries_left in reversed(range(TYPING_TRIES)):
        try:
            _same(workplace.prompt.recovery_code(code, vault), code)
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
