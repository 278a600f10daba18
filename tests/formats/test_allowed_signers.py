"""Lists of SSH public keys, with the options of allowed_signers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signet.errors import FormatUnrecognised
from signet.formats import allowed_signers, sshkey

ONE, TWO = sshkey.Ed25519PublicKey(bytes(32)), sshkey.Ed25519PublicKey(b"\1" * 32)
LINE, OTHER = sshkey.public_line(ONE), sshkey.public_line(TWO)


def parse(text: str) -> tuple[sshkey.SshPublicKey, ...]:
    return allowed_signers.parse(text, namespace="file")


@pytest.mark.parametrize(
    "line",
    [
        LINE,
        f"{LINE} Mari of the office",
        f"  {LINE}  ",
        f"mari@example.ee {LINE}",
        f'"mari kask",mari@* {LINE} comment',
        f'mari@example.ee namespaces="file" {LINE}',
        f'mari@example.ee namespaces="git,file" {LINE}',
        f'mari@example.ee namespaces="f?le" {LINE}',
        f"mari@example.ee NAMESPACES=* {LINE}",
        f"mari@example.ee\t{LINE}",
    ],
)
def test_lines_that_name_a_key_are_read(line: str) -> None:
    assert parse(line) == (ONE,)
    assert parse(f"# people\n\n{line}\r\n{OTHER}\n") == (ONE, TWO)


@pytest.mark.parametrize(
    "line",
    [
        f"mari@example.ee cert-authority {LINE}",
        f'mari@example.ee cert-authority,namespaces="file" {LINE}',
        f'mari@example.ee namespaces="git" {LINE}',
        f'mari@example.ee namespaces="*,!file" {LINE}',
        f'mari@example.ee namespaces="[f]ile" {LINE}',
        f'mari@example.ee namespaces="" {LINE}',
        "sk-ssh-ed25519@openssh.com AAAA mari",
        "mari@example.ee ssh-ed25519-cert-v01@openssh.com AAAA",
    ],
)
def test_lines_that_do_not_count_here_are_left_out(line: str) -> None:
    assert parse(f"{line}\n{OTHER}\n") == (TWO,)
    with pytest.raises(FormatUnrecognised):
        parse(line)


@pytest.mark.parametrize(
    "line",
    [
        f'mari@example.ee valid-before="20200101" {LINE}',
        f"mari@example.ee valid-after=20200101,namespaces=file {LINE}",
        f"mari@example.ee new-option {LINE}",
        f"mari@example.ee namespaces=file too many {LINE}",
        "ssh-ed25519",
        "mari@example.ee ssh-ed25519",
        "mari@example.ee",
        LINE[:-3],
        LINE.replace("ssh-ed25519 ", "ssh-rsa "),
        "hello world again",
    ],
)
def test_lines_that_are_not_understood_refuse_the_file(line: str) -> None:
    with pytest.raises(FormatUnrecognised):
        parse(f"{OTHER}\n{line}\n")


def test_an_empty_or_a_huge_list_is_refused() -> None:
    for text in (
        "",
        "\n\n",
        "# nobody\n",
        f"{LINE}\n" * (allowed_signers.MAX_LINES + 1),
        "#" * (allowed_signers.MAX_LIST + 1),
    ):
        with pytest.raises(FormatUnrecognised):
            parse(text)


@given(text=st.text(max_size=200))
def test_any_other_text_is_refused_or_left_out(text: str) -> None:
    with pytest.raises(FormatUnrecognised):
        parse(text)
