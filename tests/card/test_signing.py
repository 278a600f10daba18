"""Signing with the certificates of a PIV card, without a vault: 9C, which wants its PIN for every signature."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from signet.documents.wishes import Form, Wish
from signet.services.card_signing import card_keys, sign_with_card
from signet.services.prompt import SecretKind
from signet.services.workplace import Workplace
from support import pki
from support.card.piv import SIGNATURE
from support.cms_judges import openssl_says
from support.pdf import tiny_pdf
from support.prompt import ScriptedPrompt

from .conftest import IDS, Desk, only


def test_9c_signs_pdf_and_cms_with_its_own_certificate_and_its_pin_each_time(
    desk: Desk, workplace: Workplace, prompt: ScriptedPrompt, tmp_path: Path
) -> None:
    card = desk.insert(desk.keys.elliptic)
    own = pki.certify("Mari on a card", desk.keys.p384.private.public_key(), pki.issuing())
    card.put_certificate(SIGNATURE, desk.keys.p384, own.public_bytes(Encoding.DER))
    lease, letter = tmp_path / "lease.pdf", tmp_path / "letter.odt"
    lease.write_bytes(tiny_pdf(1))
    letter.write_bytes(b"we agree\n")
    token = only(workplace.hub)
    best, certificates = card_keys(workplace, token)[0]
    assert best.id == IDS[SIGNATURE]
    assert [each.facts.common_name for each in certificates] == ["Mari on a card"]
    desk.reader.log.clear()
    items = sign_with_card(workplace, [str(lease), str(letter)], token=token)
    assert [item.error for item in items] == [None, None]
    assert [request.kind for request in prompt.asked] == [SecretKind.PIN]
    assert desk.reader.pins_sent == 1 + len(items), "a login, and the PIN before each signature"
    # The card has no room for those above: who verifies has them.
    signature = Path(items[1].output or "")
    assert "CAdES" in openssl_says(tmp_path, signature, letter, root=pki.root().pem + pki.issuing().pem)
    (again,) = sign_with_card(workplace, [str(letter)], token=token, wish=Wish(form=Form.SSH))
    assert again.output == f"{letter}.sig"
    assert card.pin.left == 3
