"""The store remembers: SQLCipher, rows, settings, lock files."""
