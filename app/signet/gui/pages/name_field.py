"""The name of a new key: a field that says at once what is wrong with a name."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit

from signet.errors import UsageError
from signet.gui.widgets.text import label
from signet.services.key_rules import check_alias


class NameField(QLineEdit):
    """A field for a name, and `hint`, a label that the form puts below it.

    It follows the text before anything that connects to `textChanged` later is told.
    """

    def __init__(self, example: str = "", *, name: str = "Name of the key in the vault") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setPlaceholderText(example)
        self.hint = label("", "small", wrap=True)
        self.hint.hide()
        self.is_usable = False
        self.textChanged.connect(self._look)

    @property
    def alias(self) -> str:
        """What was typed, without the blanks around it."""
        return self.text().strip()

    def _look(self) -> None:
        said = ""
        try:
            check_alias(self.alias)
        except UsageError as error:
            said = error.message
        self.is_usable = not said
        if not self.alias:
            said = ""  # nothing was typed yet, and nothing is wrong with that
        self.hint.setText(said)
        self.hint.setVisible(bool(said))
