"""Choosing a PIN for a software token, or a passphrase."""

from __future__ import annotations

from signet.gui.setup.new_secret import NewSecret
from signet.gui.setup.plan import First, Plan
from signet.gui.setup.step import Step

_TEXTS = {
    First.SOFTWARE: (
        "Choose a PIN for the software token",
        "It stands in for a card, so that you can try everything. Anyone who can read this disk can guess its PIN: "
        "for what matters, use a card or a passphrase.",
        "Its PIN",
    ),
    First.PASSPHRASE: (
        "Choose a passphrase",
        "Four or more unrelated words are easier to keep in mind and harder to guess than signs and digits.",
        "Your passphrase",
    ),
}


class StepSecret(Step):
    """The second step where there is no card."""

    def __init__(self, first: First, plan: Plan) -> None:
        title, sentence, name = _TEXTS[first]
        super().__init__(title, sentence, plan)
        self.name = name
        self.fields = NewSecret(first)
        self.body.addWidget(self.fields)
        self.fields.changed.connect(self.changed)
        self.fields.secret.returnPressed.connect(self.fields.again.setFocus)

    @property
    def ready(self) -> bool:
        """Whether both fields hold something, or a secret was taken before."""
        empty = not self.fields.secret.text() and not self.fields.again.text()
        return self.fields.ready or (empty and self.plan.secret is not None)

    def enter(self) -> None:
        """Begin at the first field; what was chosen before stays unless something is typed."""
        self.fields.secret.setPlaceholderText("as chosen before" if self.plan.secret is not None else "")
        self.focus(self.fields.secret)

    def advance(self) -> None:
        """Take the secret if it will do."""
        if self.fields.ready:
            secret = self.fields.take()
            if secret is None:
                return
            self.plan.wipe()
            self.plan.secret = secret
        self.passed.emit()
