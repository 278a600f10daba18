"""Audit witnesses: the hash chain, its MACs and its head, pure."""
