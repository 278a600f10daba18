"""`signet extend` and `signet documents`: signed documents made to last, and which of them the vault knows."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, TypeVar

import click

from signet.cli.batches import batch
from signet.cli.call import Call
from signet.cli.options import PLACE, UNLOCKING, SignetCommand, SignetGroup, limit_option, pass_call
from signet.cli.running import running
from signet.documents.wishes import Level
from signet.errors import UsageError

DOCUMENT_COLUMNS = (
    ("Signed", "signed"),
    ("File", "path"),
    ("Level", "level"),
    ("Provable until", "provable_until"),
    ("Note", "note"),
)
NOTHING_RECORDED = "No vault was open, so nothing is recorded and nobody reminds you."
_Command = TypeVar("_Command", bound=Callable[..., Any])


def evidence_options(command: _Command) -> _Command:
    """Give a command the options for what proves that no certificate was revoked: at hand, or asked for."""
    for option in (
        click.option("--offline", is_flag=True, help="Ask the time-stamp service alone, and no issuer."),
        click.option(
            "--issuer",
            "issuers",
            multiple=True,
            metavar="CERT",
            type=PLACE,
            help="The certificate of an issuer that is not in the document; it is put in, not trusted; repeatable.",
        ),
        click.option(
            "--crl",
            "crls",
            multiple=True,
            metavar="FILE",
            type=PLACE,
            help="A list of revoked certificates (DER or PEM) that need not be asked for; repeatable.",
        ),
    ):
        command = option(command)
    return command


@click.command("extend", cls=SignetCommand, secrets=(*UNLOCKING, "file-passphrase-file"))
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=PLACE)
@click.option(
    "--level",
    type=click.Choice([Level.T.value, Level.LT.value, Level.LTA.value]),
    required=True,
    help="b-t: a time stamp; b-lt: with certificates and revocation inside; b-lta: with a time stamp over those.",
)
@click.option("--timestamp", metavar="URL", default="", help="A time-stamp service (RFC 3161); else the usual one.")
@evidence_options
@click.option("--without-vault", is_flag=True, help="Open no vault: nothing is recorded.")
@click.option("--output", metavar="OUT", type=PLACE, help="The file for the result; with one PATH only.")
@click.option("--overwrite", is_flag=True, help="Put the result in the place of PATH, or of OUT if that is given.")
@pass_call
def extend(
    call: Call,
    paths: tuple[str, ...],
    level: str,
    timestamp: str,
    crls: tuple[str, ...],
    issuers: tuple[str, ...],
    offline: bool,
    without_vault: bool,
    output: str | None,
    overwrite: bool,
) -> int:
    """Make the signatures of documents provable for longer.

    The result is a copy, NAME-extended.pdf, unless --overwrite. Signatures beside files (.p7s) get b-t only. b-lta is
    renewed with every call; do it before the time stamp's certificate ends.

    Examples: signet extend lease.pdf --level b-lta --timestamp https://tsa.example.org; signet extend lease.pdf
    --level b-lt --crl issuer.crl --offline
    """
    from signet.cli.checks import readable_file
    from signet.services.extending import ExtendWish, extend_documents
    from signet.services.timestamps import wanted_service

    if output is not None and len(paths) > 1:
        raise UsageError(reason="--output names one result, and there are several files.")
    for each in (*crls, *issuers):
        readable_file(each)
    workplace = call.workplace()
    wanted_service(workplace, timestamp)
    wish = ExtendWish(Level(level), timestamp=timestamp, crls=crls, issuers=issuers, online=not offline)
    opening = nullcontext() if without_vault else call.unlocked()
    with opening as session, running(call.output, "Extending") as work:
        items = extend_documents(
            workplace,
            paths,
            wish,
            session=session,
            output=output,
            overwrite=overwrite,
            progress=work.progress,
            cancelled=work.cancelled,
        )
    if without_vault:
        call.output.note(NOTHING_RECORDED)
    return batch(call.output, items, said=True)


documents = SignetGroup("documents", help="The documents that were signed or extended with this vault.")


@documents.command("list", secrets=UNLOCKING)
@click.option("--ending", is_flag=True, help="Only those whose proof ends within half a year, or has ended.")
@limit_option
@pass_call
def list_documents(call: Call, ending: bool, limit: int | None) -> None:
    """List the signed documents that the vault knows of, and until when each can be proven.

    Examples: signet documents list; signet documents list --ending
    """
    from signet.services import signed_documents

    with call.unlocked() as session:
        known = signed_documents.known_documents(session)
        soon = {view.record.path for view in signed_documents.ending(session)}
    items = [
        {
            "path": view.record.path,
            "source": view.record.source,
            "form": view.record.form,
            "level": view.record.level,
            "signed": view.record.signed,
            "key_id": view.record.key_id or None,
            "alias": view.key or None,
            "signer": view.record.signer,
            "provable_until": view.record.provable_until or None,
            "extended_as": view.record.extended_as or None,
            "sha256": view.record.sha256.hex(),
            "missing": view.missing,
            "note": signed_documents.note_of(view),
        }
        for view in known
        if not ending or view.record.path in soon
    ]
    empty = "No proof ends soon." if ending and known else "No signed document is known yet."
    call.output.listing(items[:limit], DOCUMENT_COLUMNS, empty=empty)


@documents.command("forget", secrets=UNLOCKING)
@click.argument("path", metavar="PATH", type=PLACE)
@pass_call
def forget(call: Call, path: str) -> None:
    """Take a document out of the list; the file itself stays.

    Example: signet documents forget lease.pdf
    """
    from signet.errors import SourceNotFound
    from signet.services.signed_documents import forget_document

    with call.unlocked() as session:
        if not forget_document(session, path):
            raise SourceNotFound(path=path)
    call.output.result({"forgotten": path})
    call.output.say(f"{path} is not listed any more.")
