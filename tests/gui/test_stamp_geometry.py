"""Where a stamp lies: within its page whatever is done, as large as can be read, and remembered for other pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signet.documents.wishes import Form, Level, Stamp
from signet.gui.pages import stamp_geometry as geometry
from signet.gui.pages.documents_sign_remembered import VAULTS, Choices, choices_of, remembering
from signet.gui.pages.stamp_geometry import LAST, MARGIN, SMALLEST, USUAL, Corner, Handle, Placement
from signet.store.settings import Settings, parse_settings, serialise_settings

A4 = (595.0, 842.0)
LETTER = (612.0, 792.0)
RECEIPT = (60.0, 20.0)
"""Smaller than any stamp."""
distances = st.floats(-2000, 2000)
pages = st.sampled_from([A4, LETTER, RECEIPT, (842.0, 595.0)])


def is_on(stamp: Stamp, page: geometry.Size) -> bool:
    edges = (stamp.x, stamp.y, page[0] - stamp.x - stamp.width, page[1] - stamp.y - stamp.height)
    return all(edge >= -1e-6 for edge in edges) and stamp.width > 0 and stamp.height > 0


@given(
    distances,
    distances,
    distances,
    distances,
    pages,
    st.lists(st.tuples(st.sampled_from(list(Handle)), distances, distances), max_size=6),
)
def test_nothing_takes_a_stamp_off_its_page(
    x: float, y: float, dx: float, dy: float, page: geometry.Size, acts: list[tuple[Handle, float, float]]
) -> None:
    stamp = geometry.drawn(0, (x, y), (x + dx, y + dy), page)
    assert is_on(stamp, page)
    for handle, right, up in acts:
        stamp = geometry.resized(stamp, handle, right, up, page)
        assert is_on(stamp, page)
        stamp = geometry.moved(stamp, right, up, page, snap=True)
        assert is_on(stamp, page)
        if page != RECEIPT:
            assert stamp.width >= SMALLEST[0] - 1e-6
            assert stamp.height >= SMALLEST[1] - 1e-6


def test_a_click_makes_a_stamp_of_the_usual_size_around_it_and_a_drag_one_as_drawn() -> None:
    clicked = geometry.drawn(2, (300, 400), (302, 401), A4)
    assert clicked == Stamp(2, 300 - USUAL[0] / 2, 400 - USUAL[1] / 2, *USUAL)
    assert geometry.drawn(0, (300, 400), (100, 500), A4) == Stamp(0, 100, 400, 200, 100)


@pytest.mark.parametrize("corner", list(Corner))
def test_a_stamp_in_a_corner_is_known_to_be_there(corner: Corner) -> None:
    stamp = geometry.in_corner(corner, 1, A4)
    assert is_on(stamp, A4)
    assert geometry.corner_of(stamp, A4) is corner
    assert geometry.corner_of(geometry.moved(stamp, -20 if corner.right else 20, 0, A4), A4) is None


def test_an_edge_moves_alone_and_stops_before_the_stamp_is_too_small() -> None:
    stamp = Stamp(0, 100, 100, 200, 64)
    assert geometry.resized(stamp, Handle.RIGHT, 50, 50, A4) == Stamp(0, 100, 100, 250, 64)
    assert geometry.resized(stamp, Handle.TOP_LEFT, -10, 6, A4) == Stamp(0, 90, 100, 210, 70)
    assert geometry.resized(stamp, Handle.LEFT, 1000, 0, A4) == Stamp(0, 300 - SMALLEST[0], 100, SMALLEST[0], 64)
    assert geometry.resized(stamp, Handle.BOTTOM, 0, 1000, A4) == Stamp(0, 100, 164 - SMALLEST[1], 200, SMALLEST[1])


def test_a_stamp_that_comes_near_to_a_margin_lies_on_it() -> None:
    stamp = Stamp(0, 100, 100, 200, 64)
    near = geometry.moved(stamp, MARGIN - 100 + 4, 0, A4, snap=True)
    assert near.x == MARGIN
    assert geometry.moved(stamp, MARGIN - 100 + 4, 0, A4).x == MARGIN + 4


def test_what_is_remembered_fits_the_next_document() -> None:
    remembered = geometry.placement_of(geometry.in_corner(Corner.BOTTOM_RIGHT, 2, A4), [A4] * 3)
    assert (remembered.page, remembered.corner) == (LAST, Corner.BOTTOM_RIGHT)
    assert remembered.on([LETTER]) == geometry.in_corner(Corner.BOTTOM_RIGHT, 0, LETTER)
    second = geometry.placement_of(Stamp(1, 100, 100, 200, 64), [A4] * 3)
    assert second.page == "2"
    assert second.on([A4] * 9) == Stamp(1, 100, 100, 200, 64)
    assert second.on([A4]).page == 0
    assert is_on(remembered.on([RECEIPT]), RECEIPT)


def test_choices_are_kept_for_each_vault_in_the_settings() -> None:
    first = Choices("key-1", "ab" * 32, Form.CMS, Level.LTA, "https://t.example/", "Tallinn", True, True)
    placed = Choices(placement=Placement("7", Corner.TOP_LEFT, 12.5, 30.0, 150.0, 50.0))
    signing = remembering(remembering({}, "vault-1", first), "", placed)
    read = parse_settings(serialise_settings(Settings(signing=signing))).signing
    assert choices_of(read, "vault-1") == first
    assert choices_of(read, "") == placed
    assert choices_of(read, "another") == Choices()
    for number in range(2 * VAULTS):
        signing = remembering(signing, f"vault-{number}", first)
    assert len(signing) == VAULTS
    assert f"vault-{2 * VAULTS - 1}" in signing


@pytest.mark.parametrize(
    "written",
    [
        b"signing = {v = 3}",
        b'signing = {v = {form = "pigeon", level = 4, key = [], visible = "yes", placement = 7}}',
        b'signing = {v = {placement = {page = "0", corner = "top-left", dx = 1, dy = 1, width = 1, height = 1}}}',
        b'signing = {v = {placement = {page = "1", corner = "middle", dx = 1, dy = 1, width = 1, height = 1}}}',
        b'signing = {v = {placement = {page = "1", corner = "top-left", dx = -1, dy = 1, width = 1, height = nan}}}',
    ],
)
def test_what_a_person_broke_in_the_settings_is_as_if_it_had_not_been_there(written: bytes) -> None:
    assert choices_of(parse_settings(written).signing, "v") == Choices()


def test_signing_that_is_no_table_is_refused_with_the_reason() -> None:
    with pytest.raises(ValueError, match="signing is not a table"):
        parse_settings(b"signing = 3")
