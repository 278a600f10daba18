"""Specs and usages: AWS KMS's names, one usage each (DESIGN.md, sections 6 and 9)."""

from __future__ import annotations

import pytest

from signet.keys.spec import KeySpec, KeyUsage, Origin, Protection, SigningAlgorithm


def test_names_are_those_of_the_command_line() -> None:
    assert {spec.value for spec in KeySpec} == {
        "SYMMETRIC_DEFAULT",
        "HMAC_224",
        "HMAC_256",
        "HMAC_384",
        "HMAC_512",
        "RSA_2048",
        "RSA_3072",
        "RSA_4096",
        "ECC_NIST_P256",
        "ECC_NIST_P384",
        "ECC_NIST_P521",
        "ECC_NIST_EDWARDS25519",
    }
    assert {origin.value for origin in Origin} == {"VAULT", "EXTERNAL", "TOKEN"}
    assert {protection.value for protection in Protection} == {"vault", "guarded", "token"}


@pytest.mark.parametrize("spec", KeySpec)
def test_default_usage_follows_from_the_kind(spec: KeySpec) -> None:
    kind = spec.value.partition("_")[0]
    assert spec.is_symmetric is (kind in ("SYMMETRIC", "HMAC"))
    usages = {"SYMMETRIC": "ENCRYPT_DECRYPT", "HMAC": "GENERATE_VERIFY_MAC"}
    assert spec.default_usage.value == usages.get(kind, "SIGN_VERIFY")
    assert spec.default_usage in spec.usages


def test_an_hmac_key_has_one_algorithm_and_no_other_key_has_one() -> None:
    found = {spec.value: (each.value, each.digest, each.size) for spec in KeySpec if (each := spec.mac_algorithm)}
    assert found == {f"HMAC_{bits}": (f"HMAC_SHA_{bits}", f"sha{bits}", bits // 8) for bits in (224, 256, 384, 512)}


@pytest.mark.parametrize("kind", [KeySpec, KeyUsage, SigningAlgorithm])
def test_values_read_back_by_name(kind: type[KeySpec | KeyUsage | SigningAlgorithm]) -> None:
    for member in kind:
        assert kind(member.value) is member
