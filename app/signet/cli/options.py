"""Commands, groups and the options that many of them share.

The global options stand before or after the command, and between a group and its command. Secret options stand after
the command that takes them. Groups load their commands when they are asked for: starting has to be quick.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from signet import __version__
from signet.cli.call import VAULT_VARIABLE, Call
from signet.errors import UsageError

UNLOCKING = ("pin-file", "recovery", "unlock-method")
"""What a command takes that opens the vault."""
_PREFIX = "shared_"
_TAG = re.compile(r"([^=]+)=(.*)", re.DOTALL)


class Place(click.ParamType[str]):
    """The path of a file or folder: neither empty nor ``-``, which would mean standard input or output elsewhere."""

    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the path; fail with wrong usage."""
        if value == "":
            self.fail("the name of a file or folder is empty.", param, ctx)
        if value == "-":
            self.fail("standard input and output cannot be used here; ./- is a file of that name.", param, ctx)
        return str(value)


PLACE = Place()


def _note(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Write a shared option into the call; the last one given holds."""
    if context.get_parameter_source(str(parameter.name)) is not click.core.ParameterSource.COMMANDLINE:
        return
    call = context.find_object(Call)
    name = str(parameter.name).removeprefix(_PREFIX)
    if call is None or context.resilient_parsing:
        return
    if name in ("json", "quiet"):
        setattr(call.output, name, value)
    elif name == "yes":
        call.prompt.assume_yes = value
    elif name in ("vault", "module", "recovery", "unlock_method"):
        setattr(call, name, value)
    else:
        call.secrets.name(name.replace("_", "-"), value)


def _version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    call = context.find_object(Call)
    if not value or call is None or context.resilient_parsing:
        return
    call.output.result({"version": __version__})
    call.output.text(f"signet {__version__}")
    context.exit(0)


def _help(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if not value or context.resilient_parsing:
        return
    call = context.find_object(Call)
    if call is None:
        click.echo(context.get_help())
    else:
        call.output.help(context.get_help())
    context.exit(0)


def _shared(name: str, *, help: str, **more: Any) -> click.Option:
    declared = [f"--{name}", _PREFIX + name.replace("-", "_")]
    return click.Option(declared, help=help, **{"callback": _note, "expose_value": False, **more})


def _global_options() -> list[click.Option]:
    return [
        _shared(
            "vault",
            metavar="PATH",
            type=PLACE,
            help=f"The vault: a folder, or a name in the data folder (or ${VAULT_VARIABLE}). "
            "Default: the only one in the data folder, else “personal”.",
        ),
        _shared("module", metavar="PATH", type=PLACE, help="Use this PKCS#11 module and no other."),
        _shared("json", is_flag=True, help="Print one JSON object."),
        _shared("quiet", is_flag=True, help="Print results and errors only."),
        _shared("yes", is_flag=True, help="Answer every question with yes; never gives a secret."),
        _shared("version", is_flag=True, is_eager=True, callback=_version, help="Print the version and stop."),
    ]


_SECRET_OPTIONS: Mapping[str, Callable[[], click.Option]] = {
    "pin-file": lambda: _shared(
        "pin-file",
        metavar="FILE",
        help="File with the PIN, passphrase, recovery code or shares (one a line); - is standard input.",
    ),
    "recovery": lambda: _shared("recovery", is_flag=True, help="Unlock with the recovery code, or the shares."),
    "unlock-method": lambda: _shared("unlock-method", metavar="ID", help="Unlock with this way in."),
    "new-pin-file": lambda: _shared(
        "new-pin-file", metavar="FILE", help="File with the PIN or passphrase that is enrolled or set."
    ),
    "file-passphrase-file": lambda: _shared(
        "file-passphrase-file",
        metavar="FILE",
        help="File with the passphrase of the file that is read, or that is made.",
    ),
    "puk-file": lambda: _shared(
        "puk-file", metavar="FILE", help="File with what unblocks the card: its PUK, SO PIN or Admin PIN."
    ),
    "token-pin-file": lambda: _shared(
        "token-pin-file", metavar="FILE", help="File with the PIN of a token other than the one that unlocks."
    ),
    "old-pin-file": lambda: _shared(
        "old-pin-file", metavar="FILE", help="File with the old card's PIN, if another way in unlocks."
    ),
    "management-key-file": lambda: _shared(
        "management-key-file", metavar="FILE", help="File with a YubiKey's management key, in hexadecimal."
    ),
}


class _Shared(click.Command):
    """Shows its own options apart from those that every command has."""

    global_names: frozenset[str] = frozenset()

    def add_global_options(self) -> None:
        """Add the options that stand anywhere; a command's own option of the same name stays (``key export``)."""
        own = {name for parameter in self.params for name in parameter.opts}
        options = [option for option in _global_options() if not own & set(option.opts)]
        self.global_names = frozenset(str(option.name) for option in options)
        self.params.extend(options)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return ``--help``; what it prints goes the way of every other result."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.callback = _help
        return option

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write two sections: what this command takes, what all take."""
        own: list[tuple[str, str]] = []
        everywhere: list[tuple[str, str]] = []
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx) if isinstance(parameter, click.Option) else None
            if record is not None:
                (everywhere if parameter.name in self.global_names else own).append(record)
        for title, records in (("Options", own), ("Options of every command", everywhere)):
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


class SignetCommand(_Shared):
    """A command; ``secrets`` names the secret options that it takes."""

    def __init__(self, *arguments: Any, secrets: Sequence[str] = (), **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.params.extend(_SECRET_OPTIONS[name]() for name in secrets)
        self.add_global_options()

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; from now on errors know which one it is."""
        call = ctx.find_object(Call)
        if call is not None:
            call.output.command = ctx
            call.secrets.check()
        return super().invoke(ctx)


class SignetGroup(_Shared, click.Group):
    """A group; ``lazy`` names commands as ``module:attribute``, loaded when they are asked for."""

    command_class = SignetCommand

    def __init__(self, *arguments: Any, lazy: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.lazy = dict(lazy or {})
        self.add_global_options()

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click gives it
        """Name the commands in the order in which they were declared."""
        return [*self.lazy, *self.commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - same
        """Return a command, loading its module if need be."""
        if cmd_name not in self.lazy:
            return self.commands.get(cmd_name)
        module, attribute = self.lazy[cmd_name].split(":")
        command = getattr(importlib.import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{self.lazy[cmd_name]} is no command")
        return command

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands first: they are what is looked for."""
        self.format_commands(ctx, formatter)
        _Shared.format_options(self, ctx, formatter)


pass_call = click.make_pass_decorator(Call)


def pairs(given: Sequence[str], *, option: str) -> dict[str, str]:
    """Read ``K=V`` options; raise UsageError for one that is not, or for a key given twice."""
    found: dict[str, str] = {}
    for text in given:
        parts = _TAG.fullmatch(text)
        if parts is None:
            raise UsageError(reason=f"--{option} wants KEY=VALUE, not “{text}”.")
        if parts[1] in found:
            raise UsageError(reason=f"--{option} was given twice for “{parts[1]}”.")
        found[parts[1]] = parts[2]
    return found


limit_option = click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Show the N newest only.")
