"""What has to be true after any kill or fault, once Signet has been started again. Every breach is a sentence."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from crash.operations import renew_the_card
from crash.stage import ALIASES, CANARY, SIZES, Stage, content_of
from signet.errors import SecretIncorrect, SignetError
from signet.formats.header import MethodKind, VaultHeader
from signet.formats.header_parser import parse_header
from signet.services.backup_archive import read_backup
from signet.services.creation import create_vault
from signet.services.enrolment import NewRecoveryCode
from signet.services.files_decrypt import decrypt_files
from signet.services.keys import list_keys
from signet.services.opening import open_vault
from signet.services.presenting import Selection
from signet.services.restore import restore_backup
from signet.services.session import Session
from signet.services.signing import verify_file
from signet.services.verdicts import Verdict
from signet.services.verification import verify_vault
from signet.services.workplace import Workplace

CODES = ("first",)
EVERY_WAY = ("first", "second", "token", "passphrase")
GONE = {"lose-card": {"second", "token"}, "renew-card": {"token"}}
"""What an operation may take out; the others, the second code at most."""
_TEMPORARY = re.compile(r"\.signet-.*|.*\.part|\.copy-.*|.*-journal")
_DATABASE = re.compile(r"(vault-[0-9A-F]{16}\.db)(-wal|-shm|-journal)?")
_KEPT_ASIDE = "-before-restore"


def breaches(stage: Stage, operation: str, said: Sequence[str], *, ways: Sequence[str] = CODES) -> list[str]:
    """Start Signet again on what is left and name everything that is not as it should be.

    ``said`` is what the killed process reported. ``ways`` are the ways in to try, `EVERY_WAY` for all.
    """
    kind = operation.removesuffix("-named")
    found: list[str] = []
    if kind == "restore-new":
        found += _restored(stage, said)
    found += _vault(stage, stage.vault, said)
    if kind == "create":
        found += _created(stage, said)
    if kind.startswith("migrate"):
        found += _vault(stage, stage.old_vault, said, code="old")
    if kind == "renew-card":
        found += _renewed(stage, said)
    found += _other_ways(stage, said, ways, gone=GONE.get(kind, {"second"}))
    if kind == "lose-card":
        found += _all_or_nothing(stage, said)
    found += _sources(stage)
    found += _outputs(stage, kind, said)
    found += _leftovers(stage)
    return found


def _vault(stage: Stage, path: Path, said: Sequence[str], *, code: str = "first") -> Iterator[str]:
    """The next start: it opens, verifies, holds every key, and they work."""
    try:
        with stage.workplace(code=code) as workplace, _opened(workplace, path) as session:
            yield from _sound(session)
            if path == stage.vault:
                made = {line.split(" ", 1)[1] for line in said if line.startswith("key ")}
                lost = (ALIASES | made) - {key.alias for key in list_keys(session)}
                if lost:
                    yield f"keys lost: {sorted(lost)}"
                yield from _keys_work(stage, session)
            if path == stage.old_vault:
                yield from _old_files(stage, session)
    except SignetError as error:
        yield f"{path.name} does not open: {type(error).__name__}: {error}"


def _opened(workplace: Workplace, path: Path, selection: Selection | None = None) -> Session:
    return open_vault(workplace, str(path), selection=selection or Selection(recovery=True))


def _sound(session: Session) -> Iterator[str]:
    verified = verify_vault(session)
    yield from (f"verify: {problem.place}: {problem.what}" for problem in verified.problems)
    yield from (f"verify notes: {note}" for note in verified.notes if "interrupted" in note or "belong" in note)
    with session.records.read() as reading:
        yield from (f"audit: {problem.place}: {problem.what}" for problem in reading.audit.verify())
        if reading.outputs.all():
            yield "temporary names are still noted"


def _keys_work(stage: Stage, session: Session) -> Iterator[str]:
    again = stage.folder / "again"
    for message in (stage.messages / "small.txt.esdk", stage.guarded_message):
        (item,) = decrypt_files(session, [str(message)], output=str(again))
        if item.error is not None:
            yield f"an old message no longer decrypts: {item.error}"
        elif (again / "small.txt").read_bytes() != content_of(SIZES["small.txt"]):
            yield "an old message decrypts to something else"
        (again / "small.txt").unlink(missing_ok=True)


def _old_files(stage: Stage, session: Session) -> Iterator[str]:
    """What was encrypted before a migration opens after it; a guarded key's guard is the code that opened."""
    sealed = [str(path) for path in sorted(stage.folder.glob("*.txt.esdk"))]
    for item in decrypt_files(session, sealed, output=str(stage.folder / "again")):
        if item.output is None or not Path(item.output).read_bytes().endswith(b".\n"):
            yield f"a file from before the migration does not open: {item.source}, {item.error}"


def _other_ways(stage: Stage, said: Sequence[str], ways: Sequence[str], *, gone: set[str]) -> Iterator[str]:
    """Every way in that the header names opens; one that it does not name any more is refused."""
    try:
        with stage.workplace() as workplace, _opened(workplace, stage.vault) as session:
            header = session.header
    except SignetError:
        return  # said already
    if "removed" in said and header.method(stage.methods["second"]) is not None:
        yield "the way in that was removed is still there"
    yield from _third_code(stage, header, said)
    wanted = [name for name in ways if name != "first"] + (["second"] if "second" not in ways else [])
    for name in wanted:
        method_id = stage.methods[name]
        named = header.method(method_id) is not None
        if not named and name != "second":  # an id that is not there is asked of nobody
            if name not in gone:
                yield f"{name} was lost"
            continue
        selection = Selection(recovery=True) if name == "second" else Selection(method_id=method_id)
        try:
            with stage.workplace(code="second") as workplace, _opened(workplace, stage.vault, selection):
                if not named:
                    yield f"{name} opens and is not in the header"
        except SecretIncorrect:
            if named:
                yield f"{name} is in the header and does not open"
        except SignetError as error:
            yield f"{name} does not open: {type(error).__name__}: {error}"


def _header(stage: Stage) -> VaultHeader:
    return parse_header((stage.vault / "header.json").read_bytes())


def _all_or_nothing(stage: Stage, said: Sequence[str]) -> Iterator[str]:
    """The card is gone, and a new code is there, which was tried above; or neither."""
    ids = {method.id for method in _header(stage).methods}
    lost = stage.methods["token"] not in ids
    if lost != bool(ids - set(stage.methods.values())) or lost != (stage.methods["second"] not in ids):
        yield "the card was taken out by halves"
    if "lost" in said and not lost:
        yield "the lost card is still there"
    if stage.methods["passphrase"] not in ids:
        yield "the passphrase was lost"


def _renewed(stage: Stage, said: Sequence[str]) -> Iterator[str]:
    """What was interrupted is gone on with, and ends with the new card in the place of the old one."""
    if "renewed" in said and _header(stage).method(stage.methods["token"]) is not None:
        yield "the card that was replaced is still there"
    try:
        for _ in renew_the_card(stage, lambda _: None):
            pass
    except SignetError as error:
        yield f"the renewal does not go on: {type(error).__name__}: {error}"
    tokens = [method for method in _header(stage).methods if method.kind is MethodKind.TOKEN]
    if len(tokens) != 1 or tokens[0].id == stage.methods["token"]:
        yield "the new card is not in the place of the old one"


def _third_code(stage: Stage, header: VaultHeader, said: Sequence[str]) -> Iterator[str]:
    codes = [method for method in header.methods if method.kind is MethodKind.RECOVERY_CODE]
    third = [method for method in codes if method.id not in stage.methods.values()]
    if "added" in said and not third:
        yield "the way in that was added is not there"
    if third:
        try:
            with stage.workplace(code="third") as workplace, _opened(workplace, stage.vault) as session:
                if session.method.id != third[0].id:
                    yield "the third code opened another way in"
        except SignetError as error:
            yield f"the added way in does not open: {type(error).__name__}: {error}"


def _created(stage: Stage, said: Sequence[str]) -> Iterator[str]:
    """There is a whole vault, which its code opens, or none, and it can be made now."""
    if stage.new_vault.exists():
        yield from _vault(stage, stage.new_vault, said, code="new")
        return
    if "vault" in said:
        yield "the vault that was made is gone"
    with stage.workplace() as workplace:
        try:
            create_vault(workplace, str(stage.new_vault), [NewRecoveryCode(str(stage.code_file("again")))])
        except SignetError as error:
            yield f"the vault cannot be made again: {type(error).__name__}: {error}"


def _restored(stage: Stage, said: Sequence[str]) -> Iterator[str]:
    """There is a whole vault, or none, and it can be restored now; it is looked at where the lost one was."""
    if not stage.new_vault.exists():
        if "restored" in said:
            yield "the vault that was restored is gone"
        with stage.workplace() as workplace:
            try:
                restore_backup(workplace, str(stage.backup), str(stage.new_vault), selection=Selection(recovery=True))
            except SignetError as error:
                yield f"the backup cannot be restored again: {type(error).__name__}: {error}"
                return
    stage.new_vault.rename(stage.vault)


def _sources(stage: Stage) -> Iterator[str]:
    for name, size in SIZES.items():
        if (stage.sources / name).read_bytes() != content_of(size):
            yield f"the source {name} changed"


def _outputs(stage: Stage, kind: str, said: Sequence[str]) -> Iterator[str]:
    """What has a name is whole, and what was reported has a name."""
    for line in said:
        if line.startswith("output ") and not os.path.exists(line.split(" ", 1)[1]):
            yield f"the output was reported and is not there: {line}"
    for path in sorted(stage.out.iterdir()):
        if path.name in SIZES and path.read_bytes() != content_of(SIZES[path.name]):
            yield f"{path.name} was published and is not whole"
        if path.name == "vault.tar":
            read_backup(str(path))
        if path.name == "key.jwk" and not path.read_bytes().rstrip().endswith(b"}"):
            yield "the exported key was published and is not whole"
    if kind == "encrypt":
        yield from _decrypts(stage, sorted(str(path) for path in stage.out.glob("*.esdk")))
    if kind == "encrypt-age":
        yield from _decrypts(stage, sorted(str(path) for path in stage.out.glob("*.age")))
    if kind == "re-encrypt":
        yield from _decrypts(stage, stage.message_paths())
    if kind == "sign":
        yield from _signatures(stage)


def _decrypts(stage: Stage, paths: list[str]) -> Iterator[str]:
    again = stage.folder / "again"
    try:
        with stage.workplace() as workplace, _opened(workplace, stage.vault) as session:
            for item in decrypt_files(session, paths, output=str(again)):
                if item.error is not None:
                    yield f"{item.source} was published and does not decrypt: {item.error}"
                elif item.output is not None:
                    name = os.path.basename(item.output)
                    if Path(item.output).read_bytes() != content_of(SIZES[name]):
                        yield f"{item.source} decrypts to something else"
                    os.unlink(item.output)
    except SignetError as error:
        yield f"decrypting is not possible: {error}"


def _signatures(stage: Stage) -> Iterator[str]:
    with stage.workplace() as workplace, _opened(workplace, stage.vault) as session:
        for name in SIZES:
            if (stage.sources / f"{name}.sig").exists():
                verification = verify_file(str(stage.sources / name), session=session)
                if verification.verdict is not Verdict.VALID:
                    yield f"the signature of {name} was published and is {verification.verdict}"


def _leftovers(stage: Stage) -> Iterator[str]:
    """No temporary name, no database that no header names, no plaintext but in the sources and whole outputs."""
    plain = {path for path in (*stage.sources.iterdir(), *stage.out.iterdir()) if path.name in SIZES}
    for folder, folders, files in os.walk(stage.folder):
        for name in (*folders, *files):
            if _TEMPORARY.fullmatch(name):
                yield f"left over: {os.path.relpath(os.path.join(folder, name), stage.folder)}"
        for name in files:
            path = Path(folder, name)
            if path not in plain and CANARY in path.read_bytes():
                yield f"plaintext in {path.relative_to(stage.folder)}"
    for vault in (stage.vault, stage.new_vault):
        if (vault / "header.json").exists():
            yield from _unnamed(vault)


def _unnamed(vault: Path) -> Iterator[str]:
    header = (vault / "header.json").read_bytes()
    if (vault / "header.copy.json").read_bytes() != header:
        yield "the header's copy is another one"
    for path in vault.rglob("vault-*"):
        matched = _DATABASE.fullmatch(path.name)
        aside = path.parent.name.endswith(_KEPT_ASIDE)
        if not aside and (matched is None or f'"{matched.group(1)}"'.encode() not in header):
            yield f"left over: {path.relative_to(vault)}"
