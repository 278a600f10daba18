"""CMS made by others, beside its file and around it: Signet agrees with who made it, and with who checks it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from signet.errors import Cancelled, OutputExists, SignedFileMissing, UsageError
from signet.services import verifying_cms
from signet.services.judging_words import particulars
from signet.services.verdicts import Verdict, Verification
from signet.services.verification_report import FORMAT, write_report
from signet.services.verifying import crls_in, verify_file
from support import pki
from support.near_child import near_child

CONTENT = b"we agree\n" * 1000


def openssl(*words: str | Path, ok: bool = True) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, check=False, timeout=60)
    assert done.returncode == 0 or not ok, done.stderr
    return done


class Desk:
    """A folder with a document, the root, and what it takes to sign with openssl."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.document = folder / "offer.txt"
        self.document.write_bytes(CONTENT)
        self.root = folder / "root.pem"
        self.root.write_bytes(pki.root().pem)
        self.between = folder / "issuing.pem"
        self.between.write_bytes(pki.issuing().pem)

    def sign(self, out: str, *words: str, holder: pki.Holder | None = None) -> Path:
        """Sign with ``openssl cms`` into a file of the folder."""
        certificate, key = (holder or pki.signer()).write(self.folder, "signer")
        made = self.folder / out
        signing = ("-sign", "-binary", "-in", self.document, "-signer", certificate, "-inkey", key)
        openssl("cms", *signing, "-certfile", self.between, "-out", made, *words)
        return made

    def verify(self, path: Path, signature: Path | None = None, *, trust: bool = True) -> Verification:
        """Verify at the authority's moment."""
        roots = [str(self.root)] if trust else []
        return verify_file(str(path), None if signature is None else str(signature), trust=roots, moment=pki.NOW)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk; the document child answers from within this process, which saves a second each time."""
    monkeypatch.setattr(verifying_cms, "document_child", near_child)
    return Desk(tmp_path)


@pytest.fixture
def far_desk(tmp_path: Path) -> Desk:
    """A desk with the real child."""
    return Desk(tmp_path)


@pytest.mark.parametrize(
    ("kind", "form", "words", "algorithm"),
    [
        ("p256", "DER", ("-cades",), "ECDSA P-256"),
        ("rsa", "PEM", (), "RSA PKCS #1 v1.5, 2048 bits"),
        ("rsa", "DER", ("-cades", "-keyopt", "rsa_padding_mode:pss", "-md", "sha384"), "RSA-PSS, 2048 bits"),
    ],
)
def test_detached_ones_of_openssl(desk: Desk, kind: str, form: str, words: tuple[str, ...], algorithm: str) -> None:
    signature = desk.sign("offer.txt.p7s", "-outform", form, *words, holder=pki.signer(kind))
    found = desk.verify(desk.document)
    assert (found.verdict, found.form, found.signature_path) == (Verdict.VALID, "cms", str(signature))
    (view,) = found.signatures
    assert view.facts is not None
    assert (view.signer, view.algorithm, view.trusted_by) == ("Mari Maasikas", algorithm, "given")
    assert view.facts.format == ("CAdES B-B" if "-cades" in words else "CMS")
    assert view.facts.coverage == "detached"
    assert desk.verify(signature) == found, "the file beside it is found"
    assert desk.verify(desk.document, trust=False).verdict is Verdict.VALID_UNTRUSTED
    desk.document.write_bytes(CONTENT + b".")
    assert desk.verify(desk.document).verdict is Verdict.INVALID


@pytest.mark.parametrize("name", ["offer.p7m", "offer.p7s", "letter"])
def test_around_the_file_whatever_it_is_called(desk: Desk, name: str) -> None:
    around(desk, name)


def test_the_real_child_says_the_same(far_desk: Desk) -> None:
    around(far_desk, "offer.p7m")
    far_desk.sign("offer.txt.p7s", "-outform", "DER")
    assert far_desk.verify(far_desk.document).verdict is Verdict.VALID


def around(desk: Desk, name: str) -> None:
    made = desk.sign(name, "-nodetach", "-outform", "DER", "-stream")
    found = desk.verify(made)
    assert (found.verdict, found.form) == (Verdict.VALID, "cms")
    data = bytearray(made.read_bytes())
    data[data.index(CONTENT[:20]) + 3] ^= 1
    made.write_bytes(data)
    assert desk.verify(made).verdict is Verdict.INVALID


def test_one_of_gpgsm(desk: Desk) -> None:
    home = desk.folder / "gnupg"
    home.mkdir(mode=0o700)
    (home / "gpgsm.conf").write_text("disable-crl-checks\n")
    (home / "gpg-agent.conf").write_text("allow-loopback-pinentry\n")
    (home / "trustlist.txt").write_text(
        hashlib.sha1(pki.root().der, usedforsecurity=False).hexdigest().upper() + " S relax\n"
    )
    signer = pki.signer("rsa")
    certificate, key = signer.write(desk.folder, "signer")
    bundle = desk.folder / "b.p12"
    openssl("pkcs12", "-export", "-legacy", "-inkey", key, "-in", certificate, "-out", bundle, "-passout", "pass:x")
    gpgsm = (
        "gpgsm",
        "--homedir",
        str(home),
        "--batch",
        "--quiet",
        "--no-secmem-warning",
        "--pinentry-mode",
        "loopback",
    )
    environment = {**os.environ, "LC_ALL": "C"}

    def run(*words: str | Path, stdin: bytes = b"") -> bytes:
        done = subprocess.run(
            [*gpgsm, *map(str, words)], input=stdin, capture_output=True, check=False, timeout=60, env=environment
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    faked = ("--faked-system-time", "20261120T140200")
    try:
        run("--import", desk.root)
        run("--import", desk.between)
        run("--passphrase-fd", "0", "--import", bundle, stdin=b"x\n")
        made = run(*faked, "--passphrase-fd", "0", "--detach-sign", desk.document, stdin=b"x\n")
    finally:
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False, timeout=60)
    (desk.folder / "offer.txt.p7s").write_bytes(made)
    found = desk.verify(desk.document)
    assert found.verdict is Verdict.VALID, found.sentence


def test_several_signers_the_worst_counts(desk: Desk) -> None:
    first = desk.sign("one.p7s", "-outform", "DER")
    key = pki.new_key("p256")
    alone = pki.Holder(key, pki.certify("Nobody", key.public_key(), key))
    certificate, private = alone.write(desk.folder, "alone")
    both = desk.folder / "offer.txt.p7s"
    openssl(
        *("cms", "-resign", "-binary", "-in", first, "-inform", "DER", "-signer", certificate, "-inkey", private),
        *("-outform", "DER", "-out", both),
    )
    found = desk.verify(desk.document)
    assert sorted(view.verdict for view in found.signatures) == [Verdict.VALID, Verdict.VALID_UNTRUSTED]
    assert found.verdict is Verdict.VALID_UNTRUSTED
    assert found.sentence.startswith("2 signatures. ")
    (desk.folder / "offer.txt.sig").write_bytes(b"no signature")
    assert desk.verify(desk.document).verdict is Verdict.UNKNOWN, "beside the file stands another, which is broken"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-md", "sha1"), "SHA-1 is broken"),
        (("-noattr",), "not told apart from its own text"),
        (("-nocerts",), "certificate of its signer is not with it"),
        (("-econtent_type", "1.2.3.4"), "something else than a file"),
    ],
)
def test_what_does_not_count_is_not_valid_and_says_why(desk: Desk, words: tuple[str, ...], said: str) -> None:
    desk.sign("offer.txt.p7s", "-outform", "DER", *words)
    found = desk.verify(desk.document)
    assert found.verdict is Verdict.UNKNOWN
    assert said in found.sentence


def test_a_short_rsa_key_does_not_count(desk: Desk) -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - to be refused
    short = pki.Holder(key, pki.certify("Mari Short", key.public_key(), pki.issuing()))
    desk.sign("offer.txt.p7s", "-outform", "DER", holder=short)
    found = desk.verify(desk.document)
    assert found.verdict is Verdict.UNKNOWN
    assert "1024 bits is too short" in found.sentence


def test_ed25519_goes_with_sha_512_alone(desk: Desk) -> None:
    """By hand, for openssl 3.0 makes none: RFC 8419 wants SHA-512; whoever says SHA-256 is not believed."""
    from support.cms_forge import ed25519_signature

    for digest, verdict in (("sha512", Verdict.VALID), ("sha256", Verdict.UNKNOWN)):
        (desk.folder / "offer.txt.p7s").write_bytes(ed25519_signature(CONTENT, digest))
        found = desk.verify(desk.document)
        assert found.verdict is verdict, found.sentence
    assert "does not go with the digest SHA-256" in found.sentence


@pytest.mark.parametrize(
    ("usages", "extended", "verdict"),
    [
        (("digital_signature",), (), Verdict.VALID),
        (("content_commitment",), (), Verdict.VALID),
        (None, (), Verdict.VALID),
        (("key_encipherment",), (), Verdict.VALID_UNTRUSTED),
        (("digital_signature",), ("1.3.6.1.5.5.7.3.1",), Verdict.VALID_UNTRUSTED),
        (("digital_signature",), ("1.3.6.1.5.5.7.3.4",), Verdict.VALID),
    ],
)
def test_what_the_certificate_is_meant_for(
    desk: Desk, usages: tuple[str, ...] | None, extended: tuple[str, ...], verdict: Verdict
) -> None:
    from cryptography.x509 import ObjectIdentifier

    key = pki.new_key("p256")
    purposes = [ObjectIdentifier(each) for each in extended]
    holder = pki.Holder(key, pki.certify("Mari", key.public_key(), pki.issuing(), usages=usages, extended=purposes))
    desk.sign("offer.txt.p7s", "-outform", "DER", holder=holder)
    assert desk.verify(desk.document).verdict is verdict


def test_an_end_entity_vouches_for_nobody(desk: Desk) -> None:
    mari, key = pki.signer(), pki.new_key("p256")
    made_up = pki.Holder(key, pki.certify("The Bank", key.public_key(), mari))
    desk.between.write_bytes(pki.issuing().pem + mari.pem)
    desk.sign("offer.txt.p7s", "-outform", "DER", holder=made_up)
    assert desk.verify(desk.document).verdict is Verdict.VALID_UNTRUSTED
    desk.root.write_bytes(mari.pem)
    assert desk.verify(desk.document).verdict is Verdict.VALID_UNTRUSTED, "Mari is known, and is no authority"


def test_the_signers_certificate_given_is_enough_until_it_ends(desk: Desk) -> None:
    desk.sign("offer.txt.p7s", "-outform", "DER")
    desk.root.write_bytes(pki.signer().pem)
    found = desk.verify(desk.document)
    assert (found.verdict, found.signatures[0].trusted_by) == (Verdict.VALID, "given")
    ended = verify_file(str(desk.document), trust=[str(desk.root)], moment=pki.SIGNERS_END + timedelta(days=1))
    assert ended.verdict is Verdict.EXPIRED_OR_REVOKED
    lists = crls_in(str(write(desk.folder / "a.crl", pki.crl(revoked=[pki.signer()]))))
    revoked = verify_file(str(desk.document), trust=[str(desk.root)], moment=pki.NOW, crls=lists)
    assert revoked.verdict is Verdict.EXPIRED_OR_REVOKED


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_a_file_of_lists_that_holds_none_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"nothing", b"-----BEGIN X509 CRL-----\n!\n-----END X509 CRL-----\n"):
        with pytest.raises(UsageError):
            crls_in(str(write(tmp_path / "a.crl", content)))


def test_without_its_file_it_cannot_be_checked(desk: Desk) -> None:
    signature = desk.sign("offer.txt.p7s", "-outform", "DER")
    desk.document.unlink()
    found = desk.verify(signature)
    assert found.verdict is Verdict.UNKNOWN
    assert "not inside" in found.sentence
    (desk.folder / "b.minisig").write_bytes(b"untrusted comment: x\n")
    with pytest.raises(SignedFileMissing):
        verify_file(str(desk.folder / "b.minisig"))


def test_cancel_while_the_file_is_read(desk: Desk) -> None:
    desk.sign("offer.txt.p7s", "-outform", "DER")
    with pytest.raises(Cancelled):
        verify_file(str(desk.document), moment=pki.NOW, cancelled=lambda: True)


def test_the_report_holds_everything(desk: Desk) -> None:
    desk.sign("offer.txt.p7s", "-outform", "DER", "-cades")
    found = desk.verify(desk.document)
    out = desk.folder / "report.json"
    write_report(found, str(out))
    told = json.loads(out.read_text())
    assert (told["format"], told["verdict"], told["checked"]) == (FORMAT, "valid", "2026-11-20T14:02:00Z")
    (signature,) = told["signatures"]
    assert signature["facts"]["intact"] is True
    assert len(signature["facts"]["chain"]) == 3
    assert [tuple(pair) for pair in signature["said"]] == list(particulars(found.signatures[0]))
    with pytest.raises(OutputExists):
        write_report(found, str(out))
