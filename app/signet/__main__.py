"""The process entry: `signet`, `python -m signet`, and the children that Signet starts of itself.

Imports happen inside the functions here, and only here: a child that hosts a card module or parses an untrusted
document must not carry the command line with it, and `signet --version` must not load a database.
"""

from __future__ import annotations

import sys

NO_WINDOW = "The window is not part of this release yet; everything works from the command line, see `signet --help`."


def main() -> int:
    """Run what the command line asks for and return the exit status (DESIGN.md, section 9).

    ``signet _child token`` is how Signet starts the process that hosts a PKCS#11 module; people do not call it.
    """
    arguments = sys.argv[1:]
    if arguments[:2] == ["_child", "token"]:
        from signet.tokens.host import main as host

        return host()
    from signet.cli.main import main as command_line

    if not arguments:
        # Without arguments the window opens once there is one; until then the help is the best answer.
        status = command_line(["--help"])
        print(f"\n{NO_WINDOW}", file=sys.stderr)  # noqa: T201 - nothing else is loaded that could speak
        return status
    return command_line(arguments)


def main_gui() -> int:
    """Say that the window comes with a later release, and return 2."""
    print(NO_WINDOW, file=sys.stderr)  # noqa: T201
    return 2


if __name__ == "__main__":
    sys.exit(main())
