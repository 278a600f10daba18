"""`signet sign`: signatures in PDFs and beside files, by keys of the vault or of a card without one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from signet.cli.batches import signed_batch
from signet.cli.call import Call
from signet.cli.extend import evidence_options
from signet.cli.options import PLACE, UNLOCKING, SignetCommand, pass_call
from signet.cli.raw import raw_form, raw_options
from signet.cli.running import running
from signet.cli.sign_pdf import pdf_options, pdf_wish
from signet.documents.wishes import Form, Level, Wish
from signet.errors import UsageError

if TYPE_CHECKING:
    from signet.services.files_items import Item

_Command = TypeVar("_Command", bound=Callable[..., Any])


def certificate_options(command: _Command) -> _Command:
    """Give a command the options of signatures with a certificate."""
    for option in (
        click.option("--pss", is_flag=True, help="With an RSA key: RSA-PSS, which not all programs read."),
        click.option(
            "--timestamp",
            metavar="URL",
            default="",
            help="A time-stamp service (RFC 3161); the level is b-t then, unless --level says more.",
        ),
        click.option(
            "--level",
            type=click.Choice([level.value for level in Level]),
            help="How long it can be proven. Default: b-b, which needs no service. b-lt and b-lta: PDFs only.",
        ),
        click.option(
            "--certificate",
            metavar="FINGERPRINT",
            default="",
            help="Sign with this certificate of the key; else with the usual one.",
        ),
    ):
        command = option(command)
    return command


@click.command("sign", cls=SignetCommand, secrets=(*UNLOCKING, "token-pin-file", "file-passphrase-file"))
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=PLACE)
@click.option("--key", "key_name", metavar="KEY", help="The key to sign with.")
@click.option("--token", metavar="NAME", help="Sign with this card, without a vault; --pin-file is its PIN then.")
@click.option("--token-key", metavar="ID", default="", help="The card's key: its CKA_ID, or how its SHA-256 begins.")
@click.option(
    "--format",
    "form",
    type=click.Choice([form.value for form in Form]),
    default=Form.AUTO.value,
    show_default=True,
    help="pdf: in the PDF; cms: PATH.p7s; ssh: an SSH signature, PATH.sig; raw: the number alone; auto: pdf or cms "
    "if the key has a certificate for signatures, else ssh, or raw for a key that SSH does not know.",
)
@certificate_options
@evidence_options
@pdf_options
@raw_options
@click.option("--output", metavar="OUT", type=PLACE, help="The file for the result; with one PATH only.")
@click.option("--overwrite", is_flag=True, help="Replace a result that is there already.")
@pass_call
def sign(
    call: Call,
    paths: tuple[str, ...],
    key_name: str | None,
    token: str | None,
    token_key: str,
    form: str,
    certificate: str,
    level: str | None,
    timestamp: str,
    pss: bool,
    crls: tuple[str, ...],
    issuers: tuple[str, ...],
    offline: bool,
    reason: str | None,
    place: str | None,
    field: str | None,
    certify: str | None,
    stamp: tuple[int, float, float, float, float] | None,
    most_readers: bool,
    algorithm: str | None,
    digest: bool,
    as_text: bool,
    output: str | None,
    overwrite: bool,
) -> int:
    """Sign files: PDFs inside, others by a file beside.

    A PDF is signed in a copy of itself, NAME-signed.pdf, other files by a signature beside them. With --token no
    vault is opened: the card's own certificate goes along, and no log records it. Raw signatures are for other
    programs and say nothing of the key: tell whoever verifies which one it was.

    Examples: signet sign contract.pdf --key contracts; signet sign lease.pdf --key contracts --reason tenant
    --stamp 3,72,72,200,64; signet sign contract.pdf --token "My card"; signet sign contract.pdf --key contracts
    --format raw --algorithm RSASSA_PSS_SHA_256
    """
    if (key_name is None) == (token is None):
        raise UsageError(reason="Say what signs: --key KEY of the vault, or --token NAME for a card without one.")
    if token_key and token is None:
        raise UsageError(reason="--token-key chooses a key of the card that --token names.")
    if output is not None and len(paths) > 1:
        raise UsageError(reason="--output names one result, and there are several files.")
    raw = raw_form(algorithm, digest=digest, as_text=as_text, wanted=form == Form.RAW)
    if raw is not None and token is not None:
        raise UsageError(reason="Raw signatures are made with keys of a vault: open it, and name the key with --key.")
    chosen = _level(level, timestamp)
    _evidence(chosen, (*crls, *issuers))
    wish = Wish(
        form=Form(form),
        level=chosen,
        certificate=certificate,
        timestamp=timestamp,
        pss=pss,
        pdf=pdf_wish(
            reason=reason, place=place, field=field, certify=certify, stamp=stamp, most_readers=most_readers
        ),
        crls=crls,
        issuers=issuers,
        online=not offline,
    )
    failed = _hopeless(paths, Form(form), output=output, overwrite=overwrite)
    if failed is not None:
        return signed_batch(call.output, failed)
    items: Sequence[Item]
    if token is not None:
        items = _with_card(call, paths, token, token_key, wish, output=output, overwrite=overwrite)
        return signed_batch(call.output, tuple(items))
    from signet.services.signing import sign_files

    with call.unlocked(one_job=True) as session, running(call.output, "Signing") as work:
        items = sign_files(
            session,
            paths,
            key=key_name or "",
            wish=wish,
            raw=raw,
            output=output,
            overwrite=overwrite,
            progress=work.progress,
            cancelled=work.cancelled,
        )
    return signed_batch(call.output, items)


def _with_card(
    call: Call, paths: Sequence[str], token: str, key: str, wish: Wish, *, output: str | None, overwrite: bool
) -> tuple[Item, ...]:
    from signet.services.card_signing import NOTHING_RECORDED, sign_with_card

    workplace = call.workplace()
    with running(call.output, "Signing") as work:
        items = sign_with_card(
            workplace,
            paths,
            token=workplace.hub.find(token),
            key=key,
            wish=wish,
            output=output,
            overwrite=overwrite,
            progress=work.progress,
            cancelled=work.cancelled,
        )
    call.output.note(NOTHING_RECORDED)
    return items


def _level(level: str | None, timestamp: str) -> Level:
    """A time stamp that was asked for is not left out: naming a service is asking for one."""
    if level is None:
        return Level.T if timestamp else Level.B
    if level == Level.B and timestamp:
        raise UsageError(reason="The level b-b has no time stamp; leave --timestamp or --level out.")
    return Level(level)


def _evidence(level: Level, given: Sequence[str]) -> None:
    """What is given to be put in has to be there, and has its place at the levels with revocation inside alone."""
    from signet.cli.checks import readable_file

    if given and level not in (Level.LT, Level.LTA):
        raise UsageError(reason="--crl and --issuer go into the document at the levels b-lt and b-lta; say --level.")
    for each in given:
        readable_file(each)


def _hopeless(paths: Sequence[str], form: Form, *, output: str | None, overwrite: bool) -> tuple[Item, ...] | None:
    """What became of each file if none can be signed, as far as is known before anybody is asked for a secret."""
    from signet.cli.checks import hopeless, new_file, readable_file, result_of
    from signet.services.signing_makers import CMS_SUFFIX, SSH_SUFFIX

    suffixes = {Form.CMS: CMS_SUFFIX, Form.SSH: SSH_SUFFIX, Form.RAW: SSH_SUFFIX}

    def named(name: str, _folder: bool) -> str:
        return name + suffixes[form] if form in suffixes else ""

    def check(path: str) -> None:
        readable_file(path)
        if output is None:
            result_of(path, named, output=None, overwrite=overwrite)
        elif not overwrite:
            new_file(output)

    return hopeless(paths, check)
