"""What the header of an encrypted file says, in a panel; nothing of it is proven."""

from __future__ import annotations

from collections import Counter

from PySide6.QtWidgets import QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.pages.files_work import Inspected
from signet.gui.pages.jobs_words import in_lines
from signet.gui.widgets.key_values import KeyValues
from signet.gui.widgets.pace import size_text
from signet.gui.widgets.section import Section
from signet.gui.widgets.text import label
from signet.keys.person import grouped
from signet.services.age_inspect import AgeInspection
from signet.services.catalogue import CONTENT_KEY, FILE
from signet.services.files import Opener, OpenerKind

UNPROVEN = "Read without any key: it is what the file says of itself. Only decrypting proves it."
NAMELESS = "Open your vault, and keys and persons are shown by name."
NOBODY_NAMED = "The format does not say whose they are. Decrypting tries your keys of the kind X25519."
MADE_HERE = "The file does not say whose they are. You made it in this vault, and the vault noted for whom."
NOT_YOU = "None of your keys is among them: you cannot open this file."
_ROUGH = 1000
"""Bytes from which on a size is said roughly too."""


class InspectBody(QWidget):
    """Facts of one encrypted file."""

    def __init__(self, inspected: Inspected) -> None:
        super().__init__()
        inspection = inspected.inspection
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.large)
        column.addWidget(label(UNPROVEN, "muted", wrap=True))
        openers = KeyValues()
        for each in inspected.openers:
            openers.add(*opener(each))
        column.addWidget(Section("Opened by", openers))
        if not inspected.named:
            column.addWidget(label(NAMELESS, "small", wrap=True))
        elif not any(each.mine for each in inspected.openers):
            column.addWidget(label(NOT_YOU, "warn", wrap=True))
        if inspection.said:
            notes = Section("Visible to everyone", label(inspection.said, wrap=True))
            column.addWidget(notes)
        content = inspection.context.get(CONTENT_KEY, "")
        facts = [
            ("Size inside", _exactly(inspection.plaintext_size)),
            ("Size of the file", size_text(inspection.size)),
            ("Contains", {FILE: "a file", "folder": "a folder"}.get(content, content or "not said")),
            ("Format", f"AWS Encryption SDK, version {inspection.format_version}"),
            ("Algorithm", f"suite {inspection.suite}" + (" · signed" if inspection.signed else "")),
            ("Header", size_text(inspection.header_size)),
            ("Message id", in_lines(inspection.message_id)),
        ]
        column.addWidget(Section("Details", KeyValues(facts)))
        if inspection.legacy:
            column.addWidget(label("An older form that does not commit to its key.", "warn", wrap=True))
        column.addStretch(1)


class AgeBody(QWidget):
    """Facts of one age file, which names nobody."""

    def __init__(self, found: AgeInspection) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.large)
        column.addWidget(label(UNPROVEN, "muted", wrap=True))
        openers = KeyValues()
        for kind, count in Counter(found.kinds).items():
            if found.work_factor is None:
                openers.add("Keys", f"{count} of the kind {in_lines(kind)}")
            else:
                openers.add("A passphrase", f"Trying one takes {found.mebibytes} MiB of memory")
        column.addWidget(Section("Opened by", openers))
        for each in found.openers:
            openers.add(*opener(each))
        column.addWidget(label(MADE_HERE if found.openers else NOBODY_NAMED, "small", wrap=True))
        facts = [
            ("Size of the file", size_text(found.size)),
            ("Format", "age, version 1" + (", as text" if found.armored else "")),
            ("Header", size_text(found.header_size)),
        ]
        column.addWidget(Section("Details", KeyValues(facts)))
        column.addStretch(1)


def path_of(found: Inspected | AgeInspection) -> str:
    """Return the path of the file that was looked into."""
    return found.path if isinstance(found, AgeInspection) else found.inspection.path


def body_of(found: Inspected | AgeInspection) -> QWidget:
    """Return what shows it."""
    return AgeBody(found) if isinstance(found, AgeInspection) else InspectBody(found)


def opener(each: Opener) -> tuple[str, str]:
    """Say who can open the file: your keys and persons by name, everybody else as the header names them."""
    recipient = each.recipient
    print_ = "" if recipient.fingerprint is None else grouped(recipient.fingerprint)
    if each.kind is OpenerKind.KEY:
        return "Your key", each.name if each.version is None else f"{each.name}, version {each.version}"
    if each.kind is OpenerKind.CARD:
        return "Your card", f"{each.name}, on “{each.card}”" if each.card else each.name
    if each.kind is OpenerKind.PERSON:
        return "Person", each.name
    if recipient.key_id is not None:
        return "A vault's key", f"{in_lines(recipient.key_id)}\nversion {recipient.version}"
    return ("A public key", print_) if print_ else ("Elsewhere", in_lines(f"{recipient.name} ({recipient.provider})"))


def _exactly(size: int | None) -> str:
    """A size in words and bytes."""
    if size is None:
        return "Cannot be told: the file was cut, or something was added to it."
    rough = size_text(size)
    exact = "1 byte" if size == 1 else f"{size:,} bytes".replace(",", "\u202f")
    return exact if size < _ROUGH else f"{rough} ({exact})"
