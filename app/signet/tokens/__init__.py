"""Tokens hold: PKCS#11 modules, each in a child process of its own."""
