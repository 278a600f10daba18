"""What to do next, as this very command can be told: its own options, and the commands that lead on.

The errors' own next steps are true everywhere; here they become as precise as the command line allows.
"""

from __future__ import annotations

import os
import shlex

import click

from signet.errors import (
    CiphertextInvalid,
    FolderReadOnly,
    FormatUnrecognised,
    KeyStateRefused,
    KeyUsageRefused,
    LastGuard,
    NameNotTyped,
    OutputExists,
    SecretMissing,
    SignetError,
    TokenKeyNotFound,
    TokenNotFound,
    UsageError,
    VaultNotFound,
)
from signet.keys.spec import KeySpec
from signet.keys.state import Act, KeyState, said

_MAKES = {
    "encrypt": "signet key create NAME",
    "sign": f"signet key create NAME --spec {KeySpec.ECC_NIST_EDWARDS25519}",
    "make data keys": "signet key create NAME",
    "make data key pairs": "signet key create NAME",
    "authenticate messages": f"signet key create NAME --spec {KeySpec.HMAC_256}",
    "agree on shared secrets": f"signet key create NAME --spec {KeySpec.X25519}",
    "encapsulate shared secrets": f"signet key create NAME --spec {KeySpec.ML_KEM_768}",
    "decapsulate shared secrets": f"signet key create NAME --spec {KeySpec.ML_KEM_768}",
}
_ENABLE = "`signet key enable {key}` switches it on again."
_SO_ALREADY = "It is so already; there is nothing to do."
_OUT_OF_STATE = {
    KeyState.ENABLED.value: _SO_ALREADY,
    KeyState.DISABLED.value: _ENABLE,
    KeyState.ARCHIVED.value: _ENABLE,
    KeyState.PENDING_DELETION.value: (
        "`signet key cancel-deletion {key}` keeps it; `signet key enable {key}` then switches it on again."
    ),
    KeyState.UNAVAILABLE.value: "Put in the card that holds or guards it; `signet token list` shows what is seen.",
}
_BLOCKED = {
    ("be enabled", KeyState.PENDING_DELETION.value): "Keep it first, with `signet key cancel-deletion {key}`.",
    ("be disabled", KeyState.DISABLED.value): _SO_ALREADY,
    ("be archived", KeyState.ARCHIVED.value): _SO_ALREADY,
    ("be scheduled for deletion", KeyState.PENDING_DELETION.value): (
        "It is so already; `signet key show {key}` says from when on it can be destroyed."
    ),
    ("be taken out of the archive", KeyState.ENABLED.value): "It is enabled already; there is nothing to do.",
    **{
        (said(Act.CANCEL_DELETION), state.value): "It is not to be deleted; there is nothing to cancel."
        for state in KeyState
    },
    **{
        (said(Act.DESTROY), state.value): "Schedule its deletion first, with `signet key schedule-deletion {key}`."
        for state in KeyState
    },
}


def hint_of(error: SignetError, context: click.Context | None) -> str:
    """Say what the person can do about ``error`` after the command of ``context`` (None: no command was found)."""
    options = _options(context)
    hint = _hint(error, context, options)
    if isinstance(error, (VaultNotFound, SecretMissing, TokenNotFound)) and "--trust" in options:
        hint += " Or say with --trust FILE whose signatures you trust: that needs no vault."
    return hint


def _hint(error: SignetError, context: click.Context | None, options: dict[str, str]) -> str:
    if isinstance(error, OutputExists):
        return _about_existing(options)
    if isinstance(error, FolderReadOnly) and os.path.isfile(error.path):
        return f"It belongs to somebody else, or is closed to you: `ls -l {shlex.quote(error.path)}` shows which."
    if isinstance(error, FolderReadOnly) and "--output" in options:
        return "Choose another place with --output, or ask for the permission."
    if isinstance(error, KeyStateRefused):
        return _about_state(error)
    if isinstance(error, KeyUsageRefused) and error.operation in _MAKES:
        return f"Use a key that was made for this, or make one: `{_MAKES[error.operation]}`."
    if isinstance(error, TokenNotFound) and error.others:
        return (
            "Put the card in; `signet token list` shows what can be seen. "
            f"Or open the vault with {error.others}; `signet vault info` names every way in."
        )
    if isinstance(error, FormatUnrecognised) and error.legacy and "--legacy" in options:
        return (
            "If you expect an old file from somebody you trust, give --legacy; such a file can be made so that two "
            "people read different things in it."
        )
    if type(error) is CiphertextInvalid and "--context" in options:
        return (
            "Give exactly the --context pairs that it was encrypted with (with others it looks damaged), "
            "or use another copy."
        )
    if isinstance(error, LastGuard) and "--typed" in options:
        return (
            "Open the vault by it and add another guard first. If it is lost, so is the key: repeat this in a "
            "terminal and type the key's name, or give it with --typed."
        )
    if isinstance(error, NameNotTyped) and "--typed" in options:
        return "Nothing was destroyed. Repeat it in a terminal and type the name, or give it with --typed."
    if isinstance(error, TokenKeyNotFound):
        return "`signet token keys NAME` shows the keys of a card."
    if type(error) is UsageError and context is not None:
        return f"See `{context.command_path} --help`."
    return error.hint


def _options(context: click.Context | None) -> dict[str, str]:
    """The options of the command, each with what is written behind it."""
    parameters = context.command.params if context is not None else []
    options = [each for each in parameters if isinstance(each, click.Option)]
    return {name: each.metavar or "" for each in options for name in each.opts}


def _about_existing(options: dict[str, str]) -> str:
    ways = ["Move it away"]
    if "--output" in options:
        ways.append("choose another folder with --output" if options["--output"] == "FOLDER" else "use --output OUT")
    if "--overwrite" in options:
        ways.append("replace it with --overwrite")
    if len(ways) == 1:
        ways.append("choose another name")
    return ", ".join(ways[:-1]) + f", or {ways[-1]}."


def _about_state(error: KeyStateRefused) -> str:
    template = _BLOCKED.get((error.operation, error.state)) or _OUT_OF_STATE.get(error.state)
    return error.hint if template is None else template.format(key=shlex.quote(error.key))
