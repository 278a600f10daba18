"""Signet: a key management service for one person, on a desktop, rooted in a card."""

__version__ = "0.1.0"
