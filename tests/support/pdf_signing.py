"""PDFs signed for tests, and what other people's programs say of them."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from pyhanko.pdf_utils.misc import PdfError

from signet.child.channel import LENGTH, pack, unpack
from signet.crypto.kinds import find_spec
from signet.crypto.software import SoftwareSigningKey
from signet.documents.asking import SECONDS, Unchecked
from signet.documents.host import OPERATIONS
from signet.documents.wishes import PdfWish
from signet.secret import Secret
from signet.services.pdf_documents import Passwords
from signet.services.pdf_signing import PdfMaker
from signet.services.prompt import SecretKind
from signet.store.output import Output
from support import pki
from support.pdf import tiny_pdf
from support.prompt import ScriptedPrompt


@cache
def key_of(holder: pki.Holder) -> SoftwareSigningKey:
    """Return a holder's private key as something that signs."""
    spec = find_spec(holder.key)
    assert spec is not None
    return SoftwareSigningKey(Secret(holder.pkcs8), spec)


def maker(wish: PdfWish | None = None, kind: str = "p256", *, password: str | None = None, **more: Any) -> PdfMaker:
    """Return what signs PDFs for Mari; whoever asks for a password is told ``password``."""
    holder = pki.signer(kind)
    prompt = ScriptedPrompt({} if password is None else {SecretKind.FILE_PASSPHRASE: password})
    return PdfMaker(wish or PdfWish(), key_of(holder), pki.chain(holder), pki.NOW, Passwords(prompt), **more)


def sign(signs: PdfMaker, source: Path, name: str = "signed.pdf", **more: Any) -> Path:
    """Sign a PDF into one beside it and return where that is."""
    target = source.parent / name
    descriptor = os.open(source, os.O_RDONLY)
    try:
        with Output(str(target)) as output:
            signs.make(descriptor, str(source), output, **more)
            output.publish()
    finally:
        os.close(descriptor)
    return target


def a_pdf(folder: Path, data: bytes | None = None, name: str = "lease.pdf") -> Path:
    """Write a PDF and return where it is."""
    path = folder / name
    path.write_bytes(tiny_pdf(2) if data is None else data)
    return path


def trusting_database(folder: Path) -> Path:
    """Make the database of certificates that pdfsig goes by, with the test's root in it."""
    database = folder / "nss"
    database.mkdir()
    (folder / "root.pem").write_bytes(pki.root().pem)
    where = ("-d", f"sql:{database}")
    run("certutil", "-N", *where, "--empty-password")
    run("certutil", "-A", *where, "-n", "root", "-t", "CT,C,C", "-i", str(folder / "root.pem"))
    return database


def pdfsig(database: Path, path: Path, *words: str) -> str:
    """Return what poppler says of a PDF's signatures."""
    return run("pdfsig", "-nssdir", str(database), *words, str(path))


def parts(path: Path, number: int = 0) -> tuple[bytes, bytes]:
    """Return what one signature of a PDF covers and its CMS, cut out without any library."""
    data = path.read_bytes()
    ranges = list(re.finditer(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\]", data))
    first, second, length = map(int, ranges[number].groups())
    hidden = data[first + 1 : second - 1]
    whole = bytes.fromhex(hidden.decode("ascii"))
    size = 4 + int.from_bytes(whole[2:4], "big")  # DER: a SEQUENCE with two bytes of length
    assert whole[:2] == b"\x30\x82"
    assert not any(whole[size:])
    return data[:first] + data[second : second + length], whole[:size]


def run(*words: str) -> str:
    """Run a program and return what it says; it must not fail."""
    done = subprocess.run(words, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return (done.stdout + done.stderr).decode("utf-8", "replace")


class DirectChild:
    """The document child's operations without a process: what many cases go through, which all start the same."""

    def ask(self, operation: str, *, seconds: float = SECONDS, **parameters: object) -> Mapping[str, object]:
        """Do an operation; both ways everything passes through what the channel makes of it."""
        assert seconds > 0
        given, (module,) = _through(parameters), {OPERATIONS[operation]}
        try:
            answer: Mapping[str, object] = _through(getattr(importlib.import_module(module), operation)(**given))
        except PdfError as error:
            raise Unchecked("it is damaged, or no document of its kind") from error
        if "refused" in answer:
            raise Unchecked(str(answer["refused"]))
        return answer


@contextmanager
def direct_child(*_: object, **__: object) -> Iterator[DirectChild]:
    """Stand in for `signet.documents.asking.document_child`."""
    yield DirectChild()


def _through(message: object) -> Any:
    return unpack(pack(message)[LENGTH.size :])
