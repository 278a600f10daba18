"""The queue of jobs: order, limits, pause, cancel, retry, and what each act comes to. Real vault, real files."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from signet.errors import Cancelled, KeyStateRefused, OutputExists, SignatureInvalid, SourceUnsupported
from signet.keys.model import Key
from signet.keys.spec import KeySpec
from signet.keys.state import KeyState
from signet.services import jobs as queue
from signet.services import keys
from signet.services.audit import list_entries
from signet.services.files import inspect_file
from signet.services.files_batch import PARALLEL
from signet.services.job import Act, Job, JobState, Order
from signet.services.jobs import Jobs
from signet.services.session import Session
from signet.services.verdicts import Verdict
from signet.tokens.waiting import Wait, WaitFor
from support.files import leftovers, set_state

BIG = 24 << 20


@pytest.fixture
def key(session: Session) -> Key:
    return keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)


@pytest.fixture
def signer(session: Session) -> Key:
    return keys.create_key(session, "pen", spec=KeySpec.ECC_NIST_P256)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "letters"
    made.mkdir()
    return made


def write(folder: Path, name: str, content: bytes = b"secret") -> str:
    (folder / name).write_bytes(content)
    return str(folder / name)


def order(session: Session, act: Act, *paths: str, key: Key | None = None) -> Order:
    return Order(act, paths, session.vault_id, key.id if key else "", key.alias if key else "")


def run(jobs: Jobs, session: Session | None, wanted: Order, **more: object) -> Job:
    added = jobs.add(wanted)
    taken = jobs.next(vault_id=session.vault_id if session else "")
    assert taken is not None
    assert taken.id == added.id
    assert taken.state is JobState.RUNNING
    return jobs.run(taken.id, session)


class Started:
    """A job that runs in a thread and stands at its first report, after the first file."""

    def __init__(self, jobs: Jobs, session: Session, wanted: Order, *, paused: bool = False) -> None:
        self.jobs = jobs
        self.id = jobs.add(wanted).id
        jobs.next(vault_id=session.vault_id)
        if paused:
            jobs.pause_all()
        self.reported = threading.Event()
        self.may_go = threading.Event()
        self.given_up = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(session,), daemon=True)
        self.thread.start()

    def _run(self, session: Session) -> None:
        self.jobs.run(self.id, session, progress=self._report, cancelled=self.given_up.is_set)

    def _report(self, *_: int) -> None:
        self.reported.set()
        self.may_go.wait(60)

    def ended(self) -> Job:
        self.may_go.set()
        self.thread.join(60)
        assert not self.thread.is_alive()
        return self.jobs.job(self.id)


def test_encrypt_then_decrypt_gives_the_file_back(session: Session, key: Key, folder: Path) -> None:
    path = write(folder, "letter.txt", b"dear me")
    jobs = Jobs()
    encrypted = run(jobs, session, order(session, Act.ENCRYPT, path, key=key))
    assert encrypted.state is JobState.DONE
    assert encrypted.items[0].output == path + ".esdk"
    assert inspect_file(path + ".esdk").recipients[0].key_id == key.id
    os.rename(path, path + ".before")
    decrypted = run(jobs, session, order(session, Act.DECRYPT, path + ".esdk"))
    assert decrypted.state is JobState.DONE
    assert (folder / "letter.txt").read_bytes() == b"dear me"
    assert not jobs.busy


def test_sign_then_verify_with_and_without_a_vault(session: Session, signer: Key, folder: Path) -> None:
    path = write(folder, "lease.txt")
    jobs = Jobs()
    signed = run(jobs, session, order(session, Act.SIGN, path, key=signer))
    assert signed.items[0].output == path + ".sig"
    checked = run(jobs, session, Order(Act.VERIFY, (path,)))
    assert checked.checks[0].verification is not None
    assert checked.checks[0].verification.verdict is Verdict.VALID
    before = len(list_entries(session))
    assert checked.recorded
    alone = run(jobs, None, Order(Act.VERIFY, (path,), signatures=(path + ".sig",)))
    assert alone.checks[0].verification is not None
    assert alone.checks[0].verification.verdict is Verdict.VALID_UNTRUSTED
    assert len(list_entries(session)) == before
    assert not alone.recorded


def test_a_job_with_a_failed_file_is_failed_and_keeps_every_item(session: Session, key: Key, folder: Path) -> None:
    good, there = write(folder, "a.txt"), write(folder, "b.txt")
    write(folder, "b.txt.esdk", b"in the way")
    (folder / "link").symlink_to(good)
    ended = run(Jobs(), session, order(session, Act.ENCRYPT, good, there, str(folder / "link"), key=key))
    assert ended.state is JobState.FAILED
    assert [item.status for item in ended.items] == ["done", "failed", "failed"]
    assert isinstance(ended.items[1].error, OutputExists)
    assert isinstance(ended.items[2].error, SourceUnsupported)
    assert ended.error is None


def test_what_stops_the_whole_batch_is_the_jobs_error(session: Session, key: Key, folder: Path) -> None:
    set_state(session, key, KeyState.DISABLED)
    ended = run(Jobs(), session, order(session, Act.ENCRYPT, write(folder, "a.txt"), key=key))
    assert ended.state is JobState.FAILED
    assert isinstance(ended.error, KeyStateRefused)
    assert ended.items == ()


def test_a_missing_signature_file_and_a_foreign_file_are_checks_of_their_own(folder: Path) -> None:
    unsigned = write(folder, "a.txt")
    ended = run(Jobs(), None, Order(Act.VERIFY, (unsigned, str(folder / "none.txt"))))
    assert ended.state is JobState.FAILED
    assert ended.checks[0].verification is not None
    assert ended.checks[0].verification.verdict is Verdict.UNSIGNED
    assert ended.checks[1].verification is None
    assert not isinstance(ended.checks[1].error, SignatureInvalid)


def test_no_more_than_the_limit_run_side_by_side_in_their_order(session: Session, folder: Path) -> None:
    jobs = Jobs()
    added = [jobs.add(order(session, Act.DECRYPT, str(folder / str(number)))) for number in range(PARALLEL + 1)]
    taken = [jobs.next(vault_id=session.vault_id) for _ in range(PARALLEL)]
    assert [job.id for job in taken if job] == [job.id for job in added[:PARALLEL]]
    assert jobs.next(vault_id=session.vault_id) is None
    jobs.run(added[0].id, session)
    last = jobs.next(vault_id=session.vault_id)
    assert last is not None
    assert last.id == added[-1].id


def test_a_job_waits_for_its_own_vault_but_verifying_needs_none(session: Session, key: Key, folder: Path) -> None:
    jobs = Jobs()
    jobs.add(order(session, Act.ENCRYPT, write(folder, "a.txt"), key=key))
    assert jobs.next() is None
    assert jobs.next(vault_id="another") is None
    free = jobs.add(Order(Act.VERIFY, (str(folder / "a.txt"),)))
    taken = jobs.next()
    assert taken is not None
    assert taken.id == free.id
    assert jobs.busy


def test_cancelling_a_waiting_job_ends_it_at_once(session: Session, key: Key, folder: Path) -> None:
    jobs = Jobs()
    job = jobs.add(order(session, Act.ENCRYPT, write(folder, "a.txt"), key=key))
    assert jobs.cancel(job.id).state is JobState.CANCELLED
    assert jobs.next(vault_id=session.vault_id) is None
    assert not jobs.busy


def test_cancelling_a_running_job_keeps_what_is_done_and_nothing_half_done(
    session: Session, key: Key, folder: Path
) -> None:
    jobs = Jobs()
    paths = [write(folder, name) for name in ("a", "b", "c")]
    started = Started(jobs, session, order(session, Act.ENCRYPT, *paths, key=key))
    assert started.reported.wait(60)
    jobs.cancel(started.id)
    ended = started.ended()
    assert ended.state is JobState.CANCELLED
    assert [item.status for item in ended.items] == ["done", "failed", "failed"]
    assert isinstance(ended.items[1].error, Cancelled)
    assert sorted(path.name for path in folder.iterdir()) == ["a", "a.esdk", "b", "c"]
    assert not leftovers(folder)
    assert jobs.cancel(started.id) == ended


@pytest.mark.parametrize("by", ["cancel", "outer"])
def test_a_paused_job_can_be_cancelled(session: Session, key: Key, folder: Path, by: str) -> None:
    jobs = Jobs()
    started = Started(jobs, session, order(session, Act.ENCRYPT, write(folder, "a"), key=key), paused=True)
    assert not started.reported.wait(0.2)
    assert jobs.job(started.id).state is JobState.PAUSED
    if by == "outer":
        started.given_up.set()
    else:
        jobs.cancel(started.id)
    assert started.ended().state is JobState.CANCELLED
    assert [path.name for path in folder.iterdir()] == ["a"]


def test_a_paused_job_stands_still_and_goes_on(session: Session, key: Key, folder: Path) -> None:
    jobs = Jobs()
    started = Started(jobs, session, order(session, Act.ENCRYPT, write(folder, "a"), key=key), paused=True)
    waiting = jobs.add(order(session, Act.ENCRYPT, write(folder, "b"), key=key))
    assert not started.reported.wait(0.3)
    assert jobs.held
    assert jobs.next(vault_id=session.vault_id) is None
    assert not (folder / "a.esdk").exists()
    jobs.resume_all()
    assert started.ended().state is JobState.DONE
    after = jobs.next(vault_id=session.vault_id)
    assert after is not None
    assert after.id == waiting.id


def test_pausing_what_does_not_run_changes_nothing(session: Session, folder: Path) -> None:
    jobs = Jobs()
    job = jobs.add(order(session, Act.DECRYPT, str(folder / "x")))
    assert jobs.pause(job.id) == job
    assert jobs.resume(job.id) == job


def test_a_job_that_is_cancelled_waits_for_no_card(
    session: Session, key: Key, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs, wait = Jobs(), Wait("card", WaitFor.TOUCH, 19.0)
    seen: list[bool] = []

    def work(job: Job, session: Session, *_: object) -> Job:
        seen.append(session.workplace._waits(wait))
        jobs.pause(job.id)
        seen.append(session.workplace._waits(wait))
        jobs.cancel(job.id)
        seen.append(session.workplace._waits(wait))
        raise Cancelled

    monkeypatch.setattr(queue, "_on_files", work)
    ended = run(jobs, session, order(session, Act.ENCRYPT, write(folder, "a"), key=key))
    assert (ended.state, seen) == (JobState.CANCELLED, [False, False, True])
    assert not session.workplace._waits(wait)


def test_retry_takes_the_named_files_with_a_change(session: Session, key: Key, folder: Path) -> None:
    jobs = Jobs()
    good, there = write(folder, "a.txt"), write(folder, "b.txt")
    write(folder, "b.txt.esdk", b"in the way")
    ended = run(jobs, session, order(session, Act.ENCRYPT, good, there, key=key))
    again = jobs.retry(ended.id, [there], lambda before: replace(before, overwrite=True))
    assert again.order.paths == (there,)
    taken = jobs.next(vault_id=session.vault_id)
    assert taken is not None
    assert jobs.run(taken.id, session).state is JobState.DONE
    assert inspect_file(there + ".esdk").recipients[0].key_id == key.id


def test_retry_keeps_each_files_own_signature() -> None:
    jobs = Jobs()
    job = jobs.add(Order(Act.VERIFY, ("a", "b"), signatures=(None, "b.other")))
    assert jobs.retry(job.id, ["b"]).order.signatures == ("b.other",)


def test_progress_is_thinned_out_and_ends_whole(session: Session, key: Key, folder: Path) -> None:
    jobs, seen = Jobs(), []
    job = jobs.add(order(session, Act.ENCRYPT, write(folder, "big", bytes(BIG)), key=key))
    jobs.next(vault_id=session.vault_id)
    begun = time.monotonic()
    ended = jobs.run(job.id, session, progress=lambda done, total: seen.append((done, total)))
    taken = time.monotonic() - begun
    assert seen[-1] == (BIG, BIG)
    assert (ended.done, ended.total) == (BIG, BIG)
    assert len(seen) <= taken / queue.REPORT_SECONDS + 3
    assert seen == sorted(seen)


def test_a_bug_is_raised_and_leaves_no_job_running(session: Session, folder: Path) -> None:
    jobs = Jobs()
    job = jobs.add(order(session, Act.DECRYPT, write(folder, "a.txt")))
    jobs.next(vault_id=session.vault_id)
    with pytest.raises(ValueError, match="open vault"):
        jobs.run(job.id, None)
    assert jobs.job(job.id).state is JobState.FAILED
    assert not jobs.busy


def test_only_a_job_that_has_ended_can_be_forgotten(session: Session, folder: Path) -> None:
    jobs = Jobs()
    job = jobs.add(order(session, Act.DECRYPT, str(folder / "x")))
    with pytest.raises(ValueError, match="not ended"):
        jobs.forget(job.id)
    jobs.cancel_all()
    jobs.forget(job.id)
    assert jobs.all() == ()
