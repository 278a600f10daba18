"""Verifying minisign's signatures: they only name their key, so the keys at hand are looked through."""

from __future__ import annotations

from signet.documents.minisign import verify_minisign
from signet.errors import FormatUnrecognised, KeyProblem, SignatureInvalid, SignerKeyMissing
from signet.formats import sshkey
from signet.services.files_inspect import shown
from signet.services.files_items import Tally
from signet.services.known_signers import KnownSigners
from signet.services.verdicts import SignatureView, Verdict
from signet.services.verifying_given import door, fingerprint, stream_of
from signet.services.verifying_ssh import signer_name, whose

ALGORITHM = "Ed25519 (minisign)"


def check_minisign(source: int, path: str, data: bytes, signers: KnownSigners, tally: Tally) -> SignatureView:
    """Check a minisign signature over an open file; raises Cancelled, SourceChanged, StorageError."""
    try:
        with door(signers.session, None, path), stream_of(source, path) as stream:
            found = verify_minisign(
                stream, data, signers.minisign_keys(), progress=tally.within(0), cancelled=tally.cancelled
            )
    except SignatureInvalid as error:
        return SignatureView(Verdict.INVALID, error.message, "", "", ALGORITHM)
    except (FormatUnrecognised, KeyProblem, SignerKeyMissing) as error:
        return SignatureView(Verdict.UNKNOWN, f"The signature could not be checked. {error.message}", "", "", "")
    known = signers.known(found.key.spki)
    comment = shown(found.trusted_comment)
    said = f" It says: “{comment}”." if comment else ""
    if known.trusted_by:
        verdict, sentence = Verdict.VALID, f"The signature fits this file and was made with {whose(known)}.{said}"
    else:
        verdict = Verdict.VALID_UNTRUSTED
        sentence = (
            f"The signature fits this file and was made with the key that you have for “{known.person}”, but you "
            f"have not compared its fingerprint with them: whose signature it is, is open.{said}"
        )
    own = known.key
    print_ = fingerprint(sshkey.serialise(sshkey.from_spki(found.key.spki)))
    return SignatureView(
        verdict=verdict,
        sentence=sentence,
        signer=signer_name(known) or print_,
        fingerprint=print_,
        algorithm=ALGORITHM,
        key_id=own.id if own else None,
        alias=own.alias if own else None,
        person=known.person,
        trusted_by=known.trusted_by if verdict is Verdict.VALID else "",
    )
