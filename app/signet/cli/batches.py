"""Several things at once: how a batch is told, and the one exit status it has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from signet.cli.output import Output

if TYPE_CHECKING:
    from signet.services.files_items import Item

MIXED = 1


def batch(output: Output, items: Sequence[Item], *, said: bool = False) -> int:
    """Print what became of each item, with ``said`` also what it says of itself, and return the exit status.

    0 if all are done or skipped, the common status if the failures agree, else 1.
    """
    output.result({"items": [item_fields(item) | ({"said": item.said} if said else {}) for item in items]})
    _tell(output, items, [item.said if said else "" for item in items])
    return status_of(items)


def signed_batch(output: Output, items: Sequence[Item]) -> int:
    """As `batch`, for signatures: until when each can be proven; what is true of all is said once, at the end."""
    proofs = [_proof(item) for item in items]
    said = [f"{item.said} {proof}".strip() for item, proof in zip(items, proofs, strict=True)]
    output.result(
        {
            "items": [
                {**item_fields(item), "said": words, "provable_until": item.proof.until if item.proof else None}
                for item, words in zip(items, said, strict=True)
            ]
        }
    )
    done = [item for item in items if item.status == "done"]
    alike = len(done) > 1 and len({item.proof for item in done}) == 1
    _tell(output, items, [item.said for item in items] if alike else said)
    if alike and (words := _proof(done[0], each=True)):
        output.say(words)
    return status_of(items)


def _proof(item: Item, *, each: bool = False) -> str:
    """A sentence, "" for what no certificate proves."""
    from signet.services.signed_documents import proof_words

    proof = item.proof
    if proof is None:
        return ""
    return proof_words(proof.until, stamped=proof.stamped, renewable=proof.renewable, each=each)


def _tell(output: Output, items: Sequence[Item], said: Sequence[str]) -> None:
    """Tell people what became of each item, with what is said of it below."""
    for item, words in zip(items, said, strict=True):
        if item.error is not None:
            output.failure(item.source, item.error)
        elif item.status == "done":
            output.say(f"{item.source} → {item.output}")
            if words:
                output.say(words)
        else:
            output.say(f"{item.source}: nothing to do")


def item_fields(item: Item) -> dict[str, object]:
    """What became of one item."""
    return {
        "source": item.source,
        "output": item.output,
        "status": item.status,
        "error": None if item.error is None else type(item.error).__name__,
    }


def status_of(items: Sequence[Item]) -> int:
    """The exit status of a batch."""
    statuses = {item.error.exit_status for item in items if item.error is not None}
    if not statuses:
        return 0
    return statuses.pop() if len(statuses) == 1 else MIXED
