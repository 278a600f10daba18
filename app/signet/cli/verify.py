"""`signet verify`: what became of a file's signatures."""

from __future__ import annotations

import os
import shlex
from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from signet.cli.call import Call
from signet.cli.options import PLACE, UNLOCKING, SignetCommand, pass_call
from signet.cli.output import printable
from signet.cli.raw import raw_form, raw_options
from signet.cli.running import running
from signet.errors import DidNotVerify, SignatureInvalid, UsageError

if TYPE_CHECKING:
    from signet.services.verdicts import Verification

VALID = "valid"
CLAIMED = "invalid"
"""The verdict at which the signer is only what the signature claims."""
UNTRUSTED = "valid-untrusted"
NEXT_STEPS = {
    "invalid": SignatureInvalid.next_step,
    UNTRUSTED: (
        "If you know the signer: get the public key in a way that you trust, and verify again with --trust FILE "
        "(a public key, a certificate, or an allowed_signers file)."
    ),
    "unsigned": "If its signature has another name or place: signet verify FILE SIGNATURE.",
    "unknown": "Do not rely on it until it could be checked.",
}
"""What to do at each verdict but the good one."""


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
@click.option("--format", "form", type=click.Choice(["auto", "raw"]), default="auto", show_default=True)
@click.option("--key", "key_name", metavar="KEY", help="The key of the vault that a raw signature is to be of.")
@raw_options
@pass_call
def verify(
    call: Call,
    path: str,
    signature: str | None,
    trust: tuple[str, ...],
    form: str,
    key_name: str | None,
    algorithm: str | None,
    digest: bool,
    as_text: bool,
) -> int:
    """Check the signature of a file.

    SIGNATURE is PATH.sig unless given; PATH may also be the signature, if the file is beside it.

    Trusted are the vault's own keys and those of people that were compared (`signet person trust`), or those in
    --trust: then the vault stays locked unless a secret is given too.

    A raw signature does not say whose it is: name the key, with --key or --trust.

    Examples: signet verify contract.pdf --trust alice.pub; signet verify contract.pdf --format raw --key contracts
    """
    from signet.cli.checks import readable_file
    from signet.services.raw_verifying import verify_raw
    from signet.services.verifying import SUFFIX, signed_file, verify_file

    raw = raw_form(algorithm, digest=digest, as_text=as_text, wanted=form == "raw")
    if raw is None and key_name is not None:
        raise UsageError(reason="--key is for raw signatures, add --format raw; others say which key made them.")
    if raw is not None and (key_name is None) == (not trust):
        raise UsageError(reason="A raw signature does not say whose it is: give --key KEY or --trust FILE, not both.")
    for each in (path, *((signature,) if signature else ()), *trust):
        readable_file(each)
    if signature is None and raw is None:
        path, signature = signed_file(path)
    opens = not trust or call.recovery or call.unlock_method is not None or call.secrets.given("pin-file")
    # Where there is no signature there is nothing to unlock for.
    opens = opens and (signature is not None or os.path.lexists(path + SUFFIX))
    if raw is not None:
        readable_file(signature or path + SUFFIX)
    with call.unlocked() if opens else nullcontext() as session, running(call.output, "Verifying") as work:
        progress, cancelled = work.progress, work.cancelled
        if raw is None:
            found = verify_file(path, signature, trust=trust, session=session, progress=progress, cancelled=cancelled)
        else:
            found = verify_raw(
                path,
                signature,
                form=raw,
                key=key_name,
                trust=trust,
                session=session,
                progress=progress,
                cancelled=cancelled,
            )
    return _told(call, found)


def _told(call: Call, found: Verification) -> int:
    """Print what became of a file's signatures."""
    signatures = [
        {
            "verdict": view.verdict.value,
            "signer": view.signer,
            "key_id": view.key_id,
            "alias": view.alias,
            "person": view.person,
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
        people = [view.person for view in found.signatures if view.person]
        trust = f"signet person trust {shlex.quote(people[0])}" if people else ""
        known = f"Compare the fingerprint with them, then: {trust}" if people else ""
        untrusted = found.verdict.value == UNTRUSTED
        call.output.note(known if known and untrusted else NEXT_STEPS[found.verdict.value])
    return 0 if found.verdict.value == VALID else DidNotVerify.exit_status
