"""`signet key import` and what belongs to imported keys: wrapped transport, material, dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import click

from signet.cli.call import Call
from signet.cli.options import PLACE, UNLOCKING, SignetCommand, pairs, pass_call
from signet.cli.views import key_fields
from signet.errors import UsageError
from signet.formats.key_import import WrappingAlgorithm, WrappingSpec
from signet.keys.spec import KeySpec, KeyUsage, Protection

if TYPE_CHECKING:
    from signet.keys.model import Key
    from signet.services.importing import KeyFile, Wanted

_SPECS = [spec.value for spec in KeySpec]
_USAGES = [usage.value for usage in KeyUsage]
_READING = (*UNLOCKING, "file-passphrase-file", "token-pin-file")
_expires = click.option(
    "--expires", metavar="DATE", help="Last day of use, YYYY-MM-DD; then the key waits to be imported again."
)
_guards = click.option("--guard", "guards", multiple=True, metavar="ID", help="A guard of a guarded key; repeatable.")


@click.command("import", cls=SignetCommand, secrets=_READING)
@click.argument("alias")
@click.argument("file", type=PLACE)
@click.option("--spec", type=click.Choice(_SPECS), help="For bytes that could be several.")
@click.option("--usage", type=click.Choice(_USAGES), help="Default: what the spec is for.")
@click.option("--encoding", type=click.Choice(["raw", "hex", "base64"]), help="How the bytes of a secret key stand.")
@click.option("--protection", type=click.Choice(["vault", "guarded"]), default="vault", show_default=True)
@_guards
@_expires
@click.option("--never-export", is_flag=True, help="The key can never leave this vault; for ever.")
@click.option("--description", default="", metavar="TEXT", help="What the key is for.")
@click.option("--tag", "tags", multiple=True, metavar="K=V", help="A tag; can be given several times.")
@pass_call
def import_key(
    call: Call,
    alias: str,
    file: str,
    spec: str | None,
    usage: str | None,
    encoding: str | None,
    protection: str,
    guards: tuple[str, ...],
    expires: str | None,
    never_export: bool,
    description: str,
    tags: tuple[str, ...],
) -> None:
    """Take the key in FILE into the vault, as ALIAS.

    Read are private keys in PEM and DER (PKCS#8, PKCS#1, SEC1), OpenSSH, PKCS#12 and JWK files, and symmetric keys as
    JWK, as bytes, in hexadecimal or base64; FILE is recognised by its content. Its passphrase comes from
    --file-passphrase-file or the keyboard. FILE stays as it is.

    Examples: signet key import ssh ~/.ssh/id_ed25519; signet key import papers papers.jwk --expires 2027-12-31
    """
    from signet.crypto.keyreading import Encoding
    from signet.services import importing, key_rules

    key_rules.check_alias(alias)
    guarded = Protection.GUARDED if guards else Protection(protection)
    until = None if expires is None else last_moment(expires)
    found = importing.read_key_file(call.workplace(), file, encoding=None if encoding is None else Encoding(encoding))
    with found.key.material:
        wanted = importing.Wanted(
            alias=alias,
            spec=None if spec is None else KeySpec(spec),
            usage=None if usage is None else KeyUsage(usage),
            description=description,
            tags=tuple(pairs(tags, option="tag").items()),
            protection=guarded,
            guards=guards,
            expires=until,
            never_export=never_export,
        )
        if spec is None and usage is None:
            wanted = _with_choice(call, found, wanted)
        importing.choose(found.key, wanted.spec, wanted.usage, wanted.protection)
        with call.unlocked() as session:
            made = importing.import_key(session, found, wanted)
    _changed(call, made, f"“{made.alias}” is ready: {found.key.what}, {made.spec.value}, for {made.usage.value}.")


@click.command("import-parameters", cls=SignetCommand, secrets=UNLOCKING)
@click.argument("name", metavar="KEY")
@click.argument("public_key", metavar="PUBLIC-KEY", type=PLACE)
@click.argument("token", type=PLACE)
@click.option(
    "--wrapping-spec",
    type=click.Choice([spec.value for spec in WrappingSpec]),
    default=WrappingSpec.RSA_4096.value,
    show_default=True,
)
@click.option(
    "--algorithm",
    type=click.Choice([algorithm.value for algorithm in WrappingAlgorithm]),
    help="Default: RSAES_OAEP_SHA_256 for symmetric keys, else RSA_AES_KEY_WRAP_SHA_256.",
)
@pass_call
def import_parameters(
    call: Call, name: str, public_key: str, token: str, wrapping_spec: str, algorithm: str | None
) -> None:
    """Write a wrapping key and an import token for KEY.

    KEY was made with --origin external and waits for its material. PUBLIC-KEY and TOKEN are new files, both
    good for 24 hours and one import.

    Example: signet key import-parameters archive wrapping.bin token.json
    """
    from signet.cli.checks import new_file
    from signet.services.import_transport import import_parameters as parameters

    for out in (public_key, token):
        new_file(out)
    with call.unlocked() as session:
        given = parameters(
            session,
            name,
            public_key,
            token,
            wrapping_spec=WrappingSpec(wrapping_spec),
            algorithm=None if algorithm is None else WrappingAlgorithm(algorithm),
        )
    call.output.result(
        {
            "public_key_path": given.public_key_path,
            "token_path": given.token_path,
            "wrapping_spec": given.wrapping_spec.value,
            "algorithm": given.algorithm.value,
            "expires": given.expires,
        }
    )
    call.output.say(
        f"Wrap the material for “{given.key.alias}” with {given.public_key_path} by {given.algorithm.value}, until "
        f"{given.expires}; then: signet key import-material {given.key.alias} WRAPPED --import-token {token}"
    )


@click.command("import-material", cls=SignetCommand, secrets=_READING)
@click.argument("name", metavar="KEY")
@click.argument("file", type=PLACE)
@click.option("--import-token", metavar="TOKEN", type=PLACE, help="FILE is wrapped with the key of this token.")
@_guards
@_expires
@pass_call
def import_material(
    call: Call, name: str, file: str, import_token: str | None, guards: tuple[str, ...], expires: str | None
) -> None:
    """Put the material in FILE into KEY, which waits for it.

    If KEY had material before, only exactly the same is taken. Without --import-token FILE is a key file as for
    `signet key import`.

    Example: signet key import-material archive wrapped.bin --import-token token.json
    """
    from signet.services import importing
    from signet.services.import_transport import import_wrapped

    until = None if expires is None else last_moment(expires)
    if import_token is not None:
        with call.unlocked() as session:
            made = import_wrapped(session, name, file, import_token, expires=until, guards=guards)
    else:
        found = importing.read_key_file(call.workplace(), file)
        with found.key.material, call.unlocked() as session:
            made = importing.import_material(
                session, name, found.key, expires=until, guards=guards, details={"path": found.path}
            )
        call.output.note(found.still_there)
    _changed(call, made, f"“{made.alias}” has its material and can be used.")


@click.command("expiry", cls=SignetCommand, secrets=UNLOCKING)
@click.argument("name", metavar="KEY")
@click.option("--expires", metavar="DATE", help="Last day of use, YYYY-MM-DD.")
@click.option("--never", is_flag=True, help="It does not expire.")
@pass_call
def expiry(call: Call, name: str, expires: str | None, never: bool) -> None:
    """Give imported material another last day, or none.

    What has expired can be used again.

    Example: signet key expiry papers --expires 2028-12-31
    """
    from signet.services.import_expiry import set_expiry

    if (expires is None) != never:
        raise UsageError(reason="Give --expires DATE or --never.")
    until = None if expires is None else last_moment(expires)
    with call.unlocked() as session:
        changed = set_expiry(session, name, until)
    _changed(call, changed, f"“{changed.alias}” can be used {'without end' if never else f'until {expires}'}.")


@click.command("delete-material", cls=SignetCommand, secrets=UNLOCKING)
@click.argument("name", metavar="KEY")
@pass_call
def delete_material(call: Call, name: str) -> None:
    """Wipe the imported material of KEY.

    It waits for exactly the same again.

    Example: signet key delete-material papers
    """
    from signet.services.import_expiry import delete_material as delete

    with call.unlocked() as session:
        changed = delete(session, name)
    _changed(call, changed, f"The material of “{changed.alias}” is gone; the key waits to be imported again.")


def last_moment(day: str) -> datetime:
    """The last second of a day ``YYYY-MM-DD``, as this computer's clocks show it; raise UsageError."""
    from signet.keys.dates import read_moment

    try:
        if len(day.strip()) == len("2027-03-01"):
            return read_moment(day, last=True)
    except ValueError as error:
        raise UsageError(reason=f"--expires: {error}.") from error
    raise UsageError(reason=f"--expires wants a day as YYYY-MM-DD, not “{day}”.")


def _with_choice(call: Call, found: KeyFile, wanted: Wanted) -> Wanted:
    """Ask somebody at a terminal what the key is for, where the file leaves a choice."""
    from signet.services import importing

    able = importing.choices(found.key, wanted.protection)
    if len(able) < 2:
        return wanted
    listed = "; ".join(f"{number} {each.spec}, {each.usage}" for number, each in enumerate(able, start=1))
    answer = call.prompt.line(f"What is the key for? {listed}: ")
    if not answer:
        return wanted
    numbered = {str(number): each for number, each in enumerate(able, start=1)}
    if answer not in numbered:
        raise UsageError(reason=f"“{answer}” is none of 1 to {len(able)}.")
    return replace(wanted, spec=numbered[answer].spec, usage=numbered[answer].usage)


def _changed(call: Call, changed: Key, sentence: str) -> None:
    call.output.result(key_fields(changed))
    call.output.say(sentence)


COMMANDS = (import_key, import_parameters, import_material, expiry, delete_material)
