"""`signet sign` and `signet verify`: documents."""

from __future__ import annotations

from contextlib import nullcontext

import click

from signet.cli.batches import batch
from signet.cli.call import Call
from signet.cli.options import UNLOCKING, SignetCommand, pass_call
from signet.cli.output import printable
from signet.cli.running import running
from signet.errors import DidNotVerify

VALID = "valid"


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
    """Sign files; each signature is a file, PATH.sig.

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


@click.command("verify", cls=SignetCommand, secrets=UNLOCKING)
@click.argument("path")
@click.argument("signature", required=False)
@click.option(
    "--trust",
    multiple=True,
    metavar="CERT",
    help="A file with public keys or certificates of signers that you trust; repeatable.",
)
@pass_call
def verify(call: Call, path: str, signature: str | None, trust: tuple[str, ...]) -> int:
    """Check the signature of a file.

    SIGNATURE is PATH.sig unless given.

    Trusted are the vault's own keys, or those in --trust: then the vault stays locked unless a secret is given too.

    Example: signet verify contract.pdf --trust alice.pub
    """
    from signet.services.verifying import verify_file

    opens = not trust or call.recovery or call.unlock_method is not None or call.secrets.given("pin-file")
    with call.unlocked() if opens else nullcontext() as session, running(call.output, "Verifying") as work:
        found = verify_file(
            path, signature, trust=trust, session=session, progress=work.progress, cancelled=work.cancelled
        )
    signatures = [
        {
            "verdict": view.verdict.value,
            "signer": view.signer,
            "key_id": view.key_id,
            "alias": view.alias,
            "fingerprint": view.fingerprint,
            "algorithm": view.algorithm,
            "message": view.sentence,
        }
        for view in found.signatures
    ]
    call.output.result(
        {
            "path": found.path,
            "signature": found.signature_path,
            "verdict": found.verdict.value,
            "message": found.sentence,
            "signatures": signatures,
        }
    )
    call.output.text(printable(f"{found.verdict.value}: {found.sentence}"))
    for view in found.signatures:
        if view.signer:
            call.output.text(printable(f"Signer: {view.signer} ({view.fingerprint}, {view.algorithm})"))
    return 0 if found.verdict.value == VALID else DidNotVerify.exit_status
