"""`signet mac` and `signet random`: message authentication codes, and random bytes."""

from __future__ import annotations

import base64
import binascii
import os
import re
from typing import TYPE_CHECKING

import click

from signet.cli.call import Call
from signet.cli.options import PLACE, UNLOCKING, SignetCommand, SignetGroup, pass_call
from signet.cli.running import running
from signet.cli.streams import FORMATS, encoded, refuse_terminal, show_bytes
from signet.errors import MacInvalid, UsageError
from signet.secret import Secret

if TYPE_CHECKING:
    from signet.services.macs import Mac

MAX_RANDOM = 1024
MAX_CODE_FILE = 1024
"""Bytes that are read of a file with a code; the longest code, HMAC with SHA-512, has 64."""
AS_TEXT = "choose another --format, or give --json"
_HEX = re.compile(r"([0-9a-fA-F]{2})+")

mac = SignetGroup("mac", help="Authenticate files with HMAC keys.")
key_option = click.option("--key", "key_name", required=True, metavar="KEY", help="The HMAC key.")
format_option = click.option("--format", "form", type=click.Choice(FORMATS), default="raw", show_default=True)


@mac.command("generate", secrets=(*UNLOCKING, "token-pin-file"))
@click.argument("file", type=PLACE)
@key_option
@format_option
@pass_call
def generate(call: Call, file: str, key_name: str, form: str) -> None:
    """Compute the authentication code of FILE.

    Example: signet mac generate letter.txt --key seal --format hex
    """
    from signet.cli.checks import readable_file
    from signet.services import macs

    if form == "raw":
        refuse_terminal(call, instead=AS_TEXT)
    readable_file(file)
    with call.unlocked(one_job=True) as session, running(call.output, "Reading") as work:
        made = macs.generate_mac(session, file, key=key_name, progress=work.progress, cancelled=work.cancelled)
    call.output.result({**_fields(file, made), "mac": encoded(made.code)})
    show_bytes(call, Secret(made.code), form=form)


@mac.command("verify", secrets=(*UNLOCKING, "token-pin-file"))
@click.argument("file", type=PLACE)
@click.argument("code", metavar="MAC", type=PLACE)
@key_option
@pass_call
def verify(call: Call, file: str, code: str, key_name: str) -> int:
    """Check the authentication code of FILE.

    MAC is the code itself, in hexadecimal or base64, or a file with its bytes.

    Example: signet mac verify letter.txt letter.mac --key seal
    """
    from signet.cli.checks import readable_file
    from signet.services import keys, macs

    readable_file(file)
    given = _code(code)
    with call.unlocked(one_job=True) as session, running(call.output, "Reading") as work:
        try:
            found = macs.verify_mac(
                session, file, given, key=key_name, progress=work.progress, cancelled=work.cancelled
            )
        except MacInvalid as error:
            if call.json:
                key = keys.find_key(session, key_name)
                call.output.result(
                    {
                        "path": file,
                        "key_id": key.id,
                        "alias": key.alias,
                        "version": key.version,
                        "algorithm": key.spec.mac_algorithm,
                        "verdict": "invalid",
                    }
                )
                return error.exit_status
            raise
    call.output.result({**_fields(file, found), "verdict": "valid"})
    call.output.say(f"valid: the code is that of this file under “{found.key.alias}”.")
    return 0


@click.command("random", cls=SignetCommand, secrets=UNLOCKING)
@click.argument("size", metavar="BYTES", type=click.IntRange(1, MAX_RANDOM))
@format_option
@pass_call
def random(call: Call, size: int, form: str) -> None:
    """Print random bytes, 1 to 1024.

    They come from the system's random source; that they were made is recorded.

    Example: signet random 16 --format hex
    """
    from signet.services import macs

    if form == "raw":
        refuse_terminal(call, instead=AS_TEXT)
    with call.unlocked() as session:
        made = macs.random_bytes(session, size)
    with made:
        if call.json:
            call.output.result({"bytes": size, "plaintext": encoded(made)})
        show_bytes(call, made, form=form)


def _fields(path: str, made: Mac) -> dict[str, object]:
    return {
        "path": path,
        "key_id": made.key.id,
        "alias": made.key.alias,
        "version": made.version,
        "algorithm": made.algorithm.value,
    }


def _code(given: str) -> bytes:
    """Return the code: a file's bytes, or what the text says. Whether it has the right length, verifying says."""
    from signet.cli.checks import readable_file
    from signet.store.files import read_small

    if os.path.lexists(given):
        readable_file(given)
        return read_small(given, limit=MAX_CODE_FILE)
    if _HEX.fullmatch(given):
        return bytes.fromhex(given)
    try:
        return base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        raise UsageError(
            reason=f"“{given}” is neither a file nor an authentication code in hexadecimal or base64."
        ) from None
