"""The operations under test, as they run in the process that is killed.

Each is a generator: up to its ``yield`` it prepares (imports, unlocking), so that a kill after that hits the
operation itself. What it reports with ``say`` happened for good and has to be there afterwards.
"""

from __future__ import annotations

import shutil
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from crash.stage import AGE_KEY, DATA_KEY, OTHER_KEY, RELEASED, SIGNING_KEY, SPARE, Stage
from signet.keys.spec import KeySpec
from signet.services.age_encrypt import encrypt_age
from signet.services.age_recipients import For
from signet.services.backup import write_backup
from signet.services.creation import create_vault
from signet.services.enrolment import NewRecoveryCode, NewToken
from signet.services.exporting import export_key
from signet.services.files_decrypt import decrypt_files
from signet.services.files_encrypt import encrypt_files
from signet.services.files_items import Item
from signet.services.files_reencrypt import re_encrypt_files
from signet.services.keys import create_key
from signet.services.lost import lose_card
from signet.services.master import rotate_master
from signet.services.methods import add_method, remove_method
from signet.services.opening import open_vault
from signet.services.presenting import Selection
from signet.services.renewal import begin_renewal, finish_renewal
from signet.services.restore import restore_backup
from signet.services.session import Session
from signet.services.signing import sign_files
from signet.store.output import Output
from support.archives import unpack

Say = Callable[[str], None]
Operation = Callable[[Stage, Say], Iterator[None]]

MADE_KEYS = 6
_SPECS = (KeySpec.SYMMETRIC_DEFAULT, KeySpec.ECC_NIST_P256, KeySpec.ECC_NIST_EDWARDS25519)


def _opened(stack: ExitStack, stage: Stage, *, administer: bool = False) -> Session:
    workplace = stack.enter_context(stage.workplace())
    return stack.enter_context(stage.open(workplace, administer=administer))


def _done(items: tuple[Item, ...], say: Say) -> None:
    for item in items:
        if item.error is not None:
            raise item.error
        say(f"output {item.output}")


def unlock(stage: Stage, say: Say) -> Iterator[None]:
    """Open the vault and lock it again."""
    with stage.workplace() as workplace:
        yield
        with stage.open(workplace):
            say("unlocked")


def create(stage: Stage, say: Say) -> Iterator[None]:
    """Make another vault."""
    with stage.workplace() as workplace:
        yield
        create_vault(workplace, str(stage.new_vault), [NewRecoveryCode(str(stage.code_file("new")))])
        say("vault")


def key_create(stage: Stage, say: Say) -> Iterator[None]:
    """Make keys, one after the other."""
    with ExitStack() as stack:
        session = _opened(stack, stage)
        yield
        for number in range(MADE_KEYS):
            key = create_key(session, f"made-{number}", spec=_SPECS[number % len(_SPECS)])
            say(f"key {key.alias}")


def encrypt(stage: Stage, say: Say) -> Iterator[None]:
    """Encrypt every source."""
    with ExitStack() as stack:
        session = _opened(stack, stage)
        yield
        _done(encrypt_files(session, stage.source_paths(), key=DATA_KEY, output=str(stage.out)), say)


def decrypt(stage: Stage, say: Say) -> Iterator[None]:
    """Decrypt every message."""
    with ExitStack() as stack:
        session = _opened(stack, stage)
        yield
        _done(decrypt_files(session, stage.message_paths(), output=str(stage.out)), say)


def encrypt_as_age(stage: Stage, say: Say) -> Iterator[None]:
    """Make an age file of every source."""
    with ExitStack() as stack:
        session = _opened(stack, stage)
        yield
        _done(encrypt_age(session, stage.source_paths(), to=For(keys=(AGE_KEY,)), output=str(stage.out)), say)


def decrypt_age(stage: Stage, say: Say) -> Iterator[None]:
    """Decrypt every age file."""
    with ExitStack() as stack:
        session = _opened(stack, stage)
        yield
        _done(decrypt_files(session, stage.age_paths(), output=str(stage.out)), say)


def re_encrypt(stage: Stage, say: Say) -> Iterator[None]:
    """Re-encrypt every message in its place under another key."""
    with ExitStack() as stack:
        session = _opened(stack, stage)
        yield
        _done(re_encrypt_files(session, stage.message_paths(), key=OTHER_KEY), say)


def sign(stage: Stage, say: Say) -> Iterator[None]:
    """Sign every source."""
    with ExitStack() as stack:
        session = _opened(stack, stage)
        yield
        _done(sign_files(session, stage.source_paths(), key=SIGNING_KEY), say)


def rotate(stage: Stage, say: Say) -> Iterator[None]:
    """Give the vault a new master key."""
    with ExitStack() as stack:
        session = _opened(stack, stage, administer=True)
        yield
        rotate_master(session)
        say("rotated")


def add(stage: Stage, say: Say) -> Iterator[None]:
    """Add a third recovery code."""
    with ExitStack() as stack:
        session = _opened(stack, stage, administer=True)
        yield
        add_method(session, NewRecoveryCode(str(stage.code_file("third"))))
        say("added")


def remove(stage: Stage, say: Say) -> Iterator[None]:
    """Remove the second recovery code."""
    with ExitStack() as stack:
        session = _opened(stack, stage, administer=True)
        yield
        remove_method(session, stage.methods["second"])
        say("removed")


def lose_the_card(stage: Stage, say: Say) -> Iterator[None]:
    """Take the card out, whose PIN somebody may know; beside the opener the passphrase stays, and a code is made."""
    with ExitStack() as stack:
        session = _opened(stack, stage, administer=True)
        yield
        lose_card(
            session,
            stage.methods["token"],
            pin_known=True,
            keep=[stage.methods["passphrase"]],
            code_file=str(stage.code_file("third")),
        )
        say("lost")


def renew_the_card(stage: Stage, say: Say) -> Iterator[None]:
    """Let the spare card take the place of the other; begun once more, it goes on where it stopped."""
    with stage.workplace() as workplace:
        yield
        with stage.open(workplace, administer=True) as session:
            if session.header.method(stage.methods["token"]) is None:
                return
            new = begin_renewal(session, stage.methods["token"], NewToken(SPARE))
        say("enrolled")
        selection = Selection(method_id=new.id)
        with open_vault(workplace, str(stage.vault), selection=selection, administer=True) as session:
            finish_renewal(session)
        say("renewed")


def backup(stage: Stage, say: Say) -> Iterator[None]:
    """Write a backup."""
    with ExitStack() as stack:
        session = _opened(stack, stage)
        yield
        write_backup(session, str(stage.out / "vault.tar"))
        say(f"output {stage.out / 'vault.tar'}")


def restore(stage: Stage, say: Say) -> Iterator[None]:
    """Put the older backup in the vault's place."""
    with stage.workplace() as workplace:
        yield
        restore_backup(workplace, str(stage.backup), str(stage.vault), selection=Selection(recovery=True))
        say("restored")


def restore_new(stage: Stage, say: Say) -> Iterator[None]:
    """Make the older backup a vault in a new place, after the vault itself was lost."""
    shutil.rmtree(stage.vault)
    with stage.workplace() as workplace:
        yield
        restore_backup(workplace, str(stage.backup), str(stage.new_vault), selection=Selection(recovery=True))
        say("restored")


def export(stage: Stage, say: Say) -> Iterator[None]:
    """Export a key in the clear."""
    with ExitStack() as stack:
        session = _opened(stack, stage)
        yield
        path = export_key(session, DATA_KEY, str(stage.out / "key.jwk"), plain=True)
        say(f"output {path}")


def _nameless_refused(_output: Output) -> int:
    return -1


def named(operation: Operation) -> Operation:
    """The same, on a file system that has no files without names."""

    def run(stage: Stage, say: Say) -> Iterator[None]:
        Output._open_nameless = _nameless_refused  # type: ignore[assignment,method-assign]
        yield from operation(stage, say)

    return run


def many_keys(prefix: str) -> Operation:
    """Make twenty keys while another process does the same."""

    def run(stage: Stage, say: Say) -> Iterator[None]:
        with ExitStack() as stack:
            session = _opened(stack, stage)
            yield
            for number in range(20):
                key = create_key(session, f"{prefix}-{number}", spec=KeySpec.SYMMETRIC_DEFAULT)
                say(f"key {key.alias}")

    return run


def hold(stage: Stage, say: Say) -> Iterator[None]:
    """Keep the vault open until killed."""
    with ExitStack() as stack:
        _opened(stack, stage)
        yield
        say("held")
        threading.Event().wait()


def migrate(schema: int) -> Operation:
    """Open a vault of an older Signet, which brings it up to date."""

    def run(stage: Stage, say: Say) -> Iterator[None]:
        with tarfile.open(RELEASED / f"schema-{schema}.tar") as archive:
            unpack(archive, stage.folder)
        with stage.workplace(code="old") as workplace:
            yield
            with open_vault(workplace, str(stage.old_vault), selection=Selection(recovery=True)):
                say("migrated")

    return run


OPERATIONS: dict[str, Operation] = {
    "create": create,
    "key-create": key_create,
    "encrypt": encrypt,
    "decrypt": decrypt,
    "encrypt-age": encrypt_as_age,
    "decrypt-age": decrypt_age,
    "rotate-master": rotate,
    "add-method": add,
    "remove-method": remove,
    "lose-card": lose_the_card,
    "renew-card": renew_the_card,
    "re-encrypt": re_encrypt,
    "backup": backup,
    "restore": restore,
    "restore-new": restore_new,
    "export": export,
    "sign": sign,
    "unlock": unlock,
    "migrate": migrate(2),
    "migrate-first": migrate(1),
    "encrypt-named": named(encrypt),
    "decrypt-named": named(decrypt),
    "export-named": named(export),
}

TOGETHER: dict[str, Operation] = {"left-keys": many_keys("left"), "right-keys": many_keys("right"), "hold": hold}
"""What runs beside something else; nobody kills it at random."""
