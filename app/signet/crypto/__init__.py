"""Crypto computes: wrapping, derivation and streams over `cryptography`."""
