"""The vault header: what Signet writes is read, and nothing else is."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signet.crypto.identity import check_header
from signet.errors import HeaderDamaged, HeaderForged, VaultNewer
from signet.formats import canonical
from signet.formats.header import (
    MAX_ATTESTATION,
    MAX_HEADER,
    MAX_LABEL,
    MAX_METHODS,
    MAX_PUBLIC_KEY,
    MAX_WRAPPED,
    MethodKind,
    Scheme,
    VaultHeader,
)
from signet.formats.header_parser import parse_header
from support.headers import make_header, make_method

HEADER = make_header()
DATA = HEADER.encoded()
Fields = dict[str, Any]


def changed(change: Callable[[Fields], object]) -> bytes:
    fields = json.loads(DATA)
    change(fields)
    return canonical.encode(fields)


def refused(data: bytes) -> str:
    with pytest.raises(HeaderDamaged) as caught:
        parse_header(data)
    return caught.value.message


def text(size: int) -> str:
    return base64.b64encode(bytes(size)).decode()


def test_a_header_is_read_back_as_it_was_written() -> None:
    parsed = parse_header(DATA)
    assert parsed == HEADER
    assert parsed.encoded() == DATA
    check_header(parsed)


def test_the_form_is_the_one_that_is_documented() -> None:
    fields = json.loads(DATA)
    assert set(fields) == {
        "format", "version", "vault_id", "generation", "database", "identity", "methods", "signature"
    }  # fmt: skip
    assert (fields["format"], fields["version"]) == ("signet-vault", 1)
    required = {
        "id", "kind", "label", "created", "scheme", "public_key", "parameters", "wrapped_key", "attestation"
    }  # fmt: skip
    assert all(set(method) - {"hint"} == required for method in fields["methods"])
    assert json.dumps(fields, sort_keys=True, separators=(",", ":")).encode("ascii") == DATA


def test_a_header_cut_short_anywhere_is_refused() -> None:
    for end in range(len(DATA)):
        with pytest.raises(HeaderDamaged):
            parse_header(DATA[:end])


@pytest.mark.parametrize("mask", [0x01, 0x10, 0x80])
def test_a_header_with_any_byte_changed_is_refused(mask: int) -> None:
    for place in range(len(DATA)):
        wrong = bytearray(DATA)
        wrong[place] ^= mask
        with pytest.raises((HeaderDamaged, HeaderForged, VaultNewer)):
            check_header(parse_header(bytes(wrong)))


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(HeaderDamaged):
        parse_header(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(max_codepoint=0x2FF)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
PLACES = [(name,) for name in json.loads(DATA)] + [
    ("methods", number, name) for number, method in enumerate(json.loads(DATA)["methods"]) for name in method
]


@given(st.sampled_from(PLACES), JSON)
def test_any_value_in_any_field_is_refused(place: tuple[str | int, ...], value: canonical.JsonValue) -> None:
    def put(fields: Fields) -> None:
        inner: Any = fields
        for step in place[:-1]:
            inner = inner[step]
        inner[place[-1]] = value

    data = changed(put)
    if data != DATA:
        with pytest.raises((HeaderDamaged, HeaderForged, VaultNewer)):
            check_header(parse_header(data))


@given(st.sampled_from(PLACES))
def test_any_field_left_out_is_refused(place: tuple[str | int, ...]) -> None:
    def drop(fields: Fields) -> None:
        inner: Any = fields
        for step in place[:-1]:
            inner = inner[step]
        del inner[place[-1]]

    with pytest.raises((HeaderDamaged, HeaderForged)):
        check_header(parse_header(changed(drop)))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda f: f.update(more=1), "unknown field"),
        (lambda f: f["methods"][0].update(more=1), "unknown field"),
        (lambda f: f["methods"][1]["parameters"].update(more=1), "unknown field"),
        (lambda f: f["methods"][0]["parameters"].update(lanes=1), "unknown field"),
        (lambda f: f["methods"][1]["parameters"].pop("salt"), "missing"),
        (lambda f: f["methods"][1]["parameters"].update(lanes=True), "parameters"),
        (lambda f: f["methods"][1]["parameters"].update(lanes=None), "parameters"),
        (lambda f: f["methods"][3]["parameters"].update(operation="other"), "operation"),
        (lambda f: f["methods"][3]["parameters"].update(operation=1), "operation"),
        (lambda f: f["methods"][0].update(parameters=[]), "parameters"),
        (lambda f: f["methods"][0].update(hint={"model": "", "serial": ""}), "hint"),
        (lambda f: f["methods"][2].update(hint={"model": ""}), "missing"),
        (lambda f: f["methods"][2]["hint"].update(slot="1"), "unknown field"),
        (lambda f: f["methods"][2].update(hint=None), "not as Signet writes"),
        (lambda f: f["methods"][0].update(hint=None), "not as Signet writes"),
        (lambda f: f["methods"][0].update(kind="recovery-song"), "kind"),
        (lambda f: f["methods"][0].update(kind="token"), "does not belong"),
        (lambda f: f["methods"][2].update(scheme="x25519"), "does not belong"),
        (lambda f: f["methods"][2].update(scheme="none"), "scheme"),
        (lambda f: f["methods"][0].update(created="2026-11-22T12:00:00"), r"RFC 3339|does not match"),
        (lambda f: f["methods"][0].update(created="2026-11-22T12:00:00+01"), "created"),
        (lambda f: f["methods"][0].update(created="0000-11-22T12:00:00Z"), "damaged"),
        (lambda f: f["methods"][0].update(id="00000000-0000-4000-8000-00000000000A"), "id"),
        (lambda f: f["methods"][1].update(id=f["methods"][0]["id"]), "stands in it twice"),
        (lambda f: f["methods"][1].update(public_key=f["methods"][0]["public_key"]), "public key stands in it twice"),
        (lambda f: f["methods"][0].update(public_key=""), "public_key"),
        (lambda f: f["methods"][0].update(public_key="AA"), "public_key"),
        (lambda f: f["methods"][0].update(public_key="AB=="), "public_key"),
        (lambda f: f["methods"][0].update(public_key="A-_="), "public_key"),
        (lambda f: f["methods"][0].update(wrapped_key=""), "wrapped_key"),
        (lambda f: f.update(methods=[]), "ways in"),
        (lambda f: f.update(methods={}), "ways in"),
        (lambda f: f.update(methods=["x"]), "way in"),
        (lambda f: f.update(format="signet-backup"), "not a vault header"),
        (lambda f: f.update(version=0), "version"),
        (lambda f: f.update(version=-1), "version"),
        (lambda f: f.update(version=True), "version"),
        (lambda f: f.update(version="1"), "version"),
        (lambda f: f.update(generation=0), "generation"),
        (lambda f: f.update(generation="7"), "generation"),
        (lambda f: f.update(database="../vault-0123456789ABCDEF.db"), "database"),
        (lambda f: f.update(database="vault-0123456789abcdef.db"), "database"),
        (lambda f: f.update(database="vault-0123456789ABCDEF.db\n"), "database"),
        (lambda f: f.update(vault_id="6f1ed002ab554bd48fb6d9b55c0a9d14"), "vault_id"),
        (lambda f: f.update(vault_id="{6f1ed002-ab55-4bd4-8fb6-d9b55c0a9d1}"), "vault_id"),
    ],
)  # fmt: skip
def test_what_signet_does_not_write_is_refused_with_the_reason(change: Callable[[Fields], object], why: str) -> None:
    with pytest.raises(HeaderDamaged, match=why):
        parse_header(changed(change))


@pytest.mark.parametrize("data", [b"null", b"[]", b'"x"', b"1", b"{}", b'{"format":"signet-vault"}'])
def test_other_canonical_values_are_refused(data: bytes) -> None:
    assert "damaged" in refused(data)


@pytest.mark.parametrize("version", [2, 2**53 - 1])
def test_a_later_version_is_called_newer_whatever_its_fields(version: int) -> None:
    with pytest.raises(VaultNewer):
        parse_header(canonical.encode({"format": "signet-vault", "version": version, "new": [1]}))


@pytest.mark.parametrize(
    ("field", "limit"),
    [("public_key", MAX_PUBLIC_KEY), ("wrapped_key", MAX_WRAPPED), ("attestation", MAX_ATTESTATION)],
)
def test_binary_fields_are_read_up_to_their_limit(field: str, limit: int) -> None:
    at_limit = parse_header(changed(lambda f: f["methods"][0].update({field: text(limit)})))
    assert at_limit.methods[0].as_fields()[field] == text(limit)
    assert field in refused(changed(lambda f: f["methods"][0].update({field: text(limit + 1)})))


@pytest.mark.parametrize(("field", "size"), [("identity", 32), ("signature", 64)])
def test_identity_and_signature_have_one_length(field: str, size: int) -> None:
    for wrong in (0, size - 1, size + 1):
        assert field in refused(changed(lambda f, wrong=wrong: f.update({field: text(wrong)})))  # type: ignore[misc]


def test_labels_and_hints_are_read_up_to_their_limit() -> None:
    most = "ä" * MAX_LABEL
    header = parse_header(
        changed(lambda f: (f["methods"][2].update(label=most), f["methods"][2]["hint"].update(model=most)))
    )
    assert (header.methods[2].label, dict(header.methods[2].hint)["model"]) == (most, most)
    assert "label" in refused(changed(lambda f: f["methods"][2].update(label=most + "a")))
    assert "label" in refused(changed(lambda f: f["methods"][2].update(label="")))
    assert "model" in refused(changed(lambda f: f["methods"][2]["hint"].update(model=most + "a")))


def test_sixty_four_ways_in_are_read_and_one_more_is_not() -> None:
    most = make_header(tuple(make_method(number) for number in range(MAX_METHODS)))
    assert len(parse_header(most.encoded()).methods) == MAX_METHODS
    one_more = make_header(tuple(make_method(number) for number in range(MAX_METHODS + 1)))
    assert "ways in" in refused(one_more.encoded())


def filled_to(size: int) -> bytes:
    """A header of that many bytes, with the space taken by attestations."""
    methods = tuple(make_method(number, attestation=bytes(6000)) for number in range(30))
    missing = size - len(make_header(methods).encoded())
    each, rest = divmod(missing, 30)
    grown = [
        replace(method, attestation=bytes(6000 + each // 4 * 3), label="R" * (13 + each % 4 + (number < rest)))
        for number, method in enumerate(methods)
    ]
    return make_header(tuple(grown)).encoded()


def test_a_header_is_read_up_to_its_limit() -> None:
    assert len(filled_to(MAX_HEADER)) == MAX_HEADER
    assert len(parse_header(filled_to(MAX_HEADER)).methods) == 30
    assert "too long" in refused(filled_to(MAX_HEADER + 1))


def test_the_next_generation_is_not_signed_yet() -> None:
    following = HEADER.with_methods(HEADER.methods[:1])
    assert (following.generation, following.database, following.signature) == (8, HEADER.database, b"")
    moved = HEADER.with_methods(HEADER.methods, database="vault-00000000000000AA.db")
    assert moved.database == "vault-00000000000000AA.db"
    assert moved.salt.hex() == HEADER.vault_id.replace("-", "")


def test_a_way_in_is_found_by_its_id() -> None:
    assert HEADER.method(HEADER.methods[2].id) is HEADER.methods[2]
    assert HEADER.method("00000000") is None


def test_every_field_that_binds_is_in_the_binding_and_no_other() -> None:
    method = HEADER.methods[3]
    binding = method.binding(HEADER.vault_id)
    for other in (
        replace(method, id=HEADER.methods[0].id),
        replace(method, kind=MethodKind.PASSPHRASE),
        replace(method, scheme=Scheme.RSA_OAEP_SHA1),
        replace(method, public_key=b"other"),
        replace(method, parameters=(("operation", "native"),)),
    ):
        assert other.binding(HEADER.vault_id) != binding
    for same in (
        replace(method, label="another name", created="2020-01-01T00:00:00Z", hint=()),
        replace(method, wrapped_key=b"", attestation=b"x"),
    ):
        assert same.binding(HEADER.vault_id) == binding
    assert method.binding("00000000-0000-4000-8000-000000000000") != binding


def test_the_attested_message_names_vault_way_in_key_and_identity() -> None:
    method = HEADER.methods[0]
    message = method.attested_message(HEADER.vault_id, HEADER.identity)
    others = [
        method.attested_message("00000000-0000-4000-8000-000000000000", HEADER.identity),
        method.attested_message(HEADER.vault_id, bytes(32)),
        replace(method, id=HEADER.methods[1].id).attested_message(HEADER.vault_id, HEADER.identity),
        replace(method, public_key=b"other").attested_message(HEADER.vault_id, HEADER.identity),
    ]
    assert message not in others
    assert len(set(others)) == 4


def test_signing_covers_everything_but_the_signature() -> None:
    header: VaultHeader = parse_header(DATA)
    assert replace(header, signature=bytes(64)).signed_bytes() == header.signed_bytes()
    assert b"signature" not in header.signed_bytes()
