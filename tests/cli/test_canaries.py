"""A whole story with secrets that can be recognised: none of them shows anywhere but where it was put."""

from __future__ import annotations

import json
from pathlib import Path

from support.command_line import Result, Signet

PASSPHRASE = "canary-passphrase-7f3a"
PLAIN = "canary-plaintext-51d0"
EXPORTED = "canary-export-passphrase-c29e"


def test_no_secret_is_found_in_any_file_or_output(signet: Signet, home: Path, tmp_path: Path) -> None:
    secret, code, exported, wrong = (tmp_path / name for name in ("secret", "code", "exported", "wrong"))
    secret.write_text(PASSPHRASE + "\n")
    exported.write_text(EXPORTED + "\n")
    wrong.write_text(PASSPHRASE + "-wrong\n")
    document = tmp_path / "document"
    document.write_text(PLAIN * 100)
    said: list[Result] = []

    def run(*arguments: object, status: int = 0, input: bytes = b"") -> None:
        result = signet(*arguments, "--vault", tmp_path / "v", input=input)
        assert result.status == status, result.err
        said.append(result)

    run("vault", "create", "--passphrase", "--pin-file", secret, "--recovery-code-file", code)
    opening = ("--recovery", "--pin-file", code)
    run("key", "create", "papers", *opening)
    run("key", "create", "contracts", "--spec", "ECC_NIST_P256", *opening)
    run("encrypt", document, "--key", "papers", "--output", tmp_path / "out", "--verify", *opening)
    run("secret", "encrypt", "--key", "papers", *opening, input=PLAIN.encode())
    run("sign", document, "--key", "contracts", *opening)
    run("key", "export", "contracts", tmp_path / "plain.pem", "--plain", *opening)
    run("key", "export", "contracts", tmp_path / "closed.pem", "--new-pin-file", exported, *opening)
    run("key", "list", "--pin-file", wrong, "--json", status=3)
    run("key", "list", "--pin-file", secret)
    run("vault", "rotate-master", *opening)
    run("vault", "backup", tmp_path / "backup", *opening)
    run("audit", "export", tmp_path / "log", *opening)
    run("audit", "list", "--json", *opening)

    private = "".join((tmp_path / "plain.pem").read_text().splitlines()[1:-1])
    secrets = (PASSPHRASE, EXPORTED, PLAIN, code.read_text().strip(), private[:40])
    given = {secret, code, exported, wrong, document, tmp_path / "plain.pem"}
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path not in given]
    assert len(files) > 10
    for path in files:
        data = path.read_bytes()
        for canary in secrets:
            assert canary.encode() not in data, path
    for result in said:
        for canary in secrets:
            assert canary.encode() not in result.raw + result.err.encode()
    assert home.is_relative_to(tmp_path)
    assert json.loads(said[-1].out)["items"]
