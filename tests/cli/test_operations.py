"""Raw signatures, shared secrets and RSA-OAEP on the command line; openssl has the last word."""

from __future__ import annotations

import base64
import json
import stat
import subprocess
from pathlib import Path

import pytest

from support.command_line import TOKEN, OpenVault, Signet


def openssl(*words: object) -> bytes:
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_openssl_and_signet_check_each_others_raw_signatures(
    vault: OpenVault, signet: Signet, tmp_path: Path
) -> None:
    letter, public, private = tmp_path / "letter", tmp_path / "public.pem", tmp_path / "private.pem"
    letter.write_bytes(b"I hereby agree.\n")
    vault.json("key", "create", "contracts", "--spec", "RSA_2048")
    public.write_bytes(vault("key", "public-key", "contracts").raw)
    vault.json("key", "export", "contracts", private, "--plain")
    pss = ("--format", "raw", "--algorithm", "RSASSA_PSS_SHA_256")
    assert vault("sign", letter, "--key", "contracts", *pss).status == 0
    signature = Path(f"{letter}.sig")
    options = ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest")
    openssl("dgst", "-sha256", *options, "-verify", public, "-signature", signature, letter)
    told = vault.json("verify", letter, *pss, "--key", "contracts")
    assert (told["verdict"], told["signatures"][0]["algorithm"]) == ("valid", "RSASSA_PSS_SHA_256")
    signature.write_bytes(base64.encodebytes(openssl("dgst", "-sha256", *options, "-sign", private, letter)))
    # With --trust the vault stays locked.
    assert signet("verify", letter, *pss, "--trust", public, "--as-text").status == 0
    changed = signet("verify", letter, *pss, "--trust", public, "--json")
    assert (changed.status, changed.json["verdict"]) == (4, "invalid")
    assert "has 349 bytes, and 256 are right" in changed.json["message"]
    letter.write_bytes(b"I hereby disagree.\n")
    changed = signet("verify", letter, *pss, "--trust", public, "--as-text")
    assert (changed.status, changed.out.split(":")[0]) == (4, "invalid")


def test_a_key_that_ssh_does_not_know_signs_raw_by_itself(vault: OpenVault, tmp_path: Path) -> None:
    letter = tmp_path / "letter"
    letter.write_bytes(b"x" * 3_000_000)
    vault.json("key", "create", "later", "--spec", "ML_DSA_65")
    assert vault("sign", letter, "--key", "later").status == 0
    assert Path(f"{letter}.sig").stat().st_size == 3309
    assert vault("verify", letter, "--format", "raw", "--key", "later").status == 0
    refused = vault("sign", letter, "--key", "later", "--format", "ssh", "--overwrite", "--json")
    assert (refused.status, "--format raw" in refused.error["message"]) == (2, True)
    form = vault("key", "public-key", "later", "--format", "jwk", "--json")
    assert (form.status, "no standard JSON Web Key" in form.error["message"]) == (2, True)


def test_openssl_derives_the_same_secret(vault: OpenVault, tmp_path: Path) -> None:
    theirs, peer, ours, out = (tmp_path / name for name in ("theirs.pem", "peer.pem", "ours.pem", "secret"))
    theirs.write_bytes(openssl("genpkey", "-algorithm", "X25519"))
    peer.write_bytes(openssl("pkey", "-in", theirs, "-pubout"))
    key = vault.json("key", "create", "talks", "--spec", "X25519")
    assert (key["usage"], key["spec"]) == ("KEY_AGREEMENT", "X25519")
    ours.write_bytes(vault("key", "public-key", "talks").raw)
    told = vault.json("shared-secret", "derive", peer, "--key", "talks", "--output", out)
    secret = openssl("pkeyutl", "-derive", "-inkey", theirs, "-peerkey", ours)
    assert (out.read_bytes(), stat.S_IMODE(out.stat().st_mode)) == (secret, 0o600)
    assert (told["shared_secret"], told["output"], told["alias"]) == (None, str(out), "talks")
    shown = vault("shared-secret", "derive", peer, "--key", "talks", "--show")
    assert base64.b64decode(shown.out.strip(), validate=True) == secret


def test_a_secret_goes_to_somebodys_ml_kem_key(vault: OpenVault, tmp_path: Path) -> None:
    public, ciphertext, secret = (tmp_path / name for name in ("post.pem", "for-me", "secret"))
    vault.json("key", "create", "post", "--spec", "ML_KEM_1024")
    public.write_bytes(vault("key", "public-key", "post").raw)
    sent = vault.json("shared-secret", "encapsulate", ciphertext, "--to", public, "--output", secret)
    assert (sent["key_id"], base64.b64decode(sent["ciphertext"])) == (None, ciphertext.read_bytes())
    told = vault.json("shared-secret", "decapsulate", ciphertext, "--key", "post", "--show")
    assert base64.b64decode(told["shared_secret"]) == secret.read_bytes()


def test_an_rsa_key_opens_what_openssl_encrypted_to_it(vault: OpenVault, tmp_path: Path) -> None:
    public, plain = tmp_path / "public.pem", tmp_path / "plain"
    plain.write_bytes(b"hunter2")
    key = vault.json("key", "create", "box", "--spec", "RSA_3072", "--usage", "ENCRYPT_DECRYPT")
    public.write_bytes(vault("key", "public-key", "box").raw)
    oaep = ("-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256")
    theirs = openssl("pkeyutl", "-encrypt", "-pubin", "-inkey", public, *oaep, "-in", plain)
    assert vault("secret", "decrypt", "--key", "box", input=theirs).raw == b"hunter2"
    told = json.loads(vault("secret", "encrypt", "--key", "box", "--json", input=b"x").out)
    assert (told["key_id"], len(base64.b64decode(told["ciphertext"]))) == (key["id"], 384)
    for words, error in (
        (("encrypt", "--key", "box", "--context", "a=b"), "ContextInvalid"),
        (("decrypt", "--algorithm", "RSAES_OAEP_SHA_1"), "UsageError"),
        (("decrypt", "--key", "box", "--algorithm", "RSAES_OAEP_SHA_1"), "CiphertextInvalid"),
    ):
        assert vault("secret", *words, "--json", input=theirs).error["type"] == error
    refused = vault("encrypt", plain, "--key", "box", "--json")
    assert (refused.status, refused.error["type"]) == (1, "KeyUsageRefused")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("sign", "{}", "--key", "k", "--digest"), 2, "add --format raw"),
        (("verify", "{}", "--key", "k"), 2, "add --format raw"),
        (("verify", "{}", "--format", "raw"), 2, "give --key KEY or --trust FILE"),
        (("verify", "{}", "--format", "raw", "--key", "k"), 1, ".sig"),
        (("shared-secret", "derive", "{}", "--key", "k"), 2, "--output OUT, or --show"),
        (("shared-secret", "derive", "{}", "--key", "k", "--show"), 4, "public key"),
        (("shared-secret", "derive", "{}", "--key", "k", "--output", "{}"), 1, "exists"),
        (("shared-secret", "encapsulate", "{}", "--key", "k", "--show"), 1, "exists"),
        (("shared-secret", "encapsulate", "{}-new", "--show"), 2, "Say for whom"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_is_told_before_any_secret_is_asked_for(
    signet: Signet, vault: OpenVault, tmp_path: Path, words: tuple[str, ...], status: int, said: str
) -> None:
    (tmp_path / "file").write_bytes(b"nothing")
    told = signet(*(word.format(tmp_path / "file") for word in words), "--vault", vault.path, "--json")
    assert (told.status, said in told.error["message"]) == (status, True), told.err


def test_a_card_signs_raw_but_not_with_the_key_that_vouches_for_the_vault(
    signet: Signet, token_vault: OpenVault, tmp_path: Path
) -> None:
    letter, public = tmp_path / "letter", tmp_path / "public.pem"
    letter.write_bytes(b"I hereby agree.\n" * 100_000)
    token_vault.json("key", "create", "pen", "--spec", "ECC_NIST_P256", "--token", TOKEN, "--yes")
    assert token_vault("sign", letter, "--key", "pen", "--format", "raw").status == 0
    public.write_bytes(token_vault("key", "public-key", "pen").raw)
    openssl("dgst", "-sha256", "-verify", public, "-signature", f"{letter}.sig", letter)
    listed = signet("token", "keys", TOKEN, "--json").json["items"]
    (vouching,) = [key for key in listed if key["label"] == "sign"]
    token_vault.json("token", "adopt", TOKEN, vouching["id"], "on-card", "--yes")
    refused = token_vault("sign", letter, "--key", "on-card", "--format", "raw", "--overwrite", "--json")
    assert (refused.status, refused.error["type"]) == (1, "KeyUsageRefused")
    assert "cannot make raw signatures" in refused.error["message"]
