"""The 1024 words of SLIP-39."""

WORDLIST: list[str]
