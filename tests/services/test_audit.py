"""The audit log listed, verified and exported."""

from __future__ import annotations

import csv
import io
import json
import stat
from pathlib import Path

import pytest

from signet.audit.chain import entry_hash
from signet.audit.entry import Draft, Outcome
from signet.errors import KeyNotFound, KeyStateRefused, OutputExists
from signet.keys.spec import KeySpec
from signet.services import audit, catalogue, files, keys
from signet.services.key_uses import Uses, key_uses
from signet.services.session import Session

AES = KeySpec.SYMMETRIC_DEFAULT


def note(session: Session, operation: str, outcome: Outcome = Outcome.DONE, **details: str) -> int:
    with session.records.change() as change:
        return change.append(Draft(operation, outcome, details=details))


def tamper(session: Session, statement: str) -> None:
    """Change a row behind Signet's back, as someone with the database key could."""
    with session.database.transaction() as cursor:
        cursor.execute(statement)


def exported(session: Session, path: Path) -> list[dict[str, object]]:
    audit.export_log(session, str(path))
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


def test_entries_are_listed_newest_first_by_key_and_by_operation(session: Session) -> None:
    made = keys.create_key(session, "papers", spec=AES)
    keys.disable_key(session, "papers")
    assert [entry.operation for entry in audit.list_entries(session, 2)] == ["DisableKey", "CreateKey"]
    assert [entry.key for entry in audit.list_entries(session, key="papers")] == [made.id, made.id]
    assert [entry.key for entry in audit.list_entries(session, operation="CreateKey")] == [made.id]
    sequences = [entry.sequence for entry in audit.list_entries(session)]
    assert sequences == list(range(len(sequences), 0, -1))
    with pytest.raises(KeyNotFound):
        audit.list_entries(session, key="nobody")


def test_the_log_can_be_read_in_pages_from_the_newest_on(session: Session) -> None:
    keys.create_key(session, "papers", spec=AES)
    whole = audit.list_entries(session)
    pages = [audit.list_entries(session, 2)]
    while pages[-1]:
        pages.append(audit.list_entries(session, 2, before=pages[-1][-1].sequence))
    assert tuple(entry for page in pages for entry in page) == whole


def test_uses_of_a_key_are_those_that_were_allowed(session: Session, tmp_path: Path) -> None:
    used, unused = (keys.create_key(session, name, spec=AES) for name in ("papers", "photos"))
    source = tmp_path / "letter.txt"
    source.write_bytes(b"Dear")
    files.encrypt_files(session, [str(source)], key="papers")
    done = audit.list_entries(session, 1)[0]
    keys.disable_key(session, "papers")
    with pytest.raises(KeyStateRefused):
        files.encrypt_files(session, [str(source)], key="papers")
    assert key_uses(session) == {used.id: Uses(uses=1, wraps=1, last_used=done.time)}
    assert unused.id not in key_uses(session)
    assert catalogue.count_files(session) == {used.id: 1}


def test_an_untouched_log_verifies_and_the_check_is_recorded(session: Session) -> None:
    keys.create_key(session, "papers", spec=AES)
    assert audit.verify_log(session) == ()
    assert audit.list_entries(session, 1)[0].operation == "VerifyAuditLog"
    assert audit.verify_log(session) == ()


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("UPDATE audit SET outcome = 'done' WHERE outcome = 'refused'", "audit entry {refused}"),
        ("DELETE FROM audit WHERE sequence = {refused}", "audit entry {refused}"),
        ("UPDATE keys SET state = 'Enabled'", "keys/"),
        ("DELETE FROM aliases", "aliases/papers"),
        ("UPDATE audit_head SET count = count - 1", "audit head"),
        ("DELETE FROM audit WHERE sequence = (SELECT max(sequence) FROM audit)", "audit entry {last}"),
    ],
)
def test_every_kind_of_tampering_is_found_with_its_place(session: Session, statement: str, place: str) -> None:
    keys.create_key(session, "papers", spec=AES)
    refused = note(session, "EnableKey", Outcome.REFUSED)
    keys.disable_key(session, "papers")
    numbers = {"refused": refused, "last": refused + 1}
    tamper(session, statement.format(**numbers))
    problems = audit.verify_log(session)
    assert [problem for problem in problems if problem.place.startswith(place.format(**numbers))]
    assert audit.verify_log(session), "a second look finds it too"


def test_json_lines_have_cloudtrails_shape(session: Session, tmp_path: Path) -> None:
    made = keys.create_key(session, "papers", spec=AES)
    records = exported(session, tmp_path / "log.json")
    entries = audit.list_entries(session)[::-1]
    assert len(records) == len(entries) - 1, "the export's own entry comes after it"
    entry, record = next(
        (entry, record) for entry, record in zip(entries, records, strict=False) if entry.operation == "CreateKey"
    )
    assert record["eventVersion"] == "1.11"
    assert record["eventSource"] == "signet"
    assert record["eventTime"] == entry.time
    assert record["eventName"] == "CreateKey"
    assert record["eventID"] == f"{session.vault_id}/{entry.sequence}"
    assert record["userIdentity"] == {
        "type": "UnlockMethod",
        "principalId": session.method.id,
        "userName": entry.actor.user,
    }
    assert record["requestParameters"] == dict(entry.details)
    assert record["responseElements"] is None
    assert record["resources"] == [{"ARN": f"signet:key/{made.id}", "type": "SYMMETRIC_DEFAULT"}]
    assert "errorCode" not in record


def test_the_chain_can_be_followed_in_the_export(session: Session, tmp_path: Path) -> None:
    keys.create_key(session, "papers", spec=AES)
    records = exported(session, tmp_path / "log.json")
    chain = [record["additionalEventData"] for record in records]
    previous = "00" * 32
    for link, entry in zip(chain, audit.list_entries(session)[::-1], strict=False):
        assert isinstance(link, dict)
        assert link["previous"] == previous
        assert link["hash"] == entry_hash(entry).hex()
        assert (link["sequence"], link["epoch"], link["mac"]) == (entry.sequence, 1, entry.mac.hex())
        previous = str(link["hash"])


@pytest.mark.parametrize(
    ("outcome", "details", "code"),
    [
        (Outcome.REFUSED, {"error": "KeyStateRefused"}, "KeyStateRefused"),
        (Outcome.REFUSED, {}, "AccessDenied"),
        (Outcome.FAILED, {}, "Failed"),
        (Outcome.CANCELLED, {}, "Cancelled"),
    ],
)
def test_what_did_not_happen_has_an_error_code(
    session: Session, tmp_path: Path, outcome: Outcome, details: dict[str, str], code: str
) -> None:
    note(session, "Encrypt", outcome, **details)
    assert exported(session, tmp_path / "log.json")[-1]["errorCode"] == code


def test_the_export_is_private_recorded_and_never_over_something(session: Session, tmp_path: Path) -> None:
    out = tmp_path / "log.json"
    assert audit.export_log(session, str(out)) == str(out)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    entry = audit.list_entries(session, 1)[0]
    assert (entry.operation, entry.outcome, entry.details["format"]) == ("ExportAuditLog", Outcome.DONE, "json")
    before = out.read_bytes()
    with pytest.raises(OutputExists):
        audit.export_log(session, str(out), "csv")
    assert out.read_bytes() == before
    assert audit.list_entries(session, 1)[0].outcome is Outcome.FAILED


def test_a_log_of_many_pages_is_exported_whole(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "PAGE", 3)
    with session.records.change() as change:
        for number in range(20):
            change.append(Draft("Encrypt", Outcome.DONE, details={"number": number}))
    total = len(audit.list_entries(session))
    records = exported(session, tmp_path / "log.json")
    assert [str(record["eventID"]).rpartition("/")[2] for record in records] == [str(n) for n in range(1, total + 1)]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_cell_of_the_csv_begins_a_formula(session: Session, tmp_path: Path, start: str) -> None:
    formula = start + 'cmd|" /C calc"!A0'
    with session.records.change() as change:
        change.append(Draft(formula, Outcome.DONE))
    audit.export_log(session, str(tmp_path / "log.csv"), "csv")
    text = (tmp_path / "log.csv").read_bytes().decode("utf-8")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == list(audit.CSV_COLUMNS)
    assert rows[-1][2] == "'" + formula
    assert not [cell for row in rows for cell in row if cell.startswith(audit.FORMULA_STARTS)]


def test_names_that_are_no_unicode_do_not_stop_the_export(session: Session, tmp_path: Path) -> None:
    with session.records.change() as change:
        change.append(Draft("Encrypt", Outcome.DONE, details={"source": "\udcff"}))
    audit.export_log(session, str(tmp_path / "log.csv"), "csv")
    assert exported(session, tmp_path / "log.json")[-2]["requestParameters"] == {"source": "\udcff"}
