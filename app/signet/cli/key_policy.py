"""`signet key policy`: the limits of a key; and the options by which a new key gets some."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from signet.cli.call import Call
from signet.cli.options import UNLOCKING, SignetCommand, pass_call
from signet.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from signet.keys.model import Key
    from signet.keys.policy import Limits, Policy
    from signet.keys.state import Operation

RULES = ("allow", "confirm", "needs-card", "context", "not-before", "not-after", "most-uses")
"""What can be taken away again; never-export cannot."""
ALL = "all"


@dataclass(frozen=True)
class Wanted:
    """What the options say, not looked at yet; what was not given is None or empty."""

    allow: str | None
    confirm: bool
    needs_card: bool
    context: tuple[str, ...]
    not_before: str | None
    not_after: str | None
    most_uses: int | None
    never_export: bool

    def policy(self, before: Policy) -> Policy:
        """Return ``before`` with the limits that were given in place of its own; raise UsageError."""
        given: dict[str, Any] = {}
        if self.allow is not None:
            given["allow"] = _operations(self.allow)
        if self.context:
            given["context"] = _context(self.context)
        if self.not_before is not None:
            given["not_before"] = _moment(self.not_before, "not-before")
        if self.not_after is not None:
            given["not_after"] = _moment(self.not_after, "not-after")
        if self.most_uses is not None:
            given["most_uses"] = self.most_uses
        given |= {name: True for name in ("confirm", "needs_card", "never_export") if getattr(self, name)}
        return replace(before, **given)


def limiting(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options for limits to a command; they arrive as one ``wanted``."""
    options = (
        click.option("--allow", metavar="OPERATIONS", help="Only these, with commas: Encrypt,Decrypt."),
        click.option("--confirm", is_flag=True, help="Ask each time, a batch once."),
        click.option("--needs-card", is_flag=True, help="Only with a card in the reader that opens the vault."),
        click.option(
            "--context",
            multiple=True,
            metavar="K[=V]",
            help="Only where the encryption context has K, of any value or of this; repeatable.",
        ),
        click.option("--not-before", metavar="DATE", help="Only from this day on: 2027-03-01, or RFC 3339."),
        click.option("--not-after", metavar="DATE", help="Only to the end of this day, or until this moment."),
        click.option("--most-uses", type=click.IntRange(min=1), metavar="N", help="At most so many times."),
        click.option("--never-export", is_flag=True, help="It never leaves this vault by itself; for good."),
    )

    @wraps(command)  # with the options that it has already
    def gathered(*arguments: Any, **given: Any) -> Any:
        wanted = Wanted(**{name: given.pop(name) for name in Wanted.__dataclass_fields__})
        return command(*arguments, wanted=wanted, **given)

    made: Callable[..., Any] = gathered
    for option in reversed(options):
        made = option(made)
    return made


@click.command("policy", cls=SignetCommand, secrets=UNLOCKING)
@click.argument("name", metavar="KEY")
@limiting
@click.option(
    "--clear",
    multiple=True,
    type=click.Choice((ALL, *RULES)),
    help="Take this limit away; repeatable.",
)
@pass_call
def policy(call: Call, name: str, wanted: Wanted, clear: Sequence[str]) -> None:
    """Show or change what KEY may be used for.

    Limits that are not named stay as they are. A day ends where you are; what is shown is local time. Setting limits
    says that this computer's clock is right.

    Examples: signet key policy papers; signet key policy papers --confirm --not-after 2027-12-31; signet key policy
    papers --clear confirm
    """
    from signet.keys.policy import FREE, Rule
    from signet.services import policies

    changes = wanted.policy(FREE)  # what cannot be read is said before a secret is asked for
    twice = set(clear) & ({str(rule) for rule in changes.rules} | ({ALL} if changes.rules else set()))
    if twice:
        raise UsageError(reason=f"--clear {min(twice)} and new limits contradict each other.")

    def change(before: Policy) -> Policy:
        for rule in RULES if ALL in clear else clear:
            before = before.without(Rule(rule))
        return wanted.policy(before)

    with call.unlocked() as session:
        if changes.rules or clear:
            key, limits = policies.change_policy(session, name, change)
        else:
            key, limits = policies.limits_of(session, name)
    call.output.result(policy_fields(key, limits))
    call.output.text("\n".join((f"“{key.alias}”:", *(f"  {each}" for each in limits_said(limits)))))


def policy_fields(key: Key, limits: Limits) -> dict[str, object]:
    """The limits of a key, null where there is none."""
    return {"id": key.id, "alias": key.alias, **limits_fields(limits)}


def limits_fields(limits: Limits) -> dict[str, object]:
    """``policy`` holds the limits that there are; times are RFC 3339 in UTC."""
    return {"policy": limits.policy.fields(), "uses_taken": limits.uses if limits.policy.most_uses else None}


def limits_said(limits: Limits) -> tuple[str, ...]:
    """The limits as sentences, or that there are none."""
    from signet.keys.policy_words import NONE, sentences

    return sentences(limits.policy, used=limits.uses) or (NONE,)


def _operations(text: str) -> frozenset[Operation]:
    from signet.keys.state import Operation

    names = {operation.value.lower(): operation for operation in Operation}
    found = [names.get(part.strip().lower()) for part in text.split(",")]
    if None in found:
        wrong = next(part.strip() for part in text.split(",") if part.strip().lower() not in names)
        raise UsageError(reason=f"--allow wants operations such as Encrypt,Decrypt; “{wrong}” is none.")
    return frozenset(each for each in found if each is not None)


def _context(given: Sequence[str]) -> tuple[tuple[str, str | None], ...]:
    found: dict[str, str | None] = {}
    for text in given:
        name, is_pair, value = text.partition("=")
        if name in found:
            raise UsageError(reason=f"--context was given twice for “{name}”.")
        found[name] = value if is_pair else None
    return tuple(sorted(found.items()))


def _moment(text: str, option: str) -> datetime:
    from signet.keys.dates import read_moment

    try:
        return read_moment(text, last=option == "not-after")
    except ValueError as error:
        raise UsageError(reason=f"--{option}: {error}.") from error
