"""What the page Files has done in tasks: looking at what was dropped, at headers, at the default key. Blocking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from signet.errors import SignetError
from signet.gui.pages.jobs_keys import AbleKeys
from signet.keys.model import Key
from signet.keys.person import Person
from signet.keys.spec import KeySpec
from signet.keys.state import Effect, allows
from signet.services.age_inspect import AgeInspection, inspect_age
from signet.services.age_names import is_age_file
from signet.services.files import Inspection, Opener
from signet.services.files_each import folders_of, measured, spread
from signet.services.files_items import Item
from signet.services.job import Act, Job, JobState, Order
from signet.services.keys import list_keys
from signet.services.openers import inspect_with_names
from signet.services.people import list_people
from signet.services.recognition import FileKind, Recognised, recognise_all
from signet.services.session import Session
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Workplace
from signet.store.settings import FOLDERS_ARCHIVE, FOLDERS_EACH, read_settings, write_settings


@dataclass(frozen=True)
class FileKeys:
    """The keys that may encrypt files now, and the one that does where nobody says another; None if none is set."""

    keys: tuple[Key, ...] = ()
    default: Key | None = None


@dataclass(frozen=True)
class Whom:
    """For whom files are encrypted: with which key, by its id (empty: the default), for which persons, by their ids.

    ``note`` can be read by everyone who sees the result. ``name`` is what the key is called. ``age`` makes age files;
    ``alone`` is for the persons only, with no key of one's own. Both are asked for, so no key is sought then.
    """

    key: str = ""
    to: tuple[str, ...] = ()
    note: str = ""
    name: str = ""
    age: bool = False
    alone: bool = False

    @property
    def settled(self) -> bool:
        """Whether the key is no question any more, none at all included."""
        return self.age or self.alone


NOBODY_ELSE = Whom()


@dataclass(frozen=True)
class Asked:
    """Whom to choose from: persons, and the keys of the vault that open age files."""

    people: tuple[Person, ...]
    age_keys: tuple[Key, ...]


def read_for_question(session: Session) -> Asked:
    """Read everybody, and one's own age keys that may be used for new files."""
    found = [key for key in list_keys(session) if key.spec is KeySpec.X25519 and allows(key.state, Effect.PROTECT)]
    return Asked(tuple(list_people(session)), tuple(found))


@dataclass(frozen=True)
class Prepared:
    """What is to become of what was given; ``key`` is the one to encrypt with, None if it has to be asked for.

    ``folders`` are those of which nobody said yet whether they become one file or many.
    """

    to_decrypt: tuple[str, ...]
    to_encrypt: tuple[str, ...]
    refused: tuple[Recognised, ...]
    keys: FileKeys
    key: Key | None
    whom: Whom = NOBODY_ELSE
    folders: tuple[FolderFound, ...] = ()


@dataclass(frozen=True)
class FolderFound:
    """A folder that was given, and what is in it: how many files, how many bytes."""

    path: str
    files: int
    size: int


@dataclass(frozen=True)
class Inspected:
    """A header, and who can open the file; ``named`` unless no vault was open, which would know them by name."""

    inspection: Inspection
    openers: tuple[Opener, ...]
    named: bool


def file_keys(session: Session, able: AbleKeys) -> FileKeys:
    """Read the keys that may encrypt, and the default one: of the settings, else the only one there is."""
    found = able.read(session)
    wanted = session.workplace.settings.default_key
    default = next((key for key in found if wanted in key.aliases), None)
    if default is None and len(found) == 1 and not wanted:
        default = found[0]
    return FileKeys(found, default)


def prepare(
    session: Session,
    act: str,
    paths: Sequence[str],
    *,
    able: AbleKeys,
    whom: Whom = NOBODY_ELSE,
    folders: str = "",
    cancelled: IsCancelled,
) -> Prepared:
    """Look at every file: what to decrypt, what to encrypt, what cannot be taken.

    ``act`` may settle it for all that can be taken; ``whom`` says for whom;
    ``folders`` what becomes of folders instead of what the settings say. Encrypted files in a folder are decrypted
    only if ``act`` says so.
    """
    given = folders_of(paths)
    how = folders or session.workplace.settings.folders
    files = [path for path in paths if path not in given]
    undecided: tuple[FolderFound, ...] = ()
    whole: tuple[str, ...] = ()
    if act == Act.DECRYPT or (given and how == FOLDERS_EACH):
        inside = spread(session, given, encrypted=act == Act.DECRYPT, cancelled=cancelled)
        files += inside.paths
        for each in inside.left_out:
            session.workplace.prompt.note(f"{each.path} is left out: {each.reason}.")
    elif how == FOLDERS_ARCHIVE:
        whole = given
    else:
        undecided = tuple(_measured(session, path) for path in given)
    found = recognise_all(files, session=session, cancelled=cancelled)
    taken = [each for each in found if each.kind is not FileKind.REFUSED]
    if act == Act.ENCRYPT:
        decrypt: set[str] = set()
    elif act == Act.DECRYPT:
        decrypt = {each.path for each in taken}
    else:
        decrypt = {each.path for each in taken if each.kind is FileKind.ENCRYPTED}
    known = file_keys(session, able)
    return Prepared(
        to_decrypt=tuple(each.path for each in taken if each.path in decrypt),
        to_encrypt=(*(each.path for each in taken if each.path not in decrypt), *whole),
        refused=tuple(each for each in found if each.kind is FileKind.REFUSED),
        keys=known,
        key=next((each for each in known.keys if each.id == whom.key), None if whom.key else known.default),
        whom=whom,
        folders=undecided,
    )


def order_of(act: Act, paths: tuple[str, ...], session: Session, key: Key | None, whom: Whom) -> Order:
    """What is to be done with files, as a job; ``key`` counts unless ``whom`` settles which."""
    key_id, name = (key.id, key.alias) if key and not whom.settled else (whom.key, whom.name)
    read_back = act is Act.ENCRYPT and session.workplace.settings.read_back
    return Order(
        act,
        paths,
        session.vault_id,
        key_id,
        name,
        read_back=read_back,
        to=whom.to,
        note=whom.note,
        age=whom.age,
    )


def _measured(session: Session, path: str) -> FolderFound:
    found = measured(session, path)
    return FolderFound(path, found.files, found.size)


def refused_job(act: Act, refused: Sequence[Recognised]) -> Job:
    """A job that ended before it began: why these files cannot be taken."""
    items = tuple(Item(each.path, None, "failed", each.error or SignetError()) for each in refused)
    return Job(0, Order(act, tuple(each.path for each in refused)), JobState.FAILED, items=items)


def inspect(path: str, session: Session | None) -> Inspected | AgeInspection:
    """Read a header; raises as `inspect_file`."""
    if is_age_file(path):
        return inspect_age(path, session=session)
    inspection, openers = inspect_with_names(session, path)
    return Inspected(inspection, openers, named=session is not None)


def remember(workplace: Workplace, **chosen: str | bool) -> None:
    """Keep some settings, by their names, from now on; raises SettingsInvalid, DiskFull, FolderReadOnly."""
    settings = replace(read_settings(workplace.places.settings), **chosen)  # type: ignore[arg-type]
    write_settings(workplace.places.settings, settings)
    workplace.settings = settings


def remember_default(workplace: Workplace, alias: str) -> str:
    """Make a key the one that the Files page encrypts with, and return its name; raises as `remember`."""
    remember(workplace, default_key=alias)
    return alias
