"""Understood and not allowed."""

from __future__ import annotations

from signet.errors.base import SignetError


class Refused(SignetError):
    """Understood, and not allowed."""

    title = "Not allowed"
    sentence = "This is not allowed."
    next_step = "Nothing was changed."


class ConfirmationMissing(Refused):
    """The person did not say yes."""

    question: str
    title = "Not confirmed"
    sentence = "This has to be confirmed, and there is no terminal to ask on: {question}"
    next_step = "Nothing was changed. Run Signet in a terminal, or give --yes if the answer is yes."


class Declined(ConfirmationMissing):
    """The person was asked and said no."""

    title = "Cancelled, as you did not say yes"
    sentence = "Nothing was changed."
    next_step = "Start it again whenever you like."


class DeletionNotDue(Refused):
    """A key is destroyed no earlier than the date that was set when its deletion was scheduled."""

    key: str
    due: str
    title = "It is too early to destroy this key"
    sentence = "The key “{key}” can be destroyed from {due} on, not before."
    next_step = "Wait until then. `signet key cancel-deletion {key}` keeps the key."


class NameNotTyped(Refused):
    """The name of what is to be destroyed was not typed, or another one was."""

    key: str
    title = "The name was not typed"
    sentence = "To destroy the key “{key}” for good, its name has to be typed, letter by letter."
    next_step = "Nothing was destroyed. Type the name of the key as it is shown."


class LastUnlockMethod(Refused):
    """The vault would be closed for ever."""

    title = "This is the only way in"
    sentence = "The last way into a vault cannot be removed."
    next_step = "Add another way in first."


class GuardsTooFew(Refused):
    """A guarded key would be made with fewer than two guards."""

    found: int
    title = "A guarded key needs two guards"
    sentence = "A guarded key needs at least two guards, cards or the recovery code; there are only {found}."
    next_step = "Add another card or a recovery code to the vault first."


class LastGuard(Refused):
    """A key would be left without a guard, and so for ever closed."""

    key: str
    guard: str
    title = "This is the key's last guard"
    sentence = "“{guard}” is the last guard of the key “{key}”; without it nothing opens that key again."
    next_step = "Add another guard first. `signet key add-guard` does that."


class GuardUnsuitable(Refused):
    """A way in that is neither a card nor a recovery code."""

    guard: str
    title = "That cannot be a guard"
    sentence = "“{guard}” cannot guard a key: only cards and the recovery code can."
    next_step = "Choose a card or the recovery code; see `signet unlock-method list`."


class UnlockMethodInUse(Refused):
    """The same secret or token key is enrolled already."""

    name: str
    title = "Already a way in"
    sentence = "“{name}” is a way into this vault already."
    next_step = "See `signet unlock-method list`."


class JobsRunning(Refused):
    """Keys are in use at this moment, and this needs them at rest."""

    title = "Signet is still at work"
    sentence = "Files or documents are still being worked on, and this needs the vault at rest."
    next_step = "Wait until they are done, or cancel them, and try again."


class ProofOfPresenceMissing(Refused):
    """Administration wants the secret of an unlock method again."""

    title = "Please prove that it is you"
    sentence = "This needs the PIN, passphrase or recovery code again."
    next_step = "Unlock again and repeat the command."


class CheckpointImpossible(Refused):
    """What opened the vault signs no checkpoints: no card, or one that cannot vouch for the vault."""

    method: str
    title = "Only a card can sign a checkpoint"
    sentence = "“{method}” cannot sign a checkpoint of the log: that needs a card which vouches for this vault."
    next_step = "Open the vault with such a card, and repeat this. Nothing was changed."


class CheckpointMissing(Refused):
    """There is no checkpoint yet."""

    title = "There is no checkpoint yet"
    sentence = "No card has signed a checkpoint of this vault's log yet."
    next_step = "Sign one with `signet audit checkpoint`, with a card in the reader."


class SecretTooWeak(Refused):
    """A passphrase too short to stand alone."""

    minimum: int
    title = "The passphrase is too short"
    sentence = "A passphrase needs at least {minimum} characters."
    next_step = "Use several words; length counts more than special characters."


class PlaintextLengthInvalid(Refused):
    """Nothing, or too much, for what encrypts small secrets."""

    maximum: int
    title = "Too long, or nothing at all"
    sentence = "A small secret has 1 to {maximum} bytes; this has more, or none."
    next_step = "Encrypt what is longer as a file, with `signet encrypt`."


class WrapBudgetSpent(Refused):
    """The AES-GCM budget of a key version is used up (SP 800-38D, 8.3)."""

    key: str
    title = "This key has been used too often"
    sentence = "The key “{key}” has wrapped as many data keys as one key version safely can."
    next_step = "Rotate the key."


class PersonReceivesNoFiles(Refused):
    """None of the person's keys opens files of the Encryption SDK; ``age`` says whether one opens age files."""

    person: str
    age: bool
    title = "No encrypted file of this kind can be for them"
    sentence = "No key of “{person}” opens files of this kind: that takes an RSA key or one on P-256, P-384 or P-521."
    next_step = "Ask them for such a key. If they have a key for age, encrypt with --format age."


class RecipientUnknown(Refused):
    """Somebody can open the file whose key this vault does not know, so the new file could not be for them."""

    name: str
    title = "Somebody else can open this file"
    sentence = "The file opens with a key too that this vault does not know: {name}. It could not stay so."
    next_step = "Add that person first, or say for whom the file is to be from now on, with --key and --to."
