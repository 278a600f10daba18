"""The audit log in sentences: what was done, with which key and file, and what became of it."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from signet.audit.canonical import Detail
from signet.audit.entry import Entry, Outcome
from signet.errors import every_error
from signet.gui.widgets.pill import PillKind
from signet.services.files_proof import COMPARING


class Group(StrEnum):
    """What an entry is about; the value is what the filter says."""

    KEYS = "Keys"
    FILES = "Files"
    DOCUMENTS = "Documents"
    VAULT = "Vault"


ICONS = {Group.KEYS: "key", Group.FILES: "file", Group.DOCUMENTS: "document", Group.VAULT: "vault"}


@dataclass(frozen=True)
class Words:
    """How an operation is told: once it was ``done``, and as something one can ``begin`` (an infinitive)."""

    group: Group
    done: str
    begin: str


OPERATIONS = {
    "CreateVault": Words(Group.VAULT, "Made this vault", "make this vault"),
    "UnlockVault": Words(Group.VAULT, "Opened the vault with {way}", "open the vault with {way}"),
    "AcceptVault": Words(Group.VAULT, "Accepted the vault as it is", "accept the vault as it is"),
    "RotateMasterKey": Words(Group.VAULT, "Made a new master key", "make a new master key"),
    "RenewIdentity": Words(
        Group.VAULT, "Made a new identity and a new master key", "make a new identity and a new master key"
    ),
    "RenewCard": Words(Group.VAULT, "Put a new card in the place of {way}", "put a new card in the place of {way}"),
    "BeginEpoch": Words(Group.VAULT, "Began a new part of the log, under the new master key", "begin a new part"),
    "AddUnlockMethod": Words(Group.VAULT, "Added the way in {way}", "add the way in {way}"),
    "ProveUnlockMethod": Words(Group.VAULT, "Tested the way in {way}", "test the way in {way}"),
    "ChangeHeader": Words(
        Group.VAULT, "Finished an interrupted change of the ways in", "finish an interrupted change of the ways in"
    ),
    "MigrateVault": Words(Group.VAULT, "Brought the vault up to date", "bring the vault up to date"),
    "Backup": Words(Group.VAULT, "Wrote {backup}", "write {backup}"),
    "RestoreBackup": Words(Group.VAULT, "Restored the vault from a backup", "restore the vault from a backup"),
    "VerifyVault": Words(Group.VAULT, "Checked the whole vault: {problems}", "check the whole vault"),
    "VerifyAuditLog": Words(Group.VAULT, "Checked this log: {problems}", "check this log"),
    "SignCheckpoint": Words(Group.VAULT, "Signed the log with {way}", "sign the log with {way}"),
    "ExportCheckpoint": Words(
        Group.VAULT,
        "Kept a signed checkpoint of this log in {file}",
        "keep a signed checkpoint of this log in {file}",
    ),
    "SaveRecoveryCode": Words(
        Group.VAULT, "Noted where a recovery code was saved", "note where a recovery code was saved"
    ),
    "ExportAuditLog": Words(Group.VAULT, "Exported this log to {file}", "export this log to {file}"),
    "CreateKey": Words(Group.KEYS, "Made the key {key}", "make the key {key}"),
    "AdoptKey": Words(Group.KEYS, "Took in the key {key} of a card", "take in the key {key} of a card"),
    "RotateKey": Words(Group.KEYS, "Gave the key {key} a new version", "give the key {key} a new version"),
    "EnableKeyRotation": Words(
        Group.KEYS, "Planned new versions of the key {key}", "plan new versions of the key {key}"
    ),
    "DisableKeyRotation": Words(
        Group.KEYS, "Stopped planned versions of the key {key}", "stop planned versions of the key {key}"
    ),
    "EnableKey": Words(Group.KEYS, "Enabled the key {key}", "enable the key {key}"),
    "DisableKey": Words(Group.KEYS, "Disabled the key {key}", "disable the key {key}"),
    "ArchiveKey": Words(Group.KEYS, "Made the key {key} read only", "make the key {key} read only"),
    "UnarchiveKey": Words(Group.KEYS, "Let the key {key} protect again", "let the key {key} protect again"),
    "ScheduleKeyDeletion": Words(
        Group.KEYS, "Scheduled the deletion of the key {key}", "schedule the deletion of the key {key}"
    ),
    "CancelKeyDeletion": Words(
        Group.KEYS, "Kept the key {key}, which was to be deleted", "keep the key {key}, which was to be deleted"
    ),
    "DestroyKey": Words(Group.KEYS, "Destroyed the key {key}", "destroy the key {key}"),
    "ImportKeyMaterial": Words(Group.KEYS, "Imported the key {key}", "import the key {key}"),
    "DescribeKey": Words(Group.KEYS, "Described the key {key} anew", "describe the key {key} anew"),
    "TagKey": Words(Group.KEYS, "Changed the tags of the key {key}", "change the tags of the key {key}"),
    "AddAlias": Words(Group.KEYS, "Gave the key {key} another name", "give the key {key} another name"),
    "MoveAlias": Words(Group.KEYS, "Moved a name from another key to {key}", "move a name from another key to {key}"),
    "RemoveAlias": Words(Group.KEYS, "Took a name of the key {key} away", "take a name of the key {key} away"),
    "ExportKey": Words(Group.KEYS, "Exported the key {key}", "export the key {key}"),
    "SharePublicKey": Words(
        Group.KEYS, "Saved the public key of {key} in {file}", "save the public key of {key} in {file}"
    ),
    "SendKey": Words(Group.KEYS, "Sent the key {key} to another vault", "send the key {key} to another vault"),
    "RequestKey": Words(Group.KEYS, "Asked another vault for a key", "ask another vault for a key"),
    "ReceiveKey": Words(Group.KEYS, "Took in the key {key} of another vault", "take in a key of another vault"),
    "KeepKey": Words(Group.KEYS, "Let this vault rotate the key {key}", "let this vault rotate the key {key}"),
    "ImportKey": Words(Group.KEYS, "Imported the key {key}", "import the key {key}"),
    "GetParametersForImport": Words(
        Group.KEYS, "Gave out a wrapping key for {key}", "give out a wrapping key for {key}"
    ),
    "SetImportExpiry": Words(
        Group.KEYS, "Gave the imported key {key} another date", "give the imported key {key} another date"
    ),
    "ExpireImportedKeyMaterial": Words(
        Group.KEYS, "The imported key {key} has expired", "note that the imported key {key} has expired"
    ),
    "ExpireImportTokens": Words(
        Group.KEYS, "Removed wrapping keys that nobody used in time", "remove wrapping keys that nobody used in time"
    ),
    "DeleteImportedKeyMaterial": Words(
        Group.KEYS, "Wiped the imported material of the key {key}", "wipe the imported material of the key {key}"
    ),
    "PresentGuard": Words(Group.KEYS, "Opened the guarded key {key} with {way}", "open the guarded key {key}"),
    "PresentCard": Words(Group.KEYS, "Used the key {key} with {way} in the reader", "show a card for the key {key}"),
    "PutKeyPolicy": Words(Group.KEYS, "Set the limits of the key {key}", "set the limits of the key {key}"),
    "AddGuard": Words(Group.KEYS, "Let {way} guard the key {key}", "let {way} guard the key {key}"),
    "LoseKey": Words(Group.KEYS, "Gave up the key {key}, whose last guard was lost", "give up the key {key}"),
    "RemoveGuard": Words(Group.KEYS, "Let {way} no longer guard the key {key}", "let {way} no longer guard {key}"),
    "AddCertificate": Words(Group.KEYS, "Added a certificate to the key {key}", "add a certificate to the key {key}"),
    "PreferCertificate": Words(
        Group.KEYS, "Chose the certificate that {key} signs with", "choose the certificate that {key} signs with"
    ),
    "RemoveCertificate": Words(
        Group.KEYS, "Removed a certificate of the key {key}", "remove a certificate of the key {key}"
    ),
    "RequestCertificate": Words(
        Group.KEYS, "Wrote a request for a certificate of {key}", "write a request for a certificate of {key}"
    ),
    "ExportCertificate": Words(
        Group.KEYS, "Saved a certificate of {key} in {file}", "save a certificate of {key} in {file}"
    ),
    "AddPerson": Words(Group.VAULT, "Added {key} to your people", "add {key} to your people"),
    "RemovePerson": Words(Group.VAULT, "Removed {key} from your people", "remove {key} from your people"),
    "RenamePerson": Words(Group.VAULT, "Gave {key} another name", "give {key} another name"),
    "DescribePerson": Words(Group.VAULT, "Changed the note about {key}", "change the note about {key}"),
    "AddPersonKey": Words(Group.VAULT, "Added a public key of {key}", "add a public key of {key}"),
    "RemovePersonKey": Words(Group.VAULT, "Removed a public key of {key}", "remove a public key of {key}"),
    "TrustPerson": Words(Group.VAULT, "Compared the fingerprint with {key}", "note that you compared with {key}"),
    "UntrustPerson": Words(Group.VAULT, "Took trust away from {key}", "take trust away from {key}"),
    "TrustIssuer": Words(Group.VAULT, "Trusted the issuer {key}", "trust the issuer {key}"),
    "UntrustIssuer": Words(Group.VAULT, "Took trust away from the issuer {key}", "take trust away from {key}"),
    "AddTrustedList": Words(Group.VAULT, "Took in the trusted list of {key}", "take in a trusted list"),
    "RemoveTrustedList": Words(Group.VAULT, "Removed the trusted list of {key}", "remove a trusted list"),
    "Encrypt": Words(Group.FILES, "Encrypted {file} with {key}", "encrypt {file} with {key}"),
    "Decrypt": Words(Group.FILES, "Decrypted {file} with {key}", "decrypt {file} with {key}"),
    "MoveToTrash": Words(
        Group.FILES, "Moved {file}, unencrypted, to the trash", "move {file}, unencrypted, to the trash"
    ),
    "ReEncrypt": Words(Group.FILES, "Encrypted {file} anew with {key}", "encrypt {file} anew with {key}"),
    "FindFiles": Words(Group.FILES, "Looked where known files are", "look where known files are"),
    "ForgetFile": Words(Group.FILES, "Took {file} off the list of known files", "take {file} off the list of files"),
    "GenerateDataKey": Words(Group.KEYS, "Made a data key with {key}", "make a data key with {key}"),
    "GenerateDataKeyWithoutPlaintext": Words(
        Group.KEYS, "Made a wrapped data key with {key}", "make a wrapped data key with {key}"
    ),
    "GenerateDataKeyPair": Words(Group.KEYS, "Made a data key pair with {key}", "make a data key pair with {key}"),
    "GenerateDataKeyPairWithoutPlaintext": Words(
        Group.KEYS, "Made a wrapped data key pair with {key}", "make a wrapped data key pair with {key}"
    ),
    "GenerateMac": Words(
        Group.DOCUMENTS, "Made an authentication code of {file} with {key}", "make a code of {file} with {key}"
    ),
    "VerifyMac": Words(
        Group.DOCUMENTS, "Checked the authentication code of {file}", "check the authentication code of {file}"
    ),
    "DeriveSharedSecret": Words(
        Group.KEYS, "Agreed on a shared secret with {key}", "agree on a shared secret with {key}"
    ),
    "Encapsulate": Words(Group.KEYS, "Made an encapsulated secret with {key}", "encapsulate a secret with {key}"),
    "Decapsulate": Words(Group.KEYS, "Opened an encapsulated secret with {key}", "open a secret with {key}"),
    "GenerateRandom": Words(Group.VAULT, "Made random bytes", "make random bytes"),
    "Sign": Words(Group.DOCUMENTS, "Signed {file} with {key}", "sign {file} with {key}"),
    "ExtendDocument": Words(Group.DOCUMENTS, "Extended {file}, to be provable for longer", "extend {file}"),
    "Verify": Words(Group.DOCUMENTS, "Checked the signature of {file}", "check the signature of {file}"),
}
_BEGUN_FOR = Words(Group.FILES, "Opened {file} with {key}, to encrypt it anew", "open {file} with {key}")
_COMPARED = Words(Group.FILES, "Compared {file} with its encrypted file", "compare {file} with its encrypted file")
_CERTIFIED = {
    "certificate": Words(Group.KEYS, "Signed a certificate with the key {key}", "sign a certificate with {key}"),
    "certificate-request": Words(
        Group.KEYS, "Signed a request for a certificate with {key}", "sign a request for a certificate with {key}"
    ),
}
"""What a signature is about that is no document, by the detail ``format``."""
_CONTENTS = {"secret": "a small secret", "data-key": "a data key"}
"""What is no file, by the detail ``content``."""
_UNSHOWN = frozenset({"Cc", "Cf", "Cs"})
"""Control characters, direction marks and halves of surrogate pairs (Unicode Standard, 4.5)."""
_WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")

PILLS: dict[Outcome, tuple[str, PillKind]] = {
    Outcome.ALLOWED: ("Begun", "neutral"),
    Outcome.DONE: ("Done", "ok"),
    Outcome.REFUSED: ("Refused", "bad"),
    Outcome.FAILED: ("Failed", "bad"),
    Outcome.CANCELLED: ("Cancelled", "warn"),
}
_BEGINNINGS = {
    Outcome.ALLOWED: "Began to",
    Outcome.REFUSED: "Refused to",
    Outcome.FAILED: "Could not",
    Outcome.CANCELLED: "Cancelled:",
}
_SAID = {
    "key": "a key",
    "way": "a way in",
    "file": f"a file files {' '.join(_CONTENTS.values())}",
    "backup": "a backup the daily backup",
    "problems": "all is well problem problems",
}
"""What stands for a part of a sentence where the entry does not say it."""
TROUBLES = frozenset({Outcome.REFUSED, Outcome.FAILED})


@dataclass(frozen=True)
class ActivityRow:
    """One entry as people read it: a sentence, what it is about, and a pill (words, kind)."""

    entry: Entry
    sentence: str
    group: Group
    pill: tuple[str, PillKind]

    @property
    def trouble(self) -> bool:
        """Whether something was refused, failed, or was found not to agree."""
        return self.pill[1] == "bad"

    def fits(self, words: str) -> bool:
        """Whether every word typed occurs in the sentence, the operation, the key's id, a detail or the number."""
        entry = self.entry
        details = " ".join(f"{name} {value}" for name, value in entry.details.items())
        text = f"{self.sentence} {entry.operation} {entry.key or ''} {details} {entry.sequence}".casefold()
        return all(word in text for word in words.casefold().split())


def told(entry: Entry, names: Mapping[str, str]) -> ActivityRow:
    """Tell an entry; ``names`` are the keys' names by id, as they are today."""
    words = _words(entry)
    problems = _count(entry.details.get("problems"))
    pill: tuple[str, PillKind] = ("Problems", "bad") if problems else PILLS[entry.outcome]
    return ActivityRow(entry, readable(_sentence(entry, words, names)), words.group, pill)


def readable(text: str) -> str:
    """Replace what cannot be shown, or would turn the order of the letters round, by a question mark."""
    return "".join("?" if unicodedata.category(character) in _UNSHOWN else character for character in text)


def why(error: object) -> str:
    """Return the title of the error with that class name; empty if there is none."""
    return titles().get(str(error), "")


def _words(entry: Entry) -> Words:
    if entry.operation == "Decrypt" and ("new-key" in entry.details or entry.details.get("for") == "ReEncrypt"):
        return _BEGUN_FOR
    if entry.operation == "Decrypt" and entry.details.get("for") == COMPARING:
        return _COMPARED
    if entry.operation == "Sign" and str(entry.details.get("format")) in _CERTIFIED:
        return _CERTIFIED[str(entry.details["format"])]
    known = OPERATIONS.get(entry.operation)
    if known is not None:
        return known
    # A newer Signet may have written it: its name is taken apart, so that nothing in the log stays unsaid.
    said = " ".join(part.lower() for part in _WORDS.findall(entry.operation)) or "something unknown"
    group = Group.KEYS if entry.key else Group.VAULT
    tail = " ({key})" if entry.key else ""
    return Words(group, said.capitalize() + tail, said + tail)


def _sentence(entry: Entry, words: Words, names: Mapping[str, str]) -> str:
    if entry.operation == "ChangeHeader" and entry.outcome is Outcome.CANCELLED:
        return "Took back an interrupted change of the ways in"
    template = words.done if entry.outcome is Outcome.DONE else words.begin
    if entry.key is None and "key" not in entry.details and "name" not in entry.details:
        template = template.replace(" with {key}", "")
    said = template.format_map(_parts(entry, names))
    reason = why(entry.details.get("error"))
    because = f": {reason[:1].lower()}{reason[1:]}" if reason else ""
    if entry.outcome is Outcome.DONE:
        return said
    return f"{beginning_of(entry.outcome)} {said}{because if entry.outcome in TROUBLES else ''}"


def beginning_of(outcome: Outcome) -> str:
    """How a sentence begins about what was not done, or not yet."""
    return _BEGINNINGS.get(outcome, "")


def spoken(operation: str) -> str:
    """Everything that a sentence about an operation can say by itself, whatever its entry holds: for searching."""
    known = OPERATIONS.get(operation)
    if known is None:
        parts = " ".join(_WORDS.findall(operation))
        return f"{operation} {parts} something unknown a key"
    others = {
        "Decrypt": (_BEGUN_FOR, _COMPARED),
        "Sign": tuple(_CERTIFIED.values()),
    }
    besides = others.get(operation, ())
    more = [text for words in besides for text in (words.done, words.begin)]
    if operation == "ChangeHeader":
        more.append("Took back an interrupted change of the ways in")
    return " ".join((operation, *(text.format_map(_SAID) for text in (known.done, known.begin, *more))))


def _parts(entry: Entry, names: Mapping[str, str]) -> dict[str, str]:
    details = entry.details
    key = names.get(entry.key or "") or details.get("alias") or details.get("name") or entry.key or "a key"
    way = details.get("label") or details.get("method") or "a way in"
    problems = _count(details.get("problems"))
    return {
        "key": f"“{key}”",
        "way": f"“{way}”",
        "file": _file(details),
        "backup": {"daily": "the daily backup"}.get(str(details.get("reason")), "a backup"),
        "problems": "all is well" if not problems else "1 problem" if problems == 1 else f"{problems} problems",
    }


def _file(details: Mapping[str, Detail]) -> str:
    for name in ("source", "path"):
        path = details.get(name)
        if isinstance(path, str) and path:
            return os.path.basename(path.rstrip(os.sep)) or path
    content = _CONTENTS.get(str(details.get("content")))
    if content is not None:
        return content
    files = _count(details.get("files"))
    return "a file" if not files else "1 file" if files == 1 else f"{files} files"


def _count(value: Detail) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def titles() -> dict[str, str]:
    """The title of every error, by the name of its class."""
    return {kind.__name__: kind.title for kind in every_error()}
