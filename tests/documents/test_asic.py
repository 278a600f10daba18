"""ASiC-E containers: honest ones, by libdigidocpp too, and what becomes of each when it is tampered with."""

from __future__ import annotations

import base64
import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache, partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from fuzz import containers
from signet.clock import timestamp
from signet.documents import asic
from signet.documents.asking import Unchecked, document_child
from signet.documents.facts import Anchors, SignatureFacts, unpacked_facts
from signet.documents.xml_strict import Unread, parse
from signet.services.verdicts import Verdict
from support import asic_forge as forge
from support import asic_table, hostile_asic, pki
from support.asic_forge import Forged, changed, container, entries, find, packed
from support.cms_forge import detached

PAGE = (Path(__file__).parents[2] / "docs" / "verdicts.md").read_text(encoding="utf-8")
FIXTURES = Path(__file__).parent / "asic"
LATER = timestamp(pki.NOW + timedelta(days=3))
SIGNATURES, MANIFEST = "META-INF/signatures0.xml", "META-INF/manifest.xml"
DS, XADES = f"{{{forge.NAMES['ds']}}}", f"{{{forge.NAMES['xades']}}}"
NAMES = list(forge.FILES)


def trusting() -> Anchors:
    return Anchors(LATER, roots=(pki.root().der,), others=(pki.issuing().der,))


def answered(folder: Path, data: bytes, anchors: Anchors | None = None) -> Mapping[str, object]:
    path = folder / "container.asice"
    path.write_bytes(data)
    with path.open("rb") as file:
        return asic.verify_asic(file.fileno(), (anchors or trusting()).packed())


def facts_of(answer: Mapping[str, object]) -> list[SignatureFacts]:
    assert "refused" not in answer, answer
    signatures = answer["signatures"]
    assert isinstance(signatures, list)
    return [unpacked_facts(each) for each in signatures]


def one(folder: Path, data: bytes, anchors: Anchors | None = None) -> SignatureFacts:
    (found,) = facts_of(answered(folder, data, anchors))
    return found


PSS = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"
HONEST: dict[str, tuple[Callable[[], Forged], str, str]] = {
    "P-256": (lambda: Forged(), "ECDSA P-256", "SHA-256"),
    "P-384, SHA-384, Exclusive": (
        lambda: Forged(signer=pki.signer("p384"), digest="sha384", canonicalisation=forge.EXCLUSIVE),
        "ECDSA P-384",
        "SHA-384",
    ),
    "RSA, SHA-512, 1.1": (
        lambda: Forged(
            signer=pki.signer("rsa"), digest="sha512", file_digest="sha384", canonicalisation=forge.C14N11
        ),
        "RSA 2048",
        "SHA-512",
    ),
    "RSA-PSS": (lambda: Forged(signer=pki.signer("rsa"), method=PSS), "RSA-PSS 2048", "SHA-256"),
}


@pytest.mark.parametrize("case", HONEST)
def test_what_is_signed_as_it_should_be_holds(tmp_path: Path, case: str) -> None:
    made, algorithm, digest = HONEST[case]
    forged = made()
    answer = answered(tmp_path, container(forged))
    (found,) = facts_of(answer)
    assert (found.intact, found.fits, found.weak, found.problem, found.coverage) == (True, True, "", "", "whole")
    assert (found.algorithm, found.digest_algorithm, found.format) == (algorithm, digest, "XAdES B-B")
    assert (found.anchored, found.chain_problem, found.revocation) == (True, "", "unknown")
    assert found.chain == (forged.signer.der, pki.issuing().der, pki.root().der)
    assert (found.claimed_time, found.proven_time) == (timestamp(pki.NOW), "")
    assert (found.place, found.reason) == ("Tartu, EE", "tenant")
    assert (found.changes, found.changes_allowed) == ((), None)
    assert (answer["files"], answer["covers"], answer["unsigned"], answer["notes"]) == (NAMES, [NAMES], [], [])


@cache
def lt() -> Forged:
    """A time stamp, and what the issuer says of the signer's certificate."""
    return replace(Forged(), stamper=pki.time_stamper(), lists=(pki.crl(),))


@cache
def asked_by_ocsp() -> pki.Holder:
    """A signer as eID cards have it: there is no list, its issuer answers."""
    key = pki.new_key("p384")
    return pki.Holder(key, pki.certify("Kati Karu", key.public_key(), pki.issuing(), ocsp_url="http://127.0.0.1:1/"))


def test_a_time_stamp_and_what_is_brought_prove_when_and_that_nothing_was_revoked(tmp_path: Path) -> None:
    stamped = one(tmp_path, container(replace(Forged(), stamper=pki.time_stamper())))
    assert (stamped.format, stamped.revocation) == ("XAdES B-T", "unknown")
    # Long after the signer's certificate has ended, and with the issuer's own certificate from inside.
    later = Anchors("2029-06-01T00:00:00Z", roots=(pki.root().der,))
    by_ocsp = replace(lt(), signer=asked_by_ocsp(), responses=(forge.ocsp_response(asked_by_ocsp()),), lists=())
    for forged in (lt(), by_ocsp):
        found = one(tmp_path, container(forged), later)
        assert (found.format, found.intact, found.fits, found.anchored) == ("XAdES B-LT", True, True, True)
        assert (found.proven_time, found.time_stamper) == ("2026-11-20T14:03:00Z", "Example Time Stamper")
        assert (found.revocation, found.revocation_source, found.chain_problem) == ("good", "document", "")
        assert found.provable_until == timestamp(pki.AUTHORITIES_END)
    assert one(tmp_path, container(), later).chain_problem == "expired"


def test_what_was_revoked_says_so(tmp_path: Path) -> None:
    by_ocsp = replace(lt(), responses=(forge.ocsp_response(asked_by_ocsp(), revoked=True),), signer=asked_by_ocsp())
    by_crl = replace(lt(), lists=(pki.crl(revoked=[pki.signer()]),), responses=())
    for forged in (replace(by_ocsp, lists=()), by_crl):
        assert one(tmp_path, container(forged)).chain_problem == "revoked"


def test_a_time_stamp_of_something_else_proves_nothing(tmp_path: Path) -> None:
    def exchange(element: etree._Element) -> None:
        token = forge.stamped(pki.time_stamper(), b"something else", pki.NOW + timedelta(minutes=1))
        find(element, ".//xades:EncapsulatedTimeStamp").text = base64.b64encode(token).decode()

    found = one(tmp_path, container(replace(lt(), after=exchange)))
    assert (found.intact, found.fits, found.proven_time) == (True, True, "")
    assert "not one of this signature" in found.time_note
    untrusted = one(tmp_path, container(lt()), Anchors(LATER))
    assert (untrusted.proven_time, untrusted.anchored) == ("", False)
    assert "nobody here trusts" in untrusted.time_note


def test_several_signatures_are_told_apart(tmp_path: Path) -> None:
    both = Forged(), replace(Forged(), signer=pki.signer("rsa", "Juhan Liiv"), identifier="S1")
    first, second = facts_of(answered(tmp_path, container(*both)))
    assert (first.chain[0], second.chain[0]) == (pki.signer().der, pki.signer("rsa", "Juhan Liiv").der)
    part = replace(both[1], files={NAMES[0]: forge.FILES[NAMES[0]]})
    answer = answered(tmp_path, container(both[0], part))
    assert [each.coverage for each in facts_of(answer)] == ["whole", "part"]
    assert (answer["covers"], answer["unsigned"]) == ([NAMES, NAMES[:1]], [])
    assert [each.changes_allowed for each in facts_of(answer)] == [None, False]
    assert "not covered by this signature" in facts_of(answer)[1].changes[0]


def test_a_signature_that_is_there_twice_is_one(tmp_path: Path) -> None:
    again = packed([*honest(), ("META-INF/signatures1.xml", xml())])
    assert one(tmp_path, again).coverage == "whole"


SEED, MUTANTS = 7, 60


def test_mutated_containers_are_never_valid_unless_they_say_the_same(tmp_path: Path) -> None:
    """A few of what `fuzz.containers` does by the hundred, without a child."""
    first = [containers.told(answered(tmp_path, packed(each))) for each in hostile_asic.originals()]
    assert [verdict for verdict, _ in first] == [Verdict.VALID, Verdict.VALID]
    for hostile in hostile_asic.mutants(SEED, MUTANTS):
        found = containers.told(answered(tmp_path, hostile.content))
        assert containers.broken(hostile, found, first) == "", hostile.how


@pytest.mark.parametrize(("kind", "signers"), [("p256", 1), ("p384", 2), ("rsa", 1)])
def test_containers_by_libdigidocpp_hold(tmp_path: Path, kind: str, signers: int) -> None:
    roots = (FIXTURES / "root.der").read_bytes(), (FIXTURES / "issuing.der").read_bytes()
    data = (FIXTURES / f"digidoc-{kind}.asice").read_bytes()
    answer = answered(tmp_path, data, Anchors("2026-11-22T20:00:00Z", roots=roots[:1], others=roots[1:]))
    found = facts_of(answer)
    assert len(found) == signers
    for each in found:
        assert (each.format, each.intact, each.fits, each.anchored) == ("XAdES B-B", True, True, True)
        assert (each.coverage, each.changes_allowed) == ("whole", None)
    assert found[0].place == "Tartu, 51014, EE"
    assert answer["files"] == ["a b.txt", "ä#%1;x?.bin"]


@cache
def honest() -> tuple[tuple[str, bytes], ...]:
    """The entries of an honest container; made when first wanted, as everything here."""
    return tuple(entries())


def xml() -> bytes:
    return dict(honest())[SIGNATURES]


def other() -> bytes:
    """The signatures of another container."""
    files = {"other.txt": b"x"}
    return dict(entries(replace(Forged(), files=files), files=files))[SIGNATURES]


def signed_as(data: bytes) -> bytes:
    """An honest container with other signatures."""
    return packed(changed(honest(), SIGNATURES, data))


def edited(path: str, text: Callable[[str], str]) -> bytes:
    """The signatures with the text of one element changed."""
    root = etree.fromstring(xml())
    element = find(root, path)
    element.text = text(element.text or "")
    return etree.tostring(root)


def turned(text: str) -> str:
    """Another base64 of the same length."""
    return ("B" if text[0] == "A" else "A") + text[1:]


def wrapped(element: etree._Element) -> None:
    """The signed properties go where nobody looks, and others stand where they stood."""
    properties = find(element, ".//xades:SignedProperties")
    fake = copy.deepcopy(properties)
    fake.set("Id", "fake")
    find(fake, ".//xades:SigningTime").text = "2020-01-01T00:00:00Z"
    properties.getparent().replace(properties, fake)  # type: ignore[union-attr]
    etree.SubElement(element, DS + "Object").append(properties)


def doubled(element: etree._Element) -> None:
    """The signed properties are there twice, under one name."""
    wrapped(element)
    find(element, ".//xades:SignedProperties").set("Id", "S0-p")


def inside(element: etree._Element) -> None:
    """The whole signature lies within the object of another, whose properties it would lend."""
    etree.SubElement(element, DS + "Object").append(copy.deepcopy(element))


def reference(uri: str, transform: str = "") -> Callable[[etree._Element], None]:
    def edit(element: etree._Element) -> None:
        first = find(element, ".//ds:Reference")
        first.set("URI", uri)
        if transform:
            transforms = etree.Element(DS + "Transforms")
            etree.SubElement(transforms, DS + "Transform", Algorithm=transform)
            first.insert(0, transforms)

    return edit


def twice_named(element: etree._Element) -> None:
    first = find(element, ".//ds:Reference")
    again = copy.deepcopy(first)
    again.set("URI", "%6C" + str(first.get("URI"))[1:])
    again.set("Id", "again")
    first.addnext(again)


def set_in(path: str, name: str, value: str) -> Callable[[etree._Element], None]:
    return lambda element: find(element, path).set(name, value)


def short_rsa() -> pki.Holder:
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - it is to be refused
    return pki.Holder(key, pki.certify("Short", key.public_key(), pki.issuing()))


def lone(**how: object) -> bytes:
    return packed(entries(replace(Forged(), **how)))  # type: ignore[arg-type]


Case = tuple[Callable[[], bytes], tuple[bool | None, bool | None, bool | None], str]
TAMPERED: dict[str, Case] = {
    "a file is changed": (lambda: packed(changed(honest(), "lease.txt", b"x")), (False, True, False), "was changed"),
    "a file is taken out": (lambda: packed(changed(honest(), "lease.txt", None)), (False, True, False), "is missing"),
    "a file is added": (
        lambda: packed([*changed(honest(), MANIFEST, forge.manifest([*NAMES, "more"])), ("more", b"x")]),
        (True, True, False),
        "“more” is in it, and not signed",
    ),
    "a file is added in META-INF": (
        lambda: packed([*honest(), ("META-INF/evil.exe", b"x")]),
        (True, True, False),
        "“META-INF/evil.exe” is in it, and not signed",
    ),
    "two files change places": (
        lambda: packed([(NAMES[not NAMES.index(n)] if n in NAMES else n, data) for n, data in honest()]),
        (False, True, False),
        "was changed",
    ),
    "the list of files names another kind": (
        lambda: packed(changed(honest(), MANIFEST, forge.manifest(NAMES, "text/html"))),
        (True, True, False),
        "was signed as application/octet-stream, and is listed as text/html",
    ),
    "the list of files names one more": (
        lambda: packed(changed(honest(), MANIFEST, forge.manifest([*NAMES, "more"]))),
        (True, True, False),
        "names “more”, which is not there",
    ),
    "the list of files is damaged": (
        lambda: packed(changed(honest(), MANIFEST, b"<")),
        (True, True, False),
        "is damaged",
    ),
    "the signature's value is changed": (
        lambda: packed(changed(honest(), SIGNATURES, edited(".//ds:SignatureValue", turned))),
        (True, False, None),
        "",
    ),
    "a digest is changed": (
        lambda: packed(changed(honest(), SIGNATURES, edited(".//ds:DigestValue", turned))),
        (False, False, False),
        "was changed",
    ),
    "the signed properties are changed": (
        lambda: packed(
            changed(honest(), SIGNATURES, edited(".//xades:SigningTime", lambda _: "2020-01-01T00:00:00Z"))
        ),
        (False, True, None),
        "",
    ),
    "the certificate is another": (
        lambda: lone(certificate=pki.signer("rsa", "Juhan Liiv")),
        (True, False, None),
        "",
    ),
    "the certificate is changed": (
        lambda: packed(
            changed(honest(), SIGNATURES, edited(".//ds:X509Certificate", lambda t: t[:99] + turned(t[99:])))
        ),
        (True, False, None),
        "",
    ),
    "the signature is that of another container": (
        lambda: packed(changed(honest(), SIGNATURES, other())),
        (False, True, False),
        "“other.txt” is missing",
    ),
    "the signer is another than says the certificate": (
        lambda: lone(signer=pki.signer("p256", "Juhan Liiv"), certificate=pki.signer()),
        (True, False, None),
        "",
    ),
}


@pytest.mark.parametrize("case", TAMPERED)
def test_what_was_tampered_with_is_told(tmp_path: Path, case: str) -> None:
    made, expected, said = TAMPERED[case]
    found = one(tmp_path, made())
    assert (found.intact, found.fits, found.changes_allowed, found.problem) == (*expected, "")
    assert said in " | ".join(found.changes)


UNREAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "properties wrapped": (lambda: lone(after=wrapped), "something else than its own properties"),
    "properties twice": (lambda: lone(after=doubled), "the same name"),
    "a signature within a signature": (lambda: lone(after=inside), "the same name"),
    "properties of another signature": (
        lambda: lone(after=set_in(".//xades:QualifyingProperties", "Target", "#S1")),
        "those of another signature",
    ),
    "properties that are not signed along": (
        lambda: lone(edit=set_in(".//ds:Reference[@Type]", "Type", "urn:x")),
        "what it says of itself",
    ),
    "an identifier twice": (lambda: lone(edit=set_in(".//ds:Reference", "Id", "S0")), "the same name"),
    "a file twice": (lambda: lone(edit=twice_named), "the same thing twice"),
    **{
        f"a reference to {uri}": (partial(lone, edit=reference(uri)), reason)
        for uri, reason in (
            ("http://example.org/a", "outside of the container"),
            ("file:///etc/passwd", "outside of the container"),
            ("//host/a", "outside of the container"),
            ("/lease.txt", "outside of the container"),
            ("lease.txt#part", "outside of the container"),
            ("lease.txt?x", "outside of the container"),
            ("#xpointer(/)", "no file of the container"),
            ("", "no file of the container"),
            ("%ff", "cannot be read"),
        )
    },
    **{
        f"the transformation {name}": (partial(lone, edit=reference("lease.txt", name)), reason)
        for name, reason in (
            ("http://www.w3.org/TR/1999/REC-xslt-19991116", "transformations"),
            ("http://www.w3.org/TR/1999/REC-xpath-19991116", "transformations"),
            ("http://www.w3.org/2000/09/xmldsig#base64", "transformations"),
            ("http://www.w3.org/2000/09/xmldsig#enveloped-signature", "in another form"),
            (forge.C14N, "in another form"),
        )
    },
    "another canonical form": (
        lambda: lone(after=set_in(".//ds:CanonicalizationMethod", "Algorithm", "urn:x")),
        "canonical",
    ),
    "another way of signing": (
        lambda: lone(after=set_in(".//ds:SignatureMethod", "Algorithm", "urn:x")),
        "a way that Signet",
    ),
    "HMAC with the public key": (
        lambda: lone(after=set_in(".//ds:SignatureMethod", "Algorithm", "http://www.w3.org/2000/09/xmldsig#hmac-sha1")),
        "a way that Signet",
    ),
    "a digest that nobody knows": (lambda: lone(edit=set_in(".//ds:DigestMethod", "Algorithm", "urn:x")), "a digest"),
    "a way of signing of another key": (
        lambda: lone(after=set_in(".//ds:SignatureMethod", "Algorithm", PSS)),
        "in a way that its key does not know",
    ),
    "no base64": (lambda: lone(after=lambda e: setattr(find(e, ".//ds:SignatureValue"), "text", "!!")), "base64"),
    "no certificate bound": (
        lambda: lone(edit=lambda e: find(e, ".//xades:SigningCertificate").getparent().remove(  # type: ignore[union-attr]
            find(e, ".//xades:SigningCertificate"))),
        "which certificate",
    ),
    "a comment": (lambda: signed_as(xml().replace(b"Tartu", b"Ta<!-- -->rtu")), "comments"),
    "an instruction": (lambda: signed_as(xml().replace(b"Tartu", b"Ta<?x?>rtu")), "comments"),
    "an entity": (
        lambda: packed(changed(honest(), SIGNATURES, b'<!DOCTYPE a [<!ENTITY e SYSTEM "/etc/passwd">]><a>&e;</a>')),
        "declares entities",
    ),
    "UTF-16": (
        lambda: packed(changed(honest(), SIGNATURES, xml().split(b"?>", 1)[1].decode().encode("utf-16"))),
        "a way that Signet does not read",
    ),
    "an inherited attribute": (
        lambda: signed_as(xml().replace(b'Signature Id', b'Signature xml:lang="en" Id')),
        "inherits",
    ),
    "another root": (lambda: packed(changed(honest(), SIGNATURES, b"<a/>")), "no file of signatures"),
    "no XML": (lambda: packed(changed(honest(), SIGNATURES, b"PK")), "damaged"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNREAD)
def test_what_cannot_be_understood_is_no_signature_that_holds(tmp_path: Path, case: str) -> None:
    made, reason = UNREAD[case]
    for found in facts_of(answered(tmp_path, made())):
        assert reason in found.problem
        assert (found.intact, found.fits) == (None, None)


WEAK: dict[str, tuple[Callable[[], Forged], str]] = {
    "SHA-1 over a file": (lambda: replace(Forged(), file_digest="sha1"), "SHA-1"),
    "SHA-1 over all": (lambda: replace(Forged(), digest="sha1"), "SHA-1"),
    "RSA of 1024 bits": (lambda: replace(Forged(), signer=short_rsa()), "1024"),
}


@pytest.mark.parametrize("case", WEAK)
def test_weak_algorithms_never_count(tmp_path: Path, case: str) -> None:
    made, reason = WEAK[case]
    answer = answered(tmp_path, container(made()))
    (found,) = facts_of(answer)
    assert (found.intact, found.fits) == (True, True)
    assert reason in found.weak
    assert answer["unsigned"] == NAMES  # nothing that counts covers them


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "no kind": (lambda: packed(honest()[1:]), "its kind does not come first"),
    "the kind comes later": (lambda: packed([*honest()[1:], honest()[0]]), "its kind does not come first"),
    "another kind": (lambda: packed([("mimetype", b"application/epub+zip"), *honest()[1:]]), "no ASiC-E"),
    "a simple container": (
        lambda: packed([("mimetype", b"application/vnd.etsi.asic-s+zip"), *honest()[1:]]),
        "simple container",
    ),
    "too many signatures": (
        lambda: packed([*honest(), *((f"META-INF/signatures{n}.xml", b"") for n in range(1, 70))]),
        "more than 64",
    ),
    "bytes before": (lambda: b"#!/bin/sh\n" + container(), "not where its end"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_container_is_refused(tmp_path: Path, case: str) -> None:
    made, reason = REFUSED[case]
    assert reason in str(answered(tmp_path, made())["refused"])


def test_a_container_within_a_container_is_told_and_not_opened(tmp_path: Path) -> None:
    files = {"inner.asice": container(), "lease.txt": b"x"}
    answer = answered(tmp_path, packed(entries(replace(Forged(), files=files), files=files)))
    assert facts_of(answer)[0].coverage == "whole"
    assert answer["notes"] == ["“inner.asice” is itself a signed container; its own signatures were not checked."]
    proof = packed([*honest(), ("META-INF/timestamp.tst", b"x")])
    assert "does not check" in str(answered(tmp_path, proof)["notes"])


def test_cades_over_a_list_of_the_files_holds_and_falls_with_them(tmp_path: Path) -> None:
    whole = forge.cades_entries(lambda listed: detached(listed, pki.signer(), stamp=True))
    answer = answered(tmp_path, packed(whole))
    (found,) = facts_of(answer)
    assert (found.intact, found.fits, found.weak, found.coverage, found.anchored) == (True, True, "", "whole", True)
    assert (found.format, answer["covers"]) == ("CAdES B-T", [NAMES])
    lists, signature = "META-INF/ASiCManifest001.xml", "META-INF/signature001.p7s"
    listed = dict(whole)[lists]
    gone = one(tmp_path, packed(changed(whole, "lease.txt", None)))
    assert (gone.intact, gone.changes[0]) == (False, "“lease.txt” is missing")
    assert one(tmp_path, packed(changed(whole, "lease.txt", b"x"))).intact is False
    assert one(tmp_path, packed(changed(whole, lists, listed.replace(b"lease", b"least")))).intact is False
    more = one(tmp_path, packed([*whole, ("more", b"x")]))
    assert (more.intact, more.changes_allowed) == (True, False)
    for parts, reason in (
        (changed(whole, lists, None), "not exactly one list"),
        ([*whole, ("META-INF/ASiCManifest002.xml", listed)], "not exactly one list"),
        (changed(whole, signature, b"0"), "damaged"),
    ):
        assert reason in one(tmp_path, packed(parts)).problem
    assert "cannot be read" in str(answered(tmp_path, packed(changed(whole, lists, b"<a/>")))["refused"])
    one_list = changed(whole, lists, listed.replace(b"plan%20%C3%A4.bin", b"lease.txt"))
    assert "twice" in str(answered(tmp_path, packed(one_list))["refused"])


def test_the_page_has_the_table_as_it_comes_out() -> None:
    made = asic_table.table()
    assert made in PAGE, "`python -m support.asic_table`, with app and tests on the path, prints it"
    assert made.count("| `valid` |") == 1  # of nothing done


def test_containers_are_known_by_how_they_begin(tmp_path: Path) -> None:
    assert asic.is_container(container()[:128])
    assert asic.is_container((FIXTURES / "digidoc-rsa.asice").read_bytes()[:128])
    assert not asic.is_container(packed([("a", b"application/vnd.etsi.asic-e+zip")])[:128])
    assert not asic.is_container(b"")


def test_comments_are_dropped_where_they_may_be_and_large_xml_is_refused() -> None:
    assert parse(b"<a>b<!-- c -->d<?e f?></a>", comments=True).text == "bd"
    with pytest.raises(Unread, match="too large"):
        parse(b"<a/>", limit=3)


def test_the_child_answers_the_same_within_its_limits(tmp_path: Path) -> None:
    path = tmp_path / "container.asice"
    path.write_bytes(container(lt()))
    with path.open("rb") as file, document_child([file.fileno()]) as child:
        answer = child.ask("verify_asic", file=file.fileno(), anchors=trusting().packed())
        (found,) = facts_of(answer)
        assert (found.intact, found.fits, found.anchored, found.format) == (True, True, True, "XAdES B-LT")
        path.write_bytes(b"PK")
        with pytest.raises(Unchecked, match="no ZIP"):
            child.ask("verify_asic", file=file.fileno(), anchors=trusting().packed())
