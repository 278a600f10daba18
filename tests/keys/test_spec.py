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
        "ECC_SECG_P256K1",
        "ECC_NIST_EDWARDS25519",
        "ML_DSA_44",
        "ML_DSA_65",
        "ML_DSA_87",
        "ML_KEM_768",
        "ML_KEM_1024",
        "X25519",
    }
    assert {origin.value for origin in Origin} == {"VAULT", "EXTERNAL", "TOKEN"}
    assert {protection.value for protection in Protection} == {"vault", "guarded", "token"}


@pytest.mark.parametrize("spec", KeySpec)
def test_default_usage_follows_from_the_kind(spec: KeySpec) -> None:
    kind = spec.value.partition("_")[0]
    assert spec.is_symmetric is (kind in ("SYMMETRIC", "HMAC"))
    usages = {"SYMMETRIC": "ENCRYPT_DECRYPT", "HMAC": "GENERATE_VERIFY_MAC", "X25519": "KEY_AGREEMENT"}
    if spec.value.startswith("ML_KEM"):
        usages["ML"] = "ENCAPSULATE_DECAPSULATE"
    assert spec.default_usage.value == usages.get(kind, "SIGN_VERIFY")
    more = {"RSA": ["ENCRYPT_DECRYPT"], "ECC": ["ENCRYPT_DECRYPT", "KEY_AGREEMENT"] if "NIST_P" in spec else []}.get(
        kind, []
    )
    assert [usage.value for usage in spec.usages] == [spec.default_usage.value, *more]


ALGORITHMS = {
    "RSA": [f"RSASSA_{padding}_SHA_{bits}" for padding in ("PSS", "PKCS1_V1_5") for bits in (256, 384, 512)],
    "ECC_NIST_P256": ["ECDSA_SHA_256"],
    "ECC_NIST_P384": ["ECDSA_SHA_384"],
    "ECC_NIST_P521": ["ECDSA_SHA_512"],
    "ECC_SECG_P256K1": ["ECDSA_SHA_256"],
    "ECC_NIST_EDWARDS25519": ["ED25519_SHA_512"],
    "ML_DSA": ["ML_DSA_SHAKE_256"],
}


@pytest.mark.parametrize("spec", KeySpec)
def test_a_spec_signs_in_the_ways_that_aws_kms_names(spec: KeySpec) -> None:
    found = next((ways for start, ways in ALGORITHMS.items() if spec.startswith(start)), [])
    assert [way.value for way in spec.signing_algorithms] == found
    assert (spec.signing_algorithm is None) == (KeyUsage.SIGN_VERIFY not in spec.usages) == (not found)
    oaep = ["RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1"] if spec.startswith("RSA_") else []
    assert [way.value for way in spec.encryption_algorithms] == oaep


@pytest.mark.parametrize("algorithm", SigningAlgorithm)
def test_what_may_stand_in_for_a_message_has_one_length(algorithm: SigningAlgorithm) -> None:
    size = {"ED25519_SHA_512": None, "ML_DSA_SHAKE_256": 64}.get(algorithm, int(algorithm[-3:]) // 8)
    assert algorithm.digest_size == size
    assert algorithm.digest == (None if algorithm.startswith(("ED", "ML")) else f"sha{algorithm[-3:]}")


def test_an_hmac_key_has_one_algorithm_and_no_other_key_has_one() -> None:
    found = {spec.value: (each.value, each.digest, each.size) for spec in KeySpec if (each := spec.mac_algorithm)}
    assert found == {f"HMAC_{bits}": (f"HMAC_SHA_{bits}", f"sha{bits}", bits // 8) for bits in (224, 256, 384, 512)}


@pytest.mark.parametrize("kind", [KeySpec, KeyUsage, SigningAlgorithm])
def test_values_read_back_by_name(kind: type[KeySpec | KeyUsage | SigningAlgorithm]) -> None:
    for member in kind:
        assert kind(member.value) is member
