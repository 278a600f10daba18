"""Keys that come and go: imported, waited for, exported in other forms, sent to another vault and received."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gui.screens.keys import page
from gui.screens.stage import Stage
from signet.gui.pages.import_key import ImportForm, look_at, open_import
from signet.gui.pages.key_importing import DayForm, MaterialForm
from signet.gui.pages.key_panel import KeyPanel
from signet.gui.pages.key_transfer import ReceiveForm, open_receive
from signet.gui.pages.keys import KeysPage
from signet.gui.pages.waiting_key import open_waiting
from signet.keys.spec import KeySpec, Origin
from signet.services import importing, keys
from signet.services.import_expiry import expire_imports
from signet.services.importing import Wanted
from signet.services.receiving import request_key
from signet.services.sending import send_key
from support.clock import SettableClock
from support.transfer import write_request

SECRET = bytes(range(200, 232))


def _file(stage: Stage, name: str, content: bytes) -> str:
    return stage.write(name, content)


def ssh_key() -> bytes:
    """An Ed25519 key as ssh-keygen keeps it, with no passphrase."""
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
    return private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())


def _shown(stage: Stage, alias: str) -> KeysPage:
    shown = page(stage)
    stage.desk.note_change()
    stage.idle()
    stage.until(lambda: any(row.key.alias == alias for row in shown.model.snapshot.rows))
    shown.select(next(row.key.id for row in shown.model.snapshot.rows if row.key.alias == alias))
    stage.idle()
    return shown


def _import(stage: Stage) -> ImportForm:
    shown = page(stage)
    open_import(shown.panel)
    stage.settle()
    form = shown.panel.form
    assert isinstance(form, ImportForm)
    return form


def _import_file(stage: Stage, name: str = "id_ed25519", content: bytes | None = None) -> ImportForm:
    form = _import(stage)
    look_at(page_panel(stage), form, _file(stage, name, content or ssh_key()))
    stage.idle()
    return form


def page_panel(stage: Stage) -> KeyPanel:
    """The panel of the page that is shown."""
    shown = stage.window.pages.currentWidget()
    assert isinstance(shown, KeysPage)
    return shown.panel


def _import_choices(stage: Stage) -> None:
    form = _import_file(stage, "old-files.key", SECRET)
    form.last_day.box.click()
    form.never_export.click()


def _import_refused(stage: Stage) -> None:
    _import_file(stage, "id_ed25519.pub", b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHk mari\n")


def _imported(stage: Stage) -> None:
    _import_file(stage).import_button.click()
    stage.idle()
    stage.settle(600)


def _waiting(stage: Stage) -> KeysPage:
    page(stage)
    keys.create_key(stage.session, "archive-2027", spec=KeySpec.SYMMETRIC_DEFAULT, origin=Origin.EXTERNAL)
    return _shown(stage, "archive-2027")


def _wrapped(stage: Stage) -> None:
    open_waiting(page(stage).panel)
    stage.settle()


def _material(stage: Stage) -> None:
    _waiting(stage).panel.menu.do("bring-material")
    stage.idle()


def _expired(stage: Stage) -> None:
    page(stage)
    file = importing.read_key_file(stage.desk.workplace, _file(stage, "old-files.key", SECRET))
    until = datetime.now(UTC) + timedelta(days=2)
    importing.import_key(stage.session, file, Wanted("old-files", KeySpec.SYMMETRIC_DEFAULT, expires=until))
    clock = stage.desk.workplace.clock
    assert isinstance(clock, SettableClock)
    clock.set_wall(datetime.now(UTC) + timedelta(days=4))
    expire_imports(stage.session)
    shown = _shown(stage, "old-files")
    shown.panel.menu.do("bring-material")
    stage.idle()
    assert isinstance(shown.panel.form, MaterialForm)


def _day(stage: Stage) -> None:
    page(stage)
    file = importing.read_key_file(stage.desk.workplace, _file(stage, "old-files.key", SECRET))
    importing.import_key(stage.session, file, Wanted("old-files", KeySpec.SYMMETRIC_DEFAULT))
    _shown(stage, "old-files").panel.menu.do("last-day")
    stage.settle()
    form = page_panel(stage).form
    assert isinstance(form, DayForm)
    form.last_day.box.click()


def _send(stage: Stage) -> None:
    _shown(stage, "tax-and-bank").panel.menu.do("send")
    stage.settle()


def _send_asks(stage: Stage) -> None:
    _shown(stage, "tax-and-bank")
    request = write_request(Path(_file(stage, "laptop.request", b"")), datetime.now(UTC))
    stage.in_background(partial(send_key, stage.session, "tax-and-bank", request, f"{request}.out"))


def _receive(stage: Stage) -> ReceiveForm:
    shown = page(stage)
    open_receive(shown.panel)
    stage.settle()
    form = shown.panel.form
    assert isinstance(form, ReceiveForm)
    return form


def _receive_requested(stage: Stage) -> None:
    form = _receive(stage)
    form.show_request(request_key(stage.session, str(stage.folder / "Letters-a-key-please.request")))


STATES: dict[str, Callable[[Stage], object]] = {
    "keys-import": _import,
    "keys-import-file": _import_file,
    "keys-import-choices": _import_choices,
    "keys-import-refused": _import_refused,
    "keys-imported": _imported,
    "keys-import-wrapped": _wrapped,
    "keys-waiting": _waiting,
    "keys-material": _material,
    "keys-material-expired": _expired,
    "keys-last-day": _day,
    "keys-send": _send,
    "keys-send-asks": _send_asks,
    "keys-receive": _receive,
    "keys-receive-requested": _receive_requested,
}
