# Written by `signet desktop install`; `signet desktop remove` takes it away.
"""Signet in the menu of Files (GNOME), by nautilus-python: hands what is chosen to Signet and waits for nothing."""

import subprocess

from gi.repository import GObject, Nautilus

LAUNCHER = "@LAUNCHER_LIST@"
ENCRYPTED = (".esdk", ".age")
ACTS = (("encrypt", "Encrypt"), ("decrypt", "Decrypt"), ("edit", "Open for Editing"), ("sign", "Sign"), ("verify", "Check Signatures"))


class SignetMenu(GObject.GObject, Nautilus.MenuProvider):
    """The entry “Signet” for files and folders that lie on this computer."""

    def get_file_items(self, *arguments):
        """Return the entry; Nautilus before 43 gives its window first."""
        chosen = [file.get_location().get_path() for file in arguments[-1]]
        if not chosen or None in chosen:
            return []
        encrypted = all(path.lower().endswith(ENCRYPTED) for path in chosen)
        folders = any(file.is_directory() for file in arguments[-1])
        top = Nautilus.MenuItem(name="Signet::menu", label="Signet", icon="signet")
        menu = Nautilus.Menu()
        top.set_submenu(menu)
        for act, label in ACTS:
            fits = encrypted if act in ("decrypt", "edit") else not encrypted if act == "encrypt" else not folders
            if not fits:
                continue
            item = Nautilus.MenuItem(name=f"Signet::{act}", label=label)
            item.connect("activate", self.start, act, chosen)
            menu.append_item(item)
        return [top]

    def get_background_items(self, *arguments):
        """Return nothing for the folder that is shown."""
        return []

    def start(self, _item, act, chosen):
        """Hand the files over; the one window of Signet takes them."""
        subprocess.Popen([*LAUNCHER, f"--act={act}", "--", *chosen], start_new_session=True)
