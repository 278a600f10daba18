"""`signet secret`: small secrets, from standard input to standard output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from signet.cli.call import Call
from signet.cli.options import UNLOCKING, SignetGroup, pairs, pass_call
from signet.cli.streams import (
    encoded,
    refuse_terminal,
    show_bytes,
    show_plaintext,
    standard_input,
    typed_or_piped,
)
from signet.errors import ContextInvalid, UsageError
from signet.keys.algorithms import EncryptionAlgorithm
from signet.secret import Secret

if TYPE_CHECKING:
    from signet.services.small_secrets import Opened

secret = SignetGroup("secret", help="Encrypt and decrypt small secrets.")
context_option = click.option(
    "--context", multiple=True, metavar="K=V", help="A note that decrypting wants again, exactly; repeatable."
)
expected_key_option = click.option("--key", "key_name", metavar="KEY", help="Refuse what is under another key.")

algorithm_option = click.option(
    "--algorithm",
    type=click.Choice([algorithm.value for algorithm in EncryptionAlgorithm]),
    help="Under an RSA key; default: with SHA-256.",
)


@secret.command("encrypt", secrets=(*UNLOCKING, "token-pin-file"))
@click.option("--key", "key_name", required=True, metavar="KEY", help="The key to encrypt under.")
@context_option
@algorithm_option
@pass_call
def encrypt(call: Call, key_name: str, context: tuple[str, ...], algorithm: str | None) -> None:
    """Encrypt standard input to standard output.

    Under an RSA key it is RSA-OAEP, for a few bytes (190 with RSA_2048) and without context.

    At a terminal, one line is asked for and not shown. The context is written to the log, and not into the result.

    Example: signet secret encrypt --key papers > pin.secret
    """
    from signet.formats.ciphertext import MAX_PLAINTEXT
    from signet.services import rsa_secrets
    from signet.services import small_secrets as service
    from signet.services.context import checked_pairs

    notes = checked_pairs(pairs(context, option="context"))
    refuse_terminal(call)
    with typed_or_piped(call, maximum=MAX_PLAINTEXT, what="the secret") as plaintext:
        service.check_length(len(plaintext))
        with call.unlocked(one_job=True) as session:
            if algorithm is not None or rsa_secrets.is_rsa_in_vault(session, key_name):
                sealed = rsa_secrets.encrypt_rsa(session, plaintext, key=key_name, algorithm=_rsa(algorithm, notes))
            else:
                sealed = service.encrypt_secret(session, plaintext, key=key_name, context=notes)
    call.output.result(
        {
            "key_id": sealed.key.id,
            "alias": sealed.key.alias,
            "version": sealed.version,
            "ciphertext": encoded(sealed.ciphertext),
        }
    )
    show_bytes(call, Secret(sealed.ciphertext))


@secret.command("decrypt", secrets=(*UNLOCKING, "token-pin-file"))
@expected_key_option
@context_option
@algorithm_option
@pass_call
def decrypt(call: Call, key_name: str | None, context: tuple[str, ...], algorithm: str | None) -> None:
    """Decrypt standard input to standard output; the key is found by itself, unless it is RSA.

    Example: signet secret decrypt < pin.secret
    """
    from signet.formats.ciphertext import MAX_CIPHERTEXT, Content, parse
    from signet.services import rsa_secrets
    from signet.services import small_secrets as service
    from signet.services.context import checked_pairs

    notes = checked_pairs(pairs(context, option="context"))
    if algorithm is not None and key_name is None:
        raise UsageError(reason="What is under an RSA key does not name it: give --key KEY.")
    with standard_input(call, maximum=MAX_CIPHERTEXT, what="the encrypted secret") as given:
        ciphertext = bytes(given.reveal())
    # What RSA makes has no beginning of its own; only the key that is named can say what it is.
    if key_name is None or len(ciphertext) not in rsa_secrets.CIPHERTEXT_SIZES:
        parse(ciphertext, Content.SECRET)
    with call.unlocked(one_job=True) as session:
        if key_name is not None and (algorithm is not None or rsa_secrets.is_rsa_in_vault(session, key_name)):
            opened = rsa_secrets.decrypt_rsa(session, ciphertext, key=key_name, algorithm=_rsa(algorithm, notes))
        else:
            opened = service.decrypt_secret(session, ciphertext, key=key_name, context=notes)
    print_opened(call, opened)


def _rsa(algorithm: str | None, context: Mapping[str, str]) -> EncryptionAlgorithm:
    """Return how RSA encrypts (default: OAEP with SHA-256); raise ContextInvalid, for it binds no context."""
    if context:
        raise ContextInvalid(reason="RSA binds no context; leave --context out, or use a symmetric key")
    return EncryptionAlgorithm.RSAES_OAEP_SHA_256 if algorithm is None else EncryptionAlgorithm(algorithm)


def print_opened(call: Call, opened: Opened) -> None:
    """Print what was inside, and wipe it."""
    with opened.plaintext as plaintext:
        if call.json:
            call.output.result(
                {
                    "key_id": opened.key.id,
                    "alias": opened.key.alias,
                    "version": opened.version,
                    "plaintext": encoded(plaintext),
                }
            )
        show_plaintext(call, plaintext)
