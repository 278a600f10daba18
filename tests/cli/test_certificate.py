"""Certificates of keys on the command line: made, asked for, answered, chosen, exported, removed."""

from __future__ import annotations

import subprocess
from pathlib import Path

from cryptography import x509

from support import pki
from support.command_line import OpenVault

MARI = ("--subject", "CN=Mari Maasikas,O=Acme,C=EE", "--email", "mari@example.ee")


def openssl(folder: Path, *words: str) -> str:
    done = subprocess.run(["openssl", *words], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_a_certificate_lives_on_the_command_line(vault: OpenVault, tmp_path: Path) -> None:
    vault.json("key", "create", "contracts", "--spec", "ECC_NIST_P256")
    assert "no certificate yet" in vault("certificate", "contracts").err
    own = vault.json("certificate", "contracts", "--self-signed", *MARI, "--days", "30", "--output", tmp_path / "own")
    assert (own["name"], own["emails"]) == ("Mari Maasikas", ["mari@example.ee"])
    assert own["usages"] == ["digitalSignature", "nonRepudiation"]
    assert own["for_signatures"]
    assert own["self_signed"]
    assert own["usual"]
    assert "OK" in openssl(tmp_path, "verify", "-check_ss_sig", "-CAfile", "own", "own")

    asked = vault.json("certificate", "contracts", "--request", *MARI, "--output", tmp_path / "own.csr")
    assert asked["path"] == str(tmp_path / "own.csr")
    assert asked["request"] == (tmp_path / "own.csr").read_text()
    printed = vault("certificate", "contracts", "--request", *MARI)
    assert x509.load_pem_x509_csr(printed.out.encode()).is_signature_valid
    assert "--import FILE" in printed.err

    # An authority answers; its own certificates come in a second file, with one that has nothing to do with it.
    pki.issuing().write(tmp_path, "issuing")
    signed = ("-CA", "issuing.pem", "-CAkey", "issuing.key", "-days", "99", "-copy_extensions", "copy")
    openssl(tmp_path, "x509", "-req", "-in", "own.csr", *signed, "-set_serial", "9", "-out", "answer.pem")
    (tmp_path / "above").write_bytes(pki.time_stamper().pem + pki.root().pem + pki.issuing().pem)
    came = vault("certificate", "contracts", "--import", tmp_path / "answer.pem", "--chain", tmp_path / "above")
    assert came.status == 0, came.err
    assert "Above it     CN=Example Root" in came.out
    assert "One other certificate in the file" in came.err
    items = vault.json("certificate", "contracts")["items"]
    answer = next(each for each in items if each["source"] == "answer")
    assert [each["subject"] for each in answer["chain"]] == [
        "CN=Example Issuing CA,O=Example,C=EE",
        "CN=Example Root,O=Example,C=EE",
    ]
    table = vault("certificate", "contracts").out
    assert "itself" in table
    assert "valid, signs" in table

    preferred = vault.json("certificate", "contracts", "--prefer", own["fingerprint"][:10])
    assert preferred["preferred"]
    assert preferred["usual"]
    assert vault("certificate", "contracts", "--export", tmp_path / "usual.pem").status == 0
    assert (tmp_path / "usual.pem").read_bytes() == (tmp_path / "own").read_bytes()
    chosen = ("--certificate", answer["fingerprint"])
    assert vault("certificate", "contracts", "--export", tmp_path / "chain.pem", *chosen).status == 0
    (tmp_path / "root").write_bytes(pki.root().pem)
    openssl(tmp_path, "verify", "-CAfile", "root", "-untrusted", "chain.pem", "chain.pem")

    unconfirmed = vault("certificate", "contracts", "--remove", own["fingerprint"], "--json")
    assert (unconfirmed.status, unconfirmed.error["type"]) == (1, "ConfirmationMissing")
    gone = vault.json("certificate", "contracts", "--remove", own["fingerprint"], "--yes")
    assert gone["fingerprint"] == own["fingerprint"]
    assert [each["fingerprint"] for each in vault.json("certificate", "contracts")["items"]] == [
        answer["fingerprint"]
    ]


def test_wrong_calls_are_told_before_the_vault_is_opened(vault: OpenVault, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("x")
    (tmp_path / "large").write_bytes(bytes(300 * 1024))
    wrong: tuple[tuple[tuple[object, ...], str, str], ...] = (
        (("--self-signed", "--request", *MARI), "UsageError", "one at a time"),
        (("--self-signed",), "UsageError", "--subject"),
        (("--request", "--subject", "C=EE"), "UsageError", "neither CN nor O"),
        (("--self-signed", *MARI, "--days", "0"), "UsageError", "1 to 3653 days"),
        (("--request", *MARI, "--days", "3"), "UsageError", "only with --self-signed"),
        (("--subject", "Mari"), "UsageError", "only with --self-signed or --request"),
        (("--import", tmp_path / "there", "--certificate", "ab"), "UsageError", "only with --export"),
        (("--self-signed", *MARI, "--output", tmp_path / "there"), "OutputExists", "there"),
        (("--export", tmp_path / "there"), "OutputExists", "there"),
        (("--import", tmp_path / "absent"), "SourceNotFound", "absent"),
        (("--import", tmp_path / "large"), "SourceUnsupported", "longer than"),
    )
    for words, kind, said in wrong:
        result = vault("certificate", "nobody", *words, "--json")
        assert result.error["type"] == kind, words
        assert said in result.error["message"], words
    later: tuple[tuple[tuple[object, ...], str, int], ...] = (
        (("--import", tmp_path / "there"), "FormatUnrecognised", 4),
        (("--self-signed", *MARI), "KeyNotFound", 1),
        ((), "KeyNotFound", 1),
    )
    for words, kind, status in later:
        result = vault("certificate", "nobody", *words, "--json")
        assert (result.status, result.error["type"]) == (status, kind), words


def test_a_certificate_of_another_key_and_one_that_cannot_be_signed_with(vault: OpenVault, tmp_path: Path) -> None:
    vault.json("key", "create", "one", "--spec", "RSA_2048")
    vault.json("key", "create", "two", "--spec", "ECC_NIST_EDWARDS25519")
    pss = ("--algorithm", "RSASSA_PSS_SHA_384")
    own = vault.json("certificate", "one", "--self-signed", "--subject", "Mari", *pss, "--output", tmp_path / "one")
    assert "rsassaPss" in openssl(tmp_path, "x509", "-in", "one", "-noout", "-text")
    refused = vault("certificate", "two", "--import", tmp_path / "one", "--json")
    assert (refused.status, refused.error["type"]) == (1, "CertificateForOtherKey")
    assert "it fits “one”" in refused.error["message"]
    again = vault("certificate", "one", "--import", tmp_path / "one")
    assert "had this certificate already" in again.err
    absent = vault("certificate", "two", "--prefer", own["fingerprint"], "--json")
    assert absent.error["type"] == "CertificateNotFound"
