"""Signet's messages and those of the official Encryption SDKs, opened by each other; run by hand, see README.md."""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from signet.clock import SystemClock
from signet.crypto.esdk_rsa import person_name
from signet.errors import SignetError
from signet.keys.person import PersonKeyKind, PublicPart
from signet.keys.spec import KeySpec, KeyUsage
from signet.services import files, keys, people
from signet.services.session import Session
from support.files import material_of
from support.vaults import make_vault

HERE = Path(__file__).parent
SIZES = (0, 1, 4095, 65535, 65536, 65537, 300_000)
CONTEXTS: tuple[dict[str, str], ...] = ({}, {"note": "für Anna"}, {"a": "1", "b": "", "z-9": "ä"})
PAIRS = {
    "rsa": (KeySpec.RSA_2048, KeyUsage.ENCRYPT_DECRYPT, PersonKeyKind.RSA),
    "P256": (KeySpec.ECC_NIST_P256, KeyUsage.KEY_AGREEMENT, PersonKeyKind.EC),
    "P384": (KeySpec.ECC_NIST_P384, KeyUsage.KEY_AGREEMENT, PersonKeyKind.EC),
    "P521": (KeySpec.ECC_NIST_P521, KeyUsage.KEY_AGREEMENT, PersonKeyKind.EC),
}


def main() -> int:
    """Run every oracle that is named; return 1 if anything did not open."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--python", help="an interpreter with aws-encryption-sdk[MPL]")
    parser.add_argument("--javascript", help="a folder with node_modules/@aws-crypto/client-node")
    wanted = parser.parse_args()
    wanted.folder.mkdir()
    oracles = []
    if wanted.python:
        oracles.append(("python", [wanted.python, str(HERE / "sdk_python.py")]))
    if wanted.javascript:
        oracles.append(("javascript", ["node", str(HERE / "sdk_javascript.cjs"), wanted.javascript]))
    made = make_vault(wanted.folder, SystemClock())
    failed = 0
    with made.open(administer=True) as session:
        known = make_keys(session)
        (wanted.folder / "keys.json").write_text(json.dumps(known))
        write(session, wanted.folder)
        for name, command in oracles:
            answer = run(command, wanted.folder, name)
            failed += told(f"Signet -> {name}", [(each["kind"], each["ok"]) for each in answer["opened"]])
            failed += told(f"{name} -> Signet", read(session, wanted.folder, answer["written"]))
    made.workplace.close()
    return int(failed > 0)


def make_keys(session: Session) -> dict[str, Any]:
    """Make the keys, and a person for each key pair; return them as the oracles want them."""
    papers = keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
    with material_of(session, papers) as material:
        raw = base64.b64encode(bytes(material.reveal())).decode()
    found: dict[str, Any] = {"aes": {"namespace": "signet", "name": f"{papers.id}/1", "key": raw}}
    for alias, (spec, usage, kind) in PAIRS.items():
        key = keys.create_key(session, alias, spec=spec, usage=usage)
        with material_of(session, key) as material:
            private = load_der_private_key(bytes(material.reveal()), None)
        public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        people.add_person(session, f"who has {alias}", [PublicPart(kind, public)])
        found[alias] = {
            "namespace": "signet-person",
            "name": person_name(public),
            "der": base64.b64encode(public).decode(),
            "public": private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
            "private": private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        }
    return found


def write(session: Session, folder: Path) -> None:
    """Encrypt every size with every context for every key, and for all of them at once."""
    manifest = []
    for kind in ("aes", *PAIRS, "all"):
        for number, context in enumerate(CONTEXTS):
            place = folder / "signet" / kind / str(number)
            place.mkdir(parents=True)
            paths = []
            for size in SIZES:
                path = place / f"{size}"
                path.write_bytes(bytes((index * 7 + size) % 251 for index in range(size)))
                paths.append(str(path))
            items = files.encrypt_files(
                session,
                paths,
                key="papers" if kind in ("aes", "all") else None,
                to=[f"who has {alias}" for alias in PAIRS if kind in (alias, "all")],
                context=context,
                verify=True,
            )
            for source, item in zip(paths, items, strict=True):
                if item.error is not None:
                    raise item.error
                digest = hashlib.sha256(Path(source).read_bytes()).hexdigest()
                manifest.append({"kind": kind, "path": item.output, "sha256": digest, "context": context})
    (folder / "manifest.json").write_text(json.dumps(manifest))


def run(command: list[str], folder: Path, name: str) -> dict[str, Any]:
    """Let an oracle open what is in the manifest, and write its own messages; return what it says."""
    (folder / name).mkdir()
    done = subprocess.run([*command, str(folder), str(folder / name)], check=True, stdout=subprocess.PIPE)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def read(session: Session, folder: Path, written: list[dict[str, str]]) -> list[tuple[str, bool]]:
    """Open an oracle's messages through Signet's service."""
    out = folder / "opened"
    found = []
    for each in written:
        try:
            (item,) = files.decrypt_files(session, [each["path"]], output=str(out), overwrite=True)
            if item.error is not None:
                raise item.error
            digest = hashlib.sha256(Path(str(item.output)).read_bytes()).hexdigest()
        except SignetError as error:
            print(f"  {each['path']}: {type(error).__name__}", file=sys.stderr)
            digest = ""
        found.append((each["kind"], digest == each["sha256"]))
    return found


def told(what: str, results: list[tuple[str, bool]]) -> int:
    """Print how many of each kind opened; return how many did not."""
    every, well = Counter(kind for kind, _ in results), Counter(kind for kind, ok in results if ok)
    print(f"{what}: " + ", ".join(f"{kind} {well[kind]}/{count}" for kind, count in sorted(every.items())))
    return sum(not ok for _, ok in results)


if __name__ == "__main__":
    sys.exit(main())
