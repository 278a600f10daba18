"""Everything that can be done with keys, as one table: buttons, menus, shortcuts and the bar for many keys read it.

To add something, (1) write a module beside this one with what it does: a function of the panel (`KeyHost`) and the
keys, which opens a `KeyForm` by ``host.open_form`` or works by ``host.run`` or, for many keys, ``host.run_each``;
(2) describe it there as a `KeyAction`; (3) put that into `ACTIONS`, one line. What the details tell of a key goes
into `signet.gui.pages.key_sections` in the same way.
"""

from __future__ import annotations

from signet.gui.pages.decrypt_text import DECRYPT_TEXT
from signet.gui.pages.encrypt_text import ENCRYPT_TEXT
from signet.gui.pages.export_key import EXPORT
from signet.gui.pages.key_action import KeyAction
from signet.gui.pages.key_archiving import ARCHIVE
from signet.gui.pages.key_certificates import MAKE_CERTIFICATE
from signet.gui.pages.key_copying import COPY_ID, COPY_PEM, COPY_SSH
from signet.gui.pages.key_deletion import DELETE, DESTROY, KEEP
from signet.gui.pages.key_guards import ADD_GUARD
from signet.gui.pages.key_importing import BRING_MATERIAL, LAST_DAY, WIPE_MATERIAL
from signet.gui.pages.key_labels import LABELS
from signet.gui.pages.key_limits import LIMITS
from signet.gui.pages.key_reencrypt import RE_ENCRYPT
from signet.gui.pages.key_rotation import PLAN, ROTATE
from signet.gui.pages.key_switching import DISABLE, ENABLE
from signet.gui.pages.key_transfer import SEND
from signet.gui.pages.key_using import ENCRYPT_FILES, SIGN_DOCUMENTS
from signet.gui.pages.share_key import SHARE

ACTIONS: tuple[KeyAction, ...] = (
    ENCRYPT_FILES,
    SIGN_DOCUMENTS,
    ENCRYPT_TEXT,
    DECRYPT_TEXT,
    BRING_MATERIAL,
    DISABLE,
    ENABLE,
    KEEP,
    LABELS,
    MAKE_CERTIFICATE,
    ROTATE,
    PLAN,
    RE_ENCRYPT,
    LIMITS,
    LAST_DAY,
    ADD_GUARD,
    EXPORT,
    SEND,
    SHARE,
    COPY_PEM,
    COPY_SSH,
    COPY_ID,
    WIPE_MATERIAL,
    ARCHIVE,
    DELETE,
    DESTROY,
)
"""In the order of menus and of the bar."""
