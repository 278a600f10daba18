"""The emulated card itself, by programs that others wrote: what they say of it, and what openssl says of its work."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from support.card.apdu import Exchange
from support.card.fixtures import Keys
from support.card.modules import OPENSC, module_path
from support.card.piv import FIRST_RETIRED, KEY_MANAGEMENT, PIN, PUK, PivApplication
from support.card.yubikey import YubiKeyApplication

from .conftest import Desk

MANAGEMENT_KEY = "010203040506070801020304050607080102030405060708"
MESSAGE = b"a message of some length"


def run(*words: str | Path, succeeds: bool = True) -> str:
    """Run a program; return what it said on both its outputs."""
    done = subprocess.run([str(word) for word in words], capture_output=True, check=False, timeout=60)
    said = (done.stdout + done.stderr).decode("utf-8", errors="replace")
    assert (done.returncode == 0) is succeeds, said
    return said


def pkcs11_tool(desk: Desk, *words: str | Path, succeeds: bool = True) -> str:
    return run("pkcs11-tool", "--module", desk.module, *words, succeeds=succeeds)


def public_key_of(desk: Desk, number: str, folder: Path) -> Path:
    """Read a certificate off the card and let openssl take the public key out of it."""
    pkcs11_tool(desk, "--read-object", "--type", "cert", "--id", number, "--output-file", folder / "certificate")
    said = run("openssl", "x509", "-inform", "der", "-in", folder / "certificate", "-pubkey", "-noout")
    (folder / "public.pem").write_text(said)
    return folder / "public.pem"


@pytest.mark.parametrize("kind", ["elliptic", "with_rsa"])
def test_openssl_accepts_what_9c_signs(desk: Desk, tmp_path: Path, kind: str) -> None:
    desk.insert(getattr(desk.keys, kind))
    (tmp_path / "message").write_bytes(MESSAGE)
    mechanism, digest = {"elliptic": ("ECDSA-SHA384", "sha384"), "with_rsa": ("SHA256-RSA-PKCS", "sha256")}[kind]
    files = ("--input-file", tmp_path / "message", "--output-file", tmp_path / "signature")
    words = ("--sign", "--mechanism", mechanism, "--id", "02", "--signature-format", "openssl")
    pkcs11_tool(desk, "--login", "--pin", PIN, *words, *files)
    public = public_key_of(desk, "02", tmp_path)
    said = run(
        "openssl", "dgst", f"-{digest}", "-verify", public, "-signature", tmp_path / "signature", tmp_path / "message"
    )
    assert "Verified OK" in said


def test_what_openssl_encrypts_9d_decrypts(desk: Desk, tmp_path: Path) -> None:
    desk.insert(desk.keys.with_rsa)
    (tmp_path / "message").write_bytes(MESSAGE)
    public = public_key_of(desk, "03", tmp_path)
    options = ("-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256")
    names = ("-in", tmp_path / "message", "-out", tmp_path / "closed")
    run("openssl", "pkeyutl", "-encrypt", "-pubin", "-inkey", public, *names, *options)
    how = ("--decrypt", "--mechanism", "RSA-PKCS-OAEP", "--hash-algorithm", "SHA256", "--id", "03")
    files = ("--input-file", tmp_path / "closed", "--output-file", tmp_path / "opened")
    pkcs11_tool(desk, "--login", "--pin", PIN, *how, *files)
    assert (tmp_path / "opened").read_bytes() == MESSAGE


def test_openssl_agrees_with_a_retired_slot(desk: Desk, tmp_path: Path) -> None:
    desk.insert(desk.keys.everything)
    public = public_key_of(desk, "05", tmp_path)
    own, own_public = tmp_path / "own.pem", tmp_path / "own.der"
    run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", own)
    run("openssl", "ec", "-in", own, "-pubout", "-outform", "der", "-out", own_public)
    run("openssl", "pkeyutl", "-derive", "-inkey", own, "-peerkey", public, "-out", tmp_path / "theirs")
    how = ("--derive", "--mechanism", "ECDH1-DERIVE", "--id", "05")
    files = ("--input-file", own_public, "--output-file", tmp_path / "ours")
    pkcs11_tool(desk, "--login", "--pin", PIN, *how, *files)
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()


def test_pkcs11_tools_own_test_finds_no_errors(desk: Desk) -> None:
    desk.insert(desk.keys.everything)
    assert "No errors" in pkcs11_tool(desk, "--login", "--pin", PIN, "--test")


def test_pkcs15_tool_counts_the_tries_and_unblocks(opensc: Desk) -> None:
    card = opensc.insert(opensc.keys.elliptic)
    for left in (2, 1, 0):
        run("pkcs15-tool", "--verify-pin", "--pin", "000000", succeeds=False)
        assert card.pin.left == left
    assert "user PIN locked" in pkcs11_tool(opensc, "--list-token-slots")
    run("pkcs15-tool", "--unblock-pin", "--puk", PUK, "--new-pin", "654321")
    assert card.pin.left == 3
    run("pkcs15-tool", "--verify-pin", "--pin", "654321")


def test_yubico_piv_tool_knows_the_card(ykcs11: Desk, tmp_path: Path) -> None:
    ykcs11.insert(ykcs11.keys.everything)
    said = run("yubico-piv-tool", "--action", "status")
    for expected in ("5.4.3", "98765432", "Slot 9a", "Slot 82", "ECCP384", "RSA2048", "PIN tries left:\t3"):
        assert expected in said
    run("yubico-piv-tool", "--action", "read-certificate", "--slot", "9c", "--output", tmp_path / "certificate")
    words = ("--action", "verify-pin", "--pin", PIN, "--action", "test-signature", "--slot", "9c")
    said = run("yubico-piv-tool", *words, "--input", tmp_path / "certificate")
    assert "Successful RSA verification" in said
    run("yubico-piv-tool", "--action", "attest", "--slot", "9a", "--output", tmp_path / "attestation")
    assert "Attestation 9A" in run("openssl", "x509", "-in", tmp_path / "attestation", "-noout", "-subject")


def test_yubico_piv_tool_changes_and_unblocks_the_pin(ykcs11: Desk) -> None:
    card = ykcs11.insert(ykcs11.keys.elliptic)
    run("yubico-piv-tool", "--action", "change-pin", "--pin", PIN, "--new-pin", "654321")
    assert card.pin.value == "654321"
    for _ in range(3):
        run("yubico-piv-tool", "--action", "verify-pin", "--pin", "000000", succeeds=False)
    assert card.pin.left == 0
    run("yubico-piv-tool", "--action", "unblock-pin", "--pin", PUK, "--new-pin", "222222")
    assert (card.pin.value, card.pin.left) == ("222222", 3)


def test_keys_are_made_with_the_management_key_only(ykcs11: Desk) -> None:
    card = ykcs11.insert(ykcs11.keys.elliptic)
    how = ("--keypairgen", "--key-type", "EC:secp384r1", "--id", "05")
    pkcs11_tool(ykcs11, "--login", "--pin", PIN, *how, succeeds=False)
    assert FIRST_RETIRED not in card.keys
    pkcs11_tool(ykcs11, "--login", "--login-type", "so", "--so-pin", MANAGEMENT_KEY, *how)
    assert card.keys[FIRST_RETIRED].algorithm.name == "P384"


def test_9c_wants_its_pin_immediately_before(keys: Keys) -> None:
    card = Exchange(PivApplication(name="Card", guid=bytes(16), keys=keys.elliptic).answer)
    verify, discovery = "0020008008313233343536ffff", "00cb3fff035c017e"
    sign = "0087149c367c3482008130" + "11" * 48

    def last_status(*commands: str) -> str:
        return [card.transmit(bytes.fromhex(command))[-2:].hex() for command in commands][-1]

    assert last_status(verify, sign) == "9000"
    assert last_status(sign) == "6982"
    assert last_status(verify, discovery, sign) == "6982"


def test_opensc_reads_a_yubikey(ykcs11: Desk) -> None:
    ykcs11.insert(ykcs11.keys.elliptic)
    assert isinstance(ykcs11.reader.card, YubiKeyApplication)
    said = run("pkcs11-tool", "--module", module_path(OPENSC), "--list-objects", "--type", "pubkey")
    assert said.count("Public Key Object") == len(ykcs11.keys.elliptic)
    assert KEY_MANAGEMENT in ykcs11.reader.card.keys
