"""Limits of keys: read, changed, given with a new key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from gui.screens.keys import page
from gui.screens.stage import Stage
from signet.gui.pages.key_limits import LimitsForm
from signet.gui.pages.keys import KeysPage
from signet.gui.pages.new_key import NewKeyForm
from signet.keys.policy import FREE, Policy
from signet.keys.state import Operation
from signet.services import keys
from signet.services.guarding import Guarding
from signet.services.policies import change_policy
from signet.services.use import use_key

LIMITED = Policy(
    allow=frozenset({Operation.ENCRYPT, Operation.DECRYPT}),
    confirm=True,
    not_after=datetime(2031, 12, 31, 23, 59, 59).astimezone(),
    most_uses=20,
    context=(("purpose", "tax"),),
)


class _Agreed(Guarding):
    """A job in which the person has agreed already."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.session)
        self.confirmed = {key.id for key in keys.list_keys(stage.session)}


def _select(stage: Stage, alias: str) -> KeysPage:
    shown = page(stage)
    shown.select(keys.find_key(stage.session, alias).id)
    stage.settle()
    return shown


def _limited(alias: str, policy: Policy) -> Callable[[Stage], KeysPage]:
    """A key with limits, one of which was counted."""

    def state(stage: Stage) -> KeysPage:
        page(stage)
        change_policy(stage.session, alias, lambda _: policy)
        with use_key(stage.session, alias, Operation.DECRYPT, context={"purpose": "tax"}, guarding=_Agreed(stage)):
            pass
        stage.desk.note_change()
        stage.idle()
        return _select(stage, alias)

    return state


def _limits(alias: str, policy: Policy = FREE) -> Callable[[Stage], LimitsForm]:
    def state(stage: Stage) -> LimitsForm:
        panel = (_limited(alias, policy)(stage) if policy.rules else _select(stage, alias)).panel
        panel.menu.do("limits")
        stage.until(lambda: isinstance(panel.form, LimitsForm))
        stage.settle()
        assert isinstance(panel.form, LimitsForm)
        return panel.form

    return state


def _bad(stage: Stage) -> None:
    form = _limits("tax-and-bank")(stage)
    form.fields.last.setText("31.12.2027")
    form.save_button.click()


def _new(stage: Stage) -> None:
    panel = page(stage).panel
    panel.new_key()
    stage.idle()
    form = panel.form
    assert isinstance(form, NewKeyForm)
    form.name.setText("tax-2027")
    form.limits.link.click()
    form.limits.fields.confirm.click()


STATES: dict[str, Callable[[Stage], object]] = {
    "limits-told": _limited("tax-and-bank", LIMITED),
    "limits": _limits("tax-and-bank", LIMITED),
    "limits-signing": _limits("contracts"),
    "limits-bad": _bad,
    "limits-new-key": _new,
}
