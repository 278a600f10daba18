"""age files on the command line: the options by which `encrypt` and `decrypt` take them, and what they come to."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from signet.cli.call import Call
from signet.cli.options import PLACE
from signet.cli.running import running
from signet.errors import UsageError

if TYPE_CHECKING:
    from signet.crypto.age_keytexts import AgeIdentity
    from signet.services.files_items import Item

AGE = "age"
PASSPHRASE_FILE = "file-passphrase-file"
_FORMATS = ("esdk", AGE)
NOTED = "noted when this vault made the file; the file itself does not say it"
NOT_NOTED = "not known: the file does not say it, and this vault did not note it"


@dataclass(frozen=True)
class AgeOptions:
    """What was said about age; ``chosen`` exactly if the file is to be one."""

    chosen: bool
    recipients: tuple[str, ...]
    passphrase: bool
    armor: bool

    def check(self, *named: str | None, **others: object) -> None:
        """Raise UsageError for options of age without it, and for ``others`` that mean nothing with it.

        ``named`` are keys and persons: without age there must be one.
        """
        if self.chosen:
            for name, value in others.items():
                if value:
                    raise UsageError(reason=f"--{name.replace('_', '-')} has no meaning for an age file.")
        elif self.recipients or self.passphrase or self.armor:
            raise UsageError(reason="--recipient, --passphrase and --armor are for age files: add --format age.")
        elif not any(named):
            raise UsageError(
                reason="Say for whom: --key KEY, --to PERSON, or both. For a passphrase: --format age --passphrase."
            )


def age_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of age, which it gets together as ``age``."""

    @functools.wraps(command)
    def collected(
        call: Call,
        *,
        file_format: str,
        recipients: tuple[str, ...],
        passphrase: bool,
        armor: bool,
        **others: Any,
    ) -> Any:
        chosen = file_format == AGE
        asked = passphrase or call.secrets.given(PASSPHRASE_FILE)
        return command(call, age=AgeOptions(chosen, recipients, asked, armor), **others)

    options = (
        click.option(
            "--format",
            "file_format",
            type=click.Choice(_FORMATS),
            default=_FORMATS[0],
            show_default=True,
            help="What the file is to be: an Encryption SDK message, or an age file for people who use age.",
        ),
        click.option(
            "--recipient",
            "recipients",
            multiple=True,
            metavar="age1…|ssh-…|FILE",
            help="For --format age: who can open it, as age or SSH writes public keys; repeatable.",
        ),
        click.option(
            "--passphrase",
            is_flag=True,
            help="For --format age: whoever knows the passphrase that is asked for can open it, and nobody else.",
        ),
        click.option("--armor", is_flag=True, help="For --format age: as text, which fits into a mail."),
    )
    for option in reversed(options):
        collected = option(collected)
    return collected


identity_option = click.option(
    "--identity",
    "identities",
    multiple=True,
    metavar="FILE",
    type=PLACE,
    help="For age files: a private key that opens them, of age or of OpenSSH; repeatable.",
)


def result_name(name: str, folder: bool) -> str:
    """Return what the age file of a file or folder is called."""
    from signet.services.age_names import age_name

    return age_name(name, folder=folder)


def encrypt_age(
    call: Call,
    age: AgeOptions,
    paths: Callable[[Any], Sequence[str]],
    *,
    keys: Sequence[str],
    people: Sequence[str],
    output: str | None,
    overwrite: bool,
    verify: bool,
) -> tuple[Item, ...]:
    """Unlock and encrypt; ``paths`` says with the open vault which files."""
    from signet.services.age_encrypt import encrypt_age as service
    from signet.services.age_recipients import For, check_combination

    wanted = For(age.recipients, tuple(keys), passphrase=age.passphrase, people=tuple(people))
    check_combination(wanted)
    with call.unlocked() as session, running(call.output, "Encrypting") as work:
        return service(
            session,
            paths(session),
            to=wanted,
            armor=age.armor,
            output=output,
            overwrite=overwrite,
            verify=verify,
            progress=work.progress,
            cancelled=work.cancelled,
        )


def read_identities(call: Call, files: Sequence[str]) -> tuple[AgeIdentity, ...]:
    """Read the private keys that were named, before the vault is opened."""
    from signet.services.age_opening import read_identities as read

    return tuple(each for path in files for each in read(call.prompt, path))


def inspect_age(call: Call, path: str, *, names: bool) -> bool:
    """Show the header of an age file, with ``names`` for whom the vault made it; False if it is none."""
    from signet.services.age_inspect import inspect_age as service
    from signet.services.age_names import is_age_file
    from signet.services.openers import OpenerKind, said_of

    if not is_age_file(path):
        return False
    found = service(path)
    if names:
        with call.unlocked() as session:
            found = service(path, session=session)
    kinds = ["a passphrase" if kind == "scrypt" else f"a key: {kind}" for kind in found.kinds]
    cost = f"scrypt with 2^{found.work_factor} rounds, {found.mebibytes} MiB of memory"
    call.output.facts(
        {
            "path": found.path,
            "format": AGE,
            "format_version": 1,
            "size": found.size,
            "header_size": found.header_size,
            "armored": found.armored,
            "recipients": list(found.kinds),
            "work_factor": found.work_factor,
            "made_for": [
                {
                    "fingerprint": each.recipient.fingerprint,
                    "who": str(each.kind),
                    "name": None if each.kind is OpenerKind.UNKNOWN else each.name,
                }
                for each in found.openers
            ],
        },
        [
            ("File", found.path),
            ("Format", "age file, version 1" + (", armored" if found.armored else "")),
            *(("Opened by", sentence) for sentence in (said_of(found.openers) if found.openers else kinds)),
            *((("For whom", NOTED if found.openers else NOT_NOTED),) if names and not found.work_factor else ()),
            *((("Passphrase", cost),) if found.work_factor else ()),
        ],
    )
    return True
