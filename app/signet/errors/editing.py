"""An encrypted file that is open for editing."""

from __future__ import annotations

from signet.errors.refusal import Refused
from signet.errors.storage import StorageError
from signet.errors.usage import UsageError


class NotEditable(Refused):
    """Nothing of the kind could be written again after the change."""

    path: str
    reason: str
    title = "This file cannot be edited"
    sentence = "{path} cannot be opened for editing: {reason}."
    next_step = "Decrypt it, change what comes out, and encrypt that."


class EditOpen(Refused):
    """Somebody edits it at this moment, here or in another Signet of the same person."""

    path: str
    title = "It is being edited already"
    sentence = "{path} is open for editing already."
    next_step = "Finish that first, where it was begun."


class EditUnfinished(Refused):
    """Signet was ended while the file was open, and what was changed has not been encrypted."""

    path: str
    title = "Changes are waiting to be encrypted"
    sentence = "{path} was open for editing when Signet ended, and was changed; the changes are not encrypted yet."
    next_step = "Encrypt them with `signet edit {path} --keep-changes`, or throw them away with `--discard`."


class NoEdit(Refused):
    """There are no changes that wait."""

    path: str
    title = "Nothing waits to be encrypted"
    sentence = "There are no changes to {path} that were not encrypted."
    next_step = "To open it for editing: `signet edit {path}`."


class EditLost(StorageError):
    """The file that was being edited is not where it was put."""

    title = "The edited file is gone"
    sentence = "The edited file is not at {path} any more; the encrypted file was not changed."
    next_step = "Save it under that name again, or give up the editing."


class ProgramNotStarted(UsageError):
    """The program that was to open the file is not there, or says that it cannot."""

    program: str
    title = "The program could not be started"
    sentence = "The program “{program}” is not there, or could not open the file."
    next_step = "Name another one with --program."
