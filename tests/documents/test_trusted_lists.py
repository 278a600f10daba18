"""Trusted lists: honest ones, by signxml's judgement too, and those that somebody changed or signed who must not."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import x509
from lxml import etree
from pyhanko.sign.validation.qualified.eutl_parse import trust_list_to_registry

from signet.clock import timestamp
from signet.documents import trusted_lists
from signet.documents.trusted_services import assess
from support import asic_forge, pki
from support import lists_forge as forge
from support.asic_forge import find
from support.lists_forge import Forged, Pointer, Service, made, operator

DS = f"{{{asic_forge.NAMES['ds']}}}"
LIST = {"tsl": forge.TSL}


def estonian() -> bytes:
    return operator("List of EE").der


def read(folder: Path, data: bytes, *signers: bytes, bundled: bool = False) -> Mapping[str, object]:
    path = folder / "list.xml"
    path.write_bytes(data)
    with path.open("rb") as file:
        return trusted_lists.read_trusted_list(file.fileno(), signers or (estonian(),), bundled)


@pytest.mark.parametrize("algorithm", [asic_forge.EXCLUSIVE, asic_forge.C14N, asic_forge.C14N11])
def test_an_honest_list_is_believed_as_others_believe_it(tmp_path: Path, algorithm: str) -> None:
    services = (Service(pki.issuing().der), Service(pki.time_stamper().der, forge.QTST, name="Stamps"))
    data = made(Forged(services=services, canonicalisation=algorithm))
    found = read(tmp_path, data)
    assert (found["territory"], found["sequence"], found["operator"]) == ("EE", 7, "Authority")
    assert (found["issued"], found["next_update"]) == ("2026-11-01T00:00:00Z", "2027-04-30T00:00:00Z")
    assert (found["lotl"], found["signer"], found["by_bundled"]) == (False, estonian(), False)
    assert [(each["kind"], each["name"], each["until"]) for each in found["services"]] == [  # type: ignore[attr-defined]
        ("ca", "Example Issuing CA", ""),
        ("tsa", "Stamps", ""),
    ]
    assert b"Signature" not in found["content"]  # type: ignore[operator]
    text = data.decode().split("?>", 1)[1]
    registry, errors = trust_list_to_registry(text, [x509.Certificate.load(estonian())])
    assert not errors
    assert len(list(registry.known_certificate_authorities)) == 1


def test_the_list_of_lists_names_who_signs_which(tmp_path: Path) -> None:
    by = operator("List of lists").der
    found = read(tmp_path, forge.lotl(Pointer("EE", "http://127.0.0.1/ee.xml", [estonian()])), by)
    assert found["lotl"] is True
    pointer = {"territory": "EE", "address": "http://127.0.0.1/ee.xml", "certificates": [estonian()]}
    assert (found["pointers"], found["services"]) == ([pointer], [])
    assert "somebody else" in str(read(tmp_path, forge.lotl(), bundled=True)["refused"])
    assert len(trusted_lists.bundled_signers()) > 0


def extended(root: etree._Element) -> None:
    """Another service, after it was signed."""
    services = root.find(".//tsl:TSPServices", LIST)
    assert services is not None
    services.append(copy.deepcopy(services[0]))


def wrapped(root: etree._Element) -> None:
    """The signed list becomes a part of another, where the reference to its Id still leads."""
    inner = copy.deepcopy(root)
    signature = find(root, "ds:Signature")
    for child in list(root):
        if child is not signature:
            root.remove(child)
    inner.remove(find(inner, "ds:Signature"))
    signature[-1].append(inner)
    root.set("Id", "other")


def signed_twice(root: etree._Element) -> None:
    root.append(copy.deepcopy(find(root, "ds:Signature")))


def within(root: etree._Element) -> None:
    """The signature stands deeper than right below the root."""
    signature = find(root, "ds:Signature")
    root[1].append(signature)


def third(root: etree._Element) -> None:
    info = find(root, ".//ds:SignedInfo")
    info.append(copy.deepcopy(info[-1]))


def without_certificate(root: etree._Element) -> None:
    holder = find(root, ".//ds:X509Data")
    holder.remove(holder[0])


def text_of(path: str, value: str) -> Callable[[etree._Element], None]:
    def edit(root: etree._Element) -> None:
        element = root.find(path, {**LIST, **asic_forge.NAMES})
        assert element is not None
        element.text = value

    return edit


def attribute(path: str, name: str, value: str) -> Callable[[etree._Element], None]:
    return lambda root: find(root, path).set(name, value)


HONEST = Forged
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "a service added": (lambda: made(replace(HONEST(), after=extended)), "changed after it was signed"),
    "a number changed": (
        lambda: made(replace(HONEST(), after=text_of(".//tsl:TSLSequenceNumber", "99"))),
        "changed after it was signed",
    ),
    "wrapped": (lambda: made(replace(HONEST(), after=wrapped)), "changed after it was signed|something else"),
    "signed twice": (lambda: made(replace(HONEST(), after=signed_twice)), "in more than one place"),
    "signed within": (lambda: made(replace(HONEST(), after=within)), "in more than one place"),
    "three references": (lambda: made(replace(HONEST(), after=third)), "something else than the whole"),
    "another reference": (
        lambda: made(replace(HONEST(), after=attribute(".//ds:Reference", "URI", "#xpointer(/)"))),
        "something else than the whole",
    ),
    "no enveloped transform": (
        lambda: made(replace(HONEST(), after=attribute(".//ds:Transform", "Algorithm", asic_forge.C14N))),
        "something else than the whole",
    ),
    "XSLT": (
        lambda: made(
            replace(HONEST(), after=attribute(".//ds:Transform", "Algorithm", "http://www.w3.org/TR/xslt-19991116"))
        ),
        "transformations",
    ),
    "not signed": (
        lambda: made(replace(HONEST(), after=lambda root: root.remove(find(root, "ds:Signature")))),
        "not signed",
    ),
    "by somebody else": (lambda: made(replace(HONEST(), signer=operator("Somebody"))), "somebody else"),
    "a value of somebody else": (
        lambda: made(replace(HONEST(), after=text_of(".//ds:SignatureValue", "A" * 86 + "=="))),
        "does not fit",
    ),
    "properties changed": (
        lambda: made(replace(HONEST(), after=text_of(".//xades:SigningTime", "2020-01-01T00:00:00Z"))),
        "was changed",
    ),
    "SHA-1": (lambda: made(replace(HONEST(), digest="sha1")), "SHA-1"),
    "before its signer's certificate": (
        lambda: made(replace(HONEST(), issued=pki.BEGIN - timedelta(days=1))),
        "did not hold when it was issued",
    ),
    "ends before it begins": (
        lambda: made(replace(HONEST(), next_update=pki.THIS_UPDATE - timedelta(days=1))),
        "dates do not agree",
    ),
    "an entity": (lambda: b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', "declares entities"),
    "a billion laughs": (
        lambda: b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><a>&b;</a>',
        "declares entities",
    ),
    "something else": (lambda: b"<html/>", "no trusted list"),
    "no XML": (lambda: b"\x00\x01", "does not read"),
    "nothing": (lambda: b"", "damaged"),
    "far too much": (lambda: b"<a>" + b" " * trusted_lists.MAX_LIST, "too large"),
    "deeper than anybody reads": (lambda: b"<a>" * 100_000, "damaged"),
    "another kind": (lambda: made(replace(HONEST(), edit=text_of(".//tsl:TSLType", "urn:x"))), "European Union"),
    "no number": (lambda: made(replace(HONEST(), edit=text_of(".//tsl:TSLSequenceNumber", "x"))), "no number"),
    "no date": (
        lambda: made(replace(HONEST(), edit=text_of(".//tsl:ListIssueDateTime", "yesterday"))),
        "date in it cannot be read",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_to_be_believed_is_refused(tmp_path: Path, case: str) -> None:
    data, reason = REFUSED[case]
    found = str(read(tmp_path, data()).get("refused"))
    assert any(each in found for each in reason.split("|")), found


def test_a_list_without_its_signers_certificate_is_held_against_those_that_may_sign(tmp_path: Path) -> None:
    data = made(replace(Forged(), after=without_certificate))
    assert read(tmp_path, data)["signer"] == estonian()
    assert "another certificate" in str(read(tmp_path, data, operator("Somebody").der)["refused"])


def test_services_say_when_they_were_granted_and_who_is_qualified(tmp_path: Path) -> None:
    content = read(tmp_path, made(Forged()))["content"]
    assert isinstance(content, bytes)
    above = [pki.issuing().der, pki.root().der]
    assert assess(content, [forge.qualified_signer().der, *above], pki.NOW) == (
        "qualified",
        "a qualified certificate for signatures, its key in a qualified device",
    )
    assert assess(content, [pki.signer().der, *above], pki.NOW)[0] == "not-qualified"
    withdrawn = made(Forged(services=(Service(pki.issuing().der, status=forge.WITHDRAWN),)))
    found = read(tmp_path, withdrawn)
    assert found["services"] == []
    other = found["content"]
    assert isinstance(other, bytes)
    assert assess(other, [forge.qualified_signer().der, *above], pki.NOW)[0] == "not-qualified"
    later = made(Forged(services=(Service(pki.issuing().der, since=pki.NOW + timedelta(days=1)),)))
    services = read(tmp_path, later)["services"]
    assert isinstance(services, list)
    assert [each["since"] for each in services] == [timestamp(pki.NOW + timedelta(days=1))]
