"""Signed documents to be extended in tests, and what has to be given where nothing can be asked."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from signet.documents.timestamps import Timestamper
from signet.documents.wishes import Level
from signet.services.extending import ExtendWish, extend_documents
from signet.services.files_items import Item
from support import pki
from support.clock import SettableClock
from support.pdf_signing import a_pdf, maker, sign
from support.vaults import make_workplace


def proofs_in(folder: Path) -> ExtendWish:
    """Write two lists and the root into a folder: all that is needed with nobody to ask."""
    files = {"issuing.crl": pki.crl(), "root.crl": pki.crl(pki.root()), "root.pem": pki.root().pem}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    crls = (str(folder / "issuing.crl"), str(folder / "root.crl"))
    return ExtendWish(Level.LTA, crls=crls, issuers=(str(folder / "root.pem"),), online=False)


def signed_in(folder: Path, service: str) -> dict[str, Path]:
    """Sign a PDF without a time stamp (``b-b``) and with one (``b-t``)."""
    source = a_pdf(folder)
    return {
        "b-b": sign(maker(), source, "b.pdf"),
        "b-t": sign(maker(timestamper=Timestamper(service).stamp), source, "t.pdf"),
    }


def extend(path: Path, wish: ExtendWish, at: datetime = pki.NOW, **more: object) -> Item:
    """Extend one file without a vault."""
    with make_workplace(Path(f"{path.parent}-home"), SettableClock(at)) as workplace:
        (item,) = extend_documents(workplace, [str(path)], wish, **more)  # type: ignore[arg-type]
    return item


def done(item: Item) -> Path:
    """Return where the result is; it has to be there."""
    assert item.error is None, item.error.message
    assert item.status == "done"
    assert item.output is not None
    return Path(item.output)


def copy(path: Path, folder: Path) -> Path:
    """Copy a file into a folder."""
    target = folder / path.name
    target.write_bytes(path.read_bytes())
    return target
