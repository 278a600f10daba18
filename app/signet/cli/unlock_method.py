"""`signet unlock-method`: the ways into a vault."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from signet.cli.call import Call
from signet.cli.lost import lost
from signet.cli.options import PLACE, UNLOCKING, SignetGroup, pass_call
from signet.cli.renewal import renew
from signet.cli.views import METHOD_COLUMNS, kind_said, method_fields
from signet.crypto.shares import MAX_SHARES, MIN_THRESHOLD
from signet.errors import UsageError

if TYPE_CHECKING:
    from signet.services.enrolment import NewMethod

ENROLLING = (*UNLOCKING, "new-pin-file")

unlock_method = SignetGroup("unlock-method", help="See, add, test and remove the ways into the vault.")


@unlock_method.command("list", secrets=UNLOCKING)
@pass_call
def list_methods(call: Call) -> None:
    """List the ways into the vault.

    Example: signet unlock-method list
    """
    from signet.services import methods

    with call.unlocked() as session:
        views = methods.list_methods(session)
    items = [
        {
            "id": view.id,
            "kind": view.kind.value,
            "label": view.label,
            "created": view.created,
            "proven": view.proven_at,
            "scheme": view.scheme,
            "attested": view.attested,
            "holder": view.holder,
            "place": view.place,
        }
        for view in views
    ]
    call.output.listing(items, METHOD_COLUMNS, empty="The vault has no way in.")


@unlock_method.command("add-token", secrets=ENROLLING)
@click.argument("name")
@click.option("--token-key", metavar="ID", help="The key on the card. Default: the first that works.")
@pass_call
def add_token(call: Call, name: str, token_key: str | None) -> None:
    """Let the card NAME open the vault.

    Its PIN comes from --new-pin-file or is asked for.

    Example: signet unlock-method add-token "Spare card"
    """
    from signet.services.enrolment import NewToken

    _add(call, NewToken(name, token_key))


@unlock_method.command("add-passphrase", secrets=ENROLLING)
@pass_call
def add_passphrase(call: Call) -> None:
    """Let a passphrase open the vault.

    It comes from --new-pin-file or is asked for.

    Example: signet unlock-method add-passphrase
    """
    from signet.services.enrolment import NewPassphrase

    _add(call, NewPassphrase())


@unlock_method.command("add-recovery-code", secrets=UNLOCKING)
@click.argument("out", type=PLACE)
@pass_call
def add_recovery_code(call: Call, out: str) -> None:
    """Make a recovery code that opens the vault.

    It is written to the new file OUT.

    Example: signet unlock-method add-recovery-code code.txt
    """
    from signet.cli.checks import new_file
    from signet.services.enrolment import NewRecoveryCode

    new_file(out)
    _add(call, NewRecoveryCode(out))


@unlock_method.command("add-recovery-shares", secrets=UNLOCKING)
@click.argument("k", type=click.IntRange(MIN_THRESHOLD, MAX_SHARES))
@click.argument("n", type=click.IntRange(MIN_THRESHOLD, MAX_SHARES))
@click.argument("folder", type=PLACE)
@pass_call
def add_recovery_shares(call: Call, k: int, n: int, folder: str) -> None:
    """Make N shares, any K of which open the vault.

    Each is 33 words (SLIP-39) in a new file of its own in FOLDER, which is made if it is not there. Fewer than K of
    them tell nothing. Print them, bring each to another place or person, and delete the files.

    Example: signet unlock-method add-recovery-shares 2 3 shares
    """
    from signet.cli.checks import new_file, output_folder
    from signet.services import methods
    from signet.services.enrolment import NewRecoveryShares

    if k > n:
        raise UsageError(reason=f"{k} of {n} shares cannot be asked for: K is at most N.")
    new = NewRecoveryShares(k, n, folder)
    output_folder(folder)
    if os.path.isdir(folder):
        for file in new.files:
            new_file(file)
    else:
        new_file(folder)
    with call.unlocked(administer=True) as session:
        added = methods.add_method(session, new)
    call.output.result({**method_fields(added), "threshold": k, "shares": n, "files": list(new.files)})
    call.output.say(
        f"“{added.label}” opens the vault now; its id is {added.id}. The {n} shares are in {folder}, each in a file "
        "of its own: print them, bring each to another place or person, and delete the files."
    )


def _add(call: Call, new: NewMethod) -> None:
    from signet.services import methods

    with call.unlocked(administer=True) as session:
        added = methods.add_method(session, new)
    call.output.result(method_fields(added))
    call.output.say(f"“{added.label}” opens the vault now; its id is {added.id}.")


@unlock_method.command("prove", secrets=(*UNLOCKING, "token-pin-file"))
@click.argument("method_id", metavar="ID")
@pass_call
def prove(call: Call, method_id: str) -> None:
    """Open the vault by the way in ID, as a test.

    With --unlock-method or --recovery another way in opens the vault, and ID vouches for it anew; its own secret then
    comes from --token-pin-file.

    Example: signet unlock-method prove 5d0c3f9a
    """
    from signet.services import methods

    if not call.recovery and call.unlock_method is None:
        call.unlock_method = method_id
    with call.unlocked(administer=True) as session:
        proven = methods.prove_method(session, method_id)
    call.output.result(method_fields(proven))
    call.output.say(f"“{proven.label}” opens the vault.")


@unlock_method.command("remove", secrets=UNLOCKING)
@click.argument("method_id", metavar="ID")
@pass_call
def remove(call: Call, method_id: str) -> None:
    """Remove the way in ID.

    The vault gets a new master key; older backups still open with what was removed.

    Example: signet unlock-method remove 5d0c3f9a
    """
    from signet.services import methods

    with call.unlocked(administer=True) as session:
        method = methods.about_to_remove(session, method_id)
        call.prompt.confirm(
            f"“{method.label}” ({kind_said(method.kind)}, added on {method.created[:10]}) will no longer open the "
            "vault, which gets a new master key. Remove it?"
        )
        rotated = methods.remove_method(session, method_id)
    call.output.result(
        {
            "removed": list(rotated.removed),
            "generation": rotated.generation,
            "old_backups": list(rotated.old_backups),
        }
    )
    call.output.say("Removed: " + ", ".join(rotated.removed) + ". The vault has a new master key.")
    left = rotated.old_backups
    if left:
        call.output.say("Older backups still open with what was removed: " + ", ".join(left))


unlock_method.add_command(lost)
unlock_method.add_command(renew)
