"""Lists of SSH public keys: ``.pub`` files, several of their lines, and ``allowed_signers`` (ssh-keygen(1)).

Rule: a restriction that is not understood never widens trust: the line is left out or the file is refused.
"""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass

from signet.errors import FormatUnrecognised
from signet.formats import sshkey

#: A list of people whom one person trusts stays far below these (bytes, lines).
MAX_LIST = 256 * 1024
MAX_LINES = 1024

_WORD = re.compile(r'(?:[^\s"]|"[^"]*")+')
_OPTION = re.compile(r'(?:[^,"]|"[^"]*")+')
_KEY_TYPE = re.compile(r"(sk-)?(ssh|ecdsa|webauthn)-[a-z0-9@.-]+")
_READABLE = frozenset({"ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"})
_WHAT = "a list of SSH public keys"


@dataclass(frozen=True)
class Listed:
    """One line: the key, and whose it is said to be, by its principals or its comment."""

    key: sshkey.SshPublicKey
    said: str


def parse(text: str, *, namespace: str) -> tuple[sshkey.SshPublicKey, ...]:
    """Return the keys of a list that may sign in ``namespace``, in their order, at least one.

    Left out: empty lines and ``#`` comments, kinds of key that are not read (security keys, certificates),
    authorities of certificates, and lines whose ``namespaces`` option does not name this one. Raises
    FormatUnrecognised for everything else that is not such a list, for ``valid-after`` and ``valid-before``, which
    are not honoured, and if no key remains.
    """
    return tuple(each.key for each in listed(text, namespace=namespace))


def listed(text: str, *, namespace: str) -> tuple[Listed, ...]:
    """As `parse`, with what each line says of whose key it is: nobody vouches for that."""
    lines = text.splitlines()
    if len(text) > MAX_LIST or len(lines) > MAX_LINES:
        raise FormatUnrecognised(what=_WHAT)
    found = [each for line in lines if (each := _line(line.strip(), namespace=namespace)) is not None]
    if not found:
        raise FormatUnrecognised(what=_WHAT)
    return tuple(found)


def _line(line: str, *, namespace: str) -> Listed | None:
    if not line or line.startswith("#"):
        return None
    words = _WORD.findall(line)
    options, principals = "", ""
    if words and not _KEY_TYPE.fullmatch(words[0]):
        principals, *words = words
        if words and not _KEY_TYPE.fullmatch(words[0]):
            options, *words = words
    if len(words) < 2 or not _KEY_TYPE.fullmatch(words[0]):
        raise FormatUnrecognised(what=_WHAT)
    if words[0] not in _READABLE or not _allows(options, namespace=namespace):
        return None
    return Listed(sshkey.parse_words(words[0], words[1]), principals.strip('"') or " ".join(words[2:]))


def _allows(options: str, *, namespace: str) -> bool:
    allowed = True
    for option in _OPTION.findall(options):
        name, _, value = option.partition("=")
        if name.lower() == "cert-authority":
            allowed = False
        elif name.lower() == "namespaces":
            patterns = value.strip('"').split(",")
            # ssh_config(5), PATTERNS: only * and ? are special, and a pattern after ! excludes.
            fits = [_matches(pattern.lstrip("!"), namespace) for pattern in patterns]
            excluded = any(fit and pattern.startswith("!") for fit, pattern in zip(fits, patterns, strict=True))
            allowed = allowed and any(fits) and not excluded
        else:
            raise FormatUnrecognised(what=f"{_WHAT} (it has the option {name})")
    return allowed


def _matches(pattern: str, namespace: str) -> bool:
    return fnmatch.fnmatchcase(namespace, pattern.replace("[", "[[]"))
