"""One call of the command line: what its options said, and what a command needs to do its work."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from signet.cli.output import Output
from signet.cli.prompt import TerminalPrompt
from signet.cli.secrets import SecretFiles
from signet.errors import UsageError

if TYPE_CHECKING:
    from signet.services.places import Places
    from signet.services.presenting import Selection
    from signet.services.session import Session
    from signet.services.workplace import Workplace

VAULT_VARIABLE = "SIGNET_VAULT"
FRONT_END = "cli"


@dataclass
class Call:
    """Filled while the options are read, then handed to the command.

    ``places`` is None for the platform's own folders. What needs a vault, a token or a database is imported when it
    is first asked for: `signet --version` and every ``--help`` have to be quick.
    """

    output: Output
    places: Places | None = None
    vault: str | None = None
    module: str | None = None
    recovery: bool = False
    unlock_method: str | None = None
    secrets: SecretFiles = field(default_factory=SecretFiles)
    prompt: TerminalPrompt = field(init=False)
    _workplace: Workplace | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.prompt = TerminalPrompt(self.secrets, self.output)

    @property
    def json(self) -> bool:
        """Whether programs read the answer."""
        return self.output.json

    def folders(self) -> Places:
        """Where Signet keeps things."""
        if self.places is None:
            from signet.services.places import Places

            self.places = Places.of_platform()
        return self.places

    def workplace(self) -> Workplace:
        """What every service works with; made once, ended by `close`."""
        if self._workplace is None:
            from signet.clock import SystemClock
            from signet.services.workplace import Workplace

            self._workplace = Workplace(
                places=self.folders(),
                clock=SystemClock(),
                prompt=self.prompt,
                front_end=FRONT_END,
                module=self.module,
            )
        return self._workplace

    def named_vault(self) -> str | None:
        """The vault that ``--vault`` or the environment names, or None."""
        named = self.vault or os.environ.get(VAULT_VARIABLE)
        return self.folders().resolve(named) if named else None

    def vault_path(self) -> str:
        """The folder of the vault; raise VaultNotFound for one that was named and is not there.

        Raises UsageError if none is named and there are several.
        """
        named = self.vault or os.environ.get(VAULT_VARIABLE)
        return self.folders().find(named) if named else self.folders().default_vault()

    def selection(self) -> Selection:
        """Which way in the options ask for; raise UsageError if they ask for two."""
        from signet.services.presenting import Selection

        if self.recovery and self.unlock_method is not None:
            raise UsageError(reason="Give --recovery or --unlock-method, not both.")
        return Selection(recovery=self.recovery, method_id=self.unlock_method)

    @contextmanager
    def unlocked(self, *, administer: bool = False, one_job: bool = False) -> Iterator[Session]:
        """Unlock the vault for one command and lock it again.

        ``administer`` keeps the way in at hand, for changes to the header; ``one_job`` until the command's one job
        with a key has begun, so that a guard which opened the vault is not asked for a second time.
        """
        from signet.services.opening import open_vault

        with open_vault(
            self.workplace(), self.vault_path(), selection=self.selection(), administer=administer or one_job
        ) as session:
            session.one_job = one_job
            yield session

    def close(self) -> None:
        """Wipe what the call was given and end what it started."""
        self.prompt.close()
        workplace, self._workplace = self._workplace, None
        if workplace is not None:
            workplace.close()
