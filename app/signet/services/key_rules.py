"""What may be asked for when a key is made: names, descriptions, tags, spec and usage (AWS KMS's own limits)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from signet.errors import UsageError
from signet.keys.spec import CURVES, KeySpec, KeyUsage, Protection

ALIAS = re.compile(r"[a-zA-Z0-9:/_-]{1,256}")
"""AWS KMS API reference, CreateAlias; without its ``alias/``."""
AWS_PREFIX = "alias/"
LOOKS_LIKE_AN_ID = re.compile(r"[0-9a-f][0-9a-f-]{7,}")
"""What is taken for an id or the beginning of one, where a key is named (DESIGN.md, section 9)."""
MAX_DESCRIPTION = 8192  # AWS KMS API reference, CreateKey
MAX_TAGS = 50  # AWS KMS developer guide, Quotas
MAX_TAG_KEY = 128  # AWS KMS API reference, Tag
MAX_TAG_VALUE = 256
RESERVED_TAG = "aws:"
ON_TOKENS = (KeyUsage.SIGN_VERIFY, KeyUsage.ENCRYPT_DECRYPT)
"""What keys on cards are used for."""


def check_alias(alias: str) -> str:
    """Return ``alias`` if a key may be called that; raise UsageError, saying why not."""
    if alias.startswith(AWS_PREFIX):
        raise UsageError(reason=f"A name is given without “{AWS_PREFIX}”.")
    if not ALIAS.fullmatch(alias):
        raise UsageError(reason="A name has 1 to 256 characters, out of a-z, A-Z, 0-9 and : / _ -")
    if LOOKS_LIKE_AN_ID.fullmatch(alias.lower()):
        raise UsageError(reason=f"“{alias}” could be mistaken for a key's id; choose a name with other letters.")
    return alias


def check_description(description: str) -> str:
    """Return ``description`` if it is short enough and can be stored; raise UsageError otherwise."""
    if len(description) > MAX_DESCRIPTION:
        raise UsageError(reason=f"A description has at most {MAX_DESCRIPTION} characters.")
    return _storable(description, "description")


def check_tags(tags: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return the tags, sorted; raise UsageError for too many, too long, reserved or doubled ones."""
    found = dict[str, str]()
    for name, value in tags:
        if name in found:
            raise UsageError(reason=f"The tag “{name}” is given twice.")
        if not 1 <= len(name) <= MAX_TAG_KEY or len(value) > MAX_TAG_VALUE:
            raise UsageError(
                reason=f"A tag's name has 1 to {MAX_TAG_KEY} characters, its value at most {MAX_TAG_VALUE}."
            )
        if name.lower().startswith(RESERVED_TAG):
            raise UsageError(reason=f"Names of tags that begin with “{RESERVED_TAG}” are reserved.")
        found[_storable(name, "tag")] = _storable(value, "tag")
    if len(found) > MAX_TAGS:
        raise UsageError(reason=f"A key has at most {MAX_TAGS} tags.")
    return tuple(sorted(found.items()))


def check_usage(spec: KeySpec, usage: KeyUsage | None, protection: Protection) -> KeyUsage:
    """Return the usage of a new key (the spec's own if None); raise UsageError for what does not go together."""
    chosen = spec.default_usage if usage is None else usage
    if chosen not in spec.usages:
        fitting = " or ".join(spec.usages)
        raise UsageError(reason=f"A key of the kind {spec} is for {fitting}, not for {chosen}.")
    if chosen is KeyUsage.ENCRYPT_DECRYPT and spec in CURVES and protection is not Protection.TOKEN:
        raise UsageError(reason=f"A key of the kind {spec} that opens files lives on a card, with --token NAME.")
    if protection is Protection.TOKEN and not (spec.lives_on_tokens and chosen in ON_TOKENS):
        raise UsageError(
            reason=f"A key of the kind {spec} for {chosen} cannot live on a card; keys that sign or open files can."
        )
    return chosen


def _storable(text: str, what: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:  # half of a surrogate pair, from an undecodable command line
        raise UsageError(reason=f"The {what} holds characters that cannot be stored.") from error
    return text
