"""For whom an age file is: recipients given as text or in a file, the vault's own X25519 keys, a new passphrase."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from signet.audit.canonical import Detail
from signet.crypto.age_keytexts import MAX_FILE, AgeRecipient, parse_recipient, parse_recipients, recipient_of
from signet.crypto.age_plugins import PluginKey
from signet.crypto.age_recipients import PassphraseRecipient, X25519Recipient
from signet.crypto.personkeys import age_fingerprint
from signet.crypto.personkeys import recipient_of as recipient_text
from signet.errors import KeyProblem, KeyStateRefused, KeyUsageRefused, SecretTooWeak, SignetError, UsageError
from signet.keys.model import Key
from signet.keys.spec import KeySpec
from signet.keys.state import Effect, allows
from signet.secret import Secret
from signet.services.enrolment import MIN_PASSPHRASE, PASSPHRASE_RULE
from signet.services.files_items import opened
from signet.services.people import Person, find_person
from signet.services.prompt import Prompt, SecretKind, SecretRequest
from signet.services.session import Session
from signet.store.foreign import translated

LONGEST_SHOWN = 80
"""Characters of a recipient that the log names; an RSA key has hundreds."""


@dataclass(frozen=True)
class For:
    """For whom: ``recipients`` as text (``age1...``, ``ssh-...``) or names of files with such lines; keys by name.

    ``people`` by name, each by all the keys that age takes.

    ``passphrase``: for whoever knows a passphrase that is asked for; then for nobody else.
    """

    recipients: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    passphrase: bool = False
    people: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """The recipients, the vault's keys among them, and how the log names them all; ``people`` by id.

    ``fingerprints`` are by what the catalogue knows them; none of a passphrase.
    """

    recipients: tuple[AgeRecipient, ...]
    keys: tuple[Key, ...] = ()
    named: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    fingerprints: frozenset[str] = frozenset()

    @property
    def plugins(self) -> tuple[PluginKey, ...]:
        """Those that need another program."""
        return tuple(each for each in self.recipients if isinstance(each, PluginKey))

    @property
    def details(self) -> dict[str, Detail]:
        """What the log says of an age file besides what it says of every file."""
        people: dict[str, Detail] = {"people": self.people} if self.people else {}
        return {"format": "age", "to": self.named, **people}


def check_combination(wanted: For) -> None:
    """Raise UsageError for nobody at all, or for a passphrase together with others."""
    others = bool(wanted.recipients or wanted.keys or wanted.people)
    if wanted.passphrase and others:
        raise UsageError(reason="An age file is for a passphrase or for public keys, not for both.")
    if not wanted.passphrase and not others:
        raise UsageError(reason="Say for whom: a person, a recipient, a key of the kind X25519, or a passphrase.")


def find(session: Session, wanted: For) -> Found:
    """Look everybody up; raise UsageError for what is no recipient, and what a key's state or kind forbids.

    Raises KeyNotFound, PersonNotFound, NameAmbiguous, KeyUsageRefused, KeyStateRefused, SourceNotFound and kin.
    """
    check_combination(wanted)
    recipients = [each for text in wanted.recipients for each in _given(text)]
    people = [find_person(session, name) for name in wanted.people]
    recipients += [each for person in people for each in _of_person(person)]
    named = [_short(_text(each)) for each in recipients]
    keys = tuple(_own(session, name) for name in wanted.keys)
    for key, public in keys:
        recipients.append(public)
        named.append(key.id)
    unique = {_text(each): each for each in recipients}
    return Found(
        recipients=tuple(unique.values()),
        keys=tuple(key for key, _ in keys),
        named=tuple(dict.fromkeys(named)),
        people=tuple(person.id for person in people),
        fingerprints=frozenset(filter(None, map(age_fingerprint, unique))),
    )


def warn(session: Session, wanted: For) -> None:
    """Tell whose fingerprint was not compared yet, and that one may not be able to open the result oneself.

    Raises PersonNotFound, NameAmbiguous.
    """
    people = dict.fromkeys(find_person(session, name) for name in wanted.people)
    strange = [f"“{person.name}”" for person in people if not all(key.trusted for key in person.age_keys)]
    note = session.workplace.prompt.note
    if strange:
        note(f"The keys of {', '.join(strange)} are not all compared yet: make sure that they are theirs.")
    if not wanted.keys and not wanted.passphrase:
        note("You cannot open the results yourself, unless one of these keys is yours too: the originals stay here.")


def new_passphrase(prompt: Prompt) -> PassphraseRecipient:
    """Ask for the passphrase of a new file; raise SecretTooWeak, SecretMissing, Cancelled."""
    request = SecretRequest(
        kind=SecretKind.NEW_FILE_PASSPHRASE,
        what="new passphrase for the file",
        rule=PASSPHRASE_RULE,
        purpose="Whoever opens the file needs it: tell it in another way than you send the file.",
        check=_strong_enough,
    )
    passphrase = prompt.secret(request)
    try:
        _strong_enough(passphrase)
    except BaseException:
        passphrase.wipe()
        raise
    return PassphraseRecipient(passphrase)


def _strong_enough(passphrase: Secret) -> None:
    if len(passphrase.text()) < MIN_PASSPHRASE:
        raise SecretTooWeak(minimum=MIN_PASSPHRASE)


def _given(text: str) -> Sequence[AgeRecipient]:
    """Read one recipient, or the file that is named; a file that is called as a recipient is spelt is none."""
    try:
        with suppress(SignetError):
            return (parse_recipient(text),)
        if os.path.isfile(text):
            with opened(text) as descriptor, translated(text):
                return parse_recipients(os.pread(descriptor, MAX_FILE + 1, 0))
        return (parse_recipient(text),)
    except (KeyProblem, UsageError) as error:
        raise UsageError(reason=f"“{_short(text)}” is no recipient of age files: {_reason(error)}.") from error
    except SignetError as error:
        if error.exit_status != 4:
            raise
        reason = "give age1…, a public SSH key, or a file with such lines"
        raise UsageError(reason=f"“{_short(text)}” is no recipient of age files: {reason}.") from error


def _of_person(person: Person) -> Sequence[AgeRecipient]:
    found = [parse_recipient(text) for text in map(recipient_text, person.keys) if text]
    if not found:
        raise UsageError(reason=f"None of the keys of “{person.name}” is one that age takes; leave --format out.")
    return found


def _text(recipient: AgeRecipient) -> str:
    return recipient.text if isinstance(recipient, PluginKey) else str(recipient)


def _own(session: Session, name: str) -> tuple[Key, X25519Recipient]:
    """Return a key of the vault and its public half, which is no secret: only the key's state is asked."""
    with session.records.read() as reading:
        key = reading.keys.find(name)
        version = reading.keys.version(key.id, key.version)
    if key.spec is not KeySpec.X25519:
        operation = "open age files; only keys of the kind X25519 can"
        raise KeyUsageRefused(key=key.alias, usage=str(key.spec), operation=operation)
    if not allows(key.state, Effect.PROTECT):
        raise KeyStateRefused(key=key.alias, state=key.state.value, operation="encrypt")
    return key, recipient_of(version.public_key or b"")


def _short(text: str) -> str:
    """Make what was given fit for a sentence and for the log; what looks like a private key is shown to nobody."""
    if text.strip().upper().startswith(("AGE-SECRET-", "AGE-PLUGIN-")):
        return "AGE-…"
    clean = "".join(each for each in text if each.isprintable())
    return clean if len(clean) <= LONGEST_SHOWN else clean[:LONGEST_SHOWN] + "…"


def _reason(error: SignetError) -> str:
    reason = error.details.get("reason")
    return str(reason or error.message).rstrip(".")
