"""`signet inspect` and `files`: what encrypted files say of themselves, and which of them the vault knows."""

from __future__ import annotations

import click

from signet.cli.age_files import inspect_age
from signet.cli.call import Call
from signet.cli.options import PLACE, UNLOCKING, SignetCommand, SignetGroup, limit_option, pass_call

CATALOGUE_COLUMNS = (
    ("Made", "created"),
    ("File", "path"),
    ("Key", "alias"),
    ("Persons", "persons"),
    ("Bytes", "size"),
    ("Note", "note"),
)
COPY_COLUMNS = (("Decrypted", "created"), ("Path", "path"))
HOLDS_FOLDER = "a folder"


@click.command("inspect", cls=SignetCommand, secrets=UNLOCKING)
@click.argument("path", type=PLACE)
@click.option("--names", is_flag=True, help="Unlock the vault, and say who they are that can open it.")
@pass_call
def inspect(call: Call, path: str, names: bool) -> None:
    """Show the header of an encrypted file.

    Needs no key and no vault; nothing of it is proven. With --names keys and persons of the vault are named.

    Examples: signet inspect letter.pdf.esdk; signet inspect letter.pdf.esdk --names
    """
    from signet.services.files_inspect import inspect_file
    from signet.services.openers import OpenerKind, openers, said_of

    if inspect_age(call, path, names=names):
        return
    found = inspect_file(path)
    if names:
        with call.unlocked() as session:
            found = inspect_file(path, session=session)
            known = openers(session, found.recipients)
    else:
        known = openers(None, found.recipients)
    recipients = [
        {
            "provider_id": recipient.provider,
            "key_name": recipient.name,
            "key_id": recipient.key_id,
            "version": recipient.version,
            "fingerprint": recipient.fingerprint,
            "who": str(opener.kind) if names else None,
            "name": opener.name if names and opener.kind is not OpenerKind.UNKNOWN else None,
        }
        for opener in known
        for recipient in (opener.recipient,)
    ]
    plain = found.plaintext_size
    fields = {
        "path": found.path,
        "format": "esdk",
        "format_version": found.format_version,
        "suite": found.suite,
        "message_id": found.message_id,
        "frame_length": found.frame_length,
        "size": found.size,
        "plaintext_size": found.plaintext_size,
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
            ("Bytes inside", "cannot be told: it was cut, or more follows" if plain is None else plain),
            *(("Opened by", sentence) for sentence in (said_of(known) if names else ())),
            *(("Opened by", f"{each['provider_id']}: {each['key_name']}") for each in (() if names else recipients)),
            *((("Says", found.said),) if found.said else ()),
            *(("Visible to all", f"{name}={value}") for name, value in sorted(found.context.items())),
        ],
    )


files = SignetGroup("files", help="The catalogue of files encrypted with this vault.")


@files.command("list", secrets=UNLOCKING)
@click.option("--key", "key_name", metavar="KEY", help="Only those that this key opens.")
@click.option("--person", metavar="PERSON", help="Only those that this person can open.")
@limit_option
@pass_call
def list_files(call: Call, key_name: str | None, person: str | None, limit: int | None) -> None:
    """List the encrypted files that the vault knows of.

    A file is noted as “may have been moved” if another one was made at its path since and did not replace it: it may
    still be somewhere, and need its key.

    Examples: signet files list --key papers; signet files list --person Anna
    """
    from signet.services import catalogue

    with call.unlocked() as session:
        entries = catalogue.list_files(session, key_name, person=person)
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
            "persons": list(entry.persons),
        }
        for entry in entries[:limit]
    ]
    chosen = key_name is not None or person is not None
    empty = "No encrypted file that is known is for them." if chosen else "No encrypted file is known yet."
    call.output.listing(items, CATALOGUE_COLUMNS, empty=empty)


@files.command("find", secrets=UNLOCKING)
@click.argument("folder", metavar="FOLDER", type=PLACE)
@pass_call
def find(call: Call, folder: str) -> None:
    """Look in FOLDER where known files are now.

    Reads the heads of all files below it; no key is used. Links are not followed.

    Example: signet files find Documents
    """
    from signet.services.catalogue_places import find_files

    with call.unlocked() as session:
        found = find_files(session, folder)
    call.output.result(
        {
            "moved": [{"before": each.before, "path": each.path} for each in found.moved],
            "seen": found.seen,
            "copies": list(found.copies),
            "unknown": found.unknown,
            "unread": list(found.unread),
        }
    )
    for each in found.moved:
        call.output.say(f"{each.before} is at {each.path} now.")
    for path in found.copies:
        call.output.say(f"{path} is a copy of a file that is where it was.")
    for path in found.unread:
        call.output.note(f"{path} could not be read.")
    call.output.say(f"Moved: {len(found.moved)}; where they were: {found.seen}; not known: {found.unknown}.")


@files.command("forget", secrets=UNLOCKING)
@click.argument("name", metavar="PATH")
@pass_call
def forget(call: Call, name: str) -> None:
    """Take a file out of the list; the file itself stays.

    PATH is where it was seen last, or its message id.

    Example: signet files forget old.pdf.esdk
    """
    from signet.services.catalogue_places import forget_file

    with call.unlocked() as session:
        paths = forget_file(session, name)
    call.output.result({"forgotten": list(paths)})
    for path in paths:
        call.output.say(f"{path} is not listed any more.")


@files.command("copies", secrets=UNLOCKING)
@click.option("--forget", "path", metavar="PATH", type=PLACE, help="Do not list this one any more; it stays there.")
@pass_call
def copies(call: Call, path: str | None) -> None:
    """List what was decrypted and still lies there, unprotected.

    What is removed is not listed any more.

    Example: signet files copies
    """
    from signet.services.copies import decrypted_copies, forget_copy

    with call.unlocked() as session:
        if path is not None:
            forget_copy(session, path)
        found = decrypted_copies(session)
    items = [
        {"path": each.path, "content": each.content, "message_id": each.message_id.hex(), "created": each.created}
        for each in found
    ]
    call.output.listing(items, COPY_COLUMNS, empty="Nothing that was decrypted is known to be still there.")
