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
    ├─ KeyProblem                   exit 1   key names, states, usages
    ├─ Refused                      exit 1   understood and not allowed
    ├─ StorageError                 exit 1   disk, folder, output, source
    └─ Cancelled                    exit 130

Each branch has a module of its own; import every error from here. Rules: a class has a ``title``, a ``sentence``
(a template over its own annotated attributes) and a ``next_step``; a test holds the tree complete. What a caller
needs is an attribute, given by keyword. Foreign exceptions are translated once, where they enter, with
``raise ... from``. A bug is not a SignetError.
"""

from signet.errors.base import (
    SignetError,
    every_error,
)
from signet.errors.key import (
    AliasTaken,
    KeyAlreadyHere,
    KeyMaterialInvalid,
    KeyNotExportable,
    KeyNotFound,
    KeyProblem,
    KeyStateRefused,
    KeyUsageRefused,
)
from signet.errors.refusal import (
    ConfirmationMissing,
    Declined,
    JobsRunning,
    LastUnlockMethod,
    ProofOfPresenceMissing,
    Refused,
    SecretTooWeak,
    UnlockMethodInUse,
    WrapBudgetSpent,
)
from signet.errors.storage import (
    Cancelled,
    DiskFull,
    FolderNotFound,
    FolderReadOnly,
    OutputExists,
    OutputLost,
    SignedFileMissing,
    SourceChanged,
    SourceNotFound,
    SourceUnsupported,
    StorageError,
)
from signet.errors.token import (
    KeyTokenNotFound,
    ModuleCrashed,
    ModuleError,
    ModuleNotFound,
    ModuleTimedOut,
    ModuleUnusable,
    PinError,
    PinIncorrect,
    PinLengthInvalid,
    PinLocked,
    TokenError,
    TokenFull,
    TokenKeyNotFound,
    TokenKeyUnusable,
    TokenLoginLost,
    TokenNotFound,
    TokenOperationFailed,
    TokenRemoved,
)
from signet.errors.unlocking import (
    FileSecretIncorrect,
    FileSecretMissing,
    MemoryShort,
    NotUnlocked,
    RecoveryCodeMalformed,
    SecretIncorrect,
    SecretMissing,
    UnlockMethodNotFound,
)
from signet.errors.usage import (
    ContextInvalid,
    NameAmbiguous,
    UsageError,
)
from signet.errors.vault import (
    AttestationInvalid,
    AttestationMissing,
    BackupUnusable,
    DatabaseDamaged,
    DatabaseReplaced,
    HeaderDamaged,
    HeaderForged,
    HeaderMismatch,
    IdentityUnconfirmed,
    PinsDamaged,
    RecordDisagrees,
    SettingsInvalid,
    VaultBusy,
    VaultError,
    VaultExists,
    VaultForeign,
    VaultInUse,
    VaultLocked,
    VaultNewer,
    VaultNotFound,
    VaultRolledBack,
)
from signet.errors.verdict import (
    CiphertextInvalid,
    DidNotVerify,
    FormatUnrecognised,
    KeyFileUnrecognised,
    KeyNotHere,
    SignatureInvalid,
)

__all__ = [
    "AliasTaken",
    "AttestationInvalid",
    "AttestationMissing",
    "BackupUnusable",
    "Cancelled",
    "CiphertextInvalid",
    "ConfirmationMissing",
    "ContextInvalid",
    "DatabaseDamaged",
    "DatabaseReplaced",
    "Declined",
    "DidNotVerify",
    "DiskFull",
    "FileSecretIncorrect",
    "FileSecretMissing",
    "FolderNotFound",
    "FolderReadOnly",
    "FormatUnrecognised",
    "HeaderDamaged",
    "HeaderForged",
    "HeaderMismatch",
    "IdentityUnconfirmed",
    "JobsRunning",
    "KeyAlreadyHere",
    "KeyFileUnrecognised",
    "KeyMaterialInvalid",
    "KeyNotExportable",
    "KeyNotFound",
    "KeyNotHere",
    "KeyProblem",
    "KeyStateRefused",
    "KeyTokenNotFound",
    "KeyUsageRefused",
    "LastUnlockMethod",
    "MemoryShort",
    "ModuleCrashed",
    "ModuleError",
    "ModuleNotFound",
    "ModuleTimedOut",
    "ModuleUnusable",
    "NameAmbiguous",
    "NotUnlocked",
    "OutputExists",
    "OutputLost",
    "PinError",
    "PinIncorrect",
    "PinLengthInvalid",
    "PinLocked",
    "PinsDamaged",
    "ProofOfPresenceMissing",
    "RecordDisagrees",
    "RecoveryCodeMalformed",
    "Refused",
    "SecretIncorrect",
    "SecretMissing",
    "SecretTooWeak",
    "SettingsInvalid",
    "SignatureInvalid",
    "SignedFileMissing",
    "SignetError",
    "SourceChanged",
    "SourceNotFound",
    "SourceUnsupported",
    "StorageError",
    "TokenError",
    "TokenFull",
    "TokenKeyNotFound",
    "TokenKeyUnusable",
    "TokenLoginLost",
    "TokenNotFound",
    "TokenOperationFailed",
    "TokenRemoved",
    "UnlockMethodInUse",
    "UnlockMethodNotFound",
    "UsageError",
    "VaultBusy",
    "VaultError",
    "VaultExists",
    "VaultForeign",
    "VaultInUse",
    "VaultLocked",
    "VaultNewer",
    "VaultNotFound",
    "VaultRolledBack",
    "WrapBudgetSpent",
    "every_error",
]
