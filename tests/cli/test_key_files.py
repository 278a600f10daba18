"""`signet key import` and its siblings, `request`, `send`, `receive`: objects, refusals, statuses."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
)

from cli.test_docs import fields
from support.command_line import OpenVault
from support.transfer import write_request

SECRET = bytes(range(200, 232))


def refusal(vault: OpenVault, *words: object) -> tuple[int, str]:
    result = vault(*words, "--json")
    assert result.raw == b""
    return result.status, str(result.error["type"])


def test_keys_come_in_wait_expire_and_go_out(vault: OpenVault, tmp_path: Path) -> None:
    private = Ed25519PrivateKey.generate()
    locked = tmp_path / "key.pem"
    locked.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")))
    public = tmp_path / "key.pub"
    public.write_bytes(private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH))
    for name, text in (("right", "secret\n"), ("wrong", "other\n")):
        (tmp_path / name).write_text(text)
    # The file is read first: nothing of the vault is needed to learn that it is the wrong one.
    assert refusal(vault, "key", "import", "ssh", public) == (1, "NoPrivateKey")
    assert refusal(vault, "key", "import", "ssh", locked) == (3, "SecretMissing")
    given = ("--file-passphrase-file", tmp_path / "wrong")
    assert refusal(vault, "key", "import", "ssh", locked, *given) == (3, "FileSecretIncorrect")
    given = ("--file-passphrase-file", tmp_path / "right")
    made = vault("key", "import", "ssh", locked, *given, "--expires", "2035-12-31", "--json")
    assert set(made.json) - {"notes"} == fields("key import")
    assert (made.json["spec"], made.json["origin"]) == ("ECC_NIST_EDWARDS25519", "EXTERNAL")
    assert str(locked) in made.json["notes"][-1]
    assert vault.json("key", "show", "ssh")["expires"].startswith(("2035-12-31", "2036-01-01"))
    assert refusal(vault, "key", "import", "again", locked, *given) == (1, "KeyAlreadyHere")
    raw = tmp_path / "raw"
    raw.write_bytes(SECRET)
    assert refusal(vault, "key", "import", "files", raw) == (2, "UsageError")
    for day in ("soon", "0001-01-01", "9999-12-31", "2027-02-29"):
        expires = ("--spec", "HMAC_256", "--expires", day)
        assert refusal(vault, "key", "import", "files", raw, *expires) == (2, "UsageError")

    vault.json("key", "create", "archive", "--origin", "external")
    paths = tmp_path / "wrapping.bin", tmp_path / "token"
    parameters = vault.json("key", "import-parameters", "archive", *paths, "--wrapping-spec", "RSA_3072")
    assert set(parameters) == fields("key import-parameters")
    wrapped = ("key", "import-material", "archive", raw, "--import-token", paths[1])
    assert refusal(vault, *wrapped) == (1, "WrappedKeyInvalid")
    assert set(vault.json("key", "import-material", "archive", raw)) - {"notes"} == fields("key import-material")
    assert vault.json("key", "expiry", "archive", "--never")["state"] == "Enabled"
    assert refusal(vault, "key", "expiry", "archive") == (2, "UsageError")
    assert refusal(vault, "key", "delete-material", "archive") == (1, "ConfirmationMissing")
    assert vault.json("key", "delete-material", "archive", "--yes")["state"] == "PendingImport"

    out = tmp_path / "id"
    vault.json("key", "export", "ssh", out, "--plain", "--format", "openssh", "--reason", "for git")
    assert out.read_bytes().startswith(b"-----BEGIN OPENSSH PRIVATE KEY-----")
    assert "for git" in [entry["details"].get("reason") for entry in vault.json("audit", "list")["items"]]
    assert refusal(vault, "key", "export", "ssh", tmp_path / "raw2", "--plain", "--format", "raw") == (
        2,
        "UsageError",
    )


def test_a_key_is_asked_for_sent_and_received(vault: OpenVault, tmp_path: Path) -> None:
    vault.json("key", "create", "papers")
    asked = vault.json("key", "request", tmp_path / "own")
    assert set(asked) == fields("key request")
    assert refusal(vault, "key", "send", "papers", tmp_path / "own", tmp_path / "out") == (1, "TransferRefused")
    request = write_request(tmp_path / "theirs", datetime.now(UTC))
    sending = ("key", "send", "papers", request, tmp_path / "out")
    assert refusal(vault, *sending) == (1, "ConfirmationMissing")
    sent = vault.json(*sending, "--yes", "--reason", "for the laptop")
    assert set(sent) - {"notes"} == fields("key send")
    assert refusal(vault, "key", "receive", tmp_path / "out") == (1, "TransferRefused")
    assert refusal(vault, "key", "keep", "papers") == (2, "UsageError")
