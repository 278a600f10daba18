"""`signet sign`: with certificates, and with a card while the vault stays closed."""

from __future__ import annotations

from pathlib import Path

import pytest

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
