"""`unlock-method lost` and `renew`, and `key rotate`: the whole story of a card in a script, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from signet.cli.call import Call
from signet.cli.lost import asked
from signet.errors import ConfirmationMissing, UsageError
from signet.services.prompt import SecretKind
from support.carded import CARD, PASSPHRASE, PIN, SPARE, make_carded_vault
from support.clock import SettableClock
from support.command_line import Result, call
from support.vaults import VaultInTest

LABEL = f"{CARD} (for trying out)"


@dataclass
class Script:
    """Runs commands on a vault with a card, a code and a passphrase."""

    vault: VaultInTest
    folder: Path

    def secret(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text + "\n")
        return path

    def __call__(self, *arguments: object) -> Result:
        return call(*arguments, "--vault", self.vault.path, places=self.vault.workplace.places)

    def json(self, *arguments: object) -> Any:
        told = self(*arguments, "--json")
        assert told.status == 0, told.err
        return told.json

    @property
    def recovery(self) -> tuple[object, ...]:
        return ("--recovery", "--pin-file", self.folder / "code")

    def ways(self) -> dict[str, str]:
        return {item["label"]: item["id"] for item in self.json("unlock-method", "list", *self.recovery)["items"]}


@pytest.fixture
def script(tmp_path: Path, clock: SettableClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    vault = make_carded_vault(tmp_path / "ann", clock)
    made = Script(vault, tmp_path)
    made.secret("code", vault.prompt.answers[SecretKind.RECOVERY_CODE].strip())
    made.secret("pin", PIN)
    made.secret("words", PASSPHRASE)
    yield made
    vault.workplace.close()


def test_a_lost_card_with_its_pin_from_beginning_to_end(script: Script, tmp_path: Path) -> None:
    ways, letter = script.ways(), tmp_path / "letter.txt"
    letter.write_text("what is to be kept")
    script.json("key", "create", "my-files", *script.recovery)
    script.json("encrypt", letter, "--key", "my-files", *script.recovery)
    told = script.json(
        "unlock-method",
        "lost",
        ways[LABEL],
        "--pin-known",
        "--keep",
        ways["Passphrase"],
        "--token-pin-file",
        tmp_path / "words",
        "--recovery-code-file",
        tmp_path / "new",
        "--yes",
        *script.recovery,
    )
    assert told["removed"] == [LABEL]
    assert told["rotated"] == ["my-files"]
    assert told["answer"] == "yes"
    assert told["ways"] == ["Recovery code", "Passphrase", "Recovery code"]
    assert told["old_backups"] == []
    assert told["recovery_code_file"] == str(tmp_path / "new")
    info = script.json("vault", "info")
    assert info["fingerprint"] == told["fingerprint"]
    seen = script.json("files", "list", *script.recovery)["items"]
    assert [(item["version"]) for item in seen] == [2]
    (tmp_path / "code").write_text((tmp_path / "new").read_text())
    assert script("key", "rotate", "--exposed", *script.recovery).out == "No key is left that has to be rotated.\n"
    assert script.json("key", "rotate", "my-files", *script.recovery)["version"] == 3
    assert script.json("vault", "verify", *script.recovery)["problems"] == []


def test_a_lost_card_alone_leaves_the_other_ways_in(script: Script, tmp_path: Path) -> None:
    # A second key of the same card is a way in too: it goes with the card, and that is said before.
    first, pin = script.ways()[LABEL], tmp_path / "pin"
    second = script.json("token", "make-key", LABEL, "--pin-file", pin)["id"]
    key = ("--token-key", second, "--new-pin-file", pin)
    assert script("unlock-method", "add-token", LABEL, *key, *script.recovery).status == 0
    told = script("unlock-method", "lost", first, "--pin-secret", *script.recovery)
    assert (told.status, f"“{LABEL}” is on the same card" in told.err) == (1, True)
    guards = [script.ways()[name] for name in (LABEL, "Recovery code")]
    named = [word for guard in guards for word in ("--guard", guard)]
    script.json("key", "create", "diary", "--protection", "guarded", *named, *script.recovery)
    script.json("key", "remove-guard", "diary", guards[1], "--yes", *script.recovery)
    lost = ("unlock-method", "lost", script.ways()[LABEL], "--pin-secret", "--yes", *script.recovery)
    refused = script(*lost, "--json")  # --yes gives no key up
    assert (refused.status, refused.error["type"]) == (1, "LastGuard")
    assert "--typed" in refused.error["hint"]
    assert script(*lost, "--typed", "Diary").status == 1
    told = script(*lost, "--typed", "diary")
    assert told.status == 0
    assert "The key “diary” opened with the card alone and is gone." in told.out
    assert f"Removed: {LABEL}, {LABEL}." in told.out
    assert "cannot be revoked" in told.out
    assert "Ways in now: Recovery code, Passphrase." in told.out
    assert list(script.ways()) == ["Recovery code", "Passphrase"]


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        ((), 2, "--pin-known or --pin-secret"),
        (("--pin-known",), 2, "--recovery-code-file"),
        (("--pin-secret", "--keep", "x"), 2, "go with --pin-known"),
        (("--pin-known", "--token-pin-file", __file__), 2, "Name with --keep"),
        (("--pin-secret",), 1, "confirm"),
    ],
)
def test_what_is_not_said_is_asked_for_and_nothing_changes(
    script: Script, options: tuple[str, ...], status: int, words: str
) -> None:
    before = script.vault.header
    told = script("unlock-method", "lost", before.methods[1].id, *options, *script.recovery)
    assert told.status == status
    assert words in told.err
    assert script.vault.header == before


def test_a_new_card_takes_the_place_of_the_old_one_and_can_be_given_up(script: Script, tmp_path: Path) -> None:
    old, pins = script.ways()[LABEL], ("--new-pin-file", tmp_path / "pin")
    assert script("unlock-method", "renew", old).status == 2
    assert script.json("unlock-method", "renew", "--give-up", *script.recovery) == {"given_up": None}
    # Nobody agrees to take the old one out: the new one stays enrolled, and what is left is remembered.
    assert script("unlock-method", "renew", old, SPARE, *pins, *script.recovery).status == 1
    assert SPARE in script.ways()
    assert script.json("unlock-method", "renew", "--give-up", *script.recovery)["given_up"] == old
    script.json("unlock-method", "remove", script.ways()[SPARE], "--yes", *script.recovery)
    again = ("--token-pin-file", tmp_path / "pin", "--yes")
    assert script("unlock-method", "renew", old, SPARE, "--files-to", "x", "--leave-files").status == 2
    on_card = ("--spec", "ECC_NIST_P256", "--usage", "ENCRYPT_DECRYPT", "--token", LABEL, "--yes")
    for words in (
        ("key", "create", "papers"),
        ("key", "create", "card-files", *on_card, "--token-pin-file", tmp_path / "pin"),
        ("encrypt", script.secret("letter", "dear"), "--key", "card-files"),
        ("key", "disable", "papers"),
        ("key", "create", "archive"),
    ):
        script.json(*words, *script.recovery)
    old_pin = ("--old-pin-file", tmp_path / "pin")
    told = script.json("unlock-method", "renew", old, SPARE, *pins, *again, *old_pin, *script.recovery)
    assert told["label"] == SPARE
    assert told["removed"] == [LABEL]
    assert told["files_moved"] == [str(tmp_path / "letter.esdk")]
    assert told["files_left"] == []
    (known,) = script.json("files", "list", "--key", "archive", *script.recovery)["items"]
    assert known["path"] == str(tmp_path / "letter.esdk")
    assert list(script.ways()) == ["Recovery code", "Passphrase", SPARE]


class Person:
    """Somebody at a terminal who says yes or no."""

    is_terminal = True

    def __init__(self, *, yes: bool, assume_yes: bool = False) -> None:
        self.yes = yes
        self.assume_yes = assume_yes

    def confirm(self, question: str) -> None:
        if not self.yes:
            raise ConfirmationMissing(question=question)


@pytest.mark.parametrize("yes", [True, False])
def test_at_a_terminal_the_question_of_the_pin_is_asked(yes: bool) -> None:
    at_a_terminal = cast("Call", SimpleNamespace(prompt=Person(yes=yes)))
    assert asked(at_a_terminal, None) is yes
    assert asked(at_a_terminal, not yes) is not yes


def test_yes_to_everything_says_nothing_about_the_pin() -> None:
    call = cast("Call", SimpleNamespace(prompt=Person(yes=True, assume_yes=True)))
    with pytest.raises(UsageError, match="--pin-secret"):
        asked(call, None)
