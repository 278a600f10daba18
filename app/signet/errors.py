"""Every error that Signet itself raises, as one tree, with the words people read.

    SignetError                     exit 1   failed or refused
    ├─ UsageError                   exit 2   the call itself is wrong
    ├─ NotUnlocked                  exit 3   no way in was opened
    │  ├─ SecretMissing, SecretIncorrect, RecoveryCodeMalformed, ...
    │  └─ TokenError                         token, module, PIN
    │     ├─ PinError               PinIncorrect, PinLocked, PinLengthInvalid
    │     └─ ModuleError            ModuleNotFound, ModuleUnusable, ModuleCrashed, ModuleTimedOut
    ├─ DidNotVerify                 exit 4   damaged ciphertext, key not here, unknown format, bad signature
    ├─ VaultError                   exit 1   header, database, pins, generations
    ├─ KeyError_                    exit 1   key names, states, usages (named so as not to shadow the builtin)
    ├─ Refused                      exit 1   understood and not allowed
    ├─ StorageError                 exit 1   disk, folder, output, source
    └─ Cancelled                    exit 130

Rules: a class has a ``title``, a ``sentence`` (a template over its own annotated attributes) and a ``next_step``;
a test holds the tree complete. What a caller needs is an attribute, given by keyword. Foreign exceptions are
translated once, where they enter, with ``raise ... from``. A bug is not a SignetError.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar


class SignetError(Exception):
    """Something went wrong that a person can be told about."""

    exit_status: ClassVar[int] = 1
    title: ClassVar[str] = "Something went wrong"
    sentence: ClassVar[str] = "Signet could not finish this."
    next_step: ClassVar[str] = "Try again; if it happens again, report it with the steps that led here."

    def __init__(self, **details: object) -> None:
        unknown = set(details) - set(self.fields())
        if unknown:
            raise TypeError(f"{type(self).__name__} has no attribute {sorted(unknown)}")
        self.details = {name: details.get(name) for name in self.fields()}
        for name, value in self.details.items():
            setattr(self, name, value)
        super().__init__(self.message)

    @classmethod
    def fields(cls) -> tuple[str, ...]:
        """Name the attributes that this error carries, in the order they were declared."""
        names: dict[str, None] = {}
        for base in reversed(cls.__mro__):
            for name, kind in getattr(base, "__annotations__", {}).items():
                if not str(kind).startswith("ClassVar"):
                    names[name] = None
        return tuple(names)

    @property
    def message(self) -> str:
        """The sentence with this error's own attributes filled in."""
        shown = {name: "unknown" if value is None else value for name, value in self.details.items()}
        return self.sentence.format(**shown)

    @property
    def hint(self) -> str:
        """What the person can do next, with this error's own attributes filled in."""
        shown = {name: "unknown" if value is None else value for name, value in self.details.items()}
        return self.next_step.format(**shown)


def every_error() -> Iterator[type[SignetError]]:
    """Yield each class of the tree, parents first."""
    waiting: list[type[SignetError]] = [SignetError]
    while waiting:
        kind = waiting.pop(0)
        yield kind
        waiting.extend(kind.__subclasses__())


# --- the call itself ------------------------------------------------------------------------------------------


class UsageError(SignetError):
    """The call is wrong: a name, a value or a combination that cannot be meant."""

    reason: str
    exit_status = 2
    title = "That cannot be meant"
    sentence = "{reason}"
    next_step = "Look at `signet COMMAND --help` for what can be given."


class NameAmbiguous(UsageError):
    """One name fits several things."""

    name: str
    candidates: str
    title = "Several things have that name"
    sentence = "“{name}” could be any of: {candidates}."
    next_step = "Give the full id of the one you mean."


# --- no way in was opened -------------------------------------------------------------------------------------


class NotUnlocked(SignetError):
    """The vault stays locked."""

    exit_status = 3
    title = "The vault is locked"
    sentence = "The vault was not unlocked."
    next_step = "Unlock it with a card, the passphrase or the recovery code."


class SecretMissing(NotUnlocked):
    """A secret is needed and there is nobody to ask."""

    what: str
    title = "A secret is missing"
    sentence = "The {what} is needed, and there is no terminal to ask on."
    next_step = "Give it in a file with --pin-file, or run Signet in a terminal."


class SecretIncorrect(NotUnlocked):
    """The passphrase, recovery code or card does not open this way in."""

    what: str
    title = "That does not open the vault"
    sentence = "The {what} does not open this vault."
    next_step = "Check it and try again, or use another way in."


class RecoveryCodeMalformed(NotUnlocked):
    """What was typed cannot be a recovery code: a typing mistake was caught by the check characters."""

    title = "That is not a recovery code"
    sentence = "The recovery code has a typing mistake or is not complete."
    next_step = "Compare it with the sheet, group by group; the letters O, I and L are read as 0, 1 and 1."


class UnlockMethodNotFound(NotUnlocked):
    """The vault has no such way in."""

    name: str
    title = "No such way in"
    sentence = "This vault has no way in that fits “{name}”."
    next_step = "See `signet unlock-method list` for the ways in of this vault."


class TokenError(NotUnlocked):
    """Something about a card, its module or its PIN."""

    title = "The card did not work"
    sentence = "The card could not be used."
    next_step = "Take it out, put it in again and retry."


class TokenNotFound(TokenError):
    """No token of that name, or none that opens this vault, is present."""

    name: str
    title = "No card found"
    sentence = "No card that fits “{name}” is present."
    next_step = "Put the card in; `signet token list` shows what can be seen. Or use another way in."


class TokenRemoved(TokenError):
    """The token went away while it was being used."""

    title = "The card was removed"
    sentence = "The card was taken out while it was being used."
    next_step = "Put the card back in and try again."


class TokenKeyNotFound(TokenError):
    """The token holds no such key."""

    key: str
    title = "The key is not on this card"
    sentence = "The card holds no key that fits “{key}”."
    next_step = "See `signet token keys NAME` for the keys on the card."


class TokenKeyUnusable(TokenError):
    """A key on the token cannot do what is asked of it."""

    reason: str
    title = "The card's key cannot be used for this"
    sentence = "The key on the card cannot be used: {reason}."
    next_step = "Choose another key or another card; `signet token test NAME` shows what works."


class TokenOperationFailed(TokenError):
    """The module refused an operation for a reason of its own."""

    operation: str
    code: str
    title = "The card refused"
    sentence = "The card's module refused to {operation} ({code})."
    next_step = "Take the card out, put it in again and retry; `signet token test NAME` tells more."


class TokenFull(TokenError):
    """No room for another object, or the token cannot be written."""

    title = "The card cannot take more"
    sentence = "The card has no room left or cannot be written to."
    next_step = "Use another card, or make room on this one with its maker's own program."


class PinError(TokenError):
    """The PIN, not the card, is the problem."""

    title = "The PIN was not accepted"
    sentence = "The PIN was not accepted."
    next_step = "Check which PIN this card wants before trying again."


class PinIncorrect(PinError):
    """A try was spent; ``attempts_left`` only where the token says, ``final_try`` if the next one is the last."""

    token: str
    attempts_left: int | None
    final_try: bool
    title = "Wrong PIN"
    sentence = "That is not the PIN of “{token}”."
    next_step = "Check the PIN before trying again: most cards block themselves after three wrong tries."


class PinLocked(PinError):
    """No tries are left."""

    token: str
    title = "The card is blocked"
    sentence = "“{token}” has blocked itself after too many wrong PINs."
    next_step = "Unblock it with its PUK, or open the vault another way; nothing in the vault is lost."


class PinLengthInvalid(PinError):
    """The token refuses a PIN of this length; no try was spent."""

    token: str
    title = "The PIN has the wrong length"
    sentence = "“{token}” does not take a PIN of this length; no try was used up."
    next_step = "Check which PIN this card wants."


class ModuleError(TokenError):
    """The PKCS#11 module, not the card, is the problem."""

    module: str
    title = "The card software did not work"
    sentence = "The PKCS#11 module {module} could not be used."
    next_step = "Check the path, or install the card's software again."


class ModuleNotFound(ModuleError):
    """There is no file at the module's path, or no module at all."""

    title = "Card software not found"
    sentence = "There is no PKCS#11 module at {module}."
    next_step = "Install the card's software (SoftHSM, OpenSC, ykcs11), or give its path with --module."


class ModuleUnusable(ModuleError):
    """The file is no PKCS#11 library, or it refuses to start."""

    reason: str
    title = "Not a PKCS#11 module"
    sentence = "{module} cannot be used as a PKCS#11 module: {reason}."
    next_step = "Give the path of the card's PKCS#11 library with --module."


class ModuleCrashed(ModuleError):
    """The child process that hosted the module ended by itself."""

    title = "The card software crashed"
    sentence = "The card software {module} ended unexpectedly; the vault is not affected."
    next_step = "Try again: Signet starts it anew. If it happens again, update the card's software."


class ModuleTimedOut(ModuleError):
    """The module did not answer within its time limit; its process was ended."""

    seconds: float
    title = "The card software does not answer"
    sentence = "The card software {module} did not answer within {seconds} seconds and was ended."
    next_step = "Take the card out, put it in again and retry; another program may be holding the card."


# --- did not verify -------------------------------------------------------------------------------------------


class DidNotVerify(SignetError):
    """What was given is not what it should be, or cannot be opened here."""

    exit_status = 4
    title = "This did not verify"
    sentence = "This did not verify."
    next_step = "Ask for the original again, or use an earlier copy."


class CiphertextInvalid(DidNotVerify):
    """Damaged, changed or cut off: one error for any bad ciphertext."""

    title = "Damaged or changed"
    sentence = "This encrypted file is damaged or was changed; nothing was written."
    next_step = "Use another copy of the file, for instance from a backup."


class KeyNotHere(DidNotVerify):
    """No key that could open this is in the vault."""

    wanted: str
    title = "The key is not in this vault"
    sentence = "None of the keys that open this are in this vault (wanted: {wanted})."
    next_step = "Open the vault that holds the key, or ask the sender to encrypt it for you."


class FormatUnrecognised(DidNotVerify):
    """Not a format that Signet reads."""

    what: str
    title = "Not a format that Signet knows"
    sentence = "This is not {what} that Signet can read."
    next_step = "Check that it is the right file; it may also have been cut off or made by a newer program."


class SignatureInvalid(DidNotVerify):
    """The signature does not belong to this file."""

    title = "The signature is not valid"
    sentence = "The signature does not fit this file: the file or the signature was changed."
    next_step = "Do not rely on it; ask the signer for the original file and signature."


# --- vault ----------------------------------------------------------------------------------------------------


class VaultError(SignetError):
    """Something about the vault as a whole."""

    title = "The vault could not be used"
    sentence = "The vault could not be used."
    next_step = "Nothing was changed. Restore a backup with `signet vault restore` if this stays so."


class VaultNotFound(VaultError):
    """There is no vault at that place."""

    path: str
    title = "No vault there"
    sentence = "There is no vault at {path}."
    next_step = "Make one with `signet vault create`, or give the right place with --vault."


class VaultExists(VaultError):
    """Something is already at the place of a new vault."""

    path: str
    title = "Something is already there"
    sentence = "{path} exists already; it was not touched."
    next_step = "Choose another name for the new vault."


class VaultNewer(VaultError):
    """Made by a newer Signet."""

    what: str
    title = "Made by a newer Signet"
    sentence = "This vault's {what} was made by a newer Signet; it was not changed."
    next_step = "Install the newest Signet and open it with that."


class HeaderDamaged(VaultError):
    """The header is not what Signet writes."""

    reason: str
    title = "The vault's header is damaged"
    sentence = "The vault's header is damaged: {reason}."
    next_step = "Restore the vault from a backup with `signet vault restore`; the database was not touched."


class HeaderForged(VaultError):
    """The header's signature is not by the identity key it names."""

    title = "The vault's header was changed"
    sentence = "The vault's header was changed by something other than Signet: its signature does not fit."
    next_step = "Do not type secrets into it. Restore the vault from a backup."


class VaultForeign(VaultError):
    """Another identity than the one this computer has pinned for the vault id."""

    expected: str
    found: str
    title = "This is not the vault you know"
    sentence = (
        "Another vault stands in place of yours: this computer knows the identity {expected}, here is {found}."
    )
    next_step = (
        "Do not type secrets into it. If you restored or replaced the vault yourself, use `signet vault accept`."
    )


class VaultRolledBack(VaultError):
    """Older than what this computer has already seen."""

    what: str
    pinned: str
    found: str
    title = "The vault is older than it was"
    sentence = "The vault's {what} went back: this computer last saw {pinned}, here is {found}."
    next_step = "If you put an older copy back yourself, use `signet vault accept`; otherwise find the newer copy."


class HeaderMismatch(VaultError):
    """Header and database do not belong together."""

    header: str
    database: str
    title = "Header and database do not belong together"
    sentence = "The header is {header}, but the database expects {database}."
    next_step = "One of them was replaced by an older or foreign copy. Restore both from one backup."


class IdentityUnconfirmed(VaultError):
    """A vault that this computer has never seen, opened by a way in that cannot vouch for it."""

    fingerprint: str
    title = "This computer does not know this vault"
    sentence = "This computer sees this vault for the first time, and this way in cannot vouch for it."
    next_step = (
        "Compare the identity fingerprint {fingerprint} with the one you noted and type it when you are asked."
    )


class AttestationMissing(VaultError):
    """A way in that can vouch for the vault has not."""

    method: str
    title = "This way in does not vouch for the vault"
    sentence = "The way in “{method}” was not confirmed as belonging to this vault."
    next_step = "Open the vault another way, then confirm this one with `signet unlock-method prove ID`."


class AttestationInvalid(VaultError):
    """A way in vouches for another vault, or was copied or forged."""

    method: str
    title = "This way in belongs to another vault"
    sentence = "The way in “{method}” vouches for another vault, or its signing key was replaced."
    next_step = "Open the vault another way, then confirm this one with `signet unlock-method prove ID`."


class DatabaseDamaged(VaultError):
    """The database file cannot be read, or its contents contradict themselves."""

    reason: str
    title = "The vault's database is damaged"
    sentence = "The vault's database is damaged: {reason}."
    next_step = "Restore the vault from a backup with `signet vault restore`."


class RecordDisagrees(VaultError):
    """A row or an audit entry was changed behind Signet's back."""

    place: str
    title = "The vault's records were changed"
    sentence = "The vault's records were changed by something other than Signet, at: {place}."
    next_step = "Run `signet audit verify` for the whole list, and restore a backup from before the change."


class VaultInUse(VaultError):
    """Another Signet has the vault open, and this needs it alone."""

    title = "Another Signet has this vault open"
    sentence = "Another Signet has this vault open, and this needs it alone."
    next_step = "Close or lock the other one and try again."


class VaultBusy(VaultError):
    """Another Signet is changing the vault at this moment."""

    title = "The vault is busy"
    sentence = "Another Signet is changing this vault at the moment."
    next_step = "Wait a little and try again."


class BackupUnusable(VaultError):
    """The backup cannot be opened."""

    reason: str
    title = "The backup cannot be used"
    sentence = "This backup cannot be used: {reason}."
    next_step = "Choose another backup; nothing was changed."


# --- keys -----------------------------------------------------------------------------------------------------


class KeyError_(SignetError):  # noqa: N801, N818 - the builtin's name is taken
    """Something about one key."""

    title = "The key could not be used"
    sentence = "The key could not be used."
    next_step = "See `signet key list` for the keys of this vault."


class KeyNotFound(KeyError_):
    """No key has that alias or id."""

    name: str
    title = "No such key"
    sentence = "There is no key that fits “{name}”."
    next_step = "See `signet key list` for the keys of this vault."


class AliasTaken(KeyError_):
    """The alias names a key already."""

    alias: str
    title = "That name is taken"
    sentence = "A key with the name “{alias}” exists already."
    next_step = "Choose another name."


class KeyStateRefused(KeyError_):
    """The key's state does not allow the operation (DESIGN.md, section 6)."""

    key: str
    state: str
    operation: str
    title = "The key's state does not allow this"
    sentence = "The key “{key}” is {state}; it cannot {operation}."
    next_step = "See `signet key show {key}` for its state and what leads out of it."


class KeyUsageRefused(KeyError_):
    """The key's usage, fixed at creation, does not allow the operation."""

    key: str
    usage: str
    operation: str
    title = "The key is not for this"
    sentence = "The key “{key}” is for {usage}; it cannot {operation}."
    next_step = "Use a key that was made for this, or make one with `signet key create`."


class KeyMaterialInvalid(KeyError_):
    """Bytes that were to become a key are not one."""

    reason: str
    title = "That is not a usable key"
    sentence = "The key material cannot be used: {reason}."
    next_step = "Check the file and its format."


class KeyNotExportable(KeyError_):
    """The private key is on a token and never leaves it."""

    key: str
    title = "This key cannot be exported"
    sentence = "The private key of “{key}” is on a card and cannot leave it."
    next_step = "Export its public key with `signet key public-key {key}`."


# --- understood and not allowed -------------------------------------------------------------------------------


class Refused(SignetError):
    """Understood, and not allowed."""

    title = "Not allowed"
    sentence = "This is not allowed."
    next_step = "Nothing was changed."


class ConfirmationMissing(Refused):
    """The person did not say yes."""

    question: str
    title = "Not confirmed"
    sentence = "This was not confirmed: {question}"
    next_step = "Nothing was changed. Confirm when asked, or give --yes."


class LastUnlockMethod(Refused):
    """The vault would be closed for ever."""

    title = "This is the only way in"
    sentence = "The last way into a vault cannot be removed."
    next_step = "Add another way in first."


class UnlockMethodInUse(Refused):
    """The same secret or token key is enrolled already."""

    name: str
    title = "Already a way in"
    sentence = "“{name}” is a way into this vault already."
    next_step = "See `signet unlock-method list`."


class ProofOfPresenceMissing(Refused):
    """Administration wants the secret of an unlock method again."""

    title = "Please prove that it is you"
    sentence = "This needs the PIN, passphrase or recovery code again."
    next_step = "Unlock again and repeat the command."


class SecretTooWeak(Refused):
    """A passphrase too short to stand alone."""

    minimum: int
    title = "The passphrase is too short"
    sentence = "A passphrase needs at least {minimum} characters."
    next_step = "Use several words; length counts more than special characters."


class ContextInvalid(Refused):
    """An encryption context pair that Signet does not write."""

    reason: str
    title = "That note cannot be attached"
    sentence = "The encryption context is not usable: {reason}."
    next_step = "Use keys of a-z, 0-9 and “-” that start neither with signet- nor aws-crypto-."


class WrapBudgetSpent(Refused):
    """The AES-GCM budget of a key version is used up (SP 800-38D, 8.3)."""

    key: str
    title = "This key has been used too often"
    sentence = "The key “{key}” has wrapped as many data keys as one key version safely can."
    next_step = "Rotate the key."


# --- disk, folder, output, source -----------------------------------------------------------------------------


class StorageError(SignetError):
    """Something about a file, a folder or the disk."""

    path: str
    title = "The file could not be handled"
    sentence = "{path} could not be read or written."
    next_step = "Check the file, its folder and their permissions."


class SourceNotFound(StorageError):
    """There is nothing at that path."""

    title = "No such file"
    sentence = "There is no file at {path}."
    next_step = "Check the name."


class SourceUnsupported(StorageError):
    """A link, a device, a folder where a file is wanted."""

    reason: str
    title = "This cannot be taken"
    sentence = "{path} cannot be taken: {reason}."
    next_step = "Give an ordinary file."


class SourceChanged(StorageError):
    """The source changed while it was being read."""

    title = "The file changed meanwhile"
    sentence = "{path} was changed by another program while it was being read; nothing was written."
    next_step = "Close the program that changes it and try again."


class OutputExists(StorageError):
    """The output is there already and was not to be overwritten."""

    title = "The result exists already"
    sentence = "{path} exists already; it was not touched."
    next_step = "Move it away, choose another folder with --output, or give --overwrite."


class DiskFull(StorageError):
    """No space left."""

    title = "The disk is full"
    sentence = "There is not enough space for {path}; nothing was left behind."
    next_step = "Make room and try again."


class FolderReadOnly(StorageError):
    """The folder or file cannot be written."""

    title = "No permission"
    sentence = "{path} cannot be written or read with your permissions."
    next_step = "Choose another folder with --output, or ask for the permission."


class Cancelled(SignetError):
    """The person stopped it."""

    exit_status = 130
    title = "Cancelled"
    sentence = "Cancelled; nothing was left behind."
    next_step = "Start it again whenever you like."
