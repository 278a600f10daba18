"""For someone without Signet: a PDF under a password, or an age file with a page that says how to open it.

The passphrase is given once, to the result, and kept nowhere: nothing of it is in the page or the log.
"""

from __future__ import annotations

import html
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from signet.audit.canonical import Detail
from signet.child import Child, ChildProblem
from signet.documents.pdf_protection import MAX_PASSWORD, MAX_PDF
from signet.errors import DocumentRefused, OutputExists, SecretTooWeak, SignetError, UsageError
from signet.formats.recovery import ALPHABET
from signet.keys.state import Operation
from signet.secret import Secret
from signet.services.age_encrypt import encrypt_age
from signet.services.age_recipients import For
from signet.services.enrolment import MIN_PASSPHRASE, PASSPHRASE_RULE
from signet.services.files_items import opened, own_folder, place_of, refuse_own
from signet.services.prompt import SecretKind, SecretRequest
from signet.services.publishing import published, recorded, write_all
from signet.services.session import Session
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Progress
from signet.store.foreign import translated

GROUPS = 6
GROUP = 4
"""A passphrase that is made has 6 groups of 4 characters out of 32: 120 bits."""
PDF_SECONDS = 90.0
PROTECTED = "-protected.pdf"
GUIDE = "how-to-open-{name}.html"
_PDF_HEAD = b"%PDF-"


class Kind(StrEnum):
    """What is made."""

    PDF = "pdf"
    AGE = "age"


@dataclass(frozen=True)
class MadeForOutside:
    """What was made of ``source``; ``guide`` is the page beside it, "" for a PDF, which needs none."""

    source: str
    output: str
    guide: str = ""


def made_up_passphrase() -> Secret:
    """Return a new passphrase that can be read out over the telephone: no letter looks like a digit."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))
    return Secret.from_text("-".join(groups))


def is_pdf(path: str) -> bool:
    """Whether a file begins as a PDF does; False for what cannot be read."""
    with suppress(SignetError, OSError), opened(path) as descriptor:
        return os.pread(descriptor, len(_PDF_HEAD), 0) == _PDF_HEAD
    return False


def make_for_outside(
    session: Session,
    path: str,
    *,
    kind: Kind,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> MadeForOutside:
    """Make a file that opens with a passphrase, which the prompt is asked for (`SecretKind.NEW_FILE_PASSPHRASE`).

    Nothing is overwritten; a page that is there already stays as it is. Raises OutputExists, DocumentRefused,
    SecretTooWeak, UsageError for a passphrase too long for a PDF, SourceNotFound and kin, Cancelled.
    """
    if kind is Kind.PDF:
        return _protect(session, path, cancelled)
    (item,) = encrypt_age(session, [path], to=For(passphrase=True), progress=progress, cancelled=cancelled)
    if item.error is not None or item.output is None:
        raise item.error or DocumentRefused(path=path, reason="it was not encrypted")
    guide = os.path.join(os.path.dirname(item.output), GUIDE.format(name=os.path.basename(item.output)))
    with suppress(OutputExists), published(session, guide) as output:
        write_all(output, guide_for(os.path.basename(item.output)).encode("utf-8"))
    return MadeForOutside(path, item.output, guide)


def protected_name(name: str) -> str:
    """Return what the protected copy of a PDF is called."""
    stem = name[: -len(".pdf")] if name.lower().endswith(".pdf") else name
    return stem + PROTECTED


def _protect(session: Session, path: str, cancelled: IsCancelled | None) -> MadeForOutside:
    place = place_of(path)
    refuse_own(own_folder(session), place, path)
    target = os.path.join(place.folder, protected_name(place.name))
    if os.path.lexists(target):
        raise OutputExists(path=target)
    with opened(path) as descriptor, translated(path):
        size = os.fstat(descriptor).st_size
        data = b"" if size > MAX_PDF else _all(descriptor, size)
    if size > MAX_PDF:
        raise DocumentRefused(path=path, reason=f"it is larger than {MAX_PDF >> 20} MiB")
    request = SecretRequest(
        kind=SecretKind.NEW_FILE_PASSPHRASE,
        what="new passphrase for the PDF",
        rule=PASSPHRASE_RULE,
        check=_check,
    )
    details: dict[str, Detail] = {"format": "pdf", "to": ["a passphrase"], "source": path, "output": target}
    with recorded(session, str(Operation.ENCRYPT), **details):
        with session.workplace.prompt.secret(request) as passphrase:
            _check(passphrase)
            made = _in_child(path, data, passphrase, cancelled)
        with published(session, target) as output:
            write_all(output, made)
    return MadeForOutside(path, target)


def _in_child(path: str, data: bytes, passphrase: Secret, cancelled: IsCancelled | None) -> bytes:
    """Have the document child do it: an untrusted PDF is parsed nowhere else."""
    try:
        with Child.spawn("document") as child:
            answer = child.request(
                "protect_pdf",
                timeout=PDF_SECONDS,
                cancelled=cancelled,
                data=data,
                passphrase=bytes(passphrase.reveal()),
            )
    except ChildProblem as error:
        raise DocumentRefused(path=path, reason="it could not be read as a PDF, or took too much to read") from error
    found = answer if isinstance(answer, dict) else {}
    made, refused = found.get("data"), found.get("refused")
    if isinstance(made, bytes) and made.startswith(_PDF_HEAD):
        return made
    reason = str(refused) if isinstance(refused, str) else "it could not be read as a PDF"
    raise DocumentRefused(path=path, reason=reason)


def _check(passphrase: Secret) -> None:
    if len(passphrase.text()) < MIN_PASSPHRASE:
        raise SecretTooWeak(minimum=MIN_PASSPHRASE)
    if len(passphrase) > MAX_PASSWORD:
        raise UsageError(reason=f"The password of a PDF has at most {MAX_PASSWORD} bytes; choose a shorter one.")


def _all(descriptor: int, size: int) -> bytes:
    data = bytearray()
    while len(data) <= size and (piece := os.pread(descriptor, size + 1 - len(data), len(data))):
        data += piece
    return bytes(data)


def guide_for(name: str) -> str:
    """Write the page that goes along with an age file called ``name``: which program, on which system; no secret."""
    shown, plain = html.escape(name), html.escape(name.removesuffix(".age"))
    return _GUIDE.replace("{name}", shown).replace("{plain}", plain)


_GUIDE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>How to open {name}</title>
<style>
body { font: 16px/1.5 sans-serif; max-width: 40em; margin: 2em auto; padding: 0 1em; color: #222; background: #fff; }
code { background: #f0f0f0; padding: .1em .3em; border-radius: 3px; overflow-wrap: anywhere; }
h2 { margin-top: 2em; font-size: 1.1em; }
</style>
</head>
<body>
<h1>How to open “{name}”</h1>
<p>This file is encrypted. It opens with a passphrase, which you were told in another way: it is not in the file, and
not on this page. Keep the file and this page in the same folder.</p>
<p>The file is in the open format <b>age</b> (age-encryption.org). Free programs open it; they need no account and
send the file nowhere.</p>
<h2>With Signet</h2>
<p>Drop the file into its window and type the passphrase.</p>
<h2>Windows, in a terminal</h2>
<ol>
<li>Install age: <code>winget install --id FiloSottile.age</code></li>
<li>In the folder with the file: <code>age --decrypt -o "{plain}" "{name}"</code></li>
</ol>
<h2>macOS, in a terminal</h2>
<ol>
<li>Install age: <code>brew install age</code></li>
<li>In the folder with the file: <code>age --decrypt -o "{plain}" "{name}"</code></li>
</ol>
<h2>Linux</h2>
<ol>
<li>Install age: <code>sudo apt install age</code> (Debian, Ubuntu), <code>sudo dnf install age</code> (Fedora)</li>
<li>In the folder with the file: <code>age --decrypt -o "{plain}" "{name}"</code></li>
</ol>
<p>Type the passphrase exactly as you were told: capitals, spaces and hyphens count. Opening takes about a second, and
256 MiB of memory for a moment. A name that ends in <code>.tar</code> is a folder in an archive; every system can
unpack it.</p>
<p>If it does not open: the passphrase was mistyped, or the file was changed on its way. Ask for it again.</p>
</body>
</html>
"""
