"""`signet sign` and `signet verify`: documents."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

import click

from signet.cli.batches import batch
from signet.cli.call import Call
from signet.cli.options import PLACE, UNLOCKING, SignetCommand, pass_call
from signet.cli.output import printable
from signet.cli.running import running
from signet.errors import DidNotVerify, SignatureInvalid, UsageError
from signet.keys.algorithms import SigningAlgorithm

if TYPE_CHECKING:
    from signet.services.raw_signing import RawForm
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
_Command = TypeVar("_Command", bound=Callable[..., Any])


def raw_options(command: _Command) -> _Command:
    """Give a command the options of raw signatures."""
    ways = [algorithm.value for algorithm in SigningAlgorithm]
    for option in (
        click.option("--as-text", "as_text", is_flag=True, help="Raw: the signature's file is base64 text."),
        click.option(
            "--digest", is_flag=True, help="Raw: PATH holds the digest, for ML-DSA its mu, as bytes; not the message."
        ),
        click.option(
            "--algorithm",
            type=click.Choice(ways),
            metavar="A",
            help="Raw: how it is signed; else as the key does.",
        ),
    ):
        command = option(command)
    return command


@click.command("sign", cls=SignetCommand, secrets=(*UNLOCKING, "token-pin-file"))
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=PLACE)
@click.option("--key", "key_name", required=True, metavar="KEY", help="The key to sign with.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["auto", "ssh", "raw"]),
    default="auto",
    show_default=True,
    help="ssh: a detached SSH signature; raw: the number alone; auto: ssh, or raw for a key that SSH does not know.",
)
@raw_options
@click.option("--output", metavar="OUT", type=PLACE, help="The file for the signature; with one PATH only.")
@click.option("--overwrite", is_flag=True, help="Replace a signature that is there already.")
@pass_call
def sign(
    call: Call,
    paths: tuple[str, ...],
    key_name: str,
    form: str,
    algorithm: str | None,
    digest: bool,
    as_text: bool,
    output: str | None,
    overwrite: bool,
) -> int:
    """Sign files; each signature is a file, PATH.sig.

    Raw signatures are for other programs and say nothing of the key: tell whoever verifies which one it was.

    Examples: signet sign contract.pdf --key contracts; signet sign contract.pdf --key contracts --format raw
    --algorithm RSASSA_PSS_SHA_256
    """
    from signet.cli.checks import hopeless, new_file, readable_file, result_of
    from signet.services.signing import sign_files
    from signet.services.verifying import SUFFIX

    def check(path: str) -> None:
        readable_file(path)
        if output is None:
            result_of(path, lambda name, _: name + SUFFIX, output=None, overwrite=overwrite)
        elif not overwrite:
            new_file(output)

    if output is not None and len(paths) > 1:
        raise UsageError(reason="--output names one signature, and there are several files.")
    raw = _raw_form(algorithm, digest=digest, as_text=as_text, wanted=form == "raw")
    failed = hopeless(paths, check)
    if failed is not None:
        return batch(call.output, failed)
    with call.unlocked(one_job=True) as session, running(call.output, "Signing") as work:
        items = sign_files(
            session,
            paths,
            key=key_name,
            raw=raw,
            as_ssh=form == "ssh",
            output=output,
            overwrite=overwrite,
            progress=work.progress,
            cancelled=work.cancelled,
        )
    return batch(call.output, items)


def _raw_form(algorithm: str | None, *, digest: bool, as_text: bool, wanted: bool) -> RawForm | None:
    """How a raw signature is made or checked; None if none is wanted, UsageError for its options then."""
    from signet.services.raw_signing import RawForm

    if not wanted and (algorithm or digest or as_text):
        raise UsageError(reason="--algorithm, --digest and --as-text are for raw signatures; add --format raw.")
    chosen = None if algorithm is None else SigningAlgorithm(algorithm)
    return RawForm(chosen, digest=digest, base64=as_text) if wanted else None


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

    raw = _raw_form(algorithm, digest=digest, as_text=as_text, wanted=form == "raw")
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
