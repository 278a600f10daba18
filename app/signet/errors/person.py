"""Other people: their names and public keys."""

from __future__ import annotations

from signet.errors.base import SignetError


class PersonProblem(SignetError):
    """Something about one person in the vault, or about a public key that was to be somebody's."""

    title = "That cannot be done with this person"
    sentence = "That could not be done with this person."
    next_step = "See `signet person list` for the people in this vault."


class PersonNotFound(PersonProblem):
    """Nobody has that name or id."""

    name: str
    title = "No such person"
    sentence = "Nobody in this vault is called “{name}”."
    next_step = "See `signet person list` for the people in this vault, or add them with `signet person add`."


class PersonNameTaken(PersonProblem):
    """Somebody has that name already, capitals and spaces aside."""

    name: str
    title = "Somebody has that name"
    sentence = "There is a person called “{name}” already."
    next_step = "Choose another name, or give this person the other key too with `signet person add-key`."


class PersonKeyTaken(PersonProblem):
    """That public key is in the vault already as somebody's."""

    person: str
    title = "That key is somebody's already"
    sentence = "This public key is in the vault already: it is that of “{person}”."
    next_step = "Nothing has to be added; if it is not theirs, remove them first."


class LastPersonKey(PersonProblem):
    """A person without a key would be a name alone."""

    person: str
    title = "That is their only key"
    sentence = "It is the only key of “{person}”."
    next_step = "Add the new key first, or remove the person."


class PersonChanged(PersonProblem):
    """Somebody has other keys by now than those that were looked at."""

    person: str
    title = "The keys have changed meanwhile"
    sentence = "“{person}” has other keys now than those that were compared; nothing was noted."
    next_step = "Look at the fingerprints once more, and compare them again."


class PrivateKeyGiven(PersonProblem):
    """A private key came where a public one was wanted: from a file of one's own, or somebody sent too much."""

    found: str
    title = "That is a private key"
    sentence = "This is {found}, and nobody else may have it. Signet has read it and kept nothing of it."
    next_step = (
        "If somebody sent it to you, tell them to make a new key: this one is not secret any more. "
        "Ask for the public one."
    )
