"""The Encryption SDK header and body layout: round trips, limits, every truncation, lies."""

from __future__ import annotations

import struct
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signet.errors import CiphertextInvalid, ContextInvalid, DidNotVerify, FormatUnrecognised
from signet.formats.esdk import (
    MAX_HEADER,
    SUITES,
    EncryptedDataKey,
    HeaderIncomplete,
    parse_context,
    parse_header,
    serialise_context,
    serialise_header_body,
)
from signet.formats.esdk_body import FRAME_LENGTH, LAST_SEQUENCE_NUMBER, FrameLayout, frame_iv
from signet.formats.esdk_keyring import parse_raw_aes_key_info, raw_aes_key_info, raw_aes_key_name

MESSAGE_ID = bytes(range(32))
COMMITMENT = bytes(range(32, 64))
TAG = b"t" * 16
KEY = EncryptedDataKey("signet", raw_aes_key_info("id/1", b"i" * 12), b"c" * 48)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
contexts = st.dictionaries(texts, texts, max_size=5)
keys = st.builds(EncryptedDataKey, texts, st.binary(max_size=60), st.binary(max_size=60))


def body(
    *,
    context: Mapping[str, str] | None = None,
    encrypted_data_keys: tuple[EncryptedDataKey, ...] = (KEY,),
    frame_length: int = FRAME_LENGTH,
) -> bytes:
    return serialise_header_body(
        message_id=MESSAGE_ID,
        context=context or {},
        encrypted_data_keys=encrypted_data_keys,
        frame_length=frame_length,
        commitment=COMMITMENT,
    )


def version_1(*, suite: int = 0x0178, reserved: int = 0, iv_length: int = 12, content: int = 2) -> bytes:
    """A version 1 header, written out here by hand."""
    frame_length = FRAME_LENGTH if content == 2 else 0
    wrapped = b"".join(
        struct.pack(">H", len(part)) + part for part in (KEY.provider_id.encode(), KEY.key_info, KEY.ciphertext)
    )
    end = struct.pack(">BIBI", content, reserved, iv_length, frame_length)
    start = struct.pack(">BBH16sHH", 1, 0x80, suite, MESSAGE_ID[:16], 0, 1)
    return start + wrapped + end + b"v" * 12 + TAG


@given(
    contexts,
    st.lists(keys, min_size=1, max_size=16),
    st.integers(min_value=1, max_value=64 << 20),
    st.binary(max_size=10),
)
def test_header_round_trip(
    context: dict[str, str], wrapped: list[EncryptedDataKey], frame_length: int, behind: bytes
) -> None:
    whole = body(context=context, encrypted_data_keys=tuple(wrapped), frame_length=frame_length) + TAG
    header, length = parse_header(whole + behind)
    assert length == len(whole)
    assert header.raw == whole
    assert dict(header.context) == context
    assert header.encrypted_data_keys == tuple(wrapped)
    assert (header.message_id, header.commitment, header.frame_length) == (MESSAGE_ID, COMMITMENT, frame_length)
    assert (header.suite.id, header.iv, header.tag) == (0x0478, bytes(12), TAG)


def test_header_is_written_as_the_specification_says() -> None:
    expected = b"".join(
        (
            bytes.fromhex("020478"),
            MESSAGE_ID,
            bytes.fromhex("000f 0002 0001 61 0001 31 0002 c3a9 0001 32"),
            bytes.fromhex("0001 0006"),
            b"signet",
            bytes.fromhex("0018"),
            b"id/1" + bytes.fromhex("00000080 0000000c") + b"i" * 12,
            bytes.fromhex("0030"),
            b"c" * 48,
            bytes.fromhex("02 00010000"),
            COMMITMENT,
        )
    )
    assert body(context={"é": "2", "a": "1"}) == expected


@pytest.mark.parametrize("whole", [body(context={"a": "b"}) + TAG, version_1()], ids=["version 2", "version 1"])
def test_every_truncated_header_asks_for_more(whole: bytes) -> None:
    for length in range(len(whole)):
        with pytest.raises(HeaderIncomplete):
            parse_header(whole[:length], legacy=True)
    assert parse_header(whole, legacy=True)[1] == len(whole)


def test_every_flipped_bit_is_refused_or_stands_in_the_authenticated_bytes() -> None:
    whole = body(context={"a": "b"}) + TAG
    for position in range(len(whole) * 8):
        changed = bytearray(whole)
        changed[position // 8] ^= 1 << position % 8
        try:
            header, _ = parse_header(bytes(changed), legacy=True)
        except (DidNotVerify, HeaderIncomplete):
            continue
        assert header.raw == bytes(changed)[: len(header.raw)] != whole[: len(header.raw)]


@given(st.binary(max_size=200))
def test_arbitrary_bytes_never_escape_the_errors(data: bytes) -> None:
    for start in (b"", body()[:3], body()[:37], version_1()[:20]):
        try:
            header, length = parse_header(start + data, legacy=True)
        except (DidNotVerify, HeaderIncomplete):
            continue
        assert header.raw == (start + data)[:length]


@pytest.mark.parametrize(
    "data", [b"\x00", b"\x03", b"PK", b"\x01\x81", b"\x02\x04\x79", b"\x02\x03\x78", b"\x01\x80\x04\x78"]
)
def test_what_is_no_message_is_unrecognised(data: bytes) -> None:
    with pytest.raises(FormatUnrecognised):
        parse_header(data, legacy=True)


@pytest.mark.parametrize("suite", [number for number, suite in SUITES.items() if suite.version == 1])
def test_version_1_wants_the_legacy_switch(suite: int) -> None:
    with pytest.raises(FormatUnrecognised, match="version 2"):
        parse_header(version_1(suite=suite))
    header, _ = parse_header(version_1(suite=suite), legacy=True)
    assert header.raw == version_1(suite=suite)
    assert (header.suite.id, header.iv, header.commitment) == (suite, b"v" * 12, b"")


def test_unframed_content_wants_the_legacy_switch() -> None:
    with pytest.raises(FormatUnrecognised, match="framed"):
        parse_header(body()[:-37] + b"\x01" + bytes(4) + COMMITMENT + TAG)
    assert parse_header(version_1(content=1), legacy=True)[0].frame_length == 0


@pytest.mark.parametrize("data", [version_1(reserved=1), version_1(iv_length=16), version_1(content=3)])
def test_version_1_fields_have_one_value(data: bytes) -> None:
    with pytest.raises(CiphertextInvalid):
        parse_header(data, legacy=True)


def with_frame_length(content_type: int, frame_length: int) -> bytes:
    return body()[:-37] + struct.pack(">BI", content_type, frame_length) + COMMITMENT + TAG


@pytest.mark.parametrize(("content_type", "frame_length"), [(2, 0), (1, 1), (0, 1), (3, 1)])
def test_frame_length_must_fit_the_content_type(content_type: int, frame_length: int) -> None:
    with pytest.raises(CiphertextInvalid):
        parse_header(with_frame_length(content_type, frame_length), legacy=True)


@pytest.mark.parametrize("frame_length", [(64 << 20) + 1, (1 << 32) - 1])
def test_long_frames_are_beyond_the_limit(frame_length: int) -> None:
    with pytest.raises(FormatUnrecognised, match="64 MiB"):
        parse_header(with_frame_length(2, frame_length))


def with_keys(count: int, each: bytes) -> bytes:
    return body()[:37] + struct.pack(">H", count) + each * count


def test_seventeen_recipients_are_beyond_the_limit() -> None:
    with pytest.raises(FormatUnrecognised, match="16 recipients"):
        parse_header(with_keys(17, b""))
    with pytest.raises(ValueError, match="16"):
        body(encrypted_data_keys=(KEY,) * 17)


def test_no_recipient_is_no_message() -> None:
    with pytest.raises(CiphertextInvalid):
        parse_header(with_keys(0, b""))


def test_a_header_of_two_mebibytes_is_beyond_the_limit() -> None:
    full = struct.pack(">H", 0xFFFF) + bytes(0xFFFF)
    data = with_keys(16, full * 3)
    assert len(data) > 2 * MAX_HEADER
    with pytest.raises(FormatUnrecognised, match="1 MiB"):
        parse_header(data)
    with pytest.raises(HeaderIncomplete):
        parse_header(data[: MAX_HEADER - (1 << 17)])


@given(contexts)
def test_context_round_trip_is_sorted(context: dict[str, str]) -> None:
    data = serialise_context(context)
    assert dict(parse_context(data)) == context
    assert list(parse_context(data)) == sorted(context, key=lambda key: key.encode())


@pytest.mark.parametrize(
    "data",
    [
        "0000",  # an empty context is no bytes at all
        "00",
        "0001 0001 61 0001 62 00",  # something follows
        "0002 0001 61 0001 62",  # a pair is missing
        "0002 0001 61 0001 62 0001 61 0001 63",  # a key twice
        "0001 0001 ff 0001 62",  # not UTF-8
        "0001 ffff 61",
    ],
)
def test_malformed_context_is_refused(data: str) -> None:
    with pytest.raises(CiphertextInvalid):
        parse_context(bytes.fromhex(data))


@pytest.mark.parametrize("context", [{"a": "b" * 65529}, {str(n): "" for n in range(9000)}, {"a": "\ud800"}])
def test_context_that_does_not_fit_is_refused(context: dict[str, str]) -> None:
    with pytest.raises(ContextInvalid):
        serialise_context(context)


def test_longest_context_fits() -> None:
    assert len(serialise_context({"a": "b" * 65528})) == 65535


@given(texts, st.binary(min_size=12, max_size=12))
def test_key_info_round_trip(name: str, iv: bytes) -> None:
    assert parse_raw_aes_key_info(raw_aes_key_info(name, iv)) == (name, iv)


@pytest.mark.parametrize(
    "key_info", [b"", b"arn:aws:kms:eu-west-1:1:key/1", b"\xff" + raw_aes_key_info("", bytes(12))]
)
def test_other_key_info_is_not_ours(key_info: bytes) -> None:
    assert parse_raw_aes_key_info(key_info) is None


def test_key_name_is_told_for_the_right_provider_only() -> None:
    assert raw_aes_key_name(KEY) == "id/1"
    assert raw_aes_key_name(KEY, provider_id="Signet") is None


@given(st.integers(1, 5000), st.integers(0, 30_000), st.integers(0, 500))
def test_layout_is_found_again_from_the_message_size(frame_length: int, plaintext_size: int, header: int) -> None:
    layout = FrameLayout.for_plaintext(header_length=header, frame_length=frame_length, plaintext_size=plaintext_size)
    assert layout.plaintext_size == plaintext_size
    assert 0 <= layout.final_length <= frame_length
    assert layout.span(0, layout.frames) == (plaintext_size, layout.message_size - header)
    again = FrameLayout.of_message(header_length=header, frame_length=frame_length, message_size=layout.message_size)
    # The official SDK may end a plaintext of whole frames by an empty frame: another message size, another layout.
    assert again == layout


@given(st.integers(1, 200), st.integers(0, 3000))
def test_a_message_size_has_one_layout_or_none(frame_length: int, message_size: int) -> None:
    fitting = {
        (full, final)
        for full in range(20)
        for final in range(frame_length + 1)
        if full * (frame_length + 32) + 40 + final == message_size
    }
    try:
        layout = FrameLayout.of_message(header_length=0, frame_length=frame_length, message_size=message_size)
    except CiphertextInvalid:
        assert not fitting
        return
    if layout.frames <= 20:
        assert fitting == {(layout.frames - 1, layout.final_length)}
    assert layout.message_size == message_size


def test_frames_are_counted_up_to_the_format_s_end() -> None:
    last = LAST_SEQUENCE_NUMBER * FRAME_LENGTH
    layout = FrameLayout.for_plaintext(header_length=0, frame_length=FRAME_LENGTH, plaintext_size=last)
    assert layout.frames == LAST_SEQUENCE_NUMBER
    with pytest.raises(ValueError, match="more frames"):
        FrameLayout.for_plaintext(header_length=0, frame_length=FRAME_LENGTH, plaintext_size=last + 1)
    with pytest.raises(CiphertextInvalid):
        FrameLayout.of_message(
            header_length=0, frame_length=FRAME_LENGTH, message_size=layout.message_size + layout.stride
        )
    assert frame_iv(LAST_SEQUENCE_NUMBER) == bytes(8) + b"\xff\xff\xff\xfe"
