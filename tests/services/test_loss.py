"""What losing a card means: every case as a table, and the sentences that tell it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from signet.formats.header import MethodKind
from signet.services.loss import Answer, Card, Loss, Proof, Stake, Way, losses, proof_of
from signet.services.loss_words import dying_keys, verdict_sentence, verdict_title, what_helps
from signet.services.methods import MethodView, on_their_cards

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
MINE, SPARE, NAMELESS = Card("1001", "My card"), Card("1002", "Spare card"), Card("", "Old card")


def way(label: str, proof: Proof = Proof.PROVEN, card: Card | None = None) -> Way:
    return Way(f"id-of-{label}", label, proof, None if proof is Proof.NEVER else "2026-11-10T12:00:00Z", card)


def code(proof: Proof = Proof.PROVEN) -> Way:
    return way("Recovery code", proof)


def words(proof: Proof = Proof.PROVEN) -> Way:
    return way("Passphrase", proof)


def mine(proof: Proof = Proof.PROVEN) -> Way:
    return way("My card", proof, MINE)


def spare(proof: Proof = Proof.PROVEN) -> Way:
    return way("Spare card", proof, SPARE)


def nameless(proof: Proof = Proof.PROVEN) -> Way:
    return way("Old card", proof, NAMELESS)


SECOND_KEY = way("Second key", Proof.PROVEN, Card("0001001", "My card"))
"""Another key of the same card, seen through a module that fills the serial number up."""


@pytest.mark.parametrize(
    ("ways", "answer"),
    [
        # one way in: nothing is left, whatever it is
        ([mine()], Answer.NO),
        ([code()], Answer.NO),
        # a card, and something that needs none
        ([mine(), code()], Answer.YES),
        ([mine(), code(Proof.OLD)], Answer.NOT_CERTAIN),
        ([mine(), code(Proof.NEVER)], Answer.NOT_CERTAIN),
        ([mine(), code(Proof.FAILED)], Answer.NOT_CERTAIN),
        ([mine(), code(Proof.FAILED), words()], Answer.YES),
        ([mine(Proof.NEVER), code()], Answer.YES),
        # two cards: either may be the one that is lost
        ([mine(), spare()], Answer.YES),
        ([mine(), spare(Proof.NEVER)], Answer.NOT_CERTAIN),
        ([mine(Proof.OLD), spare()], Answer.NOT_CERTAIN),
        ([mine(), spare(Proof.NEVER), code()], Answer.YES),
        # two keys of one card are one card
        ([mine(), SECOND_KEY], Answer.NO),
        ([mine(), SECOND_KEY, code()], Answer.YES),
        ([mine(), SECOND_KEY, spare(Proof.NEVER)], Answer.NOT_CERTAIN),
        # a card without a serial number may be the one that is lost
        ([mine(), nameless()], Answer.NO),
        ([mine(), nameless(), code()], Answer.YES),
        # no card: each secret may be the one that is forgotten
        ([code(), words()], Answer.YES),
        ([code(Proof.OLD), words()], Answer.NOT_CERTAIN),
        ([code(), words(Proof.NEVER)], Answer.NOT_CERTAIN),
        ([code(), words(), way("Second code", Proof.NEVER)], Answer.YES),
    ],
)
def test_the_answer_is_that_of_the_worst_loss(ways: list[Way], answer: Answer) -> None:
    assert losses(ways)[0].answer is answer


@pytest.mark.parametrize(
    ("proven", "failed", "proof"),
    [
        (None, None, Proof.NEVER),
        (None, NOW, Proof.FAILED),
        (NOW, None, Proof.PROVEN),
        (NOW - timedelta(days=364, hours=23), None, Proof.PROVEN),
        (NOW - timedelta(days=365), None, Proof.OLD),
        (NOW - timedelta(days=2), NOW - timedelta(days=1), Proof.FAILED),
        (NOW - timedelta(days=1), NOW - timedelta(days=2), Proof.PROVEN),
        (NOW - timedelta(days=900), NOW - timedelta(days=901), Proof.OLD),
        (NOW + timedelta(hours=1), None, Proof.PROVEN),
        (NOW + timedelta(days=30), None, Proof.OLD),
    ],
)
def test_what_the_dates_of_a_way_in_are_worth(proven: datetime | None, failed: datetime | None, proof: Proof) -> None:
    assert proof_of(proven, failed, NOW) is proof


def stake(*holders: Card | None, alias: str = "letters", files: tuple[str, ...] = ()) -> Stake:
    return Stake(f"id-of-{alias}", alias, holders, files)


@pytest.mark.parametrize(
    ("holders", "dies"),
    [
        ((MINE,), True),
        ((SPARE,), False),
        ((NAMELESS,), True),
        # guarded: what brings it back is any one of the guards
        ((MINE, SPARE), False),
        ((MINE, None), False),
        ((MINE, Card("1001", "the same card")), True),
    ],
)
def test_a_key_dies_with_the_last_thing_that_brings_it_back(holders: tuple[Card | None, ...], dies: bool) -> None:
    assert stake(*holders).dies_with(MINE) is dies
    (loss,) = (loss for loss in losses([mine(), code()], [stake(*holders)]) if loss.card == MINE)
    assert bool(loss.keys) is dies


def test_a_card_that_only_has_keys_is_a_loss_too_and_locks_nobody_out() -> None:
    found = losses([mine(), code(Proof.NEVER)], [stake(SPARE, files=("/a.esdk", "/b.esdk"))])
    assert [(loss.card, loss.answer) for loss in found] == [(MINE, Answer.NOT_CERTAIN), (SPARE, Answer.YES)]
    assert found[0].keys == ()
    assert found[1].gone == ()
    assert found[1].files == ("/a.esdk", "/b.esdk")


def test_of_two_losses_that_one_survives_the_one_that_costs_keys_is_worse() -> None:
    found = losses([mine(), spare(), code()], [stake(SPARE)])
    assert [loss.card for loss in found] == [SPARE, MINE]


def when(_: str) -> str:
    return "12 days ago"


def said(*ways: Way) -> tuple[str, str]:
    found = losses(ways)
    return verdict_title(found), verdict_sentence(found, when)


@pytest.mark.parametrize(
    ("ways", "title", "sentence"),
    [
        (
            (mine(), code()),
            "If you lost your card today, you would still get in.",
            "Recovery code tested 12 days ago.",
        ),
        (
            (mine(), spare(), code()),
            "If you lost a card today, you would still get in.",
            "Spare card tested 12 days ago and Recovery code tested 12 days ago.",
        ),
        (
            (mine(), code(Proof.NEVER)),
            "If you lost your card today, it is not certain that you would get in.",
            "“Recovery code” was never tested. Test it now.",
        ),
        (
            (mine(), code(Proof.FAILED), words(Proof.OLD)),
            "If you lost your card today, it is not certain that you would get in.",
            "“Recovery code” failed when it was tested last. “Passphrase” was last tested 12 days ago, which is too "
            "long ago. Test one of them now.",
        ),
        (
            (mine(), nameless()),
            "If you lost a card today, you would be locked out.",
            "“My card” and “Old card” are on one card, as far as is known, and there is no other way in. Add a "
            "recovery code or another card now.",
        ),
        (
            (mine(),),
            "There is only one way in.",
            "Without “My card” everything in this vault is lost. Add a second way in now.",
        ),
        (
            (code(),),
            "There is only one way in.",
            "Without “Recovery code” everything in this vault is lost. Add a second way in now.",
        ),
        (
            (code(), words()),
            "If you forgot one way in today, another would still work.",
            "Recovery code tested 12 days ago and Passphrase tested 12 days ago.",
        ),
        (
            (code(Proof.OLD), words()),
            "It is not certain that a second way in works.",
            "“Recovery code” was last tested 12 days ago, which is too long ago. Test it now.",
        ),
    ],
)
def test_the_verdict_says_who_vouches_for_it_or_what_is_missing(
    ways: tuple[Way, ...], title: str, sentence: str
) -> None:
    assert said(*ways) == (title, sentence)


@pytest.mark.parametrize(
    ("stakes", "told"),
    [
        ((), ""),
        ((stake(MINE),), "The key “letters” is only on “My card” and would be gone for good."),
        (
            (stake(MINE), stake(MINE, alias="b", files=("/x",))),
            "The keys “letters” and “b” are only on “My card” and would be gone for good, with 1 known file that "
            "nothing else opens.",
        ),
        (
            tuple(stake(MINE, alias=alias, files=("/x", "/y")) for alias in "abcd"),
            "4 keys are only on “My card” and would be gone for good, with 8 known files that nothing else opens.",
        ),
    ],
)
def test_what_dies_with_a_card_is_named(stakes: tuple[Stake, ...], told: str) -> None:
    loss = losses([mine(), code()], stakes)[0]
    assert dying_keys(loss) == told
    assert bool(what_helps(loss)) == bool(told)


def test_files_that_only_the_card_opens_can_be_helped() -> None:
    assert what_helps(Loss(MINE, (), (), (stake(MINE, files=("/x",)),))).startswith("Encrypt those files")


def view(name: str, card: Card | None) -> MethodView:
    kind = MethodKind.TOKEN if card else MethodKind.PASSPHRASE
    return MethodView(name, kind, name, "2026-01-12T12:00:00Z", None, "", True, "", "", card=card)


@pytest.mark.parametrize(
    ("seen", "cards"),
    [
        ([], ["1001", "1002", "1003", None]),
        ([("a", ["b"])], ["1001", "1001", "1003", None]),
        ([("a", ["b"]), ("b", ["a"])], ["1001", "1001", "1003", None]),
        ([("a", ["b"]), ("c", ["b"])], ["1003", "1003", "1003", None]),
        ([("gone", ["b"]), ("a", ["gone"])], ["1001", "1002", "1003", None]),
    ],
)
def test_ways_in_that_were_seen_on_one_card_are_on_one(seen: list[tuple[str, list[str]]], cards: list[str]) -> None:
    views = [view(name, Card(f"100{number}", name)) for number, name in enumerate("abc", 1)]
    merged = on_their_cards([*views, view("d", None)], seen)
    assert [each.id for each in merged] == ["a", "b", "c", "d"]
    assert [each.card.serial if each.card else None for each in merged] == cards
