"""Making keys on tokens: who may make them, where on the token, of which kind, and with which commands elsewhere.

Modules differ, and none says so itself: most let the PIN make keys (SoftHSM, TPM, Nitrokey HSM), a YubiKey's wants
the management key and has numbered slots, and OpenSC makes none on PIV and OpenPGP cards, whatever it lists.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from signet import errors
from signet.keys.spec import KeySpec
from signet.tokens.model import Mechanism, Token, TokenKeyUsage

#: PIV's slots and the CKA_ID that ykcs11 and OpenSC give their keys (SP 800-73-4 Part 1, table 4b).
PIV_IDS: dict[str, bytes] = {
    "9a": b"\x01", "9c": b"\x02", "9d": b"\x03", "9e": b"\x04",
    **{f"{0x82 + number:x}": bytes([5 + number]) for number in range(20)},
}  # fmt: skip
_PIV_NAMES = {key_id: slot for slot, key_id in PIV_IDS.items()}
_PIV_PLACES = {
    TokenKeyUsage.SIGN: ("9c", "9a"),
    TokenKeyUsage.AGREE: ("9d", *(f"{0x82 + number:x}" for number in range(20))),
    TokenKeyUsage.DECRYPT: ("9d", *(f"{0x82 + number:x}" for number in range(20))),
}
#: Firmware 5.3.0, from which on a slot says whether there is a key in it (Yubico, PIV commands, GET METADATA). ykcs11
#: gives 5.4.3 as 5 and 43.
_METADATA_FIRMWARE = (5, 30)
_ID = re.compile(r"(?:[0-9a-f]{2}){1,32}")
_EC_PAIR, _ECDH, _ECDSA, _RSA_PAIR = 0x1040, 0x1050, 0x1041, 0x0000


class Maker(StrEnum):
    """Who makes keys on a token."""

    USER = "user"
    """Whoever has the PIN."""
    OFFICER = "officer"
    """Whoever has the PIV management key, in the slots of a YubiKey."""
    ELSEWHERE = "elsewhere"
    """Nobody through this module."""


class Family(StrEnum):
    """Kinds of tokens that are made keys on in different ways."""

    ANY = "any"
    TPM = "tpm"
    YUBIKEY = "yubikey"
    SMARTCARD_HSM = "smartcard-hsm"
    """Nitrokey HSM and its like."""
    PIV = "piv"
    OPENPGP = "openpgp"
    ISSUED = "issued"
    """A card that comes with its keys, as an eID does."""


def family_of(token: Token) -> Family:
    """Tell the kinds apart by module, and through OpenSC by what its drivers write into maker and label."""
    module = Path(token.module).name
    if module.startswith("libykcs11"):
        return Family.YUBIKEY
    if module.startswith("libtpm2_pkcs11"):
        return Family.TPM
    if not module.startswith("opensc-pkcs11"):
        return Family.ANY
    if token.manufacturer == "piv_II":
        return Family.PIV
    if "CardContact" in token.manufacturer or token.label.startswith("SmartCard-HSM"):
        return Family.SMARTCARD_HSM
    if "OpenPGP" in token.label or "OpenPGP" in token.model:
        return Family.OPENPGP
    return Family.ISSUED if token.model == "PKCS#15 emulated" else Family.ANY


def maker_of(token: Token) -> Maker:
    """Who makes keys on it."""
    family = family_of(token)
    if family is Family.YUBIKEY:
        return Maker.OFFICER
    return Maker.USER if family in (Family.ANY, Family.TPM, Family.SMARTCARD_HSM) else Maker.ELSEWHERE


def default_spec(mechanisms: Sequence[Mechanism], *, sign: bool) -> KeySpec:
    """The kind of key that the token does best: P-256 where it can, else RSA with 2048 bits."""
    able = {mechanism.number for mechanism in mechanisms}
    return KeySpec.ECC_NIST_P256 if {_EC_PAIR, _ECDSA if sign else _ECDH} <= able else KeySpec.RSA_2048


def usage_of(spec: KeySpec, *, sign: bool) -> TokenKeyUsage:
    """What a key of this spec does; raise UsageError for one that cannot open anything."""
    if sign:
        return TokenKeyUsage.SIGN
    if spec.value.startswith("RSA_"):
        return TokenKeyUsage.DECRYPT
    if spec is KeySpec.ECC_NIST_EDWARDS25519:
        raise errors.UsageError(reason=f"A key of kind {spec} signs only; it cannot open a vault.")
    return TokenKeyUsage.AGREE


@dataclass(frozen=True)
class Place:
    """Where a key goes: its CKA_ID, empty for one that the module is to choose, and what people call it."""

    id: bytes
    name: str


def place_for(token: Token, *, usage: TokenKeyUsage, wanted: str | None, taken: frozenset[bytes]) -> Place:
    """Choose the place for a new key; ``wanted`` is a CKA_ID in hexadecimal or a PIV slot, as 9d.

    ``taken`` are the CKA_IDs of keys and certificates that are there. Raises TokenPlaceTaken, TokenFull if no place
    is empty, UsageError for what is no place, TokenCannotMake where it cannot be seen whether a place is empty.
    """
    slots = family_of(token) is Family.YUBIKEY
    if slots and token.firmware < _METADATA_FIRMWARE:
        reason = "a YubiKey older than 5.3 does not say which of its slots are empty"
        raise errors.TokenCannotMake(
            token=token.label, reason=reason, commands=yubikey_commands("9c" if usage is TokenKeyUsage.SIGN else "9d")
        )
    if wanted is not None:
        place = _named(wanted.lower(), slots=slots)
        if place.id in taken:
            raise errors.TokenPlaceTaken(place=place.name)
        return place
    if not slots:
        return Place(b"", "")
    for slot in _PIV_PLACES[usage]:
        if PIV_IDS[slot] not in taken:
            return Place(PIV_IDS[slot], slot.upper())
    raise errors.TokenFull


def _named(wanted: str, *, slots: bool) -> Place:
    if slots:
        key_id = PIV_IDS.get(wanted) or (bytes.fromhex(wanted) if _ID.fullmatch(wanted) else b"")
        if key_id not in _PIV_NAMES:
            raise errors.UsageError(reason=f"“{wanted}” is no slot of this card; 9a, 9c, 9d, 9e and 82 to 95 are.")
        return Place(key_id, _PIV_NAMES[key_id].upper())
    if not _ID.fullmatch(wanted):
        raise errors.UsageError(reason=f"“{wanted}” is no id of a key: pairs of hexadecimal digits, 32 at most.")
    return Place(bytes.fromhex(wanted), wanted)


def refuse_elsewhere(token: Token, *, sign: bool, spec: KeySpec | None) -> None:
    """Raise TokenCannotMake, with the commands that do it, for a token that its module makes no keys on."""
    family = family_of(token)
    slot = "9c" if sign else "9d"
    if family is Family.PIV:
        reason = "OpenSC makes no keys on PIV cards"
        commands = (*yubikey_commands(slot, spec), "# any other PIV card: the program of who issued it")
    elif family is Family.OPENPGP:
        reason, commands = "OpenSC makes no keys on OpenPGP cards", OPENPGP_COMMANDS
    elif family is Family.ISSUED:
        reason, commands = "such a card comes with its keys, and only who issued it puts others there", ()
    else:
        return
    raise errors.TokenCannotMake(token=token.label, reason=reason, commands=commands)


def yubikey_commands(slot: str, spec: KeySpec | None = None) -> tuple[str, ...]:
    """A key and its certificate in a slot of a YubiKey; the program asks for the management key itself."""
    kind = {KeySpec.RSA_2048: "RSA2048", KeySpec.ECC_NIST_P384: "ECCP384"}.get(
        spec or KeySpec.ECC_NIST_P256, "ECCP256"
    )
    return (
        f"# a YubiKey; first see that slot {slot} is empty:",
        "yubico-piv-tool -a status",
        f"yubico-piv-tool -k -a generate -s {slot} -A {kind} -o signet-{slot}.pub",
        *_certificate_commands(slot),
        f"yubico-piv-tool -k -a import-certificate -s {slot} -i signet-{slot}.crt",
    )


def _certificate_commands(slot: str) -> tuple[str, ...]:
    """A certificate shows the key before the PIN is given. Who signs it does not count, so a throw-away key does."""
    return (
        "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out throw-away.key",
        f"openssl x509 -new -key throw-away.key -force_pubkey signet-{slot}.pub -subj '/CN=Signet {slot}' -days 7300 "
        f"-out signet-{slot}.crt",
    )


OPENPGP_COMMANDS = (
    "# with GnuPG; it makes all three keys of the card at once, and asks before it replaces one:",
    "gpg --card-edit",
    "admin",
    "generate",
)


def hsm_backup_facts(token: Token) -> tuple[str, ...]:
    """What has to be known before a key is made on a Nitrokey HSM; empty for every other token."""
    if family_of(token) is not Family.SMARTCARD_HSM:
        return ()
    return (
        "Whether keys of this card can be copied to a second one was decided when it was set up: with a device key "
        "encryption key (DKEK) they can, without one never.",
        "Signet cannot see which it is; `sc-hsm-tool` shows it. With “DKEK key check value” they can be copied; "
        "without one, or with shares that are still to be imported, they cannot.",
    )


FACTORY_SECRETS = (
    "# a YubiKey fresh from its maker (PIN 123456, PUK 12345678): first its own PIN, PUK and management key",
    "yubico-piv-tool -a change-pin",
    "yubico-piv-tool -a change-puk",
    "yubico-piv-tool -k -a set-mgm-key",
)
"""What a PIV card fresh from its maker wants before it is used; each asks for the old and the new one."""
