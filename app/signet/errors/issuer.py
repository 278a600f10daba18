"""Issuers that the person trusts, and trusted lists."""

from __future__ import annotations

from signet.errors.base import SignetError


class IssuerProblem(SignetError):
    """Something about an issuer or a trusted list in the vault, or one that was to be there."""

    title = "That cannot be done with this issuer"
    sentence = "That could not be done with this issuer."
    next_step = "See `signet trust list` for the issuers that this vault trusts."


class IssuerNotFound(IssuerProblem):
    """No trusted issuer has that name or fingerprint."""

    name: str
    title = "No such issuer"
    sentence = "“{name}” is no issuer that this vault trusts."
    next_step = "See `signet trust list`; name an issuer, or the beginning of its fingerprint (8 digits or more)."


class IssuerTaken(IssuerProblem):
    """That issuer is trusted already."""

    name: str
    title = "That issuer is trusted already"
    sentence = "This issuer is trusted already; it is called “{name}” here."
    next_step = "Nothing has to be added."


class NotAnIssuer(IssuerProblem):
    """A certificate that does not allow to certify others was to be trusted as an issuer's."""

    subject: str
    title = "That is not an issuer's certificate"
    sentence = "The certificate of {subject} does not allow its holder to certify others."
    next_step = (
        "To trust a person's signatures, add them with `signet person add`; to trust an issuer, ask for the "
        "certificate of the authority itself."
    )


class IssuerChanged(IssuerProblem):
    """Another certificate came than the one whose fingerprint was shown."""

    title = "It is not the same certificate any more"
    sentence = "The file has another certificate now than the one that was shown; nothing is trusted."
    next_step = "Look at the fingerprint once more, and compare it again."


class ListNotFound(IssuerProblem):
    """No trusted list of that territory is here."""

    territory: str
    title = "No such trusted list"
    sentence = "The trusted list of “{territory}” is not here."
    next_step = "See `signet trust lists`, or take one in with `signet trust add-list FILE`."


class ListRefused(IssuerProblem):
    """A trusted list that is not believed, or is none."""

    source: str
    reason: str
    title = "The trusted list was not taken in"
    sentence = "The list in {source} was not taken in: {reason}."
    next_step = "Get the list anew from whoever publishes it; what was here before is untouched."


class ListSignerUnknown(IssuerProblem):
    """Nobody here says who may sign that list."""

    source: str
    title = "Nobody says who may sign this list"
    sentence = "Who may sign the list in {source} is not known here: no list of lists names its signer."
    next_step = (
        "Take in the European list of lists first, or say whose certificate signs this one with "
        "`signet trust add-list FILE --signer CERTIFICATE`."
    )


class ListOlder(IssuerProblem):
    """An older list was to take the place of a newer one."""

    territory: str
    here: int
    given: int
    title = "A newer trusted list is here already"
    sentence = "The list of “{territory}” that is here has the number {here}; the one given has {given}."
    next_step = "Nothing has to be done; a list never goes back."
