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


class KeyNotExportable(KeyProblem):
    """The private key is on a token and never leaves it."""

    key: str
    title = "This key cannot be exported"
    sentence = "The private key of “{key}” is on a card and cannot leave it."
    next_step = "Export its public key with `signet key public-key {key}`."


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
