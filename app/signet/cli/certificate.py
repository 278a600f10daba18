"""`signet certificate`: certificates of a key, made, asked for, imported, chosen."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from signet.cli.call import Call
from signet.cli.certificate_views import COLUMNS, certificate_fields, certificate_shown, row_of
from signet.cli.options import PLACE, UNLOCKING, SignetCommand, pass_call
from signet.errors import UsageError
from signet.keys.algorithms import SigningAlgorithm

if TYPE_CHECKING:
    from signet.services.certificates import KeyCertificate
    from signet.services.certificates_making import CertificateWish

ALGORITHMS = tuple(each.value for each in SigningAlgorithm if each.startswith("RSASSA_"))
NO_CERTIFICATE = (
    "This key has no certificate yet. Make one with --self-signed --subject NAME, or ask an issuer with --request."
)


@dataclass(frozen=True)
class Wanted:
    """What is to be done, as the options say it; what was not given is None, empty or false."""

    self_signed: bool
    request: bool
    imported: str | None
    export: str | None
    remove: str | None
    prefer: str | None

    @property
    def chosen(self) -> str:
        """The one thing, "list" for none; raise UsageError for two."""
        given = {
            "--self-signed": self.self_signed,
            "--request": self.request,
            "--import": self.imported is not None,
            "--export": self.export is not None,
            "--remove": self.remove is not None,
            "--prefer": self.prefer is not None,
        }
        found = [name for name, there in given.items() if there]
        if len(found) > 1:
            raise UsageError(reason=f"{' and '.join(found)}: one at a time.")
        return found[0] if found else "list"


@click.command(
    "certificate",
    short_help="Certificates of KEY: listed, made, asked for, imported.",
    cls=SignetCommand,
    secrets=(*UNLOCKING, "token-pin-file"),
)
@click.argument("name", metavar="KEY")
@click.option("--self-signed", is_flag=True, help="Make a certificate that the key signs for itself.")
@click.option("--request", is_flag=True, help="Make a request (CSR) for somebody who issues certificates.")
@click.option("--import", "imported", metavar="FILE", type=PLACE, help="Keep the certificate in FILE with the key.")
@click.option("--export", metavar="OUT", type=PLACE, help="Write a certificate and those above it to OUT (PEM).")
@click.option("--remove", metavar="FINGERPRINT", help="Take this certificate away from the key.")
@click.option("--prefer", metavar="FINGERPRINT", help="Sign with this one unless another is named.")
@click.option("--subject", metavar="DN", help="Whom it names: “Mari Maasikas”, or CN=Mari Maasikas,O=Acme,C=EE.")
@click.option("--email", metavar="ADDRESS", help="With this e-mail address in it.")
@click.option("--days", type=int, metavar="N", help="--self-signed: how long it holds. Default: 1096, three years.")
@click.option("--algorithm", type=click.Choice(ALGORITHMS), help="RSA: how it is signed itself.")
@click.option("--output", metavar="OUT", type=PLACE, help="The file for the request, or for the certificate too.")
@click.option("--chain", metavar="FILE", type=PLACE, multiple=True, help="--import: those above it; repeatable.")
@click.option("--certificate", metavar="FINGERPRINT", help="--export: which one; else the usual one.")
@pass_call
def certificate(
    call: Call,
    name: str,
    self_signed: bool,
    request: bool,
    imported: str | None,
    export: str | None,
    remove: str | None,
    prefer: str | None,
    subject: str | None,
    email: str | None,
    days: int | None,
    algorithm: str | None,
    output: str | None,
    chain: tuple[str, ...],
    certificate: str | None,
) -> None:
    """List the certificates of KEY; or make, ask for, import, export, prefer or remove one.

    Other programs show a name beside a signature only with a certificate. One that the key signs for itself is
    believed by those to whom you give it; for everybody else an issuer has to answer a request.

    Examples: signet certificate contracts --self-signed --subject "Mari Maasikas"; signet certificate contracts
    --request --subject "CN=Mari Maasikas,C=EE" --output mari.csr; signet certificate contracts --import mari.pem
    """
    wanted = Wanted(self_signed, request, imported, export, remove, prefer)
    _refuse_others(wanted.chosen, subject=subject, email=email, days=days, algorithm=algorithm, output=output,
                   chain=chain or None, certificate=certificate)  # fmt: skip
    if wanted.chosen in ("--self-signed", "--request"):
        _make(call, name, _wish(subject, email, days, algorithm), request=request, output=output)
    elif imported is not None:
        _import(call, name, imported, chain)
    elif export is not None:
        _export(call, name, export, certificate or "")
    elif remove is not None:
        _remove(call, name, remove)
    elif prefer is not None:
        _prefer(call, name, prefer)
    else:
        _list(call, name)


_FOR = {
    "subject": ("--self-signed", "--request"),
    "email": ("--self-signed", "--request"),
    "algorithm": ("--self-signed", "--request"),
    "output": ("--self-signed", "--request"),
    "days": ("--self-signed",),
    "chain": ("--import",),
    "certificate": ("--export",),
}


def _refuse_others(chosen: str, **given: object) -> None:
    for option, value in given.items():
        if value is not None and chosen not in _FOR[option]:
            raise UsageError(reason=f"--{option} has a meaning only with {' or '.join(_FOR[option])}.")


def _wish(subject: str | None, email: str | None, days: int | None, algorithm: str | None) -> CertificateWish:
    from signet.services.certificates_making import DEFAULT_DAYS, CertificateWish, check_wish

    if subject is None:
        raise UsageError(reason="Say whom the certificate is to name: --subject “Mari Maasikas”.")
    wish = CertificateWish(
        subject,
        email or "",
        DEFAULT_DAYS if days is None else days,
        None if algorithm is None else SigningAlgorithm(algorithm),
    )
    check_wish(wish)
    return wish


def _list(call: Call, name: str) -> None:
    from signet.services.certificates import certificates_of, facts_of_chain

    with call.unlocked() as session:
        found = certificates_of(session, name)
    items = [certificate_fields(each, facts_of_chain(each)) for each in found]
    if not call.json:
        items = [row_of(item, each) for item, each in zip(items, found, strict=True)]
    call.output.listing(items, COLUMNS, empty=NO_CERTIFICATE)


def _make(call: Call, name: str, wish: CertificateWish, *, request: bool, output: str | None) -> None:
    from signet.cli.checks import new_file
    from signet.services import certificates_making as making

    if output is not None:
        new_file(output)
    with call.unlocked(one_job=True) as session:
        if request:
            made = making.make_request(session, name, wish)
            path = None if output is None else making.write_request(session, made, output)
            call.output.result({"subject": made.subject, "request": made.pem, "path": path})
            call.output.text(path or made.pem)
            call.output.note(f"When the answer has come: signet certificate {shlex.quote(name)} --import FILE")
            return
        own = making.make_self_signed(session, name, wish)
        if output is not None:
            making.write_certificate(session, name, own.fingerprint, output)
        _show(call, own)
        call.output.note(
            "Nobody but you believes it yet: give it to those who are to check your signatures, and read the "
            "fingerprint out to them."
        )


def _import(call: Call, name: str, path: str, chain: tuple[str, ...]) -> None:
    from signet.services.certificates_import import import_certificate, notes_on, read_certificate_file

    data = read_certificate_file(path)
    more = [read_certificate_file(each) for each in chain]
    with call.unlocked() as session:
        came = import_certificate(session, name, data, chain=more)
        for note in notes_on(came):
            call.output.note(note)
        _show(call, came.newest)


def _export(call: Call, name: str, out: str, fingerprint: str) -> None:
    from signet.cli.checks import new_file
    from signet.services.certificates_making import write_certificate

    new_file(out)
    with call.unlocked() as session:
        path = write_certificate(session, name, fingerprint, out)
    call.output.result({"path": path})
    call.output.text(path)


def _remove(call: Call, name: str, fingerprint: str) -> None:
    from signet.services.certificates import LOST, find_certificate, remove_certificate

    with call.unlocked() as session:
        found = find_certificate(session, name, fingerprint)
        call.prompt.confirm(f"Remove the certificate of “{found.common_name}” from the key? {LOST}")
        gone = remove_certificate(session, name, found.fingerprint)
    _show(call, gone, said=f"The certificate of “{gone.common_name}” is removed.")


def _prefer(call: Call, name: str, fingerprint: str) -> None:
    from signet.services.certificates import prefer_certificate

    with call.unlocked() as session:
        chosen = prefer_certificate(session, name, fingerprint)
    if not chosen.for_signatures:
        call.output.note(chosen.reason)
    _show(call, chosen, said=f"“{name}” signs with the certificate of “{chosen.common_name}” from now on.")


def _show(call: Call, found: KeyCertificate, *, said: str = "") -> None:
    from signet.services.certificates import facts_of_chain

    above = facts_of_chain(found)
    if said:
        call.output.result(certificate_fields(found, above))
        call.output.say(said)
    else:
        call.output.facts(certificate_fields(found, above), certificate_shown(found, above))
