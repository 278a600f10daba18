"""The limits of a key in its details, and the form that changes them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout

from signet.errors import SignetError, UsageError
from signet.formats.header import MethodKind, VaultHeader
from signet.gui.design import SPACE
from signet.gui.pages.key_action import KeyAction, Rows
from signet.gui.pages.key_host import KeyForm, KeyHost
from signet.gui.pages.limit_fields import EMPTY, LimitFields
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import primary_button
from signet.gui.widgets.text import label
from signet.keys.model import Key
from signet.keys.policy import Limits, Policy
from signet.keys.policy_words import NONE, sentences
from signet.services import policies
from signet.services.presence import with_presence
from signet.services.session import Session


class LimitsForm(KeyForm):
    """The body of the panel; `wanted` carries a Policy that can be read."""

    wanted = Signal(object)
    checked = Signal(object)
    """What is wrong stands in this widget."""

    def __init__(self, theme: Theme, key: Key, limits: Limits, *, has_card: bool) -> None:
        super().__init__(theme)
        self.fields = LimitFields()
        self.fields.show_limits(limits, key.usage, has_card=has_card)
        self.save_button = primary_button("Set limits")
        self.save_button.clicked.connect(self._save)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.medium)
        column.addWidget(self.banner)
        column.addWidget(label(f"Limits keep you from mistakes with this key. {EMPTY}", "muted", wrap=True))
        column.addWidget(self.fields)
        column.addStretch(1)

    def set_busy(self, busy: bool) -> None:
        """Stop a second click while it is being set."""
        self.save_button.setEnabled(not busy)

    def _save(self) -> None:
        try:
            policy = self.fields.policy()
        except UsageError as error:
            self.banner.show_message("Please check this", error.message, kind="bad")
            self.checked.emit(self.banner)
            return
        self.banner.hide()
        self.wanted.emit(policy)


def has_card(header: VaultHeader) -> bool:
    """Whether a card is among the ways in."""
    return any(method.kind is MethodKind.TOKEN for method in header.methods)


def open_limits(host: KeyHost, rows: Rows) -> None:
    """Read the limits of a key and open the form for them."""
    session, key = host.desk.session, rows[0].key
    if session is None:
        return
    able = has_card(session.header)

    def show(found: tuple[Key, Limits]) -> None:
        form = LimitsForm(host.theme, found[0], found[1], has_card=able)

        def save(policy: Policy) -> None:
            host.run(lambda open_session: _set(open_session, key, policy), done, failed=refused)

        def done(changed: tuple[Key, Limits]) -> None:
            if host.form is form:
                host.close_form()
            said = " ".join(sentences(changed[1].policy, used=changed[1].uses)) or NONE
            host.told.emit(f"The limits of “{changed[0].alias}” are set", said)

        def refused(error: SignetError) -> None:
            host.show_failure(error, form)
            host.reveal(form.banner)

        form.wanted.connect(save)
        form.checked.connect(host.reveal)
        host.open_form(f"Limits of “{key.alias}”", form, form.save_button, focus=form.fields.confirm)

    host.run(lambda open_session: policies.limits_of(open_session, key.id), show, changes=False)


def _set(session: Session, key: Key, policy: Policy) -> tuple[Key, Limits]:
    return with_presence(session, lambda: policies.change_policy(session, key.id, lambda _: policy))


def limits_fact(session: Session, key: Key) -> Sequence[tuple[str, str]]:
    """The limits as a line of the details."""
    _, limits = policies.limits_of(session, key.id)
    return (("Limits", " ".join(sentences(limits.policy, used=limits.uses)) or "None"),)


LIMITS = KeyAction(
    "limits",
    "Limits…",
    "What this key may be used for: when, how often, and whether you are asked.",
    open_limits,
)
