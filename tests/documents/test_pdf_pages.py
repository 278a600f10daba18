"""Pages as people see them: turned, cut, inherited; trees that are none."""

from __future__ import annotations

import io

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from signet.documents.pdf_opening import Unfit
from signet.documents.pdf_pages import MAX_PAGES, Page, pages_of
from support.pdf import pdf_of
from support.pdf_forms import turned_pdf


def pages(data: bytes) -> list[Page]:
    return list(pages_of(PdfFileReader(io.BytesIO(data))))


def one_page(holds: bytes) -> Page:
    (page,) = pages(
        pdf_of(
            [
                b"<</Type/Catalog/Pages 2 0 R>>",
                b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
                b"<</Type/Page/Parent 2 0 R%b>>" % holds,
            ]
        )
    )
    return page


def test_size_is_that_of_the_crop_box_after_the_turn() -> None:
    found = pages(turned_pdf())
    assert [page.size for page in found] == [(300, 200), (200, 300), (300, 200), (200, 300)]
    assert [page.rotation for page in found] == [0, 90, 180, 270]


@pytest.mark.parametrize(("number", "user"), [(0, (60, 120)), (1, (330, 110)), (2, (340, 280)), (3, (70, 290))])
def test_shown_points_are_found_in_user_space_and_back(number: int, user: tuple[float, float]) -> None:
    page = pages(turned_pdf())[number]
    assert page.to_user(10, 20) == user
    assert page.to_shown(*user) == (10, 20)
    rectangle = page.user_rectangle(10, 20, 100, 40)
    assert rectangle[0] < rectangle[2]
    assert rectangle[1] < rectangle[3]
    assert page.shown_rectangle(rectangle) == (10, 20, 100, 40)


@pytest.mark.parametrize(
    ("holds", "box", "rotation"),
    [
        (b"", (0, 0, 612, 792), 0),
        (b"/MediaBox[200 100 0 0]", (0, 0, 200, 100), 0),
        (b"/MediaBox[0 0 200 100]/CropBox[-10 20 150 900]", (0, 20, 150, 100), 0),
        (b"/MediaBox[0 0 200 100]/CropBox[500 500 600 600]", (0, 0, 200, 100), 0),
        (b"/MediaBox[0 0 0 0]/Rotate -90", (0, 0, 612, 792), 270),
        (b"/MediaBox[0 0 200]/Rotate 450", (0, 0, 612, 792), 90),
        (b"/MediaBox[0 0 200 100]/Rotate 44", (0, 0, 200, 100), 0),
    ],
)
def test_odd_boxes_and_turns_are_taken_as_programs_take_them(
    holds: bytes, box: tuple[float, ...], rotation: int
) -> None:
    page = one_page(holds)
    assert page.box == box
    assert page.rotation == rotation


@pytest.mark.parametrize("kids", [b"2 0 R", b"3 0 R 3 0 R", b"<</Type/Page>>", b"4 0 R"])
def test_what_is_no_tree_is_refused(kids: bytes) -> None:
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%b]/Count 1>>" % kids,
        b"<</Type/Page/Parent 2 0 R>>",
        b"(no page)",
    ]
    with pytest.raises(Unfit, match="tree"):
        pages(pdf_of(objects))


def test_a_book_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signet.documents.pdf_pages.MAX_PAGES", 2)
    with pytest.raises(Unfit, match="more than 2 pages"):
        pages(turned_pdf())
    assert MAX_PAGES > 2
