"""`signet shared-secret`: secrets agreed with somebody by ECDH, and encapsulated by ML-KEM."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from signet.cli.call import Call
from signet.cli.options import PLACE, UNLOCKING, SignetGroup, pass_call
from signet.cli.streams import encoded
from signet.errors import UsageError

if TYPE_CHECKING:
    from signet.crypto.kinds import PublicKey
    from signet.services.shared_secrets import SharedSecret

shared_secret = SignetGroup("shared-secret", help="Agree on secrets with others.")
output_option = click.option(
    "--output", metavar="OUT", type=PLACE, help="The new file for the secret, which only you can read."
)
show_option = click.option("--show", is_flag=True, help="Print the secret, in base64, instead of writing a file.")
MAX_CIPHERTEXT = 4096
"""Bytes that are read of an encapsulated secret; the longest, ML-KEM-1024's, has 1568."""


@shared_secret.command("derive", secrets=(*UNLOCKING, "token-pin-file"))
@click.argument("peer", type=PLACE)
@click.option("--key", "key_name", required=True, metavar="KEY", help="Your key, made for KEY_AGREEMENT.")
@output_option
@show_option
@pass_call
def derive(call: Call, peer: str, key_name: str, output: str | None, show: bool) -> None:
    """Agree on a secret with whoever has the private half of PEER.

    PEER is a file with a public key of the same kind as KEY. The other side gets the same secret from your public
    key. It is raw: derive keys from it, with HKDF for instance, and use it for nothing else.

    Example: signet shared-secret derive alice.pem --key talks --output secret.bin
    """
    from signet.services import shared_secrets

    _check(output, show=show)
    theirs = _peer(peer)
    with call.unlocked(one_job=True) as session:
        made = shared_secrets.derive_shared_secret(session, key=key_name, peer=theirs, output=output)
    _tell(call, made, output, {})


@shared_secret.command("encapsulate", secrets=UNLOCKING)
@click.argument("ciphertext", type=PLACE)
@click.option("--key", "key_name", metavar="KEY", help="For a key of yours, made for ENCAPSULATE_DECAPSULATE.")
@click.option("--to", "peer", metavar="FILE", type=PLACE, help="For whoever has the private half of this public key.")
@output_option
@show_option
@pass_call
def encapsulate(
    call: Call, ciphertext: str, key_name: str | None, peer: str | None, output: str | None, show: bool
) -> None:
    """Make a secret, and the file CIPHERTEXT from which an ML-KEM key gets the same secret.

    Example: signet shared-secret encapsulate for-alice.kem --to alice.pem --output secret.bin
    """
    from signet.cli.checks import new_file
    from signet.services import shared_secrets

    if (key_name is None) == (peer is None):
        raise UsageError(reason="Say for whom, with one of --key KEY and --to FILE.")
    _check(output, show=show)
    new_file(ciphertext)
    theirs = None if peer is None else _peer(peer)
    with call.unlocked() as session:
        made = shared_secrets.encapsulate(
            session, key=key_name, peer=theirs, output=output, ciphertext_output=ciphertext
        )
    _tell(call, made, output, {"ciphertext": encoded(made.ciphertext or b""), "path": ciphertext})


@shared_secret.command("decapsulate", secrets=(*UNLOCKING, "token-pin-file"))
@click.argument("ciphertext", type=PLACE)
@click.option("--key", "key_name", required=True, metavar="KEY", help="Your ML-KEM key.")
@output_option
@show_option
@pass_call
def decapsulate(call: Call, ciphertext: str, key_name: str, output: str | None, show: bool) -> None:
    """Get the secret that somebody encapsulated in the file CIPHERTEXT.

    A damaged file, or one that is for another key, gives another secret and no error: that the secret is the right
    one shows when it is used.

    Example: signet shared-secret decapsulate for-me.kem --key post --output secret.bin
    """
    from signet.cli.checks import readable_file
    from signet.services import shared_secrets
    from signet.store.files import read_small

    _check(output, show=show)
    readable_file(ciphertext)
    given = read_small(ciphertext, limit=MAX_CIPHERTEXT)
    with call.unlocked(one_job=True) as session:
        made = shared_secrets.decapsulate(session, given, key=key_name, output=output)
    _tell(call, made, output, {})


def _check(output: str | None, *, show: bool) -> None:
    """Raise UsageError unless it is said where the secret goes; OutputExists and kin."""
    from signet.cli.checks import new_file

    if (output is None) != show:
        raise UsageError(reason="Say where the secret goes: --output OUT, or --show to see it here.")
    if output is not None:
        new_file(output)


def _peer(path: str) -> PublicKey:
    from signet.cli.checks import readable_file
    from signet.crypto.publickeys import MAX_FILE
    from signet.services.shared_secrets import peer_key
    from signet.store.files import read_small

    readable_file(path)
    return peer_key(read_small(path, limit=MAX_FILE))


def _tell(call: Call, made: SharedSecret, output: str | None, more: dict[str, object]) -> None:
    """Print where the secret is, or the secret itself, and wipe it."""
    with made.secret as secret:
        shown = encoded(secret) if output is None else None
        key = made.key
        whose = {"key_id": key.id if key else None, "alias": key.alias if key else None, "version": made.version}
        call.output.result({**whose, **more, "shared_secret": shown, "output": output})
        call.output.text(shown or str(output))
