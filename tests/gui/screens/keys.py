"""The page Keys and its panel."""

from __future__ import annotations

from collections.abc import Callable

from gui.screens.stage import DAY, GUARDED, ON_CARD, Stage, spare_card
from signet.formats.header import MethodKind
from signet.gui.pages.adopt_key import AdoptForm
from signet.gui.pages.export_key import ExportForm
from signet.gui.pages.key_deletion import DestroyForm
from signet.gui.pages.key_host import KeyForm
from signet.gui.pages.key_labels import LabelsForm
from signet.gui.pages.keys import KeysPage
from signet.gui.pages.keys_filter import Chip
from signet.gui.pages.keys_snapshot import KeysSnapshot
from signet.gui.pages.new_key import NewKeyForm
from signet.keys.spec import KeySpec
from signet.keys.state import KeyState
from signet.services.deletion import schedule_deletion
from signet.services.files import decrypt_files
from signet.services.keys import find_key


def page(stage: Stage) -> KeysPage:
    """The page, unlocked."""
    shown = stage.page("keys")
    assert isinstance(shown, KeysPage)
    stage.until(lambda: bool(shown.model.shown))
    return shown


def _select(alias: str) -> Callable[[Stage], KeysPage]:
    def state(stage: Stage) -> KeysPage:
        shown = page(stage)
        row = next(row for row in shown.model.snapshot.rows if row.key.alias == alias)
        shown.select(row.key.id)
        stage.settle()
        return shown

    return state


def _empty(stage: Stage) -> None:
    page(stage)._show_snapshot(KeysSnapshot())


def _search(words: str) -> Callable[[Stage], None]:
    return lambda stage: page(stage).search.setText(words)


def _filter(stage: Stage) -> None:
    page(stage).chips.choose(Chip.SIGN.name)


def _filter_menu(stage: Stage) -> None:
    shown = page(stage)
    shown.filters.menu.actions()[1].setChecked(True)
    button = shown.filter_button
    shown.filters.menu.popup(button.mapToGlobal(button.rect().bottomLeft()))


def _columns_menu(stage: Stage) -> None:
    shown = page(stage)
    button = shown.columns_button
    shown.columns.menu.popup(button.mapToGlobal(button.rect().bottomLeft()))


def _several(stage: Stage) -> None:
    shown = page(stage)
    shown.table.setFocus()
    shown.table.selectAll()


def _batch(stage: Stage) -> None:
    _several(stage)
    page_of_keys(stage).bar.show_progress("Disabling", 2, 8)


def _no_panel(stage: Stage) -> None:
    page(stage).panel.close_panel()


def _switch(alias: str) -> Callable[[Stage], None]:
    def state(stage: Stage) -> None:
        menu = _select(alias)(stage).panel.menu
        menu.do("disable")
        menu.do("enable")
        stage.idle()

    return state


def _menu(stage: Stage) -> None:
    details = _select("contracts")(stage).panel.details
    assert details is not None
    menu = details.more.menu()
    menu.popup(details.more.mapToGlobal(details.more.rect().bottomLeft()))


def _new(stage: Stage) -> NewKeyForm:
    shown = page(stage)
    shown.panel.new_key()
    stage.idle()
    form = shown.panel.form
    assert isinstance(form, NewKeyForm)
    return form


def _new_more(stage: Stage) -> None:
    form = _new(stage)
    form.sign.click()
    form.more.click()
    form.name.setText("orders-2026")
    if form.place.count() > 1:
        form.place.setCurrentIndex(1)


def _new_other(stage: Stage) -> None:
    form = _new(stage)
    form.other.click()
    form.name.setText("post")
    form.spec.setCurrentIndex(form.spec.findData(KeySpec.ML_KEM_768))


def _other(stage: Stage) -> None:
    _new_other(stage)
    form = page_of_keys(stage).panel.form
    assert isinstance(form, NewKeyForm)
    form.create_button.click()
    stage.idle()
    stage.settle(600)


def _new_guarded(stage: Stage) -> None:
    form = _new(stage)
    form.name.setText("passports-2026")
    form.guarded.click()


def _one_guard(stage: Stage) -> None:
    shown = _select(GUARDED)(stage)
    details = shown.panel.details
    assert details is not None
    code = next(each for each in stage.session.header.methods if each.kind is MethodKind.RECOVERY_CODE)
    stage.prompt.asked.connect(lambda question: question.answer(True))
    details.guards.remove_wanted.emit(code.id)
    stage.idle()
    stage.conductor.prompt_panel.close_overlay()
    stage.settle()


def _new_file_card(stage: Stage) -> None:
    form = _new(stage)
    stage.until(lambda: form.place.count() > 1)
    form.more.click()
    form.name.setText("will")
    form.place.setCurrentIndex(1)


def _adopt(stage: Stage) -> None:
    spare_card(stage, "Spare")
    form = _new(stage)
    form.adopt.click()
    adopting = page_of_keys(stage).panel.form
    assert isinstance(adopting, AdoptForm)
    stage.until(lambda: adopting.keys.count() > 0)
    adopting.name.setText("spare-signing")


def _adopt_none(stage: Stage) -> None:
    shown = page(stage)
    shown.panel.adopt_key()
    form = shown.panel.form
    assert isinstance(form, AdoptForm)
    stage.until(lambda: form.keys.count() > 0)
    form.show_keys(())


def page_of_keys(stage: Stage) -> KeysPage:
    shown = stage.window.pages.currentWidget()
    assert isinstance(shown, KeysPage)
    return shown


def _new_taken(stage: Stage) -> None:
    form = _new(stage)
    form.name.setText("contracts")
    form.create_button.click()
    stage.idle()


def _new_made(stage: Stage) -> None:
    form = _new(stage)
    form.name.setText("holidays")
    form.create_button.click()
    stage.idle()
    stage.settle(600)


def _new_bad_name(stage: Stage) -> None:
    _new(stage).name.setText("my key!")


def _export(alias: str) -> Callable[[Stage], ExportForm]:
    def state(stage: Stage) -> ExportForm:
        panel = _select(alias)(stage).panel
        panel.menu.do("export")
        stage.settle()
        assert isinstance(panel.form, ExportForm)
        return panel.form

    return state


def _export_plain(stage: Stage) -> None:
    _export("family-archive")(stage).plain.click()


def _archived(stage: Stage) -> None:
    _select("family-archive")(stage).panel.menu.do("archive")
    stage.idle()


def _form(alias: str, action: str) -> Callable[[Stage], KeyForm]:
    def state(stage: Stage) -> KeyForm:
        panel = _select(alias)(stage).panel
        panel.menu.do(action)
        stage.idle()
        assert panel.form is not None
        return panel.form

    return state


def _scheduled(*, days: int) -> Callable[[Stage], KeysPage]:
    """The key with the files is to be deleted, somebody tried to use it, and so many days have passed."""

    def state(stage: Stage) -> KeysPage:
        shown = page(stage)
        if find_key(stage.session, "family-archive").state is KeyState.ENABLED:  # else the state before did it
            with stage.prompt.prepared(confirmed=True):
                schedule_deletion(stage.session, "family-archive", days=14)
        decrypt_files(stage.session, [str(stage.folder / "letter.txt.esdk")], overwrite=True)
        stage.clock.advance(days * DAY)
        stage.session.proven()
        stage.desk.note_change()
        stage.idle()
        assert shown.isVisible()
        return _select("family-archive")(stage)

    return state


def _deletion_on_cards(stage: Stage) -> None:
    _scheduled(days=15)(stage)
    stage.go_to("cards")
    stage.idle()


def _destroy(stage: Stage) -> None:
    panel = _scheduled(days=15)(stage).panel
    panel.menu.do("destroy")
    stage.idle()
    form = panel.form
    assert isinstance(form, DestroyForm)
    form.name.setText("family-archive")


def _early(stage: Stage) -> None:
    _scheduled(days=0)(stage).panel.menu.do("destroy")
    stage.idle()


def _destroyed(stage: Stage) -> None:
    _destroy(stage)
    form = page_of_keys(stage).panel.form
    assert isinstance(form, DestroyForm)
    form.go.click()
    stage.idle()


def _labels_taken(stage: Stage) -> None:
    form = _form("tax-and-bank", "labels")(stage)
    assert isinstance(form, LabelsForm)
    form.names.setText("tax-and-bank, my-files")
    form.save.click()
    stage.idle()


STATES: dict[str, Callable[[Stage], object]] = {
    "keys": _select("family-archive"),
    "keys-empty": _empty,
    "keys-no-hit": _search("holiday"),
    "keys-search": _search("tax"),
    "keys-filter": _filter,
    "keys-filter-menu": _filter_menu,
    "keys-columns-menu": _columns_menu,
    "keys-several": _several,
    "keys-batch": _batch,
    "keys-no-panel": _no_panel,
    "keys-signing": _select("contracts"),
    "keys-on-card": _select(ON_CARD),
    "keys-guarded": _select(GUARDED),
    "keys-one-guard": _one_guard,
    "keys-disabled": _select("old-laptop"),
    "keys-disable": _switch("tax-and-bank"),
    "keys-enable": _switch("old-laptop"),
    "keys-menu": _menu,
    "keys-new": _new,
    "keys-new-more": _new_more,
    "keys-new-other": _new_other,
    "keys-other": _other,
    "keys-new-guarded": _new_guarded,
    "keys-new-file-card": _new_file_card,
    "keys-adopt": _adopt,
    "keys-adopt-none": _adopt_none,
    "keys-new-bad-name": _new_bad_name,
    "keys-new-taken": _new_taken,
    "keys-new-made": _new_made,
    "keys-export": _export("contracts"),
    "keys-export-plain": _export_plain,
    "keys-archived": _archived,
    "keys-labels": _form("tax-and-bank", "labels"),
    "keys-labels-taken": _labels_taken,
    "keys-delete": _form("family-archive", "delete"),
    "keys-to-be-deleted": _scheduled(days=8),
    "keys-deletion-due": _scheduled(days=15),
    "keys-destroy-early": _early,
    "keys-destroy": _destroy,
    "keys-destroyed": _destroyed,
    "cards-deletion-due": _deletion_on_cards,
}
