"""Formats describe: bytes to values and back, pure, standard library only."""
