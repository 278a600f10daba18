"""`signet key export`: a key in a file of its own."""

from __future__ import annotations

import click

from signet.cli.call import Call
from signet.cli.options import PLACE, UNLOCKING, SignetCommand, pass_call
from signet.errors import UsageError

FORMS = ("pkcs8", "openssh", "jwk", "raw")
REASON = "Why? It goes into the log (Enter for no reason): "


@click.command("export", cls=SignetCommand, secrets=(*UNLOCKING, "new-pin-file", "token-pin-file"))
@click.argument("name", metavar="KEY")
@click.argument("out", type=PLACE)
@click.option("--version", "version_number", type=click.IntRange(min=1), metavar="N", help="Default: the newest.")
@click.option("--plain", is_flag=True, help="Write it unencrypted: whoever has the file has the key.")
@click.option("--format", "form", type=click.Choice(FORMS), help="Default: jwk for symmetric keys, else pkcs8.")
@click.option("--reason", metavar="TEXT", help="Why; it goes into the log.")
@pass_call
def export(
    call: Call, name: str, out: str, version_number: int | None, plain: bool, form: str | None, reason: str | None
) -> None:
    """Write the secret part of KEY to the new file OUT.

    Encrypted unless --plain, under a passphrase from --new-pin-file or the keyboard.

    Examples: signet key export contracts contracts.pem; signet key export ssh id_ed25519 --format openssh
    """
    from signet.cli.checks import new_file
    from signet.crypto.keyfiles import KeyFileForm
    from signet.services.exporting import export_key

    if plain and call.secrets.given("new-pin-file"):
        raise UsageError(reason="--plain writes the key unencrypted; --new-pin-file has no meaning with it.")
    new_file(out)
    if plain:
        _warn_of_plain(call, out)
    why = asked_reason(call, reason)
    chosen = None if form is None else KeyFileForm(form)
    with call.unlocked(one_job=True) as session:
        path = export_key(session, name, out, version=version_number, plain=plain, form=chosen, reason=why)
    call.output.result({"path": path})
    call.output.text(path)


def asked_reason(call: Call, reason: str | None) -> str:
    """The reason that was given, else the one that somebody at a terminal types; empty without one."""
    from signet.services.exporting import reason_detail

    if reason is None:
        reason = call.prompt.line(REASON)
    reason_detail(reason)
    return reason


def _warn_of_plain(call: Call, out: str) -> None:
    """Somebody at a terminal is asked; a script said what it wants, and is told."""
    warning = (
        f"{out} will hold the key unprotected: whoever reads the file has the key, without a card and unrecorded."
    )
    if call.prompt.is_terminal:
        call.prompt.confirm(f"{warning} Write it?")
    else:
        call.output.note(warning)
