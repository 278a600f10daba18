"""What a YubiKey's PIV application answers beyond the standard (Yubico, "PIV commands", firmware 5.4)."""

from __future__ import annotations

from collections.abc import Mapping

from support.card import tlv
from support.card.apdu import BAD_P1_P2, NO_REFERENCE, Command, Refused
from support.card.authentication import MANAGEMENT_KEY
from support.card.keys import Algorithm, CardKey, make_key
from support.card.piv import MANAGEMENT, PIN_REFERENCE, PUK_REFERENCE, SIGNATURE, PivApplication, certificate_object

VERSION = bytes([5, 4, 3])
_GET_VERSION, _GET_SERIAL, _GET_METADATA, _ATTEST, _SET_MANAGEMENT_KEY = 0xFD, 0xF8, 0xF7, 0xF9, 0xFF
_ATTESTATION_CERTIFICATE = 0x5FFF01
_TRIPLE_DES = 0x03
_PIN_ONCE, _PIN_ALWAYS, _TOUCH_NEVER = 2, 3, 1
_MADE, _IMPORTED = 1, 2


class YubiKeyApplication(PivApplication):
    """A YubiKey 5.4.3; keys that were not made on it say so, and are not attested."""

    atr = bytes.fromhex("3bfd1300008131fe158073c021c057597562694b657940")

    def __init__(
        self,
        *,
        name: str,
        guid: bytes,
        keys: Mapping[int, CardKey],
        certified: bool = True,
        pin_tries: int = 3,
        serial: int = 98765431,
    ) -> None:
        super().__init__(name=name, guid=guid, keys=keys, certified=certified, pin_tries=pin_tries)
        self.serial = serial
        self._maker = make_key(Algorithm.P256)
        self.objects[_ATTESTATION_CERTIFICATE] = certificate_object(self._maker.certificate("Emulated maker"))

    def _dispatch(self, command: Command) -> bytes:
        if command.ins == _GET_VERSION:
            return VERSION
        if command.ins == _GET_SERIAL:
            return self.serial.to_bytes(4, "big")
        if command.ins == _GET_METADATA:
            return b"".join(tlv.encode(tag, value) for tag, value in self._metadata(command.p2).items())
        if command.ins == _ATTEST:
            return self._key(command.p1).certificate(f"Attestation {command.p1:02X}", issuer=self._maker)
        if command.ins == _SET_MANAGEMENT_KEY:
            self.management.require()
            self.management.key = command.data[3:]
            return b""
        return super()._dispatch(command)

    def _key(self, slot: int) -> CardKey:
        if slot not in self.keys:
            raise Refused(NO_REFERENCE)
        if not self.keys[slot].made_on_card:
            raise Refused(BAD_P1_P2)
        return self.keys[slot]

    def _metadata(self, slot: int) -> dict[int, bytes]:
        if slot in (PIN_REFERENCE, PUK_REFERENCE):
            reference = self._reference(slot)
            return {0x01: b"\xff", 0x05: b"\0", 0x06: bytes([reference.most, reference.left])}
        if slot == MANAGEMENT:
            default = self.management.key == MANAGEMENT_KEY
            return {0x01: bytes([_TRIPLE_DES]), 0x02: bytes([0, _TOUCH_NEVER]), 0x05: bytes([default])}
        if slot not in self.keys:
            raise Refused(NO_REFERENCE)
        key = self.keys[slot]
        return {
            0x01: bytes([key.algorithm]),
            0x02: bytes([_PIN_ALWAYS if slot == SIGNATURE else _PIN_ONCE, _TOUCH_NEVER]),
            0x03: bytes([_MADE if key.made_on_card else _IMPORTED]),
            0x04: key.template,
        }
