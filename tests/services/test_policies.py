"""Limits of keys through the door: each kept for files, secrets, data keys, signatures and codes; counted, asked."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from signet.audit.entry import Draft, Entry, Outcome
from signet.errors import (
    CardNeeded,
    ClockSetBack,
    ConfirmationMissing,
    ContextRequired,
    ExportForbidden,
    KeyExpired,
    KeyNotYetValid,
    KeyUsesSpent,
    LimitForGood,
    OperationNotAllowed,
    ProofOfPresenceMissing,
    SignetError,
    UsageError,
)
from signet.keys.policy import FREE, Policy, Rule
from signet.keys.spec import KeySpec, Protection
from signet.keys.state import Operation
from signet.secret import Secret
from signet.services import data_keys, exporting, files, keys, macs, policies, signing, small_secrets, tokens
from signet.services.audit import list_entries, verify_log
from signet.services.enrolment import NewToken
from signet.services.methods import add_method
from signet.services.opening import open_vault
from signet.services.presence import prove_presence
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind
from signet.services.session import PRESENCE_SECONDS, Session
from support.clock import SettableClock
from support.files import child_environment
from support.vaults import VaultInTest, make_vault

PIN = "648219"
AES = KeySpec.SYMMETRIC_DEFAULT
DAY = timedelta(days=1)
TAX = {"purpose": "tax"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[VaultInTest, Session, SettableClock]]:
    """One open vault for all tests here, each with keys of its own."""
    clock = SettableClock(datetime(2026, 11, 22, 12, tzinfo=UTC))
    made = make_vault(tmp_path_factory.mktemp("limits"), clock)
    with made.open() as session:
        yield made, session, clock
    made.workplace.close()


@pytest.fixture
def vault(shared: tuple[VaultInTest, Session, SettableClock]) -> VaultInTest:
    made = shared[0]
    made.prompt.yes = True
    made.prompt.confirmed.clear()
    return made


@pytest.fixture
def session(vault: VaultInTest, shared: tuple[VaultInTest, Session, SettableClock]) -> Session:
    shared[1].proven()
    return shared[1]


@pytest.fixture
def clock(shared: tuple[VaultInTest, Session, SettableClock]) -> Iterator[SettableClock]:
    started = shared[2].now()
    yield shared[2]
    shared[2].set_wall(started)


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A name for this test's key."""
    return "".join(each if each.isalnum() else "-" for each in request.node.name)[:200]


def make(session: Session, name: str, policy: Policy = FREE, spec: KeySpec = AES, **more: Any) -> str:
    return keys.create_key(session, name, spec=spec, policy=policy, **more).id


def limit(session: Session, name: str, **limits: Any) -> None:
    policies.change_policy(session, name, lambda before: replace(before, **limits))


def used(session: Session, name: str) -> int:
    return policies.limits_of(session, name)[1].uses


def last(session: Session, operation: Operation | str) -> Entry:
    return list_entries(session, 1, operation=str(operation))[0]


def written(folder: Path, *names: str) -> list[str]:
    for each in names:
        (folder / each).write_text(each)
    return [str(folder / each) for each in names]


def test_each_door_passes_its_context_and_is_refused_by_the_rule(session: Session, name: str, tmp_path: Path) -> None:
    make(session, name, Policy(context=(("purpose", "tax"),)))
    (paper,) = written(tmp_path, "paper")
    secret = small_secrets.encrypt_secret(session, Secret(b"1234"), key=name, context=TAX).ciphertext
    wrapped = data_keys.generate_data_key(session, key=name, context=TAX).ciphertext
    data_keys.generate_data_key_pair(session, key=name, spec=KeySpec.ECC_NIST_P256, context=TAX)
    (item,) = files.encrypt_files(session, [paper], key=name, context=TAX)
    assert small_secrets.decrypt_secret(session, secret, context=TAX).plaintext.reveal() == b"1234"
    assert data_keys.decrypt_data_key(session, wrapped, context=TAX).plaintext
    assert [each.status for each in files.re_encrypt_files(session, [str(item.output)])] == ["done"]
    (opened,) = files.decrypt_files(session, [str(item.output)], output=str(tmp_path / "out"))
    assert opened.status == "done"
    other = {"purpose": "letters"}
    refused: dict[Operation, Callable[[], object]] = {
        Operation.ENCRYPT: lambda: files.encrypt_files(session, [paper], key=name, context=other),
        Operation.DECRYPT: lambda: small_secrets.decrypt_secret(session, secret, context=other),
        Operation.GENERATE_DATA_KEY: lambda: data_keys.generate_data_key(session, key=name),
        Operation.GENERATE_DATA_KEY_PAIR_WITHOUT_PLAINTEXT: lambda: data_keys.generate_data_key_pair(
            session, key=name, spec=KeySpec.ECC_NIST_P256, with_plaintext=False
        ),
    }
    for operation, use in refused.items():
        with pytest.raises(ContextRequired):
            use()
        entry = last(session, operation)
        assert (entry.outcome, entry.details["rule"]) == (Outcome.REFUSED, "context")


def test_files_of_a_batch_are_asked_about_one_by_one(session: Session, name: str, tmp_path: Path) -> None:
    """A context that is required later keeps the older files closed, and says nothing to the others."""
    make(session, name)
    papers = written(tmp_path, "tax", "other", "tax-2")
    outputs = [
        str(files.encrypt_files(session, [path], key=name, context=context)[0].output)
        for path, context in zip(papers, (TAX, {}, TAX), strict=True)
    ]
    limit(session, name, context=(("purpose", None),), most_uses=4)
    items = files.decrypt_files(session, outputs, output=str(tmp_path / "out"))
    assert [item.status for item in items] == ["done", "failed", "done"]
    assert isinstance(items[1].error, ContextRequired)
    assert used(session, name) == 2, "what is not opened is not counted"
    # The first file of a batch may be the one that does not fit.
    items = files.decrypt_files(session, [outputs[1], outputs[0]], output=str(tmp_path / "again"))
    assert [item.status for item in items] == ["failed", "done"]
    items = files.re_encrypt_files(session, outputs)
    assert {type(item.error) for item in items} == {KeyUsesSpent}
    assert used(session, name) == 3


@pytest.mark.parametrize(
    ("spec", "use"),
    [
        (KeySpec.HMAC_256, lambda session, key, path: macs.generate_mac(session, path, key=key)),
        (KeySpec.HMAC_256, lambda session, key, path: macs.verify_mac(session, path, b"", key=key)),
        (KeySpec.ECC_NIST_P256, lambda session, key, path: signing.sign_files(session, [path], key=key)),
        (AES, lambda session, key, _: small_secrets.encrypt_secret(session, Secret(b"1"), key=key)),
        (AES, lambda session, key, path: exporting.export_key(session, key, path + ".out", plain=True)),
        (AES, lambda session, key, _: data_keys.generate_data_key(session, key=key, with_plaintext=False)),
    ],
    ids=["mac", "verify-mac", "sign", "secret", "export", "data-key"],
)
def test_dates_and_questions_hold_for_every_door(
    vault: VaultInTest, session: Session, clock: SettableClock, name: str, tmp_path: Path, spec: KeySpec, use: Any
) -> None:
    (paper,) = written(tmp_path, "paper")
    make(session, name, Policy(not_before=clock.now() + DAY, confirm=True, most_uses=1), spec)
    with pytest.raises(KeyNotYetValid):
        use(session, name, paper)
    assert vault.prompt.confirmed == [], "what is refused is not asked about"
    limit(session, name, not_before=None)
    vault.prompt.yes = False
    with pytest.raises(ConfirmationMissing):
        use(session, name, paper)
    (question,) = vault.prompt.confirmed
    assert name in question
    assert used(session, name) == 0, "a no is no use"
    vault.prompt.yes = True
    with pytest.raises(SignetError) if use.__code__.co_names[-1] == "verify_mac" else _nothing():
        use(session, name, paper)
    with pytest.raises(KeyUsesSpent):
        use(session, name, paper)
    assert used(session, name) == 1


class _nothing:  # noqa: N801 - reads as contextlib's own
    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...


def test_a_batch_is_asked_about_once_with_the_number_of_its_files(
    vault: VaultInTest, session: Session, name: str, tmp_path: Path
) -> None:
    make(session, name, Policy(confirm=True))
    make(session, other := f"{name}-other")
    papers = written(tmp_path, "a", "b", "c")
    done = files.encrypt_files(session, [*papers, papers[0]], key=name)
    outputs = [str(item.output) for item in done[:3]]
    outputs += [str(files.encrypt_files(session, papers[:1], key=other, output=str(tmp_path / "x"))[0].output)]
    files.decrypt_files(session, outputs, output=str(tmp_path / "out"))
    files.re_encrypt_files(session, outputs[:2])
    files.re_encrypt_files(session, outputs[:1], key=other)
    assert vault.prompt.confirmed == [
        f"Encrypt 3 files with “{name}”? This key asks each time.",
        f"Decrypt 3 files with “{name}”? This key asks each time.",
        f"Decrypt 2 files with “{name}”, to encrypt anew? This key asks each time.",
        f"Decrypt 1 file with “{name}”, to encrypt anew? This key asks each time.",
    ]
    vault.prompt.yes = False
    (item,) = files.decrypt_files(session, outputs[1:2], output=str(tmp_path / "no"))
    assert isinstance(item.error, ConfirmationMissing)


def test_a_card_that_is_not_there_keeps_the_key_closed(session: Session, name: str) -> None:
    with pytest.raises(UsageError, match="No card opens this vault"):
        make(session, name, Policy(needs_card=True))
    key = make(session, name)
    with session.records.change() as change:  # as if the last card had been taken out since
        change.policies.put(key, Policy(needs_card=True, most_uses=3))
        change.append(Draft(policies.PUT, Outcome.DONE, key=key))
    with pytest.raises(CardNeeded):
        small_secrets.encrypt_secret(session, Secret(b"1"), key=name)
    assert used(session, name) == 0
    assert last(session, "PresentCard").details == {"error": "CardNeeded"}


@pytest.mark.parametrize("context", [(), (("purpose", None),)])
def test_the_window_of_time_holds_however_the_clock_is_set(
    session: Session, clock: SettableClock, name: str, context: tuple[tuple[str, str | None], ...]
) -> None:
    """Forward over a leap day and back; the clock was wrong for a while; the limits are set again."""
    leap = datetime(2028, 2, 29, 12, tzinfo=UTC)
    make(session, name, Policy(not_before=leap, not_after=leap + DAY, context=context))

    def use() -> None:
        small_secrets.encrypt_secret(session, Secret(b"1"), key=name, context=TAX)

    with pytest.raises(KeyNotYetValid):
        use()
    clock.set_wall(leap)
    use()
    clock.set_wall(leap + DAY)
    use()
    clock.set_wall(leap + DAY + timedelta(seconds=1))
    with pytest.raises(KeyExpired):
        use()
    for back in (leap + DAY, leap, leap + timedelta(hours=1)):
        clock.set_wall(back)
        with pytest.raises(ClockSetBack):
            use()
        assert last(session, Operation.ENCRYPT).details["rule"] == "not-after"
    clock.set_wall(leap - timedelta(seconds=1))
    with pytest.raises(KeyNotYetValid):
        use()
    # Who sets the limits again says that the clock is right now.
    clock.set_wall(leap)
    limit(session, name)
    use()
    assert verify_log(session) == ()


def test_uses_are_taken_before_the_use_and_no_kill_gives_them_back(tmp_path: Path, clock: SettableClock) -> None:
    code = """
import os, signal, sys
from pathlib import Path
from support.files import opened_by_code
from signet.keys.policy import Policy
from signet.keys.spec import KeySpec
from signet.keys.state import Operation
from signet.services import keys
from signet.services.use import use_key
with opened_by_code(Path(sys.argv[1]), Path(sys.argv[2])) as session:
    keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT, policy=Policy(most_uses=2))
    with use_key(session, "papers", Operation.EXPORT):
        os.kill(os.getpid(), signal.SIGKILL)
"""
    vault = make_vault(tmp_path, clock)
    arguments = [str(vault.path.parent), str(vault.path)]
    killed = subprocess.run([sys.executable, "-c", code, *arguments], check=False, env=child_environment())
    assert killed.returncode == -9
    with vault.open() as one, vault.open() as other:
        assert used(one, "papers") == used(other, "papers") == 1
        small_secrets.encrypt_secret(one, Secret(b"1"), key="papers")
        with pytest.raises(KeyUsesSpent):
            small_secrets.encrypt_secret(other, Secret(b"1"), key="papers")
        limit(other, "papers", confirm=True)
        assert used(one, "papers") == 2, "another limit leaves the count"
        limit(one, "papers", most_uses=3)
        assert used(other, "papers") == 2
        limit(one, "papers", most_uses=None)
        limit(one, "papers", most_uses=1)
        assert used(other, "papers") == 0, "without a number nothing is counted"
        assert verify_log(one) == ()
    vault.workplace.close()


def test_what_is_never_exported_stays_so(session: Session, name: str, tmp_path: Path) -> None:
    make(session, name, Policy(never_export=True))
    with pytest.raises(ExportForbidden):
        exporting.export_key(session, name, str(tmp_path / "out"), plain=True)
    for change in (lambda _: FREE, lambda before: before.without(Rule.NEVER_EXPORT)):
        with pytest.raises(LimitForGood):
            policies.change_policy(session, name, change)
    assert last(session, policies.PUT).details["rule"] == "never-export"
    limit(session, name, allow=frozenset({Operation.DECRYPT}))
    with pytest.raises(OperationNotAllowed):
        small_secrets.encrypt_secret(session, Secret(b"1"), key=name)
    _, limits = policies.change_policy(session, name, lambda before: replace(before, allow=None))
    assert limits.policy == Policy(never_export=True)


@pytest.mark.parametrize(
    ("spec", "policy", "said"),
    [
        (AES, Policy(allow=frozenset()), "encrypt, decrypt, make data keys"),
        (AES, Policy(allow=frozenset({Operation.SIGN})), "name some of these"),
        (KeySpec.HMAC_256, Policy(context=(("purpose", None),)), "Only keys that encrypt"),
        (AES, Policy(context=(("Purpose", None),)), "Purpose"),
        (AES, Policy(context=(("signet-content", "file"),)), "reserved"),
        (
            AES,
            Policy(not_before=datetime(2027, 1, 2, tzinfo=UTC), not_after=datetime(2027, 1, 1, tzinfo=UTC)),
            "first",
        ),
        (AES, Policy(not_after=datetime(2026, 11, 22, 11, tzinfo=UTC)), "over already"),
        (AES, Policy(most_uses=0), "number of uses"),
    ],
)
def test_limits_that_make_no_sense_are_refused(
    session: Session, name: str, spec: KeySpec, policy: Policy, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        make(session, name, policy, spec)
    make(session, name, spec=spec)
    with pytest.raises(UsageError, match=said):
        policies.change_policy(session, name, lambda _: policy)
    assert policies.limits_of(session, name)[1].policy == FREE


def test_limits_are_administration_and_logged_with_before_and_after(
    session: Session, clock: SettableClock, name: str
) -> None:
    key = make(session, name, Policy(most_uses=3))
    assert last(session, "CreateKey").details["policy"] == {"most_uses": 3}
    clock.advance(PRESENCE_SECONDS + 1)
    with pytest.raises(ProofOfPresenceMissing):
        limit(session, name, confirm=True)
    prove_presence(session)
    everything = frozenset({Operation.ENCRYPT, Operation.DECRYPT})
    limit(session, name, confirm=True, allow=everything)
    entry = last(session, policies.PUT)
    assert entry.details == {
        "before": {"most_uses": 3},
        "after": {"allow": ["Decrypt", "Encrypt"], "confirm": True, "most_uses": 3},
    }
    assert f"key_policies/{key}" in entry.changes
    policies.change_policy(session, name, lambda _: FREE)
    assert key not in policies.all_limits(session)
    assert last(session, policies.PUT).changes == (f"-key_policies/{key}",)
    assert verify_log(session) == ()


def test_a_card_is_there_or_is_presented_now(tmp_path: Path, clock: SettableClock) -> None:
    """One vault opened by its card and by its code; a guarded key asks for one PIN, not for two."""
    vault = make_vault(tmp_path, clock)
    vault.prompt.answers |= dict.fromkeys((SecretKind.NEW_PIN, SecretKind.TOKEN_PIN, SecretKind.PIN), PIN)
    card = tokens.init_software(vault.workplace)
    with vault.open(administer=True) as session:
        method = add_method(session, NewToken(card.label))
        make(session, "plain", Policy(needs_card=True))
        make(session, "guarded", Policy(needs_card=True), protection=Protection.GUARDED)
    asked: list[int] = []

    def use(session: Session, key: str) -> None:
        before = len(vault.prompt.asked)
        small_secrets.encrypt_secret(session, Secret(b"1"), key=key)
        asked.append(len(vault.prompt.asked) - before)

    with open_vault(vault.workplace, str(vault.path), selection=Selection(method_id=method.id)) as session:
        use(session, "plain")
        use(session, "guarded")
    with vault.open() as session:
        for key in ("plain", "plain", "guarded"):
            use(session, key)
        assert last(session, "PresentCard").details["label"] == method.label
        assert "needs a card" in vault.prompt.asked[-1].purpose
        tokens.discard_software(vault.workplace, card)
        for key in ("plain", "guarded"):  # the recovery code could guard it; a card it is not
            with pytest.raises(CardNeeded, match="Signet"):
                use(session, key)
    assert asked == [0, 1, 1, 1, 1]
    vault.workplace.close()
