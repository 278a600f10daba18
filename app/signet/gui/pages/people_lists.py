"""Trusted lists of states on the page People: which are here and how old, one more from a file, newer ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QWidget

from signet.gui.design import SPACE
from signet.gui.pages import choosing, times
from signet.gui.pages.key_host import KeyForm, KeyHost
from signet.gui.pages.people_details import COMPARED, fingerprint_label
from signet.gui.sentences import words
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import plain_button, primary_button
from signet.gui.widgets.forms import caption, column
from signet.gui.widgets.key_values import KeyValues
from signet.gui.widgets.row_card import RowCard
from signet.gui.widgets.text import label
from signet.gui.widgets.way_row import WayRow
from signet.services import list_updates, trusted_lists
from signet.services.list_updates import LOTL_ADDRESS, Update
from signet.services.people import grouped
from signet.services.presence import with_presence
from signet.services.session import Session
from signet.services.trusted_lists import ListView, OfferedList

EXPLAINED = (
    "States publish who may issue certificates for signatures that count like those by hand. Issuers that a list "
    "finds qualified count as trusted, and verdicts say whether a certificate is qualified."
)
NONE_HERE = "No list is here. Nothing is fetched unless you ask."
HOW = (
    "Nobody who is known here signs this list. Compare the fingerprint of who does with the one that the state "
    "publishes, for instance in its official journal."
)
BY_LIST = "The European list of lists says that this list is signed by the right one."
FETCHED = (
    "This asks the European Commission for its list of lists, and whoever publishes the lists that are here. They "
    "learn your network address."
)
KINDS = "Trusted lists (*.xml *.xtsl);;All files (*)"


def read_lists(session: Session) -> tuple[ListView, ...]:
    """Read every list for showing; blocks."""
    return tuple(trusted_lists.list_lists(session))


class ListRow(WayRow):
    """One list; `remove_wanted` carries its territory."""

    remove_wanted = Signal(str)

    def __init__(self, theme: Theme, view: ListView) -> None:
        found = view.found
        self.remove_button = plain_button("Remove", name=f"Forget the trusted list of {found.territory}")
        issued = times.date_of(times.moment(found.issued))
        following = f" · next by {times.date_of(times.moment(found.next_update))}" if found.next_update else ""
        detail = f"Number {found.sequence} of {issued}{following} · {view.issuers} issuers"
        super().__init__(theme, "shield", f"{found.territory} · {found.operator}", detail, self.remove_button)
        if not view.here:
            self.show_state("Gone", "bad")
        elif view.ended:
            self.show_state("Old", "warn")
        self._territory = found.territory
        self.remove_button.clicked.connect(self._remove)

    def _remove(self) -> None:
        self.remove_wanted.emit(self._territory)


class TrustedLists(QWidget):
    """All lists, and how more come; what follows happens in the host's panel."""

    def __init__(self, host: KeyHost) -> None:
        super().__init__()
        self._host = host
        self.rows: list[ListRow] = []
        self._card = RowCard()
        self._none = label(NONE_HERE, "body", wrap=True)
        self.add_button = plain_button("Add list…", name="Add a trusted list from a file")
        self.update_button = plain_button("Fetch newer ones…", name="Fetch trusted lists from the network")
        foot = QHBoxLayout()
        foot.setSpacing(SPACE.small)
        foot.addWidget(self.add_button)
        foot.addWidget(self.update_button)
        foot.addStretch(1)
        whole = column(self, SPACE.medium)
        for widget in (label(EXPLAINED, "muted", wrap=True), self._none, self._card):
            whole.addWidget(widget)
        whole.addLayout(foot)
        self.add_button.clicked.connect(self._ask)
        self.update_button.clicked.connect(partial(open_update, host))
        self.show_lists(())

    def show_lists(self, found: Sequence[ListView]) -> None:
        """Show these lists instead."""
        self.rows = [ListRow(self._host.theme, view) for view in found]
        for row in self.rows:
            row.remove_wanted.connect(self._remove)
        self._card.show_rows(self.rows)
        self._none.setVisible(not self.rows)

    def _ask(self) -> None:
        choosing.ask_for_a_file(
            self, title="A trusted list", folder=choosing.home(), kinds=KINDS, chosen=partial(open_list, self._host)
        )

    def _remove(self, territory: str) -> None:
        said = (
            f"The list of {territory} is forgotten",
            "Issuers that only this list names are not trusted any more.",
        )
        self._host.run(
            lambda session: trusted_lists.remove_list(session, territory), lambda _: self._host.told.emit(*said)
        )


class ListForm(KeyForm):
    """A list from a file: by whom it is signed is looked up, or given as a certificate and compared."""

    wanted = Signal()
    signer_wanted = Signal()

    def __init__(self, theme: Theme, path: str) -> None:
        super().__init__(theme)
        self.path = path
        self.offered: OfferedList | None = None
        self.compared = QCheckBox(COMPARED)
        self.signer_button = plain_button("Certificate of who signs it…", name="Give the certificate of who signs it")
        self.add_button = primary_button("Add list")
        self._facts = QWidget()
        self._said = column(self._facts)
        rows = column(self)
        for widget in (self.banner, self._facts, self.compared, self.signer_button):
            rows.addWidget(widget, 0, *([Qt.AlignmentFlag.AlignLeft] if widget is self.signer_button else []))
        rows.addStretch(1)
        self.compared.hide()
        self.compared.toggled.connect(self._check)
        self.signer_button.clicked.connect(self.signer_wanted)
        self.add_button.clicked.connect(self.wanted)
        self._check()

    def show_list(self, offered: OfferedList, view: ListView) -> None:
        """Show what was read; its signature holds."""
        self.offered = offered
        self.banner.hide()
        found, by_person = offered.found, offered.found.named_by == "person"
        issued = times.date_of(times.moment(found.issued))
        facts = [("Of", found.territory), ("Published by", found.operator), ("Number", str(found.sequence))]
        self._said.addWidget(KeyValues([*facts, ("Issued", issued), ("Signed by", view.signer)]))
        self._said.addWidget(label(HOW if by_person else BY_LIST, "body", wrap=True))
        if by_person:
            self._said.addWidget(fingerprint_label(grouped(view.signer_fingerprint)))
        self.compared.setVisible(by_person)
        self.signer_button.hide()
        self._check()

    def set_busy(self, busy: bool) -> None:
        """Stop a second click."""
        self.signer_button.setEnabled(not busy)
        self.add_button.setEnabled(not busy and self._ready)

    @property
    def _ready(self) -> bool:
        return self.offered is not None and (self.compared.isChecked() or self.compared.isHidden())

    def _check(self) -> None:
        self.add_button.setEnabled(self._ready)


def open_list(host: KeyHost, path: str) -> None:
    """Read a list from a file and show it; nothing is taken in by that."""
    form = ListForm(host.theme, path)

    def read(signer: str = "") -> None:
        def work(session: Session) -> tuple[OfferedList, ListView]:
            offered = trusted_lists.list_in_file(session, path, signer=signer)
            return offered, trusted_lists.view_of(session, offered.found)

        def shown(found: tuple[OfferedList, ListView]) -> None:
            if host.form is form:
                form.show_list(*found)

        host.run(work, shown, changes=False)

    def ask_signer() -> None:
        choosing.ask_for_a_file(
            form, title="Who signs the list", folder=choosing.home(), kinds=choosing.CERTIFICATES, chosen=read
        )

    def add() -> None:
        offered = form.offered
        if offered is not None:
            host.run(
                lambda session: with_presence(session, lambda: trusted_lists.add_list(session, offered)),
                lambda found: _done(host, f"The list of {found.territory} is here", "Its issuers count as trusted."),
            )

    form.signer_wanted.connect(ask_signer)
    form.wanted.connect(add)
    host.open_form("Add a trusted list", form, form.add_button, focus=form.signer_button)
    read()


class UpdateForm(KeyForm):
    """What is asked on the network, and for which states besides."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.address = QLineEdit(LOTL_ADDRESS)
        self.address.setAccessibleName("Address of the list of lists")
        self.states = QLineEdit()
        self.states.setAccessibleName("States whose lists are to come along")
        self.states.setPlaceholderText("EE LV")
        self.fetch_button = primary_button("Fetch")
        rows = column(self)
        for widget in (
            self.banner, label(FETCHED, "body", wrap=True), caption("Address", self.address), self.address,
            caption("More states (two letters each)", self.states), self.states,
        ):  # fmt: skip
            rows.addWidget(widget)
        rows.addStretch(1)

    def set_busy(self, busy: bool) -> None:
        """Stop a second click."""
        self.fetch_button.setEnabled(not busy)
        self.fetch_button.setText("Fetching…" if busy else "Fetch")


def open_update(host: KeyHost, *_: object) -> None:
    """Say who is asked, and ask them if that is wanted."""
    form = UpdateForm(host.theme)

    def fetch(_: bool = False) -> None:
        form.banner.hide()
        states, address = form.states.text().upper().replace(",", " ").split(), form.address.text().strip()
        host.run(
            lambda session: with_presence(
                session, lambda: list_updates.update_lists(session, states, address=address)
            ),
            lambda found: _fetched(host, found),
        )

    form.fetch_button.clicked.connect(fetch)
    host.open_form("Fetch trusted lists", form, form.fetch_button, focus=form.states)


def _fetched(host: KeyHost, found: Sequence[Update]) -> None:
    renewed = [each.territory for each in found if each.renewed]
    failed = [f"{each.territory}: {words(each.error).sentence}" for each in found if each.error is not None]
    title = f"Newer: {', '.join(renewed)}" if renewed else "Nothing newer was published"
    _done(host, title, " ".join(failed))


def _done(host: KeyHost, title: str, sentence: str) -> None:
    host.close_form()
    host.told.emit(title, sentence)
