"""Issuers and trusted lists on the page People, time-stamp services in the settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from signet.errors import ListRefused, NotAnIssuer, ServiceUnreachable
from signet.gui.pages.people import ISSUERS, PEOPLE, PeoplePage
from signet.gui.pages.people_changes import SureForm
from signet.gui.pages.people_issuers import IssuerForm, look_at_issuer
from signet.gui.pages.people_lists import ListForm, UpdateForm, open_list
from signet.gui.pages.settings_timestamps import ServiceList
from signet.services import issuers
from signet.store.settings import read_settings
from support import pki
from support.clock import SettableClock
from support.tsa import time_stamps
from support.window import DeskInTest, nameless_controls, open_desk


@pytest.fixture
def opened(qapp: QApplication, qtbot: QtBot, tmp_path: Path, clock: SettableClock) -> Iterator[DeskInTest]:
    with open_desk(qapp, qtbot, tmp_path, clock) as made:
        yield made


def show(opened: DeskInTest) -> PeoplePage:
    page = PeoplePage(opened.desk, opened.tasks, opened.theme)
    opened.qtbot.addWidget(page)
    page.resize(988, 728)
    page.show()
    page.sides.choose(ISSUERS)
    return page


def test_an_issuer_is_trusted_once_it_was_compared_and_no_more_when_removed(
    opened: DeskInTest, tmp_path: Path
) -> None:
    page = show(opened)
    assert page.add_button.isHidden()
    host, found = page.authorities.host, page.authorities.issuers
    signer, _ = pki.signer().write(tmp_path, "mari")
    look_at_issuer(host, str(signer))
    opened.qtbot.waitUntil(page.banner.isVisible)
    assert page.banner.title == NotAnIssuer.title
    root, _ = pki.root().write(tmp_path, "root")
    look_at_issuer(host, str(root))
    opened.qtbot.waitUntil(lambda: host.form is not None)
    form = host.form
    assert isinstance(form, IssuerForm)
    assert nameless_controls(page) == []
    assert not form.add_button.isEnabled()
    form.compared.click()
    form.add_button.click()
    opened.qtbot.waitUntil(lambda: len(found.rows) == 1)
    assert [each.name for each in issuers.list_issuers(opened.session)] == ["Example Root"]
    found.rows[0].remove_button.click()
    sure = host.form
    assert isinstance(sure, SureForm)
    sure.button.click()
    opened.qtbot.waitUntil(lambda: found.rows == [])
    assert issuers.list_issuers(opened.session) == []
    page.sides.choose(PEOPLE)
    assert not page.add_button.isHidden()


def test_what_is_no_trusted_list_is_refused_and_who_is_asked_is_said_before(
    opened: DeskInTest, tmp_path: Path
) -> None:
    page = show(opened)
    host = page.authorities.host
    broken = tmp_path / "list.xml"
    broken.write_text("<nothing/>")
    open_list(host, str(broken))
    form = host.form
    assert isinstance(form, ListForm)
    opened.qtbot.waitUntil(form.banner.isVisible)
    assert form.banner.title == ListRefused.title
    assert not form.add_button.isEnabled()
    page.authorities.lists.update_button.click()
    asking = host.form
    assert isinstance(asking, UpdateForm)
    asking.address.setText("http://127.0.0.1:1/lotl.xml")
    asking.fetch_button.click()
    opened.qtbot.waitUntil(asking.banner.isVisible)
    assert asking.banner.title == ServiceUnreachable.title
    assert asking.fetch_button.isEnabled()


def test_a_time_stamp_service_is_named_tried_and_removed(opened: DeskInTest, clock: SettableClock) -> None:
    shown = ServiceList(opened.desk, opened.tasks, opened.theme)
    opened.qtbot.addWidget(shown)
    shown.show()
    assert shown.rows == []
    with time_stamps(clock.now()) as service:
        for address in (service.url, "http://127.0.0.1:1/"):
            shown.address.setText(address)
            with opened.qtbot.waitSignal(shown.changed):
                shown.add_button.click()
        assert service.asked == []  # naming one asks nobody
        working, silent = shown.rows
        working.try_button.click()
        opened.qtbot.waitUntil(lambda: working.pill.text() == "Works")
    assert working.usual_button.isHidden()
    silent.try_button.click()
    opened.qtbot.waitUntil(lambda: silent.pill.text() == "Does not work")
    assert shown.banner.isVisible()
    silent.usual_button.click()
    opened.qtbot.waitUntil(lambda: shown.rows[0].url == "http://127.0.0.1:1/")
    shown.rows[0].remove_button.click()
    opened.qtbot.waitUntil(lambda: len(shown.rows) == 1)
    assert read_settings(opened.vault.workplace.places.settings).timestamp_services == (service.url,)
