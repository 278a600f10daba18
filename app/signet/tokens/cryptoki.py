"""The few PKCS#11 functions that python-pkcs11 lacks or wraps unsafely, called through the module's function list.

* C_InitToken is missing there. C_Login there takes ``str`` and leaks the session if the PIN is wrong; here the PIN is
  a buffer that is wiped. C_CloseAllSessions clears one slot without disturbing the others.
* C_GenerateKeyPair there adds attributes of its own, of which ykcs11 and tpm2-pkcs11 refuse several; here the
  templates are what the caller says.
* C_Decrypt and C_Sign there ask for the length first, for which OpenSC 0.23 already performs the private key
  operation: on cards that want a touch, two touches. Here the buffer is large enough from the start.

Types and order are those of pkcs11t.h and pkcs11f.h (PKCS#11 v2.40 and v3.0 share them). Runs only in the child.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from pkcs11 import PrivateKey, Session, exceptions

USER = 1
SECURITY_OFFICER = 0
CONTEXT_SPECIFIC = 2

#: No signature or decrypted block of a key that Signet takes is longer: RSA with 8192 bits.
_LARGEST_OUTPUT = 1024
_USER_STATES = (1, 3)  # CKS_RO_USER_FUNCTIONS, CKS_RW_USER_FUNCTIONS
_LABEL_LENGTH = 32  # CK_TOKEN_INFO.label, padded with blanks
_PLACES = {  # position in CK_FUNCTION_LIST, after the version
    "C_GetTokenInfo": 6,
    "C_InitToken": 9,
    "C_InitPIN": 10,
    "C_SetPIN": 11,
    "C_CloseAllSessions": 14,
    "C_GetSessionInfo": 15,
    "C_Login": 18,
    "C_Logout": 19,
    "C_DecryptInit": 33,
    "C_Decrypt": 34,
    "C_SignInit": 42,
    "C_Sign": 43,
    "C_GenerateKeyPair": 59,
}
_FUNCTIONS_READ = max(_PLACES.values()) + 1
_NAMES = {
    0x02: "HostMemory", 0x10: "AttributeReadOnly", 0x12: "AttributeTypeInvalid", 0x13: "AttributeValueInvalid",
    0xD0: "TemplateIncomplete", 0xD1: "TemplateInconsistent", 0x130: "DomainParamsInvalid",
    0x03: "SlotIDInvalid", 0x05: "GeneralError", 0x06: "FunctionFailed", 0x07: "ArgumentsBad",
    0x20: "DataInvalid", 0x21: "DataLenRange", 0x30: "DeviceError", 0x31: "DeviceMemory", 0x32: "DeviceRemoved",
    0x40: "EncryptedDataInvalid", 0x41: "EncryptedDataLenRange", 0x50: "FunctionCancelled",
    0x54: "FunctionNotSupported", 0x60: "KeyHandleInvalid", 0x62: "KeySizeRange", 0x63: "KeyTypeInconsistent",
    0x70: "MechanismInvalid", 0x71: "MechanismParamInvalid", 0x82: "ObjectHandleInvalid", 0x90: "OperationActive",
    0x91: "OperationNotInitialized", 0xA0: "PinIncorrect", 0xA1: "PinInvalid", 0xA2: "PinLenRange",
    0xA3: "PinExpired", 0xA4: "PinLocked", 0xB0: "SessionClosed", 0xB1: "SessionCount", 0xB3: "SessionHandleInvalid",
    0xB5: "SessionReadOnly", 0xB6: "SessionExists",
    0xE0: "TokenNotPresent", 0xE1: "TokenNotRecognised", 0xE2: "TokenWriteProtected", 0x100: "UserAlreadyLoggedIn",
    0x101: "UserNotLoggedIn", 0x102: "UserPinNotInitialized", 0x1B9: "PinTooWeak", 0x200: "FunctionRejected",
}  # fmt: skip
_PACKING = 1 if sys.platform == "win32" else 0


#: Attributes by number: a CK_BBOOL, a CK_ULONG or bytes each.
Template = Mapping[int, bool | int | bytes]


class _FunctionList(ctypes.Structure):
    if _PACKING:
        _pack_ = _PACKING
    _fields_: ClassVar[Sequence[tuple[str, type]]] = [
        ("major", ctypes.c_ubyte),
        ("minor", ctypes.c_ubyte),
        ("functions", ctypes.c_void_p * _FUNCTIONS_READ),
    ]


class _Mechanism(ctypes.Structure):
    if _PACKING:
        _pack_ = _PACKING
    _fields_: ClassVar[Sequence[tuple[str, type]]] = [
        ("mechanism", ctypes.c_ulong),
        ("parameter", ctypes.c_void_p),
        ("length", ctypes.c_ulong),
    ]


class _SessionInfo(ctypes.Structure):
    if _PACKING:
        _pack_ = _PACKING
    _fields_: ClassVar[Sequence[tuple[str, type]]] = [
        ("slot", ctypes.c_ulong),
        ("state", ctypes.c_ulong),
        ("flags", ctypes.c_ulong),
        ("device_error", ctypes.c_ulong),
    ]


class _TokenInfo(ctypes.Structure):
    if _PACKING:
        _pack_ = _PACKING
    _fields_: ClassVar[Sequence[tuple[str, type]]] = [
        ("names", ctypes.c_char * (32 + 32 + 16 + 16)),  # label, manufacturer, model, serial number
        ("flags", ctypes.c_ulong),
        ("sessions", ctypes.c_ulong * 4),
        ("longest_pin", ctypes.c_ulong),
        ("shortest_pin", ctypes.c_ulong),
        ("memory", ctypes.c_ulong * 4),
        ("versions", ctypes.c_ubyte * 4),
        ("time", ctypes.c_char * 16),
    ]


class _Attribute(ctypes.Structure):
    if _PACKING:
        _pack_ = _PACKING
    _fields_: ClassVar[Sequence[tuple[str, type]]] = [
        ("type", ctypes.c_ulong),
        ("value", ctypes.c_void_p),
        ("length", ctypes.c_ulong),
    ]


class OaepParameters(ctypes.Structure):
    """CK_RSA_PKCS_OAEP_PARAMS: hash and mask generation by number, an empty label."""

    if _PACKING:
        _pack_ = _PACKING
    _fields_: ClassVar[Sequence[tuple[str, type]]] = [
        ("hash", ctypes.c_ulong),
        ("mask", ctypes.c_ulong),
        ("source", ctypes.c_ulong),
        ("label", ctypes.c_void_p),
        ("label_length", ctypes.c_ulong),
    ]


class PssParameters(ctypes.Structure):
    """CK_RSA_PKCS_PSS_PARAMS: hash and mask generation by number, bytes of salt."""

    if _PACKING:
        _pack_ = _PACKING
    _fields_: ClassVar[Sequence[tuple[str, type]]] = [
        ("hash", ctypes.c_ulong),
        ("mask", ctypes.c_ulong),
        ("salt", ctypes.c_ulong),
    ]


class Cryptoki:
    """A loaded module's own functions; every failure raises the exception that python-pkcs11 has for the code."""

    def __init__(self, module: str) -> None:
        # The loader counts references: this is the library that python-pkcs11 has loaded, not a second one.
        self._library = ctypes.CDLL(module)
        found = ctypes.POINTER(_FunctionList)()
        self._library.C_GetFunctionList.restype = ctypes.c_ulong
        _succeed(self._library.C_GetFunctionList(ctypes.byref(found)))
        self._functions = found.contents.functions

    def _call(self, name: str, *arguments: object) -> None:
        prototype = ctypes.CFUNCTYPE(ctypes.c_ulong, *[_kind(argument) for argument in arguments])
        _succeed(prototype(self._functions[_PLACES[name]])(*arguments))

    def initialise_token(self, slot: int, *, so_pin: bytearray, label: str) -> None:
        """C_InitToken: wipe the token in ``slot`` and give it an SO PIN and a label of at most 32 bytes."""
        name = label.encode("utf-8")
        if len(name) > _LABEL_LENGTH:
            raise exceptions.ArgumentsBad
        pin = _buffer(so_pin)
        try:
            padded = ctypes.create_string_buffer(name.ljust(_LABEL_LENGTH), _LABEL_LENGTH)
            self._call("C_InitToken", ctypes.c_ulong(slot), pin, ctypes.c_ulong(len(so_pin)), padded)
        finally:
            _wipe(pin)

    def initialise_pin(self, session: Session, pin: bytearray | None) -> None:
        """C_InitPIN: set the user's PIN in a session that the security officer logged in."""
        with _typed(pin) as (typed, length):
            self._call("C_InitPIN", _handle(session), typed, length)

    def set_pin(self, session: Session, old: bytearray | None, new: bytearray | None) -> None:
        """C_SetPIN: change the PIN of whoever is logged in; without both, the reader's own keypad asks."""
        with _typed(old) as (before, length_before), _typed(new) as (after, length_after):
            self._call("C_SetPIN", _handle(session), before, length_before, after, length_after)

    def pin_lengths(self, slot: int) -> tuple[int, int]:
        """C_GetTokenInfo: the fewest and the most bytes of a PIN, as the module says it."""
        info = _TokenInfo()
        self._call("C_GetTokenInfo", ctypes.c_ulong(slot), ctypes.pointer(info))
        return info.shortest_pin, info.longest_pin

    def login(self, session: Session, user: int, pin: bytearray | None) -> None:
        """C_Login as ``user``; without a PIN the reader's own keypad asks for it."""
        with _typed(pin) as (typed, length):
            self._call("C_Login", _handle(session), ctypes.c_ulong(user), typed, length)

    def is_logged_in(self, session: Session) -> bool:
        """C_GetSessionInfo: whether the module itself believes the user to be logged in."""
        info = _SessionInfo()
        self._call("C_GetSessionInfo", _handle(session), ctypes.pointer(info))
        return info.state in _USER_STATES

    def logout(self, session: Session) -> None:
        """C_Logout: end the login of every session of that token in this process."""
        self._call("C_Logout", _handle(session))

    def close_all_sessions(self, slot: int) -> None:
        """C_CloseAllSessions: which also ends the login on that token."""
        self._call("C_CloseAllSessions", ctypes.c_ulong(slot))

    def decrypt(
        self,
        session: Session,
        key: PrivateKey,
        ciphertext: bytes,
        *,
        mechanism: int,
        oaep: OaepParameters | None,
    ) -> bytes:
        """C_DecryptInit and C_Decrypt: one private key operation."""
        self._start("C_DecryptInit", session, key, mechanism, oaep)
        return self._finish("C_Decrypt", session, ciphertext)

    def sign(
        self,
        session: Session,
        key: PrivateKey,
        data: bytes,
        *,
        mechanism: int,
        pin: bytearray | None,
        on_reader: bool = False,
        pss: PssParameters | None = None,
    ) -> bytes:
        """C_SignInit and C_Sign; ``pin`` for keys that want it each time (CKA_ALWAYS_AUTHENTICATE).

        ``on_reader`` for such a key whose PIN is typed on the reader's keypad.
        """
        self._start("C_SignInit", session, key, mechanism, pss)
        if pin is not None or on_reader:
            self.login(session, CONTEXT_SPECIFIC, pin)
        return self._finish("C_Sign", session, data)

    def generate_pair(
        self, session: Session, *, mechanism: int, public: Template, private: Template
    ) -> tuple[int, int]:
        """C_GenerateKeyPair with exactly these templates; return the handles, the public key's first."""
        handles = (ctypes.c_ulong(), ctypes.c_ulong())
        with_values = [_attributes(template) for template in (public, private)]
        arguments = [
            part
            for listed, _ in with_values
            for part in (ctypes.cast(listed, ctypes.c_void_p), ctypes.c_ulong(len(listed)))
        ]
        described = _Mechanism(mechanism, None, 0)
        pointers = [ctypes.pointer(handle) for handle in handles]
        self._call("C_GenerateKeyPair", _handle(session), ctypes.pointer(described), *arguments, *pointers)
        return handles[0].value, handles[1].value

    def _start(
        self,
        name: str,
        session: Session,
        key: PrivateKey,
        number: int,
        parameters: OaepParameters | PssParameters | None,
    ) -> None:
        described = _Mechanism(number, None, 0)
        if parameters is not None:
            described.parameter = ctypes.addressof(parameters)
            described.length = ctypes.sizeof(parameters)
        self._call(name, _handle(session), ctypes.pointer(described), ctypes.c_ulong(key.handle or 0))

    def _finish(self, name: str, session: Session, data: bytes) -> bytes:
        output = ctypes.create_string_buffer(_LARGEST_OUTPUT)
        length = ctypes.c_ulong(_LARGEST_OUTPUT)
        try:
            given = ctypes.create_string_buffer(data, len(data))
            self._call(name, _handle(session), given, ctypes.c_ulong(len(data)), output, ctypes.pointer(length))
            return output.raw[: length.value]
        finally:
            _wipe(output)


def _attributes(template: Template) -> tuple[ctypes.Array[_Attribute], list[object]]:
    """CK_ATTRIBUTE for each; the values have to live as long as the array is used."""
    kept: list[object] = []
    made = (_Attribute * len(template))()
    for place, (kind, value) in zip(made, template.items(), strict=True):
        if isinstance(value, bool):
            held: ctypes.Array[ctypes.c_char] = _buffer(bytearray([value]))
        elif isinstance(value, int):
            held = _buffer(bytearray(bytes(ctypes.c_ulong(value))))
        else:
            held = _buffer(bytearray(value))
        kept.append(held)
        place.type, place.length = kind, len(value) if isinstance(value, bytes) else ctypes.sizeof(held)
        place.value = ctypes.addressof(held)
    return made, kept


def _handle(session: Session) -> ctypes.c_ulong:
    return ctypes.c_ulong(session.handle)  # type: ignore[attr-defined] # its stubs leave the attribute out


def _kind(argument: object) -> type:
    return ctypes.c_ulong if isinstance(argument, ctypes.c_ulong) else ctypes.c_void_p


@contextlib.contextmanager
def _typed(pin: bytearray | None) -> Iterator[tuple[ctypes.Array[ctypes.c_char] | None, ctypes.c_ulong]]:
    """Give a PIN as C wants it, and wipe the copy; None stands for what is typed on the reader."""
    if pin is None:
        yield None, ctypes.c_ulong(0)
        return
    typed = _buffer(pin)
    try:
        yield typed, ctypes.c_ulong(len(pin))
    finally:
        _wipe(typed)


def _buffer(value: bytearray) -> ctypes.Array[ctypes.c_char]:
    return (ctypes.c_char * max(1, len(value))).from_buffer_copy(value or b"\0")


def _wipe(buffer: ctypes.Array[ctypes.c_char]) -> None:
    ctypes.memset(buffer, 0, ctypes.sizeof(buffer))


def _succeed(code: int) -> None:
    if code != 0:
        name = _NAMES.get(code)
        if name is None:
            raise exceptions.PKCS11Error(f"0x{code:08x}")
        raise getattr(exceptions, name)
