"""Names in certificates as people write them: a name alone, or RFC 4514 text, ``CN=Mari Maasikas,O=Acme,C=EE``.

Blanks around commas and equals signs do not matter. An e-mail address does not belong into the name (RFC 5280,
4.1.2.6); it has a field of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import NameOID

from signet.errors import UsageError

_KINDS = {  # RFC 4514, 3, and RFC 4519; X.520 and ETSI EN 319 412-1 for those of persons
    "CN": NameOID.COMMON_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "C": NameOID.COUNTRY_NAME,
    "L": NameOID.LOCALITY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "STREET": NameOID.STREET_ADDRESS,
    "DC": NameOID.DOMAIN_COMPONENT,
    "UID": NameOID.USER_ID,
    "SN": NameOID.SURNAME,
    "GN": NameOID.GIVEN_NAME,
    "GIVENNAME": NameOID.GIVEN_NAME,
    "SURNAME": NameOID.SURNAME,
    "TITLE": NameOID.TITLE,
    "SERIALNUMBER": NameOID.SERIAL_NUMBER,
    "ORGANIZATIONIDENTIFIER": NameOID.ORGANIZATION_IDENTIFIER,
}
_SAID = {  # RFC 4514 has no names for these, and would write numbers
    NameOID.SURNAME: "SN",
    NameOID.GIVEN_NAME: "GN",
    NameOID.TITLE: "title",
    NameOID.SERIAL_NUMBER: "serialNumber",
    NameOID.ORGANIZATION_IDENTIFIER: "organizationIdentifier",
    NameOID.EMAIL_ADDRESS: "E",
}
_MANY = frozenset({NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.DOMAIN_COMPONENT})
_LONGER = {NameOID.LOCALITY_NAME: 128, NameOID.STATE_OR_PROVINCE_NAME: 128, NameOID.STREET_ADDRESS: 128}
MAX_VALUE = 64
"""Characters of most parts of a name (RFC 5280, appendix A.1, ub-common-name and its neighbours)."""
MAX_EMAIL = 254
"""RFC 5321, 4.5.3.1.3, without the angle brackets."""
MAX_TEXT = 1024
"""Characters of a whole name that are read."""

_MAIL_KINDS = frozenset({"E", "EMAIL", "EMAILADDRESS"})
_EXAMPLE = "Write it like CN=Mari Maasikas,O=Acme,C=EE, or give the name alone."
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_COUNTRY = re.compile(r"[A-Za-z]{2}")
_HEX = re.compile(r"[0-9A-Fa-f]{2}")
_PRINTABLE_STRING = re.compile(r"[A-Za-z0-9 '()+,./:=?-]+")
_ESCAPED = set(',+"\\<>;#= ')


@dataclass(frozen=True)
class Fields:
    """A holder as a form asks for it; what is empty is left out."""

    name: str
    organisation: str = ""
    country: str = ""

    @property
    def text(self) -> str:
        """The same as RFC 4514 text."""
        parts = (("CN", self.name), ("O", self.organisation), ("C", self.country))
        return ",".join(f"{kind}={_escaped(value.strip())}" for kind, value in parts if value.strip())


def read_subject(text: str) -> x509.Name:
    """Read the holder's name; raise UsageError with what is wrong with it."""
    if len(text) > MAX_TEXT:
        raise UsageError(reason=f"The name is longer than {MAX_TEXT} characters.")
    if not text.strip():
        raise UsageError(reason=f"A certificate needs a name. {_EXAMPLE}")
    if text.lstrip().startswith("/") and "=" in text:
        raise UsageError(reason=f"Parts of a name are set apart by commas, not by slashes. {_EXAMPLE}")
    parts = list(_parts(text)) if "=" in text else [("CN", text.strip())]
    attributes = []
    for kind, value in parts:
        attributes.append(_attribute(kind, value))
    found = [each.oid for each in attributes]
    for oid in set(found) - _MANY:
        if found.count(oid) > 1:
            raise UsageError(reason="A part of the name is there twice; only OU and DC may be.")
    if not {NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME} & set(found):
        raise UsageError(reason=f"The name has neither CN nor O, so nobody would know who signed. {_EXAMPLE}")
    return x509.Name(reversed(attributes))  # RFC 4514, 2.1: the text begins with the last


def name_text(name: x509.Name) -> str:
    """Write a name as RFC 4514 text, its parts by the names that people know; `read_subject` reads its own."""
    return name.rfc4514_string(attr_name_overrides=_SAID)


def check_email(text: str) -> str:
    """Return an e-mail address as certificates have it (RFC 5280, 4.2.1.6); raise UsageError. "" stays ""."""
    address = text.strip()
    if address and (len(address) > MAX_EMAIL or not _EMAIL.fullmatch(address)):
        raise UsageError(reason=f"“{address[:60]}” is no e-mail address that a certificate can have (ASCII only).")
    return address


def _attribute(kind: str, value: str) -> x509.NameAttribute[str]:
    if kind.upper() in _MAIL_KINDS:
        raise UsageError(reason="The e-mail address is no part of the name; give it with --email.")
    oid = _KINDS.get(kind.upper())
    if oid is None:
        known = ", ".join(name for name in _KINDS if len(name) <= 3)
        raise UsageError(reason=f"“{kind[:30]}” is no part of a name that Signet knows. Known are {known}.")
    if not value:
        raise UsageError(reason=f"{kind} is empty; leave it out.")
    if not value.isprintable() or not _writable(value):
        raise UsageError(reason=f"{kind} holds characters that cannot be seen.")
    limit = _LONGER.get(oid, MAX_VALUE)
    if len(value) > limit:
        raise UsageError(reason=f"{kind} has at most {limit} characters, not {len(value)}.")
    if oid == NameOID.COUNTRY_NAME:
        if not _COUNTRY.fullmatch(value):
            raise UsageError(reason="C is a country in two letters: EE, DE, FR.")
        value = value.upper()
    if oid == NameOID.SERIAL_NUMBER and not _PRINTABLE_STRING.fullmatch(value):
        raise UsageError(reason="serialNumber has letters, digits and - alone, like PNOEE-38001085718.")
    if oid == NameOID.DOMAIN_COMPONENT and not value.isascii():
        raise UsageError(reason="DC is a part of a host name, in ASCII.")
    return x509.NameAttribute(oid, value)


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Take ``kind=value`` apart at commas that are not escaped."""
    for part in _split(text):
        kind, equals, value = part.partition("=")
        if not equals:
            shown = part.strip()[:40]
            raise UsageError(reason=f"“{shown}” is no part of a name; a comma within one is written \\,. {_EXAMPLE}")
        yield kind.strip(), _plain(value, kind.strip())


def _split(text: str) -> Iterator[str]:
    start, place = 0, 0
    while place < len(text):
        if text[place] == "\\":
            place += 1
        elif text[place] in ",;":
            yield text[start:place]
            start = place + 1
        place += 1
    yield text[start:]


def _plain(value: str, kind: str) -> str:
    """Undo the escapes of RFC 4514, 2.4; blanks at the ends count only if they are escaped."""
    value = value.lstrip()
    if value.startswith("#"):
        raise UsageError(reason=f"{kind} begins with #, which means bytes; write \\# if it is meant so.")
    found, place, kept = bytearray(), 0, 0
    while place < len(value):
        char = value[place]
        if char == "\\":
            pair, place = value[place + 1 : place + 3], place + 1
            if pair[:1] and pair[0] in _ESCAPED:
                found += pair[0].encode()
            elif _HEX.fullmatch(pair):
                found.append(int(pair, 16))
                place += 1
            else:
                raise UsageError(reason=f"{kind} holds \\ and nothing that it could mean; write \\\\ for itself.")
            kept = len(found)
        elif char in '+"<>':
            raise UsageError(
                reason=f"{kind} holds {char}, which has a meaning of its own; write \\{char} for itself."
            )
        else:
            found += char.encode("utf-8", "surrogatepass")
            kept = kept if char == " " else len(found)
        place += 1
    try:
        return found[:kept].decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise UsageError(reason=f"{kind} is not UTF-8.") from None


def _escaped(value: str) -> str:
    plain = "".join("\\" + char if char in _ESCAPED - {"#", "=", " "} else char for char in value)
    return "\\" + plain if plain.startswith("#") else plain


def _writable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # half of a surrogate pair, from an undecodable command line
        return False
    return True
