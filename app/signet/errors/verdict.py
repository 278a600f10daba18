"""What was given did not verify."""

from __future__ import annotations

from signet.errors.base import SignetError


class DidNotVerify(SignetError):
    """What was given is not what it should be, or cannot be opened here."""

    exit_status = 4
    title = "This did not verify"
    sentence = "This did not verify."
    next_step = "Ask for the original again, or use an earlier copy."


class CiphertextInvalid(DidNotVerify):
    """Damaged, changed or cut off: one error for any bad ciphertext."""

    title = "Damaged or changed"
    sentence = "What is encrypted here is damaged or was changed; nothing was written."
    next_step = "Use another copy of it, for instance from a backup."


class KeyNotHere(DidNotVerify):
    """No key that could open this is in the vault."""

    wanted: str
    title = "The key is not in this vault"
    sentence = "None of the keys that open this are in this vault (wanted: {wanted})."
    next_step = "Open the vault that holds the key, or ask the sender to encrypt it for you."


class KeyIncorrect(DidNotVerify):
    """The key that was named is here, and it is not the one that this is encrypted under."""

    key: str
    title = "Encrypted under another key"
    sentence = "This is not encrypted under the key “{key}”."
    next_step = "Leave the key out: Signet finds by itself which one opens it."


class FormatUnrecognised(DidNotVerify):
    """Not a format that Signet reads; ``legacy`` if it would, being told to read messages without commitment too."""

    what: str
    legacy: bool | None
    title = "Not a format that Signet knows"
    sentence = "This is not {what} that Signet can read."
    next_step = "Check that it is the right file; it may also have been cut off or made by a newer program."


class KeyFileUnrecognised(FormatUnrecognised):
    """A file that was to bring public keys does not."""

    path: str
    title = "Not a file of public keys"
    sentence = "{path} is not {what} that Signet can read."
    next_step = "Give a public key (PEM, DER, JWK, SSH), a certificate, or an allowed_signers file."


class SignatureInvalid(DidNotVerify):
    """The signature does not belong to this file."""

    title = "The signature is not valid"
    sentence = "The signature does not fit this file: the file or the signature was changed."
    next_step = "Do not rely on it; ask the signer for the original file and signature."


class SignerKeyMissing(DidNotVerify):
    """A signature that only names its key, and none of the keys at hand is that one; ``signer`` is the name."""

    signer: str
    title = "The signer's public key is not here"
    sentence = "The signature was made with the key {signer}, and that is none of the keys at hand."
    next_step = "Get the signer's public key in a way that you trust, and give it with --trust FILE."


class MacInvalid(DidNotVerify):
    """The message authentication code does not belong to this message under this key."""

    title = "The authentication code is not valid"
    sentence = "The authentication code does not fit: the file or the code was changed, or another key made it."
    next_step = "Do not rely on the file; ask for the original and its code again."


class PublicKeyInvalid(FormatUnrecognised):
    """A public key of a known kind that must not be used, or cannot: off its curve, weak, of another length."""

    reason: str
    title = "That public key cannot be used"
    sentence = "The public key cannot be used: {reason}."
    next_step = "Ask whoever gave it for the key once more; do not use what another program makes of this one."


class SignatureMalformed(SignatureInvalid):
    """Bytes that are no signature of this kind at all, or a second spelling of one."""

    reason: str
    title = "That is not a well-formed signature"
    sentence = "The signature is not valid: {reason}."
    next_step = "Check that it is the signature's file, and the algorithm that it was made with."
