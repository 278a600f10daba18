"""Recovery shares against SLIP-39's own vectors, its reference command line, and everything that can be mistyped."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signet.crypto import shares as subject
from signet.crypto.shares import Share, ShareSet, combine_shares, read_share, split_secret
from signet.errors import HeaderDamaged, SecretIncorrect, ShareForeign, ShareMalformed
from signet.formats.header import MethodKind, Scheme
from signet.secret import Secret
from support.headers import make_method

VECTORS = json.loads((Path(__file__).parent / "slip39" / "vectors.json").read_text())
PASSPHRASE = b"TREZOR"
SECRET = bytes(range(32))
SHAMIR = Path(sys.executable).with_name("shamir")


def words(made: tuple[Share, ...]) -> list[str]:
    return [share.words.text() for share in made]


def split(threshold: int = 2, shares: int = 3) -> tuple[Share, ...]:
    return split_secret(Secret(SECRET), threshold=threshold, shares=shares)


MADE = split()
FIRST = MADE[0].words.text()


@pytest.mark.parametrize(("mnemonics", "secret"), [vector[1:3] for vector in VECTORS], ids=[v[0] for v in VECTORS])
def test_slip39s_own_vectors(mnemonics: list[str], secret: str) -> None:
    given = [Secret.from_text(mnemonic) for mnemonic in mnemonics]
    if secret:
        assert combine_shares(given, passphrase=PASSPHRASE) == Secret(bytes.fromhex(secret))
    else:
        with pytest.raises(SecretIncorrect):
            combine_shares(given, passphrase=PASSPHRASE)


def test_there_are_vectors_of_both_kinds() -> None:
    assert len(VECTORS) == 45
    assert 10 < sum(bool(vector[2]) for vector in VECTORS) < 30


@pytest.mark.parametrize("mnemonics", [vector[1] for vector in VECTORS], ids=[v[0] for v in VECTORS])
def test_other_peoples_shares_are_refused_one_by_one(mnemonics: list[str]) -> None:
    """None of the vectors is as Signet makes them: one group, at least two, 256 bits, exponent 0, not extendable."""
    for mnemonic in mnemonics:
        with pytest.raises((ShareMalformed, ShareForeign)) as caught:
            read_share(Secret.from_text(mnemonic))
        assert not set(mnemonic.split()) & set(f"{caught.value.message} {caught.value.hint}".split())


@pytest.mark.parametrize(("threshold", "shares"), [(2, 2), (2, 3), (3, 5)])
def test_every_combination_gives_the_secret_back(threshold: int, shares: int) -> None:
    made = split(threshold, shares)
    assert [share.index for share in made] == list(range(shares))
    assert {(share.identifier, share.threshold) for share in made} == {(made[0].identifier, threshold)}
    for some in itertools.permutations(made, threshold):
        assert combine_shares([share.words for share in some]) == Secret(SECRET)


def test_as_many_as_there_can_be() -> None:
    made = split(16, 16)
    assert combine_shares([share.words for share in reversed(made)]) == Secret(SECRET)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_neither_fewer_nor_more_are_combined(count: int) -> None:
    with pytest.raises(SecretIncorrect):
        combine_shares([share.words for share in MADE[:count]])


def test_two_sets_of_one_secret_have_nothing_in_common() -> None:
    other = split()
    assert not set(words(MADE)) & set(words(other))
    with pytest.raises(SecretIncorrect):
        combine_shares([MADE[0].words, other[1].words])


@pytest.mark.parametrize(("threshold", "shares"), [(1, 1), (1, 3), (4, 3), (2, 17), (0, 0)])
def test_no_such_number(threshold: int, shares: int) -> None:
    with pytest.raises(ValueError, match="number"):
        split(threshold, shares)


def test_only_a_secret_of_its_length_is_split() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        split_secret(Secret(bytes(16)), threshold=2, shares=3)


def test_shares_that_do_not_combine_are_never_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "combine_shares", lambda _: Secret(bytes(32)))
    with pytest.raises(RuntimeError):
        split()


@pytest.mark.parametrize(
    "typed",
    [
        FIRST.upper(),
        f"  {FIRST}\r\n",
        FIRST.replace(" ", "\t \n"),
        " ".join(word[:4] for word in FIRST.split()),
        " ".join(word[: 4 + number % 3] for number, word in enumerate(FIRST.split())),
    ],
)
def test_how_it_is_typed_does_not_matter(typed: str) -> None:
    assert read_share(Secret.from_text(typed)).same_words(MADE[0])


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "it has 0 words"),
        (" ".join(FIRST.split()[:-1]), "it has 32 words, and a share has 33"),
        (FIRST + " academic", "it has 34 words"),
        (FIRST.replace(" ", "", 1), "word 1 is not"),
        (" ".join([*FIRST.split()[:6], "zebra", *FIRST.split()[7:]]), "word 7 is not"),
        (" ".join([*FIRST.split()[:6], "acade mic", *FIRST.split()[7:]]), "word 8 is not"),
        (" ".join([*FIRST.split()[:6], "aca", *FIRST.split()[7:]]), "word 7 is not"),
        (" ".join([*FIRST.split()[:6], "ácademic", *FIRST.split()[7:]]), "word 7 is not"),
        ("x" * 1025, "too long"),
    ],
)
def test_what_is_no_share_says_where(typed: str, reason: str) -> None:
    with pytest.raises(ShareMalformed, match=reason) as caught:
        read_share(Secret.from_text(typed))
    assert "zebra" not in caught.value.message


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(ShareMalformed):
        read_share(Secret(b"\xff\xfe" + FIRST.encode()))


@given(st.integers(0, 32), st.integers(0, 1023))
def test_any_one_word_exchanged_is_noticed(place: int, word: int) -> None:
    from shamir_mnemonic.wordlist import WORDLIST

    typed = FIRST.split()
    changed = [*typed[:place], WORDLIST[word], *typed[place + 1 :]]
    if changed != typed:
        with pytest.raises(ShareMalformed, match="checksum"):
            read_share(Secret.from_text(" ".join(changed)))


@given(st.integers(0, 31))
def test_two_words_swapped_are_noticed(place: int) -> None:
    typed = FIRST.split()
    typed[place], typed[place + 1] = typed[place + 1], typed[place]
    if typed != FIRST.split():
        with pytest.raises(ShareMalformed):
            read_share(Secret.from_text(" ".join(typed)))


def test_no_error_carries_a_word_not_even_as_its_cause() -> None:
    typed = FIRST.split()
    typed[0], typed[1] = typed[1], typed[0]
    with pytest.raises(ShareMalformed) as malformed:
        read_share(Secret.from_text(" ".join(typed)))
    with pytest.raises(SecretIncorrect) as incorrect:
        combine_shares([MADE[0].words])
    for error in (malformed.value, incorrect.value):
        assert error.__cause__ is None
        assert error.__context__ is None


def test_a_share_never_shows_its_words() -> None:
    assert FIRST.split()[5] not in repr(MADE[0])


def test_the_reference_command_line_combines_them() -> None:
    """`shamir recover`, SLIP-39's own program, asks share after share and prints the secret."""
    for some in itertools.combinations(words(MADE), 2):
        ran = subprocess.run(
            [SHAMIR, "recover"], input="\n".join(some) + "\n", capture_output=True, text=True, check=True, timeout=60
        )
        assert SECRET.hex() in ran.stdout


def test_shares_of_the_reference_command_line_are_read() -> None:
    ran = subprocess.run(
        [SHAMIR, "create", "2of3", "--no-extendable", "-E", "0", "-S", SECRET.hex()],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    lines = [line for line in ran.stdout.splitlines() if len(line.split()) == 33]
    shares = [read_share(Secret.from_text(line)) for line in lines]
    assert [share.index for share in shares] == [0, 1, 2]
    assert combine_shares([share.words for share in shares[1:]]) == Secret(SECRET)


# The set, as the header has it

METHOD = make_method(kind=MethodKind.RECOVERY_SHARES, parameters=ShareSet(7, 2, 3).parameters())


def test_the_set_is_read_back_from_the_header() -> None:
    assert METHOD.scheme is Scheme.X25519
    assert ShareSet.of(METHOD) == ShareSet(7, 2, 3)


@pytest.mark.parametrize("made", [ShareSet(-1, 2, 3), ShareSet(1 << 15, 2, 3), ShareSet(0, 1, 3), ShareSet(0, 4, 3)])
def test_a_set_that_cannot_be_is_refused(made: ShareSet) -> None:
    with pytest.raises(HeaderDamaged, match="limits"):
        ShareSet.of(replace(METHOD, parameters=made.parameters()))


@pytest.mark.parametrize("name", ["identifier", "threshold", "shares"])
def test_parameters_are_numbers(name: str) -> None:
    changed = tuple((key, "2" if key == name else value) for key, value in METHOD.parameters)
    with pytest.raises(HeaderDamaged, match="cannot be read"):
        ShareSet.of(replace(METHOD, parameters=changed))


def test_whose_share_it_is() -> None:
    made = ShareSet(MADE[0].identifier, 2, 3)
    assert all(made.holds(share) for share in MADE)
    assert not ShareSet(MADE[0].identifier ^ 1, 2, 3).holds(MADE[0])
    assert not ShareSet(MADE[0].identifier, 3, 3).holds(MADE[0])
    assert not ShareSet(MADE[0].identifier, 2, 2).holds(MADE[2])
