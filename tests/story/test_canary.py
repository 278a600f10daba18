"""A whole story with values that must never turn up: not in a file, not in output, not in a process's public face."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from signet.services.creation import create_vault
from signet.services.enrolment import NewRecoveryCode, NewToken
from signet.services.opening import open_vault
from signet.services.prompt import SecretKind
from signet.services.tokens import init_software
from support.clock import SettableClock
from support.prompt import ScriptedPrompt
from support.vaults import make_workplace

PIN = "83746291-canary-pin"
PASSPHRASE = "canary passphrase of the vault"
ALIAS = "canary-alias-of-a-key"
DESCRIPTION = "canary description of a key"
FILE_NAME = "canary-file-name.txt"
CONTENT = b"canary content of a file, never in the clear " * 50


def files_below(*folders: Path) -> Iterator[Path]:
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield path


def forms(secret: str | bytes) -> tuple[bytes, ...]:
    """The secret as it could lie around: plain, base64, hexadecimal, UTF-16."""
    data = secret.encode() if isinstance(secret, str) else secret
    encoded = base64.b64encode(data).rstrip(b"=")[:-1]
    return (data, encoded, data.hex().encode(), data.decode("latin-1").encode("utf-16-le"))


class Faces(threading.Thread):
    """Collects what every process of this user shows to others while the story runs."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seen: set[bytes] = set()
        # Those that were there before are none of ours, and looking at all of them takes its time.
        self._before = frozenset(process.name for process in Path("/proc").iterdir())
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.03):
            for process in Path("/proc").iterdir():
                if process.name.isdigit() and process.name not in self._before:
                    self.look_at(process)

    def look_at(self, process: Path) -> None:
        """Note what it shows, if it is still there."""
        for face in ("cmdline", "environ"):
            with suppress(OSError):
                self.seen.add((process / face).read_bytes())


class Story:
    """Signet's command line in processes of its own, everything below one folder."""

    def __init__(self, folder: Path, faces: Faces) -> None:
        self.folder = folder
        self.faces = faces
        self.printed: list[bytes] = []
        (folder / "pin").write_text(PIN + "\n")
        (folder / "passphrase").write_text(PASSPHRASE + "\n")
        (folder / FILE_NAME).write_bytes(CONTENT)

    def __call__(self, *arguments: str, status: int = 0) -> None:
        with subprocess.Popen(
            [sys.executable, "-m", "signet", *arguments],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as running:
            # Short lives may end between two looks of the watch; the children of this one are left to it.
            self.faces.look_at(Path(f"/proc/{running.pid}"))
            told, errors = running.communicate()
        self.printed += [told, errors]
        assert running.returncode == status, errors.decode()


@pytest.fixture
def story(tmp_path: Path) -> Story:
    folder = tmp_path / "story"
    folder.mkdir()
    return Story(folder, Faces())


def tell(story: Story) -> None:
    story("vault", "create", "v", "--software-token", "--pin-file", "pin", "--recovery-code-file", "code")
    opening = ("--vault", "v.signet", "--pin-file", "pin")
    story("key", "create", ALIAS, "--description", DESCRIPTION, *opening)
    story("key", "create", "signing", "--spec", "ECC_NIST_P256", *opening)
    story("unlock-method", "add-passphrase", "--new-pin-file", "passphrase", *opening)
    story("unlock-method", "add-recovery-shares", "2", "3", "shares", *opening)
    story("encrypt", FILE_NAME, "--key", ALIAS, *opening)
    story("decrypt", FILE_NAME + ".esdk", "--output", "out", *opening)
    story("re-encrypt", FILE_NAME + ".esdk", *opening)
    story("sign", FILE_NAME, "--key", "signing", *opening)
    story("verify", FILE_NAME, *opening)
    story("vault", "rotate-master", *opening)
    story("vault", "backup", "backup.tar", *opening)
    story("vault", "verify", *opening)
    story("key", "list", "--vault", "v.signet", "--pin-file", "code", status=3)
    story("key", "list", "--vault", "v.signet", "--recovery", "--pin-file", "code")
    tell_of_shares(story)
    story("decrypt", FILE_NAME, *opening, status=4)
    story("key", "show", "no-such-key", "--json", *opening, status=1)


def tell_of_shares(story: Story) -> None:
    """Given rightly, too few, mistyped and twice: what is said then must not say the words."""
    sheets = shares(story)
    swapped = " ".join([*sheets[1].split()[:-2], *sheets[1].split()[:-3:-1]])
    way = next(
        method["id"]
        for method in json.loads((story.folder / "v.signet" / "header.json").read_bytes())["methods"]
        if method["kind"] == "recovery-shares"
    )
    opening = ("--vault", "v.signet", "--unlock-method", way, "--pin-file", "given")
    for lines, status in ((sheets[1:], 0), (sheets[:1], 3), ([sheets[0], swapped], 3), ([sheets[0]] * 2, 3)):
        (story.folder / "given").write_text("\n".join(lines) + "\n")
        story("key", "list", "--json", *opening, status=status)


def shares(story: Story) -> list[str]:
    return [file.read_text().strip() for file in sorted((story.folder / "shares").iterdir())]


@pytest.mark.slow
def test_no_secret_is_left_anywhere_and_no_name_or_path_of_the_vault(story: Story, home: Path) -> None:
    faces = story.faces
    faces.start()
    tell(story)
    faces.ended.set()
    faces.join()
    assert sum(b"signet" in face for face in faces.seen) > 5, "the processes of the story were not seen"
    code = (story.folder / "code").read_text().strip()
    secrets = {"PIN": PIN, "passphrase": PASSPHRASE, "recovery code": code, "bare code": code.replace("-", "")}
    for number, sheet in enumerate(shares(story), start=1):
        secrets |= {f"share {number}": sheet, f"inside of share {number}": " ".join(sheet.split()[8:14])}
    given = {story.folder / name for name in ("pin", "passphrase", "code", "given")}
    given |= set((story.folder / "shares").iterdir())
    for name, secret in secrets.items():
        for form in forms(secret):
            for path in files_below(story.folder, home):
                assert path in given or form not in path.read_bytes(), f"the {name} is in {path}"
            assert not any(form in text for text in story.printed), f"the {name} was printed"
            assert not any(form in face for face in faces.seen), f"the {name} is in a process's public face"

    # What the vault keeps to itself: without a secret it shows no name of a key or file, and no path.
    (story.folder / FILE_NAME).unlink()
    plain = {story.folder / "out" / FILE_NAME, story.folder / (FILE_NAME + ".sig")}
    for word in (ALIAS, DESCRIPTION, FILE_NAME, str(story.folder), CONTENT[:40]):
        for form in forms(word):
            for path in files_below(story.folder, home):
                assert path in plain or form not in path.read_bytes(), f"{word!r} is in {path}"


def test_no_key_of_an_open_vault_lies_in_a_file(tmp_path: Path, clock: SettableClock) -> None:
    """The master key, the material key and the audit MAC key, searched for while the vault is open."""

    prompt = ScriptedPrompt({SecretKind.PIN: PIN, SecretKind.NEW_PIN: PIN})
    with make_workplace(tmp_path, clock, prompt) as workplace:
        token = init_software(workplace, "card")
        path = str(tmp_path / "v.signet")
        create_vault(workplace, path, [NewToken(token.label), NewRecoveryCode(str(tmp_path / "code"))])
        with open_vault(workplace, path) as session:
            keys = [bytes(key.reveal()) for key in (session.master, session.material_key, session.records.mac_key)]
            contents = [file.read_bytes() for file in files_below(tmp_path)]
    for key in keys:
        for form in forms(key):
            assert not any(form in content for content in contents)
