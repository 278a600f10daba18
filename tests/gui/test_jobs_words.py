"""What rows say: every failure has a word, a sentence and something to do, and none tells a wrong thing."""

from __future__ import annotations

import pytest

from signet.errors import (
    Cancelled,
    CiphertextInvalid,
    DiskFull,
    FolderReadOnly,
    FormatUnrecognised,
    KeyNotFound,
    KeyNotHere,
    KeyStateRefused,
    OutputExists,
    SignetError,
    SourceChanged,
    SourceNotFound,
    SourceUnsupported,
    TokenRemoved,
    every_error,
)
from signet.gui.pages.jobs_failures import RowAct
from signet.gui.pages.jobs_words import ICONS, VERDICTS, expected_output, in_lines, name_of, results
from signet.services.files_items import Item
from signet.services.job import Act, Checked, Job, JobState, Order
from signet.services.verdicts import SignatureView, Verdict, Verification

A, B = "/home/ann/a.txt", "/home/ann/b.txt"


def job(act: Act, *items: Item, error: SignetError | None = None) -> Job:
    order = Order(act, tuple(item.source for item in items) or (A,), "vault", "id", "my-files")
    return Job(1, order, JobState.FAILED, items=items, error=error)


def failed(error: SignetError, path: str = A) -> Item:
    return Item(path, None, "failed", error)


@pytest.mark.parametrize(
    ("act", "error", "pill", "acts", "said"),
    [
        (Act.ENCRYPT, Cancelled(), "Cancelled", {RowAct.RETRY}, "nothing was left behind"),
        (Act.DECRYPT, CiphertextInvalid(), "Refused", {RowAct.DETAILS}, "Nothing was written"),
        (Act.DECRYPT, KeyNotHere(wanted="x"), "Refused", {RowAct.DETAILS}, "not in this vault"),
        (Act.DECRYPT, FormatUnrecognised(what="x"), "Refused", set(), "left as it is"),
        (
            Act.DECRYPT,
            KeyStateRefused(key="old", state="Disabled", operation="decrypt"),
            "Waiting",
            {RowAct.ENABLE},
            "Needs key old, which is disabled",
        ),
        (
            Act.ENCRYPT,
            KeyStateRefused(key="old", state="Archived", operation="encrypt"),
            "Waiting",
            {RowAct.KEY, RowAct.ENABLE},
            "read only",
        ),
        (
            Act.ENCRYPT,
            KeyStateRefused(key="old", state="PendingDeletion", operation="encrypt"),
            "Waiting",
            {RowAct.KEY},
            "Key old is to be deleted. Keep it",
        ),
        (Act.SIGN, KeyNotFound(name="gone"), "Refused", {RowAct.KEY}, "gone"),
        (Act.ENCRYPT, OutputExists(path=A + ".esdk"), "Waiting", {RowAct.EXISTS}, "a.txt.esdk exists already"),
        (Act.ENCRYPT, FolderReadOnly(path="/home/ann"), "Waiting", {RowAct.FOLDER}, "“ann” cannot be written"),
        (Act.ENCRYPT, FolderReadOnly(path=A), "Refused", {RowAct.RETRY}, "may not read it"),
        (Act.ENCRYPT, DiskFull(path=A), "Waiting", {RowAct.RETRY, RowAct.FOLDER}, "disk is full"),
        (Act.ENCRYPT, SourceNotFound(path=A), "Refused", {RowAct.RETRY}, "not there any more"),
        (Act.ENCRYPT, SourceChanged(path=A), "Refused", {RowAct.RETRY}, "changed by another program"),
        (Act.ENCRYPT, SourceUnsupported(path=A, reason="it is a pipe"), "Refused", set(), "It is a pipe."),
        (Act.SIGN, TokenRemoved(), "Refused", {RowAct.RETRY}, "card"),
    ],
)
def test_a_failure_says_what_happened_and_what_to_do(
    act: Act, error: SignetError, pill: str, acts: set[RowAct], said: str
) -> None:
    (row,) = results(job(act, failed(error)))
    assert (row.pill, set(row.acts)) == (pill, acts)
    assert said in row.sentence


def test_every_error_there_is_has_a_row() -> None:
    for kind in every_error():
        for act in (Act.ENCRYPT, Act.DECRYPT, Act.SIGN):
            filled = kind(**dict.fromkeys(kind.fields(), "word."))
            (row,) = results(job(act, failed(filled)))
            assert row.pill
            assert row.sentence.endswith((".", "?", "!"))
            assert "`" not in row.sentence


def test_what_stopped_the_whole_batch_is_one_row_of_all_files() -> None:
    order = Order(Act.ENCRYPT, (A, B), "vault", "id", "my-files")
    error = KeyStateRefused(key="my-files", state="Disabled", operation="encrypt")
    (row,) = results(Job(1, order, JobState.FAILED, error=error))
    assert row.paths == (A, B)
    assert row.key == "my-files"


def test_many_alike_share_a_row_and_few_have_their_own() -> None:
    items = [failed(OutputExists(path=f"/x/{number}.esdk"), f"/x/{number}") for number in range(5)]
    done = [Item(f"/y/{number}", f"/y/{number}.esdk", "done") for number in range(2)]
    rows = results(job(Act.ENCRYPT, *items, *done, failed(DiskFull(path="/z"), "/z")))
    assert [len(row.paths) for row in rows] == [5, 1, 1, 1]
    assert [row.pill for row in rows] == ["Waiting", "Waiting", "Encrypted", "Encrypted"]
    assert "results exist already" in rows[0].sentence


def test_disabled_keys_are_told_apart() -> None:
    errors = [KeyStateRefused(key=name, state="Disabled", operation="decrypt") for name in ("one", "two")]
    rows = results(job(Act.DECRYPT, *(failed(error, f"/{number}") for number, error in enumerate(errors * 4))))
    assert {row.key for row in rows} == {"one", "two"}


@pytest.mark.parametrize(
    ("act", "pill", "said"),
    [
        (Act.ENCRYPT, "Encrypted", "Encrypted with my-files · The unprotected original is still here"),
        (Act.DECRYPT, "Decrypted", "An unprotected copy · the encrypted file is still here"),
        (Act.SIGN, "Signed", "Signed with my-files · give out along with the file"),
    ],
)
def test_what_went_well_says_what_is_left(act: Act, pill: str, said: str) -> None:
    (row,) = results(job(act, Item(A, "/home/ann/out", "done")))
    acts = (RowAct.TRASH, RowAct.SHOW) if act is Act.ENCRYPT else (RowAct.SHOW,)
    assert (row.pill, row.sentence, row.acts, row.tone) == (pill, said, acts, "ok")


def verdict(kind: Verdict, *, alias: str | None = None, signed: bool = True) -> Checked:
    view = SignatureView(kind, "sentence", alias or "SHA256:x", "SHA256:x", "ssh-ed25519", alias=alias)
    return Checked(A, Verification(A, A + ".sig", kind, "sentence", (view,) if signed else ()))


@pytest.mark.parametrize(
    ("check", "word", "acts"),
    [
        (verdict(Verdict.VALID, alias="pen"), "Valid", {RowAct.DETAILS}),
        (verdict(Verdict.VALID_UNTRUSTED), "Signer not known", {RowAct.TRUST, RowAct.DETAILS}),
        (verdict(Verdict.INVALID), "Not valid", {RowAct.SIGNATURE, RowAct.DETAILS}),
        (verdict(Verdict.UNKNOWN), "Could not be checked", {RowAct.SIGNATURE, RowAct.DETAILS}),
        (verdict(Verdict.UNKNOWN, alias="pen"), "Could not be checked", {RowAct.ENABLE, RowAct.DETAILS}),
        (verdict(Verdict.UNSIGNED, signed=False), "Not signed", {RowAct.SIGNATURE}),
        (Checked(A, error=SourceNotFound(path=A)), "Could not be checked", {RowAct.RETRY}),
        (Checked(A, error=Cancelled()), "Cancelled", {RowAct.RETRY}),
    ],
)
def test_a_verdict_is_a_word_a_sentence_and_a_next_step(check: Checked, word: str, acts: set[RowAct]) -> None:
    (row,) = results(Job(1, Order(Act.VERIFY, (A,)), JobState.DONE, checks=(check,)))
    assert (row.pill, set(row.acts)) == (word, acts)
    assert row.sentence
    assert row.key == ("pen" if RowAct.ENABLE in acts else "")


def test_no_two_verdicts_look_the_same_without_colour() -> None:
    assert set(VERDICTS) == set(Verdict)
    assert len({word for word, _ in VERDICTS.values()}) == len(VERDICTS)
    assert {tone for _, tone in VERDICTS.values()} <= set(ICONS)


def test_names_and_outputs_in_words() -> None:
    assert name_of([A]) == "a.txt"
    assert name_of([A, B, B]) == "a.txt and 2 more"
    assert expected_output(Order(Act.ENCRYPT, (A,))) == "a.txt.esdk"
    assert expected_output(Order(Act.DECRYPT, ("/x/a.txt.esdk",))) == "a.txt"
    assert expected_output(Order(Act.SIGN, (A,), output="/y/b.sig")) == "b.sig"
    assert expected_output(Order(Act.ENCRYPT, (A, B))) == ""
    assert in_lines("abcdefg", 3).split("\n") == ["abc", "def", "g"]
