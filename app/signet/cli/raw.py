"""The options of raw signatures, for signing and for verifying."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from signet.errors import UsageError
from signet.keys.algorithms import SigningAlgorithm

if TYPE_CHECKING:
    from signet.services.raw_signing import RawForm

_Command = TypeVar("_Command", bound=Callable[..., Any])


def raw_options(command: _Command) -> _Command:
    """Give a command the options of raw signatures."""
    ways = [algorithm.value for algorithm in SigningAlgorithm]
    for option in (
        click.option("--as-text", "as_text", is_flag=True, help="Raw: the signature's file is base64 text."),
        click.option(
            "--digest", is_flag=True, help="Raw: PATH holds the digest, for ML-DSA its mu, as bytes; not the message."
        ),
        click.option(
            "--algorithm",
            type=click.Choice(ways),
            metavar="A",
            help="Raw: how it is signed; else as the key does.",
        ),
    ):
        command = option(command)
    return command


def raw_form(algorithm: str | None, *, digest: bool, as_text: bool, wanted: bool) -> RawForm | None:
    """How a raw signature is made or checked; None if none is wanted, UsageError for its options then."""
    from signet.services.raw_signing import RawForm

    if not wanted and (algorithm or digest or as_text):
        raise UsageError(reason="--algorithm, --digest and --as-text are for raw signatures; add --format raw.")
    chosen = None if algorithm is None else SigningAlgorithm(algorithm)
    return RawForm(chosen, digest=digest, base64=as_text) if wanted else None
