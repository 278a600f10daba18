"""Trusted lists in a vault: taken in, renewed over a network of our own, asked by verdicts, forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from signet.clock import timestamp
from signet.documents.asking import Unchecked
from signet.documents.trusted_lists import read_trusted_list
from signet.errors import (
    ListNotFound,
    ListOlder,
    ListRefused,
    ListSignerUnknown,
    ProofOfPresenceMissing,
    ServiceRefused,
)
from signet.keys.issuer import TrustedList
from signet.services import trusted_lists as lists
from signet.services.audit import verify_log
from signet.services.list_updates import update_lists
from signet.services.listed import listed_roots
from signet.services.qualification import with_lists
from signet.services.session import PRESENCE_SECONDS, Session
from signet.services.verdicts import SignatureView, Verdict, Verification
from signet.services.verifying import verify_file
from support import asic_forge, pki
from support import lists_forge as forge
from support.clock import SettableClock
from support.lists_forge import Forged, Pointer, Service, made, operator
from support.tsa import Answer, serving
from support.vaults import VaultInTest, make_vault

SERVICES = (Service(pki.issuing().der), Service(pki.time_stamper().der, forge.QTST))


@pytest.fixture(scope="module")
def module_clock() -> SettableClock:
    return SettableClock(pki.NOW + timedelta(days=3))


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, module_clock: SettableClock) -> Iterator[VaultInTest]:
    made_ = make_vault(tmp_path_factory.mktemp("lists"), module_clock)
    yield made_
    made_.workplace.close()


@pytest.fixture
def session(opened: VaultInTest) -> Iterator[Session]:
    with opened.open(administer=True) as found:
        yield found
        for each in lists.list_lists(found):
            lists.remove_list(found, each.found.territory)


class _Near:
    """The child's operations without its process: what it answers is its own tests' matter."""

    def prepare(self, _operation: str) -> None:
        pass

    def ask(self, _operation: str, *, seconds: float, **parameters: Any) -> Mapping[str, object]:
        assert seconds > 0
        answer = read_trusted_list(**parameters)
        if "refused" in answer:
            raise Unchecked(str(answer["refused"]))
        return answer


@pytest.fixture
def near(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "document_child", lambda *_, **__: nullcontext(_Near()))


def add(session: Session, folder: Path, forged: Forged, signer: pki.Holder | None) -> TrustedList:
    path, certificate = folder / "list.xml", folder / "signer.pem"
    path.write_bytes(made(forged))
    certificate.write_bytes((signer or forged.signer).pem)
    offered = lists.list_in_file(session, str(path), signer=str(certificate) if signer else "")
    return lists.add_list(session, offered)


def view(session: Session, folder: Path, signer: pki.Holder, **how: object) -> SignatureView:
    container = folder / "deed.asice"
    forged = asic_forge.Forged(signer=signer, stamper=pki.time_stamper(), lists=(pki.crl(),), **how)  # type: ignore[arg-type]
    container.write_bytes(asic_forge.container(forged))
    (found,) = verify_file(str(container), session=session).signatures
    return found


def before(found: SignatureView) -> SignatureView:
    """A view as it is before a list is asked."""
    assert found.facts is not None
    return replace(found, facts=replace(found.facts, qualified="", qualified_note=""))


def test_a_list_makes_its_issuers_count_and_says_who_is_qualified(
    session: Session, tmp_path: Path, module_clock: SettableClock
) -> None:
    signer = forge.qualified_signer()
    found = add(session, tmp_path, Forged(services=SERVICES), operator("List of EE"))
    assert (found.named_by, found.territory, found.sequence) == ("person", "EE", 7)
    assert set(listed_roots(session)) == {pki.issuing().der, pki.time_stamper().der}
    (shown,) = lists.list_lists(session)
    assert (shown.issuers, shown.stampers, shown.here, shown.ended) == (1, 1, True, False)
    after = view(session, tmp_path, signer)
    assert (after.verdict, after.trusted_by) == (Verdict.VALID, "list")
    assert after.facts is not None
    assert (after.facts.qualified, after.facts.proven_time) == ("qualified", "2026-11-20T14:03:00Z")
    assert after.facts.qualified_note.endswith("by the trusted list of EE of 2026-11-01")
    # A list never makes up for a signature that does not hold.
    for verdict in (Verdict.INVALID, Verdict.CHANGED, Verdict.UNKNOWN, Verdict.EXPIRED_OR_REVOKED):
        bad = Verification("", "", verdict, "", (replace(before(after), verdict=verdict),))
        assert with_lists(session, bad, timestamp(pki.NOW)) == bad
    # Of an issuer that no list names it says nothing.
    plain = before(after)
    assert plain.facts is not None
    stranger = replace(plain, facts=replace(plain.facts, chain=(signer.der, pki.root().der)))
    (unknown,) = with_lists(
        session, Verification("", "", Verdict.VALID, "", (stranger,)), timestamp(pki.NOW)
    ).signatures
    assert unknown.facts is not None
    assert (unknown.facts.qualified, unknown.facts.qualified_note) == (
        "unknown",
        "no trusted list that is here names its issuer",
    )
    # Once it has ended it says nothing.
    module_clock.advance(200 * 86400)
    try:
        assert listed_roots(session) == ()
        ended = view(session, tmp_path, signer)
        assert ended.facts is not None
        assert (ended.verdict, ended.facts.qualified) == (Verdict.VALID_UNTRUSTED, "unknown")
        assert "has ended on 2027-04-30" in ended.facts.qualified_note
    finally:
        module_clock.advance(-200 * 86400)


@pytest.mark.usefixtures("near")
def test_a_list_never_goes_back_and_comes_again_if_its_file_is_gone(session: Session, tmp_path: Path) -> None:
    by = operator("List of EE")
    newer = add(session, tmp_path, Forged(sequence=8), by)
    for sequence in (7, 8):
        with pytest.raises(ListOlder):
            add(session, tmp_path, Forged(sequence=sequence, services=SERVICES), by)
    assert [each.found for each in lists.list_lists(session)] == [newer]
    Path(lists.list_files(session).path(newer.digest)).write_bytes(b"something else")
    (gone,) = lists.list_lists(session)
    assert (gone.here, gone.issuers, listed_roots(session)) == (False, 0, ())
    again = add(session, tmp_path, Forged(sequence=8), by)
    assert again.digest == newer.digest
    assert lists.list_lists(session)[0].here
    assert not verify_log(session)
    lists.remove_list(session, "ee")
    assert not Path(lists.list_files(session).path(newer.digest)).exists()
    with pytest.raises(ListNotFound):
        lists.remove_list(session, "EE")


@pytest.mark.usefixtures("near")
def test_who_may_sign_is_said_by_the_list_of_lists_for_its_own_state(session: Session, tmp_path: Path) -> None:
    with pytest.raises(ListSignerUnknown):
        add(session, tmp_path, Forged(), None)
    above = operator("List of lists")
    latvian = operator("List of LV")
    path, certificate = tmp_path / "lotl.xml", tmp_path / "lotl.pem"
    path.write_bytes(forge.lotl(Pointer("EE", "x", [operator("List of EE").der]), Pointer("LV", "y", [latvian.der])))
    certificate.write_bytes(above.pem)
    with pytest.raises(ListSignerUnknown):
        lists.list_in_file(session, str(path))
    lists.add_list(session, lists.list_in_file(session, str(path), signer=str(certificate)))
    assert add(session, tmp_path, Forged(), None).named_by == "lotl"
    with pytest.raises(ListSignerUnknown):  # Latvia's signer does not sign for Estonia
        add(session, tmp_path, Forged(signer=latvian, sequence=9), None)
    with pytest.raises(ListRefused, match="somebody else"):
        add(session, tmp_path, Forged(sequence=9), latvian)
    with pytest.raises(ListRefused, match="no certificate"):
        lists.list_in_file(session, str(path), signer=str(path))


@pytest.mark.usefixtures("near")
def test_lists_are_fetched_when_asked_and_one_that_fails_keeps_none_back(
    session: Session, tmp_path: Path, module_clock: SettableClock
) -> None:
    above = operator("List of lists")
    answers: dict[str, bytes] = {}
    with serving(lambda _method, path, _body: Answer(answers.get(path, b""), 200 if path in answers else 404)) as web:
        base = web.url.removesuffix("/tsa")
        pointers = [
            Pointer(each, f"{base}/{each}.xml", [operator(f"List of {each}").der]) for each in ("EE", "LV", "LT")
        ]
        own = Pointer("EU", f"{base}/lotl.xml", [above.der])
        first = tmp_path / "lotl.xml"
        first.write_bytes(forge.lotl(own, *pointers))
        certificate = tmp_path / "lotl.pem"
        certificate.write_bytes(above.pem)
        lists.add_list(session, lists.list_in_file(session, str(first), signer=str(certificate)))
        answers["/lotl.xml"] = forge.lotl(own, *pointers, sequence=301)
        answers["/EE.xml"] = made(Forged())
        address = own.address
        updates = update_lists(session, ["ee", "LV", "XX"], address=address)
        assert [(each.territory, each.renewed, type(each.error)) for each in updates] == [
            ("EU", True, type(None)),
            ("EE", True, type(None)),
            ("LV", False, ServiceRefused),
            ("XX", False, ListNotFound),
        ]
        # What is here is renewed without a PIN; what would be new wants one.
        module_clock.advance(PRESENCE_SECONDS + 1)
        answers["/EE.xml"] = made(replace(Forged(), sequence=8))
        assert [(each.territory, each.renewed) for each in update_lists(session, address=address)] == [
            ("EE", True),
            ("EU", False),
        ][::-1]
        with pytest.raises(ProofOfPresenceMissing):
            update_lists(session, ["LT"], address=address)
    module_clock.advance(-timedelta(seconds=PRESENCE_SECONDS + 1).total_seconds())
