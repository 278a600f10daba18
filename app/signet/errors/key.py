"""One key: its name, state, usage, material."""

from __future__ import annotations

from signet.errors.base import SignetError


class KeyProblem(SignetError):
    """Something about one key."""

    title = "The key could not be used"
    sentence = "The key could not be used."
    next_step = "See `signet key list` for the keys of this vault."


class KeyNotFound(KeyProblem):
    """No key has that alias or id."""

    name: str
    title = "No such key"
    sentence = "There is no key that fits “{name}”."
    next_step = "See `signet key list` for the keys of this vault."


class AliasTaken(KeyProblem):
    """The alias names a key already."""

    alias: str
    title = "That name is taken"
    sentence = "A key with the name “{alias}” exists already."
    next_step = "Choose another name."


class KeyAlreadyHere(KeyProblem):
    """The same key pair is in the vault already, under another name."""

    key: str
    title = "That key is in the vault already"
    sentence = "This key is in the vault already, as “{key}”."
    next_step = "Use it by that name."


class KeyStateRefused(KeyProblem):
    """The key's state does not allow the operation (DESIGN.md, section 6)."""

    key: str
    state: str
    operation: str
    title = "The key's state does not allow this"
    sentence = "The key “{key}” is {state}; it cannot {operation}."
    next_step = "See `signet key show {key}` for its state and what leads out of it."


class KeyUsageRefused(KeyProblem):
    """The key's usage, fixed at creation, does not allow the operation."""

    key: str
    usage: str
    operation: str
    title = "The key is not for this"
    sentence = "The key “{key}” is for {usage}; it cannot {operation}."
    next_step = "Use a key that was made for this, or make one with `signet key create`."


class KeyMaterialInvalid(KeyProblem):
    """Bytes that were to become a key are not one."""

    reason: str
    title = "That is not a usable key"
    sentence = "The key material cannot be used: {reason}."
    next_step = "Check the file and its format."


class NoPrivateKey(KeyProblem):
    """A file that was to bring a key holds something else, which is recognised."""

    found: str
    title = "There is no key in it to import"
    sentence = "This is {found}, and no private or secret key."
    next_step = "Choose the file that holds the private half; it was made together with this one."


class MaterialDiffers(KeyProblem):
    """What was to come back into a key is not what was in it (AWS KMS: re-import must be the same material)."""

    key: str
    title = "That is another key"
    sentence = "This is not the material that “{key}” had; only the same can be put back."
    next_step = "Find the file that it was imported from, or import this one as a new key."


class ImportTokenRefused(KeyProblem):
    """An import token is expired, used, of another vault or key, or changed."""

    reason: str
    title = "That import token is of no use"
    sentence = "The import token cannot be taken: {reason}."
    next_step = "Make a new one with `signet key import-parameters`, and wrap the key material again."


class WrappedKeyInvalid(KeyProblem):
    """Wrapped key material does not open; one error, whatever is wrong with it."""

    title = "The wrapped key does not open"
    sentence = "The wrapped key material does not open with the key of this import token."
    next_step = "Wrap it again, with the public key that came with the token, as docs/formats/key-import.md says."


class TransferRefused(KeyProblem):
    """A request for a key, or a key that was sent, cannot be taken."""

    reason: str
    title = "This key cannot be taken over"
    sentence = "The key cannot be taken over: {reason}."
    next_step = "Make a new request in the vault that is to get the key, and send the key again."


class ReplicaRotated(KeyProblem):
    """A key that came from another vault would get a version that the other does not have."""

    key: str
    title = "This key is rotated in the vault that it came from"
    sentence = "“{key}” came from another vault; a version made here would not be there, nor the other way round."
    next_step = "Rotate it there and send it again, or make this vault the one that rotates: `signet key keep {key}`."


class KeyNotExportable(KeyProblem):
    """The private key is on a token and never leaves it."""

    key: str
    title = "This key cannot be exported"
    sentence = "The private key of “{key}” is on a card and cannot leave it."
    next_step = (
        "Its public key can leave: `signet key public-key {key}`; and the card can be used in another vault too."
    )


class KeyNotGuarded(KeyProblem):
    """The key has no guards; only one that was made with them can have others."""

    key: str
    title = "The key has no guards"
    sentence = "The key “{key}” is not a guarded key."
    next_step = "Make a new key with `signet key create NAME --protection guarded`."


class KeyOutOfReach(KeyProblem):
    """A guarded key whose last guard is gone; nothing opens it any more."""

    key: str
    title = "Nothing opens this key any more"
    sentence = "The key “{key}” has lost its last guard; nothing opens it any more, nor what it encrypted."
    next_step = "Use another key. This one can be deleted."


class GuardIncorrect(KeyProblem):
    """What is wrapped to a guard does not open with it."""

    guard: str
    title = "The guard does not open the key"
    sentence = "“{guard}” does not open the guarded key: its copy of the guard key is damaged."
    next_step = "Use another guard of the key, then take this one out and add it again."


class PluginFailed(KeyProblem):
    """A program that age keys of another kind need is not installed, or did not do its part."""

    program: str
    reason: str
    title = "Another program is needed for this key"
    sentence = "{program} did not do its part: {reason}."
    next_step = "See to it that the program is installed and, if it wants a device, that this is plugged in."
