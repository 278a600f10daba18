"""Pictures of every page, dialog and state of the window, to be looked at; `gui.screens.__main__` makes them."""
