"""XML of others, read so that what was signed is what is read: no DTD, no entities, nothing fetched, no comments.

Canonical XML 1.0 and 1.1 and Exclusive XML Canonicalization 1.0 by libxml2. An element is canonicalised as a document
of its own, with every namespace that is in its scope declared on it: that is what the standards say of a subtree, as
long as no attribute ``xml:...`` is inherited, which is refused. Runs in the document child only.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

#: Bytes of one XML document; signatures of decades with CRLs inside have a few MiB.
MAX_XML = 16 << 20
MAX_DEPTH = 64
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
C14N11 = "http://www.w3.org/2006/12/xml-c14n11"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
#: There are no comments, so the kinds that keep them come to the same. The value: whether it is exclusive.
CANONICALISATIONS = {
    C14N: False,
    C14N + "#WithComments": False,
    C14N11: False,
    C14N11 + "#WithComments": False,
    EXCLUSIVE: True,
    EXCLUSIVE + "WithComments": True,
}
_XML = "{http://www.w3.org/XML/1998/namespace}"


class Unread(Exception):
    """XML that is not read; ``reason`` is a clause."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def parse(data: bytes, *, limit: int = MAX_XML, comments: bool = False) -> etree._Element:
    """Return the root of a document in UTF-8; raise Unread.

    With ``comments`` there may be some, and processing instructions: they are dropped, as canonicalisation would.
    """
    if len(data) > limit:
        raise Unread("its XML is too large")
    if b"\0" in data:  # UTF-16 and UTF-32, in which what follows would be looked for in vain
        raise Unread("its XML is written in a way that Signet does not read")
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise Unread("its XML declares entities")
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        dtd_validation=False,
        huge_tree=limit > MAX_XML,
        remove_comments=comments,
        remove_pis=comments,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Unread("its XML is damaged") from None
    info = root.getroottree().docinfo
    if (info.encoding or "UTF-8").upper() not in ("UTF-8", "ASCII", "US-ASCII") or info.internalDTD is not None:
        raise Unread("its XML is written in a way that Signet does not read")
    if not comments and any(True for _ in _odd(root)):
        raise Unread("there are comments within what is signed, or beside it")
    return root


def _odd(root: etree._Element) -> Iterator[object]:
    """Comments, instructions and entities, also outside of the root: texts could be cut by them unseen."""
    yield from root.iter(etree.Comment, etree.ProcessingInstruction, etree.Entity)
    yield from root.itersiblings()
    yield from root.itersiblings(preceding=True)


def canonical(element: etree._Element, algorithm: str, prefixes: tuple[str, ...] = ()) -> bytes:
    """Return the canonical form of an element; raise Unread for an algorithm that is not on the list.

    ``prefixes`` are those that exclusive canonicalisation is to treat as inclusive ("#default" for the default).
    """
    if algorithm not in CANONICALISATIONS:
        raise Unread("its XML is put into a canonical form that Signet does not know")
    if any(name.startswith(_XML) for each in element.iterancestors() for name in each.attrib):
        raise Unread("it inherits attributes from outside of what is signed")
    exclusive = CANONICALISATIONS[algorithm]
    alone = etree.fromstring(etree.tostring(element, with_tail=False, encoding="utf-8"), _plain())
    return etree.tostring(
        alone,
        method="c14n",
        exclusive=exclusive,
        with_comments=False,
        inclusive_ns_prefixes=[each.replace("#default", "") for each in prefixes] if exclusive and prefixes else None,
    )


def _plain() -> etree.XMLParser:
    """For what was parsed strictly before, and written by libxml2 since."""
    return etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=True)


def identifiers(root: etree._Element) -> list[str]:
    """Every identifier in a document, however its attribute is spelt; a signed document has none twice."""
    names = ("Id", "ID", "id", _XML + "id")
    found = [element.get(name) for element in root.iter(etree.Element) for name in names]
    return [value for value in found if value is not None]


def only(element: etree._Element, name: str) -> etree._Element:
    """Return the one child of that name; raise Unread if there is none, or several."""
    found = element.findall(name)
    if len(found) != 1:
        raise Unread(f"there is not exactly one {etree.QName(name).localname} in it")
    return found[0]


def text(element: etree._Element | None) -> str:
    """The text of an element that holds nothing else, without the space around it; "" without one."""
    if element is None or len(element):
        return ""
    return (element.text or "").strip()
