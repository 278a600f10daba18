"""Disk, folder, output, source; and the person who stopped it."""

from __future__ import annotations

from signet.errors.base import SignetError


class StorageError(SignetError):
    """Something about a file, a folder or the disk."""

    path: str
    title = "The file could not be handled"
    sentence = "{path} could not be read or written."
    next_step = "Check the file, its folder and their permissions."


class SourceNotFound(StorageError):
    """There is nothing at that path."""

    title = "No such file"
    sentence = "There is no file at {path}."
    next_step = "Check the name."


class SignedFileMissing(SourceNotFound):
    """A signature was given to be verified, and not the file that it belongs to."""

    signature: str
    title = "The signed file is missing"
    sentence = "{signature} is a signature, and the file that it belongs to is not at {path}."
    next_step = "Name both, the file first: `signet verify FILE {signature}`."


class SourceUnsupported(StorageError):
    """A link, a device, a folder where a file is wanted."""

    reason: str
    title = "This cannot be taken"
    sentence = "{path} cannot be taken: {reason}."
    next_step = "Give an ordinary file."


class ArchiveRefused(StorageError):
    """What should be a folder holds something that Signet does not lay out."""

    reason: str
    title = "The folder cannot be laid out"
    sentence = "{path} was not made: {reason}."
    next_step = "To have the archive as it is, use `signet decrypt --archive`; look at it with care."


class DocumentRefused(StorageError):
    """A document that cannot be put under a password."""

    reason: str
    title = "This document cannot get a password"
    sentence = "{path} was left as it is: {reason}."
    next_step = "Make an encrypted file (age) of it instead: that takes any file."


class DocumentNotShown(StorageError):
    """A document, or one of its pages, of which no picture can be made."""

    reason: str
    title = "This cannot be shown"
    sentence = "There is no picture of {path}: {reason}."
    next_step = "Its signatures are checked all the same; to read it, open it in another program, with care."


class SourceChanged(StorageError):
    """The source changed while it was being read."""

    title = "The file changed meanwhile"
    sentence = "{path} was changed by another program while it was being read; nothing was written."
    next_step = "Close the program that changes it and try again."


class OriginalDiffers(StorageError):
    """What an encrypted file holds is not, byte for byte, what the original holds now."""

    title = "The original is not what was encrypted"
    sentence = "{path} is not, byte for byte, what its encrypted file holds; it was left where it is."
    next_step = "If it was changed since, encrypt it again."


class OriginalHoldsMore(StorageError):
    """A folder holds what its encrypted file never had: links, pipes, devices. ``left`` is the first."""

    left: str
    title = "Not all of the folder is encrypted"
    sentence = "{path} holds {left}, which is not in its encrypted file; it was left where it is."
    next_step = "Remove the folder yourself if you need nothing of that; else keep that elsewhere first."


class TrashUnavailable(StorageError):
    """The disk has no place for a trash."""

    title = "There is no trash on this disk"
    sentence = "{path} lies on a disk where you may have no trash; it was left where it is."
    next_step = "Remove it yourself, if you are sure."


class OutputExists(StorageError):
    """The output is there already and was not to be overwritten."""

    title = "The result exists already"
    sentence = "{path} exists already; it was not touched."
    next_step = "Move it away, or choose another name."


class FolderNotFound(StorageError):
    """The folder in which something was to be written is not there."""

    title = "No such folder"
    sentence = "{path} cannot be written: there is no such folder."
    next_step = "Make the folder first, or check the name."


class FolderMissing(StorageError):
    """The folder that was to be looked through is not there."""

    title = "There is no folder to look through"
    sentence = "There is no folder at {path}."
    next_step = "Check the name."


class DiskFull(StorageError):
    """No space left."""

    title = "The disk is full"
    sentence = "There is not enough space for {path}; nothing was left behind."
    next_step = "Make room and try again."


class FolderReadOnly(StorageError):
    """The folder or file cannot be written."""

    title = "No permission"
    sentence = "{path} cannot be written or read with your permissions."
    next_step = "Choose another place, or ask for the permission."


class OutputLost(StorageError):
    """Standard output is closed, full or read by nobody; ``path`` names it."""

    title = "The result could not be shown"
    sentence = "The result could not be written to {path}: it is closed or full."
    next_step = "What you asked for may have been done all the same; look before you ask for it again."


class FileNotKnown(StorageError):
    """The catalogue knows no file by that path or message id."""

    path: str
    title = "No such file is known"
    sentence = "The vault knows of no encrypted file “{path}”."
    next_step = "See `signet files list` for those that it knows of."


class Cancelled(SignetError):
    """The person stopped it."""

    exit_status = 130
    title = "Cancelled"
    sentence = "It was stopped before it was done; nothing was left behind."
    next_step = "Start it again whenever you like."
