"""Every error that Signet itself raises, as one tree, with the words people read.

    SignetError                     exit 1   failed or refused
    ├─ UsageError                   exit 2   the call itself is wrong
    ├─ NotUnlocked                  exit 3   no way in was opened
    │  ├─ SecretMissing, SecretIncorrect, RecoveryCodeMalformed, ...
    │  └─ TokenError                         token, module, PIN
    │     ├─ PinError               PinIncorrect, PinLocked, PinLengthInvalid, PukIncorrect, NewPinRefused, ...
    │     └─ ModuleError            ModuleNotFound, ModuleUnusable, ModuleCrashed, ModuleTimedOut
    ├─ DidNotVerify                 exit 4   damaged ciphertext, key not here, unknown format, bad signature
    ├─ VaultError                   exit 1   header, database, pins, generations
    ├─ KeyProblem                   exit 1   key names, states, usages
    │  ├─ KeyLimited                         limits of a key: OperationNotAllowed, KeyExpired, ...
    │  └─ CertificateOfAnother, KeyUnsuited
    ├─ PersonProblem                exit 1   people: names, public keys
    ├─ IssuerProblem                exit 1   trusted issuers, trusted lists
    ├─ CertificateProblem           exit 1   certificates of keys: which, for what, until when
    ├─ Refused                      exit 1   understood and not allowed
    ├─ StorageError                 exit 1   disk, folder, output, source
    ├─ NetworkProblem               exit 1   services that a person named, and what they answered
    └─ Cancelled                    exit 130

Each branch has a module of its own; import every error from here. The rules for them are in `signet.errors.base`.
"""

from signet.errors.base import *
from signet.errors.certificate import *
from signet.errors.editing import *
from signet.errors.issuer import *
from signet.errors.key import *
from signet.errors.limit import *
from signet.errors.network import *
from signet.errors.person import *
from signet.errors.pin import *
from signet.errors.refusal import *
from signet.errors.signing import *
from signet.errors.storage import *
from signet.errors.token import *
from signet.errors.unlocking import *
from signet.errors.usage import *
from signet.errors.vault import *
from signet.errors.verdict import *

__all__ = [*sorted(kind.__name__ for kind in every_error()), "every_error"]
