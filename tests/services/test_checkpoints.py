"""Checkpoints: signed by the card when one is due, within logins that are there anyway; held against the log."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from signet.audit.checkpoint import Head, read_message
from signet.audit.entry import Draft, Outcome
from signet.errors import CheckpointImpossible, CheckpointMissing, FormatUnrecognised, OutputExists, SignatureInvalid
from signet.keys.spec import KeySpec
from signet.services import anchors, keys
from signet.services.anchors import export_checkpoint, read_anchor
from signet.services.attention import Attention, Concern
from signet.services.attention_log import unsigned
from signet.services.audit import check_log, list_entries, verify_log
from signet.services.checkpoints import MOST_ENTRIES, SIGN, Why, due, list_checkpoints, sign_now, sign_with_a_card
from signet.services.opening import open_vault
from signet.services.pinning import PinCheck
from signet.services.presenting import Selection
from signet.services.publishing import write_all
from signet.services.session import Session
from signet.store.output import Output
from support.carded import make_carded_vault
from support.clock import SettableClock
from support.vaults import VaultInTest

HOUR = 3600.0


@pytest.fixture
def vault(tmp_path: Path, clock: SettableClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[VaultInTest]:
    made = make_carded_vault(tmp_path, clock)
    yield made
    made.workplace.close()


def by_card(vault: VaultInTest, *, administer: bool = False, pins: PinCheck = PinCheck.ENFORCE) -> Session:
    return open_vault(vault.workplace, str(vault.path), selection=Selection(), administer=administer, pins=pins)


def note(session: Session, count: int) -> None:
    with session.records.change() as change:
        for number in range(count):
            change.append(Draft("Encrypt", Outcome.DONE, key="k", details={"n": number}))


def signed(session: Session) -> list[int]:
    return [view.checkpoint.sequence for view in list_checkpoints(session)]


def test_a_checkpoint_is_signed_when_an_administrative_entry_a_day_or_a_thousand_entries_came(
    vault: VaultInTest, clock: SettableClock
) -> None:
    with vault.open() as session:
        waiting = due(session)
        assert waiting is not None
        assert (waiting.why, waiting.possible) == (Why.ADMINISTRATION, True)
        assert unsigned(session) == []
        clock.advance(31 * 24 * HOUR)
        assert unsigned(session) == [Attention(Concern.CHECKPOINT_DUE)]
    with by_card(vault) as session:
        first = signed(session)
        last = list_entries(session, 1)[0]
        assert (last.operation, last.details["sequence"], last.changes) == (
            SIGN, first[0], (f"checkpoints/{first[0]}",)
        )  # fmt: skip
        assert due(session) is None
    with by_card(vault) as session:  # nothing but unlocking came since
        assert signed(session) == first
        note(session, MOST_ENTRIES - 3)
        assert due(session) is None
        note(session, 1)
        waiting = due(session)
        assert waiting is not None
        assert waiting.why is Why.ENTRIES
    with by_card(vault) as session:
        second = signed(session)
        assert len(second) == 2
        clock.advance(23 * HOUR)
    with by_card(vault) as session:
        assert signed(session) == second
        clock.advance(2 * HOUR)
        waiting = due(session)
        assert waiting is not None
        assert waiting.why is Why.TIME
    with by_card(vault) as session:
        assert len(signed(session)) == 3
        assert verify_log(session) == ()


def test_what_was_administered_is_signed_before_the_card_is_logged_out(vault: VaultInTest) -> None:
    with by_card(vault, administer=True) as session:
        keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
        assert signed(session) == []
    with vault.open() as session:
        (view,) = list_checkpoints(session)
        made = list_entries(session, operation="CreateKey")[0].sequence
        assert (view.checkpoint.sequence, view.label, view.known) == (made, "card (for trying out)", True)
        assert due(session) is None


def test_nobody_is_asked_for_a_pin_only_to_sign_and_no_other_way_in_can(vault: VaultInTest) -> None:
    with vault.open(administer=True) as session:
        with pytest.raises(CheckpointImpossible):
            sign_now(session)
        with pytest.raises(CheckpointMissing):
            export_checkpoint(session, str(vault.path.parent / "anchor"))
        # Who wants it now puts the card in, whatever opened the vault; then its PIN is asked for.
        asked = len(vault.prompt.asked)
        assert [sign_with_a_card(session).sequence] == signed(session)
        assert len(vault.prompt.asked) == asked + 1
        assert due(session) is None
    with by_card(vault, administer=True) as session:
        asked = len(vault.prompt.asked)
        assert sign_now(session).sequence == list_entries(session, operation=SIGN)[0].details["sequence"]
        assert len(vault.prompt.asked) == asked


def test_an_exported_checkpoint_is_verified_by_ssh_keygen_and_finds_what_was_put_back(
    vault: VaultInTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with by_card(vault) as session:
        pass
    older = tmp_path / "older.signet"
    shutil.copytree(vault.path, older)
    with by_card(vault) as session:
        keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
    with by_card(vault) as session:
        anchor = tmp_path / "anchor.json"
        exported = export_checkpoint(session, str(anchor))
        with pytest.raises(OutputExists):
            export_checkpoint(session, str(anchor))
        # Both files or none: here somebody else takes the second name while the first is being written.
        taken = tmp_path / "taken.json"

        def meanwhile(output: Output, data: bytes) -> None:
            taken.touch()
            write_all(output, data)

        monkeypatch.setattr(anchors, "write_all", meanwhile)
        with pytest.raises(OutputExists):
            export_checkpoint(session, str(taken))
        assert [path.name for path in tmp_path.glob("taken*")] == [taken.name]
        assert check_log(session, anchor=read_anchor(str(anchor))).problems == ()
    signers = tmp_path / "signers"
    signers.write_text(exported.signer + "\n")
    command = [
        "ssh-keygen",
        "-Y",
        "verify",
        "-f",
        str(signers),
        "-I",
        "signet",
        "-n",
        "audit@signet",
        "-s",
        f"{anchor}.sig",
    ]
    checked = subprocess.run(command, input=anchor.read_bytes(), capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert json.loads(anchor.read_text())["vault_id"] == vault.created.vault_id
    # The whole folder as it was before, on a computer without pins: only the anchor shows it.
    shutil.rmtree(vault.path)
    older.rename(vault.path)
    vault.forget_pins()
    with vault.open() as session:
        assert verify_log(session) == ()
        (problem,) = check_log(session, anchor=read_anchor(str(anchor))).problems
        assert problem.place.endswith(str(exported.checkpoint.sequence))
        assert "put back" in problem.what
    changed = anchor.read_text().replace('"epoch":1', '"epoch":2')
    anchor.write_text(changed)
    with pytest.raises(SignatureInvalid):
        read_anchor(str(anchor))
    anchor.write_text("{}")
    with pytest.raises(FormatUnrecognised):
        read_anchor(str(anchor))


def test_a_foreign_anchor_is_told_from_one_of_this_vault(vault: VaultInTest, tmp_path: Path) -> None:
    message = Head("another", 1, bytes(32), 1, "2026-11-22T12:00:00Z").message()
    own = Head(vault.created.vault_id, 1, bytes(32), 1, "2026-11-22T12:00:00Z").message()
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "key"], check=True)
    with by_card(vault) as session:
        for name, content, expected in (("other", message, "another vault"), ("own", own, "does not know")):
            path = tmp_path / name
            path.write_bytes(content)
            subprocess.run(
                ["ssh-keygen", "-q", "-Y", "sign", "-f", tmp_path / "key", "-n", "audit@signet", path],
                check=True, capture_output=True,
            )  # fmt: skip
            problems = check_log(session, anchor=read_anchor(str(path))).problems
            assert expected in problems[0].what
            assert len(problems) == (1 if name == "other" else 2)


GOOD = {"epoch": 1, "hash": "00" * 32, "sequence": 1, "time": "2026-11-22T12:00:00Z", "vault_id": "v"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"a":1}',
        "x" * 2000,
        json.dumps(GOOD),
        *(
            json.dumps({**GOOD, name: value}, separators=(",", ":"))
            for name, value in (
                ("hash", "00"),
                ("epoch", True),
                ("sequence", 0),
                ("time", "yesterday"),
                ("vault_id", 1),
            )
        ),
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    assert read_message(json.dumps(GOOD, separators=(",", ":")).encode()).sequence == 1
    with pytest.raises(ValueError, match=r"[a-z]"):
        read_message(text.encode())
