"""Specs and usages: AWS KMS's names, one usage each (DESIGN.md, sections 6 and 9)."""

from __future__ import annotations

import pytest

from signet.keys.spec import KeySpec, KeyUsage, Origin, Protection, SigningAlgorithm


def test_names_are_those_of_the_command_line() -> None:
    assert {spec.value for spec in KeySpec} == {
        "SYMMETRIC_DEFAULT",
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
def test_default_usage_is_encrypt_for_symmetric_and_sign_for_the_rest(spec: KeySpec) -> None:
    symmetric = spec.value == "SYMMETRIC_DEFAULT"
    assert spec.is_symmetric is symmetric
    assert spec.default_usage is (KeyUsage.ENCRYPT_DECRYPT if symmetric else KeyUsage.SIGN_VERIFY)
    assert spec.default_usage in spec.usages


@pytest.mark.parametrize("kind", [KeySpec, KeyUsage, SigningAlgorithm])
def test_values_read_back_by_name(kind: type[KeySpec | KeyUsage | SigningAlgorithm]) -> None:
    for member in kind:
        assert kind(member.value) is member
