"""What keys may be used for: the policy of each, and how often it was used where that is counted."""

from __future__ import annotations

from signet.audit.canonical import canonical, read_canonical
from signet.errors import RecordDisagrees
from signet.keys.policy import Limits, Policy
from signet.store.tables.sealed import KEY_POLICIES, Row, Witness


class PoliciesReading:
    """Read policies; every row is checked against its MAC (RecordDisagrees names it)."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness

    def get(self, key_id: str) -> Limits:
        """Return the limits of a key, those that take nothing away if it has none."""
        row = self._witness.row(KEY_POLICIES, key_id)
        return Limits(key_id) if row is None else _limits(row)

    def all(self) -> list[Limits]:
        """Return the limits of every key that has some, by key."""
        return [_limits(row) for row in self._witness.rows(KEY_POLICIES, "ORDER BY key_id")]


class Policies(PoliciesReading):
    """Read and write policies; what is written is named in the next audit entry."""

    def put(self, key_id: str, policy: Policy) -> Limits:
        """Give a key this policy from the next entry on (``key_policies/KEY`` in the log).

        What was counted is kept while there is a number of uses before and after. An empty policy leaves no row.
        """
        before = self.get(key_id)
        counted = policy.most_uses is not None and before.policy.most_uses is not None
        limits = Limits(key_id, policy, self._witness.head.count + 1, before.uses if counted else 0)
        if policy.rules:
            self._write(limits)
        else:
            self.remove(key_id)
        return limits

    def count(self, limits: Limits, uses: int) -> Limits:
        """Take so many uses, negative ones give back; the caller has decided that they are there."""
        counted = Limits(limits.key_id, limits.policy, limits.since, limits.uses + uses)
        if counted.uses < 0:
            raise ValueError("more uses are given back than were taken")
        self._write(counted)
        return counted

    def remove(self, key_id: str) -> None:
        """Take a key's policy away; if there is none, nothing is logged."""
        if self._witness.row(KEY_POLICIES, key_id) is not None:
            self._witness.delete(KEY_POLICIES, key_id)

    def _write(self, limits: Limits) -> None:
        row: Row = {
            "key_id": limits.key_id,
            "policy": canonical(limits.policy.fields()).decode("ascii"),
            "since": limits.since,
            "uses": limits.uses,
        }
        self._witness.write(KEY_POLICIES, row)


def _limits(row: Row) -> Limits:
    try:
        policy = Policy.of(read_canonical(str(row["policy"])))
        return Limits(str(row["key_id"]), policy, int(row["since"] or 0), int(row["uses"] or 0))
    except ValueError as error:
        raise RecordDisagrees(place=KEY_POLICIES.name_of(row)) from error
