"""Limits of keys in the window: given with a new key, read as sentences, changed, asked about."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.test_guarded_keys import form_of, show
from signet.errors import KeyExpired, UsageError
from signet.gui.pages.key_limits import LimitsForm
from signet.gui.pages.limit_fields import NO_CARD, LimitFields, groups_of
from signet.gui.prompt import Asked
from signet.gui.sentences import words
from signet.keys.dates import read_moment
from signet.keys.decide import allowable
from signet.keys.policy import FREE, Limits, Policy
from signet.keys.spec import KeyUsage
from signet.keys.state import BY_PUBLIC_HALF, Operation
from signet.services import files, policies
from signet.services.session import PRESENCE_SECONDS
from support.clock import SettableClock
from support.window import nameless_controls, open_desk

EVERYTHING = Policy(
    allow=frozenset({Operation.DECRYPT, Operation.GENERATE_DATA_KEY}),
    confirm=True,
    needs_card=True,
    context=(("purpose", "tax"), ("year", None)),
    not_before=read_moment("2027-03-01T12:00:05Z", last=False),
    not_after=read_moment("2028-02-29", last=True),
    most_uses=7,
    never_export=True,
)


def test_limits_live_in_the_window(qapp: QApplication, qtbot: QtBot, tmp_path: Path, clock: SettableClock) -> None:
    with open_desk(qapp, qtbot, tmp_path, clock) as opened:
        page = show(opened)
        new = form_of(page)
        new.name.setText("tax")
        assert new.limits.link.text() == "Limits: none"
        new.limits.link.click()
        assert (new.limits.fields.isVisible(), new.limits.fields._card_hint.text()) == (True, NO_CARD)
        new.limits.fields.last.setText("soon")
        new.create_button.click()
        assert "“soon”: write a day" in new.banner.sentence
        new.limits.fields.last.clear()
        new.limits.fields.confirm.click()
        new.limits.fields.most.setText("3")
        assert new.limits.link.text() == "Limits: as below"
        new.create_button.click()
        qtbot.waitUntil(lambda: bool(page.model.shown) and page.panel.details is not None)

        # Each job asks, with what and how many files.
        letters = [str(tmp_path / name) for name in ("a", "b")]
        for letter in letters:
            Path(letter).write_text("dear")
        done: list[object] = []
        opened.tasks.run(
            lambda _: files.encrypt_files(opened.session, letters, key="tax"), done=done.append, failed=done.append
        )
        qtbot.waitUntil(lambda: bool(done))
        (asked,) = opened.questions
        assert (asked.asked, asked.sentence) == (
            Asked.CONFIRM,
            "Encrypt 2 files with “tax”? This key asks each time.",
        )
        assert Path(letters[1] + ".esdk").exists()

        # The details tell it; changing it after five minutes asks for the secret again.
        opened.desk.note_change()

        def facts() -> dict[str, str]:
            details = page.panel.details
            return {} if details is None else dict(details.history.facts)

        qtbot.waitUntil(lambda: facts().get("Limits") == "Asks you each time. At most 3 times, 2 used.")
        page.panel.menu.do("limits")
        qtbot.waitUntil(lambda: isinstance(page.panel.form, LimitsForm))
        form = page.panel.form
        assert isinstance(form, LimitsForm)
        assert nameless_controls(page) == []
        assert form.fields._used.text() == "2 used so far."
        for _, box in form.fields.operations:
            box.click()
        form.save_button.click()
        assert "Leave at least one thing" in form.banner.sentence
        form.fields.operations[1][1].click()
        form.fields.never_export.click()
        form.fields.confirm.click()
        clock.advance(PRESENCE_SECONDS + 1)
        form.save_button.click()
        qtbot.waitUntil(lambda: page.panel.form is None)
        assert opened.questions[-1].request is not None
        qtbot.waitUntil(lambda: facts().get("Limits", "").startswith("May only be used to decrypt. At most 3"))
        _, limits = policies.limits_of(opened.session, "tax")
        assert limits.policy == Policy(allow=frozenset({Operation.DECRYPT}), most_uses=3, never_export=True)

        # What is for good cannot be unticked; a day that is over is refused by the vault, and said in the form.
        page.panel.menu.do("limits")
        qtbot.waitUntil(lambda: isinstance(page.panel.form, LimitsForm))
        form = page.panel.form
        assert isinstance(form, LimitsForm)
        assert not form.fields.never_export.isEnabled()
        form.fields.last.setText("2020-02-29")
        form.save_button.click()
        qtbot.waitUntil(lambda: "over already" in form.banner.sentence)


def test_what_was_not_touched_comes_back_as_it_was(qapp: QApplication, qtbot: QtBot) -> None:
    fields = LimitFields()
    qtbot.addWidget(fields)
    for limits in (Limits(""), Limits("", EVERYTHING, uses=2), Limits("", replace(EVERYTHING, allow=None))):
        fields.show_limits(limits, KeyUsage.ENCRYPT_DECRYPT, has_card=True)
        assert fields.policy() == limits.policy
        assert fields.is_free == (limits.policy == FREE)
    # A choice that stands for several operations, of which the key has one, is not widened by the others.
    fields.show_limits(Limits("", EVERYTHING), KeyUsage.ENCRYPT_DECRYPT, has_card=False)
    fields.operations[0][1].click()
    expected = frozenset({Operation.ENCRYPT, Operation.DECRYPT, Operation.GENERATE_DATA_KEY})
    assert fields.policy().allow == expected
    fields.set_usage(KeyUsage.SIGN_VERIFY)
    assert fields.policy() == Policy(
        confirm=True, needs_card=True, not_before=EVERYTHING.not_before, not_after=EVERYTHING.not_after, most_uses=7
    )
    for text in ("many", "0", "1.5", "10000000000"):
        fields.most.setText(text)
        with pytest.raises(UsageError, match="no number of times"):
            fields.policy()
        assert not fields.is_free


@pytest.mark.parametrize("usage", KeyUsage)
def test_every_operation_can_be_chosen_once(usage: KeyUsage) -> None:
    chosen = [operation for group in groups_of(usage) for operation in group]
    assert sorted(chosen) == sorted(allowable(usage) - BY_PUBLIC_HALF)


def test_dates_in_errors_are_told_as_the_window_tells_them() -> None:
    said = words(KeyExpired(key="tax", date="2027-12-31T23:59:59+00:00"))
    assert "2027-12-31T" not in said.sentence
    assert "2027" in said.sentence
