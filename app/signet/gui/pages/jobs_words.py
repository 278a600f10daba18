"""What a job came to, in words: which rows it leaves, what each says and what can be done next. No Qt."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from signet.documents.wishes import Form
from signet.errors import Cancelled, KeyStateRefused, SignetError
from signet.gui.pages.jobs_failures import RowAct, Tone, tell
from signet.gui.sentences import words
from signet.services.age_names import SUFFIX as AGE
from signet.services.files_decrypt import plain_name
from signet.services.files_encrypt import SUFFIX as ESDK
from signet.services.files_inspect import shown
from signet.services.files_proof import ALL_STILL_HERE, STILL_HERE
from signet.services.job import Act, Checked, Job, Order
from signet.services.pdf_signing import signed_name
from signet.services.verdicts import SignatureView, Verdict, Verification
from signet.services.verifying import SUFFIX

ALIKE = 3
"""So many files of a job that came to the same have rows of their own; more share one."""


@dataclass(frozen=True)
class Result:
    """One row: files of a job that came to the same.

    ``outputs`` are the paths of their results, none if there are none, and ``output`` is the first.
    """

    paths: tuple[str, ...]
    pill: str
    tone: Tone
    sentence: str
    acts: tuple[RowAct, ...] = ()
    output: str = ""
    outputs: tuple[str, ...] = ()
    error: SignetError | None = None
    verification: Verification | None = None

    @property
    def key(self) -> str:
        """The name of the key that stands in the way; empty if none does."""
        if isinstance(self.error, KeyStateRefused):
            return self.error.key
        views = self.verification.signatures if self.verification is not None else ()
        return (views[0].alias or "") if views and RowAct.ENABLE in self.acts else ""


_DONE = {
    Act.ENCRYPT: "Encrypted",
    Act.DECRYPT: "Decrypted",
    Act.RE_ENCRYPT: "Re-encrypted",
    Act.TRASH: "In the trash",
    Act.SIGN: "Signed",
}
DOING = {
    Act.ENCRYPT: "Encrypting",
    Act.DECRYPT: "Decrypting",
    Act.RE_ENCRYPT: "Re-encrypting",
    Act.SIGN: "Signing",
    Act.VERIFY: "Checking",
    Act.TRASH: "Comparing",
}
"""What a job that runs is doing."""
ICONS: dict[Tone, str] = {"ok": "check", "warn": "warn", "bad": "bad", "neutral": "info"}
"""The sign beside the words: colour is never alone."""
VERDICTS: dict[Verdict, tuple[str, Tone]] = {
    Verdict.VALID: ("Valid", "ok"),
    Verdict.VALID_UNTRUSTED: ("Signer not known", "warn"),
    Verdict.CHANGED: ("Changed after signing", "bad"),
    Verdict.EXPIRED_OR_REVOKED: ("Expired or revoked", "warn"),
    Verdict.UNKNOWN: ("Could not be checked", "warn"),
    Verdict.INVALID: ("Not valid", "bad"),
    Verdict.UNSIGNED: ("Not signed", "neutral"),
}


def name_of(paths: Iterable[str]) -> str:
    """Name some files in a few words: ``letter.txt``, ``letter.txt and 3 more``; always readable."""
    first, *more = paths
    name = shown(os.path.basename(first) or first)
    return f"{name} and {len(more)} more" if more else name


def expected_output(order: Order) -> str:
    """What the one file of an order becomes, by name; empty for several and for VERIFY."""
    if len(order.paths) != 1 or order.act in (Act.VERIFY, Act.TRASH):
        return ""
    name = shown(os.path.basename(order.paths[0]))
    if order.act is Act.RE_ENCRYPT:
        return name
    if order.act is Act.SIGN:
        return os.path.basename(order.output or "") or signature_name(order, name)
    if order.act is Act.ENCRYPT:
        return name + (AGE if order.age else ESDK)
    return plain_name(name)


def signature_name(order: Order, name: str) -> str:
    """What the signature of a file of that name is called beside it; "" where that depends on what the file is."""
    form = order.wish.form
    if form is Form.PDF:
        return signed_name(name)
    return {Form.CMS: name + ".p7s", Form.SSH: name + SUFFIX}.get(form, "")


def in_lines(text: str, length: int = 22) -> str:
    """Break a long word without spaces, a fingerprint or an id, into lines that fit a panel."""
    return "\n".join(text[start : start + length] for start in range(0, len(text), length))


def results(job: Job) -> tuple[Result, ...]:
    """The rows that a job leaves when it has ended, what went wrong first."""
    if job.order.act is Act.VERIFY and job.checks:
        return tuple(_checked(check) for check in job.checks)
    if not job.items:
        error = job.error or Cancelled()
        return (_failed(job, job.order.paths, error),)
    failures: dict[tuple[object, ...], list[tuple[str, SignetError]]] = {}
    done: list[tuple[str, str]] = []
    said: dict[str, str] = {}
    for item in job.items:
        if item.error is not None:
            alike = (type(item.error), getattr(item.error, "key", None))
            failures.setdefault(alike, []).append((item.source, item.error))
        elif item.output is not None:
            done.append((item.source, item.output))
            said[item.source] = item.said
    rows = [row for group in failures.values() for row in _group(job, group)]
    if done and len(done) <= ALIKE:
        rows += [_did(job, (source,), (output,), said[source]) for source, output in done]
    elif done:
        sources, outputs = zip(*done, strict=True)
        same = set(said.values())
        rows.append(_did(job, sources, outputs, same.pop() if len(same) == 1 else ""))
    return tuple(rows)


def _group(job: Job, failures: list[tuple[str, SignetError]]) -> list[Result]:
    if len(failures) <= ALIKE:
        return [_failed(job, (path,), error) for path, error in failures]
    return [_failed(job, tuple(path for path, _ in failures), failures[0][1])]


def _did(job: Job, paths: tuple[str, ...], outputs: tuple[str, ...], said: str = "") -> Result:
    """``said`` is what is said besides: who can open it, or what was written on it."""
    order, many, output = job.order, len(paths) > 1, outputs[0]
    acts: tuple[RowAct, ...] = (RowAct.SHOW,)
    if order.act is Act.ENCRYPT:
        kept = ALL_STILL_HERE if many else STILL_HERE
        sentence = f"Encrypted with {order.key_name}{', read back' if order.read_back else ''} · {kept}"
        sentence = f"{said.removesuffix('.')} · {kept}" if said else sentence
        # What no key of one's own opens cannot be compared with its original any more.
        acts = (RowAct.TRASH, RowAct.SHOW) if order.key and not order.age else (RowAct.SHOW,)
    elif order.act is Act.TRASH:
        outputs = order.of(paths).encrypted
        output, moved = outputs[0], "originals are" if many else "original is"
        sentence = f"Encrypted · the {moved} in the trash, compared byte for byte before"
    elif order.act is Act.DECRYPT:
        kept = "the encrypted files are still here" if many else "the encrypted file is still here"
        sentence = f"{'Unprotected copies' if many else 'An unprotected copy'} · {kept}"
        sentence = f"{said} · {sentence}" if said else sentence
    elif order.act is Act.RE_ENCRYPT:
        sentence = f"Under the newest version of {order.key_name} now · in the place of the old one"
    else:
        name = os.path.basename(output)
        inside = order.wish.form is Form.PDF or output.endswith((".pdf", ".PDF"))
        kept = f"give {name} on; the file itself was not changed" if inside else f"give {name} along with the file"
        kept = "each result lies beside its file" if many else kept
        kept = f"{kept} · {said}" if said else kept
        sentence = f"Signed with {order.key_name} · {kept}"
    return Result(paths, _DONE[order.act], "ok", sentence, acts, output=output, outputs=outputs)


def _failed(job: Job, paths: tuple[str, ...], error: SignetError) -> Result:
    told = tell(job, paths, error)
    return Result(paths, told.pill, told.tone, told.sentence, told.acts, error=error)


def _checked(check: Checked) -> Result:
    if check.verification is None:
        return _unchecked(check)
    verification = check.verification
    pill, tone = VERDICTS[verification.verdict]
    sentence, acts = verdict_words(verification)
    return Result((check.source,), pill, tone, sentence, acts, verification=verification)


def _unchecked(check: Checked) -> Result:
    error = check.error or SignetError()
    if isinstance(error, Cancelled):
        return Result((check.source,), "Cancelled", "neutral", "Not checked.", (RowAct.RETRY,), error=error)
    return Result((check.source,), "Could not be checked", "warn", words(error).text, (RowAct.RETRY,), error=error)


def verdict_words(verification: Verification) -> tuple[str, tuple[RowAct, ...]]:
    """A sentence with the next step in it, and what to offer."""
    view = verification.signatures[0] if verification.signatures else None
    if verification.verdict is Verdict.VALID:
        return f"Signed by {signer_of(view)}, and unchanged since.", (RowAct.DETAILS,)
    if verification.verdict is Verdict.VALID_UNTRUSTED:
        sentence = "Unchanged since it was signed, but whose key this is, is not known here. Ask the signer for it."
        return sentence, (RowAct.TRUST, RowAct.DETAILS)
    if verification.verdict is Verdict.INVALID:
        sentence = "File or signature was changed. Do not rely on it; ask the signer for the original."
        return sentence, (RowAct.SIGNATURE, RowAct.DETAILS)
    if verification.verdict is Verdict.UNSIGNED:
        sentence = "There is no signature beside it. If you were given one, choose it."
        return sentence, (RowAct.SIGNATURE,)
    if view is not None and view.alias:
        sentence = f"Made with your key {view.alias}, which may not be used now. Enable it to check the signature."
        return sentence, (RowAct.ENABLE, RowAct.DETAILS)
    return "This is not a signature that Signet can read; choose another one.", (RowAct.SIGNATURE, RowAct.DETAILS)


def signer_of(view: SignatureView | None) -> str:
    """Who signed, as this vault names the key."""
    if view is None:
        return "nobody"
    if view.alias:
        return f"your key {view.alias}"
    if view.person and view.person == view.signer:
        return view.person
    return f"the key in {view.signer}"
