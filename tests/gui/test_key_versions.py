"""Rotation in the window: what the details say, planning, rotating, files brought to the newest version."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from signet.gui.pages.files import FilesPage
from signet.gui.pages.key_reencrypt import ALL_THERE, ReEncryptForm
from signet.gui.pages.key_rotation import NEVER, PlanForm
from signet.gui.pages.key_versions import VersionsSection
from signet.gui.pages.key_versions_words import OLDER_OPEN, VersionsLook, plan_sentence, version_sentence
from signet.gui.pages.keys import KeysPage
from signet.gui.upkeep import Upkeep
from signet.keys.rotation import Schedule
from signet.keys.spec import KeySpec
from signet.services import files, keys, rotation
from signet.services.key_files import behind
from signet.services.key_history import Cause, KeyVersionView
from signet.store.tables.uses import Uses
from support.clock import SettableClock
from support.window import DeskInTest, nameless_controls, open_desk

AES = KeySpec.SYMMETRIC_DEFAULT
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def opened(qapp: QApplication, qtbot: QtBot, tmp_path: Path, clock: SettableClock) -> Iterator[DeskInTest]:
    with open_desk(qapp, qtbot, tmp_path, clock) as made:
        yield made


@pytest.mark.parametrize(
    ("planned", "said"),
    [
        (None, "It gets a new version only when you rotate it."),
        (Schedule("k", 365, "2027-03-03T12:00:00Z"), "Rotates every year, next on 3 Mar 2027."),
        (Schedule("k", 1, "2026-11-23T12:00:00Z"), "Rotates every day, next on 23 Nov 2026."),
        (
            Schedule("k", 90, "2026-11-22T12:00:00Z"),
            "Rotates every 90 days. A new version is due; Signet makes it within the hour.",
        ),
    ],
)
def test_the_plan_is_said_with_what_it_does_not_harm(planned: Schedule | None, said: str) -> None:
    assert plan_sentence(VersionsLook((), planned), NOON) == f"{said} {OLDER_OPEN}"


def test_a_version_says_since_when_why_and_what_hangs_on_it() -> None:
    unused = KeyVersionView(3, "2026-11-12T12:00:00Z", Cause.AUTOMATIC, Uses(), 0, current=True)
    used = KeyVersionView(1, "2026-01-02T12:00:00Z", Cause.CREATED, Uses(1, 2, ""), 1200, current=False)
    assert version_sentence(unused) == "12 Nov 2026, as planned · not used"
    assert version_sentence(used) == "2 Jan 2026, made · 1 use · 1\u202f200 files"


def test_a_key_is_planned_rotated_and_its_files_follow(
    opened: DeskInTest, tmp_path: Path, clock: SettableClock
) -> None:
    qtbot, session = opened.qtbot, opened.session
    for name in ("one", "two"):
        (tmp_path / name).write_text(name)
    keys.create_key(session, "papers", spec=AES)
    files.encrypt_files(session, [str(tmp_path / name) for name in ("one", "two")], key="papers")
    page = KeysPage(opened.desk, opened.tasks, opened.theme)
    jobs = FilesPage(opened.desk, opened.tasks, opened.theme)
    page.re_encrypt.connect(jobs.re_encrypt)
    for widget in (page, jobs):
        qtbot.addWidget(widget)
    page.resize(988, 728)
    page.show()
    qtbot.waitExposed(page)
    section = _section(opened, page)
    assert section.plan.text() == f"Rotates every year, next on 22 Nov 2027. {OLDER_OPEN}"
    assert not section.move_button.isVisibleTo(section)

    section.plan_button.click()
    qtbot.waitUntil(lambda: isinstance(page.panel.form, PlanForm))
    form = page.panel.form
    assert isinstance(form, PlanForm)
    assert nameless_controls(form) == []
    form.by_itself.click()
    assert (form.wanted, form._next.text()) == (None, NEVER)
    form.by_itself.click()
    form.days.setValue(30)
    assert "22 Dec 2026" in form._next.text()
    form.save_button.click()
    qtbot.waitUntil(lambda: page.panel.form is None)
    section = _section(opened, page)
    qtbot.waitUntil(lambda: section.plan.text().startswith("Rotates every 30 days"))

    # By the keyboard, from the list.
    page.table.setFocus()
    qtbot.waitUntil(page.table.hasFocus)
    QTest.keyClick(page.table, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: section.behind.text() == "2 known files are still under older versions.")
    assert keys.find_key(session, "papers").version == 2
    (tmp_path / "two.esdk").rename(tmp_path / "moved")
    section.move_button.click()
    qtbot.waitUntil(lambda: isinstance(page.panel.form, ReEncryptForm) and page.panel.form.start_button.isEnabled())
    moving = page.panel.form
    assert isinstance(moving, ReEncryptForm)
    assert moving.start_button.text() == "Re-encrypt 1 file"
    assert "1 file is not in place any more" in moving.missing.text()
    moving.start_button.click()
    qtbot.waitUntil(lambda: behind(session, "papers").files == () and not jobs.busy)
    assert page.panel.form is None
    (row,) = [row for job in jobs.board.jobs.all() for row in job.items]
    assert (row.status, row.output) == ("done", str(tmp_path / "one.esdk"))
    page.panel.menu.do("re-encrypt")
    qtbot.waitUntil(lambda: isinstance(page.panel.form, ReEncryptForm) and page.panel.form.said.text() == ALL_THERE)
    assert isinstance(page.panel.form, ReEncryptForm)
    assert not page.panel.form.start_button.isEnabled()

    # While the vault stays open, what becomes due is done within the hour.
    upkeep = Upkeep(opened.desk, opened.tasks, page)
    clock.advance(31 * 24 * 3600.0)
    upkeep.timer.timeout.emit()
    qtbot.waitUntil(lambda: keys.find_key(session, "papers").version == 3)
    assert rotation.waiting(session) == (None, 0)


def _section(opened: DeskInTest, page: KeysPage) -> VersionsSection:
    """The section of the key that is shown, once its versions are read."""

    def found() -> VersionsSection | None:
        details = page.panel.details
        return None if details is None else details.findChild(VersionsSection)

    opened.qtbot.waitUntil(lambda: (section := found()) is not None and bool(section.plan.text()))
    section = found()
    assert section is not None
    return section
