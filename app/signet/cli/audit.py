"""`signet audit`: what happened in the vault, and whether the record of it is whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from signet.cli.call import Call
from signet.cli.options import PLACE, UNLOCKING, SignetGroup, limit_option, pass_call
from signet.cli.output import printable
from signet.cli.running import running
from signet.cli.views import ENTRY_COLUMNS, entry_fields
from signet.errors import UsageError

if TYPE_CHECKING:
    from signet.audit.chain import Problem
    from signet.services.anchors import Anchor

audit = SignetGroup(
    "audit",
    help="See what happened, and check that the record is whole.",
    lazy={
        "checkpoint": "signet.cli.checkpoints:checkpoint",
        "checkpoints": "signet.cli.checkpoints:checkpoints",
        "export-checkpoint": "signet.cli.checkpoints:export_checkpoint",
    },
)
DAMAGED = 1
OUTCOMES = ("allowed", "refused", "done", "failed", "cancelled")


@audit.command("list", secrets=UNLOCKING)
@limit_option
@click.option("--key", metavar="K", help="Only this key.")
@click.option("--operation", metavar="NAME", help="Only this operation, as the log names it: Encrypt, CreateKey ...")
@click.option("--outcome", type=click.Choice(OUTCOMES), help="Only what ended so.")
@click.option("--from", "since", metavar="DATE", help="Only from this day on: 2026-11-22 (UTC), or a time, RFC 3339.")
@click.option("--until", metavar="DATE", help="Only up to this day, itself included, or up to a time.")
@click.option("--search", metavar="WORDS", help="Only where every word stands in operation, key or details.")
@pass_call
def list_entries(
    call: Call,
    limit: int | None,
    key: str | None,
    operation: str | None,
    outcome: str | None,
    since: str | None,
    until: str | None,
    search: str | None,
) -> None:
    """List what happened, newest first.

    Example: signet audit list --key my-files --from 2026-11-01
    """
    from signet.services import log_search

    span = log_search.span(since, until)
    with call.unlocked() as session:
        wanted = log_search.wanted(
            session, key=key, operation=operation, outcome=outcome, span=span, words=search or ""
        )
        entries = log_search.found(session, wanted, search or "", limit)
    filtered = any((key, operation, outcome, since, until, search))
    empty = "Nothing in the log fits." if filtered else "The log is empty."
    call.output.listing([entry_fields(entry) for entry in entries], ENTRY_COLUMNS, empty=empty)


@audit.command("verify", secrets=UNLOCKING)
@click.option(
    "--checkpoint",
    metavar="FILE",
    type=PLACE,
    help="Hold the log against an exported checkpoint too; FILE.sig lies beside it.",
)
@click.option(
    "--file", "exported", metavar="LOG", type=PLACE, help="Check an exported log (JSON); no vault is opened."
)
@pass_call
def verify(call: Call, checkpoint: str | None, exported: str | None) -> int:
    """Check that the log is whole and nothing was changed.

    Example: signet audit verify --checkpoint /media/stick/anchor
    """
    from signet.services import audit as service
    from signet.services.anchors import read_anchor

    anchor = read_anchor(checkpoint) if checkpoint is not None else None
    if exported is not None:
        if call.recovery or call.unlock_method is not None:
            raise UsageError(reason="--file opens no vault.")
        return _verify_export(call, exported, anchor)
    with call.unlocked() as session, running(call.output, "Checking the log", entries=True) as run:
        found = service.check_log(session, anchor=anchor, progress=run.progress, cancelled=run.cancelled)
        vault_id = session.vault_id
    _tell(call, found.problems, vault_id, found.entries, checkpoints=found.checkpoints, newest=found.newest)
    if found.problems:
        return DAMAGED
    call.output.say(f"The log is whole ({found.entries} entries), and the vault's records agree with it.")
    if found.newest is not None:
        call.output.say(f"Signed by a card last at {found.newest} ({found.checkpoints} checkpoints in all).")
    return 0


def _verify_export(call: Call, path: str, anchor: Anchor | None) -> int:
    from signet.formats import sshkey
    from signet.services.exported import check_export
    from signet.services.verifying import fingerprint

    with running(call.output, "Checking the exported log") as run:
        found = check_export(path, anchor=anchor, progress=run.progress, cancelled=run.cancelled)
    signer = None if anchor is None else fingerprint(sshkey.serialise(sshkey.from_spki(anchor.public_key)))
    _tell(call, found.problems, found.vault_id, found.entries, signer=signer)
    if found.problems:
        return DAMAGED
    call.output.say(f"{found.entries} entries of vault {found.vault_id} follow one another unchanged.")
    if signer is not None:
        call.output.say(f"The checkpoint fits; it was signed by the key {signer}. Compare that with your card's.")
    else:
        call.output.say("Whether somebody wrote all of it anew, only a checkpoint (--checkpoint) or the vault shows.")
    return 0


def _tell(
    call: Call,
    problems: Sequence[Problem],
    vault_id: str,
    entries: int,
    *,
    checkpoints: int | None = None,
    newest: str | None = None,
    signer: str | None = None,
) -> None:
    call.output.result(
        {
            "ok": not problems,
            "problems": [{"place": problem.place, "what": problem.what} for problem in problems],
            "vault_id": vault_id,
            "entries": entries,
            "checkpoints": checkpoints,
            "newest_checkpoint": newest,
            "signer": signer,
        }
    )
    for problem in problems:
        call.output.text(printable(f"{problem.place}: {problem.what}"))


@audit.command("export", secrets=UNLOCKING)
@click.argument("out", type=PLACE)
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "csv"]),
    default="json",
    show_default=True,
    help="json: one CloudTrail record a line.",
)
@pass_call
def export(call: Call, out: str, form: str) -> None:
    """Write the whole log to the new file OUT.

    Example: signet audit export log.csv --format csv
    """
    from signet.cli.checks import new_file
    from signet.services import audit as service

    new_file(out)
    with call.unlocked() as session, running(call.output, "Exporting the log", entries=True) as run:
        path = service.export_log(
            session, out, "csv" if form == "csv" else "json", progress=run.progress, cancelled=run.cancelled
        )
    call.output.result({"path": path, "format": form})
    call.output.say(f"The log is in {path}.")
