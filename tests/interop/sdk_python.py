"""The official Python SDK with the Material Providers Library, as an oracle for both_ways.py."""
# mypy: ignore-errors

from __future__ import annotations

import base64
import hashlib
import json
import sys
import warnings
from pathlib import Path

warnings.simplefilter("ignore")

import aws_encryption_sdk  # noqa: E402
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders  # noqa: E402
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig  # noqa: E402
from aws_cryptographic_material_providers.mpl.models import (  # noqa: E402
    AesWrappingAlg,
    CreateRawAesKeyringInput,
    CreateRawEcdhKeyringInput,
    CreateRawRsaKeyringInput,
    EphemeralPrivateKeyToStaticPublicKeyInput,
    PaddingScheme,
    PublicKeyDiscoveryInput,
    RawEcdhStaticConfigurationsEphemeralPrivateKeyToStaticPublicKey,
    RawEcdhStaticConfigurationsPublicKeyDiscovery,
)
from aws_encryption_sdk.identifiers import AlgorithmSuite  # noqa: E402

SIZES = (0, 1, 4096, 65536, 200_001)
CONTEXTS = ({}, {"note": "für beide"}, {"b": "2", "a": "1"})
SUITES = (
    AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
    AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384,
)
FRAMES = (4096, 65536)
OAEP = ("OAEP_SHA256_MGF1", "OAEP_SHA1_MGF1", "OAEP_SHA384_MGF1", "OAEP_SHA512_MGF1")

providers = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())
client = aws_encryption_sdk.EncryptionSDKClient()


def aes(key: dict[str, str]):
    return providers.create_raw_aes_keyring(
        CreateRawAesKeyringInput(
            key_namespace=key["namespace"],
            key_name=key["name"],
            wrapping_key=base64.b64decode(key["key"]),
            wrapping_alg=AesWrappingAlg.ALG_AES256_GCM_IV12_TAG16,
        )
    )


def rsa(key: dict[str, str], scheme: str, *, opens: bool):
    return providers.create_raw_rsa_keyring(
        CreateRawRsaKeyringInput(
            key_namespace=key["namespace"],
            key_name=key["name"],
            padding_scheme=getattr(PaddingScheme, scheme),
            public_key=key["public"].encode(),
            private_key=key["private"].encode() if opens else None,
        )
    )


def ecdh(curve: str, key: dict[str, str], *, opens: bool):
    if opens:
        scheme = RawEcdhStaticConfigurationsPublicKeyDiscovery(
            PublicKeyDiscoveryInput(recipient_static_private_key=key["private"].encode())
        )
    else:
        scheme = RawEcdhStaticConfigurationsEphemeralPrivateKeyToStaticPublicKey(
            EphemeralPrivateKeyToStaticPublicKeyInput(recipient_public_key=base64.b64decode(key["der"]))
        )
    return providers.create_raw_ecdh_keyring(
        CreateRawEcdhKeyringInput(curve_spec=f"ECC_NIST_{curve}", key_agreement_scheme=scheme)
    )


def keyrings(keys: dict[str, dict[str, str]], kind: str, *, opens: bool, scheme: str = OAEP[0]):
    if kind == "aes":
        return aes(keys["aes"])
    if kind == "rsa":
        return rsa(keys["rsa"], scheme, opens=opens)
    return ecdh(kind, keys[kind], opens=opens)


def open_all(keys, manifest):
    for each in manifest:
        message = Path(each["path"]).read_bytes()
        # What is for all is opened once by each of them, as each of them would.
        for kind in ("aes", "rsa", "P256", "P384", "P521") if each["kind"] == "all" else (each["kind"],):
            try:
                plain, header = client.decrypt(source=message, keyring=keyrings(keys, kind, opens=True))
                held = each["context"].items() <= header.encryption_context.items()
                ok = hashlib.sha256(plain).hexdigest() == each["sha256"] and held
            except Exception as error:  # noqa: BLE001 - whatever it is, it did not open
                print(f"  {each['path']} by {kind}: {error}", file=sys.stderr)
                ok = False
            yield {"kind": f"{each['kind']} by {kind}" if each["kind"] == "all" else kind, "ok": ok}


def write_all(keys, out: Path):
    cases = [("aes", ""), *(("rsa", scheme) for scheme in OAEP), ("P256", ""), ("P384", ""), ("P521", "")]
    for kind, scheme in cases:
        for size in SIZES:
            for number, context in enumerate(CONTEXTS):
                for suite in SUITES:
                    for frame in FRAMES:
                        plain = bytes(index % 253 for index in range(size))
                        message, _ = client.encrypt(
                            source=plain,
                            keyring=keyrings(keys, kind, opens=False, scheme=scheme or OAEP[0]),
                            encryption_context=context,
                            algorithm=suite,
                            frame_length=frame,
                        )
                        path = out / f"{kind}{scheme}-{size}-{number}-{suite.algorithm_id:04x}-{frame}.esdk"
                        path.write_bytes(message)
                        digest = hashlib.sha256(plain).hexdigest()
                        yield {"kind": f"{kind} {scheme}".strip(), "path": str(path), "sha256": digest}


folder, out = Path(sys.argv[1]), Path(sys.argv[2])
known = json.loads((folder / "keys.json").read_text())
opened = list(open_all(known, json.loads((folder / "manifest.json").read_text())))
print(json.dumps({"opened": opened, "written": list(write_all(known, out))}))
