"""`signet verify`: what became of a file's signatures."""

from __future__ import annotations

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
    from signet.services.verdicts import SignatureView, Verification

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
}
"""What to do at a verdict, where this command says more than the verdict's own next step."""


@click.command("verify", cls=SignetCommand, secrets=(*UNLOCKING, "file-passphrase-file"))
@click.argument("path", type=PLACE)
@click.argument("signature", required=False, type=PLACE)
@click.option(
    "--trust",
    multiple=True,
    metavar="CERT",
    type=PLACE,
    help="A file with public keys or certificates of signers or issuers that you trust; repeatable.",
)
@click.option(
    "--crl",
    "lists",
    multiple=True,
    metavar="FILE",
    type=PLACE,
    help="A certificate revocation list (DER or PEM), to see who was revoked; repeatable.",
)
@click.option("--report", metavar="OUT", type=PLACE, help="Write everything that was found to a JSON file too.")
@click.option("--format", "form", type=click.Choice(["auto", "raw"]), default="auto", show_default=True)
@click.option("--key", "key_name", metavar="KEY", help="The key of the vault that a raw signature is to be of.")
@raw_options
@pass_call
def verify(
    call: Call,
    path: str,
    signature: str | None,
    trust: tuple[str, ...],
    lists: tuple[str, ...],
    report: str | None,
    form: str,
    key_name: str | None,
    algorithm: str | None,
    digest: bool,
    as_text: bool,
) -> int:
    """Check the signatures of a file.

    They are inside PATH (PDF, CMS), or beside it: PATH.sig, PATH.p7s, PATH.minisig, or SIGNATURE. PATH may also be
    the signature, if the file is beside it. Of several signatures the worst verdict counts.

    Trusted are the vault's own keys, those of people that were compared (`signet person trust`) and trusted issuers,
    or those in --trust: then the vault stays locked unless a secret is given too. Nothing is asked on a network.

    A raw signature does not say whose it is: name the key, with --key or --trust.

    Examples: signet verify contract.pdf --trust issuer.pem --crl issuer.crl --report contract.json;
    signet verify contract.pdf --format raw --key contracts
    """
    from signet.cli.checks import new_file, readable_file
    from signet.services.raw_verifying import verify_raw
    from signet.services.verification_report import write_report
    from signet.services.verifying import SUFFIX, crls_in, signatures_there, signed_file, verify_file

    raw = raw_form(algorithm, digest=digest, as_text=as_text, wanted=form == "raw")
    if raw is None and key_name is not None:
        raise UsageError(reason="--key is for raw signatures, add --format raw; others say which key made them.")
    if raw is not None and (key_name is None) == (not trust):
        raise UsageError(reason="A raw signature does not say whose it is: give --key KEY or --trust FILE, not both.")
    for each in (path, *((signature,) if signature else ()), *trust, *lists):
        readable_file(each)
    if report is not None:
        new_file(report)
    if signature is None and raw is None:
        path, signature = signed_file(path)
    opens = not trust or call.recovery or call.unlock_method is not None or call.secrets.given("pin-file")
    # Where there is no signature there is nothing to unlock for.
    opens = opens and (signature is not None or signatures_there(path))
    if raw is not None:
        readable_file(signature or path + SUFFIX)
    with call.unlocked() if opens else nullcontext() as session, running(call.output, "Verifying") as work:
        progress, cancelled = work.progress, work.cancelled
        if raw is None:
            found = verify_file(
                path,
                signature,
                trust=trust,
                crls=tuple(crl for each in lists for crl in crls_in(each)),
                session=session,
                prompt=call.prompt,
                progress=progress,
                cancelled=cancelled,
            )
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
    if report is not None:
        write_report(found, report)
    return _told(call, found)


def _told(call: Call, found: Verification) -> int:
    """Print what became of a file's signatures."""
    from signet.services.judging_words import next_step
    from signet.services.verification_report import as_json

    call.output.result(as_json(found))
    call.output.text(printable(f"{found.verdict.value}: {found.sentence}"))
    for note in found.notes:
        call.output.text(printable(note))
    for view in found.signatures:
        _tell(call, view, alone=len(found.signatures) == 1)
    step = NEXT_STEPS.get(found.verdict.value) or next_step(found)
    if not call.json and step:
        people = [view.person for view in found.signatures if view.person]
        trust = f"signet person trust {shlex.quote(people[0])}" if people else ""
        known = f"Compare the fingerprint with them, then: {trust}" if people else ""
        call.output.note(known if known and found.verdict.value == UNTRUSTED else step)
    return 0 if found.verdict.value == VALID else DidNotVerify.exit_status


def _tell(call: Call, view: SignatureView, *, alone: bool) -> None:
    """Print one signature: whose it is, then what else is known."""
    from signet.services.judging_words import particulars

    if not alone:
        call.output.text(printable(f"{view.verdict.value}: {view.sentence}"))
    if view.signer:
        role = "Claims to be signed by" if view.verdict.value == CLAIMED else "Signer"
        if view.facts is not None and view.facts.kind == "time-stamp":
            role = "Time stamp by"
        detail = f" ({view.fingerprint}, {view.algorithm})" if view.facts is None else ""
        call.output.text(printable(f"{role}: {view.signer}{detail}"))
    for label, said in particulars(view):
        call.output.text(printable(f"  {label}: {said}"))
