"""age keys that need another program: ``age-plugin-NAME``, run by `pyrage` (C2SP, age-plugin.md).

Only here, and only when a file is for such a recipient: a plugin is a foreign program that gets the file's key. Its
caller asks the person first, naming what will be run (`program_of`). The stream is then pyrage's; what is read and
written goes through the caller's own streams, so that outputs follow the same rules.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from signet.crypto.age import Progress, Read, Readable, Writable, Written, header_id, read_header, wanted
from signet.crypto.age_recipients import X25519Recipient
from signet.crypto.age_ssh import SshRecipient
from signet.errors import Cancelled, CiphertextInvalid, KeyNotHere, PluginFailed
from signet.formats import age, bech32

#: Characters of a plugin's key; those of post-quantum keys have about 2000.
MAX_KEY = 8192

_RECIPIENT_PREFIX = "age1"
_IDENTITY_PREFIX = "age-plugin-"
_REASON_LENGTH = 200


@dataclass(frozen=True)
class PluginKey:
    """A recipient (``age1NAME1...``) or, ``is_identity``, an identity (``AGE-PLUGIN-NAME-1...``) of a plugin."""

    name: str
    text: str = field(repr=False)
    is_identity: bool = False

    @property
    def program(self) -> str:
        """What the plugin's program is called."""
        return f"age-plugin-{self.name}"

    @property
    def place(self) -> str | None:
        """Where that program is, None if it is not installed."""
        return shutil.which(self.program)


class Callbacks(Protocol):
    """Whom a plugin talks to, by pyrage's names; None means that nobody answers."""

    def display_message(self, message: str) -> None:
        """Say something."""

    def confirm(self, message: str, yes_string: str, no_string: str | None) -> bool | None:
        """Ask a question with one or two answers."""

    def request_public_string(self, description: str) -> str | None:
        """Ask for what is no secret."""

    def request_passphrase(self, description: str) -> str | None:
        """Ask for a secret: a PIN."""


def parse_plugin_key(text: str) -> PluginKey | None:
    """Read a plugin's recipient or identity; None if it is none."""
    try:
        prefix, _ = bech32.decode(text, limit=MAX_KEY)
    except ValueError:
        return None
    is_identity = text.isupper()
    if is_identity and prefix.startswith(_IDENTITY_PREFIX) and prefix.endswith("-"):
        name = prefix.removeprefix(_IDENTITY_PREFIX)[:-1]
    elif not is_identity and prefix.startswith(_RECIPIENT_PREFIX):
        name = prefix.removeprefix(_RECIPIENT_PREFIX)
    else:
        return None
    # The name becomes that of a program: age-plugin.md allows letters, digits and four signs.
    allowed = all(letter.isalnum() or letter in "+-._" for letter in name) and name.isascii()
    return PluginKey(name, text, is_identity) if name and allowed else None


def encrypt(
    source: Readable,
    target: Writable,
    *,
    recipients: Sequence[X25519Recipient | SshRecipient | PluginKey],
    callbacks: Callbacks,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Written:
    """As `signet.crypto.age.encrypt`, for recipients some of whom are plugins'; PluginFailed says what one said."""
    import pyrage

    reader, writer = _Reader(source, progress, cancelled), _Writer(target)
    with _translated(recipients, reader, writer, pyrage):
        wrapped: list[object] = []
        for each in recipients:
            if isinstance(each, PluginKey):
                own = [pyrage.plugin.Recipient.from_str(each.text)]
                wrapped.append(pyrage.plugin.RecipientPluginV1(each.name, own, [], callbacks))
            elif isinstance(each, SshRecipient):
                wrapped.append(pyrage.ssh.Recipient.from_str(str(each)))
            else:
                wrapped.append(pyrage.x25519.Recipient.from_str(str(each)))
        pyrage.encrypt_io(reader, writer, wrapped)
    return Written(header_id(read_header(io.BytesIO(writer.head))), reader.done)


def decrypt(
    source: Readable,
    target: Writable,
    *,
    identities: Sequence[PluginKey],
    callbacks: Callbacks,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Read:
    """As `signet.crypto.age.decrypt`, by plugins; PluginFailed says what one said."""
    import pyrage

    head = read_header(source)
    header = age.parse(head)
    reader, writer = _Reader(source, None, cancelled, ahead=head), _Writer(target, progress)
    with _translated(identities, reader, writer, pyrage, wanted(header)):
        own = [
            pyrage.plugin.IdentityPluginV1(each.name, [pyrage.plugin.Identity.from_str(each.text)], callbacks)
            for each in identities
        ]
        pyrage.decrypt_io(reader, writer, own)
    return Read(header, header_id(head), writer.done, 0)


class _Reader:
    """What pyrage reads from; keeps what went wrong, because pyrage keeps only its text."""

    def __init__(
        self,
        source: Readable,
        progress: Progress | None,
        cancelled: Callable[[], bool] | None,
        *,
        ahead: bytes = b"",
    ) -> None:
        self._source = source
        self._progress = progress
        self._cancelled = cancelled
        self._ahead = ahead
        self.done = 0
        self.error: BaseException | None = None

    def read(self, size: int, /) -> bytes:
        """Read up to ``size`` bytes."""
        try:
            if self._cancelled is not None and self._cancelled():
                raise Cancelled
            if self._ahead:
                piece, self._ahead = self._ahead[:size], self._ahead[size:]
                return piece
            buffer = bytearray(size)
            got = self._source.readinto(memoryview(buffer)) or 0
        except BaseException as error:
            self.error = error
            raise
        self.done += got
        if self._progress is not None:
            self._progress(self.done)
        return bytes(buffer[:got])


class _Writer:
    """What pyrage writes to; ``head`` is the beginning of it, in which a header has its place."""

    def __init__(self, target: Writable, progress: Progress | None = None) -> None:
        self._target = target
        self._progress = progress
        self.head = b""
        self.done = 0
        self.error: BaseException | None = None

    def write(self, data: bytes, /) -> int:
        """Write all of it."""
        try:
            self._target.write(data)
        except BaseException as error:
            self.error = error
            raise
        self.head += data[: age.MAX_HEADER + 1 - len(self.head)]
        self.done += len(data)
        if self._progress is not None:
            self._progress(self.done)
        return len(data)

    def flush(self) -> None:
        """Do nothing: nothing is held back."""


@contextmanager
def _translated(
    keys: Sequence[object], reader: _Reader, writer: _Writer, pyrage: object, kinds: str = ""
) -> Iterator[None]:
    """Raise Signet's errors for pyrage's, and first of all what went wrong in reading or writing."""
    refusals = tuple(
        getattr(pyrage, name) for name in ("EncryptError", "DecryptError", "IdentityError", "RecipientError")
    )
    try:
        yield
    except Exception as error:
        own = reader.error or writer.error
        if own is not None:
            raise own from None
        text = str(error)
        if isinstance(error, OSError) or "MAC is invalid" in text:
            raise CiphertextInvalid from None
        if "No matching keys" in text:
            raise KeyNotHere(wanted=kinds) from None
        if isinstance(error, refusals):
            programs = ", ".join(sorted({each.program for each in keys if isinstance(each, PluginKey)}))
            raise PluginFailed(program=programs, reason=_clean(text)) from None
        raise


def _clean(text: str) -> str:
    """Make a foreign program's words fit for a sentence of ours."""
    words = " ".join("".join(each for each in line if each.isprintable()) for line in text.split("\n"))
    return words.strip().removesuffix(".")[:_REASON_LENGTH] or "it did not say why"
