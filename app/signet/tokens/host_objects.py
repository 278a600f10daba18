"""Reading what is on a token: raw attributes only, the parent makes keys of them. Runs only in the child process."""

from __future__ import annotations

import contextlib

from pkcs11 import Attribute, KeyType, Object, ObjectClass, PKCS11Error, Session, Slot, Token, TokenFlag

#: More objects than any card holds; a module that never stops answering is cut off here.
MAX_OBJECTS = 1000
KINDS = {
    KeyType.RSA: "rsa",
    KeyType.EC: "ec",
    KeyType.EC_EDWARDS: "edwards",
}
_CLASSES = {
    ObjectClass.PUBLIC_KEY: "public",
    ObjectClass.CERTIFICATE: "certificate",
    ObjectClass.PRIVATE_KEY: "private",
}
_READ: dict[str, dict[str, Attribute]] = {
    "public": {
        "modulus": Attribute.MODULUS,
        "exponent": Attribute.PUBLIC_EXPONENT,
        "params": Attribute.EC_PARAMS,
        "point": Attribute.EC_POINT,
        "sign": Attribute.VERIFY,
        "decrypt": Attribute.ENCRYPT,
        "derive": Attribute.DERIVE,
    },
    "certificate": {"certificate": Attribute.VALUE},
    "private": {
        "sign": Attribute.SIGN,
        "decrypt": Attribute.DECRYPT,
        "derive": Attribute.DERIVE,
        "private": Attribute.PRIVATE,
        "always": Attribute.ALWAYS_AUTHENTICATE,
        "local": Attribute.LOCAL,
        "never_extractable": Attribute.NEVER_EXTRACTABLE,
    },
}
_OF_KIND = {"rsa": {"params", "point"}, "ec": {"modulus", "exponent"}, "edwards": {"modulus", "exponent"}}


def serial_of(token: Token) -> str:
    """Return the serial number as text, without the padding some modules leave in."""
    return token.serial.decode("utf-8", errors="replace").strip(" \0")


def describe_token(slot: Slot, token: Token) -> dict[str, object]:
    """Return what C_GetTokenInfo says, as plain values."""
    flags = token.flags
    if flags & TokenFlag.USER_PIN_LOCKED:
        pin = "locked"
    elif flags & TokenFlag.USER_PIN_FINAL_TRY:
        pin = "final"
    else:
        pin = "low" if flags & TokenFlag.USER_PIN_COUNT_LOW else "ok"
    return {
        "label": token.label,
        "serial": serial_of(token),
        "model": token.model,
        "manufacturer": token.manufacturer_id,
        "slot": slot.slot_id,
        "initialised": bool(flags & TokenFlag.TOKEN_INITIALIZED),
        "pin_state": pin,
        "pin_pad": bool(flags & TokenFlag.PROTECTED_AUTHENTICATION_PATH),
        "firmware": list(token.firmware_version),
        "reader": slot.slot_description.strip(" \0"),
    }


def read_objects(session: Session) -> list[dict[str, object]]:
    """Return every key and certificate that the session may see, each with the attributes its class has."""
    found: list[dict[str, object]] = []
    for kind, name in _CLASSES.items():
        for thing in session.get_objects({Attribute.CLASS: kind}):
            if len(found) >= MAX_OBJECTS:
                return found
            found.append(_read_object(thing, name))
    return found


def read_mechanisms(session: Session) -> list[dict[str, object]]:
    """Return name, number and sizes of keys of every mechanism; sizes are in the mechanism's own unit, or 0."""
    slot = session.token.slot
    found: list[dict[str, object]] = []
    for mechanism in sorted(slot.get_mechanisms(), key=int)[:MAX_OBJECTS]:
        least = most = 0
        with contextlib.suppress(PKCS11Error, ValueError):
            info = slot.get_mechanism_info(mechanism)
            least, most = info.min_key_length or 0, info.max_key_length or 0
        name = getattr(mechanism, "name", f"0x{int(mechanism):08x}")
        found.append({"name": name, "number": int(mechanism), "least": least, "most": most})
    return found


def _read_object(thing: Object, name: str) -> dict[str, object]:
    described: dict[str, object] = {
        "class": name,
        "id": attribute(thing, Attribute.ID) or b"",
        "label": attribute(thing, Attribute.LABEL) or "",
    }
    wanted = dict(_READ[name])
    if name != "certificate":
        kind = KINDS.get(attribute(thing, Attribute.KEY_TYPE), "")  # type: ignore[call-overload]
        described["kind"] = kind
        for field in _OF_KIND.get(kind, ()):
            wanted.pop(field, None)
    for field, which in wanted.items():
        described[field] = attribute(thing, which)
    return described


def attribute(thing: Object, which: Attribute) -> object:
    """Read one attribute; None if the token does not have it or the module chokes on it.

    One at a time, because several modules answer a bulk request with an error if a single attribute is missing.
    """
    try:
        value: object = thing[which]
    except (PKCS11Error, ValueError, NotImplementedError):
        # ValueError: a number outside the library's enumerations, or a label that is not UTF-8.
        return None
    return value
