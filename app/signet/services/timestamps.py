"""The time-stamp services that a person named, in the settings of this computer: the usual one first.

None is preset, and none is ever asked unless the person wants a time stamp: named with the command, chosen in the
window, or here as the usual one.

For the window's settings: list `services_known`, add with `add_service` (raises what to say about a wrong address),
`remove_service`, `make_usual`; a button "Try" calls `try_service` in a task (it may take `SECONDS`; give it
``cancelled``) and shows who stamped and when.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from signet.documents.network import Visit, checked_address
from signet.documents.timestamps import PURPOSE, SECONDS, TimeStamp, Timestamper
from signet.errors import ServiceAddressRefused, UsageError
from signet.services.workplace import Workplace
from signet.store.settings import write_settings

__all__ = [
    "SECONDS",
    "ServiceView",
    "TimeStamp",
    "add_service",
    "make_usual",
    "remove_service",
    "services_known",
    "try_service",
    "usual_service",
    "wanted_service",
]


@dataclass(frozen=True)
class ServiceView:
    """A service as it is shown: its address, its host (what a person recognises), whether it is the usual one.

    ``secured``: asked over https, so that nobody on the way sees or changes what is asked.
    """

    url: str
    host: str
    usual: bool
    secured: bool


def services_known(workplace: Workplace) -> tuple[ServiceView, ...]:
    """Return the services that the person named, the usual one first; addresses that cannot be asked are left out."""
    found: list[ServiceView] = []
    for url in workplace.settings.timestamp_services:
        try:
            host = checked_address(url, purpose=PURPOSE)
        except ServiceAddressRefused:
            continue
        found.append(ServiceView(url, host, usual=not found, secured=url.lower().startswith("https:")))
    return tuple(found)


def usual_service(workplace: Workplace) -> str:
    """Return the address of the usual service, "" if the person named none."""
    known = services_known(workplace)
    return known[0].url if known else ""


def wanted_service(workplace: Workplace, named: str) -> str:
    """Return the service that is meant: the one named, else the usual one.

    Raises ServiceAddressRefused, and UsageError if there is none at all.
    """
    url = named or usual_service(workplace)
    if not url:
        raise UsageError(
            reason="A time stamp needs a service, and none is named: give its address with --timestamp URL."
        )
    checked_address(url, purpose=PURPOSE)
    return url


def add_service(workplace: Workplace, url: str, *, usual: bool = False) -> None:
    """Name a service, last or as the usual one; one that is named already is moved. Raises ServiceAddressRefused."""
    checked_address(url, purpose=PURPOSE)
    others = tuple(each for each in workplace.settings.timestamp_services if each != url)
    _name(workplace, (url, *others) if usual else (*others, url))


def make_usual(workplace: Workplace, url: str) -> None:
    """Make a service the usual one. Raises as `add_service`."""
    add_service(workplace, url, usual=True)


def remove_service(workplace: Workplace, url: str) -> None:
    """Name a service no longer; one that is not named is no error."""
    _name(workplace, tuple(each for each in workplace.settings.timestamp_services if each != url))


def try_service(
    url: str,
    *,
    cancelled: Callable[[], bool] | None = None,
    visited: Callable[[Visit], None] | None = None,
) -> TimeStamp:
    """Ask a service for a time stamp over random bytes and return it: whether it works, who it is, what it says.

    Raises NetworkProblem (each of its kinds), Cancelled.
    """
    digest = hashlib.sha256(secrets.token_bytes(32)).digest()
    return Timestamper(url, cancelled=cancelled, visited=visited).ask(digest, "sha256")


def _name(workplace: Workplace, services: tuple[str, ...]) -> None:
    settings = replace(workplace.settings, timestamp_services=services)
    write_settings(workplace.places.settings, settings)
    workplace.settings = settings
