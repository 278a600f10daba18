"""`signet demo`: the main job, end to end, through the commands that people use. No cryptography of its own.

Everything happens in a folder of its own: vault, software token, pins and settings; the person's are not touched.
"""

from __future__ import annotations

import io
import json
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from signet.cli.call import VAULT_VARIABLE, Call
from signet.cli.options import PLACE, SignetCommand, pass_call
from signet.cli.output import Output, printable
from signet.errors import FolderReadOnly, OutputExists

if TYPE_CHECKING:
    from signet.services.places import Places

SIZE = 64 * 1024 * 1024
"""Bytes of the file that is encrypted."""
PIECE = 1024 * 1024
FAILED = 1
NOT_VERIFIED = 4
SOFTHSM_VARIABLE = "SOFTHSM2_CONF"
INSTALL = "The demo needs SoftHSM: sudo apt-get install softhsm2 (./run does it by itself)."


class StepFailed(Exception):
    """A command of the demo did not do what it should; ``said`` is what it wrote."""

    def __init__(self, said: str) -> None:
        super().__init__()
        self.said = said


@click.command("demo", cls=SignetCommand)
@click.option("--keep", metavar="FOLDER", type=PLACE, help="Work in this new folder and keep it.")
@pass_call
def demo(call: Call, keep: str | None) -> int:
    """Show the main job on a throw-away vault.

    With a software token, a large file and a signature; nothing of yours is touched.

    Example: signet demo
    """
    with _folder(keep) as folder, _own_environment():
        story = Story(call.output, folder, module=call.module)
        status = story.play()
        if status == 0 and keep is not None:
            call.output.say(f"Everything is kept in {folder}.")
    call.output.result({"ok": status == 0, "steps": story.told})
    call.output.text("demo: ok" if status == 0 else "demo: failed")
    return status


@contextmanager
def _folder(keep: str | None) -> Iterator[Path]:
    if keep is None:
        folder = Path(tempfile.mkdtemp(prefix="signet-demo-"))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return
    folder = Path(os.path.abspath(keep))
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError as error:
        if not folder.is_dir() or any(folder.iterdir()):
            raise OutputExists(path=str(folder)) from error
    except OSError as error:
        raise FolderReadOnly(path=str(folder)) from error
    yield folder


@contextmanager
def _own_environment() -> Iterator[None]:
    """Neither the person's own software tokens nor the vault that they usually mean take part."""
    before = {name: os.environ.pop(name) for name in (SOFTHSM_VARIABLE, VAULT_VARIABLE) if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(before)


@dataclass
class Story:
    """The steps, in order; ``told`` has what each came to."""

    output: Output
    folder: Path
    module: str | None
    told: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        from signet.services.places import Places

        home = self.folder / "home"
        self.places: Places = Places(data=str(home / "data"), state=str(home / "state"), config=str(home / "config"))
        self.vault = self.folder / "demo.signet"
        self.pin_file = self.folder / "pin.txt"
        self.data = self.folder / "data.bin"
        self.document = self.folder / "contract.txt"

    def play(self) -> int:
        """Run every step; return 0, or 1 after the first that failed."""
        self._write_pin()
        steps: Sequence[tuple[str, Callable[[], None]]] = (
            ("Make a software token and a vault that it opens", self.make_vault),
            ("Make a key for files and a key for signatures", self.make_keys),
            (f"Write a file of {SIZE // PIECE} MiB", self.write_data),
            ("Encrypt it", self.encrypt),
            ("Decrypt it", self.decrypt),
            ("Compare the two", self.compare),
            ("Sign a document", self.sign),
            ("Verify the signature", self.verify),
            ("Change the document: the signature is refused", self.tamper),
            ("Check the vault and its log", self.check),
        )
        for number, (name, step) in enumerate(steps, start=1):
            if not self._step(f"{number}/{len(steps)}", name, step):
                return FAILED
        return 0

    def _step(self, number: str, name: str, step: Callable[[], None]) -> bool:
        started = time.monotonic()
        try:
            step()
        except StepFailed as failed:
            self.told.append({"step": name, "ok": False, "said": failed.said})
            self.output.text(printable(f"{number}  {name}: failed"))
            for line in failed.said.splitlines():
                self.output.text(printable(f"      {line}"))
            return False
        seconds = round(time.monotonic() - started, 2)
        self.told.append({"step": name, "ok": True, "seconds": seconds})
        self.output.say(f"{number}  {name}: {seconds:.2f} s")
        return True

    def _write_pin(self) -> None:
        """A PIN for the throw-away token, as a person would keep it for a script: in a private file."""
        descriptor = os.open(self.pin_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{secrets.randbelow(10**8):08}\n")

    def signet(self, *arguments: str, status: int = 0) -> Any:
        """Run one command of Signet and return the object that it prints; raise StepFailed on another status."""
        from signet.cli.main import run

        out, err = io.StringIO(), io.StringIO()
        module = [] if self.module is None else ["--module", self.module]
        got = run(["--json", *module, *arguments], places=self.places, out=out, err=err)
        if got != status:
            said = _said(err.getvalue()) or out.getvalue()
            hint = f"\n{INSTALL}" if "ModuleNotFound" in err.getvalue() else ""
            raise StepFailed(f"signet {' '.join(arguments)}\nended with {got}: {said}{hint}")
        return json.loads(out.getvalue())

    def unlocked(self, *arguments: str, status: int = 0) -> Any:
        """Run one command that opens the vault with its token."""
        return self.signet(*arguments, "--vault", str(self.vault), "--pin-file", str(self.pin_file), status=status)

    def make_vault(self) -> None:
        """The PIN opens the token, the token the vault; a recovery code would too."""
        code = str(self.folder / "recovery-code.txt")
        pin = str(self.pin_file)
        self.signet(
            "vault", "create", str(self.vault), "--software-token", "--pin-file", pin, "--recovery-code-file", code
        )

    def make_keys(self) -> None:
        """One usage each, as with a cloud's key management."""
        self.unlocked("key", "create", "files")
        self.unlocked("key", "create", "signatures", "--spec", "ECC_NIST_P256")

    def write_data(self) -> None:
        """Bytes that no compression would help with."""
        with open(self.data, "xb") as file:
            for _ in range(SIZE // PIECE):
                file.write(os.urandom(PIECE))

    def encrypt(self) -> None:
        """To data.bin.esdk."""
        self._done(self.unlocked("encrypt", str(self.data), "--key", "files", "--context", "purpose=demo"))

    def decrypt(self) -> None:
        """Into a folder of its own, so that there is something to compare."""
        source = f"{self.data}.esdk"
        self._done(self.unlocked("decrypt", source, "--output", str(self.folder / "decrypted")))

    def compare(self) -> None:
        """Byte for byte."""
        with open(self.data, "rb") as one, open(self.folder / "decrypted" / self.data.name, "rb") as other:
            while (piece := one.read(PIECE)) == other.read(PIECE):
                if not piece:
                    return
        raise StepFailed("The decrypted file differs from the original.")

    def sign(self) -> None:
        """With a detached SSH signature beside the document."""
        self.document.write_text("Both sides agree on 100 pieces.\n", encoding="utf-8")
        self._done(self.unlocked("sign", str(self.document), "--key", "signatures"))

    def verify(self) -> None:
        """Valid, and by a key of the vault."""
        verdict = self.unlocked("verify", str(self.document), f"{self.document}.sig")["verdict"]
        if verdict != "valid":
            raise StepFailed(f"The verdict is {verdict}.")

    def tamper(self) -> None:
        """One character more, and the command ends with 4."""
        self.document.write_text("Both sides agree on 1000 pieces.\n", encoding="utf-8")
        found = self.unlocked("verify", str(self.document), f"{self.document}.sig", status=NOT_VERIFIED)
        if found["verdict"] == "valid":
            raise StepFailed("The signature of the changed document was taken for valid.")

    def check(self) -> None:
        """Pages, records, keys and the chain of the log."""
        self.unlocked("vault", "verify")
        self.unlocked("audit", "verify")

    def _done(self, result: Any) -> None:
        for item in result["items"]:
            if item["status"] != "done":
                raise StepFailed(f"{item['source']}: {item['error']}")


def _said(errors: str) -> str:
    """The message in an error object."""
    try:
        return str(json.loads(errors)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return errors.strip()
