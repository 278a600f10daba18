"""XAdES in ASiC-E (ETSI EN 319 132-1, EN 319 162-1, 4.4.3): B-B, B-T and B-LT as DigiDoc and others write them.

What may be signed is fixed before anything is compared: files of the container by their names, the signature's own
SignedProperties, its own KeyInfo. Those two are found by where they stand, and the reference has to name them;
nothing is looked up by an identifier, so nothing can be put in their place. Properties are read from the bytes that
the reference covers. Runs in the document child only.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from asn1crypto import x509
from lxml import etree

from signet.clock import timestamp
from signet.documents.algorithm_policy import digest_name, key_name, weak_digest, weak_key
from signet.documents.asic_parts import MAX_SIGNATURES, Found, Parts
from signet.documents.chains import Ground, judge_chain, read_certificates
from signet.documents.cms_signer import Stamp, Unreadable, check_stamp, with_chain
from signet.documents.facts import SignatureFacts
from signet.documents.xades_properties import Properties, read_properties
from signet.documents.xades_values import Values, read_values
from signet.documents.xml_signature import DS, Reference, Signed, read_signature
from signet.documents.xml_strict import Unread, canonical, identifiers, only, parse
from signet.documents.zip_strict import Unfit

ROOT = "{http://uri.etsi.org/02918/v1.2.1#}XAdESSignatures"
XADES = "{http://uri.etsi.org/01903/v1.3.2#}"
SIGNED_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties"
DAMAGED = (ValueError, TypeError, KeyError, AttributeError, AssertionError, IndexError)
"""What libraries raise for what is damaged, beside their own."""


def examine_xades(parts: Parts, name: str, ground: Ground, at: datetime) -> list[Found]:
    """Find out about every signature in one file of META-INF."""
    try:
        root = parse(parts.part(name))
        if root.tag != ROOT or not len(root) or any(child.tag != DS + "Signature" for child in root):
            raise Unread("it is no file of signatures")
        if len(root) > MAX_SIGNATURES:
            raise Unread("it has far too many signatures")
        known = identifiers(root)
        if len(set(known)) != len(known):
            raise Unread("two things in it have the same name")
    except (Unread, Unfit) as error:
        return [Found(SignatureFacts(format="XAdES", problem=error.reason))]
    return [_examined(parts, element, ground, at) for element in root]


def _examined(parts: Parts, element: etree._Element, ground: Ground, at: datetime) -> Found:
    try:
        return _Check(parts, read_signature(element), ground, at).found()
    except (Unread, Unreadable) as error:
        return Found(SignatureFacts(format="XAdES", problem=error.reason))
    except DAMAGED:
        return Found(SignatureFacts(format="XAdES", problem="the signature is damaged"))


@dataclass(frozen=True)
class _Sorted:
    """A signature's references by what they are to."""

    properties: Reference
    key_info: Reference | None
    files: tuple[tuple[str, Reference], ...]


class _Check:
    """One signature under examination."""

    def __init__(self, parts: Parts, signed: Signed, ground: Ground, at: datetime) -> None:
        self._parts, self._signed, self._ground, self._at = parts, signed, ground, at
        self._qualifying = _qualifying(signed)
        self._signed_properties = only(self._qualifying, XADES + "SignedProperties")

    def found(self) -> Found:
        """Find out about it; raise Unread or Unreadable if it cannot be understood."""
        signed = self._signed
        sorted_ = self._sorted()
        covered = sorted_.properties.canonicalised(self._signed_properties)
        properties = read_properties(parse(covered))
        values = read_values(self._qualifying)
        holds = sorted_.properties.holds(covered)
        if sorted_.key_info is not None and signed.key_info is not None:
            holds = holds and sorted_.key_info.holds(sorted_.key_info.canonicalised(signed.key_info))
        covers, changes = self._files(sorted_.files)
        signer = properties.signer(signed.certificates)
        facts = SignatureFacts(
            format=f"XAdES {values.level}",
            intact=holds and not changes,
            digest_algorithm=digest_name(signed.method),
            changes=tuple(changes),
            claimed_time=properties.time if holds else "",
            place=properties.place if holds else "",
            reason=properties.roles if holds else "",
        )
        kinds = self._kinds(sorted_.files, properties) if holds else {}
        if signer is None:
            # Another certificate stands there than the one that is signed along: whose signature it is, is forged.
            return Found(replace(facts, fits=False), tuple(covers), kinds)
        mark = hashlib.sha256(signed.covered + signer).digest()
        return Found(self._judged(facts, signer, properties, values), tuple(covers), kinds, mark)

    def _sorted(self) -> _Sorted:
        """Sort the references; raise Unread for any that is to something else."""
        signed = self._signed
        identifier = self._signed_properties.get("Id")
        own = [each for each in signed.references if each.type == SIGNED_PROPERTIES]
        if len(own) != 1 or not identifier or own[0].uri != f"#{identifier}":
            raise Unread("what it says of itself is not signed along")
        key_name_ = None if signed.key_info is None else signed.key_info.get("Id")
        key_info = [each for each in signed.references if key_name_ and each.uri == f"#{key_name_}"]
        files = []
        for each in signed.references:
            if each is own[0] or each in key_info:
                continue
            if (each.uri or "#").startswith("#") or each.transforms:
                raise Unread("it signs something that is no file of the container, or in another form")
            files.append((self._parts.named(each.uri), each))
        names = [name for name, _ in files]
        if len(key_info) > 1 or len(set(names)) != len(names):
            raise Unread("it signs the same thing twice")
        return _Sorted(own[0], key_info[0] if key_info else None, tuple(files))

    def _files(self, references: Sequence[tuple[str, Reference]]) -> tuple[list[str], list[str]]:
        """The files that are as they were signed, and clauses on the others."""
        covers, changes = [], []
        for name, reference in references:
            digest = self._parts.digest(name, reference.method) if self._parts.has(name) else None
            if digest is None or not hmac.compare_digest(digest, reference.digest):
                changes.append(f"“{name}” was changed" if self._parts.has(name) else f"“{name}” is missing")
            elif name in self._parts.files:
                covers.append(name)
        return covers, changes

    def _kinds(self, references: Sequence[tuple[str, Reference]], properties: Properties) -> dict[str, str]:
        """Of which kind the signed properties say that the files are."""
        named = {reference.id: name for name, reference in references if reference.id}
        return {named[each]: kind for each, kind in properties.kinds.items() if each in named and kind}

    def _judged(self, facts: SignatureFacts, signer: bytes, properties: Properties, values: Values) -> SignatureFacts:
        """What its numbers, its certificate, its time stamps and what it brings say."""
        (certificate,) = read_certificates([signer]) or (None,)
        if certificate is None:
            raise Unread("the signer's certificate cannot be read")
        facts = replace(
            facts,
            fits=self._signed.fits(signer),
            algorithm=f"{self._signed.way} {key_name(certificate.public_key).removeprefix('RSA ')}",
            public_key=certificate.public_key.dump(),
            chain=(signer,),
            weak=self._weak(certificate, properties),
        )
        others = read_certificates((*self._signed.certificates, *values.certificates))
        ground = replace(
            self._ground,
            others=(*self._ground.others, *others),
            crls=(*self._ground.crls, *values.crls(self._at)),
            ocsps=(*self._ground.ocsps, *values.ocsps(self._at)),
        )
        stamps = [self._stamp(each, ground) for each in values.stamps]
        holding = sorted((each.time, number) for number, each in enumerate(stamps) if each.holds and each.time)
        best = stamps[holding[0][1]] if holding else None
        judged = best.time if best is not None and best.time is not None else self._at
        chain = judge_chain(certificate, ground, at=judged, proven=best is not None)
        note = "" if best or not stamps else stamps[0].note
        return replace(
            with_chain(facts, chain),
            proven_time=timestamp(judged) if best else "",
            time_stamper=best.stamper if best else "",
            time_note=note or values.note,
            provable_until=best.until if best else chain.ends,
        )

    def _weak(self, certificate: x509.Certificate, properties: Properties) -> str:
        methods = [self._signed.method, *(each.method for each in self._signed.references), properties.method]
        reasons = [*map(weak_digest, methods), weak_key(certificate.public_key)]
        return next((reason for reason in reasons if reason), "")

    def _stamp(self, found: tuple[bytes, str], ground: Ground) -> Stamp:
        """Find out about a time stamp over the signature's value, as an element (XAdES 5.3)."""
        token, algorithm = found
        covered = canonical(self._signed.value_element, algorithm)

        def digest(name: str) -> bytes:
            return hashlib.new(name, covered, usedforsecurity=False).digest()

        try:
            return check_stamp(token, digest, ground, at=self._at)
        except (Unreadable, *DAMAGED):
            return Stamp(None, "", False, "its time stamp is damaged", "", SignatureFacts())


def _qualifying(signed: Signed) -> etree._Element:
    """The one element with the signature's properties; raise Unread if the signature brings anything else."""
    contents = [child for each in signed.objects for child in each]
    if len(contents) != 1 or contents[0].tag != XADES + "QualifyingProperties":
        raise Unread("it brings something else than its own properties")
    if not signed.id or contents[0].get("Target") != f"#{signed.id}":
        raise Unread("its properties are those of another signature")
    return contents[0]
