"""`signet person`: other people and their public keys."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from signet.cli.call import Call
from signet.cli.options import PLACE, UNLOCKING, SignetGroup, pass_call
from signet.cli.person_views import keys_said, kind_said, kinds_said, person_fields, person_shown

if TYPE_CHECKING:
    from signet.keys.person import Person
    from signet.services.session import Session

COLUMNS = (("Name", "name"), ("Keys", "kinds"), ("Compared", "trusted_since"), ("Id", "id"))

person = SignetGroup("person", help="Other people and their public keys.")


@person.command("add", secrets=UNLOCKING)
@click.argument("name", metavar="NAME")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=PLACE)
@click.option("--note", default="", metavar="TEXT", help="What is to be remembered about the person.")
@pass_call
def add(call: Call, name: str, files: tuple[str, ...], note: str) -> None:
    """Add somebody called NAME, by the public keys in each FILE.

    A FILE is a public key (PEM, DER, JWK, SSH), a certificate, an age recipient, or several of them.

    Example: signet person add "Anna Tamm" anna.pem
    """
    from signet.services import people
    from signet.services.people_reading import keys_in_files

    people.check_person_name(name)
    found = keys_in_files(files)
    with call.unlocked() as session:
        made = people.add_person(session, name, found, note=note)
        _told(call, session, made, f"“{made.name}” is added.")
    call.output.note(f"Compare the fingerprint with them, then: signet person trust {shlex.quote(made.name)}")


@person.command("list", secrets=UNLOCKING)
@click.option("--search", default="", metavar="TEXT", help="Those with this text in name, note or id.")
@pass_call
def list_(call: Call, search: str) -> None:
    """List the people of the vault.

    Example: signet person list
    """
    from signet.services import people

    with call.unlocked() as session:
        every = people.list_people(session)
        found = [each for each in every if people.fits(each, search)]
        items = [person_fields(each, [people.view_of(session, key) for key in each.keys]) for each in found]
    empty = "Nobody fits." if every else "Nobody is here yet. Add somebody: signet person add NAME FILE"
    shown = items
    if not call.json:
        shown = [{**item, "kinds": kinds_said(each)} for item, each in zip(items, found, strict=True)]
    call.output.listing(shown, COLUMNS, empty=empty)


@person.command("show", secrets=UNLOCKING)
@click.argument("name", metavar="NAME")
@pass_call
def show(call: Call, name: str) -> None:
    """Show the person NAME, with the fingerprint of each key.

    NAME is a name, an id, or the beginning of an id.

    Example: signet person show "Anna Tamm"
    """
    from signet.services import people

    with call.unlocked() as session:
        found = people.find_person(session, name)
        views = [people.view_of(session, key) for key in found.keys]
    call.output.facts(person_fields(found, views), person_shown(found, views))


@person.command("add-key", secrets=UNLOCKING)
@click.argument("name", metavar="NAME")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=PLACE)
@pass_call
def add_key(call: Call, name: str, files: tuple[str, ...]) -> None:
    """Give the person NAME further public keys.

    Nothing is taken over from their other keys: a new one has to be compared itself.

    Example: signet person add-key "Anna Tamm" new.pem
    """
    from signet.services import people
    from signet.services.people_reading import keys_in_files

    found = keys_in_files(files)
    with call.unlocked() as session:
        changed = people.add_key_to_person(session, name, found)
        _told(call, session, changed, f"“{changed.name}” has {len(changed.keys)} keys now.")


@person.command("remove-key", secrets=UNLOCKING)
@click.argument("name", metavar="NAME")
@click.argument("fingerprint", metavar="FINGERPRINT")
@pass_call
def remove_key(call: Call, name: str, fingerprint: str) -> None:
    """Take a key away from the person NAME.

    FINGERPRINT is what `person show` says, or its first 8 digits or more.

    Example: signet person remove-key "Anna Tamm" 5d0c3f9a
    """
    from signet.services import people

    with call.unlocked() as session:
        found = people.find_person(session, name)
        call.prompt.confirm(f"Take the key {fingerprint} away from “{found.name}”?")
        changed = people.remove_key_from_person(session, found.id, fingerprint)
        _told(call, session, changed, f"The key was taken away from “{changed.name}”.")


@person.command("remove", secrets=UNLOCKING)
@click.argument("name", metavar="NAME")
@pass_call
def remove(call: Call, name: str) -> None:
    """Remove the person NAME with all keys.

    Files that were encrypted for them stay readable for them.

    Example: signet person remove "Anna Tamm"
    """
    from signet.services import people
    from signet.services.catalogue import list_files

    with call.unlocked() as session:
        found = people.find_person(session, name)
        known = len(list_files(session, person=found.id))
        about = [f"Files that Signet knows and they can read: {known}."] if known else []
        call.prompt.confirm(
            f"“{found.name}” and {keys_said(found)} will be gone from this vault; files they have stay readable for "
            "them. Remove?",
            about=about,
        )
        views = [people.view_of(session, key) for key in found.keys]
        people.remove_person(session, found.id)
    call.output.result(person_fields(found, views))
    call.output.say(f"“{found.name}” is removed.")


@person.command("rename", secrets=UNLOCKING)
@click.argument("name", metavar="NAME")
@click.argument("new", metavar="NEW")
@pass_call
def rename(call: Call, name: str, new: str) -> None:
    """Call the person NAME something else, NEW.

    Example: signet person rename Anna "Anna Tamm"
    """
    from signet.services import people

    with call.unlocked() as session:
        changed = people.rename_person(session, name, new)
        _told(call, session, changed, f"The name is “{changed.name}” now.")


@person.command("note", secrets=UNLOCKING)
@click.argument("name", metavar="NAME")
@click.argument("text", metavar="TEXT")
@pass_call
def note(call: Call, name: str, text: str) -> None:
    """Note something about the person NAME.

    It takes the place of what was noted; an empty TEXT says nothing.

    Example: signet person note "Anna Tamm" "The choir; phone 555 0101"
    """
    from signet.services import people

    with call.unlocked() as session:
        changed = people.note_person(session, name, text)
        _told(call, session, changed, f"Noted about “{changed.name}”.")


@person.command("trust", secrets=UNLOCKING)
@click.argument("name", metavar="NAME")
@pass_call
def trust(call: Call, name: str) -> None:
    """Note that you compared fingerprints with NAME.

    From then on signatures by their keys are valid. They are shown, and have to be confirmed.

    Example: signet person trust "Anna Tamm"
    """
    from signet.services import people

    with call.unlocked() as session:
        found = people.find_person(session, name)
        about = [f"{kind_said(key.kind)}: {people.grouped(key.fingerprint)}" for key in found.keys]
        call.prompt.confirm(f"Did “{found.name}” read out the same to you, by a way that you trust?", about=about)
        compared = [key.fingerprint for key in found.keys]
        changed = people.trust_person(session, found.id, fingerprints=compared)
        _told(call, session, changed, f"Signatures by “{changed.name}” are valid from now on.")


@person.command("untrust", secrets=UNLOCKING)
@click.argument("name", metavar="NAME")
@pass_call
def untrust(call: Call, name: str) -> None:
    """Take back that fingerprints were compared.

    Example: signet person untrust "Anna Tamm"
    """
    from signet.services import people

    with call.unlocked() as session:
        changed = people.untrust_person(session, name)
        _told(call, session, changed, f"Signatures by “{changed.name}” are no longer taken for valid.")


def _told(call: Call, session: Session, changed: Person, sentence: str) -> None:
    from signet.services import people

    call.output.result(person_fields(changed, [people.view_of(session, key) for key in changed.keys]))
    call.output.say(sentence)
