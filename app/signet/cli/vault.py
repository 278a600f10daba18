"""`signet vault`: make, look at, back up, restore, check and re-key a vault."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from signet.cli.call import VAULT_VARIABLE, Call
from signet.cli.drill import drill
from signet.cli.options import PLACE, UNLOCKING, SignetGroup, pass_call
from signet.cli.output import printable
from signet.cli.views import method_fields, methods_said
from signet.errors import SecretMissing, UsageError, VaultExists
from signet.services.prompt import SecretKind

if TYPE_CHECKING:
    from signet.services.enrolment import NewMethod

FAILED = 1

vault = SignetGroup("vault", help="Make, look at, back up, restore and check a vault.")


@vault.command("create", secrets=("pin-file",))
@click.argument("path", required=False, type=PLACE)
@click.option("--token", "token_name", metavar="NAME", help="Open it with this card.")
@click.option("--token-key", metavar="ID", help="The key on the card. Default: the first that works.")
@click.option("--software-token", is_flag=True, help="Open it with a new software token, for trying out.")
@click.option("--passphrase", is_flag=True, help="Open it with a passphrase.")
@click.option("--recovery-code-file", metavar="OUT", type=PLACE, help="Write the recovery code to this new file.")
@pass_call
def create(
    call: Call,
    path: str | None,
    token_name: str | None,
    token_key: str | None,
    software_token: bool,
    passphrase: bool,
    recovery_code_file: str | None,
) -> None:
    """Make a vault, with a recovery code as the second way in.

    Without PATH it becomes “personal” in the data folder. The PIN or passphrase comes from --pin-file, else from the
    keyboard.

    Example: signet vault create --token "My card"
    """
    if [token_name is not None, software_token, passphrase].count(True) != 1:
        raise UsageError(reason="Give one of --token NAME, --software-token and --passphrase.")
    if token_key is not None and token_name is None:
        raise UsageError(reason="--token-key goes with --token.")
    place = _new_place(call, path)
    _check_second_way(call, place, recovery_code_file)
    from signet.services.creation import create_vault
    from signet.services.enrolment import NewRecoveryCode

    with _first_way(call, place, token_name, token_key, software_token=software_token) as first:
        made = create_vault(call.workplace(), place, (first, NewRecoveryCode(recovery_code_file)))
    call.output.result(
        {
            "path": made.path,
            "vault_id": made.vault_id,
            "fingerprint": made.fingerprint,
            "methods": [method_fields(method) for method in made.methods],
            "recovery_code_file": made.recovery_code_file,
        }
    )
    call.output.say(f"The vault is at {made.path}.")
    _say_how_to_name(call, made.path)
    if made.path not in call.folders().vaults():
        call.output.say(f"It is not in the data folder; open it with --vault {shlex.quote(made.path)}")
    call.output.say(f"Ways in: {methods_said(made.methods)}.")
    if made.recovery_code_file:
        call.output.say(f"The recovery code is in {made.recovery_code_file}; print it and keep it away from here.")
    call.output.say(f"Note its identity fingerprint: {made.fingerprint}.")


def _new_place(call: Call, path: str | None) -> str:
    """Where the new vault goes: the argument, else ``--vault``, else ``personal`` in the data folder."""
    from signet.services.places import DEFAULT_VAULT, VAULT_SUFFIX

    folders = call.folders()
    if path is not None:
        place = folders.resolve(path)
        if call.vault is not None and folders.resolve(call.vault) != place:
            raise UsageError(reason="PATH and --vault name two places for the new vault; give one of them.")
    else:
        place = call.named_vault() or os.path.join(folders.data, DEFAULT_VAULT + VAULT_SUFFIX)
    if os.path.lexists(place):
        raise VaultExists(path=place)
    return place


def _say_how_to_name(call: Call, path: str) -> None:
    """Where a command without ``--vault`` would not find the vault, say how it is named."""
    try:
        found = os.path.realpath(call.vault_path()) == os.path.realpath(path)
    except UsageError:  # there are several
        found = False
    if not found:
        call.output.say(f"Name it with --vault {shlex.quote(path)} in every command, or in {VAULT_VARIABLE}.")


def _check_second_way(call: Call, place: str, recovery_code_file: str | None) -> None:
    """Before anything is made: the recovery code has somewhere to go, and not into the vault that it opens."""
    if recovery_code_file is None:
        if not call.prompt.is_terminal:
            raise UsageError(
                reason="A vault needs a second way in: give --recovery-code-file, or run Signet in a terminal."
            )
        return
    written = os.path.realpath(recovery_code_file)
    if os.path.commonpath([written, os.path.realpath(place)]) == os.path.realpath(place):
        raise UsageError(reason="The recovery code must not be kept in the vault that it opens.")
    from signet.cli.checks import new_file

    new_file(recovery_code_file)


@contextmanager
def _first_way(
    call: Call, place: str, name: str | None, key_id: str | None, *, software_token: bool
) -> Iterator[NewMethod]:
    """What opens the new vault at ``place``; a software token made for it goes again if the vault does not come."""
    # In this command every secret opens the new vault: all of them come from --pin-file.
    call.prompt.options.update({SecretKind.NEW_PIN: "pin-file", SecretKind.NEW_PASSPHRASE: "pin-file"})
    if not call.secrets.given("pin-file") and not call.prompt.is_terminal:
        raise SecretMissing(what="PIN or passphrase of the new vault", option="pin-file")
    from signet.services.enrolment import NewPassphrase, NewToken

    if software_token:
        from signet.services.tokens import software_token_for

        call.prompt.typed_twice.add(SecretKind.PIN)
        with software_token_for(call.workplace(), place) as made:
            yield NewToken(made.label, pin_kind=SecretKind.PIN)
    elif name is not None:
        yield NewToken(name, key_id, pin_kind=SecretKind.PIN)
    else:
        yield NewPassphrase()


@vault.command("info")
@pass_call
def info(call: Call) -> None:
    """Show the vault's header, without unlocking.

    Example: signet vault info
    """
    from signet.crypto.identity import fingerprint
    from signet.services.opening import header_of

    path = call.vault_path()
    header = header_of(path)
    methods = [method_fields(method) for method in header.methods]
    fields = {
        "path": path,
        "vault_id": header.vault_id,
        "generation": header.generation,
        "fingerprint": fingerprint(header.identity),
        "database": header.database,
        "methods": methods,
    }
    call.output.facts(
        fields,
        [
            ("Vault", path),
            ("Id", header.vault_id),
            ("Identity", fields["fingerprint"]),
            ("Generation", header.generation),
            *(("Way in", f"{method['kind']} “{method['label']}”, {method['id']}") for method in methods),
        ],
    )


@vault.command("backup", secrets=UNLOCKING)
@click.argument("out", type=PLACE)
@pass_call
def backup(call: Call, out: str) -> None:
    """Write a backup to the new file OUT.

    Example: signet vault backup /media/stick/personal.signet-backup
    """
    from signet.cli.checks import new_file
    from signet.services.backup import write_backup

    new_file(out)
    with call.unlocked() as session:
        path = write_backup(session, out)
    call.output.result({"path": path})
    call.output.say(f"The backup is {path}. It opens with the vault's ways in as they are now.")


@vault.command("restore", secrets=UNLOCKING)
@click.argument("backup_file", metavar="BACKUP", type=PLACE)
@click.argument("path", type=PLACE)
@pass_call
def restore(call: Call, backup_file: str, path: str) -> None:
    """Make the vault PATH out of the backup file BACKUP.

    If the same vault stands in another place, only the restored one opens from then on; you are asked first.

    Example: signet vault restore personal.signet-backup personal
    """
    from signet.services.restore import restore_backup

    target = call.folders().resolve(path)
    restored = restore_backup(call.workplace(), backup_file, target, selection=call.selection())
    call.output.result(
        {
            "path": restored.path,
            "vault_id": restored.vault_id,
            "generation": restored.generation,
            "removed": list(restored.removed),
            "replaced": restored.replaced,
            "shut_out": list(restored.shut_out),
        }
    )
    call.output.say(f"The vault is restored at {restored.path}.")
    _say_how_to_name(call, restored.path)
    if restored.replaced:
        call.output.say(f"What stood there is kept in {restored.replaced}.")
    for other in restored.shut_out:
        call.output.say(
            f"This computer opens the vault at {restored.path} from now on, and no longer the one at {other}. "
            f"To go back to that: signet vault accept --vault {shlex.quote(other)}"
        )
    if restored.removed:
        call.output.say("Taken out again: " + ", ".join(restored.removed) + ".")


@vault.command("verify", secrets=UNLOCKING)
@pass_call
def verify(call: Call) -> int:
    """Check the whole vault, every key and the log.

    Example: signet vault verify
    """
    from signet.services.verification import verify_vault

    with call.unlocked() as session:
        found = verify_vault(session)
    problems = [{"place": problem.place, "what": problem.what} for problem in found.problems]
    call.output.result(
        {
            "problems": problems,
            "findings": list(found.notes),
            "keys_checked": found.keys_checked,
            "entries_checked": found.entries_checked,
        }
    )
    for note in found.notes:
        call.output.say(note)
    for problem in found.problems:
        call.output.text(printable(f"{problem.place}: {problem.what}"))
    if problems:
        return FAILED
    call.output.say(
        f"All is well. Checked: {_counted(found.keys_checked, 'key', 'keys')} and "
        f"{_counted(found.entries_checked, 'log entry', 'log entries')}."
    )
    return 0


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


@vault.command("rotate-master", secrets=UNLOCKING)
@pass_call
def rotate_master(call: Call) -> None:
    """Give the vault a new master key; all ways in stay.

    Example: signet vault rotate-master
    """
    from signet.services.master import rotate_master as service

    with call.unlocked(administer=True) as session:
        rotated = service(session)
    call.output.result({"generation": rotated.generation, "old_backups": list(rotated.old_backups)})
    call.output.say(f"The vault has a new master key; its header is now generation {rotated.generation}.")
    if rotated.old_backups:
        call.output.say("Older backups still open under the old master key: " + ", ".join(rotated.old_backups))


@vault.command("accept", secrets=UNLOCKING)
@pass_call
def accept(call: Call) -> None:
    """Take the vault as it is for the one you know.

    For a vault that you restored or replaced yourself. Shows what differs from what this computer knew, and asks.

    Example: signet vault accept
    """
    from signet.services.trust import accept_vault

    path = call.vault_path()
    accepted = accept_vault(call.workplace(), path, selection=call.selection())
    call.output.result(
        {
            "path": path,
            "vault_id": accepted.vault_id,
            "generation": accepted.generation,
            "differences": list(accepted.differences),
        }
    )
    call.output.say("This computer now knows the vault as it is.")


vault.add_command(drill)
