"""What hangs on a key: counted and named before it is deleted, so that nobody loses what they did not think of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from signet.keys.model import Key
from signet.keys.spec import KeyUsage, Protection
from signet.services.catalogue import CatalogueEntry, list_files
from signet.services.guards import guards_of
from signet.services.keys import token_name
from signet.services.session import Session

FILES_NAMED = 5
"""As many are named in a sentence; the others are counted."""


@dataclass(frozen=True)
class Stake:
    """What is known to hang on a key.

    ``guards`` are the labels of its guards; ``token`` is the card that holds it, None unless one does (empty if
    nothing says which); ``default`` says whether new files go under it; ``last_used`` is RFC 3339, None if it never
    was used.
    """

    key: Key
    files: tuple[CatalogueEntry, ...]
    guards: tuple[str, ...]
    token: str | None
    default: bool
    last_used: str | None


def _day(time: str) -> str:
    return time[:10]


def stake_of(session: Session, key: Key) -> Stake:
    """Look for what hangs on a key."""
    held = key.protection is Protection.TOKEN
    with session.records.read() as reading:
        uses = reading.uses.of_key(key.id).values()
    return Stake(
        key=key,
        files=list_files(session, key.id),
        guards=tuple(method.label for method in guards_of(session, key)),
        token=(token_name(session, key) or "") if held else None,
        default=session.workplace.settings.default_key in key.aliases,
        last_used=max((each.last_used for each in uses), default="") or None,
    )


def stake_said(stake: Stake, date: Callable[[str], str] = _day) -> tuple[str, ...]:
    """Say what is at stake, a fact a sentence, the gravest first; ``date`` writes a moment (RFC 3339) as a date."""
    key = stake.key
    facts = [_files_said(stake)]
    if key.usage is KeyUsage.SIGN_VERIFY:
        facts.append("What it signed stays signed. Keep its public key: without it nobody can check that.")
    if key.usage is KeyUsage.GENERATE_VERIFY_MAC:
        facts.append("The authentication codes that it made can be checked by nobody any more.")
    if key.version > 1:
        facts.append(f"All {key.version} versions of it go.")
    if stake.guards:
        facts.append(f"What {_named(stake.guards)} guard{'s' if len(stake.guards) == 1 else ''} of it goes with it.")
    if stake.token is not None:
        card = f"“{stake.token}”" if stake.token else "its card"
        facts.append(f"Its private half stays on {card}: the vault forgets the key, the card does not.")
    if stake.default:
        facts.append("New files are encrypted with it at present; choose another key for them.")
    facts.append("It was never used." if stake.last_used is None else f"It was last used on {date(stake.last_used)}.")
    if stake.token is None:
        facts.append("Backups that were made before still hold it, until they are deleted.")
    return tuple(facts)


def _files_said(stake: Stake) -> str:
    count = len(stake.files)
    if not count and stake.key.usage is not KeyUsage.ENCRYPT_DECRYPT:
        return "No file is known to be encrypted with it."
    if not count:
        return (
            "No file is known to be encrypted with it. Small secrets and data keys under it are in no catalogue: "
            "those cannot be opened any more either."
        )
    named = ", ".join(entry.path for entry in stake.files[:FILES_NAMED])
    more = f", and {count - FILES_NAMED} more" if count > FILES_NAMED else ""
    what = "One known file is" if count == 1 else f"{count} known files are"
    return f"{what} encrypted with it, and cannot be opened without it: {named}{more}."


def _named(labels: tuple[str, ...]) -> str:
    return " and ".join(f"“{label}”" for label in labels)
