"""The page Files at work on real files, and what is dropped anywhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from PySide6.QtCore import Qt

from gui.screens.stage import Stage
from signet.crypto.personkeys import read_people_keys
from signet.crypto.software import generate
from signet.gui.pages.files import FilesPage
from signet.gui.pages.files_outside import OutsideForm
from signet.gui.pages.files_trash import TrashQuestion
from signet.gui.pages.jobs_failures import RowAct
from signet.gui.widgets.job_row import JobRow
from signet.gui.widgets.text import restyle
from signet.keys.person import PersonKeyKind, PublicPart
from signet.keys.spec import KeySpec
from signet.services import keys, people
from signet.services.age_encrypt import encrypt_age
from signet.services.age_recipients import For
from signet.services.files import encrypt_files
from signet.services.job import Act
from signet.store.settings import write_settings
from support.pdf import tiny_pdf
from support.person_keys import AGE

BIG = 6 << 30


def page(stage: Stage, *, default_key: str = "family-archive") -> FilesPage:
    """The page, unlocked, with a key that it encrypts with."""
    stage.unlock()
    settings = replace(stage.desk.workplace.settings, default_key=default_key)
    write_settings(stage.desk.workplace.places.settings, settings)
    stage.desk.workplace.settings = settings
    shown = stage.go_to("files")
    assert isinstance(shown, FilesPage)
    stage.desk.note_change()
    stage.idle()
    return shown


def _take(stage: Stage, shown: FilesPage, act: str, *paths: str) -> None:
    shown.take(act, list(paths))
    stage.settle()
    stage.until(lambda: not shown.busy and not stage.tasks.busy)


def _edit(*, give_up: bool = False) -> Callable[[Stage], None]:
    def state(stage: Stage) -> None:
        shown = page(stage)
        shown.edits._opener = lambda _: True
        diary = stage.write("diary 2026.odt")
        encrypt_files(stage.session, [diary], key="family-archive")
        os.rename(diary, diary + ".away")
        shown.edits.begin(diary + ".esdk")
        stage.until(lambda: shown.edits.rows[0].edit is not None and not stage.tasks.busy)
        row = shown.edits.rows[0]
        if give_up:
            row.show_question()

    return state


def _results(stage: Stage) -> FilesPage:
    shown, session = page(stage), stage.session
    keys.create_key(session, "old-notes", spec=KeySpec.SYMMETRIC_DEFAULT)
    passport = stage.write("passport-scan.pdf")
    letter, notes, there = (stage.write(name) for name in ("letter.txt", "old-notes.txt", "lease.pdf"))
    encrypt_files(session, [letter, there], key="family-archive")
    encrypt_files(session, [notes], key="old-notes")
    keys.disable_key(session, "old-notes")
    with open(letter + ".esdk", "r+b") as file:
        file.seek(3000)
        file.write(b"XX")
    _take(stage, shown, Act.ENCRYPT, there)
    os.rename(letter, letter + ".away")
    os.rename(notes, notes + ".away")
    _take(stage, shown, "", notes + ".esdk", letter + ".esdk")
    _take(stage, shown, "", passport)
    os.rename(there, there + ".away")
    _take(stage, shown, "", there + ".esdk")
    return shown


def _many(stage: Stage) -> None:
    shown = _results(stage)
    _take(stage, shown, "", *[stage.write(f"2025-{number:03}.jpg") for number in range(12)])
    _take(stage, shown, "", str(stage.folder / "Letters"))


def _folder(stage: Stage) -> FilesPage:
    shown = page(stage)
    for name in ("letter.txt", "passport-scan.pdf"):
        stage.write(name)
    shown.take("", [str(stage.folder / "Letters")])
    stage.until(lambda: shown.folders.question is not None)
    return shown


def _running(stage: Stage) -> FilesPage:
    shown = _results(stage)
    for name in ("holiday-video.mkv", "archive-2024.img", "archive-2025.img"):
        path = stage.folder / "Letters" / name
        with path.open("wb") as file:
            file.truncate(BIG)
        shown.take("", [str(path)])
    stage.settle(2500)
    return shown


def _cancelled(stage: Stage) -> None:
    shown = _running(stage)
    for row in shown.list.findChildren(JobRow):
        if row.cancel_button.isVisible():
            row.cancel_button.click()
    stage.until(lambda: not shown.busy)


def _act(act: RowAct) -> Callable[[Stage], None]:
    def state(stage: Stage) -> None:
        shown = _results(stage)
        row = next(row for row in shown.list.shown if act in row.result.acts)
        shown.list.wanted.emit(act, row.job, row.result)
        stage.settle()

    return state


def _trashed(stage: Stage) -> None:
    _act(RowAct.TRASH)(stage)
    question = stage.window.findChild(TrashQuestion)
    assert isinstance(question, TrashQuestion)
    question.move_button.click()
    stage.idle()


def _people(stage: Stage) -> None:
    """Three people: compared, not compared, for age files only; once in a vault."""
    if people.list_people(stage.session):
        return
    for name, curve in (("Kanzlei Berger", ec.SECP256R1()), ("Anna", ec.SECP384R1())):
        key = ec.generate_private_key(curve).public_key()
        spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        people.add_person(stage.session, name, [PublicPart(PersonKeyKind.EC, spki)])
    people.trust_person(stage.session, "Anna")
    ssh = ed25519.Ed25519PrivateKey.generate().public_key()
    spki = ssh.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    people.add_person(stage.session, "Carl", [PublicPart(PersonKeyKind.SSH_ED25519, spki)])


def _whom(stage: Stage) -> FilesPage:
    shown = page(stage)
    _people(stage)
    shown.encrypt_for()
    stage.until(lambda: shown.who.question is not None)
    question = shown.who.question
    assert question is not None
    question.people.item(0).setCheckState(Qt.CheckState.Checked)
    question.note.setText("tax 2025, for the accountant")
    return shown


def _whom_age(stage: Stage) -> None:
    question = _whom(stage).who.question
    assert question is not None
    question.people.item(0).setCheckState(Qt.CheckState.Unchecked)
    question.people.item(1).setCheckState(Qt.CheckState.Checked)


def _whom_mixed(stage: Stage) -> None:
    question = _whom(stage).who.question
    assert question is not None
    question.people.item(1).setCheckState(Qt.CheckState.Checked)


def _for_others(stage: Stage) -> None:
    shown = _whom(stage)
    if not (stage.folder / "Letters" / "tax-2025.pdf.esdk").exists():
        _take(stage, shown, "", stage.write("tax-2025.pdf"))
    os.rename(stage.folder / "Letters" / "tax-2025.pdf", stage.folder / "Letters" / "tax-2025.away")
    _take(stage, shown, "", str(stage.folder / "Letters" / "tax-2025.pdf.esdk"))


def _copies(stage: Stage) -> None:
    _for_others(stage)
    shown = _results(stage)
    stage.until(lambda: len(shown.copies.found) > 1)
    shown.copies.show_list()


def _inspect(stage: Stage) -> None:
    _results(stage).inspect(str(stage.folder / "Letters" / "old-notes.txt.esdk"))


def _inspect_people(stage: Stage) -> None:
    shown = page(stage)
    public = generate(KeySpec.RSA_2048).public_key or b""
    people.add_person(stage.session, "Anna Berg", [PublicPart(PersonKeyKind.RSA, public)])
    other = generate(KeySpec.ECC_NIST_P256).public_key or b""
    people.add_person(stage.session, "Gone", [PublicPart(PersonKeyKind.EC, other)])
    (item,) = encrypt_files(
        stage.session,
        [stage.write("lease-2026.pdf")],
        key="family-archive",
        to=["Anna Berg", "Gone"],
        context={"note": "tax 2025, for the accountant"},
    )
    people.remove_person(stage.session, "Gone")
    shown.inspect(str(item.output))


def _choose_key(stage: Stage) -> None:
    _take(stage, page(stage, default_key=""), "", stage.write("lease-2026.pdf"))


def _first_key(stage: Stage) -> None:
    shown = page(stage, default_key="")
    for key in keys.list_keys(stage.session):
        if key.spec is KeySpec.SYMMETRIC_DEFAULT:
            keys.disable_key(stage.session, key.alias)
    _take(stage, shown, "", stage.write("lease-2026.pdf"))


def _drop(*names: str, under: int = -1, on: str = "keys") -> Callable[[Stage], None]:
    def state(stage: Stage) -> None:
        page(stage)
        stage.go_to(on)
        paths = [stage.write(name) for name in names]
        overlay = stage.window.drop_overlay
        overlay.default_key = "family-archive"
        overlay.show_offers(paths)
        if under >= 0:
            restyle(overlay.tiles[under], under="true")

    return state


def _drop_locked(stage: Stage) -> None:
    stage.conductor.take("", [stage.write("letter.txt")])


def _outside(stage: Stage) -> OutsideForm:
    shown = _results(stage)
    path = stage.write("lease-2026.pdf")
    Path(path).write_bytes(tiny_pdf(2))
    shown.outside.open(path)
    stage.until(lambda: isinstance(shown.panel.form, OutsideForm))
    assert isinstance(shown.panel.form, OutsideForm)
    return shown.panel.form


def _outside_made(stage: Stage) -> None:
    form = _outside(stage)
    form.make_up.click()
    form.make_button.click()
    stage.until(form.folder_button.isVisible)


def _inspect_age(stage: Stage) -> None:
    shown = _results(stage)
    letter = stage.write("letter-for-anna.txt")
    keys.create_key(stage.session, "for-age", spec=KeySpec.X25519)
    people.add_person(stage.session, "Anna", read_people_keys(AGE.encode()))
    (item,) = encrypt_age(stage.session, [letter], to=For(keys=("for-age",), people=("Anna",)))
    shown.inspect(item.output or "")


STATES: dict[str, Callable[[Stage], object]] = {
    "files": page,
    "files-results": _results,
    "files-many": _many,
    "files-folder": _folder,
    "files-running": _running,
    "files-cancelled": _cancelled,
    "files-trash": _act(RowAct.TRASH),
    "files-whom": _whom,
    "files-whom-age": _whom_age,
    "files-whom-mixed": _whom_mixed,
    "files-for-others": _for_others,
    "files-copies": _copies,
    "files-trashed": _trashed,
    "files-exists": _act(RowAct.EXISTS),
    "files-enable": _act(RowAct.ENABLE),
    "files-inspect": _inspect,
    "files-inspect-people": _inspect_people,
    "files-edit": _edit(),
    "files-edit-give-up": _edit(give_up=True),
    "files-inspect-age": _inspect_age,
    "files-outside": _outside,
    "files-outside-made": _outside_made,
    "files-choose-key": _choose_key,
    "files-first-key": _first_key,
    "drop": _drop("lease-2026.pdf", under=0),
    "drop-encrypted": _drop("letter.txt.esdk", "notes.txt", "x.pdf.sig", on="files"),
    "drop-locked": _drop_locked,
}
