"""`signet sign`: with certificates, and with a card while the vault stays closed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_public_key
from pyhanko.pdf_utils.reader import PdfFileReader

from support import pki
from support.command_line import PIN, TOKEN, OpenVault, Signet
from support.pdf import tiny_pdf
from support.tsa import time_stamps


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.txt"
    path.write_text("we agree")
    return path


@pytest.fixture
def pin(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "pin").write_text(PIN)
    return ("--pin-file", str(tmp_path / "pin"))


def test_a_card_signs_without_a_vault_and_it_is_said_that_nothing_is_recorded(
    token_vault: OpenVault, signet: Signet, letter: Path, pin: tuple[str, str]
) -> None:
    told = signet("sign", letter, "--token", TOKEN, *pin, "--json")
    assert told.status == 0, told.err
    (item,) = told.json["items"]
    assert item["output"] == f"{letter}.sig", "this card has no certificate"
    assert (item["said"], item["provable_until"]) == ("", None)
    assert told.json["notes"] == ["No vault was open, so no log records that you signed."]
    keys = signet("token", "keys", TOKEN, "--json").json["items"]
    (signing,) = (key for key in keys if key["label"] == "sign")
    again = signet("sign", letter, "--token", TOKEN, "--token-key", signing["id"], *pin, "--overwrite")
    assert again.status == 0, again.err
    wanted = signet("sign", letter, "--token", TOKEN, "--format", "cms", *pin, "--json")
    assert wanted.error["type"] == "NoSigningCertificate"


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--key", "pen", "--token", "card"),
        ("--key", "pen", "--token-key", "02"),
        ("--token", "card", "--format", "raw"),
        ("--key", "pen", "--level", "b-b", "--timestamp", "http://127.0.0.1:1/"),
        ("--key", "pen", "--digest"),
        ("--key", "pen", "--crl", "letter.txt"),
        ("--key", "pen", "--level", "b-t", "--timestamp", "http://127.0.0.1:1/", "--issuer", "letter.txt"),
    ],
)
def test_what_cannot_be_meant_is_wrong_usage(signet: Signet, letter: Path, words: tuple[str, ...]) -> None:
    assert signet("sign", letter, *words).status == 2


def test_a_key_with_a_certificate_signs_beside_the_file(vault: OpenVault, letter: Path) -> None:
    vault.json("key", "create", "pen", "--spec", "ECC_NIST_P256")
    assert vault.json("sign", letter, "--key", "pen")["items"][0]["output"] == f"{letter}.sig"
    vault.json("certificate", "pen", "--self-signed", "--subject", "Mari Maasikas")
    assert vault.json("sign", letter, "--key", "pen")["items"][0]["output"] == f"{letter}.p7s"
    refused = vault("sign", letter, "--key", "pen", "--level", "b-t", "--json")
    assert refused.status == 2, "no service is named, and none is known"
    unreachable = vault("sign", letter, "--key", "pen", "--timestamp", "http://127.0.0.1:1/", "--overwrite", "--json")
    assert [item["error"] for item in unreachable.json["items"]] == ["ServiceUnreachable"]


@pytest.fixture
def pen(vault: OpenVault) -> str:
    """The last day of a certificate of the key ``pen``."""
    vault.json("key", "create", "pen", "--spec", "ECC_NIST_P256")
    vault.json("certificate", "pen", "--self-signed", "--subject", "Mari Maasikas")
    (certificate,) = vault.json("certificate", "pen")["items"]
    return str(certificate["not_after"])


def test_it_is_said_until_when_a_signature_can_be_proven(
    vault: OpenVault, pen: str, letter: Path, tmp_path: Path
) -> None:
    lease = tmp_path / "lease.pdf"
    lease.write_bytes(tiny_pdf(1))
    (item,) = vault.json("sign", lease, "--key", "pen")["items"]
    assert item["provable_until"] == pen
    assert item["said"].startswith(f"It can be proven until {pen[:10]}, when the signer's certificate ends.")
    told = vault("sign", lease, letter, "--key", "pen", "--overwrite")
    *done, last = told.out.splitlines()
    assert done == [f"{lease} → {tmp_path / 'lease-signed.pdf'}", f"{letter} → {letter}.p7s"]
    assert last.startswith(f"Each can be proven until {pen[:10]}, when"), "it is one day for both, and said once"


def test_a_time_stamp_inside_is_extended_in_time_and_beside_a_file_it_is_not(
    vault: OpenVault, pen: str, letter: Path, tmp_path: Path
) -> None:
    assert pen < "2046"
    lease = tmp_path / "lease.pdf"
    lease.write_bytes(tiny_pdf(1))
    with time_stamps(pki.NOW) as service:
        told = vault("sign", lease, letter, "--key", "pen", "--timestamp", service.url)
    assert told.out.splitlines() == [
        f"{lease} → {tmp_path / 'lease-signed.pdf'}",
        "It can be proven until 2046-01-01; extend it before that (signet extend).",
        f"{letter} → {letter}.p7s",
        "It can be proven until 2046-01-01; sign anew before that.",
    ]


def test_a_signature_without_a_certificate_says_nothing_of_a_proof(vault: OpenVault, letter: Path) -> None:
    vault.json("key", "create", "pen", "--spec", "ECC_NIST_P256")
    (item,) = vault.json("sign", letter, "--key", "pen")["items"]
    assert (item["said"], item["provable_until"]) == ("", None)
    assert vault("sign", letter, "--key", "pen", "--overwrite").out == f"{letter} → {letter}.sig\n"


@pytest.fixture
def certified(vault: OpenVault, tmp_path: Path) -> str:
    """A key with a certificate of the issuing authority, which comes with that authority's own and not the root's."""
    vault.json("key", "create", "pen", "--spec", "ECC_NIST_P256")
    public = load_pem_public_key(vault("key", "public-key", "pen").raw)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    made = pki.certify("Mari", public, pki.issuing(), end=pki.AUTHORITIES_END, crl_url=pki.CRL_URL)
    (tmp_path / "mari.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (tmp_path / "issuing.pem").write_bytes(pki.issuing().pem)
    words = ("--import", tmp_path / "mari.pem", "--chain", tmp_path / "issuing.pem")
    assert vault("certificate", "pen", *words).status == 0
    return "pen"


@pytest.mark.parametrize("root_is", ["given", "trusted"])
def test_lists_that_are_at_hand_go_in_without_a_question_to_any_issuer(
    vault: OpenVault, certified: str, tmp_path: Path, root_is: str
) -> None:
    now = datetime.now(UTC)
    lease, issuing, root, top = (tmp_path / name for name in ("lease.pdf", "issuing.crl", "root.crl", "root.pem"))
    lease.write_bytes(tiny_pdf(1))
    issuing.write_bytes(pki.crl(at=now))
    root.write_bytes(pki.crl(pki.root(), at=now))
    top.write_bytes(pki.root().pem)
    if root_is == "trusted":
        assert vault("trust", "add", top, "--yes").status == 0
    above = ("--issuer", top) if root_is == "given" else ()
    with time_stamps(now) as service:
        words = ("sign", lease, "--key", certified, "--level", "b-lt", "--timestamp", service.url, "--offline")
        lacking = vault(*words, "--crl", root, *above, "--json")
        assert [item["error"] for item in lacking.json["items"]] == ["RevocationUnknown"]
        assert not (tmp_path / "lease-signed.pdf").exists()
        (item,) = vault.json(*words, "--crl", issuing, "--crl", root, *above)["items"]
    assert item["provable_until"] == "2046-01-01T00:00:00Z"
    with open(item["output"], "rb") as file:
        store = PdfFileReader(file).root["/DSS"]
        inside = {each.get_object().data for each in store["/CRLs"]}
        assert pki.root().der in {each.get_object().data for each in store["/Certs"]}
    assert inside == {issuing.read_bytes(), root.read_bytes()}
    entry = vault.json("audit", "list", "--operation", "Sign")["items"][0]
    host = service.url.split("/")[2]
    assert set(entry["details"]["asked"]) == {f"{host}: a time stamp"}, "and no issuer"


def test_a_list_that_is_not_there_is_said_before_anything_is_opened(signet: Signet, letter: Path) -> None:
    told = signet("sign", letter, "--key", "pen", "--level", "b-lt", "--crl", "absent.crl", "--json")
    assert (told.status, told.error["type"]) == (1, "SourceNotFound")
