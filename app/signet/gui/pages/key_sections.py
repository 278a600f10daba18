"""What the details of a key tell beyond what the list knows: lines under “Details”, and sections of their own.

A line comes from a function of session and key that returns names and values; a section is a `KeySection`. Each goes
in here with one line. Both are read in the panel's task, anew after every change, for the key that is shown only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from signet.gui.pages.key_certificates import CertificatesSection
from signet.gui.pages.key_deletion_section import DeletionSection
from signet.gui.pages.key_importing import imported_facts
from signet.gui.pages.key_limits import limits_fact
from signet.gui.pages.key_section import KeySection
from signet.gui.pages.key_transfer import HomeSection
from signet.gui.pages.key_use_section import UseSection
from signet.gui.pages.key_versions import VersionsSection
from signet.keys.model import Key
from signet.services.session import Session

Facts = Callable[[Session, Key], Sequence[tuple[str, str]]]

FACTS: tuple[Facts, ...] = (limits_fact, imported_facts)
"""In the order of the lines."""
SECTIONS: tuple[type[KeySection], ...] = (
    DeletionSection,
    UseSection,
    CertificatesSection,
    VersionsSection,
    HomeSection,
)
"""In the order of the panel, between “Details” and “Last activity”."""
