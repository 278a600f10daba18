"""What was done to signed containers, and what Signet says: the table of docs/verdicts.md, as it comes out now."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache

from lxml import etree

from signet.clock import timestamp
from signet.documents.asic import verify_asic
from signet.documents.facts import Anchors, unpacked_facts
from signet.services.judging import judge
from signet.services.known_signers import Known
from signet.services.verdicts import worst
from support import asic_forge as forge
from support import pki
from support.asic_forge import Forged, changed, entries, find, packed

SIGNATURES, MANIFEST = "META-INF/signatures0.xml", "META-INF/manifest.xml"
ROOT = "{http://www.w3.org/2000/09/xmldsig#}"


def _lt() -> Forged:
    return Forged(stamper=pki.time_stamper(), lists=(pki.crl(),))


@cache
def _honest() -> tuple[tuple[str, bytes], ...]:
    return tuple(entries(_lt()))


def _edited(path: str, edit: Callable[[str], str]) -> bytes:
    root = etree.fromstring(dict(_honest())[SIGNATURES])
    element = find(root, path)
    element.text = edit(element.text or "")
    return packed(changed(_honest(), SIGNATURES, etree.tostring(root)))


def _turned(text: str, at: int = 0) -> str:
    return text[:at] + ("B" if text[at] == "A" else "A") + text[at + 1 :]


def _with(**how: object) -> bytes:
    return packed(entries(replace(_lt(), **how)))  # type: ignore[arg-type]


def _moved() -> bytes:
    files = {"other.txt": b"x"}
    other = dict(entries(replace(_lt(), files=files), files=files))
    return packed(changed(_honest(), SIGNATURES, other[SIGNATURES]))


def _wrapped(element: etree._Element) -> None:
    """The signed properties go where nobody looks, and others stand in their place."""
    properties = find(element, ".//xades:SignedProperties")
    fake = etree.fromstring(etree.tostring(properties))
    fake.set("Id", "fake")
    find(fake, ".//xades:SigningTime").text = "2020-01-01T00:00:00Z"
    parent = properties.getparent()
    assert parent is not None
    parent.replace(properties, fake)
    etree.SubElement(element, ROOT + "Object").append(properties)


def _by_another() -> bytes:
    files = {**forge.FILES, "more.txt": b"x"}
    second = replace(_lt(), signer=pki.signer("rsa", "Juhan Liiv"), identifier="S1", files=files)
    return packed(entries(_lt(), second, files=files))


def _twice() -> bytes:
    """Written under another name, and renamed in the archive: writers refuse to do it themselves."""
    return packed([*_honest(), ("lease.tx_", b"other")]).replace(b"lease.tx_", b"lease.txt")


CASES: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: packed(_honest()),
    "a file changed": lambda: packed(changed(_honest(), "lease.txt", b"The rent is 900 euros.\n")),
    "a file taken out": lambda: packed(changed(_honest(), "lease.txt", None)),
    "a file added": lambda: packed([*_honest(), ("more.txt", b"x")]),
    "a file added, and signed by another with the rest": _by_another,
    "a file added among the signatures": lambda: packed([*_honest(), ("META-INF/more.exe", b"x")]),
    "the list of files says another kind": lambda: packed(
        changed(_honest(), MANIFEST, forge.manifest(list(forge.FILES), "text/html"))
    ),
    "value of the signature flipped": lambda: _edited(".//ds:SignatureValue", _turned),
    "certificate of the signer flipped": lambda: _edited(".//ds:X509Certificate", lambda text: _turned(text, 99)),
    "certificate of another in its place": lambda: _with(certificate=pki.signer("rsa", "Juhan Liiv")),
    "signed properties changed": lambda: _edited(".//xades:SigningTime", lambda _: "2020-01-01T00:00:00Z"),
    "signature of another container": _moved,
    "signed properties wrapped": lambda: _with(after=_wrapped),
    "a transformation (XSLT) of what is signed": lambda: _with(
        edit=lambda element: find(element, ".//ds:Transform").set(
            "Algorithm", "http://www.w3.org/TR/1999/REC-xslt-19991116"
        )
    ),
    "SHA-1": lambda: _with(file_digest="sha1"),
    "the signatures taken out": lambda: packed(changed(_honest(), SIGNATURES, None)),
    "two files of one name": _twice,
    "bytes before the archive": lambda: b"#!/bin/sh\n" + packed(_honest()),
    "bytes behind the archive": lambda: packed(_honest()) + b"x",
    "archive cut off": lambda: packed(_honest())[:-40],
}


def _told(data: bytes) -> tuple[str, str]:
    moment = timestamp(pki.NOW + timedelta(days=3))
    with tempfile.TemporaryFile() as file:
        os.write(file.fileno(), data)
        answer = verify_asic(file.fileno(), Anchors(moment, roots=(pki.root().der,)).packed())
    if "refused" in answer:
        return "unknown", f"The signatures could not be checked: {answer['refused']}."
    facts = [unpacked_facts(each) for each in answer["signatures"]]  # type: ignore[attr-defined]
    if not facts:
        return "unsigned", "Nobody has signed this container."
    views = [judge(each, lambda _: Known(), given=(pki.root().der,)) for each in facts]
    verdict = worst(view.verdict for view in views)
    return verdict.value, next(view.sentence for view in views if view.verdict is verdict)


def table() -> str:
    """The table in Markdown."""
    lines = ["| done to a signed container | Signet | because |", "|---|---|---|"]
    for done, made in CASES.items():
        verdict, why = _told(made())
        lines.append(f"| {done} | `{verdict}` | {why} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(), end="")
