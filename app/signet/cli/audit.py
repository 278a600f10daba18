"""`signet audit`: what happened in the vault, and whether the record of it is whole."""

from __future__ import annotations

import click

from signet.cli.call import Call
from signet.cli.options import PLACE, UNLOCKING, SignetGroup, limit_option, pass_call
from signet.cli.output import printable
from signet.cli.views import ENTRY_COLUMNS, entry_fields

audit = SignetGroup("audit", help="See what happened, and check that the record is whole.")
DAMAGED = 1


@audit.command("list", secrets=UNLOCKING)
@limit_option
@pass_call
def list_entries(call: Call, limit: int | None) -> None:
    """List what happened, newest first.

    Example: signet audit list --limit 20
    """
    from signet.services import audit as service

    with call.unlocked() as session:
        entries = service.list_entries(session, limit)
    call.output.listing([entry_fields(entry) for entry in entries], ENTRY_COLUMNS, empty="The log is empty.")


@audit.command("verify", secrets=UNLOCKING)
@pass_call
def verify(call: Call) -> int:
    """Check that the log is whole and nothing was changed.

    Example: signet audit verify
    """
    from signet.services import audit as service

    with call.unlocked() as session:
        problems = service.verify_log(session)
    call.output.result(
        {"ok": not problems, "problems": [{"place": problem.place, "what": problem.what} for problem in problems]}
    )
    for problem in problems:
        call.output.text(printable(f"{problem.place}: {problem.what}"))
    if problems:
        return DAMAGED
    call.output.say("The log is whole, and the vault's records agree with it.")
    return 0


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
    with call.unlocked() as session:
        path = service.export_log(session, out, "csv" if form == "csv" else "json")
    call.output.result({"path": path, "format": form})
    call.output.say(f"The log is in {path}.")
