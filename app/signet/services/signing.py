"""Signing any file with a key of the vault or of a token (DESIGN.md, section 7).

In a PDF, beside the file as CAdES, SSHSIG or raw: `signet.services.signing_forms` chooses, what makes each form is in
`signet.services.signing_makers`. A signature beside a file is as readable as the file that it belongs to.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from signet.audit.canonical import Detail
from signet.clock import timestamp
from signet.documents.network import Visit
from signet.documents.wishes import Form, Level, Wish
from signet.errors import (
    CertificateProblem,
    KeyProblem,
    NetworkProblem,
    SignetError,
    TokenError,
    UsageError,
)
from signet.keys.handle import SigningKey
from signet.keys.model import Key, KeyVersion
from signet.keys.spec import Protection
from signet.keys.state import Operation
from signet.services.card_certificates import card_certificates, chain_on_card
from signet.services.certificates import certificates_of, signing_chain
from signet.services.files_batch import Batch, FileWork
from signet.services.files_items import Item, Tally, Targets, opened
from signet.services.files_publishing import Note, Proven
from signet.services.issuers import trusted_roots
from signet.services.raw_signing import RawForm
from signet.services.session import Session
from signet.services.signed_documents import SignedRecord, noted_signed
from signet.services.signer import refusal_recorded, signing_key
from signet.services.signing_forms import LONG, Choose, Means, form_of, makers
from signet.services.signing_makers import Made, Maker, Task, make_one, proof_of
from signet.services.signing_places import ResultPlaces
from signet.services.timestamps import wanted_service
from signet.services.use import Grant, door_refusal, use_key
from signet.services.verdicts import SignatureView, Verdict, Verification
from signet.services.verifying import verify_file
from signet.services.workplace import Cancelled as IsCancelled
from signet.services.workplace import Progress
from signet.store.output import Output

__all__ = ["SignatureView", "Verdict", "Verification", "sign_files", "verify_file"]

USUAL = Wish()
"""How it is signed where nobody says anything."""


def sign_files(
    session: Session,
    paths: Sequence[str],
    *,
    key: str,
    wish: Wish = USUAL,
    raw: RawForm | None = None,
    output: str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> tuple[Item, ...]:
    """Sign each file of ``paths`` as ``wish`` says, with raw signatures of the form ``raw`` if that is given.

    ``output`` names the result of a single file, else it stands beside the file: ``NAME-signed.pdf``,
    ``NAME.EXT.p7s``, ``NAME.EXT.sig``. For a key on a token its PIN is asked for once, before anything is decided;
    a card that wants it for each signature gets it each time. After an error of the token no further file is tried,
    because a PIN must not be sent again; nor after one of a time-stamp service. Items as in
    `signet.services.files_encrypt.encrypt_files`. Raises UsageError, NoSigningCertificate and kin, KeyUnsuited,
    TokenError, PinError, SecretMissing, what `use_key` raises, VaultError.
    """
    if output is not None and len(paths) > 1:
        raise UsageError(reason="--output names one result, and there are several files.")
    if not paths:
        return ()
    tally = Tally(paths, progress=progress, cancelled=cancelled)
    batch = Batch(session, Operation.SIGN, paths, overwrite=overwrite)
    targets = Targets(batch.places, own=batch.own, output=None, overwrite=overwrite)
    files = len(set(batch.places))
    found, version = _admitted(session, key, files)
    with refusal_recorded(session, found):
        means = _means(session, found, version, wish, raw)
        form = form_of(means, wish, raw)
    with ExitStack() as stack:
        asked: list[Visit] = []
        making = makers(
            session.workplace,
            means,
            form,
            wish=wish,
            raw=raw,
            roots=trusted_roots(session) if wish.level in LONG else (),
            cancelled=cancelled,
            visited=asked.append,
        )
        choose = stack.enter_context(making)
        details: dict[str, Detail] = {"files": files, "format": form.value}
        if wish.level is not Level.B:
            details["service"] = wanted_service(session.workplace, wish.timestamp)
        free = form is Form.RAW
        grant, signer = stack.enter_context(signing_key(session, found.id, details=details, uses=files, free=free))
        return _Signing(batch, tally, grant, signer, choose, ResultPlaces(targets, output), asked).run()


def _admitted(session: Session, name: str, files: int) -> tuple[Key, KeyVersion]:
    """Return key and current version if it may sign so many files; if not, the door says so, and records it."""
    while True:
        with session.records.read() as reading:
            try:
                key = reading.keys.find(name)
                version = reading.keys.version(key.id, key.version)
            except (KeyProblem, UsageError):
                key = None
        if key is not None and door_refusal(session, key, Operation.SIGN, uses=files) is None:
            return key, version
        # Comes back only if the key was let in meanwhile, by another process; then all is looked at again.
        with use_key(session, name, Operation.SIGN, details={"files": files}):
            pass


def _means(session: Session, key: Key, version: KeyVersion, wish: Wish, raw: RawForm | None) -> Means:
    """What the key signs with: the certificates kept with it, else those on its card."""
    public_key, spec = version.public_key or b"", key.spec.value
    if raw is not None or wish.form in (Form.SSH, Form.RAW):
        return Means(key.alias, spec, public_key)
    try:
        return Means(key.alias, spec, public_key, signing_chain(session, key.id, wish.certificate))
    except CertificateProblem as error:
        none = error
    chain = _chain_on_its_card(session, key, public_key, wish.certificate)
    if chain:
        return Means(key.alias, spec, public_key, chain)
    had = certificates_of(session, key.id)
    lapsed = any(each.for_signatures for each in had)
    return Means(key.alias, spec, public_key, none=none, lapsed=lapsed)


def _chain_on_its_card(session: Session, key: Key, public_key: bytes, fingerprint: str) -> tuple[bytes, ...]:
    """The certificates that the key's card brings; none if it is not here or brings none that can sign."""
    if key.protection is not Protection.TOKEN:
        return ()
    try:
        found = session.workplace.hub.find_key(public_key)
        if found is None:
            return ()
        of_key = [each for each in card_certificates(session.workplace, found[0]) if each.public_key == public_key]
        return chain_on_card(of_key, name=key.alias, fingerprint=fingerprint)
    except (TokenError, CertificateProblem):
        return ()


class _Signing(FileWork):
    """What all files of one batch share."""

    def __init__(
        self,
        batch: Batch,
        tally: Tally,
        grant: Grant,
        signer: SigningKey,
        choose: Choose,
        places: ResultPlaces,
        asked: Sequence[Visit],
    ) -> None:
        super().__init__(batch, tally)
        self._grant = grant
        self._signer = signer
        self._choose = choose
        self._places = places
        self._asked = asked
        self._broken: SignetError | None = None

    @property
    def grants(self) -> Sequence[Grant]:
        """The one grant of the batch."""
        return (self._grant,)

    def process(self, index: int, path: str) -> Proven:
        """Sign one file into an output without a name."""
        self.using = (self._grant,)
        if self._broken is not None:
            raise self._broken
        begun = len(self._asked)
        with opened(path) as source:
            maker = self._choose(source, path)
            place = self._places.claim(self.batch.places[index], maker)
            output = self.batch.notes.new_output(place.path)
            try:
                made = self._made(maker, self._task(index, path, source, output))
            except BaseException:
                output.discard()
                raise
        details: dict[str, Detail] = {
            "source": path,
            "output": place.path,
            "format": maker.form.value,
            "signature-sha256": made.sha256,
        }
        if len(self._asked) > begun:
            details["asked"] = list(dict.fromkeys(map(str, self._asked[begun:])))
        return Proven(
            index=index,
            output=output,
            grants=self.using,
            details={**details, **made.details},
            size=made.size,
            said=made.said,
            proof=proof_of(maker.form, made),
            note=self._note(maker, made, path, place.path),
            undo=lambda change: change.signed_documents.forget(place.path),
        )

    def _note(self, maker: Maker, made: Made, path: str, output: str) -> Note | None:
        """What is written down of a signature whose proof ends some day, so that it can be renewed in time."""
        if not made.until:
            return None
        record = SignedRecord(
            path=output,
            source=output if maker.form is Form.PDF else path,
            sha256=bytes.fromhex(made.sha256),
            form=maker.form.value,
            level=str(made.details["level"]),
            signed=timestamp(self.batch.session.workplace.clock.now()),
            key_id=self._grant.key.id,
            signer=str(made.details["signer"]),
            provable_until=made.until,
        )
        return lambda change: noted_signed(change, record)

    def _task(self, index: int, path: str, source: int, output: Output) -> Task:
        return Task(
            path=path,
            source=source,
            output=output,
            signer=self._signer,
            on_token=self._grant.key.protection is Protection.TOKEN,
            progress=self.tally.within(index),
            cancelled=self.tally.cancelled,
        )

    def _made(self, maker: Maker, task: Task) -> Made:
        try:
            return make_one(maker, task)
        except (TokenError, NetworkProblem) as error:
            self._broken = error
            raise
