"""The PIV card application (NIST SP 800-73-4, Part 2), as far as programs on a desktop use it.

Unlike many a card it keeps to the letter of the standard where programs are known to rely on more: a key with PIN
ALWAYS wants the VERIFY immediately before, and any command in between spends it.
"""

from __future__ import annotations

from collections.abc import Mapping

from support.card import tlv
from support.card.apdu import (
    BAD_DATA,
    BAD_P1_P2,
    BLOCKED,
    NO_INSTRUCTION,
    NO_REFERENCE,
    NOT_FOUND,
    SECURITY,
    Command,
    Refused,
    tries_left,
)
from support.card.authentication import LENGTH, Management, Reference
from support.card.keys import Algorithm, CardKey, make_key

PIN = "123456"
PUK = "12345678"
APPLICATION = bytes.fromhex("a000000308000010000100")
AUTHENTICATION, SIGNATURE, KEY_MANAGEMENT, CARD_AUTHENTICATION = 0x9A, 0x9C, 0x9D, 0x9E
FIRST_RETIRED, LAST_RETIRED = 0x82, 0x95
MANAGEMENT = 0x9B
PIN_REFERENCE, PUK_REFERENCE = 0x80, 0x81
_CHUID, _CAPABILITIES, _HISTORY = 0x5FC102, 0x5FC107, 0x5FC10C
_DISCOVERY = 0x7E
_CERTIFICATES = {
    AUTHENTICATION: 0x5FC105,
    SIGNATURE: 0x5FC10A,
    KEY_MANAGEMENT: 0x5FC10B,
    CARD_AUTHENTICATION: 0x5FC101,
}
_CERTIFICATES |= {slot: 0x5FC10D + slot - FIRST_RETIRED for slot in range(FIRST_RETIRED, LAST_RETIRED + 1)}
_VERIFY, _CHANGE, _RESET, _AUTHENTICATE, _GENERATE = 0x20, 0x24, 0x2C, 0x87, 0x47
_SELECT, _GET_DATA, _PUT_DATA = 0xA4, 0xCB, 0xDB
_DYNAMIC, _RESPONSE, _CHALLENGE, _EXPONENTIATION = 0x7C, 0x82, 0x81, 0x85
#: FASC-N of a card that no federal agency made: OpenSC then takes the serial number from the GUID.
_FASC_N = bytes.fromhex("d4e739da739ced39ce739da1685a1082108ce73984108ca3fc")


def certificate_object(certificate: bytes) -> bytes:
    """What a certificate's object holds (SP 800-73-4 Part 1, table 10): certificate, not compressed, no checksum."""
    return tlv.encode(0x70, certificate) + tlv.encode(0x71, b"\0") + tlv.encode(0xFE, b"")


class PivApplication:
    """The state of one card and its answers; ``keys`` by slot, each with a certificate unless ``certified`` is false.

    ``name`` goes into the certificates; ``guid`` (16 bytes) tells cards apart as real ones are told apart.
    """

    atr = bytes.fromhex("3bdb9600801f030031c06477e30300829000c1")

    def __init__(
        self, *, name: str, guid: bytes, keys: Mapping[int, CardKey], certified: bool = True, pin_tries: int = 3
    ) -> None:
        self.pin = Reference(PIN, tries=pin_tries)
        self.puk = Reference(PUK)
        self.management = Management()
        self.keys = dict(keys)
        self.name = name
        self.verified = False
        self._fresh = False
        self.objects: dict[int, bytes] = {
            _CHUID: b"".join(
                tlv.encode(tag, value)
                for tag, value in ((0x30, _FASC_N), (0x34, guid), (0x35, b"20460101"), (0x3E, b""), (0xFE, b""))
            ),
            _CAPABILITIES: tlv.encode(0xF0, bytes.fromhex("a000000116ff02") + guid[:14]) + tlv.encode(0xFE, b""),
        }
        if certified:
            for slot, key in keys.items():
                self.put_certificate(slot, key)
        retired = sum(FIRST_RETIRED <= slot <= LAST_RETIRED for slot in keys) if certified else 0
        if retired:
            history = ((0xC1, bytes([retired])), (0xC2, b"\0"), (0xFE, b""))
            self.objects[_HISTORY] = b"".join(tlv.encode(tag, value) for tag, value in history)

    def put_certificate(self, slot: int, key: CardKey, der: bytes = b"") -> None:
        """Put a certificate into a slot: ``der``, or one that the key signs for itself."""
        content = certificate_object(der or key.certificate(f"{self.name} {slot:02X}"))
        self.objects[_CERTIFICATES[slot]] = content

    def reset(self) -> None:
        """Forget what was proven, as at every power-up."""
        self.verified = self._fresh = False
        self.management.forget()

    def answer(self, command: Command) -> bytes:
        """Return the data that answers one whole command; raise Refused with a status word."""
        fresh, self._fresh = self._fresh, False
        try:
            if command.ins == _AUTHENTICATE:
                return self._general_authenticate(command, fresh=fresh)
            return self._dispatch(command)
        except tlv.TlvError as error:
            raise Refused(BAD_DATA) from error

    def _dispatch(self, command: Command) -> bytes:
        handlers = {
            _SELECT: self._select,
            _GET_DATA: self._get_data,
            _PUT_DATA: self._put_data,
            _VERIFY: self._verify,
            _CHANGE: self._change_reference,
            _RESET: self._reset_retry_counter,
            _GENERATE: self._generate,
        }
        if command.ins not in handlers:
            raise Refused(NO_INSTRUCTION)
        return handlers[command.ins](command)

    def _select(self, command: Command) -> bytes:
        if command.p1 != 0x04 or len(command.data) < 5 or not APPLICATION.startswith(command.data):
            raise Refused(NOT_FOUND)
        authority = tlv.encode(0x79, tlv.encode(0x4F, APPLICATION[:5]))
        return tlv.encode(0x61, tlv.encode(0x4F, APPLICATION[5:]) + authority)

    def _get_data(self, command: Command) -> bytes:
        tag = int.from_bytes(tlv.decode(command.data).get(0x5C, b""), "big")
        if tag == _DISCOVERY:
            policy = tlv.encode(0x5F2F, b"\x40\x00")  # the application's PIN only
            return tlv.encode(_DISCOVERY, tlv.encode(0x4F, APPLICATION) + policy)
        if tag not in self.objects:
            raise Refused(NOT_FOUND)
        return tlv.encode(0x53, self.objects[tag])

    def _put_data(self, command: Command) -> bytes:
        self.management.require()
        sent = tlv.decode(command.data)
        tag, content = int.from_bytes(sent.get(0x5C, b""), "big"), sent.get(0x53)
        if content is None:
            raise Refused(BAD_DATA)
        self.objects[tag] = content
        if not content:
            del self.objects[tag]
        return b""

    def _reference(self, number: int) -> Reference:
        try:
            return {PIN_REFERENCE: self.pin, PUK_REFERENCE: self.puk}[number]
        except KeyError:
            raise Refused(NO_REFERENCE) from None

    def _verify(self, command: Command) -> bytes:
        if command.p2 != PIN_REFERENCE:
            raise Refused(NO_REFERENCE)
        if command.p1 == 0xFF:
            self.verified = False
        elif not command.data:
            if not self.verified:
                raise tries_left(self.pin.left) if self.pin.left else Refused(BLOCKED)
        else:
            self.verified = False
            self.pin.check(command.data)
            self.verified = self._fresh = True
        return b""

    def _change_reference(self, command: Command) -> bytes:
        reference = self._reference(command.p2)
        reference.check(command.data[:LENGTH])
        reference.change(command.data[LENGTH:])
        return b""

    def _reset_retry_counter(self, command: Command) -> bytes:
        if command.p2 != PIN_REFERENCE:
            raise Refused(NO_REFERENCE)
        self.puk.check(command.data[:LENGTH])
        self.pin.change(command.data[LENGTH:])
        return b""

    def _generate(self, command: Command) -> bytes:
        self.management.require()
        if command.p2 not in _CERTIFICATES:
            raise Refused(BAD_P1_P2)
        wanted = tlv.decode(tlv.decode(command.data).get(0xAC, b"")).get(0x80, b"")
        try:
            key = make_key(Algorithm(int.from_bytes(wanted, "big")))
        except ValueError as error:
            raise Refused(BAD_DATA) from error
        self.keys[command.p2] = key
        return tlv.encode(0x7F49, key.template)

    def _general_authenticate(self, command: Command, *, fresh: bool) -> bytes:
        request = tlv.decode(tlv.decode(command.data).get(_DYNAMIC, b""))
        if command.p2 == MANAGEMENT:
            return tlv.encode(_DYNAMIC, self.management.authenticate(request))
        key = self.keys.get(command.p2)
        if key is None or command.p1 != key.algorithm:
            raise Refused(BAD_P1_P2)
        if command.p2 != CARD_AUTHENTICATION and not (fresh if command.p2 == SIGNATURE else self.verified):
            raise Refused(SECURITY)
        if _EXPONENTIATION in request:
            return tlv.encode(_DYNAMIC, tlv.encode(_RESPONSE, key.agree(request[_EXPONENTIATION])))
        done = key.raise_to_private(request.get(_CHALLENGE, b""))
        return tlv.encode(_DYNAMIC, tlv.encode(_RESPONSE, done))
