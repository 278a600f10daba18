"""Age files by way of the vault: written, opened, logged, refused; the age program reads and writes the same."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from signet.audit.entry import Outcome
from signet.crypto import age_recipients
from signet.crypto.age_recipients import X25519Identity
from signet.errors import (
    Cancelled,
    CiphertextInvalid,
    ConfirmationMissing,
    FileSecretIncorrect,
    FormatUnrecognised,
    KeyNotHere,
    KeyStateRefused,
    KeyUsageRefused,
    OutputExists,
    PluginFailed,
    SecretTooWeak,
    SignetError,
    UsageError,
)
from signet.keys.policy import Policy
from signet.keys.spec import KeySpec
from signet.keys.state import KeyState, Operation
from signet.secret import Secret
from signet.services import keys
from signet.services.age_encrypt import encrypt_age
from signet.services.age_opening import read_identities
from signet.services.age_recipients import For, find
from signet.services.audit import list_entries
from signet.services.catalogue import list_files, message_at
from signet.services.files import Item, decrypt_files
from signet.services.policies import limits_of
from signet.services.prompt import SecretKind
from signet.services.recognition import FileKind, recognise
from signet.services.session import Session
from support.clock import SettableClock
from support.files import NOON, set_state
from support.vaults import VaultInTest, make_vault

PASSPHRASE = "correct horse battery"
SIZES = [0, 1, 65535, 65536, 65537, 200_000]
DEAR = b"age-encryption.org/v1\n-> scrypt bBjlhJVYZeE4aqUdmtRHfw 30\n%b\n--- %b\n" % (b"A" * 43, b"A" * 43)
PLUGIN = """#!{python}
import base64, sys
def read():
    line = sys.stdin.readline()
    if not line:
        return None
    words, text = line.split()[1:], ""
    while True:
        more = sys.stdin.readline().rstrip("\\n")
        text += more
        if len(more) < 64:
            return words, base64.b64decode(text + "=" * (-len(text) % 4))
def write(*words, body=b""):
    text = base64.b64encode(body).decode().rstrip("=")
    lines = [text[at : at + 64] for at in range(0, len(text) + 1, 64)]
    print("-> " + " ".join(words), *lines, sep="\\n", flush=True)
def ask(*words, body=b""):
    write(*words, body=body)
    return read()
mode, got = sys.argv[1].partition("=")[2], []
while (stanza := read()) is not None and stanza[0][0] != "done":
    got.append(stanza)
ask("msg", body=b"hello from " + mode.encode())
if mode == "identity-v1":
    answer = ask("request-secret", body=b"PIN?")
    if answer[1] != b"{secret}":
        ask("error", "internal", body=b"wrong PIN")
        got = []
for words, body in got:
    if words[0] == "wrap-file-key":
        ask("recipient-stanza", "0", "test", body=body)
    elif words[0] == "recipient-stanza" and words[2] == "test":
        ask("file-key", words[1], body=body)
write("done")
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VaultInTest]:
    made = make_vault(tmp_path_factory.mktemp("age"), SettableClock(NOON))
    yield made
    made.workplace.close()


@pytest.fixture(scope="module")
def session(made: VaultInTest) -> Iterator[Session]:
    with made.open() as session:
        keys.create_key(session, "letters", spec=KeySpec.X25519)
        keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
        yield session


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch, made: VaultInTest) -> None:
    monkeypatch.setattr(age_recipients.PassphraseRecipient.__init__, "__kwdefaults__", {"work_factor": 10})
    made.prompt.answers.update({SecretKind.FILE_PASSPHRASE: PASSPHRASE, SecretKind.NEW_FILE_PASSPHRASE: PASSPHRASE})
    made.prompt.yes = True
    made.prompt.notes.clear()
    made.prompt.asked.clear()


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """An identity file of age-keygen and its recipient."""
    path = tmp_path_factory.mktemp("identity") / "key"
    made = subprocess.run(["age-keygen", "-o", path], check=True, capture_output=True, text=True, timeout=60)
    return path, made.stderr.split()[-1]


def age(*words: str | Path, data: bytes = b"") -> bytes:
    done = subprocess.run(["age", *map(str, words)], input=data, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def write(folder: Path, name: str, content: bytes = b"secret") -> str:
    (folder / name).write_bytes(content)
    return str(folder / name)


def done(items: tuple[Item, ...]) -> list[str]:
    assert [item.error for item in items] == [None] * len(items)
    return [item.output or "" for item in items]


def error_of(items: tuple[Item, ...]) -> SignetError | None:
    assert [item.status for item in items] == ["failed"]
    return items[0].error


def recipient_of(session: Session, name: str = "letters") -> str:
    from signet.services.age_recipients import find

    return str(find(session, For(keys=(name,))).recipients[0])


@pytest.mark.parametrize("armor", [False, True])
def test_age_opens_what_is_for_it_and_the_vault_what_age_makes(
    session: Session, identity: tuple[Path, str], tmp_path: Path, armor: bool
) -> None:
    path, public = identity
    plain = {f"file-{size}": os.urandom(size) for size in SIZES}
    sources = [write(tmp_path, name, content) for name, content in plain.items()]
    made = done(encrypt_age(session, sources, to=For((public,), ("letters",)), armor=armor, verify=True))
    assert made == [f"{source}.age" for source in sources]
    for content, output in zip(plain.values(), made, strict=True):
        assert Path(output).read_bytes().startswith(b"-----BEGIN AGE" if armor else b"age-encryption.org/v1\n")
        assert age("-d", "-i", path, output) == content
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    for name, content in plain.items():
        encrypted = age(*(["-a"] if armor else []), "-r", recipient_of(session), "-r", public, data=content)
        write(theirs, name, encrypted)
    opened = done(decrypt_files(session, [str(theirs / name) for name in plain]))
    assert [Path(each).read_bytes() for each in opened] == list(plain.values())
    assert opened[0] == str(theirs / "file-0.decrypted")


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_ssh_keys_both_ways(session: Session, made: VaultInTest, tmp_path: Path, kind: str) -> None:
    key, bits = tmp_path / "id", ["-b", "2048"] if kind == "rsa" else []
    subprocess.run(["ssh-keygen", "-q", "-t", kind, *bits, "-N", "", "-f", key], check=True, timeout=120)
    source = write(tmp_path, "plain")
    line = (tmp_path / "id.pub").read_text()
    (ours,) = done(encrypt_age(session, [source], to=For((line,))))
    assert "You cannot open the results yourself" in made.prompt.notes[-1]
    assert age("-d", "-i", key, ours) == b"secret"
    theirs = write(tmp_path, "theirs.age", age("-R", tmp_path / "id.pub", data=b"from age"))
    assert isinstance(error_of(decrypt_files(session, [theirs])), KeyNotHere)
    if kind == "ed25519":
        subprocess.run(["ssh-keygen", "-q", "-p", "-N", PASSPHRASE, "-f", key], check=True, timeout=60)
    identities = read_identities(made.prompt, str(key))
    (opened,) = done(decrypt_files(session, [theirs], identities=identities))
    assert Path(opened).read_bytes() == b"from age"
    again = tmp_path / "again"
    done(decrypt_files(session, [ours], identities=identities, output=str(again)))
    assert (again / "plain").read_bytes() == b"secret"


def test_a_passphrase_is_asked_for_once_a_batch_and_again_where_another_fits(
    session: Session, made: VaultInTest, tmp_path: Path
) -> None:
    sources = [write(tmp_path, f"file-{number}") for number in range(3)]
    outputs = done(encrypt_age(session, sources[:2], to=For(passphrase=True), verify=True))
    made.prompt.answers[SecretKind.NEW_FILE_PASSPHRASE] = "another passphrase"
    outputs += done(encrypt_age(session, sources[2:], to=For(passphrase=True)))
    made.prompt.asked.clear()
    made.prompt.series[SecretKind.FILE_PASSPHRASE] = [PASSPHRASE, "another passphrase"]
    done(decrypt_files(session, outputs, output=str(tmp_path / "opened")))
    assert [request.what for request in made.prompt.asked] == [
        "passphrase of “file-0.age”",
        "passphrase of “file-2.age”",
    ]
    made.prompt.series[SecretKind.FILE_PASSPHRASE] = ["wrong passphrase"]
    assert isinstance(error_of(decrypt_files(session, outputs[:1], overwrite=True)), FileSecretIncorrect)
    made.prompt.answers[SecretKind.NEW_FILE_PASSPHRASE] = "short"
    with pytest.raises(SecretTooWeak):
        encrypt_age(session, sources, to=For(passphrase=True), overwrite=True)


def test_a_folder_comes_back_and_a_foreign_archive_stays_one(
    session: Session, made: VaultInTest, identity: tuple[Path, str], tmp_path: Path
) -> None:
    folder = tmp_path / "Photos"
    (folder / "2025").mkdir(parents=True)
    write(folder / "2025", "sea", b"waves")
    (output,) = done(encrypt_age(session, [str(folder)], to=For(keys=("letters",))))
    assert output == f"{folder}.tar.age"
    (opened,) = done(decrypt_files(session, [output], output=str(tmp_path / "back")))
    assert (Path(opened) / "2025" / "sea").read_bytes() == b"waves"
    (archive,) = done(decrypt_files(session, [output], archive=True))
    assert archive == f"{folder}.tar"
    (folder / "link").symlink_to("2025")
    tar = subprocess.run(["tar", "-C", tmp_path, "-c", "Photos"], capture_output=True, check=True, timeout=60).stdout
    foreign = write(tmp_path, "foreign.tar.age", age("-r", recipient_of(session), data=tar))
    (opened,) = done(decrypt_files(session, [foreign]))
    assert opened == str(tmp_path / "foreign.tar")
    assert Path(opened).read_bytes() == tar
    assert any("not laid out" in note for note in made.prompt.notes)
    assert not list(tmp_path.glob(".signet-*"))


def test_the_log_and_the_catalogue_know_files_under_the_vaults_keys(session: Session, tmp_path: Path) -> None:
    source = write(tmp_path, "letter")
    (output,) = done(encrypt_age(session, [source], to=For(keys=("letters",))))
    key = next(each for each in keys.list_keys(session) if each.alias == "letters")
    entry = list_entries(session, operation=str(Operation.ENCRYPT))[0]
    assert (entry.outcome, entry.key, entry.details["format"], entry.details["to"]) == (
        Outcome.DONE,
        key.id,
        "age",
        [key.id],
    )
    (known,) = [each for each in list_files(session, "letters") if each.path == output]
    assert known.message_id == (message_at(output) or b"").hex() == entry.details["message-id"]
    moved = str(tmp_path / "moved.age")
    Path(output).rename(moved)
    keys.create_key(session, "other", spec=KeySpec.X25519)
    done(decrypt_files(session, [moved]))
    assert [each.path for each in list_files(session, "letters") if each.message_id == known.message_id] == [moved]
    entries = list_entries(session, operation=str(Operation.DECRYPT))
    ends = {(each.key, each.outcome) for each in entries[:4]}
    assert (key.id, Outcome.DONE) in ends
    assert not any(each.outcome is Outcome.FAILED and each.key == key.id for each in entries[:2])
    set_state(session, key, KeyState.ARCHIVED)
    done(decrypt_files(session, [moved], overwrite=True))
    set_state(session, key, KeyState.ENABLED)
    set_state(session, key, KeyState.DISABLED)
    try:
        with pytest.raises(KeyNotHere, match="letters”"):
            raise error_of(decrypt_files(session, [moved], overwrite=True)) or AssertionError
        with pytest.raises(KeyStateRefused):
            encrypt_age(session, [source], to=For(keys=("letters",)))
    finally:
        set_state(session, key, KeyState.ENABLED)
    with pytest.raises(KeyUsageRefused):
        encrypt_age(session, [source], to=For(keys=("papers",)))


@pytest.mark.parametrize(
    "wanted",
    [
        For(),
        For(("age1" + "q" * 58,)),
        For(("AGE-SECRET-KEY-1" + "Q" * 58,)),
        For(("ecdsa-sha2-nistp256 AAAA",)),
        For(("somebody",)),
        For(("/dev/null/nothing",), passphrase=True),
    ],
)
def test_what_is_nobody_is_wrong_usage(session: Session, tmp_path: Path, wanted: For) -> None:
    source = write(tmp_path, "letter")
    with pytest.raises(UsageError) as caught:
        encrypt_age(session, [source], to=wanted)
    assert "AGE-SECRET-KEY-1QQQQ" not in caught.value.message
    assert [each.name for each in tmp_path.glob("letter*")] == ["letter"]


def test_a_file_that_is_called_as_a_recipient_takes_nobodys_place(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meant, other = (str(X25519Identity.generate().recipient) for _ in range(2))
    (tmp_path / meant).write_text(other)
    monkeypatch.chdir(tmp_path)
    assert [str(each) for each in find(session, For((meant,))).recipients] == [meant]
    assert [str(each) for each in find(session, For((f"./{meant}",))).recipients] == [other]


def test_limits_count_the_files_that_a_key_could_open_and_no_others(session: Session, tmp_path: Path) -> None:
    keys.create_key(session, "limited", spec=KeySpec.X25519, policy=Policy(most_uses=3))
    stranger = str(X25519Identity.generate().recipient)
    sources = [write(tmp_path, name) for name in ("one", "two", "three", "four")]
    messages = [str(item.output) for item in encrypt_age(session, sources[:2], to=For(keys=("limited",)))]
    locked = tmp_path / "no header.age"
    locked.write_bytes(DEAR)
    output = str(tmp_path / "out")
    items = decrypt_files(session, [*messages, *messages, str(locked), *sources[2:]], output=output)
    assert [item.status for item in items[:4]] == ["done", "done", "skipped", "skipped"]
    assert limits_of(session, "limited")[1].uses == 2
    (foreign,) = encrypt_age(session, sources[2:3], to=For((stranger,)))
    (item,) = decrypt_files(session, [str(foreign.output)], output=output)
    assert type(item.error) is KeyNotHere
    assert limits_of(session, "limited")[1].uses == 2


def test_changed_and_cut_files_leave_nothing_behind(session: Session, tmp_path: Path) -> None:
    source = write(tmp_path, "letter", os.urandom(70_000))
    (output,) = done(encrypt_age(session, [source], to=For(keys=("letters",))))
    good = Path(output).read_bytes()
    Path(source).unlink()
    bad = {
        "last byte": good[:-1] + bytes([good[-1] ^ 1]),
        "cut": good[:-1],
        "a chunk": good[:-4480],
        "more": good + b"\0",
        "header": good.replace(b"--- ", b"--- A", 1),
        "version": good.replace(b"/v1", b"/v2", 1),
        "dear": b"age-encryption.org/v1\n-> scrypt bBjlhJVYZeE4aqUdmtRHfw 30\n"
        + b"A" * 43
        + b"\n--- "
        + b"A" * 43
        + b"\n",
    }
    paths = [write(tmp_path, name, content) for name, content in bad.items()]
    for path in paths:
        assert recognise(path).kind is FileKind.ENCRYPTED
    items = decrypt_files(session, paths, output=str(tmp_path / "out"))
    assert [type(item.error) for item in items] == [CiphertextInvalid] * 4 + [FormatUnrecognised] * 3
    assert os.listdir(tmp_path / "out") == []
    done(decrypt_files(session, [output]))
    assert isinstance(error_of(decrypt_files(session, [output])), OutputExists)
    assert isinstance(error_of(encrypt_age(session, [source], to=For(keys=("letters",)))), OutputExists)
    items = encrypt_age(session, [source], to=For(keys=("letters",)), overwrite=True, cancelled=lambda: True)
    assert isinstance(error_of(items), Cancelled)
    assert Path(output).read_bytes() == good


def test_a_plugin_runs_only_once_the_person_agreed(
    session: Session, made: VaultInTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipient, secret = "age1test1qypqxpqhuqytu", "AGE-PLUGIN-TEST-1PG9SCRG4YANY9"
    source = write(tmp_path, "letter")
    with pytest.raises(PluginFailed, match="age-plugin-test"):
        encrypt_age(session, [source], to=For((recipient,)))
    program = tmp_path / "bin" / "age-plugin-test"
    program.parent.mkdir()
    program.write_text(PLUGIN.replace("{python}", sys.executable).replace("{secret}", PASSPHRASE))
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    made.prompt.yes = False
    with pytest.raises(ConfirmationMissing):
        encrypt_age(session, [source], to=For((recipient,)))
    made.prompt.yes = True
    with pytest.raises(UsageError):
        encrypt_age(session, [source], to=For((recipient,)), verify=True)
    (output,) = done(encrypt_age(session, [source], to=For((recipient,), ("letters",)), armor=True))
    assert str(program) in " ".join(made.prompt.facts[-1])
    assert "age-plugin-test: hello from recipient-v1" in made.prompt.notes
    (opened,) = done(decrypt_files(session, [output], output=str(tmp_path / "by-key")))
    assert Path(opened).read_bytes() == b"secret"
    (alone,) = done(encrypt_age(session, [source], to=For((recipient,)), output=str(tmp_path / "alone")))
    identities = read_identities(made.prompt, write(tmp_path, "identity", f"# mine\n{secret}\n".encode()))
    (opened,) = done(decrypt_files(session, [alone], identities=identities))
    assert Path(opened).read_bytes() == b"secret"
    made.prompt.answers[SecretKind.FILE_PASSPHRASE] = "wrong"
    failed = decrypt_files(session, [alone], identities=identities, overwrite=True)
    assert isinstance(error_of(failed), PluginFailed)
    assert Path(opened).read_bytes() == b"secret"


def test_an_identity_file_may_be_locked_by_a_passphrase(made: VaultInTest, session: Session, tmp_path: Path) -> None:
    one = X25519Identity.generate()
    with Secret(one._private.private_bytes_raw()) as raw:
        from signet.formats import bech32

        text = bech32.encode("age-secret-key-", bytes(raw.reveal())).upper()
    source = write(tmp_path, "identity.txt", f"# created\n\n{text}\n".encode())
    (locked,) = done(encrypt_age(session, [source], to=For(passphrase=True), armor=True))
    letter = write(tmp_path, "letter.age", age("-r", str(one.recipient), data=b"hello"))
    (opened,) = done(decrypt_files(session, [letter], identities=read_identities(made.prompt, locked)))
    assert Path(opened).read_bytes() == b"hello"
    for bad in (b"", b"nothing\n", b"\xff\n"):
        with pytest.raises(SignetError):
            read_identities(made.prompt, write(tmp_path, "bad", bad))
