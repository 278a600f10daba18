"""`signet trust`: issuers that are trusted, and trusted lists of states."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from signet.cli.call import Call
from signet.cli.options import PLACE, UNLOCKING, SignetGroup, pass_call
from signet.cli.running import running

if TYPE_CHECKING:
    from signet.cli.output import Fields
    from signet.services.issuers import IssuerView
    from signet.services.list_updates import Update
    from signet.services.trusted_lists import ListView

COLUMNS = (("Name", "name"), ("Until", "not_after"), ("Since", "since"), ("Fingerprint", "fingerprint"))
LIST_COLUMNS = (
    ("Of", "territory"),
    ("Number", "sequence"),
    ("Issued", "issued"),
    ("Next by", "next_update"),
    ("Issuers", "issuers"),
    ("State", "state"),
)

trust = SignetGroup("trust", help="Issuers that you trust, and trusted lists of states.")


@trust.command("list", secrets=UNLOCKING)
@pass_call
def list_(call: Call) -> None:
    """List the issuers that you trust.

    Example: signet trust list
    """
    from signet.services import issuers

    with call.unlocked() as session:
        items = [_issuer_fields(issuers.view_of(session, each)) for each in issuers.list_issuers(session)]
    call.output.listing(items, COLUMNS, empty="No issuer is trusted. Trust one: signet trust add FILE")


@trust.command("add", secrets=UNLOCKING)
@click.argument("file", metavar="FILE", type=PLACE)
@click.option("--name", default="", metavar="NAME", help="What it is to be called here; else its own name.")
@pass_call
def add(call: Call, file: str, name: str) -> None:
    """Trust the issuer whose certificate is in FILE (PEM or DER).

    Signatures by everybody whom it certifies are valid from then on. Compare the fingerprint, which is shown and has
    to be confirmed, with what the issuer itself publishes. An issuer that was certified by another can be trusted as
    it stands: whether the other has taken its certificate back is not asked then.

    Example: signet trust add authority.pem
    """
    from signet.services import issuers, people

    found = issuers.issuer_in_file(file)
    certificate = found.certificate
    with call.unlocked() as session:
        about = [
            certificate.subject,
            f"Issued by: {'itself' if found.root else certificate.issuer}",
            f"Until: {certificate.not_after[:10]}",
            f"SHA-256: {people.grouped(found.fingerprint)}",
        ]
        call.prompt.confirm("Does this issuer publish the same fingerprint, by a way that you trust?", about=about)
        made = issuers.add_issuer(session, certificate.der, fingerprint=found.fingerprint, name=name)
        call.output.result(_issuer_fields(issuers.view_of(session, made)))
        call.output.say(f"Signatures by whom “{made.name}” certifies are valid from now on.")


@trust.command("show", secrets=UNLOCKING)
@click.argument("name", metavar="NAME")
@pass_call
def show(call: Call, name: str) -> None:
    """Show the issuer NAME, with its fingerprint.

    NAME is a name, a fingerprint, or the first 8 digits of one or more.

    Example: signet trust show "Example Root"
    """
    from signet.services import issuers
    from signet.services.people import grouped

    with call.unlocked() as session:
        view = issuers.view_of(session, issuers.find_issuer(session, name))
    lines: list[tuple[str, object]] = [
        ("Name", view.name),
        ("Certificate", view.subject),
        ("Issued by", "itself" if view.root else view.issuer),
        ("Dates", f"{view.not_before[:10]} to {view.not_after[:10]} ({view.validity.value})"),
        ("Serial number", view.serial),
        ("Fingerprint", grouped(view.fingerprint)),
        ("Trusted since", view.since[:10]),
    ]
    call.output.facts(_issuer_fields(view), lines)


@trust.command("remove", secrets=UNLOCKING)
@click.argument("name", metavar="NAME")
@pass_call
def remove(call: Call, name: str) -> None:
    """Trust the issuer NAME no longer.

    Signatures by whom it certifies are then of signers whom nobody vouches for, unless another issuer does.

    Example: signet trust remove "Example Root"
    """
    from signet.services import issuers

    with call.unlocked() as session:
        found = issuers.find_issuer(session, name)
        call.prompt.confirm(f"Trust “{found.name}” no longer?")
        view = issuers.view_of(session, issuers.remove_issuer(session, found.fingerprint))
    call.output.result(_issuer_fields(view))
    call.output.say(f"“{view.name}” is no longer trusted.")


@trust.command("lists", secrets=UNLOCKING)
@pass_call
def lists(call: Call) -> None:
    """List the trusted lists that are here, with their dates.

    Example: signet trust lists
    """
    from signet.services import trusted_lists

    with call.unlocked() as session:
        items = [_list_fields(each) for each in trusted_lists.list_lists(session)]
    shown = items if call.json else [_short(item) for item in items]
    empty = "No trusted list is here. Take one in: signet trust add-list FILE, or signet trust update EE"
    call.output.listing(shown, LIST_COLUMNS, empty=empty)


@trust.command("add-list", secrets=UNLOCKING)
@click.argument("file", metavar="FILE", type=PLACE)
@click.option("--signer", metavar="CERT", type=PLACE, help="Whose certificate signs this list.")
@pass_call
def add_list(call: Call, file: str, signer: str | None) -> None:
    """Take in the trusted list in FILE (XML) of a state, or the European list of lists.

    Its signature is checked. Who may sign the list of a state is said by the European list of lists, if that is here;
    else give the certificate with --signer, whose fingerprint is shown and has to be confirmed. An older list never
    takes the place of a newer one.

    Issuers that a list finds qualified count as trusted, and verdicts say whether the signer's certificate is.

    Example: signet trust add-list EE_T.xml --signer EE_T.crt
    """
    from signet.services import trusted_lists
    from signet.services.people import grouped

    with call.unlocked() as session, running(call.output, "Checking the list") as work:
        offered = trusted_lists.list_in_file(session, file, signer=signer or "", cancelled=work.cancelled)
        view = trusted_lists.view_of(session, offered.found)
        if offered.found.named_by == "person":
            about = [view.signer, f"SHA-256: {grouped(view.signer_fingerprint)}"]
            question = f"Does whoever publishes the list of “{offered.found.territory}” name the same fingerprint?"
            call.prompt.confirm(question, about=about)
        found = trusted_lists.add_list(session, offered)
        view = trusted_lists.view_of(session, found)
    call.output.result(_list_fields(view))
    call.output.say(_told(view))


@trust.command("update", secrets=UNLOCKING)
@click.argument("territories", metavar="[COUNTRY...]", nargs=-1)
@click.option(
    "--from", "address", default="", metavar="URL", help="Where the list of lists is, if not at its usual place."
)
@pass_call
def update(call: Call, territories: tuple[str, ...], address: str) -> int:
    """Fetch the European list of lists, and the trusted lists that are here anew.

    This asks the network: the European Commission, and whoever publishes the lists. Each COUNTRY (EE, LV ...) is a
    list that comes along although it was not here.

    Example: signet trust update EE
    """
    from signet.services import list_updates, trusted_lists

    with call.unlocked() as session, running(call.output, "Fetching lists") as work:
        updates = list_updates.update_lists(
            session, territories, address=address or list_updates.LOTL_ADDRESS, cancelled=work.cancelled
        )
        views = [None if each.found is None else trusted_lists.view_of(session, each.found) for each in updates]
    items = [_update_fields(each, view) for each, view in zip(updates, views, strict=True)]
    call.output.listing(items, (("Of", "territory"), ("What", "status"), ("Number", "sequence")), empty="")
    for each in updates:
        if each.error is not None and not call.json:
            call.output.note(f"{each.territory}: {each.error.message} {each.error.hint}")
    return 1 if any(each.error is not None for each in updates) else 0


@trust.command("remove-list", secrets=UNLOCKING)
@click.argument("territory", metavar="COUNTRY")
@pass_call
def remove_list(call: Call, territory: str) -> None:
    """Forget the trusted list of COUNTRY (EE; EU is the list of lists).

    Issuers that only this list names are then no longer trusted.

    Example: signet trust remove-list EE
    """
    from signet.services import trusted_lists

    with call.unlocked() as session:
        call.prompt.confirm(f"Forget the trusted list of “{territory.upper()}”?")
        found = trusted_lists.remove_list(session, territory)
    call.output.result({"territory": found.territory, "sequence": found.sequence})
    call.output.say(f"The trusted list of “{found.territory}” is forgotten.")


def _issuer_fields(view: IssuerView) -> Fields:
    return {
        "name": view.name,
        "fingerprint": view.fingerprint,
        "since": view.since,
        "subject": view.subject,
        "issuer": view.issuer,
        "serial": view.serial,
        "not_before": view.not_before,
        "not_after": view.not_after,
        "validity": view.validity.value,
        "root": view.root,
    }


def _list_fields(view: ListView) -> Fields:
    found = view.found
    return {
        "territory": found.territory,
        "operator": found.operator,
        "sequence": found.sequence,
        "issued": found.issued,
        "next_update": found.next_update or None,
        "ended": view.ended,
        "here": view.here,
        "issuers": view.issuers,
        "time_stampers": view.stampers,
        "territories": list(view.territories),
        "signer": view.signer,
        "signer_fingerprint": view.signer_fingerprint,
        "signer_named_by": found.named_by,
        "source": found.source,
        "added": found.added,
    }


def _short(item: Fields) -> Fields:
    """A list as a line of a table."""
    state = "its file is gone: take it in again" if not item["here"] else "ended" if item["ended"] else "holds"
    until = str(item["next_update"] or "none")[:10]
    return {**item, "issued": str(item["issued"])[:10], "next_update": until, "state": state}


def _update_fields(update: Update, view: ListView | None) -> Fields:
    status = "failed" if update.error is not None else "renewed" if update.renewed else "no newer one"
    fields = {"territory": update.territory, "sequence": None} if view is None else _list_fields(view)
    error = None if update.error is None else type(update.error).__name__
    return {**fields, "status": status, "error": error}


def _told(view: ListView) -> str:
    found = view.found
    said = f"The trusted list of “{found.territory}”, number {found.sequence} of {found.issued[:10]}, is taken in."
    if view.ended:
        return f"{said} It has ended on {found.next_update[:10]} and says nothing until a newer one comes."
    if view.territories:
        return f"{said} It names the lists of: {', '.join(view.territories)}."
    return f"{said} By it {view.issuers} issuers and {view.stampers} time stampers are qualified now."
