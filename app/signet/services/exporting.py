"""A key written to a file of its own; the key stays. Logged with the reason that the person gives."""

from __future__ import annotations

import os

from signet.audit.canonical import Detail
from signet.crypto.keyfiles import KeyFileForm, check_form, export_encrypted, export_plain
from signet.errors import SecretTooWeak, UsageError
from signet.keys.model import Key
from signet.keys.state import Operation
from signet.secret import Secret
from signet.services.enrolment import MIN_PASSPHRASE, PASSPHRASE_RULE
from signet.services.prompt import SecretKind, SecretRequest
from signet.services.publishing import published, write_all
from signet.services.session import Session
from signet.services.use import use_key

MAX_REASON = 256
"""Characters of a reason in the log."""


def export_key(
    session: Session,
    name: str,
    out_path: str,
    *,
    version: int | None = None,
    plain: bool = False,
    form: KeyFileForm | None = None,
    reason: str = "",
) -> str:
    """Write the private key, or the symmetric key, to a new file (0600) at ``out_path``, which is returned.

    Encrypted under a passphrase from the prompt unless ``plain``; forms as in `signet.crypto.keyfiles`. ``version``
    is an older one, else the current. ``reason`` goes into the log. Raises ProofOfPresenceMissing, KeyNotExportable
    for a key on a token, ExportForbidden, KeyStateRefused, UsageError for a form that the key does not have,
    SecretTooWeak, OutputExists.
    """
    session.require_presence()
    path = os.path.abspath(out_path)
    details: dict[str, Detail] = {"path": path, "plain": plain, **reason_detail(reason)}
    with use_key(session, name, Operation.EXPORT, details=details, version=version) as grant:
        number, spec, key_id = grant.version.number, grant.key.spec, grant.key.id
        chosen = check_form(spec, form)
        grant.add(form=chosen.value)
        with published(session, path) as output:
            if plain:
                with grant.material() as material:
                    with export_plain(material, spec, key_id=key_id, version=number, form=chosen) as text:
                        write_all(output, text.reveal())
            else:
                with _export_passphrase(session, grant.key) as secret, grant.material() as material:
                    sealed = export_encrypted(
                        material, spec, key_id=key_id, version=number, passphrase=secret, form=chosen
                    )
                write_all(output, sealed)
    return path


def reason_detail(reason: str) -> dict[str, Detail]:
    """The detail of an entry that says why; raise UsageError for one that is too long or cannot be stored."""
    text = reason.strip()
    if len(text) > MAX_REASON:
        raise UsageError(reason=f"A reason has at most {MAX_REASON} characters.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:  # half of a surrogate pair, from an undecodable command line
        raise UsageError(reason="The reason holds characters that cannot be stored.") from error
    return {"reason": text} if text else {}


def _export_passphrase(session: Session, key: Key) -> Secret:
    request = SecretRequest(
        kind=SecretKind.NEW_PASSPHRASE,
        what=f"passphrase for the exported key “{key.alias}”",
        rule=PASSPHRASE_RULE,
    )
    passphrase = session.workplace.prompt.secret(request)
    if len(passphrase.text()) < MIN_PASSPHRASE:
        passphrase.wipe()
        raise SecretTooWeak(minimum=MIN_PASSPHRASE)
    return passphrase
