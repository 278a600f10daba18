"""Where Signet keeps things on this platform: data, state, settings."""

from __future__ import annotations

import os
from dataclasses import dataclass

import platformdirs

from signet.errors import UsageError, VaultNotFound

VAULT_SUFFIX = ".signet"
DEFAULT_VAULT = "personal"


@dataclass(frozen=True)
class Places:
    """The three folders; they need not exist yet."""

    data: str
    state: str
    config: str

    @classmethod
    def of_platform(cls) -> Places:
        """The platform's own folders for this user (XDG base directories on Linux)."""
        return cls(
            data=platformdirs.user_data_dir("signet", appauthor=False),
            state=platformdirs.user_state_dir("signet", appauthor=False),
            config=platformdirs.user_config_dir("signet", appauthor=False),
        )

    @property
    def pins(self) -> str:
        """The folder of the pins, one file a vault id."""
        return os.path.join(self.state, "pins")

    @property
    def settings(self) -> str:
        """The settings file."""
        return os.path.join(self.config, "settings.toml")

    @property
    def trash(self) -> str:
        """The person's own trash (freedesktop.org, Trash Specification 1.0: ``$XDG_DATA_HOME/Trash``)."""
        return os.path.join(os.path.dirname(self.data), "Trash")

    def vaults(self) -> tuple[str, ...]:
        """The vaults in the data folder, by name."""
        try:
            names = os.listdir(self.data)
        except FileNotFoundError:
            return ()
        found = (os.path.join(self.data, name) for name in sorted(names) if name.endswith(VAULT_SUFFIX))
        return tuple(path for path in found if os.path.isdir(path))

    def default_vault(self) -> str:
        """The only vault in the data folder, else ``personal``; raise UsageError if there are several."""
        vaults = self.vaults()
        if len(vaults) > 1:
            names = ", ".join(os.path.basename(path) for path in vaults)
            raise UsageError(reason=f"There are several vaults ({names}); say which with --vault.")
        return vaults[0] if vaults else os.path.join(self.data, DEFAULT_VAULT + VAULT_SUFFIX)

    def resolve(self, given: str) -> str:
        """The folder of a vault that a person named: a path, or a bare name, here or else in the data folder.

        ``.signet`` is added where it is missing. Nothing need be there; a bare name is then a folder here.
        """
        here, inside = self._candidates(given)
        return inside if inside is not None and os.path.isdir(inside) and not os.path.isdir(here) else here

    def find(self, given: str) -> str:
        """As `resolve`, for a vault that has to be there; raise VaultNotFound with every place that was looked at."""
        path = self.resolve(given)
        if not os.path.lexists(path):
            here, inside = self._candidates(given)
            raise VaultNotFound(path=here, elsewhere=inside if inside != here else None)
        return path

    def _candidates(self, given: str) -> tuple[str, str | None]:
        """The place here, and the one in the data folder if ``given`` is a bare name."""
        bare = given.rstrip(os.sep)  # as shells complete the name of a folder
        path = bare if bare.endswith(VAULT_SUFFIX) else bare + VAULT_SUFFIX
        return os.path.abspath(path), None if os.sep in bare else os.path.join(self.data, path)
