"""A key made, or one that is on a card taken in: the forms in the panel and what they set going."""

from __future__ import annotations

from functools import partial

import shiboken6
from PySide6.QtCore import Qt

from signet.errors import SignetError
from signet.gui.pages.adopt_key import AdoptForm, Adoption, adopt_key
from signet.gui.pages.import_key import open_import
from signet.gui.pages.key_host import KeyHost
from signet.gui.pages.key_limits import has_card
from signet.gui.pages.key_transfer import open_receive
from signet.gui.pages.new_key import NewKey, NewKeyForm, make_key
from signet.keys.model import Key
from signet.keys.spec import Protection
from signet.services.adopting import CardKey, adoptable_keys
from signet.services.guards import able_to_guard
from signet.services.tokens import list_tokens
from signet.tokens.model import Token

IN_THE_VAULT = "It is part of this vault, and of every backup made from now on."
ON_ITS_CARD = "It is on its card alone: no backup holds it."


def open_new_key(host: KeyHost) -> None:
    """Open the form for a new key; one that is open already stays as it is."""
    session = host.desk.session
    if session is None or isinstance(host.form, NewKeyForm):
        return
    form = NewKeyForm(host.theme)
    form.wanted.connect(partial(_make, host))
    form.adopt_wanted.connect(partial(open_adopt, host))
    form.unfolded.connect(host.reveal)
    form.import_wanted.connect(partial(open_import, host))
    form.receive_wanted.connect(partial(open_receive, host))
    host.open_form("New key", form, form.create_button, focus=form.name)
    form.show_guards(able_to_guard(session.header))
    form.limits.show_ways(has_card=has_card(session.header))

    def found(cards: tuple[Token, ...]) -> None:
        if shiboken6.isValid(form) and host.form is form:
            form.show_cards(tuple(card for card in cards if card.initialised))

    workplace = host.desk.workplace
    host.tasks.run(lambda _: list_tokens(workplace), done=found, failed=lambda _: found(()), quiet=True)


def open_adopt(host: KeyHost) -> None:
    """Open the form for a key that is on a card already."""
    if host.desk.session is None:
        return
    form = AdoptForm(host.theme)
    form.wanted.connect(partial(_adopt, host))
    form.look_wanted.connect(partial(_look, host, form))
    host.open_form("A key that is on a card", form, form.use_button, focus=form.look)
    _look(host, form)


def _look(host: KeyHost, form: AdoptForm) -> None:
    session = host.desk.session
    if session is None:
        return

    def found(keys: tuple[CardKey, ...]) -> None:
        if not shiboken6.isValid(form) or host.form is not form:
            return
        form.show_keys(keys)
        if keys and host.focusWidget() is form.look:
            form.name.setFocus(Qt.FocusReason.OtherFocusReason)

    def failed(_: SignetError) -> None:
        found(())

    host.tasks.run(lambda _: adoptable_keys(session), done=found, failed=failed, quiet=True)


def _make(host: KeyHost, wanted: NewKey) -> None:
    host.run(lambda session: make_key(session, wanted), partial(_made, host))


def _adopt(host: KeyHost, wanted: Adoption) -> None:
    host.run(lambda session: adopt_key(session, wanted), partial(_made, host))


def _made(host: KeyHost, key: Key) -> None:
    host.made.emit(key)
    on_card = key.protection is Protection.TOKEN
    host.told.emit(f"“{key.alias}” is ready", ON_ITS_CARD if on_card else IN_THE_VAULT)
