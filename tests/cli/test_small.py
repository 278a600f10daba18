"""Small secrets, data keys, authentication codes, random bytes on the command line; openssl has the last word."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path

import pytest

from support.command_line import OpenVault, Signet

CONTEXT = ("--context", "for=mail")
LIMIT = 4096


def openssl(*words: object, data: bytes = b"") -> bytes:
    done = subprocess.run(["openssl", *map(str, words)], input=data, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_secret_goes_through_a_pipe_and_comes_back(vault: OpenVault) -> None:
    key = vault.json("key", "create", "papers")
    plain = bytes(range(256)) * 16
    for secret in (plain, b"x", b"hunter2\n"):
        made = vault("secret", "encrypt", "--key", "papers", *CONTEXT, input=secret)
        assert (made.status, made.err, len(made.raw)) == (0, "", len(secret) + 126)
        assert vault("secret", "decrypt", *CONTEXT, input=made.raw).raw == secret
    told = json.loads(vault("secret", "encrypt", "--key", "papers", "--json", input=b"hunter2").out)
    ciphertext = base64.b64decode(told.pop("ciphertext"), validate=True)
    assert told == {"key_id": key["id"], "alias": "papers", "version": 1}
    opened = json.loads(vault("secret", "decrypt", "--key", "papers", "--json", input=ciphertext).out)
    assert base64.b64decode(opened.pop("plaintext")) == b"hunter2"
    assert opened == told
    damaged = vault("secret", "decrypt", "--json", *CONTEXT, input=ciphertext)
    assert (damaged.status, damaged.error["type"], damaged.raw) == (4, "CiphertextInvalid", b"")
    assert "--context" in damaged.error["hint"]


@pytest.mark.parametrize(
    ("words", "given", "status", "error"),
    [
        (("secret", "encrypt", "--key", "papers"), b"x" * (LIMIT + 1), 1, "PlaintextLengthInvalid"),
        (("secret", "encrypt", "--key", "papers"), b"", 1, "PlaintextLengthInvalid"),
        (("secret", "encrypt", "--key", "papers", "--context", "A=b"), b"x", 2, "ContextInvalid"),
        (("secret", "encrypt", "--key", "papers", "--pin-file", "-"), b"x", 2, "UsageError"),
        (("secret", "decrypt"), b"x" * 200, 4, "FormatUnrecognised"),
        (("secret", "decrypt"), b"signet" + b"x" * 5000, 4, "CiphertextInvalid"),
        (("data-key", "decrypt"), b"", 4, "FormatUnrecognised"),
        (("data-key", "generate", "--key", "papers", "--bytes", "1025"), b"", 2, "UsageError"),
        (("data-key", "pair", "--key", "papers", "--spec", "HMAC_256"), b"", 2, "UsageError"),
        (("mac", "generate", "nothing-here", "--key", "seal"), b"", 1, "SourceNotFound"),
        (("mac", "verify", "/dev/null", "00", "--key", "seal"), b"", 1, "SourceUnsupported"),
        (("random", "1025"), b"", 2, "UsageError"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_is_told_before_any_secret_is_asked_for(
    signet: Signet, vault: OpenVault, words: tuple[str, ...], given: bytes, status: int, error: str
) -> None:
    refused = signet(*words, "--vault", vault.path, "--json", input=given)
    assert (refused.status, refused.error["type"], refused.raw) == (status, error, b"")


def test_openssl_takes_data_keys_and_key_pairs(vault: OpenVault, tmp_path: Path) -> None:
    vault.json("key", "create", "papers")
    made = vault.json("data-key", "generate", "--key", "papers", "--bytes", 16, *CONTEXT)
    key = base64.b64decode(made["plaintext"])
    unwrapped = vault("data-key", "decrypt", *CONTEXT, input=base64.b64decode(made["ciphertext"]))
    assert (len(key), unwrapped.raw) == (16, key)
    lines = vault("data-key", "generate", "--key", "papers").out.splitlines()
    assert [line.split()[0] for line in lines] == ["Plaintext", "Ciphertext"]
    wrapped = vault("data-key", "generate", "--key", "papers", "--without-plaintext", "--json").json
    assert wrapped["plaintext"] is None
    private, public, message = tmp_path / "private.der", tmp_path / "public.der", tmp_path / "message"
    message.write_text("message")
    for spec in ("RSA_2048", "ECC_NIST_P384", "ECC_NIST_EDWARDS25519"):
        pair = vault.json("data-key", "pair", "--key", "papers", "--spec", spec)
        private.write_bytes(vault("data-key", "decrypt", input=base64.b64decode(pair["ciphertext"])).raw)
        public.write_bytes(base64.b64decode(pair["public_key"]))
        assert private.read_bytes() == base64.b64decode(pair["plaintext"])
        openssl("pkey", "-in", private, "-inform", "DER", "-check", "-noout")
        signature = tmp_path / "signature"
        raw = ("-rawin", "-in", message)
        signature.write_bytes(openssl("pkeyutl", "-sign", *raw, "-inkey", private, "-keyform", "DER"))
        keyed = ("-pubin", "-inkey", public, "-keyform", "DER", "-sigfile", signature)
        assert b"Success" in openssl("pkeyutl", "-verify", *raw, *keyed)
    text = vault("data-key", "pair", "--key", "papers", "--spec", "ECC_NIST_P256", "--without-plaintext").out
    assert [line.split()[0] for line in text.splitlines()] == ["Public", "Ciphertext"]


def test_openssl_computes_the_same_code_with_the_exported_key(vault: OpenVault, tmp_path: Path) -> None:
    key = vault.json("key", "create", "seal", "--spec", "HMAC_512")
    assert key["usage"] == "GENERATE_VERIFY_MAC"
    vault.json("key", "export", "seal", tmp_path / "seal.jwk", "--plain")
    text = json.loads((tmp_path / "seal.jwk").read_text())["k"]
    material = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).hex()
    letter, code = tmp_path / "letter", tmp_path / "letter.mac"
    letter.write_bytes(b"what do ya want for nothing?" * 1000)
    code.write_bytes(openssl("dgst", "-binary", "-sha512", "-mac", "HMAC", "-macopt", f"hexkey:{material}", letter))
    made = vault.json("mac", "generate", letter, "--key", "seal")
    assert base64.b64decode(made["mac"]) == code.read_bytes()
    assert made["algorithm"] == "HMAC_SHA_512"
    assert vault("mac", "generate", letter, "--key", "seal").raw == code.read_bytes()
    in_hex = vault("mac", "generate", letter, "--key", "seal", "--format", "hex").out.strip()
    assert in_hex == code.read_bytes().hex()
    for given in (code, in_hex, made["mac"]):
        assert vault("mac", "verify", letter, given, "--key", "seal").status == 0
    wrong = vault("mac", "verify", letter, in_hex[2:], "--key", "seal", "--json")
    assert (wrong.status, wrong.json["verdict"], wrong.err) == (4, "invalid", "")
    told = vault("mac", "verify", code, code, "--key", "seal")
    assert (told.status, told.out) == (4, "")
    assert "does not fit" in told.err
    assert vault("mac", "verify", letter, "no code", "--key", "seal").status == 2
    unfit = vault("secret", "encrypt", "--key", "seal", "--json", input=b"x")
    assert (unfit.status, unfit.error["type"]) == (1, "KeyUsageRefused")


def test_random_bytes_come_as_they_are_asked_for(vault: OpenVault) -> None:
    assert len(vault("random", 1024).raw) == 1024
    assert len(bytes.fromhex(vault("random", 16, "--format", "hex").out)) == 16
    assert len(base64.b64decode(vault("random", 33, "--format", "base64").out.strip(), validate=True)) == 33
    told = vault.json("random", 8)
    assert (told["bytes"], len(base64.b64decode(told["plaintext"]))) == (8, 8)
