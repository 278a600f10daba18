"""One job of `files.py` in a process of its own, so that its time and its peak memory are its own.

    python files_work.py engine|services|sdk encrypt|decrypt SOURCE TARGET [VAULT]

``engine`` and ``sdk`` make one file of one file. ``services`` encrypts or decrypts everything in the folder SOURCE,
or with ``services-folder`` SOURCE itself, into the folder TARGET as a person would, with log and catalogue; VAULT is
the folder of a vault, made unless it is there. It prints one line of JSON: wall and processor seconds of the job.
"""

from __future__ import annotations

import cProfile
import io
import json
import os
import pstats
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

KEY_NAME = "12345678-1234-1234-1234-123456789012/1"
KEY = b"k" * 32
ALIAS = "benchmark"
COSTS = 3
"""So many of the largest are shown."""


def engine(job: str, source: str, target: str) -> None:
    """Signet's engine and its output files, without vault, log and catalogue."""
    from signet.crypto.esdk_decrypt import decrypt
    from signet.crypto.esdk_encrypt import encrypt
    from signet.crypto.esdk_keys import RawAesKeyring, unwrap_with
    from signet.secret import Secret
    from signet.store.output import Output

    keyring = RawAesKeyring("signet", KEY_NAME, Secret(KEY))
    fd = os.open(source, os.O_RDONLY)
    with Output(target) as output:
        if job == "encrypt":
            encrypt(fd, output.fd, keyrings=[keyring], context={"signet-content": "file"})
        else:
            decrypt(fd, output.fd, unwrap=unwrap_with([keyring]))
        output.publish()


def sdk(job: str, source: str, target: str) -> None:
    """The official SDK for Python, streaming, with the frame length that suits it best (64 KiB)."""
    warnings.simplefilter("ignore")
    import aws_encryption_sdk as aws  # type: ignore[import-untyped]
    from aws_encryption_sdk.identifiers import (  # type: ignore[import-untyped]
        AlgorithmSuite,
        EncryptionKeyType,
        WrappingAlgorithm,
    )
    from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey  # type: ignore[import-untyped]
    from aws_encryption_sdk.key_providers.raw import RawMasterKeyProvider  # type: ignore[import-untyped]

    class Provider(RawMasterKeyProvider):  # type: ignore[misc]  # the SDK has no types
        provider_id = "signet"

        def _get_raw_key(self, _key_id: bytes) -> Any:
            algorithm = WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING
            return WrappingKey(algorithm, wrapping_key=KEY, wrapping_key_type=EncryptionKeyType.SYMMETRIC)

    provider = Provider()
    provider.add_master_key(KEY_NAME)
    options: dict[str, Any] = {"mode": "d"}
    if job == "encrypt":
        suite = AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY
        options = {"mode": "e", "frame_length": 1 << 16, "algorithm": suite}
    with open(source, "rb") as plain, open(target, "wb") as out:
        with aws.EncryptionSDKClient().stream(source=plain, key_provider=provider, **options) as stream:
            for piece in stream:
                out.write(piece)


@contextmanager
def vault(folder: Path) -> Iterator[Any]:
    """A vault with one key, made unless it is there; yields its session."""
    from signet.clock import SystemClock
    from signet.keys.spec import KeySpec
    from signet.services.keys import create_key
    from signet.services.opening import open_vault
    from signet.services.presenting import Selection
    from signet.services.prompt import SecretKind
    from support.prompt import ScriptedPrompt
    from support.vaults import make_vault, make_workplace

    if not (folder / "personal.signet").exists():
        folder.mkdir(parents=True)
        with make_vault(folder, SystemClock()).open() as session:
            create_key(session, ALIAS, spec=KeySpec.SYMMETRIC_DEFAULT)
    prompt = ScriptedPrompt({SecretKind.RECOVERY_CODE: (folder / "personal.code").read_text()})
    workplace = make_workplace(folder, SystemClock(), prompt)
    path = str(folder / "personal.signet")
    with workplace, open_vault(workplace, path, selection=Selection(recovery=True)) as session:
        yield session


def services(job: str, source: str, target: str, place: str, *, whole: bool, profile: bool) -> dict[str, object]:
    """Encrypt or decrypt as the command and the window do; ``whole`` takes a folder as one thing."""
    from signet.services.files import decrypt_files, encrypt_files

    paths = [source] if whole else sorted(entry.path for entry in os.scandir(source))
    with vault(Path(place)) as session:

        def work() -> object:
            if job == "encrypt":
                return encrypt_files(session, paths, key=ALIAS, output=target, progress=lambda *_: None)
            return decrypt_files(session, paths, output=target, progress=lambda *_: None)

        spent, items = measured(work, profile=profile)
    if any(item.error for item in items):
        raise SystemExit(f"{job} failed: {next(item.error for item in items if item.error)}")
    return {**spent, "files": len(items)}


def measured(work: Callable[[], Any], *, profile: bool) -> tuple[dict[str, object], Any]:
    """Run it; return wall seconds, processor seconds and, if wanted, the largest costs, and what it returned."""
    profiler = cProfile.Profile(time.thread_time) if profile else None
    before, started = os.times(), time.perf_counter()
    result = profiler.runcall(work) if profiler else work()
    wall, after = time.perf_counter() - started, os.times()
    spent: dict[str, object] = {"wall": wall, "cpu": after.user + after.system - before.user - before.system}
    if profiler:
        spent["costs"] = costs(profiler)
    return spent, result


def costs(profiler: cProfile.Profile) -> list[str]:
    """What used most of the main thread's processor time, profiling included: by part of Signet, or by library."""
    stats = pstats.Stats(profiler, stream=io.StringIO())
    spent: Counter[str] = Counter()
    for (path, _, name), (_, _, own, *_) in stats.stats.items():  # type: ignore[attr-defined]
        spent[part_of(path, name)] += own
    total = sum(spent.values())
    return [f"{part}: {seconds / total:.0%}" for part, seconds in spent.most_common(COSTS)]


def part_of(path: str, name: str) -> str:
    """To what a function belongs."""
    signet = path.rpartition("/signet/")[2]
    if signet != path:
        return f"Signet's {signet.partition('/')[0]}"
    known = {"sqlcipher3": "the database", "posix": "the file system", "cryptography": "AES and HKDF"}
    return next((what for sign, what in known.items() if sign in name), "the rest of Python")


def main() -> None:
    """Do what the arguments say."""
    who, job, source, target, *rest = sys.argv[1:]
    profile = "--profile" in rest
    if who.startswith("services"):
        print(json.dumps(services(job, source, target, rest[0], whole=who == "services-folder", profile=profile)))
    else:
        {"engine": engine, "sdk": sdk}[who](job, source, target)


if __name__ == "__main__":
    main()
