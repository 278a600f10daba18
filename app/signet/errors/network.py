"""The network: services that a person named, and what they answered."""

from __future__ import annotations

from signet.errors.base import SignetError


class NetworkProblem(SignetError):
    """Something about a service on the network; ``service`` is its host, ``purpose`` what it was asked for."""

    service: str
    purpose: str
    title = "A service did not do its part"
    sentence = "{service} could not be used for {purpose}."
    next_step = "Try again later, or name another service."


class ServiceAddressRefused(NetworkProblem):
    """An address that is not asked: another scheme than http and https, credentials in it, no host."""

    reason: str
    title = "This address cannot be used"
    sentence = "“{service}” cannot be asked for {purpose}: {reason}."
    next_step = "Give an address that begins with https:// or http://, without a name or password in it."


class ServiceUnreachable(NetworkProblem):
    """No connection, or it broke: no network, no such host, nobody there, no valid certificate."""

    reason: str
    title = "The service cannot be reached"
    sentence = "{service}, asked for {purpose}, cannot be reached: {reason}."
    next_step = "Check the address and the network. Everything but this works without a network."


class ServiceTimedOut(NetworkProblem):
    """It did not answer in time, however slowly it sent."""

    seconds: float
    title = "The service takes too long"
    sentence = "{service}, asked for {purpose}, did not answer in {seconds} seconds."
    next_step = "Try again later, or name another service."


class ServiceRefused(NetworkProblem):
    """It answered that it will not: an HTTP status, a status of the time-stamp protocol, OCSP's."""

    reason: str
    title = "The service refused"
    sentence = "{service}, asked for {purpose}, refused: {reason}."
    next_step = "Check that the address is that of the right service, and that you may use it."


class ServiceAnsweredNonsense(NetworkProblem):
    """It answered, and the answer is too long, is something else, or does not fit what was asked."""

    reason: str
    title = "The service's answer is not usable"
    sentence = "What {service} answered, asked for {purpose}, was not used: {reason}."
    next_step = "Check the address; if it is right, name another service: this one cannot be relied on."


class RevocationUnknown(NetworkProblem):
    """Nobody said whether a certificate is revoked, and without that the wanted level cannot be reached."""

    reason: str
    title = "It cannot be said whether a certificate was revoked"
    sentence = "Whether the certificate of {service} was revoked could not be found out: {reason}."
    next_step = (
        "Get what is lacking from its issuer and give it: lists of revoked certificates with --crl FILE, issuers' "
        "own certificates with --issuer FILE. Or choose the level b-t, which needs neither."
    )
