"""The fuzz targets, without the fuzzer: each accepts its seeds and refuses them cut or changed, so none can rot."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fuzz.targets import TARGETS

HERE = Path(__file__).parent
LOCKED = HERE.parents[1] / "packaging" / "requirements.lock"


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_accepts_its_seeds_and_holds_on_damaged_ones(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    target = TARGETS[name]
    for module, limit, value in target.eased:
        assert getattr(module, limit) >= value
        monkeypatch.setattr(module, limit, value)
    for seed in target.seeds():
        assert len(seed) <= target.longest
        assert target.run(seed), seed
        for damaged in (seed[: len(seed) // 2], seed[:-1], seed + b"\0", seed[:3] + b"\xff" + seed[4:], b""):
            target.run(damaged)


def test_the_fuzzers_list_pins_what_signet_pins() -> None:
    pins = [
        set(re.findall(r"^([a-z0-9-]+==[^ \n]+)", path.read_text(), flags=re.MULTILINE))
        for path in (HERE / "requirements.lock", LOCKED)
    ]
    assert {pin.split("==")[0] for pin in pins[0] - pins[1]} == {"atheris"}
