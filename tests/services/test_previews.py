"""Pictures of pages: what is seen on them, passwords, and documents that want to do harm."""

from __future__ import annotations

import os
import signal
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pypdfium2
import pytest

from signet.documents.pdf_protection import protect
from signet.documents.pdf_render import MAX_PAGES, MAX_PIXELS, fitting_scale
from signet.errors import (
    Cancelled,
    DocumentNotShown,
    FileSecretIncorrect,
    FileSecretMissing,
    SourceNotFound,
    SourceUnsupported,
)
from signet.secret import Secret
from signet.services.previews import PagePicture, Preview
from support.pdf import drawn_pdf, pdf_of, tiny_pdf

WHITE, RED, GREEN = (255, 255, 255), (255, 0, 0), (0, 255, 0)
SQUARE = b"1 0 0 rg 0 0 50 50 re f"
PLAIN = "/MediaBox[0 0 200 100]"


@pytest.fixture
def preview(tmp_path: Path) -> Iterator[Callable[[bytes], Preview]]:
    made: list[Preview] = []

    def of(data: bytes) -> Preview:
        path = tmp_path / "lease.pdf"
        path.write_bytes(data)
        made.append(Preview(str(path)))
        return made[-1]

    yield of
    for each in made:
        each.close()


def colour(picture: PagePicture, left: int, top: int) -> tuple[int, ...]:
    at = 3 * (top * picture.width + left)
    return tuple(picture.rgb[at : at + 3])


def test_pages_are_drawn_as_they_are_shown(preview: Callable[[bytes], Preview]) -> None:
    turned = PLAIN + "/Rotate 90"
    cropped = "/MediaBox[0 0 400 400]/CropBox[0 0 200 100]"
    shown = preview(drawn_pdf((PLAIN, SQUARE), (turned, SQUARE), (cropped, SQUARE)))
    assert shown.look().sizes == ((200.0, 100.0), (100.0, 200.0), (200.0, 100.0))
    upright, right, part = shown.draw(0, 400), shown.draw(1, 100), shown.draw(2, 200)
    assert (upright.width, upright.height, upright.size) == (400, 200, (200.0, 100.0))
    assert [colour(upright, *at) for at in ((20, 180), (20, 20), (380, 180))] == [RED, WHITE, WHITE]
    assert (right.width, right.height) == (100, 200)
    assert [colour(right, *at) for at in ((10, 10), (10, 190))] == [RED, WHITE]
    assert [colour(part, *at) for at in ((10, 90), (10, 10))] == [RED, WHITE]


def test_annotations_and_form_fields_are_drawn_and_no_script_engine_is_there(
    preview: Callable[[bytes], Preview],
) -> None:
    look = b"<</Type/XObject/Subtype/Form/BBox[0 0 20 20]/Length 25>>stream\n%b rg 0 0 20 20 re f \nendstream"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[6 0 R]>>/OpenAction<</S/JavaScript/JS(while(true){})>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]/Annots[4 0 R 6 0 R]>>",
        b"<</Type/Annot/Subtype/Square/Rect[0 0 20 20]/F 4/AP<</N 5 0 R>>>>",
        look % b"1 0 0",
        b"<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/Rect[80 80 100 100]/F 4/AP<</N 7 0 R>>>>",
        look % b"0 1 0",
    ]
    shown = preview(pdf_of(objects))
    shown.look()
    picture = shown.draw(0, 100)
    assert [colour(picture, *at) for at in ((10, 90), (90, 10), (50, 50))] == [RED, GREEN, WHITE]
    assert not {"V8", "XFA"} & set(pypdfium2.PDFIUM_INFO.flags)


def test_a_password_is_asked_for_tried_once_and_kept_for_the_pages(preview: Callable[[bytes], Preview]) -> None:
    data, _ = protect(tiny_pdf(2), "öpen sesame")
    shown = preview(data)
    with pytest.raises(FileSecretMissing):
        shown.look()
    with pytest.raises(FileSecretIncorrect):
        shown.look(Secret.from_text("wrong"))
    assert shown.look(Secret.from_text("öpen sesame")).count == 2
    assert shown.draw(1, 50).height == 50


@pytest.mark.parametrize(
    "data",
    [b"", b"no document at all", pdf_of([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"])],
    ids=["empty", "text", "no pages"],
)
def test_what_is_no_document_says_so_in_words(preview: Callable[[bytes], Preview], data: bytes) -> None:
    with pytest.raises(DocumentNotShown, match="it is no PDF, or too damaged to be shown"):
        preview(data).look()


def test_pages_that_cannot_be_drawn_say_so_and_do_not_spoil_the_next(preview: Callable[[bytes], Preview]) -> None:
    # An image of 10000 times 10000 dots, which is a few kilobytes when packed.
    bomb = zlib.compress(bytes(10_000 // 8 * 10_000), 9)
    image = b"<</Type/XObject/Subtype/Image/Width 10000/Height 10000/BitsPerComponent 1/ColorSpace/DeviceGray"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R 5 0 R 7 0 R 2 0 R]/Count 1000000>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 1000000000 1000000000]/Contents 4 0 R>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(SQUARE), SQUARE),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 6 0 R/Resources<</XObject<</I 8 0 R>>>>>>",
        b"<</Length 28>>stream\nq 200 0 0 100 0 0 cm /I Do Q\nendstream",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R>>",
        image + b"/Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (len(bomb), bomb),
    ]
    shown = preview(pdf_of(objects))
    pages = shown.look()
    assert (pages.count, len(pages.sizes)) == (1_000_000, MAX_PAGES)
    with pytest.raises(DocumentNotShown, match="this page has no sensible size"):
        shown.draw(0, 300)
    assert shown.draw(1, 300).height == 150
    assert colour(shown.draw(2, 200), 10, 90) == RED
    with pytest.raises(DocumentNotShown, match="this page is damaged"):
        shown.draw(999_999, 300)


def test_a_page_is_drawn_again_after_its_child_has_died_and_none_after_closing(
    preview: Callable[[bytes], Preview],
) -> None:
    shown = preview(tiny_pdf(1))
    shown.look()
    child = shown._child
    assert child is not None
    os.kill(child._child.pid, signal.SIGKILL)
    assert shown.draw(0, 40).width == 40
    with pytest.raises(Cancelled):
        shown.draw(0, 40, cancelled=lambda: True)
    assert shown.draw(0, 40).width == 40
    shown.close()
    with pytest.raises(Cancelled):
        shown.draw(0, 40)


def test_closing_ends_what_is_being_drawn(preview: Callable[[bytes], Preview]) -> None:
    shown = preview(tiny_pdf(1))
    shown.look()
    child = shown._child
    assert child is not None
    os.kill(child._child.pid, signal.SIGSTOP)
    ended: list[type[BaseException]] = []

    def draw() -> None:
        try:
            shown.draw(0, 40)
        except Cancelled as error:
            ended.append(type(error))

    drawing = threading.Thread(target=draw)
    drawing.start()
    shown.close()
    drawing.join()
    assert ended == [Cancelled]


def test_it_is_known_whether_the_file_is_still_the_one_that_is_shown(
    preview: Callable[[bytes], Preview], tmp_path: Path
) -> None:
    shown = preview(tiny_pdf(1))
    shown.look()
    assert shown.fresh()
    path = tmp_path / "lease.pdf"
    path.write_bytes(tiny_pdf(2))
    assert not shown.fresh()
    path.unlink()
    assert not shown.fresh()
    with pytest.raises(SourceNotFound):
        Preview(str(path)).look()
    path.symlink_to("/etc/passwd")
    with pytest.raises(SourceUnsupported):
        Preview(str(path)).look()


@pytest.mark.parametrize(
    ("size", "width", "scale"),
    [
        ((200.0, 100.0), 400, 2.0),
        ((0.0, 100.0), 400, None),
        ((float("nan"), 100.0), 400, None),
        ((float("inf"), 100.0), 400, None),
        ((2e6, 100.0), 400, None),
        ((1.0, 900_000.0), 400, None),
        ((200.0, 100.0), 0, None),
    ],
)
def test_a_page_is_fitted_into_what_a_picture_may_have(
    size: tuple[float, float], width: int, scale: float | None
) -> None:
    assert fitting_scale(size, width) == scale


@pytest.mark.parametrize("size", [(595.0, 842.0), (200.0, 5000.0), (14400.0, 14400.0), (900.0, 1.0)])
def test_no_picture_has_more_dots_than_it_may(size: tuple[float, float]) -> None:
    scale = fitting_scale(size, 100_000)
    assert scale is not None
    assert -(-size[0] * scale // 1) * -(-size[1] * scale // 1) <= MAX_PIXELS
