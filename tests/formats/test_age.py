"""The age header."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signet.errors import FormatUnrecognised
from signet.formats import age

WORD = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)
STANZA = st.builds(age.Stanza, WORD, st.lists(WORD, max_size=3).map(tuple), st.binary(max_size=200))
BODY = "A" * 43


def header(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


GOOD = header("age-encryption.org/v1", "-> X25519 abc", BODY, f"--- {BODY}")


@given(stanzas=st.lists(STANZA, min_size=1, max_size=5).map(tuple), mac=st.binary(min_size=32, max_size=32))
def test_headers_come_back(stanzas: tuple[age.Stanza, ...], mac: bytes) -> None:
    value = age.Header(stanzas, mac, age.authenticated_part(stanzas))
    assert age.parse(age.serialise(value)) == value


@pytest.mark.parametrize("size", [0, 47, 48, 49, 96])
def test_a_body_ends_with_a_short_line(size: int) -> None:
    lines = age.authenticated_part((age.Stanza("x", (), bytes(size)),)).split(b"\n")[2:-1]
    assert all(len(line) == 64 for line in lines[:-1])
    assert len(lines[-1]) < 64


def test_the_mac_covers_everything_up_to_the_dashes() -> None:
    assert age.parse(GOOD).authenticated == GOOD[: GOOD.index(b"---") + 3]


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        GOOD[:-1],
        GOOD + b"\n",
        GOOD.replace(b"\n", b"\r\n"),
        GOOD.replace(b"v1", b"v2"),
        header("age-encryption.org/v1", f"--- {BODY}"),
        header("age-encryption.org/v1", "-> X25519 abc", f"--- {BODY}"),
        header("age-encryption.org/v1", "-> X25519 abc", "A" * 64, f"--- {BODY}"),
        header("age-encryption.org/v1", "-> X25519 abc", "A" * 65, f"--- {BODY}"),
        header("age-encryption.org/v1", "-> X25519 abc", BODY + "=", f"--- {BODY}"),
        header("age-encryption.org/v1", "-> X25519 abc", BODY[:-1] + "B", f"--- {BODY}"),
        header("age-encryption.org/v1", "-> X25519  abc", BODY, f"--- {BODY}"),
        header("age-encryption.org/v1", "-> X25519 abc ", BODY, f"--- {BODY}"),
        header("age-encryption.org/v1", "-> X25519 a\x7fbc", BODY, f"--- {BODY}"),
        header("age-encryption.org/v1", "-> ", BODY, f"--- {BODY}"),
        header("age-encryption.org/v1", "->", BODY, f"--- {BODY}"),
        header("age-encryption.org/v1", "--> X25519 abc", BODY, f"--- {BODY}"),
        header("age-encryption.org/v1", "-> X25519 abc", BODY, f"---  {BODY}"),
        header("age-encryption.org/v1", "-> X25519 abc", BODY, f"---{BODY}"),
        header("age-encryption.org/v1", "-> X25519 abc", BODY, f"--- {BODY} "),
        header("age-encryption.org/v1", "-> X25519 abc", BODY, f"--- {BODY}="),
        header("age-encryption.org/v1", "-> X25519 abc", BODY, f"--- {BODY[:-1]}"),
        header("age-encryption.org/v1", "-> X25519 abc", BODY, "---"),
        header("age-encryption.org/v1", "-> X25519 abc", BODY, "--- é"),
        header("age-encryption.org/v1", "-> X25519 abc", BODY, f"--- {BODY}", "-> X25519 abc", BODY),
    ],
)
def test_other_spellings_are_refused(bad: bytes) -> None:
    with pytest.raises(FormatUnrecognised):
        age.parse(bad)


def test_truncation_at_every_byte_is_refused() -> None:
    for size in range(len(GOOD)):
        with pytest.raises(FormatUnrecognised):
            age.parse(GOOD[:size])


def test_too_many_stanzas_or_bytes_are_refused() -> None:
    one = ("-> x", "")
    most = header("age-encryption.org/v1", *one * age.MAX_STANZAS, f"--- {BODY}")
    assert len(age.parse(most).stanzas) == age.MAX_STANZAS
    with pytest.raises(FormatUnrecognised):
        age.parse(header("age-encryption.org/v1", *one * (age.MAX_STANZAS + 1), f"--- {BODY}"))
    with pytest.raises(FormatUnrecognised):
        age.parse(header("age-encryption.org/v1", "-> " + "x" * age.MAX_HEADER, "", f"--- {BODY}"))


def test_armor_and_newer_versions_are_named() -> None:
    with pytest.raises(FormatUnrecognised, match="armored"):
        age.check_version(b"-----BEGIN AGE ENCRYPTED FILE-----")
    with pytest.raises(FormatUnrecognised, match="version"):
        age.check_version(b"age-encryption.org/v9")
