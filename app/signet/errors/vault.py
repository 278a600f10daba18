"""The vault as a whole: header, database, pins, generations."""

from __future__ import annotations

from signet.errors.base import SignetError


class VaultError(SignetError):
    """Something about the vault as a whole."""

    title = "The vault could not be used"
    sentence = "The vault could not be used."
    next_step = "Nothing was changed. Restore a backup with `signet vault restore` if this stays so."


class VaultNotFound(VaultError):
    """There is no vault at that place, nor ``elsewhere``, where a bare name could mean one too."""

    path: str
    elsewhere: str | None
    title = "No vault there"
    sentence = "There is no vault at {path}."
    next_step = "Make one with `signet vault create`, or give the right place with --vault."

    @property
    def message(self) -> str:
        """The sentence; it names both places where there are two."""
        return super().message if self.elsewhere is None else f"{super().message[:-1]}, and none at {self.elsewhere}."


class VaultExists(VaultError):
    """Something is already at the place of a new vault."""

    path: str
    title = "Something is already there"
    sentence = "{path} exists already; it was not touched."
    next_step = "Choose another name, or use what is there with --vault; a damaged vault is mended from a backup."


class VaultNewer(VaultError):
    """Made by a newer Signet."""

    what: str
    title = "Made by a newer Signet"
    sentence = "This vault's {what} was made by a newer Signet; it was not changed."
    next_step = "Install the newest Signet and open it with that."


class HeaderDamaged(VaultError):
    """The header is not what Signet writes."""

    reason: str
    title = "The vault's header is damaged"
    sentence = "The vault's header is damaged: {reason}."
    next_step = "Restore the vault from a backup with `signet vault restore`; the database was not touched."


class HeaderForged(VaultError):
    """The header's signature is not by the identity key it names."""

    title = "The vault's header was changed"
    sentence = "The vault's header was changed by something other than Signet: its signature does not fit."
    next_step = "Do not type secrets into it. Restore the vault from a backup."


class VaultForeign(VaultError):
    """Another identity than the one this computer has pinned for the vault id."""

    expected: str
    found: str
    title = "This is not the vault you know"
    sentence = "Another vault stands in place of yours: this computer knows the identity {expected}, here is {found}."
    next_step = (
        "Do not type secrets into it. If you restored or replaced the vault yourself, use `signet vault accept`."
    )


class VaultRolledBack(VaultError):
    """Older than what this computer has already seen."""

    what: str
    pinned: str
    found: str
    title = "The vault is older than it was"
    sentence = "The vault's {what} went back: this computer last saw {pinned}, here is {found}."
    next_step = (
        "A newer copy was open on this computer, or one that was restored from a backup: open that one. If you want "
        "this older one instead, use `signet vault accept`."
    )


class HeaderMismatch(VaultError):
    """Header and database do not belong together."""

    header: str
    database: str
    title = "Header and database do not belong together"
    sentence = "The header is {header}, but the database expects {database}."
    next_step = "One of them was replaced by an older or foreign copy. Restore both from one backup."


class IdentityUnconfirmed(VaultError):
    """A vault that this computer has never seen, opened by a way in that cannot vouch for it."""

    fingerprint: str
    title = "This computer does not know this vault"
    sentence = "This computer sees this vault for the first time, and this way in cannot vouch for it."
    next_step = (
        "Compare the identity fingerprint {fingerprint} with the one you noted and type it when you are asked."
    )


class AttestationMissing(VaultError):
    """A way in that can vouch for the vault has not."""

    method: str
    title = "This way in does not vouch for the vault"
    sentence = "The way in “{method}” was not confirmed as belonging to this vault."
    next_step = "Open the vault another way, then confirm this one with `signet unlock-method prove ID`."


class AttestationInvalid(VaultError):
    """A way in vouches for another vault, or was copied or forged."""

    method: str
    title = "This way in belongs to another vault"
    sentence = "The way in “{method}” vouches for another vault, or its signing key was replaced."
    next_step = "Open the vault another way, then confirm this one with `signet unlock-method prove ID`."


class DatabaseDamaged(VaultError):
    """The database file cannot be read, or its contents contradict themselves."""

    reason: str
    title = "The vault's database is damaged"
    sentence = "The vault's database is damaged: {reason}."
    next_step = "Restore the vault from a backup with `signet vault restore`."


class DatabaseReplaced(VaultError):
    """The database file was removed or replaced while it was open, by a new master key or a restore elsewhere."""

    path: str
    title = "The vault changed under your feet"
    sentence = "The vault's database at {path} was removed or replaced while it was open; nothing was written."
    next_step = "Lock the vault and unlock it again."


class PinsDamaged(VaultError):
    """What this computer remembers of a vault cannot be read."""

    path: str
    title = "This computer's memory of the vault is damaged"
    sentence = "What this computer remembers of the vault, in {path}, cannot be read, so a swap would go unnoticed."
    next_step = "If the file is damaged by accident, use `signet vault accept` after comparing the identity."


class SettingsInvalid(VaultError):
    """The settings file is not what Signet reads."""

    path: str
    reason: str
    title = "The settings cannot be read"
    sentence = "The settings in {path} cannot be used: {reason}."
    next_step = "Correct the file or move it away; Signet then starts with its defaults."


class RecordDisagrees(VaultError):
    """A row or an audit entry was changed behind Signet's back."""

    place: str
    title = "The vault's records were changed"
    sentence = "The vault's records were changed by something other than Signet, at: {place}."
    next_step = "Run `signet audit verify` for the whole list, and restore a backup from before the change."


class VaultInUse(VaultError):
    """Another Signet has the vault open, and this needs it alone."""

    title = "Another Signet has this vault open"
    sentence = "Another Signet has this vault open, and this needs it alone."
    next_step = "Close or lock the other one and try again."


class VaultLocked(VaultError):
    """The vault was locked while something still wanted to use it."""

    title = "The vault was locked"
    sentence = "The vault was locked meanwhile."
    next_step = "Unlock it and do this again."


class VaultBusy(VaultError):
    """Another Signet is changing the vault at this moment."""

    title = "The vault is busy"
    sentence = "Another Signet is changing this vault at the moment."
    next_step = "Wait a little and try again."


class BackupUnusable(VaultError):
    """The backup cannot be opened."""

    reason: str
    title = "The backup cannot be used"
    sentence = "This backup cannot be used: {reason}."
    next_step = "Choose another backup; nothing was changed."
