"""`signet key`: the keys of the vault."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from signet.cli.call import Call
from signet.cli.key_export import export
from signet.cli.key_import import COMMANDS as IMPORTING
from signet.cli.key_life import COMMANDS as LIFE
from signet.cli.key_names import COMMANDS as NAMES
from signet.cli.key_policy import Wanted, limiting, limits_fields, limits_said, policy
from signet.cli.key_transfer import COMMANDS as TRANSFER
from signet.cli.key_versions import (
    re_encrypt,
    rotation,
    rotation_fields,
    rotation_said,
    uses_fields,
    uses_said,
    versions,
)
from signet.cli.options import UNLOCKING, SignetGroup, pairs, pass_call
from signet.cli.rotation import rotate
from signet.cli.views import KEY_COLUMNS, guard_fields, key_fields, key_shown, methods_said, pending_fields
from signet.errors import UsageError
from signet.keys.spec import KeySpec, KeyUsage, Origin, Protection
from signet.keys.state import KeyState

if TYPE_CHECKING:
    from signet.formats.header import UnlockMethod
    from signet.keys.model import Key

SPECS = [spec.value for spec in KeySpec]
USAGES = [usage.value for usage in KeyUsage]
PROTECTIONS = [protection.value for protection in Protection]

STATES = [state.value for state in KeyState]

key = SignetGroup("key", help="Make, see, name, import, export, send, delete keys.")


@key.command("create", secrets=(*UNLOCKING, "token-pin-file", "management-key-file"))
@click.argument("alias")
@click.option("--spec", type=click.Choice(SPECS), default=KeySpec.SYMMETRIC_DEFAULT.value, show_default=True)
@click.option("--usage", type=click.Choice(USAGES), help="Default: what the spec is for.")
@click.option("--protection", type=click.Choice(PROTECTIONS), help="Default: vault; token with --token.")
@click.option("--token", "token_name", metavar="NAME", help="The card on which the key is made and stays.")
@click.option(
    "--guard",
    "guards",
    multiple=True,
    metavar="ID",
    help="A guard: a way in; repeatable. Default: all that can be.",
)
@click.option("--origin", type=click.Choice(["vault", "external"]), default="vault", help="external: made elsewhere.")
@click.option("--description", default="", metavar="TEXT", help="What the key is for.")
@click.option("--tag", "tags", multiple=True, metavar="K=V", help="A tag; can be given several times.")
@limiting
@pass_call
def create(
    call: Call,
    alias: str,
    spec: str,
    usage: str | None,
    protection: str | None,
    token_name: str | None,
    guards: tuple[str, ...],
    origin: str,
    description: str,
    tags: tuple[str, ...],
    wanted: Wanted,
) -> None:
    """Make a key called ALIAS.

    A guarded key asks for one of its guards before each job: a card that opens the vault, or the recovery code. A key
    of the origin external waits for its material. Limits can be given now or later (`signet key policy`).

    Examples: signet key create papers; signet key create contracts --spec ECC_NIST_P256; signet key create secret
    --protection guarded
    """
    from signet.keys.policy import FREE
    from signet.services import key_rules, keys

    key_rules.check_alias(alias)
    policy = wanted.policy(FREE)
    if protection is None:
        protection = (Protection.VAULT if token_name is None else Protection.TOKEN).value
        protection = Protection.GUARDED.value if guards and token_name is None else protection
    if guards and protection != Protection.GUARDED.value:
        raise UsageError(reason="--guard goes with --protection guarded.")
    if (protection == Protection.TOKEN.value) != (token_name is not None):
        raise UsageError(reason="--protection token goes with --token NAME.")
    found = tuple(pairs(tags, option="tag").items())
    with call.unlocked() as session:
        made = keys.create_key(
            session,
            alias,
            spec=KeySpec(spec),
            usage=None if usage is None else KeyUsage(usage),
            description=description,
            tags=found,
            protection=Protection(protection),
            token=token_name,
            guards=guards,
            policy=policy,
            origin=Origin(origin.upper()),
        )
    if made.state is KeyState.PENDING_IMPORT:
        _changed(call, made, f"“{made.alias}” waits for its material: signet key import-parameters {made.alias} ...")
    else:
        _changed(call, made, f"The key “{made.alias}” is ready; its id is {made.id}.")


@key.command("list", secrets=UNLOCKING)
@click.option("--search", default="", metavar="TEXT", help="Those with these words in name, tag, description or id.")
@click.option("--tag", "tags", multiple=True, metavar="K=V", help="Those with this tag; K alone: of any value.")
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help="Those in this state.")
@pass_call
def list_keys(call: Call, search: str, tags: tuple[str, ...], states: tuple[str, ...]) -> None:
    """List the keys, all of them or those that fit.

    Every --tag has to fit, and one --state.

    Example: signet key list --tag year=2026 --state Enabled
    """
    from signet.keys.search import fits
    from signet.services import keys
    from signet.services.key_uses import Uses, key_uses

    wanted = [(name, value if is_pair else None) for name, is_pair, value in (each.partition("=") for each in tags)]
    with call.unlocked() as session:
        every = keys.with_presence_of_tokens(session, keys.list_keys(session))
        used = key_uses(session)
    looked = {KeyState(each) for each in states}
    found = [each for each in every if fits(each, text=search, tags=wanted, states=looked)]
    empty = "No key fits." if every else "There is no key yet. Make one: signet key create NAME"
    items = [{**key_fields(item), **uses_fields(used.get(item.id, Uses()))} for item in found]
    call.output.listing(items, KEY_COLUMNS, empty=empty)


@key.command("show", secrets=UNLOCKING)
@click.argument("name", metavar="KEY")
@pass_call
def show(call: Call, name: str) -> None:
    """Show the key KEY.

    KEY is its alias, its id, or the beginning of its id.

    Example: signet key show papers
    """
    from signet.services import keys
    from signet.services.deletion import pending_deletion
    from signet.services.guards import guards_of
    from signet.services.import_expiry import import_of
    from signet.services.key_uses import uses_of
    from signet.services.policies import limits_of
    from signet.services.rotation import schedule_of

    with call.unlocked() as session:
        (found,) = keys.with_presence_of_tokens(session, [keys.find_key(session, name)])
        guards = guards_of(session, found)
        _, limits = limits_of(session, found.id)
        planned = schedule_of(session, found)
        pending = pending_deletion(session, found.id)
        used = uses_of(session, found)
        imported = import_of(session, found)
    fields = {
        **key_fields(found),
        "guards": guard_fields(guards),
        "deletion": pending_fields(pending),
        **uses_fields(used),
        **rotation_fields(planned),
        **limits_fields(limits),
        "expires": None if imported is None else imported.expires,
        "home": found.home or None,
    }
    shown = [*key_shown(found, guards, pending, imported), ("Used", uses_said(used))]
    if planned:
        shown.append(("Rotation", rotation_said(planned)))
    shown += [("Limits" if place == 0 else "", said) for place, said in enumerate(limits_said(limits))]
    call.output.facts(fields, shown)


@key.command("add-guard", secrets=(*UNLOCKING, "token-pin-file"))
@click.argument("name", metavar="KEY")
@click.argument("method", metavar="ID")
@pass_call
def add_guard(call: Call, name: str, method: str) -> None:
    """Let the way in ID guard the guarded key KEY too.

    One of the guards that it has is asked for, unless it opened the vault just now. `signet unlock-method list` shows
    the ids.

    Example: signet key add-guard secret 4f1c2a77
    """
    from signet.services import guards

    with call.unlocked(administer=True) as session:
        changed = guards.add_guard(session, name, method)
        found = guards.guards_of(session, changed)
    _guards_changed(call, changed, found)


@key.command("remove-guard", secrets=UNLOCKING)
@click.argument("name", metavar="KEY")
@click.argument("method", metavar="ID")
@pass_call
def remove_guard(call: Call, name: str, method: str) -> None:
    """Let the way in ID no longer guard KEY.

    It stays a way into the vault. The last guard of a key cannot be taken away.

    Example: signet key remove-guard secret 4f1c2a77
    """
    from signet.services import guards

    with call.unlocked() as session:
        changed = guards.remove_guard(session, name, method)
        found = guards.guards_of(session, changed)
    _guards_changed(call, changed, found)


def _guards_changed(call: Call, changed: Key, guards: Sequence[UnlockMethod]) -> None:
    call.output.result({**key_fields(changed), "guards": guard_fields(guards)})
    call.output.say(f"“{changed.alias}” is now guarded by {methods_said(guards)}.")


def _changed(call: Call, changed: Key, sentence: str) -> None:
    call.output.result(key_fields(changed))
    call.output.say(sentence)


@key.command("public-key", secrets=UNLOCKING)
@click.argument("name", metavar="KEY")
@click.option(
    "--format", "form", type=click.Choice(["pem", "der", "ssh", "jwk", "age"]), default="pem", show_default=True
)
@pass_call
def public_key(call: Call, name: str, form: str) -> None:
    """Print the public key of KEY and its fingerprint.

    Whoever gets the key compares the fingerprint with you. age is for keys of the kind X25519 only.

    Example: signet key public-key contracts --format ssh
    """
    from signet.crypto.publickeys import PublicKeyForm, public_key_text
    from signet.keys.person import grouped
    from signet.services import keys
    from signet.services.sharing import recipient_text, spki_fingerprint

    with call.unlocked() as session:
        found = keys.find_key(session, name)
        spki = keys.public_key(session, name)
    if form == "age":
        text = recipient_text(spki)
    else:
        text = public_key_text(spki, PublicKeyForm(form), comment=found.alias, key_id=f"{found.id}/{found.version}")
    fingerprint = spki_fingerprint(spki)
    call.output.result({"public_key": text.rstrip("\n"), "format": form, "fingerprint": fingerprint})
    if call.output.notes_are_seen:
        call.output.note(f"Fingerprint: {grouped(fingerprint)}")
    if form == PublicKeyForm.DER:
        call.output.raw(spki)
    else:
        call.output.text(text)


for command in (policy, rotate, rotation, versions, re_encrypt, *LIFE, *NAMES, export, *IMPORTING, *TRANSFER):
    key.add_command(command)
