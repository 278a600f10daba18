"""`signet unlock-method lost`: a card is gone, and somebody may know its PIN."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from signet.cli.call import Call
from signet.cli.options import PLACE, UNLOCKING, SignetCommand, pass_call
from signet.cli.rotation import renew_exposed
from signet.errors import ConfirmationMissing, NameNotTyped, UsageError

if TYPE_CHECKING:
    from signet.services.loss import Loss
    from signet.services.lost import Goes, Lost
    from signet.services.session import Session

FAILED = 1
_SECRET = "token-pin-file"


@click.command("lost", cls=SignetCommand, secrets=(*UNLOCKING, _SECRET))
@click.argument("method_id", metavar="ID")
@click.option(
    "--pin-known/--pin-secret",
    "pin_known",
    default=None,
    help="Whether somebody may know the card's PIN. Asked at a terminal.",
)
@click.option(
    "--keep", metavar="ID", multiple=True, help="With --pin-known: keep this way in too; can be given again."
)
@click.option(
    "--typed",
    metavar="NAME",
    multiple=True,
    help="The name of a key whose last guard is the card, where nobody is there to type it; can be given again.",
)
@click.option("--recovery-code-file", metavar="OUT", type=PLACE, help="With --pin-known: where the new code goes.")
@pass_call
def lost(
    call: Call,
    method_id: str,
    pin_known: bool | None,
    keep: tuple[str, ...],
    typed: tuple[str, ...],
    recovery_code_file: str | None,
) -> int:
    """Take the lost card ID out of the vault.

    Open the vault by another way in. The vault gets a new master key. With --pin-known it also gets a new
    identity and a new recovery code; only what opened the vault and what --keep names stays, and you are asked
    whether to rotate the keys and re-encrypt the known files. --token-pin-file holds the secret of the one way in
    that --keep names. A guarded key that has no other guard is lost with the card: its name is typed for that, and
    --yes does not answer.

    Example: signet unlock-method lost 5d0c3f9a --recovery
    """
    from signet.services.drill import outlook
    from signet.services.lost import check_lost, lose_card

    pin_known = asked(call, pin_known)
    _check(call, pin_known=pin_known, keep=keep, code_file=recovery_code_file)
    with call.unlocked(administer=True) as session:
        goes = check_lost(session, method_id)
        given_up = (*typed, *_given_up(call, session, method_id, pin_known=pin_known, keep=keep, typed=typed))
        if not pin_known:
            _confirm(call, goes)
        done = lose_card(
            session, method_id, pin_known=pin_known, keep=keep, code_file=recovery_code_file, typed=given_up
        )
        _say(call, done)
        rotated, failed = _follow_up(call, session) if pin_known else ((), False)
        found = outlook(session)
        labels = [method.label for method in session.header.methods]
    return _end(call, done, rotated, failed, found, labels)


def asked(call: Call, pin_known: bool | None) -> bool:
    """Whether the PIN may be known: said with an option, else asked.

    ``--yes`` is no answer to it: it would take every other way in out, of somebody who only wants no questions.
    """
    if pin_known is not None:
        return pin_known
    if not call.prompt.is_terminal or call.prompt.assume_yes:
        raise UsageError(reason="Say with --pin-known or --pin-secret whether somebody may know the card's PIN.")
    try:
        call.prompt.confirm("May somebody know the PIN of the lost card, or have guessed it?")
    except ConfirmationMissing:
        return False
    return True


def _check(call: Call, *, pin_known: bool, keep: tuple[str, ...], code_file: str | None) -> None:
    """What can be said before a secret is asked for."""
    from signet.cli.checks import new_file

    if not pin_known and (keep or code_file is not None):
        raise UsageError(reason="--keep and --recovery-code-file go with --pin-known; without it every way in stays.")
    if call.secrets.given(_SECRET) and len(keep) != 1:
        raise UsageError(reason=f"Name with --keep the one way in whose secret is in --{_SECRET}.")
    if pin_known and code_file is None and not call.prompt.is_terminal:
        raise UsageError(
            reason="A new recovery code is made: give --recovery-code-file, or run Signet in a terminal."
        )
    if code_file is not None:
        new_file(code_file)


def _given_up(
    call: Call, session: Session, method_id: str, *, pin_known: bool, keep: tuple[str, ...], typed: tuple[str, ...]
) -> tuple[str, ...]:
    """Have the name typed of each key that would lose its last guard; nothing is asked where nobody can answer."""
    from signet.services.lost import lost_keys
    from signet.services.stakes import stake_of, stake_said

    names = []
    for key in lost_keys(session, method_id, pin_known=pin_known, keep=keep):
        if key.alias in typed or not call.prompt.is_terminal:
            continue
        facts = (
            f"The key “{key.alias}” has no guard that stays: nothing would ever open it again.",
            *stake_said(stake_of(session, key)),
        )
        if call.prompt.typed_name(facts) != key.alias:
            raise NameNotTyped(key=key.alias)
        names.append(key.alias)
    return tuple(names)


def _confirm(call: Call, goes: Goes) -> None:
    about = [
        f"The key “{key.alias}” {'opens with this card alone' if key.guarded else 'is on this card alone'}, and is "
        "gone with it."
        for key in goes.keys
    ]
    about += [also_goes(method.label) for method in goes.methods[1:]]
    call.prompt.confirm(
        f"“{goes.label}” will no longer open the vault, which gets a new master key. Take it out?", about=about
    )


def also_goes(label: str) -> str:
    """Said of another way in that is taken out with a card, before anybody agrees to it."""
    return f"“{label}” is on the same card, as far as its serial number tells, and is taken out too."


def _say(call: Call, done: Lost) -> None:
    say = call.output.say
    say("Removed: " + ", ".join(done.rotated.removed) + ". The vault has a new master key.")
    if done.fingerprint is not None:
        say(f"Its identity is new: {done.fingerprint}. Note it; other computers ask for “signet vault accept” once.")
    if done.code_file is not None:
        say(f"The new recovery code is in {done.code_file}; print it and keep it away from here.")
    for key in done.keys:
        files = f", with {len(key.files)} known files that nothing else opens" if key.files else ""
        say(f"The key “{key.alias}” {'opened with' if key.guarded else 'was on'} the card alone and is gone{files}.")
    if done.rotated.old_backups:
        say("Older copies still open with the card and its PIN: " + ", ".join(done.rotated.old_backups))
    say("Copies that are out of reach cannot be revoked: they open with the card and its PIN as before.")


def _follow_up(call: Call, session: Session) -> tuple[tuple[str, ...], bool]:
    """Offer to rotate and re-encrypt; the names of what was rotated, and whether a file failed."""
    from signet.services.exposed import exposed

    found = exposed(session)
    for key in found.others:
        call.output.say(f"The finder may know the key “{key.alias}” too, which cannot be rotated: make a new one.")
    if not found.work:
        return (), False
    try:
        call.prompt.confirm(
            f"Rotate {len(found.keys)} keys and re-encrypt {len(found.files)} known files now, so that what you "
            "encrypt from now on, and what is here, no longer hangs on keys that the finder may know?"
        )
    except ConfirmationMissing:
        call.output.say("Keys and files are as they were. To see to it later: signet key rotate --exposed")
        return (), False
    return renew_exposed(call, session)


def _end(
    call: Call,
    done: Lost,
    rotated: tuple[str, ...],
    failed: bool,
    found: tuple[Loss, ...],
    labels: list[str],
) -> int:
    """Say whether one would still get in, and give the result."""
    from signet.services.loss import Answer
    from signet.services.loss_words import verdict_sentence, verdict_title, worst_way_out

    answer = worst_way_out(found).answer
    call.output.result(
        {
            "removed": list(done.rotated.removed),
            "generation": done.rotated.generation,
            "old_backups": list(done.rotated.old_backups),
            "fingerprint": done.fingerprint,
            "recovery_code_file": done.code_file,
            "gone_keys": [{"alias": key.alias, "files": list(key.files)} for key in done.keys],
            "rotated": list(rotated),
            "ways": labels,
            "answer": answer.value,
        }
    )
    call.output.say("Ways in now: " + ", ".join(labels) + ".")
    call.output.say(verdict_title(found))
    call.output.say(verdict_sentence(found, lambda time: f"on {time[:10]}"))
    if answer is not Answer.YES:
        call.output.say('Enrol a new card, too: signet unlock-method add-token "My new card"')
    return FAILED if failed else 0
