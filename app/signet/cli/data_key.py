"""`signet data-key`: keys for other programs, wrapped under a key of the vault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from signet.cli.call import Call
from signet.cli.options import UNLOCKING, SignetGroup, pairs, pass_call
from signet.cli.secret import context_option, expected_key_option, print_opened
from signet.cli.streams import encoded, refuse_terminal, show_bytes, standard_input
from signet.keys.spec import KeySpec
from signet.secret import Secret

if TYPE_CHECKING:
    from signet.services.data_keys import DataKey

MAX_BYTES = 1024
DEFAULT_BYTES = 32
PAIRS = [spec.value for spec in KeySpec if not spec.is_symmetric]

data_key = SignetGroup("data-key", help="Make wrapped keys for other programs.")
key_option = click.option("--key", "key_name", required=True, metavar="KEY", help="The key that wraps it.")
without_option = click.option("--without-plaintext", is_flag=True, help="Give the wrapped one only.")


@data_key.command("generate", secrets=(*UNLOCKING, "token-pin-file"))
@key_option
@click.option(
    "--bytes",
    "size",
    type=click.IntRange(1, MAX_BYTES),
    default=DEFAULT_BYTES,
    show_default=True,
    metavar="N",
    help="How long it is.",
)
@context_option
@without_option
@pass_call
def generate(call: Call, key_name: str, size: int, context: tuple[str, ...], without_plaintext: bool) -> None:
    """Make a data key.

    Prints it and its wrapped form in base64; with --without-plaintext the wrapped form alone, as bytes. Keep the
    wrapped form: the vault does not.

    Example: signet data-key generate --key papers --json
    """
    from signet.services import data_keys
    from signet.services.context import checked_pairs

    notes = checked_pairs(pairs(context, option="context"))
    if without_plaintext:
        refuse_terminal(call)
    with call.unlocked(one_job=True) as session:
        made = data_keys.generate_data_key(
            session, key=key_name, size=size, context=notes, with_plaintext=not without_plaintext
        )
    with made.plaintext or Secret(b"") as plaintext:
        if without_plaintext:
            call.output.result(_fields(made))
            show_bytes(call, Secret(made.ciphertext))
            return
        shown = [("Plaintext", encoded(plaintext)), ("Ciphertext", encoded(made.ciphertext))]
        call.output.facts(_fields(made), shown)


@data_key.command("pair", secrets=(*UNLOCKING, "token-pin-file"))
@key_option
@click.option("--spec", type=click.Choice(PAIRS), required=True, help="The kind of the key pair.")
@context_option
@without_option
@pass_call
def pair(call: Call, key_name: str, spec: str, context: tuple[str, ...], without_plaintext: bool) -> None:
    """Make a key pair whose private half is wrapped.

    Prints the public key and the private key (DER, in base64) and the wrapped private key. Keep the wrapped form: the
    vault does not.

    Example: signet data-key pair --key papers --spec ECC_NIST_P256 --json
    """
    from signet.services import data_keys
    from signet.services.context import checked_pairs

    notes = checked_pairs(pairs(context, option="context"))
    with call.unlocked(one_job=True) as session:
        made = data_keys.generate_data_key_pair(
            session, key=key_name, spec=KeySpec(spec), context=notes, with_plaintext=not without_plaintext
        )
    with made.plaintext or Secret(b"") as plaintext:
        public = encoded(made.public_key or b"")
        private = [] if without_plaintext else [("Private key", encoded(plaintext))]
        call.output.facts(
            {**_fields(made), "spec": spec, "public_key": public},
            [("Public key", public), *private, ("Ciphertext", encoded(made.ciphertext))],
        )


@data_key.command("decrypt", secrets=(*UNLOCKING, "token-pin-file"))
@expected_key_option
@context_option
@pass_call
def decrypt(call: Call, key_name: str | None, context: tuple[str, ...]) -> None:
    """Unwrap a data key from standard input to standard output; the key is found by itself.

    The private half of a pair comes as PKCS#8 DER.

    Example: signet data-key decrypt < wrapped > key
    """
    from signet.formats.ciphertext import MAX_CIPHERTEXT, Content, parse
    from signet.services import data_keys
    from signet.services.context import checked_pairs

    notes = checked_pairs(pairs(context, option="context"))
    refuse_terminal(call)
    with standard_input(call, maximum=MAX_CIPHERTEXT, what="the wrapped data key") as given:
        ciphertext = bytes(given.reveal())
    parse(ciphertext, Content.DATA_KEY)
    with call.unlocked(one_job=True) as session:
        opened = data_keys.decrypt_data_key(session, ciphertext, key=key_name, context=notes)
    print_opened(call, opened)


def _fields(made: DataKey) -> dict[str, object]:
    return {
        "key_id": made.key.id,
        "alias": made.key.alias,
        "version": made.version,
        "plaintext": None if made.plaintext is None else encoded(made.plaintext),
        "ciphertext": encoded(made.ciphertext),
    }
