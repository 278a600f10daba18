"""Names in certificates, as people write them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from signet.crypto.x509_names import Fields, check_email, name_text, read_subject
from signet.errors import UsageError

READ = {
    "Mari Maasikas": "CN=Mari Maasikas",
    "  Mari  ": "CN=Mari",
    "CN=Mari,O=Acme,C=EE": "CN=Mari,O=Acme,C=EE",
    " cn = Mari , o = Acme ; c = ee ": "CN=Mari,O=Acme,C=EE",
    "C=EE,O=Acme,CN=Mari": "C=EE,O=Acme,CN=Mari",
    r"CN=Maasikas\, Mari,O=A\2BB": r"CN=Maasikas\, Mari,O=A\+B",
    r"CN=Mari\ ,O=x": r"CN=Mari\ ,O=x",
    r"CN=\#1,O=Acme \"Best\" \\": r"CN=\#1,O=Acme \"Best\" \\",
    r"CN=J\C3\B5gi": "CN=Jõgi",
    "O=Acme,OU=Sales,OU=North": "O=Acme,OU=Sales,OU=North",
    "CN=M,SN=Maasikas,givenName=Mari,serialNumber=PNOEE-38001085718": (
        "CN=M,SN=Maasikas,GN=Mari,serialNumber=PNOEE-38001085718"
    ),
    "CN=M,title=Dr,organizationIdentifier=VATEE-1": "CN=M,title=Dr,organizationIdentifier=VATEE-1",
}

REFUSED = {
    "": "needs a name",
    "   ": "needs a name",
    "/C=EE/CN=Mari": "commas, not by slashes",
    "CN=": "CN is empty",
    "CN=Mari,": "no part of a name",
    "CN=Maasikas, Mari": r"“Mari” is no part of a name; a comma within one",
    "C=EE": "neither CN nor O",
    "CN=Mari,C=EST": "two letters",
    "CN=a,CN=b": "twice",
    "X=1,CN=a": "“X” is no part",
    "E=mari@example.ee,CN=Mari": "--email",
    "emailAddress=mari@example.ee": "--email",
    "CN=a+O=b": r"holds \+",
    "CN=#04024869": "begins with #",
    "CN=a\\": "nothing that it could mean",
    "CN=a\\zz": "nothing that it could mean",
    "CN=\\ff": "not UTF-8",
    "CN=" + "a" * 65: "at most 64 characters, not 65",
    "a" * 65: "at most 64",
    "CN=Mari\u202e": "cannot be seen",
    "CN=Ma\ud800ri": "cannot be seen",
    "CN=Ma\nri": "cannot be seen",
    "CN=Mari,serialNumber=é": "letters, digits",
    "CN=Mari,DC=õ": "ASCII",
    "CN=" + "a" * 2000: "longer than 1024",
}


@pytest.mark.parametrize("text", READ)
def test_a_name_is_read(text: str) -> None:
    name = read_subject(text)
    assert name_text(name) == READ[text]
    assert read_subject(name_text(name)) == name


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_name_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(UsageError, match=REFUSED[text]):
        read_subject(text)


@given(
    st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=64),
    st.text(st.characters(exclude_categories=("C", "Z")), max_size=64),
)
def test_what_a_form_brings_is_read_as_it_was_typed(name: str, organisation: str) -> None:
    found = read_subject(Fields(name, organisation, "ee").text)
    values = [str(each.value) for each in found]
    assert values == ["EE", *([organisation] if organisation else []), name]
    assert x509.Name.from_rfc4514_string(found.rfc4514_string()) == found


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(UsageError):
        name = read_subject(text)
        assert read_subject(name_text(name)) == name


@pytest.mark.parametrize("address", ["mari@example.ee", " m.m+x@sub.example-1.ee ", ""])
def test_addresses_that_certificates_can_have(address: str) -> None:
    assert check_email(address) == address.strip()


@pytest.mark.parametrize("address", ["mari", "@x", "a@", "a b@c.ee", "mari@jõgi.ee", "a@b@c", "a@b..ee", "a" * 255])
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(UsageError, match="no e-mail address"):
        check_email(address)
