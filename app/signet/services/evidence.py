"""Evidence gathered: the certificates, CRLs and OCSP responses that a document still lacks, given or asked for.

What the person gives is used first; the rest is asked of the addresses that the certificates name, if that is wanted.
The document child says what is lacking and judges what came; nothing that it did not find good is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from signet.documents.asking import DocumentChild, Unchecked
from signet.documents.network import Visit, fetch
from signet.errors import NetworkProblem, RevocationUnknown
from signet.services.verifying_given import crls_in, issuers_in
from signet.services.workplace import Cancelled as IsCancelled

MAX_CRL = 16 << 20
"""Bytes of one CRL; the largest that public authorities have are of some 10 MiB."""
MAX_CERTIFICATE = 64 * 1024
MAX_OCSP = 256 * 1024
MAX_ALL = 40 << 20
"""Bytes of everything: it has to fit into a message between two processes, in base64."""
SECONDS = 30.0
"""For one answer."""
ROUNDS = 8
"""Issuer by issuer up a chain, and then what each says; no honest chain takes more."""
ISSUER, REVOKED_LIST, STATUS = "an issuer's certificate", "a list of revoked certificates", "a certificate's status"
OCSP_REQUEST, OCSP_RESPONSE = "application/ocsp-request", "application/ocsp-response"  # RFC 6960, appendix A


@dataclass
class Evidence:
    """What is at hand, and what may be done to get more.

    ``certificates`` and ``crls`` are DER (CRLs may be PEM); ``ocsps`` requests with their responses, one after the
    other. ``online`` lets the addresses be asked that certificates name; ``visited`` is told of each.
    """

    certificates: list[bytes] = field(default_factory=list)
    crls: list[bytes] = field(default_factory=list)
    ocsps: list[bytes] = field(default_factory=list)
    online: bool = True
    visited: Callable[[Visit], None] | None = None
    cancelled: IsCancelled | None = None
    _asked: set[tuple[str, str]] = field(default_factory=set)
    _problems: list[NetworkProblem] = field(default_factory=list)

    def parameters(self) -> Mapping[str, object]:
        """As parameters of the child's operations."""
        return {"certificates": self.certificates, "crls": self.crls, "ocsps": self.ocsps}

    def complete(self, child: DocumentChild, *, seconds: float, **document: object) -> Mapping[str, object]:
        """Gather until nothing is lacking and return the child's last plan.

        ``document`` are the parameters that name the document. Raises RevocationUnknown, Unchecked, Cancelled.
        """
        for _ in range(ROUNDS):
            plan = child.ask("plan_extension", seconds=seconds, **document, **self.parameters())
            missing = _listed(plan)
            if not missing or not self._more(missing):
                break
        if missing:
            raise self._lacking(missing[0])
        return plan

    def _more(self, missing: Sequence[Mapping[str, object]]) -> bool:
        """Ask for what is missing; say whether anything came."""
        before = self._size()
        if self.online:
            for each in missing:
                self._issuers(each) if each["kind"] == "issuer" else self._statuses(each)
        return self._size() > before

    def _issuers(self, missing: Mapping[str, object]) -> None:
        for url in _texts(missing, "issuers"):
            found = self._fetched(url, ISSUER, limit=MAX_CERTIFICATE)
            if found:
                self.certificates.append(found)

    def _statuses(self, missing: Mapping[str, object]) -> None:
        """Ask the issuer's responder; if there is none, or what it answered was no use, take its list."""
        request = missing.get("request")
        if isinstance(request, bytes) and request:
            for url in _texts(missing, "ocsps"):
                found = self._fetched(url, STATUS, limit=MAX_OCSP, body=request, about=str(missing["name"]))
                if found:
                    self.ocsps += [request, found]
                    return
        for url in _texts(missing, "crls"):
            found = self._fetched(url, REVOKED_LIST, limit=MAX_CRL)
            if found:
                self.crls.append(found)
                return

    def _fetched(self, url: str, purpose: str, *, limit: int, body: bytes | None = None, about: str = "") -> bytes:
        """Ask one address, once about each certificate; nothing if it does not do its part: another may."""
        if (url, about) in self._asked:
            return b""
        self._asked.add((url, about))
        try:
            return fetch(
                url,
                purpose=purpose,
                limit=min(limit, max(MAX_ALL - self._size(), 1)),
                seconds=SECONDS,
                body=body,
                content_type=OCSP_REQUEST if body is not None else "",
                accept=OCSP_RESPONSE if body is not None else "",
                cancelled=self.cancelled,
                visited=self.visited,
            )
        except NetworkProblem as error:
            self._problems.append(error)
            return b""

    def _size(self) -> int:
        return sum(map(len, (*self.certificates, *self.crls, *self.ocsps)))

    def _lacking(self, missing: Mapping[str, object]) -> RevocationUnknown:
        if missing["kind"] == "issuer":
            reason = "the certificate of its issuer is not at hand"
        elif self._problems:
            reason = self._problems[-1].message.rstrip(".")
        elif not self.online:
            reason = "no list that holds now was given, and no service is to be asked"
        elif not _texts(missing, "crls") and not _texts(missing, "ocsps"):
            reason = "it names no address at which that can be asked, and no list that holds now was given"
        else:
            reason = "what its issuer answered is not valid, too old, or about something else"
        return RevocationUnknown(service=f"“{missing['name']}”", purpose=STATUS, reason=reason)


def given_crls(paths: Sequence[str]) -> list[bytes]:
    """Read CRLs that the person gives; raises as `crls_in` does, and what opening a file raises."""
    return [crl for path in paths for crl in crls_in(path)]


def given_issuers(paths: Sequence[str]) -> list[bytes]:
    """Read issuers' certificates that the person gives; raises as `issuers_in` does, and what opening raises."""
    return [each for path in paths for each in issuers_in(path)]


def _listed(plan: Mapping[str, object]) -> list[Mapping[str, object]]:
    missing = plan.get("missing")
    if not isinstance(missing, list) or not all(
        isinstance(each, dict) and {"name", "kind"} <= set(each) for each in missing
    ):
        raise Unchecked("it could not be read as a PDF")
    return missing


def _texts(missing: Mapping[str, object], part: str) -> list[str]:
    found = missing.get(part)
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []
