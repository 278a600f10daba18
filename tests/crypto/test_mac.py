"""HMAC as openssl computes it; any other code is refused."""

from __future__ import annotations

import subprocess

import pytest

from signet.crypto.mac import check, compute
from signet.crypto.software import generate
from signet.errors import MacInvalid
from signet.keys.spec import KeySpec, MacAlgorithm
from signet.secret import Secret

HMAC_SPECS = [spec for spec in KeySpec if spec.mac_algorithm is not None]
MESSAGE = b"what do ya want for nothing?" * 1000


@pytest.mark.parametrize("spec", HMAC_SPECS)
def test_openssl_computes_the_same(spec: KeySpec) -> None:
    algorithm = spec.mac_algorithm
    assert algorithm is not None
    with generate(spec).material as material:
        code = compute(material, algorithm, (MESSAGE[:1000], MESSAGE[1000:]))
        key = material.reveal().hex()
        words = ["openssl", "dgst", "-binary", f"-{algorithm.digest}", "-mac", "HMAC", "-macopt", f"hexkey:{key}"]
        told = subprocess.run(words, input=MESSAGE, capture_output=True, check=True, timeout=60).stdout
        assert (code, len(code)) == (told, algorithm.size)
        check(code, told)
        for wrong in (
            b"",
            told[:-1],
            told + b"\0",
            bytes([told[0] ^ 1]) + told[1:],
            told[:-1] + bytes([told[-1] ^ 128]),
        ):
            with pytest.raises(MacInvalid):
                check(code, wrong)


def test_the_wrong_length_of_material_is_refused() -> None:
    with pytest.raises(ValueError, match="material"):
        compute(Secret(bytes(32)), MacAlgorithm.HMAC_SHA_384, (b"",))


def test_a_key_is_as_long_as_its_code() -> None:
    lengths = {spec.value: len(generate(spec).material) for spec in HMAC_SPECS}
    assert lengths == {"HMAC_224": 28, "HMAC_256": 32, "HMAC_384": 48, "HMAC_512": 64}
