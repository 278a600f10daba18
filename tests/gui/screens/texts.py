"""Small secrets in the window: encrypted, opened, and what is said when one does not open."""

from __future__ import annotations

from gui.screens.keys import page
from gui.screens.stage import Stage
from signet.gui.pages import text_work
from signet.gui.pages.decrypt_text import DecryptTextForm
from signet.gui.pages.encrypt_text import EncryptTextForm
from signet.gui.pages.files import FilesPage
from signet.secret import Secret
from signet.services import keys

TEXT = "Door code 4711, alarm 0815"


def _encrypt(stage: Stage) -> EncryptTextForm:
    shown = page(stage)
    panel = shown.panel
    shown.select(keys.find_key(stage.session, "family-archive").id)
    panel.menu.do("encrypt-text")
    form = panel.form
    assert isinstance(form, EncryptTextForm)
    form.text.setPlainText(TEXT)
    return form


def _encrypt_notes(stage: Stage) -> None:
    form = _encrypt(stage)
    form.notes.open()
    form.notes.field.setText("For=bank")
    form.encrypt_button.click()


def _encrypt_long(stage: Stage) -> None:
    _encrypt(stage).text.setPlainText(TEXT * 200)


def _encrypted(stage: Stage) -> None:
    form = _encrypt(stage)
    form.encrypt_button.click()
    stage.idle()
    form.copy_button.click()


def _encrypt_on_files(stage: Stage) -> None:
    shown = stage.page("files")
    assert isinstance(shown, FilesPage)
    stage.until(lambda: bool(shown.key.keys.keys))
    shown.encrypt_text()


def _decrypt(stage: Stage, ciphertext: bytes | None = None) -> DecryptTextForm:
    shown = page(stage)
    made = ciphertext
    if made is None:
        key_id = keys.find_key(stage.session, "family-archive").id
        made = text_work.seal_text(stage.session, Secret.from_text(TEXT), key_id, {}).ciphertext
    shown.select(keys.find_key(stage.session, "family-archive").id)
    shown.panel.menu.do("decrypt-text")
    form = shown.panel.form
    assert isinstance(form, DecryptTextForm)
    form.text.setPlainText(text_work.as_text(made))
    return form


def _decrypted(stage: Stage) -> DecryptTextForm:
    form = _decrypt(stage)
    form.decrypt_button.click()
    stage.idle()
    return form


def _shown(stage: Stage) -> None:
    form = _decrypted(stage)
    form.show_button.click()
    form.copy_button.click()


def _changed(stage: Stage) -> None:
    page(stage)
    key_id = keys.find_key(stage.session, "family-archive").id
    made = bytearray(text_work.seal_text(stage.session, Secret.from_text(TEXT), key_id, {}).ciphertext)
    made[-1] ^= 1
    _decrypt(stage, bytes(made)).decrypt_button.click()
    stage.idle()


def _elsewhere(stage: Stage) -> None:
    page(stage)
    key_id = keys.find_key(stage.session, "family-archive").id
    made = bytearray(text_work.seal_text(stage.session, Secret.from_text(TEXT), key_id, {}).ciphertext)
    made[10] ^= 1  # of the vault's id
    made[26] ^= 1  # of the key's
    _decrypt(stage, bytes(made)).decrypt_button.click()
    stage.idle()


STATES = {
    "text-encrypt": _encrypt,
    "text-encrypt-notes": _encrypt_notes,
    "text-encrypt-long": _encrypt_long,
    "text-encrypted": _encrypted,
    "text-encrypt-on-files": _encrypt_on_files,
    "text-decrypt": _decrypt,
    "text-decrypted": _decrypted,
    "text-shown": _shown,
    "text-changed": _changed,
    "text-elsewhere": _elsewhere,
}
