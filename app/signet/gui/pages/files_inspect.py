"""What the header of an encrypted file says, in a panel; nothing of it is proven."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.pages.files_work import Inspected
from signet.gui.pages.jobs_words import in_lines
from signet.gui.widgets.key_values import KeyValues
from signet.gui.widgets.pace import size_text
from signet.gui.widgets.section import Section
from signet.gui.widgets.text import label
from signet.services.catalogue import CONTENT_KEY, FILE
from signet.services.files import Recipient

UNPROVEN = "Read without any key: it is what the file says of itself. Only decrypting proves it."
_INTERNAL = ("signet-", "aws-crypto-")


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
        for recipient in inspection.recipients:
            openers.add(*opener(recipient, inspected))
        column.addWidget(Section("Opened by", openers))
        notes = [pair for pair in sorted(inspection.context.items()) if not pair[0].startswith(_INTERNAL)]
        if notes:
            column.addWidget(Section("Visible to everyone", KeyValues(notes)))
        content = inspection.context.get(CONTENT_KEY, "")
        facts = [
            ("Size", size_text(inspection.size)),
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


def opener(recipient: Recipient, inspected: Inspected) -> tuple[str, str]:
    """Name one who can open the file: a key of this vault by its name, others as the header names them."""
    if recipient.key_id is None:
        return "Elsewhere", in_lines(f"{recipient.name} ({recipient.provider})")
    name = inspected.names.get(recipient.key_id)
    if name is not None:
        return "Your key", f"{name}, version {recipient.version}"
    return "A vault's key", f"{in_lines(recipient.key_id)}\nversion {recipient.version}"
