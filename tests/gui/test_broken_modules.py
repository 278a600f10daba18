"""Card software that hangs for ever, crashes, or is none: the window stays usable and says what happened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from signet.gui.pages.cards import CardsPage
from signet.secret import Secret
from signet.services.opening import open_vault
from signet.services.prompt import SecretKind
from signet.services.verification import verify_vault
from signet.store.settings import Settings, write_settings
from signet.tokens.process import Environment, ModuleProcess
from support.broken import crashing, hanging, none_at_all
from support.clock import SettableClock
from support.locked import PIN, counter, make_locked_vault, places_in

LONG = 30_000
LIMIT = 1.0
"""Seconds that the broken module gets for an answer; the good one gets as many as a busy machine needs."""


@pytest.fixture
def prepared(tmp_path: Path, clock: SettableClock, monkeypatch: pytest.MonkeyPatch) -> Path:
    make_locked_vault(places_in(tmp_path), clock, tmp_path / "code")
    return tmp_path


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (hanging, "did not answer within 1.0 seconds"),
        (crashing, "ended unexpectedly"),
        (none_at_all, "is not a PKCS#11 library"),
    ],
)
def test_the_window_goes_on_and_names_it(
    make: Callable[[Path], str],
    said: str,
    prepared: Path,
    clock: SettableClock,
    qapp: QApplication,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    places, bad = places_in(prepared), make(prepared)
    Path(places.config).mkdir(exist_ok=True)
    write_settings(places.settings, Settings(modules=(bad,)))
    begin = ModuleProcess.__init__

    def begin_in_haste(process: ModuleProcess, path: str, *, environment: Environment, time_limit: float) -> None:
        begin(process, path, environment=environment, time_limit=LIMIT if path == bad else time_limit)

    monkeypatch.setattr(ModuleProcess, "__init__", begin_in_haste)
    with counter(qapp, qtbot, places, clock) as at:
        with at.prompt.prepared({SecretKind.PIN: Secret(PIN.encode())}):
            at.desk.open(open_vault(at.desk.workplace, str(at.path)))
        page = CardsPage(at.desk, at.tasks, at.theme)
        qtbot.addWidget(page)
        page.show()
        page.back_up.click()  # while it looks for cards
        assert page.panel.isVisible()
        page.panel.close_panel()
        qtbot.waitUntil(lambda: said in page.present.trouble.text(), timeout=LONG)
        assert Path(bad).name in page.present.trouble.text()
        assert [row.pill for row in page.rows.shown] == ["Inserted", "Proven"]
        assert at.desk.session is not None
        assert verify_vault(at.desk.session).problems == ()
