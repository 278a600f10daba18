"""The page People and its panels; one's own public key for others."""

from __future__ import annotations

from collections.abc import Callable

from gui.screens.stage import Stage
from signet.crypto.personkeys import read_people_keys
from signet.gui.pages.keys import KeysPage
from signet.gui.pages.people import PeoplePage
from signet.gui.pages.people_add import AddForm
from signet.services import keys, people
from support.person_keys import AGE, EC_CERTIFICATE, ED25519_SSH, RSA_PEM


def _empty(stage: Stage) -> PeoplePage:
    page = stage.page("people")
    assert isinstance(page, PeoplePage)
    return page


def page(stage: Stage) -> PeoplePage:
    """The page with three people."""
    if stage.desk.session is None:
        stage.unlock()
    session = stage.session
    if not people.list_people(session):
        for name, texts, note in (
            ("Anna Tamm", (EC_CERTIFICATE, AGE), "From the choir. Phone 555 0101."),
            ("Jüri Kask", (ED25519_SSH,), ""),
            ("Tax office", (RSA_PEM,), "They want everything encrypted since 2025."),
        ):
            found = [part for text in texts for part in read_people_keys(text.encode())]
            people.add_person(session, name, found, note=note)
        people.trust_person(session, "Tax office")
    shown = stage.page("people")
    assert isinstance(shown, PeoplePage)
    shown.reload()
    stage.until(lambda: len(shown.model.snapshot.people) > 0)
    stage.settle()
    return shown


def _turned_to(name: str) -> Callable[[Stage], PeoplePage]:
    def state(stage: Stage) -> PeoplePage:
        shown = page(stage)
        place = next(at for at, person in enumerate(shown.model.shown) if person.name == name)
        shown.table.selectRow(place)
        stage.settle()
        return shown

    return state


def _add(stage: Stage, text: str = "") -> None:
    shown = page(stage)
    shown.add_button.click()
    stage.settle()
    form = shown.panel.form
    assert isinstance(form, AddForm)
    if text:
        form.paste.setPlainText(text)
        stage.idle()


def _private(stage: Stage) -> None:
    _add(stage, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")


def _rename(stage: Stage) -> None:
    _turned_to("Anna Tamm")(stage).panel.rename.trigger()
    stage.settle()


def _remove(stage: Stage) -> None:
    _turned_to("Anna Tamm")(stage).panel.remove.trigger()
    stage.settle()


def _no_hit(stage: Stage) -> None:
    page(stage).search.setText("nobody")
    stage.settle()


def _share(stage: Stage) -> None:
    shown = page(stage)
    shown.share_button.click()
    stage.idle()
    stage.settle()


def _share_key(stage: Stage) -> None:
    shown = stage.page("keys")
    assert isinstance(shown, KeysPage)
    shown.select(keys.find_key(stage.session, "contracts").id)
    stage.settle()
    shown.panel.menu.do("share")
    stage.idle()
    stage.settle()


STATES: dict[str, Callable[[Stage], object]] = {
    "people-empty": _empty,
    "people": page,
    "people-compared": _turned_to("Tax office"),
    "people-add": _add,
    "people-add-found": lambda stage: _add(stage, EC_CERTIFICATE),
    "people-add-private": _private,
    "people-rename": _rename,
    "people-remove": _remove,
    "people-no-hit": _no_hit,
    "people-share": _share,
    "keys-share": _share_key,
}
