"""`signet sign` and `signet verify`: documents."""

from __future__ import annotations

import click

from signet.cli.batches import batch
from signet.cli.call import Call
from signet.cli.options import UNLOCKING, SignetCommand, pass_call
from signet.cli.running import running

VALID = "valid"
NOT_VALID = 4


@click.command("sign", cls=SignetCommand, secrets=(*UNLOCKING, "token-pin-file"))
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--key", "key_name", required=True, metavar="KEY", help="The key to sign with.")
@click.option(
    "--format",
    "_form",
    type=click.Choice(["auto", "ssh"]),
    default="auto",
    show_default=True,
    help="ssh: a detached SSH signature, PATH.sig; auto: what fits, in this release always ssh.",
)
@click.option("--output", metavar="OUT", help="The file for the signature; with one PATH only.")
@click.option("--overwrite", is_flag=True, help="Replace a signature that is there already.")
@pass_call
def sign(call: Call, paths: tuple[str, ...], key_name: str, _form: str, output: str | None, overwrite: bool) -> int:
    """Sign files; each signature is a file of its own, PATH.sig.

    Example: signet sign contract.pdf --key contracts
    """
    from signet.services.signing import sign_files

    with call.unlocked() as session, running(call.output, "Signing") as work:
        items = sign_files(
            session,
            paths,
            key=key_name,
            output=output,
            overwrite=overwrite,
            progress=work.progress,
            cancelled=work.cancelled,
        )
    return batch(call.output, items)
