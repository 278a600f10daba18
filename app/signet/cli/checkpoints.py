"""`signet audit checkpoint | checkpoints | export-checkpoint`: the log's end, signed by a card."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from signet.cli.call import Call
from signet.cli.options import PLACE, UNLOCKING, SignetCommand, pass_call
from signet.cli.output import Fields

if TYPE_CHECKING:
    from signet.audit.checkpoint import Checkpoint

COLUMNS = (("Entry", "sequence"), ("Signed", "time"), ("By", "label"), ("Key of today", "known"))


@click.command("checkpoint", cls=SignetCommand, secrets=UNLOCKING)
@pass_call
def checkpoint(call: Call) -> None:
    """Sign the end of the log now, with the card.

    Example: signet audit checkpoint
    """
    from signet.services.checkpoints import sign_now

    with call.unlocked(administer=True) as session:
        made = sign_now(session)
    call.output.result(_fields(made))
    call.output.say(f"Entry {made.sequence} and all before it are signed.")


@click.command("checkpoints", cls=SignetCommand, secrets=UNLOCKING)
@pass_call
def checkpoints(call: Call) -> None:
    """List what cards signed, and whether more is due.

    Example: signet audit checkpoints
    """
    from signet.services.checkpoints import due, list_checkpoints

    with call.unlocked() as session:
        views, waiting = list_checkpoints(session), due(session)
    items = [{**_fields(view.checkpoint), "label": view.label, "known": view.known} for view in views]
    call.output.listing(items, COLUMNS, empty="No card has signed a checkpoint yet.")
    if waiting is not None and waiting.possible:
        call.output.say(
            "One is due: a card signs it when it next opens the vault, or with `signet audit checkpoint`."
        )
    elif waiting is not None:
        call.output.say("One is due, and no card among the ways in can sign it.")


@click.command("export-checkpoint", cls=SignetCommand, secrets=UNLOCKING)
@click.argument("out", metavar="FILE", type=PLACE)
@pass_call
def export_checkpoint(call: Call, out: str) -> None:
    """Write the newest checkpoint to FILE and FILE.sig.

    Example: signet audit export-checkpoint /media/stick/anchor
    """
    from signet.cli.checks import new_file
    from signet.services import anchors

    for path in (out, out + anchors.SUFFIX):
        new_file(path)
    with call.unlocked() as session:
        made = anchors.export_checkpoint(session, out)
    paths = {"path": made.path, "signature_path": made.signature_path}
    call.output.result({**_fields(made.checkpoint), **paths, "signer": made.signer})
    call.output.text(made.signer)
    call.output.say(f"The checkpoint is in {made.path}, its signature in {made.signature_path}.")
    call.output.say("The line above is the card's key. In a file SIGNERS it lets anybody check them without Signet:")
    check = f"ssh-keygen -Y verify -f SIGNERS -I {anchors.SIGNER} -n audit@signet"
    call.output.say(f"  {check} -s {made.signature_path} < {made.path}")


def _fields(made: Checkpoint) -> Fields:
    return {
        "sequence": made.sequence,
        "epoch": made.epoch,
        "hash": made.hash.hex(),
        "time": made.time,
        "method": made.method,
    }
