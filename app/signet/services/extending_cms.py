"""A CMS signature beside a file gets a time stamp (CAdES B-T); levels above that are for PDFs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from signet.clock import parse_timestamp, timestamp
from signet.crypto.esdk_io import Target
from signet.documents.asking import Unchecked, document_child
from signet.documents.timestamps import Timestamper
from signet.documents.wishes import Level
from signet.errors import DocumentNotExtended
from signet.services.extending_pdf import Raised
from signet.services.workplace import Cancelled as IsCancelled
from signet.store.output import Output

_DIGEST = "sha256"
"""What the child answers the digests of."""


def stamp_signature(
    source: int,
    path: str,
    output: Output,
    *,
    level: Level,
    timestamper: Timestamper,
    moment: datetime,
    cancelled: IsCancelled | None = None,
) -> Raised:
    """Write the CMS behind ``source`` with time stamps into ``output``, unless all its signatures have one.

    Raises DocumentNotExtended, NetworkProblem and its kinds, DiskFull, Cancelled.
    """
    if level not in (Level.B, Level.T):
        reason = "signatures beside files have the levels b-b and b-t; those above are for PDFs"
        raise DocumentNotExtended(path=path, reason=reason)
    try:
        with document_child([source], cancelled=cancelled) as child:
            found = _signatures(child.ask("survey_cms", file=source))
            for name, ends, _, digest in found:
                if digest and ends < timestamp(moment):
                    reason = (
                        f"the certificate of {name} ended on {ends[:10]}, and nothing proves that it signed before"
                    )
                    raise DocumentNotExtended(path=path, reason=reason)
            tokens = [timestamper.stamp(digest, _DIGEST) for _, _, _, digest in found if digest]
            if not tokens:
                return Raised(min(until for _, _, until, _ in found), changed=False)
            data = child.ask("stamp_cms", file=source, tokens=tokens).get("data")
            if not isinstance(data, bytes):
                raise Unchecked("it could not be read")
            Target(output.fd, output.path).write(data, 0)
        with document_child([output.fd], cancelled=cancelled) as child:
            after = _signatures(child.ask("survey_cms", file=output.fd))
    except Unchecked as error:
        raise DocumentNotExtended(path=path, reason=error.reason) from error
    if len(after) != len(found) or any(digest for _, _, _, digest in after):
        raise DocumentNotExtended(path=path, reason="what was made of it does not open again as it should")
    return Raised(min(until for _, _, until, _ in after), changed=True)


def _signatures(answer: Mapping[str, object]) -> list[tuple[str, str, str, bytes]]:
    """Read what the child said: name, the certificate's end, the proof's end, the digest; raise Unchecked."""
    listed = answer.get("signatures")
    try:
        if not isinstance(listed, list) or not listed:
            raise TypeError("not a list")
        return [
            (
                str(each["name"]),
                timestamp(parse_timestamp(each["ends"])),
                timestamp(parse_timestamp(each["until"])),
                bytes(each["digest"]),
            )
            for each in listed
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise Unchecked("it could not be read") from error
