"""A new recovery code within a panel: shown when a change asks for it, while everything else steps back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from signet.gui.administration import window_prompt
from signet.gui.pages.cards_panel import Bench
from signet.gui.prompt import Asked, Question
from signet.gui.setup.code_view import CodeView


class AskedCode(CodeView):
    """Takes over the question for a new code between `listen` and `stop`.

    ``sheets`` are the files in which its sheet was saved.
    """

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench
        self._others: list[tuple[QWidget, bool]] = []
        self._hides: Sequence[QWidget] = ()
        self.sheets: list[str] = []
        self.saved.connect(self.sheets.append)
        self.answered.connect(self.hide)
        self.hide()

    def listen(self, *hides: QWidget) -> None:
        """Answer the next question for a code; ``hides`` are out of sight from then on until `stop`."""
        self._hides = hides
        window_prompt(self._bench.desk.workplace).take_over(self._asked)

    def stop(self) -> None:
        """Ask no further: a code that is shown is taken away, and what was hidden comes back."""
        window_prompt(self._bench.desk.workplace).give_back(self._asked)
        self.end()
        self.hide()
        others, self._others = self._others, []
        for part, shown in others:
            part.setVisible(shown)

    def _asked(self, question: Question) -> bool:
        if question.asked is not Asked.RECOVERY_CODE:
            return False
        self._others = [(part, not part.isHidden()) for part in self._hides]
        for part in self._hides:
            part.hide()
        self.show()
        self.begin(question, self._bench.desk.vault_path)
        return True
