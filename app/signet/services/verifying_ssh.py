"""Verifying a detached SSH signature: does it fit the file, and whose key made it (DESIGN.md, section 7).

A key of the vault goes through the one door here too, so that its state counts and the use is recorded.
"""

from __future__ import annotations

from signet.documents import sshsig as engine
from signet.errors import FormatUnrecognised, KeyProblem, SignatureInvalid
from signet.formats import sshkey, sshsig
from signet.services.files_inspect import shown
from signet.services.files_items import Tally
from signet.services.known_signers import Known, KnownSigners
from signet.services.verdicts import SignatureView, Verdict
from signet.services.verifying_given import door, fingerprint, stream_of


def check_ssh(source: int, path: str, data: bytes, signers: KnownSigners, tally: Tally) -> SignatureView:
    """Check the SSH signature ``data`` over an open file; raises Cancelled, SourceChanged, StorageError."""
    try:
        claimed = sshsig.read(data)
        public_key = sshkey.to_spki(sshkey.parse(claimed.public_key))
    except FormatUnrecognised as error:
        return SignatureView(Verdict.UNKNOWN, f"The signature could not be checked. {error.message}", "", "", "")
    known = signers.known(public_key)
    print_ = fingerprint(claimed.public_key)
    own = known.key

    def view(verdict: Verdict, sentence: str) -> SignatureView:
        return SignatureView(
            verdict=verdict,
            sentence=sentence,
            signer=signer_name(known) or print_,
            fingerprint=print_,
            algorithm=claimed.algorithm,
            key_id=own.id if own else None,
            alias=own.alias if own else None,
            person=known.person,
            trusted_by=known.trusted_by if verdict is Verdict.VALID else "",
        )

    try:
        # A key that the person vouches for by a file needs no leave from the vault.
        through = own if own and (known.allowed or known.given is None) else None
        with door(signers.session, through, path), stream_of(source, path) as stream:
            engine.verify(stream, data, progress=tally.within(0), cancelled=tally.cancelled)
    except SignatureInvalid as error:
        return view(Verdict.INVALID, error.message)
    except (FormatUnrecognised, KeyProblem) as error:
        return view(Verdict.UNKNOWN, f"The signature could not be checked. {error.message}")
    if known.trusted_by:
        return view(Verdict.VALID, f"The signature fits this file and was made with {whose(known)}.")
    if known.person is not None:
        return view(
            Verdict.VALID_UNTRUSTED,
            f"The signature fits this file and was made with the key that you have for “{known.person}”, but you "
            "have not compared its fingerprint with them: whose signature it is, is open.",
        )
    return view(
        Verdict.VALID_UNTRUSTED,
        f"The signature fits this file, but the key that made it, {print_}, is not known here: "
        "whose signature it is, is open.",
    )


def whose(known: Known) -> str:
    """Say whose key it is that is trusted directly, as the end of a sentence."""
    if known.trusted_by == "vault" and known.key is not None:
        return f"your key “{known.key.alias}”"
    if known.trusted_by == "given":
        return f"the key in {shown(known.given or '')}"
    return f"the key of “{known.person}”"


def signer_name(known: Known) -> str:
    """What the holder of a key is called here, "" if nothing is known that could be relied on."""
    if known.key is not None:
        return known.key.alias
    return shown(known.given or (known.person if known.person and known.compared else "") or "")
