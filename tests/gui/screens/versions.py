"""The versions of a key: in its details, the form for when the next comes, files brought to the newest."""

from __future__ import annotations

import os

from gui.screens.keys import page
from gui.screens.stage import Stage
from signet.audit.entry import Draft, Outcome
from signet.gui.pages.cards import CardsPage
from signet.gui.pages.files import FilesPage
from signet.gui.pages.key_reencrypt import ReEncryptForm
from signet.gui.pages.key_rotation import PlanForm
from signet.gui.pages.keys import KeysPage
from signet.keys.rotation import Schedule
from signet.services.files import encrypt_files
from signet.services.key_files import behind
from signet.services.keys import find_key
from signet.services.rotation import rotate_key
from signet.services.use import WRAP_WARNING

KEY = "family-archive"


def _versions(stage: Stage) -> KeysPage:
    shown = page(stage)
    shown.panel.close_form()
    if find_key(stage.session, KEY).version == 1:
        for number in range(4):
            encrypt_files(stage.session, [stage.write(f"summer-{number}.jpg")], key=KEY)
            rotate_key(stage.session, KEY)
    row = next(row for row in shown.model.snapshot.rows if row.key.alias == KEY)
    shown.select(row.key.id)
    stage.desk.note_change()
    stage.settle(800)
    return shown


def _scrolled(stage: Stage) -> KeysPage:
    shown = _versions(stage)
    details = shown.panel.details
    assert details is not None
    (section,) = details._sections[:1]
    shown.panel._scroll.ensureWidgetVisible(section, 0, 0)
    shown.panel._scroll.verticalScrollBar().setValue(section.y())
    stage.settle()
    return shown


def _plan(stage: Stage) -> PlanForm:
    shown = _versions(stage)
    shown.panel.menu.do("plan-rotation")
    stage.idle()
    assert isinstance(shown.panel.form, PlanForm)
    return shown.panel.form


def _plan_off(stage: Stage) -> None:
    _plan(stage).by_itself.click()


def _move(stage: Stage) -> ReEncryptForm:
    shown = _versions(stage)
    os.unlink(behind(stage.session, KEY).files[0])
    shown.panel.menu.do("re-encrypt")
    stage.idle()
    stage.settle()
    assert isinstance(shown.panel.form, ReEncryptForm)
    return shown.panel.form


def _moved(stage: Stage) -> None:
    _move(stage).start_button.click()
    stage.settle(800)
    stage.idle()
    files = stage.window.pages.currentWidget()
    assert isinstance(files, FilesPage)
    stage.until(lambda: not files.busy)
    stage.settle()


def _rotated(stage: Stage) -> None:
    _versions(stage).panel.menu.do("rotate")
    stage.idle()
    stage.settle(600)


def _concerns(stage: Stage) -> None:
    page(stage)
    session = stage.session
    key, worn = (find_key(session, name) for name in (KEY, "my-files"))
    with session.records.change() as change:
        change.rotations.set(Schedule(key.id, 365, "2026-01-01T12:00:00Z"))
        change.uses.count(worn.id, 1, wraps=WRAP_WARNING, time=worn.created)
        change.append(Draft("EnableKeyRotation", Outcome.DONE, key=key.id))
    cards = stage.go_to("cards")
    assert isinstance(cards, CardsPage)
    cards.refresh()
    stage.until(lambda: cards.concerns.count > 1)
    stage.settle()


STATES = {
    "cards-attention-keys": _concerns,
    "keys-versions": _scrolled,
    "keys-rotated": _rotated,
    "keys-rotation": _plan,
    "keys-rotation-off": _plan_off,
    "keys-re-encrypt": _move,
    "files-re-encrypted": _moved,
}
