"""The command line with a person in front of it: a real pseudo-terminal, nothing pretended."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from support.command_line import PASSPHRASE, TOKEN, OpenVault, Signet

PATIENCE = 60.0
ALTERNATE = re.compile(r"\x1b\[\?1049h.*?\x1b\[\?1049l", re.DOTALL)
"""What was on the alternate screen, and has gone with it."""
SHOWN_CODE = re.compile(r"(?:[0-9A-Z]{4}-){8}[0-9A-Z]{4}")


class Person:
    """Reads what a command shows and types answers."""

    def __init__(self, *arguments: object, program: Sequence[str] = (sys.executable, "-m", "signet")) -> None:
        self.seen = ""
        self._at = 0
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            # Whoever runs the tests in the background has it ignored, and what is ignored stays so.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.execv(program[0], [*program, *map(str, arguments)])  # noqa: S606

    def wait_for(self, text: str) -> None:
        """Read until ``text`` was shown after what was waited for before."""
        end = time.monotonic() + PATIENCE
        while (place := self.seen.find(text, self._at)) < 0:
            assert self._read(end), f"{text!r} never came:\n{self.seen}"
        self._at = place + len(text)

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def give_up(self, key: str) -> None:
        """Press Ctrl-C or Ctrl-D once the process waits for an answer.

        An interrupt between the question and the read that waits for its answer is seen by Python only after that
        read (signal: Execution of Python signal handlers); a person would press again.
        """
        self.until_it_waits()
        self.type(key)

    def until_it_waits(self) -> None:
        asleep, end = 0, time.monotonic() + PATIENCE
        while asleep < 5:
            assert time.monotonic() < end, "it never waited"
            state = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]
            asleep = asleep + 1 if state == "S" else 0
            time.sleep(0.01)

    def finish(self) -> int:
        """Read to the end and return the exit status."""
        end = time.monotonic() + PATIENCE
        while self._read(end):
            pass
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def _read(self, end: float) -> bool:
        ready, _, _ = select.select([self._terminal], [], [], max(0.0, end - time.monotonic()))
        assert ready, f"nothing more came:\n{self.seen}"
        try:
            data = os.read(self._terminal, 4096)
        except OSError:  # Linux says so when the other side has closed
            return False
        self.seen += data.decode("utf-8", "replace")
        return bool(data)

    def leave(self) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._terminal)


@pytest.fixture
def people() -> Iterator[list[Person]]:
    present: list[Person] = []
    yield present
    for person in present:
        person.leave()


def test_a_vault_is_made_by_answering(signet: Signet, people: list[Person], tmp_path: Path) -> None:
    person = Person("vault", "create", tmp_path / "mine", "--passphrase")
    people.append(person)
    person.wait_for("New passphrase: ")
    person.type(PASSPHRASE + "\n")
    person.wait_for("The same again: ")
    person.type(PASSPHRASE + "\n")
    person.wait_for("Press Enter")
    (code,) = SHOWN_CODE.findall(person.seen)
    person.type("\n")
    person.wait_for("\x1b[")
    person.wait_for("Recovery code: ")
    person.type("0000-" + code[5:] + "\n")
    person.wait_for("Press Enter")
    person.type("\n")
    person.wait_for("Recovery code: ")
    person.type(code.lower().replace("-", " ") + "\n")
    assert person.finish() == 0, person.seen
    assert PASSPHRASE not in person.seen
    (tmp_path / "code").write_text(code + "\n")
    opening = ("--recovery", "--pin-file", tmp_path / "code")
    assert signet("key", "list", "--vault", tmp_path / "mine", *opening).status == 0


def test_a_key_is_destroyed_by_typing_its_name(vault: OpenVault, people: list[Person]) -> None:
    vault.json("key", "create", "papers")
    vault.json("key", "schedule-deletion", "papers", "--yes")
    due = "import signet.services.deletion as it; it.is_due = lambda *_: True; "
    start = "import sys; from signet.__main__ import main; sys.exit(main())"
    program = (sys.executable, "-c", due + start)
    for typed, status in (("paper\n", 1), ("papers\n", 0)):
        person = Person("key", "destroy", "papers", "--vault", vault.path, *vault.opening, program=program)
        people.append(person)
        person.wait_for("would be gone for good.")
        person.wait_for("Type its name to destroy it: ")
        person.type(typed)
        assert person.finish() == status, person.seen
    assert vault.json("key", "list")["items"] == []


def test_two_different_passphrases_make_nothing(people: list[Person], tmp_path: Path) -> None:
    person = Person("vault", "create", tmp_path / "mine", "--passphrase")
    people.append(person)
    person.wait_for("New passphrase: ")
    person.type(PASSPHRASE + "\n")
    person.wait_for("The same again: ")
    person.type("something else\n")
    assert person.finish() == 2
    assert list(tmp_path.glob("mine*")) == []


def test_the_passphrase_is_asked_for_and_not_shown(vault: OpenVault, people: list[Person]) -> None:
    person = Person("key", "list", "--vault", vault.path)
    people.append(person)
    person.wait_for("Passphrase of the vault: ")
    person.type(PASSPHRASE + "\n")
    assert person.finish() == 0, person.seen
    assert PASSPHRASE not in person.seen


def test_a_wrong_passphrase_is_said_in_words(vault: OpenVault, people: list[Person]) -> None:
    person = Person("key", "list", "--vault", vault.path)
    people.append(person)
    person.wait_for("Passphrase of the vault: ")
    person.type("not the passphrase\n")
    assert person.finish() == 3
    assert "The passphrase does not open this vault." in person.seen
    assert "Traceback" not in person.seen


def shares_of(vault: OpenVault, folder: Path) -> tuple[str, list[str]]:
    """Add 2 of 3 recovery shares; return the way in's id and the sheets."""
    added = vault.json("unlock-method", "add-recovery-shares", 2, 3, folder)
    return added["id"], [Path(file).read_text().strip() for file in added["files"]]


def test_shares_are_typed_one_after_the_other_and_leave_the_screen(
    vault: OpenVault, people: list[Person], tmp_path: Path
) -> None:
    way, sheets = shares_of(vault, tmp_path / "shares")
    _, others = shares_of(vault, tmp_path / "others")
    person = Person("key", "list", "--vault", vault.path, "--unlock-method", way)
    people.append(person)
    words = sheets[2].split()
    for typed, place, answer in (
        (" ".join([words[1], words[0], *words[2:]]), 1, "its checksum does not fit"),
        (" ".join(words[:32]) + "\n", 1, "it has 32 words"),
        ("nonsense " + " ".join(words[1:]), 1, "word 1 is not one that a share can have"),
        (others[0], 1, "belongs to another set"),
        (" ".join(word[:4] for word in words).upper(), 1, ""),
        (sheets[2], 2, "was given already"),
        ("\n".join([" ".join(sheets[0].split()[:10]), " ".join(sheets[0].split()[10:])]), 2, ""),
    ):
        person.wait_for(f"Recovery share ({place} of 2): ")
        person.type(typed + "\n")
        person.wait_for("\x1b[")
        person.wait_for(answer)
    assert person.finish() == 0, person.seen
    assert "Traceback" not in person.seen
    assert_nothing_stays(person, sheets)


def assert_nothing_stays(person: Person, sheets: Sequence[str]) -> None:
    """The usual screen is back, and no word of a sheet but those of sentences was ever on it."""
    stays = ALTERNATE.sub("", person.seen)
    assert "\x1b[?1049" not in stays
    assert "Recovery share (" not in stays
    for sheet in sheets:
        assert len(set(sheet.split()) & set(re.findall("[a-z]+", stays))) < 5, stays


def in_shell(tmp_path: Path, *words: object) -> Person:
    """Run a command in a shell that then says what was left for it to read."""
    script = tmp_path / "run"
    command = " ".join(f'"{word}"' for word in (sys.executable, "-m", "signet", *words))
    script.write_text(f'{command}\necho "STATUS $?"\nread -r -t 1 LEFT\necho "LEFT [$LEFT]"\n')
    return Person(program=["/bin/bash", str(script)])


@pytest.mark.parametrize("pause", [0.0, 0.05], ids=["at-once", "in-pieces"])
@pytest.mark.parametrize("complete", [True, False])
def test_pasted_shares_leave_the_screen_and_reach_no_shell(
    vault: OpenVault, people: list[Person], tmp_path: Path, pause: float, complete: bool
) -> None:
    way, sheets = shares_of(vault, tmp_path / "shares")
    person = in_shell(tmp_path, "key", "list", "--vault", vault.path, "--unlock-method", way)
    people.append(person)
    person.wait_for("Recovery share (1 of 2): ")
    for sheet in sheets:
        person.type(sheet + "\n")
        time.sleep(pause)
    person.wait_for("Recovery share (2 of 2): ")
    person.type("".join(sheet + "\n" for sheet in sheets[1:]) if complete else "\n" + sheets[1] + "\n")
    person.wait_for("STATUS 0" if complete else "STATUS 130")
    assert person.finish() == 0
    assert "LEFT []" in person.seen
    assert_nothing_stays(person, sheets)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_takes_a_half_typed_share_off_the_screen(
    vault: OpenVault, people: list[Person], tmp_path: Path, number: signal.Signals, status: int
) -> None:
    way, sheets = shares_of(vault, tmp_path / "shares")
    person = Person("key", "list", "--vault", vault.path, "--unlock-method", way)
    people.append(person)
    person.wait_for("Recovery share (1 of 2): ")
    person.type(" ".join(sheets[0].split()[:20]) + "\n")
    person.wait_for("(20 of 33 words; Enter alone ends it) ")
    person.until_it_waits()
    os.kill(person.pid, number)
    assert person.finish() == status, person.seen
    assert_nothing_stays(person, sheets)


def test_what_was_typed_before_a_question_does_not_answer_it(vault: OpenVault, people: list[Person]) -> None:
    way = vault.json("unlock-method", "list")["items"][0]["id"]
    person = Person("unlock-method", "remove", way, "--vault", vault.path, *vault.opening)
    people.append(person)
    person.type("y\ny\ny\n")
    person.wait_for("Remove it? [y/N] ")
    person.type("n\nn\n")
    assert person.finish() == 1, person.seen
    assert "Cancelled, as you did not say yes." in person.seen


@pytest.mark.parametrize("spoken", ["", "--json", "--quiet", "2>err"])
@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("n", 1)])
def test_what_is_accepted_is_shown_where_the_question_is(
    vault: OpenVault, people: list[Person], tmp_path: Path, spoken: str, answer: str, status: int
) -> None:
    shutil.copytree(vault.path, tmp_path / "older")
    vault.json("key", "create", "papers")
    shutil.rmtree(vault.path)
    shutil.copytree(tmp_path / "older", vault.path)
    words = " ".join(f'"{word}"' for word in (sys.executable, "-m", "signet", "vault", "accept", *vault.opening))
    (tmp_path / "run").write_text(f'cd "{tmp_path}"\n{words} --vault "{vault.path}" {spoken}\n')
    person = Person(program=["/bin/sh", str(tmp_path / "run")])
    people.append(person)
    person.wait_for("Accept the vault as it is now? [y/N] ")
    before = person.seen.split("Accept the vault")[0].splitlines()
    person.type(answer + "\n")
    assert person.finish() == status, person.seen
    assert len(before) == 1
    assert before[0].startswith("The log had ")
    noted = (tmp_path / "err").read_text() if spoken == "2>err" else person.seen
    if spoken == "--json":
        assert json.dumps(before[0]) in noted.split('"notes"')[1]
    elif spoken == "2>err":
        assert before[0] in noted


def test_giving_up_between_two_shares(vault: OpenVault, people: list[Person], tmp_path: Path) -> None:
    way, sheets = shares_of(vault, tmp_path / "shares")
    person = Person("key", "list", "--vault", vault.path, "--unlock-method", way)
    people.append(person)
    person.wait_for("Recovery share (1 of 2): ")
    person.type(sheets[0] + "\n")
    person.wait_for("Recovery share (2 of 2): ")
    person.type("\n")
    assert person.finish() == 130


def test_a_share_mistyped_too_often_ends_it(vault: OpenVault, people: list[Person], tmp_path: Path) -> None:
    way, _ = shares_of(vault, tmp_path / "shares")
    person = Person("key", "list", "--vault", vault.path, "--unlock-method", way)
    people.append(person)
    for _ in range(5):
        person.wait_for("Recovery share (1 of 2): ")
        person.type("not a share\n\n")
    assert person.finish() == 3
    assert "Traceback" not in person.seen


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_giving_up_at_a_question_ends_with_130(vault: OpenVault, people: list[Person], key: str) -> None:
    person = Person("key", "list", "--vault", vault.path)
    people.append(person)
    person.wait_for("Passphrase of the vault: ")
    person.give_up(key)
    assert person.finish() == 130
    assert "Cancelled." in person.seen
    assert "Traceback" not in person.seen


def test_giving_up_at_the_pin_leaves_the_card_software_quiet(token_vault: OpenVault, people: list[Person]) -> None:
    """The terminal sends Ctrl-C to the child with the card's module too."""
    person = Person("key", "list", "--vault", token_vault.path)
    people.append(person)
    person.wait_for("PIN of “Signet (for trying out)”: ")
    person.give_up("\x03")
    assert person.finish() == 130
    assert "Traceback" not in person.seen
    assert token_vault("key", "list").status == 0


def test_a_software_token_and_its_vault_are_made_by_answering(people: list[Person], tmp_path: Path) -> None:
    person = Person("vault", "create", tmp_path / "mine", "--software-token", "--recovery-code-file", tmp_path / "c")
    people.append(person)
    for question in ("PIN of “Signet (for trying out)”: ", "The same again: "):
        person.wait_for(question)
        person.type("246810\n")
    assert person.finish() == 0, person.seen
    assert "246810" not in person.seen


def test_giving_up_at_a_second_pin_takes_one_ctrl_c(
    token_vault: OpenVault, people: list[Person], tmp_path: Path
) -> None:
    """The question comes when the work has begun, where Ctrl-C otherwise only asks it to stop."""
    token_vault.json("key", "create", "card", "--spec", "ECC_NIST_P256", "--token", TOKEN, "--yes")
    (tmp_path / "a").write_text("a")
    opening = ("--recovery", "--pin-file", token_vault.code_file)
    person = Person("sign", tmp_path / "a", "--key", "card", "--vault", token_vault.path, *opening)
    people.append(person)
    person.wait_for(f"PIN of “{TOKEN}”: ")
    person.give_up("\x03")
    assert person.finish() == 130
    assert not (tmp_path / "a.sig").exists()


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("n", 1), ("", 1)])
def test_a_question_is_answered(vault: OpenVault, people: list[Person], answer: str, status: int) -> None:
    way = vault.json("unlock-method", "list")["items"][0]["id"]
    person = Person("unlock-method", "remove", way, "--vault", vault.path, *vault.opening)
    people.append(person)
    for question in ("Remove it? [y/N] ", "Continue all the same? [y/N] ", "Delete them? [y/N] ")[
        : 3 if answer == "y" else 1
    ]:
        person.wait_for(question)
        person.type(answer + "\n")
    assert person.finish() == status, person.seen
    assert ("Cancelled, as you did not say yes." in person.seen) == (status == 1)
    assert "“Passphrase” (passphrase, added on 20" in person.seen


def test_keys_are_shown_as_a_table(vault: OpenVault, people: list[Person]) -> None:
    vault.json("key", "create", "papers")
    person = Person("key", "list", "--vault", vault.path, *vault.opening)
    people.append(person)
    assert person.finish() == 0
    assert "papers" in person.seen


@pytest.mark.parametrize("command", ["encrypt", "decrypt"])
def test_ctrl_c_during_work_leaves_nothing_behind(
    vault: OpenVault, people: list[Person], tmp_path: Path, command: str
) -> None:
    vault.json("key", "create", "papers")
    source = tmp_path / "big"
    with open(source, "wb") as file:
        file.truncate(3 * 1024**3)
    out = tmp_path / "out"
    if command == "decrypt":
        with open(source, "wb") as file:
            file.truncate(512 * 1024**2)
        vault.json("encrypt", source, "--key", "papers")
        words: tuple[object, ...] = ("decrypt", f"{source}.esdk")
    else:
        words = ("encrypt", source, "--key", "papers")
    person = Person(*words, "--output", out, "--vault", vault.path, *vault.opening)
    people.append(person)
    person.wait_for("rypting")
    person.type("\x03")
    assert person.finish() == 130, person.seen
    assert list(out.iterdir()) == []
    assert "Traceback" not in person.seen


def test_a_secret_is_typed_unseen_and_bytes_never_come_to_the_terminal(
    vault: OpenVault, people: list[Person], tmp_path: Path
) -> None:
    vault.json("key", "create", "papers")
    opening = f'--vault "{vault.path}" {" ".join(vault.opening)}'
    script = tmp_path / "run"
    lines = (
        f"secret encrypt --key papers {opening} >{tmp_path}/typed",
        f"secret decrypt {opening} <{tmp_path}/typed",
        f"random 8 {opening}",
        f"secret encrypt --key papers {opening}",
        f"secret decrypt {opening}",
        f"random 8 {opening} | '{sys.executable}' -m signet secret encrypt --key papers {opening} >{tmp_path}/bytes",
        f"secret decrypt {opening} <{tmp_path}/bytes; echo ended",
    )
    script.write_text("".join(f"'{sys.executable}' -m signet {line}; echo status $?\n" for line in lines))
    person = Person("-c", f". {script}", program=("/bin/sh",))
    people.append(person)
    person.wait_for("The secret (one line, not shown): ")
    person.type("hunter2 \u00e4\n")
    person.wait_for("status 0")
    assert "hunter2" not in person.seen
    person.wait_for("hunter2 \u00e4\r\nstatus 0")
    person.wait_for("no terminal can show")
    person.wait_for("status 2")
    person.wait_for("no terminal can show")
    person.wait_for("status 2")
    person.wait_for("Give the encrypted secret on standard input")
    person.wait_for("status 2")
    person.wait_for("status 0")
    person.wait_for("What is in it is no text")
    assert person.finish() == 0


def test_without_a_terminal_nothing_waits_for_an_answer(vault: OpenVault) -> None:
    """Standard error is a terminal, but not the process's own: nothing could be typed there."""
    master, slave = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "signet", "key", "list", "--vault", str(vault.path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=slave,
            timeout=PATIENCE,
            check=False,
            start_new_session=True,
        )
    finally:
        os.close(slave)
        os.close(master)
    assert done.returncode == 3


@pytest.mark.parametrize("redirected", ["2>/dev/null", "</dev/null", ">/dev/null", "2>/dev/null </dev/null"])
def test_the_question_comes_to_the_terminal_whatever_is_redirected(
    vault: OpenVault, people: list[Person], tmp_path: Path, redirected: str
) -> None:
    script = tmp_path / "run"
    script.write_text(f'"{sys.executable}" -m signet key list --vault "{vault.path}" {redirected}\n')
    person = Person(program=["/bin/sh", str(script)])
    people.append(person)
    person.wait_for("Passphrase of the vault: ")
    person.type(PASSPHRASE + "\n")
    assert person.finish() == 0, person.seen
    assert PASSPHRASE not in person.seen


def test_with_every_stream_redirected_nobody_is_asked(vault: OpenVault, people: list[Person], tmp_path: Path) -> None:
    script = tmp_path / "run"
    script.write_text(
        f'"{sys.executable}" -m signet key list --vault "{vault.path}" </dev/null >"{tmp_path}/out" 2>&1\n'
    )
    person = Person(program=["/bin/sh", str(script)])
    people.append(person)
    assert person.finish() == 3
    assert person.seen == ""
    assert "--pin-file" in (tmp_path / "out").read_text()


def test_what_is_said_after_giving_up_begins_a_line(vault: OpenVault, people: list[Person]) -> None:
    person = Person("key", "list", "--vault", vault.path)
    people.append(person)
    person.wait_for("Passphrase of the vault: ")
    person.type("\x04")
    assert person.finish() == 130
    assert "Passphrase of the vault: \r\nCancelled.\r\n" in person.seen


def test_what_a_new_secret_has_to_be_is_said_before_it_is_typed(people: list[Person], tmp_path: Path) -> None:
    for way, rule, question in (
        ("--passphrase", "At least 8 characters", "New passphrase: "),
        ("--software-token", "4 to 255 characters", f"PIN of “{TOKEN}”: "),
    ):
        person = Person("vault", "create", tmp_path / "mine", way)
        people.append(person)
        person.wait_for(rule)
        person.wait_for(question)
        person.give_up("\x03")
        assert person.finish() == 130


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("n", 1)])
def test_an_unprotected_key_is_asked_about(
    vault: OpenVault, people: list[Person], tmp_path: Path, answer: str, status: int
) -> None:
    vault.json("key", "create", "papers")
    out = tmp_path / "papers.jwk"
    person = Person("key", "export", "papers", out, "--plain", "--vault", vault.path, *vault.opening)
    people.append(person)
    person.wait_for("unprotected")
    person.wait_for("[y/N] ")
    person.type(answer + "\n")
    if status == 0:
        person.wait_for("Why?")
        person.type("for the notary\n")
    assert person.finish() == status
    assert out.exists() == (status == 0)
