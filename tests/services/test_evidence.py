"""Evidence asked for over the network: issuers' responders first, their lists else, each of them told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from asn1crypto import ocsp as structures
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.pdf_utils.reader import PdfFileReader

from signet.documents.timestamps import Timestamper
from signet.documents.wishes import Level, PdfWish
from signet.services.extending import ExtendWish, extend_documents
from signet.services.files_items import Item
from signet.services.pdf_documents import Passwords
from signet.services.pdf_signing import PdfMaker
from support import pki
from support.clock import SettableClock
from support.pdf_signing import a_pdf, key_of, sign
from support.prompt import ScriptedPrompt
from support.tsa import Answer, serving, stamped
from support.vaults import make_workplace


def holder(common: str, base: str, path: str, *, stamps: bool = False) -> pki.Holder:
    """Somebody whose certificate says where to ask about it."""
    key = pki.new_key("p256")
    extended = (ExtendedKeyUsageOID.TIME_STAMPING,) if stamps else ()
    made = pki.certify(
        common,
        key.public_key(),
        pki.issuing(),
        crl_url=f"{base}/crl" if path == "broken" else "",
        ocsp_url=f"{base}/{path}",
        extended=extended,
    )
    return pki.Holder(key, made)


def good(request: bytes, holders: list[pki.Holder]) -> bytes:
    """What the issuer's responder says of whatever it is asked about."""
    asked = ocsp.load_der_ocsp_request(request)
    about = next(each for each in holders if each.certificate.serial_number == asked.serial_number)
    builder = ocsp.OCSPResponseBuilder().add_response(
        about.certificate,
        pki.issuing().certificate,
        hashes.SHA1(),  # noqa: S303 - it names the issuer, as responders do
        ocsp.OCSPCertStatus.GOOD,
        pki.NOW,
        None,
        None,
        None,
    )
    nonce = asked.extensions.get_extension_for_class(x509.OCSPNonce).value
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, pki.issuing().certificate)
    signed = builder.add_extension(nonce, critical=False).sign(pki.issuing().key, hashes.SHA256())
    return signed.public_bytes(Encoding.DER)


def extended(folder: Path, path: str) -> tuple[Item, list[str]]:
    """Sign with a certificate that names ``path``, extend to B-LT, and say what was asked by then."""
    holders: list[pki.Holder] = []

    def answer(_: str, place: str, body: bytes) -> Answer:
        kinds: dict[str, Callable[[], Answer]] = {
            "/tsa": lambda: Answer(stamped(body, pki.NOW, by=holders[1])),
            "/ocsp": lambda: Answer(good(body, holders), content_type="application/ocsp-response"),
            "/broken": lambda: Answer(b"<html>sorry</html>", content_type="text/html"),
            "/crl": lambda: Answer(pki.crl(), content_type="application/pkix-crl"),
        }
        return kinds[place]()

    with serving(answer) as service:
        base = service.url.removesuffix("/tsa")
        holders += [holder("Mari", base, path), holder("Stamper", base, path, stamps=True)]
        signer = holders[0]
        stamper = Timestamper(service.url)
        chain = pki.chain(signer)
        maker = PdfMaker(
            PdfWish(), key_of(signer), chain, pki.NOW, Passwords(ScriptedPrompt({})), timestamper=stamper.stamp
        )
        signed = sign(maker, a_pdf(folder))
        (folder / "root.crl").write_bytes(pki.crl(pki.root()))
        (folder / "root.pem").write_bytes(pki.root().pem)
        wish = ExtendWish(
            Level.LT,
            timestamp=service.url,
            crls=(str(folder / "root.crl"),),
            issuers=(str(folder / "root.pem"),),
        )
        before = len(service.asked)
        with make_workplace(folder / "workplace", SettableClock(pki.NOW)) as workplace:
            (item,) = extend_documents(workplace, [str(signed)], wish)
        return item, [place for _, place, _ in service.asked[before:]]


@pytest.mark.parametrize(
    ("path", "asked", "stored"),
    [
        ("ocsp", ["/ocsp", "/ocsp"], (2, 1)),
        # A responder that talks nonsense is no reason to give up; one list says it of both.
        ("broken", ["/broken", "/broken", "/crl"], (0, 2)),
    ],
)
def test_what_is_lacking_is_asked_for_and_put_in(
    path: str, asked: list[str], stored: tuple[int, int], tmp_path: Path
) -> None:
    item, places = extended(tmp_path, path)
    assert item.error is None, item.error.message
    assert item.output is not None
    assert sorted(places) == asked
    with open(item.output, "rb") as file:
        store = PdfFileReader(file).root["/DSS"]
        assert (len(store.get("/OCSPs", ())), len(store["/CRLs"])) == stored
        for each in store.get("/OCSPs", ()):
            assert structures.OCSPResponse.load(each.get_object().data)["response_status"].native == "successful"
