"""What of a key may go to the clipboard as it is: its id, its public half."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QGuiApplication

from signet.crypto.publickeys import PublicKeyForm, public_key_text
from signet.gui.pages.key_action import KeyAction, Place, Rows
from signet.gui.pages.key_host import KeyHost
from signet.gui.pages.keys_model import KeyRow
from signet.services import keys
from signet.services.session import Session


def _has_public_half(row: KeyRow) -> bool:
    return not row.key.spec.is_symmetric


def _copy_id(host: KeyHost, rows: Rows) -> None:
    ids = [row.key.id for row in rows]
    QGuiApplication.clipboard().setText("\n".join(ids))
    if len(ids) == 1:
        host.told.emit("The id was copied", ids[0])
    else:
        host.told.emit(f"{len(ids)} ids were copied", "One in each line.")


def _copy_public_key(form: PublicKeyForm, host: KeyHost, rows: Rows) -> None:
    key = rows[0].key

    def work(session: Session) -> str:
        spki = keys.public_key(session, key.id)
        return public_key_text(spki, form, comment=key.alias, key_id=f"{key.id}/{key.version}")

    def copied(text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        host.told.emit("The public key was copied", "Paste it wherever it is wanted; it is no secret.")

    host.run(work, copied, changes=False)


COPY_PEM = KeyAction(
    "pem",
    "Copy public key (PEM)",
    "The public half, as text for other programs.",
    partial(_copy_public_key, PublicKeyForm.PEM),
    offered=_has_public_half,
    place=Place.COPY,
    shortcut="Ctrl+Shift+C",
)
COPY_SSH = KeyAction(
    "ssh",
    "Copy public key (SSH)",
    "The public half, as SSH wants it.",
    partial(_copy_public_key, PublicKeyForm.SSH),
    offered=_has_public_half,
    place=Place.COPY,
)
COPY_ID = KeyAction(
    "id",
    "Copy key id",
    "The id by which commands and logs name the key.",
    _copy_id,
    place=Place.COPY,
    shortcut="Ctrl+C",
    many=True,
)
