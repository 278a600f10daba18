"""`signet sign` and `signet verify`: documents."""

from __future__ import annotations

import os
from contextlib import nullcontext

import click

from signet.cli.batches import batch
from signet.cli.call import Call
from signet.cli.options import PLACE, UNLOCKING, SignetCommand, pass_call
from signet.cli.output import printable
from signet.cli.running import running
from signet.errors import DidNotVerify, SignatureInvalid, UsageError

VALID = "valid"
CLAIMED = "invalid"
"""The verdict at which the signer is only what the signature claims."""
NEXT_STEPS = {
    "invalid": SignatureInvalid.next_step,
    "valid-untrusted": (
        "If you know the signer: get the public key in a way that you trust, and verify again with --trust FILE "
        "(a public key, a certificate, or an allowed_signers file)."
    ),
    "unsigned": "If its signature has another name or place: signet verify FILE SIGNATURE.",
    "unknown": "Do not rely on it until it could be checked.",
}
"""What to do at each verdict but the good one."""


@click.command("sign", cls=SignetCommand, secrets=(*UNLOCKING, "token-pin-file"))
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=PLACE)
@click.option("--key", "key_name", required=True, metavar="KEY", help="The key to sign with.")
@click.option(
    "--format",
    "_form",
    type=click.Choice(["auto", "ssh"]),
    default="auto",
    show_default=True,
    help="ssh: a detached SSH signature, PATH.sig; auto: what fits, in this release always ssh.",
)
@click.option("--output", metavar="OUT", type=PLACE, help="The file for the signature; with one PATH only.")
@click.option("--overwrite", is_flag=True, help="Replace a signature that is there already.")
@pass_call
def sign(call: Call, paths: tuple[str, ...], key_name: str, _form: str, output: str | None, overwrite: bool) -> int:
    """Sign files; each signature is a file, PATH.sig.

    Example: signet sign contract.pdf --key contracts
    """
    from signet.cli.checks import hopeless, new_file, readable_file, result_of
    from signet.services.signing import sign_files
    from signet.services.verifying import SUFFIX

    def check(path: str) -> None:
        readable_file(path)
        if output is None:
            result_of(path, lambda name: name + SUFFIX, output=None, overwrite=overwrite)
        elif not overwrite:
            new_file(output)

    if output is not None and len(paths) > 1:
        raise UsageError(reason="--output names one signature, and there are several files.")
    failed = hopeless(paths, check)
    if failed is not None:
        return batch(call.output, failed)
    with call.unlocked(one_job=True) as session, running(call.output, "Signing") as work:
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
@click.argument("path", type=PLACE)
@click.argument("signature", required=False, type=PLACE)
@click.option(
    "--trust",
    multiple=True,
    metavar="CERT",
    type=PLACE,
    help="A file with public keys or certificates of signers that you trust; repeatable.",
)
@pass_call
def verify(call: Call, path: str, signature: str | None, trust: tuple[str, ...]) -> int:
    """Check the signature of a file.

    SIGNATURE is PATH.sig unless given; PATH may also be the signature, if the file is beside it.

    Trusted are the vault's own keys, or those in --trust: then the vault stays locked unless a secret is given too.

    Example: signet verify contract.pdf --trust alice.pub
    """
    from signet.cli.checks import readable_file
    from signet.services.verifying import SUFFIX, signed_file, verify_file

    for each in (path, *((signature,) if signature else ()), *trust):
        readable_file(each)
    if signature is None:
        path, signature = signed_file(path)
    opens = not trust or call.recovery or call.unlock_method is not None or call.secrets.given("pin-file")
    # Where there is no signature there is nothing to unlock for.
    opens = opens and (signature is not None or os.path.lexists(path + SUFFIX))
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
            role = "Claims to be signed by" if view.verdict.value == CLAIMED else "Signer"
            call.output.text(printable(f"{role}: {view.signer} ({view.fingerprint}, {view.algorithm})"))
    if not call.json and found.verdict.value in NEXT_STEPS:
        call.output.note(NEXT_STEPS[found.verdict.value])
    return 0 if found.verdict.value == VALID else DidNotVerify.exit_status
