"""`signet encrypt`, `decrypt`, `re-encrypt`, `inspect` and `files`: files under the vault's keys."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from signet.cli.batches import batch
from signet.cli.call import Call
from signet.cli.options import PLACE, UNLOCKING, SignetCommand, SignetGroup, limit_option, pairs, pass_call
from signet.cli.running import running
from signet.errors import FormatUnrecognised, UsageError

if TYPE_CHECKING:
    from signet.services.files_items import Item
    from signet.services.session import Session

CATALOGUE_COLUMNS = (("Made", "created"), ("File", "path"), ("Key", "alias"), ("Bytes", "size"), ("Note", "note"))
HOLDS_FOLDER = "a folder"
output_option = click.option(
    "--output", metavar="FOLDER", type=PLACE, help="Where the results go; made if it is not there."
)
legacy_option = click.option(
    "--legacy", is_flag=True, help="Take messages of version 1 too; they do not commit to their key."
)
overwrite_option = click.option("--overwrite", is_flag=True, help="Replace results that are there already.")


@click.command("encrypt", cls=SignetCommand, secrets=(*UNLOCKING, "token-pin-file"))
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=PLACE)
@click.option("--key", "key_name", required=True, metavar="KEY", help="The key to encrypt under.")
@click.option(
    "--second-key",
    metavar="KEY",
    help="What opens a file for a card's key besides the card. Default: the oldest key in the vault that can.",
)
@click.option(
    "--context", multiple=True, metavar="K=V", help="A note that everyone can read and nobody can change; repeatable."
)
@output_option
@click.option("--each", is_flag=True, help="Of a folder, encrypt each file by itself, beside the file.")
@click.option("--verify", is_flag=True, help="Read each result back before it counts as done.")
@overwrite_option
@pass_call
def encrypt(
    call: Call,
    paths: tuple[str, ...],
    key_name: str,
    second_key: str | None,
    context: tuple[str, ...],
    output: str | None,
    each: bool,
    verify: bool,
    overwrite: bool,
) -> int:
    """Encrypt files and folders; each becomes PATH.esdk.

    A folder becomes one file, PATH.tar.esdk, or with --each every file in it one of its own. The originals stay.

    Examples: signet encrypt letter.pdf --key papers; signet encrypt Photos --key family
    """
    from signet.cli.checks import readable_file
    from signet.services import files as service
    from signet.services.files_encrypt import checked_context, encrypted_name
    from signet.services.files_proof import ALL_STILL_HERE, STILL_HERE

    notes = pairs(context, option="context")
    checked_context(notes)
    if each and output is not None:
        raise UsageError(reason="--each puts each result beside its file; --output has no meaning with it.")
    failed = _hopeless(
        paths,
        partial(readable_file, folders=True),
        lambda name, folder: "" if folder and each else encrypted_name(name, folder=folder),
        output=output,
        overwrite=overwrite,
    )
    if failed is not None:
        return batch(call.output, failed)
    with call.unlocked(one_job=True) as session, running(call.output, "Encrypting") as work:
        items = service.encrypt_files(
            session,
            _spread(call, session, paths, encrypted=False) if each else paths,
            key=key_name,
            second=second_key,
            context=notes,
            output=output,
            overwrite=overwrite,
            verify=verify,
            progress=work.progress,
            cancelled=work.cancelled,
        )
    done = sum(item.status == "done" for item in items)
    if verify and done:
        call.output.note(f"{STILL_HERE if done == 1 else ALL_STILL_HERE}.")
    return batch(call.output, items)


@click.command("decrypt", cls=SignetCommand, secrets=(*UNLOCKING, "token-pin-file"))
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=PLACE)
@output_option
@overwrite_option
@click.option("--archive", is_flag=True, help="Leave a folder the tar archive that it is in the file.")
@legacy_option
@pass_call
def decrypt(
    call: Call, paths: tuple[str, ...], output: str | None, overwrite: bool, archive: bool, legacy: bool
) -> int:
    """Decrypt files; the key is found by itself.

    Each loses its .esdk, or becomes PATH.decrypted. A file that holds a folder becomes that folder. If PATH is a
    folder, every encrypted file in it is decrypted.

    Example: signet decrypt letter.pdf.esdk
    """
    from signet.services import files as service
    from signet.services.files_decrypt import plain_name

    check = partial(_message, legacy=legacy)
    failed = _hopeless(
        paths, check, lambda name, folder: "" if folder else plain_name(name), output=output, overwrite=overwrite
    )
    if failed is not None:
        return batch(call.output, failed)
    with call.unlocked(one_job=True) as session, running(call.output, "Decrypting") as work:
        items = service.decrypt_files(
            session,
            _spread(call, session, paths, encrypted=True),
            output=output,
            overwrite=overwrite,
            legacy=legacy,
            archive=archive,
            progress=work.progress,
            cancelled=work.cancelled,
        )
    return batch(call.output, items)


@click.command("re-encrypt", cls=SignetCommand, secrets=(*UNLOCKING, "token-pin-file"))
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=PLACE)
@click.option("--key", "key_name", metavar="KEY", help="Default: the newest version of the key that it is under.")
@click.option("--second-key", metavar="KEY", help="The key in the vault that opens files for a card's key too.")
@legacy_option
@pass_call
def re_encrypt(call: Call, paths: tuple[str, ...], key_name: str | None, second_key: str | None, legacy: bool) -> int:
    """Encrypt files anew, under another key.

    Each takes the place of the old one. Without --key: under the newest version of the key that it is under.
    Only what --key names opens them then; for a card's key --second-key besides, or the oldest in the vault.

    Example: signet re-encrypt letter.pdf.esdk --key archive
    """
    from signet.cli.checks import hopeless
    from signet.services import files as service

    failed = hopeless(paths, partial(_message, legacy=legacy))
    if failed is not None:
        return batch(call.output, failed)
    with call.unlocked(one_job=True) as session, running(call.output, "Re-encrypting") as work:
        items = service.re_encrypt_files(
            session,
            paths,
            key=key_name,
            second=second_key,
            legacy=legacy,
            progress=work.progress,
            cancelled=work.cancelled,
        )
    return batch(call.output, items)


def _spread(call: Call, session: Session, paths: Sequence[str], *, encrypted: bool) -> tuple[str, ...]:
    """Put the files of each folder in its place; say what of it is left out."""
    from signet.services.files_each import spread

    found = spread(session, paths, encrypted=encrypted)
    for each in found.left_out:
        call.output.note(f"{each.path} is left out: {each.reason}.")
    if not found.paths:
        call.output.note("No encrypted file is in there." if encrypted else "No file is in there to be encrypted.")
    return found.paths


def _hopeless(
    paths: Sequence[str],
    check: Callable[[str], None],
    name: Callable[[str, bool], str],
    *,
    output: str | None,
    overwrite: bool,
) -> tuple[Item, ...] | None:
    """What became of each file if none can be read, or none of the results has a place."""
    from signet.cli.checks import hopeless, output_folder, result_of

    output_folder(output)

    def both(path: str) -> None:
        check(path)
        result_of(path, name, output=output, overwrite=overwrite)

    return hopeless(paths, both)


def _message(path: str, *, legacy: bool) -> None:
    """Raise what decrypting would, as far as the head of the file shows it."""
    from signet.cli.checks import readable_file
    from signet.services.files_inspect import inspect_file

    readable_file(path, folders=True)
    if not os.path.isdir(path) and inspect_file(path).legacy and not legacy:
        raise FormatUnrecognised(what="an encrypted file of version 2 with framed content", legacy=True)


@click.command("inspect", cls=SignetCommand)
@click.argument("path", type=PLACE)
@pass_call
def inspect(call: Call, path: str) -> None:
    """Show the header of an encrypted file.

    Needs no key and no vault; nothing of it is proven.

    Example: signet inspect letter.pdf.esdk
    """
    from signet.services.files import inspect_file

    found = inspect_file(path)
    recipients = [
        {
            "provider_id": recipient.provider,
            "key_name": recipient.name,
            "key_id": recipient.key_id,
            "version": recipient.version,
        }
        for recipient in found.recipients
    ]
    fields = {
        "path": found.path,
        "format": "esdk",
        "format_version": found.format_version,
        "suite": found.suite,
        "message_id": found.message_id,
        "frame_length": found.frame_length,
        "size": found.size,
        "header_size": found.header_size,
        "context": dict(found.context),
        "encrypted_data_keys": recipients,
        "content": found.context.get("signet-content"),
        "signed": found.signed,
        "legacy": found.legacy,
    }
    call.output.facts(
        fields,
        [
            ("File", found.path),
            ("Format", f"AWS Encryption SDK message, version {found.format_version}, suite {found.suite}"),
            *((("Holds", HOLDS_FOLDER),) if found.context.get("signet-content") == "folder" else ()),
            ("Message id", found.message_id),
            ("Frame length", found.frame_length),
            *(("Opened by", f"{recipient['provider_id']}: {recipient['key_name']}") for recipient in recipients),
            *(("Visible to all", f"{name}={value}") for name, value in sorted(found.context.items())),
        ],
    )


files = SignetGroup("files", help="The catalogue of files encrypted with this vault.")


@files.command("list", secrets=UNLOCKING)
@click.option("--key", "key_name", metavar="KEY", help="Only those under this key.")
@limit_option
@pass_call
def list_files(call: Call, key_name: str | None, limit: int | None) -> None:
    """List the encrypted files that the vault knows of.

    A file is noted as “may have been moved” if another one was made at its path since and did not replace it: it may
    still be somewhere, and need its key.

    Example: signet files list --key papers
    """
    from signet.services import catalogue

    with call.unlocked() as session:
        entries = catalogue.list_files(session, key_name)
    items = [
        {
            "path": entry.path,
            "size": entry.size,
            "content": entry.content,
            "key_id": entry.key_id,
            "alias": entry.key_alias,
            "version": entry.version,
            "message_id": entry.message_id,
            "created": entry.created,
            "seen": entry.seen,
            "note": entry.note,
        }
        for entry in entries[:limit]
    ]
    call.output.listing(items, CATALOGUE_COLUMNS, empty="No encrypted file is known yet.")
