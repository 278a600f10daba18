"""`signet encrypt`, `decrypt` and `re-encrypt`: files for the vault's keys and for persons."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from signet.cli.age_files import (
    AgeOptions,
    age_options,
    encrypt_age,
    identity_option,
    read_identities,
    result_name,
)
from signet.cli.batches import batch
from signet.cli.call import Call
from signet.cli.options import PLACE, UNLOCKING, SignetCommand, pairs, pass_call
from signet.cli.running import running
from signet.errors import FormatUnrecognised, SignetError, UsageError

if TYPE_CHECKING:
    from signet.services.files_items import Item
    from signet.services.session import Session

output_option = click.option(
    "--output", metavar="FOLDER", type=PLACE, help="Where the results go; made if it is not there."
)
legacy_option = click.option(
    "--legacy", is_flag=True, help="Take messages of version 1 too; they do not commit to their key."
)
overwrite_option = click.option("--overwrite", is_flag=True, help="Replace results that are there already.")


@click.command("encrypt", cls=SignetCommand, secrets=(*UNLOCKING, "token-pin-file", "file-passphrase-file"))
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=PLACE)
@click.option("--key", "key_name", metavar="KEY", help="The key of yours that opens the results.")
@click.option("--to", multiple=True, metavar="PERSON", help="Somebody who can open them too; repeatable.")
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
@age_options
def encrypt(
    call: Call,
    *,
    paths: tuple[str, ...],
    age: AgeOptions,
    key_name: str | None,
    to: tuple[str, ...],
    second_key: str | None,
    context: tuple[str, ...],
    output: str | None,
    each: bool,
    verify: bool,
    overwrite: bool,
) -> int:
    """Encrypt files and folders: PATH.esdk, or PATH.age.

    A folder becomes one file, PATH.tar.esdk, or with --each every file in it one of its own. The originals stay.
    --key, --to or both say for whom; with --to alone you cannot open the results yourself, and are asked first.
    An age file is for people, keys of the kind X25519 and recipients of age and SSH, or for a passphrase.

    Examples: signet encrypt letter.pdf --key papers; signet encrypt Photos --key family --to Anna;
    signet encrypt letter.pdf --format age --passphrase
    """
    from signet.cli.checks import readable_file
    from signet.services import files as service
    from signet.services.files_encrypt import checked_context, encrypted_name
    from signet.services.files_proof import ALL_STILL_HERE, STILL_HERE

    age.check(*to, key_name, second_key=second_key, context=context)
    notes = pairs(context, option="context")
    checked_context(notes)
    if each and output is not None:
        raise UsageError(reason="--each puts each result beside its file; --output has no meaning with it.")
    called = result_name if age.chosen else encrypted_name
    failed = _hopeless(
        paths,
        partial(readable_file, folders=True),
        lambda name, folder: "" if folder and each else called(name, folder=folder),
        output=output,
        overwrite=overwrite,
    )
    if failed is not None:
        return batch(call.output, failed)

    def wanted(session: Session) -> Sequence[str]:
        return _spread(call, session, paths, encrypted=False) if each else paths

    if age.chosen:
        items = encrypt_age(
            call,
            age,
            wanted,
            keys=[key_name] if key_name else [],
            people=to,
            output=output,
            overwrite=overwrite,
            verify=verify,
        )
        return batch(call.output, items)
    with call.unlocked(one_job=True) as session, running(call.output, "Encrypting") as work:
        items = service.encrypt_files(
            session,
            wanted(session),
            key=key_name,
            to=to,
            second=second_key,
            context=notes,
            output=output,
            overwrite=overwrite,
            verify=verify,
            progress=work.progress,
            cancelled=work.cancelled,
        )
        openers = _openers(session, items) if to else ()
    done = sum(item.status == "done" for item in items)
    if verify and done:
        call.output.note(f"{STILL_HERE if done == 1 else ALL_STILL_HERE}.")
    status = batch(call.output, items)
    for sentence in openers:
        call.output.say(sentence)
    return status


def _openers(session: Session, items: Sequence[Item]) -> tuple[str, ...]:
    """Who can open the results, which are all for the same; a result that has gone meanwhile says nothing."""
    from signet.services.openers import who_can_open

    made = next((item.output for item in items if item.output is not None), None)
    try:
        return () if made is None else who_can_open(session, made)
    except SignetError:
        return ()


@click.command("decrypt", cls=SignetCommand, secrets=(*UNLOCKING, "token-pin-file", "file-passphrase-file"))
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=PLACE)
@output_option
@overwrite_option
@click.option("--archive", is_flag=True, help="Leave a folder the tar archive that it is in the file.")
@legacy_option
@identity_option
@pass_call
def decrypt(
    call: Call,
    paths: tuple[str, ...],
    output: str | None,
    overwrite: bool,
    archive: bool,
    legacy: bool,
    identities: tuple[str, ...],
) -> int:
    """Decrypt files; the key is found by itself.

    Each loses its .esdk or .age, or becomes PATH.decrypted. A file that holds a folder becomes that folder. If PATH
    is a folder, every encrypted file in it is decrypted.

    Example: signet decrypt letter.pdf.esdk
    """
    from signet.services import files as service
    from signet.services.files_decrypt import plain_name

    check = partial(_message, legacy=legacy)
    failed = _hopeless(
        paths,
        check,
        lambda name, folder: "" if folder or name.endswith(".age") else plain_name(name),
        output=output,
        overwrite=overwrite,
    )
    if failed is not None:
        return batch(call.output, failed)
    known = read_identities(call, identities)
    with call.unlocked(one_job=True) as session, running(call.output, "Decrypting") as work:
        items = service.decrypt_files(
            session,
            _spread(call, session, paths, encrypted=True),
            output=output,
            overwrite=overwrite,
            legacy=legacy,
            archive=archive,
            identities=known,
            progress=work.progress,
            cancelled=work.cancelled,
        )
    return batch(call.output, items, said=True)


@click.command("re-encrypt", cls=SignetCommand, secrets=(*UNLOCKING, "token-pin-file"))
@click.argument("paths", metavar="PATH...", nargs=-1, type=PLACE)
@click.option("--key", "key_name", metavar="KEY", help="For this key; for nobody else but --to.")
@click.option("--to", multiple=True, metavar="PERSON", help="For this person; for nobody else but --key; repeatable.")
@click.option("--add", multiple=True, metavar="PERSON", help="This person too; everybody else stays; repeatable.")
@click.option("--without", multiple=True, metavar="PERSON", help="Not this person; everybody else stays; repeatable.")
@click.option("--known-for", metavar="PERSON", help="Every known file that this person can open.")
@click.option("--known-under", metavar="KEY", help="Every known file that this key opens.")
@click.option("--second-key", metavar="KEY", help="The key in the vault that opens files for a card's key too.")
@legacy_option
@pass_call
def re_encrypt(
    call: Call,
    paths: tuple[str, ...],
    key_name: str | None,
    to: tuple[str, ...],
    add: tuple[str, ...],
    without: tuple[str, ...],
    known_for: str | None,
    known_under: str | None,
    second_key: str | None,
    legacy: bool,
) -> int:
    """Encrypt files anew, for other keys or persons.

    Each takes the place of the old one, once it was read back. Without --key and --to everybody stays who can open
    it, under the newest version of the key. Who could open a file before may have kept it: nothing takes that back.
    Stopped, the same command goes on where it was.

    Examples: signet re-encrypt letter.pdf.esdk --add Anna; signet re-encrypt --known-for Ben --without Ben
    """
    from signet.cli.checks import hopeless
    from signet.services import files as service
    from signet.services.known_files import known_files

    named = known_for is not None or known_under is not None
    if not paths and not named:
        raise UsageError(reason="Say which files: PATH..., --known-for PERSON or --known-under KEY.")
    failed = None if named else hopeless(paths, partial(_message, legacy=legacy))
    if failed is not None:
        return batch(call.output, failed)
    with call.unlocked(one_job=True) as session, running(call.output, "Re-encrypting") as work:
        found = known_files(session, key=known_under, person=known_for) if named else None
        items = service.re_encrypt_files(
            session,
            paths if found is None else (*paths, *found.here),
            key=key_name,
            to=to,
            add=add,
            without=without,
            second=second_key,
            legacy=legacy,
            progress=work.progress,
            cancelled=work.cancelled,
        )
    status = batch(call.output, items)
    for path in () if found is None else found.elsewhere:
        call.output.note(f"{path} is not there any more. `signet files find FOLDER` looks where it is now.")
    for path in () if found is None else found.closed:
        call.output.note(f"{path} is for others alone; no key of yours opens it.")
    for path in () if found is None else found.age:
        call.output.note(
            f"{path} is an age file, which stays as it is: encrypt what is in it again, for whom you want."
        )
    if found is not None and not items and not found.age:
        call.output.say("No such file is known.")
    return status


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
    from signet.services.age_names import is_age_file
    from signet.services.files_inspect import inspect_file

    readable_file(path, folders=True)
    if not os.path.isdir(path) and not is_age_file(path) and inspect_file(path).legacy and not legacy:
        raise FormatUnrecognised(what="an encrypted file of version 2 with framed content", legacy=True)
