"""What the page Documents has done in tasks: looking at what was given. Blocking."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from signet.services.job import Act
from signet.services.recognition import FileKind, Recognised, Signed, pair_signatures, recognise_all
from signet.services.session import Session
from signet.services.verifying import SUFFIX
from signet.services.workplace import Cancelled as IsCancelled


@dataclass(frozen=True)
class Looked:
    """What is to become of what was given: either ``to_verify`` or ``to_sign``, and what cannot be taken."""

    to_verify: tuple[Signed, ...]
    to_sign: tuple[str, ...]
    refused: tuple[Recognised, ...]


def look(act: str, paths: Sequence[str], session: Session | None, *, cancelled: IsCancelled) -> Looked:
    """Look at every file. Without an ``act`` what has a signature is verified, else all of it is to be signed."""
    found = recognise_all(paths, session=session, cancelled=cancelled)
    taken = [each for each in found if each.kind is not FileKind.REFUSED]
    refused = tuple(each for each in found if each.kind is FileKind.REFUSED)
    signed = any(each.kind is FileKind.SIGNATURE or os.path.lexists(each.path + SUFFIX) for each in taken)
    if act == Act.VERIFY or (act != Act.SIGN and (signed or session is None)):
        return Looked(pair_signatures(taken), (), refused)
    return Looked((), tuple(each.path for each in taken), refused)
