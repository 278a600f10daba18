"""`signet key request`, `send`, `receive`, `keep`: a key for another vault of one's own."""

from __future__ import annotations

import click

from signet.cli.call import Call
from signet.cli.key_export import asked_reason
from signet.cli.options import PLACE, UNLOCKING, SignetCommand, pass_call
from signet.cli.views import key_fields
from signet.keys.spec import Protection


@click.command("request", cls=SignetCommand, secrets=UNLOCKING)
@click.argument("out", type=PLACE)
@pass_call
def request(call: Call, out: str) -> None:
    """Ask another vault of yours for a key.

    OUT is the request. The vault that has the key takes it with `signet key send`. It is good for 24 hours and one
    key. Compare the fingerprint there with the one that is shown here.

    Example: signet key request for-the-laptop.json
    """
    from signet.cli.checks import new_file
    from signet.services.receiving import request_key

    new_file(out)
    with call.unlocked() as session:
        made = request_key(session, out)
    call.output.result({"path": made.path, "fingerprint": made.fingerprint, "expires": made.expires})
    call.output.say(f"{made.path} is good until {made.expires}. Its fingerprint: {made.fingerprint}")


@click.command("send", cls=SignetCommand, secrets=(*UNLOCKING, "token-pin-file"))
@click.argument("name", metavar="KEY")
@click.argument("request_path", metavar="REQUEST", type=PLACE)
@click.argument("out", type=PLACE)
@click.option("--reason", metavar="TEXT", help="Why; it goes into the log.")
@pass_call
def send(call: Call, name: str, request_path: str, out: str, reason: str | None) -> None:
    """Send KEY to the vault that made REQUEST.

    All its versions go into OUT, which only that vault opens. The key stays here too, and is rotated here.

    Example: signet key send papers for-the-laptop.json papers.json
    """
    from signet.cli.checks import new_file
    from signet.services.sending import read_request, send_key

    new_file(out)
    read_request(call.workplace(), request_path)
    why = asked_reason(call, reason)
    with call.unlocked(one_job=True) as session:
        sent = send_key(session, name, request_path, out, reason=why)
    call.output.result(
        {"path": sent.path, "fingerprint": sent.fingerprint, "id": sent.key.id, "alias": sent.key.alias}
    )
    call.output.say(f"“{sent.key.alias}” is in {sent.path}. Its fingerprint: {sent.fingerprint}")


@click.command("receive", cls=SignetCommand, secrets=UNLOCKING)
@click.argument("file", type=PLACE)
@click.option("--protection", type=click.Choice(["vault", "guarded"]), default="vault", show_default=True)
@click.option("--guard", "guards", multiple=True, metavar="ID", help="A guard of a guarded key; repeatable.")
@click.option("--never-export", is_flag=True, help="Here the key can never leave the vault; for ever.")
@pass_call
def receive(call: Call, file: str, protection: str, guards: tuple[str, ...], never_export: bool) -> None:
    """Take in a key that another vault of yours sent.

    It keeps its id and versions, so that files of one vault open in the other. If it came from there before, its new
    versions are added.

    Example: signet key receive papers.json
    """
    from signet.services.receiving import receive_key

    kept = Protection.GUARDED if guards else Protection(protection)
    with call.unlocked() as session:
        got = receive_key(session, file, protection=kept, guards=guards, never_export=never_export)
    call.output.result({**key_fields(got.key), "added": got.added})
    call.output.say(f"“{got.key.alias}” is here, at version {got.key.version}. You can delete {file} now.")


@click.command("keep", cls=SignetCommand, secrets=UNLOCKING)
@click.argument("name", metavar="KEY")
@pass_call
def keep(call: Call, name: str) -> None:
    """Let this vault rotate KEY, which came from another one.

    Example: signet key keep papers
    """
    from signet.services.receiving import keep_key

    with call.unlocked() as session:
        kept = keep_key(session, name)
    call.output.result(key_fields(kept))
    call.output.say(f"“{kept.alias}” is rotated in this vault from now on.")


COMMANDS = (request, send, receive, keep)
